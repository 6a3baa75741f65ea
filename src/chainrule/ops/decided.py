"""Identities of comparisons and choices on their arguments: decided masks, relu and |x| where they are spelled out.

The rules have the form of those in `ops.canonical`.
"""

from __future__ import annotations

from fractions import Fraction

from ..core import facts
from ..core.algebra import number, ones, zeros
from ..core.node import Node
from ..core.sums import linear_sum
from .canonical import multiplied
from .hoist import restore_axes
from .reading import constant, is_op, times, to_power
from .table import op_named

def _decided(op, *args: Node) -> Node | None:
    """The value of an operation on rational constants, which is itself one of them, 0 or 1."""
    values = [constant(a) for a in args]
    if any(v is None for v in values):
        return None
    dims = next((a.dims for a in args if a.dims), ())
    return times(exact_choice(op.name, values), ones(dims))


def exact_choice(name: str, v: list):
    """The value of a comparison or choice among numbers."""
    if name == "greater":
        return int(v[0] > v[1])
    if name == "greater_equal":
        return int(v[0] >= v[1])
    if name == "equal":
        return int(v[0] == v[1])
    if name == "not_equal":
        return int(v[0] != v[1])
    if name == "between":
        return int(v[0] < v[1] < v[2])
    if name == "clip":
        return min(max(v[0], v[1]), v[2])
    return max(v) if name == "maximum" else min(v)


def greater(op, a: Node, b: Node) -> Node | None:
    """a > 0 is step(a), 0 > b is step(−b)."""
    if a is b:
        return zeros(a.dims)
    found = _decided(op, a, b)
    if found is None and constant(b) == 0:
        return _shaped(op_named("step")(a), a, b)
    if found is None and constant(a) == 0:
        return _shaped(op_named("step")(times(-1, b)), a, b)
    return found


def _shaped(node: Node, *args: Node) -> Node:
    dims = next((a.dims for a in args if a.dims), ())
    return node if node.dims == dims else restore_axes(node, range(len(dims)), dims)


def less(op, a: Node, b: Node) -> Node:
    """a < b is b > a."""
    return op_named("greater")(b, a)


def less_equal(op, a: Node, b: Node) -> Node:
    """a ≤ b is b ≥ a."""
    return op_named("greater_equal")(b, a)


def equal_sides(value: int):
    """A comparison that is `value` when both sides are one expression."""

    def rule(op, a: Node, b: Node) -> Node | None:
        if a is b:
            return times(value, ones(a.dims))
        found = _decided(op, a, b) or _of_mask(op, a, b)
        if found is None and op.name != "greater_equal" and b.digest < a.digest:
            return op(b, a)
        return found

    return rule


def between(op, a: Node, x: Node, b: Node) -> Node | None:
    return zeros(a.dims or x.dims or b.dims) if a is b else _decided(op, a, x, b)


def clip(op, x: Node, a: Node, b: Node) -> Node | None:
    return _decided(op, x, a, b)


def where(op, c: Node, a: Node, b: Node) -> Node | None:
    """where(c, a, a) = a; where(c, 1, 0) is the mask itself; where(x > 0, x, 0) = relu(x), where(x > 0, x, −x) = |x|."""
    chosen = constant(c)
    if chosen is not None:
        return _shaped(a if chosen else b, a, b)
    if a is b:
        return _shaped(a, a, c)
    if c.op == "sum":
        rest = _complement(c)
        if facts.value_set(rest) == "01":
            return op(rest, b, a)
    first, second = constant(a), constant(b)
    if (first, second) in ((1, 0), (0, 1)):
        mask = c if facts.value_set(c) == "01" else op_named("not_equal")(c, number(0))
        mask = _shaped(mask, c, a, b)
        return mask if first else linear_sum([(1, ones(mask.dims)), (-1, mask)], mask.dims)
    return _recognised_choice(c, a, b)


def _complement(mask: Node) -> Node:
    """1 − mask"""
    return linear_sum([(1, ones(mask.dims)), (-1, mask)], mask.dims)


