"""Long axes last: arrays of short rows are computed as few long ones.

NumPy works along the last axis. Where that has a handful of entries (classes, components of a mixture) and the first
has thousands, each broadcast and each reduction over a row pays the start of an inner loop for every row. So what is
computed between arguments and results is computed with the first axis last, where a part of the program gains by it.
Products of matrices take their operands in any order, as BLAS does. A result that would be turned keeps its part as it is.

A layout of a value is the order of its axes: new axis t is the old axis layout[t].
"""

from __future__ import annotations

from .kinds import ENTRYWISE
from .labels import labels
from .machine import OVERHEAD
from .schedule import Schedule
from .values import Builder, Value

SHORT = 16.0  # entries of a last axis that is short
LONG = 64.0  # times as long is the first axis
SAME = frozenset("pow exp log cast not".split())  # of one argument, which has the layout of the result
TURNED = ENTRYWISE | {"matmul", "einsum"}
TAKERS = TURNED | {"sum", "max", "dot", "transpose"}  # what takes a turned array as it is


def long_axes_last(b: Builder, outputs: dict[str, Value]) -> dict[str, Value]:
    """The outputs, with what they are made of laid out anew."""
    s = Schedule(list(outputs.values()))
    turned = _worth_turning(s, set(outputs.values()))
    if not turned:
        return outputs
    again = _Again(b, turned)
    for v in s.order:
        again.enter(v)
    return {key: again.back(v) for key, v in outputs.items()}


def _worth_turning(s: Schedule, outputs: set[Value]) -> set[Value]:
    """Values with short rows, in parts that hang together, where a part has broadcasts or reductions along its rows."""
    candidates = {v for v in s.order if v not in s.instead and v.op in TURNED and _has_short_rows(v)}
    part_of: dict[Value, set] = {}
    for v in s.order:
        if v in candidates:
            part = {v}
            for a in v.args:
                if a in part_of:
                    part |= part_of[a]
            for x in part:
                part_of[x] = part
    found: set[Value] = set()
    for part in {id(p): p for p in part_of.values()}.values():
        taken = all([u.op in TAKERS and u not in s.instead for v in part for u in s.users.get(v, ())])
        if taken and not part & outputs and any([_gains(s, v, part) for v in part]):
            found |= part
    return found


def _has_short_rows(v: Value) -> bool:
    if len(v.dims) < 2 or v.sizes[-1] > SHORT or v.sizes[0] < LONG * v.sizes[-1] or v.sizes[0] < max(v.sizes):
        return False
    if v.op == "matmul":
        return len(v.dims) == 2 and max([len(a.dims) for a in v.args]) == 2
    return v.op != "einsum" or len(v.args) == 2


def _gains(s: Schedule, v: Value, part: set[Value]) -> bool:
    """Whether `v` has an argument that is repeated along an axis, or is reduced along its rows."""
    last = len(v.dims) - 1
    if v.op in ENTRYWISE and any([a.dims and len(a.dims) <= last for a in v.args]):
        return True
    for u in s.users.get(v, ()):
        if u.op in ("sum", "max") and last in u.params[0] and len(u.dims):
            return True
    return False


