"""What a change means to every reader: arguments are kept where operations are defined, at the end that their declaration names."""

import numpy as np
import pytest

from chainrule.explain.diagnosis.causes import CAUSES
from chainrule.explain.diagnosis.changes import FAR, FAR_HALF, kept_within, place_of
from chainrule.explain.diagnosis.findings import GRAVITY
from chainrule.ops import lookup
from chainrule.ops.declare import elementwise_ops

ENDING = [op for op in elementwise_ops() if op.arity == 1 and np.isfinite(op.domain.low)]


@pytest.mark.parametrize("op", ENDING, ids=lambda op: op.name)
def test_an_argument_is_kept_inside_the_domain_that_is_declared(op):
    bound, end = kept_within(op, 1e-3)
    assert bound == "maximum" and end == pytest.approx(op.domain.low + 1e-3) and op.domain.contains(np.asarray(end))


def test_what_is_defined_everywhere_is_kept_where_an_exponential_is_finite():
    assert kept_within(lookup("exp"), 1e-7) == ("minimum", FAR) and np.isfinite(np.exp(np.float32(FAR)))
    assert kept_within(lookup("exp"), 1e-7, half=True) == ("minimum", FAR_HALF) and np.isfinite(np.exp(np.float16(FAR_HALF)))


def test_what_is_declared_nowhere_is_kept_above_zero():
    assert kept_within(None, 1e-7) == ("maximum", 1e-7)


def test_every_cause_has_its_gravity():
    assert sorted(GRAVITY) == sorted(CAUSES)


def test_an_error_is_placed_in_the_innermost_line_of_the_users_own_code():
    def fails():
        raise ValueError("no")

    try:
        fails()
    except ValueError as error:
        assert place_of(error, "torch") == f" (test_changes.py, line {fails.__code__.co_firstlineno + 1})"
