"""How far a condition is from failing, at many points at once.

A search for the point at which a condition fails asks for the residual around each point in every coordinate, so the
condition's node is evaluated on a whole batch of points: a value is an array with one axis in front for the points,
or none, where it does not move with what is moved; those are computed once.
"""

from __future__ import annotations

from collections.abc import Callable
from math import e, pi
from typing import NamedTuple

import numpy as np

from ...core.node import Node
from ...core.walk import depends, order, symbols
from ...matrix.evaluate import sizes_from, structured_array
from .conditions import COLUMN, EVERY, ROW, UNIQUE, Condition

CONSTANTS = {"pi": pi, "e": e}
Rows = Callable[[np.ndarray], np.ndarray]  # points × coordinates → points × residuals


class Residual(NamedTuple):
    """What is zero where a condition fails, for one entry if it binds every one; times `scale`, plus `shift`."""

    condition: Condition
    scale: float = 1.0
    shift: float = 0.0

    @property
    def names(self) -> set[str]:
        """The variables that it depends on."""
        return {s.name for s in symbols(self.condition.node)}

    def rows(self, start: dict, names: list[str]) -> Rows:
        """The residual as a function of the variables `names`, their entries one after another; the others stay at `start`."""
        batch = Batch(self.condition.node, start, names)

        def rows(points: np.ndarray) -> np.ndarray:
            return self.scale * chosen(self.condition, batch(points)) + self.shift

        return rows


def chosen(c: Condition, found: np.ndarray) -> np.ndarray:
    """The residuals, points × residuals, where the condition's node has the values `found`, points × its axes."""
    count = len(found)
    if c.relation == UNIQUE:
        last = np.moveaxis(found, [t + 1 for t in c.axes], tuple(range(-len(c.axes), 0)))
        width = int(np.prod(last.shape[last.ndim - len(c.axes) :]))
        top = np.sort(last.reshape(count, -1, width)[:, 0])
        return np.ones((count, 1)) if width < 2 else top[:, -1:] - top[:, -2:-1]
    if c.scope == ROW:
        return found[:, 0].reshape(count, -1)
    if c.scope == COLUMN:
        return found[:, :, 0].reshape(count, -1)
    return found.reshape(count, -1)[:, :1] if c.scope == EVERY else found.reshape(count, -1)


class Batch:
    """A node as a function of points: `start` has the values of all variables, `names` are those that the points move."""

    def __init__(self, node: Node, start: dict, names: list[str]):
        self.node, self.names = node, names
        self.shapes = {n: np.shape(start[n]) for n in names}
        nodes = order(node)
        leaves = [n for n in nodes if n.op == "symbol"]
        self.sizes = sizes_from({n.name: n.dims for n in leaves}, start)
        moving = depends(nodes, [n for n in leaves if n.name in self.shapes])
        self.fixed: dict[Node, np.ndarray] = {}
        for each in nodes:
            if each not in moving:
                fixed = start[each.name] if each.op == "symbol" else self._value(each, self.fixed, moving)
                self.fixed[each] = np.asarray(fixed, float)
        self.moving = moving
        self.steps = [n for n in nodes if n in moving]

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """The values of the node: points × its axes."""
        values, done = {}, 0
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            values[name] = points[:, done : done + size].reshape(-1, *shape)
            done += size
        found = dict(self.fixed)
        for node in self.steps:
            found[node] = values[node.name] if node.op == "symbol" else self._value(node, found, self.moving)
        result = found[self.node]
        return result if self.node in self.moving else np.broadcast_to(result, (len(points), *result.shape))

    def _value(self, node: Node, found: dict, moving: set) -> np.ndarray:
        """The value of a node from those of its arguments."""
        if node.op == "number":
            return CONSTANTS.get(node.attr, node.attr)
        if node.op == "size":
            return node.attr.at(self.sizes)
        if node.op == "structured":
            return structured_array(node.attr, self._shape(node), self.sizes)
        if node.op == "product":
            return self._product(node, found, moving)
        args = [found[a] for a in node.args]
        if node.op == "struct":
            declaration, *parameters = node.attr
            (arg,) = args
            if node not in moving:
                return declaration.evaluate(arg, *parameters)
            return np.stack([declaration.evaluate(each, *parameters) for each in arg])
        if node in moving:
            args = [self._spread(v, node.ndim) if a in moving else v for a, v in zip(node.args, args)]
        if node.op == "sum":
            return sum([float(c) * v for c, v in zip(node.attr, args)], np.zeros(self._shape(node)))
        value = node.attr.evaluate(*args)
        return np.broadcast_to(value, (*np.shape(value)[: node in moving], *self._shape(node)))

    def _shape(self, node: Node) -> tuple[int, ...]:
        return tuple([d.at(self.sizes) for d in node.dims])

    def _spread(self, value: np.ndarray, ndim: int) -> np.ndarray:
        """A value of each point with axes put between, so that a scalar meets a tensor of `ndim` axes."""
        return value.reshape(len(value), *(1,) * (ndim + 1 - value.ndim), *value.shape[1:])

    def _product(self, node: Node, found: dict, moving: set) -> np.ndarray:
        """Σ Π base^exponent by one einsum: labels that no factor has become ones, repeated output labels a diagonal."""
        dims = node.label_dims
        places = {label: k for k, label in enumerate(dims)}
        points, pieces = [len(places)], []
        for base, labels, exponent in node.operands:
            value = found[base]
            raised = value if exponent == 1 else np.power(value, float(exponent))
            pieces += [raised, [*(points if base in moving else []), *[places[x] for x in labels]]]
        covered = {x for _, labels, _ in node.operands for x in labels}
        out = list(dict.fromkeys(node.out))
        for label in dims:
            if label not in covered:
                pieces += [np.ones(dims[label].at(self.sizes)), [places[label]]]
        lead = points if node in moving else []
        value = float(node.coef) * (np.einsum(*pieces, [*lead, *[places[x] for x in out]]) if pieces else 1.0)
        if len(out) == len(node.out):
            return value
        count = value.shape[:1] if lead else ()
        full = np.zeros((*count, *self._shape(node)))
        grid = dict(zip(out, np.ogrid[tuple([slice(n) for n in value.shape[len(lead) :]])]))
        full[(*(slice(None),) * len(lead), *[grid[x] for x in node.out])] = value
        return full
