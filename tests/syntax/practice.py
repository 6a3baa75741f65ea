"""NumPy functions as practitioners write them, with the shapes of their arguments: what tracing has to take unchanged.

`FUNCTIONS` lists (function, shapes, the variables to differentiate by). Nothing here was written for the tracer.
"""

import math

import numpy as np


# ------------------------------------------------------------------ layers and blocks


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def causal_attention(Q, K, V, G):
    n, d_k = Q.shape
    scores = Q @ K.T / math.sqrt(d_k)
    mask = np.tril(np.ones((n, n)))
    scores = np.where(mask == 0, -1e9, scores)
    weights = softmax(scores)
    return np.sum(G * (weights @ V))


def multi_head_attention(X, Wq, Wk, Wv, Wo, G):
    heads = []
    for h in range(2):
        q, k, v = X @ Wq[h], X @ Wk[h], X @ Wv[h]
        A = softmax(q @ k.T / np.sqrt(q.shape[-1]), axis=1)
        heads.append(A @ v)
    out = np.concatenate(heads, axis=1) @ Wo
    return (G * out).sum()


def two_layer_network(params, X, Y):
    H = X
    for layer in params[:-1]:
        H = np.maximum(0, H @ layer["W"] + layer["b"])
    last = params[-1]
    logits = H @ last["W"] + last["b"]
    logp = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
    return -np.mean(np.sum(Y * logp, axis=-1))


def heads_in_a_list(X, Wq, Wk, Wv, G):
    heads = [softmax(X @ q @ (X @ k).T / np.sqrt(k.shape[1])) @ (X @ v) for q, k, v in zip(Wq, Wk, Wv)]
    return np.sum(G * np.concatenate(heads, axis=-1))


def gru_cell(x, h, Wz, Uz, Wr, Ur, W, U, b):
    z = sigmoid(Wz @ x + Uz @ h)
    r = sigmoid(Wr @ x + Ur @ h)
    n = np.tanh(W @ x + U @ (r * h) + b)
    return (1 - z) * n + z * h


def lstm_cell(x, h, c, Wf, Wi, Wo, Wc, y):
    hx = np.concatenate([h, x])
    f = sigmoid(Wf @ hx)
    i = sigmoid(Wi @ hx)
    o = sigmoid(Wo @ hx)
    c = f * c + i * np.tanh(Wc @ hx)
    h = o * np.tanh(c)
    return 0.5 * np.sum((h - y) ** 2)


def layer_norm(X, gamma, beta, G):
    eps = 1e-5
    mu = X.mean(axis=-1, keepdims=True)
    var = X.var(axis=-1, keepdims=True)
    X_hat = (X - mu) / np.sqrt(var + eps)
    return np.sum(G * (gamma * X_hat + beta))


def batch_norm(X, gamma, beta, G):
    mu = np.mean(X, axis=0)
    xc = X - mu
    v = np.mean(xc**2, axis=0)
    return np.sum(G * (gamma * xc / np.sqrt(v + 1e-5) + beta))


def rms_norm_swiglu(x, g, W1, W2, W3):
    x = x / np.sqrt(np.mean(x * x) + 1e-6) * g
    gate = W1 @ x
    gate = gate * sigmoid(gate)
    return W2 @ (gate * (W3 @ x))


def gpt2_mlp(X, W1, b1, W2, b2, Y):
    H = X @ W1 + b1
    H = 0.5 * H * (1 + np.tanh(np.sqrt(2 / np.pi) * (H + 0.044715 * H**3)))
    R = H @ W2 + b2 - Y
    return np.mean(R**2)


def lora(X, W, A, B, Y, alpha):
    r = A.shape[0]
    W_eff = W + (alpha / r) * (B @ A)
    err = X @ W_eff.T - Y
    return 0.5 * np.sum(err**2) / X.shape[0]


def conv1d(x, k, y):
    n = x.shape[0]
    out = 0
    for j in range(len(k)):
        out = out + k[j] * x[j : n - len(k) + 1 + j]
    return 0.5 * np.sum((out - y) ** 2)


# ------------------------------------------------------------------ losses


def vae_loss(x, W, V, mu, logvar, eps):
    z = mu + np.exp(0.5 * logvar) * eps
    h = np.tanh(W @ z)
    x_hat = V @ h
    rec = 0.5 * np.sum((x - x_hat) ** 2)
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
    return rec + kl


