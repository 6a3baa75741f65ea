"""Values during inference: a typed tensor, and how the text sees its axes.

The axes of `node` are the explicit indices (`index`), then the dimensions that the text speaks of (`dims`); an entry
ONE of `dims` is no axis of the node. `row` marks a vector that lies, as xᵀ does.
"""

from __future__ import annotations

from ..core.dims import dim
from .sizes import ONE, Unknown, find
from .typed import Typed, chain, total


class Index:
    """An explicit index such as the i of `sum_i`; `lower` is the first value it takes, `whole` the size it walks along.

    `left` counts the entries behind the last value it takes: 1 for sum_{i=1}^{n-1}.
    """

    __slots__ = ("letter", "size", "lower", "whole", "left")

    def __init__(self, letter: str):
        self.letter, self.size, self.lower, self.whole, self.left = letter, Unknown(), 1, None, 0

    def __repr__(self) -> str:
        return self.letter


class Value:
    """What inference knows of a part of the text. `bare` is the name of an undeclared variable standing alone."""

    __slots__ = ("node", "index", "dims", "row", "bare", "tree")

    def __init__(self, node: Typed, index: tuple, dims: tuple, row: bool = False, bare: str | None = None, tree=None):
        self.node, self.index, self.dims, self.row, self.bare, self.tree = node, index, dims, row, bare, tree

    @property
    def rank(self) -> int:
        return len(self.dims)

    def axis(self, position: int) -> int:
        """The axis of `node` that dimension `position` is."""
        return len(self.index) + sum(1 for d in self.dims[:position] if d is not ONE)

    def axes(self) -> tuple[int, ...]:
        """The axes of `node` that are dimensions, not indices."""
        return tuple(range(len(self.index), len(self.node.axes)))

    def with_node(self, node: Typed) -> "Value":
        """The same indices and dims, another tensor."""
        return Value(node, self.index, self.dims, self.row, None, self.tree)


def laid_out(value: Value, index: tuple, dims: tuple) -> Typed:
    """The tensor of `value` with the axes of `index` and `dims`; a scalar stays one."""
    node = value.node
    if not node.axes:
        return node
    if value.index == index and (
        value.dims == dims or (len(value.dims) == len(dims) and ONE not in value.dims and ONE not in dims)
    ):
        return node
    shift = len(dims) - len(value.dims)
    labels = value.index + tuple([("d", t + shift) for t, d in enumerate(value.dims) if d is not ONE])
    out = index + tuple([("d", t) for t, d in enumerate(dims) if d is not ONE])
    sizes = {i: i.size for i in index}
    sizes.update({("d", t): d for t, d in enumerate(dims)})
    return chain([(node, labels, 1)], out, sizes)


def lined_up(value: Value) -> Value:
    """`value` as NumPy broadcasts it: an axis of length one is no axis of the node, it only lines up with others."""
    ones = [t for t, d in enumerate(value.dims) if d is not ONE and find(d) is dim(1)]
    if not ones:
        return value
    node = total(value.node, [value.axis(t) for t in ones])
    return Value(node, value.index, tuple([ONE if t in ones else d for t, d in enumerate(value.dims)]), value.row)


def made_solid(value: Value) -> Value:
    """`value` with real axes of length one in place of those that only line up."""
    if ONE not in value.dims:
        return value
    dims = tuple([dim(1) if d is ONE else d for d in value.dims])
    at = value.index + tuple([t for t, d in enumerate(value.dims) if d is not ONE])
    sizes = {i: i.size for i in value.index} | dict(enumerate(dims))
    node = chain([(value.node, at, 1)], value.index + tuple(range(len(dims))), sizes)
    return Value(node, value.index, dims, value.row, None, value.tree)


def joined_index(values) -> tuple:
    """The indices of all `values`, each once, in order."""
    found: tuple = ()
    for value in values:
        if value.index and value.index != found:
            found += tuple([i for i in value.index if i not in found])
    return found


def lift(value: Value, whole: tuple) -> None:
    """Leave on the tree of a vector that it is taken to every row, or column, of a matrix of sizes `whole`."""
    tree, dims = value.tree, (ONE,) * (2 - value.rank) + value.dims
    if tree is not None and value.dims and not value.index and ONE not in whole:
        if dims[0] is ONE is not dims[1]:
            tree.lifted = "row"
        elif dims[1] is ONE is not dims[0]:
            tree.lifted = "column"
