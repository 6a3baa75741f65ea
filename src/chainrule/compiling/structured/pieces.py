"""Symmetric matrices that keep their structure: diagonal, low rank, dense, and sums of these; all in batches.

A piece stands for a batch of r×r matrices. Its arrays have a first axis of length T, one matrix each, or of length 1
where all T matrices are equal. Vectors come as V of T × r × k: k columns for each matrix of the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

BLOCK = 1 << 20  # entries of F that are weighed at a time: no second array of its size is made


def times(M: np.ndarray, V: np.ndarray) -> np.ndarray:
    """M V for each matrix of the batch: M is T×p×r or 1×p×r, V is T×r×k."""
    batch, r, k = V.shape
    if len(M) > 1:
        return M @ V
    if batch == 1:
        return (M[0] @ V[0, :, 0])[None, :, None] if k == 1 else (M[0] @ V[0])[None]
    if k == 1:
        return (V[:, :, 0] @ M[0].T)[:, :, None]
    return (V.transpose(0, 2, 1).reshape(batch * k, r) @ M[0].T).reshape(batch, k, -1).transpose(0, 2, 1)


class Piece:
    """What every piece has: `size` r, `batch` T or 1, `arrays` that it holds, `text` for people."""

    size: int
    batch: int
    arrays: tuple
    shown: Callable[[], str]

    @property
    def text(self) -> str:
        return self.shown()

    def apply(self, V: np.ndarray) -> np.ndarray:
        """The matrices times V: T × r × k."""
        raise NotImplementedError

    def diagonal(self) -> np.ndarray:
        """T × r or 1 × r."""
        raise NotImplementedError

    def dense(self) -> np.ndarray:
        """T × r × r or 1 × r × r, a new array."""
        raise NotImplementedError


class Diagonal(Piece):
    """diag(d), d of T × r. A multiple of the identity is one number, seen r times (`np.broadcast_to`)."""

    def __init__(self, d: np.ndarray, shown: Callable[[], str]):
        self.d, self.shown = d, shown
        self.batch, self.size = d.shape
        self.arrays = (d,)

    @property
    def constant(self) -> bool:
        """Whether it is one number times the identity."""
        return self.d.strides[1] == 0 and self.batch == 1

    def apply(self, V):
        return self.d[:, :, None] * V

    def diagonal(self):
        return self.d

    def dense(self):
        found = np.zeros((self.batch, self.size, self.size))
        found[:, range(self.size), range(self.size)] = self.d
        return found


class LowRank(Piece):
    """Fᵀ C F with F of T×n×r, and C one of: None for the identity, weights w of T×n, a matrix of T×n×n.

    Where n ≥ r the r×r matrix is formed as soon as it has been applied to so many vectors that this would have paid.
    """

    def __init__(self, F: np.ndarray, C: np.ndarray | None, shown: Callable[[], str]):
        self.F, self.C, self.shown = F, C, shown
        self.batch = max(len(F), len(C) if C is not None else 1)
        self.rank, self.size = F.shape[1:]
        self.arrays = (F,) if C is None else (F, C)
        self._applied = 0

    def apply(self, V):
        self._applied += V.shape[0] * V.shape[2]
        if "formed" in self.__dict__ or (self.rank >= self.size and self._applied > self.size * self.batch):
            return times(self.formed, V)
        return times(self.F.transpose(0, 2, 1), self.weighed(times(self.F, V)))

    def weighed(self, Z):
        """C Z."""
        if self.C is None:
            return Z
        return self.C[:, :, None] * Z if self.C.ndim == 2 else times(self.C, Z)

    def diagonal(self):
        if self.C is None:
            return np.einsum("bnr,bnr->br", self.F, self.F)
        if self.C.ndim == 2:
            return (self.C[:, None, :] @ self.F**2)[:, 0]
        return np.sum(self.F * (self.C @ self.F), axis=1)

    @cached_property
    def formed(self) -> np.ndarray:
        return self.dense()

    def dense(self):
        Ft = self.F.transpose(0, 2, 1)
        if self.C is None:
            return Ft @ self.F
        if self.C.ndim == 3:
            return Ft @ (self.C @ self.F)
        roots = np.sqrt(self.C) if np.all(self.C >= 0) else None
        rows = max(BLOCK // (self.batch * self.size or 1), 256)
        found = np.zeros((self.batch, self.size, self.size))
        for at in range(0, self.rank, rows):
            F = self.F[:, at : at + rows]
            if roots is None:
                found += F.transpose(0, 2, 1) @ (self.C[:, at : at + rows, None] * F)
            else:  # ZᵀZ is a symmetric product: half the work
                Z = roots[:, at : at + rows, None] * F
                found += Z.transpose(0, 2, 1) @ Z
        return found


class Dense(Piece):
    """Matrices as they are."""

    def __init__(self, M: np.ndarray, shown: Callable[[], str]):
        self.M, self.shown = M, shown
        self.batch, self.size = M.shape[:2]
        self.arrays = (M,)

    def apply(self, V):
        return times(self.M, V)

    def diagonal(self):
        return self.M[:, range(self.size), range(self.size)]

    def dense(self):
        return self.M.copy()


class Sum(Piece):
    """The sum of pieces of one size."""

    @property
    def text(self):
        first, *rest = [f"({p.text})" if " with " in p.text else p.text for p in self.pieces]
        return first + "".join([f" − {t[1:]}" if t.startswith("−") else f" + {t}" for t in rest])

    def __init__(self, pieces: list[Piece]):
        self.pieces = pieces
        self.size, self.batch = pieces[0].size, max(p.batch for p in pieces)
        self.arrays = tuple([a for p in pieces for a in p.arrays])

    def apply(self, V):
        found = self.pieces[0].apply(V)
        for piece in self.pieces[1:]:
            found = found + piece.apply(V)
        return found

    def diagonal(self):
        return sum([p.diagonal() for p in self.pieces])

    def dense(self):
        found = np.zeros((self.batch, self.size, self.size))
        for piece in self.pieces:
            if isinstance(piece, Diagonal):
                found[:, range(self.size), range(self.size)] += piece.d
            else:
                found += piece.dense()
        return found
