"""A JAX function on a batch, read as a record: run and pulled back equation by equation, with the names of the user's pytree.

The function is traced once and is not called again; its own rules of differentiation are used. Arrays are dropped as soon as
their statistics are taken. A what-if runs the same equations with other parameters, or with one of them exchanged.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np

from .asked import empty_batch, without_target
from ...core.errors import BackendError, ChainruleError, DeclarationError, TraceError
from .changes import NotPossible, place_of
from .jax_changes import EDITS, WEIGHTS, standardised
from .jax_layers import Group, Layering
from .jax_losses import loss_called
from .jax_program import Cell, Entry, Runner
from .record import Change, Layer, Parameter, Reading, Slopes, Values, alike_of, slopes_of, values_of
from .slopes import shape_of

LARGEST_RADIUS = 1024  # rows of a recurrent matrix whose eigenvalues are computed


def read_function(function: Callable, loss: Callable | None, batch, params) -> Reading:
    """The record of one pass of a JAX function at these parameters, on this batch.

    Parameters
        function: of (params, *batch), or (params, batch). Without `loss` its value is the loss, or a tuple that begins with it.
        loss: a function of (value of `function`, the last of the batch), or of the value alone where the batch is one array; or the
            name of one: "mse", "cross_entropy".
        batch: an array, a tuple of arrays, a dict; labels may be integers.
        params: a pytree of arrays: dicts, lists, tuples, registered dataclasses.

    Raises
        BackendError: JAX is not installed.
        TraceError: the user's own code fails, or what it returns is no loss.
        DeclarationError: there is nothing that can be learnt.
    """
    return Subject(function, loss, batch, params).read(())


class Subject:
    """What is run: the function as equations, its parameters and its batch."""

    def __init__(self, function, loss, batch, params):
        try:
            import jax
        except ImportError:
            raise BackendError("JAX is not installed", expected="the package `jax`", fix='pip install "chainrule[jax]"') from None
        self.jax = jax
        leaves, self.tree = jax.tree_util.tree_flatten_with_path(params)
        root = _parameter_name(function)
        self.paths = [root + jax.tree_util.keystr(path) for path, _ in leaves]
        self.short = {n: jax.tree_util.keystr(path, simple=True, separator=".") or root for n, (path, _) in zip(self.paths, leaves)}
        self.values = [_array(jax, x, n) for n, (_, x) in zip(self.paths, leaves)]
        if not any(jax.numpy.issubdtype(x.dtype, jax.numpy.inexact) for x in self.values):
            raise DeclarationError(
                "there is nothing to learn", given=f"params with {len(self.values)} arrays, none of them of floating-point numbers",
                expected="a pytree of parameters: a dict of arrays", fix="params=params",
            )  # fmt: skip
        if isinstance(loss, str):
            if not isinstance(batch, (tuple, list)) or len(batch) < 2:
                raise without_target(loss)
            loss = loss_called(jax, loss)
        self.call, names = arranged(function, loss, batch)
        self.data, self.data_tree = jax.tree_util.tree_flatten(batch)
        self.data = [_array(jax, x, "batch") for x in self.data]
        if any(0 in x.shape for x in self.data):
            raise empty_batch()
        self.data_names = _data_names(jax, batch, names)
        self.batch_size = _samples(self.data)
        self.closed = self._traced()

    def _traced(self):
        jax = self.jax

        def flat(values, data):
            params = jax.tree_util.tree_unflatten(self.tree, values)
            return self.call(params, jax.tree_util.tree_unflatten(self.data_tree, data))

        try:
            closed, shape = jax.make_jaxpr(flat, return_shape=True)(self.values, self.data)
        except ChainruleError:
            raise
        except Exception as error:
            raise failed(error) from error
        found = jax.tree_util.tree_leaves(shape)
        first = shape[0] if isinstance(shape, (tuple, list)) and shape else shape
        if not found or not hasattr(first, "shape") or int(np.prod(first.shape)) != 1 or not jax.numpy.issubdtype(first.dtype, jax.numpy.inexact):
            given = "×".join(map(str, getattr(first, "shape", ()))) if hasattr(first, "shape") else type(first).__name__
            raise TraceError(
                "the loss is one number", given=f"a value of shape {given}" if found else "nothing is returned",
                expected="a function whose value is the loss, or loss=", fix="loss=lambda prediction, y: jnp.mean((prediction - y) ** 2)",
            )  # fmt: skip
        return closed

    # ---------------------------------------------------------------- one pass

    def read(self, changes: tuple[Change, ...], sites: dict | None = None) -> Reading:
        """The reading with these changes; `sites` are those of the layers, from the pass without."""
        values, data, edits, factor = self._changed(changes, sites or {})
        runner = Runner(self.jax, edits)
        weights = [
            Cell(x, flows=real, depends=real, parameter=name if real else "", source="" if real else name)
            for name, x in zip(self.paths, values)
            for real in [self.jax.numpy.issubdtype(x.dtype, self.jax.numpy.inexact)]
        ]
        given = [Cell(x, source=name) for name, x in zip(self.data_names, data)]
        consts = [Cell(self.jax.numpy.asarray(c)) for c in self.closed.consts]
        loss = runner.program(self.closed.jaxpr, consts, [*weights, *given])[0]
        if factor is not None:
            (loss,) = runner.entry("mul", lambda x: x * factor, [loss], "", {}, False)
        return self._recorded(runner, weights, given, loss, changes)

    def _recorded(self, runner: Runner, weights, given, loss: Cell, changes) -> Reading:
        layering = Layering(runner, self.short)
        inputs = [Layer(name, "input", value=self.statistics(c.value)) for name, c in zip(self.data_names, given) if _is_real(c.value)]
        layers = {id(g): self._layer(g, layering) for g in layering.groups}
        found = float(np.asarray(loss.value, dtype=float).reshape(()))
        lowest = _lowest([c.value for e in runner.entries for c in e.outs] + [loss.value])
        if loss.flows:
            loss.bar = self.jax.numpy.ones_like(loss.value)
        self._backward(runner, layering, layers)
        parameters = {}
        uses = _recurrent(layering)
        for name, cell in zip(self.paths, weights):
            if cell.parameter:
                parameters[name] = self._parameter(name, cell, layering.units.get(name), name in uses)
        sites = {g.name: (g.entries[0].site, g.entries[-1].site, g) for g in layering.groups if g.kind != "recurrent"}
        reading = Reading([*inputs, *layers.values()], parameters, found, "jax", lowest)
        reading.rerun = lambda *more: self._again((*changes, *more), sites if not changes else self.sites)
        if not changes:
            self.sites = {name: (first, last, g.kind, g.operation) for name, (first, last, g) in sites.items()}
            reading.rerun = lambda *more: self._again(more, self.sites)
        return reading

    def _backward(self, runner: Runner, layering: Layering, layers: dict) -> None:
        """Cotangents from the loss to the parameters; statistics of each are taken, and arrays dropped."""
        for entry in reversed(runner.entries):
            group = entry.layer
            carried = group is not None and group.kind == "recurrent"
            for cell in entry.outs if group is not None and not carried else ():
                if any(cell is o for o in group.outs) and cell.bar is not None:
                    group.bars.append(cell.bar)
            if group is not None and entry is group.entries[-1]:
                if carried:
                    group.bars = [o.bar for o in group.outs if o.bar is not None]
            if any(o.bar is not None for o in entry.outs) and any(c.flows for c in entry.ins):
                for cell, bar in zip(entry.ins, runner.pulled(entry)):
                    if bar is None or not cell.flows:
                        continue
                    cell.bar = bar if cell.bar is None else cell.bar + bar
                    if group is not None and not cell.parameter and layering.of(cell) != group.name:
                        own = group.sent.setdefault(layering.of(cell), {})
                        own[id(cell)] = bar if id(cell) not in own else own[id(cell)] + bar
            if group is not None and entry is group.entries[0]:
                layer = layers[id(group)]
                layer.gradient = self._together(group.bars)
                layer.passed = {name: self._together(list(bars.values())) for name, bars in group.sent.items()}
                group.bars, group.sent = [], {}
            for cell in entry.outs:
                cell.bar = None
                if all(cell is not o for g in [group] if g is not None for o in g.outs) or not carried:
                    cell.value = _Dropped(cell.value)

    def _layer(self, group: Group, layering: Layering) -> Layer:
        entry = group.entries[-1]
        layer = Layer(
            group.name, group.kind, group.operation, tuple(group.inputs), tuple(group.parameters), where=entry.where,
            module=group.module, call=group.call,
        )  # fmt: skip
        real = [c.value for c in group.outs if _is_real(c.value)]
        layer.value = self._together(real)
        if group.inputs and group.kind == "elementwise":
            layer.argument = group.inputs[0]
            layer.text = f"{group.operation}({layer.argument})"
        if group.kind == "elementwise":
            at = next((k for k, c in enumerate(entry.ins) if c.depends), None)
            if at is not None:
                layer.given = self.statistics(entry.ins[at].value)
                layer.slopes = self.slopes(layering.runner, entry, at, group.operation, group.unit_axis)
        if group.kind == "softmax":
            layer.probability = _probability(entry.outs[0].value, group.operation)
        if group.kind == "recurrent":
            self._inside(group, layer, layering)
        layer.kept = group.kind == "cut" and entry.name == "stop_gradient"
        return layer

    def _inside(self, group: Group, layer: Layer, layering: Layering) -> None:
        """Of the activations inside a step of a recurrence, the one that is saturated most; where NaN or infinity is born there."""
        worst = -1.0
        for entry in group.inner:
            at = next(k for k, c in enumerate(entry.ins) if c.flows)
            operation = layering._kind(entry)[1]
            slopes = self.slopes(layering.runner, entry, at, operation, -1)
            if slopes is not None and np.isfinite(slopes.top) and slopes.saturated - slopes.expected > worst:
                worst, layer.slopes, layer.operation = slopes.saturated - slopes.expected, slopes, operation
                layer.given = self.statistics(entry.ins[at].value)
        for entry in group.entries:
            outs, ins = [c.value for c in entry.outs if _is_real(c.value)], [c.value for c in entry.ins if _is_real(c.value)]
            if not _finite(outs) and _finite(ins):
                layer.operation, layer.where = layering._kind(entry)[1], entry.where
                layer.given = self.statistics(ins[0])
                return

    def slopes(self, runner: Runner, entry: Entry, at: int, operation: str, unit_axis: int) -> Slopes | None:
        shape = shape_of(operation)
        x = entry.ins[at].value
        if shape is None or not _is_real(x) or not x.size or not entry.outs[0].flows or x.shape != entry.outs[0].value.shape:
            return None
        slope = np.asarray(runner.slope(entry, at), dtype=float)
        axis = unit_axis if -slope.ndim <= unit_axis < slope.ndim else -1
        return slopes_of(slope, np.asarray(x, dtype=float), shape.top, shape.expected, shape.bounded, axis)

    def _parameter(self, name: str, cell: Cell, units, recurrent: bool) -> Parameter:
        x = np.asarray(cell.value)
        axis, fan_in = units or (-1, int(x.shape[0]) if x.ndim == 2 else int(x.size // max(x.shape[-1], 1)) if x.ndim > 2 else 0)
        square = recurrent and x.ndim == 2 and x.shape[0] == x.shape[1] <= LARGEST_RADIUS and np.isfinite(x).all()
        return Parameter(
            name, values_of(x, None), None if cell.bar is None else values_of(cell.bar, None),
            alike=alike_of(x, axis) if x.ndim > 1 else None,
            gradient_alike=alike_of(cell.bar, axis) if x.ndim > 1 and cell.bar is not None else None,
            radius=float(np.abs(np.linalg.eigvals(x.astype(float))).max()) if square and x.size else None,
            fan_in=fan_in, fan_out=int(x.shape[axis]) if x.ndim > 1 else 0,
        )  # fmt: skip

    def statistics(self, x) -> Values:
        x = np.asarray(x)
        return values_of(x, 0 if x.ndim and x.shape[0] == self.batch_size else None)

    def _together(self, arrays: list) -> Values | None:
        """The statistics of one array, or of several that are parts of one result."""
        if not arrays:
            return None
        if len(arrays) == 1:
            return self.statistics(arrays[0])
        first = arrays[0].shape[:1]
        rows = first if all(a.shape[:1] == first and a.ndim for a in arrays) else ()
        return self.statistics(np.concatenate([np.asarray(a, dtype=float).reshape((*rows, -1)) for a in arrays], axis=-1))

    # ---------------------------------------------------------------- what-ifs

    def _again(self, changes, sites) -> Reading | None:
        try:
            return self.read(tuple(changes), sites)
        except (NotPossible, TypeError, ValueError, ChainruleError):
            return None

    def _changed(self, changes, sites):
        """(parameters, batch, edits of operations, factor of the loss) with the changes made."""
        values, data, edits, factor = list(self.values), list(self.data), {}, None
        for change in changes:
            if change.kind in WEIGHTS:
                k = self.paths.index(change.at) if change.at in self.paths else None
                if k is None:
                    raise NotPossible(change.at)
                values[k] = WEIGHTS[change.kind](self.jax, values[k], change.value)
            elif change.kind == "scale-input":
                k = self.data_names.index(change.at) if change.at in self.data_names else 0
                data[k] = standardised(self.jax, data[k])
            elif change.kind == "divide-loss":
                factor = float(change.value) * (factor if factor is not None else 1.0)
            elif change.kind in EDITS and change.at in sites:
                first, last, kind, operation = sites[change.at]
                site = first if change.kind in ("residual", "clamp") else last
                edits[site] = EDITS[change.kind](self.jax, change.value, operation)
            else:
                raise NotPossible(change.kind)
        return values, data, edits, factor


class _Dropped:
    """The shape and type of an array that is no longer kept."""

    __slots__ = ("shape", "dtype", "size", "ndim")

    def __init__(self, x):
        self.shape, self.dtype, self.size, self.ndim = x.shape, x.dtype, x.size, x.ndim


# ------------------------------------------------------------------ what is given


def arranged(function, loss, batch) -> tuple[Callable, list[str]]:
    """(the loss as a function of (params, batch), names of the parts of the batch)."""
    if not callable(function):
        raise DeclarationError("there is no function", given=type(function).__name__, expected="a JAX function of (params, *batch)")
    if loss is not None and not callable(loss):
        raise DeclarationError("the loss is no function", given=f"loss={loss!r}"[:80], expected="a function of (prediction, target)")
    many = isinstance(batch, (tuple, list)) and not hasattr(batch, "_fields")
    inputs = len(batch) - (loss is not None and len(batch) > 1) if many else 1
    names = _positional(function)
    apart = many and (names is None or len(names) - 1 != 1 or inputs == 1)

    def call(params, batch):
        if not many:
            found = function(params, batch)
            return found if loss is None else loss(found)
        given, target = (batch[:-1], batch[-1:]) if loss is not None and len(batch) > 1 else (batch, ())
        found = function(params, *given) if apart else function(params, given)
        return found if loss is None else loss(found, *target)

    called = list(names or [])[1:]
    if apart and len(called) >= inputs:
        return call, [*called[:inputs], "target"][: len(batch)]
    return call, []


def _positional(function) -> list[str] | None:
    """The names of the parameters that have no default; None where the signature is not known."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in found):
        return None
    return [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]


