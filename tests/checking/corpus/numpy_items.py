"""Wrong gradients in NumPy: linear models, small networks, layers by hand, as people write them."""

import numpy as np

from .item import Corpus

ITEMS = Corpus("numpy")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def one_hot(labels, k):
    return np.eye(k)[labels]


# ---------------------------------------------------------------- linear models


@ITEMS.wrong("least squares, the 2 dropped", "factor", argument="w")
def _(rng):
    X, y = rng.normal(size=(20, 5)), rng.normal(size=20)

    def loss(w):
        return np.sum((X @ w - y) ** 2)

    def grad(w):
        return X.T @ (X @ w - y)

    return dict(function=loss, mine=grad, at=rng.normal(size=5))


@ITEMS.wrong("half squared error, a 2 too many", "factor", argument="w")
def _(rng):
    X, y = rng.normal(size=(12, 4)), rng.normal(size=12)

    def loss(w):
        r = X @ w - y
        return 0.5 * r @ r

    def grad(w):
        r = X @ w - y
        return 2 * X.T @ r

    return dict(function=loss, mine=grad, at=rng.normal(size=4))


@ITEMS.wrong("mean squared error, not divided by n", "mean", "factor", argument="w")
def _(rng):
    X, y = rng.normal(size=(17, 3)), rng.normal(size=17)

    def mse(w):
        return np.mean((X @ w - y) ** 2)

    def grad(w):
        error = X @ w - y
        return 2 * X.T @ error

    return dict(function=mse, mine=grad, at=rng.normal(size=3))


@ITEMS.wrong("mean squared error over n and k, divided by n only", "mean", "factor", argument="W")
def _(rng):
    X, Y = rng.normal(size=(11, 4)), rng.normal(size=(11, 3))

    def mse(W):
        return np.mean((X @ W - Y) ** 2)

    def grad(W):
        n = X.shape[0]
        return 2 / n * X.T @ (X @ W - Y)

    return dict(function=mse, mine=grad, at=rng.normal(size=(4, 3)))


@ITEMS.wrong("sum of squares, divided by n", "mean", "factor", argument=("w", "b"))
def _(rng):
    x, y = rng.normal(size=30), rng.normal(size=30)

    def loss(w, b):
        return np.sum((w * x + b - y) ** 2)

    def grad(w, b):
        n = len(x)
        r = w * x + b - y
        dw = (2 / n) * np.sum(r * x)
        db = (2 / n) * np.sum(r)
        return dw, db

    return dict(function=loss, mine=grad, at=(0.7, -0.3))


@ITEMS.wrong("ridge, the 2 of the penalty dropped", "missing-term", "factor", argument="w")
def _(rng):
    X, y, lam = rng.normal(size=(15, 6)), rng.normal(size=15), 0.3

    def loss(w):
        return np.sum((X @ w - y) ** 2) + lam * np.sum(w**2)

    def grad(w):
        return 2 * X.T @ (X @ w - y) + lam * w

    return dict(function=loss, mine=grad, at=rng.normal(size=6))


@ITEMS.wrong("ridge, the penalty forgotten", "missing-term", argument="w")
def _(rng):
    X, y, lam = rng.normal(size=(15, 6)), rng.normal(size=15), 0.3

    def loss(w):
        r = X @ w - y
        return r @ r / len(y) + lam * w @ w

    def grad(w):
        r = X @ w - y
        return 2 / len(y) * X.T @ r

    return dict(function=loss, mine=grad, at=rng.normal(size=6))


@ITEMS.wrong("logistic regression, labels minus probabilities", "sign", argument="w")
def _(rng):
    X, y = rng.normal(size=(25, 4)), (rng.random(25) > 0.5).astype(float)

    def nll(w):
        p = sigmoid(X @ w)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def grad(w):
        p = sigmoid(X @ w)
        return X.T @ (y - p) / len(y)

    def plain(w):
        import jax.numpy as jnp

        return jnp.mean(jnp.logaddexp(0, X @ w) - y * (X @ w))

    return dict(function=nll, mine=grad, at=rng.normal(size=4), plain=plain)


