"""Curves: what they say, how they are told apart, what is shown of them."""

from xml.etree import ElementTree

import numpy as np
import pytest

from chainrule.show import Band, Curve, Mark, curve_plot, curves_beside

X = np.linspace(-2, 2, 201)
SPACE = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return [t.text for t in ElementTree.fromstring(str(svg)).iter(f"{SPACE}text")]


def described(svg):
    return ElementTree.fromstring(str(svg)).find(f"{SPACE}desc").text


def paths(svg):
    return [p for p in ElementTree.fromstring(str(svg)).iter(f"{SPACE}path") if p.get("stroke-linejoin")]


def test_names_stand_at_the_ends_where_these_are_apart_and_in_a_legend_with_dashes_where_not():
    ends = curve_plot([Curve("up", X, X), Curve("down", X, -X, "yours")], title="t")
    assert [t.get("class") for t in ElementTree.fromstring(str(ends)).iter(f"{SPACE}text") if t.text in ("up", "down")] == ["f-true", "f-yours"]
    assert not [p for p in paths(ends) if p.get("stroke-dasharray")]
    narrow = curve_plot([Curve("up", X, X), Curve("down", X, -X, "yours")], title="t", width=360)
    assert [p.get("stroke-dasharray") for p in paths(narrow)] == [None, "7 4"]
    together = curve_plot([Curve(f"curve {k}", X, (X**2 - 4) * k, r) for k, r in enumerate(("true", "yours", "third", "fourth", "fifth", "ink"))], title="t")
    assert len({p.get("stroke-dasharray") for p in paths(together)}) >= 5


def test_curves_of_one_name_are_one_entry():
    said = texts(curve_plot([Curve("secants", X, k * X, "third", faint=True) for k in range(3)] + [Curve("f", X, X**2)], title="t"))
    assert said.count("secants") == 1


def test_nan_breaks_a_line_and_a_point_alone_is_a_mark():
    svg = curve_plot([Curve("f", [0, 1, 2, 3, 4], [0, 1, np.nan, 3, np.nan])], title="t")
    assert [p.get("d").count("M") for p in paths(svg)] == [1]
    assert len(list(ElementTree.fromstring(str(svg)).iter(f"{SPACE}circle"))) == 1


def test_a_pole_does_not_flatten_the_rest_and_a_range_that_is_asked_for_is_kept():
    xs = np.linspace(-1, 1, 401)
    free = curve_plot([Curve("1/x", xs, np.divide(1, xs, where=xs != 0, out=np.full(401, np.nan)))], title="t")
    assert "200" not in texts(free) and "−20" in texts(free)
    assert "10" in texts(curve_plot([Curve("f", X, X)], title="t", y_range=(-10, 10)))


def test_it_says_what_is_missing():
    assert "there are no finite numbers to draw" in texts(curve_plot([Curve("f", X, X * np.nan)], title="t"))
    assert "g: no numbers" in texts(curve_plot([Curve("f", X, X), Curve("g", X, X * np.nan, "yours")], title="t"))
    assert "f: no finite numbers." in described(curve_plot([Curve("f", X, X * np.nan)], title="t"))


def test_the_description_tells_curves_marks_bands_and_lines():
    told = described(curve_plot(
        [Curve("f", X, X**2)], title="t", x_label="x", y_label="y", marks=[Mark(0, 0, "minimum")], bands=[Band(1, 2, "steep")], verticals=[(-1, "here")],
    ))  # fmt: skip
    assert told == (
        "A plot of y against x. f: from 4 at −2 to 4 at 2, between 0 and 4. minimum at (0, 0). steep: from 1 to 2. here at −1."
    )


def test_a_logarithmic_axis_leaves_out_what_has_no_logarithm():
    told = described(curve_plot([Curve("f", [0, 1, 10, -5], [1, 10, 100, 7])], title="t", log_x=True, log_y=True))
    assert told.startswith("A plot with logarithmic axes.") and "from 10 at 1 to 100 at 10" in told


def test_equal_units_draw_a_circle_as_one():
    svg = curve_plot([Curve("c", np.cos(4 * X), np.sin(4 * X))], title="t", equal=True)
    (clip,) = ElementTree.fromstring(str(svg)).iter(f"{SPACE}clipPath")
    rect = clip.find(f"{SPACE}rect")
    assert float(rect.get("width")) / float(rect.get("height")) == pytest.approx(1 / 1.12, abs=0.01)  # 6 % of room above and below


def test_panels_stand_beside_one_another_where_there_is_room():
    panels = [dict(curves=[Curve("f", X, X)], title=f"panel {k}") for k in range(3)]
    wide, narrow = curves_beside(panels, title="t", columns=3, width=1000), curves_beside(panels, title="t", columns=3, width=360)
    assert narrow.height > 2 * wide.height and all(f"panel {k}" in texts(wide) for k in range(3))


def test_a_mark_of_no_kind_is_refused():
    with pytest.raises(ValueError, match="no mark is called 'heart': dot, square, triangle, ring, cross, star"):
        curve_plot([Curve("f", X, X)], title="t", marks=[Mark(0, 0, kind="heart")])
