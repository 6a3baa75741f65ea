"""Parameters to which no gradient comes: cut off by detach or no_grad, blocked by a slope of 0, or without influence at all.

Influence is tried, not assumed: the parameter is moved and the loss computed again.
"""

from __future__ import annotations

import math

from .finding import Finding, Graph, called, label, several, short
from .record import Change, Layer, Parameter
from .slopes import shape_of
from .thresholds import FELT, INFLUENCE, LEAP

MOVES = (INFLUENCE, LEAP)  # what lies behind a threshold is felt by the second only
TRIED = 6  # parameters of which influence is tried, at most


def rules(graph: Graph) -> list[Finding]:
    without = [p for p in graph.parameters.values() if p.trained and p.gradient is None]
    zero = [p for p in graph.parameters.values() if p.trained and p.gradient is not None and not p.gradient.norm]
    return _cut(graph, without) + _blocked(graph, zero) + _unregistered(graph)


def _cut(graph: Graph, without: list[Parameter]) -> list[Finding]:
    """Parameters with no gradient: by the cut that their way to the loss goes through, or unused."""
    if not without:
        return []
    to_loss = graph.before(graph.last) if graph.last is not None else set()
    by_cut: dict[str, list[Parameter]] = {}
    unused: list[Parameter] = []
    for p in without:
        users = [x.name for x in graph.reading.users(p.name)]
        after = graph.after(users)
        cuts = [x for x in graph.layers if x.kind == "cut" and x.name in after and x.name in to_loss]
        if users and cuts:
            by_cut.setdefault(cuts[0].name, []).append(p)
        elif users and set(users) & to_loss:
            by_cut.setdefault(users[0], []).append(p)
        else:
            unused.append(p)
    found, tried = [], 0
    for name, parameters in by_cut.items():
        layer = graph.by_name[name]
        felt = None
        if tried < TRIED:
            felt, tried = influence(graph, parameters[0]), tried + 1
        if felt is not None and not felt[0]:
            unused += parameters
            continue
        moved = f"; moving {parameters[0].name} by {_share(felt)} changes the loss by {short(felt[0])}" if felt else ""
        found.append(
            Finding(
                "detached", name, f"{_says(layer)}: no gradient reaches {several([p.name for p in parameters])}{moved}",
                numbers={"parameters": len(parameters), **({"influence": felt[0]} if felt else {})}, layers=(name,),
                suffers=parameters[0].name, changes=(Change("attach", name),),
            )
        )  # fmt: skip
    really = []
    for p in unused:
        if tried < TRIED and graph.reading.users(p.name):
            tried += 1
            felt = influence(graph, p)
            if felt is not None and felt[0]:
                found.append(
                    Finding(
                        "detached", _user(graph, p), f"{p.name} gets no gradient, and moving it by {_share(felt)} changes the loss by {short(felt[0])}:"
                        " on the way its values leave the graph (numpy, item, .data)", numbers={"influence": felt[0]}, suffers=p.name,
                    )
                )  # fmt: skip
                continue
        really.append(p)
    if really:
        idle = [p for p in really if not graph.reading.users(p.name)]
        how = "is not used in the forward pass" if len(idle) == len(really) else "has no influence on the loss"
        names = several([p.name for p in really])
        found.append(
            Finding(
                "unused", really[0].name, f"{names} {how if len(really) == 1 else how.replace('is not', 'are not').replace('has', 'have')}: no gradient arrives",
                numbers={"parameters": len(really)}, layers=tuple(p.name for p in really),
            )
        )  # fmt: skip
    return found


def _user(graph: Graph, p: Parameter) -> str:
    users = graph.reading.users(p.name)
    return users[0].name if users else p.name


def _says(layer: Layer) -> str:
    where = f" ({layer.where})" if layer.where else ""
    if layer.kind != "cut":
        return f"{called(layer)} passes nothing back"
    if layer.kept:
        word = {"detach": "detach()", "data": ".data"}.get(layer.operation or "", "no_grad" if layer.operation not in ("stop_gradient",) else "stop_gradient")
        return f"{label(layer.name)}{where} cuts the graph ({word})"
    return f"{label(layer.name)}{where} lets no gradient through: {layer.operation} has none"


def influence(graph: Graph, p: Parameter) -> tuple[float, float] | None:
    """(change of the loss, relative move of the parameter that caused it); 0.0 where there is none, None where that cannot be tried."""
    if graph.reading.rerun is None or not math.isfinite(graph.reading.loss):
        return None
    felt = FELT if graph.reading.precision == "float64" else 1e-7
    for share in MOVES:
        again = graph.reading.rerun(Change("move", p.name, share))
        if again is None:
            return None
        change = abs(again.loss - graph.reading.loss)
        p.moves = bool(change > felt * max(abs(graph.reading.loss), 1e-12))
        if p.moves:
            return change, share
    return 0.0, LEAP


