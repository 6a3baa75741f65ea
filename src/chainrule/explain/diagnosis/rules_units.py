"""Flat activations: saturated ones, dead ones, a softmax that has decided, units that are all the same.

What makes them flat is looked for one layer further up: large weights, a bias far off, inputs far from unit scale.
"""

from __future__ import annotations

import math

from .finding import Finding, Graph, argument, called, label, norm_of, prime, several, short
from .record import Change, Layer, Parameter
from .thresholds import ALIKE, BURIED_SHARE, CONFIDENT, DEAD_SHARE, DECIDED, FITTED, GAIN, INPUT_LARGE, SATURATED_SHARE, STEEP


def rules(graph: Graph) -> list[Finding]:
    return _dead(graph) + _saturated(graph) + _softmax(graph) + _symmetric(graph)


# ------------------------------------------------------------------ dead


def _dead(graph: Graph) -> list[Finding]:
    ill, some = [], []
    for layer in graph.layers:
        s = layer.slopes
        if s is None or s.bounded or not s.dead_units or not math.isfinite(s.top) or not s.top or not (layer.given is None or layer.given.finite):
            continue
        share = s.dead_units / s.units
        if graph.is_output(layer) and share < 1:
            continue
        chance = 0.5 ** (layer.value.samples if layer.value else 1)
        if share == 1 and (s.units > 1 or _far_below(layer)) or share > max(DEAD_SHARE, chance + 0.4) or s.buried > BURIED_SHARE * s.units:
            ill.append(layer)
        elif share >= 0.1 and share > 2 * chance:
            some.append(layer)
    starved: set[str] = set()
    first: list[Layer] = []
    for layer in ill:  # behind a dead layer all are dead: they are given zeros
        if layer.name not in starved or (layer.given is not None and layer.given.biggest < 0 and _bias_kills(graph, layer)):
            first.append(layer)
        starved |= graph.after([layer.name])
    found = []
    if first:
        layer = first[0]
        s, p = layer.slopes, graph.below(layer)
        units = f"all {s.units} units have" if s.dead_units == s.units else f"{s.dead_units} of {s.units} units have"
        why, changes = _why(graph, layer)
        also = f"; the same at {several([x.name for x in first[1:]])}" if first[1:] else ""
        highest = f", the largest {argument(layer)} is {short(layer.given.biggest)}" if layer.given is not None and s.dead_units == s.units else ""
        after = f"; {norm_of(p)}" if p is not None else ""
        found.append(
            Finding(
                "dead-units", layer.name, f"{prime(layer)} {'≤ ' + short(s.largest) if s.largest else '= 0'}: {units} slope 0 in every sample{highest}{why}{after}{also}"
                if s.dead_units == s.units else f"{called(layer)}: {units} slope 0 in every sample{why}{after}{also}",
                numbers={"dead": s.dead_units, "units": s.units, **_factor(layer)}, layers=tuple(x.name for x in first),
                suffers=p.name if p else None, changes=changes + (Change("activation", layer.name, "leaky_relu"),),
            )
        )  # fmt: skip
    elif some:
        layer = max(some, key=lambda x: x.slopes.dead_units / x.slopes.units)
        s = layer.slopes
        listed = f" ({several([f'unit {k + 1}' for k in s.examples])})" if s.dead_units <= 4 else ""
        found.append(
            Finding(
                "dead-units", layer.name, f"{called(layer)}: {s.dead_units} of {s.units} units are dead in this batch{listed}", "note",
                {"dead": s.dead_units, "units": s.units}, tuple(x.name for x in some),
            )
        )  # fmt: skip
    return found


def _far_below(layer: Layer) -> bool:
    """A single unit is dead by chance in half of all cases with one sample."""
    return layer.value is not None and (layer.value.samples > 4 or (layer.given is not None and layer.given.biggest < -4))


def _bias_kills(graph: Graph, layer: Layer) -> bool:
    bias = graph.bias(layer)
    return bias is not None and bias.value.biggest < -1


# ------------------------------------------------------------------ saturated


