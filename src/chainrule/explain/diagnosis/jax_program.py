"""A JAX function run equation by equation: every value kept for the backward pass, every equation with what it was computed from.

The function is traced once, as `jax.grad` does it. Calls that are the user's own (jit, checkpoint, cond) are run through, a scan
is unrolled, so that every step of time stands for itself; functions of JAX that have a name of their own (softmax, gelu) stay whole.
What a function says of its own derivative (custom_jvp, custom_vjp, stop_gradient) is obeyed.

Reference: docs.jax.dev, "Writing custom Jaxpr interpreters in JAX".
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ...core.errors import LimitError
from ...ops.declare import lookup

LONGEST = 40_000  # operations that are recorded
CALLS = ("jit", "pjit", "closed_call", "core_call", "remat2", "checkpoint", "custom_lin")
WHOLE = ("softmax", "log_softmax", "logsumexp", "gelu", "standardize", "normalize", "l2_normalize")
GENERIC = "/jax/_src/"
PLAIN = frozenset(  # primitives of which two with the same parameters are the same operation: compiled once
    "dot_general add sub mul div max min neg exp log tanh logistic sqrt rsqrt square integer_pow select_n reduce_sum reduce_max broadcast_in_dim "
    "stop_gradient is_finite gt lt ge le eq ne square cos reshape transpose squeeze concatenate slice sin cos log1p expm1 erf abs pow conv_general_dilated convert_element_type".split()
)
SAME = frozenset("reshape transpose squeeze expand_dims broadcast_in_dim convert_element_type copy copy_p optimization_barrier "
                 "sharding_constraint reduce_precision".split())  # the same entries in another order, or of another type


PULLS: dict = {}  # compiled backward rules of operations, by what they are: the same for every network
KEPT = 512


class Cell:
    """A value while the program runs.

    Attributes
        value: the array; dropped when it is needed no more.
        flows: whether a gradient goes through it to a parameter; `depends`: whether it changes with one at all.
        parameter: the name of the parameter whose entries it holds, in whatever order; "" for other values.
        source: the name of the batch entry that it is, for values that depend on no parameter.
        entry: what computed it; None for what is given.
        bar: ∂loss/∂value, while the backward pass runs.
    """

    __slots__ = ("value", "flows", "depends", "parameter", "source", "entry", "bar", "users")

    def __init__(self, value, flows=False, depends=False, parameter="", source="", entry=None):
        self.value, self.flows, self.depends = value, flows, depends
        self.parameter, self.source, self.entry = parameter, source, entry
        self.bar, self.users = None, []


class Scan(NamedTuple):
    """Where in a recurrence an operation stands: which scan, and which step of it, from 1."""

    number: int
    step: int
    last: int


class Entry:
    """An operation that has run: `run(*values)` → its results; `ins` and `outs` are cells."""

    __slots__ = ("name", "run", "ins", "outs", "where", "scan", "params", "site", "multiple", "layer", "key")

    def __init__(self, name: str, run: Callable, ins: list, where: str, scan: Scan | None, params: dict, site: int, key=None):
        self.name, self.run, self.ins, self.where, self.scan, self.params, self.site = name, run, ins, where, scan, params, site
        self.outs: list[Cell] = []
        self.layer = None
        self.key = key


class Runner:
    """Runs a jaxpr with values.

    `edits` {site: change of what runs there} are what-ifs; sites count the operations in order.
    """

    def __init__(self, jax, edits: dict):
        self.jax, self.edits = jax, edits
        self.entries: list[Entry] = []
        self.scans = 0
        self.scan: Scan | None = None
        self.carries: dict[tuple[int, int], tuple[list, list]] = {}  # (scan, step) → cells of the state before and after
        self.sites = 0
        self.here = ""

    # ---------------------------------------------------------------- forward

    def program(self, jaxpr, consts: list, args: list[Cell]) -> list[Cell]:
        """The results of a jaxpr on cells."""
        known: dict = dict(zip(jaxpr.constvars, consts))
        known.update(zip(jaxpr.invars, args))

        def read(v):
            return known[v] if not hasattr(v, "val") else Cell(np.asarray(v.val, v.aval.dtype))

        for group in grouped(jaxpr.eqns):
            if isinstance(group, tuple):
                name, eqns = group
                ins, outs = boundary(eqns, jaxpr)
                run, key = evaluated(eqns, ins, outs), wiring(eqns, ins, outs)
                found = self.entry(name, run, [read(v) for v in ins], line_of(eqns[-1]) or self.here, {}, True, key)
                known.update(zip(outs, found))
                continue
            cells = [read(v) for v in group.invars]
            found = self.equation(group, cells)
            known.update(zip(group.outvars, found))
        return [read(v) for v in jaxpr.outvars]

    def equation(self, eqn, cells: list[Cell]) -> list[Cell]:
        name = eqn.primitive.name
        inner = eqn.params.get("jaxpr") or eqn.params.get("call_jaxpr")
        if name == "scan":
            return self.scanned(eqn, cells)
        if name == "cond":
            branches = eqn.params["branches"]
            taken = branches[int(np.clip(int(cells[0].value), 0, len(branches) - 1))]
            return self.inside(eqn, taken.jaxpr, taken.consts, cells[1:])
        called = name_of(eqn, inner) if inner is not None else ""
        if inner is not None and name in CALLS and not known_function(called):
            inner, consts = (inner.jaxpr, inner.consts) if hasattr(inner, "jaxpr") else (inner, [])
            return self.inside(eqn, inner, consts, cells)
        label = called if called and known_function(called) else name
        key = (eqn.primitive, str(eqn.params)) if inner is None and name in PLAIN else None
        return self.entry(label, bound(eqn), cells, line_of(eqn) or self.here, dict(eqn.params), eqn.primitive.multiple_results, key)

    def inside(self, eqn, jaxpr, consts, cells: list[Cell]) -> list[Cell]:
        """What an equation calls, run through; lines of functions of JAX count as the line that called them."""
        outer, self.here = self.here, line_of(eqn) or self.here
        found = self.program(jaxpr, [Cell(c) for c in consts], cells)
        self.here = outer
        return found

    def scanned(self, eqn, cells: list[Cell]) -> list[Cell]:
        """A scan, step by step: constants, state, and a slice of each sequence go in; state and outputs come out."""
        p = eqn.params
        body, length, backwards = p["jaxpr"], p["length"], p["reverse"]
        consts, state = cells[: p["num_consts"]], cells[p["num_consts"] : p["num_consts"] + p["num_carry"]]
        sequences = cells[p["num_consts"] + p["num_carry"] :]
        self.refuse_beyond(self.sites + length * len(body.jaxpr.eqns))
        outer, self.scans = self.scan, self.scans + 1
        number, where, outputs = self.scans, line_of(eqn), []
        fixed = [Cell(c) for c in body.consts]
        over_parameters = any(c.parameter for c in sequences)  # layers stacked in one array: depth, not time
        for step in range(1, length + 1):
            at = length - step if backwards else step - 1
            self.scan = None if over_parameters else Scan(number, step, length)
            items = [self.taken(c, at, where) for c in sequences]
            found = self.program(body.jaxpr, fixed, [*consts, *state, *items])
            if self.scan is not None:
                self.carries[number, step] = state, found[: p["num_carry"]]
            state = found[: p["num_carry"]]
            outputs.append(found[p["num_carry"] :])
        self.scan = outer
        stacked = []
        for k in range(len(body.jaxpr.outvars) - p["num_carry"]):
            parts = [row[k] for row in (reversed(outputs) if backwards else outputs)]
            run = lambda *xs: self.jax.numpy.stack(xs)  # noqa: E731
            if parts:
                stacked += self.entry("stack", run, parts, where, {}, False)
            else:
                aval = eqn.outvars[p["num_carry"] + k].aval
                stacked.append(Cell(self.jax.numpy.zeros(aval.shape, aval.dtype)))
        return [*state, *stacked]

    def taken(self, cell: Cell, at: int, where: str) -> Cell:
        """One item of a sequence."""
        if not cell.depends:
            return Cell(cell.value[at], source=cell.source)
        (found,) = self.entry("take", lambda x: x[at], [cell], where, {"at": at}, False)
        if cell.parameter:
            found.parameter = cell.parameter
        return found

    def entry(self, name, run, cells, where, params, multiple, key=None) -> list[Cell]:
        """The results of one operation, which is recorded."""
        jax = self.jax
        self.sites += 1
        change = self.edits.get(self.sites)
        if change is not None:
            run, cells, name, key = change(run, cells, name)
        self.refuse_beyond(self.sites)
        made = Entry(name, run, cells, where, self.scan, params, self.sites, key)
        values = run(*[c.value for c in cells])
        values = list(values) if multiple else [values]
        depends = any(c.depends for c in cells)
        flows = any(c.flows for c in cells) and name != "stop_gradient"
        source = next((c.source for c in cells if c.source), "")
        for value in values:
            real = jax.numpy.issubdtype(value.dtype, jax.numpy.inexact)
            parameter = cells[0].parameter if name in SAME and cells else ""
            made.outs.append(Cell(value, flows and real, depends, parameter, "" if depends else source, made))
        for c in cells:
            c.users.append(made)
        self.entries.append(made)
        return made.outs

    def refuse_beyond(self, count: int) -> None:
        if count > LONGEST:
            raise LimitError(
                "the function does too much to be recorded", given=f"more than {LONGEST:,} operations",
                expected="shorter sequences, fewer layers", fix="a shorter sequence shows the same cause",
            )  # fmt: skip

    # ---------------------------------------------------------------- backward

    def pulled(self, entry: Entry) -> list:
        """The cotangents of the inputs of an operation, whose results have theirs; None where nothing goes."""
        jax = self.jax
        jnp = jax.numpy
        moving = [k for k, c in enumerate(entry.ins) if c.flows]
        bars = [o.bar if o.bar is not None else zeros(jax, o.value) for o in entry.outs]
        values = [c.value for c in entry.ins]
        found = self.pull(entry, tuple(moving))(values, bars if len(bars) > 1 or entry_many(entry) else bars[0])
        sent: list = [None] * len(values)
        for k, bar in zip(moving, found):
            sent[k] = bar.astype(jnp.result_type(values[k])) if hasattr(bar, "astype") else bar
        return sent

    def pull(self, entry: Entry, moving: tuple) -> Callable:
        """(values, cotangent) → cotangents of those that move: compiled once for operations that are the same."""
        jax, run = self.jax, entry.run
        many = entry_many(entry)

        def pull(values, bar):
            def of_moving(*xs):
                full = list(values)
                for k, x in zip(moving, xs):
                    full[k] = x
                found = run(*full)
                return list(found) if many else found

            return jax.vjp(of_moving, *[values[k] for k in moving])[1](bar)

        if entry.key is None:
            return pull
        key = (entry.key, moving, many)
        if key not in PULLS:
            if len(PULLS) >= KEPT:
                PULLS.clear()
            PULLS[key] = jax.jit(pull)
        return PULLS[key]

    def slope(self, entry: Entry, at: int):
        """|f′| at each entry of the input number `at` of an elementwise operation."""
        one = self.jax.numpy.ones_like(entry.outs[0].value)
        return self.pull(entry, (at,))([c.value for c in entry.ins], [one] if entry_many(entry) else one)[0]


def entry_many(entry: Entry) -> bool:
    return len(entry.outs) > 1 or getattr(entry.run, "many", False)


def zeros(jax, value):
    """A cotangent that is zero, of the kind that JAX wants for this value."""
    if jax.numpy.issubdtype(value.dtype, jax.numpy.inexact):
        return jax.numpy.zeros_like(value)
    return np.zeros(value.shape, jax.dtypes.float0)


# ------------------------------------------------------------------ equations


def name_of(eqn, inner) -> str:
    """The name of the function of JAX that an equation calls; "" for the user's own."""
    info = getattr(getattr(inner, "jaxpr", inner), "debug_info", None)
    name, _, file = str(getattr(info, "func_src_info", "") or "").partition(" at ")
    return name if GENERIC in file.replace("\\", "/") else ""


