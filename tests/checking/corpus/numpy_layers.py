"""Wrong gradients in NumPy: normalisation, attention, convolution, embeddings, matrix functions, likelihoods, Jacobians and Hessians."""

import numpy as np

from .item import Corpus

ITEMS = Corpus("numpy")


def softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


# ---------------------------------------------------------------- layers


def layer_norm_case(rng, backward, n=5, d=6):
    X, T = rng.normal(size=(n, d)), rng.normal(size=(n, d))

    def loss(x, gamma, beta):
        mu = np.mean(x, axis=1, keepdims=True)
        var = np.var(x, axis=1, keepdims=True)
        return np.sum(((x - mu) / np.sqrt(var + 1e-5) * gamma + beta) * T)

    def grad(x, gamma, beta):
        mu, var = x.mean(1, keepdims=True), x.var(1, keepdims=True)
        rstd = 1 / np.sqrt(var + 1e-5)
        return backward(T, (x - mu) * rstd, rstd, gamma)

    return dict(function=loss, mine=grad, at={"x": X, "gamma": 1 + 0.3 * rng.normal(size=d), "beta": rng.normal(size=d)})


@ITEMS.wrong("layer norm, mean and variance taken for constants", "detached", "missing-term", argument="x")
def _(rng):
    def backward(dy, xhat, rstd, gamma):
        return {"x": dy * gamma * rstd, "gamma": (dy * xhat).sum(0), "beta": dy.sum(0)}

    return layer_norm_case(rng, backward)


@ITEMS.wrong("layer norm, the term of the variance missing", "missing-term", argument="x")
def _(rng):
    def backward(dy, xhat, rstd, gamma):
        g = dy * gamma
        dx = rstd * (g - g.mean(axis=1, keepdims=True))
        return {"x": dx, "gamma": (dy * xhat).sum(0), "beta": dy.sum(0)}

    return layer_norm_case(rng, backward)


@ITEMS.wrong("layer norm, means taken along the batch", "axis", argument="x")
def _(rng):
    def backward(dy, xhat, rstd, gamma):
        g = dy * gamma
        dx = rstd * (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0))
        return {"x": dx, "gamma": (dy * xhat).sum(0), "beta": dy.sum(0)}

    return layer_norm_case(rng, backward)


@ITEMS.wrong("layer norm, gamma's gradient summed over the features", "axis", argument="gamma")
def _(rng):
    def backward(dy, xhat, rstd, gamma):
        g = dy * gamma
        dx = rstd * (g - g.mean(1, keepdims=True) - xhat * (g * xhat).mean(1, keepdims=True))
        return {"x": dx, "gamma": (dy * xhat).sum(1), "beta": dy.sum(0)}

    return layer_norm_case(rng, backward, n=6, d=6)


@ITEMS.wrong("RMS norm, the radial term missing", "missing-term", "detached", argument="x")
def _(rng):
    t = rng.normal(size=(4, 7))

    def f(x, gain):
        r = np.sqrt(np.mean(x**2, axis=-1, keepdims=True))
        return np.sum(np.sin(x / r * gain) * t)

    def grad(x, gain):
        r = np.sqrt(np.mean(x**2, axis=-1, keepdims=True))
        xhat = x / r
        g = np.cos(xhat * gain) * t
        return g * gain / r, (g * xhat).sum(0)

    return dict(function=f, mine=grad, at=(rng.normal(size=(4, 7)), rng.normal(size=7)))


@ITEMS.wrong("batch norm, the mean's share forgotten", "missing-term", argument="x")
def _(rng):
    t = rng.normal(size=(8, 3))

    def f(x):
        mu, var = np.mean(x, axis=0), np.var(x, axis=0)
        return np.sum(t * (x - mu) / np.sqrt(var + 1e-3))

    def grad(x):
        n = x.shape[0]
        mu, var = x.mean(0), x.var(0)
        s = np.sqrt(var + 1e-3)
        xhat = (x - mu) / s
        return (t - xhat * (t * xhat).sum(0) / n) / s

    return dict(function=f, mine=grad, at=rng.normal(size=(8, 3)))


