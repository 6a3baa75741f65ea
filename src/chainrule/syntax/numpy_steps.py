"""How NumPy computes a typed node, kind by kind: the steps of `interpret.Machine`.

A builder gets the machine, the node and the slots of its arguments, and returns callable(slots, sizes) → array. One
that has kinks adds the distance to them to the machine.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from .lower import known
from .typed import rational

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


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
