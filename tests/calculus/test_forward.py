"""Forward mode against reverse mode, for every kind of node: the two share only the partial derivatives."""

import numpy as np
import pytest

from chainrule.calculus import along, jacobian, push_forward
from chainrule.core.algebra import is_zero
from chainrule.core.node import symbol
from tests.calculus.test_reverse import CASES, SIZES, values
from tests.reference import evaluate


@pytest.mark.parametrize("name", CASES)
def test_the_tangent_is_the_jacobian_applied(name):
    y, w = CASES[name]
    v = symbol("v·", w.dims)
    given = values()
    given["v·"] = np.random.default_rng(3).normal(size=np.shape(given[w.name]))
    (full,) = jacobian(y, [w])
    j = evaluate(full, given, SIZES)
    expected = np.tensordot(j, given["v·"], w.ndim)
    assert np.allclose(evaluate(push_forward(y, w, v), given, SIZES), expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_it_is_linear_in_the_direction(name):
    y, w = CASES[name]
    u, v = symbol("u·", w.dims), symbol("v·", w.dims)
    given, rng = values(), np.random.default_rng(4)
    given["u·"], given["v·"] = rng.normal(size=(2, *np.shape(given[w.name])))
    together = evaluate(push_forward(y, w, 2 * u - v), given, SIZES)
    apart = 2 * evaluate(push_forward(y, w, u), given, SIZES) - evaluate(push_forward(y, w, v), given, SIZES)
    assert np.allclose(together, apart, rtol=1e-11, atol=1e-12)


def test_what_does_not_depend_on_the_variable_has_no_tangent():
    x = symbol("x", "n")
    assert is_zero(push_forward(symbol("c", "m") ** 2, x, x))


def test_pushed_twice_it_is_the_second_derivative_along_the_direction():
    x, v = symbol("x", ()), symbol("v", ())
    _, first, second = along(x**3, x, v, 2, lambda node: node)
    assert evaluate(first, {"x": 2.0, "v": 3.0}) == 36 and evaluate(second, {"x": 2.0, "v": 3.0}) == 108


def test_a_deep_graph_is_no_deep_recursion():
    x = symbol("x", ())
    y = x
    for _ in range(5_000):
        y = 1 / (1 + y**2)
    assert not is_zero(push_forward(y, x, symbol("v", ())))
