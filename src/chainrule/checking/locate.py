"""Which entries are wrong: one by one where there are few, by halving where there are many.

A direction that is restricted to half of the entries tells whether the mistake is there: four calls of the function,
whatever the number of entries, so that one wrong entry of a million is found in eighty. No array of outputs × inputs is made
for large inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .probe import AGREES, DIFFERS, HIDDEN, KINK, ROUNDINGS, SURE, Probe, Prober

ROWS = 64  # values that are
SAMPLE = 16  # entries of a large input in which a mistake of many entries is studied
MOST_WRONG = 10  # entries that are named; more are a mistake of many
OTHER_STEPS = (4.0, 1.0, 0.25)  # at which a test is tried, in units of the ladder's
CROWDED = 12  # halves with a mistake at one level: it is in many entries
SMALLEST_KINK = 1e-6  # relative: sides that differ by less are one
MOST_CALLS = 1500  # of the function, in search of wrong entries


class Entries(NamedTuple):
    """Entries of the derivative, each examined by itself: rows are values, columns are entries of x.

    x                    the point
    columns              the flat indices of the entries of x
    rows                 the flat indices of the values
    claimed, allowance   the entries of J as claimed, and how much of each may be rounding
    true, bound          as it is, and its error bound
    low, high            between them any value is right
    verdict              an array of "agrees", "kink", "differs", "hidden"
    """

    x: np.ndarray
    columns: np.ndarray
    rows: np.ndarray
    claimed: np.ndarray
    allowance: np.ndarray
    true: np.ndarray
    bound: np.ndarray
    low: np.ndarray
    high: np.ndarray
    verdict: np.ndarray

    @property
    def complete(self) -> bool:
        return self.columns.size == self.x.size

    def of_columns(self, kept: np.ndarray) -> Entries:
        """The same of these columns only."""
        by_column = ("claimed", "allowance", "true", "bound", "low", "high", "verdict")
        return self._replace(columns=self.columns[kept], **{name: getattr(self, name)[:, kept] for name in by_column})

    @property
    def off(self) -> np.ndarray:
        """How far each claim lies outside what is right; 0 where it is right."""
        with np.errstate(invalid="ignore"):
            gap = np.maximum(np.maximum(self.low - self.claimed, self.claimed - self.high), 0.0)
        gap = np.where(np.isfinite(self.claimed), gap, np.inf)
        return np.where(self.verdict == DIFFERS, gap, 0.0)

    @property
    def kinked(self) -> np.ndarray:
        """Where the derivatives from both sides differ."""
        size = np.maximum(np.abs(self.low), np.abs(self.high))
        return self.high - self.low > np.maximum(2 * self.bound, SMALLEST_KINK * size)

    def worst(self) -> tuple[int, int]:
        """(row, column number) of the entry that is furthest off."""
        return tuple(int(k) for k in np.unravel_index(int(np.argmax(self.off)), self.off.shape))


Tick = Callable[[int, int], None]


def one_by_one(prober: Prober, x: np.ndarray, columns: np.ndarray, rows: np.ndarray, tick: Tick) -> Entries:
    """Examines each of `columns` at x."""
    true, bound, low, high = prober.columns(x, columns, rows, tick)
    claimed, allowance = claims(prober, x, columns, rows)
    return judged(Entries(x, columns, rows, claimed, allowance, true, bound, low, high, np.empty(0)))


def judged(found: Entries) -> Entries:
    """The entries with their verdicts."""
    unknown = found.bound + found.allowance
    with np.errstate(invalid="ignore"):
        gap = np.maximum(np.maximum(found.low - found.claimed, found.claimed - found.high), 0.0)
        verdict = np.where(gap <= unknown, np.where(found.high - found.low > 2 * found.bound, KINK, AGREES), HIDDEN)
        verdict = np.where(gap > SURE * unknown, DIFFERS, verdict)
    known = np.isfinite(found.true) & np.isfinite(unknown)
    verdict = np.where(known & ~np.isfinite(found.claimed), DIFFERS, verdict)
    return found._replace(verdict=np.where(known, verdict, HIDDEN))


def claims(prober: Prober, x: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The claimed entries, and how much of each may be rounding."""
    subject = prober.subject
    m = prober.values
    if subject.kind == "jvp":
        claimed = np.stack([subject.push(x, unit(x.size, k))[rows] for k in columns], axis=1)
        return claimed, ROUNDINGS * max(o.eps for o in subject.outputs) * np.abs(claimed)
    claimed = np.stack([subject.pull(x, unit(m, i)) for i in rows])
    noise, of = (np.zeros(x.size), 0.0) if prober.cut_short else entry_noise(prober, x, prober.cotangents(m)[0])
    size = np.max(np.abs(claimed[np.isfinite(claimed)]), initial=0.0)
    relative = noise / of if of > 0 else noise * 0
    rounding = ROUNDINGS * prober.eps * np.abs(np.where(np.isfinite(claimed), claimed, 0.0)) + relative * size
    return claimed[:, columns], rounding[:, columns]


