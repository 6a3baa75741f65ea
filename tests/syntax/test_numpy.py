"""NumPy's spelling means what NumPy computes; its broadcasting is inserted only where the text is NumPy beyond doubt."""

import numpy as np
import pytest

from chainrule.core.errors import NoRuleError, ShapeError
from chainrule.syntax import read
from tests.reference import evaluate as graph_value

SIZES = {"m": 3, "n": 4, "k": 2}
DECLARED = "X: m n, A: m n, W: n k, S: n n, T: k m n, x: n, v: n, y: m, b: k, c: scalar"
RNG = np.random.default_rng(3)
VALUES = {
    name: RNG.standard_normal([SIZES[d] for d in dims])
    for name, dims in {"X": "mn", "A": "mn", "W": "nk", "S": "nn", "T": "kmn", "x": "n", "v": "n", "y": "m", "b": "k", "c": ""}.items()
}

TEXTS = """
np.tanh(X @ W + b)
X @ W + b[None, :] + np.zeros(1)[0]
np.sum(A * y[:, None])
A * x[None, :] / np.linalg.norm(A, axis=1, keepdims=True)
(A - np.mean(A, axis=0)) / np.std(A, axis=0)
A.sum(axis=(0, 1)) + np.sum(x)
np.mean(A, axis=-1) + A.max(axis=1) - np.min(A, axis=1)
np.sum(A, axis=1) @ y
np.einsum("kij,j->ki", T, x)
np.einsum("ij,ij", A, X)
np.concatenate([x, y]) * 2
np.concatenate((A, X), axis=1)
np.vstack([A, X])
np.hstack([A, X])
np.stack([x, v])
x[1:] - x[:-1] + np.diff(x)
np.sum((x[1:] - x[:-1])**2)
A[:, 0] + A[:, -1] * y
A[0] + A[-1]
A[1:, :][:, :-1]
A[1:3, 0]
X.shape[0] * c + x.size
np.eye(X.shape[0]) + A @ X.T
np.ones(X.shape[0]) @ A
np.zeros_like(x) + np.ones_like(x) * 2 + np.full(4, 3)[0]
A.reshape(-1) @ X.ravel()
np.reshape(A, (4, 3))
A.flatten()
np.where(x > 0, x, 0.1*x) + np.where(x <= v, 1, v)
np.clip(x, 0, None) + np.clip(x, -1, 1)
np.maximum(0, x) + np.minimum(x, v)
x * (x > 0) + 1.0*(x != v)
np.logaddexp(x, 0) + np.log1p(np.exp(x)) + np.expm1(v)
np.var(A, axis=0, ddof=1) + np.var(A)
np.linalg.slogdet(S)[0] * np.linalg.slogdet(S)[1]
np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf) + np.linalg.norm(x, 3)
np.linalg.norm(A, "fro") + np.linalg.norm(A, ord=1) + np.linalg.norm(A, np.inf)
np.dot(x, v) + x.dot(v) + np.inner(x, v) + np.vdot(x, v)
np.dot(A, x) + np.matmul(A, v)
np.outer(x, y)
np.cumsum(A, axis=1) + np.cumsum(A, axis=0)
np.tril(S) @ np.triu(S, 1) + np.tril(S, -1)
np.trace(S) + np.diag(S) @ x
np.diag(x) + np.diag(np.diag(S))
np.kron(A, S)
T @ x
np.swapaxes(T, 0, 2)
np.moveaxis(T, 0, 2)
np.transpose(T, (2, 0, 1))
T.T
np.roll(x, 1) + np.roll(x, -2)
np.sum(x**2, keepdims=True)
np.sqrt(x @ x) + np.square(x) + np.power(np.abs(x), 1.5) + np.reciprocal(x)
np.pi * x + np.log(np.e)
np.expand_dims(x, 1) * v
np.linalg.inv(S) @ x / c
np.linalg.solve(S, W)
np.exp(-np.sum((A[:, None, :] - X[None, :, :])**2, axis=2))
np.sum(A**2, axis=1)[:, None] + np.sum(X**2, axis=1)[None, :] - 2 * A @ X.T
np.add(x, v) - np.subtract(x, v) * np.multiply(x, v) / np.divide(x, v)
x.T @ v + x @ v.T
2**np.abs(x) + np.abs(x)**x
x.reshape(-1, 1) * v.reshape(1, -1)
np.log2(np.abs(x)) + np.log10(np.abs(x)) + np.sign(v)
-x**2 + x**-2
A[None, :, :] * T
np.linalg.det(S) * np.ones((2, 3))
X / X.sum(axis=1)[:, None]
(X.T @ X + c * np.eye(X.shape[1]))[0]
"""


@pytest.mark.parametrize("text", TEXTS.strip().splitlines())
def test_numpy_means_what_numpy_computes(text):
    expected = np.asarray(eval(text, {"np": np, **VALUES}))
    problem = read(text, "A: 3 4" if "(4, 3)" in text else DECLARED, dialect="numpy")
    found = problem.evaluate(VALUES)
    assert found.shape == expected.shape
    assert found == pytest.approx(expected, rel=1e-9)
    assert graph_value(problem.lower().node, VALUES, SIZES) == pytest.approx(expected, rel=1e-9)


def test_bodies_of_functions():
    text = "import numpy as np\ndef f(X, W):\n    Z = X @ W\n    Z = np.tanh(Z)  # again\n    s = np.sum(Z)\n    s += 1\n    return s"
    problem = read(text, DECLARED)
    assert problem.evaluate(VALUES) == pytest.approx(np.sum(np.tanh(VALUES["X"] @ VALUES["W"])) + 1)
    assert [name for name, _ in problem.lets] == ["Z", "Z_2", "s", "s_2"]


def test_slogdet_unpacked():
    assert read("sign, ld = np.linalg.slogdet(S)\nld").evaluate(VALUES) == pytest.approx(np.linalg.slogdet(VALUES["S"])[1])


@pytest.mark.parametrize("text", ["A * x + S @ S", "A * x.T", "X @ W + b", "A - A.mean(axis=0)"])
def test_nothing_is_broadcast_where_the_dialect_is_only_likely(text):
    with pytest.raises(ShapeError):
        read(text, DECLARED)


@pytest.mark.parametrize("text", ["np.prod(x)", "np.median(x)", "np.linalg.norm(A, 2)", "np.linalg.slogdet(S)", "np.linalg.pinv(A)"])
def test_what_has_no_derivative_is_refused(text):
    with pytest.raises(NoRuleError):
        read(text, DECLARED)


def test_the_dialect_can_be_stated():
    assert read("# numpy\nA * X", DECLARED).dialect == "numpy"
    assert read("S * S", DECLARED, dialect="numpy").evaluate(VALUES) == pytest.approx(VALUES["S"] ** 2)
    assert read("S * S", DECLARED, dialect="math").evaluate(VALUES) == pytest.approx(VALUES["S"] @ VALUES["S"])
