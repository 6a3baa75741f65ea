"""The course of a minimisation: what is remembered of each iteration, and a line on the terminal while it runs."""

from __future__ import annotations

import sys
import time

import numpy as np

from .minimum import Iteration

SILENT = 1.0  # seconds before the first sign
EVERY = 0.1  # seconds between two


class Watch:
    """Remembers iterations; as a context it clears its line at the end.

    Parameters
        progress: True shows the line, False does not; None shows it on a terminal, after a second.
    """

    def __init__(self, objective, bounds, progress: bool | None):
        self.objective, self.history = objective, []
        self._low, self._high = np.array(bounds).T if bounds is not None else (-np.inf, np.inf)
        self._start = self._last = time.monotonic()
        self._shows = sys.stderr.isatty() if progress is None else progress
        self._silent = SILENT if progress is None else 0.0
        self._drawn = False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._drawn:
            sys.stderr.write("\r\033[K" if sys.stderr.isatty() else "\n")
            sys.stderr.flush()

    def slope_of(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """How far a step of −∇f gets in any entry, within the bounds."""
        step = np.clip(x - gradient, self._low, self._high) - x
        return float(np.max(np.abs(step), initial=0.0))

    def is_free(self, x: np.ndarray) -> bool:
        """Whether no entry lies on a bound."""
        return bool(np.all((x > self._low) & (x < self._high)))

    def note(self, x: np.ndarray) -> None:
        """An iteration has ended at x."""
        seen = self.objective.seen
        if seen is None or not np.array_equal(seen[0], x):
            self.objective.value_and_gradient(x)
            seen = self.objective.seen
        self.add(*seen)

    def add(self, x: np.ndarray, value: float, gradient: np.ndarray) -> None:
        now = time.monotonic()
        step = Iteration(float(value), self.slope_of(x, gradient), self.objective.evaluations, now - self._start)
        if self.history and (step.value, step.slope) == self.history[-1][:2]:
            self.history[-1] = step
            return
        self.history.append(step)
        if self._shows and now - self._start >= self._silent and now - self._last >= EVERY:
            self._last, self._drawn = now, True
            text = f"iteration {len(self.history) - 1}   f = {step.value:.8g}   largest entry of ∇f {step.slope:.1e}   {step.seconds:.1f} s"
            sys.stderr.write(f"\r\033[K{text}" if sys.stderr.isatty() else f"{text}\n")
            sys.stderr.flush()
