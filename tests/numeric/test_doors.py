"""Numeric derivatives as people ask for them: right within their bounds, in the widest type, refused with a reason."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import DeclarationError, DomainError, ShapeError

WIDE = np.finfo(np.longdouble).eps < np.finfo(float).eps
A = np.random.default_rng(0).normal(size=(3, 3))


def holds(found, true):
    return np.all(abs(np.asarray(found.value) - true) <= np.asarray(found.bound) + 1e-15 * abs(np.asarray(true)))


def test_a_derivative_of_a_number_is_a_number_with_its_bound():
    found = cr.numeric.derivative(np.sin, 1.0)
    assert isinstance(found.value, float) and found.value == pytest.approx(math.cos(1), rel=2e-16)
    assert found.bound < 1e-14 and not found.kink and found.left == found.right == found.value
    assert found.dtype == ("longdouble" if WIDE else "float64")


def test_code_that_only_takes_floats_is_run_in_float64():
    found = cr.numeric.derivative(math.sin, 1)
    assert found.dtype == "float64" and holds(found, math.cos(1)) and found.bound < 1e-12


def test_float32_code_is_run_in_a_wider_type_where_it_can_be():
    x = np.float32(0.7)
    wide = cr.numeric.derivative(np.exp, x)
    assert wide.dtype in ("longdouble", "float64") and abs(wide.value - math.exp(x)) < 1e-14
    narrow = cr.numeric.derivative(lambda x: np.exp(np.float32(x)), x)
    assert narrow.dtype == "float32" and holds(narrow, math.exp(x)) and 1e-9 < narrow.bound < 1e-3


def test_a_type_in_which_the_code_computes_something_else_is_not_used():
    found = cr.numeric.derivative(lambda x: x * x if x.dtype == np.float64 else 3 * x, np.float64(2.0))
    assert found.dtype == "float64" and holds(found, 4.0)


def test_an_array_is_taken_entry_by_entry():
    x = np.array([1e-8, 1.0, -2.0, 1e8, 0.0])
    found = cr.numeric.derivative(lambda x: np.sin(x) + x, x)
    assert found.value.shape == found.bound.shape == x.shape
    assert found.value[:3] == pytest.approx(np.cos(x[:3]) + 1, rel=1e-12) and found.value[4] == pytest.approx(2)
    second = cr.numeric.derivative(np.exp, [0.5, 2.0], order=2)
    assert second.value == pytest.approx(np.exp([0.5, 2.0]), rel=1e-8) and holds(second, np.exp([0.5, 2.0]))


def test_a_kink_shows_both_sides():
    found = cr.numeric.derivative(abs, 0.0)
    assert found.kink and found.left == pytest.approx(-1) and found.right == pytest.approx(1)
    assert "kink: -1 from the left, 1 from the right" in str(found)
    many = cr.numeric.gradient(lambda x: np.sum(np.maximum(x, 0)), [0.0, 1.0, -1.0, 0.0])
    assert many.kink.tolist() == [True, False, False, True] and many.value == pytest.approx([0.5, 1, 0, 0.5])
    assert "kink at [0]: 0 from the left, 1 from the right, and 1 more" in str(many)


def test_gradients_have_the_shape_of_the_point():
    found = cr.numeric.gradient(lambda X: np.sum(X**2) + X[0, 1], A)
    true = 2 * A + np.outer([1, 0, 0], [0, 1, 0])
    assert found.value.shape == (3, 3) and holds(found, true) and np.max(found.bound) < 1e-12
    assert cr.numeric.gradient(lambda x: x[0] ** 2, [3]).value == pytest.approx([6])
    assert cr.numeric.gradient(lambda x: 1.0, []).value.shape == (0,)


def test_jacobians_have_the_axes_of_the_value_then_those_of_the_point():
    W = np.arange(6.0).reshape(2, 3)
    found = cr.numeric.jacobian(lambda X: W @ X, A)
    assert found.value.shape == found.bound.shape == found.kink.shape == (2, 3, 3, 3)
    assert found.value == pytest.approx(np.einsum("ik,jl->ijkl", W, np.eye(3)))


def test_a_hessian_is_symmetric_and_within_its_bounds():
    found = cr.numeric.hessian(lambda x: np.exp(x[0] * x[1]) + x[2] ** 3, [0.5, 1.0, 2.0])
    e = math.exp(0.5)
    true = np.array([[e, 1.5 * e, 0], [1.5 * e, 0.25 * e, 0], [0, 0, 12]])
    assert holds(found, true) and np.max(found.bound) < 1e-8 and np.array_equal(found.value, found.value.T)
    assert cr.numeric.hessian(lambda X: np.sum(X**2), A).value.shape == (3, 3, 3, 3)


def test_the_complex_step_is_taken_where_a_ladder_confirms_it_and_only_there():
    found = cr.numeric.jacobian(np.linalg.inv, A)  # LAPACK has no longdouble
    B = np.linalg.inv(A)
    assert found.method == "complex step, confirmed by a ladder" and holds(found, -np.einsum("ik,lj->ijkl", B, B))
    trap = cr.numeric.gradient(lambda X: np.abs(np.linalg.det(X)) ** 3, A)
    d = np.linalg.det(A)
    assert trap.method == "ladder" and holds(trap, 3 * abs(d) ** 3 * B.T)


def test_the_text_shows_value_bound_and_how():
    found = cr.numeric.derivative(lambda x: 2 * x, 1.0)
    assert str(found).startswith("2.0 ± ") and f"(ladder in {found.dtype}, {found.evaluations} evaluations)" in str(found)
    assert repr(found) == f"<derivative: {found}>"
    assert "at most" in str(cr.numeric.gradient(np.sum, [1.0, 2.0]))


def test_evaluations_are_counted():
    calls = []

    def f(x):
        calls.append(x)
        return np.sum(np.sin(x))

    assert cr.numeric.gradient(f, [1.0, 2.0]).evaluations == len(calls)


REFUSED = {
    "text": (
        lambda: cr.numeric.derivative("x^2", 1.0),
        DeclarationError,
        "DeclarationError: a numeric derivative is of a function that can be called\n"
        "  given:    f = 'x^2', str\n"
        "  expected: a function of NumPy arrays, such as lambda x: np.sum(x**2)\n"
        "  fix:      cr.derive('x^2', …) derives a formula",
    ),
    "a vector where a gradient is asked for": (
        lambda: cr.numeric.gradient(lambda x: 2 * x, [1.0, 2.0]),
        ShapeError,
        "ShapeError: a gradient is of a function with one number as its value\n"
        "  given:    f(x) of shape (2,)\n"
        "  expected: shape ()\n"
        "  fix:      cr.numeric.jacobian(f, x)",
    ),
    "a function that fails": (
        lambda: cr.numeric.derivative(math.log, -1.0),
        DomainError,
        None,
    ),
    "a value that is not finite": (
        lambda: cr.numeric.derivative(np.log, 0.0),
        DomainError,
        "DomainError: the function is not finite at the point, so that it has no derivative there\n"
        "  given:    f(x) = -inf, at x = 0.\n"
        "  expected: a point at which it is finite",
    ),
    "a point of text": (
        lambda: cr.numeric.gradient(np.sum, "abc"),
        DeclarationError,
        "DeclarationError: the point is not made of real numbers\n"
        "  given:    x = 'abc', str\n"
        "  expected: a number, or an array of real numbers",
    ),
    "a ragged point": (lambda: cr.numeric.gradient(np.sum, [[1.0, 2], [3]]), DeclarationError, None),
    "a complex point": (lambda: cr.numeric.gradient(np.sum, [1j]), DeclarationError, None),
    "a point that is not finite": (lambda: cr.numeric.derivative(np.sin, np.nan), DomainError, None),
    "complex values": (lambda: cr.numeric.gradient(lambda x: 1j * x[0], [1.0]), DeclarationError, None),
    "a third order": (lambda: cr.numeric.derivative(np.sin, 1.0, order=3), DeclarationError, None),
    "mixed entries": (lambda: cr.numeric.derivative(np.cumsum, [1.0, 2.0, 3.0]), DeclarationError, None),
    "a sum of entries": (lambda: cr.numeric.derivative(np.sum, [1.0, 2.0]), DeclarationError, None),
    "a changing shape": (
        lambda: cr.numeric.jacobian(lambda x: x[x > 0.9], [1.0, 2.0]),
        ShapeError,
        "ShapeError: the function returns another shape beside the point than at it\n"
        "  given:    the value has the shape (2,) at the point, and (1,) beside it\n"
        "  expected: the same shape for all arguments of one shape",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_numeric_derivative_is_refused_with_a_reason(name):
    ask, kind, text = REFUSED[name]
    with pytest.raises(kind) as error:
        ask()
    assert error.value.problem and error.value.given and error.value.expected
    assert text is None or str(error.value) == text


def test_what_the_function_raised_is_shown_and_kept():
    def f(x):
        raise KeyError("weights")

    with pytest.raises(DomainError, match="KeyError: 'weights'") as error:
        cr.numeric.gradient(f, [1.0])
    assert isinstance(error.value.__cause__, KeyError)
