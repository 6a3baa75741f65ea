"""The remainder plot: what it draws, and the numbers that it reads off."""

from xml.etree import ElementTree

import numpy as np
import pytest

from chainrule.show import remainder_plot
from chainrule.show.remainder import fitted, points, rounding_of
from chainrule.show.scales import power

STEPS = 10.0 ** -np.arange(0, 11.5, 0.5)
SPACE = "{http://www.w3.org/2000/svg}"


def remainders(error):
    """|exp(h) − 1 − h c| with c off by `error`, as floating point computes it."""
    return [abs(np.exp(0.5 + h) - np.exp(0.5) - h * np.exp(0.5) * (1 + error)) for h in STEPS]


def texts(svg):
    return [t.text for t in ElementTree.fromstring(str(svg)).iter(f"{SPACE}text")]


def test_the_slopes_of_a_wrong_and_of_the_true_derivative_are_fitted_and_said():
    said = texts(remainder_plot(STEPS, remainders(0.5), remainders(0)))
    assert "yours: slope 1.00" in said and "true: slope 2.00" in said and "rounding" in said
    assert "yours" in said and "true derivative" in said and "step h" in said


def test_slopes_that_are_given_are_those_that_are_said():
    said = texts(remainder_plot(STEPS, remainders(0.5), remainders(0), slope=0.98, true_slope=2.01))
    assert "yours: slope 0.98" in said and "true: slope 2.01" in said


def test_where_both_are_right_one_slope_is_said():
    assert "both: slope 2.00" in texts(remainder_plot(STEPS, remainders(0), remainders(0)))


def test_the_description_tells_what_is_seen():
    root = ElementTree.fromstring(str(remainder_plot(STEPS, remainders(0.5), remainders(0))))
    told = root.find(f"{SPACE}desc").text
    assert "For the claimed derivative it falls with slope 1.00." in told
    assert "For the true derivative it falls with slope 2.00." in told and "it is rounding" in told


def test_remainders_of_exactly_zero_are_said_to_be():
    said = texts(remainder_plot(STEPS, [0] * 23, [0] * 23))
    assert "yours: exactly zero" in said and "true derivative: exactly zero" in said
    assert not any("slope" in t for t in said)


def test_the_rounding_is_where_the_true_remainder_stops_falling():
    level = rounding_of(points(STEPS, remainders(0)))
    assert 2e-17 < level < 2e-15
    assert rounding_of(points(STEPS, STEPS**2)) is None and rounding_of([]) is None


def test_a_line_is_fitted_to_small_steps_above_rounding_and_ends_where_points_leave_it():
    fit = fitted(points(STEPS, remainders(0)), 1e-16, None)
    assert fit.slope == pytest.approx(2, abs=0.02) and fit.first > -8 and fit.last <= 0
    assert fitted(points([1, 0.1], [1e-17, 1e-18]), 1e-16, None) is None and fitted([], None, None) is None


def test_numbers_without_a_logarithm_are_left_out():
    assert points([0.1, 0.01, 1, -1, 0.5], [1.0, 0.0, np.nan, 1.0, np.inf]) == [(-1.0, 0.0)]


def test_powers_of_ten_are_written_as_in_print():
    assert [power(k) for k in (-12, -1, 0, 1, 3)] == ["10⁻¹²", "10⁻¹", "1", "10", "10³"]
