"""Masks of minus infinity in NumPy functions: read as they are meant, and refused where infinity remains."""

import numpy as np
import pytest

import chainrule as cr

SHAPES = dict(Q="T d", K="T d", V="T d")


def by_where(Q, K, V):
    s = np.where(np.tril(np.ones((Q.shape[0], Q.shape[0]))) == 0, -np.inf, Q @ K.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return np.sum((p / p.sum(axis=1, keepdims=True) @ V) ** 2)


def by_sum(Q, K, V):
    T = Q.shape[0]
    s = Q @ K.T + np.triu(np.full((T, T), float("-inf")), 1)
    return np.sum((np.exp(s) / np.exp(s).sum(axis=1, keepdims=True) @ V) ** 2)


def numeric(function, values, name):
    found, x = np.zeros_like(values[name]), values[name]
    for at in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[at] = 1e-6
        found[at] = (function(**{**values, name: x + step}) - function(**{**values, name: x - step})) / 2e-6
    return found


@pytest.mark.parametrize("function", [by_where, by_sum])
@pytest.mark.parametrize("wrt", "QKV")
def test_attention_behind_a_mask_of_infinity(function, wrt):
    rng = np.random.default_rng(3)
    values = {name: rng.normal(size=(4, 3)) for name in "QKV"}
    program = cr.grad(function, wrt, **SHAPES).compile()
    assert np.allclose(program(**{k: values[k] for k in program.parameters}), numeric(function, values, wrt), atol=1e-7)


def test_the_mask_is_printed_as_infinity():
    assert cr.grad(by_where, "V", **SHAPES).where["s"] == "where(tril(𝟏𝟏ᵀ), QKᵀ, −∞)"
    assert cr.grad(by_sum, "V", **SHAPES).where["s"] == "QKᵀ − ∞ triu(𝟏𝟏ᵀ, 1)"
    assert r"- \infty \, \operatorname{triu}" in cr.trace(by_sum, **SHAPES).echo_latex


def test_a_constant_triangle_of_infinity_is_a_triangle():
    mask = np.triu(np.full((4, 4), -np.inf), 1)

    def masked(s):
        return np.sum(np.exp(s + mask))

    assert cr.trace(masked, s="4 4").echo == "masked(s) = sum(exp(s − ∞ triu(𝟏𝟏ᵀ, 1)))"


def test_a_row_that_is_masked_whole_is_no_point_of_the_function():
    def padded(s, m):
        s = np.where(m > 0, s, -np.inf)
        p = np.exp(s - s.max(axis=1, keepdims=True))
        return np.sum((p / p.sum(axis=1, keepdims=True)) ** 2)

    found = cr.grad(padded, "s", s="m n", m="m n mask01")
    assert found.seal.ok


def test_an_infinite_limit_is_none():
    assert cr.trace(lambda x: np.sum(np.clip(x, 0, np.inf)), x="n").echo.endswith("= sum(relu(x))")
    assert cr.trace(lambda x: np.sum(np.clip(x, -np.inf, 1)), x="n").echo.endswith("= sum(min(1, x))")


def test_the_largest_begins_at_minus_infinity():
    def largest(x):
        best = -np.inf
        for k in range(2):
            best = np.maximum(best, x[k])
        return best

    assert cr.trace(largest, x="2").echo == "largest(x) = max(x[0], x[1])"


def test_infinity_that_is_left_in_the_value_is_refused():
    def infinite(x):
        return np.sum(np.where(x > 0, x, -np.inf))

    with pytest.raises(cr.DomainError) as caught:
        cr.grad(infinite, "x", x="n")
    assert str(caught.value) == """\
DomainError: `infinite` is infinite at some points
  given:    infinite(x) = sum(where([x > 0], x, −∞))
  expected: a mask of ∞ within exp, max, min, softmax or logsumexp, where what is masked falls away
  fix:      np.where(mask, x, 0) leaves what is masked out of a sum"""
