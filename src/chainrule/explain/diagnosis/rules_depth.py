"""What accumulates: gradients that shrink or grow from layer to layer, or from step to step of a recurrence; samples that become alike.

A path from the layer with the least (most) gradient up to the loss is followed along what is sent back. Only layers that compute
count: a mean over n entries divides the gradient of each by √n and harms nothing. One layer that is responsible alone is named;
else the factor for each layer, and how many there are.
"""

from __future__ import annotations

import math

from .finding import Finding, Graph, called, label, norm_of, short
from .record import Change, Layer, Parameter
from .rules_units import gain
from .thresholds import (
    COLLAPSED, EXPLODED, FLAT, GAIN, LEARNS, SMALL_GAIN, SPREAD, STEEP, STEP_GROWS, STEP_SHRINKS, STEPS_GREW, STEPS_SHRANK, VANISHED, KEEPS_LITTLE, LOSING,
)  # fmt: skip

COMPUTING = ("linear", "elementwise", "product", "softmax", "normalisation", "recurrent", "other")
MANY = 3  # uses from which on a matrix is that of a recurrence
FEW = 2  # layers that are no depth
GREW = 3.0  # forward, before it is worth a word


def rules(graph: Graph, found: list[Finding]) -> list[Finding]:
    told = [f for f in found if f.severity == "alarm"]
    loops = _recurrences(graph)
    inside = set().union(*[names for _, _, names in loops]) if loops else set()
    answers = [f for users, p, _ in loops if (f := _over_time(graph, users, p, told)) is not None]
    answers += _growing(graph, inside, answers) + _shrinking(graph, inside, told + answers)
    if not told and not [f for f in answers if f.severity == "alarm"]:
        answers += _collapse(graph)
    return answers


# ------------------------------------------------------------------ recurrences


def _recurrences(graph: Graph) -> list[tuple[list[Layer], Parameter, set[str]]]:
    """(layers that use it, the recurrent matrix, all layers between the first and the last use), for each recurrence."""
    found = []
    for p in graph.parameters.values():
        if len(p.value.shape) < 2:
            continue
        users = graph.reading.users(p.name)
        chained = [x for x in users if x.gradient is not None]
        if len(chained) < MANY:
            continue
        after = graph.after([chained[0].name])
        line = [x for x in chained if x.name in after]
        if len(line) < MANY or any(b.name not in graph.after([a.name]) for a, b in zip(line, line[1:])):
            continue
        if line[0].kind == "recurrent" and not _is_recurrent(line[0], p, graph):
            continue
        found.append((line, p, after & graph.before(line[-1])))
    return found


def _between(graph: Graph, first: Layer, last: Layer) -> float:
    """By how much the gradient changes from one use of a matrix to the one before it, along the way that carries most."""
    within, at, factor = graph.after([first.name]) & graph.before(last), first, 1.0
    while at is not last:
        above = [x for x in graph.consumers.get(at.name, ()) if x.name in within and at.name in x.passed and x.gradient is not None and x.gradient.norm]
        if not above:
            return 0.0
        x = max(above, key=lambda x: x.passed[at.name].norm)
        factor, at = factor * x.passed[at.name].norm / x.gradient.norm, x
    return factor


def _is_recurrent(cell: Layer, p: Parameter, graph: Graph) -> bool:
    """Of the matrices of a cell the one that takes the state: it stands second."""
    matrices = [q for q in graph.weights(cell) if len(q.value.shape) > 1]
    return len(matrices) < 2 or matrices[1] is p


