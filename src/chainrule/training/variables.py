"""The variables of a minimisation as one vector: their shapes, where each lies in it, the bounds that facts set, the start.

A vector is what optimizers know. The variables lie in it one after the other, each in row order.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, prod
from typing import NamedTuple

import numpy as np

from ..core.dims import size_text
from ..core.errors import DeclarationError, DomainError, ShapeError, UnknownNameError, did_you_mean
from ..core.facts import BOUNDING, OPEN

# what a declared fact says of every entry; a bound that is open is kept away from by TINY
BOUNDS = {word: within[:2] for word, within in BOUNDING.items() if word in OPEN}
CLOSED = frozenset([word for word in BOUNDS if set(BOUNDING[word][2]) & set("[]")])
TINY = 1e-12
INSIDE = {"positive": 1.0, "nonneg": 1.0, "negative": -1.0, "open01": 0.5, "gt1": 2.0}  # where a variable starts; else around 0
FREE = OPEN | {"constant"}
INSTEAD = {  # a free variable in place of one that is constrained
    "posdef": "L L^T, in a square L", "psd": "L L^T, in a square L", "symmetric": "(A + A^T)/2, in a square A",
    "diagonal": "diag(d), in a vector d", "prob": "softmax(z), in a vector z",
}  # fmt: skip


class Place(NamedTuple):
    """A variable: its shape, and its entries in the vector."""

    name: str
    shape: tuple[int, ...]
    entries: slice
    facts: frozenset[str]

    @property
    def length(self) -> int:
        return self.entries.stop - self.entries.start


class Variables:
    """The variables `places`, in order; `length` entries in all."""

    def __init__(self, variables: list, sizes: dict[str, int]):
        """The variables of a problem (name, dims, facts), whose dims have these sizes.

        Raises
            DomainError: a variable is constrained in a way that no bounds express.
            DeclarationError: a size is not known. ShapeError: there are no entries.
        """
        self.places: list[Place] = []
        at = 0
        for v in variables:
            self._refuse_constraint(v)
            unknown = sorted({x for d in v.dims for x in d.names if x not in sizes})
            if unknown:
                raise DeclarationError(
                    f"how long is `{v.name}`? No data show the size {', '.join(unknown)}",
                    given=f"{v.name}: {size_text(v.dims)}",
                    expected="a start of its shape, or the size",
                    fix=f"start={{{v.name!r}: …}} or sizes={{{unknown[0]!r}: …}}",
                )
            shape = tuple([d.at(sizes) for d in v.dims])
            self.places.append(Place(v.name, shape, slice(at, at + prod(shape)), v.facts))
            at += prod(shape)
        self.length = at
        if not at:
            raise ShapeError(
                "there is nothing to minimise over",
                given=", ".join(f"{p.name}: {'×'.join(map(str, p.shape))}" for p in self.places),
                expected="variables with at least one entry",
            )

    def _refuse_constraint(self, v) -> None:
        bound = sorted(v.facts - FREE)
        if bound:
            raise DomainError(
                f"`{v.name}` is {bound[0]}, and a step of the optimizer does not keep it so",
                given=f"{v.name}: {size_text(v.dims)} {' '.join(sorted(v.facts))}",
                expected="variables that are free, or bounded entry by entry: " + ", ".join(BOUNDS),
                fix=f"write it as {INSTEAD[bound[0]]}" if bound[0] in INSTEAD else None,
            )

    def apart(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """The variables by name, as views of the vector."""
        return {p.name: x[p.entries].reshape(p.shape) for p in self.places}

    def together(self, parts: Mapping) -> np.ndarray:
        """The vector of variables, or of gradients, by name."""
        found = np.empty(self.length)
        for p in self.places:
            found[p.entries] = np.asarray(parts[p.name], dtype=float).ravel()
        return found

    def bounds(self) -> list[tuple[float, float]] | None:
        """(lowest, highest) of every entry, or None where nothing is bounded."""
        found = []
        for p in self.places:
            low, high = -inf, inf
            for fact in p.facts & BOUNDS.keys():
                below, above = BOUNDS[fact]
                rim = 0.0 if fact in CLOSED else TINY
                low, high = max(low, below + rim), min(high, above - rim)
            found += [(low, high)] * prod(p.shape)
        return found if any(pair != (-inf, inf) for pair in found) else None

    def start(self, given: Mapping | None, seed: int) -> np.ndarray:
        """The vector from which the search starts: what is given; else zeros, and small random numbers for matrices.

        At zero all hidden units of a network have the same gradient, and a product of two matrices has none.

        Raises
            UnknownNameError, ShapeError: what is given is none of the variables, or has not its shape.
            DomainError: it is not within the bounds.
        """
        given = dict(given or {})
        rng = np.random.default_rng(seed)
        for name in given:
            if all(p.name != name for p in self.places):
                near = did_you_mean(name, [p.name for p in self.places])
                raise UnknownNameError(
                    f"`{name}` is not minimised over",
                    given=f"start={{{name!r}: …}}",
                    expected=", ".join(p.name for p in self.places),
                    fix=f"did you mean `{near}`?" if near else None,
                )
        return self._inside(self.together({p.name: self._first(p, given.get(p.name), rng) for p in self.places}))

    def _inside(self, x: np.ndarray) -> np.ndarray:
        """A start that is within the bounds, at least by TINY where they are open."""
        low, high = np.array(self.bounds() or [(-inf, inf)] * self.length).T
        beyond = np.flatnonzero((x <= low - TINY) | (x >= high + TINY) | np.isnan(x))
        if len(beyond):
            p = next(p for p in self.places if p.entries.start <= beyond[0] < p.entries.stop)
            facts = " ".join(sorted(p.facts & BOUNDS.keys()))
            raise DomainError(
                f"the start of `{p.name}` " + (f"is not {facts}, as it was declared" if facts else "holds NaN"),
                given=f"an entry of `{p.name}` is {x[beyond[0]]:.4g}",
                expected=f"numbers that are {facts}" if facts else "numbers",
            )
        return np.clip(x, low, high)

    def _first(self, p: Place, given, rng) -> np.ndarray:
        if given is not None:
            found = np.asarray(given, dtype=float)
            if found.shape != p.shape:
                raise ShapeError(
                    f"the start of `{p.name}` has not its shape",
                    given=f"{p.name}: {'×'.join(map(str, found.shape)) or 'a scalar'}",
                    expected=f"{p.name}: {'×'.join(map(str, p.shape)) or 'a scalar'}",
                )
            return found
        inside = next((INSIDE[fact] for fact in INSIDE if fact in p.facts), 0.0)
        if len(p.shape) < 2 or inside:
            return np.full(p.shape, inside)
        return rng.normal(size=p.shape) / np.sqrt(p.shape[-2])
