"""A slow, plain evaluator of nodes, written apart from the compiler: tests compare with it.

One einsum per product, one call per operation; nothing is cached, rewritten or reordered.
"""

from __future__ import annotations

from math import e, pi

import numpy as np

from chainrule.core.node import Node
from chainrule.core.walk import order

CONSTANTS = {"pi": pi, "e": e}


def evaluate(root: Node, values: dict, sizes: dict[str, int] | None = None):
    """The value of `root` where its symbols have `values` (by name) and its dimensions `sizes`.

    Sizes of dimensions that are axes of a given symbol need not be given.
    """
    sizes = dict(sizes or {})
    nodes = order(root)
    for node in nodes:
        if node.op == "symbol":
            for d, n in zip(node.dims, np.shape(values[node.name])):
                if len(d.terms) == 1 and d.terms[0][1] == 1 and len(d.terms[0][0]) == 1:
                    assert sizes.setdefault(d.text, n) == n, f"{node} has {np.shape(values[node.name])}"
    found: dict[Node, np.ndarray] = {}
    for node in nodes:
        value = _value(node, [found[a] for a in node.args], values, sizes)
        assert np.shape(value) == tuple(d.at(sizes) for d in node.dims), (node, np.shape(value))
        found[node] = value
    return found[root]


def _value(node: Node, args: list, values: dict, sizes: dict):
    op = node.op
    if op == "symbol":
        return np.asarray(values[node.name])
    if op == "number":
        return np.asarray(CONSTANTS[node.attr] if isinstance(node.attr, str) else float(node.attr))
    if op == "size":
        return np.asarray(float(node.attr.at(sizes)))
    shape = tuple(d.at(sizes) for d in node.dims)
    if op == "structured":
        return _structured(node.attr, shape, sizes)
    if op == "product":
        return _product(node, args, shape, sizes)
    if op == "sum":
        return sum((float(c) * a for c, a in zip(node.attr, args)), np.zeros(shape))
    if op == "map":
        return np.broadcast_to(node.attr.evaluate(*args), shape)
    return node.attr[0].evaluate(*args, *node.attr[1:])


def _structured(attr: tuple, shape: tuple, sizes: dict):
    kind, *params = attr
    number = [p.at(sizes) if hasattr(p, "at") else p for p in params]
    if kind == "merge":
        i, j, k = np.indices(shape)
        return (k == i * shape[1] + j) * 1.0
    out, into = np.indices(shape)
    if kind == "shift":
        start, step = number
        return (into == start + step * out) * 1.0
    return (into <= out + (number[0] if number else 0)) * 1.0


def _product(node: Node, args: list, shape: tuple, sizes: dict):
    # einsum over one axis per label; labels that no operand has become ones, repeated output labels a diagonal
    names = {label: position for position, label in enumerate(dict.fromkeys([*node.label_dims]))}
    pieces = []
    for value, (_, labels, exponent) in zip(args, node.operands):
        pieces += [_power(value, exponent), [names[x] for x in labels]]
    covered = {x for _, labels, _ in node.operands for x in labels}
    out = list(dict.fromkeys(node.out))
    for label in out:
        if label not in covered:
            pieces += [np.ones(node.label_dims[label].at(sizes)), [names[label]]]
    dense = float(node.coef) * (np.einsum(*pieces, [names[x] for x in out]) if pieces else np.asarray(1.0))
    if len(out) == len(node.out):
        return dense
    result = np.zeros(shape, dtype=dense.dtype)
    index = np.indices(dense.shape) if dense.ndim else ()
    result[tuple(index[out.index(x)] for x in node.out)] = dense
    return result


def _power(value, exponent):
    if exponent == 1:
        return value
    return value ** (float(exponent) if not isinstance(exponent, int) else exponent) if exponent > 0 or not isinstance(
        exponent, int
    ) else 1.0 / value ** (-exponent)
