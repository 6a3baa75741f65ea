"""Every spelling of every operation has the value that its declaration evaluates to, whatever its arguments look like.

The arguments are sums, which templates must put in brackets where an operator stands beside them.
"""

import jax
import numpy as np
import pytest
import torch

from chainrule.compiling import BACKENDS, compile_nodes
from chainrule.core.algebra import subtract
from chainrule.core.node import symbol
from chainrule.matrix import render
from chainrule.ops.declare import elementwise_ops, lookup, structured_ops
from tests.laws.test_elementwise import draws


def composed(op):
    """op(a − b, …), the symbols, and values at which the arguments are points of the domain."""
    arrays = draws(op, count=40)
    names = "abcdef"[: 2 * op.arity]
    nodes = [symbol(name, ("n",)) for name in names]
    values = {}
    for k, array in enumerate(arrays):
        shift = 0.25 * np.arange(array.size)
        values[names[2 * k]], values[names[2 * k + 1]] = array + shift, shift
    arguments = [subtract(nodes[2 * k], nodes[2 * k + 1]) for k in range(op.arity)]
    return op(*arguments) * nodes[0], nodes, values, op.evaluate(*[values[names[2 * k]] - values[names[2 * k + 1]] for k in range(op.arity)]) * values["a"]


@pytest.mark.parametrize("op", elementwise_ops(), ids=str)
def test_the_read_form_in_numpy_has_the_value_of_the_operation(op):
    node, nodes, values, expected = composed(op)
    source = render(node, 1, "a", taken=nodes).numpy()
    *lines, last = source.split("\n")
    names = {"np": np, **values}
    exec("\n".join(lines), names)  # text of our own making
    np.testing.assert_allclose(eval(last, names), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("op", elementwise_ops(), ids=str)
def test_the_tree_that_is_printed_has_the_value_of_the_operation(op):
    node, nodes, values, expected = composed(op)
    np.testing.assert_allclose(render(node, 1, "a", taken=nodes).evaluate(values), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("op", elementwise_ops(), ids=str)
def test_compiled_code_has_the_value_of_the_operation(op):
    node, nodes, values, expected = composed(op)
    np.testing.assert_allclose(compile_nodes(node, parameters=nodes)(**values), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "numpy"])
@pytest.mark.parametrize("op", elementwise_ops(), ids=str)
def test_code_for_another_framework_has_the_value_of_the_operation(op, backend):
    node, nodes, values, expected = composed(op)
    with jax.enable_x64(True):
        found = np.asarray(compile_nodes(node, parameters=nodes, backend=backend)(**values))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "numpy"])
@pytest.mark.parametrize("op", structured_ops(), ids=str)
def test_structured_code_for_another_framework_has_the_value_of_the_operation(op, backend):
    x = symbol("x", ("n", "n"), ())
    at = np.random.default_rng(3).normal(size=(4, 4)) + 3 * np.eye(4)
    for node in [op(lookup("tanh")(x)), *([op(lookup("tanh")(x), axes=(0,))] if "axes" in op.parameters else [])]:
        expected = compile_nodes(node)(x=at)
        with jax.enable_x64(True):
            found = np.asarray(compile_nodes(node, backend=backend)(x=at))
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def in_single(program, values, backend):
    """The value in float32 where float64 is possible; of PyTorch it has to be the same on a device without numbers."""
    small = {name: np.asarray(value, np.float32) for name, value in values.items()}
    if backend == "jax":
        with jax.enable_x64(True):
            return np.asarray(program(**small))
    if backend == "numpy":
        return program(**small)
    shown = program(**{name: torch.tensor(value, device="meta") for name, value in small.items()})
    assert (shown.dtype, shown.device.type) == (torch.float32, "meta")
    return program(**{name: torch.tensor(value) for name, value in small.items()}).numpy()


def agrees_in_single(node, nodes, values, backend):
    rounded = {name: np.asarray(value, np.float32).astype(float) for name, value in values.items()}
    expected = compile_nodes(node, parameters=nodes)(**rounded)
    found = in_single(compile_nodes(node, parameters=nodes, backend=backend), values, backend)
    assert found.dtype == np.float32
    finite = np.isfinite(expected)
    scale = np.max(np.abs(expected[finite]), initial=1e-30)
    np.testing.assert_allclose(found[finite] / scale, expected[finite] / scale, atol=1e-5, rtol=0)


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("op", elementwise_ops(), ids=str)
def test_in_float32_an_operation_stays_in_float32_and_has_its_value(op, backend):
    node, nodes, values, _ = composed(op)
    agrees_in_single(node, nodes, values, backend)


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("op", structured_ops(), ids=str)
def test_in_float32_an_operation_on_arrays_stays_in_float32_and_has_its_value(op, backend):
    x = symbol("x", ("n", "n"), ())
    at = np.random.default_rng(3).normal(size=(4, 4)) + 3 * np.eye(4)
    for node in [op(lookup("tanh")(x)), *([op(lookup("tanh")(x), axes=(0,))] if "axes" in op.parameters else [])]:
        agrees_in_single(node, [x], {"x": at}, backend)


EXTREMES = np.float32([0.0, 1e-15, -1e-15, 1e-3, -1e-3, 1, -1, 30, -30, 104, -104, 1e4, -1e4, np.inf, -np.inf, np.nan])


@pytest.mark.parametrize("op", elementwise_ops(), ids=str)
def test_in_float32_extremes_are_those_of_float64(op):
    nodes = [symbol(name, "n") for name in "abc"[: op.arity]]
    points = np.stack(np.meshgrid(*[EXTREMES] * op.arity), axis=-1).reshape(-1, op.arity)
    small = {node.name: points[:, k].copy() for k, node in enumerate(nodes)}
    program = compile_nodes(op(*nodes), parameters=nodes)
    with np.errstate(all="ignore"):
        expected = program(**{name: x.astype(float) for name, x in small.items()}).astype(np.float32)
        found = program(**small)
    finite = np.isfinite(expected)
    assert np.array_equal(found[~finite], expected[~finite], equal_nan=True)
    largest = np.max(np.abs(np.where(np.isfinite(points), points, 0)), axis=1)
    assert np.all(np.abs(found[finite] - expected[finite]) <= 1e-6 * np.maximum(largest, np.abs(expected))[finite] + 1e-37)
