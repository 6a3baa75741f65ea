"""The program of one device of many: its own rows, and what it tells the others after each pass over them."""

from __future__ import annotations

from typing import NamedTuple

from ..jax_text import JaxText
from ..names import Names, shape_text
from ..schedule import Schedule
from ..sizes import sizes_read
from ..values import Builder, Value, dim_names
from .roles import MAX, PARTIAL, SUM, axis_of
from .split import Split

VALID = "rows that count"  # the mask, as an input
GATHERED = {SUM: "psum", MAX: "pmax"}  # functions of jax.lax


class DeviceFunction(NamedTuple):
    """The text of what each device runs; `asked` are the sizes that it must be passed, `calls` what it calls."""

    source: str
    name: str
    asked: list[str]
    calls: dict


class ShardText(JaxText):
    """Prints the program of one device: what `together` gathers from all devices, and which `part` of it a value is."""

    over = "data"  # the axis of the mesh

    def _emit(self, v: Value) -> None:
        if v.op == "together":
            self.refs = []
            partial = [self._arg(a) for a in v.args]
            self.parts = getattr(self, "parts", {}) | {v: [self._fresh() for _ in v.args]}
            summed = partial[0] if len(partial) == 1 else f"({', '.join(partial)})"
            shapes = ", ".join([shape_text(a.dims) for a in v.args])
            gathered = f"jax.lax.{v.params[0]}({summed}, {self.over!r})"
            self._line(f"{', '.join(self.parts[v])} = {gathered}  # {shapes}, of all devices")
            self._spend()
        elif v.op == "part":
            self._assigned(v, self.parts[v.args[0]][v.params[0]])
        else:
            super()._emit(v)


def device_function(split: Split, parameters: dict, wished: str, axis: str, masked: bool) -> DeviceFunction:
    """What each device runs: a function of the parameters, if `masked` of how many of its rows count, and of sizes.

    Parameters
        parameters: with their dims.
        wished: the name of the function.
        axis: the axis of the mesh along which sums are gathered.
    """
    moved = _on_one_device(split, masked)
    outputs = {key: moved[v] for key, v in split.outputs.items()}
    names = Names()
    name = names.fresh(wished)
    inputs = {p: names.fresh(p) for p in parameters} | {VALID: names.fresh("valid")}
    counts = names.fresh("counts")
    schedule = Schedule(list(outputs.values()))
    sizes = {x: names.fresh(x) for x in sorted({x for v in schedule.order for x in dim_names(v)})}
    text = type("Text", (ShardText,), {"over": axis})(schedule, outputs, names, inputs, sizes)
    read = sizes_read(text.dims_used, [(inputs[p], dims) for p, dims in parameters.items() if dims], sizes)
    lines = [*read.lines, *text.lines]
    if masked:
        at = {p: axis_of(split.roles.dim, dims or ()) for p, dims in parameters.items()}
        leader = next(p for p, t in at.items() if t is not None)
        rows = f"jnp.arange({inputs[leader]}.shape[{at[leader]}])"
        lines.insert(0, f"{inputs[VALID]} = {rows} < {counts}[0]  # the last rows may be repetitions")
    arguments = [inputs[p] for p in parameters] + [counts] * masked + [sizes[x] for x in read.asked]
    returned = ", ".join(text.returned.values()) + "," * (len(outputs) == 1)
    shapes = ", ".join([f"{inputs[p]}: {shape_text(dims)}" for p, dims in parameters.items() if dims is not None])
    lines.insert(0, f'"""Computed by each device, of its own {split.roles.rows} rows: {shapes}."""')
    lines.append(f"return {returned}")
    head = ["import jax", "import jax.numpy as jnp", *text.imports, "", "", f"def {name}({', '.join(arguments)}):"]
    source = "\n".join([*head, *["    " + line for line in lines]]) + "\n"
    return DeviceFunction(source, name, read.asked, dict(text.calls))


def _on_one_device(split: Split, masked: bool) -> dict[Value, Value]:
    """The values of the program of one device, for those of the whole one: what is gathered is so pass by pass."""
    b = Builder(split.sizes)
    role, axis = split.roles.role, split.roles.axis
    moved: dict[Value, Value] = {}
    valid = b.make("input", (VALID,), (), (split.roles.dim,), mask=True, work=0) if masked else None
    levels: dict[int, list[Value]] = {}
    for v in split.order:
        levels.setdefault(split.level[v] - (role[v] in (SUM, MAX)), []).append(v)
    for _, values in sorted(levels.items()):
        gathered: dict[str, dict[Value, Value]] = {}
        for v in values:
            args = [moved[a] for a in v.args]
            if masked and role[v] in (SUM, PARTIAL):
                args = _masked(b, valid, args, [axis(a) for a in v.args])
            made = b.make(v.op, v.params, tuple(args), v.dims, v.python, v.mask, work=0)
            if role[v] in GATHERED:
                gathered.setdefault(GATHERED[role[v]], {})[v] = made
            else:
                moved[v] = made
        for function, sums in gathered.items():
            together = b.make("together", (function,), tuple(sums.values()), (), work=0)
            for i, v in enumerate(sums):
                moved[v] = b.make("part", (i,), (together,), v.dims, work=0)
    return moved


def _masked(b: Builder, valid: Value, args: list[Value], axes: list) -> list[Value]:
    """The arguments of a sum over the rows, the smallest one with zeros for rows that are repetitions."""
    having = [t for t, axis in enumerate(axes) if axis is not None]
    if not having:
        return args
    t = min(having, key=lambda t: (len(args[t].dims), args[t].op == "input", args[t].entries))
    places = (axes[t],), tuple(range(len(args[t].dims)))
    return [*args[:t], b.make("choose", places, (valid, args[t]), args[t].dims, work=0), *args[t + 1 :]]