@ITEMS.wrong("logistic regression, the penalty added twice", "doubled-term", "factor", argument="w")
def _(rng):
    X, y, lam = rng.normal(size=(25, 4)), np.sign(rng.normal(size=25)), 0.2

    def loss(w):
        return np.mean(np.log(1 + np.exp(-y * (X @ w)))) + 0.5 * lam * np.sum(w**2)

    def grad(w):
        s = 1 / (1 + np.exp(y * (X @ w)))
        g = -(X.T @ (y * s)) / len(y) + lam * w
        g = g + lam * w
        return g

    return dict(function=loss, mine=grad, at=rng.normal(size=4))


@ITEMS.wrong("logistic regression, mean for the bias where a sum belongs", "mean", "factor", argument="b")
def _(rng):
    X, y = rng.normal(size=(9, 3)), (rng.random(9) > 0.5).astype(float)

    def loss(w, b):
        z = X @ w + b
        return np.sum(np.log(1 + np.exp(z)) - y * z)

    def grad(w, b):
        delta = 1 / (1 + np.exp(-(X @ w + b))) - y
        return X.T @ delta, np.mean(delta)

    return dict(function=loss, mine=grad, at=(rng.normal(size=3), 0.4))


@ITEMS.wrong("support vector machine, the label left out", "chain-factor", "sign", argument="w")
def _(rng):
    X, y = rng.normal(size=(30, 4)), np.sign(rng.normal(size=30))

    def hinge(w):
        return np.mean(np.maximum(0, 1 - y * (X @ w)))

    def grad(w):
        active = (y * (X @ w) < 1).astype(float)
        return -X.T @ active / len(y)

    return dict(function=hinge, mine=grad, at=0.3 * rng.normal(size=4))


@ITEMS.wrong("Poisson regression, sign of the counts", "sign", argument="w")
def _(rng):
    X, counts = rng.normal(size=(14, 3)), rng.integers(0, 6, 14).astype(float)

    def nll(w):
        eta = X @ w
        return np.sum(np.exp(eta) - counts * eta)

    def grad(w):
        return X.T @ (np.exp(X @ w) + counts)

    return dict(function=nll, mine=grad, at=0.5 * rng.normal(size=3))


# ---------------------------------------------------------------- networks


class Data:
    """Inputs and targets of a small network, of sizes that no transposition hides."""

    def __init__(self, rng, n=8, d=4, h=4, k=3):
        self.X, self.Y = rng.normal(size=(n, d)), rng.normal(size=(n, k))
        self.labels = rng.integers(0, k, n)
        self.at = {
            "W1": 0.7 * rng.normal(size=(d, h)),
            "b1": 0.3 * rng.normal(size=h),
            "W2": 0.7 * rng.normal(size=(h, k)),
            "b2": 0.3 * rng.normal(size=k),
        }


def network(rng, backward, activation, **sizes):
    data = Data(rng, **sizes)
    X, Y = data.X, data.Y

    def loss(W1, b1, W2, b2):
        H = activation(X @ W1 + b1)
        return np.sum((H @ W2 + b2 - Y) ** 2) / (2 * len(X))

    def grad(W1, b1, W2, b2):
        return backward(X, Y, W1, b1, W2, b2)

    return dict(function=loss, mine=grad, at=data.at)


@ITEMS.wrong("two layers, f' of tanh taken at the activation", "activation-point", argument=("W1", "b1"))
def _(rng):
    def backward(X, Y, W1, b1, W2, b2):
        h = np.tanh(X @ W1 + b1)
        d2 = (h @ W2 + b2 - Y) / len(X)
        d1 = (d2 @ W2.T) * (1 - np.tanh(h) ** 2)
        return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": h.T @ d2, "b2": d2.sum(0)}

    return network(rng, backward, np.tanh)


@ITEMS.wrong("two layers, f' of tanh forgotten", "chain-factor", argument=("W1", "b1"))
def _(rng):
    def backward(X, Y, W1, b1, W2, b2):
        h = np.tanh(X @ W1 + b1)
        d2 = (h @ W2 + b2 - Y) / len(X)
        d1 = d2 @ W2.T
        return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": h.T @ d2, "b2": d2.sum(0)}

    return network(rng, backward, np.tanh, n=6, d=3, h=5, k=2)


