"""Dimensions: one object each, polynomials in canonical form."""

import pytest

from chainrule.core.dims import dim


def test_equal_dimensions_are_one_object():
    assert dim("m") * dim("n") is dim("n") * dim("m")
    assert dim("n") - 1 + 1 is dim("n")
    assert dim("n") * 0 is dim(0)
    assert (dim("m") + dim("n")) * 2 is dim("n") * 2 + dim("m") * 2


def test_a_shape_compares_with_names_and_numbers():
    assert (dim("m"), dim(3), dim("m") * dim("n")) == ("m", 3, "m·n")
    assert dim("m") != "n" and dim(3) != 4 and dim("m") != 3


@pytest.mark.parametrize(
    ("size", "text", "python"),
    [
        (dim("m") * dim("p"), "m·p", "m*p"),
        (dim("n") - 1, "n-1", "n-1"),
        (dim("n") * 2 + 1, "2·n+1", "2*n+1"),
        (dim("k") * -1 + dim("n"), "-k+n", "-k+n"),
    ],
)
def test_dimensions_are_spelled(size, text, python):
    assert str(size) == text and size.python() == python


def test_a_dimension_has_a_value_at_sizes():
    assert (dim("m") * dim("p") - 2).at({"m": 3, "p": 4}) == 10