def _over_time(graph: Graph, line: list[Layer], p: Parameter, told) -> Finding | None:
    first, last, steps = line[0], line[-1], len(line) - 1
    if not last.gradient.norm or not first.gradient.finite:
        return None
    each = [_between(graph, a, b) for a, b in zip(line, line[1:])]
    while each and not each[0]:  # so far back that nothing is left of it: it has underflowed
        del each[0]
    if len(each) < FEW or not all(each):
        return None
    factor = math.exp(sum(math.log(f) for f in each) / len(each))
    total = factor**steps
    radius = f" {p.name} has spectral radius {short(p.radius)}." if p.radius is not None else ""
    grew = first.value.rms and last.value.rms / first.value.rms > EXPLODED
    values = f" The values grow too, from {short(first.value.rms)} to {short(last.value.rms)}." if grew else ""
    names = (first.name, *[x.name for x in line[1:]], p.name)
    numbers = {"factor": factor, "steps": steps, "total": total, **({"radius": p.radius} if p.radius is not None else {})}
    scale = ((Change("scale", p.name, 0.9 / p.radius),) if p.radius else ()) + (Change("scale", p.name, 0.5), Change("scale", p.name, 0.1))
    if factor >= STEP_GROWS and total >= STEPS_GREW:
        return Finding(
            "exploding", first.name, f"{p.name}: each step of time multiplies the gradient by {short(factor)}: over {steps} steps, from {label(last.name)} back to {label(first.name)},"
            f" by {short(total)}.{radius}{values} {norm_of(p)}", numbers=numbers, layers=names, suffers=p.name, changes=scale,
        )  # fmt: skip
    kept = first.gradient.norm / last.gradient.norm  # where every step has a loss of its own, none is forgotten
    if max(total, kept) <= STEPS_SHRANK and not any(set(f.layers) & (graph.after([first.name]) & graph.before(last)) for f in told):
        keeps = max([x.keeps for x in line if x.keeps is not None], default=None)
        shut = keeps is not None and keeps <= KEEPS_LITTLE
        alarm = factor <= STEP_SHRINKS or shut
        gate = f" Its forget gate keeps {keeps:.2%} of the state at each step." if shut else ""
        reach = max(1, round(math.log(1e-3) / math.log(factor)))
        grow = ((Change("scale", p.name, 1 / p.radius),) if p.radius else ()) + (Change("scale", p.name, 3.0),)
        return Finding(
            "vanishing", first.name, f"{p.name}: each step of time multiplies the gradient by {short(factor)}: over {steps} steps, from {label(last.name)} back to {label(first.name)},"
            f" by {short(total)}; after {reach} steps a thousandth is left.{radius}{gate}", "alarm" if alarm else "note", numbers, names, p.name, grow,
        )  # fmt: skip
    return None


# ------------------------------------------------------------------ along the layers


def _path(graph: Graph, start: Layer) -> list[Layer]:
    """From a layer up to the loss, each time to the consumer that sends back most."""
    path, at = [start], start
    while True:
        above = [x for x in graph.consumers.get(at.name, ()) if x.gradient is not None]
        if not above:
            return path
        at = max(above, key=lambda x: x.passed[at.name].norm if at.name in x.passed else x.gradient.norm)
        path.append(at)


def _ratios(path: list[Layer], inside: set[str]) -> list[tuple[Layer, float]]:
    """(layer, ‖gradient below it‖/‖gradient above it‖) of the layers of a path that compute."""
    found = []
    for below, layer in zip(path, path[1:]):
        if layer.kind in COMPUTING and layer.name not in inside and layer.gradient.norm:
            sent = layer.passed.get(below.name)
            size = sent.norm if sent is not None and sent.norm else below.gradient.norm
            found.append((layer, size / layer.gradient.norm))
    return found


def _ends(graph: Graph) -> list[Layer]:
    """The layers with a trained matrix that a gradient reaches."""
    return [x for x in graph.moving if x.gradient.finite and x.gradient.norm and (m := graph.matrix(x)) is not None and m.trained and m.gradient is not None]


