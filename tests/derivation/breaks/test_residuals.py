"""The residual of a condition at many points at once is that of each point by itself."""

import numpy as np
import pytest

from chainrule.core.node import symbol
from chainrule.derivation.breaks.conditions import COLUMN, EVERY, NONZERO, ROW, UNIQUE, WHOLE, Condition
from chainrule.derivation.breaks.residuals import Batch, Residual
from chainrule.syntax import read
from tests.reference import evaluate

NODES = [
    ("A x - b", None),
    ("x x^T + diag(x)", None),
    ("tanh(s x) .* exp(A x) / (1 + s^2)", "A: n n, x: n, s: scalar"),
    ("softmax(A X)", "A: n n, X: n n"),
    ("inv(A) X + det(X) I", "A: n n, X: n n"),
    ("cumsum(x) + sum(x[1:3])", "x: n"),
    ("kron(A, X)", "A: n n, X: n n"),
    ("max(x, s) + n pi", "x: n, s: scalar"),
    ("x^T A x", None),
]


@pytest.mark.parametrize("text, declare", NODES, ids=[text for text, _ in NODES])
def test_a_batch_is_each_point_by_itself(text, declare):
    problem = read(text, declare)
    lowered, rng = problem.lower(), np.random.default_rng(3)
    start = {v.name: rng.normal(size=(3,) * len(v.dims)) for v in problem.variables.values()}
    for names in ([*start], [*start][:1]):
        points = rng.normal(size=(4, sum(start[n].size for n in names)))
        found = Batch(lowered.node, start, names)(points)
        for point, value in zip(points, found, strict=True):
            ends = np.cumsum([start[n].size for n in names])
            moved = {n: part.reshape(start[n].shape) for n, part in zip(names, np.split(point, ends[:-1]))}
            assert value == pytest.approx(evaluate(lowered.node, start | moved, {"n": 3}))


def test_of_a_condition_on_every_entry_one_entry_is_asked_for():
    node, start = symbol("X", ("m", "n")), {"X": np.array([[1.0, 5, 2], [3, 4, 9]])}

    def residual(scope, relation=NONZERO, axes=()):
        return Residual(Condition(relation, node, scope, axes)).rows(start, ["X"])(start["X"].reshape(1, -1))[0].tolist()

    assert residual(EVERY) == [1]
    assert residual(WHOLE) == [1, 5, 2, 3, 4, 9]
    assert residual(ROW) == [1, 5, 2]
    assert residual(COLUMN) == [1, 3]
    assert residual(WHOLE, UNIQUE, (1,)) == [3]
    assert residual(WHOLE, UNIQUE, (0, 1)) == [4]
