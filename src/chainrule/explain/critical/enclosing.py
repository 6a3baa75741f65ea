"""Intervals that certainly hold all values of scalar nodes over boxes, many boxes at once.

Every operation is widened by more than its rounding. Monotone operations map the ends; others are enclosed by their value
in the middle and the derivative over the interval, within the range that is declared.

Reference: Moore, Kearfott & Cloud, Introduction to Interval Analysis (2009), chapters 5 and 6.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import e, pi

import numpy as np

from ...core.errors import ChainruleError
from ...core.node import Node, symbol
from ...core.walk import order

ULPS = 8 * np.finfo(float).eps  # what an operation of the library may be wrong by, in parts of its value
TINY = 1e-300
DEEPEST = 3  # derivatives of derivatives that are asked for; beyond, the declared range
INSIDE = symbol("·t")

Interval = tuple  # (low, high), arrays


def enclosable(nodes: list[Node]) -> bool:
    """Whether all operations below are smooth ones of one argument: what these rules are for."""
    return all([n.op in ("symbol", "number", "sum", "product") or _smooth(n) for n in order(*nodes)])


def _smooth(node: Node) -> bool:
    return node.op == "map" and node.attr.arity == 1 and node.attr.margin is None and node.attr.evaluate is not None


def enclosures(nodes: list[Node], xs: list[Node], low: np.ndarray, high: np.ndarray, depth: int = 0) -> list[Interval]:
    """(low, high) of every node over boxes from `low` to `high`, arrays of shape (entries, boxes)."""
    with np.errstate(all="ignore"):
        known: dict[Node, Interval] = {x: (low[k], high[k]) for k, x in enumerate(xs)}
        for node in order(*nodes):
            if node in known:
                continue
            if node.op == "number":
                known[node] = _constant({"pi": pi, "e": e}[node.attr] if isinstance(node.attr, str) else node.attr)
            elif node.op == "sum":
                parts = [_times(_constant(c), known[t]) for c, t in node.terms] or [_constant(0)]
                total = parts[0]
                for part in parts[1:]:
                    total = _widened(total[0] + part[0], total[1] + part[1])
                known[node] = total
            elif node.op == "product":
                value = _constant(node.coef)
                for base, _, exponent in node.operands:
                    value = _times(value, _power(known[base], exponent))
                known[node] = value
            else:
                known[node] = _mapped(node.attr, known[node.args[0]], depth)
        shape = low.shape[1:]
        return [(np.broadcast_to(known[n][0], shape), np.broadcast_to(known[n][1], shape)) for n in nodes]


def _widened(low, high) -> Interval:
    low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    return low - np.abs(low) * ULPS - TINY, high + np.abs(high) * ULPS + TINY


def _constant(value) -> Interval:
    number = float(value)
    exactly = type(value) is float or isinstance(value, (int, Fraction)) and Fraction(number) == value
    return (np.asarray(number), np.asarray(number)) if exactly and value not in (pi, e) else _widened(number, number)


def _times(a: Interval, b: Interval) -> Interval:
    corners = [np.asarray(x * y) for x in a for y in b]
    corners = np.array(np.broadcast_arrays(*[np.where(np.isnan(c), 0.0, c) for c in corners]))  # 0 · ∞ of an end is 0
    return _widened(corners.min(axis=0), corners.max(axis=0))


def _power(x: Interval, exponent) -> Interval:
    if exponent == 1:
        return x
    low, high = x
    if type(exponent) is not int:
        inside = low >= 0 if exponent > 0 else low > 0
        a, b = np.abs(low) ** float(exponent), np.abs(high) ** float(exponent)
        return _widened(np.where(inside, np.minimum(a, b), -np.inf), np.where(inside, np.maximum(a, b), np.inf))
    around = (low <= 0) & (high >= 0)
    if exponent < 0:
        inverse_low, inverse_high = _power(x, -exponent)
        if exponent % 2 == 0:
            inverse_low = np.maximum(inverse_low, 0.0)
            return _widened(1 / inverse_high, np.where(inverse_low > 0, 1 / inverse_low, np.inf))
        return _widened(np.where(around, -np.inf, 1 / inverse_high), np.where(around, np.inf, 1 / inverse_low))
    a, b = low ** float(exponent), high ** float(exponent)
    if exponent % 2:
        return _widened(a, b)
    return _widened(np.where(around, 0.0, np.minimum(a, b)), np.maximum(a, b))


def _mapped(op, x: Interval, depth: int) -> Interval:
    low, high = np.broadcast_arrays(np.asarray(x[0], dtype=float), np.asarray(x[1], dtype=float))
    inside = op.domain.contains(low) & op.domain.contains(high)
    at = op.evaluate
    bottom, top = op.range.low, op.range.high
    if op.monotone is not None:
        a, b = np.asarray(at(low), dtype=float), np.asarray(at(high), dtype=float)
        found = (np.minimum(a, b), np.maximum(a, b))
    elif depth < DEEPEST:
        middle = np.clip((low + high) / 2, -1e300, 1e300)
        slope = _slope(op, low, high, depth)
        most = np.maximum(np.abs(slope[0]), np.abs(slope[1])) * ((high - low) / 2 * (1 + ULPS))
        value = np.asarray(at(middle), dtype=float)
        found = (value - most, value + most)
    else:
        found = (np.full(low.shape, -np.inf), np.full(low.shape, np.inf))
    found = _widened(*found)
    found = (np.maximum(found[0], bottom - abs(bottom) * ULPS), np.minimum(found[1], top + abs(top) * ULPS))
    return np.where(inside, found[0], -np.inf), np.where(inside, found[1], np.inf)


def _slope(op, low: np.ndarray, high: np.ndarray, depth: int) -> Interval:
    node = _derivative(op)
    if node is None:
        return np.full(low.shape, -np.inf), np.full(low.shape, np.inf)
    return enclosures([node], [INSIDE], low[None], high[None], depth + 1)[0]


@lru_cache(maxsize=256)
def _derivative(op) -> Node | None:
    """The derivative of an operation at the symbol `INSIDE`, where it can be enclosed."""
    try:
        node = op.partial(0, op(INSIDE)) if op.derivative is not None else None
    except (ChainruleError, AttributeError):
        return None
    return node if node is not None and enclosable([node]) else None
