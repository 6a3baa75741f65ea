"""Programs that round at random."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compiling.noise import ROUNDING, noisy


@pytest.mark.parametrize("f", ["||X w - y||^2", "sum(log(1 + exp(X w)))", "logsumexp(X w)", "sum(softmax(X w).^2)", "w' X' X w", "sum(abs(X w - y))"])
def test_the_scatter_is_that_of_rounding(f):
    rng = np.random.default_rng(0)
    program = cr.hessian(f, "w", declare="X: n d, w: d, y: n").compile()
    values = {"X": rng.normal(size=(6, 3)), "w": rng.normal(size=3), "y": rng.normal(size=6)}
    values = {n: x for n, x in values.items() if n in program.parameters}
    rounded, exact = noisy(program), program(**values)
    found = np.array([rounded(**values) for _ in range(20)])
    size = np.max(np.abs(exact)) + 1
    assert np.max(np.abs(found - exact)) <= 1000 * ROUNDING * size
    assert np.max(np.abs(exact)) == 0 or np.max(np.std(found, axis=0)) > 0


def test_what_is_lost_where_numbers_nearly_cancel_comes_out():
    program = cr.derive("a^2/2 - a^3/3", "a").compile()
    rounded = noisy(program)  # a − a², at 1
    scatter = np.std([rounded(a=1.0) for _ in range(50)])
    assert ROUNDING / 10 < scatter < 100 * ROUNDING


def test_a_name_that_is_taken_is_left_alone():
    program = cr.derive("sum(exp(rounded) .* noise)", "rounded").compile()
    values = {"rounded": np.ones(3), "noise": np.arange(3.0)}
    np.testing.assert_allclose(noisy(program)(**values), program(**values))
