"""Wrong gradients in NumPy as other people than the author of the rules wrote them, before the rules were looked at."""

import numpy as np
import pytest

from tests.checking.causes.judge import Item, judged

MAKERS = []


def wrong(*causes):
    """Says which causes are right."""

    def put(make):
        MAKERS.append((make.__name__, make, causes))
        return make

    return put


def normal(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape)


@wrong("function")
def log10_for_log():
    def entropy(q):
        return -(q * np.log(q)).sum()

    def dentropy(q):
        return -(np.log10(q) + 1)

    return dict(function=entropy, mine=dentropy, at=np.array([0.2, 0.5, 0.3]))


@wrong("missing-term")
def product_rule_forgot_second():
    def f(t):
        return np.sum(t**2 * np.exp(-t))

    def df(t):
        return 2 * t * np.exp(-t)

    return dict(function=f, mine=df, at=normal(5))


@wrong("missing-term")
def elastic_net_without_l1():
    A, b, l1, l2 = normal(6, 4), normal(6, seed=8), 0.3, 0.2

    def enet(w):
        return 0.5 * np.sum((A @ w - b) ** 2) + l1 * np.abs(w).sum() + 0.5 * l2 * w @ w

    def grad_enet(w):
        return A.T @ (A @ w - b) + l2 * w

    return dict(function=enet, mine=grad_enet, at=normal(4, seed=9))


@wrong("doubled-term", "factor")
def weight_decay_in_both():
    X, t, lam = normal(8, 3), (normal(8, seed=2) > 0) * 1.0, 0.05

    def loss(w):
        p = 1 / (1 + np.exp(-X @ w))
        return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)) + lam / 2 * np.sum(w**2)

    def grad(w):
        p = 1 / (1 + np.exp(-X @ w))
        g = X.T @ (p - t) / len(t)
        g += lam * w
        return g + lam * w

    return dict(function=loss, mine=grad, at=normal(3, seed=5))


@wrong("transposed")
def bilinear_transposed():
    M = normal(4, 4)

    def f(u):
        return np.sum(np.sin(M @ u))

    def g(u):
        return M @ np.cos(M @ u)

    return dict(function=f, mine=g, at=normal(4, seed=1))


@wrong("symmetric")
def quadratic_symmetric():
    Q, c = normal(3, 3), normal(3, seed=2)

    def energy(z):
        return 0.5 * z @ Q @ z + c @ z

    def denergy(z):
        return Q @ z + c

    return dict(function=energy, mine=denergy, at=normal(3, seed=7))


@wrong("activation-point")
def sigmoid_of_sigmoid():
    W, v = normal(5, 3), normal(5, seed=6)

    def sig(a):
        return 1 / (1 + np.exp(-a))

    def net(x):
        return v @ sig(W @ x)

    def dnet(x):
        h = sig(W @ x)
        return W.T @ (v * sig(h) * (1 - sig(h)))

    return dict(function=net, mine=dnet, at=normal(3))


@wrong("batch-sum", "axis", "mean", "shape", "some-entries")
def bias_only_first_row():
    X, W, T = normal(6, 3), normal(3, 2, seed=1), normal(6, 2, seed=2)

    def loss(b):
        return 0.5 * np.sum((X @ W + b - T) ** 2)

    def db(b):
        return (X @ W + b - T)[0]

    return dict(function=loss, mine=db, at=normal(2))


@wrong("mean", "factor")
def bias_mean():
    X, T = normal(6, 3), normal(6, 3, seed=2)

    def loss(b):
        return np.sum((np.tanh(X + b) - T) ** 2)

    def db(b):
        z = np.tanh(X + b)
        return (2 * (z - T) * (1 - z**2)).mean(0)

    return dict(function=loss, mine=db, at=normal(3))


@wrong("accumulation")
def embedding_overwritten():
    ids = np.array([0, 2, 2, 1, 2])
    C = normal(5, 3)

    def loss(E):
        return np.sum(np.sin(E[ids]) * C)

    def dE(E):
        out = np.zeros_like(E)
        out[ids] = np.cos(E[ids]) * C
        return out

    return dict(function=loss, mine=dE, at=normal(4, 3, seed=2))


