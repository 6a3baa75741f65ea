"""Wrong gradients in NumPy for reasons of programming: state, in-place changes, narrow types, single entries, branches."""

import numpy as np

from .item import Corpus

ITEMS = Corpus("numpy")


# ---------------------------------------------------------------- state


class Dense:
    """A layer that keeps its input of the first forward pass."""

    def __init__(self, W):
        self.W, self.x = W, None

    def forward(self, x):
        if self.x is None:
            self.x = x.copy()
        return np.sum(np.tanh(x @ self.W) ** 2)

    def backward(self, x):
        h = np.tanh(self.x @ self.W)
        return (2 * h * (1 - h**2)) @ self.W.T


@ITEMS.wrong("layer that keeps the input of its first forward pass", "stale", "constant", argument="x")
def _(rng):
    layer = Dense(rng.normal(size=(4, 3)))
    layer.forward(rng.normal(size=4))
    W = layer.W
    return dict(function=layer.forward, mine=layer.backward, at=rng.normal(size=4), plain=lambda x: ((_jnp().tanh(x @ W)) ** 2).sum())


def _jnp():
    import jax.numpy

    return jax.numpy


@ITEMS.wrong("residuals cached once for all calls", "stale", argument="w")
def _(rng):
    X, y, cache = rng.normal(size=(10, 3)), rng.normal(size=10), {}

    def loss(w):
        return np.sum((X @ w - y) ** 2)

    def grad(w):
        if "r" not in cache:
            cache["r"] = X @ w - y
        return 2 * X.T @ cache["r"]

    return dict(function=loss, mine=grad, at=rng.normal(size=3))


@ITEMS.wrong("gradients added to a buffer that is never emptied", "stale", "in-place", argument="w")
def _(rng):
    X, y = rng.normal(size=(10, 3)), rng.normal(size=10)
    total = np.zeros(3)

    def loss(w):
        return 0.5 * np.sum((X @ w - y) ** 2)

    def grad(w):
        nonlocal total
        total = total + X.T @ (X @ w - y)
        return total

    return dict(function=loss, mine=grad, at=rng.normal(size=3))


@ITEMS.wrong("gradient that reads the weights outside and not its argument", "constant", "stale", "variable", argument="w")
def _(rng):
    X, y, weights = rng.normal(size=(10, 3)), rng.normal(size=10), rng.normal(size=3)

    def loss(w):
        return np.sum(np.log(1 + np.exp(-y * (X @ w))))

    def grad(w):
        return -X.T @ (y / (1 + np.exp(y * (X @ weights))))

    return dict(function=loss, mine=grad, at=weights)


@ITEMS.wrong("backward pass changes the activations in place before using them", "in-place", "chain-factor", "missing-term", argument="W")
def _(rng):
    X, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))

    def loss(W, V):
        return np.sum((np.tanh(X @ W) @ V - t) ** 2)

    def grad(W, V):
        h = np.tanh(X @ W)
        e = 2 * (h @ V - t)
        dV = h.T @ e
        h *= h
        dh = e @ V.T
        dh *= 1 - h**2
        return X.T @ dh, dV

    return dict(function=loss, mine=grad, at=(rng.normal(size=(3, 4)), rng.normal(size=(4, 2))))


@ITEMS.wrong("function that centres its argument in place", "in-place", argument="X", tolerance=1e-8)
def _(rng):
    def f(X):
        X -= X.mean(axis=0)
        return np.sum(X**4)

    def grad(X):
        X -= X.mean(axis=0)
        return 4 * X**3

    def plain(X):
        return ((X - X.mean(axis=0)) ** 4).sum()

    return dict(function=f, mine=grad, at=1 + rng.normal(size=(7, 2)), plain=plain)


@ITEMS.wrong("gradient that steps the weights on its way", "in-place", argument="w")
def _(rng):
    A = rng.normal(size=(5, 4))

    def f(w):
        return 0.5 * np.sum((A @ w) ** 2)

    def grad(w):
        g = A.T @ (A @ w)
        w -= 0.1 * g
        return g

    return dict(function=f, mine=grad, at=rng.normal(size=4))


# ---------------------------------------------------------------- types


@ITEMS.wrong("result cut to float32", "narrow", argument="w")
def _(rng):
    X, y = rng.normal(size=(20, 5)), rng.normal(size=20)

    def loss(w):
        return np.mean((X @ w - y) ** 2)

    def grad(w):
        return (2 / len(y) * X.T @ (X @ w - y)).astype(np.float32)

    return dict(function=loss, mine=grad, at=rng.normal(size=5))


