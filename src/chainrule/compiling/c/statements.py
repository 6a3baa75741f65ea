"""From values to statements: what is stored, and by which loops each stored value is computed.

A statement stores one value. It has a label for each axis of the value and for each axis that is summed; its loops run
over these labels in an order of its own, innermost where memory is read in a row. What is used once, or costs next to
nothing, is no statement: it is written where it is used (`entries`).
"""

from __future__ import annotations

from fractions import Fraction

from ...core.dims import Dim
from ..kinds import REDUCTIONS
from ..values import Value
from .entries import WRITTEN, Entries, is_diagonal, is_entrywise, is_view

MOST_INLINE = 8  # operations on one line
CHEAP = frozenset({"not", "cast", "constant", "number", "size"})
SPELLED = WRITTEN | REDUCTIONS | {"assemble", "stack", "cumsum"}  # the operations that statements are made of

Label = int


class Statement:
    """One stored value, or one piece added to it.

    own       the label of each loop over entries of the value; `target` gives the index (labels, or None) of each axis
    reduced   labels of the loops that are summed (`kind` "sum") or searched for the largest ("max")
    order     all labels, outermost first
    dims      the size of each label
    term      callable (entries, {label: C name}) → the expression that is stored, added or compared
    goal      callable (entries, {label: C name}) → the index that it is stored at
    reads     {stored value: [its index: a label where an axis is that of a loop, else None]}
    """

    def __init__(
        self, value: Value, kind: str, own: tuple, reduced: tuple, dims: dict, target: tuple, term, goal, key=None
    ):
        self.value, self.kind, self.own, self.reduced = value, kind, own, reduced
        self.dims, self.target, self.term, self.goal, self.key = dims, target, term, goal, key
        self.reads: dict[Value, list[tuple]] = {}
        self.order: tuple = own

    def __repr__(self) -> str:
        return f"<{self.kind} {self.value!r} over {self.order}>"