def attention_case(rng, backward, n=4, d=4):
    G = rng.normal(size=(n, d))

    def f(Q, K, V):
        P = softmax(Q @ K.T / np.sqrt(d))
        return np.sum(G * (P @ V))

    def grad(Q, K, V):
        P = softmax(Q @ K.T / np.sqrt(d))
        dP = G @ V.T
        return backward(Q, K, V, P, dP, G, d)

    return dict(function=f, mine=grad, at={name: rng.normal(size=(n, d)) for name in "QKV"})


@ITEMS.wrong("attention, 1/sqrt(d) forgotten for Q", "factor", "chain-factor", argument="Q")
def _(rng):
    def backward(Q, K, V, P, dP, G, d):
        dS = P * (dP - (dP * P).sum(-1, keepdims=True))
        return {"Q": dS @ K, "K": dS.T @ Q / np.sqrt(d), "V": P.T @ G}

    return attention_case(rng, backward, n=5, d=3)


@ITEMS.wrong("attention, scores not transposed for K", "transposed", argument="K")
def _(rng):
    def backward(Q, K, V, P, dP, G, d):
        dS = P * (dP - (dP * P).sum(-1, keepdims=True)) / np.sqrt(d)
        return {"Q": dS @ K, "K": dS @ Q, "V": P.T @ G}

    return attention_case(rng, backward)


@ITEMS.wrong("attention, weights not transposed for V", "transposed", argument="V")
def _(rng):
    def backward(Q, K, V, P, dP, G, d):
        dS = P * (dP - (dP * P).sum(-1, keepdims=True)) / np.sqrt(d)
        return {"Q": dS @ K, "K": dS.T @ Q, "V": P @ G}

    return attention_case(rng, backward, n=5, d=2)


@ITEMS.wrong("attention, softmax's Jacobian cut to its diagonal", "softmax-diagonal", argument=("Q", "K"))
def _(rng):
    def backward(Q, K, V, P, dP, G, d):
        dS = P * (1 - P) * dP / np.sqrt(d)
        return {"Q": dS @ K, "K": dS.T @ Q, "V": P.T @ G}

    return attention_case(rng, backward, n=4, d=3)


@ITEMS.wrong("attention, the row sum taken along the columns", "axis", argument=("Q", "K"))
def _(rng):
    def backward(Q, K, V, P, dP, G, d):
        dS = P * (dP - (dP * P).sum(axis=0, keepdims=True)) / np.sqrt(d)
        return {"Q": dS @ K, "K": dS.T @ Q, "V": P.T @ G}

    return attention_case(rng, backward)


@ITEMS.wrong("embedding, rows that repeat are not added up", "some-entries", "accumulation", argument="E")
def _(rng):
    tokens = np.array([3, 1, 3, 0, 5, 1, 3])
    t = rng.normal(size=(7, 4))

    def f(E):
        return np.sum((E[tokens] - t) ** 2)

    def grad(E):
        dE = np.zeros_like(E)
        dE[tokens] += 2 * (E[tokens] - t)
        return dE

    return dict(function=f, mine=grad, at=rng.normal(size=(6, 4)))


def conv_case(rng, grad):
    x, k, t = rng.normal(size=12), rng.normal(size=4), rng.normal(size=9)

    def f(x, k):
        return np.sum(t * np.tanh(np.convolve(x, k, mode="valid")))

    def given(x, k):
        return grad(x, k, t * (1 - np.tanh(np.convolve(x, k, mode="valid")) ** 2))

    return dict(function=f, mine=given, at=(x, k))


@ITEMS.wrong("convolution, kernel flipped once too often for the input", "reversed", "transposed", "shifted", argument="x")
def _(rng):
    def grad(x, k, g):
        dx = np.convolve(g, k, mode="full")
        dk = np.correlate(x, g, mode="valid")[::-1]
        return dx, dk

    return conv_case(rng, grad)


