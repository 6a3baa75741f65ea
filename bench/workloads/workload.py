"""What a workload is: a function, a derivative of it, data at three sizes, and the same derivative written by hand.

A workload states its function once for chainrule, as a user would type it (`function`, with `wrt` and `declare`), and once
for the peers (`value`, in the mathematics that bench/peers.py has for each of them). `hand` is the best closed form in
NumPy that we can write, `plain` the textbook's formula typed into NumPy.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import chainrule as cr

KINDS = ("gradient", "jacobian", "hessian", "hvp", "scalar")
SIZES = ("small", "medium", "large")


class Workload(NamedTuple):
    """A derivative that is measured.

    name: unique among all workloads.
    kind: one of KINDS; a `scalar` workload takes a few numbers, and `order` says which derivative.
    function, wrt, declare: as chainrule takes them.
    sizes: {"small": {"n": 200, "d": 10}, …}
    data: called with a random generator and the sizes; the arguments by name (with the direction `v` for an HVP).
    hand, plain: take the arguments by name, return what our program returns.
    value: f(m, **arguments), where `m` is the mathematics of a peer.
    """

    name: str
    kind: str
    function: str | Callable
    wrt: str | list[str]
    declare: str
    sizes: dict[str, dict[str, int]]
    data: Callable
    hand: Callable
    plain: Callable
    value: Callable
    order: int = 1

    def arguments(self, size: str) -> dict:
        """The arguments at a size; always the same numbers."""
        rng = np.random.default_rng(zlib.crc32(f"{self.name} {size}".encode()))
        return self.data(rng, **self.sizes[size])

    def derivation(self):
        """What chainrule derives, not verified: the comparison of values does that here."""
        if self.kind == "hvp":
            return cr.hvp(self.function, self.wrt, "v", declare=self.declare, seal=False)
        if self.kind == "hessian" or self.order == 2:
            return cr.hessian(self.function, self.wrt, declare=self.declare, seal=False)
        if self.kind == "jacobian":
            return cr.jacobian(self.function, self.wrt, declare=self.declare, seal=False)
        return cr.grad(self.function, self.wrt, declare=self.declare, seal=False)

    def program(self, backend: str = "numpy") -> Callable:
        """Our compiled program, called by keywords."""
        return self.derivation().compile(backend)


def sized(names: str, small: tuple, medium: tuple, large: tuple) -> dict[str, dict[str, int]]:
    """Three sizes: `sized("n d", (200, 10), (4000, 100), (20000, 500))`."""
    return {size: dict(zip(names.split(), given, strict=True)) for size, given in zip(SIZES, (small, medium, large))}


def row_blocks(n: int, row: int, entries: int = 1 << 18):
    """Slices of n rows of `row` entries each, of about `entries` together: 2 MiB, which the cache keeps."""
    step = max(1, entries // row)
    return [slice(i, min(i + step, n)) for i in range(0, n, step)]


def rowwise_softmax(Z):
    """The softmax of each row, in place; Z is overwritten."""
    Z -= Z.max(axis=1, keepdims=True)
    np.exp(Z, out=Z)
    Z /= np.einsum("ij->i", Z)[:, None]
    return Z


def columnwise_softmax(Z):
    """In place; a softmax over the few rows of a wide matrix runs along its columns' memory, all of them at once."""
    Z -= Z.max(axis=0)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=0)
    return Z
