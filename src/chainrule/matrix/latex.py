"""Matrix trees as LaTeX in the subset that KaTeX and MathJax share."""

from __future__ import annotations

import re
from fractions import Fraction

from ..core.latex_names import spelled
from ..core.numbers import INFINITY
from . import build as b
from .anchors import unsized
from .context import column
from .functions_text import BY_ROWS
from .styles import ATOM, COMPARE, HAD, POST, PROD, TURNED, UNARY, Unicode, digits, number_text
from .text import Printer
from .tree import Tree

_STANDARD = {"exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "max", "min", "det"}


# a factor that ends in an upright name, or in a differential
_WIDE = re.compile(r"\\mathrm\{(?:\w{2,}\}|d\}\\?\w+)(?:_\{\w+\})?(?:\^\{\\top\})?$")


class Latex(Unicode):
    """How the parts are spelled in LaTeX."""

    parses = False
    minus, times, over, kron, quotient = "-", r" \odot ", r" \oslash ", r" \otimes ", "/"
    ones, eye, tight, greatest, least = r"\mathbf{1}", "I", False, r"\max", r"\min"

    fraction_prec = POST

    def plain_name(self, name: str) -> str:
        return spelled(name)

    def differential(self, name: str) -> str:
        sign = r"\partial " if name[0] == "∂" else r"\mathrm{d}"
        return sign + self.name(name.removeprefix("·").removeprefix("∂"))

    def derivative(self, top: str, bottom: str) -> str:
        return rf"\frac{{{top}}}{{{bottom}}}"

    def symbol(self, name: str) -> tuple[str, int]:
        if name.endswith(TURNED) and "/" in name:
            return self.transposed(bracketed(self.name(name[: -len(TURNED)]))), POST
        return super().symbol(name)

    def transposed(self, text: str) -> str:
        return text + r"^{\top}"

    def inverse(self, text: str, turned: bool) -> str:
        return text + (r"^{-\top}" if turned else "^{-1}")

    def power(self, text: str, e, elementwise: bool) -> str:
        shown = number_text(e)
        return f"{text}^{{\\odot {shown}}}" if elementwise else f"{text}^{{{shown}}}"

    def norm(self, text: str, matrix: bool) -> str:
        return rf"\lVert {text} \rVert_{{{'F' if matrix else '2'}}}"

    def root(self, text: str, prec: int) -> tuple[str, int]:
        return rf"\sqrt{{{text}}}", ATOM

    def compare(self, sign: str, left: str, right: str) -> str:
        sign = {"≥": r"\ge", "≤": r"\le", "≠": r"\ne"}.get(sign, sign)
        return rf"[{left} {sign} {right}]"

    def number(self, value) -> str:
        if isinstance(value, str):
            return r"\pi" if value == "pi" else "e"
        if value == INFINITY:
            return r"\infty"
        if isinstance(value, Fraction):
            return rf"\tfrac{{{value.numerator}}}{{{value.denominator}}}"
        shown = digits(value)
        if "e" in shown:
            mantissa, _, exponent = shown.partition("e")
            return (rf"{mantissa} \cdot " if mantissa != "1" else "") + f"10^{{{int(exponent)}}}"
        return shown

    def indexed(self, text: str, index: str) -> str:
        return f"{text}_{{{index}}}"

    def sum_over(self, index: str) -> str:
        return rf"\sum_{{{index}}}"

    def sized(self, name: str, dims: tuple) -> str:
        """𝟏, I or 0, with the size that nothing else says: I_n."""
        if name == "zeros":
            return "0"
        low = ["" if len(d.terms) > 1 or len(d.names) > 1 else f"_{{{d}}}" for d in dims]
        if name == "ones":
            first = self.ones + low[0]
            return first if len(dims) == 1 else rf"{first} {self.ones}{low[1]}^{{\top}}"
        return self.eye + low[0]

    def absolute(self, text: str) -> str:
        return rf"\left| {text} \right|"


class LatexPrinter(Printer):
    """The text printer with fractions, and brackets that grow."""

    braces = True

    def chain(self, pieces: list[str]) -> str:
        """Factors side by side, with a thin space beside names of several letters and differentials."""
        joined = pieces[0]
        for left, piece in zip(pieces, pieces[1:]):
            wide = _WIDE.search(left[-40:]) or piece.startswith((r"\mathrm", r"\operatorname"))
            joined += (r" \, " if wide else " ") + piece
        return joined

    def at(self, t: Tree, least: int) -> str:
        shown, prec = self.show(t)
        return shown if prec >= least else bracketed(shown)

    def at_row(self, v: Tree, least: int) -> str:
        shown, prec = self.row(v)
        return shown if prec >= least else bracketed(shown)

    def _call(self, name: str, *args: Tree) -> tuple[str, int]:
        inside = ", ".join([self.bare(a) for a in args])
        return f"{name}{bracketed(inside)}", ATOM

    def _diag(self, t):
        return self.diagonal_part(t) or self._diagof(t)

    def _diagof(self, t):
        return self._call(r"\operatorname{diag}", *t.args)

    def _tr(self, t):
        return self._call(r"\operatorname{tr}", *t.args)

    def _mean(self, t):
        return self._call(r"\operatorname{mean}", *t.args)

    def _var(self, t):
        return self._call(r"\operatorname{var}", *t.args)

    def _vec(self, t):
        return self._call(r"\operatorname{vec}", *t.args)

    def _total(self, t):
        (x,) = t.args
        if self._is_lone(x):
            return self.show(x)
        if x.order == 1 and x.kind in ("sym", "mv"):
            return super()._total(t)
        return self._call(r"\operatorname{sum}", x)

    def _powered(self, t: Tree, e, elementwise: bool) -> tuple[str, int]:
        shown, prec = super()._powered(t, e, elementwise)
        return shown, POST if prec == UNARY and t.order == 2 else prec

    def _kron(self, t):
        a, c = (self.at(column(x), POST) for x in t.args)
        return rf"{a} \otimes {c}", HAD

    def _reshape(self, t):
        shape = r" \times ".join(str(d).replace("·", " ") for d in t.shape)
        return rf"\operatorname{{reshape}}_{{{shape}}}{bracketed(self.bare(t.args[0]))}", ATOM

    def _const(self, t):
        kind, *params = t.attr
        if kind in ("tril", "shift"):
            return super()._const(t)
        return rf"\mathrm{{{kind}}}_{{{','.join(map(str, params))}}}", ATOM

    def _triangle(self, name: str, offset: int, shape: tuple) -> str:
        return super()._triangle(rf"\operatorname{{{name}}}", offset, shape)

    def _size(self, t):
        shown, prec = super()._size(t)
        return shown.replace("*", " "), prec

    def _had(self, t):
        over = [self._powered(a, -e, True) for a, e in zip(t.args, t.attr) if e < 0]
        if not over:
            return super()._had(t)
        top = [self._powered(a, e, True) for a, e in zip(t.args, t.attr) if e > 0]
        joined = r" \odot ".join([x if p >= UNARY else bracketed(x) for x, p in top]) or "1"
        below = over[0][0] if len(over) == 1 else r" \odot ".join([x if p >= UNARY else bracketed(x) for x, p in over])
        if len(top) > 1:
            joined = bracketed(joined)
        below = bracketed(below) if len(over) > 1 or over[0][1] < UNARY else below
        return rf"{joined} \oslash {below}", HAD

    def _scale(self, t, row: bool = False):
        coef, exponents, has_body = t.attr
        scalars = list(zip(t.args, exponents))
        body = t.args[-1] if has_body else None
        if body is not None and body.kind == "had" and body.attr[0] < 0 and not row:  # 2 ⊘ h
            return super()._scale(t)
        negative, coef = coef < 0, abs(coef)
        top, bottom = (coef.numerator, coef.denominator) if isinstance(coef, Fraction) else (coef, 1)
        over = [self._powered(s, -e, False) for s, e in scalars if e < 0]
        pieces = [self.s.number(top)] if top != 1 else []
        factors = [(s, e) for s, e in scalars if e > 0]
        lone = len(factors) == 1 and not pieces
        long = body is not None and (body.kind in ("sum", "had", "eye") or body.order == 2)
        single = lone and bool(over or bottom != 1) and (body is None or long)  # alone on a fraction: no brackets
        for s, e in factors:
            shown, prec = self._powered(s, e, False)
            last = body is None and s is factors[-1][0] and s.formal and s.kind == "dot"
            closed = single or last or prec >= POST or (len(factors) == 1 and prec >= PROD and body is None and (lone or s.kind in ("dot", "total")))
            pieces.append(shown if closed else bracketed(shown))
        single_divisor = len(over) == 1 and bottom == 1
        denominator = [x if p >= PROD or single_divisor else bracketed(x) for x, p in over]
        if bottom != 1:
            denominator.insert(0, str(bottom))
        prec = PROD
        if body is not None and not (denominator and long):
            pieces += self._body_pieces(body, row, alone=not pieces and not denominator, least=UNARY)
        if denominator:
            shown = rf"\frac{{{self.chain(pieces or ['1'])}}}{{{self.chain(denominator)}}}"
            if body is not None and long:
                shown = self.chain([shown, *self._body_pieces(body, row, alone=False, least=UNARY)])
        else:
            shown = self.chain(pieces)
        return self._signed(negative, shown, prec)

    def _apply(self, t):
        declaration = t.attr
        if declaration.name in ("step", "between", "abs") or declaration.name in COMPARE:
            return super()._apply(t)
        if declaration.name == "pow":
            base, exponent = t.args
            raised = rf"\odot {self.at(exponent, POST)}" if t.order else self.bare(exponent)
            return f"{self.at(base, ATOM)}^{{{raised}}}", UNARY if t.order else POST
        name = r"\sigma" if declaration.name == "sigmoid" else declaration.latex
        return self._call(name, *t.args)

    def _struct(self, t):
        declaration, *params = t.attr
        x = t.args[0]
        name = declaration.latex
        if declaration.name == "argmax_mask" and x.order <= 2:
            return self._greatest(x, params[0])
        over_rows = declaration.name in BY_ROWS
        if over_rows and x.order == 2 and params[0] == (0,):
            shown = self._call(name, b.transpose(x))
            return (self.s.transposed(shown[0]), POST) if t.order == 2 else shown
        if declaration.name == "logdet":
            return rf"\ln \left| \det {bracketed(self.bare(x))} \right|", PROD
        if params and params[0] != ((x.order - 1,) if over_rows else tuple(range(x.order))):
            return self._along(name, x, params[0]), ATOM
        return self._call(name, x)

    def _along(self, name: str, x: Tree, axes: tuple[int, ...]) -> str:
        return rf"{name}_{{\text{{axis }} {','.join(map(str, axes))}}}{bracketed(self.bare(x))}"


def bracketed(shown: str) -> str:
    return rf"\left( {shown} \right)" if "\\frac" in shown or len(shown) > 60 else f"({shown})"


def latex(tree: Tree, row: bool = False) -> str:
    """The LaTeX of a tree; a vector as a row if `row`."""
    printer = LatexPrinter(LATEX)
    printer.sized = unsized(tree)
    return grown(printer.whole(tree, row))


def grown(shown: str) -> str:
    """The brackets around fractions and sums made to grow with them."""
    opened, tall = [], []
    for k, c in enumerate(shown):
        if c == "(":
            opened.append(k)
        elif c == ")" and opened:
            start = opened.pop()
            inner = shown[start + 1 : k]
            if not shown.endswith(r"\left", 0, start) and (r"\frac" in inner or r"\sum" in inner):
                tall += [(start, r"\left( "), (k, r" \right)")]
    for k, sign in sorted(tall, reverse=True):
        shown = shown[:k] + sign + shown[k + 1 :]
    return shown


LATEX = Latex()
