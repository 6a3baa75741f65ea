"""What a program takes at some sizes, before anything is computed: memory, multiplications, traffic; and the guard.

Memory is a lower bound that does not depend on the order of the text: a result is there as a whole, and so is each array
on the way; what a contraction makes is there beside the arrays that it is made of. Values within a loop over blocks of rows are
never whole, and count nothing. So what fits is never refused, and what cannot fit is refused before it is allocated.

Multiplications of a contraction are those of its sum, as `np.einsum` has them; BLAS does half of those of XᵀX.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from math import inf, prod
from typing import NamedTuple

from ..core.dims import Dim, dim
from ..core.errors import LimitError
from ..core.memory import SMALL, fits, in_bytes, limit, there_is
from .dense_text import is_view
from .kinds import CONTRACTIONS, ENTRYWISE, VIEWS
from .labels import labels
from .schedule import Schedule
from .values import Value

FREE = VIEWS | {"input", "number", "size", "spread"}  # what has no memory of its own
FACTORISED = {"inv": 1.0, "det": 1 / 3, "logdet": 1 / 3, "cholesky": 1 / 6, "solve": 1 / 3}  # multiplications by n³: Golub & Van Loan, ch. 3, 4
CALLS = frozenset({"map", "exp", "log", "struct"})  # functions of an entry that take longer than a multiplication
REAL = 8  # bytes of a number


class Array(NamedTuple):
    """An array of a program: its dims, and the bytes of an entry where it is no array of numbers (a mask has 1)."""

    dims: tuple[Dim, ...]
    each: int | None = None

    def entries(self, sizes: Mapping[str, float]) -> float:
        return prod([d.at(sizes) for d in self.dims])

    def bytes(self, sizes: Mapping[str, float], real: int = REAL) -> float:
        return self.entries(sizes) * (self.each or real)


class Step(NamedTuple):
    """Arrays that are in memory at one time, the one that is made first; `what` they are, for people."""

    what: str
    arrays: tuple[Array, ...]

    @property
    def names(self) -> set[str]:
        """The sizes that it depends on."""
        return {x for a in self.arrays for d in a.dims for x in d.names}

    def bytes(self, sizes: Mapping[str, float], real: int = REAL) -> float:
        return sum([a.bytes(sizes, real) for a in self.arrays])


class Work(NamedTuple):
    """What a program does: multiplications, entries of which a function such as exp is called, bytes read and written."""

    multiplications: float
    calls: float
    traffic: float


class Costs:
    """What a plan of a program takes. `results` is what it returns, as a `Step`.

    Parameters
        outputs: the results by name.
        inside: the values that are made in blocks, or on the way: never as whole arrays.
        more: further arrays that it makes.
    """

    def __init__(self, schedule: Schedule, outputs: dict[str, Value], inside: Iterable[Value] = (), more: Iterable[tuple] = ()):
        self.schedule, self.inside, self.outputs = schedule, frozenset(inside), outputs
        self.results = Step("the result" if len(outputs) == 1 else "the results", tuple([_array(v) for v in outputs.values() if v.dims]))
        self.more = [Step("memory to work in", (Array(tuple(dims)),)) for dims in more]
        self._steps: list[Step] | None = None

    @cached_property
    def harmless(self) -> float:
        """A size such that arguments no longer than that along any axis need no look at memory; quick to tell."""
        shapes = {v.dims for v in self.schedule.order if v.dims} | {a.dims for step in self.more for a in step.arrays}
        least, each = inf, SMALL / (2 * REAL * (len(self.schedule.order) + len(self.outputs) + 1))
        for dims in shapes:
            degree, factor = 0, 1
            for d in dims:
                degree += max([len(names) for names, _ in d.terms], default=0)
                factor *= sum([abs(c) for _, c in d.terms])
            least = min(least, (each / max(factor, 1)) ** (1 / degree) if degree else 0 if factor > each else inf)
        return least

    @property
    def steps(self) -> list[Step]:
        """What is in memory together: the results; each array on the way with those that it is made of."""
        if self._steps is None:
            kept, s = set(self.outputs.values()), self.schedule
            ways = [v for v in s.order if v.dims and self._whole(v) and v not in kept]
            made = [Step("an array on the way", self._beside(v)) for v in ways]
            made += [Step("a result with what it is made of", self._beside(v)) for v in kept if v.dims and s.op(v) in HOLDING and self._whole(v)]
            self._steps = [self.results, *self.more, *made]
        return self._steps

    def largest(self, sizes: Mapping[str, float], real: int = REAL) -> tuple[float, Step]:
        """(bytes, step) of what takes most."""
        return max([(step.bytes(sizes, real), step) for step in self.steps], key=lambda found: found[0])

    def most(self, name: str, sizes: Mapping[str, float], allowed: float, real: int = REAL) -> float:
        """The largest whole number for the size `name`, others as they are, with which all fits; inf where it does not matter."""
        return largest_size(lambda n: self.largest({**sizes, name: n}, real)[0], allowed)

    def work(self, sizes: Mapping[str, float], real: int = REAL) -> Work:
        """What is done for arguments of these sizes."""
        found, s = [0.0, 0.0, 0.0], self.schedule
        read: set[Value] = set()
        for v in s.order:
            if v.python or s.op(v) in FREE:
                continue
            multiplications, calls = work_of(s, v, sizes)
            found[0] += multiplications
            found[1] += calls
            written = _array(v).bytes(sizes, real) if self._whole(v) else 0.0
            for a in dict.fromkeys(map(root, s.args(v))):
                inner = v in self.inside and (a in self.inside or a in read)  # in the cache
                if not a.python and a.op not in ("number", "size") and not inner:
                    read.add(a) if v in self.inside else None
                    found[2] += _array(a).bytes(sizes, real)
            found[2] += written
        return Work(*found)

    def contracted(self) -> Dim:
        """The multiplications of all products of arrays that are summed, as a polynomial in the sizes."""
        total, s = dim(0), self.schedule
        for v in s.order:
            if s.op(v) in CONTRACTIONS and len(s.args(v)) == 2:
                each = dim(1)
                for d in _loops(s.op(v), s.params(v), s.args(v), len(v.dims)):
                    each = each * d
                total = total + each
        return total

    def _whole(self, v: Value) -> bool:
        return v not in self.inside and not v.python and not is_view(v) and self.schedule.op(v) not in FREE

    def _beside(self, v: Value) -> tuple[Array, ...]:
        """The array of a value and, where none of them can take its place, those that it is made of."""
        found = [_array(v)]
        if self.schedule.op(v) in HOLDING:
            found += [_array(a) for a in dict.fromkeys(map(root, self.schedule.args(v))) if a.dims and self._whole(a)]
        return tuple(found)


HOLDING = CONTRACTIONS  # what does not write over its arguments, and needs them to its end


def work_of(s: Schedule, v: Value, sizes: Mapping[str, float]) -> tuple[float, float]:
    """(multiplications, calls of functions) that one value takes."""
    op, args, entries = s.op(v), s.args(v), _array(v).entries(sizes)
    if op in CONTRACTIONS and len(args) == 2:
        return prod([d.at(sizes) for d in _loops(op, s.params(v), args, len(v.dims))]), 0.0
    if op == "gram":
        return entries * _array(args[0]).entries(sizes) / max(args[0].dims[1].at(sizes), 1), 0.0
    if op in FACTORISED:
        matrix = _array(args[0]).entries(sizes)
        n = args[0].dims[-1].at(sizes)
        factored = "factor" in s.params(v) or op == "solve" and len(args) > 2
        alone = n * (0.0 if factored and op in ("solve", "logdet") else FACTORISED[op])
        return matrix * (alone + (_array(args[1]).entries(sizes) / max(n, 1) if op == "solve" else 0)), 0.0
    if op in CALLS:
        return 0.0, 0.0 if v.mask else entries
    if op == "lin":
        return entries * sum([abs(c) != 1 for c in s.params(v)[0]]), 0.0
    if op == "pow":
        e = s.params(v)[0]
        return (entries * (e - 1), 0.0) if type(e) is int and e <= 8 else (0.0, entries)
    return (entries if op in ENTRYWISE and op in ("mul", "div") else 0.0), 0.0


def _loops(op: str, params: tuple, args: tuple, rank: int) -> list[Dim]:
    """The dimensions that a sum of products runs over: those of all its labels."""
    ins, _ = labels(op, params, args, rank)
    return list({x: d for own, a in zip(ins, args) for x, d in zip(own, a.dims)}.values())


def root(v: Value) -> Value:
    """The value whose memory `v` shows."""
    while is_view(v) or v.op == "spread":
        v = v.args[0]
    return v


def _array(v: Value) -> Array:
    return Array(v.dims, 1 if v.mask else None)


def largest_size(needed: Callable[[int], float], allowed: float, most: int = 1 << 60) -> float:
    """The largest n with needed(n) ≤ allowed, of a function that does not fall; 0 where there is none, inf beyond `most`."""
    if needed(most) <= allowed:
        return inf
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if needed(middle) <= allowed else (low, middle)
    return low


def refuse_too_large(step: Step, sizes: dict[str, int], real: int, title: str, instead: str | None, free=None) -> None:
    """Raises LimitError: these arrays have no place in memory; with figures, and what to do instead."""
    needed = step.bytes(sizes, real)
    if fits(needed, free):
        return
    allowed = limit(free)
    first = max(step.arrays, key=lambda a: a.bytes(sizes, real))
    shape = " × ".join([f"{d.at(sizes):,}".replace(",", "\u202f") for d in first.dims])
    expected = []
    for name in dict.fromkeys([x for a in step.arrays for d in a.dims for x in d.names]):
        n = largest_size(lambda n: step.bytes({**sizes, name: n}, real), allowed)
        if 0 < n < sizes[name]:
            expected.append(f"{name} at most {n:,}".replace(",", "\u202f"))
    raise LimitError(
        f"{title}: {step.what} would take {in_bytes(needed)}, and there is {there_is(allowed)}",
        given=f"{', '.join([f'{x} = {n}' for x, n in sizes.items()])}: an array of {shape}",
        expected=" or ".join(expected) or "arrays that fit into memory",
        fix=instead,
    )