@wrong("some-entries")
def boundary_left_out():
    def dirichlet(u):
        return 0.5 * np.sum(np.diff(u) ** 2)

    def lap(u):
        g = np.empty_like(u)
        g[1:-1] = 2 * u[1:-1] - u[2:] - u[:-2]
        g[0] = 0
        g[-1] = 0
        return g

    return dict(function=dirichlet, mine=lap, at=normal(6))


@wrong("reversed")
def polyval_reversed():
    ts = normal(7)

    def f(c):
        return np.sum(np.polyval(c, ts) ** 2)

    def g(c):
        r = 2 * np.polyval(c, ts)
        return np.array([np.sum(r * ts**k) for k in range(len(c))])

    return dict(function=f, mine=g, at=normal(4))


@wrong("comparison", "half-space")
def hinge_wrong_way():
    X, y = normal(8, 3), np.sign(normal(8, seed=2))

    def hinge(w):
        return np.maximum(0, 1 - y * (X @ w)).sum()

    def sub(w):
        m = 1 - y * (X @ w)
        return -(X.T * y) @ (m < 0)

    return dict(function=hinge, mine=sub, at=normal(3, seed=4))


@wrong("stale")
def cached_forward():
    class Net:
        def __init__(self):
            self.h = None

        def forward(self, w):
            h = np.tanh(w)
            if self.h is None:
                self.h = h
            return np.sum(h**2)

        def backward(self, w):
            if self.h is None:
                self.h = np.tanh(w)
            return 2 * self.h * (1 - self.h**2)

    net = Net()
    return dict(function=net.forward, mine=net.backward, at=normal(4))


@wrong("in-place")
def relu_inplace():
    W = normal(5, 4)

    def f(x):
        return np.sum(np.tanh(W @ x) ** 3)

    def g(x):
        h = np.tanh(W @ x)
        d = h
        d *= 3 * h
        return W.T @ (d * (1 - h**2))

    return dict(function=f, mine=g, at=normal(4))


@wrong("narrow")
def half_precision():
    A = normal(4, 4)

    def f(x):
        return np.sum((A @ x) ** 4)

    def g(x):
        return 4 * A.T @ ((A @ x).astype(np.float32) ** 3)

    return dict(function=f, mine=g, at=normal(4))


@wrong("rounded")
def rounded_for_print():
    def f(x):
        return np.sum(np.sin(x) ** 2)

    def g(x):
        return np.round(np.sin(2 * x), 4)

    return dict(function=f, mine=g, at=normal(4))


@wrong("approximate")
def one_sided():
    def f(x):
        return np.sum(np.exp(x) * x)

    def g(x, h=1e-5):
        return np.array([(f(x + h * e) - f(x)) / h for e in np.eye(len(x))])

    return dict(function=f, mine=g, at=normal(4))


@wrong("softmax-diagonal")
def softmax_temp_jac():
    def soft(z):
        e = np.exp((z - z.max()) / 2)
        return e / e.sum()

    def jac(z):
        p = soft(z)
        return np.diag(p * (1 - p)) / 2

    return dict(function=soft, mine=jac, at=normal(4))


@wrong("softmax-diagonal")
def policy_gradient_softmax():
    adv = normal(4, seed=9)

    def J(theta):
        p = np.exp(theta) / np.exp(theta).sum()
        return p @ adv

    def dJ(theta):
        p = np.exp(theta) / np.exp(theta).sum()
        return p * (1 - p) * adv

    return dict(function=J, mine=dJ, at=normal(4))


@wrong("missing-term", "softmax-diagonal")
def logsumexp_minus_onehot():
    def nll(z):
        return np.log(np.exp(z).sum()) - z[2]

    def g(z):
        return np.exp(z) / np.exp(z).sum()

    return dict(function=nll, mine=g, at=normal(5))


@wrong("factor")
def gaussian_const():
    def f(x, s):
        return np.sum(np.exp(-(x**2) / (2 * s**2))) / (s * np.sqrt(2 * np.pi))

    def g(x, s):
        k = np.exp(-(x**2) / (2 * s**2)) / (s * np.sqrt(2 * np.pi))
        return -x * k / s**2, np.sum(k * (x**2 / s**3 - 2 / s))

    return dict(function=f, mine=g, at=(normal(4), 1.3))


