"""The pictures of a function near a point: secants, errors on logarithmic axes, polynomials beside the function."""

from __future__ import annotations

import numpy as np

from ...show import Svg
from ...show.curves import Band, Curve, Mark, curve_plot
from ..place import figure

POINTS = 400
ROLES = ("yours", "third", "fourth", "fifth")
DASHES = (None, "7 4", "2 3", "9 3 2 3", "12 4")


def around(low: float, high: float) -> np.ndarray:
    return np.linspace(low, high, POINTS)


def shown_range(values: np.ndarray, stretch: float = 0.15) -> tuple[float, float] | None:
    """The range of y that shows most of a curve: a pole does not flatten all else."""
    finite = np.asarray(values)[np.isfinite(values)]
    if not finite.size:
        return None
    low, high = np.percentile(finite, [3, 97])
    inner = max(high - low, 1e-12 * max(1.0, abs(high)))
    low, high = max(finite.min(), low - 0.8 * inner), min(finite.max(), high + 0.8 * inner)
    rim = stretch * max(high - low, 1e-9 * max(1.0, abs(high)))
    return float(low - rim), float(high + rim)


@np.errstate(all="ignore")
def secants(t, page: bool, width: float) -> Svg:
    """Secants through (x, f(x)) and (x+h, f(x+h)) for h = 1, ½, ¼, beside the tangent."""
    f, x, unit = t.f, t.x, t.unit
    xs = around(x - 1.5 * unit, x + 1.5 * unit)
    curves = [Curve("f", xs, np.array([f.f(v) for v in xs]))]
    marks = [Mark(x, t.value, f"({figure(x)}, {figure(t.value)})")]
    for k, h in enumerate((unit, unit / 2, unit / 4)):
        slope = (f.f(x + h) - t.value) / h
        curves.append(Curve(f"secant, h = {figure(h)}", xs, t.value + slope * (xs - x), "ink", DASHES[k + 1], faint=True))
        marks.append(Mark(x + h, f.f(x + h), "", "ink", "ring"))
    curves.append(Curve(f"tangent, slope {figure(t.slope)}", xs, t.value + t.slope * (xs - x), "yours"))
    return curve_plot(
        curves, title=f"Secants of {_short(f)} close in on the tangent", x_label=f.name, y_range=shown_range(curves[0].ys), marks=marks,
        page=page, width=width,
    )  # fmt: skip


@np.errstate(all="ignore")
def sides(t, page: bool, width: float) -> Svg:
    """The function at a point without tangent, with the lines from either side."""
    f, x = t.f, t.x
    reach = max(1.0, abs(x))
    xs = np.unique(np.concatenate([around(x - reach, x + reach), x + reach * np.array([-1e-9, 1e-9])]))
    ys = np.array([f.f(v) for v in xs])
    if t.sides.what == "jump":
        ys = np.where(xs == x, np.nan, ys)
        after = np.searchsorted(xs, x, side="right")
        xs, ys = np.insert(xs, after, x), np.insert(ys, after, np.nan)
    curves, marks = [Curve("f", xs, ys, "ink")], []
    for k, (name, slope, limit, side) in enumerate((("left", t.sides.left, t.sides.below, -1), ("right", t.sides.right, t.sides.above, 1))):
        if np.isfinite(slope) and np.isfinite(limit):
            line = x + side * np.array([-0.45 * reach, 0.9 * reach])
            curves.append(Curve(f"from the {name}, slope {figure(slope)}", line, limit + slope * (line - x), ("true", "yours")[k], DASHES[1]))
            if t.sides.what == "jump":
                marks.append(Mark(x, limit, "", ("true", "yours")[k], "ring"))
    marks.append(Mark(x, t.value, f"({figure(x)}, {figure(t.value)})"))
    verticals = [(x, "vertical tangent")] if t.sides.what == "vertical tangent" else []
    return curve_plot(
        curves, title=f"{_short(f)} has no tangent at {f.name} = {figure(x)}: {t.sides.what}", x_label=f.name,
        y_range=shown_range(ys), marks=marks, verticals=verticals, page=page, width=width,
    )  # fmt: skip


