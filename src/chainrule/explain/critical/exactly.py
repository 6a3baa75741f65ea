"""Exact values: numbers recognised from their digits, and put into the equations without rounding.

A recognised value is a guess until the gradient, computed with it in exact arithmetic, is zero.
"""

from __future__ import annotations

from fractions import Fraction
from math import e, isqrt, pi, sqrt

import numpy as np

from ...core.algebra import is_zero, number, substitute
from ...core.errors import ChainruleError
from ...core.node import Node
from ...core.product import product
from ...core.sums import linear_sum
from ...core.walk import order
from ...derivation.differentiate import tidied
from .expanding import MOST_TERMS

DENOMINATORS, LARGER_DENOMINATORS = 60, 5000  # of a fraction that is recognised; where it agrees to the last digits
RADICANDS = 200  # numerator and denominator of what stands below a square root
LARGEST = 60  # nodes of a number that is simplified
QUADRATIC = 12  # coefficients of a quadratic equation whose root is recognised


def recognised(x: float, radius: float) -> list[Node]:
    """Exact numbers within `radius` of `x`, the simplest first."""
    found: list[Node] = []
    near = lambda value: abs(value - x) <= radius
    fraction = Fraction(x).limit_denominator(DENOMINATORS) if abs(x) < 1e9 else Fraction(0)
    if not near(float(fraction)):
        fraction = Fraction(x).limit_denominator(LARGER_DENOMINATORS)
        near_enough = abs(float(fraction) - x) <= min(radius, 1e-13 * (1 + abs(x)))
    else:
        near_enough = True
    if near_enough and abs(x) < 1e9:
        found.append(number(fraction))
    for name, value in (("pi", pi), ("e", e)):
        q = Fraction(x / value).limit_denominator(12) if abs(x) < 1e4 else Fraction(0)
        if q and near(float(q) * value):
            found.append(product(q, [(number(name), (), 1)], ()))
        if name == "e" and x:
            q = Fraction(x * e).limit_denominator(12)
            if q and near(float(q) / e):
                found.append(product(q, [(number("e"), (), -1)], ()))
    square = Fraction(x * x).limit_denominator(RADICANDS) if abs(x) < 1e4 else Fraction(0)
    if square and near((1 if x > 0 else -1) * sqrt(square)):
        found.append(_scaled(_root(square), 1 if x > 0 else -1))
    found += _quadratic(x, radius)
    return list(dict.fromkeys(found))


def _quadratic(x: float, radius: float) -> list[Node]:
    """The root of a quadratic equation with small whole coefficients that `x` is, if it is one."""
    if abs(x) > 50:
        return []
    for a in range(1, QUADRATIC + 1):
        for b in range(-QUADRATIC, QUADRATIC + 1):
            c = round(-(a * x * x + b * x))
            if abs(c) > 4 * QUADRATIC:
                continue
            inside = b * b - 4 * a * c
            if inside <= 0 or not b or isqrt(inside) ** 2 == inside:
                continue
            for s in (1, -1):
                if abs((-b + s * sqrt(inside)) / (2 * a) - x) <= radius:
                    return [linear_sum([(Fraction(-b, 2 * a), number(1)), (Fraction(s, 2 * a), _root(Fraction(inside)))], ())]
    return []


def _scaled(node: Node, factor) -> Node:
    return product(factor, [(node, (), 1)], ())


def _root(value: Fraction) -> Node:
    """√value as a product of roots of primes, so that equal numbers are equal nodes: √(p/q) = √(pq)/q."""
    inside, outside = value.numerator * value.denominator, Fraction(1, value.denominator)
    operands, k = [], 2
    while k * k <= inside:
        while inside % (k * k) == 0:
            inside //= k * k
            outside *= k
        k += 1
    k = 2
    while inside > 1:
        if inside % k == 0:
            operands.append((number(k), (), Fraction(1, 2)))
            inside //= k
        else:
            k += 1
    return product(outside, operands, ())


def vanishes(node: Node, at: dict[Node, Node]) -> bool:
    """Whether a scalar expression is exactly zero at these exact values; False where exact arithmetic does not show it."""
    value = at_values(node, at)
    return value is not None and is_zero(value)


def at_values(node: Node, at: dict[Node, Node]) -> Node | None:
    """A scalar expression at exact values, multiplied out; None where it has no value there."""
    try:
        found = _multiplied_out(substitute(node, dict(at)))
        return found if is_zero(found) or len(order(found)) > LARGEST else _multiplied_out(tidied(found))
    except (ChainruleError, ZeroDivisionError, OverflowError):
        return None


def _multiplied_out(node: Node) -> Node:
    """A number written with roots as a sum of products of them."""
    waiting, found = [(1, node)], []
    while waiting and len(waiting) + len(found) < MOST_TERMS:
        c, term = waiting.pop()
        if term.op == "sum":
            waiting += [(c * d, t) for d, t in term.terms]
            continue
        at = None
        if term.op == "product":
            at = next((k for k, (b, _, x) in enumerate(term.operands) if b.op == "sum" and type(x) is int and x > 0), None)
        if at is None:
            found.append((c, term))
            continue
        base, _, exponent = term.operands[at]
        others = [o for k, o in enumerate(term.operands) if k != at]
        if exponent > 1:
            others.append((base, (), exponent - 1))
        waiting += [(c * term.coef * d, product(1, [(t, (), 1), *others], ())) for d, t in base.terms]
    return linear_sum([*found, *waiting], (), flatten=True)


def is_exact(node: Node) -> bool:
    """Whether no number in `node` is a rounded one."""
    for each in order(node):
        numbers = each.attr if each.op == "sum" else (each.attr[0],) if each.op == "product" else (each.attr,) if each.op == "number" else ()
        if any([type(c) is float for c in numbers]):
            return False
        if each.op == "product" and any([type(x) is float for _, _, x in each.operands]):
            return False
    return True


def evaluated(nodes: list[Node], xs: list[Node], values) -> np.ndarray:
    """Scalar nodes at numbers; an axis of `values` beyond the first holds several points."""
    with np.errstate(all="ignore"):
        known = {x: np.asarray(v, dtype=float) for x, v in zip(xs, values)}
        for node in order(*nodes):
            if node in known:
                continue
            if node.op == "number":
                known[node] = {"pi": pi, "e": e}.get(node.attr, node.attr) if isinstance(node.attr, str) else float(node.attr)
            elif node.op == "product":
                value = float(node.coef)
                for base, _, x in node.operands:
                    value = value * known[base] ** (x if type(x) is int and x > 0 else float(x))
                known[node] = value
            elif node.op == "sum":
                known[node] = sum([float(c) * known[t] for c, t in node.terms], 0.0)
            else:
                known[node] = node.attr.evaluate(*[np.asarray(known[a]) for a in node.args])
        return np.array([np.asarray(known[n], dtype=float) + np.zeros(np.shape(values[0]) if len(values) else ()) for n in nodes])


