"""Gradients on contours: right angles, steepest directions, the cosine of first order."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError, DeclarationError, DomainError

SVG = "{http://www.w3.org/2000/svg}"
FUNCTIONS = [
    ("x^2 + x y + 3 y^2", "x, y", "x=1, y=2"), ("(1-x)^2 + 100 (y - x^2)^2", "x, y", "x=-1.2, y=1"), ("sin(x) cos(y)", "x, y", "x=0.5, y=0.3"),
    ("||w||^4 + sum(exp(w))", "w", "w=(1, 2, -1, 0.5)"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "wrt", "at"), FUNCTIONS)
def test_the_gradient_meets_level_lines_at_a_right_angle(function, wrt, at):
    here, farthest = cr.landscape(function, wrt, at).perpendicular
    assert abs(here - 90) < 0.05 and abs(farthest - 90) < 0.5


@pytest.mark.parametrize(("function", "wrt", "at"), FUNCTIONS)
def test_no_direction_rises_faster_than_the_gradient_and_short_steps_follow_the_cosine(function, wrt, at):
    found = cr.landscape(function, wrt, at, steps=1e-5)
    rng = np.random.default_rng(0)
    f = found.plane.f
    up = f(found.x + 1e-5 * found.ascent) - found.value
    for v in rng.normal(size=(30, found.x.size)):
        assert f(found.x + 1e-5 * v / np.linalg.norm(v)) - found.value <= up + 1e-8
    for entry in found.angles:
        assert abs(entry["actual"] - entry["first_order"]) < 2e-2 * found.norm * 1e-5


def test_an_angle_that_is_not_right_would_be_seen():
    found = cr.landscape("x^2 + x y + 3 y^2", "x, y", "x=1, y=2")
    turned = found.within(found.gradient) @ np.array([[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]])
    found.within = lambda g: turned
    assert abs(found.angle_at(found.x) - 90) > 4


def test_at_a_critical_point_there_is_no_steepest_direction():
    found = cr.landscape("x^2 - y^2", "x, y", "x=0, y=0")
    assert found.ascent is None and found.descent is None and found.angles == [] and "critical point" in str(found)
    assert list(found.pictures()) == ["gradient"]
    json.dumps(found.to_dict(), allow_nan=False)


def test_planes_are_two_coordinates_or_go_through_the_gradient():
    by_name = cr.landscape("||w||^2", "w", "w=(1, 2, 3, 4)", plane="w[0], w[3]")
    assert by_name.plane.names == ("w[0]", "w[3]") and by_name.plane.coordinates(by_name.x) == (1.0, 4.0)
    assert cr.landscape("||W||^2", "W", {"W": np.ones((2, 2))}, plane="W[0,1], W[1,0]").plane.names == ("W[0,1]", "W[1,0]")
    found = cr.landscape("||w||^4", "w", "w=(1, 2, 3)")
    assert found.plane.holds(found.x + found.ascent) and abs(found.plane.u @ found.plane.v) < 1e-12


@pytest.mark.parametrize(("more", "message"), [
    ({"plane": "w[0]"}, "two coordinates"), ({"plane": "w[0], w[9]"}, "no coordinate"), ({"plane": "w[0], w[0]"}, "two different"), ({"plane": ""}, "two coordinates"),
    ({"reach": -1}, "reach"), ({"steps": "a"}, "steps"), ({"steps": (1, 2, 3, 4)}, "one to three"), ({"steps": 0}, "steps"),
])  # fmt: skip
def test_planes_and_lengths_that_are_none_are_refused(more, message):
    with pytest.raises(DeclarationError, match=message):
        cr.landscape("||w||^2", "w", "w=(1, 2, 3)", **more)


def test_one_number_and_points_without_value_are_refused():
    with pytest.raises(DeclarationError, match="at least two numbers"):
        cr.landscape("x^2", "x", 1)
    with pytest.raises(DomainError, match="no gradient"):
        cr.landscape("log(x) + y", "x, y", "x=-1, y=1")
    with pytest.raises(ChainruleError):
        cr.landscape("A x", "x", declare="A: 3 2")


@pytest.mark.parametrize("name", ["gradient", "angle"])
def test_pictures_are_xml_with_title_and_description(name):
    found = cr.landscape("x^2 + x y + 3 y^2", "x, y", "x=1, y=2")
    for width in (360, 660, 1000):
        root = ElementTree.fromstring(str(found.plot(name, width=width)))
        assert root.find(SVG + "title").text and root.find(SVG + "desc").text
    json.dumps(found.to_dict(), allow_nan=False)


def test_letters_that_are_given_as_numbers_are_numbers():
    found = cr.landscape("sin(x) cos(y)", "x, y", "x=0.5, y=0.3")
    assert found.gradient == pytest.approx([np.cos(0.5) * np.cos(0.3), -np.sin(0.5) * np.sin(0.3)])
    assert cr.landscape("||X w - y||^2", "w", data={"X": np.eye(3)}).x.shape == (3,)
