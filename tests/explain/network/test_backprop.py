"""`cr.backprop`: what it tells, in rows, steps, pictures, page and JSON."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError, DeclarationError, ParseError, ShapeError, UnknownNameError

SATURATED = "x=(1, -2), W1=[[2, -3], [3, -3], [-3, 3]], b1=(0, 0, 0), W2=[[0.3, 0.5, -0.38]], b2=(-0.5), y=(1)"
TOLD = """\
network   dense 3, sigmoid, dense 1, half sse   13 parameters
forward   x = (1, −2)                           2
          y = (1)                               1
          z1 = W1 x + b1 = (8, 9, −9)           3
          a1 = σ(z1) = (0.9997, 0.9999, 0.0001234)   3
          z2 = W2 a1 + b2 = (0.2998)            1
          L = ‖z2 − y‖² / 2 = 0.2451
backward  δ₂ = ∂L/∂z2 = z2 − y = (−0.7002)      ‖·‖ 0.7
          ∂L/∂a1 = W2ᵀδ₂ = (−0.2101, −0.3501, 0.2661)   ‖·‖ 0.487   × 0.696
          δ₁ = ∂L/∂z1 = a1 ⊙ (∂L/∂a1) ⊙ (1 − a1) = (−7.042e−5, −4.32e−5, 3.283e−5)   ‖·‖ 8.89e−5   × 0.000182
gradient  ∂L/∂W1 = ∂L/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂W1
                   1×1      1×3       3×3       3×(3×2)
                 = δ₁xᵀ = [−7.042e−5 0.0001408; −4.32e−5 8.639e−5; 3.283e−5 −6.566e−5]   ‖·‖ 0.000199   × 2.24
          ∂L/∂b1 = δ₁ = (−7.042e−5, −4.32e−5, 3.283e−5)   ‖·‖ 8.89e−5   × 1
          ∂L/∂W2 = ∂L/∂z2 · ∂z2/∂W2
                   1×1      1×(1×3)
                 = δ₂a1ᵀ = [−0.7 −0.7001 −8.64e−5]   ‖·‖ 0.99   × 1.41
          ∂L/∂b2 = δ₂ = (−0.7002)               ‖·‖ 0.7   × 1