def bound(eqn) -> Callable:
    """An equation as a function of its inputs."""
    parameters = eqn.primitive.get_bind_params(eqn.params)
    if isinstance(parameters, tuple):  # older JAX: functions apart
        functions, parameters = parameters
    else:
        functions = ()

    def run(*values):
        with eqn.ctx.manager:
            return eqn.primitive.bind(*functions, *values, **parameters)

    run.many = eqn.primitive.multiple_results
    return run


def evaluated(eqns: list, ins: list, outs: list) -> Callable:
    """Several equations as one function."""
    steps = [(eqn, bound(eqn)) for eqn in eqns]

    def run(*values):
        known = dict(zip(ins, values))
        for eqn, step in steps:
            found = step(*[np.asarray(v.val, v.aval.dtype) if hasattr(v, "val") else known[v] for v in eqn.invars])
            known.update(zip(eqn.outvars, found if eqn.primitive.multiple_results else [found]))
        return [known[v] for v in outs]

    run.many = True
    return run


def wiring(eqns: list, ins: list, outs: list):
    """What distinguishes several equations from others: two that are alike have one compiled backward rule; None where that is not known."""
    if not all(e.primitive.name in PLAIN for e in eqns):
        return None
    number = {v: k for k, v in enumerate([*ins, *[v for e in eqns for v in e.outvars]])}
    said = [(e.primitive, str(e.params), tuple([f"{v.val} {v.aval}" if hasattr(v, "val") else number[v] for v in e.invars])) for e in eqns]
    return (*said, tuple([number[v] for v in outs]))


