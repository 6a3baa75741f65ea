"""The methods of SciPy by the names that people have for them, and what each needs: gradients, Hessians, products ∇²f v.

Reference: Nocedal & Wright, Numerical Optimization (2nd ed.), chapters 4, 5, 7; SciPy's `optimize.minimize`.
"""

from __future__ import annotations

from typing import NamedTuple

from ..core.errors import DeclarationError, did_you_mean


class Method(NamedTuple):
    """A method: SciPy's name of it, what it is called in words, which second derivatives it takes, whether it knows bounds.

    `tolerance` is what can be asked of the slope, relative to that at the start. Searches compare values of f, whose rounding hides
    slopes below √ε; Newton's last steps are judged by the gradient instead.
    """

    scipy: str
    words: str
    second: str = ""  # "hessian", "hvp" or nothing
    bounds: bool = False
    tolerance: float = 1e-6
    options: dict = {}


FAR = {"max_trust_radius": 1e15}  # that of SciPy, 1000, is no distance where data are small and variables large
METHODS = {
    "lbfgs": Method("L-BFGS-B", "L-BFGS", bounds=True, options={"maxcor": 20, "ftol": 0.0, "maxls": 40, "maxfun": 10**9}),
    "bfgs": Method("BFGS", "BFGS"),
    "cg": Method("CG", "nonlinear conjugate gradients"),
    "newton": Method("trust-exact", "trust-region Newton, with the Hessian", second="hessian", tolerance=1e-8, options=FAR),
    "newton-cg": Method("trust-krylov", "trust-region Newton–Krylov, with products ∇²f v", second="hvp", tolerance=1e-8, options=FAR),
    "trust-ncg": Method("trust-ncg", "trust-region Newton–CG, with products ∇²f v", second="hvp", tolerance=1e-8, options=FAR),
}
FEW = 300  # entries up to which a Hessian is formed, and factorised in each step, where no method is named


def method_for(asked: str | None, length: int, bounded: bool) -> Method:
    """The method that is asked for by name, or the one that suits: L-BFGS with bounds, else Newton's.

    Raises
        DeclarationError: there is no such method, or it cannot keep to the bounds.
    """
    if asked is None:
        return METHODS["lbfgs" if bounded else "newton" if length <= FEW else "newton-cg"]
    wanted = str(asked).lower()
    found = METHODS.get(wanted) or next((m for m in METHODS.values() if m.scipy.lower() == wanted), None)
    if found is None:
        near = did_you_mean(wanted, METHODS)
        raise DeclarationError(
            f"there is no method `{asked}`",
            given=str(asked),
            expected=", ".join(METHODS),
            fix=f"did you mean `{near}`?" if near else None,
        )
    if bounded and not found.bounds:
        raise DeclarationError(
            f"the method `{asked}` cannot keep a variable within bounds",
            given=str(asked),
            expected="lbfgs, or variables without bounds",
            fix='method="lbfgs"',
        )
    return found