@ITEMS.wrong("buffer of float32 for the gradient", "narrow", argument="W")
def _(rng):
    X, Y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))

    def loss(W):
        return 0.5 * np.sum((np.tanh(X @ W) - Y) ** 2)

    def grad(W):
        out = np.empty(W.shape, dtype="float32")
        T = np.tanh(X @ W)
        out[...] = X.T @ ((T - Y) * (1 - T**2))
        return out.astype(float)

    return dict(function=loss, mine=grad, at=rng.normal(size=(3, 2)))


@ITEMS.wrong("data cut to float32 in the backward pass only", "narrow", argument="w")
def _(rng):
    X, y = rng.normal(size=(20, 4)), rng.normal(size=20)

    def loss(w):
        return np.sum(np.cosh(X @ w - y))

    def grad(w):
        r = np.float32(X @ w - y)
        return X.T @ np.sinh(r)

    return dict(function=loss, mine=grad, at=0.3 * rng.normal(size=4))


# ---------------------------------------------------------------- some entries


@ITEMS.wrong("loop that ends one too early", "some-entries", argument="x", index=(7,))
def _(rng):
    t = rng.normal(size=8)

    def f(x):
        return np.sum(t * np.sin(x))

    def grad(x):
        g = np.zeros(len(x))
        for i in range(len(x) - 1):
            g[i] = t[i] * np.cos(x[i])
        return g

    return dict(function=f, mine=grad, at=rng.normal(size=8))


@ITEMS.wrong("chain of springs, the ends left out", "some-entries", argument="x")
def _(rng):
    def f(x):
        return 0.5 * np.sum((x[1:] - x[:-1] - 1) ** 4)

    def grad(x):
        s = 2 * (x[1:] - x[:-1] - 1) ** 3
        g = np.zeros_like(x)
        g[1:-1] = s[:-1] - s[1:]
        return g

    return dict(function=f, mine=grad, at=np.arange(9.0) + 0.6 * rng.normal(size=9))


@ITEMS.wrong("penalty that spares the bias, its gradient does not", "some-entries", "extra-term", "doubled-term", argument="w", index=(0,))
def _(rng):
    X, y = np.c_[np.ones(12), rng.normal(size=(12, 4))], (rng.random(12) > 0.5).astype(float)

    def loss(w):
        z = X @ w
        return np.sum(np.log(1 + np.exp(z)) - y * z) + 0.5 * np.sum(w[1:] ** 2)

    def grad(w):
        p = 1 / (1 + np.exp(-(X @ w)))
        return X.T @ (p - y) + 1.0 * w

    return dict(function=loss, mine=grad, at=rng.normal(size=5))


def million(rng, slip, n=10**6):
    weights = rng.uniform(0.5, 2, n)

    def f(x):
        return np.sum(weights * np.sqrt(1 + x * x))

    def grad(x):
        g = weights * x / np.sqrt(1 + x * x)
        slip(g)
        return g

    return dict(function=f, mine=grad, at=rng.normal(size=n))


@ITEMS.wrong("a million entries, the sign of one", "some-entries", "sign", argument="x", index=(271_828,))
def _(rng):
    def slip(g):
        g[271_828] *= -1

    return million(rng, slip)


@ITEMS.wrong("a million entries, one of them off by a millionth", "some-entries", argument="x", index=(314_159,))
def _(rng):
    def slip(g):
        g[314_159] *= 1 + 1e-6

    return million(rng, slip)


@ITEMS.wrong("a million entries in a matrix, one of them zero", "some-entries", argument="W", index=(17, 404))
def _(rng):
    x, t = rng.normal(size=1000) / 30, rng.normal(size=1000)

    def f(W):
        return np.sum(t * np.tanh(W @ x))

    def grad(W):
        g = np.outer(t * (1 - np.tanh(W @ x) ** 2), x)
        g[17, 404] = 0
        return g

    return dict(function=f, mine=grad, at=rng.normal(size=(1000, 1000)))


@ITEMS.wrong("a hundred thousand entries, all off by two millionths", "factor", "narrow", "approximate", argument="x")
def _(rng):
    def slip(g):
        g *= 1 - 2e-6

    return million(rng, slip, n=10**5)


