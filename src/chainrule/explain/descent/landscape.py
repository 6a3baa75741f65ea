"""The field of a gradient: perpendicular to the level sets, the direction of steepest ascent, and what a step in any direction changes.

L(θ + ε) ≈ L(θ) + ‖∇L‖ ‖ε‖ cos α, where α is the angle between the step ε and the gradient.

Reference: Nocedal & Wright, Numerical Optimization (2nd ed.), section 2.2; Magnus & Neudecker (2019), section 5.7.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...core.errors import DeclarationError, DomainError
from ...derivation.faces import reading_rows
from ..columns import columns, plain
from ..explanation import Explanation
from ..models.plane import verified_rows
from ..options import listed, positive, short
from ..place import Place, asked, figure, place_of, refuse_infinite, shown
from . import pictures
from .plane import Grid, Plane, plane_of

ANGLES = (0, 30, 60, 90, 120, 150, 180)
ALONG = 1e-4  # how far a level line is followed, relative to the size of the picture
FLAT = 1e-10  # a gradient that is smaller, relative to 1 + |f|, is none
CHECKED = 40  # points at which the angle is measured


@np.errstate(all="ignore")
def landscape(
    function, wrt=None, at=None, data=None, *, plane=None, reach=None, steps=None, declare=None, sizes=None, seed=0, **more
):
    """The gradient on the contours of a function of at least two numbers, and what a step in each direction changes.

    Parameters
        function, wrt, at, data, declare: as for `curvature`: the point may be given by name, or is drawn.
        plane: two coordinates that are drawn, "w[0], w[3]"; by default both, or the plane of the gradient and of the largest
            curvature across it.
        reach: how far the picture goes to each side of the point.
        steps: one or two lengths ‖ε‖ of the steps that are compared with the first order.

    Returns
        Landscape: `.gradient`, `.ascent`, `.descent`, `.angles` with what each step changes, `.perpendicular`.

    Raises
        DomainError: the function has no value at the point. DeclarationError: only one number moves.
    """
    problem, names, given = asked(function, wrt, at, data, declare, more)
    place = refuse_infinite(place_of(problem, names, given, sizes, seed))
    return Landscape(place, plane, positive(reach, "reach"), _lengths(steps))


class Landscape(Explanation):
    """A function around a point.

    Attributes
        gradient, norm: ∇f at the point, as one vector, and its length; `ascent`, `descent` the unit vectors ±∇f/‖∇f‖, or None.
        plane: what is drawn.
        perpendicular: the angles between gradient and traced level lines, in degrees: (at the point, the one farthest from 90°).
    """

    kind = "landscape"

    def __init__(self, place: Place, plane: str | None, reach: float | None, steps: list[float] | None):
        self.place, self.x = place, place.x
        self.notes = list(dict.fromkeys([*place.problem.notes, *place.notes]))
        with np.errstate(all="ignore"):
            self.value, self.gradient = place.objective.at(self.x)
        if not np.isfinite(self.value) or not np.isfinite(np.linalg.norm(self.gradient)):
            raise DomainError(
                f"there is no gradient at {place.written()}", given=f"{place.problem.echo}: f = {figure(self.value)}, ∇f = {shown(self.gradient)}",
                expected="a point at which the function and its gradient exist",
            )  # fmt: skip
        self.norm = float(np.linalg.norm(self.gradient))
        self.flat = self.norm <= FLAT * (1 + abs(self.value))
        self.ascent = None if self.flat else self.gradient / self.norm
        self.plane: Plane = plane_of(place, plane, self.x, self.gradient)
        self.reach = reach or max(1.0, float(np.abs(self.x).max()))
        self.lengths = steps or [0.05 * self.reach, 0.25 * self.reach]

    @property
    def descent(self) -> np.ndarray | None:
        return None if self.ascent is None else -self.ascent

    # ------------------------------------------------------------------ the numbers

    @cached_property
    def grid(self) -> Grid:
        a, b = self.plane.coordinates(self.x)
        return self.plane.grid((a - self.reach, b - self.reach), (a + self.reach, b + self.reach))

    def within(self, gradient: np.ndarray) -> np.ndarray:
        """A gradient as it is seen on the plane."""
        return np.array([self.plane.u @ gradient, self.plane.v @ gradient])

    def angle_at(self, x: np.ndarray) -> float | None:
        """The angle, in degrees, between the gradient and the level line through x, which is traced on the plane by values of f alone."""
        with np.errstate(all="ignore"):
            value, gradient = self.place.objective.at(x)
        g = self.within(gradient)
        length = float(np.linalg.norm(g))
        if not np.isfinite(length) or not length > 1e-6 * (1 + abs(value)):
            return None
        ends = [self._on_level(x, value, g / length, sign * ALONG * self.reach) for sign in (-1, 1)]
        if any(end is None for end in ends):
            return None
        chord = ends[1] - ends[0]
        cosine = abs(float(chord @ g)) / (float(np.linalg.norm(chord)) * length)
        return float(np.degrees(np.arccos(min(1.0, cosine))))

    def _on_level(self, x: np.ndarray, value: float, normal: np.ndarray, tilt: float) -> np.ndarray | None:
        """A point of the level line beside x, found on a circle of radius |tilt| by values alone: there f crosses the level twice."""
        turned = np.array([-normal[1], normal[0]]) * np.sign(tilt)
        at = lambda angle: abs(tilt) * (np.cos(angle) * turned + np.sin(angle) * normal)
        above = lambda angle: self.plane.f(x + at(angle) @ np.array([self.plane.u, self.plane.v])) - value
        low, high = -np.pi / 2, np.pi / 2
        if not above(low) < 0 < above(high):
            return None
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if above(middle) < 0 else (low, middle)
        return at((low + high) / 2)

    @cached_property
    def perpendicular(self) -> tuple[float | None, float | None]:
        here = self.angle_at(self.x)
        rng = np.random.default_rng(1)
        a, b = self.plane.coordinates(self.x)
        points = [self.plane.point(a + s * self.reach, b + t * self.reach) for s, t in rng.uniform(-1, 1, (CHECKED, 2))]
        found = [angle for angle in map(self.angle_at, points) if angle is not None]
        return here, max(found, key=lambda angle: abs(angle - 90), default=None)

    @cached_property
    def across(self) -> np.ndarray:
        """A unit vector at right angles to the gradient, within the plane that is drawn where that is not flat."""
        for candidate in (self.plane.v, self.plane.u, *np.eye(2, self.x.size)):
            found = candidate - (self.ascent @ candidate) * self.ascent
            if np.linalg.norm(found) > 1e-6:
                return found / np.linalg.norm(found)
        raise AssertionError("two of three vectors are not parallel")

    def change(self, degrees: float, length: float) -> tuple[float, float]:
        """(what f changes, what the first order says) for a step at an angle to the gradient."""
        alpha = np.radians(degrees)
        step = length * (np.cos(alpha) * self.ascent + np.sin(alpha) * self.across)
        return self.plane.f(self.x + step) - self.value, self.norm * length * float(np.cos(alpha))

    @cached_property
    def angles(self) -> list[dict]:
        """For each angle and step length: the actual change and that of the first order."""
        if self.flat:
            return []
        return [
            dict(zip(("angle", "length", "actual", "first_order"), (angle, length, *self.change(angle, length))))
            for length in self.lengths for angle in ANGLES
        ]  # fmt: skip

    # ------------------------------------------------------------------ what is said

    @np.errstate(all="ignore")
    def rows(self) -> list[tuple[str, str, str]]:
        found = [*reading_rows(self.place.problem), ("at", self.place.written(), ""), ("f", figure(self.value, 6), "")]
        for name, d in self._derivations():
            found.append((f"{name} =", d, ""))
        found.append(("∇f", shown(self.gradient), f"‖∇f‖ = {figure(self.norm)}"))
        if self.flat:
            found.append(("ascent", "∇f = 0: a critical point, with no direction of steepest ascent or descent", ""))
            found.append(("", "`curvature` tells which kind it is", ""))
        else:
            found += [("ascent", shown(self.ascent), f"steepest: f grows at the rate {figure(self.norm)}"), ("descent", shown(self.descent), "")]
            here, farthest = self.perpendicular
            if here is not None:
                found.append(("level set", f"meets the gradient at {here:.2f}°", "traced by values of f alone"))
            if farthest is not None:
                found.append(("", f"of {CHECKED} further points the farthest from a right angle: {farthest:.2f}°", ""))
            found.append(("step", self._table(), ""))
        found.append(("drawn", " and ".join(self.plane.names), ""))
        found += [("note", note, "") for note in self.notes]
        return [*found, *verified_rows(self.place.objective)]

    def _derivations(self) -> list[tuple[str, str]]:
        d = self.place.objective.derivations.get("grad")
        if d is None:
            return []
        if hasattr(d, "pieces"):
            return [(d.named(key), d.written(key)) for key in d.pieces]
        return [(d.symbol, d.text)]

    def _table(self) -> str:
        heads, lines = ["angle", "cos α"], [[f"{a}°", figure(round(float(np.cos(np.radians(a))), 4))] for a in ANGLES]
        for length in self.lengths:
            heads += [f"‖ε‖ = {figure(length)}", "first order"]
            for line, a in zip(lines, ANGLES):
                actual, first = self.change(a, length)
                line += [figure(actual), figure(first if abs(first) > 1e-12 * self.norm * length else 0.0)]
        return columns(heads, lines)

    def pictures(self) -> dict:
        found = {"gradient": lambda page, width: pictures.field(self, page, width)}
        if not self.flat:
            found["angle"] = lambda page, width: pictures.angle(self, page, width)
        return found

    @np.errstate(all="ignore")
    def to_dict(self) -> dict:
        here, farthest = (None, None) if self.flat else self.perpendicular
        return plain({
            **self.described(), "function": self.place.problem.echo, "variables": self.place.coordinates(), "at": self.x, "value": self.value,
            "gradient": self.gradient, "norm": self.norm, "ascent": self.ascent, "descent": self.descent, "critical": bool(self.flat),
            "perpendicular": {"here": here, "farthest": farthest}, "angles": self.angles, "plane": list(self.plane.names),
            "notes": self.notes, "verified": True,
        })  # fmt: skip


def _lengths(steps) -> list[float] | None:
    if steps is None:
        return None
    words = listed(steps)
    if not 1 <= len(words) <= 3:
        raise DeclarationError("one to three lengths of steps are compared", given=short(steps), expected='such as "0.1, 0.5"')
    return [positive(word, "steps") for word in words]
