"""What stand-ins answer is what NumPy computes: values of the trace, and of its graph, at arrays."""

import math

import numpy as np
import pytest
from scipy import special
from scipy.special import expit, log_softmax, logsumexp, softmax, xlogy

import chainrule as cr
from tests.reference import evaluate as graph_value

SIZES = {"m": 3, "n": 4, "k": 2}
SHAPES = dict(X="m n", A="m n", W="n k", S="n n", T="k m n", x="n", v="n", y="m", b="1 n", c="scalar", L="n labels01", z="4", Z="3 4")
RNG = np.random.default_rng(5)
VALUES = {
    name: RNG.uniform(0.2, 1.5, [SIZES.get(d) or int(d) for d in words.split() if d in SIZES or d.isdigit()])
    * RNG.choice((-1, 1), [SIZES.get(d) or int(d) for d in words.split() if d in SIZES or d.isdigit()])
    for name, words in SHAPES.items()
}
VALUES["L"] = np.array([0.0, 1.0, 1.0, 0.0])
VALUES["c"] = 0.7


def helper(X, w):
    return np.tanh(X @ w)


def accumulated(x):
    total = 0.0
    for power in range(1, 4):
        total += np.sum(x**power) / math.factorial(power)
    return total


def in_place(x, v):
    h = x * 2
    h += v
    other = h
    h *= v
    return h + other


def rebound(x):
    s = x.sum()
    t = s
    s += 1
    return s * t


def joined(x, v):
    rows = []
    for i in range(3):
        rows.append(x * i + v)
    return np.stack(rows, axis=1)


def masked(x):
    inside = (x > 0) & (x < 1)
    return np.where(inside | (x < -1), x, 0) + ~inside * 2 + inside.astype(int) + np.sum(inside)


def triangular(S):
    n = S.shape[0]
    i = np.arange(n)
    return np.where(i[:, None] >= i[None, :], S, 0) + S * (i[:, None] < i) + (i[:, None] == i) + np.tri(n, k=-1) + i


def sized(X):
    m, n = X.shape
    return X.sum() / (m * n) + X.size + len(X) * np.sqrt(n) + (n - 1) / math.sqrt(m) + n**2 - (2 * n) // 2 + np.full((m, 1), 2.0)


FUNCTIONS = [
    lambda X, W, v: np.tanh(X @ W).sum() + X @ v @ np.ones(X.shape[0]),
    lambda A, b: A - b,
    lambda A, b: A @ b.T + b.sum() + (b * A).mean(axis=0),
    lambda A, x: A * x / np.linalg.norm(A, axis=1, keepdims=True),
    lambda A: (A - A.mean(axis=0)) / A.std(axis=0) + A.var(axis=1, ddof=1, keepdims=True),
    lambda A: A.max(axis=1) - np.min(A, 1) + np.amax(A),
    lambda A, y: A * y[:, None] + y.reshape(-1, 1),
    lambda T, x: np.einsum("kij,j->ki", T, x) + T @ x + np.tensordot(T, x, axes=1),
    lambda T, W: T @ W + W.sum(),
    lambda T, A: T * A[None] + np.swapaxes(T, 1, 2).swapaxes(1, 2) + T.transpose(0, 2, 1).mT,
    lambda A, X: np.concatenate((A, X), axis=1) @ np.concatenate([A, X], 1).T,
    lambda A, X: np.vstack([A, X]).sum(axis=0) + np.hstack([A, X]).sum(),
    lambda x, v: np.stack([x, v]) + np.array([x, v]) + np.column_stack([x, v]).T,
    lambda z: np.array([z[0] * z[1], z[2], 3.0, 1]) @ z + np.array([[z[0], 1], [0, z[1]]]) + np.array([1.0, 2, 5, 4]) @ z,
    lambda x: x[1:] - x[:-1] + np.diff(x) + x[: x.shape[0] - 1],
    lambda A: A[:, 0] + A[..., -1] + A[:, A.shape[1] - 1] + A[:, [0][0]],
    lambda A: A[1:, :-1][:, None][0, 0] + A[0, 1:],
    lambda z, Z: sum(z[i] * Z[:, i] for i in range(4)) + sum([row.sum() for row in Z]) + len(z),
    lambda Z: Z.reshape(4, 3) @ Z + Z.ravel().sum() + Z.flatten()[:4] + Z.reshape(2, -1).sum(),
    lambda x: np.where(x > 0, x, 0.1 * x) + np.where(x <= 0.5, 1, x),
    lambda x: np.clip(x, 0, None) + np.clip(x, -1, 1) + x.clip(min=0) + np.clip(x, a_min=-0.5, a_max=0.5),
    lambda x, v: np.maximum(0, x) + np.minimum(x, v) + np.fmax(x, v) + np.maximum.reduce(x),
    lambda x, v: x * (x > 0) + 1.0 * (x != v) + (x >= v) + (2 > x) - (x == 3),
    lambda x, v: np.logaddexp(x, 0) + np.log1p(np.exp(x)) + np.expm1(v) + np.logaddexp.reduce(x),
    lambda x, v: np.add.reduce(x) + np.subtract.outer(x, v) + np.add.accumulate(x) + np.multiply.outer(x, v),
    lambda S: np.linalg.slogdet(S)[1] + np.linalg.slogdet(S).sign * np.linalg.det(S),
    lambda S, W: np.linalg.solve(S, W) + np.linalg.inv(S) @ W + np.linalg.matrix_power(S, 3) @ W,
    lambda x, A: np.linalg.norm(x) + np.linalg.norm(x, 1) + np.linalg.norm(A, "fro") + np.linalg.norm(x, ord=np.inf),
    lambda x, v: x.dot(v) + np.dot(x, v) + np.inner(x, v) + np.vdot(x, v) + x.T @ v,
    lambda x, y: np.outer(x, y) + np.outer(x, y) * 2,
    lambda S, x: np.trace(S) + np.diag(S) @ x + S.diagonal() + np.diag(x) @ x + S.trace(),
    lambda S: np.tril(S) @ np.triu(S, 1) + np.tril(S, k=-1) + np.eye(S.shape[0]) + np.identity(len(S)),
    lambda A, S: np.kron(A, S).sum(axis=0),
    lambda A: np.cumsum(A, axis=1) + np.cumsum(A, axis=0) + A.cumsum(axis=-1),
    lambda z: np.roll(z, 1) + np.broadcast_to(z, (2, 4))[0] + np.roll(z, -3),
    lambda x: np.expand_dims(x, 0) + np.squeeze(x[:, None]) + np.atleast_2d(x) + np.broadcast_to(x, (1, x.shape[0])),
    lambda x: np.sqrt(x @ x) + np.square(x) + np.power(np.abs(x), 1.5) + np.reciprocal(x) + abs(x) ** x + 2**x,
    lambda x: -x + +x - x**2 + np.negative(x) + x.copy() + np.copy(x) + np.positive(x) + x.real + np.real(x),
    lambda x: np.sin(x) * np.cos(x) + np.arctan(x) + np.sinh(x) + np.arcsinh(x) + np.sign(x) + np.exp2(x) + np.cbrt(x),
    lambda x: np.log2(np.abs(x)) + np.log10(np.abs(x)) + np.hypot(x, 1) + np.arctan2(x, 2) + np.heaviside(x, 0.5) + np.deg2rad(x),
    lambda x: logsumexp(x) + expit(x) + softmax(x) + log_softmax(x) + special.erf(x) + special.logit(expit(x)) + xlogy(x**2, 2),
    lambda A: logsumexp(A, axis=1, keepdims=True) + softmax(A) + softmax(A, axis=0) + special.log_expit(A) + special.ndtr(A),
    lambda x, v: special.rel_entr(x**2, v**2) + special.kl_div(x**2, v**2) + special.entr(x**2) + special.gammaln(x**2 + 1),
    lambda c: math.exp(c) + math.sqrt(2) * math.tanh(c) + math.pow(c, 2) + math.atan2(c, 1),
    lambda x, c: np.zeros_like(x) + np.ones_like(x) * c + np.full_like(x, 2) * np.zeros(x.shape) + np.ones(x.shape[0]),
    lambda X: X.mean() + X.sum(axis=(0, 1)) + X.sum(0, keepdims=True).squeeze() + np.average(X) + X.T.shape[0],
    lambda x: np.sum([x[0], x[1] * 2]) + np.max([x[0], 3.0]) + sum([x[0], x[1]]) + np.mean([x, x], axis=0),
    lambda x: np.float64(2) * x + np.int64(3) / x + x / np.pi + x * np.sqrt(2 * np.pi) + np.e * x + (x + 1e-8) * 1e6,
    lambda x, L: L.astype(int) * x + x.astype(float) + x.astype(np.float64) + (x > 0).astype("float64") + np.asarray(x, dtype=float),
    lambda X, x: helper(X, x) + helper(X, w=2 * x),
    accumulated, in_place, rebound, joined, masked, triangular, sized,
]  # fmt: skip


