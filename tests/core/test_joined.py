"""Slices of what was joined: the part that is covered stays, the others vanish."""

import numpy as np

from chainrule.core.dims import dim
from chainrule.core.node import structured, symbol
from chainrule.core.product import product
from chainrule.core.shaping import concatenate, index_axis, slice_axis
from tests.reference import evaluate


def test_a_slice_of_parts_that_were_joined_is_the_part_that_it_covers():
    x, y = symbol("x", (dim("m"),)), symbol("y", (dim("n"),))
    joined = concatenate([x, y], 0)
    assert slice_axis(joined, 0, dim(0), dim("m")) is x
    assert slice_axis(joined, 0, dim("m"), dim("m") + dim("n")) is y


def test_a_slice_across_the_joint_keeps_both_parts():
    x, y = symbol("x", (dim(3),)), symbol("y", (dim(2),))
    found = slice_axis(concatenate([x, y], 0), 0, dim(1), dim(4))
    values = {"x": np.array([1.0, 2.0, 3.0]), "y": np.array([4.0, 5.0])}
    assert np.array_equal(evaluate(found, values, {}), [2.0, 3.0, 4.0])


def test_an_entry_of_a_sum_of_placed_entries_is_that_entry():
    x = symbol("x", (dim(3),))
    parts = [index_axis(x, 0, k) for k in (2, 0, 1)]
    turned = concatenate([slice_axis(x, 0, dim(k), dim(k + 1)) for k in (2, 0, 1)], 0)
    assert [index_axis(turned, 0, k) for k in range(3)] == parts


def test_slices_that_do_not_touch_multiply_to_zero():
    places = [structured("shift", (dim(k), 1), (dim(1), dim(5))) for k in (0, 2, 4)]
    for a in places:
        for b in places:
            product_ = product(1, [(a, ("a", "n"), 1), (b, ("b", "n"), 1)], ["a", "b"])
            assert (product_.op == "sum" and not product_.args) is (a is not b)
