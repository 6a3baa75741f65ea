"""Arguments of any form give the right value in every template of every operation."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.ops.declare import elementwise_ops
from chainrule.ops.templates import ALONE, COMPARED, TIGHT, fill, pieces

OPS = elementwise_ops()


def test_surroundings_are_read():
    assert [p[1:] for p in pieces("np.where({0} > 0, {0}, {1}*{0})")] == [
        ("0", COMPARED), ("0", ALONE), ("1", TIGHT), ("0", TIGHT), ("", ALONE),
    ]  # fmt: skip
    assert [p[1:] for p in pieces("({0} == np.max({0}, axis={axes}, keepdims=True))")] == [
        ("0", COMPARED), ("0", ALONE), ("axes", ALONE), ("", ALONE),
    ]  # fmt: skip
    assert [p[2] for p in pieces("{0}**{1}")] == [TIGHT, TIGHT, ALONE]
    assert [p[2] for p in pieces("(({0} < {1}) & ({1} < {2}))")][:4] == [COMPARED] * 4
    assert [p[2] for p in pieces("({0}/(1 + np.exp(-{0})))")] == [TIGHT, TIGHT, ALONE]
    assert [p[2] for p in pieces("{0}[1]")] == [TIGHT, ALONE]


def test_brackets_stand_only_where_they_are_needed():
    def argument(index, around):
        text = "ab"[index] + " + 1"
        return text if around != TIGHT else f"({text})"

    assert fill("np.where({0} > 0, {0}, {1}*{0})", argument) == "np.where(a + 1 > 0, a + 1, (b + 1)*(a + 1))"
    assert fill("np.max({0}, axis={axes})", argument, axes="1") == "np.max(a + 1, axis=1)"


@pytest.mark.parametrize("op", OPS, ids=str)
def test_sums_fill_every_template_rightly(op):
    scope = {"np": np}
    if op.imports:
        exec(op.imports, scope)
    values = {name: np.array([0.23, 0.41]) + 0.1 * k for k, name in enumerate("xyz")}
    shifted = [values[name] + (0.2 if op.name != "arccosh" else 1.2) for name in "xyz"[: op.arity]]

    def argument(index, around):
        text = f"{'xyz'[index]} + {0.2 if op.name != 'arccosh' else 1.2}"
        return f"({text})" if around == TIGHT else text

    for template in {op.numpy, op.safe}:
        found = eval(fill(template, argument), scope, dict(values))
        assert np.asarray(found, float) == pytest.approx(op.evaluate(*shifted))
