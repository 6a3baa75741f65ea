"""The values of a function at x ± h v, on a ladder of steps that are near powers of two.

Not powers of two themselves: 1e6·x is rounded alike at x and at x ± 2^p, and errors that all values share are in no
scatter. A point is rounded when it is stored, so a step is what two points lie apart, not what was asked for. Where the
function cannot be evaluated (it raises, or is not finite) its values are NaN: a smaller step will do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

MOST_BITS = 24  # of the entries of a point, where the code under the function rounds its argument to a narrow type
GOLDEN = 0.6180339887498949


class Reading(NamedTuple):
    """What the values say, steps falling: `h` (L, 1), and of every output (L, m):

    odd     the central difference quotients
    even    (f(x + h v) + f(x − h v))/2 − f(x), which goes to zero as h² where f is smooth
    floor   the rounding of a value, which is the least that it is wrong by
    """

    h: np.ndarray
    odd: np.ndarray
    even: np.ndarray
    floor: np.ndarray


class Steps:
    """`value` (m,) is f(x), flattened; `exponents` are those of the steps, falling: their lengths are near 2^p.

    `size` is how large x is, in units of v, `largest` its largest entry; `eps` the relative rounding of a value; `at` is f(x),
    where it is known already.
    """

    def __init__(self, f: Callable, x: np.ndarray, v: np.ndarray, eps: float | None = None, at: np.ndarray | None = None):
        x = np.asarray(x)
        self.x = x if x.dtype == np.longdouble else x.astype(float)
        self.v = np.asarray(v, dtype=self.x.dtype)
        value = np.asarray(f(self.x) if at is None else at)
        self.shape = value.shape
        own = np.finfo(value.dtype).eps if value.dtype.kind == "f" else np.finfo(float).eps
        self.work = np.longdouble if value.dtype == np.longdouble else np.float64
        self.value = value.astype(self.work).ravel()
        self.eps = max(float(own), eps or 0.0)
        self.size = size_along(self.x, self.v)
        self.largest = float(np.max(np.abs(self.x), initial=0.0))
        self.evaluations = 1 if at is None else 0
        self.exponents: list[int] = []
        self._f = f
        self._levels: dict[int, tuple] = {}
        self._reading: Reading | None = None
        self._longest = float(np.max(np.abs(self.v), initial=0.0)) or 1.0
        self._unit = self.v / self._longest
        self._square = float(np.sum(self._unit * self._unit)) or 1.0
        self._bits = 1 - round(float(np.log2(self.eps)))

    @property
    def first(self) -> int:
        """The exponent of a first step that suits most functions: a quarter of the size of x."""
        return int(np.floor(np.log2(self.size / 4)))

    def add(self, p: int) -> None:
        """Evaluate at x ± 2^p v, nearly."""
        (forward, plus), (backward, minus) = self._at(p, 1), self._at(p, -1)
        self._levels[p] = (forward, backward, plus, minus)
        self.exponents = sorted(self._levels, reverse=True)
        self._reading = None

    def _at(self, p: int, sign: int) -> tuple[float, np.ndarray]:
        """(how far the point lies from x along v, the values there)."""
        point = self.x + self.x.dtype.type(sign * 2.0**p * uneven(p)) * self.v
        if self._bits <= MOST_BITS:
            mantissa, exponent = np.frexp(point)
            point = np.ldexp(np.rint(np.ldexp(mantissa, self._bits)), exponent - self._bits)
        length = float(((point - self.x) * self._unit).sum() / self._square) / self._longest * sign
        self.evaluations += 1
        try:
            value = np.asarray(self._f(point))
        except Exception:  # outside its domain a function may raise what it likes; at x it did not
            return length, np.full(self.value.shape, np.nan, self.work)
        if value.shape != self.shape:
            raise ValueError(f"the value has the shape {self.shape} at the point, and {value.shape} beside it")
        value = value.astype(self.work).ravel()
        return length, np.where(np.isfinite(value), value, np.nan)

    def read(self) -> Reading:
        """The differences at all steps so far."""
        if self._reading is None:
            levels = [self._levels[p] for p in self.exponents]
            forward, backward = (np.array([[level[i]] for level in levels]) for i in (0, 1))
            plus, minus = (np.array([level[i] for level in levels]) for i in (2, 3))
            odd = (plus - minus) / (forward + backward)
            even = ((plus - self.value) + (minus - self.value)) / 2 - odd * ((forward - backward) / 2)
            largest = np.fmax(np.fmax(np.abs(plus), np.abs(minus)), np.abs(self.value))
            self._reading = Reading((forward + backward) / 2, odd, even, self.eps / 2 * largest)
        return self._reading

    def one_sided(self, sign: int) -> tuple[np.ndarray, np.ndarray]:
        """(h (L, 1), difference quotients (L, m)) to the right of x (sign 1) or to its left (sign −1)."""
        side = 0 if sign > 0 else 1
        levels = [self._levels[p] for p in self.exponents]
        h = np.array([[level[side]] for level in levels])
        return h, sign * (np.array([level[2 + side] for level in levels]) - self.value) / h


def size_along(x: np.ndarray, v: np.ndarray) -> float:
    """How large x is where v is not zero, in units of v; 1 where x is zero."""
    moved = v != 0
    length, largest = _mean(v[moved]), np.max(np.abs(x), initial=0.0)
    return float((_mean(x[moved]) or largest or 1.0) / length) if length else 1.0


def _mean(a: np.ndarray) -> float:
    """The root of the mean square, without overflow."""
    largest = np.max(np.abs(a), initial=0.0)
    return largest * np.sqrt(np.mean(np.square(a / largest))) if largest else 0.0


def uneven(p: int) -> float:
    """By how much the step with the exponent `p` is below 2^p: between 0.8 and 1, without a pattern."""
    return 1 - 0.2 * ((p * GOLDEN) % 1.0)
