"""What no simpler structure says: a sum of tensor networks, applied by a compiled program and never formed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from ...core.dims import dim
from ...core.facts import symmetric
from ...core.node import Node, Number, symbol
from ...core.product import product
from ...core.sums import linear_sum
from ..program import Program
from .terms import Term


class Networks:
    """Terms over named operands, and the programs that apply them, take their diagonal and form them.

    `parts` gives the node of each operand: the factors that stand on the same labels, multiplied. They are computed
    once for an operator; a program takes them and the vector.
    """

    def __init__(self, terms: list[Term], sizes: dict[str, int]):
        self.sizes = sizes
        self.parts: dict[str, Node] = {}
        self.terms = [self._named(term) for term in terms]
        half = len(terms[0].out) // 2
        self.dims = [terms[0].dims[x] for x in terms[0].out[:half]]

    def _named(self, term: Term) -> Term:
        grouped: dict[tuple, list] = {}
        for operand in term.operands:
            grouped.setdefault(operand[1], []).append(operand)
        operands = []
        for labels, group in grouped.items():
            node = term.node(tuple(dict.fromkeys(labels)), group)
            name = next((n for n, known in self.parts.items() if known is node), f"part{len(self.parts)}")
            self.parts[name] = node
            facts = ["symmetric"] if symmetric(node) else []
            operands.append((symbol(name, node.dims, facts), tuple(dict.fromkeys(labels)), 1))
        return Term(term.coef, tuple(operands), term.out, term.dims)

    @cached_property
    def product(self):
        """part0=…, vector=… → H vector."""
        return self._program("hessian_times_vector", ())

    @cached_property
    def products(self):
        """The same for a vector with a further axis, of many columns."""
        name = next(x for x in ("columns", "columns_", "columns__") if x not in self.sizes)
        return self._program("hessian_times_vectors", (dim(name),))

    def _program(self, name: str, more: tuple):
        v = symbol("vector", (*self.dims, *more))
        extra = tuple([("more", t) for t in range(len(more))])
        applied = []
        for term in self.terms:
            dims = {**term.dims, **dict(zip(extra, more))}
            operands = [*term.operands, (v, (*term.columns, *extra), 1)]
            applied.append(Applied(term.coef, operands, (*term.rows, *extra), dims))
        return self._compiled(whole(applied), name, [v])

    @cached_property
    def diagonal(self):
        nodes = []
        for term in self.terms:
            tied = _Tied()
            for a, b in zip(term.rows, term.columns):
                tied.unite(a, b)
            operands = [(base, tuple(map(tied, labels)), e) for base, labels, e in term.operands]
            dims = {tied(x): d for x, d in term.dims.items()}
            nodes.append((1, product(term.coef, operands, tuple(map(tied, term.rows)), dims)))
        return self._compiled(linear_sum(nodes, self.dims), "diagonal", [])

    @cached_property
    def dense(self):
        nodes = [(1, product(t.coef, t.operands, t.out, t.dims)) for t in self.terms]
        return self._compiled(linear_sum(nodes, (*self.dims, *self.dims)), "hessian", [])

    def _compiled(self, node: Node, name: str, further: list):
        parameters = [*[symbol(n, p.dims) for n, p in self.parts.items()], *further]
        program = Program({"result": node}, True, parameters, name, self.sizes)
        asked = {x: self.sizes[x] for x in program.sizes_asked if x in self.sizes}
        return partial(program, **asked) if asked else program


class _Tied:
    """Labels that became one."""

    def __init__(self):
        self.parent: dict = {}

    def __call__(self, label):
        while label in self.parent:
            label = self.parent[label]
        return label

    def unite(self, a, b) -> None:
        a, b = self(a), self(b)
        if a != b:
            self.parent[b] = a


class Applied(NamedTuple):
    """A term times the vector: a product with axes `out`."""

    coef: Number
    operands: list
    out: tuple
    dims: dict

    def node(self, out: tuple, operands: list) -> Node:
        used = {x for _, labels, _ in operands for x in labels} | set(out)
        return product(self.coef, operands, out, {x: d for x, d in self.dims.items() if x in used})


def whole(terms: list[Applied]) -> Node:
    """The sum of the terms; a factor that all have on one axis, and that sums, is multiplied once: Xᵀ(S + T)."""
    for t in range(len(terms[0].out)):
        found = [_last(term, t) for term in terms]
        if len(terms) > 1 and None not in found and len({key for key, _ in found}) == 1:
            return _behind(terms, [operand for _, operand in found], t)
    nodes = [(1, term.node(term.out, term.operands)) for term in terms]
    return linear_sum(nodes, nodes[0][1].dims)


def _last(term: Applied, t: int) -> tuple | None:
    """((base, where t stands, exponent), operand) for the operand that alone has axis t, its other labels all summed."""
    label = term.out[t]
    own = [o for o in term.operands if label in o[1]]
    if term.out.count(label) > 1 or len(own) != 1:
        return None
    base, labels, e = own[0]
    rest = [x for x in labels if x != label]
    if not rest or set(rest) & set(term.out) or len(set(labels)) < len(labels):
        return None
    return (base, tuple([x == label for x in labels]), e), own[0]


def _behind(terms: list[Applied], own: list, t: int) -> Node:
    """One operand times the sum of what each term has besides."""
    inner = []
    for term, operand in zip(terms, own):
        rest = tuple([x for x in operand[1] if x != term.out[t]])
        out = (*rest, *[x for s, x in enumerate(term.out) if s != t])
        inner.append((1, term.node(out, [o for o in term.operands if o is not operand])))
    base, labels, e = own[0]
    first = terms[0]
    rest = tuple([x for x in labels if x != first.out[t]])
    others = tuple([("other", s) for s in range(len(first.out)) if s != t])
    total = linear_sum(inner, inner[0][1].dims)
    out = tuple([first.out[t] if s == t else ("other", s) for s in range(len(first.out))])
    return product(1, [(base, labels, e), (total, (*rest, *others), 1)], out)


class Contracted:
    """Networks at given values of their parts."""

    def __init__(self, networks: Networks, values: dict[str, np.ndarray], shown: Callable[[], str]):
        self.networks, self.values, self.shown = networks, values, shown
        self.arrays = tuple(values.values())

    @property
    def text(self) -> str:
        return self.shown()

    def apply(self, V: np.ndarray) -> np.ndarray:
        """Over the variable's own axes, or with one further axis of columns."""
        if V.ndim == len(self.networks.dims):
            return self.networks.product(**self.values, vector=V)
        return self.networks.products(**self.values, vector=V)

    def diagonal(self) -> np.ndarray:
        return self.networks.diagonal(**self.values)

    def dense(self) -> np.ndarray:
        return self.networks.dense(**self.values)
