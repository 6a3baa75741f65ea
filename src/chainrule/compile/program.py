"""A compiled program: its source, and the call that checks arguments and runs it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..core.dims import Dim
from ..core.node import Node
from ..core.walk import order
from .binding import COMPLEX, FLOAT, array, missing_argument, sizes_of, unknown_argument
from .lower import Lowering
from .names import Names
from .numpy_text import NumPyText
from .running import defined
from .schedule import Schedule
from .sizes import sizes_read

MOST_SHAPES = 64  # of arguments that a program remembers to have checked
ARRAYS = frozenset({np.ndarray, np.float64})
BATCH, MIDDLE, THIN = 1000.0, 100.0, 30.0  # sizes assumed of axes that only lead, of others, of axes that only trail


class Program:
    """Straight-line code for some nodes. Call it with the parameters as keywords.

    `source` is readable Python, `parameters` maps each parameter to its dims (None where the expression does not
    use it), `outputs` maps each output to its dims, `sizes_asked` names the sizes that no argument shows, which must
    be passed too. The value is one array, or a dict where several were asked for.

    A backend is a subclass with a printer of its own: what spells a schedule, and the imports that its text needs.
    """

    printer = NumPyText
    imports = ("import numpy as np",)

    def __init__(
        self,
        outputs: dict[str, Node],
        single: bool,
        parameters: Iterable | None,
        name: str,
        sizes: dict[str, float] | None = None,
    ):
        self.single = single
        self.outputs = {key: node.dims for key, node in outputs.items()}
        roots = list(outputs.values())
        nodes = order(*roots)
        self.parameters = _parameters(nodes, parameters)
        self._scalars = [i for i, dims in enumerate(self.parameters.values()) if dims == ()]
        self._needed = sorted({n.name for n in nodes if n.op == "symbol"})
        assumed = assumed_sizes(nodes) | (sizes or {})
        lowering = Lowering(roots, assumed)
        self._outputs = {key: lowering.output(node) for key, node in outputs.items()}
        self._schedule = Schedule(list(self._outputs.values()))
        self._name = name
        self._analytic = None
        self._met: dict[tuple, list[int]] = {}
        self._real, self.sizes_asked, self.source = self._compiled(False)
        hushed = {"over": "ignore", "under": "ignore"}  # an overflow to inf is meant: 1/(1 + exp(−x)) is 0 there
        if any(v.op == "choose" for v in self._schedule.order):
            hushed |= {"divide": "ignore", "invalid": "ignore"}  # in entries that a mask removes
        self._hushed = hushed if "np.exp(" in self.source or "lookup(" in self.source or len(hushed) > 2 else None

    # -------------------------------------------------------------------------- text

    def _compiled(self, analytic: bool):
        names = Names()
        function = names.fresh(self._name)
        inputs = {p: names.fresh(p) for p in self.parameters}
        symbols = sorted({x for v in self._schedule.order for x in dim_names(v)})
        size_names = {x: names.fresh(x) for x in symbols}
        text = self.printer(self._schedule, self._outputs, names, inputs, size_names, analytic)
        read, asked = self._sizes_read(text.dims_used, inputs, size_names)
        head = [f"def {function}({', '.join([*inputs.values(), *[size_names[x] for x in asked]])}):"]
        lines = head + self._docstring(inputs) + ["    " + line for line in read + text.lines + self._return(text)]
        source = "\n".join([*self.imports, *text.imports, "", "", *lines]) + "\n"
        return self._function(source, function, dict(text.calls)), asked, source

    def _function(self, source: str, name: str, space: dict):
        """The function that the source defines."""
        return defined(source, name, space)[name]

    def _docstring(self, inputs: dict[str, str]) -> list[str]:
        shapes = [_shape(dims) for dims in self.outputs.values()]
        if self.single:
            first = shapes[0]
        else:
            first = ", ".join(f"{_plain(key)}: {shape}" for key, shape in zip(self.outputs, shapes))
        lines = [f'    """Returns {first}.', ""]
        for name, dims in self.parameters.items():
            lines.append(f"    {inputs[name]}: {_shape(dims) if dims is not None else 'not used'}")
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
            return [f"return {next(iter(text.returned.values()))}  # {_shape(dims)}"]
        return ["return {" + ", ".join([f"{_plain(k)!r}: {v}" for k, v in text.returned.items()]) + "}"]

    # -------------------------------------------------------------------------- call

    def __call__(self, **values):
        """The outputs at these values of the parameters.

        Raises
            ShapeError: an argument has not the shape declared, or the sizes of two do not fit.
            UnknownNameError: an argument is missing, or is none of the parameters.
        """
        try:  # the usual call: arrays of shapes met before
            shapes = [v.shape for v in values.values() if v.dtype is FLOAT]
        except AttributeError:
            return self._checked(values)
        sizes = self._met.get((*values, *shapes)) if len(shapes) == len(values) else None
        if sizes is None:
            return self._checked(values)
        arguments = [values.get(name) for name in self.parameters]
        for i in self._scalars:
            if arguments[i] is not None:
                arguments[i] = arguments[i][()]
        return self._run(self._real, arguments + sizes)

    def _checked(self, values: dict):
        """Check the arguments and run."""
        arrays: dict = {}
        given: dict[str, int] = {}
        for name, value in values.items():
            if name not in self.parameters:
                if name in self._dim_symbols():
                    given[name] = int(value)
                    continue
                raise unknown_argument(name, list(self.parameters))
            arrays[name] = array(name, value)
        missing = [n for n in self._needed if n not in arrays]
        if missing:
            raise missing_argument(missing, list(arrays))
        sizes = sizes_of({n: dims for n, dims in self.parameters.items() if n in arrays}, arrays, given)
        function, asked = self._real, self.sizes_asked
        if any(a.dtype == COMPLEX for a in arrays.values()):
            if self._analytic is None:
                self._analytic = self._compiled(True)[:2]
            function, asked = self._analytic
        unknown = [x for x in asked if x not in sizes]
        if unknown:
            raise missing_argument(unknown, list(arrays))
        if not given and len(self._met) < MOST_SHAPES and all(type(v) in ARRAYS for v in values.values()):
            self._met[*values, *[arrays[n].shape for n in values]] = [sizes[x] for x in self.sizes_asked if x in sizes]
        arguments = [arrays[n][()] if n in arrays else None for n in self.parameters]
        return self._run(function, arguments + [sizes[x] for x in asked])

    def _run(self, function, arguments: list):
        if self._hushed is None:
            return function(*arguments)
        with np.errstate(**self._hushed):
            return function(*arguments)

    def _dim_symbols(self) -> set[str]:
        return {
            x for dims in (*self.parameters.values(), *self.outputs.values()) for d in dims or () for x in d.names
        } | set(self.sizes_asked)


def dim_names(v):
    for d in v.dims:
        yield from d.names
    if v.op == "size":
        yield from v.params[0].names
    elif v.op == "slice":
        for cut in v.params:
            for d in cut or ():
                if isinstance(d, Dim):
                    yield from d.names
    elif v.op == "assemble":
        for _, embed in v.params[1]:
            for _, (count, start, _) in embed:
                yield from count.names
                yield from start.names


def _shape(dims) -> str:
    return " × ".join([_plain(d.text) for d in dims]) or "scalar"


def _plain(text: str) -> str:
    """Text that can stand in a docstring or string literal as it is."""
    return "".join([ch if ch.isprintable() and ch not in "\"\\'" else "_" for ch in text])


def _parameters(nodes: list[Node], listed: Iterable | None) -> dict[str, tuple | None]:
    """Each parameter with its dims: those listed, in order, then what the nodes need besides."""
    needed = {n.name: n.dims for n in nodes if n.op == "symbol"}
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
