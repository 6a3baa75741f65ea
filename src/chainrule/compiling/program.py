"""A compiled program: its source, and the call that checks arguments and runs it.

The graph is lowered for sizes that are assumed. A call whose arguments are large lowers it again for the sizes that
they have, once for each regime of sizes: what is contracted first, and what pays, depends on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from math import log2, prod
from threading import RLock
from typing import NamedTuple

from ..core.memory import no_limit_is_said
from ..core.node import Node, symbol
from ..core.walk import order
from .binding import COMPLEX, FLOAT32, array, by_name, float_type, missing_argument, sizes_of, sorted_out
from .costs import REAL, Costs, Step, refuse_too_large
from .entry import MISSING, entry
from .given import Given
from .hushed import OVERFLOW, hushed, meant
from .layout import long_axes_last
from .lower import Lowering
from .names import Names, plain, shape_text
from .numpy_text import NumPyText
from .running import defined, without_entries
from .schedule import Schedule
from .sizes import sizes_read
from .values import Value, dim_names

MOST_SHAPES = 64  # of arguments that a program remembers to have checked
MOST_PLANS = 12  # regimes of sizes that a program is lowered for
LARGE = 1_000  # entries of all intermediates from which on lowering again pays
BATCH, MIDDLE, THIN = 1000.0, 100.0, 30.0  # sizes assumed of axes that only lead, of others, of axes that only trail


class Plan(NamedTuple):
    """A program for some sizes: the function, the sizes that it must be passed, its source; which NumPy warnings are
    meant, by `np.errstate`; whether it takes scalars as Python floats; what it takes of memory and time.
    """

    function: object
    asked: list[str]
    source: str
    hushed: dict | None
    floats: bool
    costs: Costs


class Program:
    """Straight-line code for some nodes. Call it with the parameters by name, or in their order.

    `source` is readable Python, `parameters` maps each parameter to its dims (None where the expression does not
    use it), `outputs` maps each output to its dims, `sizes_asked` names the sizes that no argument shows, which must
    be passed too. The value is one array, or a dict where several were asked for.

    A backend is a subclass with a printer of its own: what spells a schedule, and the imports that its text needs.
    """

    printer = NumPyText
    imports = ("import numpy as np",)
    language = "Python"  # of its source
    prints_float32 = True  # whether arrays of float32 have a text of their own
    title, instead = "this program", None  # what it computes, in words; what to do where that has no place in memory

    def __init__(
        self,
        outputs: dict[str, Node | Value],
        single: bool,
        parameters: Iterable | None,
        name: str,
        sizes: dict[str, float] | None = None,
    ):
        self.single, self.name, self.roots = single, name, outputs
        self.outputs = {key: root.dims for key, root in outputs.items()}
        lowered = isinstance(next(iter(outputs.values()), None), Value)
        self.assumed = {} if lowered else assumed_sizes(order(*outputs.values())) | (sizes or {})
        inputs = _inputs(outputs)
        self.parameters = _parameters(inputs, parameters)
        self._plans: dict[tuple, Plan] = {}
        self._planning = RLock()  # one thread at a time lowers and prints
        self._texts: dict[tuple, Plan] = {}  # others for the assumed sizes, by what they are for
        self._ready: dict[tuple, object] = {}  # shapes of arguments → what to run on them
        self._needed = sorted(inputs)
        self._lower(self.assumed)
        self._plan = self._planned_now()
        self.sizes_asked, self.source = self._plan.asked, self._plan.source
        self._volumes = [v.dims for v in self._schedule.order if v.dims]
        self._entry = self._checked  # until arguments of like shapes come again

    def __reduce__(self):
        """A program is pickled as what it computes; where it arrives its text is printed again."""
        listed = [name if dims is None else symbol(name, dims) for name, dims in self.parameters.items()]
        return type(self), (self.roots, self.single, listed, self.name, self.assumed)

    def __repr__(self) -> str:
        taken = ", ".join([name for name, dims in self.parameters.items() if dims is not None])
        given = ", ".join([f"{key}: {shape_text(dims)}" for key, dims in self.outputs.items()])
        return f"<{type(self).__name__} ({taken}) → {given.removeprefix('result: ') if self.single else given}>"

    # -------------------------------------------------------------------------- plans

    def _lower(self, sizes: dict[str, float]) -> None:
        """The values that are computed, and in which order, for these sizes."""
        self._outputs = dict(self.roots)
        nodes = {key: root for key, root in self.roots.items() if isinstance(root, Node)}
        if nodes:
            known = sizes is not self.assumed or not sizes
            lowering = Lowering(list(nodes.values()), sizes, specialised=known and self.printer.overwrites)
            lowered = {key: lowering.output(node) for key, node in nodes.items()}
            self._outputs |= long_axes_last(lowering.b, lowered) if self.printer.overwrites else lowered
        self._schedule = Schedule(list(self._outputs.values()))

    def planned(self, sizes: dict[str, int], float32: bool = False) -> Plan:
        """The program for arguments of these sizes, with arrays of float64 or of float32."""
        known = self.assumed | sizes
        if not self.assumed or sum([prod([d.at(known) for d in dims]) for dims in self._volumes]) < LARGE:
            return self._again(float32=True) if float32 else self._plan
        regime = (float32, *[(x, round(log2(max(n, 1)))) for x, n in sorted(sizes.items())])
        with self._planning:
            plan = self._plans.get(regime)
            if plan is None:
                usual = self._again(float32=True) if float32 else self._plan
                if len(self._plans) >= MOST_PLANS:
                    return usual
                self._lower(known)
                plan = self._compiled(False, float32=True) if float32 else self._planned_now()
                plan = self._plans[regime] = usual if plan.source == usual.source else plan
            return plan

    def planned_within(self, sizes: dict[str, int], real: int, free=None) -> Plan:
        """The program for arguments of these sizes, with numbers of `real` bytes: 16 where they are complex.

        Parameters
            free: the bytes that may be used, where these are not those of the host.

        Raises
            LimitError: what it makes has no place in memory. Nothing was computed.
        """
        largest = max(sizes.values(), default=0)
        small = no_limit_is_said() and largest <= self._plan.costs.harmless
        if not small:
            self._refuse(self._plan.costs.results, sizes, real, free)  # of these no plan is made
        plan = self._again(analytic=True) if real > REAL else self.planned(sizes, real < REAL and self.prints_float32)
        if not small or plan is not self._plan and largest > plan.costs.harmless:
            for step in plan.costs.steps:
                self._refuse(step, sizes, real, free)
        return plan

    def _refuse(self, step: Step, sizes: dict[str, int], real: int, free) -> None:
        if step.names <= sizes.keys():  # else a size is missing, as the caller will say
            refuse_too_large(step, sizes, real, self.title, self.instead, free)

    def _planned_now(self) -> Plan:
        """The plan for the schedule as it is."""
        return self._compiled(False)

    # -------------------------------------------------------------------------- text

    def _compiled(self, analytic: bool, exact: bool = False, float32: bool = False) -> Plan:
        """The schedule as a function: for complex arguments, if `analytic`; for NumPy's scalars, if `exact`."""
        names = Names()
        function = names.fresh(self.name)
        inputs = {p: names.fresh(p) for p in self.parameters}
        symbols = sorted({x for v in self._schedule.order for x in dim_names(v)})
        size_names = {x: names.fresh(x) for x in symbols}
        floats = {"floats": True} if self._scalars_as_floats and not analytic and not exact else {}
        how = floats | ({"float32": True} if float32 else {})
        text = self.printer(self._schedule, self._outputs, names, inputs, size_names, analytic, **how)
        read, asked = self._sizes_read(text.dims_used, inputs, size_names)
        head = [f"def {function}({', '.join([*inputs.values(), *[size_names[x] for x in asked]])}):"]
        lines = head + self._docstring(inputs) + ["    " + line for line in read + text.lines + self._return(text)]
        source = "\n".join([*self.imports, *text.imports, "", "", *lines]) + "\n"
        made = self._function(source, function, dict(text.calls))
        costs = Costs(self._schedule, self._outputs, self._inside(text))
        return Plan(made, asked, source, self._warnings_meant(source), bool(floats), costs)

    def _inside(self, text) -> Iterable[Value]:
        """The values that are never whole arrays."""
        return text.inside

    @property
    def _scalars_as_floats(self) -> bool:
        """Whether the printer can spell scalars as Python floats."""
        return getattr(self.printer, "spells_floats", False)

    def _warnings_meant(self, source: str) -> dict | None:
        found = meant(map(self._schedule.op, self._schedule.order))
        return found if "np.exp(" in source or "lookup(" in source or found is not OVERFLOW else None

    def _function(self, source: str, name: str, space: dict):
        """The function that the source defines."""
        return defined(source, name, space)[name]

    def _docstring(self, inputs: dict[str, str]) -> list[str]:
        shapes = [shape_text(dims) for dims in self.outputs.values()]
        if self.single:
            first = shapes[0]
        else:
            first = ", ".join(f"{plain(key)}: {shape}" for key, shape in zip(self.outputs, shapes))
        lines = [f'    """Returns {first}.', ""]
        for name, dims in self.parameters.items():
            lines.append(f"    {inputs[name]}: {shape_text(dims) if dims is not None else 'not used'}")
        return lines + ['    """'] if self.parameters else [f'    """Returns {first}."""']

    def _sizes_read(
        self, used: dict, inputs: dict[str, str], size_names: dict[str, str]
    ) -> tuple[list[str], list[str]]:
        """(lines that read sizes off the arguments, sizes that must be passed)."""
        listed = [n for n, dims in self.parameters.items() if dims]
        first = [n for n in listed if n in self._needed]
        order = [*first, *[n for n in listed if n not in self._needed]]
        found = sizes_read(used, [(inputs[n], self.parameters[n]) for n in order], size_names)
        self._needed += [n for n in order if inputs[n] in found.sources and n not in self._needed]  # only its shape is
        return found.lines, found.asked

    def _return(self, text: NumPyText) -> list[str]:
        if self.single:
            (dims,) = self.outputs.values()
            return [f"return {next(iter(text.returned.values()))}  # {shape_text(dims)}"]
        entries = [f"    {k!r}: {v},  # {shape_text(self.outputs[k])}" for k, v in text.returned.items()]
        return ["return {", *entries, "}"]

    # -------------------------------------------------------------------------- call

    def __call__(self, *arguments, **values):
        """The outputs at these values of the parameters: in float32 where all arrays with axes are (integers and masks
        follow the others), else in float64.

        Raises
            ShapeError: an argument has not the shape declared, or the sizes of two do not fit.
            DomainError: the maximum or the mean of no entries.
            UnknownNameError: an argument is missing, is passed twice, or is none of the parameters.
        """
        if arguments and values:
            arguments, values = (), self._by_name(arguments, values)
        return self._entry(*arguments, **values)

    def given(self, **data) -> Given:
        """The program with some of its arguments fixed: what depends on them alone is computed now, once.

        `f.given(X=X, y=y)` of a least-squares Hessian–vector product computes 2XᵀX and then takes v alone. The arrays are
        not copied: what is written into them later may be seen or not.

        Raises
            ShapeError, UnknownNameError: as a call does.
        """
        return Given(self, data)

    def as_array(self, name: str, value):
        """An argument as an array of the backend."""
        return array(name, value)

    def _checked(self, *arguments, **values):
        """Check the arguments and run."""
        values = self._by_name(arguments, values)
        values = {name: value for name, value in values.items() if value is not MISSING}
        real = float_type([values[n] for n in self._needed if n in values] if self.prints_float32 else [])
        float32 = real == FLOAT32
        take = partial(array, real=real) if float32 else self.as_array
        arrays, given = sorted_out(values, self.parameters, self._dim_symbols(), take)
        missing = [n for n in self._needed if n not in arrays]
        if missing:
            raise missing_argument(missing, list(arrays))
        sizes = sizes_of({n: dims for n, dims in self.parameters.items() if n in arrays}, arrays, given)
        analytic = any(a.dtype == COMPLEX for a in arrays.values())
        plan = self.planned_within(sizes, 2 * REAL if analytic else real.itemsize)
        unknown = [x for x in plan.asked if x not in sizes]
        if unknown:
            raise missing_argument(unknown, list(arrays))
        run = self._runner(plan, sizes)
        if not given and not analytic:
            shapes = tuple([arrays[n].shape if n in arrays else None for n, dims in self.parameters.items() if dims])
            self._remember((FLOAT32, *shapes) if float32 else shapes, run)
        if plan.floats:
            try:
                return run(*[_number(arrays, n, float) for n in self.parameters])
            except (ArithmeticError, ValueError):  # at a pole or beyond the largest number NumPy's scalars have inf and NaN
                plan = self._again(exact=True, float32=float32)
            run = self._runner(plan, sizes)
        return run(*[_number(arrays, n, real.type) for n in self.parameters])

    def _remember(self, shapes: tuple, run) -> None:
        if shapes in self._ready and self._entry == self._checked:
            self._entry = entry(self)
        if len(self._ready) >= MOST_SHAPES:
            self._ready.clear()
        self._ready[shapes] = run

    def _by_name(self, arguments: tuple, values: dict) -> dict:
        return by_name(self.parameters, arguments, values)

    def _runner(self, plan: Plan, sizes: dict[str, int]):
        """What is called with the arguments: the function of the plan, its warnings hushed, its sizes passed."""
        function, asked = plan.function, [sizes[x] for x in plan.asked]
        if asked:
            function = lambda *arguments: plan.function(*arguments, *asked)
        if plan.hushed is not None:
            function = hushed(function, plan.hushed)
        return without_entries(function, sizes) if 0 in sizes.values() and not plan.floats else function

    def _again(self, analytic: bool = False, exact: bool = False, float32: bool = False) -> Plan:
        """Another text of the program for the assumed sizes."""
        how = analytic, exact, float32
        with self._planning:
            if how not in self._texts:
                self._lower(self.assumed)
                self._texts[how] = self._compiled(*how)
            return self._texts[how]

    def _dim_symbols(self) -> set[str]:
        return {
            x for dims in (*self.parameters.values(), *self.outputs.values()) for d in dims or () for x in d.names
        } | set(self.sizes_asked)


