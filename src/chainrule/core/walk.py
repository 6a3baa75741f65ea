"""Walks over the graph. None of them recurses, so that depth never overflows the stack."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .node import Node


def order(*roots: Node, known: Iterable[Node] = ()) -> list[Node]:
    """All nodes below `roots`, children before parents, each once; without `known` ones and what only they need."""
    seen: set[Node] = set(known)
    found: list[Node] = []
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, iter(root.args))]
        while stack:
            node, rest = stack[-1]
            for child in rest:
                if child not in seen:
                    seen.add(child)
                    stack.append((child, iter(child.args)))
                    break
            else:
                stack.pop()
                found.append(node)
    return found


def symbols(*roots: Node) -> list[Node]:
    """The symbols below `roots`, by name."""
    return sorted((n for n in order(*roots) if n.op == "symbol"), key=lambda n: n.name)


def depends(nodes: Iterable[Node], on: Iterable[Node]) -> set[Node]:
    """Those of `nodes` (children first) that depend on some node of `on`."""
    found = set(on)
    for node in nodes:
        if node not in found and any(a in found for a in node.args):
            found.add(node)
    return found


def uses(*roots: Node) -> dict[Node, int]:
    """How often each node below `roots` is an argument; a root counts as used once more."""
    counts: dict[Node, int] = {}
    for node in order(*roots):
        counts.setdefault(node, 0)
        for child in node.args:
            counts[child] = counts.get(child, 0) + 1
    for root in roots:
        counts[root] += 1
    return counts


def rebuild(root: Node, remake: Callable[[Node, tuple[Node, ...]], Node], cache: dict | None = None) -> Node:
    """`root` with every node made anew by `remake(node, new arguments)`, children first."""
    done: dict[Node, Node] = {} if cache is None else cache
    for node in order(root, known=done):
        if node not in done:
            done[node] = remake(node, tuple([done[a] for a in node.args]))
    return done[root]

