"""Level sets of a function of two variables, with arrows, marks and the paths of optimizers over them.

Areas between levels are tinted the more, the larger the function; lines carry their level where it fits. Where the function
has no value the plane is blank.

Level sets are found by contourpy (marching squares: on each edge of the grid between linearly interpolated values).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, degrees
from typing import NamedTuple

import numpy as np

from ..core.errors import BackendError
from .axes import LONGEST, Entry, Frame, width_within
from .curves import Mark
from .labels import Box, around
from .letters import TEXT, text_width
from .levels import grid_of, levels_of, refined
from .marks import DASHES, arrow, dashed, marker
from .scales import Linear, figure
from .strokes import FLAT, clipped, dense, path_data, pieces, thinned
from .svg import Svg, spread

LINE, LINE_OPACITY = 0.9, 0.5
ON_PAGE = 0.75  # of the density of areas in a page, where lines over them have colours that suit any paper
STEPS_APART = 7.0  # px: points of a path nearer than this have one marker
MOST_POINTS = 5000  # of all level lines together: a file of about 100 kB
ROUGHEST = 0.45  # px: how far a line may be off where there are more
STRAIGHT = 0.35  # radians: how much a line may turn below its label
HIDDEN = 6  # px of a gap in a line around its label


class Path(NamedTuple):
    """The points that an optimizer visited, in order."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    role: str = "true"
    kind: str = "dot"  # of its marks; "none" for a line alone
    dash: str | None = None


class Arrow(NamedTuple):
    """From (x, y) to (x + dx, y + dy), in units of the axes."""

    x: float
    y: float
    dx: float
    dy: float
    label: str = ""
    role: str = "ink"


def contour_plot(
    xs: Sequence[float],
    ys: Sequence[float],
    values,
    *,
    title: str,
    description: str | None = None,
    x_label: str = "x",
    y_label: str = "y",
    levels: Sequence[float] | int | None = None,
    arrows: Sequence[Arrow] = (),
    paths: Sequence[Path] = (),
    marks: Sequence[Mark] = (),
    equal: bool = False,
    page: bool = False,
    width: float = 660,
) -> Svg:
    """The level sets of a function.

    Parameters
        xs, ys: growing; values: f at them, of shape (len(ys), len(xs)). NaN and infinite ones are left blank.
        levels: values of f, or how many; by default about 10 that show its form.
        arrows, paths, marks: in units of the axes, drawn over the level sets in this order.
        equal: whether a unit is as long on both axes, so that a gradient is perpendicular to the level sets. It is so
            anyway where there are arrows or paths and the ranges differ by a factor of 3 at most, and never by more than 6.
        title, description, page, width: see `Svg`.

    Raises
        BackendError: contourpy is not installed.
        ValueError: the shapes do not fit.
    """
    width = width_within(width)
    xs, ys, z = grid_of(xs, ys, values)
    found = levels_of(z, levels)
    xs, ys, z = refined(xs, ys, z)
    x, y = _range(xs), _range(ys)
    ratio = (y.span * y.unit) / (x.span * x.unit)
    equal = (equal and 1 / LONGEST <= ratio <= LONGEST) or (bool(arrows or paths) and 1 / 3 <= ratio <= 3)
    aspect = ratio if equal else 0.78
    frame = Frame(x, y, title=title, x_label=x_label, y_label=y_label, legend=_entries(paths), width=width, aspect=aspect)
    svg = Svg(width, frame.height, title, "", page)
    frame.draw_head(svg)
    clip = frame.clip(svg)
    lines = []
    if len(found):
        flat = FLAT
        lines = _level_lines(frame, xs, ys, z, found, flat)
        while sum([len(points) for _, points in lines]) > MOST_POINTS and (flat < ROUGHEST or len(found) > 3):
            # a very rough function: coarser lines at first, then fewer levels
            found = found if flat < ROUGHEST else found[::2]
            flat = min(2 * flat, ROUGHEST)
            lines = _level_lines(frame, xs, ys, z, found, flat)
        with svg.group(**clip):
            _areas(svg, frame, xs, ys, z, found, flat)
    svg.description = description or _described(xs, ys, z, found, arrows, paths, marks, (x_label, y_label))
    if not np.isfinite(z).any():
        frame.say(svg, "the function has no finite value here")
    elif not len(found):
        frame.say(svg, f"the function is constant here: {figure(float(z[np.isfinite(z)][0]), 4)}")
    _reserve(frame, arrows, paths, marks)
    cut, labels = _labelled(frame, lines)
    with svg.group(**clip):
        with svg.group(stroke_width=LINE, stroke_opacity=LINE_OPACITY, **svg.paint(stroke="ink")):
            for level, parts in cut.items():
                heavy = {"stroke_width": 1.5} if level == 0 and found[0] < 0 < found[-1] else {}
                svg.path("".join(parts), **heavy)
    frame.draw_axes(svg, grid=False, boxed=True, zeros=False)
    for text, px, py, angle in labels:
        turned = {"transform": f"rotate({angle:.1f} {px:.1f} {py:.1f})"} if abs(angle) > 1 else {}
        svg.words(px, py + 4, text, font_size=11, text_anchor="middle", **turned)
    _arrows(svg, frame, arrows)
    for path in paths:
        _path(svg, frame, clip, path)
    _marks(svg, frame, marks)
    return svg


