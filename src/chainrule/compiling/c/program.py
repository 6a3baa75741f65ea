"""Programs in C: compiled by the system's compiler when they are first called; the source can be had without one.

Small programs are one function in C. Where arrays are large, matrix products are left to NumPy, and so is always what
C cannot say, with functions in C between (`hybrid`). Results are NumPy arrays.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ...core.dims import Dim
from ..costs import Costs
from ..names import Names, plain, shape_text
from ..program import LARGE, Plan, Program
from ..values import Value
from .build import OPTIONS, library
from .caller import ENTRY, Layout, caller, extension, loaded
from .headers import prelude
from .hybrid import SMALL_PRODUCT, DriverText, Stages, bound_by_memory, left_to_numpy, product_dims
from .text import CText


class Library:
    """Functions in C that are compiled together, when the first of them is called."""

    def __init__(self, texts: list[CText]):
        self.source = prelude([t.text for t in texts]) + "\n" + "\n\n".join([t.text for t in texts])
        self.entries: list[str] = []
        self.found = None

    def load(self):
        if self.found is None:
            self.found = loaded(library("\n".join([self.source, *self.entries])))
        return self.found


class Kernel:
    """A function in C that is called with arrays and sizes.

    Parameters
        arguments: (name, dims or the size that it says), in the order of a call.
        taken: {name of an argument: position} of the inputs of the text.
        keys: as `caller` takes them.
    """

    def __init__(self, text: CText, home: Library, arguments: list[tuple], taken: dict[Value, int], keys, limits=()):
        self.name, self.home, self.keys, self.ready = text.name, home, keys, None
        results = tuple([v.dims for v in text.outputs.values()])
        shapes = [
            *[dims for _, dims in arguments if not isinstance(dims, str)],
            *results,
            *[dims for _, dims in limits],
        ]
        sizes = dict.fromkeys([*text.sizes, *[x for dims in shapes for d in dims for x in d.names]])
        self.sizes_passed = [x for _, x in arguments if isinstance(x, str)]
        zeroed = frozenset([k for k, key in enumerate(text.outputs) if key in text.statements.zeroed])
        memory = tuple([dims for _, dims in text.memory])
        self.layout = Layout(tuple(arguments), tuple(sizes), results, memory, tuple(limits), zeroed)
        home.entries.append(self._entry(text, taken))

    def _entry(self, text: CText, taken: dict[Value, int]) -> str:
        """The function with uniform arguments, in C."""
        count, sizes = len(self.layout.arguments), self.layout.sizes
        passed = [f"a[{taken[v]}]" if v.dims else f"*a[{taken[v]}]" for v in text.inputs]
        passed += [f"a[{count + k}]" for k in range(len(self.layout.results))]
        passed += ["work"] if self.layout.memory else []
        passed += [f"sizes[{sizes.index(x)}]" for x in text.sizes]
        called = f"{self.name}({', '.join(passed)})"
        return f"void {self.name}{ENTRY}(double **a, double *work, const long *sizes) {{ {called}; }}"

    def load(self):
        """What calls it; compiled now, if it is not yet.

        Raises
            BackendError: there is no compiler.
        """
        if self.ready is None:
            self.ready = caller(self.home.load(), self.name, self.layout, self.keys)
        return self.ready

    def __call__(self, *arguments):
        ready = self.ready or self.load()
        found = ready.by_place(arguments)
        return ready.by_place(tuple(map(_plain_array, arguments))) if found is NotImplemented else found


def _plain_array(x):
    """An argument as caller.c takes it: rows one after the other."""
    if type(x) is int:
        return x
    return np.require(x, float, ["C", "A"]) if np.ndim(x) else float(x)


class CProgram(Program):
    """A program of C. `source` is a C file that stands by itself."""

    language = "C"
    prints_float32 = False  # its functions are of double
    _quick = None  # what answers a call by name with arrays of the usual kind

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        products = [product_dims(self._schedule, v) for v in self._schedule.order]
        self._volumes += [dims for dims in products if dims]  # large ones are planned for the sizes that they have

    def __call__(self, *arguments, **values):
        """The outputs at these values of the parameters, as NumPy arrays.

        Raises
            BackendError: there is no C compiler.
            ShapeError, UnknownNameError: as programs of NumPy do.
        """
        if self._quick is not None:
            found = self._quick.by_name(self._by_name(arguments, values))
            if found is not NotImplemented:
                return found
        return self._entry(*arguments, **values)

    _slow = __call__  # what caller.c hands on to, where calls go there first

    def _quicken(self, kernel: Kernel) -> None:
        """From now on let `kernel` answer calls, without a frame of Python where that can be."""
        self._quick = kernel.load()
        module = extension()
        if module is not None and CProgram.__call__ is CProgram._slow:
            CProgram.__call__ = module.calls(CProgram)

    def _lower(self, sizes: dict[str, float]) -> None:
        self._met = None if sizes is self.assumed else sizes
        super()._lower(sizes)

    def _planned_now(self) -> Plan:
        numpy = left_to_numpy(self._schedule, self._met)
        if numpy and self._met and bound_by_memory(self._schedule, numpy, self._met):
            return self._compiled(False)
        return self._hybrid(numpy) if numpy else self._whole()

    # ------------------------------------------------------------------ one function

    def _whole(self) -> Plan:
        """The program as one function in C."""
        s, place = self._schedule, {p: k for k, p in enumerate(self.parameters)}
        given = sorted([v for v in s.order if v.op == "input"], key=lambda v: place[v.params[0]])
        order = [v for v in s.order if v.op != "input"]
        text = CText(s, self.name, {v: v.params[0] for v in given}, self._outputs, order, self._about(given))
        asked = self._sizes_read(text.sizes, {p: p for p in self.parameters}, {x: x for x in text.sizes})[1]
        needed = [p for p in self.parameters if p in self._needed]
        arguments = [*[(p, self.parameters[p]) for p in needed], *[(x, x) for x in asked]]
        taken = {v: needed.index(v.params[0]) for v in given}
        home = Library([text])
        kernel = Kernel(text, home, arguments, taken, None if self.single else tuple(self.outputs), self._limits())
        places, count = [place[p] for p in needed], len(self.parameters)
        by_name = self._met is None and not {p for p in needed} & {*asked}

        def function(*arguments):
            found = kernel(*[arguments[k] for k in places], *arguments[count:])
            if by_name and self._quick is None:
                self._quicken(kernel)
            return found

        costs = Costs(s, self._outputs, s.order, [dims for _, dims in text.memory])
        return Plan(function, asked, home.source, None, False, costs)

    def _limits(self) -> list[tuple[int, tuple[Dim, ...]]]:
        """What a call must not exceed to be answered without a look at its sizes."""
        s = self._schedule
        products = [(SMALL_PRODUCT, dims) for dims in [product_dims(s, v) for v in s.order] if dims]
        return list(dict.fromkeys([*products, *[(LARGE, v.dims) for v in s.order if v.dims]]))

    def _about(self, given: list[Value]) -> list[str]:
        shapes = [f"{plain(key) if key != 'result' else 'out'}: {shape_text(dims)}" for key, dims in self.outputs.items()]
        taken = [f"{plain(v.params[0])}: {shape_text(v.dims)}" for v in given]
        options = " ".join(OPTIONS[:5])
        return [f"Compile with: cc {options}", "Arrays have their rows one after the other.", "", *taken, *shapes]

    # ------------------------------------------------------------------ functions between NumPy's

    def _hybrid(self, numpy: set[Value]) -> Plan:
        """Matrix products by NumPy, the rest by functions in C between them."""
        stages = Stages(self._schedule, list(self._outputs.values()), numpy)
        names, texts = Names(), {}
        names.taken |= {*self.parameters, self.name}
        for k, (inputs, order, results) in stages.kernels.items():
            wished = {v: v.params[0] if v.op == "input" else "s" for v in inputs}
            about = [f"Step {k + 1}."]
            keyed = {f"r{t + 1}": v for t, v in enumerate(results)}
            texts[k] = CText(self._schedule, names.fresh(f"{self.name}_{k + 1}"), wished, keyed, order, about)
        home = Library(list(texts.values()))
        kernels = {}
        for k, text in texts.items():
            inputs, _, results = stages.kernels[k]
            shown = {d.text for v in inputs for d in v.dims if d.names == (d.text,)}
            used = dict.fromkeys([*text.sizes, *[x for v in (*inputs, *results) for d in v.dims for x in d.names]])
            passed = [x for x in used if x not in shown]
            arguments = [*[(text.inputs[v], v.dims) for v in inputs], *[(x, x) for x in passed]]
            keys = None if len(results) == 1 else list(text.outputs)
            kernels[k] = Kernel(text, home, arguments, {v: t for t, v in enumerate(inputs)}, keys)
        self.printer = partial(DriverText, stages=stages, kernels=kernels)
        try:
            plan = self._compiled(False)
        finally:
            del self.printer
        lines = plan.source.replace("*/", "* /").strip().split("\n")
        source = (
            home.source
            + "\n\n/* Called from Python, where NumPy computes what is between:\n *\n"
            + "\n".join([f" * {x}".rstrip() for x in lines])
            + "\n */\n"
        )
        costs = Costs(self._schedule, self._outputs, set(self._schedule.order) - numpy)
        return plan._replace(source=source, costs=costs)
