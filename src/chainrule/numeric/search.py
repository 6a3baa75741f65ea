"""Which steps a ladder tries next: where what is not known yet may be learnt.

Five steps first. Then, of the outputs that are not known well enough, two kinds ask for more. Where results still
contradict each other the truth is at shorter steps: the next shorter ones while that helps, else at once the shortest that
rounding leaves readable, where a smooth function is straight and a kink is still a kink. Where rounding is all that is seen
it is at longer ones: the scale of the function is searched for by halving the gap between a step that agrees with the
best value and one that does not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .extrapolation import Table
from .steps import Steps

FIRST = 5  # steps before anything is decided
FEWEST = 3  # where somebody else may say that they are enough
SHORT = 6  # powers of two below the size of x: a ladder that starts there may be among kinks
HALFWAY = 9  # powers of two from the first steps down to those that are tried where these are unclear
UNCLEAR = 1e-7  # an error, relative to the slope, from which on they are
SAME = 0.05  # of a bend: that of one kink differs by less from step to step
BESIDE = 4  # powers of two between the shortest step and the one that confirms it
HIGHEST = 60  # powers of two from the first step up,
RISE = 20  # and at once
ASKED = 32  # of many outputs so many, the least known ones, may say where to go on
ENOUGH = 2e3  # an error of so many roundings, relative to the slope, is small enough
TYPICAL = 1e-2  # of the slopes of all outputs: a slope far below need not be known to as many digits of its own
ROUGH = 0.3  # an error, relative to the slope, from which on the scale of the function is not yet known
BENT = 0.1  # the share of a slope that a step of the function's own scale takes from it
LOUD = 30  # noise of so many roundings of the value is believed at once,
FAINT = 1 / 3 - 1  # a louder one of so much, as a power of eps, if shorter steps do not make it smaller


def climb(
    steps: Steps,
    first: int,
    depth: float,
    budget: int,
    read: Callable[[Steps], Table],
    enough: Callable[[Table], bool] | None = None,
) -> Table:
    """Evaluate until every output is known well enough, or all is known that can be.

    Parameters
        first: the exponent of the longest of the first steps.
        depth: of the digits of a value, how far below the size of x the shortest step lies.
        budget: how many evaluations may be spent in all.
        read: what is to be extrapolated.
        enough: whether what is known serves its purpose; asked from a few steps on.
    """
    count = FIRST if enough is None else FEWEST
    for p in range(first, first - count, -1):
        steps.add(p)
    bottom = min(steps.first + round(depth * float(np.log2(steps.eps))), first - FIRST)
    before = np.inf
    while True:
        table = read(steps)
        if enough is not None and enough(table):
            return table
        wanted = [] if enough is None or first > steps.first - SHORT else _halfway(steps, table, first - count + 1, bottom)
        if not wanted:
            wanted, before = _wanted(steps, table, first, bottom, before)
        if not wanted or steps.evaluations + 2 > budget:
            return table
        for p in wanted:
            if steps.evaluations + 2 <= budget:
                steps.add(p)


def _halfway(steps: Steps, table: Table, shortest: int, bottom: int) -> list[int]:
    """Steps between the first ones and the shortest, where the first ones say little and more than rounding is to blame.

    Many kinks near x look like noise: far shorter steps are clear of them, and tell them from the noise of the function. They are not needed
    where all that is seen is one kink at x.
    """
    error, noise, h = table.kept(table.error), table.kept(table.noise), table.h[table.best, 0]
    scale = _scale(table)
    loud = (noise * h > LOUD * table.kept(table.floor)) | (error > 2 * noise)
    unclear = loud & (error > UNCLEAR * scale) & ~_one_kink(table) & np.isfinite(steps.value)
    if not unclear.any():
        return []
    exponents = steps.exponents
    if exponents[-1] >= shortest:
        return [p for p in (shortest - HALFWAY, shortest - HALFWAY - 1) if p > bottom]
    i = int(table.best[int(np.argmax(np.where(unclear, error / np.where(scale > 0, scale, 1.0), -1.0)))])
    if i and exponents[i - 1] - exponents[i] > BESIDE and exponents[i] <= shortest - HALFWAY:
        return [(exponents[i - 1] + exponents[i]) // 2]
    return []


def _wanted(steps: Steps, table: Table, first: int, bottom: int, before: float) -> tuple[list[int], float]:
    """(exponents of steps worth trying, the largest relative error that shorter steps may mend)."""
    error, noise = table.kept(table.error), table.kept(table.noise)
    scale = _scale(table)
    seen = np.where(scale > 0, scale, np.fmax.reduce(np.abs(table.quotients), axis=0, initial=0.0))
    relative = np.where(seen > 0, error / np.where(seen > 0, seen, 1.0), 0.0)
    relative[~np.isfinite(error)] = np.inf
    relative[~np.isfinite(steps.value)] = 0.0  # no derivative where there is no value
    unknown = relative > ENOUGH * steps.eps
    if not unknown.any():
        return [], before
    exponents, wanted = steps.exponents, []
    rounding = unknown & (noise > 0.3 * error) & _is_noise(steps, table)
    rough = unknown & ~rounding
    if exponents[-1] <= bottom:
        rough &= ~_kinked(table) & ~grows(steps, table, steepness(table)) & np.isfinite(error)
    if rough.any():
        worst = int(np.argmax(np.where(rough, relative, -1.0)))
        helped = relative[worst] <= min(ROUGH, before / 3)
        near = _shorter(exponents, int(table.best[worst]), bottom) if helped else None
        before = relative[worst]
        if near is not None:
            wanted.append(near)
        elif exponents[-1] > bottom:
            wanted += [p for p in (bottom, bottom + BESIDE) if p not in exponents]
        else:
            rounding |= rough
    if rounding.any():
        for worst in np.argsort(np.where(rounding, -relative, np.inf), kind="stable")[: min(ASKED, rounding.sum())]:
            longer = _longer(steps, table, int(worst), float(scale[worst]), first + HIGHEST)
            if longer is not None and longer not in exponents:
                wanted.append(longer)
                break
    return wanted, before


def _scale(table: Table) -> np.ndarray:
    """What errors are measured by: the slope, and what bends away from it near x."""
    bend = 0.0 if table.companion is None else np.abs(table.kept(table.companion)) / table.h[table.best, 0]
    scale = np.maximum(np.abs(table.kept(table.value)), np.abs(table.kept(table.quotients)) + bend)
    scale = np.where(np.isfinite(scale), scale, 0.0)
    return np.maximum(scale, TYPICAL * np.median(scale)) if scale.size > 1 else scale


def _is_noise(steps: Steps, table: Table) -> np.ndarray:
    """Whether the scatter is noise: that of rounding, or one that shorter steps do not make smaller."""
    here = table.kept(table.noise * table.h)
    floor = table.kept(table.floor)
    shorter = np.arange(len(table.h))[:, None] > table.best
    after = np.max(np.where(shorter, table.scatter, 0.0), axis=0) > here / 8
    return (here <= LOUD * floor) | (after & (here <= steps.eps**FAINT * floor)) | (silent(table)[-1] & shorter[-1])


def silent(table: Table) -> np.ndarray:
    """Where values do not change at all (L, m), though at other steps they do."""
    still = table.quotients == 0
    if table.companion is not None:
        still &= table.companion == 0
    return still & ~still.all(axis=0)


def _kinked(table: Table) -> np.ndarray:
    """Whether what should vanish with the step is the same at the two shortest ones."""
    if table.companion is None:
        return np.zeros(table.best.shape, bool)
    bend = np.abs(table.companion[-2:]) / table.h[-2:]
    return (bend > 4 * table.noise[-2:]).all(axis=0) & (4 * bend.min(axis=0) > bend.max(axis=0))


def _one_kink(table: Table) -> np.ndarray:
    """Whether what should vanish with the step is the very same at the three shortest ones: of many kinks it is not."""
    bend = np.abs(table.companion[-3:]) / table.h[-3:]
    return bend.max(axis=0) - bend.min(axis=0) <= SAME * bend.max(axis=0)


def grows(steps: Steps, table: Table, slopes: np.ndarray, order: int = 1) -> np.ndarray:
    """Whether slopes at the two shortest steps differ as they do where there is no derivative.

    Rounding grows as well: that of values, and of what has the size of x and may have cancelled before it became a value.
    """
    rounding = 8 * table.floor[-1] + LOUD * steps.eps * steps.largest
    return (table.h[-1] * 2 < table.h[-2]) & (slopes[-1] > 2 * slopes[-2] + rounding / table.h[-1] ** order)


def steepness(table: Table) -> np.ndarray:
    """What the function does over each step: its slope there, and how that bends."""
    companion = 0.0 if table.companion is None else np.abs(table.companion)
    return np.abs(table.quotients) + companion / table.h


def _shorter(exponents: list[int], best: int, bottom: int) -> int | None:
    """A step below the best, or below the next two where these are there already."""
    for i in range(best, min(best + 3, len(exponents))):
        if exponents[i] - (exponents[i + 1] if i + 1 < len(exponents) else bottom) > 1:
            return exponents[i] - 1
    return None


def _longer(steps: Steps, table: Table, output: int, scale: float, highest: int) -> int | None:
    """A step nearer to the longest one that agrees with the best value, or on the ladder below that."""
    exponents, best = steps.exponents, int(table.best[output])
    rounding = LOUD * table.floor[:, output] / table.h[:, 0]
    off = np.abs(table.quotients[:, output] - table.value[best, output])
    if table.companion is not None:
        off = np.maximum(off, ROUGH * np.abs(table.companion[:, output]) / table.h[:, 0])
    off = np.where(off <= rounding + rounding[best], 0.0, off)
    good = best
    while good > 0 and off[good - 1] <= BENT * scale:
        good -= 1
    if good == 0:
        rise = 0.5 * np.log2(4 * BENT / max(float(off[0]) / scale, steps.eps)) if scale else 0.0
        if rise >= 1 and exponents[0] < highest:
            return exponents[0] + min(int(rise), RISE)
    elif exponents[good - 1] - exponents[good] > 1:
        return (exponents[good - 1] + exponents[good]) // 2
    missing = [p for p in range(exponents[good] - 1, exponents[good] - FIRST, -1) if p not in exponents]
    if missing:
        return missing[0]
    return (exponents[best - 1] + exponents[best]) // 2 if best and exponents[best - 1] - exponents[best] > 1 else None
