"""Right gradients that are awkward to check in NumPy: kinks, scales, cancellation, types, state that does no harm."""

import os
from dataclasses import dataclass

import numpy as np

from .item import AT_A_KINK, Corpus

ITEMS = Corpus("numpy")
CHANCE = ("right", "not checkable")  # of what depends on chance
NOISE = ("right", "undecided")  # of what has too few digits to tell


def _jnp():
    import jax.numpy

    return jax.numpy


# ---------------------------------------------------------------- kinks and ties


def relu_at_zero(claim):
    def build(rng):
        t = rng.normal(size=5)

        def f(x):
            return np.sum(t * np.maximum(x, 0))

        def grad(x):
            return t * np.where(x == 0, claim, x > 0)

        return dict(function=f, mine=grad, at=np.array([0.0, 1.2, -0.7, 0.0, 3.0]))

    return build


for claim in (0.0, 0.5, 1.0):
    ITEMS.right(f"ReLU at zero, {claim:g} there", kink=True, verdicts=AT_A_KINK)(relu_at_zero(claim))


def absolute_at_zero(claim):
    def build(rng):
        def f(x):
            return np.sum(np.abs(x))

        def grad(x):
            return np.where(x == 0, claim, np.sign(x))

        return dict(function=f, mine=grad, at=np.array([1.0, 0.0, -2.0]))

    return build


for claim in (-1.0, 0.0, 1.0):
    ITEMS.right(f"|x| at zero, {claim:g} there", kink=True, verdicts=AT_A_KINK)(absolute_at_zero(claim))


def maximum_tied(split):
    def build(rng):
        def f(x):
            return np.max(x)

        def grad(x):
            return split((x == np.max(x)).astype(float))

        return dict(function=f, mine=grad, at=np.array([0.5, 2.0, 2.0, -1.0, 2.0]))

    return build


def first_of(mask):
    out = np.zeros_like(mask)
    out[np.argmax(mask)] = 1
    return out


ITEMS.right("maximum of three equals, shared evenly", kink=True, verdicts=AT_A_KINK)(maximum_tied(lambda m: m / m.sum()))
ITEMS.right("maximum of three equals, all to the first", kink=True, verdicts=AT_A_KINK)(maximum_tied(first_of))
ITEMS.right("maximum of three equals, unevenly", kink=True, verdicts=AT_A_KINK)(
    maximum_tied(lambda m: first_of(m) if m.sum() == 1 else np.array([0, 0.7, 0.1, 0, 0.2]))
)


@ITEMS.right("sorted values with ties", kink=True, verdicts=AT_A_KINK)
def _(rng):
    weights = np.array([1.0, -2.0, 0.5, 3.0, 0.25])

    def f(x):
        return np.sum(weights * np.sort(x))

    def grad(x):
        g = np.empty_like(x)
        g[np.argsort(x, kind="stable")] = weights
        return g

    return dict(function=f, mine=grad, at=np.array([1.0, -1.0, 1.0, 4.0, -1.0]))


@ITEMS.right("clip with entries on its borders", kink=True, verdicts=AT_A_KINK)
def _(rng):
    def f(x):
        return np.sum(np.clip(x, -1, 1) ** 3)

    def grad(x):
        return 3 * np.clip(x, -1, 1) ** 2 * ((x > -1) & (x < 1))

    return dict(function=f, mine=grad, at=np.array([-1.0, 0.3, 1.0, 2.0, -4.0]))


@ITEMS.right("hinge loss with points on the margin", kink=True, verdicts=AT_A_KINK)
def _(rng):
    X, y = np.array([[1.0, 2.0], [0.5, -1.0], [-2.0, 0.25], [3.0, 1.0]]), np.array([1.0, -1.0, 1.0, -1.0])

    def f(w):
        return np.sum(np.maximum(0, 1 - y * (X @ w)))

    def grad(w):
        return -X.T @ (y * (y * (X @ w) < 1))

    return dict(function=f, mine=grad, at=np.array([1.0, 0.0]))


