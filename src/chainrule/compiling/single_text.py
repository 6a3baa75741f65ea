"""Text for float32: whatever NumPy would compute in float64 beside arrays of float32 is kept from it.

Python's numbers take the type of the arrays that they meet (NEP 50), NumPy's own float64 does not: constants and scalars
are Python's here. Masks and Python's numbers alone would make float64, and so would new arrays without a type. Sums
of many numbers one after the other, without NumPy's pairwise order, are float64 on the way.

Reference: NEP 50, Promotion rules for Python scalars.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import prod

from .spelling import ATOM
from .values import Value

MANY = 1000  # entries that float32 adds one after the other, losing 1e-5 at most
WEAKENED = frozenset("mul div lin pow map choose exp log stack".split())  # what has the type of its arguments


@lru_cache(maxsize=None)
def weak_constants(template: str) -> str:
    """The template with functions of numbers, such as np.sqrt(2), as Python's: np.float64 would spread."""
    return re.sub(r"np\.(\w+)(\((?:[\d.\s+*/-]|np\.pi|np\.e\b)+\))", r"math.\1\2", template)


class SingleText:
    """The part of a printer that keeps float32, where `float32` is set."""

    def _is_double(self, v: Value) -> bool:
        """Whether `v` would be float64: an array made of masks and Python's numbers."""
        op, args = self.s.op(v), self.s.args(v)
        if op not in WEAKENED or v.mask or v.python or v in self.floats or op == "map" and not v.dims:
            return False
        if op == "choose" or op == "map" and self.s.params(v)[0].name == "where":
            args = args[1:]
        weak = [a.python or a.mask or a in self.floats for a in args]
        return any(weak) if op == "stack" else all(weak)

    def _narrowed(self, text: str, level: int) -> str:
        """An array or a number of NumPy as float32."""
        return f"{text}.astype(np.float32)" if level >= ATOM else f"({text}).astype(np.float32)"

    @property
    def _kind(self) -> str:
        """The type of a new array, as a further argument."""
        return ", complex" if self.analytic else ", np.float32" if self.float32 else ""

    def _sum_of_many(self, v: Value) -> bool:
        """Whether so many numbers are added one after the other that float32 would lose digits."""
        x, (axes,) = v.args[0], v.params
        rank = len(x.dims)
        pairwise = next(k for k in range(rank + 1) if rank - k - 1 not in axes)  # trailing axes, which NumPy adds in pairs
        return prod([x.sizes[t] for t in axes if t < rank - pairwise]) > MANY
