"""Multiply out where terms then meet: products of sums inside a sum, and sums that a summed label leads into.

Σ_i (x_i − mean x) is zero and Xᵀ(σ ⊙ (1 − y)) − Xᵀ((1 − σ) ⊙ y) is Xᵀ(σ − y) only once they are multiplied out.
Everything here offers a candidate; whether it is taken is decided by its cost.
"""

from __future__ import annotations

from fractions import Fraction

from ..core.node import Node, Number, exact
from ..core.product import product, strip
from ..core.sums import linear_sum

MOST_TERMS = 12
SHORT = 6  # operands of a product that is multiplied into another
LONGEST_FLAT = 16  # operands of a product of which others were multiplied into


def flattened(node: Node) -> Node:
    """A product with its composite product operands multiplied in: the form in which like terms are compared."""
    if node.op != "product":
        return node
    found = node.memo.get("flat")
    if found is None:
        found = node
        if any([b.op == "product" and e == 1 for b, _, e in node.operands]):
            found = product(node.coef, node.operands, node.out, node.label_dims, _Room(LONGEST_FLAT - len(node.args)))
        node.memo["flat"] = found
    return found


class _Room:
    """Which products are multiplied in: short ones, until there are as many operands as a reader follows.

    Without the bound the cotangent of a layer would be multiplied out through all layers above it.
    """

    def __init__(self, room: int):
        self.room = room

    def __call__(self, base: Node) -> bool:
        if len(base.args) > min(SHORT, self.room + 1):
            return False
        self.room -= len(base.args) - 1
        return True


def collected(terms: list[tuple[Number, Node]], dims) -> Node:
    """The sum of `terms`, with those merged whose flat forms agree."""
    merged: dict[Node, list] = {}
    for c, term in terms:
        factor, bare = strip(flattened(term))
        entry = merged.setdefault(bare, [0, term, factor])
        entry[0] = exact(entry[0] + c * factor)
    kept = []
    for total, term, factor in merged.values():
        if total != 0:
            own, bare = strip(term)
            kept.append((_ratio(total * own, factor), bare))
    return linear_sum(kept, dims)


def _ratio(a: Number, b: Number) -> Number:
    """a / b, exact where both are."""
    return a / b if float in (type(a), type(b)) else exact(Fraction(a) / b)


def multiplied_out(node: Node) -> list[Node] | None:
    """The terms of a product over its first small sum operand to the power 1, or None if it has none."""
    if node.op != "product":
        return None
    for k, (base, labels, exponent) in enumerate(node.operands):
        if base.op == "sum" and exponent == 1 and 1 < len(base.args) <= 4:
            others = [o for j, o in enumerate(node.operands) if j != k]
            return [
                product(node.coef * c, [(t, labels, 1), *others], node.out, node.label_dims) for c, t in base.terms
            ]
    return None


def fully_multiplied(node: Node, depth: int = 3) -> list[tuple[Number, Node]] | None:
    """The terms of a sum, or of a product with sum operands, all multiplied out; None if that is too many."""
    terms: list[tuple[Number, Node]] = list(node.terms) if node.op == "sum" else [(1, node)]
    for _ in range(depth):
        grown: list[tuple[Number, Node]] = []
        changed = False
        for c, term in terms:
            if term.op == "sum" and term is not node:
                changed = True
                grown.extend([(exact(c * d), part) for d, part in term.terms])
                continue
            spread = multiplied_out(term)
            if spread is None:
                grown.append((c, term))
                continue
            changed = True
            for inner in spread:
                parts = inner.terms if inner.op == "sum" else ((1, inner),)
                grown.extend([(exact(c * d), part) for d, part in parts])
        if len(grown) > MOST_TERMS:
            return None
        terms = grown
        if not changed:
            break
    return terms


