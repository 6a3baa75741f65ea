"""A program cut into passes over the rows of its data.

What has the rows is computed for one block of them at a time, and sums and maxima over the rows are gathered from the
blocks. What is free of the rows is computed once: before the first pass, or after the pass that brings the last sum it
needs. A sum that meets the rows again, as the mean in X − mean or the maximum in a softmax over the rows, is ready for
the next pass, in which what the earlier ones computed for each row is computed again.

`level` of a value says before which pass it is known, or, if it has the rows, in which pass it can first be had.
"""

from __future__ import annotations

from typing import NamedTuple

from ...core.dims import Dim, dim
from ...core.node import Node
from ...ops.declare import lookup
from ..kinds import VIEWS
from ..lower import Lowering
from ..program import Program
from ..values import Builder, Value, reached
from .roles import FREE, MAX, PARTIAL, ROWS, SUM, Roles, axis_of

MANY = 1e6  # rows that a program is planned for, at least
THROUGH = frozenset("lin mul div transpose reshape".split())  # operations on sums that may come before they are gathered


class Part(NamedTuple):
    """A program within the program: `moved` are its outputs in its own values, `outputs` what they are in the whole
    program; `inputs` are the values of the whole program that it is given, by the name of their stand-ins.
    """

    inputs: dict[str, Value]
    outputs: list[Value]
    moved: list[Value]


class Pass(NamedTuple):
    """What is computed once, before the blocks; what is computed of each block."""

    before: Part
    block: Part


class Split:
    """The passes of a program over the dimension called `rows`, and what is computed `after` them.

    Attributes
        outputs: the values asked for, by name, in which `total` stands for the number of all rows.
        passes: in their order, once they are `cut`.
        roles: what each value does with the rows.

    Raises
        BackendError: the program does more with its rows than passes over them can.
    """

    def __init__(
        self, outputs: dict[str, Value], rows: str, sizes: dict[str, float], through: frozenset[str] = THROUGH
    ):
        self.total = dim(f"{rows} in all")
        self.sizes = sizes | {self.total.text: sizes.get(rows, 1), rows: sizes.get(rows, 1)}
        self.outputs = _prepared(Builder(self.sizes), outputs, dim(rows), self.total)
        self.order = reached(self.outputs.values())
        self.roles = Roles(self.order, rows)
        self.level = self._levels()
        self._gather_later(through)

    def _levels(self) -> dict[Value, int]:
        found: dict[Value, int] = {}
        for v in self.order:
            known = max([found[a] for a in v.args], default=0)
            found[v] = known + (self.roles.role[v] in (SUM, MAX))
        return found

    # ------------------------------------------------------------------ what is gathered

    def _gather_later(self, through: frozenset[str]) -> None:
        """Xᵀa − Xᵀb is one sum over the rows and not two: gather what is linear in sums where that is fewer numbers."""
        role, uses = self.roles.role, _uses(self.order, self.outputs.values())
        least: dict[Value, float] = {}  # numbers to be gathered for a value that is the sum of those of all blocks
        for v in self.order:
            if role[v] == SUM:
                least[v] = v.entries
            elif v.op in through and role[v] == FREE:
                parts, factors = _linear(v, least)
                if self._add_up(parts, factors, least, uses):
                    apart = sum([least[a] for a in parts])
                    least[v] = min(apart, v.entries)
                    if v.entries < apart:
                        role[v] = SUM
        for v in reversed(self.order):
            if role[v] in (SUM, PARTIAL) and v.op in through and v in least:
                for a in _linear(v, least)[0]:
                    role[a] = PARTIAL
        self.level = self._levels()

    def _add_up(self, parts: list[Value], factors: list[Value], least: dict, uses: dict) -> bool:
        """Whether parts are sums of one pass that nothing else needs, and factors are numbers known before it."""
        if not parts or len(parts) > 1 and factors or any([a.dims for a in factors]):
            return False
        levels = {self.level[a] for a in parts}
        return (
            all([a in least and uses[a] == 1 for a in parts])
            and len(levels) == 1
            and all([self.level[a] < max(levels) for a in factors])
        )

    # ------------------------------------------------------------------ the cut

    def cut(self, block: int) -> None:
        """Make the passes, for blocks of about so many rows."""
        self.sizes = self.sizes | {self.roles.rows: block}
        last = max([self.level[v] for v in self.order], default=0)
        self._wanted: list[dict[Value, None]] = [{} for _ in range(last + 1)]  # once, by level
        self._gathered: list[dict[Value, None]] = [{} for _ in range(last + 1)]  # of the rows, by pass
        for v in self.outputs.values():
            self._want(v)
        blocks, onces = [], []
        for level in range(last, -1, -1):  # the last first: it says what is needed of the earlier ones
            blocks.insert(0, self._part(list(self._gathered[level])))
            onces.insert(0, self._part(list(self._wanted[level])))
        self.passes = [Pass(once, block) for once, block in zip(onces, blocks) if block.outputs]
        self.after = onces[len(self.passes)] if len(self.passes) < len(onces) else Part({}, [], [])

    def _want(self, v: Value) -> None:
        role = self.roles.role[v]
        if role in (SUM, MAX):
            self._gathered[self.level[v] - 1][v] = None
        elif role == ROWS:
            self._gathered[self.level[v]][v] = None
        else:
            self._wanted[self.level[v]][v] = None

    def _part(self, outputs: list[Value]) -> Part:
        """The program for some values from what is known before it; says that it is wanted."""
        given = self._given(outputs)
        seen = set(outputs)
        stack = list(outputs)
        while stack:
            v = stack.pop()
            if v not in given:
                news = [a for a in v.args if a not in seen]
                seen.update(news)
                stack.extend(news)
        b, moved, inputs = Builder(self.sizes), {}, {}
        for v in sorted([v for v in seen if v in given], key=lambda v: v.serial):
            name = v.params[0] if v.op == "input" else f"#{v.serial}"
            inputs[name] = v
            moved[v] = b.make("input", (name,), (), v.dims, mask=v.mask, work=0)
            if v.op != "input":
                self._want(v)
        transplant(b, reached(outputs, moved), moved)
        return Part(inputs, outputs, [moved[v] for v in outputs])

    def _given(self, made: list[Value]) -> set[Value]:
        """The values that are computed before the part that makes `made`."""
        role = self.roles.role
        of_rows = any([role[v] != FREE for v in made])
        here = max([self.level[v] - (role[v] in (SUM, MAX)) for v in made], default=0)
        found = set()
        for v in self.order:
            if role[v] == FREE:
                earlier = (of_rows or self.level[v] < here) and not v.python and v.op not in VIEWS
            else:
                earlier = role[v] in (SUM, MAX)
            if v.op == "input" or earlier:
                found.add(v)
        return found - {v for v in made if v.op != "input"}


