"""Products whose parts lie over one another: kept apart, so that sums over layers never carry the rows' data along."""

from __future__ import annotations

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.compiling import compile_nodes
from chainrule.core.algebra import contract
from chainrule.core.node import symbol
from chainrule.core.sums import linear_sum
from tests.reference import evaluate

DECLARED = "X: n d, A: d m, B: m k, C: k m, Y: n m"
FUNCTIONS = {
    "three layers": "||tanh(tanh(tanh(X A) B) C) - Y||^2",
    "a residual": "sum(tanh(X A + tanh(X A) B C).^2)",
    "two branches": "sum((relu(X A) B) .* exp(tanh(X A) B))",
    "a softmax": "sum(log(softmax(tanh(tanh(X A) B) C, axis=1)) .* Y)",
}
X, Z, A = symbol("X", "nd"), symbol("Z", "nk"), symbol("A", "kk")


def data(n, d, m, k):
    rng = np.random.default_rng([n, d, m, k])
    shapes = {"X": (n, d), "A": (d, m), "B": (m, k), "C": (k, m), "Y": (n, m)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("wrt", ["A", "B"])
@pytest.mark.parametrize("text", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("sizes", [(30, 9, 8, 7), (8, 8, 8, 8), (1, 5, 4, 6), (6, 1, 4, 3), (5, 4, 1, 2)])
def test_the_second_derivative_of_layers_over_rows_is_that_of_the_gradient(text, wrt, sizes):
    values = data(*sizes)
    hessian, gradient = cr.hessian(text, wrt, DECLARED).compile(), cr.grad(text, wrt, DECLARED).compile()
    direction = np.random.default_rng(0).normal(size=values[wrt].shape)
    own = lambda program, **changed: program(**{x: v for x, v in (values | changed).items() if x in program.parameters})
    found = np.tensordot(own(hessian), direction, 2)
    truth = own(gradient, **{wrt: values[wrt] + 1e-20j * direction}).imag / 1e-20
    np.testing.assert_allclose(found, truth, rtol=0, atol=1e-11 * (1 + abs(truth).max()))


@pytest.mark.parametrize("layers", [3, 5])
def test_no_array_is_larger_than_a_matrix_for_each_row_or_the_result(layers):
    text = "X"
    for i in range(layers):
        text = f"tanh({text} W{i})"
    declared = "X: n d, Y: n d, " + ", ".join([f"W{i}: d d" for i in range(layers)])
    source = cr.hessian(f"||{text} - Y||^2", "W0", declared).compile().planned({"n": 50, "d": 20}).source
    shapes = {tuple(sorted(shape.split(" × "))) for shape in re.findall(r"  # (.*)$", source, re.MULTILINE)}
    assert ("d", "d", "d", "n") not in shapes and ("d", "d", "n") in shapes


def test_a_sum_keeps_the_part_that_its_terms_share():
    first = contract("nik", (X, "ni"), (Z, "nk"))
    second = contract("nik", (X, "ni"), (Z, "nj"), (A, "jk"))
    node = contract("nil", (linear_sum([(1, first), (2, second)], first.dims), "nik"), (A, "kl"))
    values = {"X": np.ones((4, 30)), "Z": np.arange(84.0).reshape(4, 21), "A": np.eye(21)[::-1] + 1}
    program = compile_nodes(node)
    found = program(**{x: values[x] for x in program.parameters})
    np.testing.assert_allclose(found, evaluate(node, values, {"n": 4, "d": 30, "k": 21}), rtol=1e-12)


def test_a_weight_of_the_rows_goes_to_a_part_that_is_computed_anyway():
    source = cr.hessian("||softmax(tanh(X A) B, axis=1) C - Y||^2", "A", DECLARED).compile()
    source = source.planned({"n": 60, "d": 24, "m": 16, "k": 12}).source
    assert not re.search(r"  # n × [dmk] × [dmk] × [dmk]$", source, re.MULTILINE)