def info_nce(Z, C, tau):
    logits = Z @ C.T / tau
    log_probs = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    return -np.mean(np.diag(log_probs))


def label_smoothing(X, W, Y, eps):
    k = Y.shape[1]
    targets = (1 - eps) * Y + eps / k
    logits = X @ W
    logp = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -(targets * logp).sum(axis=1).mean()


def triplet_loss(a, p, n, W, margin):
    fa, fp, fn = W @ a, W @ p, W @ n
    d_pos = np.sum((fa - fp) ** 2)
    d_neg = np.sum((fa - fn) ** 2)
    return np.maximum(d_pos - d_neg + margin, 0.0)


def focal_loss(X, w, y, gamma):
    p = sigmoid(X @ w)
    pt = y * p + (1 - y) * (1 - p)
    return -np.mean((1 - pt) ** gamma * np.log(pt))


def huber_regression(X, w, y, delta):
    r = X @ w - y
    return np.where(np.abs(r) <= delta, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)).sum()


def simclr(Z, tau):
    Zn = Z / np.linalg.norm(Z, axis=1, keepdims=True)
    sim = Zn @ Zn.T / tau
    n = Z.shape[0]
    sim = sim - 1e4 * np.eye(n)
    return np.mean(np.log(np.sum(np.exp(sim), axis=1)))


def logistic_by_class(X, W, Y):
    loss = 0.0
    for c in range(W.shape[1]):
        z = X @ W[:, c]
        loss += np.sum(np.logaddexp(0, z) - Y[:, c] * z)
    return loss / X.shape[0]


# ------------------------------------------------------------------ statistics and factorisations


def gmm_log_likelihood(X, mu, log_pi, log_sigma):
    d = X.shape[1]
    diff = X[:, None, :] - mu[None, :, :]
    sq = np.sum(diff**2, axis=2)
    logp = log_pi - 0.5 * sq * np.exp(-2 * log_sigma) - d * log_sigma - 0.5 * d * np.log(2 * np.pi)
    return np.sum(np.log(np.sum(np.exp(logp), axis=1)))


def poisson_regression(X, w, y):
    eta = X @ w
    return np.sum(np.exp(eta) - y * eta)


def negative_binomial(X, w, y, r):
    mu = np.exp(X @ w)
    return np.sum((y + r) * np.log(r + mu) - y * np.log(mu) - r * np.log(r))


def cox_partial_likelihood(X, beta, R, delta):
    """R[i, j] is 1 where j is at risk when i fails, delta[i] is 1 where i fails."""
    eta = X @ beta
    risk = R @ np.exp(eta)
    return -np.sum(delta * (eta - np.log(risk)))


def kernel_ridge(alpha, K, y, lam):
    r = y - K @ alpha
    return r @ r + lam * alpha @ K @ alpha


def rbf_kernel_loss(X, Z, a, y, gamma):
    D = ((X[:, None] - Z[None]) ** 2).sum(-1)
    K = np.exp(-gamma * D)
    r = K @ a - y
    return 0.5 * r.dot(r)


def pca_reconstruction(W, X):
    n = X.shape[0]
    R = X - X @ W @ W.T
    return np.linalg.norm(R, "fro") ** 2 / n


def matrix_factorisation(U, V, bu, bi, M, R, lam):
    pred = U @ V.T + bu[:, None] + bi
    E = M * (pred - R)
    return np.sum(E**2) + lam * (np.sum(U**2) + np.sum(V**2))


def als_objective(U, V, R, W, lam):
    err = R - np.einsum("ik,jk->ij", U, V)
    return np.sum(W * np.square(err)) + lam * (np.linalg.norm(U) ** 2 + np.linalg.norm(V) ** 2)


def bradley_terry(theta, W):
    """W[i, j] counts how often i beat j."""
    D = theta[:, None] - theta[None, :]
    return np.sum(W * np.log1p(np.exp(-D)))


def gaussian_log_likelihood(X, mu, S):
    n, d = X.shape
    Xc = X - mu
    _, logdet = np.linalg.slogdet(S)
    maha = np.trace(Xc @ np.linalg.inv(S) @ Xc.T)
    return -0.5 * (n * d * np.log(2 * np.pi) + n * logdet + maha)


