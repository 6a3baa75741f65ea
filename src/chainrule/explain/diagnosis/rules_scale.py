"""Scales: of the inputs, of the loss, of one layer's updates beside another's."""

from __future__ import annotations

import math

import numpy as np

from .finding import Finding, Graph, label, short
from .record import Change
from .thresholds import FITTED, INPUT_LARGE, INPUT_NOTED, INPUT_SMALL, MISFIT, RATIO_LARGE, RATIO_SMALL, STILL, UNEVEN

ENTRYWISE = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")  # losses that pair entries, and broadcast
STORED = ("batch_norm", "instance_norm")  # what may divide by statistics of other data than these


def rules(graph: Graph, found: list[Finding]) -> list[Finding]:
    alarms = [f for f in found if f.severity == "alarm"]
    answers = _inputs(graph)
    answers += _broadcast(graph)
    if not any(f.severity == "alarm" for f in answers):
        answers += _statistics(graph)
    if not alarms and not [f for f in answers if f.severity == "alarm"]:
        answers += _loss(graph)
    if not alarms:
        answers += _uneven(graph)
    return answers


def _inputs(graph: Graph) -> list[Finding]:
    """Inputs far from unit scale that a linear layer takes as they are."""
    found = []
    for layer in graph.layers:
        if layer.kind != "input" or layer.value is None or not layer.value.rms:
            continue
        users = [x for x in graph.consumers.get(layer.name, ()) if x.kind == "linear" and x.operation not in ("embedding", "embedding_bag")]
        size = layer.value.rms
        if not users or INPUT_SMALL < size < INPUT_NOTED:
            continue
        alarm = size > INPUT_LARGE or size < INPUT_SMALL
        p = graph.matrix(users[0])
        after = f"; ‖∂{p.name}‖/‖{p.name}‖ = {short(p.ratio)}" if p is not None and p.ratio is not None else ""
        found.append(
            Finding(
                "input-scale", layer.name, f"the entries of {layer.name} have size {short(size)} (mean {short(layer.value.mean)}), and {label(users[0].name)} takes"
                f" them as they are{after}", "alarm" if alarm else "note", {"rms": size, "mean": layer.value.mean}, (layer.name, users[0].name),
                p.name if p else None, (Change("scale-input", layer.name),),
            )
        )  # fmt: skip
    return found


def _loss(graph: Graph) -> list[Finding]:
    """The gradient of all parameters together, beside their size."""
    trained = [p for p in graph.parameters.values() if p.trained and p.gradient is not None]
    weights = math.hypot(*[p.value.norm for p in trained]) if trained else 0.0
    gradient = math.hypot(*[p.gradient.norm for p in trained]) if trained else 0.0
    if not weights or graph.last is None or not math.isfinite(gradient):
        return []
    ratio = gradient / weights
    precision = graph.reading.precision
    lost = [p for p in trained if p.gradient.zeros > 0.5 and 0 < p.gradient.largest < 1e-5] if precision == "float16" else []
    if lost:
        return [
            Finding(
                "loss-scale", lost[0].name, f"{lost[0].gradient.zeros:.0%} of the gradient of {lost[0].name} is 0 in float16, whose smallest number is 6e−8:"
                " it has underflowed", numbers={"zeros": lost[0].gradient.zeros}, layers=tuple(p.name for p in lost), suffers=lost[0].name,
            )
        ]  # fmt: skip
    if RATIO_SMALL < ratio < RATIO_LARGE or (ratio <= RATIO_SMALL and (graph.reading.loss < FITTED and gradient)):
        return []
    if not gradient:
        return []
    if ratio <= RATIO_SMALL and (comes := _cancelled(graph)) > max(STILL * RATIO_SMALL * weights, STILL * gradient):
        return [
            Finding(
                "loss-scale", graph.last.name, f"the samples cancel: gradients of size {short(comes)} come to the layers, and {short(gradient)} is left in all parameters:"
                " this is a stationary point", "note", {"ratio": ratio, "loss": graph.reading.loss}, (graph.last.name,),
            )
        ]  # fmt: skip
    targets = [x for x in graph.layers if x.kind == "input" and graph.last.name in [y.name for y in graph.consumers.get(x.name, ())] or x.name == "target"]
    far = next((x for x in targets if x.value is not None and x.value.rms > INPUT_LARGE), None)
    why = f": {far.name} has entries of size {short(far.value.rms)}" if far is not None else ""
    much = "large" if ratio >= RATIO_LARGE else "small"
    return [
        Finding(
            "loss-scale", graph.last.name, f"the gradient is {much} beside the parameters, ‖∂L‖/‖θ‖ = {short(ratio)}, at a loss of {short(graph.reading.loss)}{why}",
            numbers={"ratio": ratio, "loss": graph.reading.loss}, layers=(graph.last.name, *([far.name] if far else [])),
        )
    ]  # fmt: skip


