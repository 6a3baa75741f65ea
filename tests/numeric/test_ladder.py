"""The ladder's bounds hold, for plain functions at few evaluations and for hard ones at all; kinks are told from bends."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.calculus.reverse import partial
from chainrule.numeric.ladder import along, second_along
from tests.laws.test_elementwise import OPS, at, draws, symbols

DIFFERENTIABLE = [op for op in OPS if op.derivative or op.define]
ONE = np.array(1.0)


def slope(f, x, dtype=float, **options):
    return along(f, np.array(x, dtype=dtype), ONE, **options)


def true_partial(op, values, index):
    """The derivative that the declaration gives, at each point."""
    node = op(*symbols(op))
    if node.op == "map":
        return at(partial(node, list(node.args).index(symbols(op)[index])), values)
    rule = op.derivative if callable(op.derivative) else op.derivative[index]
    return np.broadcast_to(at(rule(*symbols(op), node), values), values[0].shape)


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=str)
@given(seed=st.integers(0, 10**6))
def test_the_declared_derivative_of_an_operation_lies_within_the_bound(op, seed):
    values = draws(op, seed, 40)
    if not len(values[0]):
        return
    values = [v[:1] for v in values]
    for index in range(op.arity):
        if op.name == "where" and index == 0:
            continue
        exact = true_partial(op, values, index)

        def f(x, index=index):
            return op.evaluate(*values[:index], x, *values[index + 1 :])

        found = along(f, values[index], np.ones(1))
        own = 1e-12 if op.name in ("lgamma", "digamma", "gamma") else 1e-14  # what these err by themselves
        assert abs(found.value - exact) <= found.bound + own * abs(exact)
        assert found.bound <= 1e-6 * abs(exact) + 1e-9 * np.max(np.abs(op.evaluate(*values)), initial=1.0)


PLAIN = {
    "exp": (np.exp, mp.exp, 1.0),
    "sin": (np.sin, mp.sin, 1.0),
    "tanh": (np.tanh, mp.tanh, 0.3),
    "power": (lambda x: x**3, lambda x: x**3, 2.0),
    "rational": (lambda x: 1 / (1 + x * x), lambda x: 1 / (1 + x * x), 0.7),
    "reciprocal": (lambda x: 1 / x, lambda x: 1 / x, 3.0),
    "logarithm": (np.log, mp.log, 5.0),
}
HARD = {
    "a huge argument": (np.log, mp.log, 1e8),
    "a tiny argument": (np.sqrt, mp.sqrt, 1e-8),
    "a tiny argument of a function of scale 1": (np.exp, mp.exp, 1e-8),
    "an offset": (lambda x: 1e8 + np.sin(x), lambda x: 10**8 + mp.sin(x), 1.0),
    "a large offset": (lambda x: 1e12 + x * x, lambda x: 10**12 + x * x, 3.0),
    "oscillation": (lambda x: np.sin(1e6 * x), lambda x: mp.sin(10**6 * x), 0.7),
    "a ripple": (lambda x: x + 1e-3 * np.sin(1e5 * x), lambda x: x + mp.mpf(1e-3) * mp.sin(10**5 * x), 0.4),
    "a plateau": (lambda x: 1 / (1 + (1e8 * x) ** 2), lambda x: 1 / (1 + (10**8 * x) ** 2), 2e-8),
    "a plateau away from 0": (
        lambda x: 1 / (1 + (1e8 * (x - 1)) ** 2),
        lambda x: 1 / (1 + (10**8 * (x - 1)) ** 2),
        1 + 2e-8,
    ),
    "a near pole": (lambda x: 1 / (x - 1), lambda x: 1 / (x - 1), 1 + 1e-6),
    "a near end of the domain": (lambda x: np.sqrt(x - 1), lambda x: mp.sqrt(x - 1), 1 + 1e-7),
    "cancellation": (lambda x: (1 - np.cos(x)) / x**2, lambda x: (1 - mp.cos(x)) / x**2, 1e-3),
    "a staircase": (lambda x: np.log(1 + np.exp(-x)), lambda x: mp.log(1 + mp.exp(-x)), 28.0),
    "a saturated function": (np.tanh, mp.tanh, 9.0),
    "rounded values": (lambda x: np.rint(np.sin(x) * 1e6) / 1e6, mp.sin, 0.5),
    "a tiny scale": (lambda x: 1e-12 * np.sin(x), lambda x: mp.mpf(1e-12) * mp.sin(x), 1.0),
}


def true_slope(f, x):
    with mp.workdps(60):
        x = mp.mpf(x)
        h = abs(x) * mp.mpf(10) ** -25
        return (f(x + h) - f(x - h)) / (2 * h)


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_function_takes_few_evaluations_and_loses_few_digits(name):
    f, exact, x = PLAIN[name]
    found, true = slope(f, x), float(true_slope(exact, x))
    assert abs(found.value - true) <= found.bound + 1e-16 * abs(true)
    assert found.bound <= 5e-12 * abs(true)
    assert found.evaluations <= 15 and not found.kink


@pytest.mark.parametrize("dtype", [float, np.longdouble])
@pytest.mark.parametrize("name", HARD)
def test_the_bound_holds_for_hard_functions(name, dtype):
    f, exact, x = HARD[name]
    found, true = slope(f, x, dtype), true_slope(exact, x)
    with mp.workdps(60):
        error = abs(mp.mpf(str(found.value[()])) - true)
        assert error <= mp.mpf(float(found.bound)) + abs(true) * mp.mpf(1e-18)
        assert float(found.bound) <= 0.02 * abs(true) and not found.kink
    assert found.evaluations <= 60


def test_extended_precision_wins_back_what_cancellation_takes():
    if np.finfo(np.longdouble).eps == np.finfo(float).eps:
        pytest.skip("longdouble is no wider here")
    f, exact, x = HARD["cancellation"]
    true = float(true_slope(exact, x))
    assert abs(slope(f, x, np.longdouble).value - true) < 1e-2 * abs(slope(f, x).value - true)


@pytest.mark.parametrize(
    "f, left, right",
    [
        (abs, -1, 1),
        (lambda x: np.maximum(x, 0), 0, 1),
        (lambda x: abs(x) + np.sin(x), 0, 2),
        (lambda x: 1e4 + 3 * np.maximum(x, 0), 0, 3),
        (lambda x: np.maximum(x, 2 * x) + x**2, 1, 2),
        (lambda x: np.sin(x) + 1e-4 * abs(x), 1 - 1e-4, 1 + 1e-4),
    ],
)
@pytest.mark.parametrize("place", [0.0, 1.5])
def test_at_a_kink_both_one_sided_derivatives_are_found(f, left, right, place):
    found = slope(lambda x: f(x - place), place)
    assert found.kink
    assert abs(found.left - left) <= found.left_bound + 1e-14 <= 1e-6
    assert abs(found.right - right) <= found.right_bound + 1e-14 <= 1e-6
    assert found.value - found.bound <= min(left, right) and max(left, right) <= found.value + found.bound
    assert found.evaluations <= 40


@pytest.mark.parametrize("distance", [1e-1, 1e-3, 1e-5, 1e-8, -1e-5, -1e-8])
def test_a_kink_nearby_is_none_at_the_point(distance):
    found = slope(lambda x: abs(x - 1) + np.sin(x), 1 + distance)
    true = np.sign(distance) + np.cos(1 + distance)
    assert not found.kink
    assert abs(found.value - true) <= found.bound + 1e-15
    assert found.bound < 1e-5


def test_where_there_is_no_derivative_no_bound_is_given():
    for f in (lambda x: np.sqrt(abs(x)), np.cbrt, lambda x: np.floor(x + 1)):
        assert np.isinf(slope(f, 0.0).bound)
    edge = slope(np.sqrt, 0.0)
    assert np.isinf(edge.bound) and np.isinf(edge.right_bound) and np.isnan(edge.left)


def test_at_an_end_of_the_domain_there_is_one_side():
    found = slope(lambda x: x * np.sqrt(x) + 2 * x, 0.0)
    assert np.isinf(found.bound) and np.isnan(found.left)
    assert abs(found.right - 2) <= found.right_bound


def test_every_output_has_its_own_bound_and_kink():
    def f(x):
        return np.stack([np.sin(x), abs(x - 1), 1e8 + np.sin(x), np.sin(1e4 * x), 0 * x, np.maximum(x - 1 - 1e-6, 0)])

    found = slope(f, 1.0)
    true = np.array([np.cos(1), 0, np.cos(1), 1e4 * float(mp.cos(10**4)), 0, 0])
    assert found.value.shape == found.bound.shape == found.kink.shape == (6,)
    assert list(found.kink) == [False, True, False, False, False, False]
    assert np.all(abs(found.value - true) <= found.bound + 1e-15 * abs(true))
    assert np.all(found.bound[[0, 3]] <= 1e-9 * abs(true[[0, 3]])) and found.bound[2] < 1e-5
    assert found.bound[4] <= 1e-15 and found.bound[5] <= 1e-15


def test_values_that_are_not_finite_or_raise_at_a_long_step_only_shorten_it():
    def strict(x):
        if np.any(x <= 0):
            raise RuntimeError("out of range")
        return np.log(x)

    x, v = np.array([1.0, 1e-6, 3.0]), np.array([1.0, -1.0, 1.0])
    for f in (np.log, strict):
        found = along(f, x, v)
        assert np.all(abs(found.value - v / x) <= found.bound + 1e-15)
        assert np.all(found.bound <= 1e-6 * abs(v / x))


def test_values_that_are_not_finite_at_the_point_have_no_derivative():
    found = slope(lambda x: np.stack([x, np.log(x)]), 0.0)
    assert np.isfinite(found.value[0]) and not np.isfinite(found.bound[1])
    assert found.evaluations <= 20


def test_what_the_function_raises_at_the_point_is_raised():
    with pytest.raises(ZeroDivisionError):
        slope(lambda x: 1 // 0, 1.0)


def test_code_that_computes_in_float32_has_float32s_bounds():
    rng = np.random.default_rng(3)
    W, x, v = rng.normal(size=(8, 8)), rng.normal(size=8), rng.normal(size=8)

    def f(x):
        return np.tanh(W.astype(np.float32) @ x.astype(np.float32))

    W32 = W.astype(np.float32).astype(float)
    true = (1 - np.tanh(W32 @ x) ** 2) * (W32 @ v)
    found = along(f, x, v, eps=float(np.finfo(np.float32).eps))
    assert np.all(abs(found.value - true) <= found.bound)
    assert np.median(found.bound / abs(true)) < 1e-3


def test_the_first_step_may_be_given():
    found = slope(np.sin, 1.0, first_step=1e-4)
    assert abs(found.value - np.cos(1)) <= found.bound
    assert slope(np.sin, 1.0, first_step=1e-4, budget=11).step < 1e-4


def test_the_budget_is_kept():
    for budget in (11, 20, 30):
        assert slope(lambda x: np.sin(1e5 * x) + abs(x - 1), 1.0, budget=budget).evaluations <= budget


def test_a_network_of_many_relus_is_resolved_between_its_kinks():
    rng = np.random.default_rng(0)
    W, w, x, v = rng.normal(size=(1000, 100)) / 10, rng.normal(size=1000), rng.normal(size=100), rng.normal(size=100)
    found = along(lambda x: w @ np.maximum(W @ x, 0), x, v)
    true = w @ ((W @ x > 0) * (W @ v))
    assert abs(found.value - true) <= found.bound <= 1e-6 * abs(true)
    layer = along(lambda x: np.maximum(W @ x, 0), x, v)
    true = (W @ x > 0) * (W @ v)
    assert np.mean(abs(layer.value - true) <= layer.bound + 1e-15) >= 0.95
    assert np.max(abs(layer.value - true)) < 1e-8


@pytest.mark.parametrize(
    "f, x, true",
    [
        (np.exp, 1.0, np.e),
        (lambda x: x**3, 2.0, 12.0),
        (lambda x: 5 * x, 3.0, 0.0),
        (np.log, 1e-8, -1e16),
        (lambda x: 1e6 + np.sin(x), 1.0, -np.sin(1)),
        (lambda x: np.maximum(x - 1, 0) ** 2, 1 + 1e-3, 2.0),
    ],
)
def test_second_derivatives_lie_within_their_bounds(f, x, true):
    found = second_along(f, np.array(x), ONE)
    assert abs(found.value - true) <= found.bound + 2e-16 * abs(true)
    assert found.bound <= 1e-6 * abs(true) + 1e-12


def test_where_a_second_derivative_jumps_or_is_infinite_the_bound_says_so():
    assert second_along(lambda x: np.maximum(x, 0) ** 2, np.array(0.0), ONE).bound > 0.1
    assert np.isinf(second_along(abs, np.array(0.0), ONE).bound)


def test_who_knows_what_is_enough_needs_few_evaluations_and_a_value_that_is_known_none():
    found = along(np.sin, np.array(1.0), ONE, first_step=2.0**-10, at=np.sin(1.0), enough=lambda found: found.bound < 1e-9)
    assert abs(found.value - np.cos(1.0)) <= found.bound < 1e-9
    assert found.evaluations <= 8


def test_short_steps_are_tried_where_many_kinks_are_near():
    rng = np.random.default_rng(3)
    W, w, x, v = rng.normal(size=(5000, 100)), rng.normal(size=5000), rng.normal(size=100), rng.normal(size=100)
    true = w @ ((W @ x > 0) * (W @ v))
    found = along(lambda x: w @ np.maximum(W @ x, 0), x, v, first_step=2.0**-10, enough=lambda found: found.bound < 1e-6 * abs(true))
    assert abs(found.value - true) <= found.bound < 1e-6 * abs(true)
    assert found.evaluations <= 25 and not found.kink