def elastic_net(X, w, y, alpha, rho):
    n = len(y)
    resid = y - X.dot(w)
    return resid.dot(resid) / (2 * n) + alpha * (rho * np.abs(w).sum() + 0.5 * (1 - rho) * w.dot(w))


FUNCTIONS = [
    (causal_attention, dict(Q="n d", K="n d", V="n p", G="n p"), "Q K V"),
    (multi_head_attention, dict(X="n d", Wq="2 d k", Wk="2 d k", Wv="2 d k", Wo="2*k p", G="n p"), "X Wq Wo"),
    (two_layer_network, dict(params=[{"W": "d h", "b": "h"}, {"W": "h k", "b": "k"}], X="n d", Y="n k onehot"), "W_0 b_0 W_1"),
    (heads_in_a_list, dict(X="n d", Wq=["d k"] * 2, Wk=["d k"] * 2, Wv=["d k"] * 2, G="n 2*k"), "Wq_0 Wv_1 X"),
    (gru_cell, dict(x="d", h="m", Wz="m d", Uz="m m", Wr="m d", Ur="m m", W="m d", U="m m", b="m"), "h"),
    (lstm_cell, dict(x="d", h="m", c="m", Wf="m m+d", Wi="m m+d", Wo="m m+d", Wc="m m+d", y="m"), ""),
    (layer_norm, dict(X="n d", gamma="d", beta="d", G="n d"), "X gamma beta"),
    (batch_norm, dict(X="n d", gamma="d", beta="d", G="n d"), "X gamma"),
    (rms_norm_swiglu, dict(x="d", g="d", W1="m d", W2="d m", W3="m d"), "g"),
    (gpt2_mlp, dict(X="n d", W1="d m", b1="m", W2="m d", b2="d", Y="n d"), "W1 b1 W2 b2"),
    (lora, dict(X="n d", W="p d", A="r d", B="p r", Y="n p", alpha="positive"), "A B"),
    (conv1d, dict(x="8", k="3", y="6"), "k x"),
    (vae_loss, dict(x="d", W="m k", V="d m", mu="k", logvar="k", eps="k"), "mu logvar W"),
    (info_nce, dict(Z="n d", C="n d", tau="positive"), "Z tau"),
    (label_smoothing, dict(X="n d", W="d k", Y="n k onehot", eps="open01"), "W"),
    (triplet_loss, dict(a="d", p="d", n="d", W="k d", margin="positive"), "W a"),
    (focal_loss, dict(X="n d", w="d", y="n labels01", gamma="positive"), "w"),
    (huber_regression, dict(X="n d", w="d", y="n", delta="positive"), "w"),
    (simclr, dict(Z="n d", tau="positive"), "Z"),
    (logistic_by_class, dict(X="n d", W="d 3", Y="n 3 labels01"), "W"),
    (gmm_log_likelihood, dict(X="n d", mu="k d", log_pi="k", log_sigma="k"), "mu log_pi log_sigma"),
    (poisson_regression, dict(X="n d", w="d", y="n counts"), "w"),
    (negative_binomial, dict(X="n d", w="d", y="n counts", r="positive"), "w r"),
    (cox_partial_likelihood, dict(X="n d", beta="d", R="n n mask01", delta="n labels01"), "beta"),
    (kernel_ridge, dict(alpha="n", K="n n posdef", y="n", lam="positive"), "alpha"),
    (rbf_kernel_loss, dict(X="n d", Z="m d", a="m", y="n", gamma="positive"), "a Z gamma"),
    (pca_reconstruction, dict(W="d k", X="n d"), "W"),
    (matrix_factorisation, dict(U="n k", V="m k", bu="n", bi="m", M="n m mask01", R="n m", lam="positive"), "U V bu bi"),
    (als_objective, dict(U="n k", V="m k", R="n m", W="n m mask01", lam="positive"), "U V"),
    (bradley_terry, dict(theta="n", W="n n counts"), "theta"),
    (gaussian_log_likelihood, dict(X="n d", mu="d", S="d d posdef"), "mu S X"),
    (elastic_net, dict(X="n d", w="d", y="n", alpha="positive", rho="open01"), "w"),
]
