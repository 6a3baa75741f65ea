"""An exercise as an object: what it asks, what it answers, what it earns."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.exercises.exercise import exercise
from chainrule.exercises.score import SCHEME, points_text, worth


@pytest.fixture
def softplus():
    return cr.exercise("softplus")


def test_it_asks(softplus):
    assert softplus.ask == (
        "A smooth ramp   (derivatives in one variable, level 1)\n"
        "\n"
        "  f = log(1 + exp(x))\n"
        "\n"
        "  This function is called softplus. Far on the left it is almost 0, far on the right almost x.\n"
        "\n"
        "  1. Differentiate f.\n"
        "     2 points; answer with a formula\n"
        "\n"
        "  2. How steep is f at x = 0?\n"
        "     1 point; answer with a number, such as 3/4, sqrt(2) or 0.667"
    )
    assert str(softplus) == softplus._repr_mimebundle_()["text/plain"] == softplus.ask


@pytest.mark.parametrize(
    "answer",
    [
        "exp(x)/(1+exp(x))",
        "1/(1 + e^{-x})",
        "σ(x)",
        "f'(x) = 1 - 1/(1+e^x)",
        r"\frac{e^x}{1+e^x}",
        "np.exp(x)/(1+np.exp(x))",
        "(1 + tanh(x/2))/2",
    ],
)
def test_any_equivalent_form_in_any_dialect_is_right(softplus, answer):
    found = softplus.answer(answer)
    assert (found.verdict, found.points, found.of, found.exit_code, bool(found)) == ("right", 2, 2, 0, True)


def test_a_wrong_answer_is_diagnosed_and_brings_the_first_hint(softplus):
    found = softplus.answer("1/(1 + exp(x))")
    assert (found.verdict, found.cause, found.exit_code) == ("wrong", "chain-factor", 1)
    assert found.hint == softplus.stages[0].hints[0]
    assert "The derivative of the inside, exp(x), is still to be multiplied on." in str(found)


def test_what_is_not_understood_says_why_and_costs_nothing(softplus):
    found = softplus.answer("sn(x) +")
    assert (found.verdict, found.hint, found.exit_code) == ("not understood", None, 2)
    assert str(found).startswith("? this cannot be read: ") and "expected" in str(found)
    assert softplus.answer("sigmoid(x)").points == 2


@pytest.mark.parametrize("answer", [None, True, b"x", object(), "", "  ", {"a": 1}])
def test_what_is_no_answer_is_not_understood(softplus, answer):
    assert softplus.answer(answer).verdict == "not understood"


def test_numbers_may_be_given_as_numbers():
    assert cr.exercise("softplus").answer(0.5, part=2).right
    assert cr.exercise("three-variables").answer((7, 10, 13), part=2).right
    assert cr.exercise("three-variables").answer(np.array([7.0, 10.0, 13.0]), part=2).right


def test_too_few_digits_leave_it_undecided():
    found = cr.exercise("power-times-exponential").answer("0.74", part=2)
    assert (found.verdict, found.exit_code, found.hint) == ("undecided", 3, None)
    assert found.headline.startswith("right as far as it goes: round to three digits or more")


def test_hints_cost_a_quarter_each_and_never_more_than_half():
    assert [worth(4, 1.0, hints) for hints in range(5)] == [4, 3, 2, 2, 2]
    ex = cr.exercise("power-times-exponential")
    for _ in range(5):
        ex.hint()
    assert ex.hint() == "There is no further hint. show() shows the solution."
    assert ex.answer("(3 - x) x^2 exp(-x)").points == 1


def test_after_the_solution_nothing_is_earned(softplus):
    assert softplus.show().lines[0] == ("df/dx =", "σ(x)")
    assert softplus.answer("sigmoid(x)", part=1).points == 0
    assert softplus.points == 0


def test_a_solution_that_is_looked_at_after_a_right_answer_costs_nothing(softplus):
    softplus.answer("sigmoid(x)")
    softplus.show(1)
    assert softplus.points == 2 and softplus.number(None) == 2


def test_one_known_slip_counts_half_and_the_best_answer_counts(softplus):
    assert softplus.answer("2 sigmoid(x)").points == 1
    assert softplus.answer("x^7").points == 1
    assert softplus.answer("sigmoid(x)").points == 1  # two hints were seen


def test_right_entries_count_for_themselves():
    ex = cr.exercise("three-variables")
    found = ex.answer("(2xy + z, x^2 + z^2, 17 + sin(x))")
    assert found.headline == "∂f/∂x and ∂f/∂y are right, ∂f/∂z is not"
    assert found.points == 2
    assert ex.answer("df/dz = 2yz + x; df/dx = 2xy + z; df/dy = x^2 + z^2").right


def test_the_direction_may_have_any_length_and_must_point_uphill():
    answer = lambda text: cr.exercise("three-variables").answer(text, part=3)
    assert (
        answer("(7, 10, 13)").right
        and answer("(0.7, 1, 1.3)").right
        and answer("(7, 10, 13)/sqrt(318)").verdict == "not understood"
    )
    assert answer("(7/sqrt(318), 10/sqrt(318), 13/sqrt(318))").right and answer("(0.393, 0.561, 0.729)").right
    assert answer("(-7, -10, -13)").headline == "it points downhill: this is where f falls fastest"
    assert answer("(1, 1, 1)").headline == "another direction: 13.8° away from the steepest one"
    assert answer("(0, 0, 0)").verdict == "wrong" and answer("(7, 10)").verdict == "not understood"


def test_the_wrong_answer_of_an_exercise_beats_another_layout():
    ex = cr.exercise("linear-layer-jacobian")
    assert ex.answer("W^T", part=2).verdict == "wrong"
    assert cr.exercise("least-squares").answer("2 (A x - b)^T A").verdict == "right"


def test_an_identity_without_a_size_is_understood():
    assert cr.exercise("squared-length").answer("2I", part=2).right
    assert cr.exercise("squared-length").answer("2 I_n", part=2).right
    assert cr.exercise("linear-layer-jacobian").answer("I", part=3).right


def test_what_holds_under_a_condition_that_is_not_given_is_not_right():
    found = cr.exercise("quadratic-form").answer("2 A x")
    assert (found.verdict, found.headline, found.points) == (
        "wrong",
        "not the gradient for every A: right for symmetric A only",
        1,
    )


def test_shapes_that_do_not_fit_are_a_wrong_answer():
    found = cr.exercise("least-squares").answer("2 A (A x - b)")
    assert found.verdict == "wrong" and found.headline.endswith("its shapes do not fit")


def test_a_critical_point_is_any_point_where_the_gradient_is_zero():
    ex = cr.exercise("valley-and-saddle")
    assert (
        ex.answer("(0, 0)", part=2).right
        and ex.answer("x = 1, y = 1", part=2).right
        and ex.answer("(1.000, 1.000)", part=2).right
    )
    assert (
        ex.answer("(1.01, 1.00)", part=2).verdict == "wrong"
        and cr.exercise("logarithm-over-x").answer("2.718", part=2).right
    )
    assert cr.exercise("logarithm-over-x").answer("2.7", part=2).verdict == "undecided"
    found = ex.answer("(1, 0)", part=2)
    assert ("∂f/∂x", "3 there, and should be 0") in found.rows


@pytest.mark.parametrize("answer", ["saddle point", "Saddle", "it is a saddle", "neither"])
def test_the_kind_of_a_critical_point_is_a_word(answer):
    assert cr.exercise("valley-and-saddle").answer(answer, part=4).right


def test_a_wrong_kind_is_shown_a_way_out():
    found = cr.exercise("valley-and-saddle").answer("minimum", part=4)
    assert found.rows[0] == ("for example", "along (1, 1) the curvature is −6")
    assert cr.exercise("valley-and-saddle").answer("a hill", part=4).verdict == "not understood"


@pytest.mark.parametrize("answer", ["m×n", "m n", "(m, n)", "m by n", "m x n"])
def test_a_shape_in_any_spelling(answer):
    assert cr.exercise("linear-layer-jacobian").answer(answer, part=1).right


def test_a_taylor_polynomial_is_judged_by_its_coefficients():
    answer = lambda text: cr.exercise("taylor-logarithm").answer(text)
    assert answer("x - x^2/2 + x^3/3").right and answer("x(1 - x/2 + x^2/3)").right
    assert answer("x - x^2 + 2x^3").cause == "factorial"
    assert answer("x - x^2/2").headline == "the term in x³ is missing"
    assert answer("x - x^2/2 + x^3/3 - x^4/4").headline == "right up to degree 3, but it goes on beyond it"
    assert answer("log(1 + x)").verdict == "wrong"
    assert cr.exercise("taylor-cosine").answer("-x^2/2 + x^4/24").headline == "the constant term is missing"


def test_variants_have_their_own_solution():
    ex = cr.exercise("power-times-exponential", variant=7)
    assert ex.sheet.function != cr.exercise("power-times-exponential").sheet.function
    assert ex.answer(ex.show().spellings[0], part=1).right


def test_plain_data_tells_no_solution(softplus):
    data = softplus.to_dict()
    assert data["parts"][0]["ask"] == "Differentiate f." and "σ" not in str(data)
    told = softplus.answer("exp(x)").to_dict()
    assert told["verdict"] == "wrong" and "report" not in told and "σ(x)" not in str(told)


def test_the_scheme_is_said_in_words_that_hold():
    assert SCHEME.startswith(
        "All points for a right answer; a quarter less for each hint seen, but never more than half."
    )
    assert [points_text(p) for p in (0, 0.5, 1.25, 2.0, 10)] == ["0", "0.5", "1.25", "2", "10"]


@pytest.mark.parametrize("which", ["softpls", "", "99", 0, -1, None.__class__, 2.5, True, "nothing.txt", "\0", "/"])
def test_what_is_no_exercise_is_refused(which):
    with pytest.raises(cr.ChainruleError):
        cr.exercise(which)


def test_the_refusal_names_the_nearest():
    with pytest.raises(cr.UnknownNameError) as caught:
        cr.exercise("softpls")
    assert str(caught.value) == (
        "UnknownNameError: there is no exercise `softpls`\n"
        "  given:    'softpls'\n"
        "  expected: a number or a name of the course, or the path of a file\n"
        "  fix:      softplus"
    )


@pytest.mark.parametrize("variant", [-1, 1.5, "7", None, True])
def test_what_is_no_variant_is_refused(variant):
    with pytest.raises(cr.DeclarationError):
        cr.exercise("softplus", variant)


def test_an_exercise_without_variants_has_none():
    with pytest.raises(cr.DeclarationError, match="`softplus` has no variants"):
        cr.exercise("softplus", 3)


@pytest.mark.parametrize("part", [0, 3, "1", 1.0, True])
def test_what_is_no_part_is_refused(softplus, part):
    with pytest.raises(cr.DeclarationError, match="there is no such part"):
        softplus.answer("x", part=part)


def test_without_a_name_the_course_is_listed():
    text = str(cr.exercise())
    assert text.startswith("derivatives in one variable\n  1  The slope as a limit") and "softplus" in text


def own(tmp_path, text):
    path = tmp_path / "own.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_exercise_of_ones_own(tmp_path):
    path = own(tmp_path, "title: Mine\nfunction: x^5\nfind: derivative in x\nhint: Power.")
    assert cr.exercise(path).answer("5x^4").right and cr.exercise(str(path)).title == "Mine"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title: T\nfunction: x^\nfind: derivative in x", "the function cannot be read: "),
        ("title: T\nfunction: x^2\ndeclare: x: n m o wat\nfind: derivative in x", "the function cannot be read: "),
        ("title: T\nfunction: x^2\nfind: derivative in y", "`y` is not a variable of the function"),
        ("title: T\nfunction: x y\nfind: value at x = 1", "the point has no value for `y`"),
        ("title: T\nfunction: x^2\nfind: value at x = a", "`a` is no number"),
        ("title: T\nfunction: x^T x\nfind: derivative in x at x = 1", "the value of `x` has not its shape"),
        ("title: T\nfunction: x^2\nfind: formula", "nothing derives this formula"),
        ("title: T\nfunction: x^T A y\nfind: gradient in x, y", "several variables at once have to be numbers"),
        (
            "title: T\nfunction: x^2 + y^2\nfind: kind of critical point in x, y at x = 1, y = 0",
            "it is no critical point",
        ),
        (
            "title: T\nfunction: x^4\ndeclare: x: scalar\nfind: kind of critical point in x at x = 0",
            "the Hessian does not decide it",
        ),
        (
            "title: T\nfunction: x^2 + y^2\nfind: direction of steepest increase in x, y at x = 0, y = 0",
            "there is no steepest direction",
        ),
    ],
)
def test_an_exercise_that_cannot_be_asked_is_refused_with_its_line(tmp_path, text, problem):
    with pytest.raises(cr.ParseError) as caught:
        ex = cr.exercise(own(tmp_path, text))
        ex.show()
    assert caught.value.problem.startswith(problem) and "(own.txt, line " in caught.value.problem
    assert caught.value.given


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("log(2) + x/2 + x^2/8", "right"),
        ("ln2 + x/2! + x^2/8 + O(x^3)", "right"),
        ("0.693 + 0.5x + 0.125x^2", "right"),
        ("0.69 + 0.5x + 0.125x^2", "undecided"),
        ("0.7 + 0.5x + 0.125x^2", "undecided"),
        ("0.694 + 0.5x + 0.125x^2", "wrong"),
        ("0.693 + 0.5x + 0.25x^2", "wrong"),
        ("log(1 + exp(x))", "wrong"),
    ],
)
def test_a_taylor_polynomial_may_have_decimals_factorials_and_a_remainder(answer, verdict):
    assert exercise("taylor-softplus").answer(answer).verdict == verdict


@pytest.mark.parametrize(
    ("which", "part", "answer", "verdict"),
    [
        ("three-variables", 2, "7 10 13", "right"),
        ("linear-layer-jacobian", 1, "mxn", "right"),
        ("valley-and-saddle", 2, "ln x = 1, y = 1", "not understood"),
        ("logistic-loss", 2, "s (1 - s) x x^T where s = sigmoid(t w^T x)", "right"),
        ("chain-inside-out", 1, "2xcosx^2", "right"),
    ],
)
def test_answers_as_people_type_them(which, part, answer, verdict):
    assert exercise(which).answer(answer, part).verdict == verdict


def test_a_decimal_comma_is_named():
    assert ("fix", "-0.25") in exercise("difference-quotient").answer("-0,25").rows


def test_entries_are_counted_from_one_as_in_mathematics():
    assert "(entry 1, 1)" in str(exercise("squared-length").answer("2 x x^T", 2))


def test_the_repaired_line_of_a_program_is_not_told(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def grad(X, y, w, b):\n    r = X @ w + b - y\n    return X.T @ r / len(y), 2 * r.mean()\n")
    found = exercise("gradient-check-line").answer(path)
    assert found.verdict == "wrong" and "repair" not in str(found) and found.to_dict()["answer"] == str(path)


def test_a_solution_prints_with_the_reason_of_each_step():
    shown = exercise("power-times-exponential").show()
    assert "product rule: (uv)′ = u′v + uv′" in str(shown) and str(shown) == shown._repr_mimebundle_()["text/plain"]


def test_the_value_of_one_variable_is_shown_as_a_number():
    assert exercise("logarithm-over-x").show(2).lines[0] == ("value", "e, which is 2.71828")
    assert exercise("difference-quotient").show(1).lines[0] == ("value", "−1/4")


def test_a_slope_from_one_side_is_shown_by_its_quotients():
    assert "is 2.1, 2.01, 2.001 for h = 0.1, 0.01, 0.001" in str(exercise("larger-of-two").show(2))
