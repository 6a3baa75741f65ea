"""Numbers as people give them, and how many digits are enough."""

import math

import pytest

from chainrule import ParseError
from chainrule.exercises.numerals import matches, number_text, numeral

E = 2 / math.e  # 0.735758882…


@pytest.mark.parametrize(
    "text",
    ["2/e", "2 exp(-1)", "2e^{-1}", r"\frac{2}{e}", "0.736", "0.7358", "0.735", "0.7357588823", "0.73575888234288"],
)
def test_equal_numbers_and_enough_digits_are_the_same(text):
    assert matches(numeral(text), E) == "same"


@pytest.mark.parametrize("text", ["0.74", "0.73", "0.7"])
def test_few_digits_leave_it_open(text):
    assert matches(numeral(text), E) == "rough"


@pytest.mark.parametrize("text", ["0.737", "0.75", "0.8", "1/e", "-2/e", "0.73576888", "0"])
def test_other_numbers_are_different(text):
    assert matches(numeral(text), E) == "different"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/4", 0.25),
        ("1e-3", 1e-3),
        ("sqrt(2)/2", math.sqrt(0.5)),
        ("pi/2", math.pi / 2),
        ("-3", -3.0),
        ("½ ln 2", math.log(2) / 2),
    ],
)
def test_closed_formulas_are_numbers(text, value):
    assert numeral(text).value == pytest.approx(value, rel=1e-15)
    assert matches(numeral(text), value) == "same"


def test_a_number_that_is_off_by_one_in_its_last_digit_is_another_one():
    assert (
        matches(numeral("0.501"), 0.5)
        == matches(numeral("0.51"), 0.5)
        == matches(numeral("0.4999"), 0.5)
        == "different"
    )
    assert matches(numeral("-0.735"), -E) == "same" and matches(numeral("-0.737"), -E) == "different"


def test_zero_is_met_only_by_zero():
    assert matches(numeral("0"), 0.0) == "same" and matches(numeral("0.000"), 0.0) == "same"
    assert matches(numeral("1e-9"), 0.0) == "different"


def test_a_letter_is_no_number():
    with pytest.raises(ParseError) as caught:
        numeral("2x")
    assert str(caught.value) == (
        "ParseError: `2x` is no number\n  given:    a formula with x\n  expected: a number, such as 2/3, sqrt(2) or 0.667"
    )


@pytest.mark.parametrize("text", ["", "1/0", "log(0)", "(", "a b", "sn(1)", "1 2"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ParseError):
        numeral(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "1/2"), (-2.0, "−2"), (1 / 3, "1/3"), (math.sqrt(2), "1.41421"), (0.0, "0"), (318.0, "318")],
)
def test_numbers_are_shown_as_people_write_them(value, text):
    assert number_text(value) == text