@ITEMS.right("norm at the origin, zero there", kink=True, verdicts=AT_A_KINK)
def _(rng):
    def f(x):
        return np.sqrt(np.sum(x**2))

    def grad(x):
        n = np.sqrt(np.sum(x**2))
        return x / n if n > 0 else np.zeros_like(x)

    return dict(function=f, mine=grad, at=np.zeros(3), plain=lambda x: _jnp().sqrt(_jnp().sum(x**2) + 1e-300))


@ITEMS.right("ReLU a hair beside its kink")
def _(rng):
    def f(x):
        return np.sum(np.maximum(x, 0) + x**2)

    def grad(x):
        return (x > 0) + 2 * x

    return dict(function=f, mine=grad, at=np.array([1e-5, -1e-8, 1e-8, 0.4]))


@ITEMS.right("|x - 1| beside 1")
def _(rng):
    def f(x):
        return np.sum(np.abs(x - 1))

    def grad(x):
        return np.sign(x - 1)

    return dict(function=f, mine=grad, at=np.array([1 + 1e-7, 1 - 1e-6, 2.0]))


@ITEMS.right("steep softplus near its bend")
def _(rng):
    def f(x):
        return np.sum(np.logaddexp(0, 1e4 * x)) / 1e4

    def grad(x):
        return 1 / (1 + np.exp(-1e4 * x))

    return dict(function=f, mine=grad, at=np.array([1e-5, -2e-4, 1e-4]))


@ITEMS.right("staircase between its steps")
def _(rng):
    def f(x):
        return np.sum(np.floor(x) * x)

    def grad(x):
        return np.floor(x)

    return dict(function=f, mine=grad, at=np.array([0.5, 1.3, -2.6]))


# ---------------------------------------------------------------- scales


@ITEMS.right("arguments of 1e-12")
def _(rng):
    def f(x):
        return np.sum(np.log(x) ** 2)

    def grad(x):
        return 2 * np.log(x) / x

    return dict(function=f, mine=grad, at=1e-12 * rng.uniform(0.5, 2, 4), sample=lambda rng: 1e-12 * rng.uniform(0.5, 2, 4))


@ITEMS.right("arguments of 1e12")
def _(rng):
    def f(x):
        return np.sum(x**1.5)

    def grad(x):
        return 1.5 * np.sqrt(x)

    return dict(function=f, mine=grad, at=1e12 * rng.uniform(0.5, 2, 4))


@ITEMS.right("values of 1e-12")
def _(rng):
    A = rng.normal(size=(6, 3))

    def f(x):
        return 1e-12 * np.sum(np.tanh(A @ x) ** 2)

    def grad(x):
        t = np.tanh(A @ x)
        return 1e-12 * A.T @ (2 * t * (1 - t**2))

    return dict(function=f, mine=grad, at=rng.normal(size=3))


@ITEMS.right("values of 1e12")
def _(rng):
    def f(x):
        return 1e12 * np.sum(x * np.sin(x))

    def grad(x):
        return 1e12 * (np.sin(x) + x * np.cos(x))

    return dict(function=f, mine=grad, at=rng.normal(size=5))


@ITEMS.right("entries from 1e-8 to 1e8 in one argument")
def _(rng):
    def f(x):
        return np.sum(np.sqrt(x))

    def grad(x):
        return 0.5 / np.sqrt(x)

    return dict(function=f, mine=grad, at=10.0 ** np.arange(-8, 9, 2))


@ITEMS.right("one argument in metres, one in nanometres")
def _(rng):
    def f(length, wave):
        return np.sum(np.sin(length / 1e3) ** 2) + np.sum(np.log(wave * 1e9))

    def grad(length, wave):
        return np.sin(2 * length / 1e3) / 1e3, 1 / wave

    return dict(function=f, mine=grad, at=(1e3 * rng.uniform(1, 2, 3), 1e-9 * rng.uniform(1, 2, 4)))


