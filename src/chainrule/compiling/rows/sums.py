"""Sums and maxima gathered from blocks: float64, and sums with the rounding of each addition kept.

Reference: Knuth, The Art of Computer Programming, vol. 2, section 4.2.2 (what an addition loses is a number, too);
Ogita, Rump & Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26 (2005), algorithm 4.4.
"""

from __future__ import annotations

import numpy as np

from ..hushed import hushed

AT_ONCE = 8192  # entries that are added with their buffers in the cache


class Sum:
    """x₁ + x₂ + … of arrays of one shape, as accurate as if it were added in twice the precision."""

    def __init__(self):
        self._total = None

    def add(self, x) -> None:
        if self._total is None:
            self._total = np.array(x, dtype=float)
            self._rest = np.zeros_like(self._total)
            self._buffers = np.empty((3, min(AT_ONCE, self._total.size)))
            return
        total, rest, x = self._total.reshape(-1), self._rest.reshape(-1), np.asarray(x, dtype=float).reshape(-1)
        for start in range(0, total.size, AT_ONCE):
            piece = slice(start, start + AT_ONCE)
            _add(total[piece], rest[piece], x[piece], self._buffers)

    @property
    def value(self):
        found = _plus(self._total, self._rest)
        return np.where(np.isfinite(self._rest), found, self._total)[()]


def _added(total, rest, x, buffers) -> None:
    """total + x, and what its rounding loses added to the rest."""
    new, back, lost = buffers[:, : total.size]
    np.add(total, x, out=new)
    np.subtract(new, total, out=back)  # the part of x that arrived
    np.subtract(new, back, out=lost)
    np.subtract(total, lost, out=lost)  # what the total lost
    rest += lost
    np.subtract(x, back, out=lost)  # what x lost
    rest += lost
    total[...] = new


_add = hushed(_added, {"invalid": "ignore"})  # inf − inf: the rest of an infinite sum is NaN
_plus = hushed(np.add, {"invalid": "ignore"})


class Maximum:
    """The largest of each entry; NaN if one is."""

    def __init__(self):
        self._top = None

    def add(self, x) -> None:
        self._top = np.array(x, dtype=float) if self._top is None else np.maximum(self._top, x)

    @property
    def value(self):
        return self._top[()]
