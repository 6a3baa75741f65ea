"""Taylor polynomials in several variables at once."""

import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError

WRITTEN = {
    ("exp(x) sin(y)", "x, y", 3, 0): "f(x, y) = y + xy + x²y/2 − y³/6 + O(‖(x, y)‖⁴)",
    ("exp(x + y)", "x, y", 2, None): "f(x, y) = 1 + x + y + x²/2 + xy + y²/2 + O(‖(x, y)‖³)",
    ("x^2 y + sin(x y)", "x, y", 2, (1, 0)): "f(x, y) = 2y + 3(x − 1)y + O(‖(x − 1, y)‖³)",
    ("x^y", "x, y", 2, "1, 1"): "f(x, y) = 1 + (x − 1) + (x − 1)(y − 1) + O(‖(x − 1, y − 1)‖³)",
    ("x^T A y", "x, y", 2, None): "f(x + h, y + k) = xᵀAy + yᵀAᵀh + xᵀAk + hᵀAk",
}


@pytest.mark.parametrize("asked", WRITTEN, ids=lambda asked: asked[0])
def test_it_is_written_multiplied_out_and_by_degree(asked):
    f, wrt, order, at = asked
    found = cr.taylor(f, wrt, order=order, at=at)
    assert found.verified and WRITTEN[asked] in str(found)


@pytest.mark.parametrize("f", ["exp(x) sin(y)", "log(1 + x + 2 y)", "cos(x) cos(y)", "1/(1 + x y)"])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_remainder_shrinks_with_the_order(f, order):
    found = cr.taylor(f, "x, y", order=order, at=0)
    function = lambda x, y: cr.value_and_grad(f, "x", declare="x: scalar, y: scalar").compile()(x=x, y=y)["value"]
    errors = [abs(function(0.7 * h, -0.4 * h) - found.compile()(x=0.7 * h, y=-0.4 * h)) for h in (0.1, 0.05)]
    assert np.log2(errors[0] / errors[1]) > order + 0.6


def test_a_mapping_gives_the_points_by_name():
    found = cr.taylor("x y", "x, y", at={"y": 2, "x": 1}, declare="x: scalar, y: scalar")
    assert found.text == "2 + 2(x − 1) + (y − 2) + (x − 1)(y − 2)"


REFUSED = {
    "too few points": (
        lambda: cr.taylor("x y", ["x", "y"], at=[1]),
        "DeclarationError: a point has a number for each variable\n  given:    1 for x, y\n  expected: 2",
    ),
    "too many terms": (
        lambda: cr.taylor("exp(x + y + z + u)", "x, y, z, u", order=8, at=0),
        "DeclarationError: the polynomial has too many terms to be written\n"
        "  given:    495 terms of degree up to 8 in x, y, z, u\n  expected: at most 60",
    ),
    "a pole": (
        lambda: cr.taylor("log(x y)", "x, y", at=0),
        "DomainError: taylor() refuses to expand there\n  given:    log(xy): a division by zero at x = 0, y = 0\n"
        "  expected: a point at which the function and the derivatives that are needed exist",
    ),
    "a kink": (
        lambda: cr.taylor("|x| y", "x, y", at=0),
        "DomainError: taylor() refuses to expand there: no derivative need exist at x = 0\n"
        "  given:    |x|y at x = 0, where the first derivative of |x| jumps\n"
        "  expected: a point at which the derivatives up to the order asked for exist\n"
        "  fix:      another point, such as at=1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_why(name):
    ask, text = REFUSED[name]
    with pytest.raises(ChainruleError) as error:
        ask()
    assert str(error.value) == text


@pytest.mark.parametrize("place", [1, 3])
def test_a_wrong_derivative_is_refused(monkeypatch, place):
    module = sys.modules["chainrule.derivation.objects.several"]
    right = module._derivatives

    def planted(*given):
        return {a: 1.001 * d if k == place else d for k, (a, d) in enumerate(right(*given).items())}

    monkeypatch.setattr(module, "_derivatives", planted)
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        cr.taylor("exp(x + y)", "x, y", at=0)


def test_a_wrong_term_is_refused(monkeypatch):
    module = sys.modules["chainrule.derivation.objects.several"]
    right = module.at_point
    monkeypatch.setattr(module, "at_point", lambda node, at: 1.0001 * right(node, at))
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        cr.taylor("exp(x + y)", "x, y", at=0)
