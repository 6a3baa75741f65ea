"""The course of a minimisation: what is remembered of each iteration, and a line on the terminal while it runs."""

from __future__ import annotations

import time

import numpy as np

from ..core.progress import Line
from .minimum import Iteration

PATIENCE = 60  # steps in a row that are turned down; a trust region is 4⁻⁶⁰ of its size then


class Watch:
    """Remembers iterations; as a context it clears its line at the end.

    Parameters
        progress: True shows the line, False does not; None shows it on a terminal, after a second.
    """

    def __init__(self, objective, bounds, progress: bool | None):
        self.objective, self.history = objective, []
        self._low, self._high = np.array(bounds).T if bounds is not None else (-np.inf, np.inf)
        self._noted, self._idle = None, 0  # where the last iteration ended, and how many did not move
        self._start = time.monotonic()
        self._line = Line(progress)

    def __enter__(self):
        self._line.__enter__()
        return self

    def __exit__(self, *error):
        self._line.__exit__(*error)

    def beside(self, x: np.ndarray) -> np.ndarray:
        """A random point about 1 away in each entry, within the bounds."""
        step = np.random.default_rng(0).normal(size=x.size)
        out = (x + step < self._low) | (x + step > self._high)
        return np.clip(np.where(out, x - step, x + step), self._low, self._high)

    def slope_of(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """How far a step of −∇f gets in any entry, within the bounds."""
        step = np.clip(-gradient, self._low - x, self._high - x)
        return float(np.max(np.abs(step), initial=0.0))

    def is_free(self, x: np.ndarray) -> bool:
        """Whether no entry lies on a bound."""
        return bool(np.all((x > self._low) & (x < self._high)))

    def note(self, x: np.ndarray) -> None:
        """An iteration has ended at x. Raises StopIteration: none of the last has moved, f no longer tells points apart."""
        if self._noted is not None and np.array_equal(self._noted, x):  # a trust region has turned a step down
            self._idle += 1
            if self._idle >= PATIENCE:
                raise StopIteration
            return
        self._noted, self._idle = x.copy(), 0
        self.objective.at(x)
        self.add(*self.objective.seen)

    def add(self, x: np.ndarray, value: float, gradient: np.ndarray) -> None:
        seconds = time.monotonic() - self._start
        step = Iteration(float(value), self.slope_of(x, gradient), self.objective.evaluations, seconds)
        if self.history and (step.value, step.slope) == self.history[-1][:2]:
            self.history[-1] = step
            return
        self.history.append(step)
        if self._line.is_due():
            told = f"iteration {len(self.history) - 1}   f = {step.value:.8g}"
            self._line.draw(f"{told}   largest entry of ∇f {step.slope:.1e}   {step.seconds:.1f} s")