@ITEMS.right("a hundred thousand parameters")
def _(rng):
    t = rng.normal(size=100_000)

    def f(x):
        return np.mean(np.sqrt(1 + (x - t) ** 2))

    def grad(x):
        r = x - t
        return r / np.sqrt(1 + r**2) / len(r)

    return dict(function=f, mine=grad, at=rng.normal(size=100_000))


# ---------------------------------------------------------------- zero, constant


@ITEMS.right("sum of a softmax, whose gradient is zero")
def _(rng):
    def f(x):
        e = np.exp(x - np.max(x))
        return np.sum(e / np.sum(e))

    def grad(x):
        return np.zeros_like(x)

    return dict(function=f, mine=grad, at=rng.normal(size=6))


@ITEMS.right("constant function")
def _(rng):
    def f(x):
        return 3.7

    def grad(x):
        return np.zeros(x.shape)

    return dict(function=f, mine=grad, at=rng.normal(size=4), plain=lambda x: 3.7 + 0.0 * x.sum())


@ITEMS.right("gradient at a minimum")
def _(rng):
    a = rng.normal(size=5)

    def f(x):
        return np.sum((x - a) ** 4)

    def grad(x):
        return 4 * (x - a) ** 3

    return dict(function=f, mine=grad, at=a.copy())


@ITEMS.right("an argument that the function does not use")
def _(rng):
    def f(w, unused):
        return np.sum(w**2)

    def grad(w, unused):
        return 2 * w, np.zeros_like(unused)

    return dict(function=f, mine=grad, at=(rng.normal(size=3), rng.normal(size=(2, 2))))


# ---------------------------------------------------------------- digits


@ITEMS.right("one minus cosine over a square, near zero", tolerance=1e-5)
def _(rng):
    def f(x):
        return np.sum((1 - np.cos(x)) / x**2)

    def grad(x):
        return -x / 12 + x**3 / 180 - x**5 / 6720

    def plain(x):
        return (0.5 * _jnp().sinc(x / (2 * np.pi)) ** 2).sum()

    return dict(function=f, mine=grad, at=np.array([1e-3, 2e-3, -4e-3]), plain=plain)


@ITEMS.right("difference of large roots")
def _(rng):
    def f(x):
        return np.sum(np.sqrt(x**2 + 1) - x)

    def grad(x):
        r = np.sqrt(x**2 + 1)
        return -1 / (r * (r + x))

    def plain(x):
        return (1 / (_jnp().sqrt(x**2 + 1) + x)).sum()

    return dict(function=f, mine=grad, at=np.array([1e4, 3e3, 50.0]), plain=plain)


@ITEMS.right("large constant beside a small function")
def _(rng):
    def f(x):
        return 1e8 + np.sum(np.sin(x))

    def grad(x):
        return np.cos(x)

    return dict(function=f, mine=grad, at=rng.normal(size=4))


@ITEMS.right("x squared on a shelf of 1e12")
def _(rng):
    def f(x):
        return 1e12 + x @ x

    def grad(x):
        return 2 * x

    return dict(function=f, mine=grad, at=3 + rng.normal(size=3))


@ITEMS.right("saturated sigmoids")
def _(rng):
    def f(x):
        return np.sum(1 / (1 + np.exp(-x)))

    def grad(x):
        s = 1 / (1 + np.exp(-np.abs(x)))
        return s * np.exp(-np.abs(x)) * s

    return dict(function=f, mine=grad, at=np.array([-28.0, 30.0, -15.0, 0.2]))


# its derivative is below the rounding of its value: nothing that is computed from values can tell it from a wrong one
@ITEMS.right("saturated softmax", tolerance=1e-6, verdicts=("right", "undecided"))
def _(rng):
    t = rng.normal(size=4)

    def f(z):
        e = np.exp(z - np.max(z))
        return np.sum(t * e) / np.sum(e)

    def grad(z):
        e = np.exp(z - np.max(z))
        p = e / np.sum(e)
        return p * (t - p @ t)

    return dict(function=f, mine=grad, at=np.array([40.0, 2.0, -3.0, 1.0]))


