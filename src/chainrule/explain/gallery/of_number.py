"""A function of one number in the gallery: derivatives, course, breaks, spellings; of a loss its gradient and bounds as well."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...core.errors import NoRuleError
from ...derivation.derive import derive, understood
from ...ops.declare import Interval
from ..columns import plain
from ..frameworks import returned
from ..models.number import OneNumber
from ..place import figure, place_of
from ..step_sizes import stable
from . import pictures
from .course import FAR, FARTHER, Course, Extreme, Zone
from .entries import Entry
from .entry_told import EntryTold
from .safe import failure
from .spelled import broken, interval, number


class OfNumber(EntryTold):
    """One entry at length.

    Attributes
        entry: name, formula, declaration.
        first, second: the derivations of f′ and f″, sealed; None where there is no rule.
        course: extremes, slopes, zones, zeros.
    """

    def __init__(self, entry: Entry):
        self.entry = entry
        self.notes: list[str] = []
        problem = understood(entry.formula, entry.declare, None)
        at = {entry.variable: np.asarray(_inside(entry.domain)), **entry.values}
        self.number = OneNumber(place_of(problem, [entry.variable], at))
        self.first, self.second = self._derived(1), self._derived(2)
        if entry.values:
            said = ", ".join([f"{name} = {figure(float(v))}" for name, v in entry.values.items()])
            self.notes.append(f"looked at with {said}")

    def _derived(self, order: int):
        try:
            return derive(self.number.problem, self.entry.variable, order=order)
        except NoRuleError:
            return None

    # ------------------------------------------------------------------ what is computed

    @cached_property
    def domain(self) -> Interval:
        """The declared domain, in which f may be differentiated, with those ends at which f tends to its value."""
        inner, ends = self.entry.domain, ""
        for end, inward, away, closed in ((inner.low, 1.0, "(", "["), (inner.high, -1.0, ")", "]")):
            there, beside = [self.number.f(end + t) if np.isfinite(end) else np.nan for t in (0.0, inward * 1e-9)]
            ends += closed if abs(there - beside) < 1e-3 * (1 + abs(there)) and abs(there) < 1e6 else away
        return inner._replace(closed=ends)

    def _branch(self) -> str:
        """That f has values outside of the domain that is declared: the tangent, beyond its poles."""
        low, high = self.entry.domain[:2]
        beyond = [end + out * share for end, out in ((low, -1.0), (high, 1.0)) if np.isfinite(end) for share in (0.3, 0.7)]
        return "one branch; f has others" if self.entry.op is not None and any(np.isfinite(self.number.f(x)) for x in beyond) else ""

    @cached_property
    def functions(self) -> list:
        """f, f′ and f″ as functions of a number, as far as there are rules."""
        found = [self.number.f]
        for order, d in ((1, self.first), (2, self.second)):
            found.append(None if d is None else self.number.derivative(order))
        return found

    @cached_property
    def broken(self) -> list[tuple[float, int, object]]:
        """(x, order of the first derivative that is missing there, what is known of it) of the breaks within the domain."""
        found: dict[float, tuple[int, object]] = {}
        for d in self.derivations():
            for b in d.breaks:
                x = self._place_of(b)
                if x is not None and (x not in found or (b.order or 9) < found[x][0]):
                    found[x] = (b.order if b.order is not None else 9, b)
        declared = self.entry.op.breaks if self.entry.op is not None and self.entry.op.breaks else {}
        for x, order in declared.items():
            if not any(abs(x - other) < 1e-6 for other in found):
                found[float(x)] = (order, None)
        ending = next((b for order, b in found.values() if order == 0), None)
        for end in (self.entry.domain.low, self.entry.domain.high):  # tan has poles at both, of which one was gone to
            inside = end + (1e-9 if end == self.entry.domain.low else -1e-9)
            if ending is not None and np.isfinite(end) and abs(self.number.f(inside)) > 1e6 and all(abs(end - x) > 1e-6 for x in found):
                found[float(end)] = (0, ending)
        return sorted([(x, order, b) for x, (order, b) in found.items() if order < 9], key=lambda item: item[0])

    def _place_of(self, b) -> float | None:
        """Where a break is for the values that are looked at: kinks move with a parameter."""
        v = self.entry.variable
        if b.exists or b.point is None:
            return None
        if self.entry.values:
            known = [x for x in self._kinks if self.entry.domain.low <= x <= self.entry.domain.high]
            return min(known, key=abs, default=None)
        x = float(np.asarray(b.point[v]))
        return x if np.isfinite(x) else None

    @cached_property
    def _kinks(self) -> list[float]:
        """Where an operation breaks for the values that are looked at, found by its margin."""
        values = self.number.place.values
        margin = lambda x: float(self.number.problem.margin(values | {self.entry.variable: np.asarray(x)}, self.entry.variable))
        xs = np.unique(np.concatenate([np.linspace(-8, 8, 641), [float(v) for v in self.entry.values.values()]]))
        xs = xs[(xs >= self.entry.domain.low) & (xs <= self.entry.domain.high)]
        return [float(x) for x in xs if margin(x) < 1e-9]

    @cached_property
    def places(self) -> list[tuple[float, int, object]]:
        """All places that break: those of the derivations, and further kinks of the function at the values looked at."""
        found = list(self.broken)
        for x in self._kinks:
            if not any(abs(x - other) < 1e-6 for other, *_ in found):
                found.append((x, found[0][1] if found else 1, found[0][2] if found else None))
        return sorted(found, key=lambda item: item[0])

    @cached_property
    def course(self) -> Course:
        f, slope, _ = self.functions
        return Course(f, slope, self.entry.domain, [x for x, *_ in self.places])

    @property
    def lipschitz(self) -> float | None:
        """The smallest L with |f(x) − f(y)| ≤ L|x − y|; infinite where there is none, None where f′ is not known."""
        if any(order == 0 and self.entry.domain.contains(np.asarray(x)) for x, order, _ in self.places):
            return np.inf
        return None if self.course.steepest is None else self.course.steepest.value

    @cached_property
    def curvature_range(self) -> tuple[float, float] | None:
        """(inf, sup) of f″ over the domain, off the breaks."""
        second = self.functions[2]
        if second is None:
            return None
        values = np.array([second(x) for x in self.course.xs])
        values = values[np.isfinite(values)]
        return (float(values.min()), float(values.max())) if values.size else None

    def bends(self) -> str:
        """Convex, concave or neither: as declared, else as f″ and the slopes on both sides of kinks say."""
        declared = self.entry.op.curvature if self.entry.op is not None else None
        if declared:
            return declared
        slopes = self.course.slopes
        if slopes is None:
            return "not known"
        inside = slopes[np.isfinite(slopes)]
        jumps = [order == 0 for _, order, _ in self.places]
        rises, falls = [bool(np.all(s * np.diff(inside) >= -1e-12 * (1 + np.abs(inside[1:])))) for s in (1, -1)]
        if any(jumps) or rises == falls:
            return "affine" if rises and falls and not any(jumps) else "neither convex nor concave"
        return "convex, as computed" if rises else "concave, as computed"

    def rises(self) -> str:
        """Increasing, decreasing or neither: as declared, else as f′ says."""
        declared = self.entry.op.monotone if self.entry.op is not None else None
        if declared:
            return declared
        ys = self.course.ys[np.isfinite(self.course.ys)]
        up, down = [bool(np.all(s * np.diff(ys) >= -1e-13 * (1 + np.abs(ys[1:])))) for s in (1, -1)]
        return "nondecreasing, as computed" if up else "nonincreasing, as computed" if down else "neither rises nor falls throughout"

    # ------------------------------------------------------------------ what is said

    def rows(self) -> list[tuple[str, str, str]]:
        return list(self._rows)

    @cached_property
    def _rows(self) -> list[tuple[str, str, str]]:
        e = self.entry
        found = [("function", f"{e.name}   {e.formula}" if e.op is None else e.name, e.group)]
        if e.doc:
            found.append(("", e.doc, ""))
        for d in self.derivations():
            found.append((f"{d.symbol} =", d.text, ""))
            found += [("" if k else "where", f"{name} = {text}", "") for k, (name, text) in enumerate(d.where.items())]
        if self.first is None:
            found.append(("slope", "no rule for it is declared", ""))
        found += [("domain", interval(self.domain), self._branch()), *self._range_rows()]
        if e.op is not None and e.op.parity:
            found.append(("parity", e.op.parity, ""))
        found += [("monotone", self.rises(), ""), *self._turning_rows(), ("curvature", self.bends(), "")]
        found += self._slope_rows() + self._loss_rows() + self._break_rows() + self._zero_rows() + self._safe_rows()
        return found + self.closing_rows()

    def _range_rows(self) -> list[tuple[str, str, str]]:
        low, high = self.course.lowest, self.course.highest
        declared = f"declared {interval(self.entry.op.range)}" if self.entry.op is not None else ""
        return [("range", f"from {self._extreme(low)} to {self._extreme(high)}", declared)]

    def _extreme(self, x: Extreme, slope: bool = False) -> str:
        v = self.entry.variable
        if x.where is None:
            return number(x.value)
        if np.isinf(x.where):
            return f"{number(x.value)} (as {v} → {'±∞' if self._both_ways(x, slope) else figure(x.where)})"
        inside = bool(self.domain.contains(np.asarray(x.where))) and np.isfinite(x.value)
        inside = inside and not (slope and any(order <= 1 and abs(b - x.where) < 1e-6 for b, order, _ in self.places))
        jump = next((b for b, order, _ in self.places if order == 0 and abs(b - x.where) < 1e-6), x.where)
        inside = inside and (slope or abs(self.number.f(jump) - x.value) <= 1e-6 * (1 + abs(x.value)))
        return f"{number(x.value)} ({'at ' + v + ' = ' if inside else 'as ' + v + ' → '}{number(x.where)})"

    def _both_ways(self, x: Extreme, slope: bool) -> bool:
        """Whether what is tended to at one end of the line is tended to at the other."""
        if np.isfinite(self.entry.domain.low) or np.isfinite(self.entry.domain.high):
            return False
        at = (lambda t: abs(self.functions[1](t))) if slope else self.number.f
        near, far, farther = [at(-np.sign(x.where) * t) for t in (100.0, FAR, FARTHER)]
        if np.isfinite(x.value):
            return bool(abs(farther - x.value) <= 1e-5 * (1 + abs(x.value)) and abs(far - x.value) >= abs(farther - x.value))
        rises = [np.sign(x.value) * (b - a) for a, b in ((at(0.0), near), (near, far), (far, farther))]
        return bool(min(rises) > 1 or rises[0] > 1e6 and not np.isfinite(farther))

    def _turning_rows(self) -> list[tuple[str, str, str]]:
        v, f = self.entry.variable, self.functions[0]
        found = self.course.turning()
        said = [f"{what} {figure(f(x))} at {v} = {number(x)}" for x, what in found[:2]]
        return [("turns", "; ".join(said) + (" …" if len(found) > 2 else ""), "")] if said else []

    def _slope_rows(self) -> list[tuple[str, str, str]]:
        c = self.course
        if c.steepest is None:
            return []
        top = c.steepest
        if not np.isfinite(top.value):
            return [("slope", f"without bound, as {self.entry.variable} → {'±∞' if np.isinf(top.where) and self._both_ways(top, True) else number(top.where)}", "no Lipschitz constant")]
        jumps = not np.isfinite(self.lipschitz)
        found = [("slope", f"|f′| at most {self._extreme(top, slope=True)}", "jumps: no Lipschitz constant" if jumps else f"Lipschitz constant {figure(top.value)}")]
        if not top.value:
            return [("slope", "0 wherever it exists", "jumps: no Lipschitz constant" if jumps else "")]
        text = "; ".join([self._zone(z) for z in c.saturated]) or "nowhere"
        found.append(("saturated", text, "where |f′| is below 1 % of that"))
        return found

    def _zone(self, z: Zone, holds=lambda x: False) -> str:
        """A stretch; an end belongs to it where what is said of it `holds` there."""
        v = self.entry.variable
        below, above = ["≤" if np.isfinite(end) and holds(end) else "<" for end in z]
        if np.isinf(z.low) or z.low == self.entry.domain.low:
            return f"{v} {above} {number(z.high)}" if np.isfinite(z.high) else "everywhere"
        if np.isinf(z.high) or z.high == self.entry.domain.high:
            return f"{v} {'≥' if below == '≤' else '>'} {number(z.low)}"
        return f"{number(z.low)} {below} {v} {above} {number(z.high)}"

    def _loss_rows(self) -> list[tuple[str, str, str]]:
        e = self.entry
        if e.perfect is None:
            return []
        v, at = e.variable, float(e.perfect)
        given = ", ".join([f"{name} = {figure(float(x))}" for name, x in e.values.items()])
        f, stretch = self.functions[0], next((z for z in self.zeros() if z.low < z.high), None)
        if stretch is not None:
            text = f"the loss is 0 for {self._zone(stretch, lambda x: f(x) == 0)}"
        elif not np.isfinite(at):
            text = f"the loss tends to {figure(round(f(np.sign(at) * 300.0), 12) + 0.0)} as {v} → {figure(at)}"
        elif not self.domain.contains(np.asarray(at)):
            text = f"the loss tends to {figure(round(f(at - 1e-9), 7) + 0.0)} as {v} → {figure(at)}"
        else:
            least = round(f(at), 7) + 0.0
            text = f"the loss is {figure(least)} at {v} = {figure(at)}" + ("" if least == 0 else ", its least value")
        found = [("perfect", text, f"for {given}")]
        bound = self.curvature_range
        if bound is not None:
            low, high = bound
            kinks = any(order <= 1 for _, order, _ in self.places)
            if not np.isfinite(high) or high > 1e6:
                found.append(("bend", "f″ has no upper bound", f"no step η in {v} is short enough everywhere"))
            else:
                advice = f"gradient descent in {v} converges for η < {figure(stable(high))}" if high > 0 and not kinks else ""
                between = f"f″ = {figure(low)}" if low == high else f"{figure(low)} ≤ f″ ≤ {figure(high)}"
                found.append(("bend", between + (" off the kinks" if kinks else ""), advice))
        return found

    def _break_rows(self) -> list[tuple[str, str, str]]:
        found = []
        for x, order, b in self.places:
            what = f"{self.entry.variable} = {number(x)}: {broken(order, None if b is None else b.what)}"
            found.append(("" if found else "breaks", what, "" if b is None else returned(b.jax, b.torch)))
        return found or [("breaks", "nowhere", "")]

    def zeros(self, shift: bool = False) -> list[Zone]:
        """Where f(x) = 0, or with `shift` f(x) = x, the nearest to 0 first. Ends of the domain at which f has a value take part."""
        found, f = self.course.zeros(shift), self.number.f
        for end, bracket in zip(self.domain[:2], self.domain.closed):
            if bracket in "[]" and abs(f(end) - (end if shift else 0.0)) <= 1e-13 * (1 + abs(end)):
                found.append(Zone(end, end))
        stretches = [z for z in found if z.low < z.high]
        alone = [z for z in found if z.low == z.high and not any(s.low - 1e-9 <= z.low <= s.high + 1e-9 for s in stretches)]
        return sorted(alone + stretches, key=lambda z: min(abs(z.low), abs(z.high)))

    def _zero_rows(self) -> list[tuple[str, str, str]]:
        v, f, found = self.entry.variable, self.number.f, []
        for label, shift in (("zero", False), ("fixed", True)):
            if self.entry.op is None and label == "fixed":
                continue
            zones, holds = self.zeros(shift), lambda x, shift=shift: abs(f(x) - (x if shift else 0.0)) <= 1e-13 * (1 + abs(x))
            said = [f"{v} = {number(z.low)}" if z.low == z.high else self._zone(z, holds) for z in zones[:3]]
            text = "; ".join(said) + (" …" if len(zones) > 3 else "")
            found.append((label, text or "nowhere", f"f({v}) = {'0' if label == 'zero' else v}"))
        return found

    @cached_property
    def failing(self):
        op = self.entry.op
        defaults = tuple(float(d) for d in op.defaults) if op is not None else ()
        return None if op is None else failure(op, (*[float(x) for x in self.entry.values.values()], *defaults))

    def _safe_rows(self) -> list[tuple[str, str, str]]:
        op = self.entry.op
        if op is None or op.safe == op.numpy:
            return []
        found = [("safe", self.spelled(op.safe), "")]
        bad = self.failing
        if bad is not None:
            v = self.entry.variable
            what = "overflows on the way" if bad.overflows else f"gives {figure(bad.plain)}"
            found.append(("", f"at {v} = {figure(bad.at)} it gives {figure(bad.safe)}, and {self.spelled(op.numpy)} {what}", ""))
        return found

    # ------------------------------------------------------------------ pictures, data

    def pictures(self) -> dict:
        return {"curves": lambda page, width: pictures.curves(self, page, width)}

    def to_dict(self) -> dict:
        c, e = self.course, self.entry
        return plain({
            **self.described(), "name": e.name, "group": e.group, "formula": e.formula, "variable": e.variable, "doc": e.doc, "source": e.source,
            "values": {n: float(x) for n, x in e.values.items()},
            "derivatives": [{"symbol": d.symbol, "text": d.text, "latex": d.latex} for d in self.derivations()],
            "domain": str(self.domain), "range": {"low": c.lowest._asdict(), "high": c.highest._asdict()}, "monotone": self.rises(), "curvature": self.bends(),
            "steepest": None if c.steepest is None else c.steepest._asdict(), "lipschitz": self.lipschitz,
            "saturated": [list(z) for z in c.saturated], "breaks": [{"at": x, "order": order, "what": b and b.what} for x, order, b in self.places],
            "zeros": [list(z) for z in self.zeros()], "fails": None if self.failing is None else self.failing._asdict(), "spelled": self.spellings(),
            "notes": self.notes, "verified": self.sealed,
        })  # fmt: skip


def _inside(domain) -> float:
    """A point within a domain."""
    low, high = max(domain.low, -1.0), min(domain.high, 2.0)
    return (low + high) / 2 if low < high else domain.low + 1.0
