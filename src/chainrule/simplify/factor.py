"""Take out what terms of a sum have in common: A x − A y is A(x − y), P ⊙ G − P ⊙ s1ᵀ is P ⊙ (G − s1ᵀ).

A factor is an operand together with how each of its axes is attached: bound to an axis of the result, or summed. A
term in which that axis is an axis of the result can take part as "summed" too, by an identity in the rest: so
Aᵀ diag(p) A − Aᵀp pᵀA becomes Aᵀ(diag(p) − ppᵀ)A, one side after the other.
"""

from __future__ import annotations

from typing import NamedTuple

from ..core.dims import Dim
from ..core.node import Node, Number
from ..core.product import product
from ..core.sums import linear_sum
from .expand import flattened

MOST_FLATTENED = 24  # terms of a sum whose factors of factors are looked at
MOST_CANDIDATES = 8

Attachment = tuple[int, ...]  # for each axis the position in the result, or SUMMED
SUMMED = -1
CONSTANTS = ("size", "number")  # taken out of all terms or of none


class Candidate(NamedTuple):
    """A common factor taken out of some terms of a sum."""

    base: Node
    labels: tuple
    power: Number
    rest: Node
    rest_labels: tuple
    used: list[int]  # the terms that it is taken out of
    dims: tuple[Dim, ...]
    mixes: bool  # it is not taken out entry by entry: the rest is multiplied by it as a matrix is
    lowest: bool  # a denominator that some of the terms do not have: they are brought to it
    spread: int  # the terms that the rest would have if none met

    def product(self, rest: Node | None = None) -> Node:
        """factor × rest."""
        out = [("o", p) for p in range(len(self.dims))]
        operands = [(self.base, self.labels, self.power), (rest or self.rest, self.rest_labels, 1)]
        return product(1, operands, out, dict(zip(out, self.dims)))


def candidates(node: Node) -> list[Candidate]:
    """The common factors that could be taken out of a sum, most shared first.

    Where a term is a product of products, they are looked for among its last factors too; not so in very long sums, as
    the gradient of a loop of many rounds is, whose terms have as many factors each.
    """
    found = _candidates(node.terms, node.dims)
    if len(node.args) > MOST_FLATTENED:
        return found
    flat = [(c, flattened(t)) for c, t in node.terms]
    if any([f is not t for (_, f), (_, t) in zip(flat, node.terms)]):
        found += _candidates(flat, node.dims)
    return found


def _candidates(pairs, dims) -> list[Candidate]:
    terms = [_View(c, t) for c, t in pairs]
    found: dict[tuple, list[int]] = {}
    for i, term in enumerate(terms):
        for base, attachment, exponent in term.attached():
            found.setdefault((base, attachment, exponent > 0), []).append(i)
    shared: dict[Node, int] = {}
    for term in terms:
        for base in {b for b, _, _ in term.operands}:
            shared[base] = shared.get(base, 0) + 1
    wanted = [key for key in found if shared[key[0]] > (len(terms) - 1 if key[0].op in CONSTANTS else 1)]
    ranked = sorted(wanted, key=lambda k: (-len(set(found[k])), -k[0].ndim, k[0].digest, k[1], k[2]))
    results = []
    for base, attachment, positive in ranked:
        for lowest in ((False, True) if not positive and base.op not in CONSTANTS else (False,)):
            made = _factored(base, attachment, positive, lowest, terms, dims)
            if made is not None:
                results.append(made)
        if len(results) >= MOST_CANDIDATES:
            break
    return results