class Statements:
    """The statements of the values that `outputs` need, arguments first.

    Parameters
        given: values that are arrays when the program starts.
        order: all values to be computed, arguments first.
    """

    def __init__(self, schedule, outputs: dict[str, Value], given: set[Value], order: list[Value]):
        self.s, self.outputs, self.given, self.order = schedule, outputs, given, order
        self.stored = set(given) | self._stored()
        self.home: dict[Value, str] = {}  # the output that a value is stored in
        self.zeroed: set[str] = set()  # the outputs that are zeros when the program starts
        self.listed: list[Statement] = []
        for key, v in outputs.items():
            if v in self.stored and v not in given and v not in self.home:
                self.home[v] = key
        for v in order:
            if v in self.stored and v not in given:
                self._state(v)
        for key, v in outputs.items():
            if self.home.get(v) != key:
                self._copy(key, v)
        for statement in self.listed:
            self._find_reads(statement)
            statement.order = self._loop_order(statement)

    # ------------------------------------------------------------------ what is stored

    def _stored(self) -> set[Value]:
        s, found = self.s, set()
        uses: dict[Value, int] = {}
        within = set(self.order)
        for v in self.order:
            for a in s.args(v):
                uses[a] = uses.get(a, 0) + 1
        found.update(v for v in self.outputs.values() if v in within and not self._is_free(v))
        found.update(v for v in self.order if not is_entrywise(s, v))
        for v in self.order:
            op = s.op(v)
            wide = self._width(v)
            for i, a in enumerate(s.args(v)):
                if self._is_free(a):
                    if op == "reshape" and a.dims:
                        found.add(a)
                    continue
                if wide > len(a.dims) and not self._is_read(a) or self._repeats(v, i) or op in ("reshape", "cumsum"):
                    found.add(a)
        weight: dict[Value, int] = {}
        for v in self.order:
            inner = [a for a in s.args(v) if a not in found and a not in self.given]
            weight[v] = (0 if is_view(s, v) else 1) + sum([weight.get(a, 0) for a in inner])
            if weight[v] > MOST_INLINE and not self._is_free(v) and v not in found:
                heaviest = max(inner, key=lambda a: weight.get(a, 0), default=None)
                if heaviest is not None and not self._is_free(heaviest):
                    found.add(heaviest)
                    weight[v] -= weight[heaviest]
            if uses.get(v, 0) > 1 and not self._is_free(v):
                found.add(v)
        return found - self.given

    def _is_free(self, v: Value) -> bool:
        """Whether writing the entry again costs nothing."""
        return (
            self.s.op(v) in CHEAP
            or v in self.given
            or v.op == "spread"
            and not v.args[0].dims
            and self._is_free(v.args[0])
        )

    def _is_read(self, v: Value) -> bool:
        """Whether it is an array seen differently."""
        while is_view(self.s, v) or v.op in ("cast", "turn"):
            v = v.args[0]
        return self._is_free(v) or not is_entrywise(self.s, v)

    def _width(self, v: Value) -> int:
        """How many loops are around an argument of `v`."""
        op = self.s.op(v)
        if op in ("matmul", "matvec", "tensordot"):
            a, c = self.s.args(v)
            return max(len(v.dims) + 1, len(a.dims), len(c.dims))
        if op == "einsum" and not is_diagonal(self.s, v):
            return len({x for labels in self.s.params(v)[0] for x in labels})
        return len(v.dims) - (op == "stack")

    def _repeats(self, v: Value, i: int) -> bool:
        """Whether the text of `v` has its argument `i` more than once."""
        op = self.s.op(v)
        if op == "pow":
            power = self.s.params(v)[0]
            return power in (2, 3, 4) or isinstance(power, Fraction) and power.denominator == 2 and power > 1
        return op == "map" and v.params[0].c.count("{%d}" % i) > 1

    # ------------------------------------------------------------------ statements

    def _state(self, v: Value) -> None:
        op = self.s.op(v)
        if op == "assemble":
            self._assemble(v)
            return
        if op == "stack":
            for row, x in enumerate(self.s.args(v)):
                self._row(v, x, row)
            return
        if op in REDUCTIONS and not is_entrywise(self.s, v):
            self._reduce(v, op)
            return
        own, dims = self._labels(v.dims)
        if op == "cumsum":
            axis, reverse = v.params
            self._add(
                v,
                "reversed" if reverse else "running",
                own,
                (),
                dims,
                own,
                lambda e, at: e.entry(v.args[0], _index(own, at)),
            )
            self.listed[-1].axis = own[axis]
            return
        if v in self.stored and is_entrywise(self.s, v):
            self._add(v, "set", own, (), dims, own, lambda e, at: _unfolded(e, v, _index(own, at)))

    def _copy(self, key: str, v: Value) -> None:
        """An output that is an argument, or another output."""
        own, dims = self._labels(v.dims)
        self._add(v, "set", own, (), dims, own, lambda e, at: e.entry(v, _index(own, at)), key=key)

    def _add(self, v, kind, own, reduced, dims, target, term, goal=None, key=None) -> None:
        goal = goal or (lambda e, at: _index(target, at))
        self.listed.append(Statement(v, kind, own, reduced, dims, target, term, goal, key))

    def _labels(self, dims, first: int = 0) -> tuple[tuple, dict]:
        labels = tuple(range(first, first + len(dims)))
        return labels, dict(zip(labels, dims))

    def _reduce(self, v: Value, op: str) -> None:
        args, kind = self.s.args(v), "max" if op == "max" else "sum"
        ins, out = contraction(self.s, v)
        dims: dict[int, Dim] = {}
        for a, labels in zip(args, ins):
            dims.update(zip(labels, a.dims))
        reduced = tuple([x for x in dims if x not in out])

        def term(e: Entries, at: dict) -> str:
            if len(args) == 1:
                return e.entry(args[0], _index(ins[0], at))
            left, right = [e.entry(a, _index(labels, at), 7) for a, labels in zip(args, ins)]
            return f"{left} * {right}" if not right.startswith("-") else f"{left} * ({right})"

        self._add(v, kind, tuple(out), reduced, dims, tuple(out), term)

    def _row(self, v: Value, x: Value, row: int) -> None:
        self._add(
            v,
            "set",
            (0,),
            (),
            {0: v.dims[1]},
            (None, 0),
            lambda e, at: e.entry(x, (at[0],)),
            lambda e, at: (str(row), at[0]),
        )

    def _assemble(self, v: Value) -> None:
        """The base, or zeros, and then each piece on its diagonal or slice."""
        axes, places = v.params
        own, dims = self._labels(v.dims)
        args = list(v.args)
        if axes is None and v in self.home:
            self.zeroed.add(self.home[v])
        elif axes is None:
            self._add(v, "set", own, (), dims, own, lambda e, at: "0")
        else:
            base = args.pop(0)
            self._add(v, "set", own, (), dims, own, lambda e, at: e.laid(base, axes, _index(own, at)))
        for x, (out, embed) in zip(args, places):
            self._piece(v, x, out, dict(embed))

    def _piece(self, v: Value, x: Value, out: tuple, embed: dict) -> None:
        free = iter(range(1000, 2000))
        target = tuple([a if a >= 0 else next(free) for a in out])
        dims = {}
        for t, label in enumerate(target):
            dims.setdefault(label, embed[t][0] if t in embed else v.dims[t])
        own = tuple(dims)

        def goal(e: Entries, at: dict) -> tuple:
            index = []
            for t, label in enumerate(target):
                i = at[label]
                if t in embed:
                    _, start, step = embed[t]
                    i = i if step == 1 else f"{i}*{step}"
                    i = i if start.value == 0 else f"{e.dim(start)} + {i}"
                index.append(i)
            return tuple(index)

        plain = tuple([label if t not in embed else None for t, label in enumerate(target)])
        inner = tuple(range(len(x.dims)))
        self._add(v, "add", own, (), dims, plain, lambda e, at: e.entry(x, _index(inner, at)), goal)

    # ------------------------------------------------------------------ what is read, and in which order

    def _find_reads(self, statement: Statement) -> None:
        """Write the term once, with a mark for each label, and note what is read at which marks."""
        marks = {label: f"@{label}@" for label in statement.dims}
        back = {mark: label for label, mark in marks.items()}

        def read(v: Value, index, place=None) -> str:
            found = tuple([None] * len(v.dims)) if index is None else tuple([back.get(i) for i in index])
            statement.reads.setdefault(v, []).append(found)
            return "x"

        statement.term(Entries(self.s, self.stored, read, _AnySize()), marks)

    def _loop_order(self, statement: Statement) -> tuple:
        """Innermost the label along which most arrays are read in a row, outermost that along which the fewest are."""
        if not statement.reduced:
            return statement.own
        score = {label: 0.0 for label in statement.dims}
        accesses = [statement.target, *[index for reads in statement.reads.values() for index in reads]]
        for index in accesses:
            for t, label in enumerate(index):
                if label is not None:
                    score[label] += 1 if t == len(index) - 1 else -1
        place = {label: t for t, label in enumerate((*statement.own, *statement.reduced))}
        found = tuple(sorted(statement.dims, key=lambda x: (score[x], place[x])))
        if found[-1] in statement.own:
            return found
        return tuple([x for x in found if x in statement.own] + [x for x in found if x in statement.reduced])


