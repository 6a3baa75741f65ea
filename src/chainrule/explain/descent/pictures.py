"""The pictures of a landscape and of the paths through it."""

from __future__ import annotations

import numpy as np

from ...show import Svg
from ...show.contours import Arrow, Path, contour_plot
from ...show.curves import Curve, Mark, curve_plot
from ..models.pictures import shown_range
from ..place import figure
from .methods import CONVERGED, RUNNING
from .rates import LONGEST

ROLES = ("true", "yours", "third", "fourth", "fifth")
KINDS = ("dot", "square", "triangle", "ring", "cross", "star", "dot")
DASHES = (None, "7 4", "2 3", "9 3 2 3", "12 4", "4 2", "1 2")
ARROWS = 7  # of the field, to a side
NARROW = 480  # px: up to which a title has room for short formulas only
FINE = 361  # angles
MOST_POINTS = 200  # of a path that is drawn


@np.errstate(all="ignore")
def field(l, page: bool, width: float) -> Svg:
    """Contours, the gradient as arrows over them, the directions of steepest ascent and descent at the point."""
    grid, arrows = l.grid, []
    a, b = l.plane.coordinates(l.x)
    cell = 2 * l.reach / ARROWS
    found = []
    for s in np.linspace(-1 + 1 / ARROWS, 1 - 1 / ARROWS, ARROWS) * l.reach:
        for t in np.linspace(-1 + 1 / ARROWS, 1 - 1 / ARROWS, ARROWS) * l.reach:
            with np.errstate(all="ignore"):
                g = l.within(l.place.objective.at(l.plane.point(a + s, b + t))[1])
            if np.isfinite(g).all():
                found.append((a + s, b + t, g))
    longest = max((float(np.linalg.norm(g)) for *_, g in found), default=0.0)
    for x, y, g in found:
        length = float(np.linalg.norm(g))
        if length > 1e-6 * longest and np.hypot(x - a, y - b) > 0.6 * cell:
            dx, dy = g / length * cell * 0.8 * np.sqrt(length / longest)  # roots, so that short ones are seen too
            arrows.append(Arrow(x - dx / 2, y - dy / 2, dx, dy))
    if not l.flat:
        g = l.within(l.gradient)
        if np.linalg.norm(g) > 1e-9 * l.norm:
            dx, dy = g / np.linalg.norm(g) * 0.3 * l.reach
            arrows += [Arrow(a, b, dx, dy, "∇f", "yours"), Arrow(a, b, -dx, -dy, "−∇f", "true")]
    return contour_plot(
        grid.across, grid.up, grid.values, title=f"The gradient of {_short(l.place, 26 if width > NARROW else 14)} is perpendicular to its level sets",
        x_label=l.plane.names[0], y_label=l.plane.names[1], arrows=arrows, marks=[Mark(a, b, "")], equal=True,
        page=page, width=width,
    )  # fmt: skip


@np.errstate(all="ignore")
def angle(l, page: bool, width: float) -> Svg:
    """What f changes over the angle to the gradient, relative to ‖∇f‖‖ε‖, beside cos α."""
    degrees = np.linspace(-180, 180, FINE)
    curves = [Curve("first order, cos α", degrees, np.cos(np.radians(degrees)), "ink", "7 4")]
    for k, length in enumerate(l.lengths):
        changes = np.array([l.change(d, length)[0] for d in degrees]) / (l.norm * length)
        curves.append(Curve(f"‖ε‖ = {figure(length)}", degrees, changes, ROLES[k % 5], DASHES[2 * k % 4] if k else None))
    return curve_plot(
        curves, title="What a step changes, over its angle to the gradient", x_label="angle α to the gradient, in degrees",
        y_label="change of f / (‖∇f‖ ‖ε‖)", x_range=(-180, 180), x_ticks=range(-180, 181, 45), y_range=shown_range(np.concatenate([c.ys for c in curves])), page=page, width=width,
    )  # fmt: skip


@np.errstate(all="ignore")
def paths(d, page: bool, width: float) -> Svg:
    """The paths over the contours; of one number, over the curve."""
    if d.start.size == 1:
        return _paths_of_one(d, page, width)
    drawn = {}
    for name, w in d.walks.items():
        drawn[name] = np.array([d.plane.coordinates(x) for x in w.points[thinned(len(w.points))]])
    start, ends = np.array(d.plane.coordinates(d.start)), [np.array(d.plane.coordinates(d.rates.minimum))] if d.rates.minimum is not None else []
    reach = max([float(np.abs(e - start).max()) for e in ends] + [1e-3])
    if not ends:
        reach = max([float(np.abs(p - start).max()) for p in drawn.values()] + [1e-3])
        reach = min(reach, 20 * max(1.0, float(np.linalg.norm(d.start))))
    middle = (start + ends[0]) / 2 if ends else start
    seen = np.concatenate([p[np.abs(p - middle).max(axis=1) <= 1.6 * reach] for p in drawn.values()] + [start[None], *[e[None] for e in ends]])
    low, high = seen.min(axis=0), seen.max(axis=0)
    rim = 0.12 * max(float((high - low).max()), 1e-9)
    half = np.maximum((high - low) / 2, 0.35 * float((high - low).max()) + 1e-9) + rim
    centre = (low + high) / 2
    grid = d.plane.grid(tuple(centre - half), tuple(centre + half))
    lines = []
    for k, (name, p) in enumerate(drawn.items()):
        outside = np.flatnonzero(np.any(np.abs(p - centre) > half, axis=1))
        p = p[: outside[0] + 1] if outside.size else p
        p = np.clip(p, centre - half, centre + half)
        w = d.walks[name]
        lines.append(Path(f"{name}, {counted(w.steps)}" + told(w), p[:, 0], p[:, 1], ROLES[k % 5], KINDS[k % 7], DASHES[k % 7]))  # fmt: skip
    marks = [Mark(*map(float, start), "start", "ink", "square"), *[Mark(*map(float, e), "minimum", "ink", "star") for e in ends]]
    return contour_plot(
        grid.across, grid.up, grid.values, title=f"Paths downhill on {_short(d.place)}", x_label=d.plane.names[0], y_label=d.plane.names[1],
        paths=lines, marks=marks, page=page, width=width,
    )  # fmt: skip


