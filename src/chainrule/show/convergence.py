"""The course of a minimisation: how far the value is above the lowest one, and how large the gradient is, by iteration.

The axis is logarithmic: L-BFGS comes down in a straight line, with jumps, Newton's method in a curve that ends in a fall.

Reference: Nocedal & Wright, Numerical Optimization (2nd ed.), section 2.2 and appendix A.2, on rates of convergence.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10

from .remainder import power
from .svg import Svg

WIDTH, HEIGHT = 660, 400
LEFT, RIGHT, TOP, BOTTOM = 84, 26, 78, 58
MOST_TICKS = 10
TITLE = 56  # characters that fit above the picture


def convergence_plot(values: Sequence[float], slopes: Sequence[float], title: str = "Convergence", page: bool = False) -> Svg:
    """The plot of a minimisation.

    Parameters
        values: f at the start and after each iteration.
        slopes: the largest entry of the gradient there.
        title: above the picture. page: see `Svg`.
    """
    finite = [v for v in values if isfinite(v)]
    lowest = min(finite, default=0.0)
    series = {
        "true": _points([v - lowest for v in values]),
        "yours": _points(slopes),
    }
    ups = [y for found in series.values() for _, y in found] or [-1.0, 0.0]
    low, high = floor(min(ups)), max(ceil(max(ups)), floor(min(ups)) + 1)
    last = max(len(values) - 1, 1)
    svg = Svg(WIDTH, HEIGHT, title, _described(values, slopes, lowest), page)
    x = lambda k: LEFT + k / last * (WIDTH - LEFT - RIGHT)
    y = lambda level: HEIGHT - BOTTOM - (level - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
    svg.text(LEFT, 27, title if len(title) <= TITLE else title[: TITLE - 1] + "…", font_size=16, font_weight=600, **svg.paint("ink"))
    _axes(svg, x, y, last, low, high)
    for name, found in series.items():
        _curve(svg, name, [(x(k), y(level)) for k, level in found])
    _legend(svg)
    return svg


def _points(numbers: Sequence[float]) -> list[tuple[int, float]]:
    """(iteration, log₁₀) of all that have a logarithm."""
    return [(k, log10(v)) for k, v in enumerate(numbers) if isfinite(v) and v > 0]


def _described(values: Sequence[float], slopes: Sequence[float], lowest: float) -> str:
    count = max(len(values) - 1, 0)
    text = f"A plot with a logarithmic axis of a minimisation in {count} iterations."
    if values and slopes:
        text += f" The value falls from {values[0]:.6g} to {lowest:.6g}, the largest entry of the gradient from {slopes[0]:.2g} to {slopes[-1]:.2g}."
    return text


def _axes(svg: Svg, x, y, last: int, low: int, high: int) -> None:
    every = 1 + (high - low) // MOST_TICKS
    levels = [k for k in range(low, high + 1) if k % every == 0]
    step = max(1, ceil(last / MOST_TICKS))
    step = next(s * 10**p for p in range(9) for s in (1, 2, 5) if s * 10**p >= step)
    ticks = range(0, last + 1, step)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    with svg.group(stroke_width=1, stroke_opacity=0.16, **svg.paint(stroke="ink")):
        for k in levels:
            svg.line(LEFT, y(k), right, y(k))
    with svg.group(stroke_width=1.2, stroke_opacity=0.8, **svg.paint(stroke="ink")):
        svg.line(LEFT, bottom, right, bottom)
        svg.line(LEFT, TOP, LEFT, bottom)
        for k in ticks:
            svg.line(x(k), bottom, x(k), bottom + 5)
    with svg.group(font_size=12, **svg.paint("ink")):
        for k in ticks:
            svg.text(x(k), bottom + 20, str(k), text_anchor="middle")
        for k in levels:
            svg.text(LEFT - 9, y(k) + 4, power(k), text_anchor="end")
    svg.text((LEFT + right) / 2, HEIGHT - 15, "iteration", text_anchor="middle", **svg.paint("ink"))


def _curve(svg: Svg, name: str, points: list[tuple[float, float]]) -> None:
    dash = {"stroke_dasharray": "6 4"} if name == "yours" else {}
    if len(points) > 1:
        svg.add("polyline", points=" ".join([f"{a:.1f},{b:.1f}" for a, b in points]), stroke_width=2, **dash, **svg.paint(stroke=name))
    if len(points) <= 60:  # more would be one thick line
        for a, b in points:
            _marker(svg, a, b, name)


def _marker(svg: Svg, x: float, y: float, name: str) -> None:
    if name == "true":
        svg.add("circle", cx=x, cy=y, r=3.4, **svg.paint(name))
    else:
        svg.add("rect", x=x - 3.2, y=y - 3.2, width=6.4, height=6.4, **svg.paint(name))


def _legend(svg: Svg) -> None:
    x = LEFT
    for name, words in (("true", "f − lowest f"), ("yours", "largest entry of ∇f")):
        _marker(svg, x + 6, 50, name)
        svg.text(x + 18, 54.5, words, **svg.paint("ink"))
        x += 18 + 7.6 * len(words) + 24