def arguments_of(function):
    code = function.__code__
    defaults = len(function.__defaults__ or ())
    return code.co_varnames[: code.co_argcount - defaults]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.__name__}{f.__code__.co_firstlineno}")
def test_a_trace_has_the_values_of_the_function(function):
    names = arguments_of(function)
    values = {name: VALUES[name] for name in names}
    expected = np.asarray(function(**{name: np.copy(x) if np.ndim(x) else x for name, x in values.items()}))
    problem = cr.trace(function, **{name: SHAPES[name] for name in names})
    found = problem.evaluate(values)
    assert found.shape == expected.shape
    assert found == pytest.approx(expected, rel=1e-9)
    assert graph_value(problem.lower().node, values, SIZES) == pytest.approx(expected, rel=1e-9)


def test_shapes_are_known_while_the_function_runs():
    seen = {}

    def f(X, w, y):
        h = X @ w
        seen.update(h=h.shape, size=X.size, ndim=X.ndim, T=X.T.shape, kept=h[:, None].shape, same=X.shape[1] == w.shape[0])
        seen.update(dtype=h.dtype, mask=(h > 0).dtype, printed=f"{h} {h:.3f}", other=X.shape[0] == y.shape[0])
        return h.sum()

    cr.trace(f, X="n 3", w="3", y="k")
    assert str(seen["h"]) == "(n,)" and str(seen["size"]) == "3·n" and seen["ndim"] == 2
    assert str(seen["T"]) == "(3, n)" and str(seen["kept"]) == "(n, 1)" and seen["same"] is True and seen["other"] is False
    assert seen["dtype"] == float and seen["mask"] == bool and seen["printed"] == "<h: n> <h: n>"


def test_what_is_computed_once_stays_one_node():
    def f(x):
        e = np.exp(x)
        return np.sum(e * e) + np.sum(np.tanh(e) * e)

    problem = cr.trace(f, x="n")
    exponentials = [n for n in problem.machine.kept + [problem.typed] for n in [n] if n.kind == "map"]
    assert len(exponentials) <= 1
    assert [name for name, _ in problem.typed_lets] == ["e"]


def test_a_loop_of_a_thousand_rounds_needs_no_deep_stack():
    def f(x):
        for _ in range(1000):
            x = x / 2 + np.tanh(x)
        return x.sum()

    problem = cr.trace(f, x="n")
    x = np.array([0.3, -0.2])
    assert problem.evaluate({"x": x}) == pytest.approx(f(x))
