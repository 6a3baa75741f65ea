"""Breaks as rows beside a result."""

import pytest

from chainrule.derivation import derive
from chainrule.derivation.breaks import rows_of

ROWS = [
    ("||A x - b||", "x", None, [("for", "Ax ≠ b", "kink: JAX gives NaN there, PyTorch 0")]),
    ("||x||_1", "x", None, [("for", "x ≠ 0 in every entry", "kink: JAX takes the slope 1 there, PyTorch 0")]),
    ("relu(x)", "x", "x: scalar", [("for", "x ≠ 0", "kink: JAX and PyTorch take the slope 0 there")]),
    ("max(x)", "x", "x: n", [("for", "the largest entry of x is unique", "tie: JAX and PyTorch split the gradient evenly there")]),
    ("x/||x||", "x", None, [("for", "x ≠ 0", "jump: JAX and PyTorch give NaN there")]),
    ("y log(p) + (1 - y) log(1 - p)", "p", None, [("for", "0 < p < 1", "")]),
    ("log(x) + 1/(x - y)", "x", "x: scalar, y: scalar", [("for", "x > 0 and x ≠ y", "")]),
    ("log(log(x))", "x", "x: scalar", [("for", "x > 1", "")]),
    ("arccos(x^T y)", "x", None, [("for", "−1 < xᵀy < 1", "")]),
    ("x^2/x", "x", "x: scalar", [("for", "x ≠ 0", "")]),
    ("||x||^p", "x", "x: n, p: scalar positive", [("for", "x ≠ 0", "")]),
    ("tr(A X^-1 B)", "X", None, [("for", "X invertible", "")]),
    ("det(X)", "X", None, [("for", "X invertible", "the formula; the derivative exists beyond")]),
    ("huber(x)", "x; 2", "x: scalar", [("for", "|x| ≠ 1", "the second derivative jumps there")]),
    ("||A x - b||^2", "x", None, []),  # a formula: nothing breaks in it, whatever code does
    ("np.linalg.norm(x)**2", "x", None, [("autodiff", "NaN in JAX where x = 0, though the derivative there is 0; safe: sum(x.^2)", "")]),
    ("np.log(1 + np.exp(x))", "x", "x: scalar", [("autodiff", "NaN in JAX and PyTorch where x > 709, though the derivative exists there; safe: softplus(x)", "")]),
    ("sum(norm(X, axis=1))", "X", None, [("for", "no row of X is 0", "kink: JAX gives NaN there, PyTorch does not")]),
]  # fmt: skip


@pytest.mark.parametrize("formula, wrt, declare, rows", ROWS, ids=[r[0] for r in ROWS])
def test_rows_say_where_and_what_the_frameworks_give(formula, wrt, declare, rows):
    name, _, order = wrt.partition("; ")
    assert rows_of(derive(formula, name, int(order or 1), declare)) == rows


def test_the_rows_stand_below_the_result():
    assert str(derive("||x||", "x")).split("\n")[1:3] == [
        "∇f = x/‖x‖                 shape n, column layout",
        "for       x ≠ 0            kink: JAX gives NaN there, PyTorch 0",
    ]


def test_the_report_says_it_at_length():
    rows = derive("||x||", "x").broken().rows()
    assert [row[:2] for row in rows if row[0] in ("breaks", "JAX", "PyTorch", "safe")] == [
        ("breaks", "where x = 0: kink; the first derivative is missing"),
        ("JAX", "NaN"),
        ("PyTorch", "0"),
        ("safe", "sqrt(u) as where(u > 0, sqrt(where(u > 0, u, 1)), 0) with u = ‖x‖²"),
    ]
    assert derive("x^T x", "x").broken().rows()[-1] == ("breaks", "nowhere that we found", "")


def test_the_report_is_a_text():
    assert str(derive("x^T x", "x").broken()).split("\n")[-1] == "breaks    nowhere that we found"
