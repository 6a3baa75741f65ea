"""Numeric derivatives are accurate, their bounds hold, and complex-step traps are seen."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.numeric.differences import along, jacobian
from chainrule.numeric.slope import remainder_slope

X = np.array([0.3, -0.8, 1.2])

SMOOTH = {
    "exp": (np.exp, np.exp),
    "sin": (np.sin, np.cos),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "rational": (lambda x: 1 / (2 + x), lambda x: -1 / (2 + x) ** 2),
    "offset": (lambda x: 1e6 + np.sin(x), np.cos),
}
TRAPS = {
    "abs": (lambda x: np.abs(x) ** 3, lambda x: 3 * x * np.abs(x)),
    "conj": (lambda x: x * np.conj(x), lambda x: 2 * x),
    "sign": (lambda x: x * np.sign(x), np.sign),
    "real only": (lambda x: np.cbrt(x), lambda x: 1 / (3 * np.cbrt(x) ** 2)),
    "norm": (lambda x: np.abs(x) + np.linalg.norm(np.stack([x, x + 1]), axis=0) * 0, np.sign),
    "drops the imaginary part": (lambda x: np.real(x) ** 2, lambda x: 2 * x),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_the_complex_step_is_taken_and_accurate(name):
    f, derivative = SMOOTH[name]
    found = jacobian(f, X)
    assert found.method == "complex step"
    assert found.value == pytest.approx(np.diag(derivative(X)), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", TRAPS)
def test_a_complex_step_that_lies_is_not_believed(name):
    f, derivative = TRAPS[name]
    found = jacobian(f, X)
    assert found.method == "differences"
    assert found.value == pytest.approx(np.diag(derivative(X)), rel=1e-9)
    assert np.max(np.abs(found.value - np.diag(derivative(X)))) <= 2 * found.bound + 1e-15


def test_a_jacobian_has_the_axes_of_the_result_then_those_of_the_point():
    A = np.arange(6.0).reshape(2, 3)
    W = np.array([[0.5, -1.0], [1.5, 0.3], [-0.2, 0.9]])
    found = jacobian(lambda w: A @ w, W)
    assert found.value.shape == (2, 2, 3, 2)
    assert found.value == pytest.approx(np.einsum("ik,jl->ijkl", A, np.eye(2)))
    assert jacobian(lambda t: A * t, np.array(0.7)).value == pytest.approx(A)
    assert jacobian(np.sin, np.array(0.7)).value == pytest.approx(np.cos(0.7))


def test_directions_come_first():
    v = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 1.0]])
    found = along(np.sin, X, v)
    assert found.value == pytest.approx(v * np.cos(X))


def test_a_kink_inside_the_first_steps_is_passed_by_smaller_ones():
    found = along(lambda x: np.abs(x - 0.299), np.array([0.3]), np.ones((1, 1)))
    assert found.method == "differences" and found.value == pytest.approx(np.ones((1, 1)), abs=1e-9)


def test_remainder_slopes():
    def f(x):
        return np.sum(np.sin(x))

    v = np.array([1.0, -0.5, 0.7])
    assert remainder_slope(f, X, v, np.cos(X) @ v) == pytest.approx(2, abs=0.02)
    assert remainder_slope(f, X, v, 1.01 * np.cos(X) @ v) < 1.5
    assert remainder_slope(lambda x: 3 * np.sum(x), X, v, 3 * np.sum(v)) is None
    assert remainder_slope(lambda t: t**3, np.array(0.0), np.array(1.0), np.array(0.0)) == pytest.approx(3, abs=0.01)
