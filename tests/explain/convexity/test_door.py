"""The door `convexity`: what it says, shows and refuses."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError, DomainError, ShapeError, UnknownNameError

LOGISTIC = "mean(log(1 + exp(-t .* (X w))))"


def test_logistic_regression_is_told_as_in_a_textbook():
    found = cr.convexity(LOGISTIC, "w", declare="t: labelspm1")
    lines = str(found).splitlines()
    assert lines[0] == "read as   mean(log(1 + exp(−t ⊙ (Xw))))"
    assert lines[1] == "convex    ✓ convex in w, for every w"
    assert lines[2] == "∇²f       Xᵀ diag(s ⊙ (1 − s)) X/m ⪰ 0, s = σ(t ⊙ (Xw))"
    assert lines[3].startswith("since     vᵀ∇²f v = sᵀ((Xv)² ⊙ (1 − s))/m ≥ 0, s = σ(t ⊙ (Xw))   squares with weights ≥ 0")
    assert "s ⊙ (1 − s) ≥ 0" in lines[4]
    assert any("softplus is convex, its argument affine" in line for line in lines)
    assert lines[-1].startswith("verified  eigenvalues of ∇²f at 4 random points")


def test_ridge_is_strongly_convex_with_its_modulus():
    found = cr.convexity("||X w - y||^2 + lam ||w||^2", "w", declare="lam: positive")
    assert (found.verdict, found.strict, found.strong, found.hessian) == ("convex", True, "2λ", "2(XᵀX + λI) ⪰ 0")
    assert found.using == ["lam > 0"]
    assert found.reason == "convex for every w: vᵀ∇²f v = 2(‖Xv‖² + λ‖v‖²) ≥ 0 (squares with weights ≥ 0)"


def test_least_squares_is_convex_but_not_said_to_be_strictly_so():
    found = cr.convexity("||X w - y||^2", "w")
    assert (found.verdict, found.strict, found.strong) == ("convex", False, None)


@pytest.mark.parametrize("text, declare", [("sum(exp(x))", "x: n"), ("-sum(log(x))", "x: n positive"), ("x^2 + x^4", "x: scalar")])
def test_strictly_convex_functions_are_said_to_be_so(text, declare):
    assert cr.convexity(text, "x", declare=declare).strict


def test_without_a_sign_of_its_weight_ridge_is_refuted_and_the_condition_is_named():
    found = cr.convexity("||X w - y||^2 + lam ||w||^2", "w")
    assert found.verdict == "neither" and float(found.witnesses["convex"].values["lam"]) < 0
    assert str(found.provided) == "convex if lam ≥ 0" and found.provided.declare() == "lam: nonneg"
    assert 'declare "lam: nonneg"' in str(found)


def test_a_counter_example_stands_in_small_numbers_and_is_exact():
    found = cr.convexity("x^2 - 3 x y + y^2", "x, y")
    witness = found.witnesses["convex"]
    assert witness.exact == -2 and "D²f[v, v] = −2" in found.witness_text(witness)


def test_a_kink_is_refuted_by_a_chord():
    found = cr.convexity("abs(x) - 2 abs(x - 1)", declare="x: scalar")
    assert found.verdict == "neither" and found.witnesses["convex"].end is not None
    assert "halfway f is" in str(found) and "above the chord" in str(found)


def test_factors_are_convex_each_but_not_jointly():
    found = cr.convexity("||M - U V^T||_F^2", "U, V")
    assert found.verdict == "neither" and found.each == {"U": "convex", "V": "convex"}
    assert "in U alone: convex" in str(found)


def test_the_domain_is_said():
    assert sorted(cr.convexity("-log(x) - log(1 - x)", declare="x: scalar").domain.split(", ")) == ["1 − x > 0", "x > 0"]
    found = cr.convexity("sum(x .* log(x))", "x")
    assert (found.verdict, found.domain) == ("convex", "x > 0")
    assert cr.convexity("-sum(log(b - A x))", "x").domain == "b − Ax > 0"
    assert cr.convexity("tr(inv(S))", "S", declare="S: n n posdef").domain == "S positive definite"


def test_values_that_are_given_decide():
    text = "x^T A x"
    assert cr.convexity(text, "x", data={"A": np.array([[2.0, 1.0], [1.0, 2.0]])}).verdict == "convex"
    found = cr.convexity(text, "x", data={"A": np.array([[1.0, 3.0], [3.0, 1.0]])})
    assert found.verdict == "neither" and "A =" not in found.witness_text(found.witnesses["convex"])
    assert cr.convexity("||X w - y||^2 + lam ||w||^2", "w", data="lam=0.5").verdict == "convex"
    assert cr.convexity("||X w - y||^2 + lam ||w||^2", "w", data="lam=-0.5").verdict == "neither"


def test_what_no_number_can_stand_beside_is_not_decided():
    found = cr.convexity("log(-x^2 - 1)", declare="x: scalar")
    assert found.verdict == "not decided" and "no point was found" in found.reason


def test_a_domain_that_falls_apart_proves_nothing():
    assert cr.convexity("1/x^2", declare="x: scalar").verdict in ("not decided", "neither", "not convex")
    assert cr.convexity("-log(x^2 - 1)", declare="x: scalar").verdict != "convex"
    assert cr.convexity("1/cos(x)", declare="x: scalar").verdict != "convex"
    assert cr.convexity("tan(x)^2", declare="x: scalar").verdict != "convex"


def test_an_entrywise_function_is_taken_of_one_number():
    found = cr.convexity("sin(x)")
    assert found.verdict == "neither" and "x taken as numbers" in found.notes[-1]
    assert "at x = 1: f″ = −0.8415" in str(found)


def test_to_dict_is_plain_data():
    for text, wrt in ((LOGISTIC, "w"), ("x y", "x, y"), ("abs(x) - abs(x - 1)", "x"), ("x/(1 - exp(-x))", "x")):
        found = cr.convexity(text, wrt)
        plain = json.loads(json.dumps(found.to_dict()))
        assert plain["format"] == "chainrule.convexity/1" and plain["verdict"] == found.verdict
        assert bool(plain["proof"]) == (found.verdict in ("convex", "concave", "affine"))


@pytest.mark.parametrize("width", [360, 660, 1000])
@pytest.mark.parametrize("text, wrt, title", [
    ("x^4 - x^2", "x", "not convex"), ("||M - U V^T||_F^2", "U, V", "not convex"), (LOGISTIC, "w", "convex"), ("-abs(x)", "x", "concave"),
])  # fmt: skip
def test_a_picture_shows_the_chord(text, wrt, title, width):
    svg = str(cr.convexity(text, wrt).plot(width=width))
    assert svg.startswith("<svg") and "NaN" not in svg
    assert "Between the ends of" in svg and title in svg and "chord" in svg


@pytest.mark.parametrize("function, wrt, declare, error, words", [
    ("A x", "x", None, ShapeError, "only a number is convex or not"),
    ("sum(x)", "x", "x: n onehot", DomainError, "`x` is onehot: such values make no convex set"),
    ("tr(Q^T A Q)", "Q", "Q: n k orthogonal", DomainError, "`Q` is orthogonal"),
    ("x^2", "z", None, UnknownNameError, "`z` is not a variable of the function"),
])  # fmt: skip
def test_what_is_no_question_is_refused(function, wrt, declare, error, words):
    with pytest.raises(error) as raised:
        cr.convexity(function, wrt, declare=declare)
    assert words in str(raised.value)


@pytest.mark.parametrize("function", ["", "3", "x +", "x" * 5000, "((((x", "exp(" * 60 + "x" + ")" * 60])
def test_no_text_reaches_a_traceback(function):
    try:
        cr.convexity(function)
    except ChainruleError:
        pass


def test_the_same_question_has_the_same_answer():
    one, other = (str(cr.convexity("tanh(x) y", "x, y")) for _ in range(2))
    assert one == other


def test_a_kink_is_not_overlooked_where_another_part_bounds_its_argument():
    """√(y²) is |y|; that arcsin(y²) needs y² ≤ 1 does not make it smooth at 0."""
    assert cr.convexity("arcsin(y^2) - sqrt(y^2)/4", declare="y: scalar").verdict not in ("convex", "affine")
    assert cr.convexity("arcsin(y^2) - sqrt(y^2)/100", declare="y: scalar").verdict not in ("convex", "affine")
