"""Which axes run together: said for each operation, and tried on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiling.labels import SPELLED, labels
from chainrule.compiling.lower import Lowering
from chainrule.compiling.program import assumed_sizes
from chainrule.compiling.schedule import Schedule
from chainrule.core.walk import order
from tests.compiling.test_reference import RELAXED, SEEDS, graph


@RELAXED
@given(SEEDS, st.integers(1, 12))
def test_axes_with_one_label_have_one_size(seed, steps):
    node = graph(seed, steps)
    lowering = Lowering([node], assumed_sizes(order(node)))
    for v in Schedule([lowering.output(node)]).order:
        found = labels(v.op, v.params, v.args, len(v.dims)) if v.args else None
        if found is None:
            continue
        ins, out = found
        assert [len(own) for own in ins] == [len(a.dims) for a in v.args]
        assert len(out) == len(v.dims) == len(set(out))
        size = {}
        for own, dims in [*zip(ins, [a.dims for a in v.args]), (out, v.dims)]:
            for label, d in zip(own, dims):
                assert size.setdefault(label, d) is d
        assert set(out) <= set(size)


def test_what_mixes_the_entries_along_an_axis_has_no_labels():
    assert not {"cumsum", "inv", "det", "struct", "reshape", "slice", "assemble", "spread"} & set(SPELLED)


@pytest.mark.parametrize(
    ("op", "params", "shapes", "computed"),
    [
        ("matmul", ((1, 0), (0, 1)), [(3, 2), (3, 4)], lambda a, c: a.T @ c),
        ("matmul", ((0, 1, 2), (0, 2, 1)), [(5, 2, 3), (5, 4, 3)], lambda a, c: a @ c.transpose(0, 2, 1)),
        ("matmul", ((0, 1, 2), (0,)), [(5, 2, 3), (3,)], lambda a, c: a @ c),
        ("matvec", ((1, 0, 2), (0, 1)), [(2, 5, 3), (5, 3)], lambda a, c: (a.transpose(1, 0, 2) @ c[..., None])[..., 0]),
        ("tensordot", ((0, 2), (1, 0)), [(2, 3, 4), (4, 2, 5)], lambda a, c: np.tensordot(a, c, axes=([0, 2], [1, 0]))),
        ("sum", ((1,),), [(2, 3, 4)], lambda a: a.sum(axis=1)),
        ("turn", ((1, 2, 0),), [(2, 3, 4)], lambda a: a.transpose(1, 2, 0)),
        ("mul", ((0, 1), (1,)), [(2, 3), (3,)], lambda a, c: a * c),
    ],
)
def test_labels_are_those_of_einsum(op, params, shapes, computed):
    class Array:
        def __init__(self, shape):
            self.dims = shape

    arrays = [np.random.default_rng(k).normal(size=shape) for k, shape in enumerate(shapes)]
    value = computed(*arrays)
    ins, out = labels(op, params, tuple([Array(s) for s in shapes]), value.ndim)
    number = {label: k for k, label in enumerate({x: None for own in (*ins, out) for x in own})}
    operands = [piece for a, own in zip(arrays, ins) for piece in (a, [number[x] for x in own])]
    assert np.einsum(*operands, [number[x] for x in out]) == pytest.approx(value)