# ------------------------------------------------------------------ the numbers


def _range(v: np.ndarray) -> Linear:
    good = v[np.isfinite(v)]
    return Linear(float(good.min()), float(good.max())) if len(good) else Linear(0.0, 1.0)


def _generator(xs, ys, z):
    try:
        from contourpy import contour_generator
    except ImportError:
        raise BackendError(
            "contourpy is not installed",
            given="contour_plot(…)",
            expected="contourpy, which finds level sets",
            fix="pip install contourpy",
        ) from None
    return contour_generator(xs, ys, np.ma.masked_invalid(z))


# ------------------------------------------------------------------ the level sets


def _level_lines(frame: Frame, xs, ys, z, levels, flat: float) -> list[tuple[float, np.ndarray]]:
    """(level, pixels along a line) of each piece of a level set."""
    if min(z.shape) < 2:
        return []
    generator = _generator(frame.x(xs), frame.y(ys), z)
    return [(float(v), thinned(np.asarray(line), flat)) for v in levels for line in generator.lines(float(v)) if len(line) > 1]


def _areas(svg: Svg, frame: Frame, xs, ys, z, levels, flat: float) -> None:
    """Each level's area above it, one over the other: together they are the denser, the larger the values; there are no seams."""
    if min(z.shape) < 2:
        return
    generator = _generator(frame.x(xs), frame.y(ys), z)
    top = float(np.nanmax(z))
    full = spread(1.0 if not svg.page else ON_PAGE)
    each = 1 - (1 - full) ** (1 / len(levels))
    with svg.group(fill_opacity=round(each, 3), fill_rule="evenodd", **svg.paint("scale")):
        blank = not np.isfinite(z).all()  # what has a value is tinted everywhere, to tell it from what has none
        for v in [*([-np.inf] if blank else []), *levels]:
            if v >= top:
                continue
            data = []
            polygons, offsets = generator.filled(float(v), np.inf)
            for points, ends in zip(polygons, offsets):
                for a, b in zip(ends[:-1], ends[1:]):
                    ring = thinned(np.asarray(points[a:b]), flat)
                    if len(ring) > 3:
                        data.append(path_data(ring[:-1], closed=True))
            if data:
                svg.path("".join(data))


def _labelled(frame: Frame, lines: list[tuple[float, np.ndarray]]):
    """The lines' data by level, with gaps for their labels, and the labels: (text, x, y, degrees)."""
    cut: dict[float, list[str]] = {}
    labels, counts = [], {}
    for level, points in sorted(lines, key=lambda found: -len(found[1])):
        text = figure(level, 4)
        wide = text_width(text, 11) + HIDDEN
        spot = _spot(frame, points, wide) if counts.get(level, 0) < 2 else None
        parts = [points]
        if spot is not None:
            at, x, y, angle = spot
            counts[level] = counts.get(level, 0) + 1
            labels.append((text, x, y, angle))
            parts = _without(points, at - wide / 2, at + wide / 2)
        cut.setdefault(level, []).extend([path_data(p) for p in parts if len(p) > 1])
    return cut, labels


