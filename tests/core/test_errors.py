"""The whole text of every error of the core, the tables and the compiler."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.compiling import compile_nodes
from chainrule.core.algebra import add, contract, matmul, multiply, trace
from chainrule.core.errors import ChainruleError, caret, did_you_mean
from chainrule.core.node import symbol
from chainrule.core.shaping import kron, reshape, slice_axis
from chainrule.ops import lookup

A, B, x, five = symbol("A", "mn"), symbol("B", "mn"), symbol("x", "n"), symbol("v", (5,))
ERRORS = {
    "matmul": (lambda: matmul(A, B), "ShapeError: cannot multiply as matrices\n  given:    m × n and m × n\n  expected: as many rows on the right as columns on the left"),
    "letters": (lambda: contract("i", (A, "i")), "ShapeError: `i` does not index a tensor with 2 axes\n  given:    shape m × n\n  expected: 2 letters"),
    "one letter, two sizes": (lambda: contract("i", (A, "ii")), "ShapeError: the axes called `i` differ in size\n  given:    m and n\n  expected: one size for each letter"),
    "add": (lambda: add(A, x), "ShapeError: cannot add tensors of different shapes\n  given:    m × n and n\n  expected: equal shapes, or a scalar"),
    "multiply": (lambda: multiply(A, x), "ShapeError: cannot multiply tensors of different shapes\n  given:    m × n and n\n  expected: equal shapes, or a scalar"),
    "trace": (lambda: trace(A), "ShapeError: only a square matrix has a trace\n  given:    m × n\n  expected: n × n"),
    "reshape": (lambda: reshape(A, ["n", -1, 2]), "ShapeError: cannot work out the axis given as -1\n  given:    m·n entries in rows of 2·n"),
    "kron": (lambda: kron(A, x), "ShapeError: kron takes two vectors or two matrices\n  given:    2 and 1 axes"),
    "slice": (lambda: slice_axis(five, 0, 3, 3), "ShapeError: the slice is empty\n  given:    [3:3] of an axis of size 5"),
    "axis": (lambda: lookup("softmax")(A, axes=(2,)), "ShapeError: `softmax` has no axis 2\n  given:    an argument with 2 axes\n  expected: an axis that the argument has"),
    "arity": (lambda: lookup("exp")(x, x), "ShapeError: `exp` takes 1 argument\n  given:    2\n  expected: 1 argument"),
    "arguments": (lambda: lookup("maximum")(A, x), "ShapeError: the arguments of `maximum` differ in shape\n  given:    m×n, n\n  expected: equal shapes, or scalars"),
    "backend": (lambda: compile_nodes(x, backend="nunpy"), "BackendError: there is no backend `nunpy`\n  given:    backend='nunpy'\n  expected: numpy, torch, jax, c\n  fix:      did you mean `numpy`?"),
    "unknown argument": (lambda: compile_nodes(A @ x)(A=np.ones((2, 3)), y=1), "UnknownNameError: there is no argument `y`\n  given:    y\n  expected: A, x"),
    "missing argument": (lambda: compile_nodes(A @ x)(A=np.ones((2, 3))), "UnknownNameError: `x` is missing\n  given:    A\n  expected: A, x\n  fix:      pass x=…"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_says_what_failed_what_was_given_and_what_was_expected(name):
    call, text = ERRORS[name]
    with pytest.raises(ChainruleError) as error:
        call()
    assert str(error.value) == text


def test_a_caret_stands_below_the_character_at_fault_in_a_line_of_any_length():
    assert caret("a + )", 4, shown=72) == "a + )\n    ^ column 5"
    assert caret("one\ntwo !\nthree", 8, shown=72) == "two !\n    ^ column 5"
    line, pointer = caret("x" * 100 + "!" + "y" * 100, 100, shown=20).split("\n")
    assert line.startswith("…") and line.endswith("…") and line[pointer.index("^")] == "!" and pointer.endswith("column 101")


def test_only_what_is_near_is_offered_instead_of_a_misspelt_word():
    assert did_you_mean("logdte", ["logdet", "trace"]) == "logdet"
    assert did_you_mean("banana", ["logdet", "trace"]) is None
