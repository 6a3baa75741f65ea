"""Where a function is looked at."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError, DeclarationError, ShapeError, UnknownNameError
from chainrule.explain.place import asked, figure, place_of, shown

RIDGE = "||X w - y||^2 + lam ||w||^2"


def place(function, wrt=None, at=None, data=None, sizes=None, **more):
    return place_of(*asked(function, wrt, at, data, None, more), sizes)


def test_what_nobody_gives_is_drawn_and_said():
    here = place(RIDGE, "w", data={"lam": 0.1})
    assert here.values["X"].shape == (6, 3) and here.given == {"lam"} and not here.located
    assert here.notes == ["X (6×3), w (3), y (6) drawn at random (seed 0): no value was given"]


def test_derivatives_are_functions_of_one_vector():
    here = place("x^2 + x y + 3 y^2", at="x=1, y=-2")
    value, gradient = here.objective.at(here.x)
    assert value == 11 and gradient.tolist() == [0, -11] and here.located and not here.notes
    np.testing.assert_array_equal(here.objective.hessian(here.x), [[2, 1], [1, 6]])
    assert here.coordinates() == ["x", "y"] and here.written() == "x = 1, y = −2"


def test_a_number_stands_for_an_array_of_any_shape():
    here = place(RIDGE, at="w=0", data={"X": np.ones((5, 2)), "y": 1.0, "lam": 1.0})
    assert here.values["w"].tolist() == [0, 0] and here.values["y"].tolist() == [1] * 5


def test_sizes_are_those_that_are_asked_for():
    assert place(RIDGE, "w", sizes={"n": 7}).values["X"].shape == (6, 7)


@pytest.mark.parametrize(
    "function, options, error, says",
    [
        (RIDGE, {"data": {"Z": 1.0}}, UnknownNameError, "no variable of the function"),
        (RIDGE, {}, UnknownNameError, "which variables move?"),
        (RIDGE, {"wrt": "v"}, UnknownNameError, "`v`"),
        (RIDGE, {"wrt": "w", "data": {"w": [1.0]}}, DeclarationError, "among the data, and moves"),
        (RIDGE, {"at": {"w": [1.0]}, "data": {"w": [1.0]}}, DeclarationError, "has a value twice"),
        (RIDGE, {"at": [1.0, 2.0]}, DeclarationError, "which variable has this value?"),
        (RIDGE, {"wrt": "w", "data": {"X": np.ones((2, 3)), "y": np.ones(5)}}, ShapeError, ""),
        ("3", {}, UnknownNameError, "no variable"),
        ("x^2", {"sizes": {"n": 3}}, UnknownNameError, "no size"),
    ],
)
def test_names_and_values_that_do_not_fit_are_refused(function, options, error, says):
    with pytest.raises(error) as caught:
        place(function, **options)
    assert says in str(caught.value) and isinstance(caught.value, ChainruleError)


def test_what_was_derived_brings_its_function_and_variable():
    problem, names, _ = asked(cr.grad(RIDGE, "w"))
    assert names == ["w"] and "X" in problem.variables


def test_letters_that_are_given_as_numbers_are_numbers():
    assert place("sin(x) cos(y)", at="x=0.5, y=0.3").x.tolist() == [0.5, 0.3]
    assert place("-x^2 y", at="-1,2").x.tolist() == [-1, 2] == place("-x^2 y", at=[-1, 2]).x.tolist()
    assert place("x^2 sin(x)", at=1).x.tolist() == [1]


def test_letters_that_cannot_be_numbers_keep_their_shapes():
    assert place(RIDGE, at="w=0", data={"lam": 1.0}).values["w"].shape == (3,)
    assert place("||x||^2", "x").values["x"].shape == (3,)
    assert asked("A x", "x")[0].dims
    assert place("sum(x.^2)", at="x=(1, 2)").x.tolist() == [1, 2]


def test_only_a_number_has_an_objective():
    with pytest.raises(ShapeError, match="only of a number"):
        place("A x", "x").objective


def test_numbers_are_written_as_people_do():
    assert [figure(v) for v in (0.25, -3.0, 1.2e-5, float("nan"), float("-inf"), -0.0)] == ["0.25", "−3", "1.2e−5", "NaN", "−∞", "0"]
    assert shown(np.arange(10)) == "(0, 1, 2, …, 8, 9)" and shown([[1, 2], [3, 4]]) == "[1 2; 3 4]"
    assert shown(np.zeros((9, 9))) == "9×9 array"