def _saturated(graph: Graph) -> list[Finding]:
    ill = []
    for layer in graph.layers:
        s = layer.slopes
        if s is None or not s.bounded or not math.isfinite(s.top) or not s.top or layer.kind != "elementwise":
            continue
        if layer.gradient is None or (graph.is_output(layer) and graph.reading.loss < FITTED):
            continue
        beyond = s.expected + SATURATED_SHARE * (1 - s.expected)
        if s.saturated > beyond or (s.saturated_units == s.units and s.units > 1):
            ill.append(layer)
    if not ill:
        return []
    worst = min(ill, key=lambda x: x.slopes.rms / x.slopes.top)
    near = [x for x in ill if x.slopes.rms / x.slopes.top <= 2 * worst.slopes.rms / worst.slopes.top]
    layer = near[-1]  # of those that are equally flat the last one meets the gradient first
    s, p = layer.slopes, graph.below(layer)
    why, changes = _why(graph, layer)
    factor = layer.factor
    shrinks = f". The gradient is multiplied by {short(factor)} there" if factor is not None else ""
    after = f"; {norm_of(p)}" if p is not None else ""
    if s.saturated_units == s.units:
        what = f"{prime(layer)} ≤ {short(s.largest)}: all {s.units} units are saturated, |{argument(layer)}| ≥ {short(s.nearest)}"
    else:
        what = f"{prime(layer)} is below {short(0.05 * s.top)} at {s.saturated:.0%} of the entries: {label(layer.name)} is saturated"
        what += f" ({s.saturated_units} of {s.units} units in every sample)" if s.saturated_units else ""
    names = [x.name for x in ill if x is not layer]
    also = f". The same at {several(names)}" if names else ""
    return [
        Finding(
            "saturated", layer.name, f"{what}{why}{shrinks}{after}{also}",
            numbers={"share": s.saturated, "largest slope": s.largest, "units": s.units, "saturated": s.saturated_units, **_factor(layer)},
            layers=(layer.name, *names), suffers=p.name if p else None, changes=changes + (Change("activation", layer.name, "relu"), Change("normalise", _before(layer))),
        )
    ]  # fmt: skip


def _before(layer: Layer) -> str:
    """The layer whose result the activation takes: there a normalisation would stand."""
    return layer.inputs[0] if layer.inputs else layer.name


def _why(graph: Graph, layer: Layer) -> tuple[str, tuple[Change, ...]]:
    """(why its argument is far off, what to try): the bias, the weights or the inputs of the linear layer above it."""
    linear = graph.source(layer, ("linear", "recurrent"))
    if linear is None:
        return "", ()
    bias, weight = graph.bias(layer), graph.matrix(linear)
    given = next(iter(graph.inputs(linear)), None)
    changes: tuple[Change, ...] = ()
    if weight is not None and weight.fan_in:
        changes = (Change("scale", weight.name, 0.1), Change("redraw", weight.name, (2 / (weight.fan_in + weight.fan_out)) ** 0.5))
    size = layer.given.rms if layer.given is not None else 0.0
    if bias is not None and size and abs(bias.value.mean) > 0.5 * size and bias.value.rms > 1:
        return f", for {bias.name} is {short(bias.value.mean)} on average", (Change("zero", bias.name),)
    if given is not None and given.kind == "input" and given.value is not None and given.value.rms > INPUT_LARGE and gain(weight) <= GAIN:
        return f", for {given.name} has entries of size {short(given.value.rms)}", (Change("scale-input", given.name), *changes)
    if gain(weight) > GAIN:
        return f", for {weight.name} is large (rms {short(weight.value.rms)}; Xavier has {short((2 / (weight.fan_in + weight.fan_out)) ** 0.5)})", changes
    if given is not None and given.value is not None and given.value.rms > INPUT_LARGE:
        return f", for what comes in has size {short(given.value.rms)}", changes
    return "", changes


def gain(weight: Parameter | None) -> float:
    """By how much a weight matrix scales unit inputs: rms · √fan-in."""
    return weight.value.rms * weight.fan_in**0.5 if weight is not None and weight.fan_in else 0.0


def _factor(layer: Layer) -> dict[str, float]:
    return {} if layer.factor is None else {"factor": layer.factor}


# ------------------------------------------------------------------ softmax


