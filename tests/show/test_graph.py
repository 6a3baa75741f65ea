"""Graphs of values and gradients."""

import re
from xml.etree import ElementTree

import pytest

from chainrule.show import GraphEdge, GraphNode, graph_plot, stepper

NODES = [
    GraphNode("x", "x", ("(1, −2)",), "input"),
    GraphNode("W", "W", ("3×2",), "parameter"),
    GraphNode("z", "z <1>", ("(8, 9, −9)", "‖∂L/∂z‖ 1.4e-4")),
    GraphNode("a", "a", ("(0.9, 1, 0)",), "culprit"),
    GraphNode("L", "L", ("0.245",), "loss"),
]
EDGES = [
    GraphEdge("x", "z", "W x"),
    GraphEdge("W", "z", "", "δxᵀ"),
    GraphEdge("z", "a", "σ", "σ′(z) ⊙"),
    GraphEdge("a", "L", "sum", "1"),
]
SVG = "{http://www.w3.org/2000/svg}"


def drawn(**options):
    return ElementTree.fromstring(str(graph_plot(NODES, EDGES, title="A layer", **options)))


def words(root):
    return [e.text for e in root.iter(SVG + "text")]


@pytest.mark.parametrize("width", [360, 660, 1200])
@pytest.mark.parametrize("page", [False, True])
def test_every_box_and_text_is_inside_the_picture(width, page):
    root = drawn(width=width, page=page)
    wide, high = [float(v) for v in root.get("viewBox").split()[2:]]
    for e in root.iter(SVG + "text"):
        assert 0 < float(e.get("x")) < wide and 0 < float(e.get("y")) < high
    boxes = [e for e in root.iter(SVG + "rect") if e.get("rx")]
    assert len(boxes) == len(NODES)
    for e in boxes:
        assert float(e.get("x")) >= 0 and float(e.get("x")) + float(e.get("width")) <= wide


def test_all_that_boxes_and_edges_say_is_written_and_described():
    root = drawn()
    said = words(root)
    assert {"x", "W", "z <1>", "⚠ a", "L", "(8, 9, −9)", "σ", "σ′(z) ⊙", "δxᵀ"} <= set(said)
    assert "From L back to a: 1." in root.find(SVG + "desc").text


def test_the_kth_step_shows_the_gradients_that_have_come_back_before_and_its_own():
    assert [("1" in words(drawn(step=k)), "σ′(z) ⊙" in words(drawn(step=k))) for k in (0, 1, 2)] == [
        (True, False), (True, True), (True, True)
    ]  # fmt: skip


def test_it_runs_left_to_right_where_there_is_room_and_else_down():
    shape = lambda width: [float(v) for v in drawn(width=width).get("viewBox").split()[2:]]
    wide, narrow = shape(1200), shape(360)
    assert wide[0] > wide[1] and narrow[1] > narrow[0]


def test_edges_between_unknown_boxes_are_left_out_and_an_empty_graph_is_a_picture():
    assert graph_plot(NODES, [GraphEdge("x", "nowhere", "lost")], title="t").title == "t"
    assert "lost" not in str(graph_plot(NODES, [GraphEdge("x", "nowhere", "lost")], title="t"))
    ElementTree.fromstring(str(graph_plot([], [], title="nothing")))


def test_a_stepper_has_a_section_and_a_button_for_each_picture_and_no_script():
    html = stepper(["<svg/>", "<svg/>"], ["first", "<second>"])
    assert html.count("<section") == html.count('type="radio"') == 2
    assert "<script" not in html and "&lt;second&gt;" in html and 'aria-label="step 2 of 2"' in html


def test_a_narrow_picture_breaks_long_lines_and_presses_boxes_together():
    held = [f"3×2, −0.339 … 0.40{k}" for k in range(3)]  # of two, ranges stay whole
    nodes = [*[GraphNode(f"p{k}", f"p{k}", (line,), "parameter") for k, line in enumerate(held)], GraphNode("z", "z", (held[0],))]
    edges = [GraphEdge(f"p{k}", "z", "", f"δ{k}") for k in range(3)]
    wide, narrow = (ElementTree.fromstring(str(graph_plot(nodes, edges, title="A layer of a network, and its gradients", width=w))) for w in (1200, 360))
    assert held[0] in words(wide) and held[0] not in words(narrow)
    assert float(narrow.get("width")) <= 360
    assert {"A layer of a network,", "and its gradients"} <= set(words(narrow))
    two = ElementTree.fromstring(str(graph_plot([*nodes[:2], nodes[-1]], edges, title="Two", width=300)))
    assert {"3×2,", "−0.339\u00a0…\u00a00.400"} <= set(words(two)) and float(two.get("width")) <= 300


def test_the_same_stepper_twice_in_a_page_has_buttons_of_its_own():
    ids = lambda html: set(re.findall(r' (?:id|name)="([^"]*)"', html))
    one, two = (ids(stepper(["<svg/>", "<svg/>"], ["a", "b"])) for _ in range(2))
    assert one and two and not one & two
