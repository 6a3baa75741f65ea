"""How fast the Taylor remainder shrinks: as h² when the derivative is right, as h when it is not.

‖f(x + h v) − f(x) − h J v‖ is plotted against h, both logarithmic; the slope is 2.00 for a right first
derivative (3.00 where the second happens to vanish along v) and 1.00 for a wrong one.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), section 3.1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .differences import EPS, largest

STEPS = 0.04 * 0.25 ** np.arange(8)
ABOVE_ROUNDING = 1e3  # a remainder counts where it is this many times the rounding of f


def remainder_slope(
    f: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    v: np.ndarray,
    derivative: np.ndarray,
    value: np.ndarray | None = None,
    longest: float = STEPS[0],
) -> float | None:
    """The slope of the remainder of the first-order expansion of `f` at `x` along `v`.

    Parameters
        derivative: J v, what is claimed for the derivative along `v`.
        value: f(x), if known.
        longest: the largest step; smaller where a kink is near.

    Returns
        The slope between the two smallest steps whose remainders stand above rounding; None where none do: `f`
        is affine along `v`, and the derivative exact.
    """
    value = np.asarray(f(x) if value is None else value)
    rounding = rounding_of(f, x, value, derivative, longest)
    steps = STEPS * (longest / STEPS[0])
    seen: list[tuple[float, float]] = []
    for h in steps:
        remainder = float(np.linalg.norm(np.asarray(f(x + h * v)) - value - h * derivative))
        if not remainder > ABOVE_ROUNDING * rounding:
            break
        seen.append((h, remainder))
    if len(seen) < 2:
        return None
    (h, r), (k, s) = seen[-2:]
    return float(np.log(r / s) / np.log(h / k))


def rounding_of(
    f: Callable, x: np.ndarray, value: np.ndarray, derivative: np.ndarray, longest: float, eps: float = EPS
) -> float:
    """What rounding may do to a remainder: the value's own, that of the linear term, and what is measured next to x."""
    return max(eps * largest(value), EPS * largest(derivative) * longest, _scatter(f, x, value))


def _scatter(f, x: np.ndarray, value: np.ndarray) -> float:
    """How much the value changes when the point moves by some units in the last place."""
    signs = np.where(np.arange(x.size) % 2, 1.0, -1.0).reshape(x.shape)
    return max(largest(np.asarray(f(x * (1 + 4 * EPS * s))) - value) for s in (signs, 0.7 - signs))
