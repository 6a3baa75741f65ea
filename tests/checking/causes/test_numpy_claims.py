"""Wrong gradients in NumPy, as different people write them: the cause is named, or none where there is none."""

import numpy as np
import pytest

from tests.checking.causes.judge import Item, judged

rng = np.random.default_rng(3)
X, y = rng.normal(size=(7, 4)), rng.normal(size=7)
Y = rng.normal(size=(7, 3))
labels = np.array([0, 2, 1, 1, 0, 2, 2])
lam = 0.37
A = rng.normal(size=(4, 4))
w4, v5 = rng.normal(size=4), rng.normal(size=5)
n = len(y)


# ---------------------------------------------------------------- least squares


def ridge(w):
    r = X @ w - y
    return np.mean(r**2) + lam * np.sum(w**2)


def ridge_no_mean(w):
    r = X @ w - y
    return 2 * X.T @ r + 2 * lam * w


def ridge_no_penalty(w):
    residual = X.dot(w) - y
    return 2.0 / n * X.T.dot(residual)


def ridge_penalty_half(w):
    residual = X.dot(w) - y
    g = 2.0 / n * X.T.dot(residual)
    g += lam * w
    return g


def ridge_penalty_twice(w):
    g = 2 / n * (X.T @ (X @ w - y)) + 2 * lam * w
    g = g + 2 * lam * w
    return g


def ridge_penalty_minus(w):
    return 2 / n * X.T @ (X @ w - y) - 2 * lam * w


def ridge_residual_turned(w):
    r = y - X @ w
    return 2 / n * X.T @ r + 2 * lam * w


def ridge_loop_overwrites(w):
    g = np.zeros_like(w)
    for i in range(n):
        g = 2 / n * (X[i] @ w - y[i]) * X[i]
    return g + 2 * lam * w


def ridge_loop_ends_early(w):
    g = np.zeros_like(w)
    for i in range(n - 1):
        g += 2 / n * (X[i] @ w - y[i]) * X[i]
    return g + 2 * lam * w


def ridge_all_half(w):
    return X.T @ (X @ w - y) / n + lam * w


def ridge_stale_outside(w):
    return 2 / n * X.T @ (X @ w4 - y) + 2 * lam * w


def ridge_float32(w):
    r = X.astype(np.float32) @ w.astype(np.float32) - y.astype(np.float32)
    return (2 / n * X.T.astype(np.float32) @ r + np.float32(2 * lam) * w.astype(np.float32)).astype(float)


def ridge_step(w):
    g = 2 / n * X.T @ (X @ w - y) + 2 * lam * w
    return w - 0.1 * g


def ridge_clipped(w):
    g = 2 / n * X.T @ (X @ w - y) + 2 * lam * w
    return np.clip(g, -0.5, 0.5)


def ridge_unit(w):
    g = 2 / n * X.T @ (X @ w - y) + 2 * lam * w
    return g / np.linalg.norm(g)


def ridge_nan(w):
    g = 2 / n * X.T @ (X @ w - y) + 2 * lam * w
    g[1] = np.nan
    return g


# ---------------------------------------------------------------- norms, roots, logarithms


def length(v):
    return np.sqrt(np.sum(v**2))


def length_no_division(v):
    return v


def log_of_sum(v):
    return np.log(np.sum(np.exp(v)))


def log_of_sum_no_division(v):
    return np.exp(v)


def gaussian(v):
    return np.exp(-0.5 * v @ v)


def gaussian_inner_missing(v):
    return np.exp(-0.5 * v @ v) * np.ones_like(v)


def gaussian_plus(v):
    return v * np.exp(-0.5 * v @ v)


def cubes(v):
    return np.sum(v**3)


def cubes_wrong_power(v):
    return 3 * v**3


def sines(v):
    return np.sum(np.sin(v) * v)


def sines_first_factor_only(v):
    return np.sin(v)


def sines_cosine_minus(v):
    return np.sin(v) - v * np.cos(v)


