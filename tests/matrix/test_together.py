"""Results written together: what each says, and that their definitions agree."""

import numpy as np

from chainrule.core.algebra import add, diag, outer, subtract
from chainrule.core.node import symbol
from chainrule.matrix.together import Wanted, negative, render_together
from chainrule.ops.structured import softmax

W, x, b, y = symbol("W", "mn"), symbol("x", "n"), symbol("b", "m"), symbol("y", "m")
P = softmax(W @ x + b, axes=(0,))
R = subtract(P, y)
VALUES = {
    n.name: np.random.default_rng(1).normal(size=[{"m": 4, "n": 3}[str(d)] for d in n.dims]) for n in (W, x, b, y)
}


def test_what_is_shared_gets_one_name():
    first, second = render_together([Wanted(outer(R, x), 0, W), Wanted(R, 0, b)], taken=[W, x, b, y])
    assert (first.text(), second.text()) == ("rxᵀ", "r")
    assert first.where_text() == second.where_text() == {"r": "softmax(Wx + b) − y"}


def test_each_has_only_the_definitions_that_it_uses():
    first, second = render_together(
        [Wanted(outer(R, x), 0, W), Wanted(add(R, P), 0, b), Wanted(x, 0, x)], taken=[W, x, b, y]
    )[::2]
    assert "x" not in first.where_text() and second.where_text() == {}


def test_a_row_layout_turns_gradients_only():
    gradient, value = render_together(
        [Wanted(W.T @ R, 0, x, "row"), Wanted(diag(P), 1, None, "row")], taken=[W, x, b, y]
    )
    assert gradient.text() == "(softmax(Wx + b) − y)ᵀW" or gradient.text().endswith("ᵀW")
    assert value.text().startswith("diag(")


def test_the_user_names_are_kept():
    (only,) = render_together([Wanted(outer(R, x), 0, W)], {P: "q"}, [W, x, b, y])
    assert only.text() == "(q − y)xᵀ" and only.where_text() == {"q": "softmax(Wx + b)"}


def test_the_value_is_that_of_what_is_printed():
    r = R
    for rendering in render_together([Wanted(outer(r, x), 0, W), Wanted(r, 0, b)], taken=[W, x, b, y]):
        minus = negative(rendering)
        np.testing.assert_allclose(minus.evaluate(VALUES), -rendering.evaluate(VALUES))
