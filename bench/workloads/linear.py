"""Functions of a linear map: ridge regression, logistic regression and the quadratic form xᵀAx."""

from __future__ import annotations

import numpy as np

from .workload import Workload, row_blocks, sized

SMALL = 1 << 12  # entries up to which each NumPy call that is saved counts more than arithmetic
LARGE = 1 << 22  # entries (32 MiB) from which on a matrix that is read twice is better read in blocks of rows


def regression(rng, n, d):
    return {"X": rng.normal(size=(n, d)), "w": rng.normal(size=d) / np.sqrt(d)}


# ---------------------------------------------------------------- ridge


def ridge_data(rng, n, d):
    return regression(rng, n, d) | {"y": rng.normal(size=n), "lam": 0.3}


def ridge_gradient(X, w, y, lam):
    if X.size >= LARGE:
        g = (2 * lam) * w
        twice = 2 * w
        for rows in row_blocks(*X.shape):
            r = X[rows] @ twice
            r -= 2 * y[rows]
            g += r @ X[rows]
        return g
    r = X @ w
    r -= y
    g = r @ X
    g += lam * w
    g *= 2
    return g


def ridge_plain(X, w, y, lam):
    return 2 * X.T @ (X @ w - y) + 2 * lam * w


def ridge_value(m, X, w, y, lam):
    return m.sum((X @ w - y) ** 2) + lam * m.sum(w**2)


# ---------------------------------------------------------------- logistic regression

ROWS = sized("n d", (200, 10), (4000, 100), (20000, 500))
LOGISTIC = dict(
    function="sum(log(1 + exp(-y .* (X w))))",
    wrt="w",
    declare="X: n d, w: d, y: n labelspm1",
    sizes=ROWS,
    value=lambda m, X, w, y: m.sum(m.softplus(-y * (X @ w))),
)


def logistic_data(rng, n, d):
    return regression(rng, n, d) | {"y": 2.0 * rng.integers(0, 2, n) - 1}


def logistic_direction(rng, n, d):
    return logistic_data(rng, n, d) | {"v": rng.normal(size=d)}


def minus_slopes(X, w, y):
    """−y σ(−y Xw), the derivative in Xw."""
    s = X @ w
    s *= y
    np.exp(s, out=s)
    s += 1
    np.divide(y, s, out=s)
    return np.negative(s, out=s)


def logistic_gradient(X, w, y):
    if X.size < LARGE:
        return minus_slopes(X, w, y) @ X
    g = np.zeros_like(w)
    for rows in row_blocks(*X.shape):
        g += minus_slopes(X[rows], w, y[rows]) @ X[rows]
    return g


def curvature(X, w):
    """σ(Xw) σ(−Xw); the labels ±1 leave it as it is."""
    s = X @ w
    np.negative(s, out=s)
    np.exp(s, out=s)
    s += 1
    np.reciprocal(s, out=s)
    return s * (1 - s)


def logistic_hessian(X, w, y):
    if X.size < SMALL:
        return X.T @ (X * curvature(X, w)[:, None])
    if X.size < LARGE:
        B = X * np.sqrt(curvature(X, w))[:, None]
        return B.T @ B
    H = np.zeros((w.size, w.size))
    for rows in row_blocks(*X.shape, 1 << 20):
        B = X[rows] * np.sqrt(curvature(X[rows], w))[:, None]
        H += B.T @ B
    return H


def logistic_hvp(X, w, y, v):
    if X.size < LARGE:
        s = curvature(X, w)
        s *= X @ v
        return s @ X
    g = np.zeros_like(w)
    for rows in row_blocks(*X.shape):
        s = curvature(X[rows], w)
        s *= X[rows] @ v
        g += s @ X[rows]
    return g


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def logistic_gradient_plain(X, w, y):
    return -X.T @ (y * sigmoid(-y * (X @ w)))


def logistic_hessian_plain(X, w, y):
    s = sigmoid(y * (X @ w))
    return X.T @ ((s * (1 - s))[:, None] * X)


def logistic_hvp_plain(X, w, y, v):
    s = sigmoid(y * (X @ w))
    return X.T @ (s * (1 - s) * (X @ v))


# ---------------------------------------------------------------- the quadratic form

QUADRATIC = dict(
    function="x^T A x",
    wrt="x",
    declare="A: n n, x: n",
    sizes=sized("n", (10,), (200,), (2000,)),
    value=lambda m, A, x: m.sum(x * (A @ x)),
)


def quadratic_data(rng, n):
    return {"A": rng.normal(size=(n, n)), "x": rng.normal(size=n)}


def quadratic_direction(rng, n):
    return quadratic_data(rng, n) | {"v": rng.normal(size=n)}


def quadratic_hessian(A, x):
    return A + A.T


def quadratic_hvp(A, x, v):
    if A.size < SMALL // 16:
        return (A + A.T) @ v
    if A.size < LARGE // 2:
        g = A @ v
        g += v @ A
        return g
    left, right = np.empty_like(v), np.zeros_like(v)
    for rows in row_blocks(*A.shape):
        np.dot(A[rows], v, out=left[rows])
        right += v[rows] @ A[rows]
    left += right
    return left


WORKLOADS = [
    Workload("ridge gradient", "gradient", "||X w - y||^2 + lam ||w||^2", "w", "X: n d, w: d, y: n, lam: scalar", ROWS,
             ridge_data, ridge_gradient, ridge_plain, ridge_value),
    Workload("logistic gradient", "gradient", data=logistic_data, hand=logistic_gradient,
             plain=logistic_gradient_plain, **LOGISTIC),
    Workload("logistic Hessian", "hessian", data=logistic_data, hand=logistic_hessian,
             plain=logistic_hessian_plain, **LOGISTIC),
    Workload("logistic HVP", "hvp", data=logistic_direction, hand=logistic_hvp, plain=logistic_hvp_plain, **LOGISTIC),
    Workload("xᵀAx Hessian", "hessian", data=quadratic_data, hand=quadratic_hessian,
             plain=lambda A, x: A + A.T, **QUADRATIC),
    Workload("xᵀAx HVP", "hvp", data=quadratic_direction, hand=quadratic_hvp,
             plain=lambda A, x, v: (A + A.T) @ v, **QUADRATIC),
]  # fmt: skip