def _of_mask(op, a: Node, b: Node) -> Node | None:
    """M = 1 is M, M = 0 is 1 − M, for a mask M of zeros and ones; and so for ≠."""
    for mask, other in ((a, b), (b, a)):
        value = constant(other)
        if value in (0, 1) and op.name in ("equal", "not_equal") and facts.value_set(mask) == "01":
            itself = (value == 1) == (op.name == "equal")
            return _shaped(mask if itself else _complement(mask), a, b)
    return None


def _recognised_choice(c: Node, a: Node, b: Node) -> Node | None:
    if is_op(c, "step") or (is_op(c, "greater_equal") and constant(c.args[1]) == 0):
        x = c.args[0]
        if x is a and constant(b) == 0:
            return op_named("relu")(x)
        if x is a and b is times(-1, x):
            return op_named("abs")(x)
    if is_op(c, "greater") or is_op(c, "greater_equal"):
        if c.args == (a, b):
            return op_named("maximum")(a, b)
        if c.args == (b, a):
            return op_named("minimum")(a, b)
        if c.attr.name == "greater_equal" and is_op(c.args[1], "abs"):
            return _huber_from_choice(c.args[0], c.args[1], a, b)
    return None


def _huber_from_choice(d: Node, size: Node, inner: Node, outer: Node) -> Node | None:
    """where(|r| ≤ d, r²/2, d (|r| − d/2)) is the Huber loss of r, for d certainly positive."""
    (r,) = size.args
    if facts.sign(d) != "+" or inner is not times(Fraction(1, 2), to_power(r, 2)):
        return None
    half = times(Fraction(1, 2), d)
    spread = half if half.dims == size.dims else restore_axes(half, range(size.ndim), size.dims)
    product_form = multiplied(d, linear_sum([(1, size), (-1, spread)], size.dims), size.dims)
    square = times(Fraction(1, 2), to_power(d, 2))
    spread = square if square.dims == size.dims else restore_axes(square, range(size.ndim), size.dims)
    sum_form = linear_sum([(1, multiplied(d, size, size.dims)), (-1, spread)], size.dims)
    return op_named("huber")(r, d) if outer in (product_form, sum_form) else None


def maximum(op, a: Node, b: Node) -> Node | None:
    """max(x, 0) = relu(x), max(x, −x) = |x|, max(min(x, b), a) = clip(x, a, b) for a ≤ b."""
    return _extreme(op, a, b, "minimum")


def minimum(op, a: Node, b: Node) -> Node | None:
    """min(x, 0) = −relu(−x), min(x, −x) = −|x|, min(max(x, a), b) = clip(x, a, b) for a ≤ b."""
    return _extreme(op, a, b, "maximum")


def _extreme(op, a: Node, b: Node, other: str) -> Node | None:
    if a is b:
        return a
    found = _decided(op, a, b)
    if found is not None:
        return found
    upper = other == "maximum"
    for x, y in ((a, b), (b, a)):
        if constant(y) == 0:
            relu_of = op_named("relu")(times(-1, x) if upper else x)
            return _shaped(times(-1, relu_of) if upper else relu_of, a, b)
    if a.dims == b.dims and b is times(-1, a):
        return times(-1 if upper else 1, op_named("abs")(a))
    for x, y in ((a, b), (b, a)):
        found = _clip_from(x, y, other)
        if found is not None:
            return _shaped(found, a, b)
    return op(b, a) if b.digest < a.digest else None


def _clip_from(inner: Node, end: Node, other: str) -> Node | None:
    """clip, if `inner` is the other extreme of some x and an end, and the ends certainly are in order."""
    upper = other == "maximum"
    if upper and is_op(inner, "relu"):
        choices = [(inner.args[0], number(0))]
    elif is_op(inner, other):
        choices = [inner.args, inner.args[::-1]]
    else:
        return None
    for x, first in choices:
        low, high = (first, end) if upper else (end, first)
        if low.dims == high.dims:
            gap = linear_sum([(1, high), (-1, low)], low.dims)
            if facts.sign(gap) in ("+", "0+"):
                return op_named("clip")(x, low, high)
    return None
