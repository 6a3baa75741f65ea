"""A record of one forward and one backward pass, layer by layer: statistics, no arrays, whatever framework computed them.

A reader (of a formula, of PyTorch, of JAX) fills it in; the rules (`findings`) and the what-ifs (`what_if`) read nothing else.
A layer is one operation at one place of the program: a product with a matrix, an activation, a sum, the loss; used twice it
stands here twice. Layers stand in the order in which they were computed. Gradients are of the loss.

    dense W1  →  z1  →  σ  →  a1  →  dense W2  →  loss          value: of the layer's result
                                                                gradient: what comes to it, ∂loss/∂result
                                                                passed: what it sends on to each of its inputs
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from .thresholds import BURIED

SATURATED = 0.05  # of the largest slope: σ beyond |z| = 4.4, tanh beyond 2.2; at standard normal z that are 0.001 % and 3 %
DEAD = 1e-3  # of the largest slope, in every sample: relu below 0, gelu below −4, silu below −9
EXAMPLES = 4  # units that are named

KINDS = {
    "input": "a value from outside: data, targets",
    "linear": "a product with a parameter: dense, convolution, embedding",
    "product": "a product of values: attention's scores, a gate",
    "elementwise": "a function of each entry: an activation, log, sqrt, division",
    "softmax": "softmax or log-softmax",
    "normalisation": "batch, layer, group norm",
    "add": "a sum of values or of value and bias: a residual connection",
    "recurrent": "one step of a recurrent cell",
    "reduce": "a sum, mean or maximum over axes",
    "shape": "the same entries in another place: reshape, slice, concatenate, pooling, dropout",
    "cut": "nothing goes back through it: detach, no_grad, round, argmax",
    "loss": "the loss itself, where it is one operation",
    "other": "anything else",
}


class Values(NamedTuple):
    """What is known of an array: a value, a gradient. Moments are over its finite entries.

    shape       its sizes
    mean, rms, largest  of the entries; `largest` of their absolute values
    norm        √Σx², of the finite entries
    nans, infinities    how many entries are none, or infinite
    first_bad   index of the first such entry
    zeros       share of entries that are exactly 0
    deviation   rms of what distinguishes the samples, x − mean over the batch; None where there is one sample or no batch axis
    samples     how many samples; 1 where there is no batch axis
    smallest    the smallest entry; with `biggest` the range
    """

    shape: tuple[int, ...]
    mean: float
    rms: float
    largest: float
    norm: float
    nans: int = 0
    infinities: int = 0
    first_bad: tuple[int, ...] | None = None
    zeros: float = 0.0
    deviation: float | None = None
    samples: int = 1
    smallest: float = 0.0
    biggest: float = 0.0

    @property
    def bad(self) -> int:
        return self.nans + self.infinities

    @property
    def finite(self) -> bool:
        return not self.bad

    @property
    def std(self) -> float:
        return float(np.sqrt(max(self.rms**2 - self.mean**2, 0.0)))

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))


class Slopes(NamedTuple):
    """The slopes f′ of an elementwise function at the entries of its input.

    top         the largest |f′| that it has anywhere; inf for exp, log, x²
    largest     the largest |f′| at these entries; `rms` their root mean square
    saturated   share of entries whose |f′| is below SATURATED · top
    expected    that share for standard normal inputs: 0 for σ, ½ for relu
    units       how many units (the last axis, or the channels of images)
    saturated_units  units where that holds in every sample; dead_units: where |f′| ≤ DEAD · top in every sample
    examples    indices of some dead units, or else of saturated ones
    nearest     the smallest |input|, where all units are saturated a bound that can be told: |z1| ≥ 8
    bounded     whether the function levels off on both sides (its declared range is bounded)
    buried      how many dead units are far from any sample, beyond BURIED times the size that the arguments of living ones have
    """

    top: float
    largest: float
    rms: float
    saturated: float
    expected: float
    units: int
    saturated_units: int
    dead_units: int
    examples: tuple[int, ...] = ()
    nearest: float = 0.0
    bounded: bool = False
    buried: int = 0


@dataclass
class Layer:
    """One operation at one place of the program.

    Attributes
        name: unique, as people would say it: "z1", "fc2", "blocks.3.attn softmax".
        kind: a key of KINDS.
        operation: name of the declaration in ops, where it is one ("sigmoid", "log"), else what the framework calls it.
        inputs: names of the layers and inputs that it consumes, in order; parameters apart.
        parameters: names of the parameters that it consumes.
        text: how the value is written: "σ(z1)"; `argument` what the function is taken of: "z1". Where the reader knows.
        where: the user's source line, "model.py:34".
        value, gradient: of its result and ∂loss/∂result; no gradient (None) where none arrives.
        passed: what it sends back to each of its inputs, by name; absent where nothing is sent or it is not known.
        slopes: of an elementwise function with one moving argument.
        call: the how manieth use of the same module, parameter or step of time, counted from 1; 0 where there is one only.
        module: what is used several times: "cell", "rnn"; the layers of one recurrence have one name here.
        given: for elementwise functions, what it was given: the values of the input (domain faults are told by this).
        probability: for softmax, and a loss that contains it, the mean over samples of the largest probability.
        keeps: for a cell with a forget gate, the mean share of its state that it keeps.
        kept: for a cut, whether it is the user's word (detach, no_grad, stop_gradient) or a matter of the operation (round, argmax).
    """

    name: str
    kind: str
    operation: str | None = None
    inputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    text: str = ""
    argument: str = ""
    where: str = ""
    value: Values | None = None
    gradient: Values | None = None
    passed: dict[str, Values] = field(default_factory=dict)
    slopes: Slopes | None = None
    call: int = 0
    module: str = ""
    given: Values | None = None
    probability: float | None = None
    keeps: float | None = None
    kept: bool = False

    @property
    def factors(self) -> dict[str, float]:
        """By input, ‖what is sent on‖/‖what came‖: by how much the local Jacobian shrinks or grows this gradient."""
        if self.gradient is None or not self.gradient.norm:
            return {}
        return {name: sent.norm / self.gradient.norm for name, sent in self.passed.items()}

    @property
    def factor(self) -> float | None:
        """The largest of the factors; None where nothing is sent on."""
        return max(self.factors.values(), default=None)


@dataclass
class Parameter:
    """Something that is learnt.

    Attributes
        name: as the user calls it.
        value, gradient: statistics; no gradient (None) where none arrives.
        alike: largest difference between two of its units (rows or columns, whichever are the outputs), relative to the largest
            entry; 0 says that all units start the same. None for vectors and single units.
        gradient_alike: the same of the gradient: whether its units will stay the same after a step.
        radius: of a square matrix, the largest |eigenvalue|; None where it was not computed.
        fan_in, fan_out: how many inputs and outputs a unit has; 0 where it is no matrix.
        moves: whether the loss changes when it is changed, by computation; None where that was not tried.
        trained: whether it is meant to be learnt (`requires_grad`).
    """

    name: str
    value: Values
    gradient: Values | None = None
    alike: float | None = None
    radius: float | None = None
    gradient_alike: float | None = None
    fan_in: int = 0
    fan_out: int = 0
    moves: bool | None = None
    trained: bool = True

    @property
    def ratio(self) -> float | None:
        """‖gradient‖/‖value‖: how much a step of size 1 changes it, relatively."""
        if self.gradient is None or not self.value.norm:
            return None
        return self.gradient.norm / self.value.norm


class Change(NamedTuple):
    """A change to a network that a what-if tries.

    kind        scale: the parameter `at` times `value`; redraw: the parameter drawn anew, normal with deviation `value`;
                zero: the parameter set to 0; move: the parameter plus `value`, relative to its size (is there influence?);
                activation: the layer `at` computes the operation called `value` of the same input;
                normalise: the result of the layer `at` to mean 0 and deviation 1 for each sample, over all else;
                residual: the input of the layer `at` added to its result, where shapes agree;
                clamp: the input of the layer `at` kept at least `value` away from the end of its domain;
                attach: a cut `at` taken back; scale-input: the input `at` standardised over the batch;
                divide-loss: the loss times `value`
    at          name of the parameter, layer or input
    """

    kind: str
    at: str
    value: float | str | None = None


@dataclass
class Reading:
    """One forward and one backward pass.

    Attributes
        layers: in the order in which they were computed; the last one that is no cut gives the loss.
        parameters: by name.
        loss: its value; may be NaN or infinite.
        framework: "formula", "torch", "jax".
        precision: of the numbers, "float32", or the lowest one that was met: "float16".
        notes: what a reader of the answer should know.
        rerun: (Change, …) → the reading of the changed network at the same data and the same random numbers; None where this change
            cannot be made. Of a "move" only the loss is needed. Absent (None) where nothing can be run again.
        strangers: names of parameters that are used and that the model does not know, so that no optimizer is handed them.
    """

    layers: list[Layer]
    parameters: dict[str, Parameter]
    loss: float
    framework: str
    precision: str = "float64"
    notes: list[str] = field(default_factory=list)
    rerun: Callable[..., Reading | None] | None = None
    strangers: tuple[str, ...] = ()

    def layer(self, name: str) -> Layer | None:
        return next((layer for layer in self.layers if layer.name == name), None)

    def users(self, parameter: str) -> list[Layer]:
        """The layers that consume this parameter, in order."""
        return [layer for layer in self.layers if parameter in layer.parameters]


# ------------------------------------------------------------------ statistics of NumPy arrays


def values_of(x, batch_axis: int | None = 0) -> Values:
    """The statistics of an array; samples lie along `batch_axis`, None where there are none."""
    x = np.asarray(x)
    if x.dtype.kind not in "fc":
        x = x.astype(float)
    bad = ~np.isfinite(x)
    nans = int(np.isnan(x).sum())
    index = tuple(int(i) for i in np.argwhere(bad)[0]) if bad.any() else None
    whole = np.where(bad, 0.0, x).astype(float)
    n = max(x.size - int(bad.sum()), 1)
    top = float(np.abs(whole).max(initial=0.0))
    unit = whole / top if top else whole  # squares neither over- nor underflow
    norm = top * float(np.sqrt((unit**2).sum()))
    samples = x.shape[batch_axis] if batch_axis is not None and x.ndim > 0 else 1
    apart = None
    if samples > 1 and not bad.any():
        apart = top * float(np.sqrt(((unit - unit.mean(axis=batch_axis, keepdims=True)) ** 2).mean()))
    fine = x[~bad]
    low, high = (float(fine.min()), float(fine.max())) if fine.size else (0.0, 0.0)
    return Values(
        x.shape, float(whole.sum() / n), norm / float(np.sqrt(n)), top, norm, nans, int(bad.sum()) - nans, index,
        float((x == 0).mean()) if x.size else 0.0, apart, samples, low, high,
    )  # fmt: skip


def slopes_of(slope, x, top: float, expected: float, bounded: bool, unit_axis: int = -1) -> Slopes:
    """The slopes of an elementwise function, from |f′| at each entry and its input `x`; units lie along `unit_axis`."""
    slope = np.abs(np.asarray(slope, dtype=float))
    if not slope.ndim:
        slope, x = slope.reshape(1), np.reshape(x, 1)
    by_unit = np.moveaxis(slope, unit_axis, 0).reshape(slope.shape[unit_axis], -1).max(axis=1, initial=0.0)
    known = np.isfinite(top)
    dead = by_unit <= DEAD * top if known else by_unit == 0
    saturated = by_unit < SATURATED * top if known else dead
    named = np.flatnonzero(dead if dead.any() else saturated)[:EXAMPLES]
    finite = slope[np.isfinite(slope)]
    at = np.broadcast_to(np.abs(np.asarray(x, dtype=float)), slope.shape)
    near = np.moveaxis(at, unit_axis, 0).reshape(len(by_unit), -1)
    size = np.sqrt((near[~dead] ** 2).mean()) if not dead.all() else 0.0
    return Slopes(
        top, float(slope.max(initial=0.0)), _rms(finite),
        float((slope < SATURATED * top).mean()) if known else float((slope == 0).mean()), expected,
        len(by_unit), int(saturated.sum()), int(dead.sum()), tuple(int(i) for i in named),
        float(np.abs(x).min(initial=np.inf)), bounded, int((dead & (near.min(axis=1, initial=np.inf) > BURIED * size)).sum()),
    )  # fmt: skip


def _rms(x: np.ndarray) -> float:
    top = float(x.max(initial=0.0))
    return top * float(np.sqrt(((x / top) ** 2).mean())) if top else 0.0  # squares neither over- nor underflow


def alike_of(matrix, unit_axis: int) -> float | None:
    """The largest difference between a unit of a weight matrix and its first unit, relative to the largest entry; 0: all the same."""
    matrix = np.asarray(matrix, dtype=float)
    if matrix.ndim < 2 or matrix.shape[unit_axis] < 2 or not np.isfinite(matrix).all():
        return None
    rows = np.moveaxis(matrix, unit_axis, 0).reshape(matrix.shape[unit_axis], -1)
    top = float(np.abs(rows).max(initial=0.0))
    return float(np.abs(rows - rows[0]).max(initial=0.0)) / top if top else 0.0
