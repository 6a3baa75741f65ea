"""What is done to the factors of a product before they are contracted: masks that guard, weights that have a root.

An operand here is (value, labels, below): `below` says that it divides.
"""

from __future__ import annotations

from fractions import Fraction

from ..core.facts import nonnegative
from ..core.node import Node, Number
from ..ops.declare import lookup
from .pairs import choose, contract, multiply
from .values import Builder, Value

WORTH_A_ROOT = 20_000  # entries of X from which the half of a product saves more than the root costs
VANISHING = frozenset({"relu"})  # operations that are 0 for negative arguments


def guarded(b: Builder, arrays: list) -> list:
    """Factors that may be infinite where a mask is 0 become 0 there: 0 times infinity is no number."""
    masks = [a for a in arrays if a[0].mask and not a[2]]
    hidden = [
        (_mask_of(b, a[0]), a[1]) for a in arrays if a[0].op == "map" and a[0].params[0].name in VANISHING and not a[2]
    ]
    if not masks and not hidden:
        return arrays
    found, used = [], []
    for value, labels, below in arrays:
        risky = value not in b.safe_below if below else value.risky
        if risky and not value.mask:
            for mask in [*masks, *hidden]:
                if set(mask[1]) <= set(labels) or set(labels) <= set(mask[1]):
                    x = b.reciprocal(value) if below else value
                    found.append((*choose(b, mask[:2], (x, labels)), False))
                    if set(mask[1]) <= set(found[-1][1]):
                        used.append(mask)
                    break
            else:
                found.append((value, labels, below))
        else:
            found.append((value, labels, below))
    return [a for a in found if a not in used]


def _mask_of(b: Builder, value: Value) -> Value:
    """Where the argument of a vanishing operation is positive."""
    _, places = value.params
    return b.make("map", (lookup("step"), places), value.args, value.dims, mask=True)


def square_of_root(b: Builder, arrays: list, out: tuple) -> tuple | None:
    """Xᵀ diag(w) X with w ≥ 0 is BᵀB with B = diag(√w) X: BLAS does half the work for a product with itself."""
    full = [a for a in arrays if len(a[1]) > 1]
    if len(full) != 2 or full[0][0] is not full[1][0] or full[0][2] or full[1][2] or len(arrays) < 3:
        return None
    (value, la, _), (_, lc, _) = full
    shared = [x for x in la if x in lc]
    if b.entries(value.dims) < WORTH_A_ROOT:
        return None
    if len(la) != 2 or len(shared) != 1 or shared[0] in out or la.index(shared[0]) != lc.index(shared[0]):
        return None
    weight = None
    for w in arrays:
        if w in full:
            continue
        if w[1] != (shared[0],) or w[0] not in b.nonnegative:
            return None
        weight = w if weight is None else (*multiply(b, weight[:2], w[:2], weight[2], w[2]), weight[2] and w[2])
    if weight[2]:
        weight = (b.reciprocal(weight[0]), weight[1], False)
    root = weight[0] if weight[0].mask else b.power(weight[0], Fraction(1, 2))
    scaled_value, labels = multiply(b, (value, la), (root, weight[1]))
    turned = {la[1 - la.index(shared[0])]: lc[1 - lc.index(shared[0])]}
    return contract(b, (scaled_value, labels), (scaled_value, tuple([turned.get(x, x) for x in labels])), out, out)


def certainly_nonnegative(node: Node, known: dict[Node, bool]) -> bool:
    """Whether rounding cannot make an entry of `node` negative: no cancellation, but for 1 − f with |f| ≤ 1.

    `known` has the answers for the arguments of `node`.
    """
    if node.op == "sum":
        return all([(c > 0 and known.get(t, False)) or _within_one(c, t, node) for c, t in node.terms])
    if node.op == "product":
        return node.coef > 0 and all([e % 2 == 0 or known.get(base, False) for base, _, e in node.operands])
    return nonnegative(node)


def _within_one(c: Number, term: Node, node: Node) -> bool:
    """Whether a term of a sum is at most the constant 1 beside it."""
    if c != -1 or not any(k >= 1 and t.op == "product" and not t.args and t.coef == 1 for k, t in node.terms):
        return False
    if sum(k < 0 for k in node.attr) > 1:
        return False
    if term.op == "product":
        if (
            abs(term.coef) > 1
            or len(term.args) != 1
            or term.attr[2][0][1] < 1
            or set(term.attr[2][0][0]) - set(term.out)
        ):
            return False
        term = term.args[0]
    return term.op == "map" and -1 <= term.attr.range.low and term.attr.range.high <= 1