def _along(points: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])


def _spot(frame: Frame, points: np.ndarray, wide: float):
    """Where a label fits on a line: (length along it, x, y, degrees), or None."""
    along = _along(points)
    if along[-1] < 2.6 * wide:
        return None
    best = None
    for at in np.linspace(wide, along[-1] - wide, 25):
        ends = np.interp([at - wide / 2, at - wide / 4, at, at + wide / 4, at + wide / 2], along, points[:, 0])
        ups = np.interp([at - wide / 2, at - wide / 4, at, at + wide / 4, at + wide / 2], along, points[:, 1])
        turns = np.unwrap(np.arctan2(np.diff(ups), np.diff(ends)))
        turn = float(turns.max() - turns.min())
        angle = degrees(atan2(ups[-1] - ups[0], ends[-1] - ends[0]))
        angle = (angle + 90) % 180 - 90
        x, y = float(ends[2]), float(ups[2])
        half = abs(np.cos(np.radians(angle))) * wide / 2 + 5, abs(np.sin(np.radians(angle))) * wide / 2 + 6
        box = Box(x - half[0], y - half[1], x + half[0], y + half[1])
        cost = frame.room.cost(box)
        if turn > STRAIGHT or cost > 0:
            continue
        score = turn + 0.008 * abs(angle) + 0.0006 * abs(x - (frame.left + frame.right) / 2)
        if best is None or score < best[0]:
            best = (score, (float(at), x, y, angle), box)
    if best is None:
        return None
    frame.room.take(best[2].grown(4))
    return best[1]


def _without(points: np.ndarray, start: float, end: float) -> list[np.ndarray]:
    """A line without the part from `start` to `end` along it."""
    along = _along(points)
    at = lambda s: np.array([[np.interp(s, along, points[:, 0]), np.interp(s, along, points[:, 1])]])
    return [np.vstack([points[along < start], at(start)]), np.vstack([at(end), points[along > end]])]


# ------------------------------------------------------------------ what lies over them


def _reserve(frame: Frame, arrows, paths, marks) -> None:
    """Keeps labels of levels away from arrows, paths and marks."""
    for a in arrows:
        ends = np.array([[frame.x(a.x), frame.y(a.y)], [frame.x(a.x + a.dx), frame.y(a.y + a.dy)]])
        if np.isfinite(ends).all() and np.abs(ends).max() < 1e5:
            frame.room.avoid(dense(ends))
    for p in paths:
        for piece in pieces(*_pixels(frame, p)):
            for part in clipped(piece, frame.box):
                frame.room.avoid(dense(part))
    for m in marks:
        x, y = frame.x(m.x), frame.y(m.y)
        if frame.within(x, y, 3):
            frame.room.take(Box(x - 5, y - 5, x + 5, y + 5))
    for m in marks:  # their labels come first, and are drawn last
        x, y = frame.x(m.x), frame.y(m.y)
        if m.label and frame.within(x, y, 3):
            place = frame.room.find(m.label, around(x, y, TEXT), TEXT, bold=True)
            if place is not None:
                frame.words = [*getattr(frame, "words", []), (m, place)]


def _pixels(frame: Frame, p: Path):
    xs, ys = np.asarray(p.xs, dtype=float).ravel(), np.asarray(p.ys, dtype=float).ravel()
    count = min(len(xs), len(ys))
    return frame.x(xs[:count]), frame.y(ys[:count])


def _entries(paths: Sequence[Path]) -> list[Entry]:
    def sample(p):
        def draw(svg: Svg, x: float, y: float) -> None:
            svg.line(x - 13, y, x + 13, y, stroke_width=1.8, **dashed(_dash(p)), **svg.paint(stroke=p.role))
            if p.kind != "none":
                marker(svg, p.kind, x, y, p.role, 3.4)

        return draw

    return [Entry(f"{p.name}" + ("" if len(p.xs) else ": no steps"), sample(p)) for p in paths if p.name]


