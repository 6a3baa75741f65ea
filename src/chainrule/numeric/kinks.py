"""Points that the seal can use: finite, well conditioned, and clear of kinks.

`margin` says how far a point is from the nearest place where the function is not differentiable (infinite for smooth
functions). Points nearer than the threshold are drawn again; the threshold falls with the number of draws, since
a function with many kinks has none that is far from all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .differences import largest
from .points import Variable, draw, refuse_too_large, too_large

ATTEMPTS = 40
CLEAR = 0.03  # of the nearest kink, at first
NUDGES = (1e-13, 1e-10)  # relative changes of the point; two, since a singular value can stay put under one
TOO_SENSITIVE = 1e6  # a relative change so many times that of the point: singular, for our purposes
DEGENERATE = 1e-11  # a derivative so small may be rounding alone (the determinant of a singular product), so that
LONGEST_SEARCH = 6  # attempts are spent on finding a point that tells more

INADMISSIBLE = (np.linalg.LinAlgError, ArithmeticError, ValueError, IndexError)


class Point(NamedTuple):
    sizes: dict[str, int]
    values: dict[str, np.ndarray]
    margin: float
    value: np.ndarray
    claim: np.ndarray


class NoPoint(NamedTuple):
    reason: str


def threshold(attempt: int) -> float:
    """How clear of kinks a point must be at this attempt."""
    return CLEAR * 0.7 ** max(0, attempt - 4)


def find_point(
    evaluate: Callable,
    claim: Callable,
    margin: Callable | None,
    variables: Sequence[Variable],
    wrt: str,
    index: int,
    seed: int = 0,
    first: int = 0,
) -> Point | NoPoint:
    """A point where `evaluate` and `claim` can be compared, or the reason why none was found.

    Parameters
        evaluate, claim: callables on a dict of arrays: the function, and what is claimed to be its derivative.
        margin: callable on a dict of arrays; None for a smooth function.
        first: the attempt to begin with (see `points.draw`), where the earlier ones led to a point that told nothing.
    """
    reason = "no admissible point"
    degenerate: Point | None = None
    for attempt in range(first, first + ATTEMPTS):
        if degenerate is not None and attempt > first + LONGEST_SEARCH:
            break
        sizes, values = draw(variables, index, seed, attempt)
        try:
            distance = float(np.min(margin(values))) if margin is not None else np.inf
            if not distance >= threshold(attempt - first):
                reason = f"every point was within {distance:.1g} of a kink"
                continue
            value = np.asarray(evaluate(values))
            if np.iscomplexobj(value) or not np.all(np.isfinite(value)):
                reason = "the function is not finite and real at the points drawn"
                continue
            refuse_too_large("the derivative", (*value.shape, *values[wrt].shape))
            claimed = np.asarray(claim(values))
            if not np.all(np.isfinite(claimed)):
                reason = "the claimed derivative is not finite at the points drawn"
                continue
            if is_sensitive(evaluate, claim, values, wrt, value, claimed):
                reason = "the function is singular or badly conditioned at the points drawn"
                continue
        except MemoryError:
            shapes = ", ".join(f"{name}: {'×'.join(map(str, x.shape)) or 'scalar'}" for name, x in values.items())
            raise too_large("what is computed on the way", shapes) from None
        except INADMISSIBLE as error:
            reason = f"the function cannot be evaluated at the points drawn ({error})"
            continue
        point = Point(sizes, values, distance, value, claimed)
        if not 0 < largest(claimed) < DEGENERATE * max(1.0, largest(value)):
            return point
        degenerate = degenerate or point
    return degenerate or NoPoint(reason)


def clear_point(
    margin: Callable, variables: Sequence[Variable], index: int, seed: int = 0
) -> tuple[dict, dict, float] | None:
    """(sizes, values, margin) of a point clear of kinks, with nothing else asked of it; None if there is none."""
    for attempt in range(ATTEMPTS):
        sizes, values = draw(variables, index, seed, attempt)
        try:
            distance = float(np.min(margin(values)))
        except INADMISSIBLE:
            continue
        if distance >= threshold(attempt):
            return sizes, values, distance
    return None


def is_sensitive(evaluate: Callable, claim: Callable, values: dict, wrt: str, value, claimed) -> bool:
    """Whether rounding of the point alone changes the value or the claim visibly."""
    x = values[wrt]
    for size in NUDGES:
        floor = 100 * size * max(1.0, largest(value))
        nudged = {**values, wrt: x * (1 + size * np.cos(np.arange(1.0, x.size + 1.0)).reshape(x.shape))}
        for before, after in ((value, np.asarray(evaluate(nudged))), (claimed, np.asarray(claim(nudged)))):
            if not largest(after - before) <= max(TOO_SENSITIVE * size * largest(before), floor):
                return True
    return False
