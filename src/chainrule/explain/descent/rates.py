"""Which step sizes converge near the minimum that descent leads to: predicted from its Hessian, then run.

What the eigenvalues predict stands in `explain/step_sizes.py`. Beside the minimum, just below and just above the limit, the factor
is measured.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError
from ...core.walk import symbols
from ..step_sizes import stable, step_sizes
from .methods import CONVERGED, RUNNING, UNBOUNDED, Downhill, Walk, newton, newton_direction

TRIED = (0.5, 0.95, 1.05, 1.5)  # times the limit
BESIDE = 1e-4  # how far beside the minimum a run starts, relative to its size
SCANNED, LONGEST = 24, 200  # step sizes of the picture; steps of each run
REACHED = 1e-6  # the share of f − f* that is left when a run counts as done
POLISHED = 1e-12
SETTLED = 1e-5  # relative: the longest step of Newton's method that is left at a minimum
CONFIRMED = 0.05  # how far a factor that was seen may be from the one predicted
MOST_CURVED = 300  # numbers up to which the Hessian is formed; of more, λmax is found by the power method
POWER = 300
ROUNDING = 1e-9  # relative to λmax: smaller eigenvalues are 0


class Trial(NamedTuple):
    """A run with one step size beside the minimum: the factor per step that is predicted and the one that was seen."""

    rate: float
    predicted: float
    observed: float


class Rates:
    """The minimum that descent leads to, its curvature, and what step sizes do there.

    Attributes
        minimum: where it is, or None where none was found; `lowest`: f there, or the lowest value that was seen.
        eigenvalues: of the Hessian there, growing; of very many numbers only the largest.
        exact: whether the function is quadratic, so that what is said holds everywhere.
    """

    def __init__(self, objective, start: np.ndarray, walks: list[Walk]):
        self.objective, self.start, self.reason = objective, start, ""
        best = min((w for w in walks if len(w.points)), key=lambda w: w.values[-1], default=None)
        self.minimum, self.lowest = self._polished(start if best is None else best.end)
        lowest_seen = min((float(w.values.min()) for w in walks if len(w.points)), default=self.lowest)
        if self.minimum is None or lowest_seen < self.lowest - 1e-9 * (1 + abs(self.lowest)):
            self.lowest = min(self.lowest, lowest_seen)

    def _polished(self, x: np.ndarray) -> tuple[np.ndarray | None, float]:
        """(the minimum near x, the value there), by Newton's method; None where there is none, and `reason` says why.

        A gradient that is small does not make a minimum: towards one at infinity it vanishes too, but Newton's steps stay long.
        """
        d = Downhill(self.objective, x, POLISHED, 60)
        if x.size > MOST_CURVED:
            value, gradient = d.at(x)
            return (x if np.linalg.norm(gradient) <= d.least else None), float(value)
        try:
            walk = newton(d, 0.0)
        except ChainruleError:
            return None, float(d.first)
        if not len(walk.points):
            return None, float(d.first)
        end, value = walk.end, float(walk.values[-1])
        small = walk.ended == CONVERGED or walk.slopes[-1] <= 1e-7 * max(1.0, float(walk.slopes[0]))
        hessian = d.hessian(end)
        if not small or not np.isfinite(hessian).all():
            self.reason = "f falls on and on" if walk.ended in (UNBOUNDED, RUNNING) else "Newton's method ends elsewhere"
            return None, value
        values, step = np.linalg.eigvalsh(hessian), newton_direction(hessian, d.at(end)[1])
        if values[0] < -1e-8 * max(abs(values[-1]), 1e-300):
            top = values[-1] < 1e-8 * abs(values[0])
            self.reason = f"what is reached is a {'maximum' if top and values[-1] < -1e-8 * abs(values[0]) else 'point that is no minimum' if top else 'saddle'}, from which f falls on"
            return None, value
        if np.linalg.norm(step) > SETTLED * (1 + np.linalg.norm(end)):
            self.reason = "the gradient vanishes while Newton's steps stay long: the minimum may be at infinity, or flat"
            return None, value
        return np.where(np.abs(end) < 1e-12 * (1 + np.linalg.norm(end)), 0.0, end), value

    @cached_property
    def _spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """(eigenvalues, eigenvectors) at the minimum, or where there is none at the start."""
        x = self.start if self.minimum is None else self.minimum
        if x.size <= MOST_CURVED:
            with np.errstate(all="ignore"):
                hessian = self.objective.hessian(x)
            return np.linalg.eigh(hessian) if np.isfinite(hessian).all() else (np.zeros(1), np.eye(x.size)[:, :1])
        v = np.random.default_rng(0).normal(size=x.size)
        for _ in range(POWER):
            v = v / np.linalg.norm(v)
            found = self.objective.product(x, v)
            largest, v = float(v @ found), found if np.linalg.norm(found) else v
        return np.array([largest]), (v / np.linalg.norm(v))[:, None]

    @property
    def eigenvalues(self) -> np.ndarray:
        return self._spectrum[0]

    @property
    def largest(self) -> float:
        return float(self.eigenvalues[-1])

    @property
    def smallest(self) -> float | None:
        """The smallest eigenvalue that is not 0; None where not all are known."""
        if self.start.size > MOST_CURVED:
            return None
        above = self.eigenvalues[self.eigenvalues > ROUNDING * self.largest]
        return float(above[0]) if above.size else None

    @property
    def flat(self) -> int:
        """How many eigenvalues are 0: along these directions descent does not move, and need not."""
        return int(np.sum(np.abs(self.eigenvalues) <= ROUNDING * self.largest)) if self.start.size <= MOST_CURVED else 0

    @property
    def limit(self) -> float | None:
        """2/λmax."""
        return stable(self.largest) if self.largest > 0 else None

    @property
    def usual(self) -> float:
        """The step size that is taken where none is asked for: 1/λmax; where nothing bends upwards, one that moves by a tenth."""
        if self.largest > 0:
            return 1 / self.largest
        slope = float(np.linalg.norm(self.objective.at(self.start)[1]))
        return 0.1 * max(1.0, float(np.linalg.norm(self.start))) / slope if slope else 0.1

    @property
    def best(self) -> float | None:
        return None if self.smallest is None or self.largest <= 0 else step_sizes(self.smallest, self.largest).best

    @cached_property
    def exact(self) -> bool:
        """Whether the second derivatives do not depend on what moves."""
        try:
            self.objective.hessian(self.start)
        except ChainruleError:
            return False
        found = self.objective.derivations.get("hessian")
        nodes = [p.node for p in found.pieces.values()] if hasattr(found, "pieces") else [found.node]
        return not any(s.name in self.objective.names for node in nodes for s in symbols(node))

    @cached_property
    def trials(self) -> list[Trial]:
        """Runs beside the minimum, along the eigenvector of λmax."""
        if self.minimum is None or self.limit is None:
            return []
        return [self._trial(share * self.limit) for share in TRIED]

    @property
    def confirmed(self) -> bool:
        """Whether the runs did what was predicted: else the Hessian at the minimum says little of what is beside it."""
        return bool(self.trials) and all(abs(t.observed - t.predicted) <= CONFIRMED * max(1.0, t.predicted) for t in self.trials)

    def _trial(self, rate: float) -> Trial:
        """The factor by which the error along the eigenvector changes with each step, as its geometric mean over a few steps."""
        v = self._spectrum[1][:, -1]
        predicted = abs(1 - rate * self.largest)
        first = BESIDE * max(1.0, float(np.linalg.norm(self.minimum)))
        x, sizes = self.minimum + first * v, [first]
        for _ in range(12):
            with np.errstate(all="ignore"):
                x = x - rate * self.objective.at(x)[1]
            size = abs(float(v @ (x - self.minimum)))
            if not 1e-7 * first < size < 30 * first:
                break
            sizes.append(size)
        if len(sizes) < 2:
            return Trial(rate, predicted, size / first)
        return Trial(rate, predicted, (sizes[-1] / sizes[0]) ** (1 / (len(sizes) - 1)))

    @cached_property
    def scan(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(step sizes, steps until f − f* is a millionth of what it was, the share that is left after LONGEST steps).

        Steps are NaN where they are not enough, shares where the course diverges.
        """
        limit = self.limit
        if limit is None:
            return np.array([]), np.array([]), np.array([])
        rates = limit * np.concatenate([np.geomspace(0.05, 0.8, SCANNED - 10), np.linspace(0.85, 1.2, 10)])
        return rates, *np.array([self._needed(rate) for rate in rates]).T

    def _needed(self, rate: float) -> tuple[float, float]:
        x = self.start.copy()
        at = self.objective.at
        with np.errstate(all="ignore"):
            value, gradient = at(x)
            first = max(value - self.lowest, 1e-300)
            for k in range(LONGEST + 1):
                share = (value - self.lowest) / first
                if share <= REACHED:
                    return float(k), share
                if not abs(share) <= 1e6:
                    return np.nan, np.nan
                x = x - rate * gradient
                value, gradient = at(x)
        return np.nan, share
