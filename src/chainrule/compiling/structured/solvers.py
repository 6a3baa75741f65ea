"""Linear systems with structured matrices: what is factorised for each structure, once, and what it then answers.

A solver has `solve(V)` for V of T × r × k, and `slogdet()`, the sign and the logarithm of the absolute determinant of
each matrix of the batch. Where a matrix is singular to rounding the constructor raises `Singular`; asked for least
squares, it takes the solution of least norm instead.

References: Golub & Van Loan, Matrix Computations (4th ed.), 2.1.4 (Woodbury), 4.2 (Cholesky), 8.7 (two symmetric
matrices diagonalised at once); Higham, Accuracy and Stability of Numerical Algorithms (2nd ed.), 12 (refinement).
"""

from __future__ import annotations

import numpy as np

from .banded import Banded, BandedSolver, diagonals
from .dense import EPS, DenseSolver, Singular, is_symmetric, scipy_linalg
from .inverse import Inverse
from .kronecker import Kronecker
from .pieces import Diagonal, LowRank, Piece, Sum, times

LARGEST = 5000  # rows of a matrix that is formed and factorised
DOUBTFUL = 1e-11  # of the largest: an eigenvalue of a pencil that may be zero but for rounding
BACKWARD = 1e-9  # of a solution by Woodbury or a common basis: the residual in units of |H| |x| + |b|


def solver(piece: Piece, least: bool):
    """What solves with `piece`, by its structure where that serves, else with the matrix itself.

    Raises
        Singular: it has no inverse, to rounding.
        TooLarge: no structure serves, and it is too large to be formed.
    """
    if isinstance(piece, Diagonal):
        return DiagonalSolver(piece.d, least)
    if isinstance(piece, Kronecker):
        return KroneckerSolver(piece, least)
    if isinstance(piece, Inverse) and piece.c:
        return piece
    bands = diagonals(piece) if not least and isinstance(piece, (Banded, Sum)) else None
    if bands is not None and scipy_linalg() is not None:
        return BandedSolver(bands)
    if isinstance(piece, Sum) and not least:
        for special in (WoodburySolver, PencilSolver):
            try:
                return special(piece)
            except Unsuited:
                pass
    if isinstance(piece, LowRank) and piece.rank < piece.size and not least:
        raise Singular(f"rank {piece.rank} or less, of {piece.size} rows")
    if piece.size > LARGEST:
        raise TooLarge(f"{piece.text}: {piece.size} rows")
    return DenseSolver(piece.formed if isinstance(piece, LowRank) else piece.dense(), least)


class Unsuited(Exception):
    """This way of solving does not fit the matrix."""


class TooLarge(Exception):
    """No structure serves, and the matrix is too large to be formed."""


class DiagonalSolver:
    def __init__(self, d: np.ndarray, least: bool):
        self.d = d
        small = np.abs(d) <= EPS**2 * np.max(np.abs(d), initial=0.0)
        if small.any() and not least:
            raise Singular(f"{int(small.sum())} of {d.size} diagonal entries are zero")
        with np.errstate(divide="ignore"):
            self.inverse = np.where(small, 0.0, 1 / np.where(small, 1.0, d))

    def solve(self, V):
        return self.inverse[:, :, None] * V

    def slogdet(self):
        return np.prod(np.sign(self.d), axis=1), np.sum(np.log(np.abs(self.d)), axis=1)


class KroneckerSolver:
    """(A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹, |A ⊗ B| = |A|^q |B|^p; turned, a permutation of sign (−1)^(p (p − 1)/2) goes before."""

    def __init__(self, piece: Kronecker, least: bool):
        self.turned, self.p, self.q = piece.turned, piece.A.size, piece.B.size
        self.A, self.B = solver(piece.A, least), solver(piece.B, least)

    def solve(self, V):
        batch, _, k = V.shape
        p, q = self.p, self.q
        W = self.A.solve(V.reshape(batch, p, q * k)).reshape(batch, p, q, k)
        W = self.B.solve(W.transpose(0, 2, 1, 3).reshape(batch, q, p * k)).reshape(batch, q, p, k)
        return (W if self.turned else W.transpose(0, 2, 1, 3)).reshape(batch, p * q, k)

    def slogdet(self):
        (a, log_a), (b, log_b) = self.A.slogdet(), self.B.slogdet()
        return a**self.q * b**self.p * _turn(self.turned, self.p), self.q * log_a + self.p * log_b


def _turn(is_turned: bool, p: int) -> int:
    return -1 if is_turned and p * (p - 1) // 2 % 2 else 1


