"""Differences the way round in which the person wrote them: (x − μ)², where the graph has (μ − x)² for the same.

Of an even power either sign is right; the graph keeps one of them for both. Where an even power is turned, odd ones of the same
difference follow, so that a result speaks of one difference and not of two.
"""

from __future__ import annotations

from . import scaling, sums
from .tree import Tree, make, walk


def oriented(tree: Tree, written: frozenset[Tree]) -> Tree:
    """`tree` with even powers of b − a as powers of a − b where that is among the sums `written`."""
    if not written:
        return tree
    turned: dict[Tree, Tree] = {}
    for t in walk(tree):
        for a, e in _powers(t):
            if a.kind == "sum" and e % 2 == 0 and a not in written:
                other = sums.negated(a)
                if other in written:
                    turned[a] = other
    if not turned:
        return tree
    done: dict[Tree, Tree] = {}
    for t in walk(tree):  # made as they are: the constructors would turn them back
        args = tuple([done[a] for a in t.args])
        if any(a in turned for a, _ in _powers(t)):
            done[t] = _with(t, args, turned)
        else:
            done[t] = t if args == t.args else make(t.kind, t.attr, args, t.shape)
    return done[tree]


def _powers(t: Tree) -> list[tuple[Tree, int]]:
    """The factors of an elementwise product, or of a product of numbers, that have whole exponents."""
    if t.kind == "had":
        return [(a, e) for a, e in zip(t.args, t.attr) if type(e) is int]
    if t.kind == "scale":
        return [(a, e) for a, e in scaling.scalars_of(t) if type(e) is int]
    return []


def _with(t: Tree, args: tuple[Tree, ...], turned: dict[Tree, Tree]) -> Tree:
    odd = sum([e for a, e in _powers(t) if a in turned]) % 2
    args = tuple([turned.get(old, new) for old, new in zip(t.args, args)])
    if t.kind == "scale":
        coef, exponents, has_body = t.attr
        return make("scale", (-coef if odd else coef, exponents, has_body), args, t.shape)
    made = make("had", t.attr, args, t.shape)
    return make("scale", (-1, (), True), (made,), t.shape) if odd else made
