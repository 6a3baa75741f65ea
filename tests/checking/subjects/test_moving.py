import numpy as np
import pytest

from chainrule.checking.subjects.moving import crossed, size_of, within


@pytest.mark.parametrize("x, holds", [
    (np.array([0.2, 0.9]), lambda y: np.all((y > 0) & (y < 1))),
    (np.array([3.0, 1e6]), lambda y: np.all(y > 0)),
    (np.array([-3.0, -1e-9]), lambda y: np.all(y < 0)),
])  # fmt: skip
def test_a_point_within_keeps_to_the_range_of_its_argument(x, holds):
    rng = np.random.default_rng(0)
    moved = [within(x, rng) for _ in range(50)]
    assert all(holds(y) for y in moved) and np.std(moved, axis=0).min() > 0


def test_a_point_across_has_entries_of_the_other_sign():
    rng = np.random.default_rng(0)
    x = np.full(40, 2.0)
    assert 10 < np.sum(crossed(x, rng) < 0) < 30
    assert all(crossed(np.array([2.0]), rng, 0.1) < 0 for _ in range(20))


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_points_are_moved_by_the_size_of_the_argument(scale):
    x = scale * np.array([1.0, -2.0, 3.0])
    moved = crossed(x, np.random.default_rng(1))
    assert 0.1 < np.linalg.norm(moved) / np.linalg.norm(x) < 10


def test_zeros_are_moved_by_one():
    assert size_of(np.zeros(3)) == 1.0
    assert np.all(within(np.zeros(3), np.random.default_rng(0)) != 0)