def _cancelled(graph: Graph) -> float:
    """The largest gradient that comes to a layer with parameters."""
    return max([x.gradient.norm for x in graph.moving if graph.weights(x)], default=0.0)


def _statistics(graph: Graph) -> list[Finding]:
    """Normalisations whose stored mean and variance are not those of this batch: what they give is far from their gain and shift."""
    found = []
    for layer in graph.layers:
        if layer.kind != "normalisation" or layer.operation not in STORED or layer.value is None or not layer.value.finite or not layer.value.rms:
            continue
        affine = [p.value.rms for p in graph.weights(layer)]
        meant = math.hypot(*affine) if affine else 1.0
        factor = layer.value.rms / meant if meant else 1.0
        if 1 / MISFIT < factor < MISFIT:
            continue
        given = next((x.value for x in graph.inputs(layer) if x.value is not None), None)
        took = f", what came in {short(given.rms)}" if given is not None else ""
        found.append(
            Finding(
                "statistics", layer.name, f"what {label(layer.name)} gives has size {short(layer.value.rms)}{took}; with the statistics of this batch it would"
                f" have {short(meant)}: its running mean and variance are those of other data", numbers={"rms": layer.value.rms, "factor": factor},
                layers=(layer.name,), changes=(Change("normalise", layer.name),),
            )
        )  # fmt: skip
    return found[:1]


def _broadcast(graph: Graph) -> list[Finding]:
    """Predictions (n, 1) beside targets (n): each is compared with every other."""
    for layer in graph.layers:
        shapes = [x.value.shape for x in graph.inputs(layer) if x.value is not None]
        if layer.kind != "loss" or layer.operation not in ENTRYWISE or len(shapes) != 2 or len(shapes[0]) == len(shapes[1]):
            continue
        first, second = [tuple(n for n in shape if n > 1) for shape in shapes]
        if first == second and len(first) == 1 and math.prod(np.broadcast_shapes(*shapes)) > math.prod(first):
            n = first[0]
            said = " and ".join(["×".join(map(str, shape)) for shape in shapes])
            return [
                Finding(
                    "broadcast", layer.name, f"{label(layer.name)} is given {said}, and compares each of the {n} predictions with all {n} targets: the best answer is then their mean",
                    numbers={"samples": n}, layers=(layer.name,),
                )
            ]  # fmt: skip
    return []


def _uneven(graph: Graph) -> list[Finding]:
    ratios = [
        (p.ratio, p) for p in graph.parameters.values() if p.trained and p.ratio and len(p.value.shape) > 1 and p.value.shape[0] > 1
    ]  # fmt: skip
    if len(ratios) < 2:
        return []
    low, high = min(ratios, key=lambda pair: pair[0]), max(ratios, key=lambda pair: pair[0])
    if high[0] < UNEVEN * low[0]:
        return []
    return [
        Finding(
            "uneven", low[1].name, f"one step changes {high[1].name} by {short(high[0] / low[0])} times as much as {low[1].name}, each beside its own size",
            "note", {"ratio": high[0] / low[0]}, (low[1].name, high[1].name), low[1].name,
        )
    ]  # fmt: skip
