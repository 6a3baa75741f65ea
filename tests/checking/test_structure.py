"""What is looked at before derivatives are compared."""

import numpy as np
import pytest

from chainrule.checking.code import check_code
from chainrule.checking.structure import same, shape_text


def test_an_argument_that_the_function_changes_is_named():
    def f(w):
        w *= 2
        return np.sum(w**2)

    report = check_code(f, lambda w: 8 * w, np.ones(2))
    assert (report.verdict, report.cause, report.argument) == ("wrong", "in-place", "w")
    assert report.headline == "not the gradient: the function changes its argument w in place"


def test_an_argument_that_the_gradient_changes_is_named():
    def gradient(w):
        w *= 2
        return w

    report = check_code(lambda w: np.sum(w**2), gradient, np.ones(2))
    assert (report.verdict, report.cause, report.argument) == ("wrong", "in-place", "w")


def test_a_gradient_that_adds_up_from_call_to_call_is_stale():
    total = np.zeros(3)

    def gradient(w):
        nonlocal total
        total += 2 * w
        return total.copy()

    report = check_code(lambda w: np.sum(w**2), gradient, np.array([1.0, 2.0, -1.0]))
    assert (report.verdict, report.cause) == ("wrong", "stale")


@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (2,), (), (4, 3)])
def test_a_claim_of_another_shape_is_named_with_both_shapes(shape):
    report = check_code(lambda w: np.sum(w**2), lambda w: np.ones(shape), np.ones(3))
    assert report.verdict == "wrong" and report.argument == "w"
    assert shape_text(shape) in report.headline and shape_text((3,)) in report.headline


def test_what_the_persons_code_raises_is_shown():
    report = check_code(lambda w: np.sum(w**2), lambda w: w @ np.ones(7), np.ones(3))
    assert report.verdict == "not checkable" and report.exit_code == 2
    assert "ValueError" in report.headline


def test_two_runs_are_the_same_to_the_order_of_sums():
    a = np.array([1.0, -1e-20, np.nan, np.inf])
    assert same(a, a.copy())
    assert same(a, a * np.array([1 + 4e-16, 0, 1, 1]))
    assert not same(a, a * np.array([1 + 1e-9, 1, 1, 1]))
    assert not same(a, -a) and not same(a, a[:2])
