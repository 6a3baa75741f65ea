"""A function along a line, and over a plane: numbers for tables and pictures. NaN stands where it has no value.

Values are those of the function as it was read (`problem.evaluate`), and not of a program of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..core.errors import ChainruleError
from ..numeric.kinks import INADMISSIBLE
from .place import Place

GRID = 45  # points to a side of a contour picture


def value_at(place: Place) -> Callable[[np.ndarray], float]:
    """f as a function of the vector of what moves; NaN where it has no value."""
    data = {name: x for name, x in place.values.items() if name not in place.names}

    def f(x: np.ndarray) -> float:
        try:
            with np.errstate(all="ignore"):
                found = float(place.problem.evaluate(data | place.variables.apart(np.asarray(x, dtype=float))))
        except (*INADMISSIBLE, ChainruleError):
            return np.nan
        return found if np.isfinite(found) else np.nan

    return f


def over(f: Callable, x: np.ndarray, u: np.ndarray, v: np.ndarray, across: Sequence[float], up: Sequence[float]) -> np.ndarray:
    """f(x + a u + b v), a row for each b and a column for each a."""
    return np.array([[f(x + a * u + b * v) for a in across] for b in up])


def slope_of(steps: Sequence[float], errors: Sequence[float], floor: Sequence[float]) -> float | None:
    """The order with which errors fall with the step: the median of log-log slopes, where they are well above rounding.

    None where rounding is all there is. Of the steps that count the shorter half tells: the longer are not yet in the limit.
    """
    clear = sorted([(h, e) for h, e, r in zip(steps, errors, floor) if h > 0 and np.isfinite(e) and e > 100 * r and e > 0])
    if len(clear) < 3:
        return None
    near = clear[: max(3, len(clear) // 2)]
    logs = np.log(np.array(near))
    return float(np.median(np.diff(logs[:, 1]) / np.diff(logs[:, 0])))