@ITEMS.wrong("two layers, gradient of square W2 transposed", "transposed", argument="W2")
def _(rng):
    def backward(X, Y, W1, b1, W2, b2):
        h = np.tanh(X @ W1 + b1)
        d2 = (h @ W2 + b2 - Y) / len(X)
        d1 = (d2 @ W2.T) * (1 - h**2)
        return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": d2.T @ h, "b2": d2.sum(0)}

    return network(rng, backward, np.tanh, n=7, d=5, h=4, k=4)


@ITEMS.wrong("two layers, errors sent back through W2 and not its transpose", "transposed", argument=("W1", "b1"))
def _(rng):
    def backward(X, Y, W1, b1, W2, b2):
        h = np.tanh(X @ W1 + b1)
        d2 = (h @ W2 + b2 - Y) / len(X)
        d1 = (d2 @ W2) * (1 - h**2)
        return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": h.T @ d2, "b2": d2.sum(0)}

    return network(rng, backward, np.tanh, n=7, d=5, h=4, k=4)


@ITEMS.wrong("two layers, bias gradients not summed over the batch", "batch-sum", "shape", argument=("b1", "b2"))
def _(rng):
    def backward(X, Y, W1, b1, W2, b2):
        h = np.tanh(X @ W1 + b1)
        d2 = (h @ W2 + b2 - Y) / len(X)
        d1 = (d2 @ W2.T) * (1 - h**2)
        return {"W1": X.T @ d1, "b1": d1, "W2": h.T @ d2, "b2": d2}

    return network(rng, backward, np.tanh)


@ITEMS.wrong("two layers, one bias gradient summed over the features", "axis", argument="b1")
def _(rng):
    def backward(X, Y, W1, b1, W2, b2):
        h = np.tanh(X @ W1 + b1)
        d2 = (h @ W2 + b2 - Y) / len(X)
        d1 = (d2 @ W2.T) * (1 - h**2)
        return {"W1": X.T @ d1, "b1": d1.sum(axis=1), "W2": h.T @ d2, "b2": d2.sum(axis=0)}

    return network(rng, backward, np.tanh, n=6, d=3, h=6, k=2)


@ITEMS.wrong("two layers, ReLU's mask taken of the input of the layer before", "activation-point", "chain-factor", "variable", argument=("W1", "b1"))
def _(rng):
    def backward(X, Y, W1, b1, W2, b2):
        h = np.maximum(X @ W1 + b1, 0)
        d2 = (h @ W2 + b2 - Y) / len(X)
        d1 = (d2 @ W2.T) * (X > 0)
        return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": h.T @ d2, "b2": d2.sum(0)}

    return network(rng, backward, lambda z: np.maximum(z, 0), n=8, d=4, h=4, k=3)


@ITEMS.wrong("sigmoid layer, s(1 - s) with s taken twice", "activation-point", argument="w")
def _(rng):
    x, y = rng.normal(size=(10, 4)), rng.random(10)

    def loss(w):
        return np.sum((sigmoid(x @ w) - y) ** 2)

    def grad(w):
        out = sigmoid(x @ w)
        delta = 2 * (out - y) * sigmoid(out) * (1 - sigmoid(out))
        return x.T @ delta

    def plain(w):
        import jax

        return ((jax.nn.sigmoid(x @ w) - y) ** 2).sum()

    return dict(function=loss, mine=grad, at=rng.normal(size=4), plain=plain)


def cross_entropy_case(rng, gradient_of_logits, n=9, d=5, k=4):
    X, labels = rng.normal(size=(n, d)), rng.integers(0, k, n)

    def loss(W, b):
        Z = X @ W + b
        Z = Z - np.max(Z, axis=1, keepdims=True)
        logp = Z - np.log(np.sum(np.exp(Z), axis=1, keepdims=True))
        return -np.mean(np.sum(logp * one_hot(labels, k), axis=1))

    def grad(W, b):
        G = gradient_of_logits(softmax(X @ W + b), labels)
        return X.T @ G, G.sum(axis=0)

    return dict(function=loss, mine=grad, at=(rng.normal(size=(d, k)), rng.normal(size=k)))


@ITEMS.wrong("softmax cross-entropy, Jacobian of softmax cut to its diagonal", "softmax-diagonal", argument=("W", "b"))
def _(rng):
    def logits(P, labels):
        n = len(P)
        dP = -one_hot(labels, P.shape[1]) / P / n
        return dP * P * (1 - P)

    return cross_entropy_case(rng, logits)


