"""What a `find` line asks for, and what is refused."""

import pytest

from chainrule import ParseError
from chainrule.exercises.asked import SAMPLES, Asked, asked
from chainrule.exercises.sheet import read_sheet


def find(text):
    sheet = read_sheet(f"title: T\nfunction: x y\nfind: {text}", "t.txt")
    return asked(sheet, sheet.parts[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("derivative in x", Asked("derivative", "derivative", ("x",))),
        ("Gradient in x, y", Asked("derivative", "gradient", ("x", "y"))),
        ("jacobian in z at z = (0, 1)", Asked("derivative", "Jacobian", ("z",), at="z = (0, 1)")),
        ("Hessian in x, y", Asked("derivative", "Hessian", ("x", "y"), 2)),
        ("third derivative in x", Asked("derivative", "derivative", ("x",), 3)),
        ("slope from the left in x at x = 0", Asked("one-sided", "derivative", ("x",), at="x = 0", side="left")),
        (
            "derivative along (3/5, 4/5) in x, y at x = 1, y = 2",
            Asked("along", wrt=("x", "y"), at="x = 1, y = 2", along="(3/5, 4/5)"),
        ),
        (
            "unit direction of steepest descent in x, y at x = 1, y = 2",
            Asked("direction", wrt=("x", "y"), at="x = 1, y = 2", way="decrease", unit=True),
        ),
        ("rate of steepest increase in x at x = 1", Asked("rate", wrt=("x",), at="x = 1")),
        ("value at x = 1", Asked("value", at="x = 1")),
        ("descent step with rate 0.1 in x at x = 1", Asked("step", wrt=("x",), at="x = 1", rate="0.1")),
        ("Taylor polynomial of degree 3 in x around 0", Asked("taylor", wrt=("x",), at="0", degree=3)),
        ("kind of critical point in x at x = 0", Asked("nature", wrt=("x",), at="x = 0")),
        ("critical point in x", Asked("critical", wrt=("x",))),
        ("shape of the Jacobian in x", Asked("shape", "Jacobian", ("x",))),
        ("working for the gradient in x", Asked("working", "gradient", ("x",))),
        ("program for the loss and the gradient in x, y", Asked("program", wrt=("x", "y"), both=True)),
        ("formula", Asked("formula")),
    ],
)
def test_a_find_line_is_read(text, expected):
    assert find(text) == expected


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_errors_offer_can_be_asked(sample):
    assert find(sample)


def test_what_cannot_be_asked_is_refused_with_the_nearest():
    with pytest.raises(ParseError) as caught:
        find("gradiant in x")
    assert str(caught.value) == (
        "ParseError: `gradiant` is nothing that can be asked (t.txt, line 3)\n"
        "  given:    find: gradiant in x\n"
        "  expected: derivative in x, gradient in x, y, Jacobian in z, Hessian in x, value at x = 1, critical point in x …\n"
        "  fix:      find: gradient in x, y"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("derivative", "it is not said in which variable"),
        ("direction of steepest increase in x", "`direction of steepest increase` is asked at a point"),
        ("critical point in x at x = 1", "`critical point` is asked without a point"),
        ("Taylor polynomial of degree 0 in x around 0", "the degree of a Taylor polynomial is a small whole number"),
        ("", "`find` says nothing"),
    ],
)
def test_what_is_incomplete_is_refused(text, problem):
    with pytest.raises(ParseError, match=problem):
        find(text)
