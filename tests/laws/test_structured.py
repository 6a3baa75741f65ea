"""What must hold of every operation on whole tensors, tried at random points."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.core.algebra import broadcast, transpose
from chainrule.core.node import symbol
from chainrule.ops.declare import structured_ops
from tests.reference import evaluate

ALONG_AXES = [op for op in structured_ops() if "axes" in op.parameters]
OF_MATRICES = [op for op in structured_ops() if "axes" not in op.parameters]
CASES = [(op, axes) for op in ALONG_AXES for axes in [(1,), (0,), (0, 1)]] + [(op, None) for op in OF_MATRICES]
IDS = [f"{op}-{axes}" for op, axes in CASES]


def example(op, axes):
    """(node, symbol, point, direction)."""
    rng = np.random.default_rng(7)
    shape = (3, 5) if axes else (4, 4)
    X = symbol("X", ("m", "n") if axes else ("n", "n"))
    point = rng.normal(size=shape) + (0 if axes else 3 * np.eye(4))
    return (op(X, axes=axes) if axes else op(X)), X, point, rng.normal(size=shape)


def sizes(op):
    return {"m": 3, "n": 5} if "axes" in op.parameters else {"n": 4}


@pytest.mark.parametrize(("op", "axes"), CASES, ids=IDS)
def test_the_differential_is_the_limit_of_differences(op, axes):
    node, X, point, direction = example(op, axes)
    dX = symbol("dX", X.dims)
    differential = op.differential(dX, X, node, *node.attr[1:])
    exact = evaluate(differential, {"X": point, "dX": direction}, sizes(op))

    def central(h):
        return (evaluate(node, {"X": point + h * direction}) - evaluate(node, {"X": point - h * direction})) / (2 * h)

    assert exact == pytest.approx((4 * central(5e-4) - central(1e-3)) / 3, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize(("op", "axes"), CASES, ids=IDS)
def test_a_complex_step_passes_through(op, axes):
    node, X, point, direction = example(op, axes)
    dX = symbol("dX", X.dims)
    exact = evaluate(op.differential(dX, X, node, *node.attr[1:]), {"X": point, "dX": direction}, sizes(op))
    moved = op.evaluate(point + 1e-30j * direction, *node.attr[1:])
    assert np.imag(moved) / 1e-30 == pytest.approx(exact, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("op", ALONG_AXES, ids=str)
def test_a_transpose_stands_outside(op):
    A = symbol("A", ("m", "n"))
    outside = op(A, axes=(1,))
    assert op(transpose(A), axes=(0,)) is (transpose(outside) if outside.ndim == 2 else outside)
    point = np.random.default_rng(1).normal(size=(3, 5))
    found = evaluate(op(transpose(A), axes=(0,)), {"A": point})
    assert found == pytest.approx(op.evaluate(point.T, (0,)))


@pytest.mark.parametrize("op", ALONG_AXES, ids=str)
def test_broadcast_axes_stand_outside(op):
    v = symbol("v", ("n",))
    rows = broadcast(v, ("m", "n"), (1,))
    point = np.random.default_rng(1).normal(size=5)
    dense = np.broadcast_to(point, (3, 5))
    for axes in [(0,), (1,), (0, 1)]:
        node = op(rows, axes=axes)
        assert evaluate(node, {"v": point}, {"m": 3, "n": 5}) == pytest.approx(op.evaluate(dense, axes))
        assert not any(n.op == "struct" and n.args[0].ndim == 2 for n in (node, *node.args))


@pytest.mark.parametrize("op", ALONG_AXES, ids=str)
def test_a_stack_is_treated_item_by_item(op):
    T = symbol("T", ("k", "m", "n"))
    point = np.random.default_rng(1).normal(size=(2, 3, 5))
    found = evaluate(op(T, axes=(2,)), {"T": point})
    assert found == pytest.approx(np.stack([op.evaluate(item, (1,)) for item in point]))


@pytest.mark.parametrize("op", OF_MATRICES, ids=str)
def test_a_stack_of_matrices_is_treated_item_by_item(op):
    T = symbol("T", ("k", "n", "n"))
    point = np.random.default_rng(1).normal(size=(2, 4, 4)) + 3 * np.eye(4)
    found = evaluate(op(T), {"T": point})
    assert found == pytest.approx(np.stack([op.evaluate(item) for item in point]))


@pytest.mark.parametrize("op", structured_ops(), ids=str)
def test_every_operation_says_what_it_is(op):
    assert op.doc and op.rule and op.reference and op.numpy and op.doc.endswith(".")


@pytest.mark.parametrize(("op", "axes"), CASES, ids=IDS)
def test_the_numpy_spellings_have_the_same_value(op, axes):
    node, X, point, _ = example(op, axes)
    scope = {"np": np}
    if op.imports:
        exec(op.imports, scope)
    for template in {op.numpy, op.safe}:
        source = template.format("x", axes=axes, axis=axes and axes[0])
        assert np.asarray(eval(source, scope, {"x": point}), float) == pytest.approx(op.evaluate(point, *node.attr[1:]))
