"""Programs of NumPy that read their rows in blocks: `stream(program)(X=np.memmap(…), w=w)`.

Each pass over the rows is a function of one block, whose results are added up in float64 with compensation. A block is
small enough to stay in the cache while it is used; memory does not grow with the number of rows. Where all arrays are of
float32, blocks are, and results.
"""

from __future__ import annotations

from functools import partial
from math import prod
from typing import NamedTuple

import numpy as np

from ...core.dims import dim
from ...core.errors import BackendError, ShapeError
from ..binding import FLOAT32, array, by_name, float_type, missing_argument, sizes_of, sorted_out
from ..costs import Array, Step, refuse_too_large
from ..hushed import meant
from ..program import MOST_PLANS, Program
from ..values import Value
from .block_text import Function, Passes, functions_of
from .blocks import Source, refuse_complex
from .choice import rows_of
from .progress import progress
from .roles import MAX, ROWS, SUM, axis_of
from .split import Split, lowered
from .sums import Maximum, Sum

BLOCK = 2**20  # bytes of the widest array of a block: what is read twice is still in the cache
PER_SUM = 4  # a block has at least so many times the bytes that are gathered from it,
LARGEST = 64 * 2**20  # unless that is more than this
GATHERED = {SUM: Sum, MAX: Maximum}


def stream(
    program: Program, rows: str | None = None, block: int | None = None, progress: bool | None = None, out=None
) -> "Streamed":
    """`program`, reading its rows in blocks: from memory maps or anything else that has a shape and can be sliced.

    Parameters
        program: of NumPy.
        rows: the name of the dimension to be cut; by default the one that leads every array it is in and no result has.
        block: rows of a block; by default as many as keep it in the cache.
        progress: True draws a line with rows per second and the time left, False none; by default it comes after a
            second, on a terminal.
        out: arrays to be filled with results that have the rows, by name (or one array): memory maps, for example.
            Those not given are made in memory.

    Returns
        A callable with the parameters of `program`, whose results are those of `program`. Sums over the rows are
        float64 and compensated, also where the blocks and the results are float32: where all arrays are.

    Raises
        BackendError: the program is of another backend, its rows cannot be told, or it cannot be had of blocks of
            them (K = f(X Xᵀ), cumulative sums along the rows …); what stands in the way is named.
    """
    return Streamed(program, rows, block, progress, out)


class Plan(NamedTuple):
    """A program cut for some sizes, its passes as functions, the rows of a block; which NumPy warnings are meant."""

    split: Split
    functions: Passes
    step: int
    hushed: dict


