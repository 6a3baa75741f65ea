"""PyTorch source for a schedule of values: the NumPy printer with what is spelled otherwise in PyTorch.

Functions are those of the `torch` templates of the declarations. New tensors take their type and device from the first
argument, so that the program computes as its arguments are, on the CPU or a GPU. Masks are tensors of bools, which
PyTorch multiplies with numbers but does not contract with them.
"""

from __future__ import annotations

from ..core.dims import Dim
from .kinds import CONTRACTIONS
from .numpy_text import NumPyText
from .spelling import ATOM, MUL, axis_text, transposed
from .values import Value



class TorchText(NumPyText):
    """Prints a schedule as a program of torch."""

    np = "torch"
    overwrites = False  # a new tensor costs little in an allocator that keeps memory
    spells_floats = False

    def __init__(self, schedule, *arguments, **more):
        self.below = _inputs_below(schedule)
        super().__init__(schedule, *arguments, **more)

    @property
    def _dtype(self) -> str:
        first = self._first()
        return "torch.float64" if first is None else f"{first}.dtype"

    @property
    def _like(self) -> str:
        """Type and device of new tensors, as keywords."""
        first = self._first()
        return f"dtype={self._dtype}" + (f", device={first}.device" if first else "")

    def _first(self) -> str | None:
        """An argument that is a tensor of numbers, with axes if one has them: PyTorch's rules of types go by these."""
        found = [v for v in self.s.order if v.op == "input" and not v.mask]
        return next((self.inputs[v.params[0]] for v in sorted(found, key=lambda v: not v.dims)), None)

    def _emit(self, v: Value) -> None:
        self.contracting = self.s.op(v) in CONTRACTIONS and not v.mask
        super()._emit(v)

    def _arg(self, v: Value, level: int = 0) -> str:
        if v.mask and self.contracting:
            return f"{super()._arg(v, ATOM)}.to({self._dtype})"
        return super()._arg(v, level)

    def _term(self, c, x: Value, axes: tuple, rank: int, *level: int) -> str:
        if c != 1 and self._begins_with_mask(x):  # a number times bools is of PyTorch's default type, float32
            return f"{self._digits(c)[0]} * {self._laid(x, axes, rank, ATOM)}"
        return super()._term(c, x, axes, rank, *level)

    def _mul(self, v: Value) -> tuple[str, int]:
        for (number, x), axes in zip((v.args, v.args[::-1]), v.params[::-1]):
            if number.python and self._begins_with_mask(x):
                return f"{self._arg(number, MUL)} * {self._laid(x, axes, len(v.dims), ATOM)}", MUL
        return super()._mul(v)

    def _begins_with_mask(self, x: Value) -> bool:
        return x.mask or x in self.waiting and x.op in ("mul", "div") and any([self._begins_with_mask(a) for a in x.args])

    def _template(self, declaration) -> str | None:
        return declaration.torch

    # ------------------------------------------------------------------ numbers, and masks as numbers

    def _scalar(self, text: str) -> str:
        return f"torch.tensor({text}, {self._like})"

    def _filled(self, v: Value, i: int, text: str) -> str:
        a, template = v.args[i], self._template(v.params[0])
        if v.params[0].name == "where":
            if i == 1 and v.args[1].python and v.args[2].python:  # of two numbers the type would be float32
                return self._scalar(text)
            return text if i or a.mask else f"({text} != 0)"
        if template.startswith("torch.clamp") and i and v.args[1].python and v.args[2].python:
            return text  # both bounds are numbers, or both are tensors
        calls = template.startswith(("torch.", "(torch.")) or not v.dims
        return self._scalar(text) if a.python and calls else text

    def _cast(self, v: Value) -> tuple[str, int]:
        return f"{self._arg(v.args[0], ATOM)}.to({self._dtype})", ATOM

    # ------------------------------------------------------------------ contractions and reductions

    def _tensordot(self, v: Value) -> tuple[str, int]:
        (a, c), (over_a, over_c) = v.args, v.params
        return f"torch.tensordot({self._arg(a)}, {self._arg(c)}, dims=({list(over_a)}, {list(over_c)}))", ATOM

    def _einsum(self, v: Value) -> tuple[str, int]:
        (left, *right), out = v.params
        if right == [left] and len(set(left)) == len(left) and list(out) == [x for x in left if x in out]:
            dims = [t for t, x in enumerate(left) if x not in out]  # torch.einsum takes half as long again for these
            a, c = (self._arg(x, MUL) for x in v.args)
            return f"({a} * {c}).sum(dim={dims[0] if len(dims) == 1 else tuple(dims)})", ATOM
        return super()._einsum(v)

    def _sum(self, v: Value) -> tuple[str, int]:
        return f"{self._arg(v.args[0], ATOM)}.sum({_dim_text(v)})", ATOM

    def _max(self, v: Value) -> tuple[str, int]:
        return f"{self._arg(v.args[0], ATOM)}.amax({_dim_text(v)})", ATOM

    def _cumsum(self, v: Value) -> tuple[str, int]:
        axis, reverse = v.params
        x = self._arg(v.args[0])
        if not reverse:
            return f"torch.cumsum({x}, dim={axis})", ATOM
        return f"torch.flip(torch.cumsum(torch.flip({x}, [{axis}]), dim={axis}), [{axis}])", ATOM

    # ------------------------------------------------------------------ new tensors

    def _turned(self, order: tuple) -> str:
        return transposed(order) if len(order) < 3 else _permuted(order)

    def _filling(self, word: str, *sizes: str) -> str:
        return f"torch.{word}({', '.join([*sizes, self._like])})"

    def _full(self, shape: str, x: Value) -> str:
        if x.python:
            return f"torch.full({shape}, {self._arg(x)}, {self._like})"
        return f"{self._arg(x, ATOM)}.expand({shape}).clone()"

    def _copied(self, text: str) -> str:
        return f"{text}.clone()"

    def _new(self, text: str, kind: str = "") -> str:
        return f"({text}).clone()"

    def _must_be_named(self) -> set[Value]:
        return super()._must_be_named().union(*[self._filled_like(v) for v in self.s.order if v.op == "assemble"])

    def _filled_like(self, v: Value) -> list[Value]:
        """Parts of an array filled piece by piece that together depend on all that its pieces depend on."""
        axes, _ = v.params
        pieces = [x for x in v.args[axes is not None :] if not x.python]
        found, known = [], self.below[v.args[0]] if axes is not None else 0
        for x in sorted(pieces, key=lambda x: (-self.below[x].bit_count(), x.serial)):
            if self.below[x] & ~known:
                found.append(x)
                known |= self.below[x]
        return found

    def _base(self, v: Value, axes: tuple | None) -> str:
        """New tensors are made of the pieces: under `vmap` they then have its axis, if one of these has it."""
        parts = self._filled_like(v)
        if axes is None and parts:
            name, (first, *parts) = self._fresh(v), parts
            self._line(f"{name} = {self._arg(first, ATOM)}.new_zeros({self._shape(v.dims)})", v)
        else:
            name = super()._base(v, axes)
        for x in parts:
            self._line(f"{name} = {name} + {self._arg(x, ATOM)}.new_zeros(())  # mapped over what is mapped there")
        return name

    def _spread_into(self, name: str, v: Value, text: str, kind: str) -> None:
        if v.args[0].python:
            self._line(f"{name} = torch.full({self._shape(v.dims)}, {text}, {self._like})", v)
        else:
            self._line(f"{name} = torch.broadcast_to({text}, {self._shape(v.dims)}).clone()", v)

    def _constant(self, v: Value) -> tuple[str, int]:
        kind, params = v.params
        sizes = [self._dim(d) for d in v.dims]
        if kind == "tril":
            return f"torch.tril({self._filling('ones', *sizes)}, {params[0]})", ATOM
        if kind == "merge":
            return f"{self._filling('eye', sizes[2])}.reshape({', '.join(sizes)})", ATOM
        start, step = params
        at = self._dim(start) if isinstance(start, Dim) else str(start)
        device = self._like.partition(", ")[2]
        columns, rows = (f"torch.arange({', '.join(filter(None, [n, device]))})" for n in sizes[::-1])
        return f"({columns} == {at} + {step} * {rows}[:, None]).to({self._dtype})", ATOM