def _share(felt: tuple[float, float]) -> str:
    return f"{felt[1]:.1%}" if felt[1] < 0.01 else f"{felt[1]:.0%}"


# ------------------------------------------------------------------ a gradient of exactly 0


def _blocked(graph: Graph, zero: list[Parameter]) -> list[Finding]:
    """What makes a gradient exactly 0 where it came as another: a step function, weights of 0."""
    found: list[Finding] = []
    seen: set[str] = set()
    for layer in reversed(graph.layers):
        if layer.gradient is None or not layer.gradient.norm or not layer.inputs:
            continue
        silent = [n for n in layer.inputs if n in layer.passed and not layer.passed[n].norm]
        silent += [x.name for x in graph.inputs(layer) if x.name not in layer.passed and x.gradient is not None and not x.gradient.norm]
        names = set().union(*[graph.before(graph.by_name[n]) for n in silent]) if silent else set()
        starved = [p for p in zero if p.name not in seen and any(x.name in names for x in graph.reading.users(p.name))]
        if not starved:
            continue
        seen |= {p.name for p in starved}
        flat = shape_of(layer.operation) if layer.kind == "elementwise" and layer.operation else None
        if layer.kind == "cut" or (flat is not None and flat.top == 0):
            felt = influence(graph, starved[0])
            found.append(
                Finding(
                    "detached", layer.name, f"{called(layer)} has slope 0 everywhere: the gradient of {several([p.name for p in starved])} is exactly 0"
                    + (f", though moving {starved[0].name} by {_share(felt)} changes the loss by {short(felt[0])}" if felt and felt[0] else ""),
                    layers=(layer.name,), suffers=starved[0].name,
                )
            )  # fmt: skip
            continue
        empty = [p for p in graph.weights(layer) if not p.value.largest]
        if not empty and layer.slopes is None and _gives_nothing(graph, layer):
            found.append(_silent(graph, layer, starved))
        for p in empty:
            woken = p.gradient is not None and p.gradient.norm
            sentence = f"{p.name} is 0, so that nothing goes back through {label(layer.name)}: the gradient of {several([q.name for q in starved])} is exactly 0"
            if woken:
                found.append(Finding("zero-init", layer.name, f"{sentence} in the first step; {p.name} itself gets one", "note", layers=(layer.name,)))
            else:
                found.append(
                    Finding(
                        "zero-init", layer.name, f"{sentence}, and so is its own: no step will change them", layers=(layer.name,),
                        suffers=p.name, changes=_drawn(starved + [p]),
                    )
                )  # fmt: skip
            break
    return found


def _gives_nothing(graph: Graph, layer: Layer) -> bool:
    """Whether it makes zeros of what is none: dropout of everything, a mask of zeros."""
    value = layer.value
    return value is not None and value.finite and not value.largest and any(x.value is not None and x.value.largest for x in graph.inputs(layer))


def _silent(graph: Graph, layer: Layer, starved: list[Parameter]) -> Finding:
    """An alarm where all that is given goes through this layer; a branch that is dropped for one batch is a note."""
    around = graph.before(graph.last, without=layer.name)
    given = [n for n in graph.before(layer) if graph.by_name[n].kind == "input"]
    return Finding(
        "dead-units", layer.name, f"{called(layer)} gives 0 everywhere in this batch: the gradient of {several([p.name for p in starved])} is exactly 0",
        "note" if any(n in around for n in given) else "alarm", {"parameters": len(starved)}, (layer.name,), starved[0].name,
    )


def _drawn(parameters: list[Parameter]) -> tuple[tuple[Change, ...]]:
    """All weights that are 0, drawn together."""
    return (tuple(Change("redraw", p.name, p.fan_in**-0.5) for p in parameters if p.fan_in and not p.value.largest),)


def _unregistered(graph: Graph) -> list[Finding]:
    names = graph.reading.strangers
    if not names:
        return []
    many = len(names) > 1
    return [
        Finding(
            "unregistered", names[0], f"{several(names)} {'are' if many else 'is'} used and {'get gradients' if many else 'gets a gradient'}, but"
            f" model.parameters() does not list {'them' if many else 'it'}: no optimizer will change {'them' if many else 'it'}",
            layers=tuple(names), numbers={"parameters": len(names)},
        )
    ]  # fmt: skip
