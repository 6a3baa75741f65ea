"""The simplifier: bottom-up over the graph, once per node, until nothing gets shorter.

`cost` judges: the length of the matrix-notation text of a node (floor 3 passes it in). A rewrite is taken only if
it lowers the cost, so that the passes end.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core.algebra import remake
from ..core.node import Node
from ..core.sums import linear_sum
from ..core.walk import order
from .consolidate import consolidate
from .expand import collected, fully_multiplied, has_private_sum
from .factor import candidates

Cost = Callable[[Node], float]

MOST_FACTORS = 6  # factors taken out of one sum
PASSES = 3


def simplify(root: Node, cost: Cost) -> Node:
    """`root` in the shortest form that factoring, collecting and multiplying out find."""
    for _ in range(PASSES):
        before = root
        root = consolidate(root)
        root = _swept(root, cost)
        if root is before:
            break
    return root


def _swept(root: Node, cost: Cost) -> Node:
    done: dict[Node, Node] = {}
    for node in order(root):
        args = tuple([done[a] for a in node.args])
        made = node if all([a is b for a, b in zip(args, node.args)]) else remake(node, args)
        done[node] = tidied(made, cost)
    return done[root]


def tidied(node: Node, cost: Cost) -> Node:
    """One node in its shortest form, its arguments taken as they are."""
    if node.op not in ("sum", "product"):
        return node
    found = node.memo.get("tidy")
    if found is None:
        found = _tidy_sum(node, cost) if node.op == "sum" else _tidy_product(node, cost)
        node.memo["tidy"] = found
        found.memo.setdefault("tidy", found)
    return found


def _tidy_product(node: Node, cost: Cost) -> Node:
    """Push a private sum inside where it collapses: Σ_i (x_i − mean x) is 0."""
    if not has_private_sum(node):
        return node
    terms = fully_multiplied(node)
    if terms is None:
        return node
    spread = collected(terms, node.dims)
    return spread if cost(spread) < cost(node) else node


def _tidy_sum(node: Node, cost: Cost) -> Node:
    if len(node.args) < 2:
        return node
    best, best_cost = node, cost(node)
    merged = collected(list(node.terms), node.dims)
    if merged is not node:
        best, best_cost = merged, cost(merged)
    terms = fully_multiplied(node)
    if terms is not None and len(terms) > len(node.args):
        spread = collected(terms, node.dims)
        if len(spread.args if spread.op == "sum" else (spread,)) < len(terms):
            spread = _factored(spread, cost)
            spread_cost = cost(spread)
            if spread_cost < 0.95 * best_cost:
                best, best_cost = spread, spread_cost
    return _factored(best, cost)


def _factored(node: Node, cost: Cost, depth: int = 3) -> Node:
    """The sum with common factors taken out, greedily, while that lowers the cost."""
    for _ in range(MOST_FACTORS):
        if node.op != "sum" or len(node.args) < 2 or depth == 0:
            return node
        best, best_cost = None, cost(node)
        for whole, used, rest in candidates(node):
            others = [ct for i, ct in enumerate(node.terms) if i not in used]
            made = linear_sum([(1, whole), *others], node.dims) if others else whole
            made_cost = cost(made)
            if made_cost < best_cost - 1e-9:
                best, best_cost = made, made_cost
        if best is None:
            return node
        node = _inner(best, cost, depth)
    return node


def _inner(node: Node, cost: Cost, depth: int) -> Node:
    """The sums among the operands of a freshly factored product, factored in turn."""
    if node.op == "sum":
        terms = [(c, _inner(t, cost, depth)) for c, t in node.terms]
        return linear_sum(terms, node.dims)
    if node.op != "product":
        return node
    args = tuple([_factored(a, cost, depth - 1) if a.op == "sum" else a for a in node.args])
    return node if all([a is b for a, b in zip(args, node.args)]) else remake(node, args)
