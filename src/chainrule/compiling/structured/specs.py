"""What a structure consists of before there are values: nodes to compute, and how the pieces are made of their arrays.

A spec asks `Wanted` for the nodes that it needs and is told their names; `piece(arrays)` makes the numeric piece.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod

import numpy as np

from ...core.facts import symmetric
from ...core.node import Node
from ...core.walk import order
from .banded import Banded
from .inverse import Factorised, Inverse
from .kronecker import Kronecker, bracketed
from .pieces import Dense, Diagonal, LowRank, Piece, Sum


class Wanted:
    """The nodes that the specs of one operator need, each once, by name; and how a node is shown to people."""

    def __init__(self, sizes: dict[str, int], text: Callable[[Node], str]):
        self.sizes = sizes
        self._text, self._texts = text, {}
        self.nodes: dict[str, Node] = {}
        self.waiting: list[InverseSpec] = []
        self._names: dict[Node, str] = {}

    def text(self, node: Node) -> str:
        """How a node is shown."""
        if node not in self._texts:
            self._texts[node] = self._text(node)
        return self._texts[node]

    def name(self, node: Node) -> str:
        """The name under which the array of `node` will come."""
        found = self._names.get(node)
        if found is None:
            found = self._names[node] = f"part{len(self.nodes)}"
            self.nodes[found] = node
        return found

    def settle(self) -> None:
        """Decide what waits until all else is known."""
        needed = set(order(*self.nodes.values()))
        for spec in self.waiting:
            spec.settle(needed)

    def count(self, dims) -> int:
        return prod([d.at(self.sizes) for d in dims])


class Spec:
    """A piece to be: `size` of its matrices, and what tells people what it is."""

    size: int
    shown: Callable[[], str]

    def piece(self, arrays: dict[str, np.ndarray]) -> Piece:
        raise NotImplementedError


class DiagonalSpec(Spec):
    """diag(d); `node` is a scalar where it is a multiple of the identity."""

    def __init__(self, wanted: Wanted, node: Node, batch: int, size: int):
        self.name, self.batch, self.size, self.constant = wanted.name(node), batch, size, not node.ndim
        self.wanted, self.node = wanted, node

    def shown(self):
        text = self.wanted.text(self.node)
        if not self.constant:
            return f"diag({text})"
        return {"1": "I", "-1": "−I"}.get(text, f"{bracketed(text)} I")

    def piece(self, arrays):
        d = np.asarray(arrays[self.name])
        if self.constant:
            return Diagonal(np.broadcast_to(d, (1, self.size)), self.shown)
        return Diagonal(d.reshape(self.batch, self.size), self.shown)


class FactorSpec(Spec):
    """Fᵀ diag(w) F with F of batch × n × size, and w of batch × n, a scalar or None; `shape` has (batch of F, n, size,
    batch of w).
    """

    def __init__(self, wanted: Wanted, F: Node, weights: Node | None, shape: tuple, shown: Callable):
        self.F, self.weights = wanted.name(F), None if weights is None else wanted.name(weights)
        self.batch, self.rank, self.size, self.weight_batch = shape
        self.shown = shown

    def piece(self, arrays):
        F = arrays[self.F].reshape(self.batch, self.rank, self.size)
        if self.weights is None:
            return LowRank(F, None, self.shown)
        w = np.asarray(arrays[self.weights])
        w = np.broadcast_to(w, (1, self.rank)) if w.ndim == 0 else w.reshape(self.weight_batch, self.rank)
        return LowRank(F, w, self.shown)


class OuterSpec(Spec):
    """Σ c[a, b] u[a] u[b]ᵀ of few vectors u; `entries` are (a, b, scalar node), `shape` is (batch of u, batch
    of c, size).
    """

    def __init__(self, wanted: Wanted, vectors: list[Node], entries: list, shape: tuple, shown: Callable):
        self.vectors = [wanted.name(u) for u in vectors]
        self.entries = [(a, b, wanted.name(c)) for a, b, c in entries]
        (self.batch, self.weight_batch, self.size), self.shown = shape, shown

    def piece(self, arrays):
        many = [arrays[u].reshape(-1, self.size) for u in self.vectors]
        F = np.stack([np.broadcast_to(u, (self.batch, self.size)) for u in many], axis=1)
        k = len(self.vectors)
        if all(a == b for a, b, _ in self.entries):
            w = np.zeros((self.weight_batch, k))
            for a, _, c in self.entries:
                w[:, a] += arrays[c].reshape(-1) if np.ndim(arrays[c]) else arrays[c]
            return LowRank(F, w, self.shown)
        C = np.zeros((self.weight_batch, k, k))
        for a, b, c in self.entries:
            C[:, a, b] += arrays[c].reshape(-1) if np.ndim(arrays[c]) else arrays[c]
        return LowRank(F, C, self.shown)


class DenseSpec(Spec):
    """Matrices that are computed as they are."""

    def __init__(self, wanted: Wanted, node: Node, batch: int, size: int):
        self.name, self.batch, self.size = wanted.name(node), batch, size
        self.shown = partial(wanted.text, node)

    def piece(self, arrays):
        return Dense(arrays[self.name].reshape(self.batch, self.size, self.size), self.shown)


class BandedSpec(Spec):
    """Bands, each as (node of its entries, first row, first column, batch)."""

    def __init__(self, wanted: Wanted, bands: list, size: int, shown: Callable):
        self.bands = [(wanted.name(node), row, column, batch) for node, row, column, batch in bands]
        self.size, self.shown = size, shown

    def piece(self, arrays):
        bands = [(row, column, np.reshape(arrays[name], (batch, -1))) for name, row, column, batch in self.bands]
        return Banded(bands, self.size, self.shown)


class InverseSpec(Spec):
    """c M⁻¹, computed only where another part needs it anyway: else M is factorised, once for all that need it."""

    def __init__(self, wanted: Wanted, inverse: Node, whole: Node, scale: Node, transposed: bool, size: int):
        self.wanted, self.inverse, self.whole, self.scale_node = wanted, inverse, whole, scale
        self.transposed, self.size = transposed, size
        self.formed: DenseSpec | None = None
        self.shown = partial(wanted.text, whole)
        wanted.waiting.append(self)

    def settle(self, needed: set[Node]) -> None:
        """Decide, when all nodes below the other parts are known."""
        if self.inverse in needed:
            self.formed = DenseSpec(self.wanted, self.whole, 1, self.size)
        else:
            self.name, self.scale = self.wanted.name(self.inverse.args[0]), self.wanted.name(self.scale_node)

    def piece(self, arrays):
        if self.formed is not None:
            return self.formed.piece(arrays)
        key = f"{self.name} factorised"
        if key not in arrays:
            known = True if symmetric(self.inverse.args[0]) else None
            arrays[key] = Factorised(np.asarray(arrays[self.name])[None], known)
        return Inverse(arrays[key], float(arrays[self.scale]), self.transposed, self.shown)


class KroneckerSpec(Spec):
    """A ⊗ B, turned or not."""

    def __init__(self, A: Spec, B: Spec, turned: bool):
        self.A, self.B, self.turned = A, B, turned
        self.size = A.size * B.size

    def piece(self, arrays):
        return Kronecker(self.A.piece(arrays), self.B.piece(arrays), self.turned)


class SumSpec(Spec):
    """Several specs of one size."""

    def __init__(self, specs: list[Spec]):
        self.specs, self.size = specs, specs[0].size

    def piece(self, arrays):
        return Sum([s.piece(arrays) for s in self.specs])


def summed(specs: list[Spec]) -> Spec:
    return specs[0] if len(specs) == 1 else SumSpec(specs)
