"""Which sizes of the constants I and 1 nothing around them determines: ASCII that parses back must spell these.

In `A ones` the vector has the columns of A; in `v ones^T` alone nothing says how long it is, and it is printed as
`v ones(n)^T`. An axis of a tree is anchored where a variable stands on it.
"""

from __future__ import annotations

from ..core.dims import Dim
from .tree import Tree

Axes = frozenset[int]
BOTH: Axes = frozenset((0, 1))
NONE: Axes = frozenset()
_CONSTANTS = ("one", "unit", "eye", "zero", "const", "commutation")


def anchored(t: Tree) -> Axes:
    """The axes of `t` whose size a variable in it tells."""
    found = t.memo.get("anchored")
    if found is None:
        found = t.memo["anchored"] = _anchored(t)
    return found


def _anchored(t: Tree) -> Axes:
    kind = t.kind
    if t.order == 0 or kind in _CONSTANTS:
        return NONE
    if kind == "T":
        return _turned(anchored(t.args[0]))
    if kind in ("mul", "mv"):
        return (anchored(t.args[0]) & {0}) | (anchored(t.args[-1]) & {1})
    if kind == "outer":
        return frozenset([k for k in (0, 1) if anchored(t.args[k])])
    if kind == "scale":
        return anchored(t.args[-1])
    if kind in ("sum", "had", "apply"):
        return _square(t, frozenset().union(*[anchored(a) for a in t.args if a.order]))
    if kind in ("diag", "diagof", "inv"):
        return frozenset(range(t.order)) if anchored(t.args[0]) else NONE
    if kind == "kron":
        return frozenset(range(t.order)) if all([len(anchored(a)) == a.order for a in t.args]) else NONE
    return frozenset(range(t.order))


def _turned(axes: Axes) -> Axes:
    return frozenset([1 - k for k in axes])


def _square(t: Tree, axes: Axes) -> Axes:
    """Where I stands, one axis tells the other."""
    return BOTH if axes and any([_is_identity(a) for a in t.args]) else axes


def _is_identity(t: Tree) -> bool:
    return t.kind in ("eye", "diag") or (t.kind == "scale" and t.attr[2] and _is_identity(t.args[-1]))


def unsized(root: Tree) -> set[Dim]:
    """The dims of constants that nothing around them determines."""
    found: set[Dim] = set()
    stack: list[tuple[Tree, Axes]] = [(root, NONE)]
    seen = set()
    while stack:
        t, tied = stack.pop()
        if (t, tied) in seen:
            continue
        seen.add((t, tied))
        kind, args = t.kind, t.args
        if kind in ("one", "unit", "const", "zero"):
            found.update([d for k, d in enumerate(t.shape) if k not in tied])
        elif kind == "eye":
            if not tied:
                found.add(t.shape[0])
        elif kind in ("sum", "had", "apply") and t.order:
            inside = _square(t, tied.union(*[anchored(a) for a in args if a.order]))
            stack += [(a, inside if a.order else NONE) for a in args]
        elif kind == "scale":
            stack += [(a, NONE) for a in args[:-1]] + [(args[-1], tied if t.attr[2] else NONE)]
        elif kind == "outer":
            stack += [(args[0], tied & {0}), (args[1], frozenset([0]) if 1 in tied else NONE)]
        elif kind in ("mul", "mv", "dot"):
            stack += _along(t, tied)
        elif kind == "T":
            stack.append((args[0], _turned(tied)))
        elif kind in ("diag", "diagof", "inv"):
            stack.append((args[0], frozenset(range(args[0].order)) if tied else NONE))
        elif kind == "struct" and t.shape == args[0].shape:
            stack.append((args[0], tied))
        else:
            stack += [(a, NONE) for a in args]
    return found


def _along(t: Tree, tied: Axes) -> list[tuple[Tree, Axes]]:
    """The factors of a product: each end of one is told by its neighbour."""
    found = []
    for k, a in enumerate(t.args):
        axes = set()
        before = t.args[k - 1] if k else None
        after = t.args[k + 1] if k + 1 < len(t.args) else None
        if k == 0 and 0 in tied:
            axes.add(0)
        if before is not None and (0 if before.order == 1 else 1) in anchored(before):
            axes.add(0)
        if after is not None and 0 in anchored(after):
            axes.add(0 if a.order == 1 else 1)
        if after is None and t.kind == "mul" and 1 in tied:
            axes.add(1)
        found.append((a, frozenset(axes)))
    return found
