"""From a problem to the nodes of its derivative: lowered, differentiated, simplified, with the person's names kept.

The mathematics of `derive` without its questions and without the seal, so that it can be run again: `used` runs it
with a fact left out.
"""

from __future__ import annotations

from typing import NamedTuple

from ..calculus import bound, derivative, free_facts, jacobian
from ..core.node import Node, symbol
from ..matrix import cost
from ..simplify import consolidate, simplified, simplify_together


class Differentiated(NamedTuple):
    """What `Derivation` holds of the graph: see there. `free` is the variable as it was differentiated by."""

    nodes: list[Node]
    node: Node
    names: dict[Node, str]
    free: Node


def differentiated(problem, wrt: str, order: int = 1) -> Differentiated:
    """The function of `problem` and its derivatives in the variable `wrt`, up to `order`.

    Raises
        NoRuleError: an operation has no derivative.
    """
    variable = problem.every[wrt]
    free = symbol(wrt, variable.dims, free_facts(variable.facts))
    lowered = problem.lower(facts={wrt: free.facts})
    became = dict(lowered.lets)
    start = consolidate(lowered.node, became=became)
    whole = symbol(wrt, variable.dims, variable.facts)
    nodes = derivative(start, free, order - 1, tidied)
    (last,) = jacobian(nodes[-1], [free])
    # simplified once only, with all facts: S⁻¹ − S⁻¹xxᵀS⁻¹ shows its symmetry where S⁻ᵀ(I − xxᵀS⁻ᵀ) has none
    node = tidied(bound(last, free, whole))
    nodes.append(tidied(last) if free is not whole else node)
    return Differentiated(nodes, node, _names(lowered.lets, became, start, free, whole), free)


def tidied(node: Node) -> Node:
    """`node` in the shortest form that is found, by the length of what is printed."""
    return tidied_together([node])[0]


def tidied_together(nodes: list[Node]) -> list[Node]:
    """Several results in the shortest forms that are found, in one sweep over what they share."""
    return simplify_together(nodes, cost)


def _names(lets: dict[str, Node], became: dict[str, Node], start: Node, free: Node, whole: Node) -> dict[Node, str]:
    """The person's names of intermediates, for the nodes that they were and have become."""
    names: dict[Node, str] = {}
    restored: dict[Node, Node] = {free: whole}
    for name, node in lets.items():
        for form in (became[name], node, simplified(became[name])):
            form = bound(form, free, whole, restored)
            if form.args and form is not start:
                names.setdefault(form, name)
    return names
