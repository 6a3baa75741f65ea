"""The critical points of a function of one or two numbers: on its curve, or over its contours, marked by kind."""

from __future__ import annotations

import numpy as np

from ...show.contours import contour_plot
from ...show.curves import Curve, Mark, curve_plot
from ...show.scales import figure
from .exactly import evaluated
from .point import MAXIMUM, MINIMUM, SADDLE, UNDECIDED
from .searching import value_and_gradient

MARKS = {MINIMUM: ("dot", "true"), MAXIMUM: ("triangle", "yours"), SADDLE: ("cross", "third"), UNDECIDED: ("ring", "ink")}
SHORT = {MINIMUM: "min", MAXIMUM: "max", SADDLE: "saddle", UNDECIDED: "undecided"}
LABELLED = 12  # points that each have a label
FINE = {1: 600, 2: 41}  # points of the curve, and of each side of the grid


def curve(found, page: bool, width: int):
    """f over one variable, with its critical points."""
    (name,) = found.place.coordinates()
    low, high = _range(found, 0)
    xs = np.linspace(low, high, FINE[1])
    ys = _values(found, xs[None])
    inside = [p for p in found.points if low <= p.x[0] <= high]
    label = lambda p: f"{SHORT[p.kind]} {figure(p.f)}" if len(inside) <= LABELLED else SHORT[p.kind]
    marks = [Mark(float(p.x[0]), p.f, label(p), MARKS[p.kind][1], MARKS[p.kind][0]) for p in inside]
    marks += [m for m in _kinks(found, (name,)) if low <= m.x <= high]
    known = [m.y for m in marks]
    shown_range = None
    if known:
        middle = np.quantile(ys[np.isfinite(ys)], (0.1, 0.9)) if np.isfinite(ys).any() else (0.0, 1.0)
        spread = max(max(known) - min(known), 0.3 * float(middle[1] - middle[0]), 1e-9)
        bottom, top = min(known) - 0.6 * spread, max(known) + 0.9 * spread
        finite = ys[np.isfinite(ys)]
        if len(finite) and (finite.min() < bottom or finite.max() > top):
            shown_range = (bottom, top)
    title = f"Critical points of {found.problem.echo}"
    return curve_plot(
        [Curve("f", xs, ys)], title=title, x_label=name, y_label="f", y_range=shown_range, marks=marks, page=page, width=width
    )


def contours(found, page: bool, width: int):
    """The level sets of f over two variables, with its critical points."""
    names = found.place.coordinates()
    (a, b), (c, d) = _range(found, 0), _range(found, 1)
    xs, ys = np.linspace(a, b, FINE[2]), np.linspace(c, d, FINE[2])
    grid = np.stack([axis.ravel() for axis in np.meshgrid(xs, ys)])
    values = _values(found, grid).reshape(len(ys), len(xs))
    inside = [p for p in found.points if a <= p.x[0] <= b and c <= p.x[1] <= d]
    few = len(inside) <= LABELLED
    first = {p.kind: p for p in reversed(inside)}  # of many points one of each kind has a label
    label = lambda p: f"{SHORT[p.kind]} {figure(p.f)}" if few else SHORT[p.kind] if first[p.kind] is p else ""
    marks = [Mark(float(p.x[0]), float(p.x[1]), label(p), MARKS[p.kind][1], MARKS[p.kind][0]) for p in inside]
    marks += [m for m in _kinks(found, tuple(names)) if a <= m.x <= b and c <= m.y <= d]
    title = f"Critical points of {found.problem.echo}"
    return contour_plot(xs, ys, values, title=title, x_label=names[0], y_label=names[1], marks=marks, page=page, width=width)


def _kinks(found, names: tuple) -> list[Mark]:
    """The points without derivative at which f may be smallest or largest."""
    return [Mark(float(k.x[0]), k.f if len(names) == 1 else float(k.x[1]), "kink", "fourth", "square") for k in found.kinks]


def _values(found, xs: np.ndarray) -> np.ndarray:
    """f at the columns of `xs`, NaN where it has no value."""
    of = found.field.of
    with np.errstate(all="ignore"):
        values = evaluated([of.f], of.x, xs)[0] if of is not None else np.array([value_and_gradient(found.place, x)[0] for x in xs.T])
    return np.where(np.isfinite(values), values, np.nan)


def _range(found, k: int) -> tuple[float, float]:
    """What is shown of an axis: around the points, or the window."""
    low, high = float(found.low[k]), float(found.high[k])
    at = [float(p.x[k]) for p in [*found.points, *found.kinks]]
    if not at:
        return low, high
    room = max(0.5 * (max(at) - min(at)), 1.0, 0.1 * max(map(abs, at)))
    lowest = found.place.variables.bounds()
    rim = lowest[k] if lowest is not None else (-np.inf, np.inf)
    start, end = min(at) - room, max(at) + room
    start, end = max(start, min(low, min(at) - 0.1 * room)), min(end, max(high, max(at) + 0.1 * room))  # beyond the window nothing is marked
    return max(start, rim[0] + 1e-6), min(end, rim[1] - 1e-6)
