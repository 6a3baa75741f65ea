"""Points put into derivatives: exact values, and the breaks that are declared there."""

from fractions import Fraction
from math import pi

import numpy as np
import pytest

from chainrule.calculus import at_point, breaks_at
from chainrule.calculus.taylor import constant_value, exact_values, is_constant
from chainrule.core.algebra import multiply, number, ones, zeros
from chainrule.core.node import symbol
from chainrule.core.walk import order
from chainrule.ops.activations import relu, softplus, softsign
from chainrule.ops.elementary import abs as magnitude
from chainrule.ops.elementary import cos, exp, log, sin, tan
from tests.reference import evaluate

x = symbol("x", ())
TWELFTHS = [k for k in range(-30, 31) if k % 6 in (0, 2, 3, 4)]


@pytest.mark.parametrize("operation", [sin, cos, tan], ids=str)
@pytest.mark.parametrize("k", TWELFTHS)
def test_the_circle_has_exact_values(operation, k):
    angle = multiply(number(Fraction(k, 12)), number("pi")) if k else number(0)
    if operation is tan and k % 12 == 6:
        return
    found = exact_values(operation(angle))
    assert not any(n.op == "map" for n in order(found))
    assert evaluate(found, {}) == pytest.approx(operation.evaluate(np.array(k * pi / 12)), abs=1e-14)


def test_an_angle_without_exact_values_stays_as_it_is():
    node = sin(multiply(number(Fraction(1, 5)), number("pi")))
    assert exact_values(node) is node


def test_a_function_of_a_constant_is_spelled_by_its_definition():
    assert exact_values(softplus(number(0))) is log(number(2))


def test_roots_of_whole_numbers_meet_in_the_numerator():
    root = number(2) ** Fraction(1, 2)
    found = at_point(x * (2 / root + root), {})
    assert evaluate(found, {"x": 1.0}) == pytest.approx(2 * 2**0.5) and not any(n.op == "sum" for n in order(found))


def test_breaks_at_a_point_are_those_declared_there():
    node = magnitude(x - 1) + relu(x) + softsign(x) + exp(x)
    at = {p: sorted((str(n.attr), k) for n, k in breaks_at(node, {x: number(p)})) for p in (0, 1, 2)}
    assert at == {0: [("relu", 1), ("softsign", 2)], 1: [("abs", 1)], 2: []}


def test_the_value_of_a_constant_is_that_of_every_entry():
    n = symbol("v", "n").dims
    assert constant_value(multiply(number(3), ones(n))) == 3 and constant_value(zeros(n)) == 0
    assert constant_value(x) is None and constant_value(number("pi")) is None
    assert is_constant(sin(number("pi") / 5)) and not is_constant(sin(x))