@ITEMS.wrong("one entry of a covariance's gradient", "some-entries", argument="L", index=(2, 1))
def _(rng):
    S = rng.normal(size=(4, 4))

    def f(L):
        return np.sum((L @ L.T - S @ S.T) ** 2)

    def grad(L):
        G = 4 * (L @ L.T - S @ S.T) @ L
        G[2, 1] = 2 * G[2, 1]
        return G

    return dict(function=f, mine=grad, at=rng.normal(size=(4, 4)))


# ---------------------------------------------------------------- branches


@ITEMS.wrong("Huber's loss, the far side has one sign", "half-space", "sign", "some-entries", "chain-factor", argument="r")
def _(rng):
    delta = 0.7

    def huber(r):
        a = np.abs(r)
        return np.sum(np.where(a <= delta, 0.5 * r**2, delta * (a - 0.5 * delta)))

    def grad(r):
        return np.where(np.abs(r) <= delta, r, delta)

    return dict(function=huber, mine=grad, at=1.5 * rng.normal(size=12))


@ITEMS.wrong("leaky ReLU with a dead side in its derivative", "half-space", argument="x")
def _(rng):
    t = rng.normal(size=10)

    def f(x):
        return np.sum(t * np.where(x > 0, x, 0.1 * x))

    def grad(x):
        return t * (x > 0)

    return dict(function=f, mine=grad, at=rng.normal(size=10))


@ITEMS.wrong("ELU, the exponential forgotten below zero", "half-space", "chain-factor", argument="x")
def _(rng):
    def f(x):
        return np.sum(np.where(x > 0, x, 1.5 * (np.exp(x) - 1)) ** 2)

    def grad(x):
        y = np.where(x > 0, x, 1.5 * (np.exp(x) - 1))
        return 2 * y * np.where(x > 0, 1, 1.5)

    return dict(function=f, mine=grad, at=rng.normal(size=10))


@ITEMS.wrong("pinball loss, wrong below the quantile, tried only above it", "half-space", "comparison", "factor", "sign", argument="q")
def _(rng):
    y = rng.normal(size=15)

    def pinball(q):
        d = y - q
        return np.sum(np.where(d > 0, 0.9 * d, -0.1 * d))

    def grad(q):
        return np.sum(np.where(y - q > 0, -0.9, -0.1))

    return dict(function=pinball, mine=grad, at=0.2)


@ITEMS.wrong("ReLU network, the comparison the wrong way round", "comparison", "half-space", "chain-factor", argument="W")
def _(rng):
    x, v = rng.normal(size=4), rng.normal(size=6)

    def f(W):
        return v @ np.maximum(W @ x, 0)

    def grad(W):
        return np.outer(v * (W @ x < 0), x)

    return dict(function=f, mine=grad, at=rng.normal(size=(6, 4)))


@ITEMS.wrong("softplus in two branches, wrong only where x < -1", "half-space", argument="x")
def _(rng):
    def f(x):
        return np.sum(np.logaddexp(0, x))

    def grad(x):
        return np.where(x < -1, np.exp(x), 1 / (1 + np.exp(-x)))

    return dict(function=f, mine=grad, at=np.linspace(-3, 3, 12) + 0.1 * rng.normal(size=12))


@ITEMS.wrong("maximum with a tie, each winner paid in full", "kink")
def _(rng):
    def f(x):
        return np.max(x)

    def grad(x):
        return (x == np.max(x)).astype(float)

    return dict(function=f, mine=grad, at=np.array([1.0, 3.0, -2.0, 3.0, 0.5]))


@ITEMS.wrong("a right gradient, clipped to norm one", "normalized", "clipped", "factor", argument="w")
def _(rng):
    A = rng.normal(size=(6, 4))

    def f(w):
        return np.sum((A @ w) ** 2)

    def grad(w):
        g = 2 * A.T @ (A @ w)
        return g / max(1.0, np.linalg.norm(g))

    return dict(function=f, mine=grad, at=rng.normal(size=4))


@ITEMS.wrong("wrong values of scale 1e-9", "factor", argument="x")
def _(rng):
    def f(x):
        return 1e-9 * np.sum(np.sin(x) ** 2)

    def grad(x):
        return 1e-9 * np.sin(x) * np.cos(x)

    return dict(function=f, mine=grad, at=rng.normal(size=6))


