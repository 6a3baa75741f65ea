"""Where a NaN or an infinity is born: the first operation that was given finite numbers and gave others, forward or backward.

An infinity that does no harm is none: −∞ as the score of a masked key gives weight 0.
"""

from __future__ import annotations

import math

from ...ops.declare import Elementwise, lookup
from .changes import EXPONENTIALS
from .finding import Finding, Graph, called, short
from .record import Change, Layer, Values
from .thresholds import EXPONENT, LARGEST

TINY = 1e-6


def rules(graph: Graph) -> list[Finding]:
    return _given(graph) or _forward(graph) or _backward(graph)


# ------------------------------------------------------------------ forward


def _given(graph: Graph) -> list[Finding]:
    """Data or parameters that are no numbers before anything is computed."""
    for layer in graph.layers:
        if layer.kind == "input" and layer.value is not None and layer.value.nans:
            used = any(one.value is not None and not one.value.finite for one in graph.consumers.get(layer.name, ()))
            if used or _harmed(graph):
                return [
                    Finding(
                        "bad-input", layer.name, f"{layer.name} holds {_count(layer.value)} before anything is computed",
                        numbers={"nans": layer.value.nans},
                    )
                ]  # fmt: skip
    for p in graph.parameters.values():
        if not p.value.finite:
            return [Finding("bad-parameter", p.name, f"{p.name} holds {_count(p.value)} before anything is computed", numbers={"bad": p.value.bad})]
    return []


def _harmed(graph: Graph) -> bool:
    return not math.isfinite(graph.reading.loss) or any(p.gradient is not None and not p.gradient.finite for p in graph.parameters.values())


def _forward(graph: Graph) -> list[Finding]:
    if math.isfinite(graph.reading.loss) and _harmed(graph):
        return []  # what is no number stands in a branch that is not taken, and does its harm on the way back
    if not _harmed(graph) and not any(layer.value is not None and layer.value.nans for layer in graph.layers):
        return []
    bad = {layer.name for layer in graph.layers if layer.value is not None and not layer.value.finite}
    born = [graph.by_name[n] for n in (x.name for x in graph.layers) if n in bad and not bad & set(graph.by_name[n].inputs)]
    for layer in born:
        reached = _spread(graph, layer, bad)
        masks = layer.kind in ("shape", "add", "input") and not layer.value.nans
        if masks:  # a mask of −∞: to blame is who makes NaN of it
            layer = next((x for x in graph.layers if x.name in reached and x.value.nans), layer)
            if not layer.value.nans and graph.last.name not in reached:
                continue
        harmful = graph.last.name in reached or layer.value.nans or (_harmed(graph) and len(born) == 1)
        if harmful:
            return [_born(graph, layer, graph.last.name in reached)]
    return []


def _spread(graph: Graph, layer: Layer, bad: set[str]) -> set[str]:
    """The bad layers that descend from this one through bad ones."""
    found, todo = {layer.name}, [layer.name]
    while todo:
        for one in graph.consumers.get(todo.pop(), ()):
            if one.name in bad and one.name not in found:
                found.add(one.name)
                todo.append(one.name)
    return found


def _born(graph: Graph, layer: Layer, to_loss: bool) -> Finding:
    value = layer.value
    cause, reason, changes = _reason(graph, layer)
    at = f", first at index {_index(value.first_bad)}" if value.first_bad else ""
    where = called(layer)
    loss = f"; it makes the loss {short(graph.reading.loss)}" if to_loss and not math.isfinite(graph.reading.loss) else ""
    return Finding(
        cause, layer.name, f"{where} gives {_count(value)}{at}: {reason}. What came in was finite{loss}"
        if all(x.value is None or x.value.finite for x in graph.inputs(layer)) else f"{where} gives {_count(value)}{at}: {reason}{loss}",
        numbers={"nans": value.nans, "infinities": value.infinities, **_range(_given_to(graph, layer))}, layers=(layer.name,), changes=changes,
    )  # fmt: skip


def _given_to(graph: Graph, layer: Layer) -> Values | None:
    if layer.given is not None:
        return layer.given
    return next((x.value for x in graph.inputs(layer) if x.value is not None), None)


def _reason(graph: Graph, layer: Layer) -> tuple[str, str, tuple[Change, ...]]:
    """(cause, why, what might help) of a layer that makes what is no finite number."""
    given, precision = _given_to(graph, layer), graph.reading.precision
    op = lookup(layer.operation or "")
    clamp = (Change("clamp", layer.name, 1e-7 if precision != "float16" else 1e-4),)
    kind = "nan-born" if layer.value.nans else "inf-born"
    if layer.operation in EXPONENTIALS and given is not None and given.largest >= EXPONENT.get(precision, 88.7):
        return "overflow", f"e^{short(given.biggest)} is beyond the largest number of {precision}", clamp
    if isinstance(op, Elementwise) and op.arity - len(op.defaults) == 1 and given is not None:
        domain = op.domain if op.arity == 1 else op.domain[0]
        if given.smallest < domain.low:
            return kind, f"{op.name} is taken of {short(given.smallest)}, outside its domain {domain}", clamp
        if given.biggest > domain.high:
            return kind, f"{op.name} is taken of {short(given.biggest)}, outside its domain {domain}", ()
        if given.smallest == domain.low or given.biggest == domain.high:
            end = domain.low if given.smallest == domain.low else domain.high
            return kind, f"{op.name} is taken of {short(end)}, the end of its domain {domain}", clamp
    if given is not None and layer.operation in ("sqrt", "rsqrt", "pow", "reciprocal", "power"):
        if given.smallest < 0 and layer.value.nans:
            return kind, f"{layer.operation} is taken of {short(given.smallest)}", clamp
        if given.smallest <= 0 <= given.biggest and given.zeros:
            return kind, f"{layer.operation} is taken of 0", clamp
    if layer.operation in ("div", "divide", "true_divide", "truediv", "quotient"):
        below = graph.inputs(layer)[-1].value if layer.inputs else None
        if below is not None and below.zeros:
            return kind, "0/0" if layer.value.nans else "a division by 0", clamp
        return kind, "a division by 0", clamp
    if layer.kind == "softmax" and any(x.value is not None and x.value.infinities for x in graph.inputs(layer)):
        return kind, "a whole row is −∞ (every key is masked), so that it divides 0 by 0", ()
    if layer.kind == "product" and layer.value.nans and any(x.value is not None and x.value.infinities for x in graph.inputs(layer)):
        return kind, "0 · ∞", ()
    largest = max([x.value.largest for x in graph.inputs(layer) if x.value is not None] + [p.value.largest for p in graph.weights(layer)], default=0.0)
    if layer.value.infinities or layer.value.nans:
        limit = LARGEST.get(precision, 3.4e38)
        if largest > math.sqrt(limit) / 100 or (precision == "float16" and largest > 30):
            matrix = graph.matrix(layer)
            changes = (Change("scale", matrix.name, 0.1),) if matrix is not None else ()
            return "overflow", f"entries up to {short(largest)} came in, and the result is beyond {short(limit)}, the largest number of {precision}", changes
    if layer.kind == "normalisation":
        return kind, "the deviation that it divides by is 0", ()
    return kind, "no finite number comes out", ()


