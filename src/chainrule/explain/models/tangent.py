"""The tangent of a function of one number: the limit of secants, and the best linear model; of several numbers the tangent plane.

Reference: Apostol, Calculus I (2nd ed.), sections 4.4–4.6 and 7.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...derivation.faces import reading_rows
from ..columns import columns, plain
from ..explanation import Explanation
from ..frameworks import returned
from ..place import figure
from . import pictures
from .number import SMOOTH, OneNumber, number_asked, refuse_undefined
from .plane import TangentPlane
from .quotients import EPSILONS, FINE, SHOWN, first_order, quotients, unit_of

FALLING = 0.02  # an order below which an error does not fall
SIDES = {  # why there is no tangent, in words
    "kink": "the derivatives from the left and from the right differ",
    "vertical tangent": "the difference quotients grow without bound",
    "jump": "the function jumps",
    "pole": "the function grows without bound",
    "end of the domain": "the function ends here and has values on one side only",
}


@np.errstate(all="ignore")
def tangent(function, wrt=None, at=None, data=None, *, declare=None, sizes=None, seed=0, **more):
    """The tangent at a point as the limit of secants, and how well it models the function; of several numbers the tangent plane.

    Parameters
        function, wrt, declare: as for `derive`; `wrt` names what moves.
        at: the point: a number, values by name, or text such as "x=1, y=-2".
        data: values of the other variables.

    Returns
        Tangent: `.slope`, `.exists`, `.quotients`, `.first_order`; where there is no tangent `.sides` tells what is there.
        TangentPlane, where more than one number moves: `.gradient`, `.errors`.

    Raises
        DomainError: the function has no value at the point.
        ShapeError: its value is no number.
    """
    place = number_asked(function, wrt, at, data, declare, sizes, seed, more)
    if place.variables.length > 1:
        return TangentPlane(place)
    f = OneNumber(place)
    refuse_undefined(f, "tangent")
    return Tangent(f)


class Tangent(Explanation):
    """The tangent of f at a point, or why there is none.

    Attributes
        exists: whether there is a tangent with a finite slope.
        value, slope: f(x) and f′(x); of a kink the slope is None.
        curvature: f″(x), or None where it does not exist or is not known.
        sides: what is left and right of a point without derivative.
    """

    kind = "tangent"

    def __init__(self, f: OneNumber):
        self.f, self.place, self.x, self.value = f, f.place, f.x, f.f(f.x)
        self.notes = list(dict.fromkeys([*f.problem.notes, *f.place.notes]))
        self.derivation = f.first
        self.exists = f.what == SMOOTH
        self.sides = None if self.exists else f.sides()
        self.slope = self._slope() if self.exists else None
        self.curvature = self._curvature() if self.exists else None

    def _slope(self) -> float:
        found = self.f.derivative(1)(self.x)
        if np.isfinite(found):
            return found
        side = self.f.sides()  # the formula ends where the derivative does not: 0/0
        self.notes.append("the formula of the derivative has no value at the point; its slope is the limit beside it")
        return (side.left + side.right) / 2

    def _curvature(self) -> float | None:
        second = self.f.derivative(2)
        if second is None:
            return None
        found = second(self.x)
        near = [second(self.x + s * 1e-6 * max(1.0, abs(self.x))) for s in (-1, 1)] if self.f.piecewise or not np.isfinite(found) else [found]
        if not np.isfinite(found) and np.isfinite(near).all():
            found = float(np.mean(near))  # the formula ends at the point; where f″ has a limit there, it is f″
            near += [second(self.x + s * 1e-4 * max(1.0, abs(self.x))) for s in (-1, 1)]
        return found if np.isfinite(found) and np.allclose(near, found, rtol=1e-3, atol=1e-3 * (1 + abs(found))) else None

    # ------------------------------------------------------------------ the numbers

    @cached_property
    def unit(self) -> float:
        return unit_of(self.f)

    @cached_property
    def quotients(self):
        """Quotients at many steps, for orders and picture."""
        return quotients(self.f, self.slope, self.unit * FINE)

    @cached_property
    def first_order(self):
        return first_order(self.f, self.slope, self.unit * FINE[: len(FINE) * 2 // 3])

    # ------------------------------------------------------------------ what is said

    @np.errstate(all="ignore")
    def rows(self) -> list[tuple[str, str, str]]:
        name, x = self.f.name, figure(self.x, 6)
        derivative = self.derivation.symbol
        found = [*reading_rows(self.f.problem), ("at", f"{name} = {x}", "") if not self._others() else ("at", f"{name} = {x}", self._others())]
        found += [(f"f({x})", figure(self.value, 6), ""), (f"{derivative} =", self.derivation.text, "")]
        found += self._tangent_rows() if self.exists else self._missing_rows()
        return [*found, *[("note", note, "") for note in self.notes], ("verified", str(self.derivation.seal), "")]

    def _others(self) -> str:
        return "   ".join([f"{n} = {figure(float(v))}" for n, v in self.place.values.items() if n != self.f.name and not np.ndim(v)])

    def _missing_rows(self) -> list[tuple[str, str, str]]:
        s = self.sides
        found = [("tangent", f"none: {SIDES.get(s.what, 'difference quotients have no limit here')}", s.what)]
        for label, slope, limit in (("left", s.left, s.below), ("right", s.right, s.above)):
            if np.isnan(limit):
                found.append((label, "no values on this side", ""))
            elif np.isinf(limit):
                found.append((label, f"f tends to {figure(limit)}", ""))
            else:
                jumps = s.what == "jump"
                found.append((label, f"{'f′ tends to' if jumps else 'derivative'} {figure(slope, 6)}", f"f tends to {figure(limit, 6)}" if jumps else ""))
        if s.what == "kink":
            low, high = sorted([s.left, s.right])
            convex = s.left < s.right
            between = f"every slope from {figure(low)} to {figure(high)}"
            found.append(("instead", between + (" is that of a line that stays below f near the point" if convex else " is that of a line that stays above f near the point"), "subgradients" if convex else "supergradients"))  # fmt: skip
        if s.what == "vertical tangent" and np.isinf(s.left) and s.left == s.right:
            found.append(("instead", f"the vertical line {self.f.name} = {figure(self.x, 6)}", ""))
        known = [b for b in self.derivation.breaks if not b.exists]
        return found + [("breaks", f"where {b.at}: {b.what}", returned(b.jax, b.torch)) for b in known]

    def _tangent_rows(self) -> list[tuple[str, str, str]]:
        found = [("slope", figure(self.slope, 6), ""), ("tangent", self.equation(), "")]
        q = quotients(self.f, self.slope, self.unit * SHOWN)
        lines = [[figure(h), figure(a, 7), _error(e), figure(b, 7), _error(c)] for h, a, b, e, c in zip(*q[:5])]
        found.append(("quotients", columns(["h", "forward", "error", "central", "error"], lines), ""))
        found.append(("order", self._orders(), ""))
        found.append(("rounding", self._rounding(), ""))
        m = first_order(self.f, self.slope, self.unit * EPSILONS)
        lines = [[figure(e), figure(v, 7), figure(a, 7), _error(abs(r), r), figure(r / e**2)] for e, v, a, r in zip(*m[:4])]
        lines = [line if abs(r) > 1e-13 * (abs(v) + abs(a)) else [*line[:4], "rounding"] for line, v, a, r in zip(lines, m.value, m.model, m.error)]
        heads = ["ε", "f(x + ε)", "f + ε f′", "error", "error/ε²"]
        found.append(("model", columns(heads, lines), ""))
        if self.curvature is not None:
            found.append(("limit", f"error/ε² tends to f″({figure(self.x, 6)})/2 = {figure(self.curvature / 2, 6)}", ""))
        elif self.f.derivative(2) is not None:
            found.append(("limit", "error/ε² need not have one: f″ does not exist at the point" if self.f.piecewise else "error/ε² need not have one: no f″ is known at the point", ""))
        return found

    def equation(self) -> str:
        """y = 0.8415 + 2.223(x − 1)."""
        x, slope = self.x, self.slope
        step = self.f.name if x == 0 else f"({self.f.name} {'−' if x > 0 else '+'} {figure(abs(x), 6)})"
        times = "" if abs(slope) == 1 else figure(abs(slope), 6) + (" " if x == 0 else "")
        if slope == 0:
            return f"y = {figure(self.value, 6)}"
        if self.value == 0:
            return f"y = {'−' if slope < 0 else ''}{times}{step}"
        return f"y = {figure(self.value, 6)} {'−' if slope < 0 else '+'} {times}{step}"

    def _orders(self) -> str:
        said = []
        for name, measured, usual in (("forward", self.quotients.forward_order, 1), ("central", self.quotients.central_order, 2)):
            none = measured is not None and measured < FALLING
            said.append(f"{name} {'no error but rounding' if measured is None else 'not at these steps' if none else f'h^{measured:.2f}'}")
            if measured is not None and measured > usual + 0.5 and usual == 1 and self.curvature is not None and abs(self.curvature) < 1e-9:
                said[-1] += ", since f″ is 0 here"
        return "the error falls as: " + ", ".join(said)

    def _rounding(self) -> str:
        """Where each quotient is best; what has no error but rounding is best at long steps, which tells nothing."""
        q, said = self.quotients, []
        for which, order in (("forward", q.forward_order), ("central", q.central_order)):
            h, e = q.best(which)
            if order is not None and order >= FALLING and h > 1.01 * q.h[-1]:
                said.append(f"{figure(h, 1)} ({which}, error {_error(e)})")
        return f"takes over below h = {', '.join(said)}" if said else f"{'is all there is' if q.forward_order is None else 'is not seen'} at these steps"

    def pictures(self) -> dict:
        if not self.exists:
            return {"sides": lambda page, width: pictures.sides(self, page, width)}
        return {
            "secants": lambda page, width: pictures.secants(self, page, width),
            "quotients": lambda page, width: pictures.quotient_errors(self, page, width),
            "error": lambda page, width: pictures.model_error(self, page, width),
        }

    @np.errstate(all="ignore")
    def to_dict(self) -> dict:
        found = {
            **self.described(), "function": self.f.problem.echo, "variable": self.f.name, "at": self.x, "value": self.value,
            "derivative": self.derivation.text, "exists": self.exists, "slope": self.slope, "second": self.curvature,
        }  # fmt: skip
        if self.exists:
            q, m = quotients(self.f, self.slope, self.unit * SHOWN), first_order(self.f, self.slope, self.unit * EPSILONS)
            found["tangent"] = self.equation()
            found["quotients"] = {"h": q.h, "forward": q.forward, "central": q.central} | {
                "forward_order": self.quotients.forward_order, "central_order": self.quotients.central_order
            }  # fmt: skip
            found["model"] = {"epsilon": m.eps, "value": m.value, "model": m.model, "error": m.error, "order": self.first_order.order}
        else:
            found["sides"] = self.sides._asdict()
        return plain(found | {"notes": self.notes, "verified": bool(self.derivation.verified)})


def _error(e: float, signed: float = 1.0) -> str:
    return ("−" if signed < 0 and e else "") + ("0" if e == 0 else "–" if not np.isfinite(e) else figure(e, 2))
