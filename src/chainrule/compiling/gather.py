"""Sums of products that share a part: A u + A v is A (u + v), and s ∘ u + s ∘ v is s ∘ (u + v).

A term here is (coefficient, value, axes): its axis t lies on axis axes[t] of the sum. Terms that something else
needs too are left alone. Taken from the outside inwards this makes one sweep of what was a sum over paths.
"""

from __future__ import annotations

from ..core.node import Number
from .values import Axes, Builder, Value

Term = tuple[Number, Value, Axes]
PARTS = frozenset({"matmul", "mul", "div"})


def gathered(b: Builder, terms: list[Term], dims: tuple) -> list[Term]:
    """The terms of a sum with these dims, those that share a part made one."""
    while len(terms) > 1:
        holders: dict = {}
        for n, (_, value, axes) in enumerate(terms):
            if value.op in PARTS and value.dims and not value.mask and value not in b.shared:
                for key in _parts(value, axes):
                    holders.setdefault(key, []).append(n)
        saved = {key: sum([terms[n][1].cost for n in at[1:]]) for key, at in holders.items() if len(at) > 1}
        if not saved:
            return terms
        key = max(saved, key=saved.__getitem__)
        at = holders[key]
        merged = _merged(b, key, [terms[n] for n in at], dims)
        terms = [merged if n == at[0] else t for n, t in enumerate(terms) if n not in at[1:]]
    return terms


def _parts(value: Value, axes: Axes):
    """What another term may share with `value`: (operation, which argument, that argument, how both lie)."""
    x, y = value.args
    if value.op == "matmul":
        if len(value.dims) == len(axes) <= 2 and x is not y:
            yield "matmul", 0, x, (value.params, axes, y.dims)
            yield "matmul", 1, y, (value.params, axes, x.dims)
        return
    (ax, ay) = [tuple([axes[t] for t in places]) for places in value.params]
    if value.op == "mul" and x.dims:
        yield "mul", 0, x, ax
    if y.dims:
        yield value.op, 0, y, ay


def _merged(b: Builder, key: tuple, terms: list[Term], dims: tuple) -> Term:
    """The terms that share the part `key`, as one."""
    op, side, part, lie = key
    sign = -1 if all([c < 0 for c, _, _ in terms]) else 1
    rest = []
    for c, value, axes in terms:
        x, y = value.args
        if op == "matmul":
            other = value.args[1 - side]
            rest.append((sign * c, other, tuple(range(len(other.dims)))))
            continue
        places = [tuple([axes[t] for t in p]) for p in value.params]
        other = 0 if op == "div" or (y, places[1]) == (part, lie) else 1
        rest.append((sign * c, value.args[other], places[other]))
    if op == "matmul":
        params, axes, inner = lie
        left = _sum(b, rest, inner)
        args = (part, left) if side == 0 else (left, part)
        first = terms[0][1]
        return sign, b.make("matmul", params, args, first.dims, work=first.cost), axes
    covered = sorted({t for _, _, axes in rest for t in axes})
    place = {t: p for p, t in enumerate(covered)}
    inner = tuple([dims[t] for t in covered])
    left = _sum(b, [(c, v, tuple([place[t] for t in axes])) for c, v, axes in rest], inner)
    everywhere = sorted({*covered, *lie})
    place = {t: p for p, t in enumerate(everywhere)}
    whole = tuple([dims[t] for t in everywhere])
    axes_left, axes_part = [tuple([place[t] for t in axes]) for axes in (covered, lie)]
    make = b.mul if op == "mul" else b.div
    return sign, make(left, part, axes_left, axes_part, whole), tuple(everywhere)


def _sum(b: Builder, terms: list[Term], dims: tuple) -> Value:
    """A sum, of which the terms are gathered in their turn."""
    merged: dict = {}
    for c, value, axes in terms:
        merged[value, axes] = merged.get((value, axes), 0) + c
    terms = gathered(b, [(c, value, axes) for (value, axes), c in merged.items()], dims)
    straight = tuple(range(len(dims)))
    if len(terms) == 1 and terms[0][0] == 1 and terms[0][2] == straight:
        return terms[0][1]
    return b.lin(terms, dims)
