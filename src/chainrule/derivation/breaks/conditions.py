"""Where an expression is zero, negative or singular, said of the simplest part of it: √(Σ(Ax − b)²) = 0 where Ax = b.

A `Condition` names what must hold for a derivative to exist. What is certain of signs, ranges and declared facts
decides first: e^x + 1 never vanishes, 1 − σ(z) is positive, SᵀS + λI is invertible for λ > 0.
"""

from __future__ import annotations

from typing import NamedTuple

from ...core.algebra import number
from ...core.facts import sign, value_set
from ...core.node import Node
from ...core.sums import linear_sum
from ...ops.hoist import restore_axes
from ...ops.reading import constant, single_power, split
from ...simplify.expand import flattened

NONZERO, POSITIVE, NONNEGATIVE, INVERTIBLE, UNIQUE = "≠ 0", "> 0", "≥ 0", "invertible", "attained once"
EVERY, WHOLE, ROW, COLUMN = "every entry", "whole", "row", "column"  # what the condition binds
INFINITY = float("inf")


class Condition(NamedTuple):
    """`node` is nonzero, positive, …; `scope` says whether each entry must be, or not all may fail at once."""

    relation: str
    node: Node
    scope: str = EVERY
    axes: tuple = ()  # of a maximum that is attained once: the axes it runs over


def nonzero(node: Node) -> list[Condition]:
    """What must hold for every entry of `node` to be nonzero; [] where it always is."""
    if sign(node) in ("+", "-") or value_set(node) == "±1" or node.op in ("number", "size"):
        return []
    low, high = bounds(node)
    if low[0] > 0 or high[0] < 0 or (low == (0, False)) or (high == (0, False)):
        return []
    _, node = split(node)
    if node.op == "product":
        found = _of_product(flattened(node))  # tr(WᵀW) is a sum of squares once it is multiplied in
        if found is not None:
            return found
    if node.op == "map" and node.attr.name == "pow":
        return nonzero(node.args[0])
    if node.op == "sum":
        found = _of_extreme(node)
        if found is not None:
            return found
    if node.op == "map" and len(node.args) == 1:
        operation = node.attr
        if operation.name == "abs" or (operation.sign is not None and operation.monotone in ("increasing", "decreasing") and operation.parity == "odd"):
            return nonzero(node.args[0])
        if operation.name in ("expm1", "log1p"):
            return nonzero(node.args[0])
        if operation.name == "relu":
            return positive(node.args[0])
        if operation.name == "log":
            return [Condition(NONZERO, minus(node.args[0], number(1)))]
    return [Condition(NONZERO, node)]


def _of_extreme(node: Node) -> list[Condition] | None:
    """max(u, k) − c is zero where u is c, if the number c is above k; nowhere, if it is below."""
    if len(node.terms) != 2:
        return None
    for (a, extreme), (b, term) in (node.terms, node.terms[::-1]):
        value = constant(term)
        if value is not None and extreme.op == "map" and extreme.attr.name in ("maximum", "minimum"):
            reached = -b * value / a
            for end, inner in (extreme.args, extreme.args[::-1]):
                held = constant(end)
                if held is not None and held != reached:
                    inside = reached > held if extreme.attr.name == "maximum" else reached < held
                    return nonzero(minus(inner, number(reached))) if inside else []
    return None


def _of_product(node: Node) -> list[Condition] | None:
    """A product of factors is zero where one of them is; a sum of squares where all that is squared is."""
    coef, out, _ = node.attr
    operands = [(base, labels, exponent) for base, labels, exponent in node.operands]
    if len(set(out)) < len(out):
        return None  # zero off its diagonal: no entry-wise statement is meant
    summed = {x for _, labels, _ in operands for x in labels} - set(out)
    if not summed:
        found: list[Condition] = []
        for base, _, exponent in operands:
            if exponent > 0:
                found += [c for c in nonzero(base) if c not in found]
        return found
    squares = [(b, l) for b, l, e in operands if e % 2 == 0 and e > 0 and summed & set(l)]
    weights = [b for b, l, e in operands if summed & set(l) and (sign(b) == "+" or e < 0 and e % 2 == 0)]
    squares = [(b, l) for b, l in squares if sign(b) != "+"]
    operands = [(b, l, e) for b, l, e in operands if not any(b is w for w in weights)]  # these are never zero
    rest = [(b, l, e) for b, l, e in operands if not (summed & set(l))]
    if len(squares) == 1 and len(rest) + 1 == len(operands):
        base, labels = squares[0]
        factors = [c for b, _, e in rest if e > 0 for c in nonzero(b)]
        if len(labels) == len(set(labels)) and summed <= set(labels):
            if set(labels) == summed:
                return factors + all_of(base)
            if len(labels) == 2 and set(labels) & set(out):
                return factors + [c._replace(scope=ROW if labels[1] in summed else COLUMN) for c in all_of(base)]
        return None
    form = _quadratic(operands, summed, out)
    if form is not None:
        return all_of(form)
    if len(operands) == 1 and not out and sign(operands[0][0]) == "0+" and len(set(operands[0][1])) == len(operands[0][1]):
        return all_of(operands[0][0])  # Σ|x_i|^p is zero where x is
    return None


