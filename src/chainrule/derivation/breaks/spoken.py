"""Conditions in words and formulas, as a teacher would write them beside a result: Ax ≠ b, x > 0, X invertible."""

from __future__ import annotations

from functools import cached_property

from ...core.algebra import broadcast, mean_axes, number
from ...core.node import Node
from ...core.sums import linear_sum
from ...core.walk import symbols
from ...matrix import render
from ...ops.hoist import broadcast_axes, drop_axes
from ...ops.reading import constant, split
from .conditions import COLUMN, EVERY, INVERTIBLE, NONNEGATIVE, NONZERO, POSITIVE, ROW, UNIQUE, WHOLE, Condition

SWAPPED = {">": "<", "≥": "≤", "<": ">", "≤": "≥", "≠": "≠", "=": "="}
SIGN = {NONZERO: "≠", POSITIVE: ">", NONNEGATIVE: "≥"}
FAILING = {"≠": "=", ">": "≤", "≥": "<"}


class Speaker:
    """Writes conditions with the variables and the names of a derivation."""

    def __init__(self, d, names: dict[Node, str] | None = None):
        self.d, self.names = d, {**d.names, **(names or {})}
        self.wrt = next(v for v in d.parameters if v.name == d.wrt)
        self.written: dict[Node, object] = {}
        self.texts: dict[Node, str] = {}

    def rendering(self, node: Node):
        found = self.written.get(node)
        if found is None:
            found = self.written[node] = render(node, node.ndim, self.wrt, self.names, self.d.parameters)
        return found

    def text(self, node: Node) -> str:
        """An expression in Unicode; parts that it names are put in front of nothing, so it must name none."""
        found = self.texts.get(node)
        if found is None:
            found = self.texts[node] = self._text(node)
        return found

    def _text(self, node: Node) -> str:
        value = constant(node)
        if value is not None:
            return self.rendering(number(value)).text()
        if node.dims and len(broadcast_axes(node)) == node.ndim:
            node = drop_axes(node, frozenset(range(node.ndim)))  # b, not b𝟏, beside a vector
        if node in self.names:
            return self.rendering(node).name_text(self.names[node])
        shown = self.rendering(node)
        more = [f"{n} = {t}" for n, t in shown.where_text().items() if n not in self.known]
        return shown.text() + (f" with {', '.join(more)}" if more else "")

    @cached_property
    def known(self) -> set[str]:
        """The names that are said already, beside the result or where it was read."""
        return {*self.d.where, *self.names.values()}

    def condition(self, c: Condition, failing: bool = False) -> str:
        """What must hold; with `failing`, what holds where it does not."""
        if c.relation == INVERTIBLE:
            return f"{self.text(c.node)} {'singular' if failing else 'invertible'}"
        if c.relation == UNIQUE:
            what = "the largest entry" if len(c.axes) == c.node.ndim else f"the largest entry of each {along(c)}"
            return f"{what} of {self.text(c.node)} is {'not ' if failing else ''}unique"
        if c.scope in (ROW, COLUMN):
            return f"{'a' if failing else 'no'} {c.scope} of {self.text(c.node)} is 0"
        mean_of = centred(c.node) if c.scope == WHOLE else None
        if mean_of is not None:
            return f"the entries of {self.text(mean_of)} are {'' if failing else 'not '}all equal"
        sign = SIGN[c.relation]
        left, sign, right = self.sides(c.node, FAILING[sign] if failing else sign)
        compared = f"{left} {sign} {right}"
        if c.scope == EVERY and c.node.dims and SIGN[c.relation] == "≠":
            return compared + (" in an entry" if failing else " in every entry")
        return compared

    def sides(self, node: Node, sign: str) -> tuple[str, str, str]:
        """An expression compared with 0 as (left, sign, right): what is subtracted goes to the other side."""
        if node.op == "sum" and node.terms:
            numbers = [(c, t) for c, t in node.terms if constant(t) is not None]
            rest = [(c, t) for c, t in node.terms if constant(t) is None]
            if len(rest) == 1:  # −(u + v) + number
                factor, inner = split(rest[0][1])
                rest = [(rest[0][0] * factor, inner)]
            if numbers and rest and len({c > 0 for c, _ in rest}) == 1:  # ±(a·u + …) + number
                a, value = rest[0][0], sum(c * constant(t) for c, t in numbers)
                left = linear_sum([(abs(c), t) for c, t in rest], node.dims)
                return self.text(left), sign if a > 0 else SWAPPED[sign], self.text(number(-value if a > 0 else value))
            plus, minus = [(c, t) for c, t in node.terms if c > 0], [(-c, t) for c, t in node.terms if c < 0]
            if plus and minus:
                left, right = linear_sum(plus, node.dims), linear_sum(minus, node.dims)
                if sign in "≠=" and self.rank(left) < self.rank(right):
                    left, right = right, left
                return self.text(left), sign, self.text(right)
        return self.text(node), sign, "0"

    def rank(self, node: Node) -> tuple:
        """What stands left in x ≠ y: what has the variable, the longer one, the first in the alphabet."""
        text = self.text(node)
        return any(s.name == self.d.wrt for s in symbols(node)), len(text), [-ord(letter) for letter in text]


def centred(node: Node) -> Node | None:
    """x where `node` is x minus the mean of all its entries."""
    if node.op != "sum" or len(node.terms) != 2:
        return None
    for (a, x), (_, other) in (node.terms, node.terms[::-1]):
        if a == 1 and node is linear_sum([(1, x), (-1, broadcast(mean_axes(x, tuple(range(x.ndim))), x.dims, ()))], x.dims):
            return x
    return None


def along(c: Condition) -> str:
    """What a maximum runs over: the rows of a matrix where it goes along the last axis."""
    if c.node.ndim == 2:
        return "row" if c.axes == (1,) else "column"
    return "slice"
