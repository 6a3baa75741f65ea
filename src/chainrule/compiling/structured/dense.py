"""Dense symmetric matrices, factorised once: Cholesky where they are positive definite, else by eigenvalues or LU.

SciPy is used where it is installed (triangular solves, LU); NumPy alone does the same a little slower.
"""

from __future__ import annotations

import numpy as np

EPS = float(np.finfo(float).eps)
SMALL = 800  # rows up to which an indefinite matrix is factorised by its eigenvalues


class Singular(Exception):
    """A matrix has no inverse, to rounding. Its text says how that shows."""


def is_symmetric(M: np.ndarray) -> bool:
    """Whether matrices equal their transposes to rounding."""
    return bool(np.all(np.abs(M - M.swapaxes(-1, -2)) <= 1e-10 * np.max(np.abs(M), initial=0.0)))


def scipy_linalg():
    """`scipy.linalg`, or None where SciPy is not installed."""
    try:
        from scipy import linalg
    except ImportError:
        return None
    return linalg


class DenseSolver:
    """M of T × r × r; `symmetric` where that is known."""

    def __init__(self, M: np.ndarray, least: bool, symmetric: bool | None = None):
        self.way = None
        if not np.all(np.isfinite(M)):
            raise Singular("some of its entries are not finite")
        symmetric = is_symmetric(M) if symmetric is None else symmetric
        if symmetric and not least:
            self.way = _cholesky(M)
        if self.way is None and symmetric and (least or len(M) > 1 or M.shape[1] <= SMALL or scipy_linalg() is None):
            self.way = _Eigen(M, least)
        if self.way is None:
            self.way = _Lu(M) if not least else _Pseudo(M)

    def solve(self, V, transposed: bool = False):
        """M⁻¹ V, or M⁻ᵀ V."""
        return self.way.solve(V, transposed)

    def slogdet(self):
        return self.way.slogdet()


def _cholesky(M: np.ndarray):
    """The factors, or None where a matrix is not positive definite beyond doubt."""
    linalg = scipy_linalg() if len(M) == 1 else None
    try:
        L = linalg.cholesky(M[0], lower=True, check_finite=False)[None] if linalg else np.linalg.cholesky(M)
    except np.linalg.LinAlgError:
        return None
    pivots = np.diagonal(L, axis1=1, axis2=2)
    if np.any(pivots**2 <= 8 * EPS * M.shape[1] * np.diagonal(M, axis1=1, axis2=2)):
        return None  # a pivot is what rounding left
    return _Cholesky(L, linalg)


class _Cholesky:
    def __init__(self, L: np.ndarray, linalg):
        self.L, self.linalg = L, linalg
        self.inverse = None if linalg else np.linalg.inv(L)

    def solve(self, V, transposed):
        if self.linalg:
            columns = V.transpose(1, 0, 2).reshape(V.shape[1], -1)
            found = self.linalg.cho_solve((self.L[0], True), columns, check_finite=False)
            return found.reshape(V.shape[1], V.shape[0], V.shape[2]).transpose(1, 0, 2)
        return self.inverse.transpose(0, 2, 1) @ (self.inverse @ V)

    def slogdet(self):
        return np.ones(len(self.L)), 2 * np.sum(np.log(np.diagonal(self.L, axis1=1, axis2=2)), axis=1)


class _Eigen:
    def __init__(self, M: np.ndarray, least: bool):
        self.values, self.Q = np.linalg.eigh(M)
        size = np.abs(self.values)
        small = size <= M.shape[1] * EPS * np.max(size, axis=1, keepdims=True)
        if small.any() and not least:
            worst = float(np.min(size / np.maximum(np.max(size, axis=1, keepdims=True), np.finfo(float).tiny)))
            raise Singular(f"its smallest eigenvalue is {worst:.0e} of its largest")
        self.inverse = np.where(small, 0.0, 1 / np.where(small, 1.0, self.values))

    def solve(self, V, transposed):
        return self.Q @ (self.inverse[:, :, None] * (self.Q.transpose(0, 2, 1) @ V))

    def slogdet(self):
        return np.prod(np.sign(self.values), axis=1), np.sum(np.log(np.abs(self.values)), axis=1)


class _Lu:
    def __init__(self, M: np.ndarray):
        self.M, self.linalg = M, scipy_linalg() if len(M) == 1 else None
        self.sign, self.log = np.linalg.slogdet(M)
        if not np.all(self.sign):
            raise Singular("a pivot is zero")
        inverse = None
        if self.linalg:
            self.factors = self.linalg.lu_factor(M[0], check_finite=False)
            norm = np.linalg.norm(M[0], 1)
            known, _ = self.linalg.lapack.dgecon(self.factors[0], norm)
        else:
            inverse = np.linalg.inv(M)
            known = np.min(1 / (np.linalg.norm(M, 1, axis=(1, 2)) * np.linalg.norm(inverse, 1, axis=(1, 2))))
        self.inverse = inverse
        if not known > EPS:
            raise Singular(f"its reciprocal condition number is {known:.0e}")

    def solve(self, V, transposed):
        if self.linalg:
            columns = V.transpose(1, 0, 2).reshape(V.shape[1], -1)
            found = self.linalg.lu_solve(self.factors, columns, trans=int(transposed), check_finite=False)
            return found.reshape(V.shape[1], V.shape[0], V.shape[2]).transpose(1, 0, 2)
        return (self.inverse.transpose(0, 2, 1) if transposed else self.inverse) @ V

    def slogdet(self):
        return self.sign, self.log


class _Pseudo:
    """The inverse in the sense of Moore and Penrose, of matrices that are not symmetric."""

    def __init__(self, M: np.ndarray):
        self.inverse = np.linalg.pinv(M)
        self.M = M

    def solve(self, V, transposed):
        return (self.inverse.transpose(0, 2, 1) if transposed else self.inverse) @ V

    def slogdet(self):
        return np.linalg.slogdet(self.M)
