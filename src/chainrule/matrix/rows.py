"""The row layout: a matrix that is shown transposed, with the transposes where they disturb least.

(∂f/∂H) ⊙ (1 − H.²)ᵀ and not ((∂f/∂H)ᵀ ⊙ (1 − H.²))ᵀ: a transpose goes inside where that leaves no more of them than before.
"""

from __future__ import annotations

from . import scaling
from .products import transpose
from .styles import TURNED
from .tree import Tree, make, walk

DEEPEST = 40


def laid(tree: Tree) -> Tree:
    """The transpose of a matrix, for a reader; what is no matrix as it is."""
    if tree.order != 2:
        return tree
    plain = transpose(tree)
    if plain.kind != "T" or tree.depth > DEEPEST:
        return plain
    inside = _turned(tree, tree.kind == "had")
    return inside if turns(inside) <= turns(plain) else plain


def row_and_diagonal(v: Tree) -> tuple[Tree, Tree] | None:
    """(Wᵀr) ⊙ d as what lies, rᵀW, and the diagonal matrix that it is multiplied by; None where nothing is a row by itself."""
    if v.kind != "had" or v.order != 1:
        return None
    lying = [a for a, e in zip(v.args, v.attr) if e == 1 and (a.kind == "mv" or _lies(a))]
    if len(lying) != 1 or len(v.args) < 2:
        return None
    rest = [(a, e) for a, e in zip(v.args, v.attr) if a is not lying[0]]
    return lying[0], make("diag", None, (scaling.had(rest),), v.shape * 2)


def turns(tree: Tree) -> int:
    """How many transposes are read; the name of a derivative that lies has one unless it is turned."""
    count, stack = 0, [tree]
    while stack:
        t = stack.pop()
        if t.kind == "T" and _lies(t.args[0]):
            continue
        count += t.kind == "T" or _lies(t)
        stack.extend(t.args)
    return count


def _lies(t: Tree) -> bool:
    return t.kind == "sym" and t.name.endswith(TURNED)


def _turned(t: Tree, opened: bool = False) -> Tree:
    """tᵀ with the transpose inside, as far as that reaches the names of derivatives that lie."""
    if not opened and not any(_lies(s) for s in walk(t)):
        return transpose(t)
    shape = t.shape[::-1]
    if t.order == 2 and t.kind in ("sum", "had"):
        return make(t.kind, t.attr, tuple([_turned(a) if a.order == 2 else a for a in t.args]), shape)
    if t.kind == "scale" and t.attr[2] and t.order == 2:
        return make("scale", t.attr, (*t.args[:-1], _turned(t.args[-1])), shape)
    if t.kind == "mul":
        return make("mul", None, tuple([_turned(a) for a in reversed(t.args)]), shape)
    return transpose(t)
