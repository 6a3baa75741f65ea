"""What products with a matrix tell of it, beside what its entries tell."""

import sys

import numpy as np
import pytest

from chainrule.core.errors import BackendError
from chainrule.explain.curvature.probing import density, ends, lanczos, trace


def problem(seed, N=200):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(N, N)))[0]
    values = np.sort(rng.choice([np.linspace(-1, 5, N), np.geomspace(1e-4, 1e3, N), rng.normal(size=N)]))
    return Q @ (values[:, None] * Q.T), values


@pytest.mark.parametrize("seed", range(6))
def test_the_ends_lie_within_their_residuals_of_eigenvalues(seed):
    H, values = problem(seed)
    low, high = ends(lambda v: H @ v, len(H))
    for end in (low, high):
        for value, residual in zip(end.values, end.residuals):
            assert np.min(np.abs(values - value)) <= residual + 1e-9 * np.max(np.abs(values))
    scale = values[-1] - values[0]
    assert low.values[0] >= values[0] - 1e-9 * scale and high.values[0] <= values[-1] + 1e-9 * scale
    assert abs(high.values[0] - values[-1]) <= 1e-6 * scale
    assert high.values.tolist() == sorted(high.values, reverse=True) and low.values.tolist() == sorted(low.values)


@pytest.mark.parametrize("seed", range(6))
def test_the_trace_is_within_a_few_standard_errors(seed):
    H, values = problem(seed)
    found = trace(lambda v: H @ v, len(H), seed)
    assert abs(found.value - np.sum(values)) <= 4.5 * found.error + 1e-9 * np.sum(np.abs(values))


def test_the_trace_of_low_rank_is_exact():
    u = np.random.default_rng(0).normal(size=(300, 5))
    found = trace(lambda v: u @ (u.T @ v), 300)
    assert found.value == pytest.approx(np.sum(u**2), rel=1e-9) and found.error <= 1e-9 * found.value
    small = trace(lambda v: np.array([1.0, 2.0, 3.0]) * v, 3)
    assert small.value == pytest.approx(6) and small.error == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_density_counts_eigenvalues(seed):
    H, values = problem(seed)
    found = density(lambda v: H @ v, len(H), seed)
    assert np.sum(found.weights) == pytest.approx(1) and np.all(np.diff(found.nodes) >= 0)
    for t in values[0] + (values[-1] - values[0]) * np.array([0.15, 0.4, 0.8]):
        assert np.sum(found.weights[found.nodes <= t]) == pytest.approx(np.mean(values <= t), abs=0.12)
    assert np.sum(found.weights * found.nodes) == pytest.approx(np.mean(values), abs=0.1 * np.max(np.abs(values)))


def test_lanczos_stops_where_the_space_ends():
    T, Q = lanczos(lambda v: np.array([1.0, 1.0, 4.0]) * v, np.ones(3), 3)
    assert T.shape == (2, 2) and np.allclose(np.linalg.eigvalsh(T), [1, 4]) and np.allclose(Q.T @ Q, np.eye(2))
    T, _ = lanczos(lambda v: 0 * v, np.ones(3), 3)
    assert T.tolist() == [[0.0]]


def test_without_scipy_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(BackendError, match="SciPy is not installed") as caught:
        ends(lambda v: v, 10)
    assert caught.value.fix == 'pip install "chainrule[optimize]"'
