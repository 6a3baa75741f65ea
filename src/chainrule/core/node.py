"""The tensor graph: immutable nodes with positional axes, each made once.

Two equal expressions are one object, so `is` decides equality and work done on a node is remembered in its
`memo`. `digest` depends on structure and names only; everything that needs an order takes it from there, so
that output is the same for every order of construction and every PYTHONHASHSEED.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from hashlib import blake2b
from math import isfinite
from threading import Lock
from weakref import WeakValueDictionary

from .dims import Dim, as_dim

Number = int | Fraction | float


class Node:
    """One place in the graph. See `core.product` and `core.sums` for the two nodes with structure."""

    __slots__ = ("op", "attr", "args", "dims", "digest", "memo", "__weakref__")

    op: str
    attr: object
    args: tuple["Node", ...]
    dims: tuple[Dim, ...]
    digest: bytes
    memo: dict

    @property
    def ndim(self) -> int:
        return len(self.dims)

    @property
    def name(self) -> str:
        """The name of a symbol."""
        return self.attr[0]

    @property
    def facts(self) -> frozenset[str]:
        """What was declared of a symbol."""
        return self.attr[1]

    # A product: coef × Σ Π base[labels]^exponent
    @property
    def coef(self) -> Number:
        return self.attr[0]

    @property
    def out(self) -> tuple[int, ...]:
        return self.attr[1]

    @property
    def operands(self) -> tuple[tuple["Node", tuple[int, ...], Number], ...]:
        return tuple((base, labels, exponent) for base, (labels, exponent) in zip(self.args, self.attr[2]))

    @property
    def label_dims(self) -> dict[int, Dim]:
        found = self.memo.get("label_dims")
        if found is None:
            found = {label: d for base, labels, _ in self.operands for label, d in zip(labels, base.dims)}
            found.update(zip(self.out, self.dims))
            self.memo["label_dims"] = found
        return found

    # A sum: Σ coef · term
    @property
    def terms(self) -> tuple[tuple[Number, "Node"], ...]:
        return tuple(zip(self.attr, self.args))

    def __repr__(self) -> str:
        shape = " ".join(map(str, self.dims))
        if self.op == "symbol":
            return f"{self.name}[{shape}]"
        return f"<{self.op} {self.attr if self.op != 'product' else self.attr[0]} of {len(self.args)} [{shape}]>"

    def __reduce__(self):
        return intern, (self.op, self.attr, self.args, self.dims)


_NODES: WeakValueDictionary[tuple, Node] = WeakValueDictionary()
_ENTERING = Lock()  # two threads that make one new node at once must get one object


def intern(op: str, attr: object, args: Iterable[Node], dims: Iterable[Dim]) -> Node:
    """The one node with this operation, attribute, arguments and dims. Canonicalises nothing."""
    args, dims = tuple(args), tuple(dims)
    # 1, 1.0 and Fraction(1) are equal in Python: the types keep exact and inexact numbers apart. Arguments stand in the
    # key by their ids: the node keeps them alive as long as its entry, and a key that held them would keep the node
    # alive too, through any memo of an argument that leads back to it
    key = (op, attr, tuple([id(a) for a in args]), dims, _types(op, attr))
    node = _NODES.get(key)
    if node is None:
        node = Node()
        node.op, node.attr, node.args, node.dims, node.memo = op, attr, args, dims, {}
        spelled = _spelled_product(attr) if op == "product" else _stable(attr)
        text = f"{op}|{spelled}|{'x'.join([d.text for d in dims])}|"
        node.digest = blake2b(text.encode() + b"".join([a.digest for a in args]), digest_size=8).digest()
        with _ENTERING:
            node = _NODES.setdefault(key, node)
    return node


def _types(op: str, attr) -> object:
    if op == "product":
        return type(attr[0]) is float
    if op == "sum":
        return tuple([type(c) is float for c in attr])
    return type(attr)


def _spelled_product(attr: tuple) -> str:
    """What `_stable` says of a product, in a third of the time: most nodes are products."""
    coef, out, spec = attr
    operands = ",".join([f"(({','.join(map(str, labels))}),{exponent})" for labels, exponent in spec])
    return f"({coef},({','.join(map(str, out))}),({operands}))"


def _stable(attr: object) -> str:
    if isinstance(attr, tuple):
        return "(" + ",".join([_stable(part) for part in attr]) + ")"
    if isinstance(attr, frozenset):
        return "{" + ",".join(sorted(attr)) + "}"
    return str(attr)


def symbol(name: str, dims: Iterable = (), facts: Iterable[str] = ()) -> Node:
    """A free variable called `name`, with the declared `facts`."""
    return intern("symbol", (name, frozenset(facts)), (), [as_dim(d) for d in dims])


def size(d: Dim | str | int) -> Node:
    """A dimension used as a scalar number."""
    return intern("size", as_dim(d), (), ())


def structured(kind: str, params: Iterable, dims: Iterable) -> Node:
    """A constant tensor of zeros and ones: "merge", "shift" or "tril" (see `core.shaping`)."""
    return intern("structured", (kind, *params), (), [as_dim(d) for d in dims])


LONGEST = 256  # bits of a denominator that is kept exactly


def exact(value) -> Number:
    """`value` as an int or Fraction where it is one exactly; floats stay floats, unless they are whole numbers."""
    if type(value) is int:
        return value
    if type(value) is Fraction or isinstance(value, Fraction):
        if value.denominator.bit_length() > LONGEST:  # 1.01 times itself a thousand times
            return float(value)
        return value.numerator if value.denominator == 1 else value
    if isinstance(value, bool):
        return int(value)
    if hasattr(value, "__index__"):
        return int(value)
    value = float(value)
    if isfinite(value) and value == int(value) and abs(value) < 2**53:
        return int(value)
    if isfinite(value) and (value * 8) == int(value * 8) and abs(value) < 1024:  # 0.5 is ½ exactly
        return Fraction(int(value * 8), 8)
    return value