"""


@pytest.fixture(scope="module")
def saturated():
    return cr.backprop("dense 3, sigmoid, dense 1, half sse", input=2, at=SATURATED)


def test_two_layers_are_told_as_in_a_lecture(saturated):
    assert str(saturated).startswith(TOLD)
    assert str(saturated).splitlines()[-1].startswith("verified  7 local Jacobians as printed and 4 gradients against numeric derivatives")
    assert saturated.exit_code == 0 and saturated.notes == []


def test_the_cost_of_both_orders_is_told_in_multiplications(saturated):
    said = [text for label, text, _ in saturated.rows() if label == "cost" or "columns" in text or "⊙, the" in text]
    assert said[0].startswith("43 multiplications from the loss back")
    assert said[1].startswith("121 from the parameters on") and said[1].endswith("13 columns, 3 times as many")
    assert said[2].startswith("15 back by blocks")


def test_one_edge_is_told_in_full(saturated):
    assert len(saturated.steps) == 7
    assert saturated.steps[0] == "L → z2: the loss itself: 1; ∂L/∂z2 = z2 − y; z2 − y goes on, ‖·‖ 0.7"
    assert saturated.step(5).rows() == [
        ("step", "5 of 7: from a1 back to z1", ""),
        ("formula", "a1 = σ(z1)", "3"),
        ("value", "(0.9997, 0.9999, 0.0001234)", ""),
        ("incoming", "∂L/∂a1 = (−0.2101, −0.3501, 0.2661)", "‖·‖ 0.487"),
        ("local", "∂a1/∂z1 = diag(a1 ⊙ (1 − a1))", "3×3   entry by entry"),
        ("", "[ 0.000335         0         0 ]\n[        0  0.000123         0 ]\n[        0         0  0.000123 ]", ""),
        ("", "changes the length of a gradient by × 0.000123 … 0.000335", ""),
        ("sends", "a1 ⊙ (∂L/∂a1) ⊙ (1 − a1) = (−7.042e−5, −4.32e−5, 3.283e−5)", "× 0.000182"),
    ]


def test_in_the_row_layout_gradients_are_rows():
    found = cr.backprop("dense 3, sigmoid, dense 1, half sse", input=2, at=SATURATED, layout="row")
    text = str(found)
    assert "δ₁ = ∂L/∂z1 = (∂L/∂a1) diag(a1 ⊙ (1 − a1))" in text and "∂L/∂a1 = δ₂W2 =" in text and "= xδ₁ = [−7.042e−5 −4.32e−5 3.283e−5;" in text
    assert found.checked.ok and "right to left" not in text


def test_gradients_of_a_formula_with_names_and_data():
    found = cr.backprop("h = relu(W x + b)\nL = ||V h - y||^2", data="x=(1, 2), y=(0, 1)", sizes={"m": 3}, seed=4)
    assert list(found.gradients) == ["W", "b", "V"] and found.gradients["W"].shape == (3, 2)
    assert found.notes[0].startswith("W (3×2), b (3), V (2×3) drawn at random (seed 4)")
    derived = cr.grad("||V relu(W x + b) - y||^2", "W").compile()(**{n: found.values[n] for n in ("V", "W", "x", "b", "y")})
    assert np.allclose(found.gradients["W"], derived) and found.checked.ok


def test_undeclared_letters_are_numbers_where_only_so_the_value_is_one():
    found = cr.backprop("x^2 y + sin(x y)", at="x=1, y=2")
    assert found.gradients["x"] == pytest.approx(2 * 2 + 2 * np.cos(2)) and found.gradients["y"] == pytest.approx(1 + np.cos(2))
    assert found.notes[0] == "x, y read as numbers, so that the value is one"
    assert cr.backprop("x^3", at=2).gradients["x"] == pytest.approx(12)


def test_a_python_function_has_a_backward_pass():
    found = cr.backprop(lambda X, w, y: np.mean((np.tanh(X @ w) - y) ** 2), "w", X="n d", w="d", y="n")
    assert found.checked.ok and list(found.gradients) == ["w"]


def test_where_nan_was_born_and_where_a_kink_is_hit_are_noted():
    found = cr.backprop("dense 2, log, dense 1, mse", input=2, at={"W1": np.zeros((2, 2)), "b1": [-1.0, 1.0]})
    assert "a1 = log(z1) is the first value that is not finite" in found.notes
    assert found.exit_code == 1 and found.rows()[-1][0] == "not verified"
    kink = cr.backprop("dense 2, relu, dense 1, mse", input=2, at={"W1": np.zeros((2, 2))})
    assert "a1 stands exactly at a kink: the derivative there is a convention" in kink.notes
    json.dumps(found.to_dict(), allow_nan=False)


def test_json_has_steps_edges_chains_costs_and_checks(saturated):
    data = json.loads(json.dumps(saturated.to_dict(), allow_nan=False))
    assert data["format"] == "chainrule.backprop/1" and data["kind"] == "backprop" and data["network"]["parameters"] == 13
    step = data["steps"][1]
    assert (step["name"], step["formula"], step["kind"], step["layer"], step["inputs"]) == ("a1", "σ(z1)", "sigmoid", "sigmoid", ["z1"])
    edge = data["edges"][4]
    assert (edge["from"], edge["to"], edge["jacobian"]["text"], edge["jacobian"]["structure"]) == ("a1", "z1", "diag(a1 ⊙ (1 − a1))", "diagonal")
    assert np.allclose(edge["jacobian"]["values"], np.diag(np.diag(edge["jacobian"]["values"])))
    weight = data["gradients"]["W1"]
    assert weight["formula"] == ["δ₁xᵀ"] and weight["chain"] == "∂L/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂W1"
    assert weight["shapes"] == ["1×1", "1×3", "3×3", "3×(3×2)"]
    assert np.allclose(weight["gradient"], saturated.gradients["W1"])
    assert data["costs"] == {"backward": 43, "forward": 121, "structured": 15, "parameters": 13} and data["verified"]["ok"]


@pytest.mark.parametrize("chain, sample, batch", [
    ("dense 3, sigmoid, dense 1, mse", 2, None), ("40 x (dense 4, tanh), dense 1, mse", 4, 8), ("attention 2 heads 2, mean pool, mse", (4, 3), None),
    ("rnn 3 x 6, dense 1, mse", 2, None), ("dense 128, relu, dense 10, softmax cross-entropy", 784, 32),
])  # fmt: skip
@pytest.mark.parametrize("width", [360, 660, 1000])
def test_pictures_are_well_formed_at_every_width(chain, sample, batch, width):
    found = cr.backprop(chain, input=sample, batch=batch)
    drawn = found.pictures()
    assert {"graph", "gradients"} <= set(drawn)
    for name in list(drawn)[:3]:
        root = ElementTree.fromstring(str(found.plot(name, width=width)))
        assert root.tag.endswith("svg") and root.find("{http://www.w3.org/2000/svg}title").text


def test_the_graph_has_data_parameters_and_steps(saturated):
    nodes, edges = saturated.graph()
    assert {n.key: n.role for n in nodes} == {"x": "input", "y": "input", "W1": "parameter", "b1": "parameter", "W2": "parameter",
        "b2": "parameter", "z1": "value", "a1": "value", "z2": "value", "L": "loss"}  # fmt: skip
    back = [(e.end, e.start, e.backward) for e in edges[::-1] if e.backward]
    assert back[4] == ("a1", "z1", "diag(a1 ⊙ (1 − a1))") and len(back) == 7


def test_a_graph_of_many_steps_shows_their_ends():
    nodes, edges = cr.backprop("40 x (dense 2, tanh), dense 1, mse", input=2).graph()
    assert len(nodes) < 60 and any(n.lines == ("66 more steps",) for n in nodes)
    keys = {n.key for n in nodes}
    assert all(e.start in keys and e.end in keys for e in edges)


def test_the_page_steps_through_every_edge_and_folds_each_open(saturated):
    page = saturated.html()
    assert page.count("<details") == 1 + 1 + 7 and page.count("<svg") == 7 + 1 + 5 and page.count('type="radio"') == 7 and "<script" not in page
    assert "L → z2: the loss itself: 1" in page and "∂a1/∂z1: diag(a1 ⊙ (1 − a1))" in page


def test_long_networks_are_told_by_their_ends():
    found = cr.backprop("50 x (dense 8, relu), dense 1, mse", input=8)
    assert len(found.rows()) < 80 and "⋮ 86 more" in str(found) and "more local" not in str(found)
    assert found.checked.ok and found.checked.gradients == 102


REFUSED = [
    (dict(function="A x - b"), ShapeError, "gradients come back from one number, the loss"),
    (dict(function="3"), UnknownNameError, "the function has no variable"),
    (dict(function="dense 3, sigmoid, dense 1, mse"), DeclarationError, "how many numbers go into the network?"),
    (dict(function="dense 3, sigmid, mse", input=2), UnknownNameError, "there is no layer `sigmid`"),
    (dict(function="mse", input=2, declare="x: 3"), DeclarationError, "the shapes of a network follow from its layers"),
    (dict(function="||x||^2", batch=3), DeclarationError, "input= belongs to a chain of layers"),
    (dict(function="||A x||^2", wrt="z"), UnknownNameError, "`z` is not a variable of the function"),
    (dict(function="||A x||^2", at="q=1"), UnknownNameError, "`q` is no variable of the function"),
    (dict(function="||A x||^2", at=np.ones(3)), DeclarationError, "which variable has this value?"),
    (dict(function="||A x||^2", at="x=(1, 2), A=[[1, 2, 3]]"), ShapeError, None),
    (dict(function="dense 3, mse", input=2, at="x=(1, 2, 3)"), ShapeError, "`x` has not the shape that was declared"),
    (dict(function="x^2", at=1, layout="rows"), DeclarationError, "unknown layout `rows`"),
    (dict(function="x^2", at=1, step=3), DeclarationError, "the backward pass has 1 steps"),
    (dict(function="||A x -||^2"), ParseError, None),
    (dict(function=None), DeclarationError, None),
]


@pytest.mark.parametrize("given, kind, problem", REFUSED, ids=[str(r[0])[:60] for r in REFUSED])
def test_what_has_no_backward_pass_is_refused(given, kind, problem):
    with pytest.raises(ChainruleError) as error:
        cr.backprop(**given)
    assert isinstance(error.value, kind) and (problem is None or error.value.problem == problem), error.value
