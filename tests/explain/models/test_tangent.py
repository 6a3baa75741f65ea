"""The tangent: laws of difference quotients and linear models, points without tangent, the tangent plane."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError, DomainError, ShapeError
from chainrule.explain.models import tangent

SVG = "{http://www.w3.org/2000/svg}"
SMOOTH = [  # function, point, f′, f″
    ("x^2 sin(x)", 1.0, 2 * np.sin(1) + np.cos(1), 4 * np.cos(1) + np.sin(1)),
    ("exp(x)", 0.0, 1.0, 1.0),
    ("log(x)", 2.0, 0.5, -0.25),
    ("1/(1+x^2)", 0.5, None, None),
    ("tanh(x)", 0.3, 1 - np.tanh(0.3) ** 2, -2 * np.tanh(0.3) * (1 - np.tanh(0.3) ** 2)),
    ("gelu(x)", 0.5, None, None),
    ("sqrt(x)", 4.0, 0.25, -1 / 32),
]


@pytest.mark.parametrize(("function", "at", "slope", "second"), SMOOTH)
def test_the_error_of_quotients_and_model_falls_with_the_orders_of_the_books(function, at, slope, second):
    found = tangent(function, "x", at)
    assert found.exists
    if slope is not None:
        assert found.slope == pytest.approx(slope, rel=1e-12) and found.curvature == pytest.approx(second, rel=1e-9)
    assert found.quotients.forward_order == pytest.approx(1, abs=0.05)
    assert found.quotients.central_order == pytest.approx(2, abs=0.05)
    assert found.first_order.order == pytest.approx(2, abs=0.05)
    short = found.first_order.eps < 1e-3
    ratio = (found.first_order.error / found.first_order.eps**2)[short & (found.first_order.eps > 1e-4)]
    assert np.allclose(ratio, found.curvature / 2, rtol=0.02)


@pytest.mark.parametrize(("function", "at", "slope", "second"), SMOOTH)
def test_rounding_takes_over_near_the_step_of_the_books(function, at, slope, second):
    h, error = tangent(function, "x", at).quotients.best("forward")
    assert 1e-11 < h < 1e-6 and error < 1e-6
    h, error = tangent(function, "x", at).quotients.best("central")
    assert 1e-8 < h < 1e-2 and error < 1e-8


@pytest.mark.parametrize(
    ("function", "at", "what", "left", "right"),
    [
        ("|x|", 0, "kink", -1, 1), ("relu(x)", 0, "kink", 0, 1), ("relu6(x)", 6, "kink", 1, 0), ("max(x, x^2)", 1, "kink", 1, 2),
        ("cbrt(x)", 0, "vertical tangent", np.inf, np.inf), ("sqrt(|x|)", 0, "vertical tangent", -np.inf, np.inf),
        ("step(x)", 0, "jump", 0, 0), ("sqrt(x)", 0, "end of the domain", np.nan, np.inf), ("|x - 2| + x", 2, "kink", 0, 2),
    ],
)  # fmt: skip
def test_where_there_is_no_tangent_both_sides_are_told(function, at, what, left, right):
    found = tangent(function, "x", at)
    assert not found.exists and found.slope is None and found.sides.what == what
    assert found.sides.left == pytest.approx(left, abs=1e-6, nan_ok=True)
    assert found.sides.right == pytest.approx(right, abs=1e-6, nan_ok=True)
    assert "none:" in str(found) and list(found.pictures()) == ["sides"]
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(("function", "at"), [("x|x|", 0), ("relu(x)^2", 0), ("|x|^3", 0), ("tanh(100000 x)", 0), ("|x|", 3), ("relu(x)", -1e-3)])
def test_a_break_that_is_not_seen_and_a_steep_function_have_a_tangent(function, at):
    assert tangent(function, "x", at).exists


def test_the_second_derivative_that_breaks_is_not_told_as_one():
    found = tangent("x|x|", "x", 0)
    assert found.curvature is None and "f″ does not exist" in str(found)


@pytest.mark.parametrize(
    ("function", "at", "why"),
    [
        ("log(x)", -1, "outside of its domain"), ("log(x)", 0, "its domain ends there"), ("1/x", 0, "grows without bound"),
        ("sin(x)/x", 0, "from both sides it tends to 1"), ("sqrt(x)", -2, "outside of its domain"),
    ],
)  # fmt: skip
def test_where_the_function_has_no_value_the_reason_is_told(function, at, why):
    with pytest.raises(DomainError) as error:
        tangent(function, "x", at)
    assert why in error.value.given and error.value.expected


def test_the_equation_is_written_as_people_do():
    assert tangent("3x + 2", "x", 1).equation() == "y = 5 + 3(x − 1)"
    assert tangent("x^2", "x", -1).equation() == "y = 1 − 2(x + 1)"
    assert tangent("sin(x)", "x", 0).equation() == "y = x"
    assert tangent("cos(x)", "x", 0).equation() == "y = 1"
    assert tangent("4 - x", "x", 0).equation() == "y = 4 − x"


def test_a_linear_function_has_no_error_but_rounding():
    found = tangent("3x + 2", "x", 1)
    assert found.quotients.forward_order is None and "no error but rounding" in str(found) and "is all there is" in str(found)


def test_other_variables_keep_their_values():
    found = tangent("a x^2", "x", 3, {"a": 2.0})
    assert found.slope == 12 and "a = 2" in str(found)


@pytest.mark.parametrize("name", ["secants", "quotients", "error"])
def test_pictures_are_xml_with_title_and_description(name):
    for width in (360, 660, 1000):
        root = ElementTree.fromstring(str(tangent("x^2 sin(x)", "x", 1).plot(name, width=width)))
        assert root.find(SVG + "title").text and root.find(SVG + "desc").text


# ---------------------------------------------------------------- several variables


def test_the_errors_of_plane_and_quadratic_model_fall_with_the_second_and_third_power():
    found = cr.tangent("exp(x) y^2 + x y", "x, y", "x=0.3, y=1")
    assert found.orders[0] == pytest.approx(2, abs=0.05) and found.orders[1] == pytest.approx(3, abs=0.1)
    assert found.gradient == pytest.approx([np.exp(0.3) + 1, 2 * np.exp(0.3) + 0.3])


def test_the_plane_is_written_with_its_numbers():
    found = cr.tangent("x^2 + x y + 3 y^2", "x, y", "x=1, y=2")
    assert found.equation() == "z = 15 + 4(x − 1) + 13(y − 2)" and found.orders[1] is None
    assert list(found.pictures()) == ["error", "orders", "surface"]
    for name in found.pictures():
        root = ElementTree.fromstring(str(found.plot(name)))
        assert root.find(SVG + "title").text and root.find(SVG + "desc").text
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_vector_of_many_numbers_has_a_model_along_its_gradient():
    found = cr.tangent("||A x - b||^2", "x", seed=1)
    assert found.orders[0] == pytest.approx(2, abs=0.05) and list(found.pictures()) == ["orders"]


def test_there_is_no_plane_at_a_kink_and_outside_of_the_domain():
    with pytest.raises(DomainError, match="kink"):
        cr.tangent("||x||", "x", {"x": [0.0, 0.0]})
    with pytest.raises(DomainError, match="no value"):
        cr.tangent("log(x) + y", "x, y", "x=-1, y=0")


def test_a_critical_point_has_a_horizontal_plane():
    assert "horizontal" in str(cr.tangent("x^2 + y^2", "x, y", "x=0, y=0"))


@pytest.mark.parametrize(
    ("function", "wrt", "at"),
    [("A x", "x", {"x": [1.0, 2.0]}), ("x^2", "z", 1), ("x^2", "x", "x=1, 2"), ("", "x", 1), ("x^2 +", "x", 1), ("x^2", "x", {"q": 1.0})],
)
def test_what_cannot_be_asked_is_refused(function, wrt, at):
    with pytest.raises(ChainruleError):
        tangent(function, wrt, at)


def test_a_function_whose_value_is_a_vector_has_none():
    with pytest.raises(ShapeError, match="only a function whose value is a number"):
        tangent("A x", "x", declare="A: 3 2, x: 2")


@pytest.mark.parametrize(("f", "right"), [("x^x", -np.inf), ("sqrt(x^3)", 0.0), ("sqrt(x)", np.inf), ("x^2.5", 0.0)])
def test_a_one_sided_derivative_is_the_limit_of_the_slopes(f, right):
    found = tangent(f, "x", 0)
    assert not found.exists and found.sides.right == right


def test_where_the_formula_of_the_second_derivative_ends_its_limit_is_taken_if_there_is_one():
    assert tangent("exp(-1/x^2)", "x", 0).curvature == 0
    assert tangent("abs(x)^(3/2)", "x", 0).curvature is None


def test_beside_a_jump_slopes_are_those_of_the_pieces():
    rows = tangent("sign(x)", "x", 0).rows()
    assert ("left", "f′ tends to 0", "f tends to −1") in rows
