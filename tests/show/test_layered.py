"""The layers of a graph."""

from hypothesis import given
from hypothesis import strategies as st

from chainrule.show.layered import Layers, layers_of

GAP = 10.0


@st.composite
def graphs(draw):
    keys = [f"n{k}" for k in range(draw(st.integers(1, 12)))]
    pairs = [(a, b) for k, a in enumerate(keys) for b in keys[k + 1 :]]
    return keys, draw(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else []


@given(graphs())
def test_every_edge_leads_to_a_later_layer(graph):
    keys, edges = graph
    layer = layers_of(keys, edges)
    assert all(layer[a] < layer[b] for a, b in edges) and min(layer.values()) == 0


@given(graphs())
def test_boxes_of_a_layer_keep_their_distance(graph):
    keys, edges = graph
    layers, extent = Layers(keys, edges), {key: 20.0 + 5 * k for k, key in enumerate(graph[0])}
    at = layers.places(extent, GAP)
    for row in layers.rows:
        for one, other in zip(row, row[1:]):
            room = at[other] - extent.get(other, 0) / 2 - at[one] - extent.get(one, 0) / 2
            assert room >= GAP - 1e-9
    assert abs(min(at[key] - extent.get(key, 0) / 2 for key in at)) < 1e-9


def test_what_nothing_leads_to_stands_right_before_where_it_is_used():
    layer = layers_of(["x", "z1", "a1", "W2", "z2"], [("x", "z1"), ("z1", "a1"), ("a1", "z2"), ("W2", "z2")])
    assert layer == {"x": 0, "z1": 1, "a1": 2, "W2": 2, "z2": 3}


def test_a_circle_does_not_hang():
    layer = layers_of(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")])
    assert sorted(layer.values()) == [0, 1, 2]


def test_a_tree_is_drawn_without_crossings():
    keys = ["r", "a", "b", "c", "a1", "b1", "c1", "c2"]
    edges = [("c1", "c"), ("a1", "a"), ("b1", "b"), ("c2", "c"), ("a", "r"), ("b", "r"), ("c", "r")]
    assert Layers(keys, edges).crossings() == 0


def test_a_chain_is_straight_beside_its_parameters():
    keys = ["x", "W1", "z1", "a1", "W2", "z2"]
    edges = [("x", "z1"), ("W1", "z1"), ("z1", "a1"), ("a1", "z2"), ("W2", "z2")]
    at = Layers(keys, edges).places(dict.fromkeys(keys, 30.0), GAP)
    assert abs(at["z1"] - at["a1"]) < 1e-6


def test_a_long_edge_passes_through_every_layer_on_its_way():
    layers = Layers(["a", "b", "c", "d"], [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    assert [bend[2] for bend in layers.bends["a", "d"]] == [1, 2]
