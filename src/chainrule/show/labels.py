"""Room for words: labels stand where they cover neither other labels nor lines, and lie within the plot.

Greedy: each label takes the best of its own places that is left. A label for which there is none is not drawn; the picture's
description says it anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import NamedTuple

import numpy as np

from .letters import text_width

ASCENT, DESCENT = 0.78, 0.24  # of letters, above and below their line, in sizes of the font
AROUND = (  # directions in which a label is looked for around a point: (dx, dy), to the right and above first
    (1, -0.7), (1, 0.7), (-1, -0.7), (-1, 0.7), (0, -1), (0, 1), (1, 0), (-1, 0),
)  # fmt: skip
RADII = (8, 13, 20, 30, 44, 60)


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom

    def grown(self, by: float) -> "Box":
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)


class Place(NamedTuple):
    """A place for a text: the end of its line that `anchor` names."""

    x: float
    y: float
    anchor: str = "start"


def box_of(text: str, place: Place, size: float, bold: bool = False) -> Box:
    width = text_width(text, size, bold)
    left = place.x - {"start": 0, "middle": 0.5, "end": 1}[place.anchor] * width
    return Box(left, place.y - ASCENT * size, left + width, place.y + DESCENT * size)


class Room:
    """What is taken in a plot, and what is free."""

    def __init__(self, left: float, top: float, right: float, bottom: float):
        self.limits = Box(left, top, right, bottom)
        self.taken: list[Box] = []
        self.lines = np.empty((0, 2))  # points that labels should not lie on
        self.later: list[np.ndarray] = []  # of which these are not among `lines` yet

    def take(self, box: Box) -> None:
        self.taken.append(box)

    def avoid(self, points: np.ndarray) -> None:
        """Points that no label should lie on, if there is another place."""
        if len(points):
            self.later.append(points)

    def cost(self, box: Box) -> float:
        """How many points lie below it; infinite outside of the plot and on another label."""
        limits = self.limits
        if box.left < limits.left or box.right > limits.right or box.top < limits.top or box.bottom > limits.bottom:
            return inf
        wide = box.grown(1.5)
        if any(wide.meets(other) for other in self.taken):
            return inf
        if self.later:
            self.lines, self.later = np.concatenate([self.lines, *self.later]), []
        return _inside(self.lines, wide)

    def find(self, text: str, places: Iterable[Place], size: float, bold: bool = False, most: float = inf) -> Place | None:
        """The best place, which is taken from then on; earlier ones are preferred. None if all cost more than `most`."""
        best, least = None, inf
        for k, place in enumerate(places):
            cost = self.cost(box_of(text, place, size, bold))
            if cost + 0.15 * k < least and cost <= most:
                best, least = place, cost + 0.15 * k
            if cost == 0 and k < 8 or least < 0.15 * k:
                break
        if best is not None:
            self.take(box_of(text, best, size, bold))
        return best


def _inside(points: np.ndarray, box: Box) -> int:
    x, y = points[:, 0], points[:, 1]
    return int(np.count_nonzero((x > box.left) & (x < box.right) & (y > box.top) & (y < box.bottom)))


def around(x: float, y: float, size: float, radii=RADII) -> list[Place]:
    """Places for the label of a point, the nearest first."""
    found = []
    for r in radii:
        for dx, dy in AROUND:
            below = (ASCENT - DESCENT) / 2 * size + dy * (r + (0.45 * size if dx == 0 else 0))
            found.append(Place(x + dx * r, y + below, {1: "start", -1: "end", 0: "middle"}[dx]))
    return found
