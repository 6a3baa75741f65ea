"""A Hessian that keeps its structure: what multiplies, solves, and tells its determinant, without being formed.

It has the interface of `scipy.sparse.linalg.LinearOperator` (shape, dtype, matvec, rmatvec, matmat, T, H), so that
`cg`, `minres`, `eigsh` and `aslinearoperator` take it; SciPy itself is not needed. Being a Hessian it is symmetric.
"""

from __future__ import annotations

from functools import cached_property
from html import escape
from math import prod

import numpy as np

from ...core.errors import DomainError, LimitError, ShapeError
from ...core.memory import in_bytes, refuse_beyond
from ..binding import COMPLEX, array
from .conjugate import NotConverged, conjugate_gradients
from .contracted import Contracted
from .dense import DenseSolver, Singular
from .parts import Part, held, kind, kinds
from .pieces import Piece, Sum
from .solvers import LARGEST, TooLarge, solver
from .spectrum import eigenvalues

TOLERANCE = 1e-10  # of conjugate gradients: the residual in units of the right-hand side


class Operator:
    """The Hessian of a function at one point, N × N for a variable of N entries read row by row.

    It keeps references to the arrays that it was made of, among them arguments of the call: do not change these in
    place while it is used. What is factorised or formed is kept, so that a second `solve` costs only its solution.

    Attributes
        shape, dtype: (N, N), float64.
        variable: the shape of the variable.
        parts: the summands: kind, formula, arrays.
        nbytes: the memory of what it holds besides the arguments of the call.
    """

    dtype = np.dtype(float)
    __array_ufunc__ = None  # x @ H is ours, too

    def __init__(
        self,
        name: str,
        variable: tuple[int, ...],
        batch: tuple[int, ...],
        over: tuple[str, ...],
        piece: Piece | None,
        contracted: Contracted | None,
        arguments: tuple[np.ndarray, ...] = (),
    ):
        self.name, self.variable, self._arguments = name, variable, arguments
        size = prod(variable)
        self.shape = (size, size)
        self._over, self._piece, self._contracted = over, piece, contracted
        rest = tuple([t for t in range(len(variable)) if t not in batch])
        self._front = (*batch, *rest)
        self._back = tuple(int(t) for t in np.argsort(self._front))
        self._count = prod([variable[t] for t in batch])
        self._moved = self._front != tuple(range(len(variable)))
        self._solvers: dict[bool, object] = {}

    # ------------------------------------------------------------------ products

    def __matmul__(self, x) -> np.ndarray:
        """H x for a vector of N entries, an array of the variable's own shape, or N × k columns.

        Raises
            ShapeError: `x` has none of these shapes.
        """
        x = array("x", x)
        if x.shape == self.variable or x.shape == self.shape[:1]:
            return self._columns(x.reshape(-1, 1)).reshape(x.shape)
        if x.ndim == 2 and len(x) == self.shape[0]:
            return self._columns(x)
        raise self._misshapen(x)

    def __rmatmul__(self, x) -> np.ndarray:
        x = array("x", x)
        if x.ndim == 2 and x.shape != self.variable:
            return (self @ x.T).T
        return self @ x

    def matvec(self, x) -> np.ndarray:
        """H x, of N entries or N × 1 as `x` is."""
        x = array("x", x)
        if x.shape not in (self.shape[:1], (self.shape[0], 1)):
            raise self._misshapen(x)
        return self._columns(x.reshape(-1, 1)).reshape(x.shape)

    def matmat(self, X) -> np.ndarray:
        """H X for N × k columns."""
        X = array("X", X)
        if X.ndim != 2 or len(X) != self.shape[0]:
            raise self._misshapen(X)
        return self._columns(X)

    rmatvec, rmatmat, dot = matvec, matmat, __matmul__

    @property
    def T(self) -> "Operator":
        return self

    H = T

    def aslinearoperator(self):
        """The operator as a `scipy.sparse.linalg.LinearOperator`, for sums and products with others."""
        from scipy.sparse.linalg import LinearOperator

        one, many = self.matvec, self.matmat
        return LinearOperator(self.shape, matvec=one, rmatvec=one, matmat=many, rmatmat=many, dtype=self.dtype)

    def _columns(self, V: np.ndarray) -> np.ndarray:
        """H V for N × k."""
        k, found = V.shape[1], 0.0
        if self._piece is not None:
            found = self._unblocked(self._piece.apply(self._blocked(V)))
        if self._contracted is not None:
            shape = self.variable if k == 1 else (*self.variable, k)
            found = found + self._contracted.apply(np.ascontiguousarray(V, dtype=float).reshape(shape)).reshape(V.shape)
        return found

    def size_of_product(self, x: np.ndarray) -> float:
        """The largest entry of any summand's product with x: what H x is rounded to."""
        V = x.reshape(-1, 1)
        pieces = self._piece.pieces if isinstance(self._piece, Sum) else [self._piece] if self._piece else []
        found = [np.max(np.abs(p.apply(self._blocked(V))), initial=0.0) for p in pieces]
        if self._contracted is not None:
            found.append(np.max(np.abs(self._contracted.apply(x.reshape(self.variable))), initial=0.0))
        return float(sum(found))

    def _blocked(self, V: np.ndarray) -> np.ndarray:
        """N × k columns as blocks × rows × k."""
        k = V.shape[1]
        if self._moved:
            V = V.reshape(*self.variable, k).transpose(*self._front, len(self.variable))
        return V.reshape(self._count, -1, k)

    def _unblocked(self, V: np.ndarray) -> np.ndarray:
        k = V.shape[2]
        if self._moved:
            V = V.reshape(*[self.variable[t] for t in self._front], k).transpose(*self._back, len(self.variable))
        return V.reshape(self.shape[0], k)

    # -------------------------------------------------------------------- entries

    def diagonal(self) -> np.ndarray:
        """The N diagonal entries."""
        found = np.zeros(self.shape[0])
        if self._piece is not None:
            blocks = np.broadcast_to(self._piece.diagonal(), (self._count, self._piece.size))
            found += self._unblocked(blocks[:, :, None])[:, 0]
        if self._contracted is not None:
            found += self._contracted.diagonal().reshape(-1)
        return found

    def trace(self) -> float:
        """The sum of the diagonal, which is the sum of the eigenvalues."""
        return float(np.sum(self.diagonal()))

    def dense(self) -> np.ndarray:
        """The whole matrix, N × N.

        Raises
            LimitError: there is no memory for it.
        """
        N = self.shape[0]
        refuse_beyond(8 * N * N, f"the dense Hessian in {self.name}, {N}×{N},", "`H @ v`, `H.solve(b)`, `H.diagonal()` need no matrix")
        if self._piece is None:
            return self._contracted.dense().reshape(N, N)
        blocks, r = self._piece.dense(), self._piece.size
        if self._count == 1 and not self._moved:
            found = blocks[0]
        else:
            whole = np.zeros((self._count, r, self._count, r))
            here = range(self._count)
            whole[here, :, here, :] = blocks
            sizes, n = [self.variable[t] for t in self._front], len(self.variable)
            both = (*self._back, *[n + t for t in self._back])
            found = whole.reshape(*sizes, *sizes).transpose(both).reshape(N, N)
        if self._contracted is not None:
            found = found + self._contracted.dense().reshape(N, N)
        return found

    # -------------------------------------------------------------------- solving

    def solve(self, b, least_squares: bool = False) -> np.ndarray:
        """x with H x = b, by the structure; `b` as for `@`.

        Diagonals are divided by, Kronecker products solved factor by factor, blocks each for itself (equal ones with
        one factorisation), diagonal plus low rank by Woodbury's identity, sums of two Kronecker products in the common
        basis of their factors. What no structure serves is formed and factorised up to N = 5000; beyond, conjugate
        gradients run to a residual of 1e-10 |b|, for positive definite matrices only.

        Parameters
            least_squares: where H is singular, the x of least norm among those that come nearest.

        Raises
            DomainError: H is singular, or conjugate gradients meet a matrix that is not positive definite.
            LimitError: conjugate gradients do not converge, or H is too large for least squares without structure.
        """
        b = array("b", b)
        if b.dtype == COMPLEX:
            return self.solve(b.real, least_squares) + 1j * self.solve(b.imag, least_squares)
        columns = b.reshape(-1, 1) if b.shape == self.variable or b.ndim == 1 else b
        if columns.ndim != 2 or len(columns) != self.shape[0]:
            raise self._misshapen(b)
        try:
            with np.errstate(all="ignore"):
                found = self._solver(least_squares).solve(self._blocked(columns) if self._structured else columns[None])
        except TooLarge as why:
            if least_squares:
                raise self._too_large("least squares need its eigenvalues", str(why)) from None
            return self._iterated(columns).reshape(b.shape)
        except Singular as how:
            raise self._singular(str(how)) from None
        return (self._unblocked(found) if self._structured else found[0]).reshape(b.shape)

    @property
    def _structured(self) -> bool:
        return self._contracted is None

    def _solver(self, least: bool):
        if least not in self._solvers:
            if self._structured:
                made = solver(self._piece, least)
            elif self.shape[0] <= LARGEST:
                made = DenseSolver(self.dense()[None], least)
            else:
                raise TooLarge(f"{self.text}: {self.shape[0]} rows")
            self._solvers[least] = made
        return self._solvers[least]

    def _iterated(self, columns: np.ndarray) -> np.ndarray:
        try:
            return conjugate_gradients(self._columns, columns, self.diagonal(), TOLERANCE)
        except NotConverged as how:
            raise LimitError(
                "the system was not solved",
                given=f"{how}",
                expected=f"a residual of {TOLERANCE:.0e} |b|",
                fix="add a ridge, or use `scipy.sparse.linalg.minres(H, b)` with a preconditioner of your own",
            ) from None

    def slogdet(self) -> tuple[float, float]:
        """(sign of det H, log |det H|), as `numpy.linalg.slogdet`; (0, −inf) where H is singular.

        Raises
            LimitError: no structure gives it, and H is too large to be factorised.
        """
        try:
            with np.errstate(all="ignore"):
                sign, log = self._solver(False).slogdet()
        except Singular:
            return 0.0, -np.inf
        except TooLarge as why:
            raise self._too_large("a determinant needs a factorisation", str(why)) from None
        if not self._structured:
            return float(sign[0]), float(log[0])
        sign, log = np.broadcast_to(sign, self._count), np.broadcast_to(log, self._count)
        return float(np.prod(sign)), float(np.sum(log))

    def logdet(self) -> float:
        """log |det H|, −inf where H is singular; `slogdet` has the sign beside it. Raises as `slogdet` does."""
        return self.slogdet()[1]

    def eigenvalues(self, most: int | None = None) -> np.ndarray:
        """All N eigenvalues, ascending; a matrix without structure is formed up to `most` rows, 5000 by default.

        Raises
            LimitError: no structure gives them, and H is too large to be formed.
        """
        most = LARGEST if most is None else most
        try:
            if self._structured:
                found = eigenvalues(self._piece, most)
                return np.sort(np.broadcast_to(found, (self._count, self._piece.size)), axis=None)
            if self.shape[0] > most:
                raise TooLarge(f"{self.text}: {self.shape[0]} rows")
        except TooLarge as why:
            raise self._too_large("all eigenvalues need the matrix itself", str(why)) from None
        return np.linalg.eigvalsh(self.dense())

    # --------------------------------------------------------------------- errors

    def _misshapen(self, x) -> ShapeError:
        N = self.shape[0]
        own = f"{' × '.join(map(str, self.variable)) or 'a number'} as {self.name} is, " if len(self.variable) != 1 else ""
        return ShapeError(
            "the operator cannot be applied to this array",
            given=f"an array of shape {' × '.join(map(str, x.shape))}" if x.ndim else "a number",
            expected=f"{own}{N}, or {N} × k",
        )

    def _singular(self, how: str) -> DomainError:
        return DomainError(
            f"the Hessian in {self.name} is singular here",
            given=how,
            expected="a matrix with an inverse",
            fix="solve(b, least_squares=True) gives the solution of least norm; a ridge makes it unique",
        )

    def _too_large(self, why: str, which: str) -> LimitError:
        return LimitError(
            why,
            given=which,
            expected=f"a structure that gives it, or at most {LARGEST} rows",
            fix="`scipy.sparse.linalg.eigsh(H, k)` gives the largest eigenvalues; H @ v needs no matrix",
        )

    # ----------------------------------------------------------------------- faces

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        pieces = self._piece.pieces if isinstance(self._piece, Sum) else [self._piece] if self._piece else []
        found = [Part(kind(p), p.text, p.arrays, self._arguments) for p in pieces]
        if self._contracted is not None:
            left = self._contracted
            found.append(Part("contracted, never formed", left.text, left.arrays, self._arguments))
        return tuple(found)

    @property
    def nbytes(self) -> int:
        """The bytes that it holds besides the arguments of the call."""
        arrays = self._piece.arrays if self._piece is not None else ()
        return held((*arrays, *(self._contracted.arrays if self._contracted is not None else ())), self._arguments)

    @property
    def text(self) -> str:
        """The structure in one line."""
        shown = []
        if self._piece is not None:
            p = self._piece
            if self._over:
                equal = "equal blocks" if p.batch == 1 else "blocks"
                blocks = f"{self._count} {equal} of {p.size}×{p.size}, each {p.text}"
                shown.append(f"block-diagonal over {', '.join(self._over)}: {blocks}")
            else:
                shown.append(f"{kinds(p)}: {p.text}")
        if self._contracted is not None:
            shown.append(f"contracted, never formed: {self._contracted.text}")
        return "; and ".join(shown)

    def __str__(self) -> str:
        N = self.shape[0]
        memory = f"{in_bytes(self.nbytes)} besides the arguments, for a dense {in_bytes(8 * N * N)}"
        return f"Hessian in {self.name}, {N}×{N}\n{self.text}\n{memory}"

    def __repr__(self) -> str:
        return f"<Operator {self.shape[0]}×{self.shape[0]}: {self.text}>"

    def _repr_html_(self) -> str:
        first, *rest = str(self).split("\n")
        cells = [(p.kind, p.text, in_bytes(p.nbytes)) for p in self.parts]
        rows = "".join(["<tr>" + "".join([f"<td>{escape(x)}</td>" for x in row]) + "</tr>" for row in cells])
        return f"<b>{escape(first)}</b><br>{'<br>'.join(map(escape, rest))}<table>{rows}</table>"
