"""The remainder of the linear model against the step, on logarithmic axes: slope 2 where a derivative is right, 1 where not.

|f(x + h v) − f(x) − h c| is h²/2 times the second derivative, and more, if c is the derivative along v; otherwise the
error of c is left, times h. Where steps are so small that rounding is all that is left, the points say nothing: that
region is shaded.

Reference: Absil, Mahony & Sepulchre, Optimization Algorithms on Matrix Manifolds (2008), section 4.8, on this check.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10
from statistics import median
from typing import NamedTuple

from .svg import Svg

WIDTH, HEIGHT = 660, 440
LEFT, RIGHT, TOP, BOTTOM = 84, 26, 74, 64
ABOVE = 8.0  # times the rounding, from where on a remainder tells the slope
STRAY = 0.2  # decades from its line, beyond which a point is no part of it
FALLING = 4.0  # a remainder falls by as much, when the step is a tenth, until rounding holds it up
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def remainder_plot(
    steps: Sequence[float],
    yours: Sequence[float],
    true: Sequence[float],
    slope: float | None = None,
    true_slope: float | None = None,
    rounding: float | None = None,
    title: str = "Remainder of the linear model",
    page: bool = False,
) -> Svg:
    """The plot of both remainders, with the slopes fitted to them.

    Parameters
        steps: h, above 0.
        yours, true: |f(x + hv) − f(x) − hc| for the claimed and for the true c; those that are 0 are left out.
        slope, true_slope: fitted slopes; where they are not given, they are fitted here.
        rounding: below which remainders are rounding; where it is not given, it is read off the true remainder.
        title: above the picture.
        page: see `Svg`.
    """
    mine, exact = points(steps, yours), points(steps, true)
    rounding = rounding if rounding is not None else rounding_of(exact)
    fits = [fitted(mine, rounding, slope), fitted(exact, rounding, true_slope)]
    says = described(fits, rounding, bool(mine), bool(exact))
    svg = Svg(WIDTH, HEIGHT, title, says, page)
    frame = Frame(mine + exact, rounding)
    _titled(svg, title, fits, bool(mine), bool(exact))
    _axes(svg, frame, rounding)
    # what is drawn last lies on top: the claim
    for found, fit, name in ((exact, fits[1], "true"), (mine, fits[0], "yours")):
        _series(svg, frame, found, fit, name, rounding)
    _slopes(svg, frame, fits)
    return svg


# ------------------------------------------------------------------ the numbers


class Fit(NamedTuple):
    """log r = slope · log h + height, for log h from `first` to `last`."""

    slope: float
    height: float
    first: float
    last: float

    def at(self, h: float) -> float:
        return self.slope * h + self.height


def points(steps: Sequence[float], remainders: Sequence[float]) -> list[tuple[float, float]]:
    """(log₁₀ h, log₁₀ remainder) of all that have a logarithm, by step."""
    pairs = [(float(h), float(r)) for h, r in zip(steps, remainders)]
    return sorted([(log10(h), log10(r)) for h, r in pairs if h > 0 and r > 0 and isfinite(h) and isfinite(r)])


def rounding_of(found: list[tuple[float, float]]) -> float | None:
    """Where the remainder of the right derivative stops falling as the step gets smaller; None if it never does."""
    if len(found) < 4:
        return None
    for k in range(len(found) - 1, 0, -1):  # from large steps to small ones
        (h, r), (near, less) = found[k], found[k - 1]
        if r - less < log10(FALLING) * (h - near):
            rest = [level for _, level in found[:k]]
            return 10 ** max(rest) if len(rest) > 1 else None
    return None


def fitted(found: list, rounding: float | None, slope: float | None) -> Fit | None:
    """The line through the points above rounding, on logarithmic axes; the smaller steps tell its slope."""
    clear = [(h, r) for h, r in found if rounding is None or r > log10(ABOVE * rounding)]
    if len(clear) < 2:
        return None
    near = clear[: max(3, (len(clear) + 1) // 2)]
    if slope is None:
        slope = median([(r - s) / (h - g) for (g, s), (h, r) in zip(near, near[1:]) if h > g] or [float("nan")])
    if not isfinite(slope):
        return None
    height = median([r - slope * h for h, r in near])
    along = [h for h, r in clear if abs(r - slope * h - height) < STRAY]
    return Fit(slope, height, min(along), max(along)) if along else None


def described(fits: list, rounding: float | None, has_yours: bool, has_true: bool) -> str:
    parts = ["A plot with logarithmic axes of the remainder |f(x + hv) − f(x) − h c| against the step h."]
    for fit, name, there in zip(fits, ("the claimed derivative", "the true derivative"), (has_yours, has_true)):
        if fit is not None:
            parts.append(f"For {name} it falls with slope {fit.slope:.2f}.")
        elif not there:
            parts.append(f"For {name} it is exactly zero.")
    if rounding is not None:
        parts.append(f"Below {rounding:.0e} it is rounding.")
    return " ".join(parts)


# ------------------------------------------------------------------ the picture


class Frame:
    """Where a point of the plot stands in the picture."""

    def __init__(self, found: list[tuple[float, float]], rounding: float | None):
        across, up = [h for h, _ in found] or [-8.0, 0.0], [r for _, r in found] or [-16.0, 0.0]
        if rounding is not None:
            up = [*up, log10(rounding) - 0.6]
        self.x0, self.x1 = min(across) - 0.5, max(across) + 0.5
        self.y0, self.y1 = min(up) - 0.5, max(up) + 0.6
        self.y0 = min(self.y0, self.y1 - 4)

    def across(self) -> range:
        return range(ceil(self.x0), floor(self.x1) + 1)

    def up(self) -> range:
        return range(ceil(self.y0), floor(self.y1) + 1)

    def x(self, h: float) -> float:
        return LEFT + (h - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT)

    def y(self, r: float) -> float:
        return HEIGHT - BOTTOM - (r - self.y0) / (self.y1 - self.y0) * (HEIGHT - TOP - BOTTOM)


def _titled(svg: Svg, title: str, fits: list, has_yours: bool, has_true: bool) -> None:
    svg.text(LEFT, 27, title, font_size=16, font_weight=600, **svg.paint("ink"))
    x = LEFT
    for name, words, fit, there in (
        ("yours", "yours", fits[0], has_yours),
        ("true", "true derivative", fits[1], has_true),
    ):
        label = words + (": exactly zero" if not there else "")
        _marker(svg, x + 6, 48, name)
        svg.text(x + 18, 52.5, label, **svg.paint("ink"))
        x += 18 + 7.4 * len(label) + 22


def _axes(svg: Svg, frame: Frame, rounding: float | None) -> None:
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM
    if rounding is not None:
        level = min(max(frame.y(log10(rounding)), top), bottom)
        svg.add("rect", x=left, y=level, width=right - left, height=bottom - level, **svg.paint("ink"), fill_opacity=0.09)
        if bottom - level > 18:
            svg.text(right - 8, bottom - 8, "rounding", text_anchor="end", font_size=12, font_style="italic",
                     **svg.paint("ink"), fill_opacity=0.75)  # fmt: skip
    every = 1 + len(frame.up()) // 12
    with svg.group(stroke_width=1, stroke_opacity=0.16, **svg.paint(stroke="ink")):
        for k in frame.across():
            svg.line(frame.x(k), top, frame.x(k), bottom)
        for k in frame.up():
            if k % every == 0:
                svg.line(left, frame.y(k), right, frame.y(k))
    with svg.group(stroke_width=1.2, stroke_opacity=0.8, **svg.paint(stroke="ink")):
        svg.line(left, bottom, right, bottom)
        svg.line(left, top, left, bottom)
    with svg.group(font_size=12, **svg.paint("ink")):
        for k in frame.across()[:: 1 + len(frame.across()) // 12]:
            svg.text(frame.x(k), bottom + 19, power(k), text_anchor="middle")
        for k in frame.up():
            if k % every == 0:
                svg.text(left - 9, frame.y(k) + 4, power(k), text_anchor="end")
    svg.text((left + right) / 2, HEIGHT - 18, "step h", text_anchor="middle", **svg.paint("ink"))
    middle = (top + bottom) / 2
    svg.text(22, middle, "|f(x + hv) − f(x) − h c|", text_anchor="middle",
             transform=f"rotate(-90 22 {middle:g})", **svg.paint("ink"))  # fmt: skip


def _series(svg: Svg, frame: Frame, found: list, fit, name: str, rounding: float | None) -> None:
    if fit is not None:
        dash = {} if name == "yours" else {"stroke_dasharray": "7 4"}
        svg.line(frame.x(fit.first), frame.y(fit.at(fit.first)), frame.x(fit.last), frame.y(fit.at(fit.last)),
                 stroke_width=2, **dash, **svg.paint(stroke=name))  # fmt: skip
    for h, r in found:
        lost = rounding is not None and r <= log10(rounding)
        _marker(svg, frame.x(h), frame.y(r), name, faint=lost)


def _marker(svg: Svg, x: float, y: float, name: str, faint: bool = False) -> None:
    """A disc for the claim, a larger open square for the truth: both are seen where they lie on one another."""
    fading = {"opacity": 0.45} if faint else {}
    if name == "yours":
        svg.add("circle", cx=x, cy=y, r=3.6, **fading, **svg.paint(name))
    else:
        svg.add("rect", x=x - 5, y=y - 5, width=10, height=10, stroke_width=1.6, **fading, **svg.paint(stroke=name))


def _slopes(svg: Svg, frame: Frame, fits: list[Fit | None]) -> None:
    """The slopes beside the lines: that of the claim above its line, that of the truth below."""
    mine, exact = fits
    if mine and exact and abs(mine.slope - exact.slope) < 0.1 and abs(mine.height - exact.height) < 0.5:
        _beside(svg, frame, exact, f"both: slope {mine.slope:.2f}", "ink", above=True)
        return
    if mine:
        _beside(svg, frame, mine, f"yours: slope {mine.slope:.2f}", "yours", above=True)
    if exact:
        _beside(svg, frame, exact, f"true: slope {exact.slope:.2f}", "true", above=False)


def _beside(svg: Svg, frame: Frame, fit: Fit, text: str, name: str, above: bool) -> None:
    middle = (fit.first + fit.last) / 2
    x, y = frame.x(middle), frame.y(fit.at(middle))
    wide = 8.4 * len(text)
    x, y = (max(x - 14, LEFT + wide + 8), y - 12) if above else (min(x + 16, WIDTH - RIGHT - wide - 8), y + 18)
    place = {"text_anchor": "end" if above else "start", "font_size": 14, "font_weight": 600}
    if not svg.page:  # a halo of the paper's colour keeps the words clear of the grid
        svg.text(x, y, text, stroke_width=5, stroke_linejoin="round", **place, **svg.paint("paper", "paper"))
    svg.text(x, y, text, **place, **svg.paint(name))


def power(k: int) -> str:
    """10⁻⁸; 1 for 10⁰."""
    return {0: "1", 1: "10"}.get(k) or "10" + str(k).translate(SUPERSCRIPTS)
