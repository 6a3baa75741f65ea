"""The table, its bars and its picture, from records that are made up."""

from xml.etree import ElementTree

from bench.bar import at_most
from bench.drawing import LEFT, PLOT, drawn, place
from bench.report import cell_text, every_cell, means, table_bars, worst_cells


def record(name, kind, entries=10, **ratios):
    peers = {"hand": {"ratio": 1.0, "seconds": 1e-3, "error": 0.0}}
    for peer, ratio in ratios.items():
        peers[peer] = {"ratio": ratio, "error": 1e-15, "first": 0.1} if ratio else {"note": "> 20 s"}
    return {"workload": name, "kind": kind, "size": "small", "sizes": "2×3", "entries": entries, "peers": peers}


FOUND = [
    record("one", "gradient", 10**6, ours=1.0, jax=0.5),
    record("two", "gradient", ours=4.0, jax=0.5),
    record("three", "hessian", ours=1.1, jax=None),
]


def test_bars_are_on_means_worst_cells_and_the_fastest_peer_where_arrays_are_large():
    bars = {bar.what: bar for bar in table_bars(FOUND, ["ours", "jax"])}
    mean = bars["gradients: default backend against the best by hand, geometric mean"]
    assert (mean.asked, mean.measured, mean.verdict) == ("≤ 1.2", "2", "NOT MET")
    assert bars["gradients: worst cell"].measured == "4 (two 2×3)"
    assert bars["Hessians: worst cell"].verdict == "met"
    (fastest,) = [bar for what, bar in bars.items() if "fastest peer" in what]
    assert (fastest.measured, fastest.met) == ("2 (one 2×3, jax)", False)  # `two` is small


def test_a_cell_without_a_time_says_why_and_means_count_it():
    assert every_cell(FOUND, ["ours", "jax"])[3] == ["three", "2×3", "1", "1.10", "> 20 s"]
    assert means(FOUND, ["ours", "jax"])[1:3] == [["gradients (2)", "2.00", "0.50"], ["Hessians (1)", "1.10", "–"]]
    assert worst_cells(FOUND)[1] == ["two 2×3", "4.00"]


def test_a_cell_shows_that_it_was_called_once_or_that_its_value_differs():
    assert cell_text({"ratio": 12.34, "error": 0.0, "once": True}) == "~12.3"
    assert cell_text({"ratio": 1234.5, "error": 2e-3}) == "1,234 (error 2e-03)"


def test_what_was_not_measured_is_neither_met_nor_missed():
    assert at_most("x", 1, None).verdict == at_most("x", 1, float("nan")).verdict == "not measured"


def test_the_picture_is_well_formed_and_has_a_mark_for_each_time():
    root = ElementTree.fromstring(drawn(FOUND, ["ours", "jax"]))
    circles = [e for e in root.iter("{http://www.w3.org/2000/svg}circle")]
    assert len(circles) == 1 + 3  # in the legend, and ours in each row
    assert LEFT < place(1.0) < place(2.0) < place(1e9) == LEFT + PLOT
