"""A formula term by term, and the one edit that mends it: coefficients, what is missing, where the text is wrong."""

import numpy as np
import pytest

from chainrule.checking.formulas.equal import read_beside, samples, side
from chainrule.checking.formulas.repair import fitting, repair
from chainrule.checking.formulas.terms import coefficients, compare_terms, terms_of
from chainrule.checking.formulas.unlike import unlike
from chainrule.derivation import derived

RIDGE = "||X w - y||^2 + lam ||w||^2"


def beside(function, wrt, mine, declare=None):
    """(derivation, the formula as read, points with both values)."""
    found = derived(function, wrt, declare=declare)
    read = read_beside(mine, found.problem)
    true = side(read_beside(found.ascii, found.problem, "math"), found.problem)
    return found, read, samples(true, side(read, found.problem), [v[:3] for v in found.problem.every.values()])


def verdict(mine, function=RIDGE, wrt="w", declare=None):
    found, read, points = beside(function, wrt, mine, declare)
    return compare_terms(found, read, found.problem, points)


@pytest.mark.parametrize(
    "mine, kind, cause, sentence, shown",
    [
        ("2 X^T (X w - y) + lam w", "coefficient", "factor", "the first term is right; the difference is exactly λw",
         "2 X^T (X w - y) + lam w\n                  ~~~~~  should be 2λw"),
        ("2 X^T (X w - y) + 4 lam w", "coefficient", "doubled-term", "the first term is right; the difference is exactly −2λw",
         "2 X^T (X w - y) + 4 lam w\n                  ~~~~~~~  should be 2λw"),
        ("2 lam w - 2 X^T (X w - y)", "sign", "sign", "the first term is right; the sign of 2 X^T (X w - y) is wrong",
         "2 lam w - 2 X^T (X w - y)\n          ~~~~~~~~~~~~~~~  the sign is wrong"),
        ("2 X^T X w - 2 X^T y + 2 lam w + w", "extra", "extra-term", "the other terms are right, and w is too much",
         "2 X^T X w - 2 X^T y + 2 lam w + w\n                                ~  too much"),
        ("2 X^T (X w - y)", "missing", "missing-term", "the term 2λw is missing; all else is right", None),
        ("2 X^T (X w - y) + lam^2 w", "replaced", None, "the other terms are right; in place of lam^2 w there should be 2λw",
         "2 X^T (X w - y) + lam^2 w\n                  ~~~~~~~  should be 2λw"),
        ("2 X^T X w - X^T y + 2 lam w", "coefficient", "factor", "the other terms are right; the difference is exactly −Xᵀy",
         "2 X^T X w - X^T y + 2 lam w\n            ~~~~~  should be 2Xᵀy"),
        ("3 X^T (X w - 2 y) + 2 lam w", "replaced", None, "the other terms are right; in place of 3 X^T (X w - 2 y) there should be 2Xᵀ(Xw − y)",
         "3 X^T (X w - 2 y) + 2 lam w\n~~~~~~~~~~~~~~~~~  should be 2Xᵀ(Xw − y)"),
    ],
)  # fmt: skip
def test_the_wrong_term_is_found_and_underlined(mine, kind, cause, sentence, shown):
    assert verdict(mine) == (kind, cause, sentence, shown)


def test_in_a_text_of_several_lines_the_right_line_is_underlined():
    found = verdict("r = X w - y\n  2 X^T r + lam w")
    assert found.shown == "2 X^T r + lam w\n          ~~~~~  should be 2λw"


def test_where_several_terms_are_wrong_none_is_blamed():
    assert verdict("3 X^T (X w - y) + 5 lam w").kind == "difference"
    assert verdict("X^T (X w) - 3 X^T y + 5 lam w") is None or verdict("X^T (X w) - 3 X^T y + 5 lam w").cause is None


def test_coefficients_of_dependent_terms_are_not_made_up():
    found, read, points = beside(RIDGE, "w", "X^T (X w - y) + X^T (X w - y) + 2 lam w + w - w")
    terms = terms_of(read, found.problem, points)
    assert len(terms) == 5 and coefficients(terms, [a for _, a, _ in points]) is None


def test_terms_add_up_to_the_formula():
    found, read, points = beside(RIDGE, "w", "-(2 X^T y) + lam*w*2 + 2 (X^T X) w")
    terms = terms_of(read, found.problem, points)
    assert [t.text for t in terms] == ["(2 X^T y)", "lam*w*2", "2 (X^T X) w"] and [t.sign for t in terms] == [-1, 1, 1]
    assert np.allclose(sum(t.values[0] for t in terms), points[0][2])


@pytest.mark.parametrize(
    "function, wrt, declare, mine, cause, sentence, shown",
    [
        ("x^4", "x", "x: scalar", "4 x^2", "power", "with 3 in place of 2 it is right", "4 x^2\n    ~  should be 3"),
        ("u^T tanh(W x)", "x", None, "W^T (u .* (1 - tanh(W x)))", "power", None, None),
        ("sum(sin(x))", "x", "x: n", "sin(x)", "function", "with cos in place of sin it is right", "sin(x)\n~~~  should be cos"),
        ("a^T X b", "X", "X: n n", "a a^T", "variable", "with b in place of a it is right", "a a^T\n  ~  should be b"),
        ("tr(A X B)", "X", "A B X: n n", "A B^T", "transposed", "with A^T in place of A it is right", "A B^T\n~  should be A^T"),
        ("tr(A X B)", "X", "A B X: n n", "B^T A^T", "order", None, None),
        ("sum(A .* X)", "X", "A X: n n", "A A", "chain-factor", None, None),
    ],
)  # fmt: skip
def test_the_one_edit_that_mends_a_formula_is_found(function, wrt, declare, mine, cause, sentence, shown):
    found, read, points = beside(function, wrt, mine, declare)
    mended = repair(read, found.problem, points)
    assert mended.cause == cause
    again = side(read_beside(mended.text, found.problem), found.problem)
    assert all(np.allclose(again.evaluate(values), true) for values, true, _ in points)
    if sentence:
        assert (mended.sentence, mended.shown) == (sentence, shown)


@pytest.mark.parametrize(
    "mine, should, cause",
    [
        ("h = tanh(W x + b)\n2 (h .* (1 + h^2)) x^T", "- h^2", "sign"),
        ("h = tanh(W x + b)\n2 (h .* (1 - h^3)) x^T", "2", "power"),
        ("2 (tanh(W x + b) .* (1 - tanh(W x)^2)) x^T", "W x + b", "missing-term"),
        ("2 (tanh(W x + b) .* (-tanh(W x + b)^2)) x^T", "1 - h^2", "missing-term"),
    ],
)
def test_a_text_is_laid_beside_the_true_one(mine, should, cause):
    found = derived("sum(tanh(W x + b).^2)", "W")
    true = read_beside(found.ascii, found.problem, "math")
    place = unlike(read_beside(mine, found.problem), true)
    assert place.cause == cause and should in place.should


def test_shapes_that_do_not_fit_are_mended_by_transposing():
    problem = derived("||X w - y||^2", "w").problem
    first = next(iter(fitting("2 X (X w - y)", problem, None)))
    assert [e.text for e in first[0]] == ["X^T"] and first[1].dims == problem.every["w"].dims


def test_a_formula_with_two_mistakes_is_not_mended():
    found, read, points = beside("||A x - b||^2", "x", "3 A^T (A x - 4 b)")
    assert repair(read, found.problem, points) is None
