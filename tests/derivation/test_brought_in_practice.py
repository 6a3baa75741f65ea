"""Functions as practitioners write them, where telling, counting or checking them once failed."""

import numpy as np

import chainrule as cr


def huber(r, delta):
    return np.mean(np.where(np.abs(r) <= delta, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)))


def test_a_condition_brings_no_path_to_what_it_asks_about():
    steps = str(cr.grad(huber, "r", r="n", delta="positive").steps)
    assert "verified" in steps


def ordinal(x, c, Y):
    low, high = 1 / (1 + np.exp(x - c[0])), 1 / (1 + np.exp(x - c[1]))
    return -np.sum(Y * np.log(np.stack([low, high - low, 1 - high], axis=1)))


def test_a_part_that_comes_in_by_an_identity_has_a_rule():
    assert "verified" in str(cr.grad(ordinal, "c", x="n", c="2", Y="n 3 onehot").steps)


def shifted(A, X, W, Y):
    Z = A @ X @ W
    Z = Z - Z.max(axis=1, keepdims=True)
    return -np.mean(np.sum(Y * (Z - np.log(np.exp(Z).sum(1, keepdims=True))), 1))


def test_a_shift_that_cancels_leaves_rounding_that_refutes_nothing():
    assert "verified" in str(cr.grad(shifted, "W", A="n n", X="n d", W="d k", Y="n k onehot").steps)


def neighbours(P, Y):
    D = np.sum((Y[:, None] - Y[None]) ** 2, axis=2)
    q = 1 / (1 + D) * (1 - np.eye(Y.shape[0]))
    return np.sum(P * np.log(1 + D)) + np.sum(P) * np.log(np.sum(q))


def test_the_hessian_of_an_embedding_along_a_direction():
    assert cr.hvp(neighbours, "Y", P="n n", Y="n d").seal.ok


def rounds(x, W, y, n=200):
    for _ in range(n):
        x = x + 0.01 * np.tanh(W @ x)
    return np.sum((x - y) ** 2)


def test_two_hundred_rounds_of_a_small_step():
    found = cr.grad(rounds, "W", x="d", W="d d", y="d")
    assert found.seal.ok
    assert max([int(n) for n in "".join(c if c in "0123456789" else " " for c in found.text).split()]) <= 10_000


def decayed(x, n=800):
    for _ in range(n):
        x = 1.01 * np.sin(x)
    return np.sum(x)


def test_a_number_multiplied_a_thousand_times_is_no_endless_fraction():
    assert cr.grad(decayed, "x", x="n").seal.ok


def test_the_logarithm_of_an_absolute_value():
    found = cr.grad(lambda w, u: np.sum(np.log(np.abs(1 + u * w))), "w", w="n", u="n")
    assert found.text == "u ⊘ (1 + u ⊙ w)"


def test_the_shape_of_a_parameter_called_as_an_option_is_its_shape():
    found = cr.hvp(lambda v, u: np.log(1 + np.exp(u @ v)), "v", v="d", u="d")
    assert found.text == "s(1 − s)(uᵀw)u"


def test_a_name_in_the_other_case_is_suggested():
    try:
        cr.grad(lambda X, w: np.sum(X @ w), "W", X="n d", w="d")
    except cr.UnknownNameError as error:
        assert error.fix == "differentiate by `w`"
    else:
        raise AssertionError("W is no variable")
