"""The direction stands last: what is linear in dx is written 2(Ax − b)ᵀA dx and tr(X⁻¹ dX), not dxᵀAᵀ… or tr(dX X⁻¹).

Only the order of factors that commute under their sign is changed, so that the value stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from . import build as b
from .products import turns_of_the_wheel
from .tree import Tree, make, num, walk


def direction_last(root: Tree, names: Iterable[str]) -> Tree:
    """`root` with the factors that hold one of the symbols `names` written last, where they may stand anywhere."""
    names = frozenset(names)
    done: dict[Tree, Tree] = {}
    held: set[Tree] = set()
    for t in walk(root):
        if (t.kind == "sym" and t.name in names) or any(a in held for a in t.args):
            held.add(t)
        args = tuple([done[a] for a in t.args])
        made = t if args == t.args else make(t.kind, t.attr, args, t.shape)
        done[t] = _turned(made, [a in held for a in t.args], names)
    return done[root]


def _turned(t: Tree, holds: list[bool], names: frozenset) -> Tree:
    if t.kind == "dot" and holds[0] and not holds[-1]:
        return make("dot", None, tuple([b.transpose(a) for a in reversed(t.args)]), t.shape)
    if t.kind == "tr" and any(holds) and t.args[0].kind == "mul":
        return make("tr", None, (min(turns_of_the_wheel(t.args[0]), key=lambda m: _late(m, names)),), ())
    if t.kind == "had":
        above = [k for k in range(len(holds)) if t.attr[k] > 0]  # divisors keep their places
        turned = iter(sorted(above, key=lambda k: holds[k]))
        order = [next(turned) if t.attr[k] > 0 else k for k in range(len(holds))]
        return make("had", tuple([t.attr[k] for k in order]), tuple([t.args[k] for k in order]), t.shape)
    if t.kind == "scale":
        coef, exponents, has_body = t.attr
        order = sorted(range(len(exponents)), key=lambda k: holds[k])
        args = [t.args[k] for k in order] + list(t.args[len(exponents) :])
        return make("scale", (coef, tuple([exponents[k] for k in order]), has_body), tuple(args), t.shape)
    return t


def _late(product: Tree, names: frozenset) -> tuple:
    """How badly a product under a trace reads: the best ends with the direction, begins with another, has no turn."""
    first, last = (
        any(s.kind == "sym" and s.name in names for s in walk(m)) for m in (product.args[0], product.args[-1])
    )
    bare = product.args[-1].kind == "sym"
    return not last, not bare, first, product.turns, product.key


def put(root: Tree, name: str, value: Tree) -> Tree:
    """`root` with `value` written where the symbol `name` stands, as it is: (x − 1)² is not turned into (1 − x)²."""
    done: dict[Tree, Tree] = {}
    for t in walk(root):
        args = tuple([done[a] for a in t.args])
        if t.kind == "sym" and t.name == name:
            done[t] = value
        else:
            done[t] = t if args == t.args else make(t.kind, t.attr, args, t.shape)
    return done[root]


def displacement(x: Tree, point: Tree) -> Tree:
    """x − a, in this order; x + 1 where a is −1."""
    if point.kind == "num" and not isinstance(point.attr, str) and point.attr < 0:
        return make("sum", (1, 1), (x, num(-point.attr)), x.shape)
    if point.kind == "scale" and point.attr[0] < 0:
        return make(
            "sum", (1, 1), (x, make("scale", (-point.attr[0], *point.attr[1:]), point.args, point.shape)), x.shape
        )
    return make("sum", (1, -1), (x, point), x.shape)


def as_fractions(root: Tree) -> Tree:
    """`root` with its decimals as fractions: the coefficient 0.075 of a polynomial is 3/40."""
    done: dict[Tree, Tree] = {}
    for t in walk(root):
        args = tuple([done[a] for a in t.args])
        attr = t.attr
        if t.kind == "scale":
            attr = (_fraction(attr[0]), *attr[1:])
        elif t.kind == "sum":
            attr = tuple([_fraction(c) for c in attr])
        elif t.kind == "num" and not isinstance(attr, str):
            attr = _fraction(attr)
        done[t] = make(t.kind, attr, args, t.shape)
    return done[root]


def _fraction(c):
    """A decimal of few digits as the fraction that it is; other numbers as they are."""
    return Fraction(repr(c)) if isinstance(c, float) and len(repr(c)) <= 12 else c
