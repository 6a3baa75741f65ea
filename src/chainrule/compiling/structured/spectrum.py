"""Eigenvalues by structure: of a diagonal its entries, of A ⊗ B all products, of c 1 + A those of A shifted by c."""

from __future__ import annotations

import numpy as np

from .banded import Banded, diagonals
from .dense import is_symmetric, scipy_linalg
from .inverse import Inverse
from .kronecker import Kronecker
from .pieces import Diagonal, LowRank, Piece, Sum
from .solvers import LARGEST, PencilSolver, TooLarge, Unsuited


def eigenvalues(piece: Piece, most: int = LARGEST) -> np.ndarray:
    """T × r or 1 × r eigenvalues of each matrix of the batch, in no order; what has no structure is formed up to `most` rows.

    Raises
        TooLarge: no structure gives them, and the matrix is too large to be formed.
    """
    if isinstance(piece, Diagonal):
        return np.broadcast_to(piece.d, (piece.batch, piece.size))
    if isinstance(piece, Kronecker) and not piece.turned and _symmetric(piece.A, most) and _symmetric(piece.B, most):
        a, b = eigenvalues(piece.A, most), eigenvalues(piece.B, most)
        return (a[:, :, None] * b[:, None, :]).reshape(max(len(a), len(b)), piece.size)
    if isinstance(piece, Inverse) and piece.size <= most and is_symmetric(piece.of.M):
        return piece.c / np.linalg.eigvalsh(piece.of.M)
    if isinstance(piece, LowRank) and piece.rank < piece.size and piece.rank <= most and piece.C is None:
        core = np.linalg.eigvalsh(piece.F @ piece.F.transpose(0, 2, 1))
        return np.concatenate([core, np.zeros((len(core), piece.size - piece.rank))], axis=1)
    if isinstance(piece, LowRank) and piece.rank < piece.size and piece.C.ndim == 2 and np.all(piece.C >= 0):
        return eigenvalues(LowRank(np.sqrt(piece.C)[:, :, None] * piece.F, None, piece.shown), most)
    bands = diagonals(piece) if isinstance(piece, (Banded, Sum)) else None
    if bands is not None and scipy_linalg() is not None:
        return scipy_linalg().eigvals_banded(bands[len(bands) // 2 :], lower=True)[None]
    if isinstance(piece, Sum):
        shifts = [p for p in piece.pieces if isinstance(p, Diagonal) and p.constant]
        rest = [p for p in piece.pieces if p not in shifts]
        try:
            pencil = PencilSolver(piece)
            if pencil.orthogonal and not pencil.turned:
                return pencil.m.reshape(1, -1)
        except Unsuited:
            pass
        if shifts and rest:
            shift = sum([p.d[0, 0] for p in shifts])
            return eigenvalues(rest[0] if len(rest) == 1 else Sum(rest), most) + shift
    if piece.size > most:
        raise TooLarge(f"{piece.text}: {piece.size} rows")
    return np.linalg.eigvalsh(piece.formed if isinstance(piece, LowRank) else piece.dense())


def _symmetric(piece: Piece, most: int) -> bool:
    if isinstance(piece, (Diagonal, LowRank)) and getattr(piece, "C", None) is None:
        return True
    return piece.size <= most and is_symmetric(piece.dense())
