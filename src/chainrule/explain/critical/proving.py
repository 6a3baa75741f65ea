"""Whether the points that were found are all there are in a box: shown by excluding every other place.

The box is halved again and again. A part is dropped where an enclosure of ∇f leaves out zero, where Krawczyk's operator
maps it beside itself, or where it lies in the neighbourhood of a known point in which there is only that one.

Reference: Krawczyk, Computing 4 (1969); Neumaier, Interval Methods for Systems of Equations (1990), section 5.1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .enclosing import enclosable, enclosures
from .entries import Entries
from .exactly import evaluated

MOST_ENTRIES = 3
MOST_BOXES, AT_ONCE = 150_000, 4096
RADII = (0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4)  # of neighbourhoods, in parts of 1 + |x|
SMALL = 1e-7  # sides of a box, in parts of 1 + |x|, from which on it is asked which solution is in it
AROUND_FLAT = 0.02  # what is left out around a point whose Hessian is singular, in parts of 1 + |x|
BEYOND = 0.0137  # the box is taken a little larger, so that halving does not meet round numbers


class Excluded(NamedTuple):
    """Whether there are no others.

    nearness   0 where there are none; a number above 0 is how near they might be to a point with a singular Hessian;
               None where nothing was shown
    missed     where there certainly are others
    """

    nearness: float | None
    missed: list[np.ndarray]


def excluded(of: Entries, points: list[np.ndarray], low: np.ndarray, high: np.ndarray) -> Excluded:
    """Whether ∇f = 0 has solutions between `low` and `high` that are not among the `points`."""
    with np.errstate(all="ignore"):
        return _excluded(of, points, low, high)


def _excluded(of: Entries, points: list[np.ndarray], low: np.ndarray, high: np.ndarray) -> Excluded:
    missed: list[np.ndarray] = []
    nodes = [*of.gradient, *[h for line in of.hessian for h in line]]
    if len(of.x) > MOST_ENTRIES or not enclosable(nodes):
        return Excluded(None, missed)
    known, nearness = [], 0.0
    for p, radius in zip(points, _alone(of, nodes, points)):
        if radius is None:
            radius = AROUND_FLAT * (1 + np.abs(p))
            nearness = max(nearness, float(radius.max()))
        known.append((p - radius, p + radius))
    width = high - low
    waiting = [((low - BEYOND * width * (low < 0))[:, None], (high + BEYOND * width)[:, None])]
    seen = 0
    while waiting:
        a, b = waiting.pop()
        if a.shape[1] > AT_ONCE:
            half = a.shape[1] // 2
            waiting += [(a[:, :half], b[:, :half]), (a[:, half:], b[:, half:])]
            continue
        seen += a.shape[1]
        if seen > MOST_BOXES:
            return Excluded(None, missed)
        a, b = _left(of, nodes, known, a, b)
        if not a.shape[1]:
            continue
        tiny = ((b - a) < SMALL * (1 + np.abs(a))).all(axis=0)
        if tiny.any():
            if not _settled(of, nodes, known, (a + b)[:, tiny].T / 2, missed):
                return Excluded(None, missed)
            a, b = a[:, ~tiny], b[:, ~tiny]
            if not a.shape[1]:
                continue
        waiting.append(_halved(a, b))
    return Excluded(None if missed else nearness, missed)


def _settled(of: Entries, nodes: list, known: list, centres: np.ndarray, missed: list) -> bool:
    """Whether each tiny box, by its centre, belongs to a solution that is alone in a neighbourhood; a new one is missed."""
    n = len(of.x)
    for x in centres:
        if any([((x > p) & (x < q)).all() for p, q in known]):
            continue
        for _ in range(3):
            values = evaluated(nodes, of.x, x)
            if not np.isfinite(values).all() or not np.linalg.det(values[n:].reshape(n, n)):
                return False
            x = x - np.linalg.solve(values[n:].reshape(n, n), values[:n])
        (radius,) = _alone(of, nodes, [x])
        if radius is None:
            return False
        missed.append(x)
        known.append((x - radius, x + radius))
    return True


def _left(of: Entries, nodes: list, known: list, a: np.ndarray, b: np.ndarray):
    """The boxes that may hold further solutions, made smaller where that is possible."""
    n = len(of.x)
    keep = np.ones(a.shape[1], dtype=bool)
    for low, high in known:
        keep &= ~((a >= low[:, None]) & (b <= high[:, None])).all(axis=0)
    a, b = a[:, keep], b[:, keep]
    if not a.shape[1]:
        return a, b
    found = enclosures(nodes[:n], of.x, a, b)
    keep = np.all([(low <= 0) & (high >= 0) for low, high in found], axis=0)
    a, b = a[:, keep], b[:, keep]
    if not a.shape[1]:
        return a, b
    low, high = _krawczyk(of, nodes, a, b)
    a_new, b_new = np.maximum(a, low), np.minimum(b, high)
    keep = (a_new <= b_new).all(axis=0)
    return a_new[:, keep], b_new[:, keep]


def _krawczyk(of: Entries, nodes: list, a: np.ndarray, b: np.ndarray):
    """K = m − Y∇f(m) + (I − Y∇²f(box))(box − m): all solutions of the box lie in it. The box itself where Y does not exist."""
    n = len(of.x)
    m = (a + b) / 2
    radius = np.maximum(b - m, m - a) * (1 + 1e-15)
    bounds = enclosures(nodes[n:], of.x, a, b)
    h_low = np.array([low for low, _ in bounds]).reshape(n, n, -1)
    h_high = np.array([high for _, high in bounds]).reshape(n, n, -1)
    middle = (h_low + h_high) / 2
    usable = np.isfinite(h_low).all(axis=(0, 1)) & np.isfinite(h_high).all(axis=(0, 1)) & np.isfinite(m).all(axis=0)
    square = np.where(usable, middle, np.eye(n)[:, :, None]).transpose(2, 0, 1)
    usable &= np.abs(np.linalg.det(square)) > 1e-12 * np.maximum(np.abs(square).max(axis=(1, 2)), 1e-300) ** n
    square[~usable] = np.eye(n)
    y = np.linalg.inv(square)
    at = enclosures(nodes[:n], of.x, m, m)
    g_low, g_high = np.array([low for low, _ in at]).T, np.array([high for _, high in at]).T
    g_middle, g_radius = (g_low + g_high) / 2, (g_high - g_low) / 2
    size = np.abs(y)
    shift = np.einsum("kij,kj->ki", y, g_middle)
    spread = ((h_high - h_low) / 2).transpose(2, 0, 1)
    slack = np.abs(np.eye(n) - y @ square) + size @ np.where(usable[:, None, None], spread, 0) + 1e-13 * (size @ np.abs(square) + np.eye(n))
    reach = np.einsum("kij,kj->ki", slack, radius.T) + np.einsum("kij,kj->ki", size, g_radius + 1e-15 * np.abs(g_middle))
    reach = reach * (1 + 1e-12) + 1e-300
    low = np.where(usable, m - shift.T - reach.T - 1e-15 * np.abs(m), a)
    high = np.where(usable, m - shift.T + reach.T + 1e-15 * np.abs(m), b)
    ok = np.isfinite(low).all(axis=0) & np.isfinite(high).all(axis=0)
    return np.where(ok, low, a), np.where(ok, high, b)


def _alone(of: Entries, nodes: list, points: list[np.ndarray]) -> list[np.ndarray | None]:
    """For each point the radius of a box around it that holds one solution and no other; None where that is not shown."""
    n, found = len(of.x), [None] * len(points)
    at = np.array(points).reshape(-1, n)
    values = enclosures(nodes[:n], of.x, at.T, at.T)
    slopes = np.array([np.maximum(np.abs(low), np.abs(high)) for low, high in values]).T
    left = np.arange(len(points))
    for part in RADII:
        if not len(left):
            break
        p = at[left]
        radius = part * (1 + np.abs(p))
        bounds = enclosures(nodes[n:], of.x, (p - radius).T, (p + radius).T)
        low = np.array([x for x, _ in bounds]).T.reshape(-1, n, n)
        high = np.array([x for _, x in bounds]).T.reshape(-1, n, n)
        good = np.isfinite(low).all(axis=(1, 2)) & np.isfinite(high).all(axis=(1, 2))
        middle = np.where(good[:, None, None], (low + high) / 2, np.eye(n))
        good &= np.abs(np.linalg.det(middle)) > 1e-12 * np.abs(middle).max(axis=(1, 2)) ** n
        middle[~good] = np.eye(n)
        y = np.linalg.inv(middle)
        size = np.abs(y)
        contraction = np.abs(np.eye(n) - y @ middle) + size @ np.where(good[:, None, None], (high - low) / 2, 0) * (1 + 1e-12)
        reach = np.einsum("kij,kj->ki", contraction, radius) + np.einsum("kij,kj->ki", size, slopes[left])
        good &= (reach < 0.99 * radius).all(axis=1)  # Krawczyk maps the box into itself
        for k in np.flatnonzero(good):
            found[left[k]] = radius[k]
        left = left[~good]
    return found


def _halved(a: np.ndarray, b: np.ndarray):
    """Every box in two, across its longest side, not quite in the middle."""
    k = np.argmax((b - a) / (1 + np.minimum(np.abs(a), np.abs(b))), axis=0)
    columns = np.arange(a.shape[1])
    cut = a[k, columns] + 0.4871 * (b[k, columns] - a[k, columns])
    left, right = b.copy(), a.copy()
    left[k, columns], right[k, columns] = cut, cut
    return np.concatenate([a, right], axis=1), np.concatenate([left, b], axis=1)
