"""The sum constructor: like terms meet, shared patterns move outside."""

from chainrule.core.algebra import add, broadcast, diag, identity, multiply, negate, ones, outer, subtract, zeros
from chainrule.core.node import symbol

a, b, x = symbol("a", "n"), symbol("b", "n"), symbol("x", "m")
A = symbol("A", "nn")


def test_like_terms_meet():
    assert add(a, a) is 2 * a
    assert subtract(a, a) is zeros("n")
    assert subtract(a, subtract(a, b)) is b
    assert add(a, b) is add(b, a)
    assert negate(subtract(a, b)) is subtract(b, a)


def test_a_diagonal_that_all_terms_share_moves_outside():
    assert add(diag(a), diag(b)) is diag(add(a, b))
    assert add(diag(a), identity("n")) is diag(1 + a)
    assert add(diag(a), A).op == "sum"


def test_a_broadcast_axis_that_all_terms_share_moves_outside():
    assert add(outer(ones("m"), a), outer(ones("m"), b)) is outer(ones("m"), add(a, b))
    assert add(outer(x, a), outer(ones("m"), b)).op == "sum"


def test_terms_that_differ_in_pattern_keep_their_own():
    both = add(diag(a), outer(ones("n"), a), multiply(A, A))
    assert len(both.args) == 3


def test_scalars_are_spread_over_every_entry():
    assert (1 + a) is add(broadcast(ones(()), a.dims, ()), a)
