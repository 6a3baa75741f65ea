"""The softmax classifier −sum(Y ⊙ log softmax(XW)): gradient, Hessian and Hessian–vector product in W."""

from __future__ import annotations

import numpy as np

from .workload import Workload, columnwise_softmax, row_blocks, rowwise_softmax, sized

COMMON = dict(
    function="-sum(Y .* log(softmax(X W, axis=1)))",
    wrt="W",
    declare="X: n d, W: d k, Y: n k onehot",
    value=lambda m, X, W, Y: -m.sum(Y * m.log_softmax(X @ W)),
)
ROWS = sized("n d k", (200, 10, 3), (2000, 100, 10), (5000, 784, 10))


def data(rng, n, d, k):
    labels = np.eye(k)[rng.integers(k, size=n)]
    return {"X": rng.normal(size=(n, d)), "W": rng.normal(size=(d, k)) / np.sqrt(d), "Y": labels}


def direction(rng, n, d, k):
    return data(rng, n, d, k) | {"v": rng.normal(size=(d, k))}


LARGE = 1 << 17  # entries (1 MiB) of X, which is read twice, from which on it is better read in blocks of rows


def blocks(X):
    return row_blocks(*X.shape, 1 << 16) if X.size > LARGE else [slice(None)]


def gradient(X, W, Y):
    """Xᵀ(P − Y) as its transpose, with the thin side first, which BLAS multiplies faster."""
    G = None
    for rows in blocks(X):
        P = columnwise_softmax(W.T @ X[rows].T)
        P -= Y[rows].T
        part = P @ X[rows]
        G = part if G is None else np.add(G, part, out=G)
    return G.T


def hessian(X, W, Y):
    """By pairs of classes: each block Xᵀ diag(p_c p_e) X is symmetric, one syrk of half the work; stored k×k×d×d."""
    P = rowwise_softmax(X @ W)
    n, d = X.shape
    k = W.shape[1]
    H = np.empty((k, k, d, d))
    Z = np.empty_like(X)
    root = np.sqrt(P)
    for c in range(k):
        np.multiply(X, np.sqrt(P[:, c] * (1 - P[:, c]))[:, None], out=Z)
        np.matmul(Z.T, Z, out=H[c, c])
        for e in range(c):
            np.multiply(X, (root[:, c] * root[:, e])[:, None], out=Z)
            np.matmul(Z.T, Z, out=H[c, e])
            np.negative(H[c, e], out=H[c, e])
            H[e, c] = H[c, e]
    return H.transpose(2, 0, 3, 1)


def product(X, W, Y, v):
    G = None
    for rows in blocks(X):
        P = columnwise_softmax(W.T @ X[rows].T)
        T = v.T @ X[rows].T
        T -= np.einsum("ij,ij->j", P, T)
        T *= P
        part = T @ X[rows]
        G = part if G is None else np.add(G, part, out=G)
    return G.T


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def gradient_plain(X, W, Y):
    return X.T @ (softmax(X @ W) - Y)


def hessian_plain(X, W, Y):
    P = softmax(X @ W)
    k = W.shape[1]
    weights = np.eye(k) * P[:, None, :] - P[:, :, None] * P[:, None, :]
    return np.einsum("na,nce,nb->acbe", X, weights, X, optimize=True)


def product_plain(X, W, Y, v):
    P = softmax(X @ W)
    T = X @ v
    return X.T @ (P * T - P * (P * T).sum(axis=1, keepdims=True))


WORKLOADS = [
    Workload("softmax classifier gradient", "gradient", data=data, hand=gradient, plain=gradient_plain, sizes=ROWS, **COMMON),
    Workload("softmax classifier Hessian", "hessian", data=data, hand=hessian, plain=hessian_plain,
             sizes=sized("n d k", (200, 10, 3), (2000, 100, 10), (5000, 200, 10)), **COMMON),
    Workload("softmax classifier HVP", "hvp", data=direction, hand=product, plain=product_plain, sizes=ROWS, **COMMON),
]  # fmt: skip
