"""What a forward pass saves, and what its backward pass does with it."""

import numpy as np

from chainrule.calculus import pull_back
from chainrule.compiling.passes import Passes
from chainrule.core.algebra import total
from chainrule.core.dims import dim
from chainrule.core.node import size, symbol
from chainrule.ops.declare import lookup

X, W, y = symbol("X", ("n", "d")), symbol("W", ("d", "k")), symbol("y", ("n", "k"))
tanh, relu, softmax = [lookup(name) for name in ("tanh", "relu", "softmax")]


def passes(value, wrt, names=None):
    bar = symbol("value_bar", value.dims)
    bars = dict(zip([x.name for x in wrt], pull_back(value, wrt, bar)))
    return Passes(value, bars, bar, [X, W, y], names or {})


def saved(value, wrt, names=None):
    return [name for name, _ in passes(value, wrt, names).saved]


def test_an_output_is_saved_and_not_what_it_was_made_of():
    assert saved(tanh(X @ W), [W]) == ["X", "value"]
    assert saved(total(tanh(X @ W) * y), [W]) == ["X", "y", "tanh"]


def test_what_no_cotangent_needs_is_not_saved():
    assert saved(X @ W, [W]) == ["X"]
    assert saved(X @ W + y * 3, [y]) == []
    assert saved(softmax(X @ W, axes=(1,)) + y, [y]) == []


def test_of_a_relu_the_output_is_saved_since_its_sign_is_that_of_the_input():
    hidden = relu(X @ W)
    assert saved(total(hidden * y), [W, y]) == ["X", "y", "relu"]
    back = passes(total(hidden * y), [W, y]).backward()
    assert any("(relu > 0)" in line for line in back.lines)
    # where the input is needed for more, it is what is saved
    assert saved(total(hidden * (X @ W) ** 2), [W]) == ["X", "z", "relu"]


def test_what_costs_next_to_nothing_is_computed_again():
    residual = X @ W - y
    assert saved(total(residual**2) + total(2 * residual * y), [W]) == ["X", "y", "z"]


def test_the_names_of_the_person_stand_in_both_passes():
    residual = X @ W - y
    made = passes(total(residual**2), [W, y], {residual: "r"})
    back, forth = made.backward(), made.forward()
    assert made.saved == [("X", X.dims), ("r", residual.dims)]
    assert forth.lines[0].startswith("r = X @ W - y") and any("r" in line.split("=")[1] for line in back.lines)


def test_a_size_that_no_saved_array_shows_is_saved():
    made = passes(total(X) * size(dim("n")) ** -1, [X])
    back = made.backward()
    made.forward()
    assert made.saved == [] and sorted(made.saved_sizes) == ["d", "n"] and back.reading == []


def test_a_sum_beside_a_product_uses_the_product():
    value = relu(X @ W) * y
    back = passes(value, [W], {}).backward()
    assert sum("value_bar" in line for line in back.lines) == 1


def test_a_solution_is_saved_and_no_inverse_is_formed():
    S, v = symbol("S", "nn"), symbol("v", "n")
    value = lookup("inverse")(S) @ v
    bar = symbol("value_bar", value.dims)
    bars = dict(zip("Sv", pull_back(value, [S, v], bar)))
    made = Passes(value, bars, bar, [S, v], {})
    assert [name for name, _ in made.saved] == ["S", "value"]
    text = "\n".join(made.forward().lines + made.backward().lines)
    assert "inv(" not in text and text.count("solve(") == 2


def test_reserved_names_are_left_free():
    f = symbol("saved", "n")
    made = Passes(f**2, dict(saved=2 * f), symbol("value_bar", "n"), [f], {})
    made.reserved = {"saved"}
    assert made.backward().inputs["saved"] == "saved_" and made.forward().inputs["saved"] == "saved_"


def test_both_passes_compute_what_they_say():
    value = total(softmax(X @ W, axes=(1,)) * y)
    made = passes(value, [W, y])
    back, forth = made.backward(), made.forward()
    rng = np.random.default_rng(0)
    space = {"np": np, "X": rng.normal(size=(5, 3)), "W": rng.normal(size=(3, 4)), "y": rng.normal(size=(5, 4)), "value_bar": -0.7}
    exec("\n".join([*forth.reading, *forth.lines]), space)
    exec("\n".join([*back.reading, *back.lines]), space)
    p = np.exp(space["X"] @ space["W"])
    p /= p.sum(axis=1, keepdims=True)
    wanted = -0.7 * space["X"].T @ (p * (space["y"] - (p * space["y"]).sum(axis=1, keepdims=True)))
    np.testing.assert_allclose(eval(back.returned["W"], space), wanted, rtol=1e-12)
    np.testing.assert_allclose(eval(back.returned["y"], space), -0.7 * p, rtol=1e-12)
