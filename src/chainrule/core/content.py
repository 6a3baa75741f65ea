"""What the terms of a sum have in common as numbers: their common factor and a canonical sign, both taken outside.

So 2a − 2b and b − a are both numbers times a − b, and meet wherever they stand in products.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from .node import Node, Number, exact, intern

LARGEST = 12  # that a coefficient may become when a common factor is taken out


def scaled_sum(coef: Number, node: Node) -> Node:
    """coef × a sum, as a sum."""
    return intern("sum", tuple([exact(coef * c) for c in node.attr]), node.args, node.dims)


def content(node: Node, signed: bool) -> tuple[Number, Node]:
    """A sum as number × sum: the common numeric factor, and with `signed` a canonical sign, taken out."""
    key = "content±" if signed else "content"
    found = node.memo.get(key)
    if found is None:
        found = node.memo[key] = _content(node, signed)
    return found


def _content(node: Node, signed: bool) -> tuple[Number, Node]:
    coefs = node.attr
    sign = -1 if signed and _mostly_negative(node) else 1
    factor: Number = 1
    if all(type(c) is not float for c in coefs):
        first = abs(coefs[0])
        if first != 1 and all(abs(c) == first for c in coefs):
            factor = first
        elif first != 1:
            common = _common(coefs)
            rest = [exact(Fraction(c) / common) for c in coefs]
            # round after round of x = x + h/4, what is taken out would grow without end
            if max([abs(c) for c in rest]) <= max(LARGEST, *[abs(c) for c in coefs]) and _digits(rest) < _digits(coefs):
                factor = common
    factor = exact(sign * factor)
    if factor == 1:
        return 1, node
    return factor, intern("sum", tuple([exact(Fraction(c) / factor) if type(c) is not float else c / factor for c in coefs]), node.args, node.dims)


def _mostly_negative(node: Node) -> bool:
    """The sign rule: constants positive, else diagonals, else the majority, else the largest term that is no broadcast."""
    for wanted in (_is_constant, _is_diagonal):
        chosen = [c for c, t in node.terms if wanted(t)]
        if chosen:
            return chosen[0] < 0
    negative = sum(c < 0 for c in node.attr)
    if 2 * negative != len(node.attr):
        return 2 * negative > len(node.attr)
    first = max(node.terms, key=lambda ct: (not _is_broadcast(ct[1]), len(ct[1].args), ct[1].digest))
    return first[0] < 0


def _is_constant(term: Node) -> bool:
    return term.op == "product" and not term.args and len(set(term.out)) == len(term.out)


def _is_diagonal(term: Node) -> bool:
    return term.op == "product" and len(set(term.out)) < len(term.out)


def _is_broadcast(term: Node) -> bool:
    return term.op == "product" and not set(term.out) <= {x for labels, _ in term.attr[2] for x in labels}


def _common(coefs) -> Fraction:
    fractions = [Fraction(c) for c in coefs]
    return Fraction(gcd(*[abs(f.numerator) for f in fractions]), lcm(*[f.denominator for f in fractions]))


def _digits(coefs) -> int:
    return sum(len(str(n)) for c in coefs for n in abs(c).as_integer_ratio() if n != 1)
