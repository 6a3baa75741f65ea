"""Taylor polynomials beside the function: radii, convergence, refusals."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import DeclarationError, DomainError
from chainrule.explain.models import approximations
from chainrule.explain.models.radius import reach

SVG = "{http://www.w3.org/2000/svg}"
NUMPY = {"sin(x)": np.sin, "exp(x)": np.exp, "log(x)": np.log, "1/(1+x^2)": lambda x: 1 / (1 + x**2), "sqrt(x)": np.sqrt, "tanh(x)": np.tanh}


@pytest.mark.parametrize(("function", "at"), [("sin(x)", 0.5), ("exp(x)", 0.0), ("log(x)", 1.0), ("1/(1+x^2)", 0.0), ("sqrt(x)", 4.0), ("tanh(x)", 0.2)])
@pytest.mark.parametrize("tolerance", [0.01, 1e-5])
def test_within_the_radius_the_error_is_below_the_tolerance_and_beyond_it_is_not(function, at, tolerance):
    f = NUMPY[function]
    for p in approximations(function, "x", at, (1, 2, 3), tolerance).polynomials:
        for side, distance in ((-1, p.left), (1, p.right)):
            assert np.isfinite(distance)
            inside = at + side * np.linspace(0, 1, 1001) * distance
            assert np.all(np.abs(f(inside) - p(inside)) <= tolerance * (1 + 1e-6) + 1e-15)
            beyond = at + side * distance * (1 + 1e-6)
            with np.errstate(invalid="ignore", divide="ignore"):
                assert not abs(f(beyond) - p(beyond)) <= tolerance * (1 - 1e-9)


def test_a_narrow_hump_of_the_error_is_not_jumped_over():
    hump = lambda t: 0.02 * np.exp(-(((t - 0.7003) / 1e-2) ** 2))
    assert reach(hump, 0.01, 1.0).distance == pytest.approx(0.7003 - 1e-2 * np.sqrt(np.log(2)), abs=1e-6)


def test_higher_orders_reach_further_within_the_radius_of_convergence():
    radii = [p.radius for p in approximations("log(x)", "x", 1, (1, 2, 3, 5, 8)).polynomials]
    assert radii == sorted(radii) and radii[-1] < 1


@pytest.mark.parametrize(
    ("function", "at", "radius"),
    [("log(x)", 1, 1.0), ("1/(1+x^2)", 0, 1.0), ("1/(1+x^2)", 1, np.sqrt(2)), ("sqrt(x)", 4, 4.0), ("sigmoid(x)", 0, np.pi), ("tan(x)", 0, np.pi / 2)],
)
def test_the_estimate_of_the_radius_of_convergence_is_near_the_truth(function, at, radius):
    found = approximations(function, "x", at, (1, 5)).convergence
    assert found.found and found.radius == pytest.approx(radius, rel=0.03)


@pytest.mark.parametrize("function", ["exp(x)", "sin(x)", "x exp(-x^2)"])
def test_an_entire_function_has_no_end_of_convergence_that_is_found(function):
    found = approximations(function, "x", 0, (1, 5)).convergence
    assert not found.found and found.radius > 1


@pytest.mark.parametrize("function", ["gelu(x)", "erf(x)", "relu(x)", "softsign(x)"])
def test_what_has_no_values_at_complex_numbers_has_no_estimate(function):
    found = approximations(function, "x", 0.7, (1, 2))
    assert found.convergence is None


def test_a_polynomial_is_its_own_series():
    last = approximations("x^3 - 2x + 1", "x", 1).polynomials[-1]
    assert last.exact and np.isinf(last.radius) and "the function itself" in str(approximations("x^3 - 2x + 1", "x", 1))


def test_where_the_function_ends_is_told():
    p = approximations("sqrt(x)", "x", 4, (5,), tolerance=1.0).polynomials[0]
    assert p.why_left == "ends" and p.left == pytest.approx(4) and "f ends" in str(approximations("sqrt(x)", "x", 4, (5,), tolerance=1.0))


@pytest.mark.parametrize(("function", "orders"), [("relu(x)", (1,)), ("x|x|", (1, 2)), ("|x|^3", (1, 2, 3))])
def test_past_a_break_it_refuses_to_expand(function, orders):
    with pytest.raises(DomainError, match="refuses to expand"):
        approximations(function, "x", 0, orders)


def test_up_to_a_break_it_expands():
    assert approximations("x|x|", "x", 0, (1,)).polynomials[0].radius == pytest.approx(0.1)


@pytest.mark.parametrize(("more", "message"), [
    ({"orders": (0,)}, "orders"), ({"orders": "1, x"}, "orders"), ({"orders": (9,)}, "orders"), ({"orders": ()}, "no order"), ({"orders": 1.5}, "orders"),
    ({"orders": (True,)}, "orders"), ({"tolerance": 0}, "tolerance"), ({"tolerance": "much"}, "tolerance"), ({"tolerance": float("nan")}, "tolerance"),
])  # fmt: skip
def test_orders_and_tolerances_that_are_none_are_refused(more, message):
    with pytest.raises(DeclarationError, match=message):
        approximations("sin(x)", "x", 0, **more)


def test_two_numbers_are_refused_with_the_way_to_go():
    with pytest.raises(DeclarationError, match="one number") as error:
        approximations("x^2 + y^2", "x, y", "x=1, y=2")
    assert "tangent" in error.value.fix


def test_the_point_is_written_as_a_person_would():
    assert "(x − π/4)" in approximations("sin(x)", "x", "x=pi/4", (1,)).polynomials[0].text
    assert "(x − 1/3)" in approximations("sin(x)", "x", 1 / 3, (1,)).polynomials[0].text


def test_the_point_is_zero_where_none_is_given():
    assert cr.approximations("sin(x)", "x").x == 0


@pytest.mark.parametrize("name", ["polynomials", "error"])
def test_pictures_are_xml_with_title_and_description(name):
    found = approximations("sin(x)", "x", 0)
    for width in (360, 660, 1000):
        root = ElementTree.fromstring(str(found.plot(name, width=width)))
        assert root.find(SVG + "title").text and root.find(SVG + "desc").text
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(("f", "at", "radius"), [("x^1.5", 1, 1.0), ("log(x)", 0.001, 0.001), ("1/(1 - x)", 0.5, 0.5), ("log(1 + x)", 0, 1.0)])
def test_the_radius_of_convergence_is_found_to_two_hundredths(f, at, radius):
    assert approximations(f, "x", at).convergence.radius == pytest.approx(radius, rel=0.02)


@pytest.mark.parametrize("f", ["1000000 + log(1 + x)", "1000000 x + log(1 + x)"])
def test_a_large_first_term_does_not_hide_where_the_series_ends(f):
    found = approximations(f, "x", 0).convergence
    assert found is None or found.radius < 1.02


def test_the_end_of_f_is_told_where_it_is():
    assert "f itself ends or grows without bound at x ≈ 0" in str(approximations("x^1.5", "x", 1)).replace("  ", " ")