@wrong("factor")
def tiny_scale():
    A = normal(50, 30)

    def f(x):
        return 0.5 * np.sum((A @ x) ** 2)

    def g(x):
        return (A.T @ (A @ x)) * 0.999999

    return dict(function=f, mine=g, at=normal(30))


@wrong("missing-term")
def hessian_cross_terms():
    def f(v):
        return np.sum(v) ** 2 * 0.5 + np.sum(v**4) / 12

    def H(v):
        return np.diag(v**2)

    return dict(function=f, mine=H, at=normal(3), kind="hessian")


@wrong("missing-term")
def rnn_one_path():
    U, W, xs = normal(3, 2), normal(3, 3, seed=1) * 0.5, normal(4, 2, seed=2)

    def loss(W):
        h = np.zeros(3)
        for x in xs:
            h = np.tanh(W @ h + U @ x)
        return 0.5 * h @ h

    def dW(W):
        hs = [np.zeros(3)]
        for x in xs:
            hs.append(np.tanh(W @ hs[-1] + U @ x))
        d = hs[-1] * (1 - hs[-1] ** 2)
        return np.outer(d, hs[-2])

    return dict(function=loss, mine=dW, at=W)


@wrong("some-entries", "shifted")
def bptt_stops_early():
    xs = normal(6, seed=2)

    def f(a):
        s = 0.0
        for x, k in zip(xs, a):
            s = np.tanh(k * s + x)
        return s

    def g(a):
        S = [0.0]
        for x, k in zip(xs, a):
            S.append(np.tanh(k * S[-1] + x))
        G, d = np.zeros(len(a)), 1.0
        for t in range(len(a) - 1, 2, -1):
            d = d * (1 - S[t + 1] ** 2)
            G[t] = d * S[t]
            d = d * a[t]
        return G

    return dict(function=f, mine=g, at=normal(6) * 0.8)


@wrong("missing-term")
def batchnorm_mean_constant():
    def f(x):
        m, v = x.mean(0), x.var(0)
        return np.sum(((x - m) / np.sqrt(v + 1e-5)) ** 3)

    def g(x):
        m, v = x.mean(0), x.var(0)
        s = np.sqrt(v + 1e-5)
        h = (x - m) / s
        d = 3 * h**2
        return (d - h * (d * h).mean(0)) / s

    return dict(function=f, mine=g, at=normal(5, 2))


@wrong("missing-term")
def cosine_similarity_norm_const():
    b = normal(4, seed=8)

    def cos(a):
        return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))

    def dcos(a):
        return b / (np.linalg.norm(a) * np.linalg.norm(b))

    return dict(function=cos, mine=dcos, at=normal(4))


@wrong("sign", "half-space")
def huber_second_branch():
    def huber(r):
        return np.sum(np.where(np.abs(r) < 1, 0.5 * r * r, np.abs(r) - 0.5))

    def psi(r):
        return np.where(np.abs(r) < 1, r, -np.sign(r))

    return dict(function=huber, mine=psi, at=np.array([0.4, -0.5, 2.1, -1.7]))


@wrong("extra-term")
def extra_bias_decay():
    X, y, lam = normal(6, 2), normal(6, seed=1), 0.4

    def f(w, b):
        return 0.5 * np.sum((X @ w + b - y) ** 2) + 0.5 * lam * w @ w

    def g(w, b):
        r = X @ w + b - y
        return X.T @ r + lam * w, r.sum() + lam * b

    return dict(function=f, mine=g, at=(normal(2, seed=9), 0.6))


@pytest.mark.parametrize(("make", "causes"), [case[1:] for case in MAKERS], ids=[case[0] for case in MAKERS])
def test_the_cause_is_named(make, causes):
    made = make()
    options = {name: made[name] for name in made if name not in ("function", "mine", "at")}
    judged(Item(made["function"], made.get("mine"), made["at"], causes, options=options))
