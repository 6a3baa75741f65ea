"""What a tree is to its reader: a constant, a linear map, something entry by entry, a comparison."""

from __future__ import annotations

from . import build as b
from .tree import Tree, is_slice, num


def is_ones(t: Tree) -> bool:
    """A constant tensor: a number times ones."""
    body = t.args[-1] if t.kind == "scale" and t.attr[2] else t
    return body.kind == "one"


ENTRYWISE = {"scale", "sum", "had", "apply"}


def indexed(t: Tree) -> bool:
    """Whether `t` can only be written with subscripts."""
    found = t.memo.get("indexed")
    if found is None:
        found = t.kind == "einsum" or (t.kind in ENTRYWISE and any([a.order > 0 and indexed(a) for a in t.args]))
        t.memo["indexed"] = found
    return found


def within(t: Tree) -> tuple[Tree, Tree] | None:
    """(x, b) where t is 1 for −b < x < b."""
    if t.attr.name != "between":
        return None
    low, x, high = t.args
    return (x, high) if b.scale(-1, [], low) is high else None


def by_entries(t: Tree) -> bool:
    """A tensor that reads as its entries, so that a number beside it is added to each: σ(X), H ⊙ H."""
    body = t.args[-1] if t.kind == "scale" and t.attr[2] else t
    if body.kind == "T":
        body = body.args[0]
    return body.kind in ("had", "apply", "struct") or (body.kind == "outer" and _has_ones(body))


def unit_row(m: Tree, v: Tree) -> Tree | None:
    """The slice of one row whose transpose `m` is, where `v` is a single 1: m v is that row of the identity."""
    if m.kind == "T" and is_slice(m.args[0]) and m.args[0].shape[0].value == 1 and v.kind == "one":
        return m.args[0]
    return None


def is_part(t: Tree) -> bool:
    """Whether `t` is rows or columns of the identity or of a variable, as short as a name: X[0], X[1:, :-1]."""
    if t.kind not in ("mul", "mv"):
        return is_slice(t)
    bare = [a.args[0] if a.kind == "T" else a for a in t.args]
    whole = [a for a in bare if not (is_slice(a) or a.kind == "unit")]
    return len(whole) == 1 and len(bare) > 1 and whole[0].kind == "sym"


def column(m: Tree) -> Tree:
    """u where m is u 1ᵀ with a single 1: the vector that stands for its column."""
    alone = m.kind == "outer" and m.args[1].kind == "one" and m.shape[1].value == 1
    return m.args[0] if alone else m


def threshold(x: Tree) -> tuple[str, Tree, Tree]:
    """x > 0 as (sign, left, right), a number in it on the right: 1 − t > 0 is t < 1."""
    if x.kind == "sum" and len(x.args) == 2 and set(map(is_ones, x.args)) == {True, False}:
        k = 0 if is_ones(x.args[1]) else 1
        constant = x.args[1 - k]
        if constant.kind != "scale" or not constant.attr[1]:
            c = x.attr[1 - k] * (constant.attr[0] if constant.kind == "scale" else 1)
            d, scalars, rest = b.split(x.args[k])
            if not isinstance(x.attr[k] * d, int) or abs(x.attr[k] * d) != 1:
                return ">", x, num(0)
            positive = x.attr[k] * d > 0
            return (">", b.scale(1, scalars, rest), num(-c)) if positive else ("<", b.scale(1, scalars, rest), num(c))
    return ">", x, num(0)


def _has_ones(t: Tree) -> bool:
    return "one" in (t.args[0].kind, t.args[1].kind)