def absolute(v):
    return np.sum(np.abs(v)) + np.sum(v**2)


def absolute_sign_missing(v):
    return 1 + 2 * v


def absolute_no_l1(v):
    return 2 * v


def huber(v):
    return np.sum(np.where(np.abs(v) < 1, 0.5 * v**2, np.abs(v) - 0.5))


def huber_outside(v):
    return np.where(np.abs(v) < 1, v, v)


def leaky(v):
    return np.sum(np.where(v > 0, v, 0.1 * v) ** 2)


def leaky_negative_zero(v):
    return np.where(v > 0, 2 * v, 0.0)


def differences(v):
    return np.sum((v[1:] - v[:-1]) ** 2)


def differences_left_end(v):
    d = v[1:] - v[:-1]
    g = np.zeros_like(v)
    g[1:] += 2 * d
    return g


def differences_end_skipped(v):
    g = np.zeros_like(v)
    for i in range(1, len(v) - 1):
        g[i] = 2 * (v[i] - v[i - 1]) - 2 * (v[i + 1] - v[i])
    g[-1] = 2 * (v[-1] - v[-2])
    return g


def weighted(v):
    return np.sum(np.arange(1, 7) * v**2)


def weighted_shift(v):
    return 2 * np.arange(6) * v


def moved(v):
    return np.sum(v[:-1] ** 2 * v[1:])


def whole_numbers(v):
    return np.sum(v**2)


def cut_to_integers(v):
    g = np.zeros(len(v), dtype=int)
    for i in range(len(v)):
        g[i] = 2 * v[i]
    return g


# ---------------------------------------------------------------- matrices


def quadratic(x):
    return x @ A @ x


def quadratic_symmetric(x):
    return 2 * A @ x


def quadratic_half(x):
    return (A + A.T) @ x / 2


def frobenius(M):
    return np.sum((X @ M - Y) ** 2)


def frobenius_elementwise(M):
    return 2 * X.T @ (X @ M - Y) * M


def trace_of(M):
    return np.trace(A @ M @ M)


def trace_transposed(M):
    return A @ M + M @ A


def logdet(M):
    return np.linalg.slogdet(M)[1]


def logdet_no_transpose(M):
    return np.linalg.inv(M)


def bilinear(p, q):
    return p @ A @ q


def bilinear_swapped(p, q):
    return A.T @ p, A @ q


def rows_normalised(M):
    return np.sum(M.sum(axis=1) ** 2)


def rows_axis(M):
    return 2 * np.ones_like(M) * M.sum(axis=0, keepdims=True)


def rows_mean(M):
    return 2 * np.ones_like(M) * M.mean(axis=1, keepdims=True)


def gathered(E):
    return np.sum(E[labels] ** 2 * np.arange(1, 8)[:, None])


def gathered_lost(E):
    g = np.zeros_like(E)
    g[labels] += 2 * E[labels] * np.arange(1, 8)[:, None]
    return g


def gathered_lost_too(E):
    g = np.zeros_like(E)
    for k, i in enumerate(labels):
        g[i] = 2 * E[i] * (k + 1)
    return g


at4, at5, at6 = rng.normal(size=4), rng.normal(size=5), rng.normal(size=6)
M43, M44, M32 = rng.normal(size=(4, 3)), rng.normal(size=(4, 4)) + 3 * np.eye(4), rng.normal(size=(3, 2))
big = rng.normal(size=12) * 2

