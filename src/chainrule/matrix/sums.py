"""Sums of matrix trees: the order of terms, and who takes a minus sign.

Constants first, then products, then the rest, each the longer before the shorter, positive before negative; small
constants such as an ε stand last.
"""

from __future__ import annotations

from fractions import Fraction

from . import products, scaling
from .tree import Tree, make, num, walk, zero

_HEAVY = 12.0  # a sum longer than this stays one term of another: it is shared, and will get a name
_SMALL = 0.1  # constants below stand last
_CHAINS = ("mul", "mv", "dot", "outer", "tr", "had", "diag")

def negated(t: Tree) -> Tree | None:
    """−t where t has a sum of mixed signs that takes the minus sign, else None."""
    if t.kind == "sum":
        if any(c < 0 for c in t.attr) and any(c > 0 for c in t.attr):
            return add([(-c, a) for c, a in zip(t.attr, t.args)])
        return None
    if t.kind in ("mul", "mv", "outer", "diag", "dot", "total", "mean", "tr", "T", "diagof"):
        return _negated_argument(t, range(len(t.args)))
    if t.kind == "had":
        return _negated_argument(t, [k for k, e in enumerate(t.attr) if e in (1, -1)])
    if t.kind == "scale" and t.attr[2]:
        flipped = negated(t.args[-1])
        return None if flipped is None else scaling.scale(t.attr[0], scaling.scalars_of(t), flipped)
    return None


def _negated_argument(t: Tree, positions) -> Tree | None:
    best = None
    for k in positions:
        a = t.args[k]
        if a.kind not in ("sum", "T", "had", "diag", "mv", "mul", "outer"):
            continue
        flipped = negated(a)
        if flipped is not None and flipped.weight <= a.weight + 0.01:
            found = make(t.kind, t.attr, t.args[:k] + (flipped,) + t.args[k + 1 :], t.shape)
            if not is_backwards(flipped):
                return found
            best = best or found
    return best


def is_backwards(t: Tree) -> bool:
    """Whether `t` is something minus a constant, which people write the other way round where they may: 1 − h²."""
    if t.kind == "T":
        t = t.args[0]
    if t.kind != "sum" or not any([c > 0 for c in t.attr]):
        return False
    constant = [c for c, a in zip(t.attr, t.args) if (a.args[-1] if a.kind == "scale" and a.attr[2] else a).kind in ("num", "one", "eye")]
    return bool(constant) and all([c < 0 for c in constant])


def _square_less(t: Tree) -> bool:
    """Whether `t` is a square minus a constant, t² − 1."""
    if not is_backwards(t):
        return False
    powers = [a.attr[1] if a.kind == "scale" and not a.attr[2] else (1,) for c, a in zip(t.attr, t.args) if c > 0]
    return all([type(e) is int and e % 2 == 0 for each in powers for e in each])


def flip(coef, items: list, body: Tree | None) -> tuple:
    """The minus sign of `coef` given to a sum of mixed signs, where there is one."""
    if body is not None:
        flipped = negated(body)
        if flipped is not None:
            return -coef, items, flipped
    for k, (s, e) in enumerate(items):
        if e in (1, -1):
            flipped = negated(s)
            if flipped is not None and (abs(coef) <= 1 or not _square_less(flipped)):  # −2t(1 − t²)
                return -coef, [*items[:k], (flipped, e), *items[k + 1 :]], body
    return coef, items, body


def add(terms: list[tuple[object, Tree]]) -> Tree:
    """Σ coefficient · tree, all of one shape."""
    shape = terms[0][1].shape
    merged: dict[Tree, object] = {}
    constant = 0
    todo = [*reversed(terms)]
    while todo:
        c, t = todo.pop()
        if c == 0 or t.kind == "zero":
            continue
        if t.kind == "scale" and t.attr[0] != 1:
            c, t = c * t.attr[0], scaling.scale(1, scaling.scalars_of(t)[: len(t.attr[1])], t.args[-1] if t.attr[2] else None)
        if t.kind == "sum" and t.weight <= _HEAVY:
            todo.extend([(c * d, a) for d, a in reversed(list(zip(t.attr, t.args)))])
        elif t.kind == "num" and not isinstance(t.attr, str):
            constant += c * t.attr
        else:
            merged[t] = merged.get(t, 0) + c
    items = [(c, t) for t, c in merged.items() if c != 0]
    if constant != 0:
        items.append((1 if constant > 0 else -1, num(abs(constant))))
    if not items:
        return zero(shape)
    if len(items) == 1:
        return scaling.scale(items[0][0], [], items[0][1])
    shared = _roots_shared(items)
    if shared:
        inverse = [(s, -e) for s, e in shared]
        return scaling.scale(1, shared, add([(c, scaling.scale(1, inverse, t)) for c, t in items]))
    if all([t.kind == "T" for _, t in items]):  # Aᵀ − Bᵀ
        body = add([(c, t.args[0]) for c, t in items])
        return make("T", None, (body,), shape) if body.kind == "sum" else products.transpose(body)
    items.sort(key=_term_rank)
    if not shape:
        items = _descending(items)
    if all(c < 0 for c, _ in items):
        body = make("sum", tuple([-c for c, _ in items]), tuple([t for _, t in items]), shape)
        return scaling.scale(-1, [], body)
    return make("sum", tuple([c for c, _ in items]), tuple([t for _, t in items]), shape)


