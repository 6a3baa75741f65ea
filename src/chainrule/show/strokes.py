"""Lines through many points, made small: cut off at the edge of the plot, thinned to what can be seen, written with few characters.

Points are rows of pixels (x, y). What is dropped changes no line by more than 0.3 px.
"""

from __future__ import annotations

from math import asin, atan2, pi, sqrt

import numpy as np

TURN = 2 * pi
NEAR = 0.3  # px: points nearer to the last one than this are dropped
FLAT = 0.12  # px: points nearer than this to the line between their neighbours are dropped
BEYOND = 60.0  # px: lines are cut off as far outside of the plot, where their ends cannot be seen


def pieces(x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """The points between gaps: rows (x, y) without NaN or infinity."""
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        return []
    points = np.column_stack([x, y])
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(np.int8), [0]])))
    return [points[a:b] for a, b in zip(edges[::2], edges[1::2])]


def by_column(points: np.ndarray, most: int) -> np.ndarray:
    """Of many points from left to right, the first, lowest, highest and last in each of `most` columns: the same picture."""
    if len(points) <= 4 * most:
        return points
    x = points[:, 0]
    if np.any(np.diff(x) < 0):
        return points[:: max(1, len(points) // (8 * most))]
    column = np.minimum(((x - x[0]) / max(x[-1] - x[0], 1e-300) * most).astype(int), most - 1)
    starts = np.flatnonzero(np.diff(np.concatenate([[-1], column])))
    ends = np.append(starts[1:], len(x))
    kept = set()
    for a, b in zip(starts, ends):
        y = points[a:b, 1]
        kept |= {a, b - 1, a + int(y.argmin()), a + int(y.argmax())}
    return points[sorted(kept)]


def clipped(points: np.ndarray, box: tuple[float, float, float, float]) -> list[np.ndarray]:
    """The parts of a line within a box (left, top, right, bottom) and a little beyond."""
    left, top, right, bottom = box[0] - BEYOND, box[1] - BEYOND, box[2] + BEYOND, box[3] + BEYOND
    x, y = points[:, 0], points[:, 1]
    inside = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    if inside.all():
        return [points]
    found: list[list] = []
    for k in range(len(points) - 1):
        if inside[k] and inside[k + 1]:
            part = (points[k], points[k + 1])
        else:
            part = _crossing(points[k], points[k + 1], left, top, right, bottom)
            if part is None:
                continue
        if found and np.array_equal(found[-1][-1], part[0]):
            found[-1].append(part[1])
        else:
            found.append(list(part))
    if len(points) == 1 and inside[0]:
        return [points]
    return [np.array(part) for part in found]


def _crossing(a, b, left, top, right, bottom):
    """The part of a segment within a box, or None.

    Reference: Liang & Barsky, A New Concept and Method for Line Clipping (1984).
    """
    start, end = 0.0, 1.0
    step = b - a
    for p, q in ((-step[0], a[0] - left), (step[0], right - a[0]), (-step[1], a[1] - top), (step[1], bottom - a[1])):
        if p == 0:
            if q < 0:
                return None
        elif p < 0:
            start = max(start, q / p)
        else:
            end = min(end, q / p)
    return (a + start * step, a + end * step) if start < end else None


def thinned(points: np.ndarray, flat: float = FLAT) -> np.ndarray:
    """Without points that lie on the one before, or nearer than `flat` to a straight line between those that are kept.

    From the last point kept, each further one narrows the directions that pass it closely enough; when none is left, the
    point before is kept.

    Reference: Williams, An Efficient Algorithm for the Piecewise Linear Approximation of Planar Curves (1978).
    """
    if len(points) < 3:
        return points
    rows = points.tolist()
    ax, ay = rows[0]
    kept, last = [rows[0]], None
    low, high, far, middle = -pi, pi, 0.0, 0.0
    for row in rows[1:]:
        dx, dy = row[0] - ax, row[1] - ay
        away = sqrt(dx * dx + dy * dy)
        if away < NEAR and last is None:
            continue
        if last is not None:
            turn = (atan2(dy, dx) - middle + pi) % TURN - pi
            if away < far or not low <= turn <= high:
                kept.append(last)
                ax, ay = last
                dx, dy = row[0] - ax, row[1] - ay
                away = sqrt(dx * dx + dy * dy)
                last = None
                if away < NEAR:
                    continue
        width = asin(min(1.0, flat / away))
        if last is None:
            middle, low, high = atan2(dy, dx), -width, width
        else:
            low, high = max(low, turn - width), min(high, turn + width)
        last, far = row, away
    if kept[-1] != rows[-1]:
        kept.append(rows[-1])
    return np.array(kept)


def path_data(points: np.ndarray, closed: bool = False) -> str:
    """The text of a path, to a tenth of a pixel, each point told from the one before."""
    tenths = np.rint(points * 10).astype(int)
    steps = np.diff(tenths, axis=0)
    steps = steps[np.any(steps != 0, axis=1)]
    text = f"M{_tenths(tenths[0, 0])},{_tenths(tenths[0, 1])}"
    if len(steps):
        text += "l" + " ".join([f"{_tenths(a)},{_tenths(b)}" for a, b in steps.tolist()])
    return text + ("z" if closed else "")


def _tenths(k: int) -> str:
    whole, rest = divmod(abs(int(k)), 10)
    sign = "-" if k < 0 else ""
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def dense(points: np.ndarray, step: float = 4.0) -> np.ndarray:
    """Points along the line no farther apart than `step`: where labels should not lie."""
    if len(points) < 2:
        return points
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    if along[-1] == 0:
        return points[:1]
    at = np.linspace(0, along[-1], min(int(along[-1] / step) + 2, 4000))
    return np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])
