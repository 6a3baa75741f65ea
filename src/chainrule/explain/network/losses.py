"""The losses that end a chain of layers: each writes the last line, and says what the targets are.

A mean is over all entries, outputs and samples alike; the cross-entropies of classes are means over samples.
"""

from __future__ import annotations

from math import prod

from ...core.errors import ParseError, ShapeError
from ...ops.declare import CLOSED01
from ...ops.losses import RESIDUAL_LOSSES
from .chain import Item
from .layers import LAYERS, Writer, key, layer, no_numbers, nothing_more, number

LOSSES: dict[str, str] = {}  # name: what is declared of the targets


def loss(name: str, *aliases: str, targets: str = ""):
    """Enter a loss in the table of layers; `targets` are the facts of y."""

    def enter(formula):
        def write(net: Writer, item: Item, words) -> None:
            text = formula(net, item, words, *_targets(net, targets))
            net.lines.append(f"L = {text}")
            net.now = "L"

        write.__doc__ = formula.__doc__
        LOSSES[name] = targets
        return layer(name, *aliases)(write)

    return enter


def _targets(net: Writer, facts: str) -> tuple[str, str]:
    """(the outputs, the targets) by name."""
    y = net.cased("y")
    net.data[y], net.declared[y] = net.shape, f"{net.size} {facts}".strip()
    return net.now, y


def _over(text: str, count: int) -> str:
    return text if count == 1 else f"{text}/{count}"


def _squares(net: Writer, z: str, y: str) -> str:
    return f"||{z} - {y}||^2" if net.rows is None else f"||{z} - {y}||_F^2"


def _rows(net: Writer) -> int:
    return net.rows or 1


# ------------------------------------------------------------------ of numbers


@loss("mse", "mean squared error", "l2 loss")
def mse(net, item, words, z, y) -> str:
    """mse: the mean of (z − y)² over all entries."""
    no_numbers(item, words)
    return _over(_squares(net, z, y), prod(net.shape))


@loss("sse", "sum of squares", "squared error")
def sse(net, item, words, z, y) -> str:
    """sse: the sum of (z − y)²."""
    no_numbers(item, words)
    return _squares(net, z, y)


@loss("half sse", "half squared error")
def half_sse(net, item, words, z, y) -> str:
    """half sse: ½ of the sum of (z − y)²."""
    no_numbers(item, words)
    return _squares(net, z, y) + "/2"


@loss("mae", "mean absolute error", "l1 loss")
def mae(net, item, words, z, y) -> str:
    """mae: the mean of |z − y|."""
    no_numbers(item, words)
    return f"mean(abs({z} - {y}))"


@loss("poisson", "poisson nll", targets="counts")
def poisson(net, item, words, z, y) -> str:
    """poisson: the mean of eᶻ − yz, for counts y and the logarithm z of their rate."""
    no_numbers(item, words)
    return f"mean(exp({z}) - {y} .* {z})"


for _declaration in RESIDUAL_LOSSES:

    def _of_residual(net, item, words, z, y, declared=_declaration) -> str:
        nothing_more(item, words)
        if len(item.numbers) > declared.arity - 1:
            raise ParseError(f"`{declared.name}` takes one number at most", given=item.text, expected=f"{declared.name} 1")
        return f"mean({declared.name}({', '.join([f'{z} - {y}', *map(number, item.numbers)])}))"

    _of_residual.__doc__ = f"{_declaration.name}: the mean of {_declaration.name}(z − y): {_declaration.doc}"
    loss(_declaration.name, f"{_declaration.name} loss")(_of_residual)


# ------------------------------------------------------------------ of two classes


@loss("binary cross-entropy", "bce", targets="labels01")
def binary_cross_entropy(net, item, words, p, y) -> str:
    """binary cross-entropy: the mean of −y log p − (1 − y) log(1 − p), for probabilities p: behind a sigmoid."""
    no_numbers(item, words)
    _probabilities(net, item, "binary cross-entropy with logits")
    return f"-mean({y} .* log({p}) + (1 - {y}) .* log(1 - {p}))"


@loss("binary cross-entropy with logits", "bce with logits", "logistic loss", targets="labels01")
def binary_with_logits(net, item, words, z, y) -> str:
    """binary cross-entropy with logits: the mean of log(1 + eᶻ) − yz; the sigmoid is in it."""
    no_numbers(item, words)
    return f"mean(softplus({z}) - {y} .* {z})"


@loss("hinge", targets="labelspm1")
def hinge(net, item, words, z, y) -> str:
    """hinge: the mean of max(0, 1 − yz), for labels −1 and 1."""
    no_numbers(item, words)
    return f"mean(max(0, 1 - {y} .* {z}))"


@loss("squared hinge", targets="labelspm1")
def squared_hinge(net, item, words, z, y) -> str:
    """squared hinge: the mean of max(0, 1 − yz)²."""
    no_numbers(item, words)
    return f"mean(max(0, 1 - {y} .* {z}) .^ 2)"


# ------------------------------------------------------------------ of several classes


@loss("softmax cross-entropy", "cross-entropy with logits", "softmax ce", targets="onehot")
def softmax_cross_entropy(net, item, words, z, y) -> str:
    """softmax cross-entropy: −yᵀ log softmax(z), its mean over samples; the softmax is in it."""
    no_numbers(item, words)
    return _over(f"-sum({y} .* log_softmax({z}))", _rows(net))


@loss("cross-entropy", "categorical cross-entropy", "ce", targets="onehot")
def cross_entropy(net, item, words, p, y) -> str:
    """cross-entropy: −yᵀ log p, its mean over samples, for probabilities p: behind a softmax."""
    no_numbers(item, words)
    _probabilities(net, item, "softmax cross-entropy")
    return _over(f"-sum({y} .* log({p}))", _rows(net))


@loss("kl divergence", "kl", targets="prob")
def kl_divergence(net, item, words, p, y) -> str:
    """kl divergence: yᵀ(log y − log p), its mean over samples, for probabilities p: behind a softmax."""
    no_numbers(item, words)
    _probabilities(net, item, "softmax cross-entropy")
    return _over(f"sum({y} .* (log({y}) - log({p})))", _rows(net))


def _probabilities(net: Writer, item: Item, instead: str) -> None:
    """Refuse a loss of probabilities where the outputs can be anything: what the declaration of the last layer says of its range."""
    found = getattr(net.before, "range", None)
    if found is None or found.low < CLOSED01.low or found.high > CLOSED01.high:
        raise ShapeError(
            f"{item.text} needs probabilities", given=f"the outputs {net.now}, which may be any numbers",
            expected="a layer whose values are between 0 and 1 before it, as sigmoid or softmax", fix=instead,
        )  # fmt: skip


def is_loss(name: str) -> bool:
    return key(name) in {key(n) for n in LOSSES} and name in LAYERS