class TorchBackwardText(TorchText):
    """Prints cotangents as the backward of a `torch.autograd.Function`: what no argument needs is not computed.

    `places` are the positions of the variables among the arguments. Each cotangent ends in a variable of its own.
    """

    def __init__(self, schedule, outputs, names, inputs, sizes, analytic=False, called=None, *, places: dict[str, int]):
        self.places, self.condition = places, frozenset(outputs)
        self.asking = _asking(schedule, outputs)
        self.finals = {x: names.fresh(f"{x}_bar") for x in outputs}
        names.taken -= set(self.finals.values())
        super().__init__(schedule, outputs, names, inputs, sizes, analytic, called)
        for x in list(outputs):
            if self.returned[x] != self.finals[x]:
                self._enter(frozenset([x]))
                self._line(f"{self.finals[x]} = {self.returned[x]}", None if outputs[x] in self.called else outputs[x])
        self.returned = self.finals

    def _order(self) -> list[Value]:
        """What more cotangents need comes first, so that each condition is written once."""
        return sorted(self.s.order, key=lambda v: (-len(self.asking[v]), sorted(self.asking[v]), v.serial))

    def _emit(self, v: Value) -> None:
        self.entering = self.asking[v]
        super()._emit(v)

    def _enter(self, condition: frozenset) -> None:
        self.entering = condition

    def _line(self, text: str, v: Value | None = None) -> None:
        inside = self.entering
        if inside != self.condition and len(inside) < len(self.places):
            places = sorted([self.places[x] for x in inside])
            asked = " or ".join([f"ctx.needs_input_grad[{k}]" for k in places])
            if len(places) > 3:
                asked = f"any([ctx.needs_input_grad[k] for k in {tuple(places)}])"
            self.lines.append(f"if {asked}:")
        self.condition = inside
        before = len(self.lines)
        super()._line(text, v)
        if len(inside) < len(self.places):
            self.lines[before:] = ["    " + line for line in self.lines[before:]]


def _inputs_below(schedule) -> dict[Value, int]:
    """For each value the arguments that it depends on, as bits."""
    found: dict[Value, int] = {}
    for k, v in enumerate(schedule.order):
        found[v] = 1 << k if v.op == "input" else 0
        for a in schedule.args(v):
            found[v] |= found[a]
    return found


def _asking(schedule, outputs: dict[str, Value]) -> dict[Value, frozenset[str]]:
    """For each value the cotangents that need it."""
    found: dict[Value, set[str]] = {v: set() for v in schedule.order}
    for x, v in outputs.items():
        found[v].add(x)
    for v in reversed(schedule.order):
        for a in schedule.args(v):
            found[a] |= found[v]
    return {v: frozenset(xs) for v, xs in found.items()}


def _dim_text(v: Value) -> str:
    return axis_text(v).replace("axis=", "dim=")


def _permuted(order: tuple) -> str:
    """The suffix that reorders three axes or more."""
    return "" if order == tuple(range(len(order))) else f".permute({', '.join(map(str, order))})"
