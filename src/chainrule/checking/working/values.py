"""The true value of everything that a derivation speaks of, at one point: definitions, derivatives, differentials.

A derivative is computed from the definitions alone: the interpreter runs them with a complex step in what moves, and once more along a
stencil of real points where the order is two or what is differentiated is itself given by a derivative. No line of the derivation is
trusted, and no rule of calculus is used.

References: Squire & Trapp, SIAM Review 40 (1998), for the complex step; Fornberg, Math. Comp. 51 (1988), for the stencil.
"""

from __future__ import annotations

import numpy as np

from ...core.errors import LimitError
from ...syntax.names import split_subscript
from .quantities import By, Quantity
from .tokens import Token, elementwise_of
from .world import ZERO, Expr, Reading, World

STEP = 1e-30  # of the complex step
WIDTH = 0.004  # of the stencil, relative to the size of what moves
STENCIL = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))  # central differences, of order eight
MOST = 4000  # entries of one derivative


class At:
    """The values of everything at one point; `moved` are names whose values are others than the definitions give."""

    def __init__(self, world: World, values: dict, moved: dict | None = None, instead: dict | None = None):
        self.world, self.values, self.moved = world, values, moved or {}
        self.instead = instead or {}  # name or key of a quantity → what an earlier line says of it
        self._known: dict = {}

    def get(self, name: str) -> np.ndarray:
        if name in self.moved:
            return self.moved[name]
        found = self._known.get(name)
        if found is None:
            expr = self.instead.get(name, self.world.definitions.get(name))
            found = self._known[name] = np.asarray(self.values[name] if expr is None else self.expr(expr))
        return found

    def expr(self, expr: Expr) -> np.ndarray:
        return np.asarray(expr.problem.evaluate(self._given(expr)))

    def _given(self, expr: Expr) -> dict:
        given = {
            n: self.quantity(*expr.places[n]) if n in expr.places else self.zeros(expr) if n == ZERO else self.get(n)
            for n in expr.names
        }
        others = {n: v for n, v in self.values.items() if n not in given and n in expr.problem.unused}
        return {**others, **given}

    def sizes(self) -> dict[str, int]:
        """The sizes that the values of the variables give to the dimensions."""
        found: dict[str, int] = {}
        for name, (dims, _) in self.world.variables.items():
            for d, length in zip(dims, np.shape(self.values[name])):
                if len(d.names) == 1:
                    found.setdefault(d.names[0], length)
        return found

    def zeros(self, expr: Expr) -> np.ndarray:
        sizes = self.sizes()
        return np.zeros([d.at(sizes) for d in expr.problem.variables[ZERO].dims])

    def margin(self, expr: Expr) -> float:
        """The distance to the nearest kink of the formula and of all that it rests on."""
        found = float("inf")
        for e in [expr, *[self.world.definitions[n] for n in self.world.depends_of(expr)]]:
            if e.problem.machine.kinks:
                found = min(found, e.problem.margin(self._given(e)))
        return found

    # ---------------------------------------------------------------- derivatives

    def quantity(self, quantity: Quantity, quantities: list[Quantity], reading: Reading) -> np.ndarray:
        world = self.world
        said = self.instead.get(key_of(quantity, quantities, reading, world)) if self.instead else None
        if said is not None and quantity.kind == "differential":
            return said(self)
        if quantity.kind == "slope":
            return self._slope(quantity, world.expression(list(quantity.of), quantities, reading))
        if quantity.kind == "differential":
            expr = world.expression(list(quantity.of), quantities, reading)
            along = {
                v: self.values[direction_of(v)]
                for v in world.variables
                if v in reading.moving and direction_of(v) in self.values
            }
            return self._along(expr, along)
        expr, by = world.of(quantity, quantities, reading), world.by(quantity, reading)
        if said is not None:
            return laid(said(self), expr, by, world)
        held = {}
        if (
            reading.explicit
            and quantity.sign == "∂"
            and len(by) == 1
            and expr.problem.variables.keys() & world.definitions.keys()
        ):
            inner = (
                world.definitions[expr.names[0]]
                if len(expr.names) == 1 and expr.names[0] in world.definitions and quantity.is_named
                else expr
            )
            held = {n: self.get(n) for n in inner.names if n in world.definitions and n != by[0].name}
        full = self._derivative(expr, by, held)
        return laid(full, expr, by, world)

    def _along(self, expr: Expr, along: dict, held: dict | None = None) -> np.ndarray:
        """What a formula changes by when names move along directions."""
        held = held or {}
        if not along:
            return np.zeros_like(self.expr(expr), dtype=float)
        if not self.world.rests_on_derivatives(expr):
            moved = {n: self.get(n) + 1j * STEP * v for n, v in along.items()}
            return (
                np.asarray(At(self.world, self.values, {**self.moved, **held, **moved}, self.instead).expr(expr)).imag
                / STEP
            )
        return self._stencil(lambda at: at.expr(expr), along, held)

    def _stencil(self, value, along: dict, held: dict) -> np.ndarray:
        found = 0.0
        scale = max(1.0, max(float(np.max(np.abs(v), initial=0.0)) for v in along.values()))
        for k, weight in STENCIL:
            for sign in (1, -1):
                moved = {n: np.real(self.get(n)) + sign * k * WIDTH / scale * v for n, v in along.items()}
                found = found + sign * weight * value(
                    At(self.world, self.values, {**self.moved, **held, **moved}, self.instead)
                )
        return np.asarray(found) * scale / WIDTH

    def _derivative(self, expr: Expr, by: tuple[By, ...], held: dict) -> np.ndarray:
        """All entries: axes of the formula, then of each variable."""
        *others, last = by
        x = np.real(self.get(last.name))
        if x.size * max(1, np.size(self.get(others[0].name)) if others else 1) > MOST:
            raise LimitError(
                "the derivative is too large to be checked entry by entry",
                given=f"{x.size} entries",
                expected=f"at most {MOST}",
            )
        columns = []
        for k in range(x.size):
            e = np.zeros(x.shape)
            e.flat[k] = 1.0
            if others:
                columns.append(
                    self._stencil(lambda at: at._derivative(expr, tuple(others), held), {last.name: e}, held)
                )
            else:
                columns.append(self._along(expr, {last.name: e}, held))
        return np.stack(columns, axis=-1).reshape(columns[0].shape + x.shape)

    def _slope(self, quantity: Quantity, expr: Expr) -> np.ndarray:
        x = np.real(self.expr(expr))
        function = elementwise_of(quantity.function)
        slope = lambda v: np.asarray(function.evaluate(v + 1j * STEP)).imag / STEP  # noqa: E731
        if quantity.order == 1:
            return slope(x)
        if quantity.order > 2:
            raise LimitError(
                "derivatives of the third order are not checked",
                given=f"order {quantity.order}",
                expected="order 1 or 2",
            )
        return sum(s * w * slope(x + s * k * WIDTH) for k, w in STENCIL for s in (1, -1)) / WIDTH


