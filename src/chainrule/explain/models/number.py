"""A function of one number at a point: its values and derivatives as plain functions, and why there is no tangent, where none is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError, DeclarationError, DomainError, NoRuleError, ShapeError
from ...derivation.breaks import behaviour
from ...derivation.derive import derive
from ...derivation.seal import piecewise, program
from ..along import value_at
from ..place import Place, asked, figure, place_of, refuse_infinite

NEAR = 1e-9  # a distance to a kink, relative to the point, at which the point is the kink
SMOOTH = "smooth"
GROWING = 0.97  # ratio of the changes of a slope over two tenths of the way to a point, from which on it has no limit
SETTLED = 1e-9  # a slope that is 0


class Sides(NamedTuple):
    """What there is on both sides of a point where no derivative is.

    what: "kink", "jump", "vertical tangent", "pole", "end of the domain".
    left, right: one-sided derivatives; NaN where the function has no values on that side.
    below, above: one-sided limits of the function.
    """

    what: str
    left: float
    right: float
    below: float
    above: float


class OneNumber:
    """f at a place where one number moves.

    Attributes
        name: of the variable; `x`: the point.
        f: a function of a number; NaN where it has no value.
    """

    def __init__(self, place: Place):
        self.place, self.problem = place, place.problem
        (self.name,) = place.names
        self.x = float(place.x[0])
        self._f = value_at(place)
        self.f: Callable[[float], float] = lambda t: self._f(np.array([t]))

    @cached_property
    def first(self):
        """The derivation of f′, sealed."""
        return derive(self.problem, self.name)

    def derivative(self, order: int) -> Callable[[float], float] | None:
        """The derivative of an order as a function of a number, by rules and sealed; None where there is no rule."""
        try:
            found = program(self.first if order == 1 else derive(self.problem, self.name, order=order), order)
        except (NoRuleError, DomainError):
            return None
        values = {n: x for n, x in self.place.values.items() if n in self.problem.every}

        def at(t: float) -> float:
            try:
                with np.errstate(all="ignore"):
                    return float(found(values | {self.name: np.asarray(t, dtype=float)}))
            except (ChainruleError, ArithmeticError, ValueError):
                return np.nan

        return at

    @cached_property
    def piecewise(self) -> bool:
        """Whether f is made of pieces."""
        return piecewise(self.problem.lower().node)

    @cached_property
    def what(self) -> str:
        """What f does at the point: "smooth" where its derivative exists.

        Rules decide: where no operation breaks at the point and f′ has a value, it exists, however steep f is. Where one does,
        difference quotients on both sides tell whether the break is seen in f, since x|x| has a derivative at 0.
        """
        slope = self.derivative(1)
        value = slope(self.x) if slope is not None else np.nan
        margin = self.problem.margin(self.place.values, self.name)
        size = max(1.0, abs(self.x))
        around = np.isfinite([self.f(self.x - NEAR * size), self.f(self.x + NEAR * size)]).all()  # x^2.5 has no values below 0
        if np.isfinite(value) and around and margin > NEAR * size:
            return SMOOTH
        return behaviour(lambda t: np.asarray(self.f(float(t))), np.asarray(self.x))

    def sides(self) -> Sides:
        """The one-sided limits of f and of its derivative."""
        found = [self._side(sign) for sign in (-1.0, 1.0)]
        (left, below), (right, above) = found
        what = self.what
        if what == "end of the domain" and np.isnan(below) == np.isnan(above):
            what = "not defined"
        return Sides(what, left, right, below, above)

    def _side(self, sign: float) -> tuple[float, float]:
        """(one-sided derivative, one-sided limit of f); infinite where quotients or values grow without bound."""
        unit = max(1.0, abs(self.x))
        steps = unit * 10.0 ** -np.arange(2, 9)
        values = np.array([self.f(self.x + sign * h) for h in steps])
        if not np.isfinite(values).all():
            return np.nan, np.nan
        change = np.abs(np.diff(values))
        if change[-1] > 2 * change[2] > 0:  # it grows and does not settle: a pole
            return np.nan, np.inf * np.sign(values[-1])
        limit = values[-1] + (values[-1] - values[-2]) / 9  # steps shrink by ten: what is left is a ninth of the last change
        here = self.f(self.x)
        start = here if np.isfinite(here) and abs(here - limit) < 1e-6 * (1 + abs(limit)) + 10 * change[-1] else limit
        quotients = sign * (values - start) / steps
        if abs(quotients[4]) > 3 * abs(quotients[2]) > 0 and abs(quotients[4]) > 10:
            return np.inf * np.sign(quotients[4]), start
        slope = float(quotients[3] * 10 - quotients[2]) / 9
        known = self._slope_beside(sign, unit)
        return (slope if np.isnan(known) else known), start

    def _slope_beside(self, sign: float, unit: float) -> float:
        """The limit of the sealed derivative from one side; infinite where it grows without bound, NaN where it is not known."""
        exact = self.derivative(1)
        if exact is None:
            return np.nan
        found = [exact(self.x + sign * unit * 10.0**-k) for k in range(3, 11)]
        first, second, last = found[-3:]
        if not np.isfinite(found).all():
            return np.nan
        before, change = second - first, last - second
        if abs(change) <= 1e-6 * (1 + abs(last)):
            return last if self.piecewise and abs(last) > SETTLED else self._snapped(last, change)
        if abs(change) >= GROWING * abs(before):  # as √x and log x do at 0: it does not settle
            return float(np.inf * np.sign(change))
        return self._snapped(last + change * change / (before - change), change)

    @staticmethod
    def _snapped(slope: float, change: float) -> float:
        """A limit that is 0 to the accuracy of what it was read from."""
        return 0.0 if abs(slope) <= max(SETTLED, abs(change)) else slope


def number_asked(function, wrt, at, data, declare, sizes, seed, more) -> Place:
    """The place that a door was told, of a function whose value is a number."""
    problem, names, given = asked(function, wrt, at, data, declare, more)
    if problem.dims:
        raise ShapeError(
            "only a function whose value is a number has a tangent here",
            given=f"{problem.echo}, with {len(problem.dims)} ax{'es' if len(problem.dims) > 1 else 'is'}",
            expected="one number",
            fix="choose an entry, or sum it",
        )
    return refuse_infinite(place_of(problem, names, given, sizes, seed))


def refuse_undefined(f: OneNumber, what: str) -> None:
    """Raises DomainError: f has no value at the point; with the reason, where a break is known there."""
    if np.isfinite(f.f(f.x)):
        return
    place = f"{f.name} = {figure(f.x, 6)}"
    sides = f.sides()
    why = {"pole": "it grows without bound there", "end of the domain": "its domain ends there"}.get(sides.what, "it is not defined there")
    with np.errstate(all="ignore"):
        far = f.problem.evaluate({**f.place.values, f.name: np.asarray(f.x)}) if hasattr(f, "place") else 0.0
    if np.isinf(far) and np.isnan(sides.below) and np.isnan(sides.above):
        why = "its value is too large for a float64"
    elif np.isnan(sides.below) and np.isnan(sides.above):
        why = "the point lies outside of its domain"
    elif sides.below == sides.above or abs(sides.below - sides.above) < 1e-6 * (1 + abs(sides.above)) < np.inf:
        if np.isfinite(sides.below):
            why = f"a gap; from both sides it tends to {figure(sides.above)}"
    raise DomainError(
        f"there is no {what} at {place}: the function has no value there",
        given=f"{f.problem.echo} at {place}: {why}",
        expected=_expected(f),
    )


def _expected(f: OneNumber) -> str:
    """Where the function and its derivative exist, as far as its breaks say."""
    try:
        known = list(dict.fromkeys(b.where for b in f.first.breaks if not b.exists))
    except ChainruleError:
        known = []
    return f"a point with {' and '.join(known)}" if known else "a point at which the function has a value"


def refuse_several(place: Place, what: str, fix: str) -> None:
    """Raises DeclarationError: more than one number moves."""
    if place.variables.length != 1:
        raise DeclarationError(
            f"{what} is of a function of one number",
            given=f"{place.problem.echo}, where {', '.join(place.coordinates()[:6])} move",
            expected="one number that moves, and values for the others",
            fix=fix,
        )
