"""The true values of what steps speak of: parts, differentials, adjoints, Jacobians, computed from the input alone.

The parts of a program are evaluated one after the other by the interpreter of the typed tree, with a complex step where
something moves; no rule of calculus is used. What a step prints is compared with these values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ..core.node import Node
from ..numeric.kinks import ATTEMPTS, INADMISSIBLE, threshold
from ..numeric.points import draw
from ..syntax.interpret import Machine
from ..syntax.lower import known as known_size
from ..syntax.typed import Typed, order
from .program import Program

DIRECTIONS = 3
TRIALS = 2  # points at which each line is checked
NUDGE = 1e-10  # relative
STEP = 1e-30  # of the complex step: far below rounding, no subtraction


class Trial:
    """One random point, and what the parts of `program` do there."""

    def __init__(self, program: Program, problem, machines: dict[str, Machine], values: dict, rng):
        self.program, self.problem, self.machines, self.values = program, problem, machines, dict(values)
        self._hold()
        x = values[program.variable.name]
        self.direction = rng.uniform(0.3, 1.0, x.shape) * rng.choice((-1.0, 1.0), x.shape)
        self._totals: dict = {}
        self.parts: dict = {}
        self.parts = self._run({}, None)

    def _hold(self) -> None:
        """Computes what is held, which may be made of parts: sign(a) of a part a > 0."""
        known, waiting = dict(self.values), [*self.program.held, *self.program.parts] if self.program.held else []
        held = {piece.name for piece in self.program.held}
        while held - known.keys():
            piece = next((p for p in waiting if known.keys() >= set(self.machines[p.name].variables)), waiting[0])
            waiting.remove(piece)
            known[piece.name] = np.asarray(self._machine(piece.name, known))
        self.values |= {name: known[name] for name in held}

    def nudged(self) -> "Trial":
        """The same with the variable moved in its last digits."""
        name = self.program.variable.name
        x = self.values[name]
        values = {**self.values, name: x * (1 + NUDGE * np.cos(np.arange(1.0, x.size + 1.0)).reshape(x.shape))}
        near = Trial(self.program, self.problem, self.machines, values, np.random.default_rng(0))
        near.direction = self.direction
        return near

    # ---------------------------------------------------------------- quantities, by what they are

    def part(self, name: str) -> np.ndarray:
        return self.parts[name]

    def differential(self, name: str) -> np.ndarray:
        """What a part changes by when the variable moves along the trial's direction."""
        if name == self.program.variable.name:
            return self.direction
        x = self.values[self.program.variable.name]
        return self._run({self.program.variable.name: x + 1j * STEP * self.direction}, name).imag / STEP

    def total(self, name: str, by: str, along: np.ndarray) -> np.ndarray:
        """What a part changes by when another part, or the variable, moves along a direction: along all paths."""
        x = self.values[by] if by in self.values else self.parts[by]
        return self._run({by: x + 1j * STEP * along}, name).imag / STEP

    def totals(self, name: str, by: str) -> list[tuple[np.ndarray, np.ndarray]]:
        """(direction, what the part changes by along it), for the directions along which derivatives are compared."""
        found = self._totals.get((name, by))
        if found is None:
            x = self.values[by] if by in self.values else self.parts[by]
            rng, found = np.random.default_rng([29, x.size]), []
            for _ in range(DIRECTIONS if x.size > 1 else 1):
                along = rng.uniform(0.3, 1.0, x.shape) * rng.choice((-1.0, 1.0), x.shape)
                found.append((along, self.total(name, by, along)))
            self._totals[name, by] = found
        return found

    def local(self, name: str, by: str) -> np.ndarray:
        """The derivative of a part in one thing that its definition mentions, all others held."""
        known = {**self.values, **self.parts}
        return self._entry_by_entry(by, lambda moved: self._machine(name, {**known, by: moved}))

    def _entry_by_entry(self, by: str, at: Callable) -> np.ndarray:
        x = self.values[by] if by in self.values else self.parts[by]
        columns = []
        for k in range(x.size):
            moved = np.array(x, dtype=complex)
            moved.flat[k] += 1j * STEP
            columns.append(np.asarray(at(moved)).imag / STEP)
        return np.stack(columns, axis=-1).reshape(columns[0].shape + x.shape)

    # ---------------------------------------------------------------- running

    def _run(self, moved: dict, wanted: str | None):
        """The values of all parts, or of one, with some values replaced; what does not depend on these is not computed anew."""
        known = {**self.values, **self.parts, **moved}
        changed = set(moved)
        for part in self.program.parts:
            if part.name not in moved and (not self.parts or not changed.isdisjoint(self.machines[part.name].variables)):
                known[part.name] = self._machine(part.name, known)
                changed.add(part.name)
        if wanted is not None:
            return np.asarray(known[wanted])
        return {part.name: np.asarray(known[part.name]) for part in self.program.parts}

    def _machine(self, name: str, known: dict) -> np.ndarray:
        machine = self.machines[name]
        return machine.run({v: known[v] for v in (*machine.variables, *machine.others) if v in known})


