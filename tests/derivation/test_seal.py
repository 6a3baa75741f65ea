"""The seal lets right derivatives pass and refuses wrong ones, however they are wrong.

The mistakes are planted in the printed form's own value, between the matrix tree's evaluator and the seal.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.core.errors import DomainError, UnverifiedError
from chainrule.derivation import derive
from chainrule.derivation.seal import refuse_unless_sealed, sealed

LEAST_SQUARES = "||A x - b||^2"


def entry(place, change):
    def planted(g, v):
        g = np.array(g, dtype=float)
        g.flat[place] = change(g.flat[place])
        return g

    return planted


def times(factor):
    return lambda g, v: factor * g


def square_is_right(name, wrong):
    return lambda g, v: g if v[name].shape[0] == v[name].shape[1] else wrong(g, v)


def where_negative(name, wrong):
    return lambda g, v: np.where(v[name] < 0, wrong(g, v), g)


PLANTED = {  # what is wrong: (function, variable, declarations, order, (right value, point) → wrong value)
    "a half": (LEAST_SQUARES, "x", None, 1, times(0.5)),
    "the sign": (LEAST_SQUARES, "x", None, 1, times(-1)),
    "nothing": (LEAST_SQUARES, "x", None, 1, times(0)),
    "a missing term": (LEAST_SQUARES, "x", None, 1, lambda g, v: g + 2 * v["A"].T @ v["b"]),
    "one part in a million": (LEAST_SQUARES, "x", None, 1, times(1 + 1e-6)),
    "one part in ten million": (LEAST_SQUARES, "x", None, 1, times(1 + 1e-7)),
    "a millionth in one entry": (LEAST_SQUARES, "x", None, 1, entry(0, lambda g: g + 1e-6)),
    "the last entry by a thousandth": (LEAST_SQUARES, "x", None, 1, entry(-1, lambda g: 1.001 * g)),
    "sizes that are not square": (LEAST_SQUARES, "x", None, 1, square_is_right("A", times(2))),
    "a rectangular transpose": ("a' W b", "W", None, 1, square_is_right("W", lambda g, v: g[::-1])),
    "a square transpose": ("tr(X^3)", "X", None, 1, lambda g, v: g.T),
    "the determinant's transpose": ("det(X)", "X", None, 1, lambda g, v: g.T),
    "half of the diagonal": ("logdet(S)", "S", "S: n n posdef", 1, lambda g, v: g - np.diag(np.diag(g)) / 2),
    "the sign of an order-4 Jacobian": ("inv(X)", "X", None, 1, times(-1)),
    "the point of f′": ("sum(tanh(x))", "x", None, 1, lambda g, v: 1 - np.tanh(2 * v["x"]) ** 2),
    "the wrong side of a mask": ("sum(relu(x))", "x", None, 1, lambda g, v: 1 - g),
    "no mask": ("sum(relu(x))", "x", None, 1, lambda g, v: np.ones_like(g)),
    "a mask at the wrong place": ("sum(clip(x, -1, 1))", "x", None, 1, lambda g, v: 1.0 * (np.abs(v["x"]) < 1.3)),
    "the sign of a residual": ("||A x - b||_1", "x", None, 1, times(-1)),
    "the other one of two": ("sum(max(x, y))", "x", None, 1, lambda g, v: 1 - g),
    "the smallest for the largest": ("max(x)", "x", None, 1, lambda g, v: 1.0 * (v["x"] == v["x"].min())),
    "the piece of one side everywhere": ("sum(where(x > 0, x^2, x^3))", "x", None, 1, lambda g, v: 2 * v["x"]),
    "|x|, as if x were positive": ("sum(abs(x)^1.5)", "x", None, 1, lambda g, v: np.abs(g)),
    "a scalar's negative side": ("sqrt(t^2 + 1)", "t", "t: scalar", 1, where_negative("t", times(-1))),
    "another scalar's negative side": ("a*sin(t)", "t", "t: scalar, a: scalar", 1, where_negative("a", times(-1))),
    "√t² taken for t": ("(t^2)^0.5*t", "t", "t: scalar", 1, lambda g, v: 2 * v["t"]),
    "a diagonal for a matrix, order 2": ("logsumexp(x)", "x", None, 2, lambda g, v: np.diag(np.diag(g))),
    "a part in ten million, order 2": ("logsumexp(x)", "x", None, 2, times(1 + 1e-7)),
    "Taylor's half, order 2": ("sum(x^3)", "x", None, 2, times(0.5)),
    "half the symmetric part, order 2": ("x' A x", "x", None, 2, lambda g, v: 2 * v["A"]),
    "a small function": ("1e-9*sum(x^2)", "x", None, 1, times(2)),
    "a large function": ("1e8*sum(x^2)", "x", None, 1, times(2)),
    "a function far from zero": ("1e9 + sum(x^2)", "x", None, 1, times(2)),
    "a steep function": ("sum(exp(20*x))", "x", None, 1, times(2)),
    "a pole": ("sum(1/x^6)", "x", None, 1, times(2)),
    "a saturated function": ("sum(tanh(50*x))", "x", None, 1, times(2)),
    "a function nearly constant": ("softmax(1000*x)", "x", None, 1, times(2)),
    "the shape": (LEAST_SQUARES, "x", None, 1, lambda g, v: g[None]),
}


def planted(name):
    text, wrt, declare, order, wrong = PLANTED[name]
    found = derive(text, wrt, order=order, declare=declare, seal=False)
    right = found.rendering.evaluate
    found.__dict__["rendering"] = SimpleNamespace(evaluate=lambda v: wrong(np.asarray(right(v)), v))
    return found


@pytest.mark.parametrize("name", PLANTED)
def test_a_right_derivative_is_sealed(name):
    text, wrt, declare, order, _ = PLANTED[name]
    assert derive(text, wrt, order=order, declare=declare).verified


@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_derivative_is_refused(name):
    found = planted(name)
    evidence = sealed(found)
    assert evidence.refuted and not evidence.ok and evidence.reason in str(evidence)


def test_a_refuted_derivative_is_an_error_that_asks_for_a_report():
    found = planted("the sign")
    found.seal = sealed(found)
    with pytest.raises(UnverifiedError) as error:
        refuse_unless_sealed(found, "by x, order 1", "derivative")
    worst = found.seal.worst
    assert worst["claimed"] == pytest.approx(-worst["numeric"], rel=1e-12)  # a right one agrees to rounding
    assert str(error.value) == (
        "UnverifiedError: the derivative that was found fails its own check, so it is not shown\n"
        "  given:    ‖Ax − b‖², by x, order 1\n"
        f"            {found.seal}\n"
        "  expected: agreement with the numeric derivative of the function\n"
        "  fix:      this is a bug of chainrule: please report the expression"
    )


def test_one_point_alone_is_no_evidence():
    found = derive(LEAST_SQUARES, "x", seal=False)
    right = found.rendering.evaluate
    square_only = lambda v: right(v) * (1 if v["A"].shape == (4, 4) else np.nan)
    found.__dict__["rendering"] = SimpleNamespace(evaluate=square_only)
    found.seal = sealed(found)
    assert not found.seal.ok and not found.seal.refuted
    with pytest.raises(DomainError):
        refuse_unless_sealed(found, "by x, order 1", "derivative")


def test_what_is_zero_at_every_point_is_shown_with_a_note():
    found = derive("sum(exp(-1e5*x^2))", "x", declare="x: n gt1")
    assert "zero, to rounding, at every point at which it was checked" in found.notes
