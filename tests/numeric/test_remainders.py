"""The remainder of a right slope shrinks as h², that of a wrong one as h, whatever the size of the point."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.numeric.remainders import remainders

X, V = np.array([0.3, -0.8, 1.2]), np.array([1.0, -0.5, 0.7])


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_both_slopes_are_seen_at_points_of_every_size(scale):
    true = np.cos(X) @ V / scale

    def f(x):
        return np.sum(np.sin(x / scale))

    found = remainders(f, X * scale, V, 1.001 * true, true)
    assert found.slope == pytest.approx(1, abs=0.02) and found.true_slope == pytest.approx(2, abs=0.02)
    assert len(found.steps) == len(found.yours) == len(found.true) and sorted(found.steps)[::-1] == list(found.steps)


def test_remainders_of_a_vector_are_norms():
    found = remainders(np.exp, X, V, np.exp(X) * V, np.exp(X) * V)
    h = found.steps[2]
    assert found.yours[2] == pytest.approx(np.linalg.norm(np.exp(X + h * V) - np.exp(X) - h * np.exp(X) * V))
    assert found.slope == pytest.approx(2, abs=0.02)


def test_a_linear_function_leaves_no_remainder_to_fit():
    found = remainders(lambda x: 3 * np.sum(x), X, V, np.array(4 * np.sum(V)), np.array(3 * np.sum(V)))
    assert found.true_slope is None and found.slope == pytest.approx(1, abs=1e-6)
    assert max(found.true) <= 1e3 * found.rounding


def test_long_steps_that_leave_the_domain_do_not_count():
    x, v = np.array([1e-3]), np.array([-1.0])
    found = remainders(lambda x: np.sum(np.log(x)), x, v, np.array(-1100.0), np.array(-1000.0), longest=0.1)
    assert np.isnan(found.true[0]) and found.true_slope == pytest.approx(2, abs=0.05)
    assert found.slope == pytest.approx(1, abs=0.05)
