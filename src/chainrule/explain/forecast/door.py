"""What a derivative would take, told before it is formed: size, work, time; whether it fits; what is cheaper.

`forecast("sum(log(1 + exp(-y .* (X w))))", "w", sizes={"d": 10**6, "n": 1000})` derives the Hessian, plans its program for
these sizes and counts; nothing is computed and nothing of that size allocated.
"""

from __future__ import annotations

from math import inf, prod

import numpy as np

from ...compiling.costs import REAL, largest_size
from ...core.dims import Dim, dim
from ...core.memory import available, bytes_in, in_bytes, source
from ...derivation.derive import derived
from ...derivation.faces import question, reading_rows
from ...training import sizes_known
from .cheaper import Way, ways
from ..columns import count, grouped
from ..explanation import Explanation
from ..place import asked
from .rates import machine, time_text

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
ASSUMED = 1000  # a size that nobody says
FEW = 2  # ways that are told where it fits


def forecast(function, wrt=None, order=2, sizes=None, data=None, *, declare=None, memory=None, **more) -> Forecast:
    """What the derivative of `function` would take at these sizes, and the cheaper ways that apply to it.

    Parameters
        function, declare: as for `derive`; `more` has dialect= and shapes of a Python function by name.
        wrt: the variable, or several: "W, b".
        order: 1 for gradient and Jacobian, 2 for the Hessian, and higher.
        sizes: {"n": 10**6}; those that `data` show need not be said.
        data: arrays by name.
        memory: the bytes that may be used: a number, or "16GB"; by default what is free now, or CHAINRULE_MEMORY.

    Returns
        A `Forecast`: `.bytes`, `.fits`, `.multiplications`, `.seconds`, `.largest`, `.ways`; its text says all of it.

    Raises
        what `derive` raises; UnknownNameError, DeclarationError, ShapeError: the sizes are none of the function's, or contradict.
    """
    allowed = available() if memory is None else bytes_in(memory)
    problem, names, given = asked(function, wrt, None, data, declare, more)
    whole = {name: x for name, x in given.items() if np.ndim(x) or not problem.every[name].dims}
    known = sizes_known(problem, whole, {}, sizes)
    return Forecast(problem, names, order, known, allowed, memory is not None)


