"""What a person's function hands to NumPy, as syntax trees: stand-ins, numbers, small arrays, lists, axes, slices.

`operation` is the one way in which a traced operation is recorded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dims import Dim, dim
from ...core.errors import TraceError
from .constants import array_tree, number_tree
from .recorder import Recorder, StandIn
from ..tree import Tree
from ..typed import Typed, add, const, times
from ..values import Value


def tree_of(book: Recorder, given: Any) -> Tree:
    """An argument of a NumPy function as a tree.

    Raises TraceError: it is nothing to calculate with.
    """
    if isinstance(given, StandIn):
        return given.tree
    if given is None or given is True or given is False:
        return Tree("name", str(given), (), 0, 0)
    if isinstance(given, (int, float, complex, np.number, np.bool_)):
        return number_tree(given)
    if isinstance(given, np.ndarray):
        return named_array(book, given, name_of(book, given))
    if isinstance(given, (list, tuple)):
        return Tree("list", "[", [tree_of(book, part) for part in given], 0, 0)
    if isinstance(given, str):
        return Tree("string", given, (), 0, 0)
    raise TraceError(
        f"{type(given).__name__} is nothing to calculate with", given=repr(given)[:60], expected="numbers and arrays"
    )


def operand(book: Recorder, given: Any) -> Tree:
    """What is calculated with: as `tree_of`, where True is 1 and a list of numbers an array."""
    if isinstance(given, (bool, np.bool_)):
        return number_tree(given)
    if isinstance(given, StandIn) and given.value.node.kind == "size":
        return size_as_number(given.value.node.info)
    if isinstance(given, (list, tuple)):
        if has_stand_in(given):
            return Tree("call", "stack", [Tree("list", "[", [operand(book, part) for part in given], 0, 0)], 0, 0)
        return named_array(book, np.asarray(given), name_of(book, given))
    if given is None or isinstance(given, str):
        raise TraceError(f"{given!r} is nothing to calculate with", given=repr(given), expected="numbers and arrays")
    return tree_of(book, given)


def named_array(book: Recorder, array: np.ndarray, name: str | None) -> Tree:
    """A constant array, which messages call by its name in the function."""
    value = book.made(array_tree(array, name))
    book.called[id(value.node)] = name or "an array of numbers"
    book.kept.append(value.node)
    return Tree("known", value, (), 0, 0)


def has_stand_in(given: Any) -> bool:
    """Whether a stand-in is in `given`, or in a list in it."""
    if isinstance(given, (list, tuple)):
        return any([has_stand_in(part) for part in given])
    return isinstance(given, StandIn)


def name_of(book: Recorder, given: Any) -> str | None:
    """What the function calls an object: a local variable of it, or one of its module."""
    frame = book.frame or book.found_frame()
    if frame is not None:
        for space in (frame.f_locals, frame.f_globals):
            for name, held in list(space.items()):
                if held is given and name.isidentifier():
                    return name
    return None


def operation(book: Recorder, tree: Tree, mask: bool = False, shared: str | None = None) -> StandIn:
    """The stand-in for the value of one operation."""
    return book.stand_in(book, book.made(tree), mask, shared)


def call(book: Recorder, name: str, args: list, extra: dict | None = None, mask: bool = False) -> StandIn:
    """The stand-in for `name(*args, **extra)` of the text language; `args` are operands."""
    named = {key: tree_of(book, value) for key, value in (extra or {}).items()}
    trees = [a if isinstance(a, Tree) else operand(book, a) for a in args]
    return operation(book, Tree("call", name, trees, 0, 0, named), mask)


def size_as_number(d: Dim) -> Tree:
    """A size that is calculated with: 2n is 2 times n, so that it cancels."""
    terms = []
    for names, coefficient in d.terms:
        sizes = [(Typed("size", (), dim(name), ()), 1) for name in names]
        terms.append((1, times((const(coefficient), 1), *sizes) if coefficient != 1 or len(sizes) > 1 else sizes[0][0]))
    node = add(terms) if len(terms) > 1 else terms[0][1]
    return Tree("known", Value(node, (), ()), (), 0, 0)


def size_tree(d: Dim) -> Tree:
    """A size that counts: a length, or the end of a slice."""
    node = const(d.value) if d.value is not None else Typed("size", (), d, ())
    return Tree("known", Value(node, (), ()), (), 0, 0)
