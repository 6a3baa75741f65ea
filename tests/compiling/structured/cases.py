"""Functions with the structure that their Hessian has, and points to try them at."""

import numpy as np

import chainrule as cr
from chainrule.compiling.structured import operator_program
from chainrule.matrix import render

RIDGE = ("‖A x − b‖² + lam ‖x‖²", "x", "A: m n, b: m, x: n, lam: positive")
LOGISTIC = ("sum(log(1+exp(-y.*(X*w)))) + lam/2*w'*w", "w", "X: m n, y: m, w: n, lam: positive")
SOFTMAX = ("sum(logsumexp(X*W)) - tr(Y'*X*W)", "W", "X: m n, W: n k, Y: m k")
SOFTMAX_RIDGE = ("sum(logsumexp(X*W)) - tr(Y'*X*W) + lam*tr(W'*W)", "W", "X: m n, W: n k, Y: m k, lam: positive")
FACTORS_U = ("norm(X-U*V','fro')^2", "U", "X: m n, U: m k, V: n k")
FACTORS_V = ("norm(X-U*V','fro')^2", "V", "X: m n, U: m k, V: n k")
COVARIANCE = ("logdet(S) + tr(inv(S)*C)", "S", "S: n n posdef, C: n n posdef")
MEAN = ("(x-mu)'*inv(S)*(x-mu)*c", "mu", "x: n, mu: n, S: n n posdef, c: scalar")
QUADRATIC = ("x'*A*x", "x", "A: n n, x: n")
ELEMENTWISE = ("sum(exp(x).*sin(x))", "x", "x: n")
LOGSUMEXP = ("log(sum(exp(x)))", "x", "x: n")
TWO_SIDED = ("tr(X'*A*X*B)", "X", "X: m n, A: m m sym, B: n n sym")
LOGDET = ("logdet(X)", "X", "X: n n")
SQUARE = ("tr(X*X)", "X", "X: n n")
BARRIER = ("-sum(log(b-A*x))", "x", "A: m n, b: m positive, x: n")
NORM = ("norm(x-y)", "x", "x: n, y: n")
LINEAR = ("c'*x", "x", "c: n, x: n")
SCALAR = ("c*log(x)+x^3", "x", "x: positive, c: scalar")
SUM_OF_SIDES = ("tr(A*X*X')+tr(X'*X*B)", "X", "A: m m sym, B: n n sym, X: m n")
TIKHONOV = ("norm(A*X*B-C,'fro')^2 + lam*norm(X,'fro')^2", "X", "A: k m, X: m n, B: n l, C: k l, lam: positive")
SYLVESTER = ("norm(A*X+X*B,'fro')^2", "X", "A: m m, X: m n, B: n n")
ROWS = ("sum(logsumexp(Z)) + tr(Z'*Z)", "Z", "Z: m n")
NETWORK = ("norm(tanh(W2*tanh(W1*x))-y)^2", "W1", "W1: m n, W2: k m, x: n, y: k")
FOURTH = ("norm(X-U*V','fro')^4", "U", "X: m n, U: m k, V: n k")
RANK_ONE = ("x'*A*x + sum(x)^2", "x", "A: n n sym, x: n")


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def roughness(X):
    return np.sum((X[1:] - X[:-1]) ** 2) + np.sum((X[:, 1:] - X[:, :-1]) ** 2) + np.sum(X**2)


def couplings(x, J):
    return np.sum(J * np.tanh(x)[:, None] * np.tanh(x)[None, :]) + np.sum(x**4)


def batched(X, A):
    """A form in each of many vectors, and one that ties them."""
    return np.sum((X @ A) ** 2) + np.sum(np.exp(X))


CODE = [
    (rosenbrock, "x", "x: n"), (roughness, "X", "X: m n"), (couplings, "x", "x: n, J: n n"),
    (batched, "X", "X: m n, A: n k"),
]  # fmt: skip
TEXT = [
    RIDGE, LOGISTIC, SOFTMAX, SOFTMAX_RIDGE, FACTORS_U, FACTORS_V, COVARIANCE, MEAN, QUADRATIC, ELEMENTWISE, LOGSUMEXP,
    TWO_SIDED, LOGDET, SQUARE, BARRIER, NORM, LINEAR, SCALAR, SUM_OF_SIDES, TIKHONOV, SYLVESTER, ROWS, NETWORK, FOURTH,
    RANK_ONE,
]  # fmt: skip
SIZES = [
    {"m": 5, "n": 4, "k": 3, "l": 2},
    {"m": 3, "n": 7, "k": 2, "l": 5},
    {"m": 2, "n": 3, "k": 6, "l": 1},
]


def derivation(case):
    function, wrt, declare = case
    return cr.hessian(function, wrt, declare=declare, seal=False)


def program(d, told=True):
    """The operator program of a derivation."""

    def text(node):
        variable = next(p for p in d.parameters if p.name == d.wrt)
        shown = render(node, 0, wrt_name=variable, names=d.names, taken=d.parameters)
        where = ", ".join([f"{name} = {value}" for name, value in shown.where_text().items()])
        return f"{shown.text()} with {where}" if where else shown.text()

    return operator_program(d.node, len(d.variable.dims), d.parameters, d.wrt, text if told else None)


def point(d, sizes, seed=0):
    """Values of the parameters that keep what was declared."""
    rng = np.random.default_rng(seed)
    values = {}
    for p in d.parameters:
        a = rng.normal(size=[n.at(sizes) for n in p.dims])
        if "posdef" in p.facts:
            a = a @ a.T + len(a) * np.eye(len(a))
        elif "symmetric" in p.facts:
            a = a + a.T
        elif "positive" in p.facts:
            a = np.abs(a) + (6 if a.ndim else 0.3)
        values[p.name] = a
    return values


def both(case, sizes, seed=0):
    """(operator, its matrix as the dense program gives it)."""
    d = derivation(case)
    values = point(d, sizes, seed)
    operator = program(d)(**values)
    return operator, np.asarray(d.compile()(**values)).reshape(operator.shape)
