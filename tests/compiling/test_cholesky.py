"""Inverses of symmetric matrices by their Cholesky factor: where, and the same values as without."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr

VALUE = "sum((X inv(S)) .* X) + logdet(S)"
DECLARED = "X: n p, S: p p posdef"


def matrix(p):
    A = np.random.default_rng(p).normal(size=(p, 2 * p))
    return A @ A.T / p


def value(X, S):
    return np.sum((X @ np.linalg.inv(S)) * X) + np.linalg.slogdet(S)[1]


def gradient(X, S):
    T = np.linalg.inv(S)
    return T.T - T.T @ X.T @ X @ T.T




@pytest.mark.parametrize("p", [1, 3, 39, 40, 41, 77])
@pytest.mark.parametrize("order", "CF")
def test_the_gradient_is_that_of_the_inverse(p, order):
    S, X = np.asarray(matrix(p), order=order), np.random.default_rng(0).normal(size=(5, p))
    found = cr.grad(VALUE, "S", DECLARED).compile()(X=X, S=S)
    np.testing.assert_allclose(found, gradient(X, S), rtol=0, atol=1e-10 * abs(found).max())


@pytest.mark.parametrize("n", [1, 5])
def test_a_product_with_the_inverse_is_solved_with_the_factor(n):
    S, X = matrix(60), np.random.default_rng(0).normal(size=(n, 60))
    program = cr.grad("sum((X inv(S)) .* X)", "X", DECLARED).compile()
    np.testing.assert_allclose(program(X=X, S=S), 2 * X @ np.linalg.inv(S), rtol=1e-10)
    assert "solution(" in program.planned({"n": n, "p": 60}).source


def test_one_factor_serves_the_inverse_and_the_determinant():
    program = cr.grad("sum(X .* inv(S)) + logdet(S)^2", "S", "X: p p, S: p p posdef").compile()
    source = program.planned({"p": 60}).source
    assert source.count("cholesky(S)") == 2 and "log_determinant(" in source  # its definition, and one call
    S, X = matrix(60), matrix(60) + 1
    T = np.linalg.inv(S)
    truth = 2 * np.linalg.slogdet(S)[1] * T - T @ X.T @ T
    np.testing.assert_allclose(program(X=X, S=S), truth, rtol=0, atol=1e-9 * abs(truth).max())


def indefinite(p):
    S = matrix(p)
    S[5, 5] = -S[5, 5]
    return S


def askew(p):
    S = matrix(p)
    S[7, 2] += 0.25
    return S


def infinite(p):
    S = matrix(p)
    S[3, 4] = S[4, 3] = np.nan
    return S


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("make", [indefinite, askew, infinite])
def test_a_matrix_that_has_no_factor_is_inverted_by_numpy(make):
    S = make(50)
    inverse = cr.grad("logdet(S)", "S", "S: p p posdef").compile()(S=S)
    np.testing.assert_array_equal(inverse, np.linalg.inv(S))
    values = cr.compile(value="logdet(S) + u' inv(S) u", grad="u", declare="S: p p posdef, u: p")(S=S, u=np.ones(50))
    truth = np.linalg.slogdet(S)[1] + np.linalg.solve(S, np.ones(50)).sum()
    np.testing.assert_allclose(values["value"], truth, rtol=1e-12)


def test_what_is_symmetric_by_its_formula_has_a_factor_too():
    source = cr.grad("logdet(X' X + I)", "X", "X: n p").compile().planned({"n": 200, "p": 60}).source
    assert "cholesky(" in source


def test_small_matrices_and_unknown_sizes_are_left_to_numpy():
    program = cr.grad(VALUE, "S", DECLARED).compile()
    assert "lapack" not in program.source and "lapack" not in program.planned({"n": 1000, "p": 20}).source
    assert "lapack" in program.planned({"n": 1000, "p": 60}).source


def test_complex_arguments_take_the_way_without_a_factor():
    S = matrix(45)
    program = cr.grad("logdet(S)", "S", "S: 45 45 posdef").compile()
    step = np.zeros((45, 45))
    step[2, 3] = step[3, 2] = 1e-20
    T = np.linalg.inv(S)
    np.testing.assert_allclose(program(S=S + 1j * step).imag / 1e-20, -(T @ step @ T) / 1e-20, rtol=0, atol=1e-10)
