"""Reshapes, slices and their kin agree with NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.compiling import evaluate
from chainrule.core.algebra import transpose
from chainrule.core.errors import ShapeError
from chainrule.core.node import symbol
from chainrule.core.shaping import index_axis, reshape, slice_axis

SHAPES = [
    ((3,), (1, 3)), ((3,), (3, 1)), ((1, 3), (3,)), ((3, 1), (3,)), ((1, 3), (3, 1)), ((1,), ()), ((), (1,)), ((), (1, 1)),
    ((1,), (1, 1, 1)), ((2, 3), (2, 1, 3)), ((2, 1, 3), (2, 3)), ((2, 3), (1, 6)), ((2, 3), (6, 1)), ((6,), (1, 2, 1, 3)),
    ((2, 1, 3), (3, 1, 2)), ((1, 4, 1), (2, 1, 2)), ((2, 3, 4), (6, 4)), ((2, 3, 4), (2, 12)), ((2, 6), (4, 3)), ((3, 4), (-1, 2)),
]  # fmt: skip


@pytest.mark.parametrize("before, after", SHAPES, ids=str)
def test_a_reshape_reads_row_by_row_and_keeps_axes_of_one_entry(before, after):
    x = np.arange(np.prod(before, dtype=int), dtype=float).reshape(before) + 1
    found = reshape(symbol("x", before), after)
    assert tuple(d.value for d in found.dims) == x.reshape(after).shape
    assert np.array_equal(evaluate(found, {"x": x}), x.reshape(after))


def test_an_axis_of_one_entry_beside_named_sizes():
    x = symbol("x", ["n"])
    row = reshape(x, [1, "n"])
    assert [d.text for d in row.dims] == ["1", "n"]
    assert reshape(row, ["n"]) is x and reshape(transpose(row), ["n"]) is x


def test_a_reshape_that_changes_the_number_of_entries_is_refused():
    with pytest.raises(ShapeError) as error:
        reshape(symbol("A", ["m", "n"]), ["n", "n"])
    assert str(error.value) == (
        "ShapeError: a reshape keeps the number of entries\n  given:    m × n to n × n\n  expected: m·n entries"
    )


@pytest.mark.parametrize("start, stop, step", [(0, 4, 1), (1, 6, 2), (-3, 6, 1), (2, -1, 1), (0, 6, 3)])
def test_slices_are_those_of_numpy(start, stop, step):
    x = np.arange(12.0).reshape(2, 6)
    found = slice_axis(symbol("x", (2, 6)), 1, start, stop, step)
    assert np.array_equal(evaluate(found, {"x": x}), x[:, slice(start, stop, step)])
    assert np.array_equal(evaluate(index_axis(symbol("x", (2, 6)), 1, start), {"x": x}), x[:, start])