class _AnySize(dict):
    def __missing__(self, name: str) -> str:
        return name


def _index(labels: tuple, at: dict) -> tuple:
    return tuple([at[x] for x in labels])


def _unfolded(e: Entries, v: Value, index: tuple) -> str:
    """The entry of `v` written out, though it is stored."""
    e.stored = e.stored - {v}
    try:
        return e.entry(v, index)
    finally:
        e.stored = e.stored | {v}


def contraction(schedule, v: Value) -> tuple[tuple, tuple]:
    """(labels of each argument, labels of the value) of a reduction."""
    op, params, args = schedule.op(v), schedule.params(v), schedule.args(v)
    if op in ("sum", "max"):
        labels = tuple(range(len(args[0].dims)))
        return (labels,), tuple([x for x in labels if x not in params[0]])
    if op == "einsum":
        return params
    if op == "dot":
        labels = tuple(range(len(args[0].dims)))
        return (labels, labels), ()
    a, c = args
    if op == "tensordot":
        over_a, over_c = params
        left = tuple(range(len(a.dims)))
        right = [0] * len(c.dims)
        fresh = iter(range(len(left), len(left) + len(c.dims)))
        for x, y in zip(over_a, over_c):
            right[y] = left[x]
        right = tuple([right[t] if t in over_c else next(fresh) for t in range(len(c.dims))])
        return (left, right), tuple(
            [x for t, x in enumerate(left) if t not in over_a] + [x for t, x in enumerate(right) if t not in over_c]
        )
    order_a, order_c = params  # matmul and matvec, over leading axes that both have
    inner = len(order_a) - 1
    if op == "matvec" or len(order_c) == 1:
        lead = tuple(range(len(order_a) - 2 if len(order_c) > 1 else 0))
        turned_a, turned_c = tuple(range(inner + 1)), (*lead, inner)
        out = tuple(range(inner))
    elif len(order_a) == 1:
        turned_a, turned_c, out = (0,), (0, 1), (1,)
    else:
        lead = tuple(range(max(len(order_a), len(order_c)) - 2))  # an array with fewer axes is the same for the first of them
        row, over, column = range(len(lead), len(lead) + 3)
        turned_a = (*lead[len(lead) + 2 - len(order_a) :], row, over)
        turned_c = (*lead[len(lead) + 2 - len(order_c) :], over, column)
        out = (*lead, row, column)
    return (_untransposed(turned_a, order_a), _untransposed(turned_c, order_c)), out


def _untransposed(labels: tuple, order: tuple) -> tuple:
    """Labels of an array, from those of its axes in another order."""
    found = [0] * len(order)
    for label, axis in zip(labels, order):
        found[axis] = label
    return tuple(found)
