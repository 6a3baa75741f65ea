"""Loops over blocks of rows compute what the plain text computes, at every size, and leave the arguments alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.calculus.reverse import jacobian
from chainrule.compiling import compile_nodes, tiles
from chainrule.core.algebra import broadcast, dot, sum_axes, total
from chainrule.core.dims import dim
from chainrule.core.node import symbol
from chainrule.core.shaping import slice_axis
from chainrule.ops.declare import lookup
from tests.compiling.graphs import SIZES, random_point
from tests.compiling.test_reference import RELAXED, SEEDS, graph
from tests.reference import evaluate

exp, tanh, softplus, softmax, logsumexp = [
    lookup(n) for n in ("exp", "tanh", "softplus", "softmax", "logsumexp")
]
x, X, w, y, W = symbol("x", "n"), symbol("X", "nd"), symbol("w", "d"), symbol("y", "n"), symbol("W", "dk")
Q, K = symbol("Q", "nd"), symbol("K", "md")
CHAIN = x * exp(-(x**2))
FUNCTIONS = {
    "chain": CHAIN,
    "slope of a chain": jacobian(total(CHAIN), [x])[0],
    "sum": total(softplus(x) * x),
    "logistic gradient": jacobian(total(softplus(X @ w)) - dot(y, X @ w), [w])[0],
    "softmax of rows": softmax(X @ W, axes=(1,)),
    "softmax of columns": softmax(tanh(X) * X, axes=(0,)),
    "two layers": jacobian(total(tanh(tanh(X) @ W) ** 2), [W])[0],
    "mixture": jacobian(total(logsumexp(X @ W, axes=(1,))), [W])[0],
    "attention": jacobian(total((softmax(Q @ K.T, axes=(1,)) @ K) ** 2), [K])[0],
    "a sum before": total(exp(x) * x) * tanh(X) * X,
    "a mask": total(tanh(x) * lookup("step")(x) * x),
}
M = symbol("M", "kd")
APART = broadcast(X, ("n", "k", "d"), (0, 2)) - broadcast(M, ("n", "k", "d"), (1, 2))
MIXTURE = jacobian(total(logsumexp(-sum_axes(APART**2, (2,)), axes=(1,))), [M])[0]  # a million entries where assumed
LARGE = {"n": 3_000_000, "d": 12, "k": 5, "m": 40}
HEIGHT = 4


def everything_in_blocks(patch):
    """Every array is beyond the cache, blocks have a few entries, and every loop pays."""
    for name, value in {"BEYOND": 1.0, "FEWEST": 1, "BLOCK": 8.0, "LOWEST": HEIGHT, "CALL": -1e9}.items():
        patch.setattr(tiles, name, value)


@RELAXED
@given(SEEDS, st.integers(1, 12))
def test_a_program_of_loops_computes_what_the_graph_means(seed, steps):
    nodes = {"first": graph(seed, steps), "second": graph(seed + 1, steps)}
    values = {k: v for node in nodes.values() for k, v in random_point(node, seed % 1000).items()}
    copies = {k: np.array(v) for k, v in values.items()}
    with np.errstate(all="ignore"), pytest.MonkeyPatch.context() as patch:
        everything_in_blocks(patch)
        program = compile_nodes(nodes)
        found = program(**values, **{s: SIZES[s] for s in program.sizes_asked})
        for key, node in nodes.items():
            wanted = evaluate(node, values, SIZES)
            scale = np.max(np.abs(wanted), initial=1e-300)
            if np.isfinite(wanted).all():
                assert found[key] / scale == pytest.approx(wanted / scale, abs=1e-9)
    assert all(np.array_equal(values[k], copies[k]) for k in values), "an argument was overwritten"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("rows", [1, HEIGHT - 1, HEIGHT, HEIGHT + 1, 3 * HEIGHT, 3 * HEIGHT + 1])
def test_blocks_need_not_divide_the_rows(name, rows, monkeypatch):
    node, sizes = FUNCTIONS[name], {"n": rows, "d": 3, "k": 2, "m": 5}
    values = random_point(node, 1, sizes)
    plain = compile_nodes(node)(**values)
    everything_in_blocks(monkeypatch)
    program = compile_nodes(node)
    assert "for i in range(0, n, " in program.source
    copies = {k: v.copy() for k, v in values.items()}
    found = program(**values)
    assert np.shape(found) == np.shape(plain)
    assert found == pytest.approx(plain, rel=1e-12, abs=1e-12)
    assert all(np.array_equal(values[k], copies[k]) for k in values), "an argument was overwritten"
    assert not any(np.shares_memory(found, v) for v in values.values())


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "softmax of columns"])
def test_no_rows_are_no_blocks(name, monkeypatch):
    node = FUNCTIONS[name]
    values = random_point(node, 1, {"n": 0, "d": 3, "k": 2, "m": 5})
    plain = compile_nodes(node)(**values)
    everything_in_blocks(monkeypatch)
    assert np.array_equal(compile_nodes(node)(**values), plain)


def test_short_arrays_stay_short_text_and_long_ones_are_cut():
    assert "for " not in compile_nodes(CHAIN).source
    assert compile_nodes(CHAIN, sizes={"n": 8_000_000}).source == (
        "import numpy as np\n"
        "\n"
        "\n"
        "def derivative(x):\n"
        '    """Returns n.\n'
        "\n"
        "    x: n\n"
        '    """\n'
        "    n = x.shape[0]\n"
        "    t1 = np.empty((n,))  # n\n"
        "    for i in range(0, n, 65536):\n"
        "        rows = slice(i, i + 65536)\n"
        "        x_rows = x[rows]  # rows\n"
        "        t2 = t1[rows]\n"
        "        np.negative(x_rows * x_rows, out=t2)  # rows\n"
        "        np.exp(t2, out=t2)  # rows\n"
        "        t2 *= x_rows  # rows\n"
        "    return t1  # n\n"
    )


