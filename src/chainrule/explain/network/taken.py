"""A function taken apart into the steps of its backward pass: what each computes, and what sends its gradient back.

A formula is cut by `derivation.program`, for all variables that move at once; a network only where its layers have names, so that a
layer is a step. Values come from the typed tree, as it was written; what is sent back comes from programs that are compiled of
the derivatives of each step. The two share no rule, so that each can be checked against the other.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), section 3.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from ...calculus import free_facts, pull_back
from ...compiling import compile_nodes
from ...core.algebra import is_zero
from ...core.dims import size_text
from ...core.errors import ShapeError, UnknownNameError
from ...core.node import Node, symbol
from ...derivation.derive import checked_variable
from ...derivation.differentiate import tidied
from ...derivation.lines import adjoint_symbol
from ...derivation.program import Part, Program, take_apart
from ...derivation.teller import Teller
from ...derivation.trial import machines_of
from ...matrix.render import Form
from ...matrix.styles import TURNED
from ...syntax.echo import unicode_echo
from ...syntax.typed import order

UPSTREAM = "upstream gradient"  # the name of the incoming gradient in programs; no variable can have it


class Taken:
    """A function as steps, for any values.

    Attributes
        problem: the function; `moving` are the variables whose gradients are asked for.
        program: its parts, the function last; `layer_of` says which layer a part belongs to, for networks.
    """

    def __init__(self, problem, moving: list[str]):
        """The steps of `problem`, whose variables `moving` move.

        Raises
            ShapeError: its value is no number. UnknownNameError: there is nothing to differentiate by.
            NoRuleError: a step has no derivative.
        """
        if problem.dims:
            raise ShapeError(
                "gradients come back from one number, the loss", given=f"{problem.echo}, of shape {size_text(problem.dims)}",
                expected="a function whose value is one number", fix="end it with a loss, or a sum",
            )  # fmt: skip
        self.problem, self.moving = problem, list(moving)
        if not self.moving:
            raise UnknownNameError("nothing moves", given=problem.echo, expected="at least one variable that is no data")
        self.layer_of: Mapping = getattr(problem, "layer_of", {})
        name = loss_name(problem)
        variables = {v.name: v for v in [checked_variable(problem, n) for n in self.moving]}
        self.moving = list(variables)
        free = [symbol(n, v.dims, free_facts(v.facts)) for n, v in variables.items()]
        self.program: Program = take_apart(
            problem, free[0], free[0], name, also=tuple(free[1:]), uncut=[*self.layer_of, name] if self.layer_of else single_calls(problem, name)
        )
        self.symbols: dict[str, Node] = {s.name: s for s in free}
        self.parts: dict[str, Part] = {p.name: p for p in self.program.parts}

    @cached_property
    def machines(self):
        return machines_of(self.program, self.problem)

    @cached_property
    def tellers(self) -> dict[str, Teller]:
        """What tells the formulas, by layout."""
        return {layout: Teller(self.program, layout) for layout in ("column", "row")}

    @cached_property
    def deltas(self) -> dict[str, str]:
        """The short names of gradients at steps that variables enter: δ₁ for ∂L/∂z1, by the step."""
        parts = [p for p in self.program.parts[:-1] if any(s.name in self.symbols for s in p.uses)]
        numbers = [re.search(r"\d*$", p.name).group() for p in parts]
        alone = all(numbers) and len(set(numbers)) == len(numbers)
        low = numbers if alone else [p.name.replace("_", "") for p in parts]
        taken = {*self.problem.every, *self.parts}
        return {p.name: f"delta_{n}" for p, n in zip(parts, low) if f"delta_{n}" not in taken}

    def gradient_symbol(self, name: str, layout: str) -> Node:
        """What stands for ∂L/∂(a step or variable) in formulas."""
        of = self.parts[name].symbol if name in self.parts else self.symbols[name]
        if name in self.deltas:
            return symbol(self.deltas[name] + (TURNED if layout == "row" and of.dims else ""), of.dims)
        return adjoint_symbol(self.program.function.name, of, layout == "row")

    @staticmethod
    def shown(name: str) -> str:
        """The name of a step or variable as it is printed."""
        return Form.name_text(name)

    def gradient_name(self, name: str) -> str:
        """∂L/∂z1, whether or not it has a short name."""
        return f"∂{self.shown(self.program.function.name)}/∂{self.shown(name)}"

    def short_name(self, name: str) -> str | None:
        """δ₁, where it has one."""
        return self.shown(self.deltas[name]) if name in self.deltas else None

    @cached_property
    def backward(self) -> dict[str, tuple[list[str], object]]:
        """By part: what it sends a gradient to, and the program that computes it from the values and the incoming gradient."""
        found = {}
        for part in self.program.parts:
            bar = symbol(UPSTREAM, part.dims)
            sent = dict(zip([s.name for s in part.uses], pull_back(part.node, list(part.uses), bar)))
            sent = {name: node for name, node in sent.items() if not is_zero(node)}
            found[part.name] = list(sent), compile_nodes(sent, name="sent") if sent else None
        return found

    @cached_property
    def formulas(self) -> dict[str, str]:
        """What each part computes, as it was written where that says it."""
        written = dict(getattr(self.problem, "lets", []))
        typed = dict(self.problem.typed_lets)
        typed[self.program.function.name], written[self.program.function.name] = self.problem.typed, getattr(self.problem, "tree", None)
        teller, found = self.tellers["column"], {}
        for part in self.program.parts:
            tree, source = written.get(part.name), typed.get(part.name)
            if tree is not None and source is not None and named_in(part.typed) <= named_in(source) and source.kind != "let":
                found[part.name] = unicode_echo(tree, [], getattr(self.problem, "lettered", {}))
            else:
                found[part.name] = teller.in_order(teller.verbatim(tidied(part.node)), part, derivative=False).text()
        return found

    def value(self, name: str, known: dict) -> np.ndarray:
        """A part from the values of what its definition mentions; they may be complex."""
        machine = self.machines[name]
        return np.asarray(machine.run({v: known[v] for v in (*machine.variables, *machine.others) if v in known}))

    def at_a_break(self, name: str, known: dict) -> bool:
        """Whether a part stands exactly at a kink or jump, where its derivative is a convention."""
        machine = self.machines[name]
        return machine.run({v: known[v] for v in (*machine.variables, *machine.others) if v in known}, margin=True) == 0


def loss_name(problem) -> str:
    """What the function is called: by its last line, else L, else the first free name."""
    if problem.named:
        return problem.named
    if problem.typed.kind == "let":
        return problem.typed.info
    taken = {*problem.every, *[name for name, _ in problem.typed_lets], *[n for v in problem.every.values() for d in v.dims for n in d.names]}
    return next(name for name in ("L", "f", "loss", *[f"f{k}" for k in range(len(taken) + 1)]) if name not in taken)


def single_calls(problem, name: str) -> list[str]:
    """The names of intermediates that are one function of one thing, layernorm(z): nobody asks what it is made of."""
    lets = [*getattr(problem, "lets", []), (name, getattr(problem, "tree", None))]
    return [n for n, tree in lets if tree is not None and tree.kind == "call" and all(a.kind == "name" for a in tree.args)]


def named_in(typed) -> set[str]:
    """The variables and intermediates that a definition mentions."""
    return {t.info for t in order([typed]) if t.kind in ("var", "let")}
