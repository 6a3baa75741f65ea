"""A function of a few numbers: the graph written out entry by entry, with the data in it, as a graph of scalars.

On it stand what needs exact arithmetic or bounds: exact substitution, polynomials, derivatives of any order at a point.
"""

from __future__ import annotations

from itertools import product as tuples
from math import prod

import numpy as np

from ...calculus import jacobian
from ...core.algebra import as_node, number, substitute
from ...core.errors import ChainruleError
from ...core.facts import BOUNDING, OPEN
from ...core.node import Node, exact, symbol
from ...core.product import product
from ...core.sums import linear_sum
from ...core.walk import order
from ...derivation.differentiate import tidied
from ...matrix.evaluate import structured_array

MOST_STEPS = 4000  # multiplications of entries; a function of more data is left to floating point


class Entries:
    """f as a graph of scalars.

    Attributes
        x: the entries of the variables, as symbols, in the order of the vector.
        f, gradient, hessian: scalar nodes.
    """

    def __init__(self, f: Node, x: list[Node]):
        self.f, self.x = f, x
        self.gradient = [tidied(g) for g in jacobian(f, x)]
        self.hessian = [[tidied(h) for h in jacobian(g, x)] for g in self.gradient]


def entries(place) -> Entries | None:
    """The function of a place entry by entry; None where it is too large, or has an operation on whole tensors."""
    wide = {}
    x: list[Node] = []
    for p in place.variables.places:
        facts = place.problem.every[p.name].facts
        kept = [fact for fact in facts if fact in BOUNDING and fact in OPEN]
        made = np.empty(p.shape, dtype=object)
        for index in np.ndindex(*p.shape):
            made[index] = symbol(p.name + "".join([f"_{k}" for k in index]), (), kept)
            x.append(made[index])
        wide[p.name] = made
    if sum([np.size(v) for v in place.values.values()]) > MOST_STEPS:
        return None
    for name, value in place.values.items():
        if name not in wide:
            value = np.asarray(value, dtype=float)
            if not np.isfinite(value).all():
                return None
            wide[name] = np.array([number(exact(v)) for v in value.ravel()] + [None], dtype=object)[:-1].reshape(value.shape)
    try:
        root = place.problem.lower().node
        found = _written_out(root, wide, place.sizes)
        return None if found is None else Entries(found, x)
    except (ChainruleError, ZeroDivisionError, OverflowError):
        return None  # an operation without second derivative, or data outside of a domain


def _written_out(root: Node, wide: dict, sizes: dict) -> Node | None:
    done: dict[Node, np.ndarray] = {}
    steps = 0
    for node in order(root):
        shape = tuple([d.at(sizes) for d in node.dims])
        args = [done[a] for a in node.args]
        if node.op == "symbol":
            done[node] = wide[node.name]
        elif node.op == "number":
            done[node] = _filled(shape, lambda index: node)
        elif node.op == "size":
            done[node] = _filled(shape, lambda index: number(node.attr.at(sizes)))
        elif node.op == "structured":
            values = structured_array(node.attr, shape, sizes)
            done[node] = _filled(shape, lambda index: number(int(values[index])))
        elif node.op == "sum":
            terms = list(zip(node.attr, args))
            done[node] = _filled(shape, lambda index: linear_sum([(c, a[index]) for c, a in terms], ()))
        elif node.op == "map":
            done[node] = _filled(shape, lambda index: node.attr(*[a[index] if a.shape else a[()] for a in args]))
        elif node.op == "product":
            steps += prod([d.at(sizes) for d in node.label_dims.values()])
            if steps > MOST_STEPS:
                return None
            done[node] = _product(node, args, shape, sizes)
        else:
            return None
    return as_node(done[root][()])


def _filled(shape: tuple, make) -> np.ndarray:
    found = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        found[index] = make(index)
    return found


def _product(node: Node, args: list, shape: tuple, sizes: dict) -> np.ndarray:
    lengths = {label: d.at(sizes) for label, d in node.label_dims.items()}
    summed = [label for label in lengths if label not in node.out]

    def entry(index):
        at = {}
        for label, k in zip(node.out, index):
            if at.setdefault(label, k) != k:
                return number(0)
        terms = []
        for more in tuples(*[range(lengths[label]) for label in summed]):
            at.update(zip(summed, more))
            operands = [(a[tuple([at[x] for x in labels])], (), e) for a, (_, labels, e) in zip(args, node.operands)]
            terms.append((1, product(node.coef, operands, ())))
        return linear_sum(terms, ())

    return _filled(shape, entry)


def directional(of: Entries, point: list[Node], direction: list, highest: int) -> list[Node]:
    """d^k/dt^k f(point + t direction) at t = 0 for k = 1 … highest, as numbers in nodes."""
    t = symbol("·t")
    moved = {x: linear_sum([(1, p), (d, t)], ()) for x, p, d in zip(of.x, point, direction)}
    node = tidied(substitute(of.f, moved))
    found = []
    for _ in range(highest):
        (node,) = jacobian(node, [t])
        node = tidied(node)
        found.append(tidied(substitute(node, {t: number(0)})))
    return found


