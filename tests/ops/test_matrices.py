"""Inverse, det and logdet of products, and the normalisations."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.core.algebra import contract, diag, identity, matmul, multiply, number, power, total, transpose
from chainrule.core.errors import ShapeError
from chainrule.core.node import size, symbol
from chainrule.ops.elementary import abs, log
from chainrule.ops.linalg import det, inverse, logdet, matrix_power, solve
from chainrule.ops.structured import amax
from tests.reference import evaluate

A, B, C = (symbol(name, ("n", "n")) for name in "ABC")
W = symbol("W", ("m", "n"))
S = symbol("S", ("n", "n"), {"posdef"})
Q = symbol("Q", ("n", "n"), {"orthogonal"})
v, x = symbol("v", ("n",)), symbol("x", ("n",))
c, t = symbol("c"), symbol("t", (), {"positive"})
F = symbol("F", (3, 3))
RNG = np.random.default_rng(5)
M = RNG.normal(size=(4, 4))
VALUES = {
    "A": RNG.normal(size=(4, 4)), "B": RNG.normal(size=(4, 4)), "C": RNG.normal(size=(4, 4)), "S": M @ M.T + np.eye(4),
    "Q": np.linalg.qr(M)[0], "v": np.array([0.4, -1.1, 0.8, 1.5]), "x": RNG.normal(size=4), "c": np.array(-1.7),
    "t": np.array(0.6), "F": RNG.normal(size=(3, 3)), "W": RNG.normal(size=(6, 4)),
}  # fmt: skip


def value(node):
    return evaluate(node, VALUES, {"n": 4, "m": 6})


n = size("n")
EQUAL = [
    ("(AB)⁻¹", inverse(A @ B), inverse(B) @ inverse(A)),
    ("(ABC)⁻¹ nested", inverse(A @ (B @ C)), contract("il", (inverse(C), "ij"), (inverse(B), "jk"), (inverse(A), "kl"))),
    ("(Aᵀ)⁻¹", inverse(A.T), inverse(A).T),
    ("(AᵀB)⁻¹", inverse(A.T @ B), inverse(B) @ inverse(A).T),
    ("(cA)⁻¹", inverse(c * A), inverse(A) / c),
    ("(2A)⁻¹", inverse(2 * A), inverse(A) / 2),
    ("(2A + 2B)⁻¹", inverse(2 * A + 2 * B), inverse(A + B) / 2),
    ("(A⁻¹)⁻¹", inverse(inverse(A)), A),
    ("diag(v)⁻¹", inverse(diag(v)), diag(1 / v)),
    ("(A diag(v))⁻¹", inverse(A @ diag(v)), diag(1 / v) @ inverse(A)),
    ("I⁻¹", inverse(identity("n")), identity("n")),
    ("Q⁻¹", inverse(Q), Q.T),
    ("det(AB)", det(A @ B), det(A) * det(B)),
    ("det(Aᵀ)", det(A.T), det(A)),
    ("det(A⁻¹)", det(inverse(A)), power(det(A), -1)),
    ("det(A³)", det(A @ A @ A), power(det(A), 3)),
    ("det(AᵀBA)", det(A.T @ B @ A), det(A) ** 2 * det(B)),
    ("det(I)", det(identity("n")), number(1)),
    ("det(2F)", det(2 * F), 8 * det(F)),
    ("det(cF)", det(c * F), c**3 * det(F)),
    ("logdet(AB)", logdet(A @ B), logdet(A) + logdet(B)),
    ("logdet(A⁻¹)", logdet(inverse(A)), -logdet(A)),
    ("logdet(Aᵀ)", logdet(A.T), logdet(A)),
    ("logdet(-A)", logdet(-A), logdet(A)),
    ("logdet(2A)", logdet(2 * A), n * log(number(2)) + logdet(A)),
    ("logdet(cA)", logdet(c * A), n * log(abs(c)) + logdet(A)),
    ("logdet(tA)", logdet(t * A), n * log(t) + logdet(A)),
    ("logdet(diag v)", logdet(diag(v)), total(log(abs(v)))),
    ("logdet(I)", logdet(identity("n")), number(0)),
    ("log det", log(det(S)), logdet(S)),
    ("log |det|", log(abs(det(A))), logdet(A)),
    ("log det of an inverse", log(det(inverse(S))), -logdet(S)),
    ("A⁻¹A", inverse(A) @ A, identity("n")),
    ("solve", solve(A, x), inverse(A) @ x),
    ("A⁻²", matrix_power(A, -2), inverse(A) @ inverse(A)),
    ("A⁰", matrix_power(A, 0), identity("n")),
]


@pytest.mark.parametrize(("left", "right"), [c[1:] for c in EQUAL], ids=[c[0] for c in EQUAL])
def test_both_sides_are_one_node(left, right):
    assert value(left) == pytest.approx(value(right), rel=1e-10, abs=1e-12)
    assert left is right


WHOLE = [W.T @ W, W.T @ W + A, A * B, multiply(A, B) @ C, A + identity("n"), -(W.T @ W), W.T @ diag(symbol("w", ("m",))) @ W]


@pytest.mark.parametrize("matrix", WHOLE, ids=range(len(WHOLE)))
def test_other_matrices_keep_their_value(matrix):
    values = VALUES | {"w": np.linspace(1, 2, 6)}
    dense = evaluate(matrix, values)
    assert evaluate(inverse(matrix), values) == pytest.approx(np.linalg.inv(dense), rel=1e-8)
    assert evaluate(det(matrix), values) == pytest.approx(np.linalg.det(dense), rel=1e-8)
    assert evaluate(logdet(matrix), values) == pytest.approx(np.linalg.slogdet(dense)[1], rel=1e-8)


def test_a_long_chain_does_not_recurse():
    product = A
    for k in range(3000):
        product = product @ (B if k % 2 else A)
    assert inverse(product).dims == A.dims
    assert logdet(product).dims == ()


def test_only_square_matrices_have_inverses():
    with pytest.raises(ShapeError) as caught:
        inverse(W)
    assert str(caught.value) == (
        "ShapeError: only a square matrix has an inverse or a determinant\n"
        "  given:    m × n\n"
        "  expected: n × n"
    )


def test_the_largest_entry_along_several_axes():
    assert value(amax(abs(W), axes=(0, 1))) == pytest.approx(np.abs(VALUES["W"]).max())


def test_transposing_twice_is_nothing():
    assert transpose(transpose(inverse(A))) is inverse(A)
    assert matmul(inverse(A), A) is identity("n")
