"""What derivatives are called: ∇f, J, ∇²f, ∂f/∂X, df = A dX B, ∂vec f/∂vec X, ∂f_ij/∂X_kl; in Unicode and LaTeX."""

from __future__ import annotations

from ..matrix.render import Form

LAYOUTS = ("column", "row")  # of gradients
INDICES = "ijklpqrstu"  # one letter for each axis of a result, as in its index form


class Unicode:
    nabla, partial, differential, vec = "∇", "∂", "d", "vec "

    @staticmethod
    def power(k: int) -> str:
        return "" if k == 1 else str(k).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))

    @staticmethod
    def quotient(top: str, bottom: str) -> str:
        return f"{top}/{bottom}"

    @staticmethod
    def indexed(base: str, letters: str) -> str:
        return f"{base}_{letters}" if letters else base

    @staticmethod
    def name(d, name: str) -> str:
        return d.rendering.name_text(name)

    @staticmethod
    def name_of(name: str) -> str:
        return Form.name_text(name)

    @staticmethod
    def norm(inner: str) -> str:
        return f"‖{inner}‖"


class Latex(Unicode):
    nabla, partial, differential, vec = r"\nabla", r"\partial ", r"\mathrm{d}", r"\operatorname{vec} "

    @staticmethod
    def power(k: int) -> str:
        return "" if k == 1 else f"^{{{k}}}"

    @staticmethod
    def quotient(top: str, bottom: str) -> str:
        return rf"\frac{{{top}}}{{{bottom}}}"

    @staticmethod
    def indexed(base: str, letters: str) -> str:
        return f"{base}_{{{letters}}}" if letters else base

    @staticmethod
    def name(d, name: str) -> str:
        return d.rendering.name_latex(name)

    @staticmethod
    def name_of(name: str) -> str:
        return Form.name_latex(name)

    @staticmethod
    def norm(inner: str) -> str:
        return rf"\left\|{inner}\right\|"


UNICODE, LATEX = Unicode, Latex


def function_names(d) -> list[str]:
    """What the function is called, and its derivatives, of which each is the function of the next: f, or the next letter that is free."""
    taken = {*d.problem.every, *d.names.values(), *[n for n, _ in d.problem.typed_lets]}
    taken.update(n for v in d.problem.every.values() for x in v.dims for n in x.names)
    letters = [*"fghqpstuvwFGHL", *[f"f_{k}" for k in range(1, 30)]]
    return [letter for letter in letters if letter not in taken]


def symbol_of(d, script: type[Unicode], form: str | None = None) -> str:
    """The name of the result of a derivation, as one of its forms is written ("matrix", "differential" …)."""
    form = form or d.form
    k, out, dims = d.order, d.function.ndim, d.variable.dims
    wrt, f = script.name(d, d.wrt), function_names(d)[0]
    if form == "differential" and dims:
        below = _plain(script, f, k - 1, out, wrt, dims) if k > 1 else f
        return script.differential + (below if "/" not in below else f"({below})")
    if form == "kronecker":
        top = script.partial + (script.vec + f if k == 1 else script.vec + _plain(script, f, k - 1, out, wrt, dims))
        return script.quotient(top, f"{script.partial}({script.vec}{wrt}){'ᵀ' if script is UNICODE else '^{T}'}")
    if form == "outputs":
        left = next(a.left for a in (d.rendering, *d.rendering.alternatives) if a.form == form)
        return script.nabla + script.power(k) + (" " if script is LATEX else "") + script.indexed(f, left)
    if form in ("index", "slices") and dims:
        letters, each = INDICES[: len(d.shape)], len(dims)
        tail = [letters[out + i * each : out + (i + 1) * each] for i in range(k)]
        bottom = "".join(script.partial + script.indexed(wrt, low) for low in tail)
        return script.quotient(script.partial + script.power(k) + script.indexed(f, letters[:out]), bottom)
    if not out and not dims and len(d.problem.variables) == 1:
        return script.quotient(script.differential + script.power(k) + f, script.differential + wrt + script.power(k))
    return _plain(script, f, k, out, wrt, dims)


def _plain(script: type[Unicode], f: str, k: int, out: int, wrt: str, dims: tuple) -> str:
    if not out and dims:
        return f"{script.nabla}{script.power(k)}{f if script is UNICODE else ' ' + f}"
    if out == len(dims) == k == 1:
        return "J"
    return script.quotient(f"{script.partial}{script.power(k)}{f}", f"{script.partial}{wrt}{script.power(k)}")
