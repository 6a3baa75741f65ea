"""The typed tree as nodes of the tensor graph."""

from __future__ import annotations

from typing import NamedTuple

from ..core import algebra, shaping
from ..core.dims import Dim, as_dim
from ..core.errors import ShapeError
from ..core.node import Node, size, structured, symbol
from ..core.product import product
from ..core.sums import linear_sum
from .sizes import find, spelled
from .typed import Typed, order, rational

LONG_CHAIN = 40  # longer products are built in pieces


class Lowered(NamedTuple):
    """The result, the symbols it was built from, and the named intermediates, all as nodes."""

    node: Node
    symbols: dict[str, Node]
    lets: dict[str, Node]


def known(size_) -> Dim:
    """The Dim that an inferred size is.

    Raises ShapeError if nothing determines it, as for `ones` in sum(ones).
    """
    found = find(size_)
    if type(found) is not Dim:
        raise ShapeError(
            "the size of a constant is not determined", given=f"a constant of size {spelled([found])}",
            expected="something that `ones`, `I` or an index fits to", fix="ones(n) and eye(n) name the size",
        )  # fmt: skip
    return found


class Lowering:
    """Builds nodes; every typed node is built once."""

    def __init__(self, symbols: dict[str, Node]):
        self.symbols = symbols
        self.lets: dict[str, Node] = {}
        self.done: dict[int, Node] = {}

    def node(self, typed: Typed) -> Node:
        found = self.done.get(id(typed))
        if found is None:
            for each in order([typed], self.done):
                found = self.done[id(each)] = LOWERINGS[each.kind](self, each)
        return found

    def name(self, name: str, typed: Typed) -> None:
        """Let the symbol `name` stand for `typed` in all that is built from now on."""
        self.done[id(typed)] = symbol(name, self.dims(typed))

    def dims(self, typed: Typed) -> tuple[Dim, ...]:
        return tuple([known(d) for d in typed.axes])

    def const(self, typed: Typed) -> Node:
        return algebra.number(typed.info)

    def size(self, typed: Typed) -> Node:
        return size(known(typed.info))

    def var(self, typed: Typed) -> Node:
        return self.symbols[typed.info]

    def let(self, typed: Typed) -> Node:
        return self.lets[typed.info]

    def chain(self, typed: Typed) -> Node:
        labels, exponents, out, sizes = typed.info
        coef, operands = 1, []
        for arg, marks, exponent in zip(typed.args, labels, exponents):
            number = rational(arg)
            if number is not None and exponent == 1:
                coef = coef * number
            else:
                operands.append((self.node(arg), marks, exponent))
        loose = {x: known(sizes[x]) for x in out if not any(x in marks for _, marks, _ in operands)}
        if len(operands) > LONG_CHAIN:
            operands = self.shortened(operands, out)
        return product(coef, operands, out, loose)

    def shortened(self, operands: list, out: tuple) -> list:
        """A long product in pieces: each piece keeps the labels that others or the result need."""
        pieces = [operands[i : i + LONG_CHAIN] for i in range(0, len(operands), LONG_CHAIN)]
        where: dict = {}
        for at, piece in enumerate(pieces):
            for _, marks, _ in piece:
                for x in marks:
                    where.setdefault(x, set()).add(at)
        found = []
        for at, piece in enumerate(pieces):
            kept = tuple(dict.fromkeys([x for _, marks, _ in piece for x in marks if x in out or len(where[x]) > 1]))
            found.append((product(1, piece, kept), kept, 1))
        return found if len(found) <= LONG_CHAIN else self.shortened(found, out)

    def sum(self, typed: Typed) -> Node:
        dims = self.dims(typed)
        terms = []
        for coef, arg in zip(typed.info, typed.args):
            node = self.node(arg)
            terms.append((coef, node if node.dims == dims else algebra.broadcast(node, dims, ())))
        return linear_sum(terms, dims)

    def pow(self, typed: Typed) -> Node:
        base, exponent = typed.args
        return algebra.power(self.node(base), self.node(exponent))

    def map(self, typed: Typed) -> Node:
        return typed.info(*[self.node(arg) for arg in typed.args])

    def struct(self, typed: Typed) -> Node:
        declaration, *params = typed.info
        return declaration(self.node(typed.args[0]), **dict(zip(declaration.parameters, params)))

    def tril(self, typed: Typed) -> Node:
        return structured("tril", (typed.info,), self.dims(typed))

    def shift(self, typed: Typed) -> Node:
        return structured("shift", (as_dim(typed.info), 1), self.dims(typed))

    def kron(self, typed: Typed) -> Node:
        return shaping.kron(*[self.node(arg) for arg in typed.args])

    def reshape(self, typed: Typed) -> Node:
        """Axes of length one, which the core does not split off, are left out first and put in last."""
        node, dims = self.node(typed.args[0]), self.dims(typed)
        node = algebra.sum_axes(node, [t for t, d in enumerate(node.dims) if d.value == 1])
        kept = [t for t, d in enumerate(dims) if d.value != 1]
        node = shaping.reshape(node, [dims[t] for t in kept]) if node.dims else node
        return node if len(kept) == len(dims) else algebra.broadcast(node, dims, kept)

    def slice(self, typed: Typed) -> Node:
        axis, start, stop, step = typed.info
        return shaping.slice_axis(self.node(typed.args[0]), axis, known(start), known(stop), step)

    def pick(self, typed: Typed) -> Node:
        axis, position = typed.info
        return shaping.index_axis(self.node(typed.args[0]), axis, position)

    def concat(self, typed: Typed) -> Node:
        return shaping.concatenate([self.node(arg) for arg in typed.args], typed.info)

    def cumsum(self, typed: Typed) -> Node:
        return shaping.cumsum(self.node(typed.args[0]), typed.info)


LOWERINGS = {
    kind: getattr(Lowering, kind)
    for kind in (
        "const",
        "size",
        "var",
        "let",
        "chain",
        "sum",
        "pow",
        "map",
        "struct",
        "tril",
        "shift",
        "kron",
        "reshape",
        "slice",
        "pick",
        "concat",
        "cumsum",
    )  # fmt: skip
}


def lower(result: Typed, lets: list, variables: dict) -> Lowered:
    """The graph of a typed program: `lets` are (name, typed) in order, `variables` name → (dims, facts)."""
    symbols = {name: symbol(name, dims, facts) for name, (dims, facts) in variables.items()}
    lowering = Lowering(symbols)
    for name, typed in lets:
        lowering.lets[name] = lowering.node(typed)
    return Lowered(lowering.node(result), symbols, dict(lowering.lets))
