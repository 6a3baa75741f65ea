"""A function and its backward pass as two programs of one: what the second needs of the first is saved.

Both are lowered together, so that an intermediate of the forward pass that a cotangent needs is one value. The backward
pass is cut where it meets the forward pass. What it meets there is saved: arguments, and intermediates such as
p = softmax(z); what costs next to nothing to compute again (a transpose, a sum of saved arrays) is not.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), section 4.3, on what a reverse sweep must remember.
"""

from __future__ import annotations

from typing import NamedTuple

from ..core.node import Node
from ..core.walk import order
from .kinds import VIEWS
from .lower import Lowering
from .names import Names
from .numpy_text import NumPyText
from .program import assumed_sizes
from .schedule import Schedule
from .sizes import sizes_read
from .values import Builder, Value, dim_names, reached

SAME_SIGN = frozenset({"relu"})  # f(x) > 0 exactly where x > 0
CHEAP = frozenset("lin mul div pow cast not choose spread transpose reshape slice einsum".split())


class Text(NamedTuple):
    """One pass as text: the lines that read sizes, those that compute, what is returned by name; and as which names stand
    arguments and sizes in it.
    """

    reading: list[str]
    lines: list[str]
    returned: dict[str, str]
    imports: dict[str, None]
    inputs: dict[str, str]
    sizes: dict[str, str]


