"""Linear equations between tensors: H[x] + g₀ = 0 solved for x, where H has the axes of g₀, then those of x.

An axis of x on which H acts as the identity takes no part. What is left is one matrix, which is inverted; a product of a
matrix for each axis, A ⊗ B, whose inverse is that of each; or entries alone, which are divided by. Sums of different
products on two axes (AX + XB = C) have no inverse in matrices.

Reference: Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019), section 2.2, for (A ⊗ B)⁻¹.
"""

from __future__ import annotations

from ...calculus import jacobian
from ...core.algebra import is_zero, substitute, transpose, zeros
from ...core.errors import ChainruleError
from ...core.node import Node
from ...core.product import components, product
from ...core.sums import linear_sum
from ...core.walk import depends, order, symbols
from ...derivation.differentiate import tidied
from ...ops.linalg import inverse


def affine(equation: Node, x: Node) -> tuple[Node, Node] | None:
    """(H, g₀) with equation = H[x] + g₀ and H free of `x`; None where the equation is not affine in `x`."""
    if any([_breaks(node) for node in depends(order(equation), [x])]):
        return None  # x − sign(x): the slope is the same everywhere, and the function is not affine
    try:
        (slope,) = jacobian(equation, [x])
        slope = tidied(slope)
        if x in symbols(slope):
            return None
        return slope, substitute(equation, {x: zeros(x.dims)})
    except (ChainruleError, ZeroDivisionError):
        return None  # 1/x at x = 0, or an operation without derivative


def _breaks(node: Node) -> bool:
    declaration = node.attr if node.op == "map" else node.attr[0] if node.op == "struct" else None
    return declaration is not None and declaration.margin is not None


def linear_root(slope: Node, constant: Node, x: Node, divisors: list[Node]) -> Node | None:
    """The x with H[x] + g₀ = 0, or None where no product of matrices says it. What is inverted is added to `divisors`."""
    d = x.ndim
    if is_zero(slope) or slope.dims != constant.dims + x.dims or len(constant.dims) != d:
        return None
    found = _root(slope, constant, d, divisors) if constant.dims == x.dims else None
    if found is None and d == 2 and constant.dims == x.dims[::-1]:  # H[x] is a function of xᵀ: C xᵀ − I
        found = _root(product(1, [(slope, (0, 1, 2, 3), 1)], (0, 1, 3, 2)), constant, d, divisors)
        found = None if found is None else transpose(found)
    return found


def _root(slope: Node, constant: Node, d: int, divisors: list[Node]) -> Node | None:
    terms = [_taken_apart(c, t) for c, t in (slope.terms if slope.op == "sum" else ((1, slope),))]
    axes = [a for a in range(d) if not all([_acts_as_identity(t, a, d) for t in terms])]
    if len(axes) < 2 or len(terms) > 1:
        found, made = _by_one_matrix(terms, axes, constant, d)
    else:
        found, made = _by_products(terms[0], constant, d)
    if found is None:
        return None
    divisors += made
    return zeros(constant.dims) if is_zero(constant) else found


def _taken_apart(coef, node: Node) -> Node:
    """coef × node as a product whose operands are no products themselves."""
    axes = tuple(range(node.ndim))
    return product(coef, [(node, axes, 1)], axes, dict(enumerate(node.dims)), lambda base: True)


def _acts_as_identity(term: Node, axis: int, d: int) -> bool:
    if term.op != "product":
        return False
    label = term.out[axis]
    return label == term.out[d + axis] and not any([label in labels for _, labels, _ in term.operands])


def _by_one_matrix(terms: list[Node], axes: list[int], constant: Node, d: int) -> tuple[Node | None, list[Node]]:
    """Identity on all axes but one, or entries alone: −K⁻¹ g₀ for what H is on them."""
    tied = all([t.op == "product" and all([t.out[a] == t.out[d + a] for a in axes]) for t in terms])
    if tied:  # a diagonal, a number for each entry or for all
        weight = linear_sum([(1, _part(t, [t.out[a] for a in axes])) for t in terms], [constant.dims[a] for a in axes])
        return product(-1, [(constant, tuple(range(d)), 1), (weight, tuple(axes), -1)], range(d)), [weight]
    if len(axes) != 1:
        return None, []
    (a,) = axes
    if d == 1:
        whole = linear_sum([(1, t) for t in terms], (*constant.dims, *constant.dims))
    else:
        whole = linear_sum([(1, _part(t, [t.out[a], t.out[d + a]])) for t in terms], [constant.dims[a]] * 2)
    whole = tidied(whole)
    return _applied([(inverse(whole), a)], [], constant, d), [whole]


def _part(term: Node, out: list) -> Node:
    """The product `term` without its identities: with the axes `out`."""
    kept = {x for labels in (out, *[labels for _, labels, _ in term.operands]) for x in labels}
    return product(term.coef, term.operands, out, {x: dim for x, dim in term.label_dims.items() if x in kept})


def _by_products(term: Node, constant: Node, d: int) -> tuple[Node | None, list[Node]]:
    """A matrix for each axis, or weights on several: each is inverted by itself."""
    if term.op != "product":
        return None, []
    factors, weights, made = [], [], []
    used: set[int] = set()
    for group in components(list(term.operands)):
        labels = {x for _, found, _ in group for x in found}
        touched = [a for a in range(d) if term.out[a] in labels or term.out[d + a] in labels]
        if used & set(touched):
            return None, []
        used |= set(touched)
        if not touched:
            scalar = product(1, group, (), {x: dim for x, dim in term.label_dims.items() if x in labels})
            weights.append((scalar, (), -1))
            made.append(scalar)
        elif all(term.out[a] == term.out[d + a] for a in touched):
            out = [term.out[a] for a in touched]
            weight = product(1, group, out, {x: dim for x, dim in term.label_dims.items() if x in labels})
            weights.append((weight, tuple(touched), -1))
            made.append(weight)
        elif len(touched) == 1:
            (a,) = touched
            out = [term.out[a], term.out[d + a]]
            matrix = product(1, group, out, {x: k for x, k in term.label_dims.items() if x in labels})
            factors.append((inverse(matrix), a))
            made.append(matrix)
        else:
            return None, []
    weights.append((product(term.coef, (), ()), (), -1))
    return _applied(factors, weights, constant, d), made


def _applied(factors: list[tuple[Node, int]], weights: list, constant: Node, d: int) -> Node:
    """−(Π of the factors, each on its axis) g₀, times weights."""
    moved = {a: ("in", a) for _, a in factors}
    operands = [(constant, tuple([moved.get(a, a) for a in range(d)]), 1)]
    operands += [(matrix, (a, moved[a]), 1) for matrix, a in factors]
    return product(-1, [*operands, *weights], range(d))
