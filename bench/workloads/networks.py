"""Networks: all gradients of three layers, Jacobians of maps and networks, ten layers in their first weights, attention."""

from __future__ import annotations

import numpy as np

from .workload import Workload, row_blocks, rowwise_softmax, sized

# ---------------------------------------------------------------- three layers, all gradients


def three_layers(X, A, a, B, b, C, c, Y):
    H = np.tanh(X @ A + a)
    K = np.tanh(H @ B + b)
    return np.sum((K @ C + c - Y) ** 2)


def three_layers_value(m, X, A, a, B, b, C, c, Y):
    H = m.tanh(m.plus_row(X @ A, a))
    K = m.tanh(m.plus_row(H @ B, b))
    return m.sum((m.plus_row(K @ C, c) - Y) ** 2)


def three_layers_data(rng, n, d, h, k):
    shapes = {"A": (d, h), "B": (h, h), "C": (h, k)}
    found = {name: rng.normal(size=shape) / np.sqrt(shape[0]) for name, shape in shapes.items()}
    biases = {"a": rng.normal(size=h), "b": rng.normal(size=h), "c": rng.normal(size=k)}
    return {"X": rng.normal(size=(n, d)), **found, **biases, "Y": rng.normal(size=(n, k))}


def layer(X, A, a):
    H = X @ A
    H += a
    return np.tanh(H, out=H)


def back_through(D, H):
    """D ⊙ (1 − H²), in place; H is overwritten."""
    np.multiply(H, H, out=H)
    np.subtract(1, H, out=H)
    D *= H
    return D


def three_layers_gradients(X, A, a, B, b, C, c, Y):
    H = layer(X, A, a)
    K = layer(H, B, b)
    R = K @ C
    R += c
    R -= Y
    R *= 2
    dC, dc = (R.T @ K).T, R.sum(axis=0)
    D = back_through(R @ C.T, K)
    dB, db = H.T @ D, D.sum(axis=0)
    D = back_through(D @ B.T, H)
    return {"A": X.T @ D, "a": D.sum(axis=0), "B": dB, "b": db, "C": dC, "c": dc}


def three_layers_plain(X, A, a, B, b, C, c, Y):
    H = np.tanh(X @ A + a)
    K = np.tanh(H @ B + b)
    R = 2 * (K @ C + c - Y)
    D = R @ C.T * (1 - K**2)
    E = D @ B.T * (1 - H**2)
    return {"A": X.T @ E, "a": E.sum(axis=0), "B": H.T @ D, "b": D.sum(axis=0), "C": K.T @ R, "c": R.sum(axis=0)}


# ---------------------------------------------------------------- attention


BLOCK = 1 << 17  # entries (1 MiB) of the n×n matrices that are worked on at once


def attention_data(rng, n, d):
    return {name: rng.normal(size=(n, d)) for name in "QKVG"}


def attention_gradients(Q, K, V, G):
    """In blocks of rows of the n×n matrices where these are large."""
    n, d = Q.shape
    scale = d**-0.5
    if n * n <= BLOCK:
        return attention_rows(Q, K, V, G, scale)
    parts = [attention_rows(Q[rows], K, V, G[rows], scale) for rows in row_blocks(n, n, BLOCK)]
    dQ = np.concatenate([part["Q"] for part in parts])
    return {"Q": dQ, "K": sum([part["K"] for part in parts]), "V": sum([part["V"] for part in parts])}


def attention_rows(Q, K, V, G, scale):
    """The gradient in some rows of Q, and what these rows add to the gradients in K and V."""
    Q = scale * Q
    P = rowwise_softmax(Q @ K.T)
    dV = P.T @ G
    D = G @ V.T
    D -= np.einsum("ij,ij->i", D, P)[:, None]
    D *= P
    dQ = D @ K
    dQ *= scale
    return {"Q": dQ, "K": D.T @ Q, "V": dV}


