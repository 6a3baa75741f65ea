"""Whether a derivation can break anywhere at all: asked of every answer, so it must cost next to nothing."""

from __future__ import annotations

from ...core.walk import order
from ...ops.declare import REAL
from .candidates import JUMPING, MATRICES, POLE, Graph, candidates, suspects
from .conditions import POSITIVE, invertible, nonzero, positive


def smooth(d) -> bool:
    """Whether neither the function as it became nor its derivative has an operation that jumps or ends anywhere.

    A function that is continuous and whose derivative is given by a continuous formula off a set without interior has
    that derivative on the set too.
    """
    return not any(discontinuous(node) for node in order(d.function, d.node))


def narrow(d) -> bool:
    """Whether the function as it is written is not defined everywhere: x²/x, though x is."""
    nodes = suspects(d.problem, d.wrt)
    found = candidates(nodes, d.problem, d.wrt, Graph(d.problem)) if nodes else []
    return any(c.kind == POLE or c.condition.relation == POSITIVE for c in found)


def discontinuous(node) -> bool:
    """Whether an operation jumps, has a pole or ends its domain where its argument can get."""
    if node.op == "map":
        op = node.attr
        ended = op.arity == 1 and op.domain != REAL
        return ended or 0 in op.breaks.values() or op.name in (*JUMPING, "where", "pow")
    if node.op == "struct":
        return node.attr[0].name == "argmax_mask" or node.attr[0].name in MATRICES[:2] and bool(invertible(node.args[0]))
    if node.op == "product":
        powers = [(b, e) for b, _, e in node.operands if e < 0 or e != int(e)]
        return any(nonzero(b) if e == int(e) else positive(b) for b, e in powers)
    return False
