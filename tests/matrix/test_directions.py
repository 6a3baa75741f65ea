"""Factors put last keep the value; what is put in place of a symbol stays as it is."""

from fractions import Fraction

import numpy as np
import pytest

from chainrule.core.algebra import dot, multiply, trace
from chainrule.core.node import symbol
from chainrule.matrix.directions import as_fractions, direction_last, displacement, put
from chainrule.matrix.evaluate import evaluate
from chainrule.matrix.reduce import tree_of
from chainrule.matrix.text import text
from chainrule.matrix.tree import sym

A, X, H = symbol("A", "mn"), symbol("X", "nn"), symbol("H", "nn")
x, b, v, s, t = symbol("x", "n"), symbol("b", "m"), symbol("v", "n"), symbol("s", ()), symbol("t", ())
MOVED = {
    "a product": (dot(v, A.T @ (A @ x - b)), "v", "(Ax − b)ᵀAv"),
    "a trace": (trace(H @ X), "H", "tr(XH)"),
    "a trace of more": (trace(H @ X @ H @ X.T), "H", "tr(XᵀHXH)"),
    "entries": (multiply(v, x), "v", "x ⊙ v"),
    "entries that divide": (multiply(v, x**-2), "v", "v ⊘ x²"),
    "numbers": (multiply(t, s, 2), "s", "2ts"),
    "a form in it alone": (dot(v, X @ v), "v", "vᵀXv"),
}


@pytest.mark.parametrize("name", MOVED)
def test_the_direction_stands_last_and_the_value_stays(name):
    node, last, shown = MOVED[name]
    tree = tree_of(node)
    moved = direction_last(tree, [last])
    rng, sizes = np.random.default_rng(1), {"m": 4, "n": 3}
    values = {n.name: rng.normal(size=[d.at(sizes) for d in n.dims]) for n in (A, X, H, x, b, v, s, t)}
    np.testing.assert_allclose(evaluate(moved, values, sizes), evaluate(tree, values, sizes), rtol=1e-12)
    assert text(moved) == shown


def test_a_difference_is_put_in_as_it_is():
    step = displacement(sym("t", ()), tree_of(t * 0 + 1))
    assert text(put(tree_of(s**2 * 3), "s", step)) == "3(t − 1)²"
    assert text(put(tree_of(-s), "s", step)) == "−(t − 1)"


def test_decimals_become_fractions():
    tree = tree_of(s * Fraction(3, 40))
    assert text(tree) == "0.075s" and text(as_fractions(tree)) == "3s/40"