def all_of(node: Node) -> list[Condition]:
    """What must hold for `node` not to be zero as a whole."""
    if sign(node) in ("+", "-") or value_set(node) == "±1":
        return []
    _, node = split(node)
    if node.op == "map" and node.attr.name in ("abs", "tanh", "sinh", "arctan", "arcsinh", "expm1", "log1p"):
        return all_of(node.args[0])
    if node.op == "map" and node.attr.name == "pow" and node.args[1].ndim == 0:
        return all_of(node.args[0])
    power = single_power(node)
    if power is not None and power[3] > 0:
        return all_of(power[1])
    return [Condition(NONZERO, node, WHOLE if node.dims else EVERY)]


def _quadratic(operands: list, summed: set, out: tuple) -> Node | None:
    """x of xᵀSx with S positive definite."""
    kernels = [(b, l) for b, l, e in operands if len(l) == 2 and e == 1 and definite(b)]
    vectors = [(b, l) for b, l, e in operands if len(l) == 1 and e == 1]
    if out or len(kernels) != 1 or len(vectors) != 2 or len(operands) != 3:
        return None
    same = vectors[0][0] is vectors[1][0] and {vectors[0][1], vectors[1][1]} == {(x,) for x in kernels[0][1]}
    return vectors[0][0] if same else None


def positive(node: Node) -> list[Condition]:
    """What must hold for every entry of `node` to be positive."""
    known = sign(node)
    if known == "+" or node.op in ("number", "size"):
        return []
    low, _ = bounds(node)
    if low[0] > 0 or low == (0, False):
        return []
    if known == "0+" or low[0] == 0:
        return nonzero(node)
    coef, rest = split(node)
    if coef > 0:
        node = rest
    elif constant(node) is None:
        node = linear_sum([(-1, rest)], rest.dims)
    if node.op == "product":
        coef, out, _ = node.attr
        if coef > 0 and len(set(out)) == len(out) and not {x for _, l, _ in node.operands for x in l} - set(out):
            open_ = [(b, e) for b, _, e in node.operands if sign(b) != "+"]
            if len(open_) == 1 and type(open_[0][1]) is int and open_[0][1] % 2:
                return positive(open_[0][0])
    if node.op == "map" and len(node.args) == 1:
        if node.attr.sign is not None and node.attr.parity == "odd" and node.attr.monotone == "increasing":
            return positive(node.args[0])
        if node.attr.name == "log":
            return positive(minus(node.args[0], number(1)))
    return [Condition(POSITIVE, node)]


def nonnegative(node: Node) -> list[Condition]:
    """What must hold for every entry of `node` to be ≥ 0."""
    if sign(node) in ("+", "0+", "0") or bounds(node)[0][0] >= 0:
        return []
    found = positive(node)
    return [c._replace(relation=NONNEGATIVE) for c in found]


def invertible(node: Node) -> list[Condition]:
    """What must hold for a square matrix to have an inverse."""
    if definite(node):
        return []
    _, node = split(node)
    if node.op == "symbol" and node.attr[1] & {"invertible", "orthogonal"}:
        return []
    if node.op == "struct" and node.attr[0].name == "inverse":
        return []  # it is its argument that must have one
    if node.op == "product" and len(node.operands) == 1 and node.operands[0][1] != node.out and len(node.out) == 2:
        base, labels, exponent = node.operands[0]
        if exponent == 1 and labels == node.out[::-1]:
            return invertible(base)  # a transpose
        if len(labels) == 1 and len(set(node.out)) == 1:
            return [c for c in nonzero(base)] if exponent > 0 else []  # a diagonal
    factors = _square_factors(node)
    if factors is not None:
        return list(dict.fromkeys([c for factor in factors for c in invertible(factor)]))
    return [Condition(INVERTIBLE, node, WHOLE)]


