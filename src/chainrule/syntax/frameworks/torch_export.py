"""A PyTorch function as the graph that `torch.export` records of it, with symbolic sizes; and what is said where it fails.

The graph is that of training, before any decomposition. Each node notes the line of the person's code that made it.

Reference: docs.pytorch.org, torch.export: Programming Model; torch.fx.traceback for the notes.
"""

from __future__ import annotations

import io
import logging
import math
import re
import sys
import warnings
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from threading import Lock
from typing import NamedTuple

from ...core.dims import Dim
from ...core.errors import ChainruleError, ShapeError, TraceError
from ..framework import located, returned_many, unexpected
from ..places import is_own, place_of
from ..sizes import spelled
from .torch_ops import IN_PLACE, OPERATORS
from .torch_losses import labels

EXAMPLES = (5, 7, 11, 13, 17, 19, 23, 29, 31, 37)  # sizes while tracing: different, so that nothing agrees by chance
DEEPEST = 4  # operators that are defined by operators that are defined by operators …
SMALLEST = 4  # sizes are at least this while x[1:] is read, so that it has entries
_TRACING = Lock()


class Exported(NamedTuple):
    """What torch.export gives: its program, the name of the result, and which size each symbol of torch is."""

    program: object
    output: object
    symbols: dict[str, Dim]

    @property
    def graph(self):
        return self.program.graph


@contextmanager
def tracing(torch):
    """While a function is traced: nothing is printed, math.sqrt of a size is symbolic, einsum plans no order by sizes."""
    before, root = logging.root.manager.disable, math.sqrt

    def sqrt(x, /):
        return torch.sym_sqrt(x) if isinstance(x, (torch.SymInt, torch.SymFloat)) else root(x)

    with _TRACING:
        logging.disable(logging.CRITICAL)
        math.sqrt = sqrt
        try:
            heard = io.StringIO()
            with torch.backends.opt_einsum.flags(enabled=False), redirect_stdout(heard), redirect_stderr(heard):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    yield
        finally:
            math.sqrt = root
            logging.disable(before)


def exported_graph(program) -> Exported:
    """The graph of a program; raises TraceError or ShapeError where there is none."""
    torch, variables = program.torch, program.parameters.variables
    names = list(dict.fromkeys(n for v in variables.values() for d in v.dims for n in d.names))
    fixed = {d.value for v in variables.values() for d in v.dims}
    pool = iter([k for k in EXAMPLES if k not in fixed] + [41 + 2 * k for k in range(len(names))])
    sizes = {n: next(pool) for n in names}
    marks = {n: torch.export.Dim(n, min=SMALLEST) for n in names}
    for v in variables.values():
        for d in v.dims:
            if d.value is None and d.text not in sizes:
                raise ShapeError(
                    f"a size of `{v.name}` is neither a name nor a number", given=f"{v.name}: {d}",
                    expected="sizes such as n and 3",
                )  # fmt: skip

    symbols: dict[str, Dim] = {}

    class Wrapped(torch.nn.Module):
        def forward(self, *tensors):
            for v, t in zip(variables.values(), tensors):
                symbols.update({str(size): d for size, d in zip(t.shape, v.dims) if d.value is None})
            with noting(torch):
                return program.run(dict(zip(variables, tensors)))

    examples = tuple(torch.full([d.at(sizes) for d in v.dims], 0.5, dtype=torch.float64) for v in variables.values())
    dynamic = tuple({t: marks[d.text] for t, d in enumerate(v.dims) if d.value is None} for v in variables.values())
    with tracing(torch), kept_notes(torch):
        try:
            exported = torch.export.export(Wrapped(), examples, dynamic_shapes=(dynamic,), strict=False)
            if writes(exported.graph):
                exported = exported.run_decompositions({})
            exported = in_known_operators(torch, exported)
        except ChainruleError:
            raise
        except Exception as error:  # the person's own code runs here: whatever it raises is explained
            raise untraceable(error, program, symbols) from error
    outputs = [s.arg for s in exported.graph_signature.output_specs if s.kind.name == "USER_OUTPUT"]
    spec = exported.call_spec.out_spec
    if spec.num_leaves != 1 or spec.num_children or type(outputs[0]).__name__ != "TensorArgument":
        kind = getattr(spec.type, "__name__", None) or type(getattr(outputs[0], "value", None)).__name__
        raise returned_many(program.name, sum(type(s).__name__ == "TensorArgument" for s in outputs), kind)
    for v, node in zip(variables.values(), inputs_of(exported)):
        for size, d in zip(node.meta["val"].shape, v.dims):
            if not isinstance(size, int):
                symbols[str(size.node.expr)] = d
    return Exported(exported, outputs[0], symbols)


