"""The one door: formulas and code, in every pairing."""

import numpy as np
import pytest

import chainrule as cr

RIDGE = "||X w - y||^2 + lam ||w||^2"


def ridge(w, X, y):
    return np.sum((X @ w - y) ** 2)


def gradient(X, w, y, lam):
    return 2 * X.T @ (X @ w - y) + 2 * lam * w


def test_a_formula_is_compared_with_a_formula():
    assert cr.check(RIDGE, "2 X^T (X w - y) + 2 lam w", wrt="w").verdict == "right"
    assert cr.check(RIDGE, "X^T (X w - y) + lam w", wrt="w").cause == "factor"


def test_code_is_compared_with_a_formula_at_points_that_are_drawn():
    assert cr.check(RIDGE, gradient, wrt="w").verdict == "right"
    report = cr.check(RIDGE, lambda X, w, y, lam: gradient(X, w, y, lam) - lam * w, wrt="w")
    assert (report.verdict, report.argument) == ("wrong", "w")


def test_a_formula_is_compared_with_code():
    assert cr.check(ridge, "2 X^T (X w - y)", wrt="w", declare="w: d, X: n d, y: n").verdict == "right"
    at = {"w": np.ones(2), "X": np.ones((5, 2)), "y": np.ones(5)}
    assert cr.check(ridge, "X^T (X w - y)", at, wrt="w").cause == "factor"


def test_code_is_compared_with_code():
    at = {"w": np.array([0.3, 1.0]), "X": np.arange(6.0).reshape(3, 2), "y": np.ones(3)}
    assert cr.check(ridge, lambda w, X, y: {"w": 2 * X.T @ (X @ w - y)}, at, wrt="w").verdict == "right"


def test_the_door_stays_a_function_after_it_was_used():
    cr.check("x^2", "2 x")
    assert callable(cr.check)


@pytest.mark.parametrize(
    ("args", "options", "text"),
    [
        (
            ("x^2",),
            {},
            "DeclarationError: there is no derivative to check\n"
            "  given:    None\n"
            "  expected: a formula as a text, or a function of the variables\n"
            '  fix:      cr.check("||A x - b||^2", "2 A^T (A x - b)", wrt="x")',
        ),
        (
            ("x^2", "2x"),
            {"at": 3},
            "DeclarationError: `at` is for code, and both are formulas\n"
            "  given:    at=…\n"
            "  expected: the options of what is checked",
        ),
        (
            ("x^2", "2x"),
            {"tolerance": 3},
            "DeclarationError: there is no option `tolerance`\n"
            "  given:    tolerance=3\n"
            "  expected: kind, sample, framework, seed, declare, layout, dialect",
        ),
        (
            ("y x^2", lambda z: 2 * z),
            {"wrt": "x"},
            "DeclarationError: `<lambda>` has the parameter `z`, which is no variable of the function\n"
            "  given:    yx²\n"
            "  expected: `y`, `x`\n"
            "  fix:      name its parameters as the variables are named",
        ),
    ],
)
def test_what_does_not_fit_is_said(args, options, text):
    with pytest.raises(cr.ChainruleError) as error:
        cr.check(*args, **options)
    assert str(error.value) == text
