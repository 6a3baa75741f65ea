"""A Hessian as a sum of networks: what is multiplied out, and what stays whole."""

from chainrule.compiling.structured.terms import terms_of
from chainrule.core.algebra import contract, diag, outer, scale, subtract
from chainrule.core.node import symbol
from chainrule.core.product import product

X, w, u = symbol("X", "nd"), symbol("w", "n"), symbol("u", "n")


def shape(term):
    return term.coef, sorted([(base.name, labels) for base, labels, _ in term.operands])


def test_a_diagonal_and_an_outer_product_between_factors_are_multiplied_out():
    middle = subtract(diag(w), outer(u, u))
    node = contract("ij", (X, "ni"), (middle, "nm"), (X, "mj"))
    assert sorted(map(shape, terms_of(node))) == [
        (-1, [("X", (2, 0)), ("X", (3, 1)), ("u", (2,)), ("u", (3,))]),
        (1, [("X", (2, 0)), ("X", (2, 1)), ("w", (2,))]),
    ]


def test_a_residual_on_one_side_stays_whole():
    R = subtract(X, symbol("Y", "nd"))
    node = product(1, [(R, ("n", "i"), 1), (R, ("n", "j"), 1)], ("i", "j"))
    (term,) = terms_of(node)
    assert [base.op for base, _, _ in term.operands] == ["sum", "sum"]


def test_terms_that_meet_are_one():
    A = symbol("A", "nn", ["symmetric"])
    node = product(3, [(A, (0, 1), 1)], (0, 1))
    assert [shape(t) for t in terms_of(scale(2, node))] == [(6, [("A", (0, 1))])]
    assert terms_of(subtract(node, node)) == []