def _paths_of_one(d, page: bool, width: float) -> Svg:
    start = float(d.start[0])
    ends = [float(d.rates.minimum[0])] if d.rates.minimum is not None else []
    ends += [float(w.end[0]) for w in d.walks.values() if w.ended == CONVERGED or not ends and np.isfinite(w.end[0])]
    reach = 0.4 * max([abs(e - start) for e in ends] + [1e-3])
    low, high = min([start, *ends]) - reach, max([start, *ends]) + reach
    xs = np.linspace(low, high, 300)
    curves = [Curve("f", xs, np.array([d.f(np.array([x])) for x in xs]), "ink")]
    for k, (name, w) in enumerate(d.walks.items()):
        kept = thinned(len(w.points))
        p, v = w.points[kept, 0], w.values[kept]
        kept = (p >= low) & (p <= high)
        curves.append(Curve(f"{name}, {counted(w.steps)}{told(w)}", p[kept], v[kept], ROLES[k % 5], DASHES[k % 7], True))
    return curve_plot(
        curves, title=f"Paths downhill on {_short(d.place)}", x_label=d.place.coordinates()[0], y_range=shown_range(curves[0].ys), page=page, width=width
    )


def thinned(count: int) -> np.ndarray:
    """Which points of a long path are drawn: all of its beginning, and then some."""
    if count <= MOST_POINTS:
        return np.arange(count)
    half = MOST_POINTS // 2
    return np.unique(np.concatenate([np.arange(half), np.linspace(half, count - 1, half).astype(int)]))


def told(w) -> str:
    """How a way ended, where it is not at a minimum."""
    return {CONVERGED: "", RUNNING: ", not there yet"}.get(w.ended, f", {w.ended}")


def counted(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"


@np.errstate(all="ignore")
def values(d, page: bool, width: float) -> Svg:
    """f − f* by step, on a logarithmic axis."""
    curves = []
    for k, (name, w) in enumerate(d.walks.items()):
        above = w.values - d.rates.lowest
        floor = 1e-16 * max(1.0, abs(float(w.values[0])))
        if above.size and above[-1] <= floor:
            above = above[: int(np.argmax(above <= floor)) + 1]
            above[-1] = floor  # it arrives, and is seen to
        curves.append(Curve(name, np.arange(len(above)), np.where(above >= floor, above, np.nan), ROLES[k % 5], DASHES[k % 7], len(above) <= 40))
    called = "f − f*" if d.rates.minimum is not None else "f − lowest f seen"
    return curve_plot(curves, title="How the value comes down", x_label="step", y_label=called, log_y=True, page=page, width=width)


@np.errstate(all="ignore")
def step_sizes(d, page: bool, width: float) -> Svg:
    """Steps until f − f* is a millionth of what it was, against the step size, with 2/λmax; where none is done in time, what is left."""
    rates, needed, left = d.rates.scan
    marked = {
        "x_label": "step size η", "log_x": True, "log_y": True, "x_range": _shown_rates(rates, needed),
        "verticals": [(d.rates.limit, "2/λmax")], "page": page, "width": width,
    }  # fmt: skip
    if np.isfinite(needed).any():
        curve = Curve("gradient descent", rates, needed, "true", None, True)
        return curve_plot([curve], title="Steps that gradient descent needs", y_label="steps until f − f* is 10⁻⁶ of its start", **marked)
    curve = Curve("gradient descent", rates, left, "true", None, True)
    return curve_plot([curve], title=f"What gradient descent leaves after {LONGEST} steps", y_label="f − f*, relative to the start", **marked)


def _shown_rates(rates, needed) -> tuple[float, float]:
    """From the step before the first that is small enough to arrive; all where none is."""
    arrives = np.flatnonzero(np.isfinite(needed))
    return float(rates[max(arrives[0] - 1, 0) if arrives.size else 0]), float(rates[-1])


def _short(place, most: int = 26) -> str:
    return place.problem.echo if len(place.problem.echo) <= most else "f"
