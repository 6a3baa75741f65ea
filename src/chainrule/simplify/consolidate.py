"""Take products and sums that are used once into the product or sum around them.

Constructors keep composite products whole, so that what is shared stays shared. Once it is known how often each is
used, a product used once is better written flat: factors meet that could not see one another, and cancel.
"""

from __future__ import annotations

from ..core.algebra import remake
from ..core.node import Node
from ..core.sums import linear_sum
from ..core.walk import order, uses

LARGEST = 9  # operands of a product that is put together; longer ones stay nested


def consolidate(root: Node, rounds: int = 4, became: dict[Node, Node] | None = None) -> Node:
    """`root` with products and sums that are used once dissolved in what is around them.

    `became`, if given, is a dict whose values are nodes below `root`; they are replaced by what these became.
    """
    return consolidated([root], rounds, became)[0]


def consolidated(roots: list[Node], rounds: int = 4, became: dict[Node, Node] | None = None) -> list[Node]:
    """Several roots consolidated together: what two of them use is shared and stays whole."""
    for _ in range(rounds):
        done: dict[Node, Node] = {}
        flat = _once(roots, done)
        if became:
            became.update({key: done[node] for key, node in became.items() if node in done})
        if all([a is b for a, b in zip(flat, roots)]):
            break
        roots = flat
    return roots


def _once(roots: list[Node], done: dict[Node, Node]) -> list[Node]:
    counts = uses(*roots)
    single: set[Node] = set()
    for node in order(*roots):
        args = tuple([done[a] for a in node.args])
        if node.op == "product":
            room = LARGEST - len(args)

            def inline(base, room=room):
                return base in single and len(base.args) <= room

            changed = any([a is not b for a, b in zip(args, node.args)])
            if changed or any([a.op == "product" and inline(a) for a in args]):
                made = remake(node, args, inline)
            else:
                made = node
        elif node.op == "sum" and any([a.op == "sum" and a in single for a in args]):
            terms = [
                (c * d, u)
                for c, t in zip(node.attr, args)
                for d, u in (t.terms if t.op == "sum" and t in single else ((1, t),))
            ]
            made = linear_sum(terms, node.dims)
        elif any([a is not b for a, b in zip(args, node.args)]):
            made = remake(node, args)
        else:
            made = node
        done[node] = made
        if counts[node] == 1 and made.op in ("product", "sum"):
            single.add(made)
        else:
            single.discard(made)
    return [done[root] for root in roots]
