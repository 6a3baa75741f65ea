"""Bounds of all values of a node: from the ranges that operations declare, from facts, and from where a function is defined.

An interval says more than a sign: tanh lies in [−1, 1], so 1 − tanh² ≥ 0. What the function needs to be defined at all is
assumed: where log u stands, u > 0.

Reference: Moore, Kearfott & Cloud, Introduction to Interval Analysis (2009), chapter 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isnan

import numpy as np

from ...core import facts
from ...core.node import Node
from ...core.product import really_summed
from ...core.walk import order
from ...ops.declare import Interval
from ...ops.reading import split

EVERY = Interval(-inf, inf)
OF_SIGN = {
    "+": Interval(0, inf), "0+": Interval(0, inf, "[)"), "-": Interval(-inf, 0), "0-": Interval(-inf, 0, "(]"), "0": Interval(0, 0, "[]"),
}  # fmt: skip
OF_FACT = {word: Interval(*within) for word, within in facts.BOUNDING.items()}


class Bounds:
    """Intervals of nodes. `assumed` are intervals in which nodes lie wherever the function is defined."""

    def __init__(self, assumed: Mapping[Node, Interval] | None = None):
        self.assumed = dict(assumed or {})
        self._known: dict[Node, Interval] = {}

    def of(self, node: Node) -> Interval:
        """An interval that holds every entry of `node`."""
        known = self._known
        if node not in known:
            for each in order(node, known=known):
                known[each] = self._found(each)
        return known[node]

    def positive(self, node: Node) -> bool:
        return above(self.of(node), 0, strictly=True)

    def nonnegative(self, node: Node) -> bool:
        return self.of(node).low >= 0

    def negative(self, node: Node) -> bool:
        return below(self.of(node), 0, strictly=True)

    def nonpositive(self, node: Node) -> bool:
        return self.of(node).high <= 0

    def sign(self, node: Node) -> int:
        """1 where all entries are ≥ 0, −1 where they are ≤ 0, else 0."""
        return 1 if self.nonnegative(node) else -1 if self.nonpositive(node) else 0

    def _found(self, node: Node) -> Interval:
        found = OF_SIGN.get(facts.sign(node), EVERY)
        if node.op == "symbol":
            for word in node.facts & OF_FACT.keys():
                found = meet(found, OF_FACT[word])
        elif node.op == "number":
            value = {"pi": 3.141592653589793, "e": 2.718281828459045}.get(node.attr, node.attr)
            found = Interval(float(value), float(value), "[]")
        elif node.op == "size":
            found = meet(found, Interval(1, inf, "[)"))
        elif node.op == "structured":
            found = Interval(0, 1, "[]")
        elif node.op == "sum":
            found = meet(found, _sum([times(Interval(float(c), float(c), "[]"), self._known[t]) for c, t in node.terms]))
        elif node.op == "product":
            found = meet(found, self._product(node))
        else:
            declaration = node.attr if node.op == "map" else node.attr[0]
            found = meet(found, self._ranged(declaration, node))
        return meet(found, self._assumed(node))

    def _ranged(self, declaration, node: Node) -> Interval:
        """The range of an operation; of a monotone one, between its values at the ends of its argument."""
        found = getattr(declaration, "range", None) or EVERY
        if declaration.arity == 1 and node.op == "map" and (declaration.monotone or "").startswith(("inc", "nondec")):
            inside = self._known[node.args[0]]
            domain = declaration.domain
            if domain.low <= inside.low and inside.high <= domain.high:
                low, high = [value_at(declaration, end) for end in (inside.low, inside.high)]
                rounding = 1e-12
                found = meet(found, Interval(low - abs(low) * rounding, high + abs(high) * rounding, "[]"))
        return found

    def _assumed(self, node: Node) -> Interval:
        if not self.assumed:
            return EVERY
        found = self.assumed.get(node, EVERY)
        c, rest = split(node)
        if rest is not node and rest in self.assumed:
            found = meet(found, times(Interval(float(c), float(c), "[]"), self.assumed[rest]))
        return found

    def _product(self, node: Node) -> Interval:
        coef, out, _ = node.attr
        found = Interval(float(coef), float(coef), "[]")
        for base, _, exponent in node.operands:
            found = times(found, power(self._known[base], exponent))
        if really_summed(node):
            found = Interval(
                0 if found.low >= 0 else -inf, 0 if found.high <= 0 else inf,
                ("(" if above(found, 0, True) else "[") + (")" if below(found, 0, True) else "]"),
            )  # fmt: skip
        if len(set(out)) < len(out):
            found = hull(found, Interval(0, 0, "[]"))
        return found


def value_at(declaration, x: float) -> float:
    """The value of an operation at an end of an interval; infinite where nothing else is known."""
    if abs(x) == inf:
        return inf if x > 0 else -inf
    with np.errstate(all="ignore"):
        found = float(declaration.evaluate(np.float64(x)))
    return (inf if x > 0 else -inf) if isnan(found) else found


def above(x: Interval, value: float, strictly: bool = False) -> bool:
    """Whether all of `x` lies above `value`."""
    return x.low > value or (x.low == value and (not strictly or x.closed[0] == "("))


def below(x: Interval, value: float, strictly: bool = False) -> bool:
    """Whether all of `x` lies below `value`."""
    return x.high < value or (x.high == value and (not strictly or x.closed[1] == ")"))


def meet(a: Interval, b: Interval) -> Interval:
    """What lies in both. Where nothing does, `a`."""
    if a.low > b.high or b.low > a.high:
        return a
    low, left = max((a.low, a.closed[0] == "("), (b.low, b.closed[0] == "("))
    high, right = min((a.high, a.closed[1] == "]"), (b.high, b.closed[1] == "]"))
    return Interval(low, high, ("(" if left else "[") + ("]" if right else ")"))


def hull(a: Interval, b: Interval) -> Interval:
    """The smallest interval that holds both."""
    low, left = min((a.low, a.closed[0] == "("), (b.low, b.closed[0] == "("))
    high, right = max((a.high, a.closed[1] == "]"), (b.high, b.closed[1] == "]"))
    return Interval(low, high, ("(" if left else "[") + ("]" if right else ")"))


def _sum(parts: list[Interval]) -> Interval:
    low, high = sum(p.low for p in parts), sum(p.high for p in parts)
    left = any(p.closed[0] == "(" for p in parts)
    right = any(p.closed[1] == ")" for p in parts)
    return Interval(low, high, ("(" if left else "[") + (")" if right else "]"))


def times(a: Interval, b: Interval) -> Interval:
    """The products of numbers of both."""
    ends = []
    for x, x_open in ((a.low, a.closed[0] == "("), (a.high, a.closed[1] == ")")):
        for y, y_open in ((b.low, b.closed[0] == "("), (b.high, b.closed[1] == ")")):
            value = 0.0 if x == 0 or y == 0 else x * y
            # zero is reached where either factor reaches it
            is_open = (x_open if x == 0 and y != 0 else y_open if y == 0 and x != 0 else x_open and y_open) if value == 0 else x_open or y_open
            ends.append((value, is_open))
    low, left = min(ends, key=lambda e: (e[0], e[1]))
    high, right = max(ends, key=lambda e: (e[0], not e[1]))
    return Interval(low, high, ("(" if left else "[") + (")" if right else "]"))


def power(x: Interval, e) -> Interval:
    """The powers of the numbers in `x`, where they are real."""
    if e == 1:
        return x
    whole = type(e) is int
    if whole and e % 2 == 0 and x.low < 0:
        if x.high <= 0:
            x = Interval(-x.high, -x.low, x.closed.translate(TURNED)[::-1])
        else:
            reach = max((-x.low, x.closed[0] == "["), (x.high, x.closed[1] == "]"))
            x = Interval(0, reach[0], "[" + ("]" if reach[1] else ")"))
    if not whole and x.low < 0:
        x = Interval(0, max(x.high, 0), "[" + x.closed[1])
    if x.low >= 0:
        if e > 0:
            return Interval(_raised(x.low, e), _raised(x.high, e), x.closed)
        low, high = _raised(x.high, e), _raised(x.low, e)
        if low == 0:
            return Interval(0, high, "(" + _turned(x.closed[0]))
        return Interval(low, high, x.closed.translate(TURNED)[::-1])
    if whole and e > 0:  # odd
        return Interval(-_raised(-x.low, e), _raised(x.high, e) if x.high >= 0 else -_raised(-x.high, e), x.closed)
    if whole and below(x, 0):
        inner = power(Interval(-x.high, -x.low, x.closed.translate(TURNED)[::-1]), e)
        return Interval(-inner.high, -inner.low, inner.closed.translate(TURNED)[::-1])
    return EVERY


TURNED = str.maketrans("[]()", "][)(")


def _turned(bracket: str) -> str:
    return bracket.translate(TURNED)


def _raised(x: float, e) -> float:
    if x == 0:
        return 0.0 if e > 0 else inf
    if x == inf:
        return inf if e > 0 else 0.0
    try:
        return float(x) ** float(e)
    except OverflowError:
        return inf
