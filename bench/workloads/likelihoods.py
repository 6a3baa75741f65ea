"""Likelihoods: of a Gaussian in its mean and its covariance, and of a mixture in its means and log-weights."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve, lapack

from .workload import Workload, columnwise_softmax, row_blocks, sized


def gaussian(X, mu, S):
    """Minus the log-likelihood, up to a constant."""
    R = X - mu
    return (np.sum((R @ np.linalg.inv(S)) * R) + X.shape[0] * np.linalg.slogdet(S)[1]) / 2


def gaussian_value(m, X, mu, S):
    R = m.minus_row(X, mu)
    return (m.sum((R @ m.inv(S)) * R) + X.shape[0] * m.logdet(S)) / 2


COMMON = dict(function=gaussian, declare="X: n d, mu: d, S: d d posdef", value=gaussian_value)
BLOCK = 1 << 18  # entries (2 MiB) that are worked on at once
ROWS = sized("n d", (100, 5), (1000, 30), (5000, 150))


def data(rng, n, d):
    A = rng.normal(size=(d, 2 * d))
    return {"X": rng.normal(size=(n, d)), "mu": rng.normal(size=d) / 3, "S": A @ A.T / (2 * d)}


def mean_direction(rng, n, d):
    return data(rng, n, d) | {"v": rng.normal(size=d)}


def covariance_direction(rng, n, d):
    return data(rng, n, d) | {"v": rng.normal(size=(d, d))}


def inverse(S):
    """Of a positive definite matrix; LAPACK's own way from its Cholesky factor where it is large enough to pay."""
    if len(S) < 40:
        return np.linalg.inv(S)
    factor, _ = lapack.dpotrf(S, lower=1, clean=0)
    T, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    upper = np.triu_indices(len(S), 1)
    T[upper] = T.T[upper]
    return T


def scatter(X, mu):
    """Σ (x − μ)(x − μ)ᵀ, each block a symmetric product."""
    if X.size <= BLOCK:
        R = X - mu
        return R.T @ R
    C = None
    for rows in row_blocks(*X.shape, BLOCK):
        R = X[rows] - mu
        C = R.T @ R if C is None else np.add(C, R.T @ R, out=C)
    return C


def covariance_gradient(X, mu, S):
    T = inverse(S)
    G = T @ scatter(X, mu) @ T
    G *= -0.5
    G += (0.5 * len(X)) * T
    return G


def mean_hessian(X, mu, S):
    T = inverse(S)
    T *= len(X)
    return T


def covariance_hessian(X, mu, S):
    """H_ijkl = (T_il W_jk + (W − nT)_il T_jk)/2 with T = S⁻¹, W = T C T: a product over the two terms for each i."""
    T = inverse(S)
    W = T @ scatter(X, mu) @ T
    d = len(S)
    terms = np.stack([W, T], axis=-1).reshape(d * d, 2)  # jk, term
    left = np.stack([0.5 * T, 0.5 * (W - len(X) * T)], axis=1)  # i, term, l
    return np.matmul(terms, left).reshape(d, d, d, d)


def mean_product(X, mu, S, v):
    return np.linalg.solve(S, v) * len(X) if len(S) < 40 else cho_solve(cho_factor(S), len(X) * v)


def covariance_product(X, mu, S, v):
    """(W vᵀ T + (W − nT)… in three products: with B = T vᵀ, (B W + (W − nT) vᵀ T)/2."""
    T = inverse(S)
    W = T @ scatter(X, mu) @ T
    B = T @ v.T
    G = B @ (W - len(X) * T)
    G += W @ (v.T @ T)
    G *= 0.5
    return G


def covariance_gradient_plain(X, mu, S):
    T = np.linalg.inv(S)
    R = X - mu
    return (len(X) * T - T @ R.T @ R @ T) / 2


def mean_hessian_plain(X, mu, S):
    return len(X) * np.linalg.inv(S)


