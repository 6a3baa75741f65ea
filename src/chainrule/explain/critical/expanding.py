"""An equation multiplied out in what depends on its variable: a list of products, and what is below a fraction bar."""

from __future__ import annotations

from ...core.node import Node, exact
from ...core.product import product
from ...core.sums import linear_sum
from ...core.walk import symbols

MOST_TERMS = 200  # beyond that an equation is left as it stands


def monomials(node: Node, x: Node) -> list[tuple] | None:
    """[(coefficient, operands, out)] whose sum is `node`, with no sum that depends on `x` left in a positive whole power.

    None where there are more than `MOST_TERMS`.
    """
    axes = tuple(range(node.ndim))
    waiting = [product(1, [(node, axes, 1)], axes, dict(enumerate(node.dims)))]
    found = []
    while waiting:
        if len(waiting) + len(found) > MOST_TERMS:
            return None
        term = waiting.pop()
        if term.op == "sum":
            waiting += [_scaled(c, t) for c, t in term.terms]
            continue
        if term.op != "product":
            found.append((1, [(term, tuple(range(term.ndim)), 1)], tuple(range(term.ndim))))
            continue
        opened = [_opened(base, e, x) for base, _, e in term.operands]
        at = next((k for k, parts in enumerate(opened) if parts is not None), None)
        if at is None:
            found.append((term.coef, list(term.operands), term.out))
            continue
        base, labels, exponent = term.operands[at]
        others = [o for k, o in enumerate(term.operands) if k != at]
        if exponent > 1:
            others.append((base, labels, exponent - 1))
        for c, t in opened[at]:
            waiting.append(product(exact(term.coef * c), [(t, labels, 1), *others], term.out, term.label_dims))
    return found


def _opened(base: Node, exponent, x: Node) -> list | None:
    """The terms [(c, node)] of an operand that is a sum with `x` in it, or a product with such a sum inside; else None."""
    if type(exponent) is not int or exponent < 1 or base.op not in ("sum", "product") or x not in symbols(base):
        return None
    if base.op == "sum":
        return list(base.terms)
    if exponent > 1:
        return None
    for k, (inner, labels, e) in enumerate(base.operands):
        parts = _opened(inner, e, x)
        if parts is not None:
            others = [o for j, o in enumerate(base.operands) if j != k]
            if e > 1:
                others.append((inner, labels, e - 1))
            return [(1, product(base.coef * c, [(t, labels, 1), *others], base.out, base.label_dims)) for c, t in parts]
    return None


def _scaled(coef, node: Node) -> Node:
    axes = tuple(range(node.ndim))
    return product(coef, [(node, axes, 1)], axes, dict(enumerate(node.dims)))


def cleared(node: Node, x: Node) -> Node | None:
    """`node` times all that depends on `x` and stands below a fraction bar in one of its terms, multiplied out.

    Where `node` has a value, both have the same zeros. None where nothing is to clear, or it is no factor of all entries alike.
    """
    terms = monomials(node, x)
    if terms is None:
        return None
    below: dict[tuple, object] = {}
    for _, operands, out in terms:
        for base, labels, exponent in operands:
            if exponent < 0 and x in symbols(base):
                if labels and tuple(labels) != tuple(out):
                    return None
                key = (base, bool(labels))
                below[key] = max(below.get(key, 0), -exponent)
    axes = tuple(range(node.ndim))
    if not below and len(terms) == (len(node.args) if node.op == "sum" else 1):
        return None
    made = []
    for coef, operands, out in terms:
        dims = {label: d for base, labels, _ in operands for label, d in zip(labels, base.dims)} | dict(zip(out, node.dims))
        more = [(base, tuple(out) if wide else (), e) for (base, wide), e in below.items()]
        made.append((1, product(coef, [*operands, *more], out, dims)))
    whole = linear_sum(made, node.dims, flatten=True)
    again = monomials(whole, x)
    if again is None:
        return None
    parts = [(1, product(c, operands, out, _dims(operands, out, node))) for c, operands, out in again]
    return linear_sum(parts, [node.dims[k] for k in axes], flatten=True)


def _dims(operands, out, node: Node) -> dict:
    return {label: d for base, labels, _ in operands for label, d in zip(labels, base.dims)} | dict(zip(out, node.dims))