ITEMS = [
    Item(ridge, ridge_no_penalty, at4, ("missing-term",), "lam"),
    Item(ridge, ridge_penalty_half, at4, ("factor", "missing-term"), "lam"),
    Item(ridge, ridge_penalty_twice, at4, ("doubled-term", "extra-term"), "lam"),
    Item(ridge, ridge_penalty_minus, at4, ("sign",), "2 * lam * w"),
    Item(ridge, ridge_residual_turned, at4, ("sign",), "y"),
    Item(ridge, ridge_loop_overwrites, at4, ("accumulation",), "+="),
    Item(ridge, ridge_loop_ends_early, at4, ("shifted", "some-entries"), "range(n)"),
    Item(ridge, ridge_no_mean, at4, ("factor", "mean"), "n"),
    Item(ridge, ridge_all_half, at4, ("factor",), "½"),
    Item(ridge, ridge_stale_outside, at4, ("variable", "stale"), "w4"),
    Item(ridge, ridge_float32, at4, ("narrow",), "float32"),
    Item(ridge, ridge_step, at4, ("updated",), "0.1"),
    Item(ridge, ridge_clipped, 3 * at4, ("clipped",), "0.5"),
    Item(ridge, ridge_unit, at4, ("normalized",), "length 1"),
    Item(ridge, ridge_nan, at4, ("not-finite",), "w[1]"),
    Item(length, length_no_division, at5, ("chain-factor", "value"), ""),
    Item(log_of_sum, log_of_sum_no_division, at5, ("chain-factor",), ""),
    Item(gaussian, gaussian_inner_missing, at5, ("chain-factor",), "v"),
    Item(gaussian, gaussian_plus, at5, ("sign",), "opposite"),
    Item(cubes, cubes_wrong_power, at5, ("power", "chain-factor"), ""),
    Item(sines, sines_first_factor_only, at5, ("missing-term",), "sin(v)"),
    Item(sines, sines_cosine_minus, at5, ("sign",), "cos"),
    Item(absolute, absolute_sign_missing, at5, ("half-space", "chain-factor"), ""),
    Item(absolute, absolute_no_l1, at5, ("missing-term",), "|v|"),
    Item(huber, huber_outside, big, ("half-space",), "v"),
    Item(leaky, leaky_negative_zero, big, ("half-space",), "< 0"),
    Item(differences, differences_left_end, at6, ("missing-term", "some-entries"), ""),
    Item(differences, differences_end_skipped, at6, ("some-entries",), "v[0]"),
    Item(weighted, weighted_shift, at6, ("shifted", "missing-term"), ""),
    Item(whole_numbers, cut_to_integers, at6 * 3, ("narrow",), "whole numbers"),
    Item(quadratic, quadratic_symmetric, at4, ("symmetric",), ""),
    Item(quadratic, quadratic_half, at4, ("factor",), "½"),
    Item(trace_of, trace_transposed, M44, ("transposed",), "transpose"),
    Item(logdet, logdet_no_transpose, M44, ("transposed",), "transpose"),
    Item(bilinear, bilinear_swapped, (at4, w4), ("swapped",), "exchanged"),
    Item(rows_normalised, rows_mean, M43, ("factor", "mean"), "sum"),
    Item(gathered, gathered_lost, M32, ("accumulation",), "np.add.at"),
    Item(gathered, gathered_lost_too, M32, ("accumulation",), "+="),
]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.claim.__name__)
def test_the_cause_of_a_wrong_claim_is_named(item):
    judged(item)


# ---------------------------------------------------------------- where nothing explains it


def with_noise(w):
    return 2 / n * X.T @ (X @ w - y) + 2 * lam * w + np.array([0.01, -0.03, 0.02, 0.05]) * np.cosh(w + np.arange(4))


def another_function(v):
    return np.arctan(v) + np.array([1.0, 2.0, -1.0, 0.3, 4.0]) * np.cbrt(v[::-1])


def of_two_mistakes(w):
    return np.tanh(X.T @ (np.abs(X @ w) - y)) * 0.7


NAMELESS = [(ridge, of_two_mistakes, at4), (log_of_sum, another_function, at5)]


@pytest.mark.parametrize("function, claim, at", NAMELESS, ids=lambda x: getattr(x, "__name__", ""))
def test_what_nothing_explains_has_no_cause(function, claim, at):
    judged(Item(function, claim, at, (None,)))
