"""Pieces and their solvers against their dense forms, over one matrix, equal ones and batches."""

import itertools

import numpy as np
import pytest

from chainrule.compiling.structured.banded import Banded, BandedSolver
from chainrule.compiling.structured.dense import DenseSolver, Singular
from chainrule.compiling.structured.inverse import Factorised, Inverse
from chainrule.compiling.structured.kronecker import Kronecker
from chainrule.compiling.structured.pieces import Dense, Diagonal, LowRank, Sum
from chainrule.compiling.structured.solvers import (
    DiagonalSolver, KroneckerSolver, PencilSolver, Unsuited, WoodburySolver, solver,
)  # fmt: skip
from chainrule.compiling.structured.spectrum import eigenvalues

rng = np.random.default_rng(0)


def positive(batch, size):
    A = rng.normal(size=(batch, size, size))
    return A @ A.transpose(0, 2, 1) + np.eye(size)


def constant(c, size):
    return Diagonal(np.broadcast_to(np.array([[c]]), (1, size)), lambda: "c I")


def diagonal(batch, size):
    return Diagonal(rng.uniform(1, 2, size=(batch, size)), lambda: "D")


def dense(batch, size):
    return Dense(positive(batch, size), lambda: "M")


def low(batch, rank, size, weights=None):
    C = {None: None, "positive": rng.uniform(1, 2, (batch, rank)), "any": rng.normal(size=(batch, rank))}.get(weights)
    if weights == "matrix":
        C = positive(batch, rank)
    return LowRank(rng.normal(size=(batch, rank, size)), C, lambda: "FᵀCF")


def pieces(b):
    yield diagonal(b, 6)
    yield constant(2.0, 6)
    yield dense(b, 6)
    for rank, weights in itertools.product((1, 3, 6, 9), (None, "positive", "any", "matrix")):
        yield low(b, rank, 6, weights)
        yield LowRank(rng.normal(size=(1, rank, 6)), rng.uniform(1, 2, (b, rank)), lambda: "shared F")
        yield Sum([diagonal(b, 6), low(b, rank, 6, weights)])
        yield Sum([constant(0.5, 6), low(1, rank, 6, weights), low(b, 1, 6)])
    yield Kronecker(dense(b, 2), dense(1, 3), False)
    yield Kronecker(dense(1, 3), diagonal(b, 2), False)
    yield Kronecker(constant(3.0, 2), low(b, 2, 3), False)
    yield Sum([Kronecker(dense(1, 2), constant(1.0, 3), False), Kronecker(constant(1.0, 2), dense(1, 3), False)])
    yield Sum([Kronecker(dense(1, 2), dense(1, 3), False), constant(1.0, 6)])
    yield Inverse(Factorised(positive(1, 6)), -2.0, False, lambda: "M⁻¹")
    yield Inverse(Factorised(rng.normal(size=(1, 6, 6))), 2.0, True, lambda: "M⁻ᵀ")


def bands(b, size):
    """A band above the diagonal and the one below, as slices x[1:] and x[:-1] give them, and one of three."""
    a = rng.uniform(0.1, 0.3, (b, size - 1))
    far = rng.uniform(0.1, 0.3, (1, min(3, size - 2)))
    return Banded([(0, 1, a), (1, 0, a), (2, 0, far), (0, 2, far)], size, lambda: "bands")


def banded_pieces(b):
    yield bands(b, 6)
    yield Sum([diagonal(1, 6), bands(b, 6)])
    yield Sum([constant(-2.0, 20), bands(b, 20)])
    yield Sum([diagonal(b, 20), bands(1, 20), bands(1, 20)])
    yield Kronecker(Sum([diagonal(1, 3), bands(1, 3)]), dense(b, 2), False)


def turned_pieces():
    S, C = dense(1, 3), dense(1, 3)
    yield Kronecker(dense(1, 3), dense(1, 3), True)
    yield Sum([Kronecker(S, C, True), Kronecker(C, S, True)])
    yield Sum([Kronecker(S, C, True), Kronecker(C, S, True), Kronecker(S, S, True)])
    yield Kronecker(constant(2.0, 3), constant(1.0, 3), True)


EACH = [(p, t) for b, t in ((1, 1), (1, 4), (4, 4)) for p in [*pieces(b), *banded_pieces(b), *turned_pieces()]]


