"""Where a function is defined, as conditions on the arguments of its operations: u > 0 where log u stands, u ≥ 0 below a root.

A proof of convexity needs a convex domain. A condition that always holds is none. What an operation declares of its domain
counts as a condition only if the operation has no value outside; where it has (1/x, tan), the domain falls apart, and only
what certainly stays within one part is let through.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...core.node import Node
from ...core.product import really_summed
from ...core.walk import depends, order
from ...derivation.breaks import END, INVERTIBLE, NONNEGATIVE, NONZERO, POLE, POSITIVE, SINGULAR, candidates_of
from ...ops.choices import where
from ...ops.declare import REAL, Interval
from ...ops.reading import split
from .bounds import Bounds, meet, times

ABOVE_ZERO, FROM_ZERO = Interval(0, float("inf")), Interval(0, float("inf"), "[)")


class Condition(NamedTuple):
    """That the node `of` lies in `interval`; `hole`: that it is not 0 (a matrix: not singular), which leaves no convex domain."""

    of: Node
    interval: Interval
    hole: bool = False


def conditions(root: Node, definite) -> list[Condition]:
    """What must hold for `root` to be defined, beyond what always holds.

    Parameters
        definite: whether a square matrix certainly is positive definite.
    """
    bounds = Bounds()
    found: list[Condition] = []
    for node in _reached(root):
        if node.op == "product":
            for base, _, exponent in node.operands:
                if type(exponent) is not int:
                    found += _inside(bounds, base, ABOVE_ZERO if exponent < 0 else FROM_ZERO)
                elif exponent < 0 and not (bounds.positive(base) or bounds.negative(base)):
                    found.append(Condition(base, REAL, True))
        elif node.op == "map":
            domains = node.attr.domain if isinstance(node.attr.domain, tuple) and not isinstance(node.attr.domain, Interval) else (node.attr.domain,)
            for arg, domain in zip(node.args, domains):
                if domain != REAL and not _within(bounds.of(arg), domain):
                    if node.attr.arity > 1 or has_values_outside(node.attr):
                        found.append(Condition(arg, domain, True))
                    else:
                        found += _inside(bounds, arg, domain)
        elif node.op == "struct" and node.attr[0].domain == "invertible" and not definite(node.args[0]):
            found.append(Condition(node.args[0], REAL, True))
    return _settled(found)


def as_written(problem, names: list[str], root: Node, definite) -> list[Condition]:
    """What the function demands where it is written, of operations that are not left in its graph: x ≠ 0 of x³/x, x ≥ 0 of (√x)²."""
    found: list[Condition] = []
    left = {(b, e < 0) for node in order(root) if node.op == "product" for b, _, e in node.operands if type(e) is not int or e < 0}
    left |= {(a, node.attr) for node in order(root) if node.op == "map" for a in node.args} | {(node.args[0], None) for node in order(root) if node.op == "struct"}
    for each in [c for n in names for c in candidates_of(problem, n)]:
        relation, node, argument = each.condition.relation, each.condition.node, each.argument
        operation = each.typed.info if each.typed.kind == "map" else None
        if {(argument, operation), (node, operation), (argument, True), (argument, False), (node, True)} & left or operation is where:
            continue
        certain = node.op == "struct" and definite(node.args[0])  # the determinant of what is positive definite is > 0
        if each.kind not in (POLE, END, SINGULAR) or certain:
            continue
        if relation in (NONZERO, INVERTIBLE) and each.order == 0:
            found.append(Condition(node, REAL, True))
        elif relation in (POSITIVE, NONNEGATIVE):
            found.append(Condition(node, ABOVE_ZERO if each.order == 0 and relation == POSITIVE else FROM_ZERO))
    return found


def _settled(found: list[Condition]) -> list[Condition]:
    """Without holes that other conditions exclude: 1/x beside log x."""
    bounds = Bounds(assumptions([c for c in found if not c.hole]))
    kept = []
    for c in dict.fromkeys(found):
        if c.hole and c.interval == REAL and not (c.of.ndim == 2 and c.of.op != "symbol") and (bounds.positive(c.of) or bounds.negative(c.of)):
            continue
        if c.hole and c.interval != REAL and _within(bounds.of(c.of), c.interval):
            continue
        kept.append(c)
    return kept


def assumptions(found: list[Condition]) -> dict[Node, Interval]:
    """The conditions as intervals of nodes, each of its node without a number in front."""
    assumed: dict[Node, Interval] = {}
    for c in found:
        if not c.hole:
            k, rest = split(c.of)
            scaled = times(Interval(1 / float(k), 1 / float(k), "[]"), c.interval)
            assumed[rest] = meet(assumed.get(rest, scaled), scaled)
            assumed[c.of] = meet(assumed.get(c.of, c.interval), c.interval)
    return assumed


def moving(found: list[Condition], wrt: list[Node]) -> list[Condition]:
    """Those that speak of the variables."""
    touched = depends(order(*[c.of for c in found]), wrt)
    return [c for c in found if c.of in touched]


def has_values_outside(declaration) -> bool:
    """Whether an operation of one argument has values outside the domain that it declares: tan has, log has none."""
    low, high, _ = declaration.domain
    outside = [x for x in (low - 0.3, low - 2.4, high + 0.3, high + 2.4) if np.isfinite(x)]
    with np.errstate(all="ignore"):
        return bool(np.isfinite(declaration.evaluate(np.array(outside))).any()) if outside else False


def _reached(root: Node) -> list[Node]:
    """The nodes that are always evaluated: not those that only a choice needs."""
    found: dict[Node, None] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in found:
            found[node] = None
            stack.extend(node.args[:1] if node.op == "map" and node.attr is where else node.args)
    return list(found)


def _within(x: Interval, domain: Interval) -> bool:
    low = x.low > domain.low or (x.low == domain.low and (domain.closed[0] == "[" or x.closed[0] == "(" or domain.low == -float("inf")))
    high = x.high < domain.high or (x.high == domain.high and (domain.closed[1] == "]" or x.closed[1] == ")" or domain.high == float("inf")))
    return low and high


def _inside(bounds: Bounds, node: Node, domain: Interval) -> list[Condition]:
    """The condition that `node` lies in `domain`, said of the one factor that decides it where that is so: a/x > 0 for a > 0 is x > 0."""
    if _within(bounds.of(node), domain):
        return []
    if node.op == "product" and domain.low == 0 and domain.high == float("inf") and not really_summed(node) and len(set(node.out)) == len(node.out):
        sign, open_factors = (1 if node.coef > 0 else -1), []
        for base, _, e in node.operands:
            if bounds.positive(base) or (bounds.negative(base) and type(e) is int):
                sign = -sign if bounds.negative(base) and e % 2 else sign
            else:
                open_factors.append((base, e))
        if len(open_factors) == 1 and type(open_factors[0][1]) is int and open_factors[0][1] % 2:
            base, e = open_factors[0]
            closed = domain.closed[0] if e > 0 else "("
            return _inside(bounds, base, Interval(0, float("inf"), closed + ")") if sign > 0 else Interval(-float("inf"), 0, "(" + ("]" if closed == "[" else ")")))
    return [Condition(node, domain)]
