"""Matrices with few diagonals, and systems with them in time proportional to their rows.

Reference: Golub & Van Loan, Matrix Computations (4th ed.), 4.3; LAPACK's gbtrf and gbtrs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .dense import EPS, Singular, scipy_linalg
from .pieces import Diagonal, Piece, Sum


class Banded(Piece):
    """Entries a[o] at (row + o, column + o), for each band (row, column, a of T × count)."""

    def __init__(self, bands: list[tuple[int, int, np.ndarray]], size: int, shown: Callable[[], str]):
        self.bands, self.size, self.shown = bands, size, shown
        self.batch = max(len(a) for _, _, a in bands)
        self.arrays = tuple([a for _, _, a in bands])

    def apply(self, V):
        found = np.zeros((len(V), self.size, V.shape[2]))
        for row, column, a in self.bands:
            count = a.shape[1]
            found[:, row : row + count] += a[:, :, None] * V[:, column : column + count]
        return found

    def diagonal(self):
        found = np.zeros((self.batch, self.size))
        for row, column, a in self.bands:
            if row == column:
                found[:, row : row + a.shape[1]] += a
        return found

    def dense(self):
        found = np.zeros((self.batch, self.size, self.size))
        for row, column, a in self.bands:
            along = np.arange(a.shape[1])
            found[:, row + along, column + along] += a
        return found


def diagonals(piece: Piece) -> np.ndarray | None:
    """The diagonals of one banded matrix as LAPACK stores them, (2w + 1) × size; None where a piece is not banded."""
    pieces = piece.pieces if isinstance(piece, Sum) else [piece]
    if piece.batch > 1 or not all(isinstance(p, (Banded, Diagonal)) for p in pieces):
        return None
    bands = [b for p in pieces if isinstance(p, Banded) for b in p.bands]
    width = max([abs(row - column) for row, column, _ in bands], default=0)
    if 4 * width > piece.size:
        return None
    found = np.zeros((2 * width + 1, piece.size))
    for p in pieces:
        if isinstance(p, Diagonal):
            found[width] += p.d[0]
    for row, column, a in bands:
        found[width + row - column, column : column + a.shape[1]] += a[0]
    return found


class BandedSolver:
    """LU of one banded matrix with row exchanges.

    Raises
        Singular: a pivot is zero to rounding.
    """

    def __init__(self, bands: np.ndarray):
        self.width, lapack = len(bands) // 2, scipy_linalg().lapack
        room = np.concatenate([np.zeros((self.width, bands.shape[1])), bands])  # for what exchanges fill in
        self.lapack = lapack
        self.factors, self.exchanges, info = lapack.dgbtrf(room, self.width, self.width)
        self.pivots = self.factors[2 * self.width]
        size = np.abs(self.pivots)
        if info or np.min(size) <= EPS * len(size) * np.max(np.abs(bands)):
            raise Singular("a pivot of its factors is zero to rounding")

    def solve(self, V):
        batch, r, k = V.shape
        columns = V.transpose(1, 0, 2).reshape(r, batch * k)
        found, _ = self.lapack.dgbtrs(self.factors, self.width, self.width, columns, self.exchanges)
        return found.reshape(r, batch, k).transpose(1, 0, 2)

    def slogdet(self):
        exchanged = np.count_nonzero(self.exchanges != np.arange(len(self.exchanges)))
        sign = np.prod(np.sign(self.pivots)) * (-1) ** exchanged
        return np.array([sign]), np.array([np.sum(np.log(np.abs(self.pivots)))])
