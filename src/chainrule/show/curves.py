"""Curves over one axis: functions and their derivatives, errors against steps, courses of a descent.

Lines are named at their right ends where the names fit there, and in a legend above otherwise; there each colour has its own
dash as well. Bands, marks and lines across say where something begins, breaks or is reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .axes import LONGEST, NARROW, Entry, Frame, scale_for, width_within
from .labels import Box, Place, around, box_of
from .letters import SMALL, TEXT, text_width
from .marks import DASHES, dashed, marker
from .scales import figure
from .strokes import by_column, clipped, dense, path_data, pieces, thinned
from .svg import Svg

STROKE, FAINT = 2.1, 0.55  # px; opacity of faint curves
MOST_MARKERS = 150  # along a curve; one with more has none
MARKERS_APART = 10.0  # px along a curve: nearer ones would be one thick line
LINE = 15.5  # px between names at the ends of curves
PULL = 22  # px: how far a name may stand above or below its curve's end
TAIL, OUTLIER = 0.05, 15.0  # a range is cut to what lies between these parts of the values if all are as many times farther apart


class Curve(NamedTuple):
    """A line through points; where a number is NaN or infinite, it is broken. Its dash: None for what fits its role, "" for none."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    role: str = "true"
    dash: str | None = None
    marker: bool = False
    faint: bool = False


class Mark(NamedTuple):
    """A point of its own; `kind` is "dot", "ring", "cross", "square", "triangle" or "star"."""

    x: float
    y: float
    label: str = ""
    role: str = "ink"
    kind: str = "dot"


class Band(NamedTuple):
    """A stretch of x that is shaded."""

    low: float
    high: float
    label: str = ""
    role: str = "ink"


def curve_plot(
    curves: Sequence[Curve],
    *,
    title: str,
    description: str | None = None,
    x_label: str = "",
    y_label: str = "",
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    log_x: bool = False,
    log_y: bool = False,
    marks: Sequence[Mark] = (),
    bands: Sequence[Band] = (),
    verticals: Sequence[tuple[float, str]] = (),
    horizontals: Sequence[tuple[float, str]] = (),
    x_ticks: Sequence[float] | None = None,
    equal: bool = False,
    page: bool = False,
    width: float = 660,
    height: float | None = None,
) -> Svg:
    """Curves in one plot.

    Parameters
        curves: with names; those of the same name and look are one entry of the legend, those without a name have none.
        x_range, y_range: what is shown; by default all, and of many values those that are not far beyond the rest.
        log_x, log_y: whether an axis is logarithmic; numbers that have no logarithm are left out.
        marks, bands: points and stretches with their labels.
        verticals, horizontals: (where, label) of lines across the plot.
        x_ticks: where the ticks of a linear horizontal axis stand, such as at multiples of 45°; by default where numbers are round.
        equal: whether a unit is as long on both axes, where one is not more than 6 times as long as the other.
        title, description, page, width: see `Svg`. height: of the whole; by default it follows from the width.
    """
    width = width_within(width)
    plot = Plot(curves, title=title, x_label=x_label, y_label=y_label, x_range=x_range, y_range=y_range, log_x=log_x, log_y=log_y,
                 marks=marks, bands=bands, verticals=verticals, horizontals=horizontals, x_ticks=x_ticks, equal=equal, width=width, height=height)  # fmt: skip
    svg = Svg(width, plot.frame.height, title, description or plot.described(), page)
    plot.draw(svg)
    return svg