class Forecast(Explanation):
    """What `forecast` returns.

    Attributes
        derivation: what would be formed, as it was derived.
        sizes: the size of each dimension; `assumed` are those that nobody said.
        shape: of the whole: outputs × inputs; of several variables all of them together.
        bytes, bytes32: of the result, in float64 and in float32.
        peak: bytes that are in memory at one time, at least.
        memory: the bytes that may be used; `fits` says whether the peak does.
        largest: for each dimension of the variables, the largest size that fits, all others as they are.
        multiplications, traffic, seconds: of the program; the time is estimated from rates measured on this machine.
        ways: cheaper ways that apply, each with its figures and the call to use.
    """

    kind = "forecast"

    def __init__(self, problem, names: list[str], order: int, known: dict, allowed: float, said: bool):
        self.problem, self.names, self.order, self.memory, self._said = problem, names, order, allowed, said
        wrt = names[0] if len(names) == 1 else names
        d = self.derivation = derived(problem, wrt, order)
        every = list(dict.fromkeys([x for v in problem.every.values() for y in v.dims for x in y.names]))
        self.assumed = [x for x in every if x not in known]
        self.sizes = {x: known.get(x, ASSUMED) for x in every}
        self.entries = sum([prod([x.at(self.sizes) for x in problem.every[n].dims]) for n in names])
        self.outputs = prod([x.at(self.sizes) for x in problem.dims])
        self.shape = (*[x.at(self.sizes) for x in problem.dims], *[self.entries] * order)
        self.bytes, self.bytes32 = REAL * prod(self.shape), REAL // 2 * prod(self.shape)
        program = d.compile()
        self.costs = program.planned(self.sizes).costs
        self.work = self.costs.work(self.sizes)
        self.peak, self.step = self.costs.largest(self.sizes)
        first = derived(problem, wrt, 1, seal=False).compile() if order > 1 else program
        self.gradient = first.planned(self.sizes).costs.work(self.sizes)
        self.ways: list[Way] = ways(d, self.sizes, self.entries, allowed)
        self.notes = list(problem.notes)
        if self.assumed:
            self.notes.append(f"{', '.join([f'{x} = {ASSUMED}' for x in self.assumed])} assumed: no size was given")

    @property
    def fits(self) -> bool:
        """Whether it can be formed in the memory that there is."""
        return self.peak <= self.memory

    @property
    def multiplications(self) -> float:
        return self.work.multiplications

    @property
    def traffic(self) -> float:
        return self.work.traffic

    @property
    def seconds(self) -> float:
        return machine().seconds(self.work)

    @property
    def largest(self) -> dict[str, float]:
        """{dimension: the largest size that fits}, of those that the variables have."""
        found = {}
        for x in dict.fromkeys([x for n in self.names for d in self.problem.every[n].dims for x in d.names]):
            most = largest_size(lambda n: self.costs.largest({**self.sizes, x: n})[0], self.memory)
            if most < inf:
                found[x] = int(most)
        return found

    # ------------------------------------------------------------------ faces

    @property
    def symbol(self) -> str:
        """What would be formed."""
        if self.problem.dims:
            return "the Jacobian" if self.order == 1 else f"the derivative of order {self.order}"
        return "∇f" if self.order == 1 else f"∇{str(self.order).translate(RAISED)}f"

    def formula(self) -> str:
        """The bytes as a formula in the sizes: 8·d²."""
        entries = dim(0)
        for n in self.names:
            entries = entries + _product(self.problem.every[n].dims)
        total = _product(self.problem.dims)
        for _ in range(self.order):
            total = total * entries
        return powers(total * REAL)

    def rows(self) -> list[tuple[str, str, str]]:
        found = [*reading_rows(self.problem), ("sizes", ", ".join([f"{x} = {grouped(n)}" for x, n in self.sizes.items()]) or "all are numbers", "")]
        shape = f"{' × '.join(map(grouped, self.shape))} entries" if prod(self.shape) != 1 else "one entry"
        found.append(("result", f"{self.symbol} has {shape}: {in_bytes(self.bytes)}, {in_bytes(self.bytes32)} in float32", f"{self.formula()} bytes"))
        limit = "as said" if self._said else source()
        verdict = f"{in_bytes(self.memory)} ({limit}): " + ("it fits" if self.fits else "it does not fit")
        if self.step is not self.costs.results:
            verdict += f"; {self.step.what} takes {in_bytes(self.peak)}"
        found.append(("memory", verdict, ""))
        found += [("" if k else "largest", f"{x} = {grouped(n)}" if n else f"no {x} fits, others as they are", "") for k, (x, n) in enumerate(self.largest.items())]
        found.append(("work", _work(self.work) + f", about {time_text(self.seconds)}", "time estimated"))
        contracted = powers(self.costs.contracted())
        if contracted != "0":
            found.append(("", f"{contracted} of the multiplications are in products of matrices", ""))
        if self.order > 1:
            found.append(("", f"the gradient: {_work(self.gradient)}, about {time_text(machine().seconds(self.gradient))}", ""))
        for k, way in enumerate(self.ways[: FEW if self.fits else None]):
            found += [("" if k else "instead", f"{k + 1}. {way.name}{_figures(way)}", ""), ("", f"   {way.call}", way.aside)]
        return found + [("note", note, "") for note in self.notes]

    def to_dict(self) -> dict:
        return self.described() | question(self.problem) | {
            "wrt": self.names, "order": self.order, "sizes": self.sizes, "assumed": self.assumed, "shape": list(self.shape),
            "bytes": self.bytes, "bytes_float32": self.bytes32, "formula": self.formula(), "peak": self.peak,
            "memory": None if self.memory == inf else self.memory, "fits": self.fits, "largest": self.largest,
            "multiplications": self.work.multiplications, "calls": self.work.calls, "traffic": self.work.traffic, "seconds": self.seconds,
            "gradient": self.gradient._asdict(),
            "ways": [{"name": w.name, "bytes": w.bytes, "work": None if w.work is None else w.work._asdict(), "call": w.call, "aside": w.aside} for w in self.ways],
            "notes": list(self.notes),
        }  # fmt: skip


def _figures(way: Way) -> str:
    said = [in_bytes(way.bytes)] if way.bytes else []
    if way.work is not None and way.work.traffic:
        said += [_work(way.work), f"about {time_text(machine().seconds(way.work))}"]
    return ": " + ", ".join(said) if said else ""


def _work(work) -> str:
    return f"{count(work.multiplications)} multiplications, {in_bytes(work.traffic)} of memory traffic"


def powers(total: Dim) -> str:
    """A polynomial in sizes, with powers: 8·d²."""
    parts = []
    for names, c in total.terms:
        factors = [str(c)] if c != 1 or not names else []
        for x in dict.fromkeys(names):
            e = names.count(x)
            factors.append(x + (str(e).translate(RAISED) if e > 1 else ""))
        parts.append("·".join(factors))
    return " + ".join(parts).replace("+ -", "− ") or "0"


def _product(dims) -> Dim:
    total = dim(1)
    for d in dims:
        total = total * d
    return total