def laid(full: np.ndarray, expr: Expr, by: tuple[By, ...], world: World) -> np.ndarray:
    """Letters first: those of the formula, then those of the variables; entries with a number picked out."""
    own = len(expr.dims)
    leading, rest = list(range(len(expr.letters))), list(range(len(expr.letters), own))
    picks: dict[int, int] = {}
    at = own
    for b in by:
        axes = list(range(at, at + len(world.dims(b.name))))
        at += len(axes)
        if b.low.isdigit():
            picks |= {axis: int(c) - 1 for axis, c in zip(axes, b.low)}
            rest += axes[len(b.low) :]
        else:
            leading += axes[: len(b.low)]
            rest += axes[len(b.low) :]
    order = [*leading, *rest]
    picked = full[tuple([picks.get(k, slice(None)) for k in range(full.ndim)])]
    left = [k for k in range(full.ndim) if k not in picks]
    return np.transpose(picked, [left.index(k) for k in order])


def unlaid(value: np.ndarray, expr: Expr, by: tuple[By, ...], world: World) -> np.ndarray | None:
    """The axes of a value in the order of the formula and then of the variables; None where entries are picked out."""
    if any(b.low.isdigit() for b in by):
        return None
    own, at = len(expr.dims), len(expr.dims)
    leading, rest = list(range(len(expr.letters))), list(range(len(expr.letters), own))
    for b in by:
        axes = list(range(at, at + len(world.dims(b.name))))
        at += len(axes)
        leading += axes[: len(b.low)]
        rest += axes[len(b.low) :]
    return np.transpose(value, np.argsort([*leading, *rest])) if value.ndim == at else None


def key_of(quantity: Quantity, quantities: list[Quantity], reading: Reading, world: World) -> tuple:
    """What a quantity is, whatever its indices are called."""
    of = quantity.of
    if not of:
        of = tuple([Token("name", n) for n in world.of(quantity, quantities, reading).names])
    if len(of) == 1 and of[0].kind == "name":
        base, low = split_subscript(of[0].value)
        own = of[0].value in world.definitions or of[0].value in world.variables
        what: object = of[0].value if own or not low.isalpha() else base
    else:
        what = of
    by = tuple([b.name for b in world.by(quantity, reading)]) if quantity.kind == "derivative" else ()
    return quantity.kind, what, by


def direction_of(name: str) -> str:
    """The name of the differential of a variable."""
    return f"d{name}"
