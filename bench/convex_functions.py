"""Forty functions from the literature: twenty convex, twelve that are not, eight beyond the rules of both sides.

Each is given as text, and as an expression of CVXPY where its atoms can say it. The truth is stated by hand; `why` says how it
is known. Sources: Boyd & Vandenberghe, Convex Optimization (2004); Shalev-Shwartz & Ben-David, Understanding Machine Learning
(2014); Hastie, Tibshirani & Friedman, The Elements of Statistical Learning (2009).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Function(NamedTuple):
    """A function of the list. `truth` is "convex", "not convex", or "convex on …"; `group` is "convex", "not" or "beyond"."""

    name: str
    text: str
    wrt: str
    declare: str | None
    group: str
    truth: str
    cvxpy: Callable | None = None  # (cvxpy, numpy arrays by name) → expression; None: its atoms cannot say it
    others: tuple[str, ...] = ()  # other spellings, counted once


def regression(build):
    """An expression in w with data X, y, t (labels ±1) and c (counts)."""

    def made(cp, data):
        return build(cp, cp.Variable(data["X"].shape[1]), data)

    return made


def positive_pair(build):
    def made(cp, data):
        return build(cp, cp.Variable(3, pos=True), cp.Variable(3, pos=True))

    return made


def scalars(build):
    def made(cp, data):
        return build(cp, cp.Variable(), cp.Variable())

    return made


W = "X: m d, w: d, y: m"
T = "X: m d, w: d, t: m labelspm1"

CONVEX = [
    Function("least squares", "||X w - y||^2", "w", W, "convex", "convex", regression(lambda cp, w, d: cp.sum_squares(d["X"] @ w - d["y"]))),
    Function("ridge", "||X w - y||^2 + lam ||w||^2", "w", W + ", lam: positive", "convex", "convex",
             regression(lambda cp, w, d: cp.sum_squares(d["X"] @ w - d["y"]) + 0.3 * cp.sum_squares(w))),
    Function("lasso", "||X w - y||^2 + lam ||w||_1", "w", W + ", lam: positive", "convex", "convex",
             regression(lambda cp, w, d: cp.sum_squares(d["X"] @ w - d["y"]) + 0.3 * cp.norm1(w))),
    Function("logistic", "mean(log(1 + exp(-t .* (X w))))", "w", T, "convex", "convex",
             regression(lambda cp, w, d: cp.sum(cp.logistic(cp.multiply(-d["t"], d["X"] @ w)))),
             ("sum(softplus(-t .* (X w)))", "-sum(log(sigmoid(t .* (X w))))")),
    Function("softmax cross-entropy", "-sum(Y .* log(softmax(X W)))", "W", "X: m d, W: d k, Y: m k onehot", "convex", "convex",
             lambda cp, d: _cross_entropy(cp, d)),
    Function("logsumexp of affine", "logsumexp(A x + b)", "x", "A: m n, x: n, b: m", "convex", "convex",
             regression(lambda cp, w, d: cp.log_sum_exp(d["X"] @ w + d["y"]))),
    Function("Poisson regression", "sum(exp(X w) - c .* (X w))", "w", "X: m d, w: d, c: m counts", "convex", "convex",
             regression(lambda cp, w, d: cp.sum(cp.exp(d["X"] @ w) - cp.multiply(d["c"], d["X"] @ w)))),
    Function("Huber regression", "sum(huber(X w - y, 1))", "w", W, "convex", "convex", regression(lambda cp, w, d: cp.sum(cp.huber(d["X"] @ w - d["y"], 1)))),
    Function("pseudo-Huber", "sum(sqrt(1 + (X w - y).^2) - 1)", "w", W, "convex", "convex",
             regression(lambda cp, w, d: sum(cp.sqrt(1 + cp.square(d["X"][i] @ w - d["y"][i])) - 1 for i in range(len(d["y"]))))),
    Function("support vector machine", "sum(max(0, 1 - t .* (X w))) + lam ||w||^2", "w", T + ", lam: positive", "convex", "convex",
             regression(lambda cp, w, d: cp.sum(cp.pos(1 - cp.multiply(d["t"], d["X"] @ w))) + 0.3 * cp.sum_squares(w))),
    Function("smooth hinge", "sum(max(0, 1 - t .* (X w)).^2)", "w", T, "convex", "convex",
             regression(lambda cp, w, d: cp.sum(cp.square(cp.pos(1 - cp.multiply(d["t"], d["X"] @ w)))))),
    Function("quadratic over linear", "||x||^2 / y", "x, y", "x: n, y: scalar positive", "convex", "convex",
             lambda cp, d: cp.quad_over_lin(cp.Variable(3), cp.Variable(pos=True))),
    Function("negative entropy", "sum(x .* log(x))", "x", "x: n positive", "convex", "convex", positive_pair(lambda cp, x, y: -cp.sum(cp.entr(x)))),
    Function("KL divergence in p", "sum(p .* log(p ./ q))", "p", "p: n positive, q: n positive", "convex", "convex",
             positive_pair(lambda cp, x, y: cp.sum(cp.rel_entr(x, [0.2, 0.3, 0.5])))),
    Function("sum of exp(aᵀx)", "sum(exp(A x))", "x", "A: m n, x: n", "convex", "convex", regression(lambda cp, w, d: cp.sum(cp.exp(d["X"] @ w)))),
    Function("norm of affine", "||A x - b||", "x", "A: m n, x: n, b: m", "convex", "convex", regression(lambda cp, w, d: cp.norm(d["X"] @ w - d["y"]))),
    Function("quadratic form", "x^T P x + q^T x", "x", "P: n n psd, x: n, q: n", "convex", "convex",
             regression(lambda cp, w, d: cp.quad_form(w, d["X"].T @ d["X"]) + d["X"][0] @ w)),
    Function("log barrier", "-sum(log(b - A x))", "x", "A: m n, x: n, b: m", "convex", "convex", regression(lambda cp, w, d: -cp.sum(cp.log(d["y"] - d["X"] @ w)))),
    Function("Gaussian likelihood in the precision", "tr(P S) - log(det(P))", "P", "P: n n posdef, S: n n psd", "convex", "convex",
             lambda cp, d: _precision(cp)),
    Function("trace of the inverse", "tr(inv(S))", "S", "S: n n posdef", "convex", "convex", lambda cp, d: cp.tr_inv(cp.Variable((3, 3), PSD=True))),
]  # fmt: skip

NOT_CONVEX = [
    Function("matrix factorisation", "||M - U V^T||_F^2", "U, V", "M: m n, U: m k, V: n k", "not", "not convex",
             lambda cp, d: cp.sum_squares(cp.Variable((3, 2)) @ cp.Variable((2, 3)))),
    Function("network of two layers", "||tanh(X W) v - y||^2", "W, v", "X: m d, W: d h, v: h, y: m", "not", "not convex", None),
    Function("Rayleigh quotient", "(x^T A x) / (x^T x)", "x", "A: n n symmetric, x: n", "not", "not convex",
             regression(lambda cp, w, d: cp.quad_form(w, d["X"].T @ d["X"]) / cp.sum_squares(w))),
    Function("PCA reconstruction", "||X - X W W^T||_F^2", "W", "X: m d, W: d k", "not", "not convex", None),
    Function("sine", "sin(x)", "x", "x: scalar", "not", "not convex", None),
    Function("Rosenbrock", "(1 - x)^2 + 100 (y - x^2)^2", "x, y", "x: scalar, y: scalar", "not", "not convex",
             scalars(lambda cp, x, y: cp.square(1 - x) + 100 * cp.square(y - cp.square(x)))),
    Function("tanh regression", "||tanh(X w) - y||^2", "w", W, "not", "not convex", None),
    Function("squared loss of a sigmoid", "sum((sigmoid(X w) - y).^2)", "w", "X: m d, w: d, y: m labels01", "not", "not convex", None),
    Function("Himmelblau", "(x^2 + y - 11)^2 + (x + y^2 - 7)^2", "x, y", "x: scalar, y: scalar", "not", "not convex",
             scalars(lambda cp, x, y: cp.square(cp.square(x) + y - 11) + cp.square(x + cp.square(y) - 7))),
    Function("cosine similarity", "(x^T y) / (||x|| ||y||)", "x", "x: n, y: n", "not", "not convex",
             regression(lambda cp, w, d: (d["X"][0] @ w) / cp.norm(w))),
    Function("mixture of two Gaussians", "-sum(log(exp(-(y - a).^2) + exp(-(y - b).^2)))", "a, b", "y: n, a: scalar, b: scalar", "not", "not convex",
             scalars(lambda cp, x, y: -cp.log_sum_exp(cp.hstack([-cp.square(x - 1), -cp.square(y - 1)])))),
    Function("quadratic form, any matrix", "x^T A x", "x", "A: n n, x: n", "not", "not convex", None),
]  # fmt: skip

BEYOND = [
    Function("probit loss", "-sum(log((1 + erf(X w)) / 2))", "w", "X: m d, w: d", "beyond", "convex (Mills' ratio)", None),
    Function("Fair loss", "sum(abs(X w - y) - log(1 + abs(X w - y)))", "w", W, "beyond", "convex (its second derivative is (1 + |r|)⁻²)",
             regression(lambda cp, w, d: cp.sum(cp.abs(d["X"] @ w - d["y"]) - cp.log(1 + cp.abs(d["X"] @ w - d["y"]))))),
    Function("log of 2 × 2 determinant", "-log(x y - z^2)", "x, y, z", "x: scalar positive, y: scalar positive, z: scalar", "beyond", "convex where xy > z²",
             lambda cp, d: _two_by_two(cp)),
    Function("log of Beta", "lgamma(x) + lgamma(y) - lgamma(x + y)", "x, y", "x: scalar positive, y: scalar positive", "beyond", "convex (Hölder)", None),
    Function("Bernoulli function", "x / (1 - exp(-x))", "x", "x: scalar", "beyond", "convex once continued to 0",
             lambda cp, d: _bernoulli(cp)),
    Function("convex on a box", "x^2 y^2 + x^2 + y^2", "x, y", "x: scalar unit, y: scalar unit", "beyond", "convex for |x|, |y| < 1",
             scalars(lambda cp, x, y: cp.square(x) * cp.square(y) + cp.square(x) + cp.square(y))),
    Function("exponential of a root", "exp(sqrt(x))", "x", "x: scalar gt1", "beyond", "convex for x > 1 (f″ = (√x − 1) exp(√x)/(4x√x))",
             lambda cp, d: cp.exp(cp.sqrt(cp.Variable(pos=True)))),
    Function("a dent far away", "x^2 + 10 exp(-(x - 40)^2)", "x", "x: scalar", "beyond", "not convex, near x = 40",
             lambda cp, d: cp.square(cp.Variable()) + 10 * cp.exp(-cp.square(cp.Variable()))),
]  # fmt: skip

FUNCTIONS = [*CONVEX, *NOT_CONVEX, *BEYOND]


def _cross_entropy(cp, d):
    W = cp.Variable((d["X"].shape[1], 3))
    Z = d["X"] @ W
    return cp.sum(cp.log_sum_exp(Z, axis=1)) - cp.sum(cp.multiply(d["Y"], Z))


def _precision(cp):
    P = cp.Variable((3, 3), PSD=True)
    return cp.trace(P) - cp.log_det(P)


def _two_by_two(cp):
    x, y, z = cp.Variable(pos=True), cp.Variable(pos=True), cp.Variable()
    return -cp.log(x * y - cp.square(z))


def _bernoulli(cp):
    x = cp.Variable()
    return x / (1 - cp.exp(-x))
