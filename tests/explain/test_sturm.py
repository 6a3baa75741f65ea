"""Signs of polynomials, decided exactly."""

from fractions import Fraction
from math import inf

import numpy as np
import pytest

from chainrule.explain.sturm import nonnegative

CASES = [  # coefficients, the constant first; between; whether p ≥ 0 there
    ([6, -12, 12], (-inf, inf), True), ([1, -2, 1], (-inf, inf), True), ([1, -2, Fraction(999, 1000)], (-inf, inf), False),
    ([0, 1], (-inf, inf), False), ([0, 1], (0, inf), True), ([0, 0, 0, 1], (0, inf), True), ([0, 0, 0, -1], (-inf, 0), True),
    ([-1, 0, 1], (-1, 1), False), ([1, 0, -1], (-1, 1), True), ([1, 0, -1], (-1, 1.0001), False), ([3], (-inf, inf), True), ([-3], (0, 1), False),
    ([], (-inf, inf), True), ([-5, 1], (7, inf), True), ([-5, 1], (-inf, 4), False), ([4, 0, -4, 0, 1], (-inf, inf), True),
]  # fmt: skip


@pytest.mark.parametrize("p, between, truth", CASES)
def test_a_polynomial_is_nonnegative_where_it_never_falls_below_zero(p, between, truth):
    assert nonnegative([Fraction(c) for c in p], *between) == truth


@pytest.mark.parametrize("seed", range(60))
def test_signs_agree_with_values_at_many_points(seed):
    rng = np.random.default_rng(seed)
    p = [Fraction(1)]
    for _ in range(rng.integers(1, 4)):
        root, factor = Fraction(int(rng.integers(-3, 4)), int(rng.integers(1, 3))), int(rng.integers(3))
        by = [[-root, 1], [root**2, -2 * root, 1], [root**2 + 1, -2 * root, 1]][factor]
        p = [sum(p[j] * by[k - j] for j in range(len(p)) if 0 <= k - j < len(by)) for k in range(len(p) + len(by) - 1)]
    low, high = [(-inf, inf), (0, inf), (-1, 1), (-inf, -1)][seed % 4]
    xs = [Fraction(k, 16) for k in range(-80, 81) if low <= k / 16 <= high]  # every change of sign is between −3 and 3, at multiples of 1/2
    assert nonnegative(p, low, high) == all(sum(c * x**k for k, c in enumerate(p)) >= 0 for x in xs)
