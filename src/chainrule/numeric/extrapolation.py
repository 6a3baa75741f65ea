"""Difference quotients at many steps, carried to step zero, with what each result may be wrong by.

Neville's scheme: a polynomial in h^power through the quotients of neighbouring steps, evaluated at 0. The error of a
result is estimated by what sees different mistakes: the last correction (truncation), believed only where results
come together from column to column; how far results at neighbouring steps scatter (rounding, measured); the rounding of
stored values, which no scatter falls below; and a companion that has to vanish with h where the function is smooth. A
result holds only as long as those from smaller steps agree with it.

References: Ridders, Advances in Engineering Software 4 (1982); Stoer & Bulirsch, Introduction to Numerical Analysis,
section 3.5.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

COLUMNS = 8  # of a table: beyond that the gain is below rounding
FALLS = 0.3  # by that results come together from column to column, or a correction says nothing
NOISE = 2.0  # the rounding of a result, in the scatter of the values over the step
DOUBT = 8.0  # so many times its noise a result may be off before it contradicts another: few samples are behind it
GUESS = 0.3  # an error of this part of what the function does over a step
NEAR = 64.0  # steps that are further apart do not see the same noise


class Table(NamedTuple):
    """What was extrapolated, and by step (L) and output (m) what came of it.

    value, error   the best result whose smallest step is this one, and what it may be wrong by
    noise          the part of the error that is rounding
    scatter        how far results at neighbouring steps lie apart, as a noise of the values of f
    best (m,)      the step whose result is kept
    slack          how much more than its error a result may be off before it contradicts one from a larger step
    """

    h: np.ndarray
    quotients: np.ndarray
    companion: np.ndarray
    floor: np.ndarray
    value: np.ndarray
    error: np.ndarray
    noise: np.ndarray
    scatter: np.ndarray
    best: np.ndarray
    slack: np.ndarray

    def kept(self, array: np.ndarray) -> np.ndarray:
        """The entry of an array (L, m) at the best step of each output."""
        return array[self.best, np.arange(array.shape[1])]


def extrapolate(
    h: np.ndarray,
    quotients: np.ndarray,
    floor: np.ndarray,
    blur: np.ndarray,
    companion: np.ndarray | None = None,
    power: int = 2,
    order: int = 1,
) -> Table:
    """The quotients (L, m) at the falling steps `h` (L, 1) carried to h = 0, and the best value of each output.

    Parameters
        floor: (L, m), the rounding of a value that goes into a quotient: no noise is less.
        blur: (L, m), what the rounding of the argument does to a value.
        companion: (L, m), what goes to zero as h² if the function is smooth, in units of the quotient times h.
        power: 2 where the error of a quotient has even powers of h only, 1 for one-sided ones. These may have others as
            well (√h at the end of a domain), so that a correction is not believed to be better than the last.
        order: the noise of a quotient is that of the values over h^order.
    """
    length = len(h)
    u, unit = h**power, h**order
    value = quotients.copy()
    error, apart = np.full(value.shape, np.inf), np.full(value.shape, np.inf)
    column, partner, before = quotients, companion, np.abs(quotients[1:])
    for j in range(1, min(length, COLUMNS + 1)):
        finer = column[1:]
        drift = finer - column[:-1]
        gap = np.abs(drift)
        weight = u[j:] / (u[:-j] - u[j:])  # 1/(ρ − 1)
        column = finer + drift * weight
        wrong = np.where(gap <= FALLS * before, gap * weight, gap) if power > 1 else gap
        if partner is not None:
            partner = partner[1:] + (partner[1:] - partner[:-1]) * weight
            wrong = np.maximum(wrong, np.abs(partner) / h[j:])
        np.fmin(apart[j:], gap, out=apart[j:])
        better = wrong < error[j:]  # not where it is NaN
        error[j:][better] = wrong[better]
        value[j:][better] = column[better]
        before = gap[1:]
    near = h[1:] * NEAR >= h[:-1]
    scatter = np.zeros(value.shape)
    scatter[1:] = np.where(near & np.isfinite(apart[1:]), apart[1:] * unit[1:], 0.0)
    noise = NOISE * np.maximum(_smoothed(scatter), floor) / unit
    error += noise
    error += _unseen(value, error, np.abs(quotients) + (0.0 if companion is None else np.abs(companion) / h))
    slack = DOUBT * noise + 2 * blur / unit
    if value.shape[1] > 1:
        slack += DOUBT * np.median(np.where(np.isfinite(noise), noise, 0.0), axis=1, keepdims=True)
    best = best_steps(value, error, slack)
    return Table(h, quotients, companion, floor, value, error, noise, scatter, best, slack)


def _unseen(value: np.ndarray, error: np.ndarray, local: np.ndarray) -> np.ndarray:
    """What a result says nothing about: how far those of shorter steps lie from it, where it is no better than a guess.

    A bounded function has small differences over huge steps, whose errors are small beside everything but themselves.
    """
    lost = ~(error <= GUESS * local)
    if not lost[:-1].any():
        return np.zeros(value.shape)
    highest = np.fmax.accumulate((value - error)[::-1])[::-1]  # what those of shorter steps say for certain
    lowest = np.fmin.accumulate((value + error)[::-1])[::-1]
    return np.where(lost, np.fmax(np.fmax(highest - value, value - lowest), 0.0), 0.0)


def _smoothed(scatter: np.ndarray) -> np.ndarray:
    """The noise of the values at each step: two results may agree by chance, so the next has a say, too."""
    beside = np.concatenate([scatter[1:], scatter[-2:-1] / 8 if len(scatter) > 1 else scatter])
    return np.maximum(scatter, beside)


def best_steps(value: np.ndarray, error: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """The step of the least error among those that no smaller step contradicts, for each output."""
    known = np.isfinite(error) & np.isfinite(slack)
    error = np.where(known, error, np.inf)
    doubt = np.where(known, error + slack, np.inf)
    lowest = np.maximum.accumulate(np.where(known, value - doubt, -np.inf)[:0:-1])[::-1]  # of all shorter steps
    highest = np.minimum.accumulate(np.where(known, value + doubt, np.inf)[:0:-1])[::-1]
    contradicted = (value[:-1] - error[:-1] > highest) | (value[:-1] + error[:-1] < lowest)
    error[:-1][contradicted] = np.inf
    best = error.argmin(axis=0)
    return np.where(np.isfinite(error.min(axis=0)), best, len(value) - 1)