@ITEMS.wrong("convolution, gradient of the kernel not flipped", "reversed", "transposed", "shifted", argument="k")
def _(rng):
    def grad(x, k, g):
        dx = np.convolve(g, k[::-1], mode="full")
        dk = np.correlate(x, g, mode="valid")
        return dx, dk

    return conv_case(rng, grad)


@ITEMS.wrong("differences, gradient shifted by one", "shifted", argument="x")
def _(rng):
    def f(x):
        d = x[1:] - x[:-1]
        return np.sum(np.log(np.cosh(d)))

    def grad(x):
        g = np.tanh(x[1:] - x[:-1])
        out = np.zeros_like(x)
        out[1:] = g
        out[:-1] -= g
        return np.roll(out, 1)

    return dict(function=f, mine=grad, at=rng.normal(size=9))


@ITEMS.wrong("pairwise distances, sum over the wrong axis for y", "axis", argument="y")
def _(rng):
    def f(x, y):
        return np.sum(np.tanh(x[:, None] - y[None, :]) ** 2)

    def grad(x, y):
        t = np.tanh(x[:, None] - y[None, :])
        g = 2 * t * (1 - t**2)
        return g.sum(axis=1), -g.sum(axis=1)

    return dict(function=f, mine=grad, at=(rng.normal(size=6), rng.normal(size=6)))


# ---------------------------------------------------------------- matrix functions


@ITEMS.wrong("log-determinant, inverse not transposed", "transposed", argument="A")
def _(rng):
    def f(A):
        return np.linalg.slogdet(A)[1]

    def grad(A):
        return np.linalg.inv(A)

    return dict(function=f, mine=grad, at=rng.normal(size=(5, 5)) + 2 * np.eye(5))


@ITEMS.wrong("trace of B times an inverse, result not transposed", "transposed", argument="A")
def _(rng):
    B = rng.normal(size=(4, 4))

    def f(A):
        return np.trace(B @ np.linalg.inv(A))

    def grad(A):
        inv = np.linalg.inv(A)
        return -inv @ B @ inv

    return dict(function=f, mine=grad, at=rng.normal(size=(4, 4)) + 3 * np.eye(4))


@ITEMS.wrong("trace of an inverse, sign", "sign", argument="A")
def _(rng):
    def f(A):
        return np.trace(np.linalg.inv(A))

    def grad(A):
        inv = np.linalg.inv(A)
        return (inv @ inv).T

    return dict(function=f, mine=grad, at=rng.normal(size=(4, 4)) + 3 * np.eye(4))


@ITEMS.wrong("quadratic form, A taken for symmetric", "symmetric", "missing-term", "transposed", "doubled-term", argument="x")
def _(rng):
    A = rng.normal(size=(6, 6))

    def f(x):
        return x @ A @ x

    def grad(x):
        return 2 * A @ x

    return dict(function=f, mine=grad, at=rng.normal(size=6))


@ITEMS.wrong("tr(X'AX), only one of the two terms", "missing-term", "symmetric", argument="X")
def _(rng):
    A = rng.normal(size=(5, 5))

    def f(X):
        return np.trace(X.T @ A @ X)

    def grad(X):
        return A @ X

    return dict(function=f, mine=grad, at=rng.normal(size=(5, 3)))


@ITEMS.wrong("tr(AXB), elementwise product in place of the matrix product", "elementwise-product", argument="X")
def _(rng):
    A, B = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))

    def f(X):
        return np.trace(A @ X @ X @ B)

    def grad(X):
        return A.T * (X @ B).T + (A @ X).T @ B.T

    return dict(function=f, mine=grad, at=rng.normal(size=(4, 4)))


