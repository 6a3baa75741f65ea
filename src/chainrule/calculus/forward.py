"""Forward mode: a tangent pushed from one symbol to the result, in one pass over the shared graph.

For y = f(x) the pass carries x_dot up and returns y_dot = Df(x)[x_dot], the Jacobian applied to the direction without
being formed. A tangent has the axes of the node it belongs to. Only nodes between the symbol and the result are
visited. Pushed again along the same direction, the tangent becomes D²f(x)[x_dot, x_dot], and so on: what a Taylor
polynomial is made of.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), section 3.1; Pearlmutter, Neural Computation 6(1),
1994, for the gradient's derivative along a direction.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core.errors import NoRuleError
from ..core.node import Node
from ..core.product import product
from ..core.sums import linear_sum
from ..core.walk import depends, order
from ..core.algebra import zeros
from .reverse import partial


def push_forward(y: Node, wrt: Node, tangent: Node) -> Node:
    """The derivative of `y` along `tangent`, a node of the dims of the symbol `wrt`: linear in it, of the dims of `y`.

    Raises
        NoRuleError: an operation between has no derivative.
    """
    return push_all_forward([y], {wrt: tangent})[0]


def push_all_forward(ys: list[Node], tangents: dict[Node, Node]) -> list[Node]:
    """The derivatives of all `ys` along one direction in several symbols at once, from one sweep; errors as `push_forward`."""
    nodes = order(*ys)
    active = depends(nodes, list(tangents))
    dots: dict[Node, Node] = dict(tangents)
    for node in nodes:
        if node in active and node not in tangents:
            dots[node] = _tangent(node, dots)
    return [dots[y] if y in active else zeros(y.dims) for y in ys]


def along(y: Node, wrt: Node, tangent: Node, order: int, simplify: Callable[[Node], Node]) -> list[Node]:
    """[y, Dy[v], D²y[v, v], …] up to `order`, each simplified before the next is taken."""
    found = [y]
    for _ in range(order):
        found.append(simplify(push_forward(found[-1], wrt, tangent)))
    return found


def _tangent(node: Node, dots: dict[Node, Node]) -> Node:
    if node.op == "product":
        return _of_product(node, dots)
    if node.op == "sum":
        return linear_sum([(c, dots[child]) for c, child in node.terms if child in dots], node.dims)
    if node.op == "map":
        return _of_map(node, dots)
    if node.op == "struct":
        declaration, *params = node.attr
        (child,) = node.args
        return declaration.differential(dots[child], child, node, *params)
    raise NoRuleError(f"no derivative is known for a node of kind `{node.op}`")


def _of_product(node: Node, dots: dict[Node, Node]) -> Node:
    """d Π b_k^e_k = Σ_k e_k b_k^(e_k − 1) db_k beside all the others."""
    coef, out, _ = node.attr
    operands = node.operands
    terms = []
    for k, (base, labels, exponent) in enumerate(operands):
        if base not in dots:
            continue
        others = [o for j, o in enumerate(operands) if j != k]
        if exponent != 1:
            others.append((base, labels, exponent - 1))
        terms.append((1, product(coef * exponent, [*others, (dots[base], labels, 1)], out, node.label_dims)))
    return linear_sum(terms, node.dims)


def _of_map(node: Node, dots: dict[Node, Node]) -> Node:
    """Elementwise: the partial derivative times the tangent, for each argument that moves."""
    axes = tuple(range(node.ndim))
    dims = dict(enumerate(node.dims))
    terms = []
    for k, child in enumerate(node.args):
        if child in dots:
            slope = partial(node, k)
            operands = [(slope, axes if slope.dims else (), 1), (dots[child], axes if child.dims else (), 1)]
            terms.append((1, product(1, operands, axes, dims)))
    return linear_sum(terms, node.dims)