def boundary(eqns: list, jaxpr) -> tuple[list, list]:
    """What goes into some equations, and what of theirs is used elsewhere."""
    mine = {v for e in eqns for v in e.outvars}
    ins = list(dict.fromkeys(v for e in eqns for v in e.invars if not hasattr(v, "val") and v not in mine))
    group = {id(e) for e in eqns}
    used = {v for e in jaxpr.eqns if id(e) not in group for v in e.invars if not hasattr(v, "val")}
    used |= {v for v in jaxpr.outvars if not hasattr(v, "val")}
    return ins, [v for e in eqns for v in e.outvars if v in used]


def grouped(eqns: list):
    """Equations one by one; those that spell one call of a function of JAX, softmax say, together: (name, equations)."""
    run: list = []
    mark = None
    for eqn in eqns:
        now = call_of(eqn)
        if run and (now != mark or not _touch(run, eqn)):
            yield from _closed(run, mark)
            run = []
        mark = now
        if now is None:
            yield eqn
        else:
            run.append(eqn)
    if run:
        yield from _closed(run, mark)


def _touch(run: list, eqn) -> bool:
    """Whether an equation has something to do with those before it: gelu(a) + gelu(b) on one line are two calls."""
    theirs = {v for e in run for v in (*e.invars, *e.outvars) if not hasattr(v, "val")}
    return any(v in theirs for v in eqn.invars if not hasattr(v, "val"))


def _closed(run: list, mark):
    yield (mark[0], run) if len(run) > 1 else run[0]


def known_function(name: str) -> bool:
    """Whether a function of JAX is an operation by itself, and not a way to spell several."""
    return name in WHOLE or lookup(name) is not None


def call_of(eqn):
    """(name, place of the call) if the user called a function of JAX that spells this equation and is one operation; else None."""
    before, user = _frames(eqn)
    if before is None or user is None or "/_src/nn/" not in before.file_name and "/scipy/" not in before.file_name:
        return None
    name = before.function_name
    return (name, user.file_name, user.line_num, getattr(user, "start_column", 0)) if known_function(name) else None


def line_of(eqn) -> str:
    """The user's source line: "model.py:12"."""
    _, user = _frames(eqn)
    return f"{os.path.basename(user.file_name)}:{user.line_num}" if user is not None else ""


def _frames(eqn):
    """The innermost frame that is not one of JAX, and the one that it called."""
    traceback = eqn.source_info.traceback
    before = None
    for frame in traceback.frames if traceback is not None else ():
        if GENERIC not in frame.file_name.replace("\\", "/") and not frame.file_name.startswith("<frozen"):
            return before, frame
        before = frame
    return None, None