@pytest.mark.parametrize("piece, count", EACH, ids=[f"{type(p).__name__}-{i}" for i, (p, _) in enumerate(EACH)])
@pytest.mark.parametrize("columns", (1, 5))
def test_a_piece_applies_and_solves_as_its_dense_form(piece, count, columns):
    M = np.broadcast_to(piece.dense(), (count, piece.size, piece.size))
    V = rng.normal(size=(count, piece.size, columns))
    for _ in range(9):  # until it has been applied often enough to be formed
        np.testing.assert_allclose(piece.apply(V), M @ V, atol=1e-10)
    diagonals = np.broadcast_to(piece.diagonal(), (count, piece.size))
    np.testing.assert_allclose(diagonals, np.diagonal(M, axis1=1, axis2=2), atol=1e-10)
    if np.min(np.linalg.svd(M, compute_uv=False)) < 1e-9:
        with pytest.raises(Singular):
            solver(piece, False)
        return
    made = solver(piece, False)
    np.testing.assert_allclose(M @ made.solve(V), V, atol=1e-7)
    sign, log = np.linalg.slogdet(M)
    found = [np.broadcast_to(a, count) for a in made.slogdet()]
    np.testing.assert_allclose(found, [sign, log], atol=1e-8)
    np.testing.assert_allclose(M @ solver(piece, True).solve(V), V, atol=1e-6)


@pytest.mark.parametrize("piece, count", EACH, ids=[f"{type(p).__name__}-{i}" for i, (p, _) in enumerate(EACH)])
def test_eigenvalues_of_symmetric_pieces(piece, count):
    M = np.broadcast_to(piece.dense(), (count, piece.size, piece.size))
    if np.allclose(M, M.transpose(0, 2, 1)):
        found = np.sort(np.broadcast_to(eigenvalues(piece), (count, piece.size)), axis=1)
        np.testing.assert_allclose(found, np.linalg.eigvalsh(M), atol=1e-9)


def test_the_solver_follows_the_structure():
    assert isinstance(solver(diagonal(1, 4), False), DiagonalSolver)
    assert isinstance(solver(Kronecker(dense(1, 2), dense(1, 2), False), False), KroneckerSolver)
    assert isinstance(solver(Sum([diagonal(1, 6), low(1, 2, 6)]), False), WoodburySolver)
    assert isinstance(solver(Sum([Kronecker(dense(1, 2), dense(1, 3), False), constant(1.0, 6)]), False), PencilSolver)
    assert isinstance(solver(Sum([diagonal(1, 6), low(1, 8, 6)]), False), DenseSolver)
    assert isinstance(solver(Sum([diagonal(1, 20), bands(1, 20)]), False), BandedSolver)


def test_a_small_ridge_below_a_large_low_rank_keeps_its_digits():
    """D = 1e-9 1 below FᵀF of size 1: Woodbury's identity alone would lose them."""
    F = rng.normal(size=(1, 2, 6))
    piece = Sum([constant(1e-9, 6), LowRank(F, None, lambda: "FᵀF")])
    b = rng.normal(size=(1, 6, 1))
    x = solver(piece, False).solve(b)
    assert np.linalg.norm(piece.apply(x) - b) <= 1e-12 * np.linalg.norm(x)
    U = np.linalg.svd(F[0])[2][2:]  # where FᵀF is zero, x is b/1e-9
    np.testing.assert_allclose(U @ x[0], U @ b[0] * 1e9, rtol=1e-5)


def test_three_different_factors_have_no_common_basis():
    pairs = [(dense(1, 3), dense(1, 2)) for _ in range(3)]
    with pytest.raises(Unsuited):
        PencilSolver(Sum([Kronecker(a, b, False) for a, b in pairs]))
    turned_and_not = [Kronecker(dense(1, 3), dense(1, 3), t) for t in (True, False)]
    with pytest.raises(Unsuited):
        PencilSolver(Sum(turned_and_not))
    M = Sum(turned_and_not).dense()
    inverse = solver(Sum(turned_and_not), False).solve(np.eye(9)[None])
    np.testing.assert_allclose(M @ inverse, np.eye(9)[None], atol=1e-8)
