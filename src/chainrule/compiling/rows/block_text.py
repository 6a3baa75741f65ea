"""The passes of a split program as functions of NumPy: what is computed once, of each block, and in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..names import Names, identifier, shape_text
from ..numpy_text import NumPyText
from ..running import defined
from ..schedule import Schedule
from ..sizes import sizes_read
from ..values import Value, dim_names
from .roles import MAX, SUM
from .split import Part, Split


class Function(NamedTuple):
    """One part as a function of the values `given`, then of the sizes `asked`; it returns a tuple of `outputs`."""

    call: Callable
    given: list[Value]
    asked: list[str]
    outputs: list[Value]
    source: str

    def run(self, held: dict[Value, object], sizes: dict[str, int]) -> dict[Value, object]:
        """The outputs, where what is given is `held`."""
        if not self.outputs:
            return {}
        return dict(zip(self.outputs, self.call(*[held[v] for v in self.given], *[sizes[x] for x in self.asked])))


class Passes(NamedTuple):
    """The functions of each pass, (before it, of a block), and of what comes after the last."""

    passes: list[tuple[Function, Function]]
    after: Function
    source: str


def functions_of(split: Split, parameters, float32: bool = False) -> Passes:
    """The passes as functions; what goes from one to the next is called sum1, top1 (a maximum) or known1."""
    names = Names()
    names.taken |= set(map(identifier, parameters))
    called = {v: names.fresh(word) for v, word in _words(split).items()}
    rows, passes = split.roles.rows, []
    for number, (once, block) in enumerate(split.passes, 1):
        tail = f"_{number}" if len(split.passes) > 1 else ""
        before = _function(once, f"before{tail}", called, "Computed once", float32)
        of_block = _function(
            block, f"block_of_{identifier(rows)}{tail}", called, f"Computed of each block of {rows} rows", float32
        )
        passes.append((before, of_block))
    after = _function(split.after, "after", called, "Computed in the end", float32)
    parts = [part.source for pair in passes for part in pair] + [after.source]
    return Passes(passes, after, "\n\n\n".join(["import numpy as np", *filter(None, parts)]) + "\n")


def _words(split: Split) -> dict[Value, str]:
    found = {v: identifier(key) for key, v in split.outputs.items() if v.op != "input"}
    counts: dict[str, int] = {}
    for part in [*[part for both in split.passes for part in both], split.after]:
        for v in part.outputs:
            if v not in found and v.op != "input":
                word = {SUM: "sum", MAX: "top"}.get(split.roles.role[v], "known")
                counts[word] = counts.get(word, 0) + 1
                found[v] = f"{word}{counts[word]}"
    return found


def _function(part: Part, wished: str, called: dict[Value, str], what: str, float32: bool) -> Function:
    """A part as a function with a source."""
    if not part.outputs:
        return Function(tuple, [], [], [], "")
    names = Names()
    names.taken |= set(called.values())
    inputs = {key: called[v] if v in called else names.fresh(key) for key, v in part.inputs.items()}
    schedule = Schedule(part.moved)
    sizes = {x: names.fresh(x) for x in sorted({x for v in schedule.order for x in dim_names(v)})}
    moved = {called[v] if v in called else v.params[0]: m for v, m in zip(part.outputs, part.moved)}
    text = NumPyText(schedule, moved, names, inputs, sizes, float32=float32)
    read = sizes_read(text.dims_used, [(inputs[key], v.dims) for key, v in part.inputs.items() if v.dims], sizes)
    name = names.fresh(wished)
    source = [f"{inputs[key]}: {shape_text(v.dims)}" for key, v in part.inputs.items()]
    returned = ", ".join(text.returned.values()) + "," * (len(moved) == 1)
    shapes = ", ".join([f"{key}: {shape_text(v.dims)}" for key, v in zip(moved, part.outputs)])
    lines = [
        f'"""{what}{", from " * bool(source)}{", ".join(source)}."""',
        *read.lines,
        *text.lines,
        f"return {returned}  # {shapes}",
    ]
    head = f"def {name}({', '.join([*inputs.values(), *[sizes[x] for x in read.asked]])}):"
    spaced = [*text.imports, "", ""] if text.imports else []
    whole = "\n".join([*spaced, head, *["    " + line for line in lines]])
    made = defined("import numpy as np\n" + whole, name, dict(text.calls))[name]
    return Function(made, list(part.inputs.values()), read.asked, part.outputs, whole)
