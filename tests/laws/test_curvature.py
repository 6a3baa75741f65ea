"""What operations declare of their curvature beyond one argument, tried at random points: proofs of convexity rest on it."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.core.facts import FACTS
from chainrule.numeric.points import sample
from chainrule.ops.declare import Interval, elementwise_ops, structured_ops
from tests.laws.test_elementwise import draws

OPS = elementwise_ops()
STRUCTURED = [op for op in structured_ops() if op.curvature]
ROOM = 1e-11


def gaps(values, x, y):
    """½f(x) + ½f(y) − f(½x + ½y) entry by entry."""
    return (values(x) + values(y)) / 2 - values((x + y) / 2)


def bends(word, gap):
    return {"convex": np.all(gap >= -ROOM), "concave": np.all(gap <= ROOM), "affine": np.all(np.abs(gap) <= ROOM)}[word]


def moves(word, steps):
    rising, strict = word.startswith(("inc", "nondec")), word in ("increasing", "decreasing")
    steps = steps if rising else -steps
    return np.all(steps > 0) if strict else np.all(steps >= -ROOM)


@pytest.mark.parametrize("op", [op for op in OPS if op.curvature and op.arity > 1], ids=str)
def test_the_curvature_of_several_arguments_is_joint(op):
    x = draws(op)
    turn = np.random.default_rng(3).permutation(len(x[0]))
    y = [a[turn] for a in x]
    gap = (op.evaluate(*x) + op.evaluate(*y)) / 2 - op.evaluate(*[(a + b) / 2 for a, b in zip(x, y)])
    assert bends(op.curvature, gap)


@pytest.mark.parametrize("op", [op for op in OPS if op.monotone and op.arity == 2], ids=str)
def test_the_monotony_of_two_arguments_holds_in_each(op):
    x, y = draws(op)
    assert moves(op.monotone, op.evaluate(x + 0.1, y) - op.evaluate(x, y))
    assert moves(op.monotone, op.evaluate(x, y + 0.1) - op.evaluate(x, y))


@pytest.mark.parametrize("op", STRUCTURED, ids=str)
def test_an_operation_along_axes_has_its_curvature_and_is_monotone_in_every_entry(op):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 50, 4))
    along = lambda z: op.evaluate(z, axes=(1,))
    assert bends(op.curvature, gaps(along, x, y))
    assert moves(op.monotone, along(x + np.abs(y)) - along(x))


@pytest.mark.parametrize("op", [op for op in OPS if op.log_curvature], ids=str)
def test_the_logarithm_has_the_declared_curvature(op):
    (x,) = draws(op)
    values = op.evaluate(x)
    assert np.all(values > 0)
    assert bends(op.log_curvature, gaps(lambda z: np.log(op.evaluate(z)), x, np.random.default_rng(3).permutation(x)))


@pytest.mark.parametrize("op", [op for op in OPS if op.inflection], ids=str)
def test_the_curvature_changes_at_the_inflection(op):
    at, left, right = op.inflection
    (x,) = draws(op)
    for word, side in ((left, x[x < at]), (right, x[x > at])):
        assert len(side) > 10
        assert bends(word, gaps(op.evaluate, side, np.random.default_rng(3).permutation(side)))


INTERVALS = [Interval(-2, -1, "[]"), Interval(-1, 0, "[]"), Interval(0, 0.4, "[]"), Interval(0.2, 0.9, "[]"), Interval(1, 3, "[]"), Interval(-2, 2, "[]")]


@pytest.mark.parametrize("op", [op for op in OPS if op.along], ids=str)
def test_the_shape_along_one_argument_holds_while_the_others_stay_fixed(op):
    rng = np.random.default_rng(8)
    told = 0
    for first in INTERVALS:
        for second in INTERVALS:
            shapes = op.along(first, second)
            assert len(shapes) == op.arity == 2
            for k, (curvature, monotone) in enumerate(shapes):
                ends = (first, second)
                domain = op.domain[k], op.domain[1 - k]
                if any(e.low < d.low or e.high > d.high or (e.low == d.low and d.closed[0] == "(") for e, d in zip((ends[k], ends[1 - k]), domain)):
                    continue
                moving = np.sort(rng.uniform(ends[k].low, ends[k].high, (20, 30)), axis=1)
                fixed = rng.uniform(ends[1 - k].low, ends[1 - k].high, (20, 1)) * np.ones((20, 30))
                values = lambda z: op.evaluate(*((z, fixed) if k == 0 else (fixed, z)))
                if curvature is not None:
                    told += 1
                    assert bends(curvature, gaps(values, moving, moving[:, ::-1])), (first, second, k)
                if monotone is not None:
                    assert moves("nondecreasing" if monotone.startswith(("inc", "nondec")) else "nonincreasing", np.diff(values(moving), axis=1))
    assert told > 2


@pytest.mark.parametrize("op", [op for op in structured_ops() if op.domain == "invertible"], ids=str)
def test_an_operation_on_invertible_matrices_has_no_finite_value_at_a_singular_one(op):
    for singular in (np.zeros((2, 2)), np.diag([1.0, 0.0])):
        try:
            with np.errstate(all="ignore"):
                assert not np.isfinite(op.evaluate(singular)).all()
        except np.linalg.LinAlgError:
            pass


@pytest.mark.parametrize("word", list(FACTS))
def test_halfway_between_two_values_a_fact_still_holds_unless_it_is_scattered(word):
    rng = np.random.default_rng(4)
    shape = (3, 3)
    holds = {
        "positive": lambda x: (x > 0).all(), "nonneg": lambda x: (x >= 0).all(), "negative": lambda x: (x < 0).all(),
        "unit": lambda x: (abs(x) < 1).all(), "open01": lambda x: ((x > 0) & (x < 1)).all(), "gt1": lambda x: (x > 1).all(),
        "prob": lambda x: (x > 0).all() and np.allclose(x.sum(-1), 1), "sum1": lambda x: np.allclose(x.sum(-1), 1),
        "symmetric": lambda x: np.allclose(x, x.T), "posdef": lambda x: np.linalg.eigvalsh(x)[0] > 0,
        "psd": lambda x: np.linalg.eigvalsh(x)[0] >= 0, "diagonal": lambda x: np.allclose(x, np.diag(np.diag(x))), "constant": lambda x: True,
        "counts": lambda x: (x == np.round(x)).all() and (x >= 0).all(), "labels01": lambda x: ((x == 0) | (x == 1)).all(),
        "mask01": lambda x: ((x == 0) | (x == 1)).all(), "labelspm1": lambda x: (abs(x) == 1).all(),
        "onehot": lambda x: ((x == 0) | (x == 1)).all(), "orthogonal": lambda x: np.allclose(x.T @ x, np.eye(3)),
    }  # fmt: skip
    if word == "invertible":  # the zero matrix lies halfway between I and −I
        assert FACTS[word].scattered
        return
    halfway = [(sample(rng, shape, [word]) + sample(rng, shape, [word])) / 2 for _ in range(20)]
    assert all(map(holds[word], halfway)) != FACTS[word].scattered