class Streamed:
    """A program that reads its rows in blocks.

    Attributes
        rows: the name of their dimension.
        passes: how often they are read in a call.
        source: what is run before, on each block, and after.
    """

    def __init__(self, program: Program, rows: str | None, block: int | None, shown: bool | None, out):
        if type(program) is not Program:
            raise BackendError(
                "blocks of rows are read by programs of NumPy",
                given=type(program).__name__,
                expected='a program of the backend "numpy"',
                fix='stream(d.compile("numpy")); for JAX there is shard(…)',
            )
        if block is not None and not (isinstance(block, int | np.integer) and block >= 1):
            raise ShapeError(
                "a block has at least one row", given=f"block={block!r}", expected="a positive whole number, or None"
            )
        self.program, self.block, self.shown = program, block, shown
        self.parameters, self.outputs = program.parameters, program.outputs
        self.rows = rows_of(self.parameters, self.outputs, rows)
        self._plans: dict[tuple, Plan] = {}
        first = self._planned({})
        self.passes, self.source = len(first.functions.passes), first.functions.source
        self._out = self._targets(out)

    def _targets(self, out) -> dict:
        """The arrays to be filled, by output."""
        filled = [key for key, dims in self.outputs.items() if any(d.text == self.rows for d in dims)]
        if out is None:
            return {}
        found = out if isinstance(out, dict) else {filled[0] if len(filled) == 1 else "": out}
        wrong = [key for key in found if key not in filled]
        if wrong:
            raise BackendError(
                "`out` is for the results that have the rows",
                given=", ".join([repr(key) for key in wrong if key] or ["one array"]),
                expected=" or ".join(filled) or f"nothing: no result has the dimension {self.rows}",
                fix=f"out={{{filled[0]!r}: …}}" if filled else None,
            )
        return found

    # ------------------------------------------------------------------ the plan

    def _planned(self, sizes: dict[str, int], float32: bool = False) -> Plan:
        key = (float32, *sorted((x, n) for x, n in sizes.items() if x != self.rows))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = self._made(sizes, float32)
        return plan

    def _made(self, sizes: dict[str, int], float32: bool) -> Plan:
        outputs = lowered(self.program, self.rows, sizes)
        known = self.program.assumed | sizes
        split = Split(outputs, self.rows, known)
        step = self.block or block_rows(split, known)
        split.cut(step)
        return Plan(split, functions_of(split, self.parameters, float32), step, meant([v.op for v in split.order]))

    # ------------------------------------------------------------------ a call

    def __call__(self, *arguments, **values):
        """The outputs at these values of the parameters.

        Raises
            ShapeError: an argument has not the shape declared, or holds no real numbers; the sizes of two do not fit.
            UnknownNameError: an argument is missing, is passed twice, or is none of the parameters.
            LimitError: the results that are made in memory have no place there.
        """
        values = by_name(self.parameters, arguments, values)
        real = float_type([values[name] for name in self._needed() if name in values])
        known, sources, sizes = self._bound(values)
        made = tuple([Array(dims) for key, dims in self.outputs.items() if dims and key not in self._out])
        if made:
            refuse_too_large(Step("what is not given by `out`", made), sizes, real.itemsize, self.program.title, self.program.instead)
        if real == FLOAT32:
            known = {name: np.asarray(x, FLOAT32)[()] for name, x in known.items()}
        for source in sources.values():
            source.real = real
        plan = self._planned(sizes, real == FLOAT32)
        split, n = plan.split, sizes[self.rows]
        sizes[split.total.text] = n
        at = {v: v.params[0] for v in split.order if v.op == "input"}
        held = {v: known[name] for v, name in at.items() if name in known}
        reading = {v: sources[name] for v, name in at.items() if name in sources}
        targets = {v: self._target(key, v, sizes, real) for key, v in split.outputs.items() if split.roles.role[v] == ROWS}
        passes, after, _ = plan.functions
        with np.errstate(**plan.hushed), progress(n, len(passes), self.shown) as tick:
            for number, (once, block) in enumerate(passes):
                held |= once.run(held, sizes)
                arguments = [reading.get(v) or held[v] for v in block.given]
                gathered = self._pass(block, arguments, targets, sizes, plan, partial(tick, number))
                held |= gathered if real != FLOAT32 else {v: np.asarray(x, FLOAT32)[()] for v, x in gathered.items()}
            held |= after.run(held, sizes)
        found = {key: targets[v] if v in targets else held[v] for key, v in split.outputs.items()}
        return next(iter(found.values())) if self.program.single else _apart(found)

    def _pass(self, block: Function, arguments: list, targets: dict, sizes: dict[str, int], plan: Plan, tick) -> dict:
        """What one pass over the rows gathers. Arguments that are sources are read block by block, targets filled."""
        n, roles = sizes[self.rows], plan.split.roles
        gathered = {v: GATHERED[roles.role[v]]() for v in block.outputs if v not in targets}
        receivers = [targets[v] if v in targets else gathered[v] for v in block.outputs]
        before = [(slice(None),) * roles.axis(v) if v in targets else None for v in block.outputs]
        sources = [(i, a) for i, a in enumerate(arguments) if isinstance(a, Source)]
        together = max([source.chunk for _, source in sources], default=1)
        step = self.block or -(-plan.step // together) * together
        try:
            for _, source in sources:
                source.begin()
            for start in range(0, max(n, 1), step):
                stop = min(start + step, n)
                for i, source in sources:
                    arguments[i] = source.read(start, stop)
                asked = [stop - start if x == self.rows else sizes[x] for x in block.asked]
                for found, receiver, lead in zip(block.call(*arguments, *asked), receivers, before):
                    if lead is None:
                        receiver.add(found)
                    else:
                        receiver[(*lead, slice(start, stop))] = found
                for _, source in sources:
                    source.done(stop)
                tick(stop)
        finally:
            for _, source in sources:
                source.end()
        return {v: sums.value for v, sums in gathered.items()}

    def _bound(self, values: dict) -> tuple[dict, dict, dict]:
        """(arguments without rows, sources of rows, sizes)."""
        taken, given = sorted_out(values, self.parameters, self.program._dim_symbols(), self._taken)
        sources = {name: x for name, x in taken.items() if isinstance(x, Source)}
        known = {name: x for name, x in taken.items() if name not in sources}
        needed = self._needed()
        missing = [x for x in self.parameters if x in needed and x not in values]
        if missing:
            raise missing_argument(missing, list(values))
        arrays = {
            name: known[name] if name in known else sources[name].array for name in self.parameters if name in values
        }
        sizes = sizes_of({name: self.parameters[name] for name in arrays}, arrays, given)
        if self.rows not in sizes:
            raise missing_argument([self.rows], list(values))
        return {name: x[()] for name, x in known.items()}, sources, sizes

    def _needed(self) -> set[str]:
        return {v.params[0] for v in self._planned({}).split.order if v.op == "input"}

    def _taken(self, name: str, value):
        """An argument: the source of its rows, or an array of real numbers."""
        axis = axis_of(dim(self.rows), self.parameters[name] or ())
        if axis is not None:
            return Source(name, value, axis)
        found = array(name, value)
        refuse_complex(name, found)
        return found

    def _target(self, key: str, v: Value, sizes: dict[str, int], real: np.dtype):
        """The array that is filled with the rows of an output."""
        shape = tuple([d.at(sizes) for d in v.dims])
        found = self._out.get(key)
        if found is None:
            return np.empty(shape, real)
        if tuple(found.shape) != shape:
            raise ShapeError(
                f"`out` has not the shape of `{key}`",
                given=" × ".join(map(str, found.shape)),
                expected=" × ".join(map(str, shape)),
                fix=f'np.memmap(path, float, "w+", shape={shape})',
            )
        return found


def _apart(found: dict) -> dict:
    """The results, none of them the array of another."""
    first = {id(x): key for key, x in reversed(found.items())}
    return {key: x if first[id(x)] == key else np.array(x) for key, x in found.items()}


def block_rows(split: Split, sizes: dict[str, int]) -> int:
    """How many rows make a block of the right size."""

    def bytes_of(dims):
        return 8 * prod([d.at(sizes) for d in dims if d is not split.roles.dim])

    widest = max([bytes_of(v.dims) for v in split.order if split.roles.role[v] == ROWS], default=8)
    gathered = sum([bytes_of(v.dims) for v in split.order if split.roles.role[v] in (SUM, MAX)])
    return max(1, min(max(BLOCK, PER_SUM * gathered), LARGEST) // max(widest, 1))
