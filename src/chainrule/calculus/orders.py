"""Gradient, Jacobian, Hessian and every higher order: one reverse sweep after another.

Axes are those of the function, then those of the variable once for each order. A variable is differentiated as a free
one. Facts that tie its entries together (symmetric, one-hot …) must therefore be laid aside before the function is
built, since the graph uses them at once: `free_facts` says which may stay. `bound` gives them back to a finished
derivative, where they only say at which points it is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..core.algebra import substitute
from ..core.facts import OPEN
from ..core.node import Node
from .reverse import jacobian


def derivative(
    y: Node,
    wrt: Node,
    order: int = 1,
    simplify: Callable[[Node], Node] = lambda node: node,
) -> list[Node]:
    """[y, ∂y/∂w, ∂²y/∂w², …] up to `order`, each simplified before the next is taken.

    Raises
        NoRuleError: an operation has no derivative of that order.
    """
    found = [y]
    for _ in range(order):
        (first,) = jacobian(found[-1], [wrt])
        found.append(simplify(first))
    return found


def gradients(y: Node, wrt: list[Node]) -> list[Node]:
    """First derivatives in several variables, from one sweep."""
    return jacobian(y, wrt)


def free_facts(facts: Iterable[str]) -> frozenset[str]:
    """Those of a variable's facts that differentiation by it may use."""
    facts = frozenset(facts)
    return (facts & OPEN) | ({"positive"} if "prob" in facts else frozenset())


def bound(node: Node, free: Node, variable: Node, done: dict[Node, Node] | None = None) -> Node:
    """`node` with the free symbol replaced by the variable with all its facts.

    `done` keeps what was replaced already, for several nodes of one graph.
    """
    return node if free is variable else substitute(node, {free: variable} if done is None else done)
