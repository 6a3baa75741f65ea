"""Strict and strong convexity, read from the squares of which vᵀ∇²f v is made."""

from __future__ import annotations

from ...core.algebra import is_zero
from ...core.node import Node
from ...core.product import product
from ...core.sums import linear_sum
from ...core.walk import depends, order
from ...ops.reading import times
from .multiplied import multiplied_out


def strength(proof, kind: str) -> tuple[bool, Node | None]:
    """(whether strictly convex (concave), the modulus m of strong convexity as a node, or None): vᵀ∇²f v ≥ m‖v‖²."""
    q = proof.second if kind == "convex" else times(-1, proof.second)
    q = multiplied_out(q) or q
    if not (q.op != "sum" or all(proof.squares.nonnegative(times(c, t)) for c, t in q.terms)):
        return False, None
    terms = [times(c, t) for c, t in q.terms] if q.op == "sum" else [q]
    strict: set[Node] = set()
    moduli: dict[Node, list[Node]] = {}
    for term in terms:
        for v in proof.curved.directions:
            weight = _weight(term, v)
            if weight is None:
                continue
            if proof.bounds.positive(weight):
                strict.add(v)
                if not weight.dims and not depends(order(weight), proof.wrt) & {weight}:
                    moduli.setdefault(v, []).append(weight)
    modulus = None
    every = proof.curved.directions
    if len(every) == 1 and every[0] in moduli:
        modulus = linear_sum([(1, m) for m in moduli[every[0]]], ())
        modulus = None if is_zero(modulus) else modulus
    return strict == set(every), modulus


def _weight(term: Node, v: Node) -> Node | None:
    """d of a term Σ d v², over all entries of v."""
    if term.op != "product" or term.dims:
        return None
    scalars = [o for o in term.operands if not o[1] and o[0] is not v]
    inner = [o for o in term.operands if o[1] or o[0] is v]
    coef = term.coef
    if not inner:
        nets = [o for o in scalars if o[0].op == "product" and o[2] == 1 and any(b is v for b in o[0].args)]
        if len(nets) != 1:
            return None
        scalars = [o for o in scalars if o is not nets[0]]
        inner = list(nets[0][0].operands)
        coef = coef * nets[0][0].coef
    squares = [o for o in inner if o[0] is v]
    if len(squares) != 1 or squares[0][2] != 2 or len(set(squares[0][1])) < len(squares[0][1]):
        return None
    labels = squares[0][1]
    weights = [o for o in inner if o is not squares[0]]
    if any(x not in labels for _, l, _ in weights for x in l) or any(v in order(b) for b, _, _ in (*weights, *scalars)):
        return None
    kept = tuple(dict.fromkeys([x for _, l, _ in weights for x in l]))
    return product(coef, [*weights, *scalars], kept)
