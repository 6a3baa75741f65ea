"""Bars, spectra and matrices: their numbers are said, what stands out does so without colour."""

from xml.etree import ElementTree

import numpy as np

from chainrule.show import Bar, bar_plot, heat_plot, spectrum_plot

SPACE = "{http://www.w3.org/2000/svg}"
NAN = float("nan")


def texts(svg):
    return [t.text for t in ElementTree.fromstring(str(svg)).iter(f"{SPACE}text")]


def described(svg):
    return ElementTree.fromstring(str(svg)).find(f"{SPACE}desc").text


def count(svg, tag):
    return len(list(ElementTree.fromstring(str(svg)).iter(f"{SPACE}{tag}")))


def test_bars_say_their_names_numbers_and_notes():
    svg = bar_plot([Bar("a", 0.5), Bar("b", 2e-5, "vanished", "yours"), Bar("c", 0), Bar("d", NAN)], title="t", axis="norm", log=True)
    assert {"a", "0.5", "b", "vanished", "c", "0", "d", "NaN", "norm"} <= set(texts(svg))
    assert described(svg) == "Bars on a logarithmic axis of norm, from above: a 0.5; b 2·10⁻⁵ (vanished); c 0; d NaN."


def test_the_bars_of_the_culprit_are_striped():
    assert count(bar_plot([Bar("a", 1.0)], title="t"), "pattern") == 0
    assert count(bar_plot([Bar("a", 1.0), Bar("b", 1.0, role="yours")], title="t"), "pattern") == 1


def test_many_bars_are_thinned_out_and_the_striking_ones_kept():
    bars = [Bar(f"layer {k}", 1.0, role="yours" if k == 60 else "true") for k in range(100)]
    said = texts(bar_plot(bars, title="t"))
    assert {"layer 0", "layer 60", "layer 99", "⋮"} <= set(said) and "layer 50" not in said
    assert any(t.endswith("more bars are not drawn") for t in said)


def test_names_are_whole_on_a_narrow_picture():
    svg = bar_plot([Bar("layer 1: attention", 1.0, "all saturated, see below")], title="t", width=360)
    assert "layer 1: attention" in texts(svg) and "all saturated, see below" in texts(svg)


def test_a_spectrum_counts_signs_and_says_its_ends():
    svg = spectrum_plot([3, -1, 0.0, NAN, 100], title="t")
    assert {"2 positive", "1 negative", "1 zero, within rounding", "λmax = 100", "λmin = −1"} <= set(texts(svg))
    assert "1 that are no finite numbers are left out." in described(svg)
    assert count(spectrum_plot([2, -1], title="t"), "circle") == 2  # one in the plot, one in the legend


def test_a_spectrum_of_many_sizes_is_drawn_on_a_logarithmic_axis_on_both_sides():
    said = texts(spectrum_plot([1e4, 1, 1e-3, -1e-2], title="t"))
    assert {"10⁴", "0"} <= set(said) and any(t.startswith("−10") for t in said)
    assert "10" not in texts(spectrum_plot([3, 2, 1], title="t"))


def test_cells_say_their_numbers_where_there_are_few_and_negative_ones_are_striped():
    svg = heat_plot([[0.25, -1.5], [0, 3]], title="t", rows="output", columns="input", row_names=["p", "q"], column_names=["x", "y"])
    assert {"0.25", "−1.5", "0", "3", "p", "q", "x", "y", "rows: output, columns: input"} <= set(texts(svg))
    assert count(svg, "pattern") == 2 and count(heat_plot([[1, 2]], title="t"), "pattern") == 0  # in the cells and in the key
    assert "Its rows: 0.25, −1.5; 0, 3." in described(svg)


def test_a_large_matrix_shows_the_largest_of_each_block():
    m = np.zeros((1000, 1000))
    m[501, 777] = -5
    svg = heat_plot(m, title="t")
    assert "each cell is the largest of 16 × 16 entries" in texts(svg) and "−5" in texts(svg)
    assert len(str(svg)) < 20_000


def test_a_matrix_of_zeros_or_without_numbers_says_so():
    assert "all entries are 0" in texts(heat_plot(np.zeros((2, 2)), title="t"))
    assert "no entry is a finite number" in texts(heat_plot([[NAN]], title="t"))
    assert "the matrix has no entries" in texts(heat_plot([], title="t"))
