"""A formula, or a network written as layers, read as a record: evaluated node by node, and pulled back by the rules of a framework.

Values come from the typed tree, so that what is told is the function as it was written, with 0 · ∞ and all. A what-if changes the
tree or the values, and everything is computed again. Where a framework's arithmetic gives NaN, the derivative itself is asked
whether it exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from ...core.errors import ChainruleError, NoRuleError, ShapeError
from ...core.dims import size_text
from ...derivation.breaks import backward_pass
from ...ops.declare import Elementwise, lookup
from ...ops.frameworks import JAX, TORCH, exactly
from ...syntax.interpret import Machine
from ...syntax.typed import Typed, add, chain, const, order, power
from ...training import sizes_known
from ..place import Place as Where
from ..place import figure
from .changes import EPSILON, SEED, NotPossible, kept_within
from .formula_layers import Place, Places, axis_names
from .record import Change, Layer, Parameter, Reading, Slopes, Values, alike_of, slopes_of, values_of
from .slopes import shape_of, slope_at

LARGEST_RADIUS = 1024
MOST = 200_000  # variables whose true gradient is asked for, where a framework's arithmetic gives NaN


def read_formula(problem, moving: list[str], values: Mapping, framework: str = JAX) -> Reading:
    """The record of one pass of a function whose value is a number.

    Parameters
        problem: a function as read, or a `Network`.
        moving: the names of what is learnt.
        values: arrays of all its variables, by name.
        framework: whose arithmetic goes back: "jax" or "torch"; they differ where a derivative breaks.

    Raises
        ShapeError: its value is no number, or the values do not fit.
        NoRuleError: a part of it has no derivative.
    """
    if problem.dims:
        raise ShapeError(
            "gradients come back from one number, the loss", given=f"{problem.echo}, of shape {size_text(problem.dims)}",
            expected="a function whose value is one number", fix="end it with a loss, or a sum",
        )  # fmt: skip
    return Subject(problem, list(moving), values, framework).read(())


class Subject:
    """What is read: the function, what moves, and the values."""

    def __init__(self, problem, moving: list[str], values: Mapping, framework: str):
        self.problem, self.moving, self.framework = problem, moving, framework
        self.values = {n: np.asarray(x, dtype=float) for n, x in values.items() if n in problem.every}

    # ---------------------------------------------------------------- one pass

    def read(self, changes: tuple[Change, ...]) -> Reading:
        lets, result = dict(self.problem.typed_lets), self.problem.typed
        nodes = order([*lets.values(), result])
        places = Places(self.problem, lets, result, nodes, self.moving)
        values, lets, result, made, cores = self._changed(changes, places, lets, result)
        if made:
            nodes = order([*lets.values(), result])
        problem = self.problem
        machine = Machine(
            result, list(lets.items()), {n: v.dims for n, v in problem.variables.items()}, {n: v.dims for n, v in problem.unused.items()}
        )
        slots, sizes = machine.trace(values)
        value = lambda t: np.asarray(slots[machine.slot(t)])  # noqa: E731
        with exactly():  # relu of 1e−18, deep in a network that vanishes, is not at its kink
            bars, sent = self._back(machine, slots, sizes, nodes, result)
        layers = [self._input(name, values[name], places) for name in problem.variables if name not in self.moving]
        for place in places.places:
            layers.append(self._layer(place, places, made, cores, value, bars, sent))
        parameters = self._parameters(places, values, bars, machine)
        reading = Reading(layers, parameters, float(value(result)), "formula", "float64")
        reading.rerun = lambda *more: self._again((*changes, *more))
        if not changes and np.isfinite(reading.loss) and any(p.gradient is not None and p.gradient.bad for p in parameters.values()):
            reading.notes += self._true_gradient(machine, slots, sizes, nodes, result)
        return reading

    def _back(self, machine, slots, sizes, nodes, result, framework: str | None = None):
        """(cotangents by id of the node, what each node sent to its arguments)."""
        moves = {n: set(self.moving) & set(machine.depends[machine.slot(n)]) for n in nodes}
        rules = backward_pass(machine, slots, sizes, framework or self.framework)
        bars: dict[int, np.ndarray] = {id(result): np.ones(())}
        sent: dict[int, list] = {}
        lets = machine.named
        with np.errstate(all="ignore"):
            for node in reversed(nodes):
                bar = bars.get(id(node))
                if bar is None or not moves[node] or node.kind == "var":
                    continue
                if node.kind == "let":
                    inner = next(t for t in nodes if machine.slot(t) == lets[node.info] and t.kind != "let")
                    bars[id(inner)] = bar if id(inner) not in bars else bars[id(inner)] + bar
                    continue
                pulled = rules(node, bar)
                if pulled is None:
                    raise NoRuleError(
                        f"no rule is known by which a gradient goes back through `{node.written or node.kind}`", given=self.problem.echo,
                        expected="operations of the gallery", fix="write it by simpler operations",
                    )  # fmt: skip
                sent[id(node)] = [p if p is not None and moves[a] else None for p, a in zip(pulled, node.args)]
                for arg, new in zip(node.args, sent[id(node)]):
                    if new is not None:
                        bars[id(arg)] = new if id(arg) not in bars else bars[id(arg)] + new
        return bars, sent

    def _layer(self, place: Place, places: Places, made: dict, cores: dict, value, bars, sent) -> Layer:
        node, inner = made.get(place.node, place.node), cores.get(place.nodes[0], place.nodes[0])
        layer = Layer(
            place.name, place.kind, place.operation, tuple(place.inputs), tuple(place.parameters), place.text, place.argument,
            call=place.call, module=place.module,
        )  # fmt: skip
        batch, units = self._axes(place.node, np.ndim(value(node)), places)
        x = np.broadcast_to(value(node), np.shape(value(node)))
        layer.value = values_of(x, batch)
        if id(node) in bars:
            layer.gradient = values_of(bars[id(node)], batch)
        arrays: dict[str, list] = {}
        for arg, old, bar in zip(inner.args, place.nodes[0].args, sent.get(id(inner), ())):
            name = places.of.get(id(old), "")
            if bar is not None and name and id(old) not in places.parameter:
                arrays.setdefault(name, []).append(bar)
        layer.passed = {name: _summed(parts) for name, parts in arrays.items()}
        if place.kind == "elementwise":
            at = next(a for a, old in zip(inner.args, place.nodes[0].args) if places.depends[id(old)])
            layer.given = values_of(value(at), batch)
            layer.slopes = _slopes(inner, at, value, units)
            if inner.kind == "map":
                layer.operation = inner.info.name
        if place.kind == "softmax" and x.ndim:
            layer.probability = float(x.max(axis=-1).mean())
        return layer

    def _axes(self, t: Typed, ndim: int, places: Places) -> tuple[int | None, int]:
        """(axis of the samples, axis of the units) of a node's value."""
        batch = places.batch.get(id(t))
        batch = batch if batch is not None and batch < ndim else None
        rest = [k for k in range(ndim) if k != batch]
        return batch, rest[-1] if rest else -1

    def _input(self, name: str, x, places: Places) -> Layer:
        return Layer(name, "input", value=values_of(x, places.samples_at.get(name)))

    def _parameters(self, places: Places, values, bars, machine) -> dict[str, Parameter]:
        uses: dict[str, int] = {}
        for place in places.places:
            for p in place.parameters:
                uses[p] = uses.get(p, 0) + 1
        gradients: dict[str, np.ndarray] = {}
        for t in order(machine.kept):
            if t.kind == "var" and id(t) in bars:
                gradients[t.info] = gradients.get(t.info, 0) + bars[id(t)]
        found = {}
        for name in self.moving:
            x = values[name]
            axis = places.units.get(name, x.ndim - 1)
            square = x.ndim == 2 and x.shape[0] == x.shape[1] <= LARGEST_RADIUS and uses.get(name, 0) > 2 and np.isfinite(x).all()
            g = gradients.get(name)
            found[name] = Parameter(
                name, values_of(x, None), None if g is None else values_of(np.broadcast_to(g, x.shape), None),
                alike=alike_of(x, axis) if x.ndim > 1 else None,
                gradient_alike=alike_of(np.broadcast_to(g, x.shape), axis) if x.ndim > 1 and g is not None else None,
                radius=float(np.abs(np.linalg.eigvals(x)).max()) if square else None,
                fan_in=int(x.size // x.shape[axis]) if x.ndim > 1 else 0, fan_out=int(x.shape[axis]) if x.ndim > 1 else 0,
            )  # fmt: skip
        return found

    # ---------------------------------------------------------------- NaN though there is a gradient

    def _true_gradient(self, machine, slots, sizes, nodes, result) -> list[str]:
        """What JAX and PyTorch return where this pass gave NaN, and whether the derivative itself exists there."""
        returned = []
        for framework, called in ((JAX, "JAX"), (TORCH, "PyTorch")):
            bars, _ = self._back(machine, slots, sizes, nodes, result, framework)
            bad = sum([int((~np.isfinite(bars[id(t)])).sum()) for t in nodes if t.kind == "var" and t.info in self.moving and id(t) in bars])
            returned.append(f"{called} returns {f'{bad} entries that are no numbers' if bad else 'numbers'}")
        notes = ["by their rules at each operation " + ", ".join(returned)]
        size = sum([int(np.size(self.values[n])) for n in self.moving])
        if size <= MOST:
            notes.append(self._derived())
        return notes

    def _derived(self) -> str:
        try:
            where = Where(self.problem, self.moving, self.values, set(self.values), sizes_known(self.problem, self.values, {}, None), [])
            with np.errstate(all="ignore"):
                _, g = where.objective.value_and_gradient(where.x)
        except ChainruleError:
            return "the derivative as a formula does not exist at this point"
        if not np.isfinite(g).all():
            return "the derivative as a formula is no number at this point either"
        return f"the gradient itself exists at this point, by its formula: its norm is {figure(float(np.linalg.norm(g)))}"

    # ---------------------------------------------------------------- what-ifs

    def _again(self, changes) -> Reading | None:
        try:
            return self.read(tuple(changes))
        except (NotPossible, ChainruleError):
            return None

    def _changed(self, changes, places: Places, lets, result):
        """(values, lets, result, {node: what stands in its place}, {node: what has its arguments}) with the changes made."""
        values, edits = dict(self.values), {}
        for change in changes:
            if change.kind in WEIGHTS:
                if change.at not in self.moving:
                    raise NotPossible(change.at)
                values[change.at] = WEIGHTS[change.kind](values[change.at], change.value)
            elif change.kind == "scale-input":
                values[change.at] = self._standardised(change.at, places)
            elif change.kind == "divide-loss":
                edits.setdefault(id(result), []).append((_times, float(change.value), None))
            elif change.kind in EDITS and change.at in places.by_name:
                place = places.by_name[change.at]
                batch, _ = self._axes(place.node, len(place.node.axes), places)
                edits.setdefault(id(place.node), []).append((EDITS[change.kind], change.value, (place, batch, places)))
            else:
                raise NotPossible(change.kind)
        if not edits:
            return values, lets, result, {}, {}
        made: dict[Typed, Typed] = {}
        cores: dict[Typed, Typed] = {}
        for t in order([*lets.values(), result]):
            args = [made[a] for a in t.args]
            new = t if all(a is b for a, b in zip(args, t.args)) else Typed(t.kind, args, t.info, t.axes, t.written)
            core = new
            for edit, value, more in edits.get(id(t), ()):
                new = edit(new, value, more, made)
                core = new if edit in (_activation, _clamped) else core
            made[t], cores[t] = new, core
        return values, {n: made[t] for n, t in lets.items()}, made[result], made, cores

    def _standardised(self, name: str, places: Places) -> np.ndarray:
        x = self.values.get(name)
        if x is None or x.ndim < 2 or name in self.moving:
            raise NotPossible("the input has no samples")
        axis = places.samples_at.get(name, 0)
        deviation = x.std(axis, keepdims=True)
        return (x - x.mean(axis, keepdims=True)) / np.where(deviation > 0, deviation, 1.0)


# ------------------------------------------------------------------ changes


def _redrawn(w, deviation):
    return float(deviation) * np.random.default_rng(SEED).normal(size=w.shape)


def _moved(w, share):
    """Every entry changed, each by another amount, so that symmetric changes do not cancel."""
    size = float(np.abs(w).max(initial=0.0)) or 1.0
    return w + share * size * np.random.default_rng(SEED + 1).uniform(0.5, 1.5, size=w.shape)


WEIGHTS = {"scale": lambda w, factor: w * factor, "redraw": _redrawn, "zero": lambda w, _: np.zeros_like(w), "move": _moved}


def _times(node, factor, more, made):
    return chain([(const(factor), (), 1), (node, tuple(range(len(node.axes))), 1)], tuple(range(len(node.axes))))


def _activation(node, name, more, made):
    op = lookup(name)
    if not isinstance(op, Elementwise) or node.kind != "map" or op.arity - len(op.defaults) != 1:
        raise NotPossible(name)
    return Typed("map", [node.args[0], *[const(float(d)) for d in op.defaults]], op, node.axes)


def _normal(node, _, more, made):
    """(y − mean)/√(mean of squares + ε) of each sample, over all other axes."""
    _, batch, _ = more
    labels = tuple(range(len(node.axes)))
    kept = tuple([k for k in labels if k == batch])
    gone = [k for k in labels if k != batch]
    if not gone:
        raise NotPossible("one number for each sample")
    sizes = dict(zip(labels, node.axes))
    shares = [(Typed("size", (), node.axes[k], ()), (), -1) for k in gone]
    mean = chain([(node, labels, 1), *shares], kept)
    centred = add([(1, node), (-1, chain([(mean, kept, 1)], labels, sizes))])
    squares = chain([(centred, labels, 2), *shares], kept)
    scale = power(add([(1, squares), (1, const(EPSILON))]), Fraction(-1, 2))
    return chain([(centred, labels, 1), (scale, kept, 1)], labels)


def _residual(node, _, more, made):
    place, _, places = more
    for old in place.nodes[0].args:
        x = made[old]
        if places.depends[id(old)] and id(old) not in places.parameter and axis_names(x) == axis_names(node):
            return add([(1, node), (1, x)])
    raise NotPossible("shapes differ")


def _clamped(node, least, more, made):
    if node.kind not in ("map", "pow"):
        raise NotPossible("only the argument of a function can be clamped")
    x, *rest = node.args
    bound, end = kept_within(node.info if node.kind == "map" else None, least)
    bounded = Typed("map", [x, const(end)], lookup(bound), x.axes)
    return Typed(node.kind, [bounded, *rest], node.info, node.axes, node.written)


EDITS = {"activation": _activation, "normalise": _normal, "residual": _residual, "clamp": _clamped}

# ------------------------------------------------------------------ numbers


def _slopes(node: Typed, at: Typed, value, units: int) -> Slopes | None:
    if node.kind != "map":
        return None
    shape = shape_of(node.info.name)
    x = value(at)
    if shape is None or not np.size(x):
        return None
    more = [value(a) for a in node.args if a is not at]
    with np.errstate(all="ignore"):
        slope = slope_at(node.info, x, *more)
    axis = units if -np.ndim(slope) <= units < np.ndim(slope) else -1
    return slopes_of(slope, x, shape.top, shape.expected, shape.bounded, axis)


def _summed(parts: list) -> Values:
    """The statistics of what goes to one input, which may enter twice."""
    whole = parts[0]
    for more in parts[1:]:
        if np.shape(more) != np.shape(whole):
            return values_of(np.concatenate([np.ravel(p) for p in parts]), None)
        whole = whole + more
    return values_of(whole, None)