class Refined:
    """One step of iterative refinement, and a look at the residual: nothing is answered that does not solve."""

    piece: Piece
    norm: np.ndarray  # of the matrix, from above

    def solve(self, V):
        X = self._solve(V)
        X = X + self._solve(V - self.piece.apply(X))
        away = np.linalg.norm(V - self.piece.apply(X), axis=1)
        allowed = self.norm[:, None] * np.linalg.norm(X, axis=1) + np.linalg.norm(V, axis=1)
        if not np.all(away <= BACKWARD * allowed):
            return self._instead().solve(V)
        return X

    def _instead(self):
        if self.piece.size > LARGEST:
            raise TooLarge(f"{self.piece.text}: {self.piece.size} rows, and the structured solution loses its digits")
        if not hasattr(self, "_dense"):
            self._dense = DenseSolver(self.piece.dense(), False)
        return self._dense


class WoodburySolver(Refined):
    """D + Fᵀ C F with fewer rows n in F than columns: everything by S = 1 + C F D⁻¹ Fᵀ, of n × n; |H| = |D| |S|."""

    def __init__(self, piece: Sum):
        diagonals = [p for p in piece.pieces if isinstance(p, Diagonal)]
        factors = [p for p in piece.pieces if isinstance(p, LowRank)]
        n = sum([p.rank for p in factors])
        if len(diagonals) + len(factors) < len(piece.pieces) or not diagonals or not factors or n >= piece.size:
            raise Unsuited
        self.piece = piece
        d = sum([p.d for p in diagonals])
        if not np.all(np.abs(d) > EPS * np.max(np.abs(d))):
            raise Unsuited
        self.D = DiagonalSolver(d, False)
        batch = max(p.batch for p in factors)
        self.F = np.concatenate([np.broadcast_to(p.F, (max(batch, len(p.F)), *p.F.shape[1:])) for p in factors], axis=1)
        self.C = _together(factors, batch)
        CG = self._weighed((self.F * self.D.inverse[:, None, :]) @ self.F.transpose(0, 2, 1))
        S = CG + np.eye(n)
        middle = np.max(np.abs(self.C).reshape(len(self.C), -1), axis=1)
        self.norm = np.max(np.abs(d), axis=1) + np.sum(self.F**2, axis=(1, 2)) * middle
        try:
            self.S = np.linalg.inv(S)
        except np.linalg.LinAlgError:
            raise Singular("diagonal and low rank cancel") from None
        lost = np.linalg.norm(self.S, 1, axis=(1, 2)) * (1 + np.linalg.norm(CG, 1, axis=(1, 2)))
        if not np.all(lost * EPS * n < 1):
            raise Singular("diagonal and low rank cancel")
        self.sign, self.log = np.linalg.slogdet(S)

    def _weighed(self, Z):
        return self.C[:, :, None] * Z if self.C.ndim == 2 else times(self.C, Z)

    def _solve(self, V):
        Y = self.D.solve(V)
        Z = times(self.S, self._weighed(times(self.F, Y)))
        return Y - self.D.solve(times(self.F.transpose(0, 2, 1), Z))

    def slogdet(self):
        sign, log = self.D.slogdet()
        return sign * self.sign, log + self.log


def _together(factors: list[LowRank], batch: int) -> np.ndarray:
    """The middle matrices of several products FᵀCF, side by side: weights where all are, else a block matrix."""
    weights = [p.C if p.C is not None else np.ones((1, p.rank)) for p in factors]
    if all(w.ndim == 2 for w in weights):
        count = max(len(w) for w in weights)
        return np.concatenate([np.broadcast_to(w, (count, w.shape[1])) for w in weights], axis=1)
    n = sum([p.rank for p in factors])
    found, at = np.zeros((max(len(w) for w in weights), n, n)), 0
    for w, p in zip(weights, factors):
        here = range(at, at + p.rank)
        if w.ndim == 2:
            found[:, here, here] = w
        else:
            found[:, at : at + p.rank, at : at + p.rank] = w
        at += p.rank
    return found


