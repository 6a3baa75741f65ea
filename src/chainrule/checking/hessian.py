"""Second derivatives from values of the function alone: what a claimed Hessian is compared with.

Along one direction, vᵀHv is the second derivative of a curve; in two directions by polarization,
4uᵀHv = (u + v)ᵀH(u + v) − (u − v)ᵀH(u − v).
"""

from __future__ import annotations

import numpy as np

from ..numeric.ladder import BUDGET, second_along
from .probe import AGREES, Probe, Prober

CALLS = 11  # for a first look at one direction


class Curvature(Prober):
    """The prober of a Hessian: its rows are entries of x, as its columns are."""

    def cotangents(self, m: int, slopes: np.ndarray | None = None) -> list[np.ndarray]:
        return [self._random(m) * self.scale(self.subject.x)]

    def compare(self, x: np.ndarray, v: np.ndarray, us: list[np.ndarray] | None = None) -> list[Probe]:
        """The claim against the function along v and each of `us`; by default v twice, and another where the claim is not symmetric."""
        if us is None:
            other = self.cotangents(x.size)[0]
            (one, _, rounding), (two, _, more) = self.claim(x, v, other), self.claim(x, other, v)
            us = [v] if abs(one - two) <= rounding + more else [other, v]
        return [self.settled(self.probed(x, v, u, CALLS)) for u in us]

    def probed(self, x: np.ndarray, v: np.ndarray, u: np.ndarray, budget: int, width: str | None = None) -> Probe:
        true, bound, step, height = self.bilinear(x, u, v, width, budget)
        claimed, size, rounding = self.claim(x, v, u)
        return self.judged(Probe(x, v, u, claimed, rounding, true, bound, true, true, size, step, height, height, ""))

    def settled(self, probe: Probe) -> Probe:
        """A dispute looked at again: the claim's own rounding measured, and the ladder in a wider type where there is one."""
        if probe.verdict == AGREES or not np.isfinite(probe.claimed):
            return probe
        noise = self.claim_noise(probe)
        probe = self.judged(probe._replace(allowance=max(probe.allowance, noise)))
        return probe if probe.verdict == AGREES else self.closely(probe)

    def closely(self, probe: Probe) -> Probe:
        again = self.probed(probe.x, probe.v, probe.u, BUDGET, self.wider)
        again = self.judged(again._replace(allowance=max(probe.allowance, again.allowance)))
        return min(probe, again, key=lambda p: p.bound if np.isfinite(p.bound) else np.inf)

    def bilinear(self, x, u, v, width: str | None = None, budget: int = BUDGET) -> tuple[float, float, float, float]:
        """(uᵀHv, its bound, the step, the height of the function over the square of the step, times the step)."""
        if u is v:
            return self._second(x, v, width, budget)
        plus, minus = self._second(x, u + v, width, budget), self._second(x, u - v, width, budget)
        return (plus[0] - minus[0]) / 4, (plus[1] + minus[1]) / 4, *plus[2:]

    def columns(self, x, columns, rows, tick):
        scale = self.scale(x)
        known: dict[tuple[int, int], tuple[float, float]] = {}

        def square(i: int, j: int) -> tuple[float, float]:
            """(e_i + e_j)ᵀH(e_i + e_j) in scaled units; e_iᵀHe_i for i = j."""
            key = (min(i, j), max(i, j))
            if key not in known:
                v = np.zeros(x.size)
                v[i] = scale[i]
                v[j] = scale[j]
                known[key] = self._second(x, v)[:2]
            return known[key]

        true, bound = np.empty((len(rows), len(columns))), np.empty((len(rows), len(columns)))
        for number, j in enumerate(columns):
            tick(number, len(columns))
            for row, i in enumerate(rows):
                both, own, other = square(i, j), square(i, i), square(j, j)
                value = own if i == j else ((both[0] - own[0] - other[0]) / 2, (both[1] + own[1] + other[1]) / 2)
                true[row, number], bound[row, number] = np.array(value) / (scale[i] * scale[j])
        return true, bound, true, true

    def _second(self, x, v, width: str | None = None, budget: int = BUDGET) -> tuple[float, float, float]:
        width = width or self.width
        work = np.longdouble if width == "longdouble" else np.float64
        found = second_along(lambda y: self.f(y, width), x.astype(work), v.astype(work), eps=self.eps_of(width), budget=budget)
        step = float(np.max(found.step))
        return float(found.value[0]), float(found.bound[0]), step, abs(float(found.at[0])) / step
