"""How functions are written: calls, traces, norms, comparisons, and functions along an axis."""

from __future__ import annotations

from . import build as b
from .context import threshold, within
from .styles import ATOM, COMPARE, HAD, POST, PROD, UNARY, Unicode
from .tree import Tree, one

BY_ROWS = ("softmax", "logsumexp")  # of a matrix these mean each row; other functions mean all entries


class Functions:
    """The part of the text printer that writes functions of trees."""

    s: Unicode

    def _call(self, name: str, *args: Tree) -> tuple[str, int]:
        return f"{name}({', '.join([self.bare(a) for a in args])})", ATOM

    def _diag(self, t):
        return self.diagonal_part(t) or self._diagof(t)

    def _diagof(self, t):
        return self._call("diag", *t.args)

    def diagonal_part(self, t: Tree) -> tuple[str, int] | None:
        """diag(diag(M)), which books write M ⊙ I, if `t` is one."""
        (v,) = t.args
        return (self.at(v.args[0], UNARY) + self.s.times + self.s.eye, HAD) if v.kind == "diagof" else None

    def _tr(self, t):
        return self._call("tr", *t.args)

    def _mean(self, t):
        return self._call("mean", *t.args)

    def _var(self, t):
        return self._call("var", *t.args)

    def _total(self, t):
        (x,) = t.args
        if self._is_lone(x):
            return self.show(x)
        if x.order == 1 and x.kind in ("sym", "mv"):
            return self.chain([self.s.transposed(self.s.ones), *self._pieces([x] if x.kind == "sym" else list(x.args))]), PROD
        return self._call("sum", x)

    def _is_lone(self, x: Tree) -> bool:
        """Whether `x` has one entry, which readers do not tell from the number."""
        return self.s.subscripts and x.kind == "sym" and all([d.value == 1 for d in x.shape])

    def _norm(self, t):
        (x,) = t.args
        return self.s.norm(self.bare(x), x.order == 2), ATOM

    def _apply(self, t):
        declaration = t.attr
        if declaration.name == "step":
            sign, left, right = threshold(t.args[0])
            return self.s.compare(sign, self.bare(left), self.bare(right)), ATOM
        if declaration.name in COMPARE:
            left, right = (self.bare(a) for a in t.args)
            return self.s.compare(COMPARE[declaration.name], left, right), ATOM
        inside = within(t)
        if inside is not None:
            return self.s.compare("<", self.s.absolute(self.bare(inside[0])), self.bare(inside[1])), ATOM
        if declaration.name == "between" and (self.s.tight or not self.s.parses):
            low, x, high = (self.bare(a) for a in t.args)
            return f"[{low} < {x} < {high}]", ATOM
        if declaration.name == "pow":
            base, exponent = t.args
            raised, prec = self.show(exponent)
            raised = raised if prec == ATOM and raised.isalnum() else f"({raised})"
            return f"{self.at(base, ATOM)}{'.^' if t.order else '^'}{raised}", UNARY if t.order else POST
        if declaration.name == "abs":
            return self.s.absolute(self.bare(t.args[0])), ATOM
        return self._call(self.s.function(declaration.name, declaration.text), *t.args)

    def _struct(self, t):
        declaration, *params = t.attr
        x = t.args[0]
        if declaration.name == "argmax_mask" and x.order <= 2:
            return self._greatest(x, params[0])
        name = self.s.function(declaration.name, declaration.text)
        over_rows = declaration.name in BY_ROWS
        if over_rows and x.order == 2 and params[0] == (0,):
            flipped = self._call(name, b.transpose(x))
            return (self.s.transposed(flipped[0]), POST) if t.order == 2 else flipped
        if params and params[0] != ((x.order - 1,) if over_rows else tuple(range(x.order))):
            return self._along(name, x, params[0]), ATOM
        return self._call(name, x)

    def _along(self, name: str, x: Tree, axes: tuple[int, ...]) -> str:
        """A function over some axes of its argument, which must be said."""
        spelled = str(axes[0]) if len(axes) == 1 else f"({','.join(map(str, axes))})"
        return f"{name}({self.bare(x)}, axis={spelled})"

    def _greatest(self, x: Tree, axes: tuple[int, ...]) -> tuple[str, int]:
        """The mask of the greatest entries, as a comparison with the maximum; of −x, with the minimum of x."""
        name = self.s.greatest
        if x.kind == "scale" and x.attr[0] == -1 and x.attr[2]:
            x, name = b.scale(-1, [], x), self.s.least
        if len(axes) == x.order:
            right = self._call(name, x)[0]
        elif axes == (1,):
            right = self.chain([self._along(name, x, axes), self.s.transposed(self.bare(one(x.shape[1:])))])
        else:
            right = self.chain([self.bare(one(x.shape[:1])), self.s.transposed(self._along(name, x, axes))])
        return self.s.compare("=", self.bare(x), right), ATOM

    def _row(self, t):
        if t.args[0].kind == "eye":
            return self.s.indexed("e", t.attr), ATOM  # a unit vector
        return self.s.indexed(self.at(t.args[0], ATOM), t.attr), ATOM

    _entry = _row

    def _bigsum(self, t):
        return f"{self.s.sum_over(t.attr[0])} {self.at(t.args[0], HAD)}", HAD

    def _commutation(self, t):
        return t.attr[0], ATOM
