"""What a seal compared, and how well it agreed."""

from __future__ import annotations


class Evidence:
    """The record of a verification: `ok` if all comparisons agreed, `refuted` if one failed, else undecided."""

    __slots__ = (
        "ok", "points", "relative_error", "slope", "affine", "method", "zero_everywhere", "worst", "reason",
        "draws", "tolerance", "refuted", "called",
    )  # fmt: skip

    def __init__(self, tolerance: float):
        self.ok = False
        self.refuted = False  # a comparison failed; when neither ok nor refuted, too few points could tell
        self.points: list[dict[str, int]] = []  # the sizes at each point
        self.relative_error = 0.0
        self.slope: float | None = None  # the least of the remainder slopes
        self.affine = True  # the remainder was zero, to rounding, at every point
        self.method = ""
        self.zero_everywhere = True
        self.worst: dict | None = None  # where it failed: sizes, index, claimed, numeric
        self.reason: str | None = None  # why there is no seal
        self.draws = 0  # further draws of a piecewise function
        self.tolerance = tolerance
        self.called = 0  # points at which a function that was brought as code was called, and agreed with its reading

    def to_dict(self) -> dict:
        """The evidence as plain data."""
        return {
            "ok": self.ok,
            "refuted": self.refuted,
            "points": [dict(p) for p in self.points],
            "relative_error": self.relative_error,
            "tolerance": self.tolerance,
            "slope": self.slope,
            "affine": self.affine,
            "method": self.method,
            "draws": self.draws,
            "called": self.called,
            "zero_everywhere": self.zero_everywhere,
            "worst": self.worst,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        if not self.points:
            return self.reason or "nothing was compared"
        text = _points_text(self.points)
        if self.draws:
            text += f", {self.draws} further draws"
        text += f", relative error {_power_of_ten(self.relative_error)}"
        if self.slope is not None:
            text += f", remainder slope {self.slope:.2f}"
        elif self.affine and self.ok:
            text += ", remainder zero"
        return text if self.ok else f"{self.reason}; {text}"

    def __repr__(self) -> str:
        return f"<Evidence {'ok' if self.ok else 'refuted' if self.refuted else 'undecided'}: {self}>"


def _points_text(points: list[dict[str, int]]) -> str:
    count = f"{len(points)} random point" + "s" * (len(points) != 1)
    names = sorted(points[0])
    if not names:
        return count
    if len(names) == 1:
        return f"{count}, sizes {names[0]} = " + ", ".join(str(p[names[0]]) for p in points)
    sizes = ", ".join("(" + ", ".join(str(p[name]) for name in names) + ")" for p in points)
    return f"{count}, sizes ({', '.join(names)}) = {sizes}"


def _power_of_ten(x: float) -> str:
    return "0" if x == 0 else f"{x:.0e}".replace("e-0", "e-").replace("e+0", "e+")
