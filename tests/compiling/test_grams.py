"""Hessians in a matrix of weights: products by columns, where they are made and that they are right."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr

SIZES = [(101, 81, 3), (120, 80, 1), (130, 97, 2), (100, 79, 2), (99, 81, 2), (7, 5, 3), (1, 1, 1)]  # beyond, at and below


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def data(n, d, k):
    rng = np.random.default_rng(n)
    return {"X": rng.normal(size=(n, d)), "W": rng.normal(size=(d, k)) / d, "w": rng.random(n)}


def weighted(X, weights):
    return np.einsum("na,nce,nb->acbe", X, weights, X, optimize=True)


@pytest.mark.parametrize("n, d, k", SIZES)
def test_a_classifier_has_products_by_pairs_of_classes(n, d, k):
    values = data(n, d, k)
    program = cr.hessian("sum(w .* logsumexp(X W, axis=1))", "W", "X: n d, W: d k, w: n positive").compile()
    P = softmax(values["X"] @ values["W"])
    truth = weighted(values["X"], values["w"][:, None, None] * (np.eye(k) * P[:, None] - P[:, :, None] * P[:, None]))
    np.testing.assert_allclose(program(**values), truth, rtol=0, atol=1e-12 * n)


@pytest.mark.parametrize("n, d, k", SIZES)
def test_independent_outputs_have_one_product_each(n, d, k):
    values = data(n, d, k)
    program = cr.hessian("sum(log(1 + exp(X W)))", "W", "X: n d, W: d k").compile()
    P = 1 / (1 + np.exp(-values["X"] @ values["W"]))
    truth = weighted(values["X"], np.eye(k) * (P * (1 - P))[:, None])
    np.testing.assert_allclose(program(X=values["X"], W=values["W"]), truth, rtol=0, atol=1e-12 * n)


def test_loops_are_written_where_the_matrix_is_wide_and_the_weights_cannot_be_negative():
    program = cr.hessian("sum(log(1 + exp(X W)))", "W", "X: n d, W: d k").compile()
    assert "for i in range(k)" in program.planned({"n": 500, "d": 90, "k": 3}).source
    assert "for i" not in program.planned({"n": 500, "d": 20, "k": 3}).source
    signed = cr.hessian("sum(sin(X W))", "W", "X: n d, W: d k").compile()
    assert "for i" not in signed.planned({"n": 500, "d": 90, "k": 3}).source


def test_weights_of_both_signs_are_no_squares():
    values = data(130, 90, 2)
    values.pop("w")
    program = cr.hessian("sum(sin(X W))", "W", "X: n d, W: d k").compile()
    truth = weighted(values["X"], np.eye(2) * -np.sin(values["X"] @ values["W"])[:, None])
    np.testing.assert_allclose(program(**values), truth, rtol=0, atol=1e-11)


def test_a_complex_argument_goes_through_the_loops():
    values = data(110, 85, 2)
    values.pop("w")
    program = cr.hessian("sum(log(1 + exp(X W)))", "W", "X: n d, W: d k").compile()
    step = np.zeros((85, 2))
    step[3, 1] = 1e-20
    third = program(X=values["X"], W=values["W"] + 1j * step).imag / 1e-20
    P = 1 / (1 + np.exp(-values["X"] @ values["W"]))
    rate = (P * (1 - P) * (1 - 2 * P))[:, 1] * values["X"][:, 3]
    truth = np.zeros((85, 2, 85, 2))
    truth[:, 1, :, 1] = (values["X"].T * rate) @ values["X"]
    np.testing.assert_allclose(third, truth, rtol=0, atol=1e-11)
