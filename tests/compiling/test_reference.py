"""Compiled programs against the plain evaluator, on random graphs."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chainrule.compiling import compile_nodes
from chainrule.core.walk import order
from tests.compiling.graphs import SIZES, random_graph, random_point
from tests.reference import evaluate

SEEDS = st.integers(0, 2**32)
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def graph(seed, steps):
    try:
        return random_graph(random.Random(seed), steps)
    except KeyError:  # the random labels gave one label two sizes
        return random_graph(random.Random(1), 3)


def compared(node, values, sizes=SIZES):
    """(value of the program, value of the plain evaluator), largest entry scaled to 1."""
    with np.errstate(all="ignore"):
        wanted = evaluate(node, values, sizes)
        program = compile_nodes(node)
        found = program(**values, **{x: sizes[x] for x in program.sizes_asked})
    scale = np.max(np.abs(wanted), initial=1e-300)
    return found / scale, wanted / scale


@RELAXED
@given(SEEDS, st.integers(1, 12))
def test_a_program_computes_what_the_graph_means(seed, steps):
    node = graph(seed, steps)
    values = random_point(node, seed % 1000)
    copies = {k: np.array(v) for k, v in values.items()}
    found, wanted = compared(node, values)
    if np.isfinite(wanted).all():
        assert np.shape(found) == np.shape(wanted)
        assert found == pytest.approx(wanted, abs=1e-9)
        assert np.asarray(found).dtype == float
    assert all(np.array_equal(values[k], copies[k]) for k in values), "an argument was overwritten"


@RELAXED
@given(SEEDS, st.integers(1, 8))
def test_sizes_of_one_and_transposed_arguments_make_no_difference(seed, steps):
    node = graph(seed, steps)
    sizes = {"m": 1, "n": 2, "k": 3}
    values = {k: np.asarray(v, order="F") for k, v in random_point(node, seed % 1000, sizes).items()}
    found, wanted = compared(node, values, sizes)
    if np.isfinite(wanted).all():
        assert found == pytest.approx(wanted, abs=1e-9)


@RELAXED
@given(SEEDS, st.integers(1, 8))
def test_a_complex_step_gives_the_derivative(seed, steps):
    node = graph(seed, steps)
    values = random_point(node, seed % 1000)
    if not values:
        return
    rng = np.random.default_rng(0)
    direction = {k: rng.normal(size=np.shape(v)) for k, v in values.items()}
    direction = {k: v + v.T if k == "S" else v for k, v in direction.items()}
    moved = {k: values[k] + 1e-20j * direction[k] for k in values}
    with np.errstate(all="ignore"):
        wanted = evaluate(node, moved, SIZES)
        program = compile_nodes(node)
        found = program(**moved, **{x: SIZES[x] for x in program.sizes_asked})
    if np.isfinite(wanted).all():
        scale = max(np.max(np.abs(np.imag(wanted)), initial=0), 1e-20 * np.max(np.abs(wanted), initial=1e-300))
        assert np.imag(found) / scale == pytest.approx(np.imag(wanted) / scale, abs=1e-7)


@RELAXED
@given(SEEDS, st.integers(2, 8))
def test_several_outputs_are_what_each_is_alone(seed, steps):
    nodes = {"first": graph(seed, steps), "second": graph(seed + 1, steps), "third": graph(seed, steps + 1)}
    values = {k: v for node in nodes.values() for k, v in random_point(node, 3).items()}
    with np.errstate(all="ignore"):
        program = compile_nodes(nodes)
        found = program(**values, **{x: SIZES[x] for x in program.sizes_asked})
        for key, node in nodes.items():
            wanted = evaluate(node, values, SIZES)
            scale = np.max(np.abs(wanted), initial=1e-300)
            if np.isfinite(wanted).all():
                assert found[key] / scale == pytest.approx(wanted / scale, abs=1e-9)


JUMPING = {"step", "argmax_mask"}  # operations in which rounding decides


@settings(RELAXED, max_examples=60)
@given(SEEDS, st.integers(1, 10), st.sampled_from([SIZES, {"m": 1, "n": 2, "k": 3}, {"m": 20, "n": 15, "k": 9}]))
def test_arrays_of_float32_give_float32(seed, steps, sizes):
    node = graph(seed, steps)
    assume(not any(v.op in ("map", "struct") and v.attr.name in JUMPING for v in order(node) if hasattr(v.attr, "name")))
    values = {k: np.asarray(v, np.float32) if np.ndim(v) else v for k, v in random_point(node, seed % 1000, sizes).items()}
    program = compile_nodes(node)
    assume(any(program.parameters[name] for name in program.parameters))
    asked = {x: sizes[x] for x in program.sizes_asked}
    with np.errstate(all="ignore"):
        wanted = program(**{k: np.asarray(v, float) for k, v in values.items()}, **asked)
        found = [program(**values, **asked) for _ in range(3)]
    assert all(np.asarray(x).dtype == np.float32 and np.shape(x) == np.shape(wanted) for x in found)
    scale = np.max(np.abs(wanted), initial=1e-30)
    if np.isfinite(wanted).all() and scale < 1e30:
        for x in found:
            assert x / scale == pytest.approx(wanted / scale, abs=2e-3)
