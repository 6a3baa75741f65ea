"""Masks of zeros and ones: comparisons of them, choices by them, and their logic."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.syntax import read

S = np.array([[0.5, -1.0], [2.0, 0.3]])


@pytest.mark.parametrize(
    "text, numpy",
    [
        ("np.tril(np.ones((2, 2))) == 0", lambda: np.tril(np.ones((2, 2))) == 0),
        ("np.tril(np.ones((2, 2))) != 0", lambda: np.tril(np.ones((2, 2))) != 0),
        ("np.triu(np.ones((2, 2)), 1) > 0", lambda: np.triu(np.ones((2, 2)), 1) > 0),
        ("np.triu(np.ones((2, 2)), 1) >= 0.5", lambda: np.triu(np.ones((2, 2)), 1) >= 0.5),
        ("np.eye(2) < 2", lambda: np.eye(2) < 2),
    ],
)
def test_a_constant_mask_compared_with_a_number_is_decided(text, numpy):
    problem = read(f"({text}) * S", "S: 2 2", dialect="numpy")
    assert np.array_equal(problem.evaluate({"S": S}), numpy() * S)
    assert problem.margin({"S": S}) == float("inf")


def test_a_choice_by_the_complement_of_a_mask_is_turned_round():
    found = cr.derive("np.sum(np.where(np.tril(np.ones((n, n))) == 0, -1e9, S**2))", "S", declare="S: n n")
    assert found.text == "2S ⊙ tril(𝟏𝟏ᵀ)"


def test_a_declared_mask_that_equals_zero_is_its_complement():
    found = cr.derive("np.sum(np.where(M == 0, 0, np.tanh(x)))", "x", declare="M: n mask01, x: n")
    assert found.text == "M ⊙ (1 − tanh(x)²)"


@pytest.mark.parametrize("text, inside", [("logical_and(x > 0, x < 1)", 1.0), ("logical_or(x > 1, x < 0)", 0.0)])
def test_both_and_either_have_no_kink_where_they_agree(text, inside):
    problem = read(f"sum({text} .* x^2)", "x: n")
    x = np.array([0.5, 0.25])
    assert problem.evaluate({"x": x}) == pytest.approx(inside * np.sum(x**2))
    assert problem.margin({"x": x}) == pytest.approx(0.25)


def test_sizes_may_be_sums():
    found = cr.derive("||W z + h||^2 + ||x||^2", "z", declare="W: m m+d, z: m+d, h: m, x: d")
    assert [str(d) for d in found.shape] == ["d+m"]
