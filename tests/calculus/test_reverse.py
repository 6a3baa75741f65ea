"""Reverse mode against central differences of the dense evaluator, for every kind of node."""

import numpy as np
import pytest

from chainrule.calculus import bound, derivative, free_facts
from chainrule.core.algebra import add, broadcast, dot, identity, mean_axes, outer, power, total, trace, var_axes
from chainrule.core.node import symbol
from chainrule.core.shaping import concatenate, cumsum, kron, slice_axis
from chainrule.core.walk import order
from chainrule.ops.choices import where
from chainrule.ops.elementary import exp, log, tanh
from chainrule.ops.activations import sigmoid
from chainrule.ops.linalg import det, inverse, logdet
from chainrule.ops.structured import amax, logsumexp, softmax
from tests.reference import evaluate

SIZES = {"m": 2, "n": 3, "p": 2}
A, x, b, X, W = symbol("A", "mn"), symbol("x", "n"), symbol("b", "m"), symbol("X", "nn"), symbol("W", "np")
c, t = symbol("c", "n", ["positive"]), symbol("t", ())

CASES = {
    "least squares": (total((A @ x - b) ** 2), x),
    "least squares in A": (total((A @ x - b) ** 2), A),
    "network": (total(tanh(W.T @ tanh(A.T @ b + x)) ** 2), W),
    "Jacobian of a layer": (tanh(A @ x + b), A),
    "softmax": (softmax(x, axes=(0,)), x),
    "softmax over columns": (softmax(A, axes=(0,)), A),
    "logsumexp": (logsumexp(A, axes=(1,)), A),
    "max": (amax(A, axes=(1,)), A),
    "inverse": (inverse(X), X),
    "det": (det(X), X),
    "logdet of a Gram matrix": (logdet(A @ A.T + identity("m")), A),
    "cubic trace": (trace(X @ X @ X), X),
    "norm": (power(total(x**2), 0.5), x),
    "symbolic exponent": (total(c**t), c),
    "in the exponent": (total(c**t), t),
    "variance": (var_axes(A, (1,)), A),
    "mean": (power(mean_axes(x, (0,)), 3), x),
    "kron": (kron(A, outer(x, x)), x),
    "cumsum": (cumsum(x**2, 0), x),
    "concatenate": (total(concatenate([x, x * c], 0) ** 3), x),
    "slice": (slice_axis(x**2, 0, 1, 3), x),
    "scalar broadcast": (total(tanh(add(A, broadcast(t, A.dims, ())))), t),
    "where": (total(where(x, x**2, exp(x))), x),
    "diagonal": (total(log(1 + exp(x)) * sigmoid(x) * dot(x, c)), x),
}


def values():
    rng = np.random.default_rng(7)
    found = {n.name: rng.normal(size=[d.at(SIZES) for d in n.dims]) for n in (A, x, b, X, W, t)}
    found["X"] = found["X"] + 3 * np.eye(3)
    found["c"] = rng.uniform(0.5, 2, 3)
    return found


def numeric(f, variable, point, h=1e-5):
    base = point[variable.name]
    columns = []
    for index in np.ndindex(*base.shape):
        step = np.zeros_like(base)
        step[index] = h
        ends = [evaluate(f, point | {variable.name: base + s * step}, SIZES) for s in (1, -1)]
        columns.append((ends[0] - ends[1]) / (2 * h))
    return np.stack(columns, axis=-1).reshape(np.shape(columns[0]) + base.shape)


@pytest.mark.parametrize("name", CASES)
def test_a_derivative_is_the_limit_of_differences(name):
    f, variable = CASES[name]
    _, first = derivative(f, variable)
    point = values()
    # h²f‴/6 and εf/h are both near 1e-10
    np.testing.assert_allclose(evaluate(first, point, SIZES), numeric(f, variable, point), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_a_second_derivative_is_the_derivative_of_the_first(name):
    f, variable = CASES[name]
    _, first, second = derivative(f, variable, 2)
    point = values()
    np.testing.assert_allclose(evaluate(second, point, SIZES), numeric(first, variable, point), rtol=1e-6, atol=1e-6)


def test_a_variable_declared_symmetric_is_differentiated_as_a_free_one():
    S, M = symbol("S", "nn", ["posdef"]), symbol("M", "nn")
    free = symbol("S", "nn", free_facts(S.facts))
    assert bound(derivative(trace(M @ free), free)[1], free, S) is M.T
    assert bound(derivative(logdet(free), free)[1], free, S) is inverse(S)


def deep_net(layers):
    first, h = symbol("W0", "nn"), x
    for i in range(layers):
        h = tanh((symbol(f"W{i}", "nn") if i else first) @ h)
    return total((h - c) ** 2), first


def test_the_derivative_of_a_net_grows_linearly_with_its_depth():
    sizes = [len(order(derivative(*deep_net(layers))[1])) for layers in (50, 100, 200)]
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])


def test_five_thousand_operations_do_not_overflow_the_stack():
    f, first = deep_net(2500)  # a product and a tanh in each layer
    assert derivative(f, first)[1].dims == first.dims