def lowered(program: Program, rows: str, sizes: dict[str, int]) -> dict[str, Value]:
    """The values of a program's outputs, planned for these sizes and many rows, which nobody pairs without need."""
    roots = program.roots
    nodes = [root for root in roots.values() if isinstance(root, Node)]
    lowering = Lowering(nodes, program.assumed | sizes | {rows: max(MANY, sizes.get(rows, 0))}) if nodes else None
    return {key: lowering.output(root) if isinstance(root, Node) else root for key, root in roots.items()}


def _linear(v: Value, sums) -> tuple[list[Value], list[Value]]:
    """(arguments that `v` is linear in together, what it is multiplied with or divided by), if it is of this kind."""
    if v.op == "mul":
        parts = [a for a in v.args if a in sums]
        return (parts, [a for a in v.args if a not in sums]) if len(parts) == 1 else ([], [])
    if v.op == "div":
        return [v.args[0]], [v.args[1]]
    return list(v.args), []


def _uses(order: list[Value], outputs) -> dict[Value, int]:
    found = dict.fromkeys(order, 0)
    for a in [*[a for v in order for a in v.args], *outputs]:
        found[a] += 1
    return found


def transplant(b: Builder, values: list[Value], moved: dict[Value, Value]) -> None:
    """Make `values` (arguments first) in another builder, on what is in `moved` already."""
    for v in values:
        moved[v] = b.make(v.op, v.params, tuple([moved[a] for a in v.args]), v.dims, v.python, v.mask, work=0)


def _prepared(b: Builder, outputs: dict[str, Value], rows: Dim, total: Dim) -> dict[str, Value]:
    """The outputs; the number of rows, as a number, is called `total`, and ties of a maximum are counted by a sum."""
    moved: dict[Value, Value] = {}
    for v in reached(outputs.values()):
        args = tuple([moved[a] for a in v.args])
        if v.op == "size" and rows.text in v.params[0].names:
            moved[v] = b.make("size", (_renamed(v.params[0], rows.text, total),), (), (), python=True, work=0)
        elif v.op == "struct" and v.params[0].name == "argmax_mask" and axis_of(rows, v.dims) in v.params[1]:
            moved[v] = _argmax(b, args[0], v.params[1])
        else:
            moved[v] = b.make(v.op, v.params, args, v.dims, v.python, v.mask, work=0)
    return {key: moved[v] for key, v in outputs.items()}


def _argmax(b: Builder, x: Value, axes: tuple) -> Value:
    """1 at the largest entry along the axes, shared equally by several largest."""
    every = tuple(range(len(x.dims)))
    kept = tuple([t for t in every if t not in axes])
    hit = b.make("map", (lookup("equal"), (every, kept)), (x, b.reduce("max", x, axes)), x.dims, mask=True)
    return b.div(b.numeric(hit), b.reduce("sum", hit, axes), every, kept, x.dims)


def _renamed(d: Dim, name: str, other: Dim) -> Dim:
    total = dim(0)
    for names, c in d.terms:
        term = dim(c)
        for x in names:
            term = term * (other if x == name else dim(x))
        total = total + term
    return total
