"""The eigenvalues of a symmetric matrix, the largest first, with their signs: above zero the function curves up, below it curves down.

Where their sizes differ by more than a factor of 100 the axis is logarithmic on both sides of zero; what is smaller than
10⁻¹² of the largest lies between, where the axis is linear: it is rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

import numpy as np

from .axes import Entry, Frame, scale_for, width_within
from .labels import Box, around
from .letters import TEXT
from .marks import marker
from .scales import Symlog, figure
from .strokes import dense
from .svg import Svg

DECADES = 2.0  # of sizes, from which on the axis is logarithmic
ROUNDING = 12  # decades below the largest, from where on an eigenvalue is rounding
MOST_STEMS = 120
MOST_MARKERS = 400


def spectrum_plot(
    eigenvalues: Sequence[float],
    *,
    title: str,
    description: str | None = None,
    label: str = "eigenvalue",
    page: bool = False,
    width: float = 660,
) -> Svg:
    """Eigenvalues by rank; positive ones are dots, negative ones are squares in the other colour, zeros are rings.

    Parameters
        eigenvalues: in any order; those that are no numbers are left out, and the picture says how many.
        label: what they are, for the vertical axis.
        title, description, page, width: see `Svg`.
    """
    width = width_within(width)
    given = np.asarray(eigenvalues, dtype=float).ravel()
    values = np.sort(given[np.isfinite(given)])[::-1]
    missing = len(given) - len(values)
    largest = float(np.abs(values).max()) if len(values) else 0.0
    tiny = np.abs(values) <= largest * 10.0**-ROUNDING
    kinds = np.where(tiny, 0, np.sign(values)).astype(int)
    ranks = np.arange(1, len(values) + 1)
    y = _scale(values, tiny)
    x = scale_for(0.5, max(len(values), 1) + 0.5, False, whole=True)
    frame = Frame(x, y, title=title, x_label="rank" + (f" ({missing} that are no numbers are left out)" if missing else ""), y_label=label,
                  legend=_legend(kinds), width=width)  # fmt: skip
    svg = Svg(width, frame.height, title, description or _described(values, kinds, missing, label), page)
    frame.draw_head(svg)
    frame.draw_axes(svg)
    _stems(svg, frame, ranks, values, kinds)
    _ends(svg, frame, values, kinds)
    if not len(values):
        frame.say(svg, "there are no finite numbers to draw")
    return svg


def _scale(values: np.ndarray, tiny: np.ndarray):
    sizes = np.abs(values[~tiny])
    low, high = (min(float(values.min()), 0.0), max(float(values.max()), 0.0)) if len(values) else (0.0, 1.0)
    if not len(sizes) or log10(sizes.max()) - log10(sizes.min()) <= DECADES:
        return scale_for(low, high, False, 0.14) if high > low else scale_for(-1.0, 1.0, False)
    least = 10.0 ** max(floor(log10(sizes.min())), -307)
    room = 10 ** (0.13 * (log10(sizes.max()) - log10(least) + 1))
    grow = lambda v: v if not v else max(min(v * room, 1.7e308), -1.7e308)
    return Symlog(grow(low), grow(high), least)


def _legend(kinds: np.ndarray) -> list[Entry]:
    found = []
    for kind, word in ((1, "positive"), (-1, "negative"), (0, "zero, within rounding")):
        count = int(np.count_nonzero(kinds == kind))
        if count:
            mark, role = _look(kind)
            found.append(Entry(f"{count} {word}", lambda svg, x, y, m=mark, r=role: marker(svg, m, x, y, r, 3.8), 10))
    return found


def _look(kind: int) -> tuple[str, str]:
    return {1: ("dot", "true"), -1: ("square", "yours"), 0: ("ring", "ink")}[kind]


def _stems(svg: Svg, frame: Frame, ranks, values, kinds) -> None:
    x, y, zero = frame.x(ranks), frame.y(values), frame.y(0.0)
    size = 3.8 if len(values) <= 40 else 2.6
    if 0 < len(values) <= MOST_STEMS:
        for kind in (1, -1):
            with svg.group(stroke_width=1.6, stroke_opacity=0.45, **svg.paint(stroke=_look(kind)[1])):
                for k in np.flatnonzero(kinds == kind):
                    svg.line(x[k], zero, x[k], y[k])
                    frame.room.avoid(dense(np.array([[x[k], zero], [x[k], y[k]]])))
    last = None
    many = len(values) > MOST_MARKERS
    for k in range(len(values)):
        if many and last is not None and kinds[k] == kinds[last] and np.hypot(x[k] - x[last], y[k] - y[last]) < 2.5 and k < len(values) - 1:
            continue
        mark, role = _look(int(kinds[k]))
        marker(svg, mark, float(x[k]), float(y[k]), role, size if mark != "ring" else size - 0.8)
        last = k
    if len(values):
        frame.room.avoid(np.repeat(np.column_stack([x, y]), 5, axis=0))  # a mark is worse to cover than a stem


def _ends(svg: Svg, frame: Frame, values, kinds) -> None:
    """What the largest and the smallest are."""
    if not len(values):
        return
    for k in dict.fromkeys([0, len(values) - 1]):
        x, y = frame.x(float(k + 1)), frame.y(float(values[k]))
        frame.room.take(Box(x - 4, y - 4, x + 4, y + 4))
    for k, name in ((0, "λmax"), (len(values) - 1, "λmin"))[: 1 if len(values) == 1 else 2]:
        x, y = frame.x(float(k + 1)), frame.y(float(values[k]))
        name = name if len(values) > 1 else "λ"
        text = f"{name} = {figure(float(values[k]), 4)}"
        place = frame.room.find(text, around(x, y, TEXT), TEXT)
        if place is not None:
            anchor = {"text_anchor": place.anchor} if place.anchor != "start" else {}
            svg.words(place.x, place.y, text, _look(int(kinds[k]))[1], halo=True, **anchor)


def _described(values, kinds, missing, label) -> str:
    if not len(values):
        return "There are no finite numbers to draw."
    count = lambda kind: int(np.count_nonzero(kinds == kind))
    parts = [f"{len(values)} numbers ({label}), the largest first: {count(1)} positive, {count(-1)} negative, {count(0)} zero within rounding.",
             f"The largest is {figure(float(values[0]), 4)}, the smallest {figure(float(values[-1]), 4)}."]  # fmt: skip
    if missing:
        parts.append(f"{missing} that are no finite numbers are left out.")
    return " ".join(parts)