@ITEMS.wrong("square of a matrix differentiated like a square of numbers", "elementwise-product", argument="X")
def _(rng):
    C = rng.normal(size=(3, 3))

    def f(X):
        return np.sum((X @ X - C) ** 2)

    def grad(X):
        R = X @ X - C
        return 2 * (R * X.T + X.T @ R)

    return dict(function=f, mine=grad, at=rng.normal(size=(3, 3)))


@ITEMS.wrong("matrix factorisation, the residual not transposed for V", "transposed", argument="V")
def _(rng):
    R = rng.normal(size=(5, 5))

    def f(U, V):
        return np.sum((R - U @ V.T) ** 2) + 0.1 * np.sum(U**2)

    def grad(U, V):
        E = R - U @ V.T
        return -2 * E @ V + 0.2 * U, -2 * E @ U

    return dict(function=f, mine=grad, at=(rng.normal(size=(5, 2)), rng.normal(size=(5, 2))))


@ITEMS.wrong("einsum, indices of the second factor exchanged", "transposed", argument="B")
def _(rng):
    T = rng.normal(size=(3, 4, 4))

    def f(A, B):
        return np.sum(np.einsum("bij,jk,k->bi", T, B, A) ** 2)

    def grad(A, B):
        Y = np.einsum("bij,jk,k->bi", T, B, A)
        dA = 2 * np.einsum("bi,bij,jk->k", Y, T, B)
        dB = 2 * np.einsum("bi,bij,k->kj", Y, T, A)
        return dA, dB

    return dict(function=f, mine=grad, at=(rng.normal(size=4), rng.normal(size=(4, 4))))


@ITEMS.wrong("Rayleigh quotient, the quotient rule's second term missing", "missing-term", argument="x")
def _(rng):
    M = rng.normal(size=(5, 5))
    A = M + M.T

    def f(x):
        return (x @ A @ x) / (x @ x)

    def grad(x):
        return 2 * A @ x / (x @ x)

    return dict(function=f, mine=grad, at=rng.normal(size=5))


# ---------------------------------------------------------------- likelihoods and losses


@ITEMS.wrong("Gaussian likelihood, log sigma's derivative forgotten", "missing-term", argument="sigma")
def _(rng):
    y = rng.normal(size=10)

    def nll(mu, sigma):
        return np.sum(0.5 * ((y - mu) / sigma) ** 2 + np.log(sigma))

    def grad(mu, sigma):
        r = y - mu
        return -np.sum(r) / sigma**2, -np.sum(r**2) / sigma**3

    return dict(function=nll, mine=grad, at=(0.3, 1.7), sample=lambda rng: (rng.normal(), 0.5 + rng.random()))


@ITEMS.wrong("Gaussian likelihood in log sigma, the factor sigma forgotten", "chain-factor", argument="s")
def _(rng):
    y = rng.normal(size=10)

    def nll(mu, s):
        sigma = np.exp(s)
        return np.sum(0.5 * ((y - mu) / sigma) ** 2 + np.log(sigma))

    def grad(mu, s):
        sigma = np.exp(s)
        r = y - mu
        return -np.sum(r) / sigma**2, np.sum(1 / sigma - r**2 / sigma**3)

    return dict(function=nll, mine=grad, at=(0.3, 0.4))


@ITEMS.wrong("multivariate Gaussian, sign of the quadratic term in P", "sign", argument="P")
def _(rng):
    Y = rng.normal(size=(9, 3))

    def nll(P):
        n = len(Y)
        return 0.5 * np.trace(P @ Y.T @ Y) - 0.5 * n * np.linalg.slogdet(P)[1]

    def grad(P):
        n = len(Y)
        return -0.5 * Y.T @ Y - 0.5 * n * np.linalg.inv(P).T

    L = rng.normal(size=(3, 3))
    return dict(function=nll, mine=grad, at=L @ L.T + 3 * np.eye(3))


