"""Arrays of short rows are computed as few long ones, with the same numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.calculus.reverse import jacobian
from chainrule.compiling import compile_nodes, layout
from chainrule.core.algebra import broadcast, dot, sum_axes, total
from chainrule.core.node import symbol
from chainrule.ops.declare import lookup
from tests.compiling.graphs import SIZES, random_point
from tests.compiling.test_reference import RELAXED, SEEDS, graph
from tests.compiling.test_tiles import everything_in_blocks
from tests.reference import evaluate

softmax, logsumexp, tanh = [lookup(n) for n in ("softmax", "logsumexp", "tanh")]
X, W, Y, M, a, B = symbol("X", "nd"), symbol("W", "dk"), symbol("Y", "nk"), symbol("M", "kd"), symbol("a", "k"), symbol("B", "nk")
APART = broadcast(X, ("n", "k", "d"), (0, 2)) - broadcast(M, ("n", "k", "d"), (1, 2))
LOGITS = broadcast(a, ("n", "k"), (1,)) - sum_axes(APART**2, (2,)) * 0.5
FUNCTIONS = {
    "classifier": jacobian(total(logsumexp(X @ W, axes=(1,))) - dot(Y, X @ W), [W])[0],
    "mixture in the means": jacobian(total(logsumexp(LOGITS, axes=(1,))), [M])[0],
    "mixture in the data": jacobian(total(logsumexp(LOGITS, axes=(1,))), [X])[0],
    "probabilities, summed": sum_axes(softmax(tanh(X @ W) + B, axes=(1,)) * Y, (1,)),
    "a result of short rows": softmax(X @ W, axes=(1,)),
}
THIN = {"n": 50_000, "d": 4, "k": 3}


def everything_turned(patch):
    """Rows are short however long they are."""
    patch.setattr(layout, "SHORT", np.inf)
    patch.setattr(layout, "LONG", 0.0)


@RELAXED
@given(SEEDS, st.integers(1, 12), st.booleans())
def test_a_program_of_turned_arrays_computes_what_the_graph_means(seed, steps, in_blocks):
    node = graph(seed, steps)
    values = random_point(node, seed % 1000)
    copies = {k: np.array(v) for k, v in values.items()}
    with np.errstate(all="ignore"), pytest.MonkeyPatch.context() as patch:
        everything_turned(patch)
        if in_blocks:
            everything_in_blocks(patch)
        program = compile_nodes(node)
        found = program(**values, **{s: SIZES[s] for s in program.sizes_asked})
        wanted = evaluate(node, values, SIZES)
    if np.isfinite(wanted).all():
        scale = np.max(np.abs(wanted), initial=1e-300)
        assert np.shape(found) == np.shape(wanted)
        assert found / scale == pytest.approx(wanted / scale, abs=1e-9)
    assert all(np.array_equal(values[k], copies[k]) for k in values), "an argument was overwritten"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("sizes", [{"n": 37, "d": 4, "k": 3}, {"n": 1, "d": 1, "k": 1}, {"n": 5, "d": 1, "k": 2}])
def test_turned_arrays_give_the_same_numbers(name, sizes):
    plain, thin = compile_nodes(FUNCTIONS[name]), compile_nodes(FUNCTIONS[name], sizes=THIN)
    values = random_point(FUNCTIONS[name], 1, sizes)
    assert thin(**values) == pytest.approx(plain(**values), rel=1e-11, abs=1e-13)


def test_classes_come_first_where_there_are_few():
    source = compile_nodes(FUNCTIONS["classifier"], sizes=THIN).source
    assert "k × n" in source and "n × k\n" not in source.partition('"""\n')[2].partition('"""')[2]
    assert "k × n" not in compile_nodes(FUNCTIONS["classifier"], sizes=THIN | {"k": 100}).source


def test_a_result_of_short_rows_is_not_turned():
    program = compile_nodes(FUNCTIONS["a result of short rows"], sizes=THIN)
    assert "k × n" not in program.source
    assert program(**random_point(FUNCTIONS["a result of short rows"], 0, {"n": 9, "d": 4, "k": 3})).flags.c_contiguous


def test_other_frameworks_keep_their_layout():
    for backend in ("jax", "torch"):
        assert "k × n" not in compile_nodes(FUNCTIONS["classifier"], backend=backend, sizes=THIN).source