def attention_plain(Q, K, V, G):
    scale = 1 / np.sqrt(Q.shape[1])
    L = Q @ K.T * scale
    P = np.exp(L - L.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    D = G @ V.T
    D = P * (D - (D * P).sum(axis=1, keepdims=True))
    return {"Q": scale * D @ K, "K": scale * D.T @ Q, "V": P.T @ G}


def attention_value(m, Q, K, V, G):
    return m.sum(G * (m.softmax(Q @ K.T / Q.shape[1] ** 0.5) @ V))


# ---------------------------------------------------------------- ten layers, in the first weights

LAYERS = 10
WEIGHTS = [f"W{k}" for k in range(1, LAYERS + 1)]
DEEP = dict(
    function="\n".join([f"h{k} = tanh(W{k} {f'h{k - 1}' if k > 1 else 'x'})" for k in range(1, LAYERS + 1)] + [f"sum(h{LAYERS})"]),
    wrt="W1",
    declare=", ".join(["x: n", *[f"{name}: n n" for name in WEIGHTS]]),
)


def deep_value(m, x, **weights):
    h = x
    for name in WEIGHTS:
        h = m.tanh(weights[name] @ h)
    return m.sum(h)


def deep_data(rng, n):
    return {"x": rng.normal(size=n)} | {name: 1.2 * rng.normal(size=(n, n)) / np.sqrt(n) for name in WEIGHTS}


def deep_direction(rng, n):
    return deep_data(rng, n) | {"v": rng.normal(size=(n, n))}


def passes(x, weights):
    """(activations, their slopes, the cotangents of the activations), each a list over the layers."""
    hs, slopes = [], []
    h = x
    for name in WEIGHTS:
        h = np.tanh(weights[name] @ h)
        hs.append(h)
        slopes.append(1 - h * h)
    bars = [np.ones_like(x)]
    for name, slope in zip(WEIGHTS[:0:-1], slopes[:0:-1]):
        bars.append((bars[-1] * slope) @ weights[name])
    return hs, slopes, bars[::-1]


def deep_hessian(x, **weights):
    """K_ik x_j x_l, where K = Σ_layers Aᵀ diag(h̄ ⊙ tanh″) A is the Hessian in W₁x and A = ∂z/∂(W₁x)."""
    hs, slopes, bars = passes(x, weights)
    n = len(x)
    rows = np.empty((LAYERS - 1, n, n))
    weight = [-2 * h * s * bar for h, s, bar in zip(hs, slopes, bars)]
    A = np.multiply(weights["W2"], slopes[0], out=rows[0])
    for k in range(2, LAYERS):
        A = np.matmul(weights[f"W{k + 1}"], slopes[k - 1][:, None] * A, out=rows[k - 1])
    Z = rows.reshape(-1, n)
    K = Z.T @ (np.concatenate(weight[1:])[:, None] * Z)
    K.ravel()[:: n + 1] += weight[0]
    inner = (K[:, :, None] * x).reshape(n, 1, n * n)
    return (inner * x[:, None]).reshape(n, n, n, n)


def deep_product(x, v, **weights):
    """(K (v x)) xᵀ, by the tangents of both passes."""
    hs, slopes, bars = passes(x, weights)
    tangents = [v @ x]
    for k in range(1, LAYERS):
        tangents.append(weights[WEIGHTS[k]] @ (slopes[k - 1] * tangents[-1]))
    dbar = None
    for k in range(LAYERS - 1, -1, -1):
        dz = -2 * hs[k] * slopes[k] * bars[k] * tangents[k]
        if dbar is not None:
            dz += slopes[k] * dbar
        if k:
            dbar = dz @ weights[WEIGHTS[k]]
    return dz[:, None] * x


def deep_hessian_plain(x, **weights):
    hs, slopes, bars = passes(x, weights)
    n = len(x)
    A = np.eye(n)
    K = np.zeros((n, n))
    for k in range(LAYERS):
        K += A.T @ np.diag(-2 * hs[k] * slopes[k] * bars[k]) @ A
        if k + 1 < LAYERS:
            A = weights[WEIGHTS[k + 1]] @ np.diag(slopes[k]) @ A
    return np.einsum("ik,j,l->ijkl", K, x, x)


WORKLOADS = [
    Workload("three-layer network gradients", "gradient", three_layers, ["A", "a", "B", "b", "C", "c"],
             "X: n d, A: d h, a: h, B: h h, b: h, C: h k, c: k, Y: n k",
             sized("n d h k", (16, 16, 16, 4), (200, 64, 64, 10), (2000, 256, 256, 10)),
             three_layers_data, three_layers_gradients, three_layers_plain, three_layers_value),
    Workload("attention gradients", "gradient", "sum(G .* (softmax(Q K' / sqrt(d), axis=1) V))", ["Q", "K", "V"],
             "Q: n d, K: n d, V: n d, G: n d", sized("n d", (16, 8), (128, 64), (1000, 64)),
             attention_data, attention_gradients, attention_plain, attention_value),
    Workload("ten-layer network Hessian", "hessian", data=deep_data, hand=deep_hessian, plain=deep_hessian_plain,
             value=deep_value, sizes=sized("n", (10,), (30,), (50,)), **DEEP),
    Workload("ten-layer network HVP", "hvp", data=deep_direction, hand=deep_product, plain=deep_product,
             value=deep_value, sizes=sized("n", (10,), (50,), (300,)), **DEEP),
]  # fmt: skip