def _dash(p: Path) -> str:
    return p.dash if p.dash is not None else DASHES.get(p.role, "")


def _path(svg: Svg, frame: Frame, clip: dict, p: Path) -> None:
    x, y = _pixels(frame, p)
    data, points = [], []
    for piece in pieces(x, y):
        for part in clipped(piece, frame.box):
            if len(part) > 1:
                data.append(path_data(thinned(part)))
        points += [row for row in piece if frame.within(*row, 3)]
    with svg.group(**clip):
        if data:
            if not svg.page:
                svg.path("".join(data), stroke_width=4, stroke_opacity=0.7, stroke_linejoin="round", **svg.paint(stroke="paper"))
            svg.path("".join(data), stroke_width=1.8, stroke_linejoin="round", **dashed(_dash(p)), **svg.paint(stroke=p.role))
    last = None
    for k, (px, py) in enumerate(points if p.kind != "none" else []):
        if last is None or k == len(points) - 1 or np.hypot(px - last[0], py - last[1]) >= STEPS_APART:
            marker(svg, p.kind, px, py, p.role, 3.2)
            last = (px, py)


def _arrows(svg: Svg, frame: Frame, arrows: Sequence[Arrow]) -> None:
    thin = len(arrows) > 24
    for a in arrows:
        x, y = frame.x(a.x), frame.y(a.y)
        dx, dy = frame.x(a.x + a.dx) - x, frame.y(a.y + a.dy) - y
        if frame.within(x, y, 3) and np.isfinite(dx) and np.isfinite(dy) and abs(dx) + abs(dy) < 1e4:
            arrow(svg, x, y, dx, dy, a.role, 1.25 if thin else 1.9, halo=not thin)
    for a in arrows:
        x, y = frame.x(a.x + a.dx), frame.y(a.y + a.dy)
        if a.label and frame.within(x, y):
            place = frame.room.find(a.label, around(x, y, TEXT), TEXT, bold=True)
            if place:
                _word(svg, a.label, place, a.role)


def _marks(svg: Svg, frame: Frame, marks: Sequence[Mark]) -> None:
    for m in marks:
        x, y = frame.x(m.x), frame.y(m.y)
        if frame.within(x, y, 3):
            marker(svg, m.kind, x, y, m.role, 4.8)
    for m, place in getattr(frame, "words", []):
        _word(svg, m.label, place, m.role)


def _word(svg: Svg, text: str, place, role: str) -> None:
    anchor = {"text_anchor": place.anchor} if place.anchor != "start" else {}
    svg.words(place.x, place.y, text, role, halo=True, font_size=TEXT, font_weight=600, **anchor)


def _described(xs, ys, z, levels, arrows, paths, marks, labels) -> str:
    good = z[np.isfinite(z)]
    parts = [f"Level sets of a function of {labels[0]} and {labels[1]}."]
    if len(good):
        row, column = np.unravel_index(int(np.nanargmin(z)), z.shape)
        parts.append(f"Its values here lie between {figure(float(good.min()), 4)} and {figure(float(good.max()), 4)}; the least one "
                     f"is near ({figure(float(xs[column]))}, {figure(float(ys[row]))}).")  # fmt: skip
    if len(good) < z.size:
        parts.append(f"In {100 * (1 - len(good) / max(z.size, 1)):.0f} % of the area it has no value.")
    if len(levels):
        parts.append(f"Levels: {', '.join([figure(float(v), 4) for v in levels])}.")
    if arrows:
        parts.append(f"{len(arrows)} arrow{'s' if len(arrows) > 1 else ''}" + "".join([f"; {a.label}" for a in arrows if a.label][:6]) + ".")
    for p in paths:
        if len(p.xs):
            parts.append(f"{p.name}: {len(p.xs) - 1} steps from ({figure(p.xs[0])}, {figure(p.ys[0])}) to ({figure(p.xs[-1])}, {figure(p.ys[-1])}).")
    parts += [f"{m.label} at ({figure(m.x)}, {figure(m.y)})." for m in marks if m.label]
    return " ".join(parts)
