"""Who computes what where arrays are large: BLAS and LAPACK the matrix products and factorisations, C what is between.

The values are cut into stages. All that C computes before, between and after NumPy's operations is one function for
each stage, so that what goes entry by entry is one pass over memory.
"""

from __future__ import annotations

from math import prod

from ...core.dims import Dim
from ..machine import BEYOND
from ..names import shape_text
from ..numpy_text import NumPyText
from ..values import Value
from .entries import is_view
from .statements import SPELLED, contraction

THIN = 32  # the least size of a product that is bound by arithmetic and not by memory
SMALL_PRODUCT = 12_000  # multiplications up to which C's loops are faster than a call of BLAS


def product_dims(schedule, v: Value) -> tuple[Dim, ...] | None:
    """The dimensions that a matrix product loops over; None where `v` is none, or is bound by memory."""
    op = schedule.op(v)
    if op not in ("matmul", "tensordot") or min(len(a.dims) for a in schedule.args(v)) < 2:
        return None
    ins, out = contraction(schedule, v)
    dims: dict = {}
    for a, labels in zip(schedule.args(v), ins):
        dims.update(zip(labels, a.dims))
    shared = set(ins[0]) & set(ins[1]) & set(out)
    return tuple([d for x, d in dims.items() if x not in shared])


def is_spelled(schedule, v: Value) -> bool:
    """Whether C can compute a value."""
    op = schedule.op(v)
    return op in SPELLED and not (op == "map" and schedule.params(v)[0].c is None)


def left_to_numpy(schedule, sizes: dict[str, float] | None) -> set[Value]:
    """The values that NumPy computes: large products, for arguments of these sizes, and what C cannot say."""
    found = {v for v in schedule.order if v.op != "input" and not is_spelled(schedule, v)}
    if sizes is not None:
        for v in schedule.order:
            dims = product_dims(schedule, v)
            if dims and prod([d.at(sizes) for d in dims]) > SMALL_PRODUCT:
                found.add(v)
    return found


def bound_by_memory(schedule, numpy: set[Value], sizes: dict[str, float]) -> bool:
    """Whether all that takes time is thin products of arrays beyond the cache: NumPy's program takes blocks of rows."""
    products = [v for v in numpy if product_dims(schedule, v)]
    if len(products) < len(numpy) or any(
        min([d.at(sizes) for d in product_dims(schedule, v)]) > THIN for v in products
    ):
        return False
    largest = max([_entries(x, sizes) for v in products for x in (v, *schedule.args(v))])
    called = sum([_entries(v, sizes) for v in schedule.order if schedule.op(v) in ("exp", "log", "map") and not v.mask])
    return largest > BEYOND and called * 8 < largest


def _entries(v: Value, sizes: dict[str, float]) -> float:
    return prod([d.at(sizes) for d in v.dims])


class Stages:
    """The parts of a program. `kernels` maps a stage to what C computes there: (inputs, values, results)."""

    def __init__(self, schedule, outputs: list[Value], numpy: set[Value]):
        self.s, self.numpy = schedule, numpy
        self.stage: dict[Value, int] = {}
        self.root: dict[Value, Value | None] = {}
        for v in schedule.order:
            self._place(v)
        self.in_c = {v for v in schedule.order if self._is_c(v)}
        asked = {self.root[v] for v in outputs}
        for v in schedule.order:
            for a in schedule.args(v):
                r = self.root[a]
                if r is not None and not self._is_free(v) and (v in numpy or self.stage[r] < self.stage[v]):
                    asked.add(r)
        self.kernels: dict[int, tuple[list, list, list]] = {}
        for k in sorted({self.stage[v] for v in self.in_c}):
            mine = [v for v in schedule.order if v in self.in_c and self.stage[v] == k]
            within = self._with_views(mine)
            inputs = {self.root[a]: None for v in within for a in schedule.args(v)} | {
                v: None for v in within if v.op == "input"
            }
            given = [r for r in inputs if r is not None and not (r in self.in_c and self.stage[r] == k)]
            order = [v for v in schedule.order if v in within and v not in given]
            self.kernels[k] = (sorted(given, key=lambda v: v.serial), order, [v for v in mine if v in asked])
        self.printed = self._printed(outputs)

    def _is_free(self, v: Value) -> bool:
        """Whether whoever needs it writes it."""
        return v.python or v.op == "constant" or is_view(self.s, v) and v.op != "spread"

    def _is_c(self, v: Value) -> bool:
        return v not in self.numpy and v.op != "input" and not self._is_free(v)

    def _place(self, v: Value) -> None:
        args = self.s.args(v)
        if self._is_free(v):
            self.root[v] = self.root[args[0]] if args and is_view(self.s, v) else None
            self.stage[v] = max([self.stage[a] for a in args], default=0)
            return
        self.root[v] = v
        roots = [r for r in [self.root[a] for a in args] if r is not None]
        after = 1 if self._is_c(v) else 0
        self.stage[v] = max([self.stage[r] + (after if r in self.numpy else 0) for r in roots], default=0)

    def _with_views(self, values: list[Value]) -> set[Value]:
        """The values, and what is written where they are computed."""
        found = set(values)
        stack = list(values)
        while stack:
            for a in self.s.args(stack.pop()):
                if a not in found and self._is_free(a):
                    found.add(a)
                    stack.append(a)
        return found

    def _printed(self, outputs: list[Value]) -> set[Value]:
        """What the Python text has of the values that cost nothing."""
        return (
            self._with_views([v for v in self.s.order if v in self.numpy])
            | self._with_views([v for v in outputs if v not in self.in_c])
            | {v for v in self.s.order if v.op == "input"}
        )


class DriverText(NumPyText):
    """Prints what NumPy computes, and calls of the functions in C between."""

    overwrites = False
    spells_floats = False

    def __init__(self, *arguments, stages: Stages, kernels: dict, **more):
        self.stages, self.kernels, self.called_kernels = stages, kernels, set()
        super().__init__(*arguments, **more)

    def _order(self) -> list[Value]:
        stages = self.stages
        return sorted(self.s.order, key=lambda v: (v.op != "input", stages.stage[v], v not in stages.in_c, v.serial))

    def _emit(self, v: Value) -> None:
        k = self.stages.stage[v]
        if v in self.stages.in_c:
            if k not in self.called_kernels:
                self.called_kernels.add(k)
                self._call_kernel(k)
        elif v in self.stages.printed:
            super()._emit(v)

    def _call_kernel(self, k: int) -> None:
        inputs, _, results = self.stages.kernels[k]
        kernel = self.kernels[k]
        self.refs = []
        passed = [self._arg(v) for v in inputs]
        for x in kernel.sizes_passed:
            self.dims_used[x] = None
            passed.append(self.sizes[x])
        self.calls[kernel.name] = kernel
        names = [self._fresh(v) for v in results]
        shapes = ", ".join([shape_text(v.dims) for v in results])
        self._line(f"{', '.join(names)} = {kernel.name}({', '.join(passed)})  # {shapes}")
        self._spend()
        for v, name in zip(results, names):
            self._assigned(v, name)
