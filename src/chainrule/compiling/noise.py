"""A program whose every operation is rounded at random: what it scatters is how far its rounding reaches.

Each array is multiplied, entry by entry, by 1 + δ with δ within the rounding of float64, as soon as it is computed. What is
lost where nearly equal numbers are subtracted comes out as scatter, also where changed arguments would not show it: of
p − p² with p rounded to 1, for instance.

Reference: Parker, Monte Carlo arithmetic (UCLA CSD-970002, 1997); Vignes, A stochastic arithmetic for reliable scientific
computation (Mathematics and Computers in Simulation 35, 1993).
"""

from __future__ import annotations

import numpy as np

from .dense_text import is_view
from .numpy_text import NumPyText
from .program import Program
from .spelling import ATOM
from .values import Value

ROUNDING = 2.0**-53


class NoisyText(NumPyText):
    """The NumPy printer with every result handed through a function that rounds it at random."""

    overwrites = False
    spells_floats = False

    def _spelled(self, v: Value) -> tuple[str, int]:
        text, level = super()._spelled(v)
        if v.python or v.mask or is_view(v) or v.op in ("number", "size", "constant", "spread"):
            return text, level
        if "noise" not in self.helpers:
            self.helpers["noise"] = self.names.fresh("rounded")
        self.calls[self.helpers["noise"]] = Noise(0)
        return f"{self.helpers['noise']}({text})", ATOM


class NoisyProgram(Program):
    """A program of `NoisyText`; each call scatters anew."""

    printer = NoisyText
    prints_float32 = False


class Noise:
    """Rounds an array, or a number, at random."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)

    def __call__(self, x):
        return x * (1 + ROUNDING * self.rng.choice((-2.0, 2.0), size=np.shape(x)))


def noisy(program: Program) -> NoisyProgram:
    """A program of the same results whose operations are rounded at random."""
    return NoisyProgram(*program.__reduce__()[1])
