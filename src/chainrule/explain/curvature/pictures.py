"""Pictures of a curvature: its spectrum, the contours with the principal axes, how gradient descent goes at several steps."""

from __future__ import annotations

import numpy as np

from ...show import Arrow, Curve, Mark, Path, Svg, contour_plot, curve_plot, spectrum_plot
from ...show.scales import figure
from ..spectrum import POSITIVE

GRID = 33  # points on each side of a grid
ITERATIONS = (30, 500)  # at least and at most, for a digit and a half
GONE = 1e3  # times the first error: where a curve that diverges ends
BELOW, ABOVE = 0.9, 1.1  # of the step 2/λmax


def pictures(c) -> dict:
    """{name: callable(page, width)}."""
    found = {}
    if c.eigenvalues is not None and c.size > 1:
        found["spectrum"] = lambda page, width: spectrum(c, page, width)
    elif c.eigenvalues is None and c.measured.density is not None:
        found["density"] = lambda page, width: density(c, page, width)
    if c.size == 2 and c.spectrum is not None:
        found["axes"] = lambda page, width: axes(c, page, width)
    if c.rates is not None and c.eigenvalues is not None:
        found["descent"] = lambda page, width: descent(c, page, width)
    return found


def spectrum(c, page: bool, width: int) -> Svg:
    said = f"{len(c.eigenvalues)} eigenvalues from {figure(float(c.eigenvalues[0]), 4)} to {figure(float(c.eigenvalues[-1]), 4)}: {c.definiteness}"
    return spectrum_plot(np.asarray(c.eigenvalues).tolist(), title=f"Eigenvalues of ∇²f: {c.definiteness}", description=said, page=page, width=width)


def density(c, page: bool, width: int) -> Svg:
    """The share of eigenvalues up to each number, as a staircase."""
    d = c.measured.density
    xs, ys = np.repeat(d.nodes, 2), np.repeat(np.cumsum(d.weights), 2)
    return curve_plot(
        [Curve("share of the eigenvalues", xs[1:].tolist(), ys[:-1].tolist())], title="How many eigenvalues are at most λ, estimated",
        description=f"the share of the {c.size} eigenvalues that are at most λ, by stochastic Lanczos quadrature",
        x_label="λ", y_label="share", y_range=(0.0, 1.0), page=page, width=width,
    )  # fmt: skip


def axes(c, page: bool, width: int) -> Svg:
    """The contours of a function of two numbers, the principal axes of its curvature, and an ellipse of the quadratic."""
    x, s, (reach, steps, heights) = c.place.x, c.spectrum, c.heights
    lengths = 1 / np.sqrt(np.maximum(np.abs(s.values), np.max(np.abs(s.values)) * 1e-4)) if np.any(s.values) else np.ones(2)
    lengths = 0.62 * reach * lengths / np.max(lengths)
    arrows = [
        Arrow(x[0], x[1], *(lengths[k] * s.vectors[:, k]), f"λ = {figure(float(s.values[k]), 4)}", "yours" if s.values[k] < -s.bound else "ink")
        for k in (0, 1)
    ]
    paths = []
    if c.definiteness == POSITIVE:
        angle = np.linspace(0, 2 * np.pi, 121)
        ring = x[:, None] + s.vectors @ (lengths[:, None] * np.stack([np.cos(angle), np.sin(angle)]))
        paths = [Path("level set of the quadratic model", ring[0].tolist(), ring[1].tolist(), "third", "none", "5 4")]
    names = c.place.coordinates()
    there = c.place.written().replace(" = ", "\u00a0=\u00a0")  # which a title is not broken at
    return contour_plot(
        (x[0] + steps).tolist(), (x[1] + steps).tolist(), heights, title=f"Curvature at {there}: {c.definiteness}",
        description=f"contours of {c.problem.echo}; the principal axes of its Hessian, with eigenvalues {figure(s.low, 4)} and {figure(s.high, 4)}",
        x_label=names[0], y_label=names[1], arrows=arrows, paths=paths, marks=[Mark(x[0], x[1])], equal=True, page=page, width=width,
    )  # fmt: skip


def heights(c) -> tuple[float, np.ndarray, np.ndarray]:
    """(how far around the point, the steps from it along each axis, the values there) of a function of two numbers."""
    x = c.place.x
    reach = max(1.0, float(np.max(np.abs(x))))
    steps = np.linspace(-reach, reach, GRID)
    value = c.place.objective.value_and_gradient
    with np.errstate(all="ignore"):
        found = np.array([[value(np.array([x[0] + u, x[1] + v]))[0] for u in steps] for v in steps])
    return reach, steps, np.where(np.isfinite(found), found, np.nan)


def descent(c, page: bool, width: int) -> Svg:
    """The error of gradient descent on the quadratic model, in the slowest direction: at steps below, at best, and beyond 2/λmax."""
    r, values = c.rates, np.asarray(c.eigenvalues)
    values = values[values >= r.low]
    k = np.arange(int(min(max(1.5 * r.digit, ITERATIONS[0]), ITERATIONS[1])) + 1)
    ended = lambda errors: np.where(errors <= GONE, errors, np.nan)
    ways = [
        (f"best, {figure(r.best, 4)}", r.best, "true", None),
        (f"{BELOW} · 2/λmax = {figure(BELOW * r.stable, 4)}", BELOW * r.stable, "third", "6 4"),
        (f"{ABOVE} · 2/λmax = {figure(ABOVE * r.stable, 4)}: diverges", ABOVE * r.stable, "yours", "2 3"),
    ]
    with np.errstate(all="ignore"):
        curves = [Curve(name, k.tolist(), ended(np.max(np.abs(1 - step * values)) ** k).tolist(), role, dash) for name, step, role, dash in ways]
    return curve_plot(
        curves, title=f"Gradient descent: stable below 2/λmax = {figure(r.stable, 4)}",
        description=f"the error in the slowest direction against the iteration at three steps; κ = {figure(c.condition, 4)}", x_label="iteration", y_label="error",
        log_y=True, page=page, width=width,
    )  # fmt: skip
