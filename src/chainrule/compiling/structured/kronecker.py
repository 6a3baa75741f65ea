"""A ⊗ B over two groups of axes, as it stands or followed by a transposition: dX → A dX Bᵀ and dX → A dXᵀ Bᵀ."""

from __future__ import annotations

from .pieces import Piece


class Kronecker(Piece):
    """A ⊗ B with A p×p and B q×q, applied to p·q vectors read row by row as p×q matrices.

    With `turned` (then p = q) it is H[i j, k l] = A[i l] B[j k], so that X goes to A Xᵀ Bᵀ: (A ⊗ B)K with
    the commutation matrix K, which transposes.
    """

    def __init__(self, A: Piece, B: Piece, turned: bool):
        self.A, self.B, self.turned = A, B, turned
        self.size, self.batch = A.size * B.size, max(A.batch, B.batch)
        self.arrays = (*A.arrays, *B.arrays)

    @property
    def text(self):
        both = f"{bracketed(self.A.text)} ⊗ {bracketed(self.B.text)}"
        return f"({both})K" if self.turned else both

    def apply(self, V):
        batch, k, p, q = len(V), V.shape[2], self.A.size, self.B.size
        W = V.reshape(batch, p, q, k)
        # turned, the columns of X are what B acts on: its rows are those of Xᵀ
        by_second = W if self.turned else W.transpose(0, 2, 1, 3)
        W = self.B.apply(by_second.reshape(batch, q, p * k)).reshape(batch, q, p, k).transpose(0, 2, 1, 3)
        return self.A.apply(W.reshape(batch, p, q * k)).reshape(batch, p * q, k)

    def diagonal(self):
        if self.turned:
            A, B = self.A.dense(), self.B.dense()
            return (A * B.transpose(0, 2, 1)).reshape(self.batch, self.size)
        a, b = self.A.diagonal(), self.B.diagonal()
        return (a[:, :, None] * b[:, None, :]).reshape(self.batch, self.size)

    def dense(self):
        A, B = self.A.dense(), self.B.dense()
        if self.turned:
            found = A[:, :, None, None, :] * B[:, None, :, :, None]
        else:
            found = A[:, :, None, :, None] * B[:, None, :, None, :]
        return found.reshape(self.batch, self.size, self.size)


def bracketed(text: str) -> str:
    """Text as a factor."""
    return f"({text})" if any(x in text for x in (" + ", " − ", "⊗", " ⊙ ", "/", " with ")) else text

