"""All points at which ∇f = 0 that a search from many starts finds: damped Newton steps on ‖∇f‖², from all starts at once.

What counts as found: the Newton step is tiny there, and not only the gradient, which is tiny as well where f levels off
towards infinity. Regions in which ∇f is exactly zero are told apart.

Reference: Nocedal & Wright, Numerical Optimization (2nd ed., 2006), sections 10.3 and 11.2 (Levenberg-Marquardt).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .entries import Entries
from .exactly import evaluated

MOST_ENTRIES = 6  # of all variables together
STARTS = {1: 600, 2: 700, 3: 900}
MORE_STARTS, SLOW_STARTS = 1200, 60  # for more entries; where each start is followed by itself
STEPS = 140
CLOSE = 1e-7  # Newton step at what counts as found, in parts of 1 + |x|
POLISHES = 6
APART, APART_FLAT = 1e-5, 2e-3  # points nearer than this, in parts of 1 + |x|, are one; where the Hessian is singular
BESIDE = (1e-2, 1e-4, 1e-7)  # how far from a point it is asked whether ∇f is zero all around
SINGULAR = 1e-6  # of the largest eigenvalue


class Found(NamedTuple):
    """What a search found.

    points    vectors with ∇f = 0
    starts    from how many
    nearest   (x, ‖∇f‖) where the gradient was smallest of all places that are no points, or None
    flat      a vector in whose neighbourhood ∇f is exactly zero, or None
    """

    points: list[np.ndarray]
    starts: int
    nearest: tuple[np.ndarray, float] | None
    flat: np.ndarray | None


class Field:
    """∇f and ∇²f at many points at once: of the graph written out, or of the compiled programs one by one."""

    def __init__(self, place, of: Entries | None):
        self.place, self.of = place, of
        self.count = place.variables.length

    def at(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """(f, ∇f), sealed; infinite and NaN where f has no value."""
        return value_and_gradient(self.place, x)

    def slopes(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(∇f, ∇²f) of shapes (starts, n) and (starts, n, n) at x of shape (starts, n)."""
        n = self.count
        if self.of is not None:
            rows = [h for line in self.of.hessian for h in line]
            found = evaluated([*self.of.gradient, *rows], self.of.x, x.T)
            return found[:n].T, found[n:].T.reshape(len(x), n, n)
        gradients, hessians = np.empty((len(x), n)), np.empty((len(x), n, n))
        for k, each in enumerate(x):
            value, gradients[k] = self.at(each)
            hessians[k] = hessian(self.place, each) if np.isfinite(value) else np.nan
        return gradients, hessians


def value_and_gradient(place, x: np.ndarray) -> tuple[float, np.ndarray]:
    """f and ∇f of a place; infinite and NaN where f has no value."""
    try:
        with np.errstate(all="ignore"):
            return place.objective.value_and_gradient(x)
    except np.linalg.LinAlgError:  # the inverse of a singular matrix
        return np.inf, np.full(len(x), np.nan)


def hessian(place, x: np.ndarray) -> np.ndarray:
    """∇²f of a place; NaN where f has no value."""
    try:
        with np.errstate(all="ignore"):
            return place.objective.hessian(x)
    except np.linalg.LinAlgError:
        return np.full((len(x), len(x)), np.nan)


def box(place, window: float) -> tuple[np.ndarray, np.ndarray]:
    """(lowest, highest) of every entry: the window, within what is declared."""
    low, high = np.full(place.variables.length, -window), np.full(place.variables.length, window)
    bounds = place.variables.bounds()
    if bounds is not None:
        rim = np.array(bounds, dtype=float)
        low, high = np.maximum(low, rim[:, 0]), np.minimum(high, rim[:, 1])
    return low, high


def searched(field: Field, low: np.ndarray, high: np.ndarray, seed: int, start: np.ndarray | None = None) -> Found:
    """The points with ∇f = 0 between `low` and `high`; with `start`, the one to which the steps lead from there."""
    n = field.count
    count = STARTS.get(n, MORE_STARTS) if field.of is not None else SLOW_STARTS
    x = starts_in(low, high, count, seed) if start is None else start[None].copy()
    with np.errstate(all="ignore"):
        x, gradients, hessians = _followed(field, x, low, high)
        steps = np.array([_newton(g, h) for g, h in zip(gradients, hessians)])
    sizes = np.abs(gradients).max(axis=1)
    still = (sizes == 0) & (np.abs(hessians).max(axis=(1, 2)) == 0)
    near = np.isfinite(sizes) & (np.abs(steps) <= CLOSE * (1 + np.abs(x))).all(axis=1)
    inside = ((x >= low - 1e-9 * (1 + np.abs(low))) & (x <= high + 1e-9 * (1 + np.abs(high)))).all(axis=1)
    flat = None
    for k in np.flatnonzero(still & near & inside):
        if _level(field, x[k]):
            near[k], flat = False, x[k]
    points = _apart([(x[k], hessians[k]) for k in np.flatnonzero(near & inside)])
    rest = np.flatnonzero(~near & inside & np.isfinite(sizes))
    nearest = None
    if not len(rest) and not points:
        nearest = _at_the_rim(field, x[np.isfinite(x).all(axis=1)], low, high)
    if len(rest):
        k = rest[np.argmin(sizes[rest])]
        nearest = x[k], float(np.linalg.norm(gradients[k]))
    return Found([polished(field, p) for p in points], count, nearest, flat)