class _Again:
    """The values made again, each in its layout."""

    def __init__(self, b: Builder, turned: set[Value]):
        self.b, self.turned = b, turned
        self.new: dict[Value, Value] = {}
        self.layout: dict[Value, tuple] = {}

    def back(self, v: Value) -> Value:
        """`v` with its axes as they were."""
        layout = self.layout[v]
        return self.b.transpose(self.new[v], _inverse(layout))

    def enter(self, v: Value) -> None:
        straight = tuple(range(len(v.dims)))
        changed = v in self.turned or any([self.new[a] is not a or self.layout[a] != tuple(range(len(a.dims))) for a in v.args])
        if not changed:
            self.new[v], self.layout[v] = v, straight
            return
        layout = (*straight[1:], 0) if v in self.turned else straight
        make = getattr(self, "_" + v.op, None) or (self._entrywise if v.op in ENTRYWISE else None)
        if make is not None:
            made = make(v, layout)
            if made is not None:
                self.new[v], self.layout[v] = made
                return
        args = tuple([self.back(a) for a in v.args])
        new = self.b.make(v.op, v.params, args, v.dims, v.python, v.mask, work=v.cost - OVERHEAD)
        self.new[v], self.layout[v] = new, straight

    def _again(self, v: Value, params, args, layout: tuple) -> tuple[Value, tuple]:
        dims = tuple([v.dims[t] for t in layout])
        return self.b.make(v.op, params, tuple(args), dims, v.python, v.mask, work=v.cost - OVERHEAD), layout

    def _entrywise(self, v: Value, layout: tuple) -> tuple[Value, tuple]:
        places, _ = labels(v.op, v.params, v.args, len(v.dims))
        where = _inverse(layout)
        args, axes = [], []
        for a, own in zip(v.args, places):
            lying = [where[own[t]] for t in self.layout[a]]
            order = tuple(sorted(range(len(lying)), key=lying.__getitem__))
            new = self.new[a]
            repeated = len(a.dims) > 1 and len(a.dims) < len(v.dims)
            if order != tuple(range(len(order))) and (repeated or v.op in SAME):
                new = self._turned_copy(new, order) if repeated else self.b.transpose(new, order)
                lying = sorted(lying)
            args.append(new)
            axes.append(tuple(lying))
        if v.op in ("mul", "div", "choose"):
            params = tuple(axes)
        elif v.op in ("lin", "map"):
            params = (v.params[0], tuple(axes), *v.params[2:])
        else:
            params = v.params
        return self._again(v, params, args, layout)

    def _turned_copy(self, a: Value, order: tuple) -> Value:
        """`a` with its axes in this order, in memory too: it is read along them again and again."""
        return self.b.make("turn", (order,), (a,), tuple([a.dims[t] for t in order]), mask=a.mask)

    def _sum(self, v: Value, layout: tuple) -> tuple[Value, tuple]:
        (a,), (axes,) = v.args, v.params
        own = self.layout[a]
        gone = tuple([t for t, old in enumerate(own) if old in axes])
        kept = [old for old in range(len(own)) if old not in axes]
        layout = tuple([kept.index(old) for old in own if old not in axes])
        return self._again(v, (gone,), [self.new[a]], layout)

    _max = _sum

    def _transpose(self, v: Value, layout: tuple) -> tuple[Value, tuple]:
        (a,), (order,) = v.args, v.params
        return self.new[a], tuple([order.index(old) for old in self.layout[a]])

    def _matmul(self, v: Value, layout: tuple) -> tuple[Value, tuple] | None:
        (a, c), orders = v.args, v.params
        if max([len(x.dims) for x in v.args]) > 2:
            return None
        left, right = [tuple([_inverse(self.layout[x])[t] for t in order]) for x, order in zip((a, c), orders)]
        left_value, right_value = self.new[a], self.new[c]
        if len(v.dims) == 2 and layout == (1, 0):
            left_value, right_value, left, right = right_value, left_value, right[::-1], left[::-1]
        return self._again(v, (left, right), [left_value, right_value], layout)

    def _dot(self, v: Value, layout: tuple) -> tuple[Value, tuple] | None:
        a, c = v.args
        return self._again(v, v.params, [self.new[a], self.new[c]], ()) if self.layout[a] == self.layout[c] else None

    def _einsum(self, v: Value, layout: tuple) -> tuple[Value, tuple] | None:
        ins, out = v.params
        if len(v.args) != 2:
            return None
        own = tuple([tuple([labels_[t] for t in self.layout[a]]) for a, labels_ in zip(v.args, ins)])
        return self._again(v, (own, tuple([out[t] for t in layout])), [self.new[a] for a in v.args], layout)


def _inverse(order: tuple) -> tuple:
    found = [0] * len(order)
    for t, axis in enumerate(order):
        found[axis] = t
    return tuple(found)
