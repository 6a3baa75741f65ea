"""Steps: each line is verified, the first is the function, the last the result; the examples are kept as they were reviewed.

`python tests/derivation/test_steps.py` writes tests/data/steps.txt anew: read the difference before you commit it.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from bench.cases import cases, declaration, function
from tests.derivation.told_examples import EXAMPLES

from chainrule.core.algebra import scale
from chainrule.core.errors import DeclarationError, UnverifiedError
from chainrule.derivation import derive, derived
from chainrule.derivation.teller import Teller

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "steps.txt"
CASES = cases()


def told(example) -> str:
    text, wrt, declare, order, style, layout = example
    d = derive(text, wrt, order=order, declare=declare, layout=layout)
    return f"{d.problem.echo}, by {d.wrt}\n{d.tell(style)}\n"


def test_the_steps_of_the_examples_are_those_that_were_reviewed():
    kept = GOLDEN.read_text(encoding="utf-8").split("\n\n")
    made = [told(example).strip() for example in EXAMPLES]
    for number, example in enumerate(EXAMPLES):
        assert made[number] == kept[number].strip(), example
    assert len(kept) == len(made)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_case_can_be_told_and_each_line_is_verified(case):
    d = derive(function(case, "plain"), case["wrt"], case["order"], declaration(case), dialect="math", seal=False)
    steps = d.steps
    assert steps.verified or d.node.op == "sum" and not d.node.args
    assert steps[0].text().endswith(d.problem.echo)
    assert steps[-1].text().split(", ")[0].endswith(d.text.split(", ")[0])
    assert len(steps) <= 20 * case["order"]


@pytest.mark.parametrize("style, layout", [("differential", "column"), ("chain", "row"), ("differential", "row")])
@pytest.mark.parametrize("case", CASES[::6], ids=lambda case: case["id"])
def test_cases_can_be_told_in_either_style_and_layout(case, style, layout):
    d = derive(function(case, "plain"), case["wrt"], case["order"], declaration(case), "column", "math", seal=False)
    steps = d.tell(style, layout)
    assert steps.layout == layout
    assert steps.verified or d.node.op == "sum" and not d.node.args


def test_a_two_layer_network_is_told_in_fewer_than_twenty_lines():
    text = "-sum(Y .* log(softmax(tanh(X W1 + ones b1^T) W2 + ones b2^T)))"
    for wrt in ("W1", "b1", "W2", "b2", "X"):
        for style in ("chain", "differential"):
            d = derive(text, wrt, declare="b1: k, b2: c, Y: n c onehot", seal=False)
            assert len(d.tell(style)) < 20


@pytest.mark.parametrize("text, wrt", [("||A x - b||^2", "x"), ("tr(A X^-1 B)", "X"), ("log(1 + exp(x))", "x")])
@pytest.mark.parametrize("style", ["chain", "differential"])
def test_a_line_that_is_wrong_by_a_millionth_is_refused(text, wrt, style, monkeypatch):
    honest = Teller.side
    monkeypatch.setattr(Teller, "side", lambda self, node, turned=False: honest(self, scale(1 + 1e-6, node), turned))
    with pytest.raises(UnverifiedError, match="a step of the derivation fails its own check"):
        derive(text, wrt).tell(style)


def test_the_steps_know_which_facts_they_used_and_where():
    steps = derive("x^T A x", "x", declare="A: n n symmetric").steps
    assert [line.assumes for line in steps] == [(), ("A symmetric",), ()]
    steps = derive("x^T A x", "x").steps
    assert not any(line.assumes for line in steps)


def test_a_named_part_that_does_not_move_keeps_its_name():
    text = "r = sigmoid(A x)\ns = r .* x\nsum((W s - y).^2)"
    steps = derive(text, "W", declare="A: n n, x: n, y: m").steps
    assert steps[1].text().endswith(" = Ws − y")
    assert not any("σ" in line.text() for line in steps[1:-1])
    assert steps.verified


@pytest.mark.parametrize(("text", "wrt", "declare"), [
    ("a = exp(x)\nb = sign(a)\nb a^2 + b", "x", "x: scalar"),
    ("z = X w\na = softplus(z)\nb = sign(a)\nsum(a .* b .* y) + sum(b.^2)", "w", "X: m n, w: n, y: m"),
])  # fmt: skip
def test_what_is_held_may_be_made_of_a_part(text, wrt, declare):
    steps = derive(text, wrt, declare=declare).steps
    assert "b = sign(a)" in str(steps) and "verified  each line" in str(steps)


def test_an_unknown_style_is_refused():
    with pytest.raises(DeclarationError) as caught:
        derive("x^2", "x").tell("diferential")
    assert str(caught.value) == (
        "DeclarationError: unknown style `diferential` of steps\n"
        "  given:    'diferential'\n"
        '  expected: "auto" or "differential" or "chain"\n'
        '  fix:      style="differential"'
    )


def test_an_unknown_layout_of_steps_is_refused():
    with pytest.raises(DeclarationError) as caught:
        derive("x^T x", "x").tell("chain", "rows")
    assert str(caught.value) == (
        "DeclarationError: unknown layout `rows`\n"
        "  given:    'rows'\n"
        '  expected: "column" or "row"\n'
        '  fix:      layout="row"'
    )


def test_steps_of_a_derivative_that_is_zero_say_so():
    steps = derive("a^T x", "x", order=2).steps
    assert steps[-1].text() == "∇²f = 0"
    assert steps[-1].rule == "nothing depends on the variable any more"


def test_a_constant_says_that_it_does_not_depend_on_the_variable():
    steps = derive("5", "x", declare="x: scalar").steps
    assert [line.text() for line in steps] == ["f = 5", "∂f/∂x = 0"]
    assert steps[-1].rule == "constant: what does not depend on the variable has derivative zero"


def test_a_power_in_a_denominator_is_a_power():
    steps = derive("1/cos(x)^2", "x", declare="x: scalar").steps
    assert [line.text() for line in steps][1:3] == ["u = cos(x)", "f = 1/u²"]
    assert steps[-2].text() == "df/dx = −2(du/dx)/u³ = 2 sin(x)/u³" and steps[-2].name == "power rule; chain rule"


def test_a_rule_is_named_for_what_moves():
    steps = derive("(x^T A x)/(x^T x)", "x", declare="A: n n symmetric").steps
    named = {line.text().split(" = ")[0]: line.name for line in steps}
    assert named["∂f/∂c"] == "reciprocal rule" and named["∂f/∂q"] == "constant factor"
    says = [derive(text, "X").steps[1].rule for text in ("tr(A X)", "a^T X b", "sum(A .* X)", "A X B")]
    assert says == [
        "linear: d tr(AX) = tr(A dX)",
        "linear: d(aᵀXb) = aᵀdX b",
        "linear: d⟨A, X⟩ = ⟨A, dX⟩",
        "linear: d(AXB) = A dX B",
    ]


def test_a_function_of_a_symmetric_variable_is_not_transposed_before_it_moves():
    steps = derive("logdet(S)", "S", order=2, declare="S: n n posdef").steps
    assert [line.text() for line in steps][3:6] == ["K = S⁻¹", "g = Kᵀ", "dg = dKᵀ"]
    assert steps[5].name == "transpose"


# ------------------------------------------------------------------ several variables


def test_several_variables_are_told_one_after_the_other():
    found = derived("||X w + b - y||^2", "w, b", declare="b: scalar")
    told_of = found.tell("chain")
    assert list(told_of.tellings) == ["w", "b"] and told_of.verified
    assert told_of["w"][-1].text() == "∂f/∂w = 2Xᵀ(Xw + b − y)"
    assert told_of["b"][-1].text() == "∂f/∂b = 2 sum(Xw + b − y)"
    shown = str(found.told())
    assert "steps     for w, by the chain rule, column layout" in shown and "steps     for b, by the chain rule" in shown
    data = found.told().to_dict()
    assert list(data["steps"]) == ["w", "b"] and data["steps"]["b"]["verified"]
    assert told_of.latex().startswith(r"\begin{gathered} \begin{aligned}")
    assert len(found.spelled_out().telling) == 2


def test_the_blocks_of_a_hessian_are_not_told():
    with pytest.raises(DeclarationError) as caught:
        derived("||X w - y||^2", "w, y", 2).tell()
    assert str(caught.value) == (
        "DeclarationError: the steps of a Hessian in blocks are not told\n"
        "  given:    order 2 in w, y\n"
        "  expected: first derivatives in several variables, or one variable\n"
        '  fix:      wrt="w"'
    )


# ------------------------------------------------------------------ the sum over paths


def test_the_paths_of_a_residual_network_double_with_each_layer():
    for layers in (1, 2, 3):
        lines = [f"h{k + 1} = h{k} + tanh(W h{k})" for k in range(layers)]
        text = "\n".join([lines[0].replace("h0", "x"), *lines[1:], f"h{layers}"])
        paths = derive(text, "x", declare="x: n, W: n n").paths
        assert paths.count == len(paths.routes) == 2**layers
        assert paths.verified


def test_too_many_paths_are_counted_and_not_listed():
    lines = [f"h{k + 1} = h{k} + tanh(W h{k})" for k in range(8)]
    text = "\n".join([lines[0].replace("h0", "x"), *lines[1:], "h8"])
    paths = derive(text, "x", declare="x: n, W: n n", seal=False).paths
    assert paths.count == 256 and not paths.routes
    assert paths.total.verified


@pytest.mark.parametrize("case", [c for c in CASES[::5] if c["order"] == 1], ids=lambda case: case["id"])
def test_the_products_along_the_paths_add_up_to_the_derivative(case):
    d = derive(function(case, "plain"), case["wrt"], 1, declaration(case), dialect="math", seal=False)
    paths = d.paths
    assert paths.verified
    assert paths.count == len(paths.products) or paths.count > 32


def test_a_composition_is_a_product_of_jacobians():
    paths = derive("softmax(W x + b)", "x").paths
    assert [line.text() for line in paths.edges] == ["∂z/∂x = W", "∂f/∂z = diag(p) − ppᵀ, p = softmax(z)"]
    assert [line.text() for line in paths.products] == ["(∂f/∂z)(∂z/∂x) = (diag(p) − ppᵀ)W, p = softmax(z)"]


def test_the_chain_rule_is_spelled_out_for_first_derivatives_only():
    with pytest.raises(DeclarationError, match="the chain rule is spelled out for a first derivative"):
        derive("x^T x", "x", order=2).paths


def test_steps_are_shown_on_request_by_every_face():
    d = derive("||A x - b||^2", "x")
    shown = d.told("chain")
    assert str(shown).startswith(str(d))
    assert "∂f/∂x = (∂r/∂x)ᵀ(∂f/∂r) = 2Aᵀr" in str(shown)
    data = shown.to_dict()
    assert [line["verified"] for line in data["steps"]["lines"]] == [True] * len(d.steps)
    assert np.all([key in data for key in d.to_dict()])
    assert r"\frac{\partial r}{\partial x}" in shown.telling.latex()


if __name__ == "__main__":
    GOLDEN.write_text("\n".join(told(example) for example in EXAMPLES), encoding="utf-8")