@np.errstate(all="ignore")
def quotient_errors(t, page: bool, width: float) -> Svg:
    """The errors of both quotients against the step, on logarithmic axes."""
    q = t.quotients
    named = [("forward", q.h, q.forward_error, "true", None), ("central", q.h, q.central_error, "yours", "7 4")]
    curves = [Curve(name, h, _positive(e), role, dash) for name, h, e, role, dash in named]
    marks = []
    for (name, _, _, role, _), which in zip(named, ("forward", "central")):
        h, e = q.best(which)
        if e > 0:
            marks.append(Mark(h, e, "", role, "ring"))
    return curve_plot(
        curves, title="Difference quotients: error against the step h", x_label="h", y_label="error of f′", log_x=True, log_y=True,
        marks=marks, page=page, width=width,
    )  # fmt: skip


@np.errstate(all="ignore")
def model_error(t, page: bool, width: float) -> Svg:
    """|f(x+ε) − f(x) − εf′(x)| on logarithmic axes, beside ε²|f″|/2."""
    m = t.first_order
    order = "" if m.order is None else f", slope {m.order:.2f}"
    curves = [Curve("error" + order, m.eps, _positive(np.abs(m.error)), "true")]
    if t.curvature:
        curves.append(Curve("ε²|f″|/2, slope 2", m.eps, m.eps**2 * abs(t.curvature) / 2, "ink", "7 4", faint=True))
    return curve_plot(
        curves, title="Error of the tangent against the step ε", x_label="ε", y_label="|f(x + ε) − f(x) − ε f′(x)|", log_x=True, log_y=True,
        page=page, width=width,
    )  # fmt: skip


@np.errstate(all="ignore")
def polynomials(a, page: bool, width: float) -> Svg:
    """The function with its polynomials, and the band in which the last stays within the tolerance."""
    f, (low, high) = a.f, a.window
    xs = around(low, high)
    ys = np.array([f.f(v) for v in xs])
    curves = [Curve("f", xs, ys, "ink")]
    for k, p in enumerate(distinct(a)):
        curves.append(Curve(f"order {p.order}", xs, p(xs), ("true", *ROLES)[k % 5], DASHES[k % 5]))
    last = a.polynomials[-1]
    band = Band(max(low, a.x - last.left), min(high, a.x + last.right), f"error of order {last.order} ≤ {figure(a.tolerance)}", "ink")
    return curve_plot(
        curves, title=f"Taylor polynomials of {_short(f)} at {f.name} = {figure(a.x)}", x_label=f.name, y_range=shown_range(ys),
        marks=[Mark(a.x, f.f(a.x))], bands=[band], page=page, width=width,
    )  # fmt: skip


def distinct(a) -> list:
    """The polynomials without those that are the one before them, since their last term vanishes."""
    return [p for before, p in zip([None, *a.polynomials], a.polynomials) if before is None or before.text != p.text]


@np.errstate(all="ignore")
def polynomial_errors(a, page: bool, width: float) -> Svg:
    """|f − P| on a logarithmic axis, with the tolerance."""
    f, (low, high) = a.f, a.window
    xs = around(low, high)
    ys = np.array([f.f(v) for v in xs])
    curves = [
        Curve(f"order {p.order}", xs, _positive(np.abs(ys - p(xs)), 1e-17), ("true", *ROLES)[k % 5], DASHES[k % 5])
        for k, p in enumerate(distinct(a))
    ]
    return curve_plot(
        curves, title=f"Error of the Taylor polynomials at {f.name} = {figure(a.x)}", x_label=f.name, y_label="|f − P|", log_y=True,
        horizontals=[(a.tolerance, f"tolerance {figure(a.tolerance)}")], page=page, width=width,
    )  # fmt: skip


@np.errstate(all="ignore")
def model_orders(t, page: bool, width: float) -> Svg:
    """The errors of plane and quadratic model against the step."""
    curves = [Curve(f"plane{_order(t.orders[0])}", t.steps, _positive(t.errors[0]), "true")]
    if t.errors[1] is not None:
        curves.append(Curve(f"with the Hessian{_order(t.orders[1])}", t.steps, _positive(t.errors[1]), "yours", "7 4"))
    return curve_plot(
        curves, title="Error of the models against the step ε", x_label="ε", y_label="error", log_x=True, log_y=True, page=page, width=width
    )


def _order(found: float | None) -> str:
    return ": rounding only" if found is None else f", slope {found:.2f}"


def _positive(e: np.ndarray, least: float = 0.0) -> np.ndarray:
    """Numbers that have a logarithm; what is 0 is left out."""
    return np.where(e > least, e, np.nan)


def _short(f) -> str:
    return f.problem.echo if len(f.problem.echo) <= 28 else "f"
