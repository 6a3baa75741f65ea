"""What curvatures mean for gradient descent: limits and factors, held against the recursions themselves."""

from math import log, sqrt

import numpy as np
import pytest

from chainrule.explain.step_sizes import digit, stable, step_sizes


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("high", [0.3, 40.0])
def test_descent_converges_just_below_the_limit_and_not_just_above(high, momentum):
    def radius(step):  # of the recursion along the eigenvector of the largest curvature
        return np.max(np.abs(np.linalg.eigvals(np.array([[1 + momentum - step * high, -momentum], [1, 0]]))))

    assert radius(0.99 * stable(high, momentum)) < 1 < radius(1.01 * stable(high, momentum))


def test_the_best_step_has_the_factor_that_is_told_at_both_ends_and_no_step_a_smaller():
    found = step_sizes(2.0, 30.0)
    worst = lambda step: max(abs(1 - step * 2.0), abs(1 - step * 30.0))
    assert worst(found.best) == pytest.approx(found.factor)
    assert all(worst(step) >= found.factor for step in np.linspace(0, found.stable, 200))


def test_the_heavy_ball_has_the_factor_that_is_told():
    found = step_sizes(1.0, 100.0)
    step, beta, factor = found.momentum
    assert factor == pytest.approx(9 / 11) and found.factor == pytest.approx(99 / 101)
    for value in (1.0, 7.0, 100.0):  # the companion matrix of the recursion along one eigenvector
        M = np.array([[1 + beta - step * value, -beta], [1, 0]])
        assert np.max(np.abs(np.linalg.eigvals(M))) == pytest.approx(factor, abs=1e-6)
    assert digit(found.factor) == pytest.approx(log(10) / log(101 / 99)) and found.momentum_digit == pytest.approx(log(10) / log(11 / 9))
    assert step_sizes(2.0, 2.0).factor == 0 and sqrt(step_sizes(1.0, 4.0).momentum[1]) == pytest.approx(1 / 3)
