"""The course of a function of one number: its extremes, slopes, zones in which it is saturated, zeros and fixed points, computed.

The function is looked at on a grid that is dense where functions bend and reaches far: to ±10⁴, and to a distance of 10⁻⁹ from the
ends of its domain. What is found there is refined by bisection.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np

FAR, DENSE = 1e4, 8.0
FARTHER, FARTHEST = 1e6, 1e12  # where it is looked whether something still grows
SATURATED = 0.01  # of the largest slope
GROWTH = 1.05
TINY = 1e-12


class Zone(NamedTuple):
    """A stretch of the variable; infinite ends are those of the line."""

    low: float
    high: float


class Extreme(NamedTuple):
    """A largest or smallest value. `where`: the point; ±inf where it is approached there; None where it holds on a whole stretch."""

    value: float
    where: float | None


class Course:
    """What f, f′ and f″ do over a domain, given as functions of a number."""

    def __init__(self, f: Callable, slope: Callable | None, domain, breaks=()):
        self.f, self.slope, self.domain = f, slope, domain
        self.breaks = [float(b) for b in breaks]
        self.xs = grid(domain, self.breaks)
        self.ys = np.array([f(x) for x in self.xs])
        self.slopes = None if slope is None else np.array([slope(x) for x in self.xs])

    @cached_property
    def steepest(self) -> Extreme | None:
        """The largest |f′|; infinite where it has no bound."""
        if self.slopes is None or not np.isfinite(self.slopes).any():
            return None
        sizes = np.where(np.isnan(self.slopes), -1.0, np.abs(self.slopes))
        return self._extreme(sizes, self._steepness)

    def _steepness(self, x: float) -> float:
        return abs(self.slope(x))

    @cached_property
    def lowest(self) -> Extreme:
        found = self._extreme(-self.ys, lambda x: -self.f(x))
        return Extreme(-found.value, found.where)

    @cached_property
    def highest(self) -> Extreme:
        return self._extreme(self.ys, self.f)

    def _extreme(self, values: np.ndarray, at: Callable) -> Extreme:
        """The largest of `values`, which are those of `at` on the grid; of several places the one nearest to 0."""
        values = np.where(np.isnan(values), -np.inf, values)
        top = float(values.max())
        dense = np.flatnonzero((np.abs(self.xs) <= DENSE) & (values >= top - 1e-4 * (1 + abs(top))))
        k = int(np.argmax(values))
        end = self._end_that_grows(values, at, top) or self._overflow(values, k) or self._at_break(k, at, top)
        if end is not None:
            return end
        ties = np.flatnonzero(values >= top - TINY * (1 + abs(top)))
        limit = None if at == self._steepness else self._limit(ties, top)
        if limit is not None:
            return limit
        if len(ties) > 2 and ties[-1] - ties[0] == len(ties) - 1:  # a whole stretch
            if ties[-1] == len(values) - 1 and not np.isfinite(self.domain.high):
                return Extreme(top, np.inf if not self.breaks else None)
            if ties[0] == 0 and not np.isfinite(self.domain.low):
                return Extreme(top, -np.inf if not self.breaks else None)
            return Extreme(top, None)
        if len(ties) > 8:
            return Extreme(top, None)
        peaks = [j for j in dense if 0 < j < len(values) - 1 and values[j] >= values[j - 1] and values[j] >= values[j + 1]]
        found = [self._refined(j, at) for j in sorted(peaks, key=lambda j: (abs(round(self.xs[j], 6)), -self.xs[j]))[:6]]
        best = max([e.value for e in found], default=-np.inf)
        if best >= top - TINY * (1 + abs(top)):
            return next(e for e in found if e.value >= best - 1e-12 * (1 + abs(best)))
        return self._refined(k, at) if 0 < k < len(values) - 1 else Extreme(top, float(self.xs[k]))

    def _limit(self, ties: np.ndarray, top: float) -> Extreme | None:
        """A limit, where a value that reaches an end of the line is reached by rounding only: its slope is not 0 where it begins."""
        for run in np.split(ties, np.flatnonzero(np.diff(ties) > 1) + 1):
            for k, inner, edge in ((0, -1, self.domain.low), (len(self.xs) - 1, 0, self.domain.high)):
                if len(run) > 2 and k in run and not np.isfinite(edge) and self.slopes is not None and self.slopes[run[inner]]:
                    return Extreme(top if abs(top) > 1e-8 else 0.0, float(edge))
        return None

    def _at_break(self, k: int, at: Callable, top: float) -> Extreme | None:
        """Infinity, where values grow without bound towards a break."""
        for b in self.breaks:
            if abs(self.xs[k] - b) < 1e-6 and at(b + (self.xs[k] - b) / 100) > top + (GROWTH - 1) * abs(top) + 1e-9:
                return Extreme(np.inf, b)
        return None

    def _end_that_grows(self, values: np.ndarray, at: Callable, top: float) -> Extreme | None:
        """Infinity, or a limit, where values rise towards an end of the grid."""
        for k, far, edge in ((0, -FARTHER, self.domain.low), (len(values) - 1, FARTHER, self.domain.high)):
            if not np.isfinite(edge) and values[k] >= top - 1e-9 * (1 + abs(top)):
                beyond, farthest = at(far), at(FARTHEST * np.sign(far))
                if not np.isfinite(beyond) or beyond > top + TINY * (1 + abs(top)):
                    settled = abs(farthest - beyond) < 1e-5 * (1 + abs(farthest))
                    limit = (farthest if abs(farthest) > 1e-8 else 0.0) if settled else np.inf
                    return Extreme(limit, float(np.sign(far)) * np.inf)
            if np.isfinite(edge) and values[k] >= top:
                nearer = at(edge + (1e-11 if k == 0 else -1e-11) * max(1.0, abs(edge)))
                if not np.isfinite(nearer) or nearer > GROWTH * abs(top) + 1e-9 or nearer > top + 1:
                    return Extreme(np.inf, float(edge))
                there = at(edge)
                if np.isfinite(there) and there >= nearer and there - nearer < 1e-3 * (1 + abs(top)):
                    return Extreme(float(there) + 0.0, float(edge))
                limit = top if abs(nearer - top) > 1e-4 * (1 + abs(top)) else float(max(top, nearer))
                return Extreme(limit if abs(limit) > 1e-8 else 0.0, float(edge))
        if not np.isfinite(top):
            x = float(self.xs[int(np.argmax(values))])
            return Extreme(np.inf, float(np.sign(x)) * np.inf if abs(x) > DENSE else x)
        return None

    def _overflow(self, values: np.ndarray, k: int) -> Extreme | None:
        """Infinity, where the largest value stands beside numbers that have overflowed, and still grows."""
        for step in (-1, 1):
            beside = k + step
            if 0 <= beside < len(values) and values[beside] == -np.inf and abs(self.xs[k]) > DENSE:
                half = int(np.argmin(np.abs(self.xs - self.xs[k] / 2)))
                if values[k] > values[half] + 0.1 * (1 + abs(values[half])):
                    return Extreme(np.inf, float(np.sign(self.xs[k])) * np.inf)
        return None

    def _refined(self, k: int, at: Callable) -> Extreme:
        """The maximum beside number k, by golden section."""
        low, high = float(self.xs[k - 1]), float(self.xs[k + 1])
        share = (np.sqrt(5) - 1) / 2
        for _ in range(60):
            a, b = high - share * (high - low), low + share * (high - low)
            if at(a) < at(b):
                low = a
            else:
                high = b
        x = (low + high) / 2
        for exact in (round(x, 6), float(self.xs[k])):  # 0, and not 3e-9
            if abs(exact - x) < 1e-6 and at(exact) >= at(x) - TINY:
                x = exact
        return Extreme(float(at(x)), x + 0.0)

    # ------------------------------------------------------------------ zones, zeros

    @cached_property
    def saturated(self) -> list[Zone]:
        """Where |f′| is below a hundredth of its largest value: stretches that reach an end of the domain, or are flat."""
        top = self.steepest
        if top is None or not np.isfinite(top.value) or top.value == 0:
            return []
        level = SATURATED * top.value
        below = lambda x: abs(self.slope(x)) < level
        found = []
        for first, last in runs(np.abs(np.where(np.isfinite(self.slopes), self.slopes, np.inf)) < level):
            at_end = first == 0 or last == len(self.xs) - 1
            flat = last > first + 2 and not np.any(self.slopes[first : last + 1])
            if at_end or flat:
                low = self.domain.low if first == 0 else self._edge(below, self.xs[first - 1], self.xs[first])
                high = self.domain.high if last == len(self.xs) - 1 else self._edge(below, self.xs[last + 1], self.xs[last])
                if not (at_end and self._returns(first == 0, below)):
                    found.append(Zone(float(low), float(high)))
        return found

    def _returns(self, left: bool, below: Callable) -> bool:
        """Whether slopes come back further out, as those of a sine."""
        edge = self.domain.low if left else self.domain.high
        return not np.isfinite(edge) and not all(below((-1 if left else 1) * x) for x in np.geomspace(FAR, FARTHER, 23))

    @staticmethod
    def _edge(holds: Callable, outside: float, inside: float) -> float:
        """Where `holds` begins between two points; a whole number where it is that."""
        for _ in range(80):
            middle = (outside + inside) / 2
            outside, inside = (outside, middle) if holds(middle) else (middle, inside)
        near = round(inside, 6)
        return near + 0.0 if abs(near - inside) < 1e-9 else inside

    def zeros(self, shift: bool = False) -> list[Zone]:
        """Where f(x) = 0, or with `shift` f(x) = x: points, as zones without length, and stretches."""
        g = (lambda x: self.f(x) - x) if shift else self.f
        values = np.array([g(x) for x in self.xs])
        sizes = np.where(np.isfinite(values), np.abs(values), np.inf)
        scale = 1e-13 * (1 + (np.abs(self.xs) if shift else 0.0))
        found = []
        for first, last in runs(sizes <= scale):
            if last == first:
                found.append(Zone(float(self.xs[first]), float(self.xs[first])))
                continue
            ends = []
            for k, outside, edge in ((first, first - 1, self.domain.low), (last, last + 1, self.domain.high)):
                if k in (0, len(self.xs) - 1):
                    ends.append(edge)
                else:  # a stretch ends at a break; where it does not, it is zero by rounding only
                    near = [b for b in self.breaks if min(self.xs[k], self.xs[outside]) - 1e-5 <= b <= max(self.xs[k], self.xs[outside]) + 1e-5]
                    ends += near[:1]
            if len(ends) == 2 and (np.isfinite(ends).any() or self.breaks == []) and any(np.isfinite(e) for e in ends):
                found.append(Zone(*map(float, ends)))
        sign = np.sign(values)
        for k in np.flatnonzero((sign[1:] * sign[:-1] < 0) & (sizes[1:] > 0) & (sizes[:-1] > 0)):
            low, high = self.xs[k], self.xs[k + 1]
            for _ in range(80):
                middle = (low + high) / 2
                low, high = (middle, high) if np.sign(g(middle)) == sign[k] else (low, middle)
            x = round((low + high) / 2, 9) if abs(round((low + high) / 2, 6) - low) < 1e-9 else (low + high) / 2
            if abs(g(high)) < 1e-6 * (1 + abs(x)) and abs(x) < FAR:  # a jump through 0 is none
                found.append(Zone(float(x) + 0.0, float(x) + 0.0))
        return sorted({Zone(round(z.low, 9), round(z.high, 9)) for z in found})

    def turning(self) -> list[tuple[float, str]]:
        """(x, "minimum" or "maximum") of the points between which f rises or falls, at most six, the nearest to 0 first."""
        if self.slopes is None:
            return []
        sign = np.sign(np.where(np.isfinite(self.slopes), self.slopes, 0.0))
        xs, sign = self.xs[sign != 0], sign[sign != 0]
        found = []
        for k in np.flatnonzero((sign[1:] * sign[:-1] < 0) & (np.abs(xs[1:]) <= 2 * DENSE)):
            x = self._edge(lambda t: np.sign(self.slope(t)) == sign[k + 1], xs[k], xs[k + 1])
            if np.isfinite(self.f(x)) and abs(self.slope(x - 1e-7)) < 1e-3 * (1 + abs(self.f(x))):
                found.append((float(x), "minimum" if sign[k] < 0 else "maximum"))
        return sorted(found, key=lambda pair: abs(pair[0]))[:6]


def grid(domain, breaks=()) -> np.ndarray:
    """Points of a domain: dense around 0, far out, and close to its ends and to breaks."""
    far = np.geomspace(DENSE, FAR, 120)
    low, high = domain.low, domain.high
    points = [-far, np.linspace(-DENSE, DENSE, 1601), far]
    for end, sign in ((low, 1.0), (high, -1.0)):
        if np.isfinite(end):
            points.append(end + sign * np.geomspace(1e-9, 0.5, 60) * max(1.0, abs(end)))
            points.append(end + sign * np.linspace(0.005, 1.0, 200) * (min(high - low, 8.0)))
    for b in breaks:
        points += [b + np.geomspace(1e-9, 0.01, 22), b - np.geomspace(1e-9, 0.01, 22)]
    xs = np.unique(np.concatenate(points))
    return xs[(xs > low) & (xs < high)]


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """(first, last) of each unbroken run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2])]