@ITEMS.right("logsumexp of thousands")
def _(rng):
    def f(x):
        m = np.max(x)
        return m + np.log(np.sum(np.exp(x - m)))

    def grad(x):
        e = np.exp(x - np.max(x))
        return e / np.sum(e)

    return dict(function=f, mine=grad, at=np.array([1000.0, 1001.5, 999.2, 1000.7]))


@ITEMS.right("sine of high frequency")
def _(rng):
    def f(x):
        return np.sum(np.sin(1e4 * x))

    def grad(x):
        return 1e4 * np.cos(1e4 * x)

    return dict(function=f, mine=grad, at=np.array([0.7, -1.1]))


@ITEMS.right("sine of very high frequency")
def _(rng):
    def f(x):
        return np.sum(np.sin(1e6 * x))

    def grad(x):
        return 1e6 * np.cos(1e6 * x)

    return dict(function=f, mine=grad, at=np.array([0.7]))


@ITEMS.right("narrow bump seen from its side")
def _(rng):
    def f(x):
        return np.sum(1 / (1 + (1e3 * (x - 1)) ** 2))

    def grad(x):
        u = 1e3 * (x - 1)
        return -2e3 * u / (1 + u**2) ** 2

    return dict(function=f, mine=grad, at=np.array([1.002, 0.999, 1.3]))