def _parameter_name(function) -> str:
    names = _positional(function)
    return names[0] if names else "params"


def _data_names(jax, batch, names: list[str]) -> list[str]:
    """A name for each leaf of the batch."""
    found = []
    for path, _ in jax.tree_util.tree_flatten_with_path(batch)[0]:
        first = getattr(path[0], "idx", None) if path else None
        if names and first is not None and first < len(names):
            found.append(names[first] + jax.tree_util.keystr(path[1:]))
        else:
            found.append(("batch" if path else (names[0] if names else "x")) + jax.tree_util.keystr(path))
    return found


def _array(jax, x, name: str):
    try:
        return jax.numpy.asarray(x)
    except (TypeError, ValueError):
        raise DeclarationError(f"`{name}` holds something that is no array", given=type(x).__name__, expected="arrays of numbers") from None


def _samples(data) -> int | None:
    """The size of the axis of samples: the first of the first array."""
    for x in data:
        if x.ndim:
            return x.shape[0] if x.shape[0] > 1 else None
    return None


def failed(error: Exception) -> TraceError:
    """An error of the user's own code as one of ours that says where."""
    text = str(error).split("\n")[0]
    return TraceError(
        "the function does not run on this batch", given=f"{type(error).__name__}: {text}{place_of(error, 'jax')}",
        expected="a function of (params, *batch) that JAX can differentiate", fix="run jax.grad of it by itself: it fails in the same way",
    )  # fmt: skip


def _is_real(x) -> bool:
    return x.dtype.kind in "fc" or str(x.dtype).startswith(("bfloat", "float"))


def _finite(arrays) -> bool:
    return all([bool(np.isfinite(np.asarray(a)).all()) for a in arrays])


def _lowest(values) -> str:
    """The type of the fewest bits among numbers with a fraction."""
    kinds = {str(v.dtype): v.dtype.itemsize for v in values if _is_real(v)}
    return min(kinds, key=kinds.get) if kinds else "float32"


def _probability(p, operation: str) -> float | None:
    p = np.asarray(p, dtype=float)
    if not p.ndim:
        return None
    top = float(p.max(axis=-1).mean())
    return float(np.exp(top)) if operation.startswith("log") else top


def _recurrent(layering: Layering) -> set[str]:
    """The parameters of recurrences."""
    return {p for g in layering.groups if g.kind == "recurrent" or g.call for p in g.parameters}
