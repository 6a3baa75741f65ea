"""What stands between two lines: the rules of calculus that a step uses, and our own lines where it uses many at once.

A step is measured by the parts of the function that it differentiates one within the other (`derivation.program`), less those that an
earlier line, or the line itself, speaks of by name.
"""

from __future__ import annotations

import re
from functools import cached_property

from ...core.errors import ChainruleError
from ...core.node import symbol
from ...calculus import free_facts
from ...derivation import derive
from ...derivation.program import Program, take_apart
from ...derivation.symbols import UNICODE
from ...derivation.rules import CONSTANT_TERM, SCALAR_CONSTANT_TERM
from ...syntax import Problem, read
from ...syntax.declare import Declared
from ...syntax.names import split_subscript
from .quantities import Quantity
from .world import Expr, World

LARGE = 3  # parts differentiated one within the other, from which on a step is large
PLAIN = ("sum rule", "constant term", "constant factor")  # what goes without saying, such as the differential of 1 − p
SHOWN = 3  # lines printed between


class Function:
    """A named thing of the derivation as a function of one name: the definitions it rests on, as one text."""

    def __init__(self, world: World, name: str, by: str):
        self.world, self.name, self.by = world, name, by

    @cached_property
    def problem(self) -> Problem | None:
        """The function as the text language reads it; None where it is itself given by a derivative."""
        world = self.world
        needed = [n for n in world.definitions if n in {self.name, *world.depends(self.name)} and n != self.by]
        if any(world.definitions[n].places for n in needed) or self.name not in needed:
            return None
        declared = {n: Declared(n, dims, None, facts) for n, (dims, facts) in world.variables.items()}
        if self.by in world.definitions:
            declared[self.by] = Declared(self.by, world.definitions[self.by].dims, None, frozenset())
        lines = []
        for n in needed:
            expr = world.definitions[n]
            low = "".join(expr.letters)
            lines.append((f"{n}_{{{low}}}" if low else n) + f" = {expr.text}")
        try:
            found = read("\n".join(lines), declared, "math")
        except ChainruleError:
            return None
        found.notes = []
        return found if self.by in found.variables else None

    @cached_property
    def program(self) -> Program | None:
        if self.problem is None:
            return None
        v = self.problem.variables[self.by]
        try:
            return take_apart(
                self.problem, symbol(v.name, v.dims, free_facts(v.facts)), symbol(v.name, v.dims, v.facts), self.name
            )
        except (ChainruleError, RecursionError):
            return None

    def depth(self, done: set[str]) -> int:
        """How many parts lie within one another between the variable and the function, less those that are done."""
        if self.program is None:
            return 0
        if all(r.name in (*PLAIN, "linear", "transpose") for part in self.program.parts for r in part.rules):
            return 1  # what is linear is linear at once
        level: dict[str, int] = {}
        for part in self.program.parts:
            inner = max([level.get(s.name, 0) for s in part.uses], default=0)
            plain = all(r.name in PLAIN for r in part.rules) and part is not self.program.function
            level[part.name] = 0 if part.name in done and part is not self.program.function else inner + (not plain)
        return level[self.program.function.name]

    def rules(self, done: set[str] = frozenset()) -> list[str]:
        """The rules that differentiate its parts, the outermost first, by name; those of parts that are done left out."""
        if self.program is None:
            return []
        open_ = self._still_open(done)
        parts = [p for p in reversed(self.program.parts) if p.name in open_]
        found = [r for p in parts for r in p.rules if r not in (CONSTANT_TERM, SCALAR_CONSTANT_TERM)]
        named = list(dict.fromkeys([r.name for r in found if r.name]))
        telling = [name for name in named if name not in (*PLAIN, "linear", "transpose")]
        return telling or named

    def _still_open(self, done: set[str]) -> set[str]:
        """The parts that are differentiated on the way from the function down to those that are done."""
        parts, found, waiting = {p.name: p for p in self.program.parts}, set(), [self.program.function.name]
        while waiting:
            name = waiting.pop()
            if name not in found and name in parts and (name not in done or name == self.program.function.name):
                found.add(name)
                waiting += [s.name for s in parts[name].uses]
        return found

    def derivation(self, order: int = 1):
        """The derivation of the engine; None where it has none."""
        if self.problem is None:
            return None
        try:
            return derive(self.problem, self.by, order)
        except (ChainruleError, RecursionError):
            return None

    def _renamed(self, text: str) -> str:
        """Our line with the name that the person gave the function."""
        names = {split_subscript(n)[0] for n in (*self.world.variables, *self.world.definitions)}
        return (
            text
            if "f" in names - {self.name}
            else re.sub(
                r"(?<![A-Za-z])(d|∂)?f(?![A-Za-z])", lambda m: (m.group(1) or "") + UNICODE.name_of(self.name), text
            )
        )

    def between(self, style: str, texts: set[str]) -> list[str]:
        """Our lines between the function and its derivative, without those that are there already."""
        found = self.derivation()
        if found is None:
            return []
        try:
            told = found.tell(style)
        except (ChainruleError, RecursionError):
            return []
        lines = [line for line in told if line.kind not in ("input", "result")]
        own = [self._renamed(line.text()) for line in lines if line.kind != "name" or line.left.text() != "f"]
        kept = [text for text in own if _plain(text) not in texts]
        return kept[:SHOWN]


def _plain(text: str) -> str:
    return "".join(text.split())


def functions_of(expr: Expr, world: World, without: Expr | None = None) -> list[tuple[Quantity, Function]]:
    """The derivatives in a formula that are of something named, by one name; less those that `without` has too."""
    there = set() if without is None else {q[:3] for q, _, _ in without.places.values()}
    found = []
    for quantity, quantities, reading in expr.places.values():
        if quantity[:3] in there or quantity.kind == "slope":
            continue
        of = (
            world.of(quantity, quantities, reading)
            if quantity.kind == "derivative"
            else world.expression(list(quantity.of), quantities, reading)
        )
        named = [n for n in of.names if n in world.definitions]
        if len(of.names) != 1 or not named:
            continue
        if quantity.kind == "derivative":
            by = world.by(quantity, reading)
            if len({b.name for b in by}) == 1:
                found.append((quantity, Function(world, named[0], by[0].name)))
        else:
            below = world.depends(named[0])
            found += [(quantity, Function(world, named[0], v)) for v in reading.moving if v in below][:1]
    return found
