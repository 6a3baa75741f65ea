"""The value of a typed tree, computed with NumPy alone: the path that is independent of the tensor graph.

Everything is safe for a complex step: values may carry a tiny imaginary part, which passes through products, powers
and the operations' `evaluate`; comparisons look at real parts. A program is turned once into a list of steps
(`numpy_steps.py`), which then run for any values and sizes.
"""

from __future__ import annotations

import numpy as np

from ..core.errors import ShapeError
from .lower import known
from .numpy_steps import BUILDERS
from .sizes import spelled
from .typed import Typed, order


class Sizes(dict):
    """The sizes of dimensions; one that no value gives is an error of the input."""

    def __missing__(self, name: str):
        raise ShapeError(
            f"nothing gives the size {name} a value", given=", ".join(f"{k} = {v}" for k, v in self.items()) or "no sizes",
            expected=f"a variable with an axis of size {name}",
        )  # fmt: skip


def _numbers(value) -> np.ndarray:
    """A value as an array of real or complex numbers."""
    array = np.asarray(value)
    if array.dtype != float and array.dtype != complex:
        array = array.astype(complex if array.dtype.kind == "c" else float)
    return array


class Machine:
    """The steps that compute a program: `lets` are (name, typed) in order, `variables` name → dims.

    `others` are the dims of variables that do not occur: where they have values, these give sizes.
    """

    def __init__(self, result: Typed, lets: list, variables: dict, others: dict | None = None):
        self.variables, self.others = variables, others or {}
        self.steps: list = []  # (slot, callable(slots, sizes))
        self.kinks: list = []  # (slots of the arguments, callable(slots) → smallest distance of them to a break)
        self.depends: list = []  # by slot: the names of the variables that its value depends on
        self.count = 0
        self.slots_of: dict[int, int] = {}
        self.inputs: dict[str, int] = {}
        self.named: dict[str, int] = {}
        self.checked: dict[tuple, dict[str, int]] = {}  # sizes by the shapes of values that were found to fit
        self.kept = [typed for _, typed in lets] + [result]  # keeps ids alive
        for name, typed in lets:
            self.named[name] = self.slot(typed)
        self.result = self.slot(result)
        self.dims = tuple([known(d) for d in result.axes])

    # ---------------------------------------------------------------- running

    def run(self, values: dict, margin: bool = False, wrt: str | None = None):
        """The value of the result; with `margin`, the smallest distance to a break instead (of what depends on `wrt`)."""
        slots, sizes = self.trace(values)
        if margin:
            with np.errstate(all="ignore"):
                return min([kink(slots) for args, kink in self.kinks if self.moves(args, wrt)], default=float("inf"))
        found = np.asarray(slots[self.result])
        shape = tuple([d.at(sizes) for d in self.dims])
        return found if found.shape == shape else np.broadcast_to(found, shape)

    def along(self, values: dict, wrt: str):
        """The result as a function of the variable `wrt` alone: what does not move with it is computed once, at `values`."""
        slots: list = [None] * self.count
        sizes = Sizes(self.bind(values, slots))
        moving = []
        with np.errstate(all="ignore"):
            for slot, step in self.steps:
                if wrt in self.depends[slot]:
                    moving.append((slot, step))
                else:
                    slots[slot] = step(slots, sizes)
        shape, place = tuple([d.at(sizes) for d in self.dims]), self.inputs.get(wrt)

        def at(x) -> np.ndarray:
            found = list(slots)
            if place is not None:
                found[place] = x
            with np.errstate(all="ignore"):
                for slot, step in moving:
                    found[slot] = step(found, sizes)
            return np.broadcast_to(found[self.result], shape)

        return at

    def trace(self, values: dict, settled=None) -> tuple[list, Sizes]:
        """The values of all slots, and the sizes; `settled`, if given, is applied to every value as it is computed."""
        slots: list = [None] * self.count
        sizes = Sizes(self.bind(values, slots))
        with np.errstate(all="ignore"):
            for slot, step in self.steps:
                found = step(slots, sizes)
                slots[slot] = found if settled is None else settled(found)
        return slots, sizes

    def moves(self, args: list, wrt: str | None) -> bool:
        """Whether the value of one of the slots changes with the variable `wrt` (None: with any)."""
        return wrt is None or any(wrt in self.depends[a] for a in args)

    def bind(self, values: dict, slots: list) -> dict[str, int]:
        """The sizes that the shapes of `values` give to the dimensions; values go into their slots.

        A size that no variable of the function has may come from a variable that does not occur, or by its own name.

        Raises ShapeError: a value is missing, has the wrong number of axes, or sizes contradict one another.
        """
        arrays = {name: _numbers(values[name]) for name in self.variables if name in values}
        others = [(n, v if isinstance(v, (int, np.integer)) else np.shape(v)) for n, v in values.items() if n not in arrays]
        shapes = (*[(name, array.shape) for name, array in arrays.items()], *others)
        sizes = self.checked.get(shapes)
        if sizes is None:
            sizes = self.checked[shapes] = self.sizes(values, arrays)
        for name, slot in self.inputs.items():
            slots[slot] = arrays[name]
        return sizes

    def sizes(self, values: dict, arrays: dict) -> dict[str, int]:
        """The sizes that `bind` speaks of; `arrays` are the values of the variables that have one."""
        sizes: dict[str, int] = {}
        origin: dict[str, str] = {}
        for name, dims in self.variables.items():
            if name not in values:
                raise ShapeError(
                    f"`{name}` has no value", given=", ".join(values) or "nothing", expected=", ".join(self.variables)
                )
            array = arrays[name]
            if array.ndim != len(dims):
                raise ShapeError(
                    f"`{name}` has the wrong number of axes", given=f"{name}: {' × '.join(map(str, array.shape)) or 'scalar'}",
                    expected=f"{name}: {spelled(dims)}",
                )  # fmt: skip
            for d, length in zip(dims, array.shape):
                if len(d.names) == 1 and d.text == d.names[0]:
                    before = sizes.setdefault(d.text, length)
                    if before != length:
                        raise ShapeError(
                            f"`{origin[d.text]}` and `{name}` do not agree in the size {d.text}",
                            given=", ".join(f"{n}: {' × '.join(map(str, arrays[n].shape))}" for n in dict.fromkeys((origin[d.text], name))),
                            expected=", ".join(f"{n}: {spelled(self.variables[n])}" for n in dict.fromkeys((origin[d.text], name))),
                        )  # fmt: skip
                    origin.setdefault(d.text, name)
        for name, dims in self.others.items():
            shape = np.shape(values[name]) if name in values else ()
            for d, length in zip(dims, shape if len(shape) == len(dims) else ()):
                if len(d.names) == 1 and d.text == d.names[0]:
                    sizes.setdefault(d.text, length)
        for name, given in values.items():
            if name not in self.variables and name not in self.others and isinstance(given, (int, np.integer)):
                sizes.setdefault(name, int(given))
        for name, dims in self.variables.items():
            for d, length in zip(dims, arrays[name].shape):
                if any(n not in sizes for n in d.names):
                    raise ShapeError(
                        f"the size {d} of `{name}` does not give {' and '.join(d.names)}",
                        given=f"{name}: {spelled(dims)}",
                        expected="another variable with that size",
                    )
                if d.at(sizes) != length:
                    raise ShapeError(
                        f"`{name}` has the wrong size", given=f"{name}: {' × '.join(map(str, arrays[name].shape))}",
                        expected=f"{name}: {spelled(dims)}" + (f" with {', '.join(f'{n} = {sizes[n]}' for n in d.names)}" if d.names else ""),
                    )  # fmt: skip
        return sizes

    # ---------------------------------------------------------------- building

    def slot(self, typed: Typed) -> int:
        """The slot that holds the value of `typed`; its step is added once."""
        if id(typed) not in self.slots_of:
            for each in order([typed], self.slots_of):
                self.slots_of[id(each)] = self.made(each)
        return self.slots_of[id(typed)]

    def made(self, typed: Typed) -> int:
        """A slot for `typed`, whose arguments have theirs."""
        if typed.kind == "var":
            if typed.info not in self.inputs:
                self.inputs[typed.info] = self.fresh(frozenset((typed.info,)))
            return self.inputs[typed.info]
        if typed.kind == "let":
            return self.named[typed.info]
        args = [self.slots_of[id(arg)] for arg in typed.args]
        step = BUILDERS[typed.kind](self, typed, args)
        found = self.fresh(frozenset().union(*[self.depends[a] for a in args]))
        self.steps.append((found, step))
        return found

    def fresh(self, depends: frozenset) -> int:
        self.count += 1
        self.depends.append(depends)
        return self.count - 1
