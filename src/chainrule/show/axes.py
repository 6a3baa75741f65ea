"""The frame of a plot: title, legend, axes with their ticks and names, and where in the picture a point stands.

Letters keep their size at any width; a narrow picture has fewer ticks, its title and legend take more lines, and its height
follows. The name of the vertical axis stands above it, where it can be read without turning the head.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np

from .labels import Box, Place, Room, box_of
from .letters import SMALL, TEXT, TITLE, balanced, shortened, text_width, wrapped
from .scales import Chosen, Linear, Log, Tick, Whole
from .svg import Svg

LEAST_WIDTH, MOST_WIDTH = 300, 2000  # px
NARROW = 480  # px: below, there is less of everything
TITLE_LINE, LEGEND_LINE, TICK_LINE = 21, 21, 20  # px
SAMPLE = 26  # px: of a line in the legend
LABELS_APART = 14  # px between labels of the vertical axis
LONGEST = 6.0  # times the shorter side: beyond, a plot with equal units would be a line
MOST_COMMON = 64  # px: what all labels of the vertical axis share stands beside its name where it is no wider
APART = 18  # px: between entries of a legend
FLATTEST, LOWEST, HIGHEST = 0.58, 190, 430  # height of the plot in widths; at least and at most, in px
TALLEST = 620  # px: of a plot whose form is given
GRID, AXIS, ZERO = 0.13, 0.65, 0.4  # opacity of the lines


class Entry(NamedTuple):
    """A line of the legend; `sample` draws what it stands for, around a pixel."""

    name: str
    sample: Callable[[Svg, float, float], None]
    wide: float = SAMPLE


def width_within(width: float) -> float:
    """The width, or the nearest one that can be drawn."""
    return min(max(width, LEAST_WIDTH), MOST_WIDTH)


def scale_for(low: float, high: float, log: bool, room: float = 0.0, whole: bool = False, places: Sequence[float] | None = None) -> Linear | Log:
    """The scale from low to high, with room on both sides, in parts of the range; `whole` for numbers that count something,
    `places` of ticks where they are chosen.
    """
    if log:
        scale = Log(low, high)
        return Log(10 ** max(scale.start - room * scale.span, -323), 10 ** min(scale.start + (1 + room) * scale.span, 308))
    scale = Linear(low, high)
    start, end = scale.start - room * scale.span, scale.start + (1 + room) * scale.span
    bounded = lambda v: max(min(v * scale.unit, 1.7e308), -1.7e308)
    found = (Chosen if places else Whole if whole else Linear)(bounded(start), bounded(end))
    if places:
        found.places = sorted(places)
    return found


class Frame:
    """Where everything stands.

    Parameters
        x, y: the scales of the axes.
        title, x_label, y_label: words; "" for none.
        legend: what its entries are.
        width: of the whole, in pixels, margins included.
        height: of the whole; by default it follows from the width. aspect: height of the plot in widths, instead.
        right: room at the right of the plot, for labels.
        origin: the upper left corner in the picture.
        small: whether it is one of several in a picture, with a smaller title.

    Attributes
        left, top, right, bottom: of the plot. height: of the whole. room: for labels inside of the plot.
    """

    def __init__(self, x, y, *, title: str, x_label: str = "", y_label: str = "", legend: Sequence[Entry] = (), width: float = 660,
                 height: float | None = None, aspect: float | None = None, right: float = 0.0,
                 origin: tuple[float, float] = (0.0, 0.0), small: bool = False):  # fmt: skip
        self.x_scale, self.y_scale, self.title, self.x_label, self.y_label = x, y, title, x_label, y_label
        self.width, self.small = width, small
        self.x0, self.y0 = origin
        self.pad = 6 if small else 12 if width < NARROW else 16
        self.title_size = TEXT + 1 if small else TITLE
        self.title_lines = balanced(title, width - 2 * self.pad, self.title_size, bold=True)
        self.title_line = 18 if small else TITLE_LINE
        self.legend = self._rows_of(legend)
        top = (4 if small else 8) + len(self.title_lines) * self.title_line + len(self.legend) * LEGEND_LINE + (8 if self.legend else 0)
        self.legend_top = top - len(self.legend) * LEGEND_LINE - (6 if self.legend else 0)
        self.x_ticks, self.x_common = x.ticks(5)
        self.y_ticks, self.y_common = y.ticks(5)
        for last in (False, False, True):  # margins follow from the ticks, and ticks from the room between margins
            above = 25 if y_label or self.y_common else 12
            names = max([text_width(t.label, SMALL) for t in self.y_ticks], default=0)
            below = TICK_LINE + (20 if x_label or self.x_common else 0) + (4 if small else 10)
            common = text_width(self.y_common, SMALL) + 6 if self.y_common else 0
            self.apart = common <= MOST_COMMON
            left = max(names + 9, common if self.apart else 0) + self.pad
            rightmost = max([text_width(t.label, SMALL) / 2 for t in self.x_ticks[-1:]], default=0)
            right_margin = max(self.pad, 0 if right else rightmost) + right
            across = max(width - left - right_margin, 60)
            if aspect is not None:
                tall = aspect * across
                if tall > (most := min(max(1.05 * width - top - 60, 240), TALLEST)):
                    across, tall = most / aspect, most
            elif height is not None:
                tall = max(height - top - above - below, 60)
            else:
                tall = min(max(FLATTEST * across, 130 if small else LOWEST), HIGHEST)
            self.x_ticks, self.x_common = x.ticks(max(2, int(across // (74 if x.logarithmic else 70))))
            self._spaced(across)
            if not last:
                self.y_ticks, self.y_common = y.ticks(max(2, min(int(tall // 48), 9)))
        # the ticks of the last round decide what stands below; the place of the plot does not depend on it
        below = TICK_LINE + (20 if x_label or self.x_common else 0) + (4 if small else 10)
        self._layered(tall)
        spare = width - left - right_margin - across
        self.left = self.x0 + left + (spare / 2 if spare > 1 else 0)
        self.right = self.left + across
        self.top = self.y0 + top + above
        self.bottom = self.top + tall
        self.height = top + above + tall + below
        self.room = Room(self.left + 3, self.top + 3, self.right - 3, self.bottom - 3)

    # -------------------------------------------------------------- layout

    def _rows_of(self, entries: Sequence[Entry]) -> list[list[tuple[Entry, float, str]]]:
        """The legend's lines: (entry, where it starts, its words)."""
        rows: list[list] = []
        room = self.width - 2 * self.pad
        at = room + 1
        for entry in entries:
            name = shortened(entry.name, room - entry.wide - 8)
            wide = entry.wide + 7 + text_width(name)
            if at + wide > room:
                rows.append([])
                at = 0.0
            rows[-1].append((entry, at, name))
            at += wide + APART
        return rows

    def _spaced(self, across: float) -> None:
        """Drops labels of the horizontal axis that would touch one another."""
        named = [t for t in self.x_ticks if t.label]
        for every in range(1, len(named) + 1):
            kept = named[::every]
            ends = [(float(self.x_scale.at(t.value)) * across, text_width(t.label, SMALL) / 2) for t in kept]
            if all(b - a > wide + other + 7 for (a, wide), (b, other) in zip(ends, ends[1:])):
                break
        else:
            kept = named[:1]
        dropped = [t for t in named if t not in kept]
        self.x_ticks = [Tick(t.value) if t in dropped else t for t in self.x_ticks]

    def _layered(self, tall: float) -> None:
        """Drops labels of the vertical axis that would touch one another."""
        last, kept = None, []
        for t in sorted(self.y_ticks, key=lambda t: t.value):
            at = float(self.y_scale.at(t.value)) * tall
            if t.label and last is not None and at - last < LABELS_APART:
                t = Tick(t.value)
            last = at if t.label else last
            kept.append(t)
        self.y_ticks = kept

    # -------------------------------------------------------------- places

    def x(self, values):
        """Pixels across; for one number a number."""
        with np.errstate(over="ignore", invalid="ignore"):  # what is far beyond is not drawn
            found = self.left + self.x_scale.at(values) * (self.right - self.left)
        return float(found) if np.ndim(found) == 0 else found

    def y(self, values):
        with np.errstate(over="ignore", invalid="ignore"):
            found = self.bottom - self.y_scale.at(values) * (self.bottom - self.top)
        return float(found) if np.ndim(found) == 0 else found

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.right, self.bottom)

    def within(self, x: float, y: float, slack: float = 0.5) -> bool:
        """Whether a pixel lies in the plot."""
        return (
            isfinite(x) and isfinite(y)
            and self.left - slack <= x <= self.right + slack and self.top - slack <= y <= self.bottom + slack
        )  # fmt: skip

    def clip(self, svg: Svg) -> dict[str, str]:
        return svg.clip(self.left, self.top, self.right - self.left, self.bottom - self.top)

    # -------------------------------------------------------------- drawing

    def draw_head(self, svg: Svg) -> None:
        """Title and legend."""
        y = self.y0 + (4 if self.small else 8) + 0.8 * self.title_line
        for line in self.title_lines:
            svg.words(self.x0 + self.pad, y, line, font_size=self.title_size, font_weight=600)
            y += self.title_line
        y = self.y0 + self.legend_top + 0.5 * LEGEND_LINE + 2
        for row in self.legend:
            for entry, at, name in row:
                x = self.x0 + self.pad + at
                entry.sample(svg, x + entry.wide / 2, y)
                svg.words(x + entry.wide + 7, y + 4.5, name)
            y += LEGEND_LINE

    def draw_axes(self, svg: Svg, grid: bool = True, boxed: bool = False, zeros: bool = True) -> None:
        """Grid, lines, ticks and the names of the axes."""
        left, top, right, bottom = self.box
        if grid:
            with svg.group(stroke_width=1, stroke_opacity=GRID, **svg.paint(stroke="ink")):
                for t in self.x_ticks:
                    if t.label:
                        svg.line(self.x(t.value), top, self.x(t.value), bottom)
                for t in self.y_ticks:
                    if t.label:
                        svg.line(left, self.y(t.value), right, self.y(t.value))
        if zeros:
            self._zeros(svg)
        with svg.group(stroke_width=1.2, stroke_opacity=AXIS, **svg.paint(stroke="ink")):
            if boxed:
                svg.add("rect", x=left, y=top, width=right - left, height=bottom - top, fill="none")
            else:
                svg.line(left, bottom, right, bottom)
                svg.line(left, top, left, bottom)
            for t in self.x_ticks:
                svg.line(self.x(t.value), bottom, self.x(t.value), bottom + (5 if t.label else 3))
            for t in self.y_ticks:
                svg.line(left - (5 if t.label else 3), self.y(t.value), left, self.y(t.value))
        with svg.group(font_size=SMALL, **svg.paint("ink")):
            for t in self.x_ticks:
                if t.label:
                    svg.text(self.x(t.value), bottom + 18, t.label, text_anchor="middle")
            for t in self.y_ticks:
                if t.label:
                    svg.text(left - 8, self.y(t.value) + 4.2, t.label, text_anchor="end")
            if self.y_common and self.apart:
                svg.text(left - 6, top - 9, self.y_common, text_anchor="end")
            if self.x_common:
                svg.text(right, bottom + TICK_LINE + 16, self.x_common, text_anchor="end")
        label = self.y_label if self.apart or not self.y_common else f"{self.y_label}  ({self.y_common})".strip()
        if label:
            svg.words(left, top - 9, shortened(label, self.x0 + self.width - self.pad - left))
        if self.x_label:
            taken = text_width(self.x_common, SMALL) + 8 if self.x_common else 0
            middle, wide = (left + right) / 2, text_width(self.x_label)
            room = self.width - 2 * self.pad - taken
            name = shortened(self.x_label, room)
            wide = text_width(name)
            rightmost = (right if taken else self.x0 + self.width - self.pad) - taken - wide / 2
            middle = max(min(middle, rightmost), self.x0 + self.pad + wide / 2)
            svg.words(middle, bottom + TICK_LINE + 16, name, text_anchor="middle")

    def _zeros(self, svg: Svg) -> None:
        """The lines x = 0 and y = 0, where they are within."""
        left, top, right, bottom = self.box
        with svg.group(stroke_width=1, stroke_opacity=ZERO, **svg.paint(stroke="ink")):
            for scale, across in ((self.x_scale, True), (self.y_scale, False)):
                if not isinstance(scale, Log) and scale.low < 0 < scale.high:
                    if across and self.x(0.0) - left > 0.04 * (right - left):
                        svg.line(self.x(0.0), top, self.x(0.0), bottom)
                    elif not across and bottom - self.y(0.0) > 0.04 * (bottom - top):
                        svg.line(left, self.y(0.0), right, self.y(0.0))

    def say(self, svg: Svg, text: str) -> None:
        """A sentence in the middle of the plot: why there is nothing else."""
        room = self.right - self.left - 16
        y = (self.top + self.bottom) / 2
        for line in wrapped(text, room, TEXT, most=3):
            place = Place((self.left + self.right) / 2, y, "middle")
            self.room.take(box_of(line, place, TEXT))
            svg.words(place.x, y, line, halo=True, text_anchor="middle", font_style="italic")
            y += 18
