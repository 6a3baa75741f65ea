"""Bars with names: norms of gradients by layer, bytes, costs. Each is said in numbers as well.

On a logarithmic axis bars begin at the power of ten below the least number; what is zero, or no number, has no bar and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, log10
from typing import NamedTuple

from .axes import AXIS, GRID, TICK_LINE, Frame, scale_for, width_within
from .letters import SMALL, shortened, text_width
from .marks import marker
from .scales import Linear, Log, figure
from .svg import Svg

ROW, THICK = 24, 14  # px: from bar to bar, and of a bar
STACKED, THIN = 38, 11  # px: likewise where names stand above the bars
LEAST_BARS = 0.36  # of the width, which the bars need beside their names and notes
MOST_BARS = 40
FULL = 0.85  # opacity of a bar


class Bar(NamedTuple):
    """A number with its name on the left and, if there is more to say than the number, a note on the right."""

    name: str
    value: float
    note: str = ""
    role: str = "true"


def bar_plot(
    bars: Sequence[Bar],
    *,
    title: str,
    description: str | None = None,
    axis: str = "",
    log: bool = False,
    marks: Sequence[tuple[float, str]] = (),
    page: bool = False,
    width: float = 660,
) -> Svg:
    """Horizontal bars below one another.

    Parameters
        bars: from above to below. Bars of role "yours" are striped, so that they stand out without their colour. Of more
            than 40 the first and last are drawn, with those of other roles than most between.
        axis: what is measured, with its unit.
        log: whether the axis is logarithmic; it then shows sizes, and a bar of a negative number says so.
        marks: (value, label) of lines across all bars, such as a limit.
        title, description, page, width: see `Svg`.
    """
    width = width_within(width)
    bars = [b._replace(value=float(b.value)) for b in bars]
    rows, left_out = _chosen(bars)
    plot = _Bars(rows, left_out, title, axis, log, [(float(v), label) for v, label in marks], width)
    svg = Svg(width, plot.height, title, description or _described(bars, axis, log, marks), page)
    plot.draw(svg)
    return svg


def _chosen(bars: list[Bar]) -> tuple[list[Bar | None], int]:
    """At most `MOST_BARS`, with None where some are left out; and how many are."""
    if len(bars) <= MOST_BARS:
        return list(bars), 0
    roles = [b.role for b in bars]
    usual = max(dict.fromkeys(roles), key=roles.count)
    striking = [k for k, r in enumerate(roles) if r != usual][: MOST_BARS // 3]
    ends = (MOST_BARS - len(striking)) // 2
    kept = sorted({*range(ends), *range(len(bars) - ends, len(bars)), *striking})
    found: list[Bar | None] = []
    for before, k in zip([-1, *kept], kept):
        found += [None] * (k > before + 1) + [bars[k]]
    return found, len(bars) - len(kept)


class _Bars:
    def __init__(self, rows, left_out, title, axis, log, marks, width):
        self.rows, self.left_out, self.axis, self.log, self.marks = rows, left_out, axis, log, marks
        found = [abs(b.value) if log else b.value for b in rows if b and isfinite(b.value) and (b.value or not log)]
        found += [v for v, _ in marks if isfinite(v) and (v > 0 or not log)]
        self.any = bool(found)
        self.scale = _scale(found, log)
        self.head = Frame(scale_for(0, 1, False), scale_for(0, 1, False), title=title, width=width, height=0)
        pad = self.head.pad
        wide = width - 2 * pad
        self.width, self.pad = width, pad
        self.names = max([text_width(b.name, bold=b.role == "yours") for b in rows if b], default=0)
        self.notes = max([text_width(self._said(b), SMALL) for b in rows if b], default=0)
        # names and notes stand above their bars where there is no room for them beside
        self.stacked = wide - self.names - self.notes - 20 < LEAST_BARS * wide
        self.row = STACKED if self.stacked else ROW
        self.left = pad + (6 if self.stacked else self.names + 10)
        self.right = width - pad - (6 if self.stacked else self.notes + 10)
        # labels of lines across stand above the bars, in as many lines as they need
        self.above = self._above(width)
        self.top = self.head.legend_top + 10 + 17 * len(self.above)
        self.bottom = self.top + self.row * max(len(rows), 1) + 4
        self.ticks, self.common = self._ticks()
        words = " ".join([w for w in (axis, f"({self.common})" if self.common else "") if w])
        self.words = words
        self.height = self.bottom + TICK_LINE + (20 if words else 0) + (20 if left_out else 0) + 8

    def _said(self, b: Bar) -> str:
        if b.note:
            return b.note
        return "0" if b.value == 0 else figure(b.value)

    def _ticks(self):
        across = self.right - self.left
        for count in range(max(2, int(across // 64)), 0, -1):
            ticks, common = self.scale.ticks(count)
            named = [t for t in ticks if t.label]
            ends = [(self.x(t.value), text_width(t.label, SMALL) / 2) for t in named]
            if all(b - a > wide + other + 6 for (a, wide), (b, other) in zip(ends, ends[1:])):
                break
        else:
            named = named[:1]
        return named, common

    def _above(self, width) -> list[list[tuple[float, str]]]:
        """The labels of lines across, in rows without overlaps: (middle, text)."""
        rows: list[list] = []
        for value, label in sorted(self.marks, key=lambda m: m[0] if m[0] == m[0] else 0):
            x = self.x(value)
            if not label or not self.left - 1 <= x <= self.right + 1:
                continue
            label = shortened(label, width - 2 * self.pad, SMALL)
            wide = text_width(label, SMALL) / 2
            x = min(max(x, self.pad + wide), width - self.pad - wide)
            for row in rows:
                if all(abs(x - other) > wide + text_width(text, SMALL) / 2 + 8 for other, text in row):
                    row.append((x, label))
                    break
            else:
                rows.append([(x, label)])
        return rows

    def x(self, value: float) -> float:
        return self.left + float(self.scale.at(value)) * (self.right - self.left)

    # -------------------------------------------------------------- drawing

    def draw(self, svg: Svg) -> None:
        self.head.draw_head(svg)
        zero = self.left if self.log else self.x(min(max(0.0, self.scale.low), self.scale.high))
        with svg.group(stroke_width=1, stroke_opacity=GRID, **svg.paint(stroke="ink")):
            for t in self.ticks:
                for low, high in self._stretches():
                    svg.line(self.x(t.value), low, self.x(t.value), high)
        patterns = {role: svg.hatch(role) for role in dict.fromkeys([b.role for b in self.rows if b]) if role == "yours"}
        for k, bar in enumerate(self.rows):
            self._row(svg, bar, self.top + 2 + self.row * k, zero, patterns)
        with svg.group(stroke_width=1.2, stroke_opacity=AXIS, **svg.paint(stroke="ink")):
            for low, high in self._stretches():
                svg.line(zero, low, zero, high)
        for value, label in self.marks:
            x = self.x(value)
            if self.left - 1 <= x <= self.right + 1:
                dash = {} if self.stacked else {"stroke_dasharray": "5 3"}
                for low, high in self._stretches():
                    svg.line(x, low, x, high, stroke_width=1.4, **dash, **svg.paint(stroke="ink"))
        for k, row in enumerate(reversed(self.above)):
            for x, text in row:
                svg.words(x, self.top - 7 - 17 * k, text, font_size=SMALL, text_anchor="middle")
        if self.any:
            with svg.group(font_size=SMALL, text_anchor="middle", **svg.paint("ink")):
                for t in self.ticks:
                    svg.text(self.x(t.value), self.bottom + 16, t.label)
        at = self.bottom + TICK_LINE
        if self.words:
            text = shortened(self.words, self.width - 2 * self.pad)
            wide = text_width(text) / 2
            middle = min(max((self.left + self.right) / 2, self.pad + wide), self.width - self.pad - wide)
            svg.words(middle, at + 15, text, text_anchor="middle")
            at += 20
        if self.left_out:
            svg.words(self.pad, at + 15, f"{self.left_out} more bars are not drawn", font_size=SMALL, font_style="italic")
        if not self.rows:
            svg.words((self.left + self.right) / 2, self.top + ROW / 2 + 6, "there is nothing to draw", text_anchor="middle", font_style="italic")

    def _stretches(self) -> list[tuple[float, float]]:
        """Where lines across the bars are drawn: not through names that stand above the bars."""
        if not self.stacked:
            return [(self.top, self.bottom)]
        return [(self.top + self.row * k + 18, self.top + self.row * k + 18 + THIN + 6) for k in range(len(self.rows))]

    def _row(self, svg: Svg, bar: Bar | None, top: float, zero: float, patterns: dict) -> None:
        """A bar with its name and its note, in the row that begins at `top`."""
        if bar is None:
            svg.words(self.left if self.stacked else self.left - 10, top + self.row / 2 + 5, "⋮", text_anchor="start" if self.stacked else "end")
            return
        weight = {"font_weight": 600} if bar.role == "yours" else {}
        said = self._said(bar)
        if self.stacked:
            room = self.width - 2 * self.pad - 6
            note = shortened(said, max(0.62 * room, room - text_width(bar.name, bold=bool(weight)) - 12), SMALL)
            name = shortened(bar.name, room - text_width(note, SMALL) - 12, bold=bool(weight))
            svg.words(self.left, top + 13, name, **weight)
            svg.words(self.width - self.pad, top + 13, note, font_size=SMALL, text_anchor="end")
            y = top + 19 + THIN / 2
        else:
            y = top + self.row / 2
            svg.words(self.left - 10, y + 4.5, bar.name, text_anchor="end", **weight)
            svg.words(self.right + 10, y + 4, said, font_size=SMALL)
        thick = THIN if self.stacked else THICK
        if not isfinite(bar.value):
            marker(svg, "cross", zero + 8, y, bar.role)
        elif bar.value:
            x = self.x(abs(bar.value) if self.log else bar.value)
            x = min(max(x, self.left), self.right)
            low, high = min(x, zero), max(x, zero)
            area = dict(x=low, y=y - thick / 2, width=max(high - low, 1.5), height=thick)
            if bar.role in patterns:
                svg.add("rect", **area, fill_opacity=0.25, **svg.paint(bar.role))
                svg.add("rect", **area, **patterns[bar.role])
                svg.add("rect", **area, stroke_width=1.3, **svg.paint(stroke=bar.role))
            else:
                svg.add("rect", **area, fill_opacity=FULL, **svg.paint(bar.role))


def _scale(found: list[float], log: bool) -> Linear | Log:
    if log:
        low, high = (min(found), max(found)) if found else (1.0, 10.0)
        start = floor(log10(low) - 1e-9)
        return Log(10.0 ** max(start, -323), max(high, 10.0 ** min(start + 1, 308)))
    low, high = min([0.0, *found]), max([0.0, *found])
    return Linear(low, high if high > low else low + 1.0)


def _described(bars: list[Bar], axis: str, log: bool, marks) -> str:
    parts = [f"Bars{' on a logarithmic axis' if log else ''}{f' of {axis}' if axis else ''}, from above:"]
    told = [f"{b.name} {figure(b.value)}{f' ({b.note})' if b.note not in ('', figure(b.value)) else ''}" for b in bars[:MOST_BARS]]
    parts.append("; ".join(told) + ("." if len(bars) <= MOST_BARS else f"; and {len(bars) - MOST_BARS} more."))
    parts += [f"A line at {figure(float(v))}: {label}." for v, label in marks if label]
    return " ".join(parts) if bars else "There is nothing to draw."
