"""Axes that a call names, and reductions over them."""

from __future__ import annotations

from ..core.errors import ParseError
from .sizes import ONE
from .tree import Tree
from .typed import rational
from .values import Value


def axes_given(infer, tree: Tree, value: Value, position: int | None = 1) -> tuple | None:
    """The positions of dims that a call names (axis=…), sorted; None: it names none."""
    given = tree.extra.get("axis") if tree.extra else None
    if given is None and position is not None and len(tree.args) > position:
        given = tree.args[position]
    if given is None or (given.kind == "name" and given.value == "None"):
        return None
    found = []
    for part in given.args if given.kind == "list" else [given]:
        axis = whole_number(infer, part, "an axis")
        if not -value.rank <= axis < value.rank:
            raise infer.conflict(
                f"there is no axis {axis} in `{infer.source(tree)}`", [value],
                "no axis" if not value.rank else "axis 0" if value.rank == 1 else f"an axis from 0 to {value.rank - 1}",
            )  # fmt: skip
        found.append(axis % value.rank)
    return tuple(sorted(set(found)))


def whole_number(infer, tree: Tree, what: str) -> int:
    number = rational(infer.value(tree).node)
    if not isinstance(number, int):
        raise ParseError(f"`{infer.source(tree)}` is no whole number", infer.text, tree.start, expected=what)
    return number


def keeps(tree: Tree) -> bool:
    given = tree.extra.get("keepdims") if tree.extra else None
    return given is not None and given.value == "True"


def reduced(infer, tree: Tree, value: Value, axes: tuple | None, how) -> Value:
    """`how(node, axes)` over some dims (all, if None), which vanish, or stay as axes of length one."""
    kept = keeps(tree)
    free = [i for i in value.index if i in infer.free.values()]
    if axes is None and not value.rank and free:  # sum(x_i y_i): what has free indices has no other axes
        infer.note(f"{infer.source(tree)}: over {' and '.join(map(repr, free))}")
        rest = tuple([i for i in value.index if i not in free])
        return Value(how(value.node, tuple([value.index.index(i) for i in free])), rest, ())
    if axes is None:
        axes = tuple(range(value.rank))
        if not axes and tree.kind == "call":
            infer.charge(1.0, *tree.args)  # the sum of a scalar was hardly meant
    node = how(value.node, tuple([value.axis(t) for t in axes if value.dims[t] is not ONE]))
    dims = tuple([ONE if t in axes else d for t, d in enumerate(value.dims) if kept or t not in axes])
    return Value(node, value.index, dims, value.row and len(dims) == 1)


def first(infer, tree: Tree, most: int = 4) -> Value:
    """The value of the first argument; the others are read elsewhere."""
    if not 1 <= len(tree.args) <= most:
        raise ParseError(f"`{tree.value}` takes one argument", infer.text, tree.start, expected=f"{tree.value}(x)")
    return infer.value(tree.args[0])
