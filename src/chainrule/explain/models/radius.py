"""How far a Taylor polynomial can be trusted: the radius within a tolerance, and an estimate of the radius of convergence.

Within the tolerance: panels of 64 points, each twice as long as the one before, are searched outwards; where the error comes near
the tolerance between two points it is looked at more closely, and the first crossing is bisected. Convergence: Cauchy's integral
over a circle gives the Taylor coefficients as long as the function is analytic inside; the largest such circle is found.

Reference: Ahlfors, Complex Analysis (3rd ed.), sections 4.2 and 5.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError
from ...numeric.kinks import INADMISSIBLE
from .number import OneNumber

FIRST, DOUBLINGS, PANEL = 2.0**-30, 50, 64  # the first panel, relative to the point; how many; points in each
CLOSE = 0.5  # of the tolerance, from which on a hump between two points is looked at
CIRCLE, FINE = (256, 1e-4), (2048, 1e-6)  # points on a circle, and how well coefficients agree; on the last circles
TAIL = 3  # coefficients from which on they tell: large ones before them would hide those that a singularity makes
STARTS = (1e-3, 1e-2, 0.1, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)  # radii relative to the point that are tried first
ANALYTIC = 1e-5  # how well the derivatives along and across the real line agree
EPS = float(np.finfo(float).eps)


class Reach(NamedTuple):
    """How far to one side the error stays below the tolerance; `why`: "tolerance", "ends" where f has no further value, "unbounded"."""

    distance: float
    why: str


def reach(error: Callable[[float], float], tolerance: float, unit: float) -> Reach:
    """The first distance at which |error| exceeds the tolerance. `error(t)` is NaN where the function has no value."""
    bad = lambda t: not abs(error(t)) <= tolerance
    start, end = 0.0, FIRST * unit
    for _ in range(DOUBLINGS):
        ts = np.linspace(start, end, PANEL + 1)[1:]
        errors = np.array([abs(error(t)) for t in ts])
        outside = np.flatnonzero(~(errors <= tolerance))
        first = int(outside[0]) if outside.size else None
        inside, beyond = _hump(error, tolerance, ts, errors, first, start)
        if beyond is None and first is not None:
            inside, beyond = (ts[first - 1] if first else start), ts[first]
        if beyond is not None:
            for _ in range(80):
                middle = (inside + beyond) / 2
                inside, beyond = (inside, middle) if bad(middle) else (middle, beyond)
            return Reach(float(inside), "tolerance" if np.isfinite(error(beyond)) else "ends")
        start, end = end, 2 * end
    return Reach(np.inf, "unbounded")


def _hump(error, tolerance: float, ts, errors, first: int | None, start: float) -> tuple[float, float | None]:
    """A crossing that lies between two points before number `first`, looked for beside the larger errors."""
    last = len(ts) if first is None else first
    for k in range(1, last - 1):
        if errors[k] >= errors[k - 1] and errors[k] >= errors[k + 1] and errors[k] > CLOSE * tolerance:
            fine = np.linspace(ts[k - 1], ts[k + 1], PANEL)
            over = [t for t in fine if not abs(error(t)) <= tolerance]
            if over:
                return float(ts[k - 1]), float(over[0])
    return start, None


class Convergence(NamedTuple):
    """An estimate of the radius of convergence: `radius` is it, or the largest that was seen to be safe, if not `found`."""

    radius: float
    found: bool


def convergence(f: OneNumber, coefficients: np.ndarray) -> Convergence | None:
    """The largest circle within which Cauchy's integral gives the known `coefficients`; None where it cannot be told.

    It needs values of the function at complex numbers; a function made of pieces has none that mean anything.
    """
    if f.piecewise:
        return None
    data = {n: np.asarray(x) for n, x in f.place.values.items()}
    powers = np.arange(len(coefficients))

    def value(z: complex) -> complex:
        try:
            with np.errstate(all="ignore"):
                return complex(f.problem.evaluate(data | {f.name: np.asarray(z)}))
        except (*INADMISSIBLE, ChainruleError):
            return complex(np.nan)

    def agrees(r: float, how: tuple[int, float] = CIRCLE) -> bool | None:
        """Whether the circle of radius r gives the coefficients; None where rounding hides it."""
        points, near = how
        circle = np.exp(2j * np.pi * np.arange(points) / points)
        values = np.array([value(f.x + r * z) for z in circle])
        if not np.isfinite(values).all():
            return False
        known = coefficients * r**powers
        found = np.array([np.mean(values * circle**-k) for k in powers])  # c_k r^k
        noise = 20 * EPS * float(np.abs(values).max()) + 1e-13 * float(np.abs(known).max())
        scale = float(np.abs(known[TAIL:]).max(initial=0.0)) or float(np.abs(known).max())
        if noise > near * scale:
            return None
        return bool(np.all(np.abs(found - known) <= near * scale + noise))

    size = max(1.0, abs(f.x))
    r = next((t * size for t in STARTS if agrees(t * size) and agrees(t * size / 2)), None)
    if r is None:
        return None
    for _ in range(60):
        further = agrees(1.5 * r)
        if further is None:
            return Convergence(r, False)
        if not further:
            low, high = r, 1.5 * r
            for _ in range(8):
                middle = (low + high) / 2
                low, high = (middle, high) if agrees(middle, FINE) else (low, middle)
            beside = [f.x + low * np.exp(1j * angle) for angle in (0.7, 1.1, 2.0, 2.9)]
            return Convergence((low + high) / 2, True) if all(is_analytic(value, z, low) for z in beside) else None
        r *= 1.5
    return Convergence(r, False)


def is_analytic(value: Callable[[complex], complex], z: complex, size: float) -> bool:
    """Whether the derivative at z is the same along both axes (Cauchy and Riemann): some operations know complex numbers only
    near the real line, where a complex step needs them."""
    h = 1e-5 * size
    along, across = (value(z + h) - value(z - h)) / (2 * h), (value(z + 1j * h) - value(z - 1j * h)) / (2j * h)
    return bool(abs(along - across) <= ANALYTIC * (abs(along) + abs(across)) + 1e-9 * abs(value(z)))