def _number(arrays: dict, name: str, scalar):
    """The argument of this name: an array, or a scalar of the type asked for."""
    found = arrays.get(name)
    if found is None or found.ndim:
        return found
    return found[()] if found.dtype == COMPLEX else scalar(found)


def _inputs(outputs: dict[str, Node | Value]) -> dict[str, tuple]:
    """The symbols that the outputs are made of, with their dims."""
    roots = list(outputs.values())
    if roots and isinstance(roots[0], Value):
        return {v.params[0]: v.dims for v in Schedule(roots).order if v.op == "input"}
    return {n.name: n.dims for n in order(*roots) if n.op == "symbol"}


def _parameters(needed: dict[str, tuple], listed: Iterable | None) -> dict[str, tuple | None]:
    """Each parameter with its dims: those listed, in order, then what is needed besides."""
    found: dict[str, tuple | None] = {}
    for p in listed if listed is not None else sorted(needed):
        name = p if isinstance(p, str) else p.name
        found[name] = needed.get(name, None if isinstance(p, str) else p.dims)
    for name, dims in needed.items():
        found.setdefault(name, dims)
    return found


def assumed_sizes(nodes: list[Node]) -> dict[str, float]:
    """A size for every dimension symbol: axes that only lead are taken for batches, axes that only trail for classes."""
    leading: set[str] = set()
    trailing: set[str] = set()
    every: set[str] = set()
    for node in nodes:
        for d in node.dims:
            every.update(d.names)
        if node.op == "size":
            every.update(node.attr.names)
        elif node.op == "symbol" and node.ndim > 1 and len(set(node.dims)) > 1:
            leading.update(node.dims[0].names)
            trailing.update(x for d in node.dims[1:] for x in d.names)
    found = {}
    for x in sorted(every):
        if x in leading and x not in trailing:
            found[x] = BATCH
        elif x in trailing and x not in leading:
            found[x] = THIN
        else:
            found[x] = MIDDLE
    return found
