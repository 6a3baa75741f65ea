"""What a spectrum means for gradient descent, and what would help: step sizes, damping, scaled variables, standardised data.

What-ifs are computed anew, with the matrix or the data changed, and never taken from a rule of thumb.

Reference: Nocedal & Wright, Numerical Optimization (2nd ed.), 3.3; van der Sluis, Condition numbers and equilibration of
matrices (1969).
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np

from .measured import with_values
from ..place import Place, figure
from ..step_sizes import StepSizes, step_sizes
from ..spectrum import POSITIVE, SEMI_POSITIVE, Spectrum, spectrum_of

GOOD = 10.0  # a condition number that needs no help
WORTH = 1.5  # times as well conditioned: a change that is worth telling
TARGET = 100.0  # a condition number that damping is computed for
UNLIKE = 3.0  # times the others: a column whose scale is worth naming


def rates_of(found: Spectrum) -> StepSizes | None:
    """The rates in the directions that curve; None where the function curves down, or nothing is certain."""
    if found.definiteness == POSITIVE:
        return step_sizes(found.low, found.high)
    if found.definiteness == SEMI_POSITIVE:
        return step_sizes(float(np.min(found.values[found.values > found.bound])), found.high)
    return None


def damping(found: Spectrum, target: float = TARGET) -> float:
    """μ such that H + μI has the condition number `target`."""
    return max((found.high - target * found.low) / (target - 1), 0.0)


class WhatIf(NamedTuple):
    """Something that was tried: what it is, the condition number that it gives, and what else is to be said of it."""

    what: str
    condition: float
    aside: str = ""


def tried(place: Place, H: np.ndarray, found: Spectrum) -> list[WhatIf]:
    """What scaling would do, computed: variables by the diagonal of H, columns of data by their spread."""
    ways = [_by_diagonal(H, found), *[way for name in _data_of(place) for way in _standardised(place, name)]]
    return [way for way in ways if way is not None]


def _by_diagonal(H: np.ndarray, found: Spectrum) -> WhatIf | None:
    """The condition number of D^(−1/2) H D^(−1/2)."""
    d = np.diagonal(H)
    if len(d) < 2 or not np.all(d > found.bound):
        return None
    after = spectrum_of(H / np.sqrt(np.outer(d, d)))
    return WhatIf("each variable divided by the root of its own curvature (diagonal preconditioning)", _kappa(after))


def _kappa(found: Spectrum) -> float:
    low, _ = found.condition
    return low if found.definiteness == POSITIVE else inf


def _data_of(place: Place) -> list[str]:
    """Matrices of data one of whose axes is that of a variable which moves: X in X w."""
    moving = {d for name in place.names for d in place.problem.every[name].dims}
    every = place.problem.every
    return [n for n in place.given if n not in place.names and len(every[n].dims) == 2 and moving.intersection(every[n].dims[1:])]


def _standardised(place: Place, name: str):
    """The condition number with the columns divided by their spread, and with their means taken off as well."""
    X = np.asarray(place.values[name], dtype=float)
    if len(X) < 2:
        return
    spread = np.std(X, axis=0)
    constant = spread <= 1e-12 * (np.abs(np.mean(X, axis=0)) + 1e-300)
    spread = np.where(constant, 1.0, spread)
    if np.all(constant) or not np.all(np.isfinite(X)):
        return
    typical = float(np.median(spread[~constant]))
    wide = [j for j in np.argsort(-spread / typical) if not constant[j] and not 1 / UNLIKE < spread[j] / typical < UNLIKE][:2]
    said = ", ".join([f"column {j + 1} of {name} has scale {figure(spread[j], 2)}, the median is {figure(typical, 2)}" for j in wide])
    centred = np.where(constant, 0.0, np.mean(X, axis=0))
    for what, changed in ((f"columns of {name} divided by their spread", X / spread), (f"columns of {name} standardised", (X - centred) / spread)):
        kappa = _with(place, name, changed, spread)
        if kappa is not None:
            aside = said
            if "standardised" in what and np.any(centred) and not np.any(constant) and not _has_offset(place):
                aside = "; ".join(filter(None, [said, "taking the means off needs an intercept"]))
            yield WhatIf(what, kappa, aside)


def _with(place: Place, name: str, changed: np.ndarray, scale: np.ndarray) -> float | None:
    """The condition number with other data, at the variables in the units that go with them."""
    axis = place.problem.every[name].dims[1]
    values = dict(place.values) | {name: changed}
    for moving in place.names:
        dims = place.problem.every[moving].dims
        if axis in dims:
            shape = [1] * len(dims)
            shape[dims.index(axis)] = -1
            values[moving] = np.asarray(values[moving], dtype=float) * scale.reshape(shape)
    there = with_values(place, values)
    H = there.objective.hessian(there.x)
    return _kappa(spectrum_of(H)) if np.all(np.isfinite(H)) else None


def _has_offset(place: Place) -> bool:
    """Whether a number moves beside the weights."""
    return any(not place.problem.every[n].dims for n in place.names)
