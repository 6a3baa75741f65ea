"""The syntax tree: what the person wrote, each node with the stretch of text it came from.

One light class serves every kind of node; `value` and `args` mean, by kind:

    number    value: int | Fraction | float
    name      value: the name as normalised (λ and lambda are lam); for `x_ij` the whole, "x_ij"
    string    value: the text between the quotes (the format of einsum, the name of a norm)
    sum       args: terms; value: their signs, such as "+-"
    product   args: factors; value: the sign before each, "" first, " " for juxtaposition
    power     args: base, exponent; value: "^", "**" or ".^"
    transpose args: (operand,); value: as written
    call      args: arguments; value: function name (without np.); extra: named arguments
    subscript args: (operand,); value: tuple of (letter or int, offset)
    item      args: (operand, parts…) of x[parts]; a part is a tree, a "slice" or a "newaxis"
    shape     args: (operand,); value: axis: X.shape[axis]
    norm      args: (operand,) between double bars; value: None or the order (a tree or "F")
    bars      args: (operand,) between single bars
    bigsum    args: (body,); value: a `Binder`; extra: what is done, "sum" "mean" "max" "min"
    compare   args: two; value: "<" "<=" ">" ">=" "==" "!="
    list      args: the entries of [a, b] or (a, b)
    slice     args: (start, stop, step), each a tree or None
    newaxis   None or `:`-less axes
"""

from __future__ import annotations

from collections.abc import Iterator


class Tree:
    """A node of the syntax tree; `start` and `end` are offsets into the text read."""

    __slots__ = ("kind", "value", "args", "start", "end", "extra", "reading", "shape", "lifted")

    def __init__(self, kind, value, args, start, end, extra=None):
        self.kind, self.value, self.args = kind, value, args
        self.start, self.end, self.extra = start, end, extra
        # set by inference: how ambiguous signs were read; (axes, lies as a row); "row" or "column" where a vector was
        # taken to every row, or column, of a matrix
        self.reading = self.shape = self.lifted = None

    def __repr__(self) -> str:
        inner = ", ".join(map(repr, self.args))
        return f"{self.kind}({self.value!r}{': ' if inner else ''}{inner})"


class Binder:
    """The indices of an explicit sum: letters, and for a bounded one (letter, relation, other letter)."""

    __slots__ = ("letters", "bound", "upper", "lower")

    def __init__(self, letters, bound=None, upper=None, lower=None):
        self.letters, self.bound, self.upper, self.lower = letters, bound, upper, lower

    def __repr__(self) -> str:
        return f"Binder({self.letters!r}, {self.bound!r})"


class Statement:
    """`name = tree`, or the result alone (name None). `indices` are those of a left-hand side such as s_i."""

    __slots__ = ("name", "indices", "tree", "start")

    def __init__(self, name, indices, tree, start):
        self.name, self.indices, self.tree, self.start = name, indices, tree, start


def walk(tree: Tree) -> Iterator[Tree]:
    """Every node of the tree, parents first, in the order of the text."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        if node.extra and node.kind == "call":
            stack.extend(node.extra.values())
        if node.kind == "norm" and isinstance(node.value, Tree):
            stack.append(node.value)
        stack.extend([child for child in reversed(node.args) if child is not None])
