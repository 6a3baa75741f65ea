"""Reverse mode: cotangents pulled back from the result to every symbol, in one pass over the shared graph.

For a result y the pass carries y_bar down and returns x_bar for each wanted x. Every cotangent has the axes that
the caller chose to lead with (those of y, for a Jacobian), followed by the axes of the node it belongs to. The
first cotangent of a Jacobian is the identity, which in this graph costs nothing. Only nodes between the result and
the wanted symbols are visited; no product is multiplied out.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), section 3.2; Laue, Mitterreiter & Giesen, Computing
Higher Order Derivatives of Matrix and Tensor Expressions, NeurIPS 2018.
"""

from __future__ import annotations

from ..core.algebra import as_node, broadcast, ones, substitute, zeros
from ..core.errors import NoRuleError
from ..core.node import Node, symbol
from ..core.product import product
from ..core.sums import linear_sum
from ..core.walk import depends, order


def jacobian(y: Node, wrt: list[Node]) -> list[Node]:
    """∂y/∂w for each node w of `wrt`: axes of y, then axes of w.

    Raises
        NoRuleError: an operation between has no derivative.
    """
    lead = tuple(range(y.ndim))
    seed = product(1, (), lead + lead, dict(enumerate(y.dims)))
    return pull_back(y, wrt, seed)


def pull_back(y: Node, wrt: list[Node], y_bar: Node) -> list[Node]:
    """The cotangents of `wrt`, given that of `y`: leading axes of any number, then the axes of `y`."""
    nodes = order(y)
    active = depends(nodes, wrt)
    lead = y_bar.ndim - y.ndim
    lead_dims = y_bar.dims[:lead]
    wanted = set(wrt)
    found: dict[Node, Node] = {}
    arriving: dict[Node, list[Node]] = {y: [y_bar]}
    for node in reversed(nodes):
        if node not in active or node not in arriving:
            continue
        node_bar = linear_sum([(1, bar) for bar in arriving.pop(node)], lead_dims + node.dims)
        if node in wanted:
            found[node] = node_bar
            continue
        if node_bar.op == "sum" and not node_bar.args:
            continue
        for child, bar in _children(node, node_bar, lead, active):
            arriving.setdefault(child, []).append(bar)
    return [found[w] if w in found else zeros(lead_dims + w.dims) for w in wrt]


def _children(node: Node, node_bar: Node, lead: int, active: set[Node]):
    """(child, its share of the cotangent) for every active argument of `node`."""
    if node.op == "product":
        yield from _of_product(node, node_bar, lead, active)
    elif node.op == "sum":
        for c, child in node.terms:
            if child in active:
                axes = tuple(range(node_bar.ndim))
                yield child, product(c, [(node_bar, axes, 1)], axes, dict(enumerate(node_bar.dims)))
    elif node.op == "map":
        yield from _of_map(node, node_bar, lead, active)
    elif node.op == "struct":
        yield from _of_struct(node, node_bar)
    else:
        raise NoRuleError(f"no derivative is known for a node of kind `{node.op}`")


def _of_product(node: Node, node_bar: Node, lead: int, active: set[Node]):
    """d Π b_k^e_k: each operand in turn gives e_k b_k^(e_k − 1), beside all the others."""
    coef, out, _ = node.attr
    operands = node.operands
    leading = tuple([("lead", t) for t in range(lead)])
    bar = (node_bar, leading + out, 1)
    for k, (base, labels, exponent) in enumerate(operands):
        if base not in active:
            continue
        others = [o for j, o in enumerate(operands) if j != k]
        if exponent != 1:
            others.append((base, labels, exponent - 1))
        yield base, product(coef * exponent, [bar, *others], leading + labels, node.label_dims)


def _of_map(node: Node, node_bar: Node, lead: int, active: set[Node]):
    """Elementwise: the cotangent times the partial derivative; summed up where the argument is a scalar."""
    axes = tuple(range(lead, lead + node.ndim))
    leading = tuple(range(lead))
    for k, child in enumerate(node.args):
        if child not in active:
            continue
        slope = partial(node, k)
        operands = [(node_bar, leading + axes, 1), (slope, axes if slope.dims else (), 1)]
        yield child, product(1, operands, leading + (axes if child.dims else ()), dict(enumerate(node_bar.dims)))


def partial(node: Node, k: int) -> Node:
    """The partial derivative of an elementwise `node` in its k-th argument, as a node of the same shape or a scalar."""
    key = ("partial", k)
    found = node.memo.get(key)
    if found is None:
        found = node.attr.partial(k, node)
        if found is None and node.attr.define is not None:
            found = _partial_of_definition(node, k)
        if found is None:
            raise NoRuleError(
                f"no derivative is known for `{node.attr}`",
                expected="`derivative=` or `define=` in its declaration",
            )
        node.memo[key] = found
    return found


def _partial_of_definition(node: Node, k: int) -> Node:
    """The chain rule through `define`: its cotangent along ones, since no entry meets another."""
    fresh = [symbol(f"d·{i}", node.dims) for i in range(len(node.args))]
    spelled = as_node(node.attr.define(*fresh))
    (slope,) = pull_back(spelled, [fresh[k]], ones(spelled.dims))
    spread = [a if a.dims == node.dims else broadcast(a, node.dims, ()) for a in node.args]
    return substitute(slope, dict(zip(fresh, spread)))


def _of_struct(node: Node, node_bar: Node):
    """The differential is linear in dX; its transpose, the reverse rule, is the pull-back through it."""
    declaration, *params = node.attr
    (child,) = node.args
    tangent = symbol("d·", child.dims)
    linear = declaration.differential(tangent, child, node, *params)
    (bar,) = pull_back(linear, [tangent], node_bar)
    yield child, bar


