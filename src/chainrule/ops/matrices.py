"""Inverse, det and logdet of products: over the square factors of a chain, whichever way it is written.

A chain is a matrix Σ A[i,j] v[j] B[j,k] …: two-axis operands that form one path from the row to the column axis,
weights on its vertices, scalars, and a number. Its inverse has every operand inverted and the path reversed; its
determinant is the product of theirs. Only chains of square factors are taken apart: then the product is
invertible exactly when its factors are.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ..core import facts
from ..core.algebra import add, multiply, number, power, total, transpose
from ..core.content import content
from ..core.node import Node, size
from ..core.product import product
from .reading import is_op, times
from .table import op_named

LONGEST = 256  # factors; longer chains stay whole


class Chain(NamedTuple):
    """coef × scalars × Σ over the path of edges and weights, with axes `out`; all operands as (node, labels, exponent)."""

    coef: object
    scalars: list
    weights: list
    edges: list
    out: tuple


def chain_of(node: Node) -> Chain | None:
    """The chain of square factors that the matrix `node` is, or None."""
    if node.op != "product" or node.ndim != 2 or node.dims[0] is not node.dims[1]:
        return None
    found = node.memo.get("chain", False)
    if found is False:
        found = node.memo["chain"] = _chain_of(node)
    return found


def _chain_of(node: Node) -> Chain | None:
    coef, out, _ = node.attr
    n = node.dims[0]
    scalars, weights, edges = [], [], []
    waiting = list(node.operands)
    fresh = 0
    while waiting:
        base, labels, exponent = waiting.pop()
        if not labels:
            scalars.append((base, labels, exponent))
        elif any(d is not n for d in base.dims) or len(labels) > 2 or len(edges) > LONGEST:
            return None
        elif len(labels) == 1:
            weights.append((base, labels, exponent))
        elif exponent != 1 or labels[0] == labels[1]:
            return None
        elif base.op == "product" and len(set(base.out)) == 2:
            fresh += 1
            names = dict(zip(base.out, labels))
            if base.coef != 1:
                coef = coef * base.coef
            for inner, inner_labels, inner_exponent in base.operands:
                waiting.append((inner, tuple([names.get(x, (fresh, x)) for x in inner_labels]), inner_exponent))
        else:
            edges.append((base, labels, 1))
    return Chain(coef, scalars, weights, edges, out) if _is_path(out, edges, weights) else None


def _is_path(out: tuple, edges: list, weights: list) -> bool:
    """Whether the edges make one path between the output labels, and every weight is on it."""
    start, end = out
    ends: dict = {}
    for position, (_, (a, b), _) in enumerate(edges):
        ends.setdefault(a, []).append((position, b))
        ends.setdefault(b, []).append((position, a))
    if any(labels[0] not in ends and labels[0] not in out for _, labels, _ in weights):
        return False
    if start == end:
        return not edges
    if any(len(at) != (1 if x in out else 2) for x, at in ends.items()):
        return False
    here, last, steps = start, None, 0
    while here != end:
        onward = [(p, x) for p, x in ends.get(here, ()) if p != last]
        if not onward:
            return False
        last, here = onward[0]
        steps += 1
    return steps == len(edges)


def scalars_apart(node: Node) -> tuple[object, list, Node]:
    """(number, scalar operands, rest): the matrix `node` as number × scalars × rest."""
    if node.op == "sum" and node.args:
        c, rest = content(node, signed=True)
        return c, [], rest
    if node.op != "product":
        return 1, [], node
    scalars = [o for o in node.operands if not o[1]]
    if node.coef == 1 and not scalars:
        return 1, [], node
    rest = product(1, [o for o in node.operands if o[1]], node.out, node.label_dims)
    return node.coef, scalars, rest


def _scalar(coef, scalars: list, exponent) -> Node:
    """(coef × scalars) to a power."""
    return product(1, [(number(coef), (), exponent), *[(s, (), e * exponent) for s, _, e in scalars]], ())


def _inverted(c):
    return Fraction(1) / c if not isinstance(c, float) else 1.0 / c


def inverse(op, x: Node) -> Node | None:
    """(AB)⁻¹ = B⁻¹A⁻¹, (Aᵀ)⁻¹ = (A⁻¹)ᵀ, (cA)⁻¹ = A⁻¹/c, (A⁻¹)⁻¹ = A, diag(v)⁻¹ = diag(1/v), I⁻¹ = I."""
    if x.ndim != 2:
        return None
    if is_op(x, "inverse"):
        return x.args[0]
    if facts.has_fact(x, "orthogonal"):
        return transpose(x)
    chain = chain_of(x)
    if chain is not None:
        operands = [(op(a), labels[::-1], 1) for a, labels, _ in chain.edges]
        operands += [(v, labels, -e) for v, labels, e in (*chain.weights, *chain.scalars)]
        return product(_inverted(chain.coef), operands, chain.out[::-1], {chain.out[0]: x.dims[0], chain.out[1]: x.dims[1]})
    coef, scalars, rest = scalars_apart(x)
    return None if rest is x else multiply(_scalar(coef, scalars, -1), op(rest))


def det(op, x: Node) -> Node | None:
    """det(AB) = det A · det B, det(Aᵀ) = det A, det(A⁻¹) = 1/det A, det(cA) = cⁿ det A for a numeric n."""
    if x.ndim != 2:
        return None
    if is_op(x, "inverse"):
        return power(op(x.args[0]), -1)
    n = x.dims[0].value
    chain = chain_of(x)
    if chain is not None and not chain.weights:
        if n is None and (chain.coef != 1 or chain.scalars):
            return None
        return multiply(_scalar(chain.coef, chain.scalars, n or 1), *[op(a) for a, _, _ in chain.edges])
    coef, scalars, rest = scalars_apart(x)
    return None if rest is x or n is None else multiply(_scalar(coef, scalars, n), op(rest))


def logdet(op, x: Node) -> Node | None:
    """The logarithm of |det|: sums over factors; logdet(cA) = n log|c| + logdet A; logdet diag(v) = Σ log|v|."""
    if x.ndim != 2:
        return None
    if is_op(x, "inverse"):
        return times(-1, op(x.args[0]))
    log, absolute = op_named("log"), op_named("abs")
    chain = chain_of(x)
    if chain is not None:
        coef, scalars = chain.coef, chain.scalars
        parts = [op(a) for a, _, _ in chain.edges]
        parts += [times(e, total(log(absolute(v)))) for v, _, e in chain.weights]
    else:
        coef, scalars, rest = scalars_apart(x)
        if rest is x:
            return None
        parts = [op(rest)]
    logs = [times(e, log(absolute(s))) for s, _, e in scalars]
    if coef not in (1, -1):
        logs.append(log(number(-coef if coef < 0 else coef)))
    if logs:
        parts.append(multiply(size(x.dims[0]), add(*logs)))
    return add(*parts) if parts else number(0)


