"""Masks and arguments of PyTorch programs keep their types."""

import numpy as np
import pytest

from chainrule.calculus.reverse import jacobian
from chainrule.compiling import compile_nodes
from chainrule.core.algebra import contract
from chainrule.core.node import symbol
from chainrule.core.product import product
from chainrule.ops.declare import lookup

x, v, M = symbol("x", "n"), symbol("v", "n", ("positive",)), symbol("M", "nn")
step, relu = lookup("step"), lookup("relu")


def test_a_number_times_a_mask_has_all_digits():
    """Of PyTorch's default type, float32, it would have seven."""
    program = compile_nodes(product(-8 / 9, [(step(x), "i", 1), (v, "i", -3)], "i"), backend="torch")
    found = program(v=np.array([1.1, 1.3]), x=np.array([1.0, -1.0]))
    assert found.numpy() == pytest.approx([-8 / 9 / 1.1**3, 0.0], rel=1e-14)


def test_the_diagonal_of_a_mask_is_a_mask():
    program = compile_nodes(product(1, [(step(M), "ii", 1), (relu(M), "ii", 0.5)], "i"), backend="torch")
    assert program(M=np.array([[4.0, 1.0], [1.0, -1.0]])).tolist() == [2.0, 0.0]


def test_an_array_that_runs_backwards_is_taken():
    assert compile_nodes(2 * x, backend="torch")(x=np.arange(3.0)[::-1]).tolist() == [4.0, 2.0, 0.0]


def test_a_choice_between_two_numbers_has_all_digits():
    slope = jacobian(contract("", (lookup("leaky_relu")(x), "i")), [x])[0]
    assert compile_nodes(slope, backend="torch")(x=np.array([1.0, -1.0])).tolist() == [1.0, 0.01]