def _growing(graph: Graph, inside: set[str], answers) -> list[Finding]:
    if any(f.cause == "exploding" for f in answers) or not (ends := _ends(graph)):
        return []
    start = max(ends, key=lambda x: x.gradient.norm)
    path = _path(graph, start)
    ratios = _ratios(path, inside)
    total = math.prod(r for _, r in ratios)
    values = _forward(graph, path)
    if total < EXPLODED and not (values and values[1] / max(values[0], 1e-300) > EXPLODED * 10 and _matters(graph)):
        return []
    if not ratios:
        return []
    alone = [(x, r) for x, r in ratios if r > STEEP and math.log(r) > 0.5 * math.log(max(total, 2.0))]
    depth = _depth(graph, path)
    p = graph.matrix(start)
    if alone:
        layer, factor = max(alone, key=lambda pair: pair[1])
        matrix = graph.matrix(layer)
        large = f": {matrix.name} is large (rms {short(matrix.value.rms)}, times √fan-in {short(gain(matrix))})" if gain(matrix) > GAIN else ""
        sentence = f"{called(layer)} multiplies the gradient by {short(factor)}{large}. {norm_of(p)}"
        changes = (Change("scale", matrix.name, 1 / max(gain(matrix), 1e-9)),) if matrix is not None else ()
        return [Finding("exploding", layer.name, sentence, numbers={"factor": factor, "total": total}, layers=(layer.name,), suffers=p.name, changes=changes)]
    factor = total ** (1 / max(depth, 1))
    layer = max(ratios, key=lambda pair: pair[1])[0]
    return [
        Finding(
            "exploding", layer.name, f"the gradient grows by {short(factor)} for each of {depth} layers, by {short(total)} from {label(path[-1].name)} down to"
            f" {label(start.name)}{_drift(graph, values)}. The largest factor is that of {called(layer)}. {norm_of(p)}",
            numbers={"factor": factor, "depth": depth, "total": total}, layers=(layer.name, *dict.fromkeys(x.name for x, r in ratios if r > 1 and x is not layer)),
            suffers=p.name, changes=_mends(graph, ratios), along=f"{label(start.name)} … {label(_top(graph, path))}",
        )
    ]  # fmt: skip


def _matters(graph: Graph) -> bool:
    whole = math.hypot(*[p.gradient.norm for p in graph.parameters.values() if p.gradient is not None])
    weights = math.hypot(*[p.value.norm for p in graph.parameters.values()])
    return whole > 100 * weights


def _shrinking(graph: Graph, inside: set[str], told) -> list[Finding]:
    if not (ends := [x for x in _ends(graph) if x.name not in inside]):
        return []
    start = min(ends, key=lambda x: x.gradient.norm)
    path = _path(graph, start)
    ratios = _ratios(path, inside)
    total = math.prod(r for _, r in ratios)
    depth = _depth(graph, path)
    losing = depth > FEW and total ** (1 / depth) <= LOSING[0] and total <= LOSING[1]
    if not ratios or (total > VANISHED and not losing):
        return []
    names = {x.name for x in path}
    if any(set(f.layers) & names and f.cause != "exploding" for f in told):
        return []  # a flat layer on the way explains it
    p = graph.matrix(start)
    learns = p.ratio is not None and p.ratio > LEARNS
    if learns and not losing:
        return []
    severity = "note" if learns or total > VANISHED else "alarm"
    alone = [(x, r) for x, r in ratios if r < FLAT and math.log(r) < 0.5 * math.log(total)]
    if alone or depth <= FEW:
        layer, factor = min(alone or ratios, key=lambda pair: pair[1])
        matrix = graph.matrix(layer)
        small = f": {matrix.name} is small (rms {short(matrix.value.rms)}, times √fan-in {short(gain(matrix))})" if matrix and gain(matrix) < SMALL_GAIN else ""
        changes = (Change("scale", matrix.name, 1 / gain(matrix)),) if matrix is not None and gain(matrix) else ()
        return [
            Finding(
                "vanishing", layer.name, f"{called(layer)} multiplies the gradient by {short(factor)}{small}. {norm_of(p)}",
                severity, {"factor": factor, "total": total}, (layer.name,), p.name, changes,
            )
        ]  # fmt: skip
    factor = total ** (1 / max(depth, 1))
    layer = _least(ratios)
    return [
        Finding(
            "vanishing", layer.name, f"the gradient shrinks by {short(factor)} for each of {depth} layers, by {short(total)} from {label(path[-1].name)} down to"
            f" {label(start.name)}{_drift(graph, _forward(graph, path))}{_slope(layer)}. {norm_of(p)}",
            severity, {"factor": factor, "depth": depth, "total": total}, (layer.name, *dict.fromkeys(x.name for x, r in ratios if r < 1 and x is not layer)),
            p.name, _mends(graph, ratios), along=f"{label(start.name)} … {label(_top(graph, path))}",
        )
    ]  # fmt: skip


def _least(ratios: list[tuple[Layer, float]]) -> Layer:
    """A layer of the kind of operation that shrinks most, all its layers together."""
    by_kind: dict[str, float] = {}
    for layer, r in ratios:
        by_kind[layer.operation or layer.kind] = by_kind.get(layer.operation or layer.kind, 0.0) + math.log(max(r, 1e-300))
    worst = min(by_kind, key=by_kind.get)
    return min([(r, k, x) for k, (x, r) in enumerate(ratios) if (x.operation or x.kind) == worst])[2]


