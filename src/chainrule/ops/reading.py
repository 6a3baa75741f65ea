"""Reading nodes: what canonical rules ask of an argument's shape and constants.

Each function answers from one node and its direct arguments; nothing here walks the graph.
"""

from __future__ import annotations

from ..core.algebra import scale
from ..core.content import content
from ..core.node import Node, Number, exact
from ..core.product import product, strip
from ..core.sums import linear_sum
from .hoist import broadcast_axes, drop_axes


def constant(node: Node) -> Number | None:
    """The number that every entry of `node` is, if it is one number throughout."""
    if node.op == "product":
        coef, out, operands = node.attr
        return coef if not operands and len(set(out)) == len(out) else None
    return 0 if node.op == "sum" and not node.args else None


def split(node: Node) -> tuple[Number, Node]:
    """`node` as number × rest; the sign and the common factor of a sum are taken out."""
    if node.op == "product":
        return strip(node)
    if node.op == "sum" and node.args:
        return content(node, signed=True)
    return 1, node


def single_power(node: Node) -> tuple[Number, Node, tuple, Number] | None:
    """(coef, base, labels, exponent) of a product of one operand with nothing summed and its axes in order."""
    if node.op != "product" or len(node.args) != 1:
        return None
    coef, out, ((labels, exponent),) = node.attr
    if out != labels or len(set(labels)) != len(labels):
        return None
    return coef, node.args[0], labels, exponent


def is_op(node: Node, name: str) -> bool:
    """Whether `node` is the operation called `name` applied to something."""
    if node.op == "map":
        return node.attr.name == name
    return node.op == "struct" and node.attr[0].name == name


def powers_of(node: Node, name: str) -> tuple[Node, Number] | None:
    """(argument, exponent) if `node` is the operation `name` of an argument, to a power."""
    if is_op(node, name):
        return node.args[0], 1
    found = single_power(node)
    if found is not None and found[0] == 1 and is_op(found[1], name):
        return found[1].args[0], found[3]
    return None


def one_plus(node: Node) -> Node | None:
    """u if `node` is 1 + u, else None."""
    if node.op != "sum" or len(node.args) < 2:
        return None
    for c, term in node.terms:
        value = constant(term)
        if value is not None and c * value == 1:
            return linear_sum([(d, t) for d, t in node.terms if t is not term], node.dims)
    return None


def apart_along(node: Node, axes: tuple[int, ...]) -> tuple[Node | None, Node]:
    """`node` as (c, rest) with node = c spread over `axes` + rest; c is None where there is no such part."""
    wanted = frozenset(axes)
    if node.op == "sum" and node.args:
        still = [(c, t) for c, t in node.terms if wanted <= broadcast_axes(t)]
        if not still:
            return None, node
        dims = tuple([d for t, d in enumerate(node.dims) if t not in wanted])
        moved = linear_sum([(c, drop_axes(t, wanted)) for c, t in still], dims)
        gone = {t for _, t in still}
        return moved, linear_sum([(c, t) for c, t in node.terms if t not in gone], node.dims)
    if wanted <= broadcast_axes(node):
        return drop_axes(node, wanted), linear_sum((), node.dims)
    return None, node


def times(number: Number, node: Node) -> Node:
    """number × node."""
    return node if number == 1 else scale(exact(number), node)


def to_power(node: Node, exponent: Number) -> Node:
    """node^exponent, entry by entry."""
    labels = tuple(range(node.ndim))
    return product(1, [(node, labels, exponent)], labels)
