"""Where an expression is zero, negative or singular, said of its simplest part; and what certainly is not."""

import pytest

from chainrule.core.algebra import identity, matmul, number, transpose
from chainrule.core.node import symbol
from chainrule.derivation import derive
from chainrule.derivation.breaks.conditions import (
    COLUMN,
    EVERY,
    ROW,
    WHOLE,
    all_of,
    bounds,
    definite,
    invertible,
    nonzero,
    positive,
    semidefinite,
)
from chainrule.syntax import read


def node(text, declare=None):
    return read(text, declare).lower().node


NONZERO = [
    ("x^T x", "x: n", "x", WHOLE),
    ("||A x - b||", None, "A x - b", WHOLE),
    ("3 ||x||", "x: n", "x", WHOLE),
    ("sum(|x|)", "x: n", "x", WHOLE),
    ("x^T S x", "x: n, S: n n posdef", "x", WHOLE),
    ("sum(X.^2, axis=1)", "X: m n", "X", ROW),
    ("sum(X.^2, axis=0)", "X: m n", "X", COLUMN),
    ("tanh(x)", "x: n", "x", EVERY),
    ("2 x", "x: scalar", "x", EVERY),
    ("max(x, -1) - 1", "x: n", "x - 1", EVERY),
    ("x .* exp(x)", "x: n", "x", EVERY),
]


@pytest.mark.parametrize("text, declare, part, scope", NONZERO, ids=[n[0] for n in NONZERO])
def test_what_vanishes_is_the_simplest_part(text, declare, part, scope):
    (found,) = nonzero(node(text, declare))
    assert found.scope == scope
    assert found.node.dims == node(part, declare).dims or part == "A x - b"
    if part != "x - 1":
        assert found.node is node(part, declare) or part == "A x - b"


NEVER = [
    ("exp(x)", "x: n"),
    ("1 + x^2", "x: scalar"),
    ("x^2 + y", "x: scalar, y: positive"),
    ("2 - tanh(x)", "x: n"),
    ("1 - sigma(x)", "x: n"),
    ("1 - softmax(x)", "x: n"),
    ("1 - p", "p: open01"),
    ("y .* y", "y: n labelspm1"),
    ("cosh(x)", "x: n"),
    ("max(x, 2) - 1", "x: n"),
]


@pytest.mark.parametrize("text, declare", NEVER, ids=[n[0] for n in NEVER])
def test_what_certainly_does_not_vanish_needs_no_condition(text, declare):
    assert nonzero(node(text, declare)) == []


def test_what_is_positive_but_for_a_zero_is_nonzero():
    assert [c.relation for c in positive(node("|x|", "x: n"))] == ["≠ 0"]
    assert [c.relation for c in positive(node("x", "x: n"))] == ["> 0"]
    assert positive(node("exp(x) + |x|", "x: n")) == []


def test_a_product_needs_each_factor():
    assert {c.node.name for c in nonzero(node("x y^2", "x: scalar, y: scalar"))} == {"x", "y"}


def test_ranges_come_from_the_declarations():
    assert bounds(node("1 - sigma(x)", "x: scalar")) == ((0.0, False), (1.0, False))
    assert bounds(node("2 sin(x)", "x: scalar")) == ((-2.0, True), (2.0, True))
    assert bounds(number(3)) == ((3.0, True), (3.0, True))


X, S = symbol("X", ("m", "n")), symbol("S", ("n", "n"), {"posdef"})
A, B = symbol("A", ("n", "n"), {"invertible"}), symbol("B", ("n", "n"))


def test_definite_matrices_are_recognised():
    gram = matmul(transpose(X), X)
    assert semidefinite(gram) and not definite(gram)
    assert definite(gram + S) and definite(gram + 2 * identity("n")) and not definite(gram - S)
    assert invertible(gram + S) == [] and [c.node for c in invertible(gram)] == [gram]


def test_a_product_of_square_matrices_needs_each_to_be_invertible():
    assert [c.node for c in invertible(matmul(matmul(A, B), transpose(A)))] == [B]
    assert invertible(matmul(A, A)) == []


def test_a_matrix_is_not_zero_as_a_whole():
    (found,) = all_of(X)
    assert (found.relation, found.scope) == ("≠ 0", WHOLE)


def test_a_trace_of_squares_is_zero_where_the_matrix_is():
    d = derive("1/tr(W^T W)", "W")
    assert [entry[1] for entry in d.rows() if entry[0] == "for"] == ["W ≠ 0"]
