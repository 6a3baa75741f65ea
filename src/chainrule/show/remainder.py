"""The remainder of the linear model against the step, on logarithmic axes: slope 2 where a derivative is right, 1 where not.

|f(x + h v) − f(x) − h c| is h²/2 times the second derivative, and more, if c is the derivative along v; otherwise the
error of c is left, times h. Where steps are so small that rounding is all that is left, the points say nothing: that
region is shaded.

Reference: Absil, Mahony & Sepulchre, Optimization Algorithms on Matrix Manifolds (2008), section 4.8, on this check.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log10
from statistics import median
from typing import NamedTuple

import numpy as np

from .axes import Entry, Frame, width_within
from .labels import Place
from .letters import SMALL
from .marks import marker
from .scales import Log
from .strokes import dense
from .svg import Svg

ASPECT = 0.6  # height of the plot in widths, where that is not very wide
ABOVE = 8.0  # times the rounding, from where on a remainder tells the slope
STRAY = 0.2  # decades from its line, beyond which a point is no part of it
FALLING = 4.0  # a remainder falls by as much, when the step is a tenth, until rounding holds it up
SLOPE = 14  # px: letters of the slopes


def remainder_plot(
    steps: Sequence[float],
    yours: Sequence[float],
    true: Sequence[float],
    slope: float | None = None,
    true_slope: float | None = None,
    rounding: float | None = None,
    title: str = "Remainder of the linear model",
    page: bool = False,
    width: float = 660,
) -> Svg:
    """The plot of both remainders, with the slopes fitted to them.

    Parameters
        steps: h, above 0.
        yours, true: |f(x + hv) − f(x) − hc| for the claimed and for the true c; those that are 0 are left out.
        slope, true_slope: fitted slopes; where they are not given, they are fitted here.
        rounding: below which remainders are rounding; where it is not given, it is read off the true remainder.
        title: above the picture.
        page, width: see `Svg`.
    """
    width = width_within(width)
    mine, exact = points(steps, yours), points(steps, true)
    rounding = rounding if rounding is not None else rounding_of(exact)
    fits = [fitted(mine, rounding, slope), fitted(exact, rounding, true_slope)]
    says = described(fits, rounding, bool(mine), bool(exact))
    frame = _frame(mine + exact, rounding, title, _legend(bool(mine), bool(exact)), width)
    svg = Svg(width, frame.height, title, says, page)
    frame.draw_head(svg)
    _rounding(svg, frame, rounding)
    frame.draw_axes(svg)
    _lost(svg, frame, rounding)
    # what is drawn last lies on top: the claim
    for found, fit, name in ((exact, fits[1], "true"), (mine, fits[0], "yours")):
        _series(svg, frame, found, fit, name, rounding)
    for found in (exact, mine):
        frame.room.avoid(np.array([[frame.x(10**h), frame.y(10**r)] for h, r in found]))
    _slopes(svg, frame, fits)
    if not mine and not exact:
        frame.say(svg, "both remainders are exactly zero")
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


def _frame(found: list[tuple[float, float]], rounding: float | None, title: str, legend: list[Entry], width: float) -> Frame:
    across, up = [h for h, _ in found] or [-8.0, 0.0], [r for _, r in found] or [-16.0, 0.0]
    if rounding is not None:
        up = [*up, log10(rounding) - 0.6]
    high = max(up) + 0.6
    low = min(min(up) - 0.5, high - 4)
    power_of = lambda k: 10.0 ** min(max(k, -323.0), 308.0)
    x, y = Log(power_of(min(across) - 0.5), power_of(max(across) + 0.5)), Log(power_of(low), power_of(high))
    return Frame(x, y, title=title, x_label="step h", y_label="|f(x + hv) − f(x) − h c|", legend=legend, width=width,
                 aspect=min(ASPECT, 420 / width))  # fmt: skip


def _legend(has_yours: bool, has_true: bool) -> list[Entry]:
    found = []
    for name, words, there in (("yours", "yours", has_yours), ("true", "true derivative", has_true)):
        found.append(Entry(words + ("" if there else ": exactly zero"), lambda svg, x, y, name=name: _marker(svg, x, y, name), 12))
    return found


def _rounding(svg: Svg, frame: Frame, rounding: float | None) -> None:
    """The region in which remainders are rounding."""
    if rounding is not None:
        level = min(max(frame.y(rounding), frame.top), frame.bottom)
        svg.add("rect", x=frame.left, y=level, width=frame.right - frame.left, height=frame.bottom - level, **svg.paint("ink"), fill_opacity=0.09)


def _lost(svg: Svg, frame: Frame, rounding: float | None) -> None:
    if rounding is not None and frame.bottom - frame.y(rounding) > 18:
        place = frame.room.find("rounding", [Place(frame.right - 8, frame.bottom - 8, "end")], SMALL)
        if place is not None:
            svg.words(place.x, place.y, "rounding", text_anchor="end", font_size=SMALL, font_style="italic", fill_opacity=0.75)


def _series(svg: Svg, frame: Frame, found: list, fit, name: str, rounding: float | None) -> None:
    if fit is not None:
        dash = {} if name == "yours" else {"stroke_dasharray": "7 4"}
        ends = [(frame.x(10**h), frame.y(10 ** fit.at(h))) for h in (fit.first, fit.last)]
        svg.line(*ends[0], *ends[1], stroke_width=2, **dash, **svg.paint(stroke=name))
        frame.room.avoid(dense(np.array(ends)))
    for h, r in found:
        lost = rounding is not None and r <= log10(rounding)
        _marker(svg, frame.x(10**h), frame.y(10**r), name, faint=lost)


def _marker(svg: Svg, x: float, y: float, name: str, faint: bool = False) -> None:
    """A disc for the claim, a larger open square for the truth: both are seen where they lie on one another."""
    if name == "yours":
        marker(svg, "dot", x, y, name, 3.6, faint)
    else:
        marker(svg, "frame", x, y, name, 5, faint)


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
    places = []
    for part in (0.5, 0.62, 0.38, 0.74, 0.26, 0.9, 0.1):
        h = fit.first + part * (fit.last - fit.first)
        x, y = frame.x(10**h), frame.y(10 ** fit.at(h))
        sides = [Place(x - 14, y - 12, "end"), Place(x + 16, y + 18)]
        places += sides if above else sides[::-1]
    place = frame.room.find(text, places, SLOPE, bold=True)
    if place is not None:
        anchor = {"text_anchor": place.anchor} if place.anchor != "start" else {}
        svg.words(place.x, place.y, text, name, halo=True, font_size=SLOPE, font_weight=600, **anchor)
