"""c M⁻¹ without the inverse: products solve with M, and solving multiplies by M."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from ...core.errors import DomainError
from .dense import DenseSolver, Singular
from .pieces import Piece, times


class Factorised:
    """A matrix, and its factors when they are first asked for."""

    def __init__(self, M: np.ndarray, symmetric: bool | None = None):
        self.M, self.symmetric = M, symmetric

    @cached_property
    def solver(self) -> DenseSolver:
        """Raises DomainError where the matrix is singular."""
        try:
            return DenseSolver(self.M, False, self.symmetric)
        except Singular as how:
            raise DomainError(
                "the Hessian does not exist here: it holds the inverse of a singular matrix",
                given=str(how),
                expected="a matrix with an inverse",
            ) from None


class Inverse(Piece):
    """c M⁻¹ or c M⁻ᵀ."""

    batch = 1

    def __init__(self, of: Factorised, c: float, transposed: bool, shown: Callable[[], str]):
        self.of, self.c, self.transposed, self.shown = of, c, transposed, shown
        self.size = of.M.shape[1]
        self.arrays = (of.M,)

    def apply(self, V):
        batch, r, k = V.shape
        columns = V.transpose(1, 0, 2).reshape(1, r, batch * k)
        found = self.of.solver.solve(columns, self.transposed).reshape(r, batch, k).transpose(1, 0, 2)
        return self.c * found

    def diagonal(self):
        return np.diagonal(self.dense(), axis1=1, axis2=2)

    def dense(self):
        return self.c * self.of.solver.solve(np.eye(self.size)[None], self.transposed)

    # ------------------------------------------------------------- as its own solver

    def solve(self, V):
        return times(self.of.M.transpose(0, 2, 1) if self.transposed else self.of.M, V) / self.c

    def slogdet(self):
        sign, log = self.of.solver.slogdet()
        return sign * np.sign(self.c) ** self.size, self.size * np.log(abs(self.c)) - log