@ITEMS.right("Kepler's equation by Newton's method", tolerance=1e-6)
def _(rng):
    e = 0.6

    def solve(M):
        E = M + e * np.sin(M)
        for _ in range(50):
            step = (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
            E = E - step
            if np.max(np.abs(step)) < 1e-9:
                break
        return E

    def f(M):
        return np.sum(np.cos(solve(M)))

    def grad(M):
        E = solve(M)
        return -np.sin(E) / (1 - e * np.cos(E))

    def plain(M):
        E = M
        for _ in range(60):
            E = E - (E - e * _jnp().sin(E) - M) / (1 - e * _jnp().cos(E))
        return _jnp().cos(E).sum()

    return dict(function=f, mine=grad, at=np.array([1.0, 0.3, 2.2]), plain=plain)


@ITEMS.right("fixed point to a tolerance", tolerance=1e-6, verdicts=NOISE)
def _(rng):
    def solve(a):
        z = np.full_like(a, 0.5)
        for _ in range(500):
            new = np.cos(a * z)
            if np.max(np.abs(new - z)) < 1e-10:
                break
            z = new
        return z

    def f(a):
        return np.sum(solve(a))

    def grad(a):
        z = solve(a)
        s = np.sin(a * z)
        return -s * z / (1 + a * s)

    def plain(a):
        z = 0.5 + 0 * a
        for _ in range(200):
            z = _jnp().cos(a * z)
        return z.sum()

    return dict(function=f, mine=grad, at=np.array([0.5, 0.8]), plain=plain)


@ITEMS.right("trapezoidal rule over a thousand steps")
def _(rng):
    t = np.linspace(0, 1, 1001)

    def f(p):
        y = np.exp(-p[0] * t) * np.cos(p[1] * t)
        return np.sum((y[1:] + y[:-1]) / 2 * np.diff(t))

    def grad(p):
        decay = np.exp(-p[0] * t)
        d0, d1 = -t * decay * np.cos(p[1] * t), -t * decay * np.sin(p[1] * t)
        return np.array([np.trapezoid(d, t) for d in (d0, d1)])

    return dict(function=f, mine=grad, at=np.array([0.8, 12.0]))


# ---------------------------------------------------------------- types


@ITEMS.right("least squares in float32", tolerance=1e-4)
def _(rng):
    X, y = rng.normal(size=(40, 6)).astype("f"), rng.normal(size=40).astype("f")

    def f(w):
        return np.mean((X @ w - y) ** 2)

    def grad(w):
        return 2 / np.float32(len(y)) * X.T @ (X @ w - y)

    return dict(function=f, mine=grad, at=rng.normal(size=6).astype("f"))


@ITEMS.right("softmax in float16", tolerance=2e-2)
def _(rng):
    t = rng.normal(size=5).astype(np.float16)

    def f(z):
        e = np.exp(z - np.max(z))
        return np.sum(t * (e / np.sum(e)))

    def grad(z):
        e = np.exp(z - np.max(z))
        p = e / np.sum(e)
        return p * (t - np.sum(p * t))

    return dict(function=f, mine=grad, at=rng.normal(size=5).astype(np.float16))


@ITEMS.right("float32 on a shelf of 4096", tolerance=1e-4)
def _(rng):
    def f(x):
        return np.float32(4096) + np.sum(np.sin(x))

    def grad(x):
        return np.cos(x)

    return dict(function=f, mine=grad, at=rng.normal(size=3).astype(np.float32))


@ITEMS.right("float32 of large size", tolerance=1e-4)
def _(rng):
    def f(x):
        return np.sum(x**3)

    def grad(x):
        return 3 * x**2

    return dict(function=f, mine=grad, at=(1e4 * rng.normal(size=4)).astype(np.float32))


@ITEMS.right("float32 within, whatever comes in", tolerance=1e-4, verdicts=NOISE)
def _(rng):
    A = rng.normal(size=(8, 3)).astype(np.float32)

    def f(x):
        return float(np.sum(np.tanh(A @ x.astype(np.float32))))

    def grad(x):
        t = np.tanh(A @ x.astype(np.float32))
        return (A.T @ (1 - t**2)).astype(np.float64)

    return dict(function=f, mine=grad, at=rng.normal(size=3), plain=lambda x: _jnp().tanh(A.astype(float) @ x).sum())


# ---------------------------------------------------------------- complex-step traps


@ITEMS.right("cube of the absolute value")
def _(rng):
    def f(x):
        return np.sum(np.abs(x) ** 3)

    def grad(x):
        return 3 * x * np.abs(x)

    return dict(function=f, mine=grad, at=rng.normal(size=5))


@ITEMS.right("norm by np.linalg")
def _(rng):
    def f(x):
        return np.linalg.norm(x) + np.sum(np.real(x * np.conj(x)))

    def grad(x):
        return x / np.linalg.norm(x) + 2 * x

    return dict(function=f, mine=grad, at=rng.normal(size=5))


@ITEMS.right("eigenvalues of a symmetric matrix")
def _(rng):
    def f(A):
        return np.sum(np.linalg.eigvalsh((A + A.T) / 2)[-2:])

    def grad(A):
        V = np.linalg.eigh((A + A.T) / 2)[1][:, -2:]
        return V @ V.T

    M = rng.normal(size=(5, 5))
    return dict(function=f, mine=grad, at=M + M.T)


# ---------------------------------------------------------------- ways to hand things over


@ITEMS.right("parameters in a dict, gradients in another order")
def _(rng):
    X, y = rng.normal(size=(9, 3)), rng.normal(size=9)

    def f(params):
        return np.sum((X @ params["w"] + params["b"] - y) ** 2)

    def grad(params):
        r = X @ params["w"] + params["b"] - y
        return {"b": 2 * np.sum(r), "w": 2 * X.T @ r}

    return dict(function=f, mine=grad, at=({"w": rng.normal(size=3), "b": 0.5},))


@dataclass
class Weights:
    W: np.ndarray
    b: np.ndarray
    scale: float


@ITEMS.right("parameters in a dataclass")
def _(rng):
    x = rng.normal(size=3)

    def f(p):
        return p.scale * np.sum(np.tanh(p.W @ x + p.b))

    def grad(p):
        t = np.tanh(p.W @ x + p.b)
        g = p.scale * (1 - t**2)
        return Weights(np.outer(g, x), g, np.sum(t))

    def plain(p):
        return p.scale * _jnp().sum(_jnp().tanh(p.W @ x + p.b))

    return dict(function=f, mine=grad, at=(Weights(rng.normal(size=(2, 3)), rng.normal(size=2), 1.3),), plain=plain)


@ITEMS.right("layers in a list of dicts")
def _(rng):
    x = rng.normal(size=3)

    def f(layers):
        h = x
        for layer in layers:
            h = np.tanh(layer["W"] @ h + layer["b"])
        return np.sum(h)

    def grad(layers):
        hs = [x]
        for layer in layers:
            hs.append(np.tanh(layer["W"] @ hs[-1] + layer["b"]))
        grads, g = [], np.ones_like(hs[-1])
        for layer, before, after in zip(layers[::-1], hs[-2::-1], hs[:0:-1]):
            d = g * (1 - after**2)
            grads.append({"W": np.outer(d, before), "b": d})
            g = layer["W"].T @ d
        return grads[::-1]

    layers = [{"W": rng.normal(size=(n, m)), "b": rng.normal(size=n)} for m, n in ((3, 4), (4, 2))]
    return dict(function=f, mine=grad, at=(layers,))


@ITEMS.right("labels handed over as integers")
def _(rng):
    X, labels = rng.normal(size=(6, 3)), np.array([0, 2, 1, 1, 0, 2])

    def f(W, labels):
        Z = X @ W
        return -np.sum(Z[np.arange(6), labels]) + np.sum(np.log(np.sum(np.exp(Z), axis=1)))

    def grad(W, labels):
        P = np.exp(X @ W)
        P /= P.sum(axis=1, keepdims=True)
        P[np.arange(6), labels] -= 1
        return X.T @ P

    return dict(function=f, mine=grad, at=(rng.normal(size=(3, 3)), labels))


@ITEMS.right("a scratch buffer that is written again and again")
def _(rng):
    A, scratch = rng.normal(size=(6, 4)), np.empty(6)

    def f(x):
        np.matmul(A, x, out=scratch)
        np.tanh(scratch, out=scratch)
        return scratch.sum()

    def grad(x):
        np.matmul(A, x, out=scratch)
        np.cosh(scratch, out=scratch)
        np.power(scratch, -2, out=scratch)
        return A.T @ scratch

    return dict(function=f, mine=grad, at=rng.normal(size=4), plain=lambda x: _jnp().tanh(A @ x).sum())


@ITEMS.right("a gradient returned in one buffer for all calls")
def _(rng):
    A, out = rng.normal(size=(6, 4)), np.empty(4)

    def f(x):
        return 0.5 * np.sum((A @ x) ** 2)

    def grad(x):
        np.dot(A.T, A @ x, out=out)
        return out

    return dict(function=f, mine=grad, at=rng.normal(size=4))


@ITEMS.right("a cache whose key is the argument")
def _(rng):
    A, kept = rng.normal(size=(6, 4)), {}

    def hidden(x):
        key = x.tobytes()
        if key not in kept:
            kept[key] = np.tanh(A @ x)
        return kept[key]

    def f(x):
        return np.sum(hidden(x) ** 2)

    def grad(x):
        h = hidden(x)
        return A.T @ (2 * h * (1 - h**2))

    return dict(function=f, mine=grad, at=rng.normal(size=4), plain=lambda x: (_jnp().tanh(A @ x) ** 2).sum())


class Counted:
    """A model that counts its calls and keeps the last loss: state that the gradient does not use."""

    def __init__(self, X, y):
        self.X, self.y, self.calls, self.history = X, y, 0, []

    def loss(self, w):
        self.calls += 1
        value = np.mean((self.X @ w - self.y) ** 2)
        self.history.append(value)
        return value

    def gradient(self, w):
        return 2 * self.X.T @ (self.X @ w - self.y) / len(self.y)


@ITEMS.right("a model that counts its calls")
def _(rng):
    model = Counted(rng.normal(size=(8, 3)), rng.normal(size=8))
    X, y = model.X, model.y
    return dict(function=model.loss, mine=model.gradient, at=rng.normal(size=3), plain=lambda w: ((X @ w - y) ** 2).mean())


@ITEMS.right("a read-only array in Fortran order")
def _(rng):
    W = np.asfortranarray(rng.normal(size=(4, 3)))
    W.flags.writeable = False
    t = rng.normal(size=(4, 3))

    def f(W):
        return np.sum(t * np.sin(W))

    def grad(W):
        return np.asfortranarray(t * np.cos(W))

    return dict(function=f, mine=grad, at=W)


@ITEMS.right("a plain number", argument="x")
def _(rng):
    def f(x):
        return x**3 * np.exp(-x)

    def grad(x):
        return (3 * x**2 - x**3) * np.exp(-x)

    return dict(function=f, mine=grad, at=1.7)


# ---------------------------------------------------------------- chance


@ITEMS.right("dropout with a seed of its own")
def _(rng):
    x = rng.normal(size=20)

    def mask():
        return (np.random.default_rng(7).random(20) > 0.5) / 0.5

    kept = mask()

    def f(w):
        return np.sum(np.tanh(w * x) * mask())

    def grad(w):
        return (1 - np.tanh(w * x) ** 2) * x * mask()

    return dict(function=f, mine=grad, at=rng.normal(size=20), plain=lambda w: (_jnp().tanh(w * x) * kept).sum())


@ITEMS.right("dropout from NumPy's global generator", verdicts=CHANCE, stable=False)
def _(rng):
    def f(w):
        return np.sum(w**2 * (np.random.random(w.shape) > 0.5))

    def grad(w):
        return 2 * w * (np.random.random(w.shape) > 0.5)

    return dict(function=f, mine=grad, at=rng.normal(size=10))


@ITEMS.right("noise from a source that no seed reaches", verdicts=("not checkable", "undecided"), stable=False)
def _(rng):
    def f(w):
        return np.sum(w**2) + int.from_bytes(os.urandom(2), "big") / 65536

    def grad(w):
        return 2 * w

    return dict(function=f, mine=grad, at=rng.normal(size=4))


# ---------------------------------------------------------------- other kinds


@ITEMS.right("Jacobian that is not square")
def _(rng):
    A = rng.normal(size=(5, 3))

    def f(x):
        return np.sin(A @ x)

    def jac(x):
        return np.cos(A @ x)[:, None] * A

    return dict(function=f, mine=jac, at=rng.normal(size=3), kind="jacobian")


@ITEMS.right("Hessian of logsumexp")
def _(rng):
    def f(x):
        return np.log(np.sum(np.exp(x)))

    def hessian(x):
        p = np.exp(x) / np.sum(np.exp(x))
        return np.diag(p) - np.outer(p, p)

    return dict(function=f, mine=hessian, at=rng.normal(size=4), kind="hessian")


@ITEMS.right("backward pass of batch norm")
def _(rng):
    def forward(x, gamma):
        return gamma * (x - np.mean(x, axis=0)) / np.sqrt(np.var(x, axis=0) + 1e-5)

    def backward(x, gamma, dout):
        n = len(x)
        s = np.sqrt(x.var(0) + 1e-5)
        xhat = (x - x.mean(0)) / s
        g = dout * gamma
        return (g - g.sum(0) / n - xhat * (g * xhat).sum(0) / n) / s, (dout * xhat).sum(0)

    return dict(function=forward, mine=backward, at=(rng.normal(size=(7, 3)), rng.normal(size=3)), kind="vjp")


@ITEMS.right("backward pass at kinks", kink=True, verdicts=AT_A_KINK)
def _(rng):
    def forward(x):
        return np.maximum(x, 0)

    def backward(x, dout):
        return dout * (x > 0)

    return dict(function=forward, mine=backward, at=np.array([[0.0, -1.0, 2.0], [0.5, 0.0, 0.0]]), kind="vjp")
