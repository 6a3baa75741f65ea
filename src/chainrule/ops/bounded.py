"""Curvature that depends on where the arguments lie: what `along` of operations with parameters says, from intervals.

An interval has `low` and `high`. Each function returns (curvature, monotone) in one argument, or one of the two.
"""

from __future__ import annotations


def within(x, low: float, high: float) -> bool:
    """Whether all of the interval `x` lies in [low, high]."""
    return low <= x.low and x.high <= high


def rising_from(point: float, x) -> str | None:
    """How a function moves on `x` that falls up to `point` and rises from there."""
    return "nondecreasing" if x.low >= point else "nonincreasing" if x.high <= point else None


def slope_below(a) -> tuple[str | None, str | None]:
    """Of x where x > 0 and a x elsewhere."""
    curvature = "convex" if a.high <= 1 else "concave" if a.low >= 1 else None
    return curvature, "nondecreasing" if a.low >= 0 else None


def power_along(x, e) -> tuple[str | None, str | None]:
    """Of the power x^e in x ≥ 0, or x > 0 for e < 0."""
    if x.low < 0:
        return None, None
    if e.low >= 1:
        return "convex", "nondecreasing"
    if within(e, 0, 1):
        return "concave", "nondecreasing"
    return ("convex", "nonincreasing") if e.high <= 0 else (None, None)