def has_private_sum(node: Node) -> bool:
    """Whether a summed label of this product leads to nothing but one sum operand, once."""
    out = set(node.out)
    counts: dict[int, int] = {}
    for _, labels, _ in node.operands:
        for x in labels:
            counts[x] = counts.get(x, 0) + 1
    return any([
        base.op == "sum" and exponent == 1 and any([x not in out and counts[x] == 1 for x in labels])
        for base, labels, exponent in node.operands
    ])  # fmt: skip


def may_have_private_sum(node: Node) -> bool:
    """Whether the flat form of this product may have a private sum; it is not made where that is out of the question."""
    found: list[tuple[Node, tuple, Number]] = []
    room = _Room(LONGEST_FLAT - len(node.args))
    stack = [(node, tuple([("o", x) for x in node.out]))]
    while stack:
        top, outer = stack.pop()
        names = dict(zip(top.out, outer))
        if len(names) < len(top.out):
            return True  # labels become one
        mark = len(found), len(stack)
        for base, labels, exponent in top.operands:
            labels = tuple([names.get(x) or (mark, x) for x in labels])
            if base.op == "structured":
                return True  # a slice may pin a label
            if base.op == "product" and exponent == 1 and room(base):
                stack.append((base, labels))
            else:
                found.append((base, labels, exponent))
    if all([base.op != "sum" or exponent != 1 for base, _, exponent in found]):
        return False
    times: dict[Node, int] = {}
    for base, _, _ in found:
        times[base] = times.get(base, 0) + 1
    holders: dict[tuple, int] = {}  # operands with a label that nothing around them cancels
    for base, labels, exponent in found:
        if times[base] == 1 and exponent > 0 and (base.op in ("sum", "product") or base.op == "symbol" and not base.facts):
            for x in set(labels):
                holders[x] = holders.get(x, 0) + 1
    return any([
        base.op == "sum" and exponent == 1 and any([x[0] != "o" and holders.get(x, 0) < 2 for x in labels])
        for base, labels, exponent in found
    ])  # fmt: skip


def has_inner_fractions(node: Node) -> bool:
    """Whether a sum operand of this product has a denominator that `without_inner_fractions` clears."""
    return any([b.op == "sum" and type(e) is int and _denominators(b) for b, _, e in node.operands])


def without_inner_fractions(node: Node) -> list[Node]:
    """A product in which a denominator inside a sum operand is cleared: 1/(x²(1 + y²/x²)) is 1/(x² + y²)."""
    found = []
    for k, (total, labels, power) in enumerate(node.operands):
        if total.op != "sum" or type(power) is not int:
            continue
        for base, axes, lowest in _denominators(total):
            others = [o for j, o in enumerate(node.operands) if j != k]
            cleared = linear_sum(
                [
                    (c, product(1, [(t, tuple(range(t.ndim)), 1), (base, axes, -lowest)], range(t.ndim)))
                    for c, t in total.terms
                ],
                total.dims,
            )
            outside = (base, tuple([labels[a] for a in axes]), lowest * power)
            found.append(product(node.coef, [*others, outside, (cleared, labels, power)], node.out, node.label_dims))
    return found


def _denominators(total: Node) -> list[tuple[Node, tuple[int, ...], Number]]:
    """(base, axes of the sum that it stands on, lowest exponent) of what the terms of a sum divide by."""
    known = total.memo.get("denominators")
    if known is not None:
        return known
    found: dict[tuple, Number] = {}
    for term in total.args:
        if term.op == "product":
            for base, labels, exponent in term.operands:
                # means keep their 1/n: 1/(σ²/n + ε) is one quantity, shared with others
                whole = type(exponent) is int or not base.ndim and type(exponent) is Fraction
                if base.op != "size" and whole and exponent < 0 and all([term.out.count(x) == 1 for x in labels]):
                    key = base, tuple([term.out.index(x) for x in labels])
                    found[key] = min(exponent, found.get(key, 0))
    total.memo["denominators"] = known = [(base, axes, lowest) for (base, axes), lowest in found.items()]
    return known
