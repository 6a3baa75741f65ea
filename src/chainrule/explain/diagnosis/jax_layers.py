"""The operations that a JAX function ran, put together to layers: a product and its bias, one step of a recurrence; their kinds and names.

A layer is called by the parameter that it belongs to, as the pytree has it, and by what it does: "lin1", "lin1 tanh",
"blocks.3.w1". What has no parameter goes by the name of what it follows.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from ...ops.declare import Elementwise, lookup
from .jax_program import SAME, Cell, Entry, Runner

GENERIC_LEAVES = {"w", "W", "weight", "weights", "kernel", "b", "bias", "scale", "shift", "gamma", "beta", "embedding", "table"}
CALLED = {"hard_tanh": "hardtanh", "hard_sigmoid": "hardsigmoid", "soft_sign": "softsign"}  # where its name is none of the declaration's
KIND_OF = {
    name: kind
    for kind, names in (
        ("add", "add sub add_any cumsum"),
        ("product", "mul div rem cumprod triangular_solve cholesky"),
        ("reduce", "reduce_sum reduce_max reduce_min reduce_prod logsumexp reduce_window_sum cumlogsumexp cummax cummin"),
        ("shape", "slice dynamic_slice gather concatenate pad select_n rev dynamic_update_slice scatter scatter-add scatter_add split take stack "
                  "clamp neg sort top_k reduce_window_max reduce_window select_and_gather_add max min clip"),
        ("cut", "stop_gradient round floor ceil sign nextafter argmax argmin"),
        ("softmax", "softmax log_softmax"),
        ("normalisation", "standardize normalize l2_normalize"),
        ("elementwise", "integer_pow pow square sqrt rsqrt exp log exp2 abs"),
    )
    for name in names.split()
}  # fmt: skip
PLAINER = {"reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod", "select_n": "where", "add_any": "add"}
CONTRACTIONS = ("dot_general", "conv_general_dilated", "gather", "take")


class Group:
    """The operations of one layer.

    Attributes
        entries: in order; the last gives the result, `outs` are the cells that hold it.
        kind, operation, name: as `record.Layer` has them.
        inputs, parameters: names of what it consumes.
        unit_axis: along which axis of the result its units lie.
        sent: what it sends back, by cell, while the backward pass runs.
    """

    def __init__(self, entry: Entry, kind: str, operation: str, name: str):
        self.entries, self.kind, self.operation, self.name = [entry], kind, operation, name
        self.outs: list[Cell] = entry.outs
        self.inputs: list[str] = []
        self.parameters: list[str] = []
        self.unit_axis = -1
        self.sent: dict[int, list] = {}
        self.bars: list = []
        self.module, self.call = "", 0
        self.inner: list[Entry] = []  # activations inside a step of a recurrence


class Layering:
    """The groups of a run, in order of computation.

    Attributes
        groups: all of them.
        label: by id of a cell, the name of the layer, input or parameter that it comes from.
        units: by name of a parameter, (axis of its units, fan-in) as the product that it is used in has it.
    """

    def __init__(self, runner: Runner, short: dict[str, str]):
        self.runner, self.short = runner, short  # name of a parameter → its path with dots
        self.groups: list[Group] = []
        self.by_name: dict[str, Group] = {}
        self.label: dict[int, str] = {}
        self.owner: dict[str, str] = {}  # layer → what it is called by
        self.units: dict[str, tuple[int, int]] = {}
        self.names: Counter = Counter()
        self.steps: dict[tuple[int, int], Group] = {}
        recurrent = {number for (number, _), (_, after) in runner.carries.items() if any(c.flows for c in after)}
        for entry in runner.entries:
            if entry.scan is not None and entry.scan.number in recurrent and any(c.depends for c in entry.outs):
                self._step(entry)
            else:
                self._place(entry)
        self._count_uses()

    # ---------------------------------------------------------------- which layer

    def of(self, cell: Cell) -> str:
        """What a cell comes from: the name of a layer, an input or a parameter; "" for a constant."""
        return cell.parameter or self.label.get(id(cell), "") or cell.source

    def _place(self, entry: Entry) -> None:
        outs = [c for c in entry.outs if _real(c)]
        if not outs:
            return
        if not any(c.depends for c in entry.outs):
            if _bad(outs) and not _bad(entry.ins):  # born of data alone
                self._enter(entry, "other", entry.name)
            else:
                self._alias(entry)
            return
        if outs[0].parameter:
            return
        if entry.name in SAME and not self._loses(entry):
            self._alias(entry)
            return
        if self._is_bias(entry):
            return
        kind, operation = self._kind(entry)
        self._enter(entry, kind, operation)

    def _loses(self, entry: Entry) -> bool:
        """Whether a conversion to fewer bits makes finite numbers infinite."""
        return _bad(entry.outs) and not _bad(entry.ins)

    def _alias(self, entry: Entry) -> None:
        name = next((self.of(c) for c in entry.ins if self.of(c)), "")
        for c in entry.outs:
            self.label[id(c)] = name

    def _is_bias(self, entry: Entry) -> bool:
        """A parameter added to a product with another one belongs to that layer."""
        if entry.name not in ("add", "add_any") or len(entry.ins) != 2:
            return False
        for bias, value in (entry.ins, entry.ins[::-1]):
            group = self.by_name.get(self.of(value)) if not value.parameter else None
            if bias.parameter and group is not None and group.kind == "linear" and len(group.entries) == 1:
                whole = value.entry is group.entries[-1] and len(value.users) == 1 and value.value.shape == entry.outs[0].value.shape
                if whole and bias.parameter not in group.parameters:
                    group.entries.append(entry)
                    group.outs = entry.outs
                    group.parameters.append(bias.parameter)
                    entry.layer = group
                    self.label[id(entry.outs[0])] = group.name
                    return True
        return False

    def _enter(self, entry: Entry, kind: str, operation: str) -> Group:
        inputs = list(dict.fromkeys(self.of(c) for c in entry.ins if self.of(c) and not c.parameter))
        parameters = list(dict.fromkeys(c.parameter for c in entry.ins if c.parameter))
        owner = self._owner(inputs, parameters)
        name = owner if kind == "linear" else f"{owner} {operation}".strip()
        group = Group(entry, kind, operation, self._unique(name))
        self.owner[group.name] = owner
        group.inputs, group.parameters = inputs, parameters
        above = self.by_name.get(inputs[0]) if inputs else None
        group.unit_axis = self._unit_axis(entry, above)
        self.groups.append(group)
        self.by_name[group.name] = group
        entry.layer = group
        for c in entry.outs:
            self.label[id(c)] = group.name
        return group

    def _step(self, entry: Entry) -> None:
        """An operation inside one step of a recurrence: all of them are one layer, whose result is the state."""
        key = entry.scan.number, entry.scan.step
        group = self.steps.get(key)
        parameters = [c.parameter for c in entry.ins if c.parameter]
        if group is None:
            group = self.steps[key] = Group(entry, "recurrent", "scan", "")
            before, after = self.runner.carries[key]
            group.entries = []
            group.outs = [c for c in dict.fromkeys(after) if c.flows]
            mine = [e for e in self.runner.entries if e.scan is not None and (e.scan.number, e.scan.step) == key]
            used = list(dict.fromkeys(c.parameter for e in mine for c in e.ins if c.parameter))
            owner = self._common(used) or "scan"
            group.name, group.module, group.call = self._unique(f"{owner} step {entry.scan.step}"), owner, entry.scan.step
            self.owner[group.name] = owner
            self.groups.append(group)
            self.by_name[group.name] = group
        group.entries.append(entry)
        entry.layer = group
        for name in parameters:
            if name not in group.parameters:
                group.parameters.append(name)
        for c in entry.ins:
            name = self.of(c)
            if name and not c.parameter and name != group.name and name not in group.inputs:
                group.inputs.append(name)
        kind, operation = self._kind(entry)
        if kind == "elementwise" and len(entry.ins) - sum(not c.flows for c in entry.ins) == 1:
            group.inner.append(entry)
        for c in entry.outs:
            self.label[id(c)] = group.name

    # ---------------------------------------------------------------- what it is

    def _kind(self, entry: Entry) -> tuple[str, str]:
        """(kind, name of the operation) of one operation."""
        name, ins = entry.name, entry.ins
        if name in CONTRACTIONS and any(c.parameter for c in ins):
            by = [c for c in ins if c.parameter]
            if len(by) < len([c for c in ins if _real(c)]) or name == "gather" and ins[0].parameter:
                self._learn_units(entry, by[0])
                return "linear", {"dot_general": "dense", "conv_general_dilated": "convolution"}.get(name, "embedding")
            return "product", "matmul"
        if name == "dot_general" or name == "conv_general_dilated":
            return "product", "matmul" if name == "dot_general" else "convolution"
        if name == "max" and any(not c.depends and not np_any(c.value) for c in ins):
            return "elementwise", "relu"
        if name == "div" and self._is_softmax(*ins):
            return "softmax", "softmax"
        if name in ("mul", "div") and any(self._is_deviation(c) for c in ins):
            return "normalisation", "normalisation"
        if name == "div" and not ins[0].depends:
            return "elementwise", "reciprocal"
        if name in KIND_OF:
            return KIND_OF[name], PLAINER.get(name) or power_name(entry)
        op = lookup(CALLED.get(name, name))
        return ("elementwise", op.name) if isinstance(op, Elementwise) else ("other", name)

    def _is_softmax(self, top: Cell, bottom: Cell) -> bool:
        """eᶻ/Σeᶻ, spelled out."""
        below = self._behind(bottom)
        return below is not None and below.name == "reduce_sum" and top.entry is not None and top.entry.name == "exp" and below.ins[0] is top

    def _is_deviation(self, cell: Cell) -> bool:
        """Whether a value is √(mean of squares + ε), or one over it."""
        root = self._behind(cell)
        if root is None or root.name not in ("sqrt", "rsqrt", "pow"):
            return False
        below, steps = self._behind(root.ins[0]), 0
        while below is not None and steps < 8:
            if below.name.startswith("reduce_"):
                return True
            moving = [c for c in below.ins if c.depends or c.source]
            if below.name not in ("add", "div", "mul", "max", "select_n", "sub") or len(moving) != 1:
                return False
            below, steps = self._behind(moving[0]), steps + 1
        return False

    def _behind(self, cell: Cell) -> Entry | None:
        """What computed a value, whatever its shape was then."""
        entry = cell.entry
        while entry is not None and entry.name in SAME:
            entry = entry.ins[0].entry
        return entry

    def _learn_units(self, entry: Entry, weights: Cell) -> None:
        """Along which axis of a parameter its units lie, as far as this product tells; how many inputs a unit has."""
        if weights.parameter in self.units or weights.entry is not None and weights.entry.name != "convert_element_type":
            return
        shape, which = weights.value.shape, entry.ins.index(weights)
        if entry.name == "dot_general":
            contracted = entry.params["dimension_numbers"][0][which]
            free = [k for k in range(len(shape)) if k not in contracted]
            if len(shape) == 2 and len(free) == 1:
                self.units[weights.parameter] = free[0], shape[contracted[0]]
        elif entry.name == "conv_general_dilated":
            axis = entry.params["dimension_numbers"].rhs_spec[0]
            self.units[weights.parameter] = axis, int(weights.value.size // max(shape[axis], 1))

    def _unit_axis(self, entry: Entry, above: Group | None) -> int:
        if entry.name == "conv_general_dilated":
            return entry.params["dimension_numbers"].out_spec[1]
        same = above is not None and above.outs and entry.outs[0].value.shape == above.outs[0].value.shape
        return above.unit_axis if same else -1

    # ---------------------------------------------------------------- what it is called

    def _owner(self, inputs: list[str], parameters: list[str]) -> str:
        if parameters:
            path = self.short[parameters[0]]
            parent, _, leaf = path.rpartition(".")
            return parent if parent and leaf in GENERIC_LEAVES else path
        layers = [self.owner[name] for name in inputs if name in self.owner]
        return layers[-1] if layers else (inputs[0] if inputs else "")

    def _common(self, parameters: list[str]) -> str:
        """What the parameters of a recurrence have in common: cell, of cell.w_hh and cell.w_xh."""
        paths = [self.short[p].split(".") for p in parameters]
        if not paths:
            return ""
        shared = []
        for parts in zip(*paths):
            if len(set(parts)) > 1:
                break
            shared.append(parts[0])
        return ".".join(shared) or "scan"

    def _unique(self, name: str) -> str:
        self.names[name] += 1
        if self.names[name] > 1:
            return self._unique(f"{name} ({self.names[name]})")
        return name

    def _count_uses(self) -> None:
        """Which use of a parameter a layer is, where it is used several times: a recurrence written as a loop."""
        uses = Counter(p for g in self.groups if g.kind == "linear" for p in g.parameters[:1])
        seen: Counter = Counter()
        for group in self.groups:
            if group.kind == "linear" and uses[group.parameters[0]] > 1:
                seen[group.parameters[0]] += 1
                group.module, group.call = self.owner[group.name], seen[group.parameters[0]]


def power_name(entry: Entry) -> str:
    """What a power is called in ops, where it has a name there."""
    if entry.name == "integer_pow":
        return {2: "square", -1: "reciprocal"}.get(entry.params.get("y"), "pow")
    return entry.name


def _real(cell: Cell) -> bool:
    """Whether a value consists of numbers with a fraction."""
    kind = cell.value.dtype
    return kind.kind in "fc" or str(kind).startswith(("bfloat", "float"))


def np_any(value) -> bool:
    """Whether an array has an entry that is not 0."""
    return bool((np.asarray(value) != 0).any())


def _bad(cells) -> bool:
    return any([_real(c) and not bool(np.isfinite(np.asarray(c.value)).all()) for c in cells])