def _square_factors(node: Node) -> list[Node] | None:
    """The factors of a product of square matrices, which is invertible if all of them are; else None."""
    if node.op != "product" or len(node.operands) < 2:
        return None
    operands = node.operands
    square = all(len(l) == 2 and l[0] != l[1] and e == 1 and b.dims[0] is b.dims[1] for b, l, e in operands)
    ends = [x for _, labels, _ in operands for x in labels] + list(node.out)
    if not square or len(node.out) != 2 or any(ends.count(x) != 2 for x in ends):
        return None
    return [b for b, _, _ in operands]


def minus(a: Node, b: Node) -> Node:
    """a − b, where one of them may be a scalar."""
    dims = a.dims or b.dims
    a, b = [n if n.dims == dims else restore_axes(n, range(len(dims)), dims) for n in (a, b)]
    return linear_sum([(1, a), (-1, b)], dims)


# ------------------------------------------------------------------ what is certain


def definite(node: Node) -> bool:
    """Whether the matrix `node` certainly is positive definite: declared so, or a sum of such with semidefinite ones."""
    if node.op == "symbol":
        return "posdef" in node.attr[1]
    if node.op == "struct" and node.attr[0].name == "inverse":
        return definite(node.args[0])
    if node.op == "sum":
        terms = list(node.terms)
        parts = [(c > 0 and definite(t), c > 0 and semidefinite(t)) for c, t in terms]
        return any(strict for strict, _ in parts) and all(strict or weak for strict, weak in parts)
    if node.op == "product":
        coef, out, _ = node.attr
        if coef > 0 and len(out) == 2 and out[0] == out[1]:  # a multiple of I, or a diagonal
            return all(sign(b) == "+" for b, _, _ in node.operands)
        matrices = [(b, l, e) for b, l, e in node.operands if l]
        if coef > 0 and len(matrices) == 1 and matrices[0][2] == 1:  # a positive multiple
            factors = [b for b, l, _ in node.operands if not l]
            return set(matrices[0][1]) == set(out) and all(sign(b) == "+" for b in factors) and definite(matrices[0][0])
    return False


def semidefinite(node: Node) -> bool:
    """Whether the matrix `node` certainly is positive semidefinite: A Aᵀ, or declared so."""
    if definite(node):
        return True
    if node.op == "symbol":
        return "psd" in node.attr[1]
    if node.op != "product" or node.coef < 0 or len(node.out) != 2:
        return False
    i, j = node.out
    if i == j:
        return all(sign(b) in ("+", "0+") for b, _, _ in node.operands)
    swap = {i: j, j: i}
    left = sorted([(b.digest, str(e), l) for b, l, e in node.operands if i in l])
    right = sorted([(b.digest, str(e), tuple([swap.get(x, x) for x in l])) for b, l, e in node.operands if j in l])
    others = [b for b, l, _ in node.operands if i not in l and j not in l]
    return left == right and len(left) == 1 and all(sign(b) in ("+", "0+") for b in others)


def bounds(node: Node) -> tuple[tuple[float, bool], tuple[float, bool]]:
    """((low, attained), (high, attained)) of every value of `node`, from declared ranges; ±∞ where nothing is known."""
    nothing = ((-INFINITY, False), (INFINITY, False))
    value = constant(node)
    if value is not None:
        return (float(value), True), (float(value), True)
    if node.op == "symbol":
        words = node.attr[1]
        for word, low, high in (("open01", 0, 1), ("unit", -1, 1), ("gt1", 1, INFINITY), ("prob", 0, 1)):
            if word in words:
                return (low, False), (high, False)
        return nothing
    if node.op == "sum":
        low, high = (0.0, True), (0.0, True)
        for c, term in node.terms:
            a, b = bounds(term)
            if c < 0:
                a, b = b, a
            low = (low[0] + c * a[0], low[1] and a[1])
            high = (high[0] + c * b[0], high[1] and b[1])
        return low, high
    operation = node.attr if node.op == "map" else node.attr[0] if node.op == "struct" else None
    if operation is not None and operation.range is not None:
        # the range of a strictly monotone function of a real number is open, whatever rounding does
        strict = operation.monotone in ("increasing", "decreasing") or operation.name == "softmax"
        closed = operation.range.closed
        return (operation.range.low, closed[0] == "[" and not strict), (operation.range.high, closed[1] == "]" and not strict)
    coef, rest = split(node)
    if coef != 1 and rest is not node:
        a, b = bounds(rest)
        a, b = (a, b) if coef > 0 else (b, a)
        return (float(coef) * a[0], a[1]), (float(coef) * b[0], b[1])
    return {"+": ((0.0, False), (INFINITY, False)), "0+": ((0.0, True), (INFINITY, False))}.get(sign(node), nothing)
