"""Compiled derivatives against hand-written NumPy: the same value, timed in turns on one thread.

    python bench/gradients.py            all cases
    python bench/gradients.py softmax    those whose name contains a word

`ratio` is our best time over the best of the hand-written one. Both get the same arrays; ours is called as users call
it, arguments checked.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import time
from pathlib import Path

import numpy as np

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME / "src"), str(HOME)]
from chainrule.calculus import derivative, gradients  # noqa: E402
from chainrule.compiling import compile_nodes  # noqa: E402
from chainrule.core.algebra import broadcast, contract, dot, multiply, power, size, sum_axes, total  # noqa: E402
from chainrule.core.node import symbol  # noqa: E402
from chainrule.ops import lookup  # noqa: E402
from chainrule.ops.structured import layernorm  # noqa: E402
from chainrule.simplify import consolidate  # noqa: E402

sigmoid, softplus, tanh, softmax, logsumexp, inverse, logdet = [
    lookup(n) for n in ("sigmoid", "softplus", "tanh", "softmax", "logsumexp", "inverse", "logdet")
]
CASES = {}


def case(name):
    """Register a function that returns (nodes, arguments, hand-written function)."""

    def enter(build):
        CASES[name] = build
        return build

    return enter


def normal(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def nth(f, x, order=1):
    return derivative(f, x, order, consolidate)[-1]


def rows(v, n):
    """The vector v as each of n rows."""
    return broadcast(v, (n, v.dims[0]), (1,))


X, w, y = symbol("X", "nd"), symbol("w", "d"), symbol("y", "n")
LOGISTIC = total(softplus(X @ w)) - dot(y, X @ w)
W, Y = symbol("W", "dk"), symbol("Y", "nk")
CROSS = total(logsumexp(X @ W, axes=(1,))) - dot(Y, X @ W)


def least_squares(m, n):
    A, x, b = symbol("A", "mn"), symbol("x", "n"), symbol("b", "m")

    def hand(A, x, b):
        return (2 * (A @ x - b)) @ A

    return nth(total((A @ x - b) ** 2), x), dict(A=normal(m, n), x=normal(n), b=normal(m)), hand


@case("least squares gradient 2000x200")
def _():
    return least_squares(2000, 200)


@case("least squares gradient 20x5")
def _():
    return least_squares(20, 5)


def logistic(order, n, d):
    def first(X, w, y):
        return (1 / (1 + np.exp(-(X @ w))) - y) @ X

    def second(X, w):
        s = 1 / (1 + np.exp(-(X @ w)))
        B = X * np.sqrt(s * (1 - s))[:, None]
        return B.T @ B

    data = dict(X=normal(n, d), w=normal(d) / np.sqrt(d))
    if order == 1:
        data["y"] = (normal(n, seed=1) > 0) * 1.0
    return nth(LOGISTIC, w, order), data, first if order == 1 else second


@case("logistic gradient 20000x200")
def _():
    return logistic(1, 20000, 200)


@case("logistic Hessian 20000x200")
def _():
    return logistic(2, 20000, 200)


@case("logistic Hessian 4000x100")
def _():
    return logistic(2, 4000, 100)


@case("logistic Hessian 200x10")
def _():
    return logistic(2, 200, 10)


def rowwise_softmax(Z):
    Z = Z - Z.max(axis=1, keepdims=True)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=1, keepdims=True)
    return Z


@case("softmax regression gradient 5000x784x10")
def _():
    def hand(X, W, Y):
        return X.T @ (rowwise_softmax(X @ W) - Y)

    n, d, k = 5000, 784, 10
    labels = np.eye(k)[np.random.default_rng(0).integers(k, size=n)]
    return nth(CROSS, W), dict(X=normal(n, d), W=normal(d, k) / 28, Y=labels), hand


@case("softmax regression Hessian 2000x100x10")
def _():
    def hand(X, W):
        P = rowwise_softmax(X @ W)
        n, d = X.shape
        k = W.shape[1]
        Z = (X[:, :, None] * P[:, None, :]).reshape(n, d * k)
        H = (-(Z.T @ Z)).reshape(d, k, d, k)
        for c in range(k):
            H[:, c, :, c] += X.T @ Z[:, c::k]
        return H

    return nth(CROSS, W, 2), dict(X=normal(2000, 100), W=normal(100, 10) / 10), hand


@case("two-layer tanh net, four gradients 2000x100x64x10")
def _():
    n, d, h, k = 2000, 100, 64, 10
    A, a, B, b = symbol("A", "dh"), symbol("a", "h"), symbol("B", "hk"), symbol("b", "k")
    rows_of = X.dims[0]
    H = tanh(X @ A + rows(a, rows_of))
    R = H @ B + rows(b, rows_of) - Y
    f = total(R**2) / size(rows_of)
    nodes = dict(zip("AaBb", [consolidate(g) for g in gradients(f, [A, a, B, b])]))

    def hand(X, A, a, B, b, Y):
        H = X @ A
        H += a
        np.tanh(H, out=H)
        R = H @ B
        R += b
        R -= Y
        R *= 2 / len(X)
        D = R @ B.T
        T = H * H
        np.subtract(1, T, out=T)
        D *= T
        return {"A": X.T @ D, "a": D.sum(axis=0), "B": H.T @ R, "b": R.sum(axis=0)}

    data = dict(X=normal(n, d), A=normal(d, h) / 10, a=normal(h), B=normal(h, k) / 8, b=normal(k), Y=normal(n, k))
    return nodes, data, hand


@case("logsumexp Hessian 2000x200")
def _():
    A, x = symbol("A", "mn"), symbol("x", "n")

    def hand(A, x):
        z = A @ x
        p = np.exp(z - z.max())
        p /= p.sum()
        B = A * np.sqrt(p)[:, None]
        g = p @ A
        return B.T @ B - np.outer(g, g)

    return nth(logsumexp(A @ x, axes=(0,)), x, 2), dict(A=normal(2000, 200), x=normal(200) / 14), hand


@case("softmax Jacobian 1000x1000")
def _():
    A, x, b = symbol("A", "mn"), symbol("x", "n"), symbol("b", "m")

    def hand(A, x, b):
        z = A @ x + b
        p = np.exp(z - z.max())
        p /= p.sum()
        return (A - p @ A) * p[:, None]

    return nth(softmax(A @ x + b, axes=(0,)), x), dict(A=normal(1000, 1000), x=normal(1000) / 30, b=normal(1000)), hand


@case("layer norm VJP 2000x300")
def _():
    G, g, b = symbol("G", "nd"), symbol("g", "d"), symbol("b", "d")
    n, d = X.dims
    out = multiply(layernorm(X), rows(g, n)) + rows(b, n)
    f = dot(out, G)

    def hand(X, G, g):
        m = X.mean(axis=1, keepdims=True)
        c = X - m
        s = 1 / np.sqrt(np.einsum("ij,ij->i", c, c)[:, None] / X.shape[1] + 1e-5)
        c *= s
        u = G * g
        r = u - u.mean(axis=1, keepdims=True)
        r -= c * (np.einsum("ij,ij->i", u, c) / X.shape[1])[:, None]
        r *= s
        return r

    return nth(f, X), dict(X=normal(2000, 300), G=normal(2000, 300, seed=1), g=normal(300)), hand


@case("matrix factorisation, both gradients 1000x1000x20")
def _():
    U, V, M = symbol("U", "mr"), symbol("V", "nr"), symbol("M", "mn")
    f = total((contract("ij", (U, "ir"), (V, "jr")) - M) ** 2)
    nodes = dict(zip("UV", [consolidate(g) for g in gradients(f, [U, V])]))

    def hand(U, V, M):
        R = U @ V.T
        R -= M
        return {"U": 2 * (R @ V), "V": 2 * (R.T @ U)}

    return nodes, dict(U=normal(1000, 20), V=normal(1000, 20, seed=1), M=normal(1000, 1000)), hand


@case("attention, three gradients 500x64")
def _():
    Q, K, V, G = [symbol(s, ("n", "d")) for s in "QKVG"]
    P = softmax(contract("ij", (Q, "id"), (K, "jd")) * power(size(Q.dims[1]), -0.5), axes=(1,))
    f = dot(P @ V, G)
    nodes = dict(zip("QKV", [consolidate(g) for g in gradients(f, [Q, K, V])]))

    def hand(Q, K, V, G):
        c = Q.shape[1] ** -0.5
        P = rowwise_softmax((c * Q) @ K.T)
        D = G @ V.T
        D -= np.einsum("ij,ij->i", D, P)[:, None]
        D *= P
        return {"Q": c * (D @ K), "K": c * (D.T @ Q), "V": P.T @ G}

    return nodes, {s: normal(500, 64, seed=i) for i, s in enumerate("QKVG")}, hand


@case("Gaussian NLL gradient in S, batch 2000x100")
def _():
    S, mu = symbol("S", "dd", ("posdef",)), symbol("mu", "d")
    n, d = X.dims
    R = X - rows(mu, n)
    f = (contract("", (R, "ni"), (inverse(S), "ij"), (R, "nj")) + size(n) * logdet(S)) / 2

    def hand(X, S, mu):
        R = X - mu
        T = np.linalg.inv(S)
        return 0.5 * (len(X) * T - T @ (R.T @ R) @ T)

    M = normal(100, 150)
    return nth(f, S), dict(X=normal(2000, 100), S=M @ M.T / 150, mu=normal(100)), hand


@case("tanh Jacobian 1000x1000")
def _():
    A, x, b = symbol("A", "mn"), symbol("x", "n"), symbol("b", "m")

    def hand(A, x, b):
        t = np.tanh(A @ x + b)
        return A * (1 - t * t)[:, None]

    return nth(tanh(A @ x + b), x), dict(A=normal(1000, 1000), x=normal(1000) / 30, b=normal(1000)), hand


@case("RBF kernel gradient 500x500x20")
def _():
    Z, a = symbol("Z", "nd"), symbol("a", "n")
    n, d = Z.dims
    sq = sum_axes(Z**2, (1,))
    D = broadcast(sq, (n, n), (0,)) + broadcast(sq, (n, n), (1,)) - 2 * contract("ij", (Z, "id"), (Z, "jd"))
    f = contract("", (a, "i"), (lookup("exp")(-0.5 * D), "ij"), (a, "j"))

    def hand(Z, a):
        q = np.einsum("ij,ij->i", Z, Z)
        D = Z @ Z.T
        D -= 0.5 * q[:, None]
        D -= 0.5 * q
        np.exp(D, out=D)
        D *= a[:, None]
        D *= a
        return 2 * (D @ Z - D.sum(axis=1)[:, None] * Z)

    return nth(f, Z), dict(Z=normal(500, 20) / 4, a=normal(500)), hand


def compared(ours, hand, data, seconds=1.2):
    """Best times of both, in turns."""
    best = [1e9, 1e9]
    end = time.perf_counter() + seconds
    calls = [ours, hand]
    while time.perf_counter() < end:
        for which, call in enumerate(calls):
            start = time.perf_counter()
            call(**data)
            best[which] = min(best[which], time.perf_counter() - start)
    return best


def error(found, wanted):
    if isinstance(wanted, dict):
        return max(error(found[k], wanted[k]) for k in wanted)
    return np.max(np.abs(found - wanted)) / np.max(np.abs(wanted))


def main():
    logs = []
    for name, build in CASES.items():
        if any(word not in name for word in sys.argv[1:] if not word.startswith("-")):
            continue
        nodes, data, hand = build()
        start = time.perf_counter()
        program = compile_nodes(nodes)
        took = time.perf_counter() - start
        if "-v" in sys.argv:
            print(program.source)
        assert error(program(**data), hand(**data)) < 1e-9, name
        ours, theirs = compared(program, hand, data)
        logs.append(np.log(ours / theirs))
        print(
            f"{name:52} ours {ours * 1e3:9.4f} ms   hand {theirs * 1e3:9.4f} ms   ratio {ours / theirs:5.2f}   compiled in {took * 1e3:4.1f} ms"
        )
    print(f"geometric mean of the ratios {np.exp(np.mean(logs)):.2f}")


if __name__ == "__main__":
    main()
