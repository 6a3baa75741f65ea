"""What one network of the corpus is: how it is made, where it is ill, and of what.

The labels were written before any rule of the diagnosis, and `test_labels.py` proves them with the numbers of autodiff alone.
"""

from collections.abc import Callable
from typing import NamedTuple

# The causes, in the words of the literature.
SATURATED = "saturated activations"
DEAD = "dead units"
EXPLODING = "exploding gradients"
VANISHING = "vanishing gradients"
COLLAPSE = "samples become alike"
NAN = "NaN in the forward pass"
NAN_BACKWARD = "NaN in the backward pass only"
OVERFLOW = "overflow"
DETACHED = "detached"
SYMMETRIC = "symmetric units"
SOFTMAX = "saturated softmax"
HEALTHY = "healthy"


class Item(NamedTuple):
    """A network with values and a batch.

    name      what it is, in a few words
    front     "torch", "jax" or "formula"
    make      () → a Net
    cause     one of the words above
    layers    words of which one stands in the name of the layer that is to blame; () for a healthy one
    also      causes that are as true of it: where values shrink with depth, what distinguishes the samples goes with the gradient
    """

    name: str
    front: str
    make: Callable
    cause: str
    layers: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.front}: {self.name}"


# The words of the diagnosis (chainrule.explain.diagnosis.causes) that say each of them.
SAYS = {
    SATURATED: {"saturated"}, DEAD: {"dead-units"}, EXPLODING: {"exploding"}, VANISHING: {"vanishing"}, COLLAPSE: {"collapse"},
    NAN: {"nan-born", "inf-born"}, NAN_BACKWARD: {"nan-backward"}, OVERFLOW: {"overflow"}, DETACHED: {"detached"},
    SYMMETRIC: {"symmetric", "zero-init"}, SOFTMAX: {"softmax-saturated"},
}  # fmt: skip


def is_named(item: Item, cause: str | None, layer: str | None) -> tuple[bool, bool]:
    """Whether a diagnosis names (the cause, the layer) of an item."""
    accepted = set().union(*[SAYS[c] for c in (item.cause, *item.also)])
    return cause in accepted, any(word in (layer or "") for word in item.layers)


class Net(NamedTuple):
    """What is diagnosed.

    function  an `nn.Module`; a JAX function of (params, *batch); a text
    loss      for a module: a function of (output, target); else None: the function is the loss
    batch     arrays, of which the last is the target where there is a loss; for a text the data by name
    params    pytree of arrays; for a text the values of what is learned, by name
    """

    function: object
    loss: object
    batch: object
    params: object = None
    declare: str | None = None