@ITEMS.wrong("Kullback-Leibler of a variational autoencoder, half of it in log-variance", "factor", argument="logvar")
def _(rng):
    def kl(mu, logvar):
        return -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))

    def grad(mu, logvar):
        return mu, np.exp(logvar) - 1

    return dict(function=kl, mine=grad, at=(rng.normal(size=(4, 3)), rng.normal(size=(4, 3))))


@ITEMS.wrong("contrastive loss, only the rows counted", "missing-term", "transposed", "symmetric", argument="Z")
def _(rng):
    n, tau = 6, 0.7

    def loss(Z):
        S = Z @ Z.T / tau
        return np.mean(np.log(np.sum(np.exp(S), axis=1)) - np.diag(S))

    def grad(Z):
        P = softmax(Z @ Z.T / tau)
        G = (P - np.eye(n)) / n / tau
        return G @ Z

    return dict(function=loss, mine=grad, at=0.5 * rng.normal(size=(n, 4)))


@ITEMS.wrong("cosine similarity, the norm taken for a constant", "detached", "missing-term", argument="x")
def _(rng):
    y = rng.normal(size=6)

    def f(x):
        return x @ y / (np.sqrt(x @ x) * np.sqrt(y @ y))

    def grad(x):
        return y / (np.sqrt(x @ x) * np.sqrt(y @ y))

    return dict(function=f, mine=grad, at=rng.normal(size=6))


@ITEMS.wrong("sum of powers, log x forgotten in the exponent's gradient", "chain-factor", argument="p")
def _(rng):
    def f(x, p):
        return np.sum(np.abs(x) ** p)

    def grad(x, p):
        return p * np.abs(x) ** (p - 1) * np.sign(x), np.sum(np.abs(x) ** p)

    return dict(function=f, mine=grad, at=(rng.normal(size=5), 2.5))


@ITEMS.wrong("normal density with pi = 3.1416", "factor", argument="x")
def _(rng):
    def f(x):
        return np.sum(0.5 * (1 + np.tanh(x))) + np.sum(np.exp(-(x**2) / 2)) / np.sqrt(2 * np.pi)

    def grad(x):
        return 0.5 * (1 - np.tanh(x) ** 2) - x * np.exp(-(x**2) / 2) / np.sqrt(2 * 3.1416)

    return dict(function=f, mine=grad, at=rng.normal(size=7))


# ---------------------------------------------------------------- Jacobians, Hessians, backward passes


@ITEMS.wrong("Jacobian of softmax, only its diagonal", "softmax-diagonal", "missing-term")
def _(rng):
    def jac(z):
        p = softmax(z)
        return np.diag(p * (1 - p))

    return dict(function=softmax, mine=jac, at=rng.normal(size=5), kind="jacobian")


@ITEMS.wrong("Jacobian of softmax, sign of the outer product", "sign", "missing-term")
def _(rng):
    def jac(z):
        p = softmax(z)
        return np.diag(p) + np.outer(p, p)

    return dict(function=softmax, mine=jac, at=rng.normal(size=4), kind="jacobian")


@ITEMS.wrong("Jacobian transposed", "transposed")
def _(rng):
    A = rng.normal(size=(4, 4))

    def layer(x):
        return np.tanh(A @ x)

    def jac(x):
        return ((1 - np.tanh(A @ x) ** 2)[:, None] * A).T

    return dict(function=layer, mine=jac, at=rng.normal(size=4), kind="jacobian")


@ITEMS.wrong("Jacobian of spherical coordinates, one cosine for a sine", "some-entries", "chain-factor")
def _(rng):
    def cartesian(q):
        r, theta, phi = q[0], q[1], q[2]
        return r * np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)])

    def jac(q):
        r, t, p = q
        st, ct, sp, cp = np.sin(t), np.cos(t), np.sin(p), np.cos(p)
        return np.array([[st * cp, r * ct * cp, -r * st * sp], [st * sp, r * ct * sp, r * ct * cp], [ct, -r * st, 0.0]])

    return dict(function=cartesian, mine=jac, at=np.array([1.3, 0.8, -0.6]), kind="jacobian")