def _descending(items: list) -> list:
    """A polynomial by falling degree, ax² + bx + c, where its first term is then positive.

    1 + x and 1 + x² stay, and so does what begins a series, x + 0.044715x³.
    """
    degrees = [_degree(t) for _, t in items]
    if None in degrees or len(set(degrees)) == 1 or any([type(c) is not int for c, _ in items]):
        return items
    constants = [abs(c * t.attr) if t.kind == "num" and not isinstance(t.attr, str) else c for c, t in items if not _degree(t)]
    if len(items) - len(constants) < 2 and (constants[0] == 1 or max(degrees) > 1):
        return items
    found = [item for _, item in sorted(zip(degrees, items), key=lambda pair: -pair[0])]
    return found if found[0][0] > 0 else items


def _degree(t: Tree) -> int | None:
    """The degree of a monomial in variables; None of anything else."""
    if t.kind == "num":
        return 0
    if t.kind == "sym":
        return 1
    if t.kind == "scale" and not t.attr[2] and all([type(e) is int and e > 0 and s.kind == "sym" for s, e in scaling.scalars_of(t)]):
        return sum(t.attr[1])
    return None


def _roots_shared(items: list) -> list:
    """The roots of constants that every term has, as factors: √n in √n I − √n rrᵀ − 11ᵀ/√n."""
    found = []
    for s, e in scaling.scalars_of(items[0][1]) if items[0][1].kind == "scale" else ():
        if isinstance(e, Fraction) and s.kind in ("num", "size"):
            powers = [dict(scaling.scalars_of(t)).get(s, 0) if t.kind == "scale" else 0 for _, t in items]
            if all([isinstance(f, Fraction) and (f - e).denominator == 1 for f in powers]):
                found.append((s, max(powers, key=abs) if max(powers) < 0 else max(powers)))
    return found


def number_out(t: Tree) -> Tree:
    """2A − 2B as 2(A − B), where no term has brackets of its own: 2Xᵀ(Xw − y) + 2λw stays."""
    if t.kind != "sum" or len(t.args) < 2:
        return t
    factor = abs(t.attr[0])
    if factor == 1 or any([abs(c) != factor for c in t.attr]):
        return t
    if any([a.kind in ("num", "eye", "one") or (type(factor) is int and _has_sum(a)) for a in t.args]):
        return t
    signs = tuple([1 if c > 0 else -1 for c in t.attr])
    return scaling.scale(factor, [], make("sum", signs, t.args, t.shape))


def turned_out(t: Tree) -> Tree:
    """BᵀXᵀ + XᵀBᵀ as (BX + XB)ᵀ, where that leaves no other transpose."""
    coef, scalars, body = scaling.split(t)
    if body.kind != "sum" or body.order != 2 or body.turns < 4:
        return t
    other = add([(c, products.transpose(a)) for c, a in zip(body.attr, body.args)])
    if other.kind != "sum" or other.turns:
        return t
    return scaling.scale(coef, scalars, make("T", None, (other,), body.shape))


def _has_sum(t: Tree) -> bool:
    return any([a.kind == "sum" for a in walk(t)])


def _term_rank(item) -> tuple:
    """Positive first; constants, then products, then the rest; the longer before the shorter."""
    c, t = item
    body = t.args[-1] if t.kind == "scale" and t.attr[2] else t
    if body.kind in ("num", "eye", "one") and (body.order or body is t):
        group = 0 if t.kind != "scale" else 3
        if body.kind == "num" and not isinstance(body.attr, str) and body.attr < _SMALL:
            group = 4
        elif body.kind == "one" and abs(c) < _SMALL:
            group = 4
    elif t.kind == "scale":
        group = 3
    else:
        group = 3 if _broadcast(body) else 1 if body.kind in _CHAINS else 2
    return (c < 0, group, _moved_at(body) if body.formal else _turned(body), -round(t.weight, 3), t.key)


def _broadcast(t: Tree) -> bool:
    return t.kind == "outer" and "one" in (t.args[0].kind, t.args[1].kind)


def _moved_at(t: Tree) -> int:
    """Which factor of a chain it is that moves: dX X before X dX."""
    return next((k for k, a in enumerate(t.args) if a.formal), 0) if t.kind in ("mul", "mv", "dot") else 0


def _turned(t: Tree) -> int:
    return 0 if t.kind == "scale" else t.turns if t.kind in ("T", "mul") else 0
