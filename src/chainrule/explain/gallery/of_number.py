"""A function of one number in the gallery: derivatives, course, breaks, spellings; of a loss its gradient and bounds as well."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...core.errors import NoRuleError
from ...derivation.derive import derive, understood
from ..columns import plain
from ..explanation import Explanation
from ..models.number import OneNumber
from ..place import figure, place_of
from . import pictures
from .course import Course, Extreme, Zone
from .entries import Entry
from .safe import failure, spelled

FRAMEWORKS = (("NumPy", "numpy"), ("JAX", "jax"), ("PyTorch", "torch"))


class OfNumber(Explanation):
    """One entry at length.

    Attributes
        entry: name, formula, declaration.
        first, second: the derivations of f′ and f″, sealed; None where there is no rule.
        course: extremes, slopes, zones, zeros.
    """

    kind = "gallery"

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
        for d in filter(None, (self.first, self.second)):
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
        for d in filter(None, (self.first, self.second)):
            found.append((f"{d.symbol} =", d.text, ""))
            found += [("" if k else "where", f"{name} = {text}", "") for k, (name, text) in enumerate(d.where.items())]
        if self.first is None:
            found.append(("derivative", "no rule for it is declared", ""))
        found += [("domain", spelled_interval(e.domain), ""), *self._range_rows()]
        if e.op is not None and e.op.parity:
            found.append(("parity", e.op.parity, ""))
        found += [("monotone", self.rises(), ""), *self._turning_rows(), ("curvature", self.bends(), "")]
        found += self._slope_rows() + self._loss_rows() + self._break_rows() + self._zero_rows() + self._safe_rows()
        if e.op is not None:
            found += [("" if k else "spelled", f"{word + ':':<8} {code}", "") for k, (word, code) in enumerate(self.spellings().items())]
        if e.source:
            found.append(("source", e.source, ""))
        used = list(dict.fromkeys([str(fact) for d in (self.first, self.second) if d is not None for fact in d.used]))
        found += [("using", "; ".join(used), "")] if used else []
        found += [("note", note, "") for note in self.notes]
        return found + seal_rows([self.first, self.second])

    def _range_rows(self) -> list[tuple[str, str, str]]:
        low, high = self.course.lowest, self.course.highest
        declared = f"declared {spelled_interval(self.entry.op.range)}" if self.entry.op is not None else ""
        return [("range", f"from {self._extreme(low)} to {self._extreme(high)}", declared)]

    def _extreme(self, x: Extreme, slope: bool = False) -> str:
        v = self.entry.variable
        if x.where is None:
            return figure(x.value)
        if np.isinf(x.where):
            return f"{figure(x.value)} (as {v} → {figure(x.where)})"
        inside = bool(self.entry.domain.contains(np.asarray(x.where))) and np.isfinite(x.value)
        inside = inside and not (slope and any(order <= 1 and abs(b - x.where) < 1e-6 for b, order, _ in self.places))
        return f"{figure(x.value)} ({'at ' + v + ' = ' if inside else 'as ' + v + ' → '}{figure(x.where)})"

    def _turning_rows(self) -> list[tuple[str, str, str]]:
        v, f = self.entry.variable, self.functions[0]
        said = [f"{what} {figure(f(x))} at {v} = {figure(x)}" for x, what in self.course.turning()[:2]]
        return [("turns", "; ".join(said), "")] if said else []

    def _slope_rows(self) -> list[tuple[str, str, str]]:
        c = self.course
        if c.steepest is None:
            return []
        top = c.steepest
        if not np.isfinite(top.value):
            return [("slope", f"without bound, as {self.entry.variable} → {figure(top.where)}", "no Lipschitz constant")]
        jumps = not np.isfinite(self.lipschitz)
        found = [("slope", f"|f′| at most {self._extreme(top, slope=True)}", "jumps: no Lipschitz constant" if jumps else f"Lipschitz constant {figure(top.value)}")]
        if not top.value:
            return [("slope", "0 wherever it exists", "jumps: no Lipschitz constant" if jumps else "")]
        text = "; ".join([self._zone(z) for z in c.saturated]) or "nowhere"
        found.append(("saturated", text, "where |f′| is below 1 % of that"))
        return found

    def _zone(self, z: Zone) -> str:
        v = self.entry.variable
        if np.isinf(z.low) or z.low == self.entry.domain.low:
            return f"{v} < {figure(z.high)}" if np.isfinite(z.high) else "everywhere"
        return f"{v} > {figure(z.low)}" if np.isinf(z.high) or z.high == self.entry.domain.high else f"{figure(z.low)} < {v} < {figure(z.high)}"

    def _loss_rows(self) -> list[tuple[str, str, str]]:
        e = self.entry
        if e.perfect is None:
            return []
        v, at = e.variable, float(e.perfect)
        given = ", ".join([f"{name} = {figure(float(x))}" for name, x in e.values.items()])
        if np.isfinite(at):
            x = at - (1e-9 if not e.domain.contains(np.asarray(at)) else 0.0)
            found = [("perfect", f"the loss is {figure(round(self.functions[0](x), 7) + 0.0)} at {v} = {figure(at)}", f"for {given}")]
        else:
            value = self.functions[0](np.sign(at) * 300.0)
            found = [("perfect", f"the loss tends to {figure(round(value, 12) + 0.0)} as {v} → {figure(at)}", f"for {given}")]
        bound = self.curvature_range
        if bound is not None:
            low, high = bound
            kinks = any(order <= 1 for _, order, _ in self.places)
            if not np.isfinite(high) or high > 1e6:
                found.append(("bend", "f″ has no bound", ""))
            else:
                advice = f"gradient descent in {v} converges for η < {figure(2 / high)}" if high > 0 and not kinks else ""
                found.append(("bend", f"{figure(low)} ≤ f″ ≤ {figure(high)}" + (", off the kinks" if kinks else ""), advice))
        return found

    def _break_rows(self) -> list[tuple[str, str, str]]:
        found = []
        names = {0: "f itself", 1: "f′", 2: "f″"}
        for x, order, b in self.places:
            what = f"{self.entry.variable} = {figure(x)}: {names.get(order, f'the derivative of order {order}')} {'ends' if b is not None and 'end' in b.what else 'is missing' if order else 'jumps or ends'}"  # fmt: skip
            said = [] if b is None else [f"{word} {value}" for word, value in (("JAX", b.jax), ("PyTorch", b.torch)) if value is not None]
            kind = f" ({b.what})" if b is not None else ""
            found.append(("" if found else "breaks", what + kind, ", ".join(said)))
        return found or [("breaks", "nowhere", "")]

    def _zero_rows(self) -> list[tuple[str, str, str]]:
        v = self.entry.variable
        spell = lambda z: f"{v} = {figure(z.low)}" if z.low == z.high else self._zone(z)
        found = []
        for label, zones in (("zero", self.course.zeros()), ("fixed", self.course.zeros(shift=True))):
            if self.entry.op is None and label == "fixed":
                continue
            zones = sorted(zones, key=lambda z: min(abs(z.low), abs(z.high)))
            text = "; ".join([spell(z) for z in zones[:3]]) + (" …" if len(zones) > 3 else "")
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
        found = [("safe", self._spelled(op.safe), "")]
        bad = self.failing
        if bad is not None:
            v = self.entry.variable
            what = "overflows on the way" if bad.overflows else f"gives {figure(bad.plain)}"
            found.append(("", f"at {v} = {figure(bad.at)} it gives {figure(bad.safe)}, and {self._spelled(op.numpy)} {what}", ""))
        return found

    def _spelled(self, template: str) -> str:
        op = self.entry.op
        given = [*self.entry.values, *[figure(float(d)).replace("−", "-") for d in op.defaults]]
        return spelled(template, self.entry.variable, tuple(given))

    def spellings(self) -> dict[str, str]:
        op = self.entry.op
        return {} if op is None else {word: self._spelled(getattr(op, field)) for word, field in FRAMEWORKS if getattr(op, field)}

    # ------------------------------------------------------------------ pictures, data

    def pictures(self) -> dict:
        return {"curves": lambda page, width: pictures.curves(self, page, width)}

    def to_dict(self) -> dict:
        c, e = self.course, self.entry
        return plain({
            **self.described(), "name": e.name, "group": e.group, "formula": e.formula, "variable": e.variable, "doc": e.doc, "source": e.source,
            "values": {n: float(x) for n, x in e.values.items()},
            "derivatives": [{"symbol": d.symbol, "text": d.text, "latex": d.latex} for d in filter(None, (self.first, self.second))],
            "domain": str(e.domain), "range": {"low": c.lowest._asdict(), "high": c.highest._asdict()}, "monotone": self.rises(), "curvature": self.bends(),
            "steepest": None if c.steepest is None else c.steepest._asdict(), "lipschitz": self.lipschitz,
            "saturated": [list(z) for z in c.saturated], "breaks": [{"at": x, "order": order, "what": b and b.what} for x, order, b in self.places],
            "zeros": [list(z) for z in c.zeros()], "fails": None if self.failing is None else self.failing._asdict(), "spelled": self.spellings(),
            "notes": self.notes, "verified": all(bool(d.verified) for d in filter(None, (self.first, self.second))),
        })  # fmt: skip


def _inside(domain) -> float:
    """A point within a domain."""
    low, high = max(domain.low, -1.0), min(domain.high, 2.0)
    return (low + high) / 2 if low < high else domain.low + 1.0




def spelled_interval(interval) -> str:
    """(−∞, 1], with a true minus."""
    return str(interval).replace("-", "−")


def seal_rows(derivations: list) -> list[tuple[str, str, str]]:
    """How well the derivations are verified; those with the same evidence together."""
    grouped: dict[str, list[str]] = {}
    for d in derivations:
        if d is not None:
            grouped.setdefault(str(d.seal), []).append(d.symbol)
    return [("verified", f"{' and '.join(symbols)}: {seal}", "") for seal, symbols in grouped.items()]