def in_known_operators(torch, exported):
    """The same program; operators that are not read, and that PyTorch defines by others, are replaced by those."""
    known = torch.export.default_decompositions() if hasattr(torch.export, "default_decompositions") else {}
    for _ in range(DEEPEST):
        unread = {n.target for n in exported.graph.nodes if n.op == "call_function" and operator_name(n.target) not in OPERATORS}
        table = {target: known[target] for target in unread if target in known}
        if not table:
            break
        exported = exported.run_decompositions(table)
    return exported


def noting(torch):
    """A mode in which every function of torch notes the place in the person's code that called it."""
    annotate = getattr(torch.fx.traceback, "annotate", None)

    class Noting(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            frame = sys._getframe(1)
            while frame is not None and not (is_own(frame) and place_of(frame).line.strip()):
                frame = frame.f_back
            with annotate({"place": place_of(frame)}) if frame is not None else nullcontext():
                return function(*args, **(kwargs or {}))

    return Noting() if annotate else nullcontext()


def kept_notes(torch):
    keep = getattr(torch.fx.traceback, "preserve_node_meta", None)
    return keep() if keep else nullcontext()


def writes(graph) -> bool:
    """Whether the graph writes into a tensor, as add_ does."""
    names = [operator_name(n.target) for n in graph.nodes if n.op == "call_function"]
    return any(name.endswith("_") and name[:-1] in IN_PLACE for name in names)


def inputs_of(exported) -> list:
    names = [s.arg.name for s in exported.graph_signature.input_specs if s.kind.name == "USER_INPUT"]
    nodes = {n.name: n for n in exported.graph.nodes if n.op == "placeholder"}
    return [nodes[n] for n in names]


def operator_name(target) -> str:
    """"matmul" of aten.matmul.default."""
    schema = getattr(target, "_schema", None)
    return schema.name.split("::")[-1] if schema is not None else getattr(target, "__name__", str(target))


def untraceable(error: Exception, program, symbols: dict[str, Dim]) -> ChainruleError:
    """What is said of an exception that the function raised while it was exported; sizes are called as the person did."""
    text, kind, name, given = str(error), type(error).__name__, program.name, located(error)
    for symbol, d in symbols.items():
        given = re.sub(rf"\b{symbol}(?![0-9])", str(d), re.sub(r"(?<=[0-9])x(?=s[0-9])", " × ", given))
    if "GuardOnDataDependent" in kind or "data-dependent" in text:
        return TraceError(
            f"`{name}` needs the values of a tensor, which no formula can say", given=given.split("\n", 1)[-1],
            expected="operations on whole tensors",
            fix="torch.where(condition, a, b) chooses entry by entry; leave float(…) and .item() out",
        )  # fmt: skip
    if "Constraints violated" in text or "specialized" in text:
        fixed = re.findall(r"^ *(\w+ = \d+)$", text, re.MULTILINE)
        return ShapeError(
            f"`{name}` is written for some numbers of a size only",
            given=f"it was tried with {', '.join(fixed)}, and asks for that number" if fixed else first_line(text),
            expected="code that does the same for all sizes; roots are math.sqrt(n) and n ** 0.5",
            fix='give that size as a number: X="n 8"; where it is that of a weight, by a name: W="k d"',
        )  # fmt: skip
    if ".numpy()" in text or "is not supported for tensor subclasses" in text:
        return TraceError(
            f"`{name}` leaves PyTorch", given=given, expected="operations of torch on tensors", fix="torch.exp in place of np.exp"
        )
    if re.search(r"used as indices|for index, but got|'indices'|scalar type Long|Expected dtype int", text):
        return labels(name, given)
    shapes = ", ".join(f"{v.name}: {spelled(v.dims)}" for v in program.parameters.variables.values())
    return unexpected(error, name, f"{given}\n{shapes}")


def first_line(text: str) -> str:
    """The line of a long message that says which guard failed."""
    lines = [line.strip(" -") for line in text.splitlines()]
    return next((line for line in lines if "guard" in line), lines[0])