@ITEMS.wrong("Hessian of logistic loss, 1 - p forgotten", "chain-factor", "missing-term")
def _(rng):
    X = rng.normal(size=(20, 4))

    def f(w):
        return np.sum(np.log(1 + np.exp(X @ w)))

    def hessian(w):
        p = 1 / (1 + np.exp(-(X @ w)))
        return X.T @ (p[:, None] * X)

    return dict(function=f, mine=hessian, at=rng.normal(size=4), kind="hessian")


@ITEMS.wrong("Hessian of Rosenbrock's function, sign off the diagonal", "sign", "some-entries")
def _(rng):
    def f(x):
        return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2

    def hessian(x):
        off = 400 * x[0]
        return np.array([[2 - 400 * x[1] + 1200 * x[0] ** 2, off], [off, 200.0]])

    return dict(function=f, mine=hessian, at=np.array([-1.2, 1.0]), kind="hessian")


@ITEMS.wrong("Hessian, only its diagonal", "some-entries", "missing-term", "softmax-diagonal", "diagonal")
def _(rng):
    def f(x):
        return np.log(np.sum(np.exp(x)))

    def hessian(x):
        p = np.exp(x) / np.sum(np.exp(x))
        return np.diag(p - p**2)

    return dict(function=f, mine=hessian, at=rng.normal(size=5), kind="hessian")


@ITEMS.wrong("Hessian, Gauss-Newton's part only", "missing-term", "second-order")
def _(rng):
    A, y = rng.normal(size=(9, 3)), rng.normal(size=9)

    def f(x):
        return 0.5 * np.sum((np.sin(A @ x) - y) ** 2)

    def hessian(x):
        J = np.cos(A @ x)[:, None] * A
        return J.T @ J

    return dict(function=f, mine=hessian, at=rng.normal(size=3), kind="hessian")


@ITEMS.wrong("backward pass of a linear layer, mean for the bias", "mean", "factor", argument="b")
def _(rng):
    def forward(x, W, b):
        return x @ W + b

    def backward(x, W, b, dout):
        return dout @ W.T, x.T @ dout, dout.mean(axis=0)

    return dict(function=forward, mine=backward, at=(rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)), kind="vjp")


@ITEMS.wrong("backward pass of ReLU, mask of the gradient and not of the input", "nonlinear", argument="x")
def _(rng):
    def forward(x):
        return np.maximum(x, 0)

    def backward(x, dout):
        return dout * (dout > 0)

    return dict(function=forward, mine=backward, at=rng.normal(size=(3, 4)), kind="vjp")


@ITEMS.wrong("backward pass of ReLU, masked by both", "nonlinear", argument="x")
def _(rng):
    def forward(x):
        return np.maximum(x, 0)

    def backward(x, dout):
        return np.maximum(dout, 0) * (x > 0)

    return dict(function=forward, mine=backward, at=rng.normal(size=(3, 4)), kind="vjp")


@ITEMS.wrong("backward pass of softmax, diagonal only", "softmax-diagonal", argument="z")
def _(rng):
    def backward(z, dout):
        y = softmax(z)
        return y * (1 - y) * dout

    def forward(z):
        return softmax(z)

    return dict(function=forward, mine=backward, at=rng.normal(size=(3, 5)), kind="vjp")


@ITEMS.wrong("backward pass of cumsum, summed from the wrong end", "transposed", "reversed", "shifted", argument="x")
def _(rng):
    def forward(x):
        return np.cumsum(x)

    def backward(x, dout):
        return np.cumsum(dout)

    return dict(function=forward, mine=backward, at=rng.normal(size=6), kind="vjp")


@ITEMS.wrong("backward pass that forgets the incoming gradient", "cotangent", "nonlinear", argument="x")
def _(rng):
    def forward(x):
        return np.exp(x)

    def backward(x, dout):
        return np.exp(x)

    return dict(function=forward, mine=backward, at=rng.normal(size=5), kind="vjp")
