"""The answer of `diagnose`: what is the matter, in a sentence, what was tried against it, and all layers with their gradients."""

from __future__ import annotations

import math
from functools import partial

from ...show import Bar, Svg, bar_plot
from ..explanation import Explanation
from ..place import figure
from .finding import Finding, short
from .record import Layer, Reading, Values
from .what_if import WhatIf

SHOWN = 40  # layers in the table; the others are left out between
BAR = 8  # columns of a bar
NAME = 24
NOTES = 3  # further findings that are told
PRINTED = {"formula": "formula", "torch": "PyTorch", "jax": "JAX"}


class Diagnosis(Explanation):
    """What one forward and one backward pass say about a network.

    Attributes
        healthy: whether there is no alarm.
        findings: what is the matter, the gravest first (`Finding`: cause, layer, sentence, numbers, advice); notes come last.
        what_ifs: what was tried against the first, run and not guessed.
        reading: the record: layers, parameters, loss (`record.Reading`).
        cause, layer: of the first finding; None where there is no alarm.
        exit_code: 1 if there is an alarm, else 0.
    """

    kind = "diagnosis"

    def __init__(self, reading: Reading, findings: list[Finding], tried: list[WhatIf]):
        self.reading, self.findings, self.what_ifs = reading, findings, tried
        self.notes = reading.notes

    @property
    def alarms(self) -> list[Finding]:
        return [f for f in self.findings if f.severity == "alarm"]

    @property
    def healthy(self) -> bool:
        return not self.alarms

    @property
    def cause(self) -> str | None:
        return self.alarms[0].cause if self.alarms else None

    @property
    def layer(self) -> str | None:
        return self.alarms[0].layer if self.alarms else None

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        if self.alarms:
            return self.alarms[0].sentence
        return f"no alarm: {_measured(self.reading)}"

    @property
    def exit_code(self) -> int:
        return 0 if self.healthy else 1

    # ---------------------------------------------------------------- rows

    def rows(self) -> list[tuple[str, str, str]]:
        alarms = self.alarms
        listed = [("culprit" if alarms else "healthy", alarms[0].title if alarms else self.sentence, "")]
        if alarms:
            listed.append(("cause", alarms[0].sentence, ""))
            listed.append(("helps", alarms[0].advice, ""))
        for k, tried in enumerate(self.what_ifs):
            listed.append(("" if k else "what if", f"{tried.says} → {tried.outcome}", ""))
        for f in alarms[1 : 1 + NOTES]:
            listed.append(("also", f"{f.title}: {f.sentence}", ""))
        for f in [f for f in self.findings if f.severity != "alarm"][:NOTES]:
            listed.append(("note", f.sentence, ""))
        listed.append(("loss", figure(self.reading.loss), f"{PRINTED.get(self.reading.framework, self.reading.framework)}, {self.reading.precision}"))
        listed.append(("layers", self.table(), ""))
        return listed + [("note", text, "") for text in self.notes]

    def table(self) -> str:
        """Each layer with the size of its values, the gradient that comes to it, and the factor by which it passes that on."""
        layers, before = self._chosen()
        width = min(NAME, max([len(_name(x)) for x in layers] + [5]))
        lines = [f"{'layer':<{width}}  {'value':>7}  {'gradient':>8}  {'':<{BAR}}  {'passes on':>9}"]
        lengths = _lengths([x.gradient for x in layers])
        for k, layer in enumerate(layers):
            if before[k]:
                lines.append(f"… {before[k]} more …")
            lines.append(self._line(layer, width, lengths[k]))
        return "\n".join(lines)

    def _line(self, layer: Layer, width: int, length: int) -> str:
        name = _name(layer)
        name = name if len(name) <= width else "…" + name[-(width - 1) :]
        g = layer.gradient
        size = "–" if g is None else "NaN" if g.nans else "∞" if g.infinities else short(g.norm)
        value = "–" if layer.value is None else "NaN" if layer.value.nans else "∞" if layer.value.infinities else short(layer.value.rms)
        factor = "" if layer.factor is None else "NaN" if any(not v.finite for v in layer.passed.values()) else f"×{short(layer.factor)}"
        note = self._note(layer)
        return f"{name:<{width}}  {value:>7}  {size:>8}  {'█' * length:<{BAR}}  {factor:>9}  {note}".rstrip()

    def _note(self, layer: Layer) -> str:
        for f in self.findings:
            if layer.name == f.layer and f.severity == "alarm":
                return f"◀ {f.cause.replace('-', ' ')}"
        for f in self.findings:
            if layer.name in f.layers and f.severity == "alarm":
                return f"· {f.cause.replace('-', ' ')}"
        s = layer.slopes
        if s is not None and s.dead_units and not s.bounded:
            return f"{s.dead_units} of {s.units} dead"
        if s is not None and s.bounded and s.saturated > 0.05:
            return f"{s.saturated:.0%} saturated"
        return "cut" if layer.kind == "cut" else ""

    def _chosen(self) -> tuple[list[Layer], list[int]]:
        """The layers of the table, and how many are left out before each."""
        told = {f.layer for f in self.findings}
        layers = [x for x in self.reading.layers if x.name in told or x.kind not in ("input", "shape")]
        if len(layers) <= SHOWN:
            return layers, [0] * len(layers)
        blamed = {f.layer for f in self.alarms}
        half = SHOWN // 2
        kept = set(range(half)) | set(range(len(layers) - half, len(layers))) | {k for k, x in enumerate(layers) if x.name in blamed}
        order = sorted(kept)
        return [layers[k] for k in order], [0] + [b - a - 1 for a, b in zip(order, order[1:])]

    # ---------------------------------------------------------------- pictures, data

    def pictures(self):
        found = {}
        if any(x.gradient is not None for x in self.reading.layers):
            found["gradients"] = partial(self._bars, "gradient", "gradient of the loss at each layer", "‖∂L/∂layer‖")
        found["scales"] = partial(self._bars, "value", "size of the values of each layer", "root mean square")
        if any(p.gradient is not None for p in self.reading.parameters.values()):
            found["parameters"] = self._parameter_bars
        return found

    def _bars(self, what: str, title: str, axis: str, page: bool, width: int) -> Svg:
        layers = [x for x in self.reading.layers if x.kind not in ("input", "shape") and getattr(x, what) is not None]
        bars = []
        for layer in layers:
            values: Values = getattr(layer, what)
            size = math.nan if values.nans else math.inf if values.infinities else values.norm if what == "gradient" else values.rms
            culprit = any(f.layer == layer.name for f in self.alarms)
            note = f"{short(size)} {self._note(layer).lstrip('◀· ')}" if culprit else ""
            bars.append(Bar(_name(layer), size, note, "yours" if culprit else "true"))
        headline = f"{title[0].upper()}{title[1:]}" + (f" ({self.alarms[0].title})" if self.alarms else "")
        return bar_plot(bars, title=headline, axis=axis, log=True, page=page, width=width)

    def _parameter_bars(self, page: bool, width: int) -> Svg:
        blamed = {f.suffers for f in self.alarms}
        bars = []
        for p in self.reading.parameters.values():
            g = p.gradient
            size = 0.0 if g is None else math.nan if g.nans else math.inf if g.infinities else g.norm
            bars.append(Bar(p.name, size, "no gradient" if g is None else "", "yours" if p.name in blamed or g is None else "true"))
        return bar_plot(bars, title="Gradient of each parameter", axis="‖∂L/∂parameter‖", log=True, page=page, width=width)

    def to_dict(self) -> dict:
        return {
            **self.described(), "healthy": self.healthy, "cause": self.cause, "layer": self.layer, "sentence": self.sentence,
            "findings": [plain(f.to_dict()) for f in self.findings], "what_if": [plain(w.to_dict()) for w in self.what_ifs],
            "loss": plain(self.reading.loss), "framework": self.reading.framework, "precision": self.reading.precision,
            "layers": [_layer_dict(x) for x in self.reading.layers], "parameters": [_parameter_dict(p) for p in self.reading.parameters.values()],
            "notes": list(self.notes),
        }  # fmt: skip


