"""A network: a chain of layers as the function that it is, which every other part takes.

>>> net = network("dense 3, sigmoid, dense 1, mse", input=2)
>>> print(net.text)
z1 = W1 x + b1
a1 = sigmoid(z1)
z2 = W2 a1 + b2
L = ||z2 - y||^2
>>> net.weights
{'W1': (3, 2), 'b1': (3,), 'W2': (1, 3), 'b2': (1,)}
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from ...core.dims import size_text
from ...core.errors import DeclarationError, ParseError
from ...syntax import read
from ...syntax.problem import Problem
from .chain import Item, chain_in
from .initial import samples, started
from .layers import WIDEST, Layer, Writer, known_words, layer_of
from .losses import is_loss

MOST_ROWS = 100_000


class Network(Problem):
    """What `network` returns: a function as read (`Meaning`), to be derived, checked, compiled and diagnosed like any other.

    Attributes
        chain: the layers as they were written; `layers` what became of each; `layer_of` the layer of each step.
        text, declare: the function in the text language, and the shapes of its variables.
        weights: the shape of each parameter by name; `inputs` and `target` the data.
        input, batch: what a sample is, and how many there are.
    """

    def __init__(self, chain: str, written: Writer, input, batch):
        self.declare = ", ".join([f"{name}: {said}" for name, said in written.declared.items()])
        self.__dict__.update(read("\n".join(written.lines), self.declare, "math").__dict__)
        self.chain, self.layers, self.input, self.batch = chain, written.layers, input, batch
        self.layer_of: dict[str, Layer] = {step: layer for layer in written.layers for step in layer.steps}
        self.details = {name: w for name, w in written.weights.items() if name in self.variables}
        self.weights: dict[str, tuple[int, ...]] = {name: w.shape for name, w in self.details.items()}
        self.data: dict[str, tuple[int, ...]] = {name: shape for name, shape in written.data.items() if name in self.variables}
        self._masks = written.masks
        self.name = "network"
        self.notes = [n for n in self.notes if not n.endswith(" acts on each row")]

    @property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter by name: `weights`."""
        return self.weights

    @property
    def signature(self) -> str:
        return f"{self.name}({', '.join(self.variables)})"

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs."""
        return [n for n in self.data if n not in self._masks and n != self.target]

    @property
    def target(self) -> str | None:
        """The name of the targets."""
        return next((n for n in ("y", "Y") if n in self.data), None)

    @property
    def size(self) -> int:
        """How many numbers the parameters are."""
        return sum(map(prod, self.weights.values()))

    def initial(self, seed: int = 0, scheme: str = "xavier", scale: float = 1.0, bias: float = 0.0) -> dict[str, np.ndarray]:
        """Values of the parameters by name, as training starts.

        Parameters
            scheme: of the weights: "xavier", "he", "lecun", their "_uniform" kinds, "orthogonal", "normal", "torch", "zeros".
            scale: what the weights are multiplied by.
            bias: what biases start with; gains start with 1.

        Raises
            DeclarationError: there is no such scheme.
        """
        return started(self.details, seed, scheme, scale, bias)

    def sample(self, seed: int = 0) -> dict[str, np.ndarray]:
        """Inputs, targets and masks to try it on: normal inputs, targets as the loss has them."""
        return samples(self.data, {n: self.variables[n].facts for n in self.data}, self._masks, seed)

    def values(self, seed: int = 0, given: Mapping | None = None, **start) -> dict[str, np.ndarray]:
        """Values of all variables: what is `given`, the rest of `initial` and `sample`."""
        return {**self.initial(seed, **start), **self.sample(seed), **(given or {})}

    def shapes_text(self) -> str:
        return "  ".join(f"{v.name}: {size_text(v.dims)}" for v in self.variables.values())

    def __repr__(self) -> str:
        return f"<Network {self.chain}: {self.size:,} parameters, {self.signature}>"


def network(chain: str, input, batch: int | None = None) -> Network:
    """A chain of layers as a function: "dense 3, sigmoid, dense 1, mse".

    Parameters
        chain: the layers between commas, the loss last. Layers: dense 3, every elementwise function (sigmoid, relu, leaky_relu 0.2 …),
            softmax, layer norm, rms norm, batch norm (affine, where gain and shift are wanted), dropout 0.5, residual(dense 3, relu),
            attention 4 heads 2, mean pool, rnn 4 x 10, conv 3. `3 x (dense 8, relu)` is three times the same. Losses: mse, sse,
            half sse, mae, huber, poisson, hinge, squared hinge, binary cross-entropy, binary cross-entropy with logits,
            cross-entropy and kl divergence of probabilities, softmax cross-entropy of logits.
        input: how many numbers a sample has; (5, 4) for a sequence of 5 places with 4 numbers each.
        batch: how many samples there are: X has a row for each. None: one sample, a vector.

    Returns
        A Network: its `text` names each layer, z1 = W1 x + b1, a1 = σ(z1), … L; every other function takes it.

    Raises
        UnknownNameError: there is no such layer. ParseError, ShapeError, DeclarationError, LimitError: the chain cannot be read, or
            its shapes do not fit.
    """
    items = chain_in(chain)
    width, rows, rows_are = _input(input, batch)
    written = Writer(chain, width, rows, rows_are)
    for position, item in enumerate(items):
        name = layer_of(item)[0]
        last = position == len(items) - 1
        if is_loss(name) and not last:
            raise _misplaced(item, chain, True)
        _refuse_inner_loss(item, chain)
        written.add(item)
        if last and not is_loss(name):
            raise _misplaced(item, chain, False)
    return Network(" ".join(chain.split()), written, input, batch)


def _input(input, batch) -> tuple[int, int | None, str]:
    """(width, rows, what the rows are)."""
    shape = tuple(input) if isinstance(input, (tuple, list)) else (input,)
    whole = lambda n, most: isinstance(n, (int, np.integer)) and not isinstance(n, bool) and 1 <= n <= most
    if len(shape) not in (1, 2) or not all(whole(n, WIDEST) for n in shape) or len(shape) == 2 and shape[0] > MOST_ROWS:
        raise DeclarationError(
            "the input is one size, or two for a sequence", given=f"input={input!r}",
            expected="a positive whole number; (places, numbers) for a sequence", fix="input=2",
        )  # fmt: skip
    if batch is not None and not whole(batch, MOST_ROWS):
        raise DeclarationError("batch is how many samples there are", given=f"batch={batch!r}", expected=f"None, or 1 to {MOST_ROWS:,}", fix="batch=8")
    if len(shape) == 2 and batch is not None:
        raise DeclarationError(
            "a batch of sequences has three axes, and a layer here has two", given=f"input={input!r}, batch={batch}",
            expected="one sequence, or a batch of vectors", fix=f"cr.network(…, input={tuple(shape)})",
        )  # fmt: skip
    if len(shape) == 2:
        return int(shape[1]), int(shape[0]), "sequence"
    return int(shape[0]), None if batch is None else int(batch), "batch"


def _misplaced(item: Item, chain: str, loss: bool) -> ParseError:
    if loss:
        return ParseError("the loss comes last", given=f"{item.text} in {chain}", expected="layers, then one loss")
    return ParseError(
        "the network has no loss", given=chain, expected="a loss at the end, whose gradient comes back", fix=f"{chain.rstrip().rstrip(',')}, mse"
    )


def _refuse_inner_loss(item: Item, chain: str) -> None:
    stack = list(item.block or ())
    while stack:
        inner = stack.pop()
        if is_loss(layer_of(inner)[0]):
            raise _misplaced(inner, chain, True)
        stack.extend(inner.block or ())


__all__ = ["Network", "known_words", "network"]
