"""The multiplications of the backward pass, against counts by hand, and chains of factors."""

import numpy as np

from chainrule.explain.network import Taken, Trace, network
from chainrule.explain.network.chains import chain_lines, chains
from chainrule.explain.network.costs import costs
from chainrule.syntax import read


def trace(chain, sample, batch=None):
    net = network(chain, sample, batch)
    return Trace(Taken(net, list(net.weights)), net.values())


def test_multiplications_of_two_layers_are_counted_by_hand():
    found = costs(trace("dense 3, sigmoid, dense 1, mse", 2))
    # back, ∂L/∂z2 being given: to W2 1·3, to b2 1·1, to a1 1·3, to z1 3·3, to W1 3·6, to b1 3·3
    assert found.backward == 3 + 1 + 3 + 9 + 18 + 9
    # on, ∂z1/∂(W1, b1) of 9 columns and ∂z2/∂(W2, b2) of 4 being given: a1 3·3·9, z2 1·3·9, L 1·1·13
    assert found.forward == 81 + 27 + 13
    # by blocks: δ₂a1ᵀ 3, W2ᵀδ₂ 3, ⊙ 3, δ₁xᵀ 6; biases take nothing
    assert found.structured == 3 + 3 + 3 + 6
    assert found.parameters == 13


def test_multiplications_of_a_batch_grow_with_its_samples_by_blocks_only():
    one, eight = costs(trace("dense 4, tanh, dense 2, mse", 3, 1)), costs(trace("dense 4, tanh, dense 2, mse", 3, 8))
    # weights 8·(3·4 + 4·2), inputs of the second layer 8·8, ⊙ 8·4; a bias sums 8 rows
    assert eight.structured == 8 * (3 * 4 + 4 * 2) + 8 * 4 * 2 + 8 * 4 + 8 * (4 + 2)
    assert one.backward < eight.backward and eight.backward > 8 * one.backward


def test_the_other_order_costs_about_as_many_times_more_as_there_are_parameters():
    found = costs(trace("50 x (dense 8, relu), dense 1, mse", 8))
    assert found.backward < 36_000 < found.forward / 300


def test_a_step_that_branches_sends_along_every_edge():
    problem = read("a = tanh(x)\nb = exp(a)\nL = a^T b", "x: 2")
    found = costs(Trace(Taken(problem, ["x"]), {"x": np.ones(2)}))
    assert found == (4 + 4, 8 + 4 + 4, 2 + 2, 2)  # on, ∂a/∂x being given: b 2·2·2, L from a and from b 1·2·2


def test_a_chain_has_a_factor_for_each_step_with_its_shapes_below():
    found = trace("dense 3, sigmoid, dense 1, mse", 2)
    assert chain_lines(chains(found)["W1"], found.taken) == (
        "∂L/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂W1",
        "1×1      1×3       3×3       3×(3×2)",
    )
    assert chains(found)["b2"].factors == (("L", "z2", (), (1,)), ("z2", "b2", (1,), (1,)))


def test_a_long_chain_is_told_by_its_ends():
    found = trace("50 x (dense 2, relu), dense 1, mse", 2)
    top, below = chain_lines(chains(found)["W1"], found.taken)
    assert top == "∂L/∂z51 · ∂z51/∂a50 · ∂a50/∂z50 ⋯ ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂W1"
    assert len(chains(found)["W1"].factors) == 102


def test_residuals_give_a_way_for_each_choice_of_branches():
    found = chains(trace("dense 2, 5 x (residual(dense 2, tanh)), mse", 2))
    assert found["W1"].ways == 2**5 and found["W6"].ways == 1 and found["W5"].ways == 2
    assert len(found["W1"].factors) == 2 + 3 * 5
