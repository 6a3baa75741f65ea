"""The seal of many first derivatives at once: all variables move together, along one line.

Along x_k + (t − 1) v_k the function is one of the number t, and its derivative at t = 1 is Σ_k ⟨∂f/∂x_k, v_k⟩, in which
every entry of every result has a part. The v_k are random, and long enough that each result weighs as much as any other:
the gradient of the first layer of a deep network, small beside that of the last, is checked as well. One such check
costs what the function and its derivatives cost, where one for each variable would cost as much for each.
"""

from __future__ import annotations

import numpy as np

from ...matrix.at_once import AtOnce
from ...numeric import Evidence, verify
from .curve import ONE, PARAMETER

TOGETHER = 8  # so many variables are verified one by one, which says of each how well it agrees
LIFTED = 1e4  # by how much at most the step of a variable is longer where its derivative is small


def verified_jointly(problem, renderings: dict, variables: list[tuple], kinks: bool) -> Evidence:
    """Whether all results, by the variable that each is the derivative in, are the derivatives of the function."""
    claims, steps = AtOnce(renderings), Steps(renderings)

    def moved(values: dict) -> dict:
        t = values[PARAMETER] - 1.0
        return {**values, **{name: values[name] + t * v for name, v in steps.at(values, claims).items()}}

    def claim(values: dict):
        found, v = claims(moved(values)), steps.at(values, claims)
        return sum([_along(found[name], v[name]) for name in v])

    margin = (lambda values: problem.margin(moved(values))) if kinks else None
    return verify(
        lambda values: problem.evaluate(moved(values)), margin, claim, [*variables, (PARAMETER, (), ONE)], PARAMETER
    )


class Steps:
    """The directions in which the variables move from a point, kept for as long as it is asked of that point."""

    def __init__(self, names):
        self.names = list(names)
        self.point: list = []
        self.found: dict[str, np.ndarray] = {}

    def at(self, values: dict, claims: AtOnce) -> dict[str, np.ndarray]:
        """A step for each variable: random, in which each result has a comparable part."""
        point = [values[name] for name in self.names]
        if len(self.point) != len(point) or any(a is not b for a, b in zip(point, self.point)):
            self.point, self.found = point, self._drawn(values, claims)
        return self.found

    def _drawn(self, values: dict, claims: AtOnce) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(41)
        drawn = {}
        for name in self.names:
            shape = np.shape(values[name])
            drawn[name] = rng.uniform(0.3, 1.0, shape) * rng.choice((-1.0, 1.0), shape)
        found = claims(values)
        parts = {name: float(np.max(np.abs(_along(found[name], v)), initial=0.0)) for name, v in drawn.items()}
        largest = max([p for p in parts.values() if np.isfinite(p)], default=0.0)
        if not largest > 0:
            return drawn
        longest = {name: largest / max(p, largest / LIFTED) if np.isfinite(p) else 1.0 for name, p in parts.items()}
        least = max(longest.values())
        return {name: v * (longest[name] / least) for name, v in drawn.items()}


def _along(claim: np.ndarray, step: np.ndarray) -> np.ndarray:
    """J v: the claim contracted with a step over the axes of its variable, which are its last."""
    return np.tensordot(claim, step, np.ndim(step))
