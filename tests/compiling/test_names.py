"""What people call things, in programs."""

import numpy as np
import pytest

from chainrule.compiling import compile_nodes
from chainrule.compiling.names import Names, plain, shape_text
from chainrule.core.dims import dim
from chainrule.core.node import symbol


def test_no_two_things_have_one_name_and_none_that_of_a_keyword():
    names = Names()
    assert [names.fresh(x) for x in ("λ", "x₁", "x1", "lambda", "np", "1", "…")] == [
        "lamda", "x1", "x1_", "lambda_", "np_", "v1", "value",
    ]  # fmt: skip


def test_shapes_and_keys_stand_in_comments_and_strings_as_they_are():
    assert shape_text((dim("n"), dim("d") * 2)) == "n × 2·d" and shape_text(()) == "scalar"
    assert plain("a\n\"b\" */ \\ 'c'") == "a__b_ * / _ _c_"


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_size_with_any_name_stays_within_its_comment(backend):
    x = symbol("x", (dim("n\nraise SystemExit */ \\"),))
    program = compile_nodes({"a": x * x, "b'\"": x @ x}, backend=backend)
    for _ in range(2):
        found = program(x=np.arange(3.0))
        assert found["a"].tolist() == [0, 1, 4] and found["b'\""] == 5.0
