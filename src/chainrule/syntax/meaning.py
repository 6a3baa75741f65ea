"""What a function means, however it was given: its variables, its typed tree, the graph and the numbers made of it.

`Problem` is a function that was read from text, `Brought` one that was brought as code. Both hand the rest of the
engine the same things, and this is where they stand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core.dims import Dim, size_text
from .interpret import Machine
from .lower import Lowered, lower
from .typed import Typed


class Variable(NamedTuple):
    """A free variable: its name, sizes, declared facts, and whether its shape was declared."""

    name: str
    dims: tuple[Dim, ...]
    facts: frozenset[str]
    declared: bool


class Meaning:
    """A function as understood.

    Attributes
        text: what was given.
        dialect: what it was written in.
        variables: the free variables by name; `unused` are those that were declared and do not occur.
        typed: the typed tree of the result; `typed_lets` the named intermediates, each after those it uses.
        dims: the sizes of the result.
        notes: which readings were taken where several were possible.
    """

    text: str
    dialect: str
    variables: dict[str, Variable]
    unused: dict[str, Variable]
    typed: Typed
    typed_lets: list[tuple[str, Typed]]
    dims: tuple[Dim, ...]
    notes: list[str]
    row: bool
    echo: str
    call = None  # the person's own function, where there is one: values by name → array
    named: str | None = None  # what its last line calls it
    _machine: Machine | None = None

    @property
    def every(self) -> dict[str, Variable]:
        """The variables of the function, then those that are declared and do not occur in it."""
        return self.variables | self.unused

    @property
    def reading(self) -> list[str]:
        """The function as it was understood, in lines: the result, then the definitions it uses."""
        return [self.echo]

    def lower(self, facts: dict[str, frozenset[str]] | None = None) -> Lowered:
        """The function as a node of the graph, with its symbols and named intermediates.

        `facts` replaces the declared facts of some variables: the graph uses what it knows of a symbol at once, and
        a variable of differentiation is a free one.
        """
        given = {name: v.facts for name, v in self.variables.items()} | (facts or {})
        return lower(self.typed, self.typed_lets, {name: (v.dims, given[name]) for name, v in self.variables.items()})

    @property
    def machine(self) -> Machine:
        if self._machine is None:
            self._machine = Machine(
                self.typed,
                self.typed_lets,
                {n: v.dims for n, v in self.variables.items()},
                {n: v.dims for n, v in self.unused.items()},
            )
        return self._machine

    def evaluate(self, values: dict) -> np.ndarray:
        """The function at `values` (name → array, real or complex), computed from its typed tree, not from the graph.

        Raises ShapeError: a value is missing, or shapes contradict one another.
        """
        return self.machine.run(values)

    def margin(self, values: dict, wrt: str | None = None) -> float:
        """The smallest distance of any argument to a kink or jump at `values`; inf if there is none.

        Of arguments that do not depend on the variable `wrt`, where it is given, none counts.
        """
        return self.machine.run(values, margin=True, wrt=wrt)

    def shapes_text(self) -> str:
        return "  ".join(f"{v.name}: {size_text(v.dims)}" for v in self.variables.values())

    def __repr__(self) -> str:
        return f"<{self.text.strip()[:60]!r}  {self.shapes_text()}>"