class Plot:
    """One plot, laid out; `draw` puts it into a picture."""

    def __init__(self, curves, *, title, x_label="", y_label="", x_range=None, y_range=None, log_x=False, log_y=False, marks=(),
                 bands=(), verticals=(), horizontals=(), x_ticks=None, equal=False, width=660, height=None, origin=(0.0, 0.0), small=False):  # fmt: skip
        self.curves = [c._replace(xs=_numbers(c.xs, log_x), ys=_numbers(c.ys, log_y)) for c in curves]
        self.curves = [c._replace(xs=c.xs[: len(c.ys)], ys=c.ys[: len(c.xs)]) for c in self.curves]
        self.marks, self.bands, self.verticals, self.horizontals = list(marks), list(bands), list(verticals), list(horizontals)
        self.x_label, self.y_label, self.small, self.logs = x_label, y_label, small, (log_x, log_y)
        x = x_range or self._range_of_x(log_x)
        y = y_range or self._range_of_y(x, log_y)
        pointed = any(c.marker for c in self.curves) or bool(self.marks)
        self.scales = (
            scale_for(*x, log_x, 0.0 if x_range or not pointed else 0.025, whole=_counted(self.curves), places=x_ticks),
            scale_for(*y, log_y, 0.0 if y_range else 0.06),
        )
        aspect = None
        if equal and not (log_x or log_y):
            ratio = self.scales[1].span * self.scales[1].unit / (self.scales[0].span * self.scales[0].unit)
            aspect = ratio if 1 / LONGEST <= ratio <= LONGEST else None
        asked = dict(title=title, x_label=x_label, y_label=y_label, width=width, height=height, aspect=aspect, origin=origin, small=small)
        self.ends: dict[int, float] = {}
        self.frame = Frame(*self.scales, **asked)
        named = self._named()
        if len(named) > 1 or (len(named) == 1 and named[0].name != y_label):
            room = self._room_at_ends(named, width)
            if room:
                self.frame = Frame(*self.scales, right=room, **asked)
                self.ends = self._ends(named) or {}
            if not self.ends:
                self.frame = Frame(*self.scales, legend=self._entries(named), **asked)

    # -------------------------------------------------------------- ranges

    def _range_of_x(self, log: bool) -> tuple[float, float]:
        found = [c.xs[np.isfinite(c.xs) & np.isfinite(c.ys)] for c in self.curves]
        extra = [m.x for m in self.marks] + [v for v, _ in self.verticals]
        return _ends_of(found, extra, log)

    def _range_of_y(self, x, log: bool) -> tuple[float, float]:
        found = []
        for c in self.curves:
            shown = np.isfinite(c.ys) & (c.xs >= min(x)) & (c.xs <= max(x))
            found.append(c.ys[shown])
        extra = [m.y for m in self.marks] + [v for v, _ in self.horizontals]
        low, high = _ends_of(found, extra, log)
        many = np.concatenate(found) if found else np.array([])
        if len(many) >= 100 and not log:
            few = [float(v) for v in np.quantile(many, [TAIL, 1 - TAIL])]
            if 0 < few[1] - few[0] < high / OUTLIER - low / OUTLIER:
                room = 0.6 * (few[1] - few[0])
                ends = [few[0] - room, few[1] + room, *[v for v in extra if np.isfinite(v)]]
                low, high = max(low, min(ends)), min(high, max(ends))
        return low, high

    # -------------------------------------------------------------- names

    def _named(self) -> list[Curve]:
        """The curves that need a name, once each."""
        found: dict[tuple, Curve] = {}
        for c in self.curves:
            if c.name:
                found.setdefault((c.name, c.role, c.dash, c.faint), c)
        return list(found.values())

    def _dash(self, c: Curve) -> str | None:
        if c.dash is not None:
            return c.dash
        alone = len({other.role for other in self.curves}) == 1
        return "" if self.ends or alone or c.marker else DASHES.get(c.role, "")

    def _kind(self, c: Curve) -> str:
        """Its markers, told apart by their form."""
        roles = list(dict.fromkeys([other.role for other in self.curves if other.marker]))
        return ("dot", "square", "triangle", "ring", "star", "cross")[roles.index(c.role) % 6]

    def _room_at_ends(self, named: list[Curve], width: float) -> float:
        """How wide the names are, if they can stand at the right ends of all curves."""
        wide = max(text_width(c.name) for c in named) + 12
        if self.small or width < NARROW or wide > 0.26 * width or len(named) > 7 or self._ends(named) is None:
            return 0.0
        return wide

    def _ends(self, named: list[Curve]) -> dict[int, float] | None:
        """The height of each name beside the end of its curve, if all of these are at the right and apart."""
        frame, wanted = self.frame, []
        for k, c in enumerate(named):
            same = [o for o in self.curves if (o.name, o.role) == (c.name, c.role)]
            good = np.flatnonzero(np.isfinite(c.xs) & np.isfinite(c.ys))
            if not len(good) or len(same) > 1:
                return None
            x, y = frame.x(c.xs[good]), frame.y(c.ys[good])
            last = int(np.argmax(np.where(x <= frame.right + 0.5, x, -np.inf)))
            if not frame.within(x[last], y[last]) or x[last] < frame.right - max(0.06 * (frame.right - frame.left), 12):
                return None
            wanted.append((float(y[last]), k))
        wanted.sort()
        places = [y for y, _ in wanted]
        for _ in range(60):  # names push one another apart
            moved = False
            for i in range(len(places) - 1):
                lack = LINE - (places[i + 1] - places[i])
                if lack > 0.01:
                    places[i] -= lack / 2
                    places[i + 1] += lack / 2
                    moved = True
            if not moved:
                break
        over = places[-1] - (frame.bottom - 2) if places else 0
        if over > 0:
            places = [y - over if i == len(places) - 1 else min(y, frame.bottom - 2 - LINE * (len(places) - 1 - i)) for i, y in enumerate(places)]
        if any(abs(at - y) > PULL for at, (y, _) in zip(places, wanted)) or places[0] < frame.top - 4:
            return None
        return {k: at for at, (_, k) in zip(places, wanted)}

    def _entries(self, named: list[Curve]) -> list[Entry]:
        return [Entry(c.name + (": no numbers" if not _any(c) else ""), self._sample(c)) for c in named]

    def _sample(self, c: Curve):
        def sample(svg: Svg, x: float, y: float) -> None:
            fading = {"stroke_opacity": FAINT} if c.faint else {}
            svg.line(x - 13, y, x + 13, y, stroke_width=STROKE, **dashed(self._dash(c)), **fading, **svg.paint(stroke=c.role))
            if c.marker:
                marker(svg, self._kind(c), x, y, c.role, 3.6, faint=c.faint)

        return sample

    # -------------------------------------------------------------- drawing

    def draw(self, svg: Svg) -> None:
        frame = self.frame
        frame.draw_head(svg)
        clip = frame.clip(svg)
        with svg.group(**clip):
            for band in self.bands:
                self._band(svg, band)
        frame.draw_axes(svg)
        for where, _ in self.verticals:
            self._across(svg, frame.x(where), None)
        for where, _ in self.horizontals:
            self._across(svg, None, frame.y(where))
        with svg.group(**clip):
            for c in sorted(self.curves, key=lambda c: not c.faint):
                self._curve(svg, c)
        for mark in self.marks:
            x, y = frame.x(mark.x), frame.y(mark.y)
            if frame.within(x, y, 3):
                marker(svg, mark.kind, x, y, mark.role, 4.4)
                frame.room.take(Box(x - 4, y - 4, x + 4, y + 4))
        if not any(_any(c) for c in self.curves) and not self.marks:
            frame.say(svg, "there are no finite numbers to draw")
        self._labels(svg)
        for k, c in enumerate(self._named()):
            if k in self.ends:
                svg.words(frame.right + 8, self.ends[k] + 4.5, c.name, c.role)

    def _curve(self, svg: Svg, c: Curve) -> None:
        frame = self.frame
        x, y = frame.x(c.xs), frame.y(c.ys)
        parts = [by_column(p, int(frame.right - frame.left)) for p in pieces(x, y)]
        fading = {"stroke_opacity": FAINT} if c.faint else {}
        style = {"stroke_width": STROKE if not c.faint else 1.5, "stroke_linejoin": "round", **dashed(self._dash(c)), **fading}
        data = []
        for part in parts:
            for line in clipped(part, frame.box):
                if len(line) > 1:
                    data.append(path_data(thinned(line)))
                    frame.room.avoid(dense(line))
        if data:
            svg.path("".join(data), **style, **svg.paint(stroke=c.role))
        alone = [part[0] for part in parts if len(part) == 1]  # a point between gaps is no line, and would not be seen
        if c.marker:
            marked = _apart([p for part in parts for p in part])
            alone = marked if len(marked) <= MOST_MARKERS else alone
        for px, py in alone[:MOST_MARKERS]:
            if frame.within(px, py, 4):
                marker(svg, self._kind(c) if c.marker else "dot", px, py, c.role, 3.6, faint=c.faint)
        if alone:
            frame.room.avoid(np.array(alone))

    def _band(self, svg: Svg, band: Band) -> None:
        frame = self.frame
        low, high = sorted([_within(frame.x(v), frame.left, frame.right) for v in (band.low, band.high)])
        if high - low > 0.3:
            svg.add("rect", x=low, y=frame.top, width=high - low, height=frame.bottom - frame.top, fill_opacity=0.1, **svg.paint(band.role))
            with svg.group(stroke_width=1, stroke_opacity=0.45, stroke_dasharray="2 3", **svg.paint(stroke=band.role)):
                for x in (low, high):
                    if frame.left + 1 < x < frame.right - 1:
                        svg.line(x, frame.top, x, frame.bottom)

    def _across(self, svg: Svg, x: float | None, y: float | None) -> None:
        """A line across the plot, where it is within."""
        frame = self.frame
        style = {"stroke_width": 1.2, "stroke_opacity": 0.6, "stroke_dasharray": "4 3", **svg.paint(stroke="ink")}
        if x is not None and frame.within(x, frame.top):
            svg.line(x, frame.top, x, frame.bottom, **style)
            frame.room.avoid(dense(np.array([[x, frame.top], [x, frame.bottom]])))
        if y is not None and frame.within(frame.left, y):
            svg.line(frame.left, y, frame.right, y, **style)
            frame.room.avoid(dense(np.array([[frame.left, y], [frame.right, y]])))

    def _labels(self, svg: Svg) -> None:
        """Names of marks, then of lines across, then of bands, each where there is room."""
        frame = self.frame
        room = frame.room
        for mark in self.marks:
            x, y = frame.x(mark.x), frame.y(mark.y)
            if mark.label and frame.within(x, y, 3):
                self._put(svg, mark.label, around(x, y, TEXT), mark.role, TEXT)
        levels = [frame.top + 14 + 15 * k for k in range(max(1, int((frame.bottom - frame.top) // 15) - 1))]
        for where, label in self.verticals:
            x = frame.x(where)
            if label and frame.within(x, frame.top):
                self._put(svg, label, [Place(x + s * 5, y, a) for y in levels for s, a in ((1, "start"), (-1, "end"))], "ink", SMALL)
        for where, label in self.horizontals:
            y = frame.y(where)
            if label and frame.within(frame.left, y):
                steps = np.linspace(0, 1, 7)
                spots = [Place(frame.right - 6 - s * 0.8 * (frame.right - frame.left), y + d, "end") for s in steps for d in (-5, 14)]
                self._put(svg, label, spots, "ink", SMALL)
        for band in self.bands:
            low, high = sorted([_within(frame.x(v), frame.left, frame.right) for v in (band.low, band.high)])
            if band.label and high - low > 0.3:
                wide = text_width(band.label, SMALL)
                middle = min(max((low + high) / 2, room.limits.left + wide / 2 + 1), room.limits.right - wide / 2 - 1)
                self._put(svg, band.label, [Place(middle, y, "middle") for y in (*levels, frame.bottom - 8)], band.role, SMALL, slant=True)

    def _put(self, svg: Svg, label: str, places: list[Place], role: str, size: float, slant: bool = False) -> None:
        place = self.frame.room.find(label, places, size)
        if place is None:
            return
        crossed = self.frame.room.cost(box_of(label, place, size)._replace()) > 0
        more = {"font_style": "italic"} if slant else {}
        anchor = {"text_anchor": place.anchor} if place.anchor != "start" else {}
        svg.words(place.x, place.y, label, role, halo=crossed, font_size=size, **anchor, **more)

    def described(self) -> str:
        """What a person who does not see it should know."""
        axes = [" with logarithmic axes", " with a logarithmic horizontal axis", " with a logarithmic vertical axis", ""]
        kind = axes[{(True, True): 0, (True, False): 1, (False, True): 2}.get(self.logs, 3)]
        of = f" of {self.y_label}" if self.y_label else ""
        parts = [f"A plot{kind}{of}{f' against {self.x_label}' if self.x_label else ''}."]
        if not self.curves and not self.marks:
            parts.append("There is nothing to draw.")
        for c in self.curves[:12]:
            good = np.flatnonzero(np.isfinite(c.xs) & np.isfinite(c.ys))
            name = c.name or "A line"
            if not len(good):
                parts.append(f"{name}: no finite numbers.")
            elif len(good) == 1:
                parts.append(f"{name}: one point, {figure(c.ys[good[0]])} at {figure(c.xs[good[0]])}.")
            else:
                first, last, ys = good[0], good[-1], c.ys[good]
                parts.append(f"{name}: from {figure(c.ys[first])} at {figure(c.xs[first])} to {figure(c.ys[last])} at {figure(c.xs[last])}, "
                             f"between {figure(ys.min())} and {figure(ys.max())}.")  # fmt: skip
        if len(self.curves) > 12:
            parts.append(f"And {len(self.curves) - 12} more lines.")
        parts += [f"{m.label} at ({figure(m.x)}, {figure(m.y)})." for m in self.marks if m.label]
        parts += [f"{b.label}: from {figure(b.low)} to {figure(b.high)}." for b in self.bands if b.label]
        parts += [f"{label} at {figure(v)}." for v, label in (*self.verticals, *self.horizontals) if label]
        return " ".join(parts)


def _numbers(values, log: bool) -> np.ndarray:
    found = np.asarray(values, dtype=float).ravel()
    return np.where(found > 0, found, np.nan) if log else found


def _counted(curves) -> bool:
    """Whether the numbers across count something: iterations, layers."""
    found = [c.xs[np.isfinite(c.xs)] for c in curves]
    return any(map(len, found)) and all(bool(np.all(xs == np.rint(xs))) and len(xs) > 2 for xs in found if len(xs))


def _any(c: Curve) -> bool:
    return bool(np.any(np.isfinite(c.xs) & np.isfinite(c.ys)))


def _apart(points: list) -> list:
    """Every k-th point, so that markers do not touch; always the last."""
    if len(points) < 3:
        return points
    steps = np.hypot(*np.diff(np.array(points), axis=0).T)
    every = max(1, int(np.ceil(MARKERS_APART / max(float(np.median(steps)), 1e-3))))
    kept = points[::every]
    return kept if kept[-1] is points[-1] or every > 1 else [*kept, points[-1]]


def _within(v: float, low: float, high: float) -> float:
    return low if v != v else min(max(v, low), high)


def _ends_of(found: list[np.ndarray], extra: list[float], log: bool) -> tuple[float, float]:
    """The least and the largest finite number, or 0 and 1 (1 and 10) where there is none."""
    extra = [float(v) for v in extra if np.isfinite(v) and (v > 0 or not log)]
    ends = [float(f(x)) for x in found if len(x) for f in (np.min, np.max)] + extra
    return (min(ends), max(ends)) if ends else ((1.0, 10.0) if log else (0.0, 1.0))
