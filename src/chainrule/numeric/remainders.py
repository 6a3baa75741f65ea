"""The remainder of the linear model at many steps, with the slope that is claimed and with the true one.

|f(x + h v) − f(x) − h c| shrinks as h² where c is the derivative along v, and as h where it is not: what a log–log plot shows,
and the two numbers that say it. The same values of f serve both.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), section 3.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .differences import EPS
from .slope import ABOVE_ROUNDING, rounding_of
from .steps import size_along

COUNT = 14  # steps, each a quarter of the one before
LONGEST = 0.125  # of the size of the point
FITTED = 3  # of the shortest steps whose remainders stand above rounding


class Remainders(NamedTuple):
    """At each of the `steps`, falling, the norm of the remainder with the claimed slope (`yours`) and with the true one.

    `slope` and `true_slope` are fitted on logarithmic axes to the shortest steps whose remainders stand above `rounding`;
    None where fewer than two do (a function that is linear along v leaves none).
    """

    steps: tuple[float, ...]
    yours: tuple[float, ...]
    true: tuple[float, ...]
    slope: float | None
    true_slope: float | None
    rounding: float


def remainders(
    f: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    v: np.ndarray,
    claimed: np.ndarray,
    true: np.ndarray,
    value: np.ndarray | None = None,
    longest: float | None = None,
    eps: float = EPS,
) -> Remainders:
    """The remainders of `f` at `x` along `v`, for the slopes `claimed` and `true`, both of the shape of f's value.

    Parameters
        value: f(x), if known.
        longest: the longest step, in units of v; an eighth of the size of x by default. Smaller where a kink is near.
        eps: the rounding of the values that `f` returns.
    """
    with np.errstate(all="ignore"):
        value = np.asarray(f(x) if value is None else value)
        longest = LONGEST * size_along(x, v) if longest is None else longest
        steps = longest * 0.25 ** np.arange(COUNT)
        moved = np.stack([np.asarray(f(x + h * v)) - value for h in steps]).reshape(COUNT, -1)
        rounding = rounding_of(f, x, value, true, longest, eps)
    found = []
    for c in (claimed, true):
        rest = np.linalg.norm(moved - steps[:, None] * np.ravel(c), axis=1).astype(float)
        found.append((tuple(rest.tolist()), _fitted(steps, rest, ABOVE_ROUNDING * rounding)))
    (yours, slope), (right, true_slope) = found
    return Remainders(tuple(steps.tolist()), yours, right, slope, true_slope, rounding)


def _fitted(steps: np.ndarray, rest: np.ndarray, least: float) -> float | None:
    """The slope of log rest against log step, over the shortest steps before the remainder falls below `least`."""
    lost = np.flatnonzero(rest <= least)
    end = lost[0] if len(lost) else len(rest)
    used = [i for i in range(end) if np.isfinite(rest[i])][-FITTED:]  # long steps may leave the domain
    if len(used) < 2:
        return None
    return float(np.polyfit(np.log(steps[used]), np.log(rest[used]), 1)[0])
