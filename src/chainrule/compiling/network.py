"""A product under way: its network of operands and labels, and the form that the result takes."""

from __future__ import annotations

from fractions import Fraction

from ..core.dims import Dim
from ..core.node import Number, exact
from .forms import Form, dense
from .pairs import choose
from .values import Builder, Value

SMALLER = 4  # by which the parts of a product are smaller than the product, to be kept apart


class Network:
    """A product under way: operands, constants, output labels and the dims of all labels."""

    __slots__ = ("operands", "constants", "out", "dims", "merged", "embed", "fresh")

    def __init__(self, operands: list, constants: list, out: list, dims: dict):
        self.operands, self.constants, self.out, self.dims = operands, constants, out, dims
        self.merged: list[tuple] = []  # (k, i, j): output label k stands for the pair i, j
        self.embed: dict[int, tuple[Dim, Dim, int]] = {}  # position in out → (count, start, step)
        self.fresh = 0

    def new_label(self, d: Dim):
        self.fresh += 1
        label = ("new", self.fresh)
        self.dims[label] = d
        return label


def power_of(c: Number, e: int) -> Number:
    if c == 1:
        return 1
    if e < 0 and type(c) is not float:
        return exact(Fraction(c) ** e) if c else float("inf")
    return exact(c**e)


def sizes_of_free_labels(b: Builder, net: Network, scalars: list, coef: Number) -> Number:
    """Summed labels that no operand has count their size."""
    used = set(net.out)
    for _, labels, _ in net.operands:
        used.update(labels)
    for _, _, labels in net.constants:
        used.update(labels)
    for x, d in net.dims.items():
        if x not in used:
            if d.value is not None:
                coef = exact(coef * d.value)
            else:
                scalars.append((b.dimension(d), 1))
    return coef


def scalar_factor(b: Builder, coef: Number, scalars: list) -> tuple[Number, Value | None]:
    """(number, value): the product of scalars with their exponents, Python numbers first."""
    if not scalars:
        return coef, None
    merged: dict[Value, Number] = {}
    for value, e in scalars:
        merged[value] = merged.get(value, 0) + e
    masks = [v for v, e in merged.items() if v.mask and e > 0]
    above = below = None
    for value, e in sorted(merged.items(), key=lambda t: (not t[0].python, t[0].serial)):
        if value.op == "number" and type(e) is int and isinstance(value.params[0], (int, Fraction)):
            coef = exact(coef * power_of(value.params[0], e))
            continue
        if e > 0:
            factor = b.power(value, e)
            above = factor if above is None else b.mul(above, factor, (), (), ())
        elif e < 0:
            factor = b.power(value, -e)
            below = factor if below is None else b.mul(below, factor, (), (), ())
    if below is None:
        found = above
    elif above is None:
        found = b.div(b.number(1), below, (), (), ())
    else:
        found = b.div(above, below, (), (), ())
    if masks and found is not None and found.risky:
        found = choose(b, (masks[0], ()), (found, ()))[0]
    return coef, found


def as_form(b: Builder, net: Network, coef: Number, scale: Value | None, value: Value | None, labels: tuple) -> Form:
    """The form of the result; flattened output axes are flattened now."""
    where = {x: t for t, x in enumerate(labels)}
    following = len(labels)
    out = []
    for t, x in enumerate(net.out):
        if x not in where:
            if net.out.count(x) > 1 or t in net.embed:
                where[x] = following
                following += 1
            else:
                out.append(-1)
                continue
        out.append(where[x])
    dims = [net.dims[x] for x in net.out]  # of the axes before embedding; the caller knows those of the node
    form = Form(coef, value, tuple(out), dims, scale, dict(net.embed))
    if net.merged:
        bare = dense(b, Form(1, value, tuple(out), dims, None))
        flat = b.transpose(bare.value, bare.out)
        shape = list(flat.dims)
        for t, d in reversed(net.merged):
            shape[t : t + 2] = [d]
        flat = b.reshape(flat, shape)
        form = Form(coef, flat, tuple(range(len(shape))), shape, scale)
    return form


def parted(b: Builder, groups: list[list], net: Network) -> list[list]:
    """Groups of arrays (value, labels, below), those taken apart that only lie over one another along axes of the result.

    A[n,i] B[n,j] C[j,k], summed over j, is A[n,i] beside D[n,k]: what is contracted with it, or added to it, may want
    the two. Where their product is not much larger they stay together.
    """
    out = net.out
    patterned = {x for t, x in enumerate(out) if out.count(x) > 1 or t in net.embed}
    found = []
    for group in groups:
        parts = _joined_by_sums(group, set(out)) if len(group) > 1 else [group]
        dims = {x: d for value, labels, _ in group for x, d in zip(labels, value.dims) if x in out}
        own = [_outer_labels(part, out) for part in parts]
        entries = sum([b.entries([dims[x] for x in labels]) for labels in own])
        alone = all([sum([x in labels for labels in own]) == 1 for x in patterned & dims.keys()])
        found += parts if len(parts) > 1 and alone and SMALLER * entries <= b.entries(dims.values()) else [group]
    return found


def _outer_labels(part: list, out) -> set:
    return {x for _, labels, _ in part for x in labels if x in out}


def _joined_by_sums(group: list, out: set) -> list[list]:
    """The arrays in parts that share no summed label, none of them within the axes of another."""
    parts: list[list] = []
    for array in group:
        mine, apart = [array], []
        summed = set(array[1]) - out
        for part in parts:
            if summed & {x for _, labels, _ in part for x in labels}:
                mine = part + mine
            else:
                apart.append(part)
        parts = [*apart, mine]
    parts.sort(key=lambda part: len(_outer_labels(part, out)))
    found: list[list] = []
    for n, part in enumerate(parts):
        around = [larger for larger in parts[n + 1 :] if _outer_labels(part, out) <= _outer_labels(larger, out)]
        if around:  # an input stays as it is: other terms may share it
            changed = [larger for larger in around if len(larger) > 1 or larger[0][0].op != "input"]
            (changed or around)[-1].extend(part)
        else:
            found.append(part)
    return found


def factors_of(net: Network, arrays: list, dims: tuple) -> tuple:
    """(axes, form) for each array of an outer product and for each diagonal or embedding of ones."""
    alone = {x for t, x in enumerate(net.out) if net.out.count(x) > 1 or t in net.embed}
    alone -= {x for _, labels in arrays for x in labels}
    found = []
    for value, labels in [*arrays, *[(None, (x,)) for x in dict.fromkeys(net.out) if x in alone]]:
        axes = tuple([t for t, x in enumerate(net.out) if x in labels])
        out = tuple([labels.index(net.out[t]) for t in axes])
        embed = {n: net.embed[t] for n, t in enumerate(axes) if t in net.embed}
        found.append((axes, Form(1, value, out, tuple([dims[t] for t in axes]), None, embed)))
    return tuple(sorted(found, key=lambda f: f[0])) if len(found) > 1 else ()
