"""What an answer earns. The whole scheme stands here, and `SCHEME` says it to people.

A part is worth its points. Several entries, or the lines of a working, share them equally. Each hint that was seen takes
a quarter off, but never more than half. One slip that explains a wrong answer exactly leaves half. The best answer counts;
what is answered after the solution was shown earns nothing.
"""

from __future__ import annotations

HINT = 0.25  # of the points, for each hint that was seen
MOST = 0.5  # that hints take off
SLIP = 0.5  # of the points, where the answer is one known slip away from being right
SCHEME = (
    "All points for a right answer; a quarter less for each hint seen, but never more than half. Right entries and right "
    "lines count for themselves, and an answer that is one known slip away counts half. After the solution was shown "
    "nothing is earned."
)


def with_slip(share: float, cause: str | None) -> float:
    """The share of a wrong answer: half at least, where one known slip explains it."""
    return max(share, SLIP) if cause else share


def worth(points: int, share: float, hints: int) -> float:
    """The points of an answer given after so many hints, in hundredths."""
    return round(points * share * max(1 - HINT * hints, 1 - MOST), 2)


def of_points(points: float, worth: float) -> str:
    """1.5 of 4 points."""
    return f"{points_text(points)} of {points_text(worth)} point{'s' if worth != 1 else ''}"


def points_text(points: float) -> str:
    """1.5 as people write it, without zeros at the end."""
    return f"{points:.2f}".rstrip("0").rstrip(".")