def candidates(program: Program, problem) -> Iterator[Trial]:
    """Points at which steps may be checked, one after the other: the function is finite there, and clear of kinks."""
    variables = [v[:3] for v in problem.every.values()]
    machines = machines_of(program, problem)
    for attempt in range(ATTEMPTS):
        for index in range(TRIALS):
            sizes, values = draw(variables, index, 3, attempt)
            try:
                if problem.margin(values, program.variable.name) < threshold(attempt):
                    continue
                trial = Trial(program, problem, machines, values, np.random.default_rng([23, index, attempt]))
            except INADMISSIBLE:
                continue
            if all(np.all(np.isfinite(v)) and not np.iscomplexobj(v) for v in trial.parts.values()):
                yield trial


def machines_of(program: Program, problem) -> dict[str, Machine]:
    """What computes each part, and each held intermediate, from what its definition mentions."""
    pieces = (*program.held, *program.parts)
    dims = {n: v.dims for n, v in problem.every.items()} | {p.name: p.dims for p in pieces}
    found = {}
    for part in pieces:
        used = {n: dims[n] for n in _names(part.typed)}
        given = {d.text for size in used.values() for d in size}
        if all(given.issuperset(n for d in t.axes for n in known_size(d).names) for t in order([part.typed])):
            others: dict = {}
        else:  # something in it has a size that only other variables give
            others = {n: v.dims for n, v in problem.every.items() if n not in used}
        found[part.name] = Machine(part.typed, [], used, others)
    return found


def _names(typed: Typed) -> list[str]:
    return list(dict.fromkeys([t.info for t in order([typed]) if t.kind == "var"]))


NOTHING = 1e-6  # of the value by the variable: a smaller derivative is compared with this, not with itself


class Total(NamedTuple):
    """The derivative of a part in another part, or in the variable, along all paths. Compared along random directions."""

    part: str
    by: str

    def error(self, found: np.ndarray, trial: Trial) -> float:
        """How far an array of the axes of both is from the derivative, relative to its largest entry."""
        x = trial.values[self.by] if self.by in trial.values else trial.parts[self.by]
        found = np.asarray(found)
        if found.shape != trial.parts[self.part].shape + x.shape:
            return float("inf")
        # what cancels, as the shift by the maximum does in softmax, leaves nothing but rounding
        rounding = NOTHING * float(np.max(np.abs(trial.parts[self.part]), initial=0.0)) / max(1.0, float(np.max(np.abs(x), initial=0.0)))
        scale = max(float(np.max(np.abs(found), initial=0.0)), rounding)
        return max([relative_error(np.tensordot(found, v, x.ndim), true, scale) for v, true in trial.totals(self.part, self.by)])


def relative_error(found: np.ndarray, true: np.ndarray, scale: float = 0.0) -> float:
    """The largest difference, relative to the largest entry (or to `scale`); infinite where shapes differ or values are not finite."""
    found, true = np.asarray(found), np.asarray(true)
    if found.shape != true.shape or not np.all(np.isfinite(found)):
        return float("inf")
    if not true.size:
        return 0.0
    scale = max(scale, float(np.max(np.abs(true))), float(np.max(np.abs(found))))
    return float(np.max(np.abs(found - true))) / scale if scale else 0.0


Quantity = Callable[[Trial], np.ndarray]


def known(trial: Trial, quantities: dict[Node, Quantity]) -> dict[str, np.ndarray]:
    """The values by name: variables, parts, and the quantities asked for."""
    return {**trial.values, **trial.parts, **{node.name: quantity(trial) for node, quantity in quantities.items()}}