def _at_the_rim(field: Field, x: np.ndarray, low: np.ndarray, high: np.ndarray):
    """Where searches that ran off left the box: (x, ‖∇f‖) of the smallest gradient there; None without one."""
    if not len(x):
        return None
    middle, half = (low + high) / 2, (high - low) / 2
    away = x - middle
    rim = middle + away / np.maximum(np.abs(away / half).max(axis=1, keepdims=True), 1)
    with np.errstate(all="ignore"):
        gradients, _ = field.slopes(rim)
    sizes = _sizes(gradients)
    k = int(np.argmin(sizes))
    return (rim[k], float(sizes[k])) if np.isfinite(sizes[k]) else None


def starts_in(low: np.ndarray, high: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Starts spread over the box: half evenly, half drawn, many of them near its middle; the middle itself is one."""
    rng = np.random.default_rng(seed)
    n = len(low)
    if n == 1:
        even = np.linspace(low, high, count // 2)
    else:
        side = max(2, int((count // 2) ** (1 / n)))
        axes = [np.linspace(a, b, side + 2)[1:-1] for a, b in zip(low, high)]
        even = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, n)
    drawn = rng.uniform(low, high, (count - len(even) - 1, n)) if count > len(even) + 1 else np.empty((0, n))
    middle = (low + high) / 2
    scale = rng.choice((1.0, 0.3, 0.1), (len(drawn), 1))
    return np.concatenate([middle[None], even, middle + scale * (drawn - middle)])


def _followed(field: Field, x: np.ndarray, low, high):
    """Every start followed down ‖∇f‖²."""
    gradients, hessians = field.slopes(x)
    damping = np.full(len(x), 1e-3)
    size = _sizes(gradients)
    eye = np.eye(field.count)
    for _ in range(STEPS):
        active = np.isfinite(size) & (size > 0) & (damping < 1e12)
        if not active.any():
            break
        at = np.flatnonzero(active)
        h, g = hessians[at], gradients[at]
        turned = np.swapaxes(h, 1, 2)
        scale = np.maximum(np.abs(h).max(axis=(1, 2)), 1e-300)
        normal = turned @ h / scale[:, None, None] ** 2 + damping[at, None, None] * eye
        good = np.isfinite(normal).all(axis=(1, 2))
        step = np.zeros_like(g)
        step[good] = -np.linalg.solve(normal[good], (turned[good] @ g[good, :, None]) / scale[good, None, None] ** 2)[:, :, 0]
        longest = 0.5 * (high - low)
        step *= np.minimum(1, (longest / np.maximum(np.abs(step), 1e-300)).min(axis=1))[:, None]
        moved = x[at] + step
        g_new, h_new = field.slopes(moved)
        size_new = _sizes(g_new)
        better = np.isfinite(size_new) & (size_new < size[at]) & np.isfinite(h_new).all(axis=(1, 2))
        won = at[better]
        x[won], gradients[won], hessians[won], size[won] = moved[better], g_new[better], h_new[better], size_new[better]
        damping[won] = np.maximum(damping[won] * 0.1, 1e-13)
        damping[at[~better]] *= 6
    return x, gradients, hessians


def _sizes(gradients: np.ndarray) -> np.ndarray:
    found = np.sqrt((gradients**2).sum(axis=1))
    return np.where(np.isfinite(found), found, np.inf)


def _newton(g: np.ndarray, h: np.ndarray) -> np.ndarray:
    """The Newton step, by the eigenvalues that are not zero; infinite where ∇f has a part along the others."""
    if not (np.isfinite(g).all() and np.isfinite(h).all()):
        return np.full(len(g), np.inf)
    values, vectors = np.linalg.eigh((h + h.T) / 2)
    parts = vectors.T @ g
    largest = np.abs(values).max()
    regular = np.abs(values) > 1e-11 * largest if largest else np.zeros(len(g), dtype=bool)
    if np.abs(parts[~regular]).max(initial=0.0) > 1e-12 * max(largest, 1e-12):
        return np.full(len(g), np.inf)
    return vectors[:, regular] @ (parts[regular] / values[regular])


def _level(field: Field, x: np.ndarray) -> bool:
    """Whether ∇f is exactly zero around x, too."""
    oblique = np.random.default_rng(0).uniform(-1, 1, (6, len(x)))
    sides = (1 + np.abs(x)) * np.concatenate([np.eye(len(x)), -np.eye(len(x)), oblique])
    with np.errstate(all="ignore"):
        return any([not np.abs(field.slopes(x + step * sides)[0]).max() > 0 for step in BESIDE])


def is_singular(h: np.ndarray) -> bool:
    values = np.abs(np.linalg.eigvalsh((h + h.T) / 2))
    return bool(values.min() <= SINGULAR * max(values.max(), 1e-300)) or values.max() < 1e-9


def _apart(found: list[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    """One of each cluster: the first that came, in order of size."""
    kept: list[tuple[np.ndarray, bool]] = []
    for x, h in sorted(found, key=lambda pair: tuple(np.round(pair[0], 4))):
        flat = is_singular(h)
        for other, other_flat in kept:
            near = APART_FLAT if flat and other_flat else APART
            if (np.abs(x - other) <= near * (1 + np.abs(x))).all():
                break
        else:
            kept.append((x, flat))
    return [x for x, _ in kept]


def polished(field: Field, x: np.ndarray) -> np.ndarray:
    """x after some Newton steps with the sealed derivatives, as long as these make ‖∇f‖ smaller."""
    with np.errstate(all="ignore"):
        _, gradient = field.at(x)
        for _ in range(POLISHES):
            step = _newton(gradient, hessian(field.place, x))
            if not np.isfinite(step).all():
                break
            moved = x - step
            _, found = field.at(moved)
            if not np.linalg.norm(found) < np.linalg.norm(gradient):
                break
            x, gradient = moved, found
    x = np.where(np.abs(x) <= 1e-14 * (1 + np.abs(x).max()), 0.0, x)
    return x + 0.0