def plain(x):
    """Numbers as JSON has them: None for what is no finite number, and its name for an infinity."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, float) and not math.isfinite(x):
        return {"nan": None}.get(str(x), str(x))
    return x


def _layer_dict(x: Layer) -> dict:
    return plain(
        {
            "name": x.name, "kind": x.kind, "operation": x.operation, "inputs": list(x.inputs), "parameters": list(x.parameters), "where": x.where,
            "shape": list(x.value.shape) if x.value else None, "rms": x.value.rms if x.value else None, "mean": x.value.mean if x.value else None,
            "not_finite": x.value.bad if x.value else 0, "gradient": x.gradient.norm if x.gradient else None,
            "gradient_not_finite": x.gradient.bad if x.gradient else 0, "factor": x.factor,
            "saturated": x.slopes.saturated if x.slopes and x.slopes.bounded else None, "dead_units": x.slopes.dead_units if x.slopes else None,
            "units": x.slopes.units if x.slopes else None,
        }
    )  # fmt: skip


def _parameter_dict(p) -> dict:
    return plain(
        {
            "name": p.name, "shape": list(p.value.shape), "norm": p.value.norm, "gradient": p.gradient.norm if p.gradient else None,
            "ratio": p.ratio, "trained": p.trained, "moves": p.moves,
        }
    )  # fmt: skip


def _name(layer: Layer) -> str:
    operation = layer.operation or ""
    last = layer.name.rpartition(".")[2]
    return layer.name if not operation or operation in layer.name or layer.kind in ("linear", "loss") or last.isalpha() and len(last) > 6 else f"{layer.name} {operation}"


def _measured(reading: Reading) -> str:
    """The facts behind "no alarm"."""
    moving = [p for p in reading.parameters.values() if p.trained and p.gradient is not None and p.gradient.norm]
    if not moving:
        return "nothing is learnt here"
    low, high = min(p.gradient.norm for p in moving), max(p.gradient.norm for p in moving)
    return f"{len(moving)} parameter{'s' * (len(moving) != 1)} with gradients from {short(low)} to {short(high)}, all finite"


def _lengths(gradients: list[Values | None]) -> list[int]:
    """How long the bar of each is: on a logarithmic scale from the smallest to the largest, at least one decade, one block for the least."""
    logs = [math.log10(g.norm) if g is not None and g.finite and g.norm else None for g in gradients]
    known = [x for x in logs if x is not None]
    if not known:
        return [0] * len(logs)
    top, low = max(known), min(min(known), max(known) - 2)
    return [0 if x is None else 1 + round((BAR - 1) * (x - low) / (top - low)) for x in logs]
