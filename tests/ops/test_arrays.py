"""What NumPy lacks, against Python's own functions of one number."""

import math

import numpy as np
import pytest

from chainrule.ops import arrays

SPECIAL = [0.0, -0.0, 1.0, -1.0, np.nextafter(1.0, 0), np.nextafter(1.0, 2), 5.999, 6.0, 30.0, np.inf, -np.inf, 1e-300, 5e-324]
POINTS = np.concatenate([np.linspace(-7, 7, 3 * arrays.CHUNK // 2), np.logspace(-20, 1, 500), SPECIAL])


def test_erf_of_many_numbers_is_that_of_each():
    found, wanted = arrays.erf(POINTS), np.array([math.erf(x) for x in POINTS])
    assert np.max(np.abs(found - wanted)) < 2.3e-16
    small = (wanted != 0) & (np.abs(POINTS) > 1e-300)
    assert np.max(np.abs(found[small] / wanted[small] - 1)) < 1e-15
    assert np.array_equal(np.signbit(found), np.signbit(POINTS))


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (arrays.FEW,), (arrays.FEW + 1,), (arrays.CHUNK + 1,), (7, 5, 3)])
def test_erf_keeps_the_shape_and_its_argument(shape):
    x = np.random.default_rng(0).normal(size=shape)
    for given in (x, np.asarray(x).T, np.broadcast_to(x, (2, *shape))):
        before = np.array(given)
        found = arrays.erf(given)
        assert np.shape(found) == np.shape(given) and found.dtype == float
        assert np.allclose(found, np.vectorize(math.erf, otypes=[float])(given), rtol=1e-15, atol=0)
        assert np.array_equal(given, before)


def test_erf_of_no_number_is_no_number_and_integers_are_numbers():
    assert np.isnan(arrays.erf(np.full(20, np.nan))).all()
    assert arrays.erf(np.arange(20)).tolist() == pytest.approx([math.erf(k) for k in range(20)], rel=1e-15)


def test_erf_lets_a_complex_step_pass():
    found = arrays.erf(np.full(20, 0.7 + 1e-20j))
    assert found.real == pytest.approx(math.erf(0.7))
    assert found.imag / 1e-20 == pytest.approx(2 / math.sqrt(math.pi) * math.exp(-0.49))
