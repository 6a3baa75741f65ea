"""Differences of points keep their digits when they are contracted term by term, and are not formed for it."""

import numpy as np
import pytest

from chainrule.compiling import compile_nodes
from chainrule.core.algebra import contract
from chainrule.core.dims import dim
from chainrule.core.node import symbol
from chainrule.core.product import product
from chainrule.core.sums import linear_sum
from tests.reference import evaluate

n, k, d = dim("n"), dim("k"), dim("d")
X, C, K, V = symbol("X", "nd"), symbol("C", "kd"), symbol("K", "nk"), symbol("V", "kd")
FIRST = product(1, [(X, (0, 2), 1)], (0, 1, 2), {0: n, 1: k, 2: d})
SECOND = product(1, [(C, (1, 2), 1)], (0, 1, 2), {0: n, 1: k, 2: d})
APART = linear_sum([(1, FIRST), (-1, SECOND)], (n, k, d))
SUMS = {
    "over the first": contract("jd", (K, "ij"), (APART, "ijd")),
    "over the second": contract("id", (K, "ij"), (APART, "ijd")),
    "over both": contract("d", (K, "ij"), (APART, "ijd")),
    "twice": contract("jd", (K, "ij"), (APART, "ijd"), (APART, "ije"), (V, "je")),
    "beside a point itself": contract("jd", (K, "ij"), (APART, "ijd"), (FIRST, "ije"), (V, "je")),
}
UNEQUAL = linear_sum([(1, FIRST), (-2, SECOND)], (n, k, d))


def values(n=7, k=3, d=2, offset=0.0):
    rng = np.random.default_rng(0)
    made = {"X": rng.normal(size=(n, d)), "C": rng.normal(size=(k, d)), "K": rng.random((n, k)), "V": rng.normal(size=(k, d))}
    # the offset is a power of two and the points are multiples of 2⁻²⁰, so that their differences are the same numbers
    return {x: np.round(a * 2**20) / 2**20 + (offset if x in "XC" else 0) for x, a in made.items()}


@pytest.mark.parametrize("name", [name for name in SUMS if name != "beside a point itself"])
@pytest.mark.parametrize("sizes", [None, {"n": 1000.0, "k": 50.0, "d": 10.0}])
def test_a_common_offset_of_the_points_changes_nothing(name, sizes):
    program = compile_nodes(SUMS[name], sizes=sizes)
    near, far = [{x: a for x, a in values(offset=o).items() if x in program.parameters} for o in (0.0, 2.0**30)]
    assert program(**far) == pytest.approx(program(**near), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("shape", [(7, 3, 2), (1, 4, 1), (5, 1, 3), (3, 0, 2), (0, 3, 2)])
def test_the_value_is_that_of_the_differences(name, shape):
    program = compile_nodes(SUMS[name])
    at = values(*shape)
    sizes = dict(zip("nkd", shape))
    found = program(**{x: at[x] for x in program.parameters})
    assert found == pytest.approx(evaluate(SUMS[name], at, sizes), abs=1e-12)


def test_no_array_of_all_differences_is_made():
    assert "n × k × d" not in compile_nodes(SUMS["over the second"]).source


def test_a_sum_that_no_shift_leaves_alone_is_not_shifted():
    node = contract("id", (K, "ij"), (UNEQUAL, "ijd"))
    program = compile_nodes(node)
    at = values()
    found = program(**{x: at[x] for x in program.parameters})
    assert found == pytest.approx(evaluate(node, at, dict(zip("nkd", (7, 3, 2)))), abs=1e-12)
