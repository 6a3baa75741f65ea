"""Broadcast axes and permutations moved outside of elementwise operations.

f(v 1ᵀ) is f(v) 1ᵀ and f(Aᵀ) is f(A)ᵀ, so that a function of a tensor is one node however the tensor is laid out.
A diagonal stays inside: f(diag(v)) is no diagonal unless f(0) = 0.
"""

from __future__ import annotations

from ..core.algebra import is_zero
from ..core.node import Node, intern
from ..core.product import product


def broadcast_axes(node: Node) -> frozenset[int]:
    """The axes along which `node` is constant because no operand of its product has their label; all axes of a zero."""
    if node.op == "sum" and not node.args:
        return frozenset(range(node.ndim))
    if node.op != "product":
        return frozenset()
    found = node.memo.get("broadcast_axes")
    if found is None:
        _, out, operands = node.attr
        inner = {x for labels, _ in operands for x in labels}
        found = frozenset(t for t, x in enumerate(out) if x not in inner and out.count(x) == 1)
        node.memo["broadcast_axes"] = found
    return found


def drop_axes(node: Node, axes) -> Node:
    """`node` without broadcast `axes`."""
    if node.op == "sum":
        return intern("sum", (), (), [d for t, d in enumerate(node.dims) if t not in axes])
    out = tuple([x for t, x in enumerate(node.attr[1]) if t not in axes])
    kept = {x: d for x, d in node.label_dims.items() if x in out}
    return product(node.coef, node.operands, out, kept)


def restore_axes(node: Node, axes, dims: tuple) -> Node:
    """The tensor of `dims` that is `node` repeated along `axes`."""
    rest = tuple([t for t in range(len(dims)) if t not in axes])
    return product(1, [(node, rest, 1)], tuple(range(len(dims))), dict(enumerate(dims)))


def permutation(node: Node) -> tuple[tuple[int, ...], Node] | None:
    """(p, inner) if axis t of `node` is axis p[t] of `inner` and the axes are not in order, else None.

    Only a number times one tensor counts: a product of several has no orientation of its own.
    """
    if node.op != "product" or len(node.args) != 1:
        return None
    coef, out, ((labels, exponent),) = node.attr
    if exponent != 1 or out == labels or len(set(labels)) != len(labels) or sorted(out) != sorted(labels):
        return None
    inner = product(coef, [(node.args[0], labels, 1)], labels) if coef != 1 else node.args[0]
    return tuple([labels.index(x) for x in out]), inner


def permute(node: Node, p: tuple[int, ...]) -> Node:
    """The tensor whose axis t is axis p[t] of `node`."""
    return product(1, [(node, tuple(range(len(p))), 1)], p)


def hoist_map(op, args: tuple[Node, ...], dims: tuple) -> Node | None:
    """f(args) with broadcast axes and permutations taken out, or None if there are none."""
    if not dims or not any([a.op == "product" or is_zero(a) for a in args]):
        return None
    every = frozenset(range(len(dims)))
    shrunk = tuple([drop_axes(a, every) if a.dims and broadcast_axes(a) == every else a for a in args])
    tensors = [a for a in shrunk if a.dims]
    if not tensors:
        return restore_axes(op(*shrunk), every, dims)
    common = frozenset.intersection(*[broadcast_axes(a) for a in tensors])
    if common:
        inner = op(*[drop_axes(a, common) if a.dims else a for a in shrunk])
        return restore_axes(inner, common, dims)
    turned = [permutation(a) for a in tensors]
    if turned[0] is not None and all(t is not None and t[0] == turned[0][0] for t in turned):
        inner = iter([t[1] for t in turned])
        return permute(op(*[next(inner) if a.dims else a for a in shrunk]), turned[0][0])
    return op(*shrunk) if shrunk != args else None
