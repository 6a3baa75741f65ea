"""Scales and ticks: round places, short labels, what is common said once."""

import numpy as np
import pytest

from chainrule.show.scales import Chosen, Linear, Log, Symlog, Whole, figure, nice, power, typeset

RANGES = [(0, 1), (-4, 4), (0, 1e-3), (-2.5e5, 7e5), (1e6, 1e6 + 1), (123.4567, 123.4571), (0, 1e300), (1e-320, 3e-320), (3, 3), (0, 0), (-1.7e308, 1.7e308)]


def labels(scale, count=6):
    ticks, common = scale.ticks(count)
    return [t.label for t in ticks if t.label], common


@pytest.mark.parametrize("low, high", RANGES)
def test_linear_ticks_are_few_round_within_and_have_four_digits_at_most(low, high):
    scale = Linear(low, high)
    ticks, _ = scale.ticks(6)
    assert 2 <= len(ticks) <= 8
    places = scale.at([t.value for t in ticks])
    assert np.all((places > -1e-6) & (places < 1 + 1e-6)) and np.all(np.diff(places) > 0)
    assert np.diff(places) == pytest.approx(np.diff(places)[0], rel=1e-6)
    assert all(sum(c.isdigit() for c in t.label) <= 4 for t in ticks)
    assert len({t.label for t in ticks}) == len(ticks)


def test_labels_are_plain_numbers_where_these_are_short_and_have_true_minus_signs():
    assert labels(Linear(-4, 4)) == (["−4", "−2", "0", "2", "4"], "")
    assert labels(Linear(0, 1)) == (["0", "0.2", "0.4", "0.6", "0.8", "1.0"], "")


def test_what_is_common_to_all_labels_is_said_once():
    assert labels(Linear(0, 1e-3)) == (["0", "0.2", "0.4", "0.6", "0.8", "1.0"], "×10⁻³")
    assert labels(Linear(0, 5e6), 5) == (["0", "1", "2", "3", "4", "5"], "×10⁶")
    assert labels(Linear(1e6, 1e6 + 1)) == (["0", "0.2", "0.4", "0.6", "0.8", "1.0"], "+ 1000000")


@pytest.mark.parametrize("low, high", [(1e-8, 1), (1e-300, 1e300), (5e-324, 1e-310), (0.2, 30), (1.0, 1.01), (7, 7)])
def test_logarithmic_ticks_lie_within_and_are_few(low, high):
    scale = Log(low, high)
    named = [t for t in scale.ticks(6)[0] if t.label]
    assert 1 <= len(named) <= 12
    places = scale.at([t.value for t in named])
    assert np.all((places > -1e-6) & (places < 1 + 1e-6))


def test_logarithmic_labels_are_powers_or_short_numbers():
    assert labels(Log(1e-8, 1), 9)[0] == ["10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1"]
    assert labels(Log(0.2, 3)) == (["0.2", "0.5", "1", "2"], "")
    assert np.isnan(Log(1, 10).at(-1.0)) and np.isnan(Log(1, 10).at(0.0))


def test_a_symmetric_scale_keeps_the_order_of_all_numbers_and_has_the_same_powers_on_both_sides():
    scale = Symlog(-50, 2000, 1e-2)
    at = scale.at([-50, -1, -1e-2, -1e-5, 0, 1e-5, 1e-2, 1, 2000])
    assert np.all(np.diff(at) > 0) and at[0] == 0 and at[-1] == 1
    names, _ = labels(scale, 12)
    assert {"0", "10³", "−10", "10⁻²", "−10⁻²"} <= set(names)


def test_counts_have_ticks_at_whole_numbers_and_chosen_places_are_kept():
    assert labels(Whole(0, 3)) == (["0", "1", "2", "3"], "")
    chosen = Chosen(-180, 180)
    chosen.places = [-180, -90, 0, 90, 180]
    assert labels(chosen) == (["−180", "−90", "0", "90", "180"], "")


def test_numbers_are_written_as_in_print():
    assert [figure(v) for v in (0.25, -3, 1.234e-5, 1e-5, -1e-5, 12345, float("nan"), -float("inf"), 0)] == [
        "0.25", "−3", "1.23·10⁻⁵", "10⁻⁵", "−10⁻⁵", "1.23·10⁴", "NaN", "−∞", "0",
    ]  # fmt: skip
    assert [power(k) for k in (-12, -1, 0, 1, 3)] == ["10⁻¹²", "10⁻¹", "1", "10", "10³"]
    assert typeset("2e-05") == "2·10⁻⁵" and figure(1234.5) == "1230"


def test_steps_are_one_two_or_five():
    assert [nice(s) for s in (0.9, 1.1, 2.1, 5.1, 0.012)] == [1, 2, 5, 10, 0.02] and nice(0) == 1