def test_sizes_that_are_only_assumed_are_no_reason_for_a_loop():
    for node in [*FUNCTIONS.values(), MIXTURE]:
        assert "for " not in compile_nodes(node).source


def test_a_matrix_that_is_read_twice_is_read_in_blocks_if_it_is_beyond_the_cache():
    node = FUNCTIONS["logistic gradient"]
    assert "for " not in compile_nodes(node, sizes={"n": 4000, "d": 100}).source
    source = compile_nodes(node, sizes={"n": 20_000, "d": 500}).source
    assert "X_rows = X[rows]" in source and "@ X_rows  # d" in source


def test_one_operation_is_no_reason_for_a_loop():
    assert "for " not in compile_nodes(tanh(x), sizes=LARGE).source
    assert "for " not in compile_nodes(X @ W, sizes=LARGE).source


def test_what_needs_a_sum_over_all_rows_comes_after_the_loop_that_makes_it():
    source = compile_nodes(FUNCTIONS["a sum before"], sizes=LARGE).source
    assert source.index(" += ") < source.index("np.tanh(")


def test_slices_of_one_length_share_a_loop():
    head, tail = slice_axis(x, 0, 0, dim("n") - 1), slice_axis(x, 0, 1, dim("n"))
    valley = total((tail - head**2) ** 2 + (1 - head) ** 2)
    node = jacobian(valley, [x])[0]
    assert compile_nodes(node, sizes=LARGE).source.count("for i in range(0, n-1, ") == 1


def test_arguments_in_the_order_of_fortran_are_cut_as_well(monkeypatch):
    everything_in_blocks(monkeypatch)
    node = FUNCTIONS["two layers"]
    values = random_point(node, 2, {"n": 9, "d": 4, "k": 3})
    turned = {k: np.asarray(v, order="F") for k, v in values.items()}
    program = compile_nodes(node)
    assert program(**turned) == pytest.approx(program(**values), rel=1e-12)


def test_other_frameworks_have_no_loops(monkeypatch):
    everything_in_blocks(monkeypatch)
    for backend in ("jax", "torch"):
        assert "range(" not in compile_nodes(CHAIN, backend=backend, sizes=LARGE).source