def _top(graph: Graph, path: list[Layer]) -> str:
    """The last layer with weights on a path."""
    return [x.name for x in path if graph.matrix(x) is not None][-1]


def _depth(graph: Graph, path: list[Layer]) -> int:
    return sum(graph.matrix(x) is not None for x in path)


def _forward(graph: Graph, path: list[Layer]) -> tuple[float, float] | None:
    """The size of the values at the first and the last layer with weights, the last but the output."""
    sized = [x.value.rms for x in path if graph.matrix(x) is not None and x.value is not None and x.value.rms]
    return (sized[0], sized[-1]) if len(sized) > FEW else None


def _drift(graph: Graph, values) -> str:
    """What the values do on the way, where they drift and nothing normalises them."""
    if not values or 1 / GREW < values[1] / values[0] < GREW:
        return ""
    word = "grow" if values[1] > values[0] else "shrink"
    none = "; there is no normalisation" if not any(x.kind == "normalisation" for x in graph.layers) else ""
    return f"; the values {word} from {short(values[0])} to {short(values[1])}{none}"


def _slope(layer: Layer) -> str:
    s = layer.slopes
    if s is None or not math.isfinite(s.top):
        return ""
    return f"; the slope of {layer.operation} is at most {short(s.top)}, here {short(s.rms)} on average"


def _mends(graph: Graph, ratios) -> tuple[tuple[Change, ...], ...]:
    """A normalisation of every product with weights, a residual connection around each: tried together."""
    linear = tuple(Change("normalise", x.name) for x, _ in ratios if graph.matrix(x) is not None and not graph.is_output(x))
    bends = tuple(Change("residual", x.name) for x, _ in ratios if x.kind == "elementwise")
    return tuple(change for change in (linear, bends) if change)


# ------------------------------------------------------------------ samples that become alike


def _collapse(graph: Graph) -> list[Finding]:
    """The first layer with weights behind which the samples are all the same, up to the last one."""
    apart = [(x, x.value.deviation / x.value.rms) for x in graph.moving if x.kind in ("linear", "elementwise", "normalisation") and _told_apart(x)]
    given = [x for x in graph.layers if x.kind == "input" and _told_apart(x) and x.value.deviation > SPREAD * x.value.rms]
    if not apart or not given or apart[-1][1] > COLLAPSED:
        return []
    first = next(k for k in range(len(apart)) if all(r <= COLLAPSED for _, r in apart[k:]))
    layer, ratio = apart[first]
    empty = _empty(graph, layer)
    if empty is not None:
        return [empty]
    own = graph.matrix(layer)
    if own is not None and not own.value.largest and own.gradient is not None and own.gradient.norm:
        return []  # weights of 0 that the next step changes: what they give is then no longer the same for all
    p = graph.below(layer)
    return [
        Finding(
            "collapse", layer.name, f"from {called(layer)} on all samples look the same: what distinguishes them is {short(ratio)} of the value",
            numbers={"apart": ratio}, layers=tuple(x.name for x, _ in apart[first:]), suffers=p.name if p else None,
            changes=(Change("normalise", layer.name),),
        )
    ]  # fmt: skip


def _empty(graph: Graph, layer: Layer) -> Finding | None:
    """The layer above it that gives nothing but zeros, if there is one."""
    above = graph.before(layer)
    silent = next((x for x in graph.moving if x.name in above and x.value is not None and x.value.finite and not x.value.largest), None)
    if silent is None:
        return None
    zero = next((p for p in graph.weights(silent) if not p.value.largest), None)
    why = f": {zero.name} is 0" if zero is not None else ""
    return Finding(
        "zero-init" if zero is not None else "collapse", silent.name, f"{called(silent)} gives 0 everywhere{why}: from there on all samples look the same",
        layers=(silent.name, layer.name), suffers=zero.name if zero is not None else None,
        changes=(Change("redraw", zero.name, max(zero.fan_in, 1) ** -0.5),) if zero is not None and zero.fan_in else (),
    )  # fmt: skip


def _told_apart(layer: Layer) -> bool:
    return layer.value is not None and layer.value.samples > 1 and layer.value.deviation is not None and layer.value.rms > 0
