"""Values as people write them."""

import math

import numpy as np
import pytest

from chainrule.core.errors import ParseError
from chainrule.explain.written import values_in


@pytest.mark.parametrize(
    "text, expected",
    [
        ("x=1, y=-2", {"x": 1.0, "y": -2.0}),
        ("w=(1/2, −2); X=[[1, 2], [3, 4]]", {"w": [0.5, -2.0], "X": [[1.0, 2.0], [3.0, 4.0]]}),
        ("λ=2pi, a = 3.e-2", {"lam": 2 * math.pi, "a": 0.03}),
        ("lambda=.5", {"lam": 0.5}),
        ("x=--1, y=-e/2", {"x": 1.0, "y": -math.e / 2}),
        ("w=(1; 2;)", {"w": [1.0, 2.0]}),
        ("", {}),
    ],
)
def test_values_by_name_are_read(text, expected):
    found = values_in(text)
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def test_what_has_no_name_is_the_value_of_the_only_variable():
    assert values_in("3", "x")["x"] == 3
    np.testing.assert_array_equal(values_in("1, -2", "w")["w"], [1, -2])
    np.testing.assert_array_equal(values_in("(1, -2)", "w")["w"], [1, -2])


@pytest.mark.parametrize(
    "text, column, expected",
    [
        ("x=", 3, "a number"),
        ("x=1 y=2", 5, "a comma"),
        ("x=(1", 5, "a closing bracket"),
        ("x=1/0", 6, "a number other than 0"),
        ("3", 1, "name=value"),
        ("x=__import__('os')", 3, "a number"),
        ("x=" + "[" * 100, 11, "at most 8 axes"),
    ],
)
def test_what_is_no_value_is_pointed_at(text, column, expected):
    with pytest.raises(ParseError) as caught:
        values_in(text)
    assert f"column {column}" in str(caught.value) and expected in str(caught.value)


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ParseError, match="differ in length"):
        values_in("X=[[1], [2, 3]]")
