"""A wider type is used where the code runs in it and computes the same."""

from __future__ import annotations

import time

import numpy as np
import pytest

from chainrule.numeric.widening import widest

LONG = np.dtype(np.longdouble)
HAS_LONG = np.finfo(LONG).eps < np.finfo(float).eps
X = np.array([0.5, 1.5])


def tried(f, x=X):
    return widest(f, x, np.asarray(f(x)))


@pytest.mark.skipif(not HAS_LONG, reason="longdouble is no wider here")
def test_code_that_keeps_the_type_of_its_argument_runs_in_the_widest():
    assert tried(np.sin) == LONG
    assert tried(lambda x: np.sum(x**2) / 3) == LONG
    assert tried(lambda x: np.sum(x**2) / 3, X.astype(np.float32)) == LONG


def test_float32_code_that_linear_algebra_holds_back_runs_in_float64():
    def f(X):
        return np.linalg.inv(X)

    assert tried(f, np.eye(2, dtype=np.float32)) == np.float64


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sin(x.astype(float)),  # narrows
        lambda x: np.linalg.norm(x) * np.linalg.det(np.diag(x)),  # has no wider type
        lambda x: x if x.dtype == float else 2 * x,  # depends on it
        lambda x: {8: x, 16: x[:1]}[x.dtype.itemsize],
    ],
)
def test_code_that_does_not_stays_where_it_is(f):
    assert tried(f) == np.float64


def test_code_that_depends_on_chance_stays_where_it_is():
    rng = np.random.default_rng(0)
    assert tried(lambda x: x * rng.normal()) == np.float64


def test_code_that_is_far_slower_in_the_wider_type_stays_where_it_is():
    def f(x):
        time.sleep(0.1 if x.dtype != float else 0.0)
        return x

    assert tried(f) == np.float64
