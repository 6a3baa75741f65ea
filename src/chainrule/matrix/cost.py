"""The length of a node's matrix text for a reader, with what is shared counted once; and short texts for messages."""

from __future__ import annotations

from ..core.node import Node
from .reduce import Reducer, tree_of
from .text import text
from .tree import OWN, Tree, number_weight, power_weight

FAR = 400  # subtrees looked at


def cost(node: Node) -> float:
    """The weighted size of the matrix text of `node`; nonlinear parts and repeated ones count as one symbol."""
    found = node.memo.get("cost")
    if found is None:
        found = node.memo["cost"] = _cost(tree_of(node))
    return found


def _cost(root: Tree) -> float:
    total = 0.0
    seen: set[Tree] = set()
    stack = [root]
    while stack:
        t = stack.pop()
        if t in seen:
            total += 1.0
            continue
        if t.args:
            seen.add(t)
        total += own_weight(t)
        if len(seen) > FAR:
            continue
        if t.kind in ("apply", "struct") and t is not root:
            total += min(0.1 * sum([a.weight for a in t.args]), 1.5)
            continue
        stack.extend(t.args)
    return total


def own_weight(t: Tree) -> float:
    """What `t` adds to its arguments."""
    kind, attr = t.kind, t.attr
    own = OWN[kind]
    if kind == "sum":
        own = 0.4 * len(t.args) + sum([0.0 if abs(c) == 1 else number_weight(c) for c in attr])
    elif kind == "scale":
        own = (0.0 if attr[0] == 1 else 0.3 if attr[0] == -1 else number_weight(attr[0])) + power_weight(attr[1])
    elif kind == "had":
        own = 0.2 * len(t.args) + power_weight(attr)
    return own


def sketch(node: Node, names: dict[Node, str] | None = None) -> str:
    """A short unicode text of any node, for messages: matrix text, or index text beyond two axes."""
    reducer = Reducer(names).start(node)
    return _short(text(reducer.tree(node)) if _readable(reducer.tree(node)) else f"tensor of shape {node.dims}")


def _readable(t: Tree) -> bool:
    return t.depth < 200


def _short(shown: str, most: int = 120) -> str:
    return shown if len(shown) <= most else shown[: most - 1] + "…"

