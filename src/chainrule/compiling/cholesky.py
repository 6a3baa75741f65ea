"""Inverses, log-determinants and solutions with symmetric matrices, by LAPACK's Cholesky factor.

It takes half the time of NumPy's, and one factor serves them all. SciPy has the routines; without it, for small
matrices, and where the sizes of the arguments are not known yet, NumPy is called. A matrix that turns out not to be
positive definite, or not to be exactly symmetric, is left to NumPy too: the values are the same with and without.

Reference: Higham, Accuracy and Stability of Numerical Algorithms (2002), chapters 10 and 14.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from .forms import Form
from .spelling import ATOM
from .values import Builder, Value

LARGE = 40.0  # rows from which it is faster
NAMES = {"inverse": "inv", "logdet": "logdet"}  # operations of a matrix, and of values

# what the text of a program has above it, by name; {0} is the letter of the type, d or s
HELPERS = {
    "cholesky": '''def {name}(S):
    """L with L Lᵀ = S, lower, or None where S is not symmetric and positive definite."""
    L, failed = lapack.{0}potrf(S.T, lower=1)
    return None if failed or not np.array_equal(S, S.T) else L''',
    "inv": '''def {name}(S, L):
    """S⁻¹, from L with L Lᵀ = S unless L is None."""
    if L is None:
        return np.linalg.inv(S)
    T = lapack.{0}potri(L, lower=1)[0].T  # the upper triangle, zeros below
    T += T.T
    T.ravel()[:: len(T) + 1] *= 0.5
    return T''',
    "logdet": '''def {name}(S, L):
    """log |det S|, from L with L Lᵀ = S unless L is None."""
    return np.linalg.slogdet(S)[1] if L is None else 2 * np.log(L.diagonal()).sum()''',
    "solve": '''def {name}(S, L, B):
    """S⁻¹B, from L with L Lᵀ = S unless L is None."""
    return np.linalg.solve(S, B) if L is None else lapack.{0}potrs(L, B, lower=1)[0]''',
}
CALLED = {"cholesky": "cholesky", "inv": "inverse", "logdet": "log_determinant", "solve": "solution"}


@cache
def available() -> bool:
    """Whether SciPy is there."""
    return find_spec("scipy") is not None


def by_factor(b: Builder, name: str, form: Form, dims: tuple) -> Form | None:
    """An inverse or log-determinant of a symmetric matrix from its factor, where that pays."""
    value = form.value
    if not b.specialised or name not in NAMES or len(value.dims) != 2 or value.sizes[0] < LARGE or not available():
        return None
    value = b.numeric(value)
    n = value.sizes[0]
    factor = b.make("cholesky", (), (value,), value.dims, work=0.03 * n**3)
    if name == "logdet":
        return Form(1, b.make("logdet", ("factor",), (value, factor), (), work=n), (), dims)
    return Form(1, b.make("inv", ("factor",), (value, factor), value.dims, work=0.12 * n**3), (0, 1), dims)


class CholeskyText:
    """The part of a printer that calls these routines; in complex numbers NumPy's serve."""

    def _cholesky(self, v: Value) -> tuple[str, int]:
        return "None" if self.analytic else self._from_factor("cholesky", v.args), ATOM

    def _from_factor(self, op: str, args: tuple[Value, ...]) -> str:
        return f"{self._helper(op)}({', '.join([self._arg(a) for a in args])})"

    def _solved(self, a: Value, factor: Value, c: Value, order: tuple) -> str:
        matrix, root, right = self._arg(a), self._arg(factor), self._arg(c)
        return f"{self._helper('solve')}({matrix}, {root}, {right}{'.T' if order == (1, 0) else ''})"

    def _helper(self, op: str) -> str:
        """The name of a helper, which is written above the program."""
        if op not in self.helpers:
            self.helpers[op] = self.names.fresh(CALLED[op])
            self.imports["from scipy.linalg import lapack"] = None
            text = HELPERS[op].replace("{name}", self.helpers[op]).replace("{0}", "s" if self.float32 else "d")
            self.imports["\n\n" + text] = None
        return self.helpers[op]
