"""Two expressions as one function: equality, layouts, shapes, conditions, counter-examples, names."""

import numpy as np
import pytest

from chainrule.checking.formulas.equal import compared, read_beside, same, side
from chainrule.core.errors import DeclarationError, UnknownNameError
from chainrule.syntax import read


def compare(function, true, mine, declare=None):
    """The comparison of two texts that use the names of a function."""
    problem = read(function, declare)
    variables = [v[:3] for v in problem.every.values()]
    return compared(side(read_beside(true, problem), problem), side(read_beside(mine, problem), problem), variables)


RIDGE = ("||X w - y||^2 + lam ||w||^2", "2 X^T (X w - y) + 2 lam w")


@pytest.mark.parametrize(
    "mine",
    [
        "2 X^T X w - 2 X^T y + 2 lam w",
        "2*X.T@(X@w - y) + 2*lam*w",
        r"2X^\top(Xw-y)+2\lambda w",
        "r = X w - y; 2 X^T r + 2 lam w",
        "2 X^T r + 2 lam w where r = X w - y",
        "2 (X^T X + lam I) w - 2 X^T y",
    ],
)
def test_the_same_function_in_other_words_is_the_same_in_exact_fractions(mine):
    found = compare(*RIDGE, mine)
    assert found.same and found.exact and found.points >= 4


@pytest.mark.parametrize("factor", ["2.0000001", "(2 + 1/10^9)", "1.9999"])
def test_a_difference_of_a_part_in_a_thousand_million_is_a_difference(factor):
    found = compare(*RIDGE, f"2 X^T (X w - y) + {factor} lam w")
    assert found.verdict == "different" and not found.shapes


def test_what_differs_below_the_rounding_of_floats_is_told_apart_by_fractions():
    found = compare(*RIDGE, "2 X^T (X w - y) + 2 lam w + lam w / 10^15")
    assert found.verdict == "different" and found.exact


@pytest.mark.parametrize(
    "true, mine",
    [
        ("1 - tanh(x)^2", "4/(exp(x) + exp(-x))^2"),
        ("sigmoid(x) (1 - sigmoid(x))", "exp(-x)/(1 + exp(-x))^2"),
        ("cos(2 x)", "cos(x)^2 - sin(x)^2"),
        ("log(1 + exp(x))", "x + log(1 + exp(-x))"),
        ("0", "sin(x)^2 + cos(x)^2 - 1"),
        ("x^3 - 1", "(x - 1) (x^2 + x + 1)"),
    ],
)
def test_identities_hold(true, mine):
    assert compare("x", true, mine, "x: scalar").same


@pytest.mark.parametrize(
    "function, true, mine, how",
    [
        (*RIDGE, "2 (X w - y)^T X + 2 lam w^T", "row"),
        ("tr(A X)", "A^T", "A", "transposed"),
        ("A x", "A", "A^T", "transposed"),
        ("A X B", "vec(A X B)", "A X B", ""),
        ("sum(X)", "X", "vec(X)", "vec"),
    ],
)
def test_another_layout_or_shape_is_recognised(function, true, mine, how):
    found = compare(function, true, mine)
    if how:
        assert (found.verdict, found.how) == ("same", how)
    else:
        assert found.shapes


@pytest.mark.parametrize(
    "function, true, mine, given",
    [
        ("x^T A x", "(A + A^T) x", "2 A x", ("A", "symmetric")),
        ("sqrt(x^2)", "sqrt(x^2)", "x", ("x", "positive")),
        ("y^T z", "sum(y) z", "z", ("y", "sum1")),
        ("Q x", "Q^T Q x", "x", ("Q", "orthogonal")),
    ],
)
def test_equality_under_a_condition_names_the_condition(function, true, mine, given):
    declare = "x: scalar" if "sqrt" in function else "Q: n n, x: n" if "Q" in function else None
    found = compare(function, true, mine, declare)
    assert found.verdict == "different" and found.given == given


def test_a_declared_fact_is_used():
    assert compare("x^T A x", "(A + A^T) x", "2 A x", "A: n n symmetric").same


def test_a_counter_example_is_in_small_numbers_and_true():
    problem = read("||A x - b||^2")
    true, mine = (side(read_beside(t, problem), problem) for t in ("2 A^T (A x - b)", "A^T (A x - b)"))
    counter = compared(true, mine, [v[:3] for v in problem.every.values()]).counter
    assert float(true.evaluate(counter.values)[counter.index]) == counter.true
    assert float(mine.evaluate(counter.values)[counter.index]) == counter.mine != counter.true
    assert all(np.all(x == np.round(x)) and x.size <= 4 for x in counter.values.values())
    assert str(counter) == "at A = [[1]], x = (2,), b = (1,): yours 1, true 2 (entry 0)"


def test_a_pole_and_a_kink_do_not_disturb():
    assert compare("x", "1/(x - 1) - 1/(x + 1)", "2/(x^2 - 1)", "x: scalar").same
    assert compare("x", "abs(x)", "max(x, -x)", "x: scalar").same
    assert compare("x", "relu(x)", "x .* (x > 0)", "x: n").same


def test_what_has_no_value_anywhere_is_undecided():
    found = compare("x", "x", "sqrt(-1 - x^2)", "x: scalar")
    assert (found.verdict, found.reason) == ("undecided", "yours has no value at the points drawn")


def test_names_mean_what_they_mean_in_the_function():
    problem = read("r = X w - y; r^T r")
    assert read_beside("2 X^T r", problem).dims == read_beside("w", problem).dims
    true, mine = (side(read_beside(t, problem), problem) for t in ("2 X^T (X w - y)", "2 X^T r"))
    assert same(true, mine, [v[:3] for v in problem.every.values()]).same


def test_an_unknown_name_is_an_error_that_lists_the_names():
    with pytest.raises(UnknownNameError) as caught:
        read_beside("2 X^T (X w - y) + mu w", read("||X w - y||^2"))
    assert str(caught.value) == (
        "UnknownNameError: `mu` is not a name of the function\n"
        "  given:    2 X^T (X w - y) + mu w\n"
        "                              ^ column 19\n"
        "  expected: X, w, y, or a size: m, n\n"
        "  fix:      say what it is, behind the formula: … where mu = …"
    )


def test_a_variable_that_is_defined_anew_is_an_error():
    with pytest.raises(DeclarationError) as caught:
        read_beside("y = X w; X^T y", read("||X w - y||^2"))
    assert str(caught.value) == (
        "DeclarationError: `y` is a variable of the function, and is defined anew\n"
        "  given:    y = X w; X^T y\n"
        "            ^ column 1\n"
        "  expected: another name: a formula beside ‖Xw − y‖² uses its names"
    )
