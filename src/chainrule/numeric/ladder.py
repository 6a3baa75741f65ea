"""The derivative along a direction of a function that can only be called, with a bound for every entry.

Central differences on a ladder of steps (`steps`, `search`), extrapolated (`extrapolation`). The same values say whether
there is a derivative: the mean of f(x + h v) and f(x − h v) tends to f(x) as h² where f is smooth, and as h at a kink. It is
carried to h = 0 beside the difference and counts as an error for as long as it misses f(x). So a ladder does not stop at
a kink, nor on a plateau beside x, before it has been down to rounding; and where the kink is at x itself the differences to
either side, from the same values, give the one-sided derivatives.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .extrapolation import Table, best_steps, extrapolate
from .search import ROUGH, climb, grows, silent, steepness
from .steps import Steps

DEPTH = 0.75  # of the digits of a value: how far below the first step the shortest one lies
DEPTH_2 = 0.4  # and for second derivatives, where rounding grows as 1/h²
SUSPECT = 1e-6  # an error, relative to the slope, from which on a kink is looked for
BUDGET = 60  # evaluations


class Along:
    """The derivative of f at x along v; all arrays have the shape of f's value.

    value, bound   the derivative, and a bound of its error; infinite where it does not exist, NaN where f(x) does not
    left, right    the derivatives from either side, with `left_bound`, `right_bound`
    kink           where these differ; `value` is their mean there, and `bound` reaches both
    noise          the rounding of a value of f, as measured
    step           the shortest step in the value kept
    shortest       the shortest step tried
    at, largest    f(x), and the largest absolute value of f at the steps that are no longer than x
    evaluations    of f
    """

    __slots__ = (
        "value", "bound", "left", "right", "left_bound", "right_bound", "kink", "noise", "step", "shortest", "at", "largest", "evaluations"
    )  # fmt: skip

    def __init__(self, shape: tuple[int, ...], evaluations: int, **arrays: np.ndarray):
        self.evaluations = evaluations
        for name, array in arrays.items():
            setattr(self, name, array.reshape(shape))

    def __repr__(self) -> str:
        return f"<Along: {self.value} ± {self.bound}, {self.evaluations} evaluations>"


def along(
    f: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    v: np.ndarray,
    *,
    eps: float | None = None,
    first_step: float | None = None,
    budget: int = BUDGET,
    at: np.ndarray | None = None,
    enough: Callable[[Along], bool] | None = None,
) -> Along:
    """The derivative of `f` at `x` along `v`.

    Parameters
        f: takes an array like x, returns an array of any shape, always the same. What it raises at x is raised; at other
            points it counts as a value that is not finite.
        x: in float64 or longdouble, the type that f works in.
        v: the direction, of the shape of x.
        eps: the relative rounding of the values of f, where that is coarser than their type (code that works in float32).
        first_step: the longest of the first steps, in units of v. By default a quarter of the size of x.
        budget: evaluations that may be spent.
        at: f(x), if known.
        enough: whether what is known serves; asked after three steps, and after each further one.
    """
    with np.errstate(all="ignore"):
        steps = Steps(f, x, v, eps, at)
        serves = None if enough is None else lambda table: enough(_summary(steps, table))
        return _summary(steps, climb(steps, _first(steps, first_step), DEPTH, budget, _slopes, serves))


def second_along(
    f: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    v: np.ndarray,
    *,
    eps: float | None = None,
    first_step: float | None = None,
    budget: int = BUDGET,
) -> Along:
    """The second derivative of f(x + t v) in t, at t = 0: vᵀHv where f is scalar. Parameters and result as for `along`.

    Where the second derivative jumps there is no `kink`, only a bound as large as the jump.
    """
    with np.errstate(all="ignore"):
        steps = Steps(f, x, v, eps)
        table = climb(steps, _first(steps, first_step), DEPTH_2, budget, _curvatures)
        value, bound = table.kept(table.value), table.kept(table.error)
        bound = np.where(_diverges(steps, table, 2) | (np.isnan(bound) & np.isfinite(steps.value)), np.inf, bound)
        return _shaped(steps, table, 2, value, bound, (value, bound), (value, bound), np.zeros(value.shape, bool))


def _first(steps: Steps, first_step: float | None) -> int:
    return steps.first if first_step is None else int(np.floor(np.log2(first_step)))


def _slopes(steps: Steps) -> Table:
    h, odd, even, floor = steps.read()
    table = extrapolate(h, odd, floor, steps.eps * steps.size * np.abs(odd), even)
    return _without_silence(table)


def _curvatures(steps: Steps) -> Table:
    """The second differences; the first ones must come to the slope as h², or the second derivative jumps."""
    h, odd, even, floor = steps.read()
    slopes = _slopes(steps)
    blur = steps.eps * steps.size * np.abs(odd)
    table = extrapolate(h, 2 * even / h**2, 2 * floor, blur, odd - slopes.kept(slopes.value), order=2)
    unsettled = slopes.kept(slopes.error - slopes.noise)
    error = table.error + unsettled / h
    return table._replace(error=error, best=best_steps(table.value, error, table.slack))


def _without_silence(table: Table) -> Table:
    """The table without the steps at which values do not change, where longer ones give a derivative.

    1 + e^-28 is a staircase: a step that does not leave its tread says nothing of the slope of the stairs.
    """
    still = silent(table)
    if not still.any():
        return table
    error = np.where(still, np.inf, table.error)
    best = best_steps(table.value, error, table.slack)
    other = table._replace(best=best)
    clear = other.kept(error) <= ROUGH * np.abs(other.kept(table.value))
    return table._replace(best=np.where(clear, best, table.best))


def _summary(steps: Steps, table: Table) -> Along:
    value, bound = table.kept(table.value), table.kept(table.error)
    bound = np.where(_diverges(steps, table) | (np.isnan(bound) & np.isfinite(steps.value)), np.inf, bound)
    left = right = (value, bound)
    kink = np.zeros(value.shape, bool)
    suspect = ~(bound <= SUSPECT * np.abs(value)) & ~(bound <= 2 * table.kept(table.noise))
    if suspect.any():
        right, left = (_side(steps, table, sign) for sign in (1, -1))
        jump, doubt = np.abs(right[0] - left[0]), right[1] + left[1]
        kink = suspect & (jump > 2 * doubt) & (bound > jump / 8)
        smooth = np.isfinite(bound) & ~kink
        left, right = (tuple(np.where(smooth, a, b) for a, b in zip((value, bound), s)) for s in (left, right))
        value = np.where(kink, (left[0] + right[0]) / 2, value)
        bound = np.where(kink, jump / 2 + doubt, bound)
    return _shaped(steps, table, 1, value, bound, left, right, kink)


def _shaped(steps: Steps, table: Table, order: int, value, bound, left, right, kink) -> Along:
    h = table.h[table.best, 0]
    return Along(
        steps.shape,
        steps.evaluations,
        value=value,
        bound=bound,
        left=left[0],
        right=right[0],
        left_bound=left[1],
        right_bound=right[1],
        kink=kink,
        noise=table.kept(table.noise) * h**order,
        step=h,
        shortest=np.full(value.shape, table.h[-1, 0]),
        at=steps.value,
        largest=np.max(np.where((table.h <= steps.size) & np.isfinite(table.floor), table.floor, 0.0), axis=0) * (2 / steps.eps),
    )


def _diverges(steps: Steps, table: Table, order: int = 1) -> np.ndarray:
    """Whether the slope, or its jump, grows without end as steps shrink: √|x| at 0, and floor(x) at 1."""
    unsure = ~(table.kept(table.error) <= ROUGH * np.abs(table.kept(table.value)))
    return unsure & grows(steps, table, steepness(table), order)


def _side(steps: Steps, table: Table, sign: int) -> tuple[np.ndarray, np.ndarray]:
    """(derivative to one side, bound)."""
    h, quotients = steps.one_sided(sign)
    blur = steps.eps * steps.size * np.abs(quotients)
    side = extrapolate(h, quotients, 2 * table.floor, blur, power=1)
    value, bound = side.kept(side.value), side.kept(side.error)
    return np.where(np.isfinite(bound), value, np.nan), np.where(grows(steps, side, np.abs(quotients)), np.inf, bound)
