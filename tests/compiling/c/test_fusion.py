"""Loops are shared where one turn needs what the same turn made, and only there."""

import numpy as np
import pytest

from chainrule import derive
from chainrule.compiling import compile_nodes
from chainrule.core.algebra import contract
from chainrule.core.node import symbol
from chainrule.ops.declare import lookup

A, x, y = symbol("A", "mn"), symbol("x", "n"), symbol("y", "n")
exp, tanh, softmax, log = [lookup(n) for n in ("exp", "tanh", "softmax", "log")]


def body(node):
    return compile_nodes(node, backend="c").source.partition("*/\n")[2]


def test_a_chain_entry_by_entry_is_one_loop_without_memory():
    text = body({"a": exp(x) * tanh(x), "b": exp(x) / (1 + tanh(x) ** 2)})
    assert text.count("for (") == 1 and "work" not in text and text.count("exp(") == text.count("tanh(") == 1


def test_what_is_needed_whole_ends_a_loop():
    text = body(softmax(x))
    assert text.count("for (") == 3 and text.count("exp(") == 1


def test_rows_are_finished_one_after_the_other():
    text = body(softmax(A, axes=(1,)))
    assert text.startswith("void") and text.count("for (long i = 0; i < m; i++)") == 1, text


def test_a_product_before_a_function_needs_no_array():
    assert "work" not in body(tanh(A @ x))


def test_loops_that_share_nothing_are_apart():
    text = body({"a": exp(x), "b": tanh(y)})
    assert text.count("for (") == 2


def test_what_is_summed_over_rows_is_ready_after_the_last_row():
    r = tanh(A @ x)
    node = contract("j", (r, "i"), (A, "ij"))
    program = compile_nodes(node + x * node, backend="c")
    for m, n in ((5, 3), (1, 1), (200, 4), (64, 2), (65, 2)):
        rng = np.random.default_rng(m)
        at, v = rng.normal(size=(m, n)), rng.normal(size=n)
        g = np.tanh(at @ v) @ at
        assert program(A=at, x=v) == pytest.approx(g + v * g, rel=1e-12)


def test_function_values_of_rows_are_computed_in_blocks():
    text = derive("sum(log(1 + exp(-(X w) .* y)))", wrt="w").code("c")
    assert "start += 64" in text and "#pragma omp simd\n        for (long i = start; i < stop; i++)" in text


@pytest.mark.parametrize(
    "text, wrt", [("cumsum(x)' y", "x"), ("sum(exp(cumsum(x .* y)))", "x"), ("sum(cumsum(exp(x)) .* y)", "y")]
)
def test_cumulative_sums_keep_their_order(text, wrt):
    found = derive(text, wrt=wrt)
    for n in (1, 2, 9):
        rng = np.random.default_rng(n)
        values = {name: rng.normal(size=n) for name in found.compile().parameters}
        assert found.compile("c")(**values) == pytest.approx(found.compile()(**values), rel=1e-13)
