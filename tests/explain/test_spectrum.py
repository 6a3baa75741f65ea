"""Eigenvalues with a bound, and what they decide."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.spectrum import (
    INDEFINITE, NEGATIVE, POSITIVE, SEMI_NEGATIVE, SEMI_POSITIVE, ZERO, block, definiteness, spectrum_of,
)  # fmt: skip


def with_eigenvalues(values, seed=0):
    Q = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(values), len(values))))[0]
    return Q @ np.diag(values) @ Q.T


@pytest.mark.parametrize("seed", range(20))
def test_the_verdict_is_that_of_the_eigenvalues_that_it_was_made_of(seed):
    rng = np.random.default_rng(seed)
    values = np.sort(rng.normal(size=rng.integers(1, 30)) * 10.0 ** rng.uniform(-3, 3) + rng.choice([-10, 0, 10]))
    found = spectrum_of(with_eigenvalues(values, seed))
    np.testing.assert_allclose(found.values, values, atol=found.bound)
    expected = POSITIVE if values[0] > 0 else NEGATIVE if values[-1] < 0 else INDEFINITE
    assert found.definiteness == expected
    low, high = found.condition
    assert low <= np.max(np.abs(values)) / np.min(np.abs(values)) <= high


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("sign", "verdict"), [(1, SEMI_POSITIVE), (-1, SEMI_NEGATIVE)])
def test_a_singular_matrix_is_never_called_definite_or_indefinite(seed, sign, verdict):
    A = np.random.default_rng(seed).normal(size=(4, 7)) * 10.0 ** (seed - 5)
    found = spectrum_of(sign * A.T @ A)
    assert found.definiteness == verdict and found.zeros == 3


def test_the_decision_changes_at_the_bound():
    assert definiteness(1.0, 2.0, 0.5) == POSITIVE and definiteness(0.5, 2.0, 0.5) == SEMI_POSITIVE
    assert definiteness(-0.6, 2.0, 0.5) == INDEFINITE and definiteness(-2.0, -1.0, 0.5) == NEGATIVE
    assert definiteness(-2.0, 0.5, 0.5) == SEMI_NEGATIVE and definiteness(-0.5, 0.5, 0.5) == ZERO


def test_a_block_has_a_spectrum_of_its_own():
    H = np.diag([1.0, 2.0, 5.0])
    found = block(spectrum_of(H), H, slice(1, 3))
    assert found.values.tolist() == [2, 5]


def test_a_matrix_that_is_not_symmetric_is_bounded_by_how_far_it_is():
    H = np.array([[1.0, 1e-3], [-1e-3, 1.0]])
    assert spectrum_of(H).bound >= 1e-3


@pytest.mark.parametrize("z", [[0.0, 40.0], [-700.0, 0.0, 0.0], [5.0, -32.0, 3.0]])
def test_digits_that_are_lost_on_the_way_decide_nothing(z):
    """The Hessian diag(p) − ppᵀ is singular and has no negative eigenvalue; where p is rounded to 1, what is computed has one."""
    found = cr.curvature("logsumexp(z)", "z", at={"z": z})
    assert found.definiteness in (SEMI_POSITIVE, ZERO) and found.bound < 1e-13


@pytest.mark.parametrize("seed", range(8))
def test_rounding_on_the_way_to_the_hessian_is_within_the_bound(seed):
    """(A x)² summed has the Hessian 2AᵀA, which is computed here in whole numbers, exactly."""
    rng = np.random.default_rng(seed)
    A = rng.integers(-5, 6, size=(6, 4)).astype(float)
    scale = rng.choice([1e-6, 1.0, 1e7])
    found = cr.curvature("||A x||^2", "x", data={"A": A * scale})
    exact = np.linalg.eigvalsh((2 * A.T @ A).astype(np.longdouble).astype(float)) * scale**2
    np.testing.assert_allclose(found.eigenvalues, exact, atol=found.bound)
    assert found.bound <= 1e-10 * exact[-1]