@ITEMS.wrong("softmax cross-entropy, not divided by the batch", "mean", "factor", argument=("W", "b"))
def _(rng):
    def logits(P, labels):
        G = P.copy()
        G[np.arange(len(P)), labels] -= 1
        return G

    return cross_entropy_case(rng, logits)


@ITEMS.wrong("softmax cross-entropy, the label not subtracted", "missing-term", argument=("W", "b"))
def _(rng):
    def logits(P, labels):
        return P / len(P)

    return cross_entropy_case(rng, logits, n=6, d=3, k=5)


@ITEMS.wrong("softmax cross-entropy, divided by classes and not by the batch", "mean", "factor", argument=("W", "b"))
def _(rng):
    def logits(P, labels):
        return (P - one_hot(labels, P.shape[1])) / P.shape[1]

    return cross_entropy_case(rng, logits, n=7, d=3, k=5)


@ITEMS.wrong("two layers with weight decay, decay of W1 counted for W2 as well", "extra-term", argument="W2")
def _(rng):
    data = Data(rng)
    X, Y = data.X, data.Y

    def loss(W1, W2):
        return np.sum((np.tanh(X @ W1) @ W2 - Y) ** 2) + 0.1 * np.sum(W1**2)

    def grad(W1, W2):
        h = np.tanh(X @ W1)
        d2 = 2 * (h @ W2 - Y)
        d1 = (d2 @ W2.T) * (1 - h**2)
        return X.T @ d1 + 0.2 * W1, h.T @ d2 + 0.2 * W2

    return dict(function=loss, mine=grad, at=(data.at["W1"], data.at["W2"]))


@ITEMS.wrong("recurrent network, back through the last step only", "missing-term", "detached", argument=("U", "W"))
def _(rng):
    xs, y = rng.normal(size=(5, 3)), rng.normal(size=4)

    def run(U, W):
        hs = [np.zeros(4)]
        for x in xs:
            hs.append(np.tanh(U @ hs[-1] + W @ x))
        return hs

    def loss(U, W):
        h = np.zeros(4)
        for x in xs:
            h = np.tanh(U @ h + W @ x)
        return 0.5 * np.sum((h - y) ** 2)

    def grad(U, W):
        hs = run(U, W)
        delta = (hs[-1] - y) * (1 - hs[-1] ** 2)
        return np.outer(delta, hs[-2]), np.outer(delta, xs[-1])

    return dict(function=loss, mine=grad, at=(0.5 * rng.normal(size=(4, 4)), rng.normal(size=(4, 3))))


@ITEMS.wrong("GRU cell, sign of the path through 1 - z", "sign", "missing-term", argument="Wz")
def _(rng):
    x, h, target = rng.normal(size=3), rng.normal(size=4), rng.normal(size=4)
    hx = np.concatenate([h, x])

    def loss(Wz, Wn):
        z = 1 / (1 + np.exp(-(Wz @ hx)))
        n = np.tanh(Wn @ hx)
        return 0.5 * np.sum(((1 - z) * n + z * h - target) ** 2)

    def grad(Wz, Wn):
        z = 1 / (1 + np.exp(-(Wz @ hx)))
        n = np.tanh(Wn @ hx)
        e = (1 - z) * n + z * h - target
        dz = e * (h + n) * z * (1 - z)
        dn = e * (1 - z) * (1 - n**2)
        return np.outer(dz, hx), np.outer(dn, hx)

    return dict(function=loss, mine=grad, at=(rng.normal(size=(4, 7)), rng.normal(size=(4, 7))))


@ITEMS.wrong("hidden layer of a regression, ten thousand weights, one column scaled", "some-entries", "factor", argument="W")
def _(rng):
    X, v, y = rng.normal(size=(20, 100)) / 10, rng.normal(size=100) / 10, rng.normal(size=20)

    def loss(W):
        return np.sum((np.tanh(X @ W) @ v - y) ** 2)

    def grad(W):
        H = np.tanh(X @ W)
        r = 2 * (H @ v - y)
        g = X.T @ (np.outer(r, v) * (1 - H**2))
        g[:, 0] *= 0.5
        return g

    return dict(function=loss, mine=grad, at=rng.normal(size=(100, 100)) / 10)
