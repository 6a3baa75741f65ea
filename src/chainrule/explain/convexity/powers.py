"""Sums in powers of one quantity: Σ p(t) r, where r ≥ 0 and p is a polynomial with rational coefficients that is ≥ 0 on all of the bounds of t.

So 12x²v² − 12xv² + 6v² = (12x² − 12x + 6) v² is ≥ 0 though one of its terms is not. The sign of p is decided exactly.

Reference: `explain/sturm.py`.
"""

from __future__ import annotations

from fractions import Fraction

from ...core.node import Node
from ...core.product import product
from ...core.sums import linear_sum
from ..sturm import nonnegative
from .claim import Claim

MOST_QUANTITIES, HIGHEST_DEGREE = 4, 24
SIGNED = " without a change of sign there, by Sturm's theorem"


def by_powers(node: Node, squares, depth: int) -> Claim | None:
    """A proof that the sum `node` is ≥ 0, entry by entry, or None. `squares` proves what stands beside the polynomials."""
    for t in _quantities(node, squares):
        groups = _grouped(node, t)
        if groups is None or len(groups) == len(node.terms):
            continue
        interval, because = squares.bounds.of(t), []
        for rest, powers in groups.items():
            p = [powers.get(k, Fraction(0)) for k in range(max(powers) + 1)]
            beside = squares.nonnegative(rest, depth + 1) if nonnegative(p, interval.low, interval.high) else None
            if beside is None:
                break
            if len(p) > 1:
                because.append(Claim("≥ 0", _polynomial(p, t), "a polynomial" + SIGNED))
            because += [beside] if rest.args and not squares.moves(rest) else beside.because
        else:
            if not squares.moves(node):
                return Claim("≥ 0", node, "a polynomial" + SIGNED if len(groups) == 1 else f"polynomials{SIGNED}, with weights ≥ 0")
            return Claim("≥ 0", node, "squares with weights ≥ 0", tuple(dict.fromkeys(because)))
    return None


def _quantities(node: Node, squares) -> list[Node]:
    """What stands in the sum in whole powers, and moves with no direction."""
    counts: dict[Node, int] = {}
    for term in node.args:
        for base, _, e in term.operands if term.op == "product" else ((term, (), 1),):
            if type(e) is int and 0 < e <= HIGHEST_DEGREE and base.op not in ("number", "size", "structured") and not squares.moves(base):
                counts[base] = counts.get(base, 0) + 1
    return sorted(counts, key=lambda n: (-counts[n], n.digest))[:MOST_QUANTITIES]


def _grouped(node: Node, t: Node) -> dict[Node, dict[int, Fraction]] | None:
    """{r: {k: c}} with node = Σ c tᵏ r, summed over the axes of t; None where it is not of this form."""
    found: dict[Node, dict[int, Fraction]] = {}
    with_t = sorted(node.terms, key=lambda term: t not in (term[1], *term[1].args))  # those without it are told by the others
    for c, term in with_t:
        split = _split(term, t, found)
        if split is None:
            return None
        coef, rest, k = split
        if type(c) is float or type(coef) is float:
            return None
        powers = found.setdefault(rest, {})
        powers[k] = powers.get(k, Fraction(0)) + Fraction(c) * Fraction(coef)
    return found


def _split(term: Node, t: Node, known: dict) -> tuple | None:
    """(coefficient, r, k) of a term c tᵏ r."""
    axes = tuple(range(term.ndim))
    operands, out, dims, coef = [(term, axes, 1)], axes, dict(enumerate(term.dims)), 1
    if term.op == "product":
        operands, out, dims, coef = term.operands, term.out, term.label_dims, term.coef
    own = [o for o in operands if o[0] is t]
    others = [o for o in operands if o[0] is not t]
    if len(own) > 1 or any([type(e) is not int or not 0 < e <= HIGHEST_DEGREE for _, _, e in own]):
        return None
    if not t.ndim:
        return coef, product(1, others, out, dims), own[0][2] if own else 0
    if own:
        labels = own[0][1]
        if len(set(labels)) < len(labels) or out not in ((), labels):
            return None
        return coef, product(1, others, labels, dims), own[0][2]
    for base, labels, _ in others:
        if base.dims == t.dims and len(set(labels)) == len(labels) and out in ((), labels):
            rest = product(1, others, labels, dims)
            if rest in known:
                return coef, rest, 0
    return None


def _polynomial(p: list[Fraction], t: Node) -> Node:
    axes = tuple(range(t.ndim))
    dims = dict(enumerate(t.dims))
    one = lambda k: product(1, [(t, axes, k)] if k else (), axes, dims)
    return linear_sum([(c, one(k)) for k, c in enumerate(p) if c], t.dims, flatten=True)


__all__ = ["by_powers"]
