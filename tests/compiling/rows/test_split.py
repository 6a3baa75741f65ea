"""How a program is cut into passes: what is computed once, what of each row, and what is gathered."""

import numpy as np
import pytest

from chainrule.compiling import compile_nodes
from chainrule.compiling.rows import stream
from chainrule.compiling.rows.roles import MAX, PARTIAL, ROWS, SUM
from chainrule.compiling.rows.split import Split, lowered
from chainrule.core.algebra import total
from chainrule.core.node import symbol
from chainrule.ops.declare import lookup
from tests.compiling.rows.workloads import asked, far, values

X, Z, w, x, a = symbol("X", ("n", "d")), symbol("Z", ("n", "d")), symbol("w", "d"), symbol("x", "n"), symbol("a")


def cut(program, rows="n"):
    split = Split(lowered(program, rows, {}), rows, program.assumed)
    split.cut(100)
    return split


def roles(program, *wanted):
    split = cut(program)
    return [split.roles.role[v] for v in split.order if split.roles.role[v] in wanted]


def test_what_is_free_of_the_rows_is_computed_once():
    split = cut(asked("Gaussian", "gradient"))
    assert [v.op for v in split.passes[0].before.outputs][:1] == ["inv"]
    assert "inv" not in [v.op for v in split.passes[0].block.moved]
    assert len(split.passes) == 1 and split.after.outputs


def test_a_maximum_and_a_sum_that_meet_the_rows_again_take_a_pass_each():
    split = cut(asked("softmax over the rows", "gradient"))
    gathered = [[split.roles.role[v] for v in one.block.outputs] for one in split.passes]
    assert gathered == [[MAX], [SUM], [SUM], [SUM]]


def test_the_difference_of_two_sums_is_one_sum():
    program = compile_nodes(X.T @ x - 3 * (Z.T @ (x * x)) * a)
    assert roles(program, SUM, PARTIAL) == [PARTIAL] * 3 + [SUM]
    assert "sum2" not in stream(program).source


@pytest.mark.parametrize(
    "node",
    [
        total(x) * total(x**2),
        total(x) ** 2 - total(x**2),
        (total(x) - total(x**2)) * total(lookup("exp")(x)),
        total(x) / total(x**2),
        lookup("exp")(total(x) - total(x**2)) * a - total(x),
        (X.T @ x) * total(x) - 3 * (Z.T @ (x * x)) * a,
    ],
    ids=str,
)
def test_products_and_functions_of_sums_are_not_sums(node):
    program = compile_nodes(node)
    given = values(program, 8)
    assert far(stream(program, "n", block=3)(**given), program(**given)) < 1e-13


def test_results_may_be_arguments_numbers_and_each_other():
    program = compile_nodes({"w": w, "x": x, "sum": total(x), "again": total(x), "size": total(x * 0 + 1), "turned": X.T})
    given = values(program, 5)
    found = stream(program, "n", block=2)(**given)
    truth = program(**given)
    assert all(far(found[key], truth[key]) < 1e-15 for key in truth)
    assert not np.shares_memory(found["w"], given["w"]) and not np.shares_memory(found["x"], given["x"])
    assert roles(program, ROWS) == [ROWS] * 3 and found["size"] == 5