class PencilSolver(Refined):
    """Σ A ⊗ B where one basis T diagonalises all A as T Λ Tᵀ and another all B: then H = (T ⊗ U) diag(m) (T ⊗ U)ᵀ.

    So it is where there are at most two different A, one of them definite, and the same for B: A ⊗ 1 + 1 ⊗ B, or
    S ⊗ C + C ⊗ S.
    """

    def __init__(self, piece: Sum):
        listed = piece.pieces
        if piece.batch > 1 or not any(isinstance(p, Kronecker) for p in listed):
            raise Unsuited
        shapes = {(p.A.size, p.B.size, p.turned) for p in listed if isinstance(p, Kronecker)}
        if len(shapes) > 1:
            raise Unsuited
        ((p, q, self.turned),) = shapes
        pairs = []
        for each in listed:
            if isinstance(each, Kronecker):
                pairs.append((each.A, each.B))
            elif isinstance(each, Diagonal) and each.constant and not self.turned:
                unit = np.broadcast_to(np.ones(()), (1, q))
                pairs.append((Diagonal(np.broadcast_to(each.d[:, :1], (1, p)), each.shown), Diagonal(unit, str)))
            else:
                raise Unsuited
        if max(p, q) > LARGEST:
            raise Unsuited
        self.piece, self.p, self.q = piece, p, q
        self.T, left = common_basis([a for a, _ in pairs])
        self.U, right = common_basis([b for _, b in pairs])
        self.m = sum([np.outer(a, b) for a, b in zip(left, right)])
        size = sum([np.abs(np.outer(a, b)) for a, b in zip(left, right)])
        if np.any(np.abs(self.m) <= DOUBTFUL * np.max(size)):
            raise Unsuited  # nearly singular: the dense way judges
        self.orthogonal = self.T.orthogonal and self.U.orthogonal
        self.norm = np.array([np.max(size) * (self.T.norm * self.U.norm) ** 2])

    def _solve(self, V):
        batch, size, k = V.shape
        p, q = self.p, self.q
        W = V.transpose(1, 0, 2).reshape(p, q, batch * k)
        W = self.U.inverse(self.T.inverse(W).swapaxes(0, 1)).swapaxes(0, 1)
        W = W / self.m[:, :, None]
        W = self.U.inverse_transposed(self.T.inverse_transposed(W).swapaxes(0, 1))  # q × p × k
        return (W if self.turned else W.swapaxes(0, 1)).reshape(size, batch, k).transpose(1, 0, 2)

    def slogdet(self):
        sign = np.prod(np.sign(self.m)) * _turn(self.turned, self.p)
        log = np.sum(np.log(np.abs(self.m))) + 2 * (self.q * self.T.logdet + self.p * self.U.logdet)
        return np.array([sign]), np.array([log])


class Basis:
    """T, with T⁻¹ and T⁻ᵀ applied along the first axis."""

    def __init__(self, T: np.ndarray, inverse: np.ndarray | None, logdet: float):
        self.T, self.logdet, self.orthogonal = T, logdet, inverse is None
        self.I = T.T if inverse is None else inverse
        self.norm = 1.0 if inverse is None else float(np.linalg.norm(T, 2))

    def inverse(self, W):
        return np.tensordot(self.I, W, 1)

    def inverse_transposed(self, W):
        return np.tensordot(self.I.T, W, 1)


def common_basis(pieces: list[Piece]) -> tuple[Basis, list[np.ndarray]]:
    """(T, the diagonals Λ of each) with A = T diag(Λ) Tᵀ for all of them.

    Raises
        Unsuited: they are more than two, or not symmetric, or none is definite.
    """
    size = pieces[0].size
    constants = [p.d[0, 0] if isinstance(p, Diagonal) and p.constant else None for p in pieces]
    matrices: list[np.ndarray] = []
    places: list[int | None] = []
    for piece, constant in zip(pieces, constants):
        if constant is not None:
            places.append(None)
            continue
        M = piece.dense()[0]
        at = next((i for i, known in enumerate(matrices) if np.array_equal(known, M)), None)
        if at is None:
            if not is_symmetric(M):
                raise Unsuited
            at = len(matrices)
            matrices.append(M)
        places.append(at)
    units = any(c is not None for c in constants)
    if len(matrices) + units > 2:
        raise Unsuited
    if len(matrices) < 2:
        values, T = np.linalg.eigh(matrices[0]) if matrices else (np.ones(size), np.eye(size))
        return Basis(T, None, 0.0), [np.full(size, c) if c is not None else values for c in constants]
    for base in (0, 1):
        for sign in (1, -1):
            try:
                L = np.linalg.cholesky(sign * matrices[base])
            except np.linalg.LinAlgError:
                continue
            pivots = np.diag(L)
            if np.any(pivots**2 <= EPS * size * np.diag(sign * matrices[base])):
                continue
            half = np.linalg.solve(L, matrices[1 - base])
            values, Q = np.linalg.eigh(np.linalg.solve(L, half.T))
            diagonals = [values, values]
            diagonals[base] = np.full(size, float(sign))
            inverse = Q.T @ np.linalg.inv(L)
            return Basis(L @ Q, inverse, float(np.sum(np.log(pivots)))), [diagonals[i] for i in places]
    raise Unsuited