# ------------------------------------------------------------------ backward


def _backward(graph: Graph) -> list[Finding]:
    """From the loss down: the first layer that got a finite gradient and sent on another."""
    broken = [p for p in graph.parameters.values() if p.gradient is not None and not p.gradient.finite]
    if not broken:
        return []
    spoilers = []  # what they send on is finite: their weights stand elsewhere too, or what came in was infinite
    for layer in reversed(graph.layers):
        if layer.gradient is not None and not layer.gradient.finite:
            continue
        sends = any(not v.finite for v in layer.passed.values())
        sends = sends or (layer.gradient is not None and any(_alone(graph, x, layer) for x in graph.inputs(layer) if x.name not in layer.passed))
        spoils = any(p.gradient is not None and not p.gradient.finite for p in graph.weights(layer)) and layer.gradient is not None
        if sends:
            return [_spoilt(graph, layer, broken)]
        spoilers += [layer] if spoils else []
    if spoilers:
        return [_spoilt(graph, spoilers[0], broken)]
    layer = next((x for x in reversed(graph.layers) if x.gradient is not None and not x.gradient.finite), graph.last)
    return [_spoilt(graph, layer, broken)]


def _alone(graph: Graph, x: Layer, layer: Layer) -> bool:
    """Whether a gradient that is no number can only have come from this layer."""
    return x.gradient is not None and not x.gradient.finite and graph.consumers.get(x.name, ()) == [layer]


def _spoilt(graph: Graph, layer: Layer, broken) -> Finding:
    given = _given_to(graph, layer)
    cause, reason = "nan-backward", "its own backward rule gives that" if layer.kind == "other" else f"the gradient of {layer.operation} does not exist there"
    changes: tuple[Change, ...] = (Change("clamp", layer.name, 1e-7),)
    op = lookup(layer.operation or "")
    domain = op.domain if isinstance(op, Elementwise) and op.arity == 1 else None
    limit = LARGEST.get(graph.reading.precision, 3.4e38)
    if given is not None and (layer.operation in ("sqrt", "rsqrt", "pow", "power", "norm", "vector_norm", "cdist", "std") and given.zeros):
        reason = f"the derivative of {'√x' if layer.operation in ('sqrt', 'power', 'pow') else layer.operation} at 0 is infinite, and it is taken of 0"
    elif domain is not None and given is not None and (given.smallest <= domain.low or given.biggest >= domain.high):
        end = given.smallest if given.smallest <= domain.low else given.biggest
        reason = f"the derivative of {layer.operation} is infinite at {short(end)}; a branch that is not taken still multiplies it by 0, which gives NaN"
    elif layer.value is not None and not layer.value.finite or layer.operation in EXPONENTIALS and (layer.value is None or layer.value.largest > 1e30):
        reason = "its value is infinite in a branch that is not taken, and 0 · ∞ is NaN"
    elif layer.gradient is not None and layer.gradient.largest * max(layer.value.largest if layer.value else 0.0, 1.0) > limit / 1e3:
        cause, reason, changes = "overflow", f"the gradient grows beyond {short(limit)}, the largest number of {graph.reading.precision}", ()
    span = "" if given is None else f"numbers from {short(given.smallest)} to {short(given.biggest)}" if given.smallest < given.biggest else short(given.smallest)
    given_text = f" (it is given {span})" if span else ""
    return Finding(
        cause, layer.name, f"{called(layer)} gets a finite gradient and sends on one that is not: {reason}{given_text}."
        f" The loss is {short(graph.reading.loss)}; ∂{broken[0].name} is lost"
        + (f", and {len(broken) - 1} more" if len(broken) > 1 else ""),
        numbers={"parameters": len(broken), **_range(given)}, layers=(layer.name,), suffers=broken[0].name, changes=changes,
    )  # fmt: skip


def _range(values: Values | None) -> dict[str, float]:
    return {} if values is None else {"smallest": values.smallest, "largest": values.biggest}


def _count(v: Values) -> str:
    parts = [f"{v.nans} NaN" if v.nans else "", f"{v.infinities} infinite" if v.infinities else ""]
    return " and ".join([p for p in parts if p]) + f" of {v.size} entries"


def _index(index: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, index))}]"
