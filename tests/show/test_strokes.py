"""Lines made small look the same: nothing moves by more than a fraction of a pixel, and nothing inside is lost."""

import re

import numpy as np
import pytest

from chainrule.show.strokes import FLAT, NEAR, by_column, clipped, dense, path_data, pieces, thinned

T = np.linspace(0, 2 * np.pi, 2001)
LINES = {
    "circle": np.column_stack([300 + 200 * np.cos(T), 300 + 200 * np.sin(T)]),
    "wave": np.column_stack([T * 90, 300 + 200 * np.sin(7 * T)]),
    "corner": np.column_stack([T * 90, np.abs(T - 3) * 50]),
    "back and forth": np.column_stack([300 + 100 * np.cos(T), np.full_like(T, 50.0)]),
    "spiral": np.column_stack([300 + 20 * T * np.cos(5 * T), 300 + 20 * T * np.sin(5 * T)]),
}


def distance(point, line):
    a, b = line[:-1], line[1:]
    along = b - a
    part = np.clip(((point - a) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-12), 0, 1)
    return float(np.hypot(*(point - a - part[:, None] * along).T).min())


@pytest.mark.parametrize("name", LINES)
def test_thinned_lines_are_short_and_nowhere_far_off(name):
    line = LINES[name]
    found = thinned(line)
    assert len(found) < len(line) / 6
    assert np.array_equal(found[0], line[0]) and np.array_equal(found[-1], line[-1])
    assert max(distance(p, found) for p in line[::5]) < FLAT + NEAR


def test_lines_are_cut_off_outside_and_keep_their_slope():
    (found,) = clipped(np.array([[0.0, 0.0], [1e9, 1e9]]), (0, 0, 100, 100))
    assert found[1] == pytest.approx([160, 160])
    assert clipped(np.array([[-500.0, 0.0], [0.0, -500.0]]), (0, 0, 100, 100)) == []
    through = clipped(np.array([[50.0, -1e6], [50.0, 50.0], [1e6, 50.0]]), (0, 0, 100, 100))
    assert len(through) == 1 and len(through[0]) == 3


def test_many_points_keep_their_first_last_lowest_and_highest_in_each_column():
    x = np.linspace(0, 100, 100_000)
    y = np.sin(x * 1000)
    y[54_321] = 9.0
    found = by_column(np.column_stack([x, y]), 100)
    assert len(found) <= 400 and found[:, 1].max() == 9.0
    assert np.array_equal(found[0], [x[0], y[0]]) and np.array_equal(found[-1], [x[-1], y[-1]])


def test_gaps_divide_a_line():
    found = pieces(np.arange(6.0), np.array([1, np.nan, 2, 3, np.inf, 4]))
    assert [len(p) for p in found] == [1, 2, 1] and pieces(np.array([]), np.array([])) == []


def test_the_text_of_a_path_is_relative_and_exact_to_a_tenth():
    line = LINES["spiral"]
    numbers = [float(v) for v in re.findall(r"-?[\d.]+", path_data(line))]
    points = np.cumsum(np.reshape(numbers, (-1, 2)), axis=0)
    assert np.abs(points[-1] - line[-1]).max() < 0.051 + 1e-9
    assert path_data(np.array([[1.04, 2.0], [3.0, 4.06]]), closed=True) == "M1,2l2,2.1z"


def test_dense_points_are_nowhere_far_apart():
    found = dense(np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 30.0]]))
    assert np.hypot(*np.diff(found, axis=0).T).max() <= 4 and dense(np.array([[1.0, 1.0]])).shape == (1, 2)
