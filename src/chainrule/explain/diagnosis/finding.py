"""A finding, and the graph in which rules look for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from ..place import figure
from .causes import CAUSES
from .record import Change, Layer, Parameter, Reading

LISTED = 3  # names in a sentence


@dataclass
class Finding:
    """One thing that is the matter.

    Attributes
        cause: a word of CAUSES.
        layer: name of the layer, parameter or input to blame.
        sentence: what is the matter, with numbers.
        severity: "alarm", or "note" for what a reader should know of a network that may be healthy.
        numbers: what the sentence rests on, by name.
        layers: all layers to which it applies, that one among them.
        suffers: name of a parameter that suffers, whose gradient what-ifs compare.
        changes: what a what-if may try; several in a tuple are tried together.
        along: where no single layer is to blame, but a stretch of them, its ends; `layer` is then the one that does most.
    """

    cause: str
    layer: str
    sentence: str
    severity: str = "alarm"
    numbers: dict[str, float] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    suffers: str | None = None
    changes: tuple[Change | tuple[Change, ...], ...] = ()
    along: str = ""

    @property
    def title(self) -> str:
        """Where and what, in few words."""
        return f"{self.along or label(self.layer)}: {self.cause.replace('-', ' ')}"

    @property
    def advice(self) -> str:
        return CAUSES[self.cause].helps

    def to_dict(self) -> dict:
        return {
            "cause": self.cause, "layer": self.layer, "sentence": self.sentence, "severity": self.severity, "advice": self.advice,
            "layers": list(self.layers or (self.layer,)), "numbers": self.numbers,
        }  # fmt: skip


class Graph:
    """A record with its edges in both directions."""

    def __init__(self, reading: Reading):
        self.reading, self.layers, self.parameters = reading, reading.layers, reading.parameters
        self.by_name = {layer.name: layer for layer in self.layers}
        self.place = {layer.name: k for k, layer in enumerate(self.layers)}

    @cached_property
    def consumers(self) -> dict[str, list[Layer]]:
        found: dict[str, list[Layer]] = {layer.name: [] for layer in self.layers}
        for layer in self.layers:
            for name in dict.fromkeys(layer.inputs):
                found.setdefault(name, []).append(layer)
        return found

    @property
    def last(self) -> Layer | None:
        """The layer that gives the loss."""
        return self.layers[-1] if self.layers else None

    @cached_property
    def moving(self) -> list[Layer]:
        """Layers that a gradient reaches, in order."""
        return [layer for layer in self.layers if layer.gradient is not None and layer.kind != "input"]

    def inputs(self, layer: Layer) -> list[Layer]:
        return [self.by_name[n] for n in layer.inputs if n in self.by_name]

    def weights(self, layer: Layer) -> list[Parameter]:
        return [self.parameters[n] for n in layer.parameters if n in self.parameters]

    def matrix(self, layer: Layer) -> Parameter | None:
        """The weight of a linear layer: its parameter with most axes."""
        return max([p for p in self.weights(layer) if len(p.value.shape) > 1], key=lambda p: p.value.size, default=None)

    def before(self, layer: Layer, without: str = "") -> set[str]:
        """The layer and all from which it is computed; `without` one: all that is not only reached through that one."""
        found, todo = {layer.name}, [layer]
        while todo:
            for one in self.inputs(todo.pop()):
                if one.name not in found and one.name != without:
                    found.add(one.name)
                    todo.append(one)
        return found

    def after(self, names: Iterable[str]) -> set[str]:
        """These layers and all that are computed from them."""
        found = set(names)
        todo = list(found)
        while todo:
            for one in self.consumers.get(todo.pop(), ()):
                if one.name not in found:
                    found.add(one.name)
                    todo.append(one.name)
        return found

    def source(self, layer: Layer, kinds: tuple[str, ...] = ("linear", "recurrent", "product")) -> Layer | None:
        """The nearest layer of these kinds from which this one is computed, along first inputs."""
        seen: set[str] = set()
        while layer is not None and layer.name not in seen:
            seen.add(layer.name)
            layer = next(iter(self.inputs(layer)), None)
            if layer is not None and layer.kind in kinds:
                return layer
        return None

    def is_output(self, layer: Layer) -> bool:
        """Whether nothing that is learnt comes after it: what it gives is the network's answer."""
        return not any(self.by_name[n].parameters for n in self.after([layer.name]) if n != layer.name)

    def below(self, layer: Layer) -> Parameter | None:
        """The first weight matrix, in order of computation, that gets its gradient through this layer."""
        names = self.before(layer)
        for one in self.layers:
            if one.name in names and one.kind != "cut":
                matrix = self.matrix(one)
                if matrix is not None and matrix.trained:
                    return matrix
        return None

    def bias(self, layer: Layer) -> Parameter | None:
        """The bias that is added just before a layer, if there is one."""
        at: Layer | None = layer
        for _ in range(4):
            at = next(iter(self.inputs(at)), None) if at is not None else None
            if at is None:
                return None
            vectors = [p for p in self.weights(at) if len(p.value.shape) == 1]
            if at.kind in ("linear", "add") and vectors:
                return vectors[-1]
            if at.kind == "linear":
                return None
        return None


def called(layer: Layer) -> str:
    """A layer in a sentence: fc2 (sigmoid, model.py:34)."""
    aside = [part for part in (layer.operation if layer.operation and layer.operation not in layer.name else "", layer.where) if part]
    name = layer.text or label(layer.name)
    return f"{name} ({', '.join(aside)})" if aside else name


def label(name: str) -> str:
    """A name in a sentence; those of an nn.Sequential are numbers."""
    return f"layer {name}" if name.isdigit() else name


def prime(layer: Layer) -> str:
    """The slope of an elementwise layer as it is written: σ′(z1)."""
    if layer.argument and layer.text:
        head = layer.text.partition("(")[0]
        return f"{head}′({layer.argument})"
    return f"{layer.operation}′ at {label(layer.name)}" if layer.operation != layer.name else f"{layer.operation}′"


def argument(layer: Layer) -> str:
    """What an elementwise layer is taken of: z1."""
    return layer.argument or "input"


def several(names: Iterable[str]) -> str:
    """Names in a sentence: act1, act2, act3 and 4 more."""
    names = [label(name) for name in names]
    if len(names) <= LISTED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:LISTED])} and {len(names) - LISTED} more"


def norm_of(parameter: Parameter | None) -> str:
    """‖∂W1‖ = 3.1e−4."""
    if parameter is None:
        return ""
    size = 0.0 if parameter.gradient is None else parameter.gradient.norm
    return f"‖∂{parameter.name}‖ = {short(size)}"


def short(x: float) -> str:
    return figure(x, 2)