def _softmax(graph: Graph) -> list[Finding]:
    ill = []
    for layer in graph.layers:
        inner = layer.kind == "softmax" and not graph.is_output(layer)
        if layer.probability is None or layer.probability < (DECIDED if inner else CONFIDENT) or layer.gradient is None:
            continue
        if layer.value is not None and layer.kind == "softmax" and layer.value.shape and layer.value.shape[-1] < 2:
            continue
        if not inner and graph.reading.loss < FITTED:
            continue  # confident and right: it has learnt
        ill.append(layer)
    if not ill:
        return []
    layer = ill[0]
    source = graph.source(layer, ("linear", "product"))
    scores = next(iter(graph.inputs(layer)), None)
    size = scores.value.rms if scores is not None and scores.value is not None else (layer.given.rms if layer.given else 0.0)
    p = graph.below(layer)
    large = _large(graph, layer, source)
    if large is not None:
        return [large]
    weights = [w for x in ([source, *graph.inputs(source)] if source is not None else []) if (w := graph.matrix(x)) is not None]
    factor = layer.factor
    shrinks = f" and multiplies the gradient by {short(factor)}" if factor is not None and layer.kind == "softmax" and factor < 0.1 else ""
    also = f". The same at {several([x.name for x in ill[1:]])}" if ill[1:] else ""
    before = (Change("normalise", scores.name),) if scores is not None else ()
    return [
        Finding(
            "softmax-saturated", layer.name, f"{called(layer)} gives {layer.probability:.1%} of the weight to one entry on average{shrinks}: its scores"
            f"{f' ({source.name})' if source is not None else ''} have size {short(size)}; {norm_of(p)}{also}",
            numbers={"probability": layer.probability, "scores": size, **_factor(layer)}, layers=tuple(x.name for x in ill), suffers=p.name if p else None,
            changes=tuple(Change("scale", w.name, 0.1) for w in weights[:2]) + before,
        )
    ]  # fmt: skip


def _large(graph: Graph, layer: Layer, source: Layer | None) -> Finding | None:
    """A layer far above a decided softmax whose weights made everything after it large; not the one that gives its scores."""
    names = graph.before(layer) - ({source.name} if source is not None else set())
    grown = [(gain(w), x, w) for x in graph.layers if x.name in names and x.kind == "linear" and (w := graph.matrix(x)) is not None and gain(w) > STEEP]
    if not grown:
        return None
    _, origin, weight = max(grown, key=lambda found: found[0])
    usual = (2 / (weight.fan_in + weight.fan_out)) ** 0.5
    p = graph.below(layer)
    return Finding(
        "large-weights", origin.name, f"{weight.name} is large (rms {short(weight.value.rms)}; Xavier has {short(usual)}), and so is all that comes after it:"
        f" {called(layer)} gives {layer.probability:.1%} of the weight to one entry on average; {norm_of(p)}",
        numbers={"gain": gain(weight), "probability": layer.probability}, layers=(origin.name, layer.name), suffers=p.name if p else None,
        changes=(Change("scale", weight.name, 0.1), Change("redraw", weight.name, usual), Change("normalise", origin.name)),
    )  # fmt: skip


# ------------------------------------------------------------------ symmetry


def _symmetric(graph: Graph) -> list[Finding]:
    ill = []
    for p in graph.parameters.values():
        if p.alike is None or p.alike > ALIKE or not p.trained or p.gradient is None or not p.gradient.norm or p.fan_out < 2:
            continue
        if p.gradient_alike is not None and p.gradient_alike > 1e-3:
            continue
        ill.append(p)
    ill = [p for p in ill if any(x.kind in ("linear", "recurrent") for x in graph.reading.users(p.name))]
    if not ill:
        return []
    p = ill[0]
    layer = graph.reading.users(p.name)[0]
    also = f". The same at {several([q.name for q in ill[1:]])}" if ill[1:] else ""
    return [
        Finding(
            "symmetric", layer.name, f"all {p.fan_out} units of {label(layer.name)} start the same ({p.name} has equal rows) and get the same gradient: they will stay one unit{also}",
            numbers={"units": p.fan_out, "alike": p.alike}, layers=tuple(graph.reading.users(q.name)[0].name for q in ill), suffers=p.name,
            changes=(Change("redraw", p.name, (2 / (p.fan_in + p.fan_out)) ** 0.5),) if p.fan_in else (),
        )
    ]  # fmt: skip


