"""`backprop`: the whole backward pass of a formula or network at values, told step by step, with pictures that walk it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError, DeclarationError, ParseError, UnknownNameError, check_choice
from ...derivation.derive import understood
from ...derivation.faces import question
from ...derivation.options import brought
from ...derivation.symbols import LAYOUTS
from ...show import Svg
from ..explanation import Explanation
from ..place import asked, place_of, refuse_twice
from ..written import values_in
from . import drawn, told
from .chains import chains
from .costs import costs
from .data import to_dict
from .function import Network, network
from .sweep import Step, Trace, moving_of
from .taken import Taken
from .verified import checked


class Edge(NamedTuple):
    """One edge of the backward pass: from a step back to one of the things that it is made of."""

    step: Step
    name: str


class Backprop(Explanation):
    """What `backprop` returns; it prints as a lecture.

    Attributes
        problem: the function; `network` the same where it is one, else None.
        trace: the steps in the order in which they are computed, each with value, incoming gradient and local Jacobians (`Step`).
        edges: the backward pass, edge by edge; `steps` says each in a line, `step(k)` in full.
        gradients: ∂L/∂ of each variable that moves, by name.
        chains, costs, checked: the factors of each gradient, the multiplications, how well all was verified.
    """

    kind = "backprop"

    def __init__(self, problem, trace: Trace, layout: str, notes: list[str]):
        self.problem, self.trace, self.layout, self.notes = problem, trace, layout, notes
        self.network = problem if isinstance(problem, Network) else None
        self.checked = checked(trace, layout)
        self.at: int | None = None  # the edge that is told alone
        self.numbers = False  # whether the rows have the local Jacobians in numbers

    @property
    def exit_code(self) -> int:
        return 0 if self.checked.ok else 1

    @property
    def values(self) -> dict[str, np.ndarray]:
        return self.trace.values

    @property
    def gradients(self) -> dict[str, np.ndarray]:
        return self.trace.gradients

    @property
    def loss(self) -> float:
        return self.trace.loss

    @cached_property
    def leaves(self) -> list[str]:
        """The data that the steps are made of, and what is computed of data alone."""
        used = {name for step in self.trace for name in step.others}
        return [name for name in self.trace.values if name in used]

    @cached_property
    def edges(self) -> list[Edge]:
        return [Edge(step, name) for step in reversed(self.trace) for name in reversed(step.inputs)]

    @cached_property
    def steps(self) -> list[str]:
        """Each edge in a line: what comes, the local Jacobian, what goes on."""
        return [told.caption(self, k + 1) for k in range(len(self.edges))]

    @cached_property
    def chains(self):
        return chains(self.trace)

    @cached_property
    def costs(self):
        return costs(self.trace)

    def step(self, number: int) -> "Backprop":
        """The same, telling only one edge of the backward pass: 1 is its first.

        Raises
            DeclarationError: there is no such edge.
        """
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or not 1 <= number <= len(self.edges):
            raise DeclarationError(
                f"the backward pass has {len(self.edges)} steps", given=f"step {number}", expected=f"1 to {len(self.edges)}"
            )
        found = Backprop.__new__(Backprop)
        found.__dict__.update(self.__dict__)
        found.at = int(number)
        return found

    @np.errstate(all="ignore")
    def rows(self) -> list[tuple[str, str, str]]:
        return told.rows(self) if self.at is None else told.step_rows(self, self.at)

    def graph(self):
        """(nodes, edges) of the graph of values and gradients: `show.GraphNode` and `show.GraphEdge`."""
        return drawn.graph(self)

    def pictures(self) -> dict[str, Callable[[bool, int], Svg]]:
        return drawn.pictures(self)

    def html(self) -> str:
        return drawn.html(self)

    def to_dict(self) -> dict:
        return {**self.described(), **question(self.problem), **to_dict(self)}


@np.errstate(all="ignore")
def backprop(
    function, wrt=None, at=None, data=None, *, declare=None, sizes=None, seed: int = 0, layout: str = "column",
    input=None, batch=None, step: int | None = None, jacobians: bool = False, dialect: str | None = None, **more,
) -> Backprop:  # fmt: skip
    """The backward pass of a function whose value is a number: steps, values, gradients, local Jacobians, chains, costs.

    Parameters
        function: a formula, best with a line for each layer; a Python function; a `Network`; or, with `input`, a chain of layers.
        wrt: the variables whose gradients are asked for; by default the parameters of a network, or all that are no data.
        at, data: values by name, or as text, "x=(1, -2), W1=[[1, 2], [3, 4]]". What is missing is drawn.
        declare, sizes, seed, dialect: as for the other explanations.
        layout: "column": gradients have the shape of their variables. "row": they are laid out as derivatives, rows.
        input, batch: of a chain of layers, as for `network`.
        step: only this edge of the backward pass, from 1.
        jacobians: print the local Jacobians in numbers, too.

    Returns
        Backprop: `.gradients`, `.trace`, `.chains`, `.costs`, `.steps`, pictures "graph", "gradients", "jacobians".

    Raises
        ShapeError: the value is no number, or values do not fit. ParseError, UnknownNameError, DeclarationError: not understood.
        NoRuleError: a step has no derivative.
    """
    check_choice("layout", layout, LAYOUTS)
    problem = _problem(function, declare, dialect, input, batch, more)
    if isinstance(wrt, str) and "," in wrt:
        wrt = [name.strip() for name in wrt.split(",")]
    here, others = _values(problem, at, wrt), _values(problem, data, wrt)
    refuse_twice(here, others)
    given = here | others
    if not problem.variables:
        raise UnknownNameError("the function has no variable", given=problem.echo, expected="a function of at least one")
    names = moving_of(problem, wrt if wrt is not None or isinstance(problem, Network) else _free(problem, data))
    point = {n: x for n, x in given.items() if n in names}
    rest = {n: x for n, x in given.items() if n not in names}
    problem, names, known = asked(problem, names if len(names) > 1 else names[0], point, rest)
    notes = list(problem.notes)
    if isinstance(problem, Network):
        drawn_here = [n for n in problem.variables if n not in known]
        known = {**problem.values(seed), **known}
        weights, others = [n for n in drawn_here if n in problem.weights], [n for n in drawn_here if n not in problem.weights]
        if weights:
            notes.append(f"{_listed(weights)} drawn as training starts (Xavier, seed {seed})")
        if others:
            notes.append(f"{_listed(others)} drawn at random (seed {seed})")
    place = place_of(problem, names, known, sizes, seed)
    trace = Trace(Taken(problem, names), place.values)
    found = Backprop(problem, trace, layout, [*notes, *place.notes, *_trouble(trace)])
    found.numbers = bool(jacobians)
    return found if step is None else found.step(step)


def _problem(function, declare, dialect, input, batch, more):
    """The function as read: a network where `input` says that it is a chain of layers."""
    if input is not None or batch is not None:
        if not isinstance(function, str) or input is None:
            raise DeclarationError(
                "input= belongs to a chain of layers", given=f"input={input!r}, batch={batch!r}", expected="a text of layers, and input=",
                fix="cr.backprop('dense 3, sigmoid, dense 1, mse', input=2)",
            )  # fmt: skip
        if declare is not None:
            raise DeclarationError(
                "the shapes of a network follow from its layers", given=f"declare={declare!r}", expected="input=, batch= and layers alone"
            )
        return network(function, input, batch)
    function, declare, options = brought(function, declare, {**more, "dialect": dialect}, ("dialect",))
    if isinstance(function, Network) and declare is None:
        return function
    try:
        return _as_number(understood(function, declare, options.get("dialect")), function, declare, options.get("dialect"))
    except ParseError as error:
        if isinstance(function, str) and _is_chain(function):
            raise DeclarationError(
                "how many numbers go into the network?", given=function, expected="the size of its input", fix="input=2, or --input 2"
            ) from None
        raise error


def _as_number(problem, function, declare, dialect):
    """The function as read, or with numbers for the variables of which nothing is known, where only so its value is one: x² + xy."""
    if not problem.dims or not isinstance(function, str) or declare is not None or any(len(v.dims) > 1 for v in problem.variables.values()):
        return problem
    try:
        found = understood(function, {name: "scalar" for name in problem.variables}, dialect)
    except ChainruleError:
        return problem
    if found.dims:
        return problem
    found.notes.append(f"{_listed(list(found.variables))} read as {'numbers' if len(found.variables) > 1 else 'a number'}, so that the value is one")
    return found


def _is_chain(text: str) -> bool:
    try:
        network(text, 3)
    except Exception as error:
        return type(error).__name__ == "ShapeError"
    return True


def _values(problem, values, wrt) -> dict:
    alone = wrt if isinstance(wrt, str) else next(iter(problem.variables)) if len(problem.variables) == 1 else None
    if isinstance(values, str):
        return values_in(values, alone)
    if values is None or isinstance(values, Mapping):
        return dict(values or {})
    if alone is None:
        raise DeclarationError(
            "which variable has this value?", given=type(values).__name__, expected=f"values by name: {', '.join(problem.variables)}",
            fix=f"at={{{next(iter(problem.variables), 'x')!r}: …}}",
        )  # fmt: skip
    return {alone: values}


def _free(problem, data) -> list[str]:
    """The variables that no data fix; all, where data fix every one."""
    fixed = _values(problem, data, None)
    return [n for n in problem.variables if n not in fixed] or list(problem.variables)


def _trouble(trace: Trace) -> list[str]:
    """Where the first value that is no number was born, and which steps stand exactly at a kink."""
    notes, taken = [], trace.taken
    for step in trace:
        before = [*step.inputs, *step.others]
        if not np.all(np.isfinite(step.value)) and all(np.all(np.isfinite(trace.values[n])) for n in before):
            notes.append(f"{taken.shown(step.name)} = {step.formula} is the first value that is not finite")
            break
    kinks = [taken.shown(s.name) for s in trace if s.part.functions and taken.at_a_break(s.name, trace.values)]
    if kinks:
        notes.append(f"{_listed(kinks)} stand{'s' * (len(kinks) == 1)} exactly at a kink: the derivative there is a convention")
    return notes


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 8 else ", ".join([*names[:4], "…", *names[-2:]])
