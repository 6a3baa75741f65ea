"""The spectrum of a symmetric matrix that was computed in floating point: eigenvalues with a bound, and what they decide.

An eigenvalue of the computed matrix is as far from that of the true one as the error of the matrix is large (Weyl), so the
verdict rests on a bound for this error: how far the matrix scatters where every operation is rounded at random, how far two
programs for it differ, how far it is from symmetric, and the rounding of the eigenvalues themselves. An eigenvalue within
the bound is zero as far as can be told, and the verdict says so.

Reference: Golub & Van Loan, Matrix Computations (4th ed.), 8.1 (Weyl) and 8.4 (rounding of the symmetric QR algorithm).
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np

EPSILON = 2.0**-53
SAFETY = 4.0  # of errors that are measured by a few trials
# verdicts, in words that hold for the matrix at the point
POSITIVE, NEGATIVE, INDEFINITE = "positive definite", "negative definite", "indefinite"
SEMI_POSITIVE, SEMI_NEGATIVE, ZERO = "positive semidefinite to rounding", "negative semidefinite to rounding", "zero to rounding"


class Spectrum(NamedTuple):
    """Eigenvalues, ascending, each known to within `bound`; `vectors` has the eigenvectors as columns."""

    values: np.ndarray
    bound: float
    vectors: np.ndarray

    @property
    def low(self) -> float:
        return float(self.values[0])

    @property
    def high(self) -> float:
        return float(self.values[-1])

    @property
    def zeros(self) -> int:
        """How many eigenvalues are zero as far as can be told."""
        return int(np.sum(np.abs(self.values) <= self.bound))

    @property
    def negative(self) -> int:
        """How many are certainly below zero."""
        return int(np.sum(self.values < -self.bound))

    @property
    def definiteness(self) -> str:
        """The verdict: one of the words above."""
        return definiteness(self.low, self.high, self.bound)

    @property
    def condition(self) -> tuple[float, float]:
        """(least, most) that κ = max |λ| / min |λ| can be."""
        sizes = np.abs(self.values)
        most, least = float(np.max(sizes)), float(np.min(sizes))
        low = max(most - self.bound, 0.0) / (least + self.bound) if least + self.bound else inf
        return max(low, 1.0), (most + self.bound) / (least - self.bound) if least > self.bound else inf


def definiteness(low: float, high: float, bound: float) -> str:
    """What the smallest and the largest eigenvalue decide, each known to within `bound`."""
    if low > bound:
        return POSITIVE
    if high < -bound:
        return NEGATIVE
    if low < -bound and high > bound:
        return INDEFINITE
    if high > bound:
        return SEMI_POSITIVE
    return SEMI_NEGATIVE if low < -bound else ZERO


def spectrum_of(H: np.ndarray, error: float = 0.0) -> Spectrum:
    """The spectrum of a symmetric matrix whose error has a Frobenius norm of at most `error`."""
    N = len(H)
    values, vectors = np.linalg.eigh((H + H.T) / 2)
    size = max(abs(float(values[0])), abs(float(values[-1]))) if N else 0.0
    return Spectrum(values, float(error + asymmetry(H) + 2 * N * EPSILON * size), vectors)


def asymmetry(H: np.ndarray) -> float:
    """How far it is from symmetric: the norm of (H − Hᵀ)/2."""
    return float(np.linalg.norm(H - H.T)) / 2


def block(found: Spectrum, H: np.ndarray, entries: slice) -> Spectrum:
    """The spectrum of a diagonal block, whose error is no larger than that of the whole."""
    values, vectors = np.linalg.eigh((H[entries, entries] + H[entries, entries].T) / 2)
    return Spectrum(values, found.bound, vectors)


def nudged(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """An array with every entry changed in its last digit, up or down at random."""
    return np.asarray(x, dtype=float) * (1 + 2 * EPSILON * rng.choice((-1.0, 1.0), size=np.shape(x)))
