"""The row layout: transposes where they disturb least, and rows multiplied from left to right."""

import pytest

from chainrule.derivation import derive


def row(text, wrt, declare=None):
    return derive(text, wrt, declare=declare, layout="row").text


def test_a_row_of_entrywise_products_is_a_product_with_a_diagonal():
    assert row("||W2 tanh(W1 x) - y||^2", "x").startswith("2(W2 h − y)ᵀW2 diag(1 − h²) W1")
    assert row("||W2 tanh(W1 x) - y||^2", "W1").startswith("2x(W2 h − y)ᵀW2 diag(1 − h²)")


def test_a_row_of_two_vectors_is_transposed_as_a_whole():
    assert row("sum(a .* x .* b)", "x", "x: n") == "(a ⊙ b)ᵀ"


@pytest.mark.parametrize(
    "text, wrt, declare, line",
    [
        ("c^T tanh(X W) b", "W", None, "∂f/∂Z = diag(b)(1 − tanh(Z).²)ᵀ diag(c)"),
        ("||softmax(X W) - Y||_F^2", "W", None, "∂f/∂Z = Pᵀ ⊙ (∂f/∂P) − Pᵀ diag((P ⊙ (∂f/∂P)ᵀ)𝟏)"),
        ("||W2 tanh(W1 x) - y||^2", "W1", None, "∂f/∂z = (∂f/∂h) diag(1 − h²) = 2rᵀW2 diag(1 − h²)"),
    ],
)
def test_steps_have_no_transpose_of_a_transpose(text, wrt, declare, line):
    found = [x.text() for x in derive(text, wrt, declare=declare).tell("chain", "row")]
    assert any(x.startswith(line) for x in found), found


def test_the_transpose_of_a_difference_stays_outside():
    assert row("||A X - B||_F^2", "X") == "2(AX − B)ᵀA"
