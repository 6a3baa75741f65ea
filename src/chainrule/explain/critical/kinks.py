"""Points at which f has no derivative and may still be smallest or largest: kinks, which ∇f = 0 does not see.

The declarations of the operations say how far a point is from the nearest kink; in one variable the window is searched
for zeros of that distance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError
from .searching import value_and_gradient

DIRECTIONS = 100
GRID = 800
STEPS = (1e-4, 1e-3)  # beside a kink, in parts of 1 + |x|
AT = 1e-9
ONE_SLOPE = 2e-3  # two slopes that differ by less are one


class Kink(NamedTuple):
    """Where, the value there, and how f lies around it: "no derivative; f is larger on both sides"."""

    x: np.ndarray
    f: float
    side: str


def kinks(place, candidates: list[np.ndarray], low: np.ndarray, high: np.ndarray) -> list[Kink]:
    """The kinks among the candidates, at the origin, and in one variable all that a grid shows."""
    tried = [*candidates, np.zeros(place.variables.length)]
    if place.variables.length == 1:
        tried += _on_a_line(place, float(low[0]), float(high[0]))
    found: list[Kink] = []
    for x in tried:
        if any([np.abs(x - other.x).max() < 1e-6 for other in found]):
            continue
        if margin(place, x) <= AT or not np.isfinite(_slope(place, x)).all():
            kink = _looked_at(place, x)
            found += [kink] if kink is not None else []
    return sorted(found, key=lambda k: tuple(k.x))


def margin(place, x: np.ndarray) -> float:
    """The distance of arguments to the places where a derivative breaks; infinite where there are none."""
    values = {**place.values, **place.variables.apart(np.asarray(x, dtype=float))}
    try:
        return float(min([place.problem.margin(values, name) for name in place.names]))
    except ChainruleError:
        return float("inf")


def _slope(place, x: np.ndarray) -> np.ndarray:
    return value_and_gradient(place, x)[1]


def _value(place, x: np.ndarray) -> float:
    values = {**place.values, **place.variables.apart(x)}
    try:
        with np.errstate(all="ignore"):
            return float(place.problem.evaluate(values))
    except np.linalg.LinAlgError:
        return float("nan")


def _looked_at(place, x: np.ndarray) -> Kink | None:
    at = _value(place, x)
    if not np.isfinite(at):
        return None
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(DIRECTIONS, len(x))) if len(x) > 1 else np.array([[1.0]])
    directions = np.concatenate([directions, -directions]) / np.tile(np.linalg.norm(directions, axis=1), 2)[:, None]
    size = 1 + np.abs(x).max()
    near = np.array([[_value(place, x + step * size * d) - at for d in directions] for step in STEPS])
    known = np.isfinite(near)
    if not known.any():
        return None
    signs = {int(s) for s in np.sign(np.where(np.abs(near) <= 1e-14 * (1 + abs(at)), 0.0, near))[known]}
    slopes = near[0] / (STEPS[0] * size)  # of the difference quotients, those of opposite directions add up to 0 where f is smooth
    half = len(directions) // 2
    jump = np.abs(slopes[:half] + slopes[half:])
    smooth = known.all() and jump.max() <= ONE_SLOPE
    if smooth and np.abs(slopes).max() > ONE_SLOPE:
        return None  # f has a derivative there, and it is not zero
    missing = "the first derivative is 0, the second is missing" if margin(place, x) <= AT else "f has slope 0, and the formula of ∇f no value"
    what = missing if smooth else "no derivative"
    around = "on both sides" if len(x) == 1 else f"in all {len(directions)} directions that were tried"
    if not known.all():
        what, around = f"the rim of where f is defined, {what}", "inside"
    said = {
        frozenset({1}): f"f is larger {around}", frozenset({-1}): f"f is smaller {around}",
        frozenset({0, 1}): f"f is larger or the same {around}", frozenset({0, -1}): f"f is smaller or the same {around}",
    }.get(frozenset(signs), f"f is larger on some sides and smaller on others{'' if known.all() else ' inside'}")  # fmt: skip
    return Kink(x, at, f"{what}; {said}") if signs - {0} else None


def _on_a_line(place, low: float, high: float) -> list[np.ndarray]:
    """Where the distance to a kink comes down to zero."""
    xs = np.linspace(low, high, GRID + 1)
    sizes = np.array([margin(place, np.array([x])) for x in xs])
    found = []
    for k in range(1, GRID):
        if sizes[k] <= sizes[k - 1] and sizes[k] <= sizes[k + 1] and np.isfinite(sizes[k]):
            a, b = xs[k - 1], xs[k + 1]
            for _ in range(120):  # ternary search: the distance falls towards a kink and grows beyond it
                c, d = a + (b - a) / 3, b - (b - a) / 3
                if margin(place, np.array([c])) <= margin(place, np.array([d])):
                    b = d
                else:
                    a = c
            x = round((a + b) / 2, 9)
            found.append(np.array([x if margin(place, np.array([x])) <= AT else (a + b) / 2]) + 0.0)
    return found
