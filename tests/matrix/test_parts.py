"""How parts of arrays are printed: rows, slices, heads of a tensor, columns of one entry; and names kept in sums."""

import numpy as np
import pytest

import chainrule as cr


def recurrent(xs, W, U, y):
    h = np.tanh(W @ xs[0])
    h = np.tanh(W @ xs[1] + U @ h)
    return np.sum((h - y) ** 2)


def test_a_row_of_a_matrix_is_printed_as_it_is_written():
    found = cr.grad(recurrent, "U", xs="2 d", W="k d", U="k k", y="k")
    assert found.where == {"h": "tanh(W xs[0])", "h₂": "tanh(W xs[1] + Uh)"}
    assert found.text == "2((h₂ − y) ⊙ (1 − h₂²))hᵀ"


def heads(X, W, V):
    return sum([np.sum(np.tanh(X @ W[k] @ V[k])) for k in range(2)])


def test_a_matrix_of_a_stack_is_printed_by_its_place():
    found = cr.grad(heads, "X", X="n d", W="2 d k", V="2 k m")
    assert found.text == "(1 − tanh(XW[1]V[1]).²)V[1]ᵀW[1]ᵀ + (1 − tanh(XW[0]V[0]).²)V[0]ᵀW[0]ᵀ"
    assert "I[0]" not in str(cr.grad(heads, "W", X="n d", W="2 d k", V="2 k m"))


def test_a_result_for_one_matrix_of_a_stack_says_for_which():
    found = cr.grad(lambda W, x, y: x @ W[0] @ y, "W", W="2 m n", x="m", y="n")
    assert found.text == "δ_i0 x_j y_k"


def gradients(U):
    return np.sum((U[1:] - U[:-1]) ** 2) + np.sum(np.cos(U[:, 2:]))


def test_slices_are_printed_beside_what_they_cut():
    assert cr.trace(gradients, U="m n").echo == "gradients(U) = sum(cos(U[:, 2:])) + ‖U[1:] − U[:-1]‖_F²"


def correlation(X, K, Y):
    return np.sum((K[0, 0] * X[:-1] + K[1, 1] * X[1:] - Y) ** 2)


def test_entries_and_slices_are_as_short_as_names_and_get_none():
    found = cr.grad(correlation, "K", X="n", K="2 2", Y="n-1")
    assert found.where == {"r": "K[1, 1]X[1:] + K[0, 0]X[:-1] − Y"}
    assert found.text == "2((rᵀX[1:])I[1](I[1])ᵀ + (rᵀX[:-1])I[0](I[0])ᵀ)"


def columns(X, W1, b1, W2, b2, y):
    Z1 = X @ W1 + b1
    Z2 = np.maximum(0, Z1) @ W2 + b2
    return np.sum((Z2 - y) ** 2)


SHAPES = dict(X="n d", W1="d h", b1="1 h", W2="h 1", b2="1 1", y="n 1")


def test_ones_of_a_single_entry_are_left_out():
    found = cr.grad(columns, "b1", **SHAPES)
    assert found.where == {"Z1": "XW1 + 𝟏b1", "Z2": "relu(Z1) W2 + b2"}
    assert found.text == "2(W2 ⊙ ([Z1 > 0]ᵀ(Z2 − y)))ᵀ"


def test_ascii_spells_them_since_it_is_read_back():
    assert "ones" in cr.grad(columns, "W2", **SHAPES).ascii


def test_terms_that_make_up_a_named_sum_are_its_name():
    found = cr.derive("r = A x + b\nsum((r - y)^2)", "x")
    assert (found.text, found.where) == ("2Aᵀ(r − y)", {"r": "Ax + b"})
    other = cr.derive("r = A x + b\nsum((y - r)^2) + sum(r)", "x", declare="A: m n")
    assert other.where == {"r": "Ax + b"}


def product(V, W, H):
    WH = W @ H
    return np.sum((V - WH) ** 3)


def test_a_product_does_not_look_like_a_name():
    assert cr.grad(product, "V", V="m n", W="m k", H="k n").where == {"WH": "W H"}


def split_heads(X, W, Y):
    T, d = X.shape
    q = (X @ W).reshape(T, 2, 3).transpose(1, 0, 2)
    s = np.tanh(q @ q.transpose(0, 2, 1))
    return np.sum((s @ q).transpose(1, 0, 2).reshape(T, d) * Y)


def test_heads_put_together_again_are_a_reshape():
    found = cr.grad(split_heads, "Y", X="T 6", W="6 6", Y="T 6")
    assert found.text == "reshape(u, (T, 6))"
    assert "merge" not in str(cr.grad(split_heads, "W", X="T 6", W="6 6", Y="T 6"))


@pytest.mark.parametrize("offset, shown", [(0, "triu(𝟏𝟏ᵀ)"), (1, "triu(𝟏𝟏ᵀ, 1)"), (-1, "triu(𝟏𝟏ᵀ, -1)")])
def test_an_upper_triangle_is_named_so(offset, shown):
    found = cr.derive(f"sum(A .* triu(ones(n, n), {offset}))", "A", declare="A: n n")
    assert found.text == shown


def test_a_transpose_of_all_factors_stands_outside():
    def layer(x, W1, W2, y):
        return np.sum((np.maximum(x @ W1.T, 0) @ W2.T - y) ** 2)

    found = cr.grad(layer, "W1", x="n d", W1="h d", W2="k h", y="n k")
    assert found.text == "2([xW1ᵀ > 0] ⊙ ((relu(xW1ᵀ) W2ᵀ − y)W2))ᵀx"
