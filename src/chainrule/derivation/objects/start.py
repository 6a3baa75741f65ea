"""A problem's function made ready to be differentiated in one or several variables at once.

The variables stand in the graph as free ones, without the facts that tie their entries together (see
`calculus.orders`); `bound` gives these back to what was found.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...calculus import free_facts
from ...core.algebra import substitute
from ...core.node import Node, symbol
from ...simplify import consolidate, simplified


class Start(NamedTuple):
    """The function as a node, and by variable the symbols that stand for it: free, and with all its facts."""

    node: Node
    free: dict[str, Node]
    whole: dict[str, Node]
    lets: dict[str, Node]
    became: dict[str, Node]

    def bound(self, node: Node, done: dict[Node, Node] | None = None) -> Node:
        """`node` with all that is known of the variables. `done` keeps what was replaced, for more nodes of one graph."""
        replaced = {} if done is None else done
        if not replaced:
            replaced.update([(free, self.whole[name]) for name, free in self.free.items() if free is not self.whole[name]])
        return substitute(node, replaced) if replaced else node

    def names(self, replaced: dict[Node, Node] | None = None) -> dict[Node, str]:
        """The person's names of intermediates, for the nodes that they were and have become.

        `replaced` are nodes that stand for others in the results, such as the point of an expansion for the variable.
        """
        found: dict[Node, str] = {}
        done: dict[Node, Node] = {}
        put_in = dict(replaced) if replaced else None
        whole = self.bound(self.node, done)
        for name, node in self.lets.items():
            for form in (self.became[name], node, simplified(self.became[name])):
                form = self.bound(form, done)
                form = substitute(form, put_in) if put_in else form
                if form.args and form is not whole:
                    found.setdefault(form, name)
        return found


def started(problem, wrt: Iterable[str]) -> Start:
    """The function of `problem`, to be differentiated in the variables `wrt`."""
    variables = [problem.every[name] for name in wrt]
    free = {v.name: symbol(v.name, v.dims, free_facts(v.facts)) for v in variables}
    whole = {v.name: symbol(v.name, v.dims, v.facts) for v in variables}
    lowered = problem.lower(facts={name: node.facts for name, node in free.items()})
    became = dict(lowered.lets)
    node = consolidate(lowered.node, became=became)
    return Start(node, free, whole, dict(lowered.lets), became)
