"""The one sum node: Σ coef · term over terms of equal dims, canonical by construction.

Like terms meet, nested sums dissolve where that leaves no more terms than before, and a diagonal or broadcast
pattern that all terms share moves outside: diag(a) + diag(b) is diag(a + b).
"""

from __future__ import annotations

from collections.abc import Iterable

from .dims import Dim
from .node import Node, Number, exact, intern
from .product import Monomial, product, register_rule, strip


def linear_sum(terms: Iterable[tuple[Number, Node]], dims: Iterable[Dim], flatten: bool = False) -> Node:
    """The canonical node for Σ coef · term, all terms of shape `dims`.

    Parameters
        flatten: dissolve nested sums even where the number of terms grows.
    """
    dims = tuple(dims)
    terms = [(exact(c), t) for c, t in terms]
    if any(t.op == "sum" for _, t in terms):
        flat = [(exact(c * d), u) for c, t in terms for d, u in (t.terms if t.op == "sum" else ((1, t),))]
        collected = _collected(flat)
        if flatten or len(collected) <= len(terms):
            return _made(collected, dims)
    return _made(_collected(terms), dims)


def _collected(terms: list[tuple[Number, Node]]) -> dict[Node, Number]:
    found: dict[Node, Number] = {}
    for c, term in terms:
        if term.op == "sum" and not term.args:
            continue
        factor, bare = strip(term)
        total = exact(found.get(bare, 0) + c * factor)
        if total == 0:
            found.pop(bare, None)
        else:
            found[bare] = total
    return found


def _made(terms: dict[Node, Number], dims: tuple[Dim, ...]) -> Node:
    if not terms:
        return intern("sum", (), (), dims)
    if len(terms) == 1:
        ((term, c),) = terms.items()
        if c == 1:
            return term
        axes = tuple(range(len(dims)))
        return product(c, [(term, axes, 1)], axes, dict(enumerate(dims)))
    if dims:
        hoisted = _hoisted(terms, dims)
        if hoisted is not None:
            return hoisted
    ordered = sorted(terms, key=lambda t: t.digest)
    return intern("sum", tuple([terms[t] for t in ordered]), ordered, dims)


def _hoisted(terms: dict[Node, Number], dims: tuple[Dim, ...]) -> Node | None:
    """The sum with the pattern that all terms share outside, or None where they share none."""
    if any(t.op != "product" for t in terms):
        return None
    tied = broadcast = None
    for term in terms:
        _, out, operands = term.attr
        inner = {x for labels, _ in operands for x in labels}
        here = [out.index(x) for x in out]  # the first axis that each axis is tied to
        alone = {p for p, x in enumerate(out) if x not in inner and out.count(x) == 1}
        tied = here if tied is None else [a if a == b else None for a, b in zip(tied, here)]
        broadcast = alone if broadcast is None else broadcast & alone
    # an axis is kept if it is first of its tied group; where groups differ between terms it stands for itself
    tied = [p if t is None else t for p, t in enumerate(tied)]
    if all(t == p for p, t in enumerate(tied)) and not broadcast:
        return None
    kept = [p for p in range(len(dims)) if tied[p] == p and p not in broadcast]
    if len(kept) == len(dims):
        return None
    core_dims = tuple([dims[p] for p in kept])
    cores = []
    for term, c in terms.items():
        _, out, _ = term.attr
        label_dims = term.label_dims
        cores.append((c, product(term.coef, term.operands, [out[p] for p in kept], _kept_dims(term, out, kept, label_dims))))
    core = linear_sum(cores, core_dims)
    return product(1, [(core, tuple(kept), 1)], tied, {t: dims[t] for t in tied})


def _kept_dims(term: Node, out: tuple, kept: list[int], label_dims: dict) -> dict:
    """The dims of the labels that a term keeps when broadcast and tied axes are dropped."""
    wanted = {out[p] for p in kept} | {x for labels, _ in term.attr[2] for x in labels}
    return {x: d for x, d in label_dims.items() if x in wanted}


# --------------------------------------------------- rules for products with sums inside


def _private(alone: set, labels: tuple) -> list[int]:
    """The axes of an operand whose labels are summed and stand on it alone."""
    if len(set(labels)) < len(labels):
        return []
    return [t for t, x in enumerate(labels) if x in alone]


def _alone(m: Monomial) -> set:
    """The labels that are summed and stand on one operand only."""
    if len(m.dims) == len(set(m.out)):
        return set()
    once: set = set()
    often: set = set(m.out)
    for _, labels, _ in m.operands:
        often |= once.intersection(labels)
        once.update(labels)
    return once - often


def _private_sum_collapses(m: Monomial) -> bool:
    """Σ_i (a_i + b_i …) where summing term by term leaves fewer terms: Σ_i (x_i − mean x) is 0."""
    alone = None
    for k, (base, labels, exponent) in enumerate(m.operands):
        if base.op != "sum" or exponent != 1:
            continue
        alone = _alone(m) if alone is None else alone
        axes = tuple(_private(alone, labels))
        if not axes:
            continue
        found = base.memo.get(("summed", axes), False)
        if found is False:
            found = base.memo["summed", axes] = _summed_by_terms(base, axes)
        if found is not None:
            m.operands[k] = (found, tuple([x for t, x in enumerate(labels) if t not in axes]), 1)
            for t in axes:
                m.dims.pop(labels[t])
            if found.op == "sum" and not found.args:
                m.coef = 0
            elif found.op != "sum":
                operand = m.operands.pop(k)
                m.include(*operand)
            return True
    return False


def _summed_by_terms(node: Node, axes: tuple[int, ...]) -> Node | None:
    every = tuple(range(node.ndim))
    kept = [t for t in every if t not in axes]
    dims = dict(enumerate(node.dims))
    terms = [(c, product(1, [(t, every, 1)], kept, dims)) for c, t in node.terms]
    found = linear_sum(terms, [node.dims[t] for t in kept])
    return found if found.op != "sum" or len(found.args) < len(node.args) else None


def _private_product(m: Monomial) -> bool:
    """Σ_j (A_ij v_i) is v_i Σ_j A_ij: a summed label that leads into one product leads on into its factors."""
    alone = None
    for k, (base, labels, exponent) in enumerate(m.operands):
        if base.op != "product" or exponent != 1 or not base.ndim:
            continue
        alone = _alone(m) if alone is None else alone
        if _private(alone, labels):
            del m.operands[k]
            m.inline(base, labels)
            return True
    return False


register_rule(_private_sum_collapses, "sum")
register_rule(_private_product, "product")