def entry_noise(prober: Prober, x: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, float]:
    """(the rounding of each entry of the claim, its largest entry): how far it is from smooth between points close together."""
    scale, n = prober.scale(x), x.size
    near, halves = prober.nearby()
    away = near * scale * prober.rng.choice((-1.0, 1.0), n)
    worst, size = np.zeros(n), 0.0
    try:
        for half in halves:
            step = half * scale * prober.rng.choice((-1.0, 1.0), n)
            three = [prober.subject.pull(x + away + k * step, u) for k in (-1, 0, 1)]
            worst = np.maximum(worst, np.abs(three[0] - 2 * three[1] + three[2]))
            size = max(size, float(np.max(np.abs(three[1]), initial=0.0)))
    except Exception:  # the person's own code, at a point where it may not be defined
        return np.zeros(n), 0.0
    return np.where(np.isfinite(worst), 2 * worst, 0.0), size


def unit(n: int, k: int) -> np.ndarray:
    found = np.zeros(n)
    found[k] = 1.0
    return found


def wrong_rows(prober: Prober, probe: Probe) -> np.ndarray:
    """The values in which a mistake is studied: all where there are few; else some that are wrong along the probe, and some others."""
    m = prober.values
    if m <= ROWS:
        return np.arange(m)
    others = prober.rng.choice(m, SAMPLE, replace=False)
    if prober.subject.kind == "hessian":
        return np.sort(others)
    slope = prober.along(probe.x, probe.v)
    stretches, wrong = [(0, m)], []
    while stretches and len(wrong) < SAMPLE:
        start, stop = stretches.pop()
        u = np.zeros(m)
        u[start:stop] = probe.u[start:stop]
        if prober.probe(probe.x, probe.v, u, slope).verdict == DIFFERS:
            middle = (start + stop) // 2
            wrong += [start] if stop - start == 1 else []
            stretches += [(start, middle), (middle, stop)] if stop - start > 1 else []
    return np.unique(np.concatenate([others, np.array(wrong, dtype=int)]))


class Halved(NamedTuple):
    """What halving found: single entries, or that the mistake is in many."""

    wrong: list[int]
    crowded: bool
    cut_short: bool  # the budget of calls was spent before all was looked at


def by_halving(prober: Prober, probe: Probe, tick: Tick) -> Halved:
    """The wrong entries along the direction of `probe`, which disagrees."""
    halving = _Halving(prober, probe)
    level = [(0, probe.x.size, probe.claimed - probe.true, probe.unknown)]
    wrong: list[int] = []
    before = prober.evaluations
    while level:
        below = []
        for start, stop, residual, unknown in level:
            tick(len(wrong), MOST_WRONG)
            if prober.evaluations - before > MOST_CALLS:
                return Halved(wrong, False, True)
            if stop - start == 1:
                wrong.append(start)
                continue
            below += halving.split(start, stop, residual, unknown)
        if len(below) > CROWDED or len(wrong) > MOST_WRONG:
            return Halved(wrong, True, False)
        level = below
    return Halved(wrong, False, False)


class _Halving:
    """Tests of parts of one direction, each by four calls of the function.

    How far such a test may be off is measured on the whole direction, of which the ladder's value is known; the step at which
    it is least is taken.
    """

    def __init__(self, prober: Prober, probe: Probe):
        self.prober, self.probe = prober, probe
        self.pulled = None if prober.subject.kind == "jvp" else prober.subject.pull(probe.x, probe.u)
        self.size = float(np.abs(probe.u) @ np.abs(prober.f(probe.x).astype(float)))
        steps = [probe.step * factor for factor in OTHER_STEPS]
        doubts = [abs(self._slope(probe.v, h) - probe.true) + self._noise(h) for h in steps]
        self.step, self.doubt = min(zip(steps, doubts), key=lambda each: each[1])
        self.doubt += probe.bound

    def split(self, start: int, stop: int, residual: float, unknown: float) -> list[tuple[int, int, float, float]]:
        """The halves of a stretch in which there is a mistake, with what is wrong in each."""
        middle = (start + stop) // 2
        found, doubt = self._residual(start, middle)
        halves = [(start, middle, found, doubt), (middle, stop, residual - found, doubt)]
        wrong = [half for half in halves if abs(half[2]) > SURE * half[3]]
        if not wrong:  # what is left of the residual drowned; both are looked at closely
            for first, last in ((start, middle), (middle, stop)):
                part = self._restricted(first, last)
                closely = self.prober.compare(self.probe.x, part, [self.probe.u])[0]
                if closely.verdict == DIFFERS:
                    wrong.append((first, last, closely.claimed - closely.true, closely.unknown))
        return wrong

    def _restricted(self, start: int, stop: int) -> np.ndarray:
        part = np.zeros_like(self.probe.v)
        part[start:stop] = self.probe.v[start:stop]
        return part

    def _residual(self, start: int, stop: int) -> tuple[float, float]:
        """(claimed − true along the part of the direction, how far that may be off)."""
        v = self._restricted(start, stop)
        claimed, _, allowance = self.prober.claim(self.probe.x, v, self.probe.u, self.pulled)
        return claimed - self._slope(v, self.step), self.doubt + allowance

    def _slope(self, v: np.ndarray, h: float) -> float:
        coarse, fine = self._central(v, h), self._central(v, h / 2)
        return (4 * fine - coarse) / 3

    def _noise(self, h: float) -> float:
        return self.prober.eps_of(self.prober.width) * self.size / h

    def _central(self, v: np.ndarray, h: float) -> float:
        x, u, f = self.probe.x, self.probe.u, self.prober.f
        return float(u @ ((f(x + h * v) - f(x - h * v)) / (2 * h)))
