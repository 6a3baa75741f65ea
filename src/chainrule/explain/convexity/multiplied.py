"""Sums multiplied out, all the way: the form in which squares and products of directions stand by themselves."""

from __future__ import annotations

from ...core.node import Node
from ...core.product import product
from ...core.sums import linear_sum

MOST_TERMS = 60


def multiplied_out(node: Node) -> Node | None:
    """`node` without sums to whole powers as factors; None where that makes too many terms."""
    done: list[tuple] = []
    waiting = [(1, node)]
    steps = 0
    while waiting:
        steps += 1
        c, term = waiting.pop()
        if term.op == "sum":
            waiting += [(c * d, t) for d, t in term.terms]
        elif term.op == "product":
            k = next((k for k, (b, _, e) in enumerate(term.operands) if type(e) is int and 0 < e <= 4 and _sum_inside(b)), None)
            if k is None:
                done.append((c, term))
            else:
                further = _once(term, k)
                if further is None:
                    return None
                waiting += [(c * d, t) for d, t in further]
        else:
            done.append((c, term))
        if len(done) + len(waiting) > MOST_TERMS or steps > 4 * MOST_TERMS:
            return None
    return linear_sum(done, node.dims, flatten=True)


def _sum_inside(base: Node) -> bool:
    """Whether a factor is a sum, or a product with such a factor."""
    return base.op == "sum" and len(base.args) > 1 or (base.op == "product" and any(_sum_inside(b) and type(e) is int and e > 0 for b, _, e in base.operands))


def _once(term: Node, k: int) -> list[tuple] | None:
    """The product `term` with one factor of its k-th operand distributed."""
    base, labels, e = term.operands[k]
    others = [o for j, o in enumerate(term.operands) if j != k]
    if e > 1:
        others.append((base, labels, e - 1))
    spread = base if base.op == "sum" else multiplied_out(base)
    if spread is None or spread is base and base.op != "sum":
        return None
    terms = spread.terms if spread.op == "sum" else ((1, spread),)
    return [(c, product(term.coef, [*others, (t, labels, 1)], term.out, term.label_dims)) for c, t in terms]
