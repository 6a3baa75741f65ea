"""The seal accepts right derivatives, refuses wrong ones, and says what it compared."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.core.dims import dim
from chainrule.numeric.seal_evidence import verify

m, n = dim("m"), dim("n")
NONE = frozenset()
A, b, x, X, S, y, t = (
    ("A", (m, n), NONE), ("b", (m,), NONE), ("x", (n,), NONE), ("X", (n, n), frozenset({"invertible"})),
    ("S", (n, n), frozenset({"posdef"})), ("y", (m,), frozenset({"labelspm1"})), ("t", (), NONE),
)  # fmt: skip


def least_squares(v):
    r = v["A"] @ v["x"] - v["b"]
    return r @ r


def least_squares_gradient(v):
    return 2 * v["A"].T @ (v["A"] @ v["x"] - v["b"])


def l1(v):
    return np.sum(np.abs(v["A"] @ v["x"] - v["b"]))


def l1_margin(v):
    return np.min(np.abs(v["A"] @ v["x"] - v["b"]))


def softmax(v):
    e = np.exp(v["x"] - v["x"].real.max())
    return e / e.sum()


def test_a_right_gradient_is_sealed_and_the_evidence_reads_well():
    found = verify(least_squares, None, least_squares_gradient, [A, x, b], "x")
    assert found.ok and not found.zero_everywhere and found.worst is None
    assert found.method == "complex step" and found.relative_error < 1e-13
    text = str(found)
    assert text.startswith("3 random points, sizes (m, n) = (3, 5), (7, 2), (4, 4), relative error ")
    assert text.endswith("e-16, remainder slope 2.00") or text.endswith("e-15, remainder slope 2.00")


def test_the_same_evidence_every_time():
    again = [verify(least_squares, None, least_squares_gradient, [A, x, b], "x").to_dict() for _ in range(2)]
    assert again[0] == again[1]


WRONG = {
    "factor": lambda v: v["A"].T @ (v["A"] @ v["x"] - v["b"]),
    "sign": lambda v: -2 * v["A"].T @ (v["A"] @ v["x"] - v["b"]),
    "dropped term": lambda v: 2 * v["A"].T @ (v["A"] @ v["x"]),
    "zero": lambda v: np.zeros_like(v["x"]),
    "one part in a million": lambda v: least_squares_gradient(v) * (1 + 1e-6),
    "one entry": lambda v: least_squares_gradient(v) + 1e-3 * np.eye(len(v["x"]))[0],
    "shape": lambda v: np.ones((2, 2)),
    "nan": lambda v: least_squares_gradient(v) * np.nan,
    "raises": lambda v: v["A"] @ v["b"],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_gradient_is_refused(name):
    found = verify(least_squares, None, WRONG[name], [A, x, b], "x")
    assert not found.ok and found.reason
    assert found.reason in str(found)


def test_the_worst_entry_is_named_with_both_values():
    found = verify(least_squares, None, WRONG["one entry"], [A, x, b], "x")
    assert found.worst["index"] == [0] and found.worst["along"] == "entry"
    assert found.worst["claimed"] - found.worst["numeric"] == pytest.approx(1e-3, rel=1e-6)


def test_a_transposed_matrix_gradient_is_refused():
    variables = [("a", (n,), NONE), ("W", (n, n), NONE), ("x", (n,), NONE)]

    def f(v):
        return v["a"] @ v["W"] @ v["x"]

    right = verify(f, None, lambda v: np.outer(v["a"], v["x"]), variables, "W")
    assert right.ok and right.slope is None and right.affine and str(right).endswith("remainder zero")
    assert not verify(f, None, lambda v: np.outer(v["x"], v["a"]), variables, "W").ok


def test_a_kinked_function_is_sealed_away_from_its_kinks():
    def gradient(v):
        return v["A"].T @ np.sign(v["A"] @ v["x"] - v["b"])

    found = verify(l1, l1_margin, gradient, [A, x, b], "x")
    assert found.ok and found.method == "differences" and found.draws == 32


def test_a_piece_that_is_rare_is_visited():
    def margin(v):
        return np.abs(v["t"] - 1.2)

    def f(v):
        return np.where(v["t"].real > 1.2, v["t"] ** 2, v["t"])

    right = verify(f, margin, lambda v: np.where(v["t"] > 1.2, 2 * v["t"], 1.0), [t], "t")
    assert right.ok
    assert not verify(f, margin, lambda v: np.ones(()), [t], "t").ok


def test_the_second_order_uses_the_verified_first():
    def hessian(v):
        p = softmax(v)
        return np.diag(p) - np.outer(p, p)

    def f(v):
        return np.log(np.sum(np.exp(v["x"])))

    assert verify(f, None, softmax, [x], "x").ok
    assert verify(f, None, hessian, [x], "x", order=2, lower=softmax).ok
    assert not verify(f, None, lambda v: np.diag(softmax(v)), [x], "x", order=2, lower=softmax).ok


def test_domains_are_found_without_declarations():
    entropy = verify(lambda v: np.sum(v["x"] * np.log(v["x"])), None, lambda v: np.log(v["x"]) + 1, [x], "x")
    assert entropy.ok
    arcsin = verify(lambda v: np.arcsin(v["x"]), None, lambda v: np.diag(1 / np.sqrt(1 - v["x"] ** 2)), [x], "x")
    assert arcsin.ok
    arccosh = verify(lambda v: np.sum(np.arccosh(v["x"])), None, lambda v: 1 / np.sqrt(v["x"] ** 2 - 1), [x], "x")
    assert arccosh.ok


@pytest.mark.parametrize("factor", [0, 1, 1.5, -1])
def test_a_function_rougher_than_its_slope_seals_nothing(factor):
    def f(v):
        return np.sum(v["x"].real + 1e-4 * np.sin(1e9 * v["x"].real))

    found = verify(f, None, lambda v: factor * np.ones_like(v["x"]), [x], "x")
    assert not found.ok


def test_a_function_that_is_zero_has_no_other_derivative():
    found = verify(lambda v: v["x"] @ v["x"] - v["x"] @ v["x"], None, lambda v: np.ones_like(v["x"]), [x], "x")
    assert found.refuted


def test_too_few_points_are_neither_a_seal_nor_a_refutation():
    def f(v):
        return v["x"] @ v["x"] if len(v["x"]) == 4 else np.nan * v["x"] @ v["x"]

    found = verify(f, None, lambda v: 2 * v["x"], [("x", (dim(4),), NONE)], "x")
    assert found.ok
    found = verify(f, None, lambda v: 2 * v["x"], [("x", (dim(5),), NONE)], "x")
    assert not found.ok and not found.refuted and str(found) == found.reason


def test_singular_sizes_are_avoided():
    def f(v):
        return np.linalg.slogdet(v["A"].T @ v["A"])[1]

    def gradient(v):
        return 2 * v["A"] @ np.linalg.inv(v["A"].T @ v["A"])

    found = verify(f, None, gradient, [A], "A")
    assert found.ok and all(p["m"] >= p["n"] for p in found.points)


def test_a_function_without_admissible_points_is_refused_with_a_reason():
    found = verify(lambda v: np.log(-np.exp(v["x"])), None, lambda v: np.ones((2, 2)), [x], "x")
    assert not found.ok and "not finite" in str(found)


def test_a_derivative_that_is_zero_everywhere_is_reported():
    found = verify(lambda v: np.sum(softmax(v)), None, lambda v: np.zeros_like(v["x"]), [x], "x")
    assert found.ok and found.zero_everywhere and found.relative_error == 0
    noisy = verify(lambda v: np.sum(v["x"] - np.mean(v["x"])), None, lambda v: 1e-17 * np.cos(v["x"]), [x], "x")
    assert noisy.ok and noisy.zero_everywhere


def test_tiny_derivatives_are_compared_in_proportion():
    def f(v):
        return np.exp(-50 - v["x"] @ v["x"])

    assert verify(f, None, lambda v: -2 * v["x"] * f(v), [x], "x").ok
    assert not verify(f, None, lambda v: -3 * v["x"] * f(v), [x], "x").ok


def test_matrices_with_many_entries_are_compared_along_directions():
    def f(v):
        return np.linalg.det(v["X"])

    def gradient(v):
        return np.linalg.det(v["X"]) * np.linalg.inv(v["X"]).T

    assert verify(f, None, gradient, [X], "X").ok
    found = verify(f, None, lambda v: gradient(v).T, [X], "X")
    assert not found.ok and found.worst["along"] in ("entry", "random direction")


def test_the_inverse_has_a_jacobian_of_order_four():
    def jacobian(v):
        Y = np.linalg.inv(v["X"])
        return -np.einsum("ik,lj->ijkl", Y, Y)

    assert verify(lambda v: np.linalg.inv(v["X"]), None, jacobian, [X], "X").ok
    assert not verify(lambda v: np.linalg.inv(v["X"]), None, lambda v: -jacobian(v), [X], "X").ok


def test_a_seal_of_a_smooth_function_calls_it_few_times():
    """Three points: each is evaluated, nudged twice, differentiated by complex steps, and followed for its slope."""
    calls = []

    def counted(v):
        calls.append(v)
        return least_squares(v)

    assert verify(counted, None, least_squares_gradient, [A, x, b], "x").ok
    assert len(calls) < 100
