"""What a function is, whatever its variables are called and however long their axes: signatures of its graph.

Two functions that are equal up to names have equal signatures; that equal signatures belong to equal functions is
left to a comparison of the graphs themselves.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property

from ..core.algebra import scale
from ..core.node import Node, Number
from ..core.walk import order as in_order
from ..simplify import consolidate
from ..syntax import Problem


class Signature:
    """The graph of a problem without its facts; its hash, and the role that each variable has in it.

    A primitive one is that of the function without the number in front: 2 tr(A X) and tr(A X) have the same.
    """

    def __init__(self, problem: Problem, primitive: bool = False):
        self.problem = problem
        self.root = graph(problem, facts=False)
        if primitive:
            self.root = consolidate(scale(1 / content(self.root), self.root))
        self.of = signatures(self.root)

    @property
    def whole(self) -> int:
        return self.of[self.root]

    @cached_property
    def roles(self) -> dict[str, tuple]:
        return roles(self.root, self.of)

    @cached_property
    def bag(self) -> Counter:
        """What the function is made of: its nodes by signature, its operations by name, and the words in which it is told."""
        names = [n.attr.name if n.op == "map" else n.attr[0].name for n in self.of if n.op in ("map", "struct")]
        words = [word for word in re.findall(r"[A-Za-z]{2,}", self.problem.text) if word not in self.problem.variables]
        return Counter([*self.of.values(), *names, *words])

    def alike(self, other: Signature) -> float:
        """The part of both functions that is common to them, from 0 to 1."""
        return (self.bag & other.bag).total() / max((self.bag | other.bag).total(), 1)


def graph(problem: Problem, facts: bool = True) -> Node:
    """The function as one canonical node; without facts if they are not wanted."""
    return consolidate(problem.lower(None if facts else dict.fromkeys(problem.variables, frozenset())).node)


def content(node: Node) -> Number:
    """The number in front of a function: −2 of −2 tr(A X), 4 of 4x − 4y, up to its sign; 1 where there is none."""
    found = node.attr[0] if node.op == "product" else max(map(abs, node.attr), default=1) if node.op == "sum" else 1
    return found if isinstance(found, float) else Fraction(found)


def signatures(root: Node) -> dict[Node, tuple]:
    """For each node what it is, whatever the variables are called and however long their axes are."""
    made: dict[Node, tuple] = {}
    for node in in_order(root):
        made[node] = (node.op, *_parts(node, made))
    return {node: hash(spelled) for node, spelled in made.items()}


def _parts(node: Node, made: dict) -> Iterator:
    if node.op == "product":
        coef, out, _ = node.attr
        yield abs(coef)
        yield len(out), len(set(out))
        yield tuple(sorted([(hash(made[base]), str(e), len(labels), len(set(labels))) for base, labels, e in node.operands]))
    elif node.op == "sum":
        yield tuple(sorted([(hash(made[term]), str(abs(c))) for c, term in node.terms]))
    elif node.op in ("map", "struct"):
        yield node.attr.name if node.op == "map" else (node.attr[0].name, *node.attr[1:])
        yield tuple(sorted([hash(made[a]) for a in node.args]))  # the order of max(a, b) depends on the names
    elif node.op == "number":
        yield str(node.attr)
    elif node.op == "structured":
        yield node.attr[0]


def roles(root: Node, known: dict[Node, int]) -> dict[str, tuple]:
    """For each variable where it stands: what its occurrences are part of. Equal for variables that may be each other."""
    found: dict[str, list] = defaultdict(list)
    for node in known:
        for child in node.args:
            if child.op == "symbol":
                shape = next(((str(e), len(set(l))) for b, l, e in node.operands if b is child), None) if node.op == "product" else None
                found[child.name].append((known[node], shape))
    if root.op == "symbol":
        found[root.name].append((0, None))
    return {name: tuple(sorted(places, key=str)) for name, places in found.items()}