def covariance_hessian_plain(X, mu, S):
    T = np.linalg.inv(S)
    R = X - mu
    W = T @ R.T @ R @ T
    H = np.einsum("il,jk->ijkl", T, W) + np.einsum("il,jk->ijkl", W, T) - len(X) * np.einsum("il,jk->ijkl", T, T)
    return H / 2


def mean_product_plain(X, mu, S, v):
    return len(X) * np.linalg.inv(S) @ v


def covariance_product_plain(X, mu, S, v):
    T = np.linalg.inv(S)
    R = X - mu
    W = T @ R.T @ R @ T
    return (T @ v.T @ W + W @ v.T @ T - len(X) * T @ v.T @ T) / 2


# ---------------------------------------------------------------- a mixture of Gaussians of unit variance


def mixture(X, M, a):
    """The log-likelihood of means M and log-weights a, up to a constant."""
    squares = ((X[:, None, :] - M[None, :, :]) ** 2).sum(axis=2)
    return np.sum(np.log(np.sum(np.exp(a - squares / 2), axis=1))) - X.shape[0] * np.log(np.sum(np.exp(a)))


def mixture_value(m, X, M, a):
    return m.sum(m.logsumexp(m.minus_half_squares(X, M, a))) - X.shape[0] * m.logsumexp_vector(a)


def mixture_data(rng, n, d, k):
    M = 2 * rng.normal(size=(k, d))
    return {"X": M[rng.integers(k, size=n)] + rng.normal(size=(n, d)), "M": M + 0.3, "a": rng.normal(size=k) / 3}


def mixture_gradients(X, M, a):
    """‖x‖² is the same for all means and drops out of the softmax; k×n, so that the softmax runs along memory."""
    shift = (a - 0.5 * np.einsum("ij,ij->i", M, M))[:, None]
    blocks = row_blocks(len(X), len(M), BLOCK // 4) if len(X) * len(M) > BLOCK // 4 else [slice(None)]
    dM = counts = None
    for rows in blocks:
        P = M @ X[rows].T
        P += shift
        columnwise_softmax(P)
        count, part = P.sum(axis=1), P @ X[rows]
        dM, counts = (part, count) if dM is None else (np.add(dM, part, out=dM), counts + count)
    dM -= counts[:, None] * M
    e = np.exp(a - a.max())
    e *= len(X) / e.sum()
    return {"M": dM, "a": np.subtract(counts, e, out=counts)}


def mixture_plain(X, M, a):
    D = X[:, None, :] - M[None, :, :]
    L = a - (D**2).sum(axis=2) / 2
    P = np.exp(L - L.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    weights = np.exp(a) / np.exp(a).sum()
    return {"M": (P[:, :, None] * D).sum(axis=0), "a": P.sum(axis=0) - len(X) * weights}


WORKLOADS = [
    Workload("Gaussian gradient in covariance", "gradient", wrt="S", data=data, hand=covariance_gradient,
             plain=covariance_gradient_plain, sizes=ROWS, **COMMON),
    Workload("Gaussian Hessian in mean", "hessian", wrt="mu", data=data, hand=mean_hessian, plain=mean_hessian_plain,
             sizes=ROWS, **COMMON),
    Workload("Gaussian Hessian in covariance", "hessian", wrt="S", data=data, hand=covariance_hessian,
             plain=covariance_hessian_plain, sizes=sized("n d", (100, 5), (1000, 30), (2000, 50)), **COMMON),
    Workload("Gaussian HVP in mean", "hvp", wrt="mu", data=mean_direction, hand=mean_product, plain=mean_product_plain,
             sizes=ROWS, **COMMON),
    Workload("Gaussian HVP in covariance", "hvp", wrt="S", data=covariance_direction, hand=covariance_product,
             plain=covariance_product_plain, sizes=ROWS, **COMMON),
    Workload("Gaussian mixture gradients", "gradient", mixture, ["M", "a"], "X: n d, M: k d, a: k",
             sized("n d k", (200, 2, 3), (2000, 5, 8), (20000, 10, 10)), mixture_data, mixture_gradients, mixture_plain,
             mixture_value),
]  # fmt: skip
