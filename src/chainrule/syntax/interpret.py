"""The value of a typed tree, computed with NumPy alone: the path that is independent of the tensor graph.

Everything is safe for a complex step: values may carry a tiny imaginary part, which passes through products, powers
and the operations' `evaluate`; comparisons look at real parts. A program is turned once into a list of steps, which
then run for any values and sizes.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..core.errors import ShapeError
from .sizes import spelled
from .lower import known
from .typed import Typed, order, rational

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Sizes(dict):
    """The sizes of dimensions; one that no value gives is an error of the input."""

    def __missing__(self, name: str):
        raise ShapeError(
            f"nothing gives the size {name} a value", given=", ".join(f"{k} = {v}" for k, v in self.items()) or "no sizes",
            expected=f"a variable with an axis of size {name}",
        )  # fmt: skip


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
        sizes: dict[str, int] = {}
        origin: dict[str, str] = {}
        arrays = {}
        for name, dims in self.variables.items():
            if name not in values:
                raise ShapeError(
                    f"`{name}` has no value", given=", ".join(values) or "nothing", expected=", ".join(self.variables)
                )
            array = np.asarray(values[name])
            if array.dtype != float and array.dtype != complex:
                array = array.astype(complex if array.dtype.kind == "c" else float)
            if array.ndim != len(dims):
                raise ShapeError(
                    f"`{name}` has the wrong number of axes", given=f"{name}: {' × '.join(map(str, array.shape)) or 'scalar'}",
                    expected=f"{name}: {spelled(dims)}",
                )  # fmt: skip
            arrays[name] = array
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
            if name in self.inputs:
                slots[self.inputs[name]] = arrays[name]
        return sizes

    # ---------------------------------------------------------------- building

    def slot(self, typed: Typed) -> int:
        """The slot that holds the value of `typed`; its step is added once."""
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


# ------------------------------------------------------------------ steps


def const(machine, typed, args):
    value = {"pi": np.pi, "e": np.e}.get(typed.info) if isinstance(typed.info, str) else typed.info
    number = np.float64(value)
    return lambda slots, sizes: number


def size(machine, typed, args):
    d = known(typed.info)
    return lambda slots, sizes: np.float64(d.at(sizes))


def sum_(machine, typed, args):
    coefs = [float(c) for c in typed.info]
    pairs = list(zip(coefs, args))

    def step(slots, sizes):
        total = 0.0
        for coef, slot in pairs:
            if coef == 1.0:
                total = total + slots[slot]
            elif coef == -1.0:
                total = total - slots[slot]
            else:
                total = total + coef * slots[slot]
        return total

    return step


def power(machine, typed, args):
    base, exponent = args
    number = rational(typed.args[1])
    if number is None:
        return lambda slots, sizes: np.power(slots[base], slots[exponent])
    if number == 2:
        return lambda slots, sizes: slots[base] * slots[base]
    if number == -1:
        return lambda slots, sizes: 1.0 / slots[base]
    if number in (Fraction(1, 2), 0.5):
        return lambda slots, sizes: np.sqrt(slots[base])
    if number in (Fraction(-1, 2), -0.5):
        return lambda slots, sizes: 1.0 / np.sqrt(slots[base])
    if isinstance(number, int) and number < 0:
        return lambda slots, sizes: 1.0 / slots[base] ** -number
    raised = number if isinstance(number, int) else float(number)
    return lambda slots, sizes: slots[base] ** raised


def mapped(machine, typed, args):
    evaluate, distance = typed.info.evaluate, typed.info.margin
    if distance is not None:
        machine.kinks.append((args, lambda slots: _least(distance(*[np.real(slots[a]) for a in args]))))
    if len(args) == 1:
        only = args[0]
        return lambda slots, sizes: evaluate(slots[only])
    return lambda slots, sizes: evaluate(*[slots[a] for a in args])


def structured(machine, typed, args):
    declaration, *params = typed.info
    evaluate, distance, only = declaration.evaluate, declaration.margin, args[0]
    if distance is not None:
        machine.kinks.append((args, lambda slots: _least(distance(np.real(slots[only]), *params))))
    return lambda slots, sizes: evaluate(slots[only], *params)


def _least(distances) -> float:
    distances = np.asarray(distances)
    return float(np.nanmin(distances)) if distances.size and not np.all(np.isnan(distances)) else float("inf")


def tril(machine, typed, args):
    rows, columns = (known(d) for d in typed.axes)
    return lambda slots, sizes: np.tril(np.ones((rows.at(sizes), columns.at(sizes))), typed.info)


def shift(machine, typed, args):
    out, whole = (known(d) for d in typed.axes)
    return lambda slots, sizes: np.eye(out.at(sizes), whole.at(sizes), typed.info)


def kron(machine, typed, args):
    a, b = args
    return lambda slots, sizes: np.kron(slots[a], slots[b])


def reshape(machine, typed, args):
    dims, only = [known(d) for d in typed.axes], args[0]
    return lambda slots, sizes: np.reshape(slots[only], [d.at(sizes) for d in dims])


def slice_(machine, typed, args):
    axis, start, stop, step_ = typed.info
    start, stop, only = known(start), known(stop), args[0]
    before = (slice(None),) * axis
    return lambda slots, sizes: slots[only][(*before, slice(start.at(sizes), stop.at(sizes), step_))]


def pick(machine, typed, args):
    axis, position = typed.info
    only = args[0]
    return lambda slots, sizes: slots[only][(slice(None),) * axis + (position,)]


def concat(machine, typed, args):
    axis = typed.info
    return lambda slots, sizes: np.concatenate([slots[a] for a in args], axis)


def cumsum(machine, typed, args):
    axis, only = typed.info, args[0]
    return lambda slots, sizes: np.cumsum(slots[only], axis)


# ------------------------------------------------------------------ chains


def chain(machine, typed, args):
    """Σ Π argument^exponent: the arguments are multiplied in one after another, labels summed when no longer needed."""
    labels, exponents, out, sizes_of = typed.info
    needed = [set(out)]
    for marks in reversed(labels[1:]):
        needed.append(needed[-1] | set(marks))
    needed.reverse()
    marks: tuple = ()
    works: list = []
    for at, (slot, mine, exponent) in enumerate(zip(args, labels, exponents)):
        keep = needed[at] if at < len(needed) else set(out)
        marks, work = merging(marks, mine, exponent, keep, at == 0)
        works.append((slot, work))
    finish = finishing(marks, out, sizes_of)
    if len(works) == 1 and finish is None:
        slot, work = works[0]
        return lambda slots, sizes: work(None, slots[slot])

    def step(slots, sizes):
        product = np.float64(1.0)
        for slot, work in works:
            product = work(product, slots[slot])
        return product if finish is None else finish(product, sizes)

    return step


def merging(marks: tuple, mine: tuple, exponent, keep: set, is_first: bool):
    """(labels, work) of the product so far, labelled `marks`, times one more factor labelled `mine`."""
    joined = tuple(dict.fromkeys(marks + mine))
    after = tuple([x for x in joined if x in keep])
    plain = len(set(mine)) == len(mine)
    raised = _raising(exponent)
    if is_first:
        if mine == after and plain:
            return after, lambda product, factor: raised(factor)
        spec = _spec((mine,), after)
        return after, lambda product, factor: np.einsum(spec, raised(factor))
    if not mine:
        if after == marks:
            if exponent == -1:
                return after, lambda product, factor: product / factor
            return after, lambda product, factor: product * raised(factor)
    elif mine == marks == after and plain:
        if exponent == -1:
            return after, lambda product, factor: product / factor
        return after, lambda product, factor: product * raised(factor)
    elif not marks and plain and mine == after:
        return after, lambda product, factor: product * raised(factor)
    elif (
        plain
        and marks
        and marks[-1] == mine[0]
        and mine[0] not in keep
        and len(marks) <= 2
        and len(mine) <= 2
        and after == marks[:-1] + mine[1:]
        and len(set(marks + mine)) == len(marks) + len(mine) - 1
    ):
        return after, lambda product, factor: product @ raised(factor)
    spec = _spec((marks, mine), after)
    return after, lambda product, factor: np.einsum(spec, product, raised(factor))


def _raising(exponent):
    if exponent == 1:
        return lambda x: x
    if exponent == -1:
        return lambda x: 1.0 / x
    return lambda x: x**exponent


def _spec(groups: tuple, out: tuple) -> str:
    names: dict = {}
    for group in groups:
        for x in group:
            names.setdefault(x, _LETTERS[len(names) % len(_LETTERS)])
    return ",".join("".join(names[x] for x in g) for g in groups) + "->" + "".join(names[x] for x in out)


def finishing(marks: tuple, out: tuple, sizes_of: dict):
    """What brings a product labelled `marks` into the order `out`: sums, transposes, broadcasts, diagonals."""
    distinct = tuple(dict.fromkeys(out))
    if marks == out and len(distinct) == len(out):
        return None
    present = tuple([x for x in distinct if x in marks])
    spec = _spec((marks,), present) if marks != present else None
    absent = [x for x in distinct if x not in marks]
    missing = {x: known(sizes_of[x]) for x in absent}
    shown = tuple([slice(None) if x in marks else None for x in distinct])
    doubled = len(distinct) != len(out)

    def finish(product, sizes):
        if spec is not None:
            product = np.einsum(spec, product)
        if missing:
            product = np.asarray(product)
            lengths = iter(product.shape)
            shape = [missing[x].at(sizes) if x in missing else next(lengths) for x in distinct]
            product = np.broadcast_to(product[shown], shape)
        if doubled:
            lengths = dict(zip(distinct, np.shape(product)))
            full = np.zeros([lengths[x] for x in out], np.asarray(product).dtype)
            grid = dict(zip(distinct, np.ogrid[tuple([slice(n) for n in np.shape(product)])]))
            full[tuple([grid[x] for x in out])] = product
            return full
        return product

    return finish


BUILDERS = {
    "const": const, "size": size, "sum": sum_, "pow": power, "map": mapped, "struct": structured, "tril": tril,
    "shift": shift, "kron": kron, "reshape": reshape, "slice": slice_, "pick": pick, "concat": concat, "cumsum": cumsum,
    "chain": chain,
}  # fmt: skip
