"""Pictures of convexity: the function along a line, and a chord above or below it."""

from __future__ import annotations

import numpy as np

from ...core.errors import ChainruleError
from ...show import Svg
from ...show.curves import Curve, Mark, curve_plot
from .sampled import Sampled
from .witness import Witness

POINTS, BEYOND = 241, 0.35  # how far beyond its ends the line through a chord goes, in chords


def refuting(found, w: Witness, page: bool, width: float) -> Svg:
    """The function along the line through a counter-example, above its chord (or below it, against concavity)."""
    sampled = found.sampled
    direction = np.concatenate([np.ravel(w.direction[n]) for n in found.names])
    middle = w.values if w.end is None else sampled.moved(w.values, direction, 1.0)
    step = w.step
    if w.end is None:  # the longest chord that shows it clearly
        sign = 1.0 if w.against == "convex" else -1.0
        for longer in (3.0, 2.0, 1.5, 1.0, 0.5, 0.25):
            if longer > step and _clear(sampled, middle, direction, longer, sign):
                step = longer
                break
    way = "above" if w.against == "convex" else "below"
    return _chord(found, sampled, middle, direction, step, f"Between the ends of a chord f lies {way} it: not {w.against}", page, width)


def chord(found, page: bool, width: float) -> Svg:
    """The function along the line through two random points, with its chord on the side that the verdict says."""
    sampled = found.sampled
    points = list(sampled.points(6))
    one, other = _pair(sampled, points)
    direction = np.concatenate([np.ravel(other[n] - one[n]) for n in found.names]) / 2
    middle = {**one, **{n: (one[n] + other[n]) / 2 for n in found.names}}
    way = {"convex": "below", "concave": "above"}.get(found.verdict, "on")
    return _chord(found, sampled, middle, direction, 1.0, f"Between the ends of every chord f lies {way} it: {found.verdict}", page, width)


def _pair(sampled: Sampled, points: list[dict]) -> tuple[dict, dict]:
    """Two admissible points that share the data, the chord between them the most bent of those tried."""
    best, most = None, -1.0
    one = points[0]
    for k in range(12):
        sizes = sampled.sizes_of(one)
        other = sampled.drawn(4000 + k, sizes, {n: x for n, x in one.items() if n not in sampled.names})
        if other is None:
            continue
        gap, _ = sampled.gap(one, other)
        span = abs(sampled.value(one)) + abs(sampled.value(other)) + 1e-9
        if np.isfinite(gap) and abs(gap) / span > most:
            best, most = other, abs(gap) / span
    return one, best if best is not None else {**one, **{n: one[n] * 1.5 for n in sampled.names}}


def _clear(sampled: Sampled, middle: dict, direction: np.ndarray, step: float, sign: float) -> bool:
    try:
        gap, rounding = sampled.gap(*(sampled.moved(middle, direction, s * step) for s in (1, -1)))
    except ChainruleError:
        return False
    return bool(np.isfinite(gap) and sign * gap < -1e4 * rounding)


def _chord(found, sampled: Sampled, middle: dict, direction: np.ndarray, step: float, title: str, page: bool, width: float) -> Svg:
    ts = np.linspace(-step * (1 + 2 * BEYOND), step * (1 + 2 * BEYOND), POINTS)
    ys = np.array([_value(sampled, sampled.moved(middle, direction, t)) for t in ts])
    left, right = (_value(sampled, sampled.moved(middle, direction, s * step)) for s in (-1, 1))
    at = _value(sampled, middle)
    line = np.array([left, right])
    marks = [Mark(-step, left, "", "yours", "ring"), Mark(step, right, "", "yours", "ring"), Mark(0.0, at, "f halfway", "true", "dot"),
             Mark(0.0, line.mean(), "chord halfway", "yours", "square")]  # fmt: skip
    name = ", ".join(found.writer.name(n) for n in found.names)
    name = f"({name})" if len(found.names) > 1 else name
    letter = "v" if len(found.names) > 1 else found.writer.proof.curved.directions[0].name
    return curve_plot(
        [Curve("f", ts, ys, "true"), Curve("chord", [-step, step], line, "yours", "7 4")],
        title=title, x_label=f"t, along {name} + t {letter}", y_label="", marks=marks, y_range=_range(ys, left, right, at), page=page, width=width,
    )  # fmt: skip


def _range(ys: np.ndarray, *more: float) -> tuple[float, float] | None:
    """What is shown of the values: all between the ends of the chord, and a little around."""
    inner = [y for y in (*ys[len(ys) // 6 : -len(ys) // 6], *more) if np.isfinite(y)]
    if not inner:
        return None
    low, high = min(inner), max(inner)
    rim = 0.25 * max(high - low, 1e-6 * (1 + abs(high)))
    return low - rim, high + rim


def _value(sampled: Sampled, values: dict) -> float:
    try:
        return sampled.value(values)
    except (ChainruleError, np.linalg.LinAlgError):
        return float("nan")
