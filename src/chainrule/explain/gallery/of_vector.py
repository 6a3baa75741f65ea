"""A function of a vector in the gallery: its Jacobian as formula and as a map of numbers, its Hessian, its safe form."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...core.errors import NoRuleError
from ...derivation.derive import derive, understood
from ...derivation.seal import program
from ..columns import plain
from ..place import figure, shown
from . import pictures
from .entries import VECTOR, Entry
from .entry_told import EntryTold
from .spelled import interval
from .safe import failure_along

NAMED = {1: ("gradient", "Jacobian"), 2: ("Hessian", "second derivative")}


class OfVector(EntryTold):
    """One entry at length.

    Attributes
        first, second: the derivations, sealed; `second` is None where the function is no number, or has no rule.
        point: where its numbers are told.
    """

    def __init__(self, entry: Entry):
        self.entry, self.notes = entry, []
        self.problem = understood(entry.formula, entry.declare, None)
        self.point = np.array(VECTOR)
        self.values = {entry.variable: self.point, **entry.values}
        self.first = derive(self.problem, entry.variable)
        self.second = None
        if not self.problem.dims:
            try:
                self.second = derive(self.problem, entry.variable, order=2)
            except NoRuleError:
                self.notes.append("no rule for its second derivative is declared")

    @cached_property
    def value(self) -> np.ndarray:
        return np.asarray(self.problem.evaluate(self.values))

    @cached_property
    def matrix(self) -> np.ndarray:
        """The Jacobian of a vector, or the Hessian of a number, at the point."""
        d = self.first if self.problem.dims else self.second
        return np.asarray(program(d, d.order)(self.values))

    @cached_property
    def slopes(self) -> np.ndarray:
        return np.asarray(program(self.first, 1)(self.values))

    @cached_property
    def largest(self) -> tuple[float, float]:
        """(smallest, largest) eigenvalue of the matrix at the point."""
        found = np.linalg.eigvalsh((self.matrix + self.matrix.T) / 2)
        return float(found[0]), float(found[-1])

    @property
    def what(self) -> str:
        """What the matrix is called."""
        return "Jacobian" if self.problem.dims else "Hessian"

    def rows(self) -> list[tuple[str, str, str]]:
        e, v = self.entry, self.entry.variable
        found = [("function", f"{e.name}   {self.problem.echo}", e.group)]
        if e.doc:
            found.append(("", e.doc, ""))
        for d in self.derivations():
            found.append((f"{d.symbol} =", d.text, NAMED[d.order][bool(self.problem.dims)]))
            found += [("" if k else "where", f"{name} = {text}", "") for k, (name, text) in enumerate(d.where.items())]
        found.append(("at", ", ".join([f"{n} = {shown(x)}" for n, x in self.values.items()]), ""))
        found.append((f"f({v})", shown(self.value), ""))
        if not self.problem.dims:
            found.append(("∇f", shown(self.slopes), f"sums to {figure(round(float(self.slopes.sum()), 12) + 0.0)}"))
        low, high = self.largest
        symmetric = bool(np.allclose(self.matrix, self.matrix.T))
        text = f"{'symmetric, ' if symmetric else ''}eigenvalues from {figure(round(low, 12) + 0.0)} to {figure(high)}"
        sums = np.abs(self.matrix.sum(axis=1)).max() < 1e-12
        found.append((self.what, text, "each row sums to 0: adding a number to all entries changes nothing" if sums and self.matrix.any() else ""))
        op = e.op
        if op is not None:
            said = [word for word in (op.curvature, op.monotone and f"{op.monotone} in each entry") if word]
            found += [("known", ", ".join(said), "")] if said else []
            found += self._range_rows(op)
        for b in self.first.breaks:
            found.append(("breaks", f"where {b.at}: {b.what}", ", ".join([f"{w} {r}" for w, r in (("JAX", b.jax), ("PyTorch", b.torch)) if r])))
        found += self._safe_rows()
        return found + self.closing_rows()

    def _range_rows(self, op) -> list[tuple[str, str, str]]:
        return [("range", f"each entry in {interval(op.range)}", "")] if op.range is not None else []

    @cached_property
    def failing(self):
        return None if self.entry.op is None else failure_along(self.entry.op)

    def _safe_rows(self) -> list[tuple[str, str, str]]:
        op, bad = self.entry.op, self.failing
        if op is None or op.safe == op.numpy:
            return []
        found = [("safe", self.spelled(op.safe), op.imports or "")]
        if bad is not None:
            x, plain_value, safe_value = bad
            v = self.entry.variable
            found.append(("", f"at {v} = {shown(x)} it gives {shown(safe_value)}, and {self.spelled(op.numpy)} gives {shown(plain_value)}", ""))
        return found

    def pictures(self) -> dict:
        return {"matrix": lambda page, width: pictures.matrix(self, page, width)}

    def to_dict(self) -> dict:
        return plain({
            **self.described(), "name": self.entry.name, "group": self.entry.group, "formula": self.entry.formula, "doc": self.entry.doc,
            "source": self.entry.source,
            "derivatives": [{"symbol": d.symbol, "text": d.text, "latex": d.latex, "where": dict(d.where)} for d in self.derivations()],
            "at": {n: x for n, x in self.values.items()}, "value": self.value, self.what.lower(): self.matrix, "eigenvalues": list(self.largest),
            "spelled": self.spellings(), "notes": self.notes, "verified": self.sealed,
        })  # fmt: skip
