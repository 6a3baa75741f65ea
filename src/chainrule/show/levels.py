"""Which level sets of a function show its form, and the grid that they are found on.

Levels are equally spaced where the values are; their square roots are in a bowl, so that its rings are about as far from one
another; they follow the quantiles where most values are near the least one, so that a narrow valley shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10

import numpy as np

from .scales import nice

MOST_LEVELS = 24
USUAL_LEVELS = 10
SKEWED = 0.22  # the median of values from 0 to 1, below which levels follow quantiles
PARTS = (0.004, 0.02, 0.06, 0.13, 0.24, 0.38, 0.54, 0.7, 0.85, 0.95)  # of all values below each level, where they are skewed
TAIL = 0.02  # of the values at either end do not decide how far levels are apart
COARSE = 100  # points of a grid in one direction, up to which it is made finer
SMOOTH = 4.0  # second differences of neighbours differ by this factor at most where a cubic is trusted
FINEST = 200  # points of a grid in one direction: more would not be seen


def levels_of(z: np.ndarray, levels: Sequence[float] | int | None = None) -> np.ndarray:
    """Levels that show the form of the function, as round as their distances allow; none where it is constant."""
    good = z[np.isfinite(z)]
    if levels is not None and not isinstance(levels, int):
        return np.unique(np.asarray([v for v in levels if np.isfinite(v)], dtype=float))[:MOST_LEVELS]
    count = min(max(int(levels or USUAL_LEVELS), 1), MOST_LEVELS)
    if not len(good):
        return np.array([])
    low, high = float(good.min()), float(good.max())
    if not np.isfinite(high - low) or high - low <= 1e-11 * max(abs(low), abs(high)):
        return np.array([])
    level = (float(np.median(good)) - low) / (high - low)
    bowl, hill = _interior(z, np.nanargmin), _interior(z, np.nanargmax)
    if SKEWED <= level <= 1 - SKEWED and bowl != hill:  # squares: rings of a bowl that are as far from one another
        steps = np.linspace(0, 1, count + 2)[1:-1] ** 2
        return _rounded(low + (high - low) * steps if bowl else high - (high - low) * steps[::-1], low, high)
    if SKEWED <= level <= 1 - SKEWED or (hill and not bowl and level < SKEWED) or (bowl and not hill and level > 1 - SKEWED):
        # a bump on a plain too: its own levels tell its form
        few, many = (float(v) for v in np.quantile(good, [TAIL, 1 - TAIL]))
        few, many = (few, many) if many - few > 1e-6 * (high - low) else (low, high)
        step = nice((many - few) / (1.3 * count))
        ends = (low, high) if (high - low) / step <= MOST_LEVELS else (few, many)  # a pole has no end
        found = step * np.arange(ceil(ends[0] / step), floor(ends[1] / step) + 1)
        return found[(found > low) & (found < high)]
    parts = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(PARTS)), PARTS)
    found = np.quantile(good, parts if level < SKEWED else 1 - parts[::-1])
    return _rounded(found, low, high)


def _interior(z: np.ndarray, which) -> bool:
    """Whether the least or largest value is not at the rim."""
    row, column = np.unravel_index(int(which(z)), z.shape)
    return 0 < row < z.shape[0] - 1 and 0 < column < z.shape[1] - 1


def _rounded(found: np.ndarray, low: float, high: float) -> np.ndarray:
    """Levels as round as their distances to one another allow."""
    gaps = np.diff(np.concatenate([[low], found, [high]]))
    kept = []
    for v, before, after in zip(found, gaps, gaps[1:]):
        gap = min(g for g in (before, after) if g > 0) if max(before, after) > 0 else 0.0
        if gap > 0:
            unit = 10.0 ** floor(log10(gap * 0.8))
            unit *= 5 if gap * 0.8 >= 5 * unit else 2 if gap * 0.8 >= 2 * unit else 1
            v = round(float(v) / unit) * unit
        if low < v < high:
            kept.append(float(f"{v:.12g}"))
    return np.unique(kept)


def grid_of(xs, ys, values):
    """The grid as arrays, of as many points as can be seen, with NaN for all that is not finite.

    Raises
        ValueError: the shapes do not fit.
    """
    xs, ys, z = np.asarray(xs, dtype=float).ravel(), np.asarray(ys, dtype=float).ravel(), np.asarray(values, dtype=float)
    if z.shape != (len(ys), len(xs)):
        raise ValueError(f"values of shape {z.shape} for {len(ys)} ys and {len(xs)} xs")
    across, up = [np.unique(np.rint(np.linspace(0, n - 1, min(n, FINEST))).astype(int)) for n in (len(xs), len(ys))]
    xs, ys, z = xs[across], ys[up], z[np.ix_(up, across)]
    return xs, ys, np.where(np.isfinite(z), z, np.nan)


def refined(xs, ys, z):
    """A finer grid, where it is coarse and even: with cubic interpolation a narrow valley does not fall apart."""
    grid = [xs, ys]
    for axis in (1, 0):
        v = grid[1 - axis]
        steps = np.diff(v)
        if len(v) < 4 or not (np.all(steps > 0) and np.allclose(steps, steps[0], rtol=1e-6, atol=0)):
            continue
        while len(v) <= COARSE:
            z = np.moveaxis(between(np.moveaxis(z, axis, -1)), -1, axis)
            v = np.linspace(v[0], v[-1], 2 * len(v) - 1)
        grid[1 - axis] = v
    return *grid, z


def between(rows: np.ndarray) -> np.ndarray:
    """Rows with a value between any two: of the cubic through the four around it, of the line where these are not smooth.

    They are smooth if their second differences agree up to a factor; a cubic overshoots at kinks, steps and steep ends.

    Reference: Catmull & Rom, A Class of Local Interpolating Splines (1974).
    """
    middle = rows[..., :-1] / 2 + rows[..., 1:] / 2
    with np.errstate(all="ignore"):
        bend = rows[..., :-2] - 2 * rows[..., 1:-1] + rows[..., 2:]
        one, other = np.minimum(bend[..., :-1], bend[..., 1:]), np.maximum(bend[..., :-1], bend[..., 1:])
        smooth = ((one >= 0) & (other <= SMOOTH * one)) | ((other <= 0) & (one >= SMOOTH * other))
        cubic = middle[..., 1:-1] - (bend[..., :-1] + bend[..., 1:]) / 16
        middle[..., 1:-1] = np.where(smooth & np.isfinite(cubic), cubic, middle[..., 1:-1])
    found = np.empty((*rows.shape[:-1], 2 * rows.shape[-1] - 1))
    found[..., ::2], found[..., 1::2] = rows, middle
    return found