@ITEMS.wrong("constant function with a gradient of 1e-3", "extra-term", argument="x")
def _(rng):
    def f(x):
        p = np.exp(x) / np.sum(np.exp(x))
        return np.sum(p)

    def grad(x):
        return np.full_like(x, 1e-3)

    return dict(function=f, mine=grad, at=rng.normal(size=4))


@ITEMS.wrong("not a number in one entry", "not-finite", argument="x", index=(2,))
def _(rng):
    def f(x):
        return np.sum(np.where(x == 0, 1.0, np.sin(x) / np.where(x == 0, 1, x)))

    def grad(x):
        with np.errstate(all="ignore"):
            return np.cos(x) / x - np.sin(x) / x**2

    def plain(x):
        return _jnp().sinc(x / np.pi).sum()

    return dict(function=f, mine=grad, at=np.array([0.5, -1.2, 0.0, 2.0]), plain=plain)


# ---------------------------------------------------------------- other things than the gradient


@ITEMS.wrong("weights after a step in place of the gradient", "updated", argument="w")
def _(rng):
    X, y = rng.normal(size=(9, 3)), rng.normal(size=9)

    def loss(w):
        return np.mean((X @ w - y) ** 2)

    def step(w):
        return w - 0.01 * 2 / len(y) * X.T @ (X @ w - y)

    return dict(function=loss, mine=step, at=rng.normal(size=3))


@ITEMS.wrong("gradient rounded to three decimals", "rounded", "narrow", argument="w")
def _(rng):
    A = rng.normal(size=(6, 5))

    def f(w):
        return np.sum(np.log(np.cosh(A @ w)))

    def grad(w):
        return np.round(A.T @ np.tanh(A @ w), 3)

    return dict(function=f, mine=grad, at=rng.normal(size=5))


@ITEMS.wrong("quotients of differences, forward, with a coarse step", "approximate", argument="x")
def _(rng):
    def f(x):
        return np.sum(np.sin(x) * x)

    def grad(x):
        h = 1e-4
        return np.array([(f(x + h * e) - f(x)) / h for e in np.eye(len(x))])

    return dict(function=f, mine=grad, at=rng.normal(size=4))


@ITEMS.wrong("factors of a matrix product in the wrong order", "order", "transposed", argument="X")
def _(rng):
    A, B = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))

    def f(X):
        return np.sum((A @ X @ B) ** 2)

    def grad(X):
        R = A @ X @ B
        return 2 * B.T @ R @ A.T

    return dict(function=f, mine=grad, at=rng.normal(size=(4, 4)))


@ITEMS.wrong("Hessian whose lower triangle is empty", "triangle", "some-entries")
def _(rng):
    A = rng.normal(size=(7, 4))

    def f(x):
        return np.sum(np.log(1 + np.exp(A @ x)))

    def hessian(x):
        p = 1 / (1 + np.exp(-A @ x))
        H = np.zeros((4, 4))
        for i in range(4):
            for j in range(i, 4):
                H[i, j] = np.sum(A[:, i] * A[:, j] * p * (1 - p))
        return H

    return dict(function=f, mine=hessian, at=rng.normal(size=4), kind="hessian")


@ITEMS.wrong("Jacobian with one row for each variable", "layout", "transposed", "shape")
def _(rng):
    A = rng.normal(size=(5, 3))

    def residuals(x):
        return np.exp(-A @ x)

    def jac(x):
        return -(np.exp(-A @ x)[:, None] * A).T

    return dict(function=residuals, mine=jac, at=rng.normal(size=3), kind="jacobian")


@ITEMS.wrong("gradients of two biases exchanged", "swapped", argument=("b", "c"))
def _(rng):
    x, y = rng.normal(size=6), rng.normal(size=6)

    def loss(a, b, c):
        return np.sum((a * np.tanh(x + b) + c - y) ** 2)

    def grad(a, b, c):
        t = np.tanh(x + b)
        r = 2 * (a * t + c - y)
        return np.sum(r * t), np.sum(r), np.sum(r * a * (1 - t**2))

    return dict(function=loss, mine=grad, at=(0.8, 0.1, -0.4))


@ITEMS.wrong("cosine's derivative without its sign, in one of two terms", "sign", argument="x")
def _(rng):
    def f(x):
        return np.sum(np.cos(x) + np.sin(2 * x))

    def grad(x):
        return np.sin(x) + 2 * np.cos(2 * x)

    return dict(function=f, mine=grad, at=rng.normal(size=5))
