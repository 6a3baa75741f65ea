"""Reverse mode over the function as it was written, in the arithmetic of JAX or PyTorch.

What a framework returns at a point where a derivative does not exist depends on how the function is spelled: √(Σx²)
squared gives NaN at 0, xᵀx gives 0. So this runs the typed tree, not the simplified graph, with the framework's own
rule at each operation (`ops.frameworks`): 0 · ∞ is NaN here as it is there.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import chain as joined

import numpy as np

from ...ops.frameworks import JAX, TORCH, backward, backward_power, backward_root, backward_structured
from ...ops.declare import lookup
from ...syntax.lower import known
from ...syntax.typed import Typed, order, rational

SETTLED = 1e-9  # a value nearer than this to a whole number is one: a point on a break is known to rounding only


class Unknown(Exception):
    """The function has an operation whose rule in a framework is not known here."""


def settled(value):
    """`value`, with entries that are whole numbers but for rounding made so."""
    value = np.asarray(value, dtype=float)
    whole = np.round(value)
    return np.where(np.abs(value - whole) < SETTLED, whole, value)


def trace(problem, values: dict) -> tuple[list, dict]:
    """The values of all places of the function at `values`, as a framework would have them, and the sizes."""
    return problem.machine.trace({k: settled(v) for k, v in values.items()}, settled)


def gradient(problem, wrt: str, values: dict, framework: str = JAX, traced: tuple | None = None) -> np.ndarray:
    """The gradient in `wrt` of the sum of all entries of the function, as `framework` computes it at `values`.

    `traced` is what `trace` gave for these values, where it is at hand.

    Raises
        Unknown: an operation has no rule here.
    """
    machine = problem.machine
    slots, sizes = traced or trace(problem, values)
    lets = dict(problem.typed_lets)
    nodes = order([*lets.values(), problem.typed])
    bars: list = [None] * machine.count
    bars[machine.slot(problem.typed)] = np.ones(np.shape(slots[machine.slot(problem.typed)]))
    backward_pass = Pass(machine, slots, sizes, framework)
    with np.errstate(all="ignore"):
        for node in reversed(nodes):
            slot = machine.slot(node)
            if node.kind in ("let", "var") or bars[slot] is None or not machine.moves([slot], wrt):
                continue
            for arg, bar in zip(node.args, backward_pass.pulled(node, bars[slot])):
                at = machine.slot(arg)
                if bar is not None and machine.moves([at], wrt):
                    bars[at] = bar if bars[at] is None else bars[at] + bar
    found = bars[machine.inputs[wrt]]
    shape = np.shape(values[wrt])
    return np.zeros(shape) if found is None else np.broadcast_to(found, shape)


class Pass:
    """The backward rules of typed nodes at given values."""

    def __init__(self, machine, slots: list, sizes: dict, framework: str):
        self.machine, self.slots, self.sizes, self.framework = machine, slots, sizes, framework

    def value(self, node: Typed):
        return np.asarray(self.slots[self.machine.slot(node)])

    def pulled(self, node: Typed, g) -> list:
        """The cotangents of the arguments of `node`, whose own is `g`."""
        g = np.broadcast_to(g, np.shape(self.value(node)))
        rule = getattr(self, node.kind + "_", None)
        if rule is None:
            raise Unknown(node.kind)
        return rule(node, g)

    def sum_(self, node, g):
        return [_summed(float(c) * g, a) for c, a in zip(node.info, node.args)]

    def pow_(self, node, g):
        base, exponent = node.args
        x, y = self.value(base), self.value(node)
        number = rational(exponent)
        if number in (Fraction(1, 2), 0.5):
            return [_summed(backward_root(self.framework, node.written, g, y), base), None]
        if number is not None:
            found = backward_power(g, y, x, float(number))
            if node.written == "norm" and self.framework == TORCH:
                found = np.where(y == 0, 0.0, found)  # torch.linalg.norm takes 0 at 0, of any order
            return [_summed(found, base), None]
        pulled = backward(_POW, self.framework, g, y, x, self.value(exponent))
        return [_summed(bar, arg) for bar, arg in zip(pulled, node.args)]

    def map_(self, node, g):
        values = [self.value(a) for a in node.args]
        if node.written == "logaddexp":
            raise Unknown(node.written)
        return [_summed(bar, a) for bar, a in zip(backward(node.info, self.framework, g, self.value(node), *values), node.args)]

    def struct_(self, node, g):
        declaration, *parameters = node.info
        found = backward_structured(declaration.name, g, self.value(node), self.value(node.args[0]), *parameters)
        if found is None:
            raise Unknown(declaration.name)
        return [found]

    def chain_(self, node, g):
        """Each factor gets the cotangent times all others, summed over the labels that it does not have."""
        labels, exponents, out, _ = node.info
        distinct = tuple(dict.fromkeys(out))
        letters: dict = {}
        spell = lambda marks: "".join([letters.setdefault(x, _LETTERS[len(letters)]) for x in marks])  # noqa: E731
        if len(distinct) < len(out):
            g = np.einsum(f"{spell(out)}->{spell(distinct)}", g)
        raised = [self.value(a) if e == 1 else self.value(a) ** float(e) for a, e in zip(node.args, exponents)]
        found = []
        for k, (arg, mine, exponent) in enumerate(zip(node.args, labels, exponents)):
            others = [(distinct, g), *[(m, r) for j, (m, r) in enumerate(zip(labels, raised)) if j != k]]
            present = set(joined.from_iterable([m for m, _ in others]))
            kept = tuple([x for x in dict.fromkeys(mine) if x in present])
            bar = np.einsum(f"{','.join([spell(m) for m, _ in others])}->{spell(kept)}", *[v for _, v in others])
            bar = _spread(bar, kept, mine, np.shape(self.value(arg)))
            if exponent != 1:
                bar = backward_power(bar, raised[k], self.value(arg), float(exponent))
            found.append(bar)
        return found

    def reshape_(self, node, g):
        return [np.reshape(g, np.shape(self.value(node.args[0])))]

    def slice_(self, node, g):
        axis, start, stop, step = node.info
        bar = np.zeros(np.shape(self.value(node.args[0])))
        bar[(*(slice(None),) * axis, slice(known(start).at(self.sizes), known(stop).at(self.sizes), step))] = g
        return [bar]

    def pick_(self, node, g):
        axis, position = node.info
        bar = np.zeros(np.shape(self.value(node.args[0])))
        bar[(slice(None),) * axis + (position,)] = g
        return [bar]

    def concat_(self, node, g):
        ends = np.cumsum([np.shape(self.value(a))[node.info] for a in node.args])
        return np.split(g, ends[:-1], node.info)

    def cumsum_(self, node, g):
        return [np.flip(np.cumsum(np.flip(g, node.info), node.info), node.info)]


def _summed(bar, arg: Typed):
    """A cotangent of the shape of the result, as that of an argument which may be a scalar that was spread."""
    return np.sum(bar) if not arg.axes and np.ndim(bar) else bar


def _spread(bar, kept: tuple, mine: tuple, shape: tuple):
    """A cotangent labelled `kept` as one labelled `mine`: constant along labels that are missing, on the diagonal of repeated ones."""
    distinct = tuple(dict.fromkeys(mine))
    lengths = dict(zip(mine, shape))
    bar = np.asarray(bar)[tuple([slice(None) if x in kept else None for x in distinct])]
    bar = np.broadcast_to(bar, [lengths[x] for x in distinct])
    if len(distinct) == len(mine):
        return bar
    full = np.zeros(shape)
    grid = dict(zip(distinct, np.ogrid[tuple([slice(lengths[x]) for x in distinct])]))
    full[tuple([grid[x] for x in mine])] = bar
    return full


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_POW = lookup("pow")
