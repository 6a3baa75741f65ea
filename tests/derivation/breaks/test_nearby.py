"""What a function does at a point, read off difference quotients."""

import numpy as np
import pytest

from chainrule.derivation.breaks.nearby import behaviour, newton

AT_ZERO = [
    (lambda x: x**2, "smooth"),
    (lambda x: np.sin(x) / x, "smooth"),
    (lambda x: np.abs(x) ** 1.15, "smooth"),
    (lambda x: x * np.abs(x), "smooth"),
    (np.abs, "kink"),
    (lambda x: 1e-2 * np.abs(x) + x, "kink"),
    (np.sign, "jump"),
    (lambda x: np.sqrt(np.abs(x)), "vertical tangent"),
    (np.cbrt, "vertical tangent"),
    (lambda x: x * np.log(np.abs(x)), "vertical tangent"),
    (lambda x: 1 / x, "pole"),
    (lambda x: np.log(np.abs(x)), "pole"),
    (np.sqrt, "end of the domain"),
]


@pytest.mark.parametrize("function, what", AT_ZERO, ids=range(len(AT_ZERO)))
def test_what_a_function_of_a_number_does_at_zero(function, what):
    assert behaviour(function, np.zeros(()))[0] == what


def test_slopes_that_are_not_linear_in_the_direction_are_no_derivative():
    def function(x):
        a, b = x
        return a * a * b / (a * a + b * b)

    assert behaviour(function, np.zeros(2))[0] == "kink"


def test_a_simple_and_a_double_zero_are_found():
    simple = newton(lambda start, names: lambda x: x**3 - 8, {"x": np.array(1.0)}, ["x"])
    double = newton(lambda start, names: lambda x: np.sum(x**2, axis=1, keepdims=True), {"x": np.array([0.3, -1.2])}, ["x"])
    assert simple["x"] == pytest.approx(2, abs=1e-9)
    assert double["x"] == pytest.approx([0, 0], abs=1e-5)
    assert newton(lambda start, names: lambda x: x**2 + 1, {"x": np.array(1.0)}, ["x"]) is None
