"""Contours: levels that show the form, lines that are right, gradients that are perpendicular."""

import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from chainrule.core.errors import BackendError
from chainrule.show import Arrow, Path, contour_plot
from chainrule.show.levels import between, levels_of

V = np.linspace(-2, 2, 81)
X, Y = np.meshgrid(V, V)
SPACE = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return [t.text for t in ElementTree.fromstring(str(svg)).iter(f"{SPACE}text")]


def described(svg):
    return ElementTree.fromstring(str(svg)).find(f"{SPACE}desc").text


def test_levels_are_round_and_evenly_spaced_where_values_are():
    assert levels_of(X + Y).tolist() == [-3.5, -3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5] or len(levels_of(X + Y)) >= 6
    assert np.ptp(np.diff(levels_of(X + Y))) < 1e-9 and 0 in levels_of(X**2 - Y**2)


def test_levels_of_a_narrow_valley_reach_down_into_it():
    found = levels_of((1 - X) ** 2 + 100 * (Y - X**2) ** 2)
    assert found[0] < 2 and found[-1] > 500 and len(found) >= 7


def test_rings_of_a_bowl_are_about_as_far_from_one_another_and_a_bump_has_rings_too():
    rings = np.diff(np.sqrt(levels_of(X**2 + Y**2)))
    assert rings.max() < 3 * rings.min()
    assert len(levels_of(np.exp(-4 * (X**2 + Y**2)))) >= 7


def test_a_pole_does_not_take_the_levels_from_the_rest():
    with np.errstate(divide="ignore", invalid="ignore"):
        found = levels_of(np.log(X**2 + Y**2 - 1) + X)
    assert len(found) >= 7 and np.count_nonzero((found > -2) & (found < 4)) >= 5


def test_there_are_no_levels_of_a_constant_and_those_given_are_kept():
    assert not len(levels_of(0 * X + 3)) and not len(levels_of(X * np.nan)) and not len(levels_of(1 + 1e-15 * X))
    assert levels_of(X, [2, 1, np.nan, 1]).tolist() == [1, 2] and len(levels_of(X**2 + Y**2, 4)) <= 4


def test_a_level_line_lies_where_the_function_has_this_value():
    svg = contour_plot(V, V, X**2 + Y**2, title="t", levels=[1.0], equal=True)
    root = ElementTree.fromstring(str(svg))
    rect = next(root.iter(f"{SPACE}clipPath")).find(f"{SPACE}rect")
    left, top, wide, tall = (float(rect.get(k)) for k in ("x", "y", "width", "height"))
    assert wide == pytest.approx(tall, abs=0.02)
    (line,) = [p.get("d") for g in root.iter(f"{SPACE}g") for p in g.findall(f"{SPACE}path") if g.get("stroke-opacity") == "0.5"]
    for part in re.findall(r"M[^M]*", line):
        points = np.cumsum(np.reshape([float(v) for v in re.findall(r"-?[\d.]+", part)], (-1, 2)), axis=0)
        radii = np.hypot((points[:, 0] - left) / wide * 4 - 2, (points[:, 1] - top) / tall * 4 - 2)
        assert np.abs(radii - 1).max() < 0.005
    assert "1" in texts(svg)


def test_units_are_equal_where_there_are_arrows_or_paths():
    for more in (dict(arrows=[Arrow(0, 0, 1, 1)]), dict(paths=[Path("p", [0, 1], [0, 1])]), dict(equal=True)):
        root = ElementTree.fromstring(str(contour_plot(V, V, X + Y, title="t", **more)))
        rect = next(root.iter(f"{SPACE}clipPath")).find(f"{SPACE}rect")
        assert float(rect.get("width")) == pytest.approx(float(rect.get("height")), abs=0.02)


def test_it_says_what_there_is_not():
    assert "the function is constant here: 3" in texts(contour_plot(V, V, 0 * X + 3, title="t"))
    assert "the function has no finite value here" in texts(contour_plot(V, V, X * np.nan, title="t"))
    told = described(contour_plot(V, V, np.where(X > 0, X, np.nan), title="t", x_label="a", y_label="b"))
    assert told.startswith("Level sets of a function of a and b.") and "In 51 % of the area it has no value." in told


def test_the_description_tells_paths_and_the_least_value():
    told = described(contour_plot(V, V, (X - 1) ** 2 + Y**2, title="t", paths=[Path("descent", [0, 0.5, 1], [0, 0, 0])]))
    assert "the least one is near (1, 0)" in told and "descent: 2 steps from (0, 0) to (1, 0)." in told


def test_a_finer_grid_is_cubic_where_the_function_is_smooth_and_linear_at_kinks():
    xs = np.linspace(0, 1, 9)
    fine = np.linspace(0, 1, 17)
    assert np.abs(between(xs**3) - fine**3)[3:-3].max() < 1e-12
    assert np.abs(between(np.abs(xs - 0.5)) - np.abs(fine - 0.5)).max() < 1e-12
    steps = between(np.floor(4 * xs))
    assert steps.min() == 0 and steps.max() == 4


def test_shapes_that_do_not_fit_are_refused_and_so_is_a_missing_library(monkeypatch):
    with pytest.raises(ValueError, match=r"values of shape \(81, 81\) for 3 ys and 81 xs"):
        contour_plot(V, V[:3], X, title="t")
    monkeypatch.setitem(sys.modules, "contourpy", None)
    with pytest.raises(BackendError, match="contourpy is not installed"):
        contour_plot(V, V, X, title="t")