class Passes:
    """The two passes of a function, to be printed.

    Attributes
        parameters: of the function, in order, with their dims.
        reserved: names that the text must leave free; to be set before it is printed.
        saved: what the backward pass needs, as (name, dims); arguments first. A size that no saved array shows is
            among `saved_sizes`.
        wrt: the variables whose cotangents are computed.
        cotangent: the name of the cotangent of the value; that of x is called as `bar("x")` says.
    """

    def __init__(self, value: Node, bars: dict[str, Node], cotangent: Node, parameters: list[Node], names: dict[Node, str]):
        nodes = order(value, *bars.values())
        self._sizes = assumed_sizes(nodes)
        lowering = Lowering([value, *bars.values(), *[n for n in names]], self._sizes)
        self.parameters = {p.name: p.dims for p in parameters}
        self.value_dims, self.cotangent, self.wrt = value.dims, cotangent.name, list(bars)
        self._value = lowering.output(value)
        self._bars = {x: lowering.output(node) for x, node in bars.items()}
        self._names = {lowering.output(node): name for node, name in names.items()}
        self._words = {
            form.value: node.attr.name if node.op == "map" else node.attr[0].name
            for node, form in lowering.form_of.items()
            if node.op in ("map", "struct") and form.value is not None
        }
        self._forward = Schedule([self._value])
        met = self._needed()
        self._arguments = [v for v in met if v.op == "input"]
        self._arguments.sort(key=lambda v: list(self.parameters).index(v.params[0]))
        self._kept = sorted([v for v in met if v.op != "input"], key=lambda v: v.serial)
        self._called = self._wished()
        self.saved = [(v.params[0], v.dims) for v in self._arguments] + [(self._called[v], v.dims) for v in self._kept]
        self._transplant()
        self.saved_sizes: list[str] = []
        self.reserved: set[str] = set()

    # ------------------------------------------------------------------ what is saved

    def _needed(self) -> list[Value]:
        """The values of the forward pass at which the backward pass is cut."""
        computed = set(self._forward.order)
        backward = Schedule(list(self._bars.values()))
        self._instead = backward.instead
        met: set[Value] = set()
        seen: set[Value] = set()
        stack = list(self._bars.values())
        while stack:
            v = stack.pop()
            if v in seen:
                continue
            seen.add(v)
            own = v.op == "input" and v.params[0] == self.cotangent
            array = not v.python and v.op not in VIEWS
            if v in computed and array and not own or v.op == "input" and not own:
                met.add(v)
                continue
            stack.extend(backward.args(v))
        for v in sorted(met, key=lambda v: -v.serial):  # the latest first: what it is made of is there, or it stays
            if v.op != "input" and self._is_cheap(v) and all(self._at_hand(a, met) for a in v.args):
                met.discard(v)
        self._stand_ins = {z: y for z, y in self._outputs_for_inputs(met).items() if z in met}
        return sorted(met - self._stand_ins.keys() | set(self._stand_ins.values()), key=lambda v: v.serial)

    def _outputs_for_inputs(self, met: set[Value]) -> dict[Value, Value]:
        """y for z, where y = relu(z) and the backward pass asks of z only whether z > 0: y is needed anyway, or as good."""
        found = {
            v.args[0]: v for v in self._forward.order if v.op == "map" and v.params[0].name in SAME_SIGN and v.args[0] in met
        }
        for v in reached(self._bars.values(), met):
            for a in v.args:
                if a in found and not (v.op == "map" and v.params[0].name == "step"):
                    del found[a]
        return found

    def _is_cheap(self, v: Value) -> bool:
        return v.op in CHEAP and (v.op != "einsum" or len(v.args) == 1) or v.op == "map" and v.mask

    def _at_hand(self, v: Value, met: set[Value]) -> bool:
        return v in met or v.python or v.op in VIEWS and self._at_hand(v.args[0], met)

    def _wished(self) -> dict[Value, str]:
        """Names for what is saved and for the person's own intermediates; several of one kind are numbered."""
        taken = {*self.parameters, self.cotangent, *[f"{x}_bar" for x in self._bars]}
        found = {}
        for v in self._forward.order:
            name = self._names.get(v)
            if name is not None and not v.python and v.op != "input" and name not in taken:
                found[v] = name
                taken.add(name)
        if "value" not in taken and self._value not in found and not self._value.python and self._value.op != "input":
            found[self._value] = "value"
            taken.add("value")
        for v in self._kept:
            if v not in found:
                word = self._words.get(v) or _word(v)
                wished = (word, *[f"{word}{k}" for k in range(1, 1000)])
                found[v] = next(n for n in wished if n not in taken)
                taken.add(found[v])
        return found

    def _transplant(self) -> None:
        """The backward pass, in which what is saved is an argument."""
        b, moved = Builder(self._sizes), {}
        for v in self._arguments:
            moved[v] = b.make("input", v.params, (), v.dims, work=0)
        for v, (name, _) in zip(self._kept, self.saved[len(self._arguments) :]):
            moved[v] = b.make("input", (name,), (), v.dims, mask=v.mask, work=0)
        moved |= {z: moved[y] for z, y in self._stand_ins.items()}
        for v in reached(self._bars.values(), moved):
            moved[v] = b.make(v.op, v.params, tuple([moved[a] for a in v.args]), v.dims, v.python, v.mask, work=0)
        _sum_what_is_there(b, moved)
        self._moved = moved
        self._bars_moved = {x: moved[v] for x, v in self._bars.items()}
        self._backward = Schedule(list(self._bars_moved.values()))
        self._inner = {
            moved[v]: name for v, name in self._names.items() if v in moved and v not in self._forward.uses
        }

    # ------------------------------------------------------------------ as text

    def backward(self, printer=NumPyText) -> Text:
        """The lines that compute the cotangents from what is saved; printed before `forward`, which saves their sizes."""
        names = self._free_names()
        arrays = [*self.saved, (self.cotangent, self.value_dims)]
        inputs = {name: names.fresh(name) for name, _ in arrays}
        sizes = {x: names.fresh(x) for x in self._symbols()}
        called = dict(self._inner)
        for x, v in self._bars_moved.items():
            if v.op != "input":
                called[v] = f"{x}_bar"
        text = printer(self._backward, self._bars_moved, names, inputs, sizes, False, called)
        read = sizes_read(text.dims_used, [(inputs[n], dims) for n, dims in arrays], sizes)
        self.saved_sizes = read.asked
        return Text(read.lines, text.lines, text.returned, text.imports, inputs, sizes)

    def forward(self, printer=NumPyText) -> Text:
        """The lines that compute the value and what is saved."""
        names = self._free_names()
        inputs = {name: names.fresh(name) for name in self.parameters}
        sizes = {x: names.fresh(x) for x in self._symbols()}
        outputs = {"value": self._value, **{self._called[v]: v for v in self._kept}}
        schedule = Schedule(list(outputs.values()))
        called = {v: name for v, name in self._called.items() if v in schedule.uses}
        text = printer(schedule, outputs, names, inputs, sizes, False, called)
        used = dict.fromkeys([*text.dims_used, *self.saved_sizes])
        read = sizes_read(used, [(inputs[n], dims) for n, dims in self.parameters.items() if dims], sizes)
        self.unknown_sizes = read.asked
        returned = text.returned | {self._called[v]: text.name[v] for v in self._kept}
        returned |= {v.params[0]: inputs[v.params[0]] for v in self._arguments}
        return Text(read.lines, text.lines, returned, text.imports, inputs, sizes)

    def _free_names(self) -> Names:
        names = Names()
        names.taken |= self.reserved
        return names

    def _symbols(self) -> list[str]:
        return sorted({x for s in (self._forward, self._backward) for v in s.order for x in dim_names(v)})


def _sum_what_is_there(b: Builder, moved: dict[Value, Value]) -> None:
    """Σ a·c as the sum of a ∘ c, where that product is needed anyway, as in b_bar beside W_bar."""
    products = {(v.params, frozenset(map(_number, v.args))): v for v in moved.values() if v.op == "mul"}
    for old, v in moved.items():
        if v.op != "einsum" or len(v.args) != 2:
            continue
        (left, right), out = v.params
        rank = len(left)
        if left != right or len(set(left)) < rank or list(out) != [x for x in left if x in out]:
            continue
        axes = tuple(range(rank))
        product = products.get(((axes, axes), frozenset(map(_number, v.args))))
        if product is not None and not product.mask:
            moved[old] = b.make("sum", (tuple([t for t in axes if left[t] not in out]),), (product,), v.dims, work=0)


def _number(v: Value) -> Value:
    """A mask for the same mask as numbers."""
    return v.args[0] if v.op == "cast" else v


def _word(v: Value) -> str:
    """What a saved intermediate without a name of its own is called."""
    if v.op in ("map", "struct"):
        return v.params[0].name
    return {"exp": "powers", "log": "logs", "sum": "total", "max": "top", "inv": "inverse", "div": "ratio"}.get(v.op, "z")
