"""What an operator consists of, for people: the kind of each summand, its formula, and the memory that it takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .banded import Banded
from .inverse import Inverse
from .kronecker import Kronecker
from .pieces import Dense, Diagonal, LowRank, Piece, Sum


class Part(NamedTuple):
    """One summand of an operator: what kind of matrix it is, its formula, the arrays that it holds, and those of the call."""

    kind: str
    text: str
    arrays: tuple[np.ndarray, ...]
    arguments: tuple[np.ndarray, ...] = ()

    @property
    def nbytes(self) -> int:
        """The bytes that it holds besides the arguments of the call."""
        return held(self.arrays, self.arguments)

    def __repr__(self) -> str:
        return f"<Part {self.kind}: {self.text}>"


def kind(piece: Piece) -> str:
    """What sort of matrix a piece is, in words."""
    if isinstance(piece, Diagonal):
        return "multiple of the identity" if piece.constant else "diagonal"
    if isinstance(piece, LowRank):
        return f"rank {piece.rank}" if piece.rank < piece.size else "BᵀDB"
    if isinstance(piece, Inverse):
        return "inverse"
    if isinstance(piece, Banded):
        return "banded"
    if isinstance(piece, Kronecker):
        return "Kronecker, turned" if piece.turned else "Kronecker"
    return "dense" if isinstance(piece, Dense) else "sum"


def kinds(piece: Piece) -> str:
    """The sorts of its summands, each once."""
    pieces = piece.pieces if isinstance(piece, Sum) else [piece]
    return " + ".join(dict.fromkeys([kind(p) for p in pieces]))


def held(arrays, besides=()) -> int:
    """The bytes of the memory behind some arrays, each counted once, without that behind others."""
    known = {id(_root(a)) for a in besides}
    memory = {id(root): root.nbytes for root in map(_root, arrays) if id(root) not in known}
    return sum(memory.values())


def _root(a: np.ndarray) -> np.ndarray:
    """The array whose memory `a` shows."""
    while isinstance(a.base, np.ndarray):
        a = a.base
    return a
