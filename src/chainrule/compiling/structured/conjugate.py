"""Conjugate gradients with the diagonal as preconditioner, for several right-hand sides one after the other.

Reference: Golub & Van Loan, Matrix Computations (4th ed.), 11.3 and 11.5.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MOST = 10  # times N steps


class NotConverged(Exception):
    """The residual stayed, or the matrix is not positive definite. The text says which."""


def conjugate_gradients(apply: Callable, B: np.ndarray, diagonal: np.ndarray, tolerance: float) -> np.ndarray:
    """X with H X = B for N × k, where `apply` is V → H V.

    Raises
        NotConverged
    """
    if not np.all(diagonal > 0):
        raise NotConverged("a matrix that is not positive definite: a diagonal entry is zero or negative")
    return np.stack([_one(apply, b, 1 / diagonal, tolerance) for b in B.T], axis=1)


def _one(apply: Callable, b: np.ndarray, scale: np.ndarray, tolerance: float) -> np.ndarray:
    x, r = np.zeros_like(b), b.copy()
    z = scale * r
    p, rz, goal = z, r @ z, tolerance * np.linalg.norm(b)
    for _ in range(MOST * len(b)):
        if np.linalg.norm(r) <= goal:
            return x
        q = apply(p[:, None])[:, 0]
        curvature = p @ q
        if not curvature > 0:
            raise NotConverged(f"a matrix that is not positive definite: xᵀHx = {curvature:.1e}")
        step = rz / curvature
        x, r = x + step * p, r - step * q
        z = scale * r
        rz, before = r @ z, rz
        p = z + (rz / before) * p
    raise NotConverged(f"{MOST * len(b)} steps of conjugate gradients, residual {np.linalg.norm(r):.1e}")
