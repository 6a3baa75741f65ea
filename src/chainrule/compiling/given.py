"""A program whose data are given once: what depends on them alone is computed once, and each call does the rest.

`program.given(X=X, y=y)` lowers the graph again with these inputs counted as free. The order of products then changes:
for 2Xᵀ(Xv) it is H = 2XᵀX once and Hv in each call, where d is less than twice the number of rows. What is computed once
are sufficient statistics, factorisations, constant terms. Sums are not multiplied out for it: Xᵀ(Xw − y) stays as it is,
since XᵀXw − Xᵀy loses the digits that Xw and y have in common.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..core.errors import UnknownNameError
from ..core.node import symbol
from .binding import FLOAT32, array, by_name, float_type, missing_argument, sizes_of, unknown_argument
from .kinds import VIEWS
from .lower import Lowering
from .names import Names
from .values import Builder, Value, dim_names, reached

CHEAP = VIEWS | {"spread", "cast", "not"}  # computed in each call


class Given:
    """What `Program.given` returns. Call it with the parameters that are left, by name or in their order.

    Data of float32 are held in float32, for calls with arrays of that; for others they are held in float64, too.

    Attributes
        parameters, outputs: as of a program; without the parameters that are given.
        held: what was computed of the data, by name; data that are needed as they are stand there under their own name.
        source: of the function that computed `held`, where there is any, and of the one that is called.
    """

    def __init__(self, program, data: dict):
        self._data = dict(data)
        self._program = program
        sizes = {x: int(data.pop(x)) for x in program.sizes_asked if x in data}
        for name in data:
            if name not in program.parameters:
                raise unknown_argument(name, list(program.parameters))
        self._float32 = program.prints_float32 and float_type(list(data.values())) == FLOAT32
        if self._float32:
            data = arrays = {name: _narrowed(name, value) for name, value in data.items()}
        else:
            arrays = {name: program.as_array(name, value) for name, value in data.items()}
        dims = {name: program.parameters[name] for name in data}
        self._sizes = sizes_of(dims, arrays, sizes)
        outputs = self._lowered(program, frozenset(data))
        self._call, prepare = self._split(program, outputs, list(data))
        self.outputs, self.single = program.outputs, program.single
        self.held = {}
        if prepare:
            asked = {x: self._sizes[x] for x in prepare.sizes_asked}
            self.held = prepare(**{name: data[name] for name in prepare.parameters}, **asked)
            if self._float32:
                self.held = {name: _narrowed(name, value) for name, value in self.held.items()}
        self.held |= {name: arrays[name][()] for name in data if self._call.parameters.get(name) is not None}
        self.held |= {x: n for x, n in self._sizes.items() if x in self._call.sizes_asked}
        self.parameters = {name: found for name, found in self._call.parameters.items() if name not in self.held}
        self.source = (prepare.source + "\n\n" if prepare else "") + self._call.source

    def _lowered(self, program, bound: frozenset) -> dict[str, Value]:
        known = program.printer.overwrites and program.assumed.keys() <= self._sizes.keys()
        lowering = Lowering(list(program.roots.values()), program.assumed | self._sizes, bound, specialised=known)
        self._free = lowering.b.free
        return {key: lowering.output(node) for key, node in program.roots.items()}

    def _split(self, program, outputs: dict[str, Value], data: list[str]) -> tuple:
        """(the program of a call, the program that is run once or None)."""
        held, between = self._frontier(list(outputs.values()))
        names = Names()
        names.taken |= {*program.parameters, *self._sizes}
        called = {v: v.params[0] if v.op == "input" else names.fresh("held") for v in held}
        b, moved = Builder(program.assumed | self._sizes), {}
        for v, name in called.items():
            moved[v] = b.make("input", (name,), (), v.dims, work=0)
        for v in between:
            moved[v] = b.make(v.op, v.params, tuple([moved[a] for a in v.args]), v.dims, v.python, v.mask)
        left = [
            name if dims is None else symbol(name, dims) for name, dims in program.parameters.items() if name not in data
        ]
        call = type(program)(
            {key: moved[v] for key, v in outputs.items()}, program.single, [*left, *called.values()], program.name
        )
        once = {name: v for v, name in called.items() if v.op != "input"}
        prepare = type(program)(once, False, None, "prepare") if once else None
        for made in (call, prepare) if once else (call,):
            made.title, made.instead = program.title, program.instead
        return call, prepare

    def _frontier(self, outputs: list[Value]) -> tuple[list[Value], list[Value]]:
        """(the free values that others are made of, those others), each in the order in which they are computed.

        What needs a size that only a later argument shows is computed then.
        """
        known: set[Value] = set()
        for v in reached(outputs):
            if v in self._free and all([x in self._sizes for x in dim_names(v)]) and known.issuperset(v.args):
                known.add(v)
        held: set[Value] = set()
        between: set[Value] = set()
        stack = list(outputs)
        while stack:
            v = stack.pop()
            if v in held or v in between:
                continue
            if v in known and not v.python and not v.mask and v.op not in CHEAP:
                held.add(v)
            else:
                between.add(v)
                stack.extend(v.args)
        return [sorted(found, key=lambda v: v.serial) for found in (held, between)]

    def __call__(self, *arguments, **values):
        """The outputs at these values of the parameters that are left; errors as of a program."""
        if not self._data.keys().isdisjoint(values):
            twice = [name for name in values if name in self._data]
            raise UnknownNameError(
                f"`{twice[0]}` is given already",
                given=", ".join(values),
                expected=", ".join(self.parameters) or "no arguments",
                fix="leave it out, or ask the program for another `given`",
            )
        values = by_name(self.parameters, arguments, values)
        if self._float32 and not _in_float32([*values.values()]):
            return self._in_float64(**values)
        try:
            return self._call(**values, **self.held)
        except UnknownNameError:  # told by the names that are left
            known = {*self.parameters, *self._call._dim_symbols()}
            unknown = [name for name in values if name not in known]
            missing = [name for name in self._call._needed if name not in values and name not in self.held]
            if unknown:
                raise unknown_argument(unknown[0], list(self.parameters)) from None
            if missing:
                raise missing_argument(missing, list(values)) from None
            raise

    def __reduce__(self):
        return Given, (self._program, self._data)

    @cached_property
    def _in_float64(self) -> Given:
        """The same with its data in float64."""
        return Given(self._program, {name: np.asarray(value, float) for name, value in self._data.items()})

    def given(self, **data) -> Given:
        """More data given; what was given before may be replaced."""
        return Given(self._program, self._data | data)


def _narrowed(name: str, value) -> np.ndarray:
    """An array in float32; numbers as they are."""
    return array(name, value, FLOAT32) if np.ndim(value) else array(name, value)[()]


def _in_float32(values: list) -> bool:
    """Whether beside arrays of float32 these arguments are computed in float32."""
    if all([getattr(value, "dtype", None) is FLOAT32 or type(value) is float for value in values]):
        return True
    return float_type([*values, np.empty(1, FLOAT32)]) == FLOAT32