class _View:
    """A term of a sum as a product, with the places where each operand could be taken out."""

    def __init__(self, c: Number, term: Node):
        if term.op == "product":
            self.coef, self.out, self.operands = c * term.coef, term.out, term.operands
            self.dims = term.label_dims
        else:
            axes = tuple(range(term.ndim))
            self.coef, self.out, self.operands = c, axes, ((term, axes, 1),)
            self.dims = dict(enumerate(term.dims))

    def attached(self):
        for base, labels, exponent in self.operands:
            if len(set(labels)) == len(labels):
                yield base, self.attachment(labels), exponent

    def attachment(self, labels) -> Attachment:
        return tuple([self.out.index(x) if x in self.out else SUMMED for x in labels])

    def fits(self, base: Node, wanted: Attachment, positive: bool) -> int | None:
        """The operand that can play the factor: attached as wanted, or bound where summed is wanted."""
        second = None
        for k, (b, labels, e) in enumerate(self.operands):
            if b is base and (e > 0) == positive and len(set(labels)) == len(labels):
                mine = self.attachment(labels)
                if mine == wanted:
                    return k
                if all([w in (m, SUMMED) for m, w in zip(mine, wanted)]):
                    second = k
        return second


def _factored(base, wanted: Attachment, positive: bool, lowest: bool, terms: list[_View], dims) -> Candidate | None:
    chosen = [(i, k) for i, t in enumerate(terms) if (k := t.fits(base, wanted, positive)) is not None]
    if len(chosen) < 2:
        return None
    exponents = [terms[i].operands[k][2] for i, k in chosen]
    if any([type(e) is float for e in exponents]):
        return None
    power = min(exponents) if positive or lowest else max(exponents)
    if lowest and power == max(exponents):
        return None
    if SUMMED in wanted and any([e != power for e in exponents]):
        return None
    # the rest keeps an axis of the result if the factor does not cover it, or if some term needs it besides
    bound = {p: t for t, p in enumerate(wanted) if p != SUMMED}
    keeps = [p for p in range(len(dims)) if p not in bound or any([_needs(terms[i], k, power, p) for i, k in chosen])]
    inner = [t for t, p in enumerate(wanted) if p == SUMMED]
    rest_terms = []
    for i, k in chosen:
        rest_terms.append((1, _rest(terms[i], k, power, keeps, inner)))
    rest_dims = tuple([dims[p] for p in keeps] + [base.dims[t] for t in inner])
    if len(rest_dims) > max(2, len(dims)) or (inner and all([_is_pattern(t) for _, t in rest_terms])):
        return None  # A − A11ᵀ/n reads better than A(I − 11ᵀ/n)
    rest = linear_sum(rest_terms, rest_dims)
    labels = tuple([("s", t) if p == SUMMED else ("o", p) for t, p in enumerate(wanted)])
    rest_labels = tuple([("o", p) for p in keeps] + [("s", t) for t in inner])
    spread = sum([len(base.args) if e == power + 1 and base.op == "sum" else 1 for e in exponents])
    return Candidate(
        base, labels, power, rest, rest_labels, [i for i, _ in chosen], tuple(dims), bool(inner), lowest, spread
    )  # fmt: skip


def _is_pattern(node: Node) -> bool:
    """Whether `node` is built of identities, ones and sizes alone."""
    return node.op == "product" and all([a.op in ("size", "number") for a in node.args])


def _needs(term: _View, k: int, power: Number, p: int) -> bool:
    """Whether the term, divided by its k-th operand to `power`, still varies along axis p of the result."""
    label = term.out[p]
    _, labels, exponent = term.operands[k]
    if term.out.count(label) > 1 or (exponent != power and label in labels):
        return True
    return any([label in l for j, (_, l, _) in enumerate(term.operands) if j != k])


def _rest(term: _View, k: int, power, keeps: list[int], inner: list[int]) -> Node:
    base, labels, exponent = term.operands[k]
    operands = [o for j, o in enumerate(term.operands) if j != k]
    if exponent != power:
        operands.append((base, labels, exponent - power))
    out = [term.out[p] for p in keeps] + [labels[t] for t in inner]
    needed: dict[int, Dim] = {x: term.dims[x] for x in out}
    return product(term.coef, operands, out, needed)
