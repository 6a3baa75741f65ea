"""The layers that a chain can name: each writes its lines in the text language, with its weights and their shapes.

A sample is a vector, z = Wx + b. A batch, or a sequence, is a matrix with a row for each sample or place, as NumPy has it:
Z = XW + 𝟏bᵀ. Every elementwise operation of `ops` is a layer; nothing here knows one of them by name.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

from ...core.errors import LimitError, ParseError, ShapeError, UnknownNameError, did_you_mean
from ...ops.declare import Elementwise, elementwise_ops, lookup
from .chain import Item

MOST_WEIGHTS = 10_000_000  # numbers in all parameters: 80 MB
MOST_ENTRIES = 10_000_000  # of what a layer puts out
WIDEST = 1_000_000


class Layer(NamedTuple):
    """A layer of a network: as written, its kind, the steps that it became, its weights and the shape that it puts out."""

    text: str
    kind: str
    steps: tuple[str, ...]
    weights: tuple[str, ...]
    shape: tuple[int, ...]


class Weight(NamedTuple):
    """A parameter: its shape, how many numbers come in and go out, and what it starts with: "weight", "bias" or "gain"."""

    name: str
    shape: tuple[int, ...]
    ins: int
    outs: int
    role: str


class Writer:
    """A network being written: `lines` of text, `declared` shapes, the name and shape of what the last layer put out.

    Attributes
        rows: how many rows there are, None for a single vector; `rows_are` "batch" or "sequence".
        block: the number of the affine layer that the next names carry.
    """

    def __init__(self, text: str, width: int, rows: int | None, rows_are: str):
        self.text, self.width, self.rows, self.rows_are = text, width, rows, rows_are
        self.lines: list[str] = []
        self.declared: dict[str, str] = {}
        self.weights: dict[str, Weight] = {}
        self.data: dict[str, tuple[int, ...]] = {}
        self.masks: dict[str, float] = {}  # how much of each is kept
        self.layers: list[Layer] = []
        self.used: dict[str, int] = {}
        self.block = 0
        self.last: object = None  # the declaration of the operation that the last layer was, if it was one
        self.before: object = None  # and of the one before that
        self.now = self.input("x")

    # ---------------------------------------------------------------- names

    def cased(self, letter: str) -> str:
        """The letter as vectors or as matrices have it."""
        return letter.upper() if self.rows is not None else letter

    def named(self, letter: str) -> str:
        """The next name with this letter: z1, a1, z2; capital for rows."""
        number = max(self.block, self.used.get(letter, 0) + 1, 1)
        self.used[letter] = number
        return f"{self.cased(letter)}{number}"

    def input(self, name: str) -> str:
        name = self.cased(name)
        refuse_large(self.shape, self.text)
        self.data[name] = self.shape
        self.declared[name] = self.size
        return name

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.width,) if self.rows is None else (self.rows, self.width)

    @property
    def size(self) -> str:
        return " ".join(map(str, self.shape))

    # ---------------------------------------------------------------- lines

    def line(self, letter: str, formula: str) -> str:
        """A line that names a formula; the name."""
        name = self.named(letter)
        self.lines.append(f"{name} = {formula}")
        return name

    def weight(self, name: str, shape: tuple[int, ...], ins: int, outs: int, role: str) -> str:
        self.weights[name] = Weight(name, shape, ins, outs, role)
        self.declared[name] = " ".join(map(str, shape)) or "scalar"
        total = sum([w.ins * w.outs if w.role == "weight" else w.outs for w in self.weights.values()])
        if total > MOST_WEIGHTS:
            raise LimitError("the network has too many weights", given=f"{total:,} in {self.text[:60]}", expected=f"at most {MOST_WEIGHTS:,}")
        return name

    def matrix(self, name: str, ins: int, outs: int) -> str:
        """A matrix of weights, from `ins` to `outs` numbers."""
        return self.weight(name, (outs, ins) if self.rows is None else (ins, outs), ins, outs, "weight")

    def affine(self, x: str, w: str, b: str | None = None) -> str:
        """W x + b, or X W + 𝟏bᵀ."""
        if self.rows is None:
            return f"{w} {x}" + (f" + {b}" if b else "")
        return f"{x} {w}" + (f" + ones {b}^T" if b else "")

    def scaled(self, x: str, gain: str, shift: str) -> str:
        return f"{gain} .* {x} + {shift}" if self.rows is None else f"{x} diag({gain}) + ones {shift}^T"

    def run(self, items) -> None:
        """Write the layers one after the other."""
        for item in items:
            self.add(item)

    def add(self, item: Item) -> None:
        """Write one layer.

        Raises
            UnknownNameError: there is none of that name. ParseError, ShapeError: it cannot stand here, or its numbers do not fit.
        """
        name, words = layer_of(item)
        steps, weights, inner = len(self.lines), len(self.weights), len(self.layers)
        make = LAYERS.get(name)
        self.before, self.last = self.last, None
        if make is not None:
            make.write(self, item, words)
        else:
            elementwise_layer(self, item, name, words)
        refuse_large(self.shape, item.text)
        written = [line.partition(" = ")[0] for line in self.lines[steps:]]
        own = {s for layer in self.layers[inner:] for s in layer.steps}  # of the layers in its block
        theirs = {w for layer in self.layers[inner:] for w in layer.weights}
        mine = tuple([w for w in list(self.weights)[weights:] if w not in theirs])
        self.layers.append(Layer(item.text, name, tuple([s for s in written if s not in own]), mine, self.shape))


def refuse_large(shape: tuple[int, ...], text: str) -> None:
    """Raises LimitError for an array that is too large to be told of."""
    if prod(shape) > MOST_ENTRIES:
        raise LimitError("a layer is too large", given=f"{text[:60]}: {shape_said(shape)}", expected=f"at most {MOST_ENTRIES:,} numbers in each array")


class Kind(NamedTuple):
    """An entry of the table of layers."""

    write: Callable
    doc: str


LAYERS: dict[str, Kind] = {}
ALIASES: dict[str, str] = {}


def layer(name: str, *aliases: str):
    """Enter a layer in the table."""

    def enter(write):
        LAYERS[name] = Kind(write, (write.__doc__ or "").strip().split("\n")[0])
        ALIASES.update({key(alias): name for alias in (name, *aliases)})
        return write

    return enter


def key(words: str) -> str:
    return words.lower().replace("-", "").replace("_", "").replace(" ", "")


def layer_of(item: Item) -> tuple[str, tuple[str, ...]]:
    """(the name of a layer in the table or in `ops`, the words behind it).

    Raises
        UnknownNameError: there is none of that name.
    """
    known = {key(n): o.name for o in elementwise_ops() if o.values != "01" for n in (o.name, *o.aliases)} | ALIASES
    for count in range(len(item.words), 0, -1):
        found = known.get(key(" ".join(item.words[:count])))
        if found is not None:
            return found, item.words[count:]
    said = " ".join(item.words)
    near = did_you_mean(said, known_words()) or did_you_mean(item.words[0] if item.words else "", known_words())
    raise UnknownNameError(
        f"there is no layer `{said}`", given=item.text,
        expected="dense, an activation, softmax, layer norm, residual(…), attention, rnn … and a loss at the end",
        fix=f"did you mean `{near}`?" if near else "`chainrule backprop --help` names them",
    )  # fmt: skip


def activations() -> list[Elementwise]:
    """The elementwise operations that are layers as they stand: functions of one thing, and of numbers that have defaults."""
    found = [o for o in elementwise_ops() if o.arity == 1 + len(o.defaults) and o.values != "01" and key(o.name) not in ALIASES]
    return [o for o in found if o.derivative is not None or o.define is not None]


def known_words() -> list[str]:
    """All words that name a layer or a loss."""
    return sorted({*LAYERS, *[o.name for o in activations()]})


def elementwise_layer(net: Writer, item: Item, name: str, words: tuple[str, ...]) -> None:
    """An activation, with numbers for its further arguments."""
    declaration = lookup(name)
    nothing_more(item, words)
    least = declaration.arity - 1 - len(declaration.defaults)
    if not least <= len(item.numbers) <= declaration.arity - 1:
        most = declaration.arity - 1
        needed = "no number" if not most else f"{least} to {most} numbers" if least < most else f"{most} number" + "s" * (most > 1)
        raise ParseError(
            f"`{name}` takes {needed} here", given=item.text, expected=f"{name} of one thing, applied to each entry",
            fix=" ".join([name, *["0.1"] * least]) if least else name,
        )  # fmt: skip
    net.now = net.line("a", f"{name}({', '.join([net.now, *map(number, item.numbers)])})")
    net.last = declaration


# ------------------------------------------------------------------ the numbers and words of a layer


def nothing_more(item: Item, words) -> None:
    """Refuse words behind a layer that mean nothing there."""
    if words:
        raise ParseError(f"`{' '.join(words)}` means nothing here", given=item.text, expected="a comma between layers")


def no_numbers(item: Item, words=()) -> None:
    nothing_more(item, words)
    if item.numbers or item.block is not None:
        raise ParseError(f"`{' '.join(item.words)}` takes no numbers", given=item.text, expected=" ".join(item.words))


def counts(item: Item, least: int, most: int, example: str) -> list[int]:
    """The numbers of a layer, as positive whole numbers."""
    if not least <= len(item.numbers) <= most or any(n != int(n) or not 1 <= n <= WIDEST for n in item.numbers):
        many = "a whole number" if most == 1 else f"{least} to {most} whole numbers"
        raise ParseError(f"`{' '.join(item.words[:1])}` takes {many}, 1 to {WIDEST:,}", given=item.text, expected=example, fix=example)
    return [int(n) for n in item.numbers]


def number(x: float) -> str:
    """A number as the text language reads it."""
    return str(int(x)) if x == int(x) and abs(x) < 1e15 else repr(x)


# ------------------------------------------------------------------ the table


@layer("dense", "linear", "affine", "fully connected", "fc")
def dense(net: Writer, item: Item, words) -> None:
    """dense 3: z = Wx + b with 3 outputs; `dense 3 no bias` without b."""
    (width,) = counts(item, 1, 1, "dense 3")
    bare = words in (("no", "bias"), ("without", "bias"))
    if not bare:
        nothing_more(item, words)
    net.block += 1
    k = net.block
    w = net.matrix(f"W{k}", net.width, width)
    b = None if bare else net.weight(f"b{k}", (width,), net.width, width, "bias")
    net.now, net.width = net.line("z", net.affine(net.now, w, b)), width


@layer("softmax")
def softmax(net: Writer, item: Item, words) -> None:
    """softmax: p = softmax(z), of each row."""
    no_numbers(item, words)
    net.now = net.line("p", f"softmax({net.now})")
    net.last = lookup("softmax")


def _normal(net: Writer, item: Item, words, call: str) -> None:
    affine = words == ("affine",)
    if not affine:
        no_numbers(item, words)
    x = f"{call}({net.now})"
    if affine:
        k = max(net.block, 1)
        while f"g{k}" in net.weights:
            k += 1
        gain = net.weight(f"g{k}", (net.width,), net.width, net.width, "gain")
        x = net.scaled(x, gain, net.weight(f"c{k}", (net.width,), net.width, net.width, "bias"))
    net.now = net.line("n", x)


@layer("layer norm", "layer normalization", "layer normalisation", "ln")
def layer_norm(net: Writer, item: Item, words) -> None:
    """layer norm: the entries of a sample, less their mean, over their deviation; `layer norm affine` with gain and shift."""
    _normal(net, item, words, "layernorm")


@layer("rms norm")
def rms_norm(net: Writer, item: Item, words) -> None:
    """rms norm: the entries of a sample over the root of their mean square; `rms norm affine` with gain and shift."""
    _normal(net, item, words, "rmsnorm")


@layer("batch norm", "batch normalization", "batch normalisation", "bn")
def batch_norm(net: Writer, item: Item, words) -> None:
    """batch norm: as layer norm, over the samples of the batch; needs a batch."""
    if net.rows_are != "batch" or net.rows is None:
        raise ShapeError(
            "batch norm needs a batch", given=f"{item.text}, for one sample", expected="several samples", fix="cr.network(…, batch=8), or layer norm"
        )
    _normal(net, item, words, "batchnorm")


@layer("dropout")
def dropout(net: Writer, item: Item, words) -> None:
    """dropout 0.5: entries are kept with probability 1 − 0.5, by a mask m that is data, and scaled up by that."""
    nothing_more(item, words)
    rate = item.numbers[0] if item.numbers else 0.5
    if len(item.numbers) > 1 or not 0 <= rate < 1:
        raise ParseError("dropout takes the share that is dropped, from 0 to below 1", given=item.text, expected="dropout 0.5")
    mask = net.named("m")
    net.data[mask], net.declared[mask], net.masks[mask] = net.shape, f"{net.size} mask01", 1 - rate
    net.now = net.line("d", f"{net.now} .* {mask} / {number(1 - rate)}")


@layer("residual", "skip")
def residual(net: Writer, item: Item, words) -> None:
    """residual(dense 3, relu): x + what the layers in brackets make of x."""
    nothing_more(item, words)
    if item.block is None or item.numbers:
        raise ParseError("residual takes layers in brackets", given=item.text, expected="residual(dense 3, relu)", fix="residual(dense 3, relu)")
    before, shape = net.now, net.shape
    net.run(item.block)
    if net.shape != shape:
        raise ShapeError(
            "the two branches of the residual differ in shape", given=f"{item.text}: {shape_said(shape)} → {shape_said(net.shape)}",
            expected=f"layers that end with {shape[-1]} outputs", fix=f"end them with dense {shape[-1]}",
        )  # fmt: skip
    net.last = None
    net.now = net.line("r", f"{before} + {net.now}")


@layer("attention", "self attention")
def attention(net: Writer, item: Item, words) -> None:
    """attention 4: softmax(QKᵀ/√4)V over the places of a sequence, with 4 numbers in queries, keys and values; `attention 4 heads 2`."""
    if net.rows is None or net.rows_are != "sequence":
        raise ShapeError(
            "attention needs a sequence", given=f"{item.text}, for one vector",
            expected="an input of several places", fix="cr.network(…, input=(5, 4)): 5 places of 4 numbers",
        )  # fmt: skip
    if words not in ((), ("heads",), ("head",)):
        nothing_more(item, words)
    numbers = counts(item, 0, 2, "attention 4 heads 2")
    wide = numbers[0] if numbers else net.width
    heads = numbers[1] if len(numbers) == 2 else 1
    if heads > 26:
        raise ParseError("attention takes at most 26 heads", given=item.text, expected="attention 4 heads 2")
    refuse_large((net.rows, net.rows), item.text)
    net.block += 1
    k, d, x, sums = net.block, net.width, net.now, []
    for head in "abcdefghijklmnopqrstuvwxyz"[:heads] if heads > 1 else [""]:
        q, key_, v = [net.matrix(f"W{letter}{k}{head}", d, wide) for letter in "qkv"]
        for letter, w in (("Q", q), ("K", key_), ("V", v)):
            net.lines.append(f"{letter}{k}{head} = {x} {w}")
        net.lines.append(f"S{k}{head} = Q{k}{head} K{k}{head}^T / sqrt({wide})")
        net.lines.append(f"P{k}{head} = softmax(S{k}{head})")
        whole = f"P{k}{head} V{k}{head}"
        sums.append(whole if heads == 1 else f"{whole} {net.matrix(f'Wo{k}{head}', wide, d)}")
    net.used["p"] = k
    net.now, net.width = net.line("o", " + ".join(sums)), wide if heads == 1 else d


@layer("mean pool", "average pool", "pool")
def mean_pool(net: Writer, item: Item, words) -> None:
    """mean pool: the mean over the places of a sequence, a vector."""
    no_numbers(item, words)
    if net.rows is None or net.rows_are != "sequence":
        raise ShapeError("mean pool needs a sequence", given=item.text, expected="an input of several places", fix="cr.network(…, input=(5, 4))")
    x, net.rows = net.now, None
    net.now = net.line("v", f"colmean({x})")


@layer("rnn", "recurrent")
def rnn(net: Writer, item: Item, words) -> None:
    """rnn 4 x 10: 10 steps h = tanh(Wx + Uh + b) with 4 numbers in h, and the same weights at each; of a sequence, a step a place."""
    usable = [w for w in words if w != "x"]
    activation = usable[0] if len(usable) == 1 else "tanh"
    declaration = lookup(activation)
    if len(usable) > 1 or not isinstance(declaration, Elementwise) or declaration.arity != 1 + len(declaration.defaults):
        near = did_you_mean(activation, [o.name for o in activations()])
        raise UnknownNameError(
            f"`{' '.join(usable)}` is no activation", given=item.text, expected="rnn 4 x 10, or rnn 4 relu x 10",
            fix=f"did you mean `{near}`?" if near else "rnn 4 x 10",
        )  # fmt: skip
    numbers = counts(item, 1, 2, "rnn 4 x 10")
    wide, times = numbers[0], numbers[1] if len(numbers) == 2 else None
    places = net.rows if net.rows_are == "sequence" else None
    fresh = places is None and net.lines == []
    if places is None and times is None:
        raise ParseError("how many steps has the recurrence?", given=item.text, expected="rnn 4 x 10: 10 steps", fix=f"rnn {wide} x 10")
    if places is not None and times not in (None, places):
        raise ShapeError(f"the sequence has {places} places", given=item.text, expected=f"rnn {wide} x {places}", fix=f"rnn {wide}")
    if (places or times) > 400:
        raise LimitError("the recurrence has too many steps", given=item.text, expected="at most 400")
    net.block += 1
    k, d = net.block, net.width
    source = net.now
    if places is not None:
        net.rows = None
    elif fresh:  # each step has an input of its own
        del net.data[source], net.declared[source]
    w, u = net.matrix(f"W{k}", d, wide), net.matrix(f"U{k}", wide, wide)
    b = net.weight(f"b{k}", (wide,), d, wide, "bias")
    h = None
    for t in range(places or times):
        x = f"{source}[{t}]" if places is not None else net.input(f"x{t + 1}") if fresh else source
        recurrent = "" if h is None else f" + {u} {h}" if net.rows is None else f" + {h} {u}"
        s = f"{w} {x}{recurrent} + {b}" if net.rows is None else f"{x} {w}{recurrent} + ones {b}^T"
        net.lines.append(f"{net.cased('s')}{_next(net, 's')} = {s}")
        h = f"{net.cased('h')}{_next(net, 'h')}"
        net.lines.append(f"{h} = {activation}({net.cased('s')}{net.used['s']})")
    if (places or times) == 1:
        del net.weights[u], net.declared[u]  # one step has no step before it
    net.now, net.width, net.last = h, wide, declaration


def _next(net: Writer, letter: str) -> int:
    net.used[letter] = net.used.get(letter, 0) + 1
    return net.used[letter]


@layer("conv", "convolution", "conv1d")
def conv(net: Writer, item: Item, words) -> None:
    """conv 3: z_i = k_0 x_i + k_1 x_{i+1} + k_2 x_{i+2} + c, along one vector, where the kernel fits."""
    nothing_more(item, words)
    (size,) = counts(item, 1, 1, "conv 3")
    if net.rows is not None:
        raise ShapeError("conv acts on one vector", given=f"{item.text}, for {shape_said(net.shape)}", expected="one sample of one channel", fix="cr.network(…, input=8)")
    if size > min(net.width, 200):
        raise ShapeError("the kernel does not fit", given=f"{item.text}, for {net.width} numbers", expected=f"a kernel of at most {min(net.width, 200)}")
    net.block += 1
    k, out, x = net.block, net.width - size + 1, net.now
    kernel = net.weight(f"k{k}", (size,), size, 1, "weight")
    shift = net.weight(f"c{k}", (), size, 1, "bias")
    net.now = net.line("z", " + ".join([f"{kernel}[{j}] {x}[{j}:{j + out}]" for j in range(size)] + [shift]))
    net.width = out


def shape_said(shape) -> str:
    return "×".join(map(str, shape)) or "a number"
