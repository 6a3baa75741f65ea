"""The pictures of the gallery: f, f′ and f″ with saturation zones and breaks; a Jacobian as a map of its entries."""

from __future__ import annotations

import numpy as np

from ...show import Svg
from ...show.curves import Band, Curve, Mark, curve_plot
from ...show.heat import heat_plot
from ..models.pictures import shown_range
from ..place import figure

POINTS = 321
NARROW, WIDE = 3.0, 8.0  # the least and most that is drawn to each side of 0


def window(o) -> tuple[float, float]:
    """What is drawn: where the function bends and saturates, within its domain."""
    domain, marks = o.entry.domain, [abs(z) for zone in o.course.saturated for z in zone if np.isfinite(z)]
    marks += [abs(x) for x, *_ in o.places if np.isfinite(x)]
    reach = float(np.clip(1.35 * max(marks, default=0.0), NARROW, WIDE))
    low, high = max(-reach, domain.low), min(reach, domain.high)
    if not low < high:
        low, high = domain.low, domain.low + 2 * NARROW
    return float(low), float(high)


def curves(o, page: bool, width: float) -> Svg:
    """f, f′ and f″; zones in which |f′| is below 1 % of its largest value are shaded, breaks marked."""
    low, high = window(o)
    places = [x for x, *_ in o.places if low <= x <= high]
    rim = 1e-6 * (high - low)
    xs = np.unique(np.concatenate([np.linspace(low, high, POINTS)[1:-1], [low + rim, high - rim], *[[x - rim, x + rim] for x in places if low < x < high]]))
    xs = xs[~np.isin(xs, places)]
    named = [("f", "true", None), ("f′", "yours", "7 4"), ("f″", "third", "2 3")]
    drawn, sizes = [], []
    for (name, role, dash), f, order in zip(named, o.functions, range(3)):
        if f is not None:
            ys = np.array([f(x) for x in xs])
            cut = [x for x, missing, _ in o.places if missing <= order and low < x < high]
            broken_xs, broken_ys = _broken(xs, ys, cut)
            drawn.append(Curve(name, broken_xs, broken_ys, role, dash))
            sizes.append(ys)
    bounded = o.course.steepest is not None and np.isfinite(o.course.steepest.value)
    y_range = shown_range(np.concatenate(sizes[: 1 + bounded]), 0.08)  # an unbounded f′ would flatten f
    whole = shown_range(np.concatenate(sizes), 0.08)
    if y_range and whole[1] - whole[0] < 1.6 * (y_range[1] - y_range[0]):  # f″ is shown whole where that leaves f its room
        y_range = whole
    marks = []
    for x in places:
        y = o.functions[0](x)
        if np.isfinite(y):
            marks.append(Mark(x, y, f"break at {figure(x)}", "ink", "ring"))
    bands = [Band(max(z.low, low), min(z.high, high), "saturated", "ink") for z in o.course.saturated if z.low < high and z.high > low]
    orders = ", ".join([c.name for c in drawn])
    given = "".join([f", {n} = {figure(float(v))}" for n, v in o.entry.values.items()])
    return curve_plot(
        drawn, title=f"{o.entry.name}{given}", description=_described(o, orders), x_label=o.entry.variable, x_range=(low, high), y_range=y_range,
        marks=marks, bands=bands, page=page, width=width,
    )  # fmt: skip


def _described(o, orders: str) -> str:
    said = [f"Curves of {orders} of {o.entry.name} over {o.entry.variable}."]
    said += [f"{label.capitalize()}: {text}." for label, text, _ in o.rows() if label in ("range", "slope", "saturated", "breaks")]
    return " ".join(said)


def _broken(xs: np.ndarray, ys: np.ndarray, cuts: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """The curve with a gap at each of the cuts."""
    if not cuts:
        return xs, ys
    at = np.searchsorted(xs, cuts)
    return np.insert(xs, at, cuts), np.insert(ys, at, np.nan)


def matrix(o, page: bool, width: float) -> Svg:
    """The Jacobian, or the Hessian, entry by entry."""
    names = [figure(float(x)) for x in o.point]
    d = o.first if o.problem.dims else o.second
    return heat_plot(
        o.matrix, title=f"{o.what} of {o.entry.name}", rows="output" if o.problem.dims else o.entry.variable, columns=o.entry.variable,
        description=f"The entries of {d.symbol} = {d.text} at {o.entry.variable} = ({', '.join(names)}).", page=page, width=width,
    )  # fmt: skip
