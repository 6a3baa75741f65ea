"""Functions that are written without a blank or a bracket, as people do by hand."""

import pytest

from chainrule.syntax import read
from chainrule.syntax.declare import declarations


@pytest.mark.parametrize(
    ("text", "echo"),
    [
        ("xsinx", "x sin(x)"),
        ("2xcos(x^2)", "2x cos(x²)"),
        ("cosx^2", "cos(x²)"),
        ("ln2 + x", "ln(2) + x"),
        ("txe^(-tx) - te^x", "tx e^(−tx) − t e^x"),
        ("txexp(-x)", "tx exp(−x)"),
    ],
)
def test_a_known_letter_that_touches_a_function_is_a_factor_or_its_argument(text, echo):
    assert read(text, declarations("x: scalar, t: scalar")).echo == echo


def test_a_name_that_is_declared_is_never_cut():
    assert read("xsin + x", declarations("x: scalar, xsin: scalar")).echo == "xsin + x"


def test_letters_that_nobody_knows_are_no_factors():
    with pytest.raises(Exception, match="no function is called `ycos`"):
        read("ycos(x)", declarations("x: scalar"))
