"""The direct evaluation: safe for a complex step, clear of kinks, strict about sizes."""

import numpy as np
import pytest

from chainrule.core.errors import ShapeError
from chainrule.syntax import read

STEP = 1e-30


@pytest.mark.parametrize(
    "text, gradient",
    [
        ("||x||^2", lambda x: 2 * x),
        ("||x||", lambda x: x / np.linalg.norm(x)),
        ("||x||_1", lambda x: np.sign(x)),
        ("||x||_inf", lambda x: np.sign(x) * (np.abs(x) == np.abs(x).max())),
        ("sum(x.^3)", lambda x: 3 * x**2),
        ("log(sum(exp(x)))", lambda x: np.exp(x) / np.exp(x).sum()),
        ("sum(max(x, 0)^2)", lambda x: 2 * np.maximum(x, 0)),
        ("sum(where(x > 0, x, 2x))", lambda x: np.where(x > 0, 1, 2)),
        ("1/(x^T x)", lambda x: -2 * x / (x @ x) ** 2),
        ("logdet(I + x x^T)", lambda x: 2 * np.linalg.solve(np.eye(3) + np.outer(x, x), x)),
        ("sum(cumsum(x))", lambda x: np.array([3.0, 2.0, 1.0])),
        ("x_1 x_2", lambda x: np.array([x[1], x[0], 0])),
    ],
)
def test_a_complex_step_gives_the_derivative(text, gradient):
    x = np.array([0.7, -1.2, 0.4])
    problem = read(text, "x: n")
    found = [problem.evaluate({"x": x + 1j * STEP * e}).imag / STEP for e in np.eye(3)]
    assert found == pytest.approx(gradient(x), rel=1e-12)


@pytest.mark.parametrize(
    "text, distance",
    [
        ("sum(x.^2)", np.inf),
        ("||x||_1", 0.25),
        ("max(x, 1)", 0.25),
        ("relu(x - 0.5)", 0.75),
        ("max(x)", 1.25),
        ("where(x > 2, x, 1)", 0.5),
        ("huber_d(x)", 0.25),
    ],
)
def test_margin_is_the_distance_to_the_nearest_kink(text, distance):
    problem = read(text, "x: n, d: scalar")
    values = {"x": np.array([2.5, -0.25, 1.25]), "d": np.array(1.0)}
    assert problem.margin(values) == pytest.approx(distance)


def test_integers_are_taken_as_real_numbers():
    assert read("x^T x / 2").evaluate({"x": [1, 2]}) == 2.5


def test_sizes_may_be_any_numbers():
    problem = read("kron(A, B) + 0 * concatenate([C, C], axis=0)", "A: m n, B: 2 1, C: m n")
    assert problem.evaluate({"A": np.ones((3, 2)), "B": np.ones((2, 1)), "C": np.ones((3, 2))}).shape == (6, 2)


@pytest.mark.parametrize(
    "values",
    [
        {"A": np.ones((2, 3)), "x": np.ones(3)},
        {"A": np.ones((2, 3)), "x": np.ones(2), "b": np.ones(2)},
        {"A": np.ones(3), "x": np.ones(3), "b": np.ones(2)},
    ],
)
def test_values_that_do_not_fit_are_refused(values):
    with pytest.raises(ShapeError):
        read("A x - b").evaluate(values)


def test_zero_sizes_and_sizes_of_one():
    problem = read("sum(A x)", "A: m n, x: n")
    assert problem.evaluate({"A": np.ones((0, 3)), "x": np.ones(3)}) == 0
    assert problem.evaluate({"A": np.ones((1, 1)), "x": np.ones(1)}) == 1


def test_normalisations_are_what_they_say():
    X, x = np.random.default_rng(4).normal(size=(3, 4)), np.array([0.5, -1.0, 2.0])
    value = lambda text, **values: read(text, {name: "m n" if v.ndim == 2 else "n" for name, v in values.items()}).evaluate(values)
    rows = (X - X.mean(1, keepdims=True)) / np.sqrt(X.var(1, keepdims=True) + 1e-5)
    assert value("layernorm(X)", X=X) == pytest.approx(rows)
    assert value("batchnorm(X)", X=X) == pytest.approx((X - X.mean(0)) / np.sqrt(X.var(0) + 1e-5))
    assert value("rmsnorm(x)", x=x) == pytest.approx(x / np.sqrt(np.mean(x**2) + 1e-6))
    assert value("log_softmax(X)", X=X) == pytest.approx(X - np.log(np.exp(X).sum(1, keepdims=True)))
