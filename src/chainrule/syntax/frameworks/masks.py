"""Choices by a condition, and masks: conditions of 0 and 1, and logits that a mask sets to minus infinity."""

from __future__ import annotations

import math

from ...core.numbers import INFINITY
from ..sizes import ONE
from ..typed import Typed, const, rational
from .reductions import same_shape
from .tensors import Tensor, broadcast, common, elementwise, everywhere, flipped, plus, product, shaped, tensor

LARGE = 1e4  # what is added to mask a logit is meant as minus infinity from here on


def softmax(t: Tensor, positions) -> Tensor:
    """exp(t) / Σ exp(t) along `positions`; entries that a mask sets to minus infinity are 0."""
    return same_shape("softmax", lowered(t), positions)


def lowered(t: Tensor) -> Tensor:
    """Logits of which those that a mask sets to minus infinity are the number that stands for it."""
    found = masked(t)
    if found is None:
        return t
    low = broadcast(tensor(const(-INFINITY)), [d for d in t.dims if d is not ONE])
    return Tensor(elementwise("where", found[1], found[0], low).node, t.dims)


def decided(name: str, a: Tensor, b: Tensor) -> Tensor:
    """A comparison, entry by entry; one of 0s and 1s with 0 or 1 says what they are."""
    value = everywhere(b.node)
    if is_mask(a.node) and value in (0, 1):
        same = {("equal", 1), ("not_equal", 0), ("greater", 0), ("greater_equal", 1)}
        return a if (name, value) in same else flipped(a) if (name, 1 - value) in same else elementwise(name, a, b)
    return elementwise(name, a, b)


def is_mask(node: Typed) -> bool:
    """Whether a tensor is made of a triangle or an identity such that its entries are 0 or 1."""
    if node.kind == "chain" and not node.args:
        return True
    if node.kind == "chain" and set(node.info[1]) == {1} and set().union(*node.info[0]) <= set(node.info[2]):
        return all(is_mask(arg) or rational(arg) == 1 for arg in node.args)
    if node.kind == "sum" and node.info == (1, -1):
        return everywhere(node.args[0]) == 1 and is_mask(node.args[1])
    return node.kind == "tril"


def chosen(condition: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """yes where the condition is 1, no where it is 0. Where one of them is not a number, the function has no value."""
    dims = common([condition, yes, no], "where")
    value, yes_value, no_value = (everywhere(t.node) for t in (condition, yes, no))
    if value is not None:
        return broadcast(yes if value else no, dims)
    if not_a_number(yes_value) or not_a_number(no_value):
        return broadcast(no if not_a_number(yes_value) else yes, dims)
    if yes_value == 1 and no_value == 0:
        return broadcast(condition, dims)
    if constant_mask(condition):
        if no_value == 0 and not is_lowest(yes.node):
            return product((condition, 1), (broadcast(yes, dims), 1))
        if yes_value == 0 and not is_lowest(no.node):
            return product((flipped(condition), 1), (broadcast(no, dims), 1))
    return shaped(elementwise("where", condition, yes, no).node, dims)


def not_a_number(value) -> bool:
    return isinstance(value, float) and math.isnan(value)


def constant_mask(condition: Tensor) -> bool:
    """Whether a condition is made of positions alone: a triangle, an identity."""
    stack = [condition.node]
    while stack:
        node = stack.pop()
        if node.kind in ("var", "let", "map", "struct"):
            return False
        stack.extend(node.args)
    return True


def masked(t: Tensor) -> tuple[Tensor, Tensor] | None:
    """(logits, mask) of logits that are -inf, or a large negative number, where the mask is 0; None if they are not."""
    node, solid_dims = t.node, tuple([d for d in t.dims if d is not ONE])
    if node.kind == "map" and node.info.name == "where":
        condition, yes, no = [broadcast(tensor(n), solid_dims) for n in node.args]
        if is_lowest(no.node):
            return Tensor(yes.node, t.dims), Tensor(condition.node, t.dims)
        if is_lowest(yes.node):
            return Tensor(no.node, t.dims), Tensor(flipped(condition).node, t.dims)
    if node.kind == "sum":
        for k, (c, arg) in enumerate(zip(node.info, node.args)):
            inner = masked(tensor(arg)) if c == 1 and arg.axes == node.axes else None
            if inner is not None:
                others = [(d, tensor(n)) for j, (d, n) in enumerate(zip(node.info, node.args)) if j != k]
                return Tensor(plus((1, inner[0]), *others).node, t.dims), Tensor(inner[1].node, t.dims)
    return None


def is_lowest(node: Typed) -> bool:
    value = everywhere(node)
    return value is not None and value <= -LARGE


def exponential(t: Tensor) -> Tensor:
    """exp, entry by entry; 0 where the argument is minus infinity by a mask."""
    return elementwise("exp", lowered(t))
