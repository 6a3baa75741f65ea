"""Nested arguments, flat and back: tuples, lists, dicts, dataclasses, named tuples and namespaces of arrays.

Every array or number in them has the name by which a person would reach it: `w`, `params['W1']`, `layers[0].bias`.
A claim is laid beside its argument (`beside`): dicts and dataclasses by key, in any order, sequences by position.
Containers that only a framework knows (pytree nodes, modules) are opened by an `opener` of that framework, which has
the signature of `opened`.
"""

from __future__ import annotations

import copy
import dataclasses
import types
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from ...core.errors import LimitError
from ..subject import Misshapen

DEEPEST = 60  # levels of nesting; what lies deeper contains itself


class Opened(NamedTuple):
    """One level of a container: its children, each with its key and with what is written behind the container's name.

    by_key     whether two such containers are laid side by side by key; else by position
    rebuild    makes the same container of other children
    """

    keys: tuple
    suffixes: tuple[str, ...]
    children: tuple
    by_key: bool
    rebuild: Callable


class Spread(NamedTuple):
    """The leaves of a nested value in order, their names, and the way back."""

    names: tuple[str, ...]
    leaves: tuple
    rebuild: Callable[[list], object]


def opened(value) -> Opened | None:
    """One level of a container, or None for a leaf."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _fields(value._fields, tuple(value), lambda children: type(value)(*children))
    if isinstance(value, (tuple, list)):
        kind = type(value) if type(value) in (tuple, list) else tuple
        at = tuple(range(len(value)))
        return Opened(at, tuple(f"[{i}]" for i in at), tuple(value), False, kind)
    if isinstance(value, Mapping):
        keys = tuple(value)
        return Opened(keys, tuple(f"[{k!r}]" for k in keys), tuple(value[k] for k in keys), True, _mapping(value, keys))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = tuple(field.name for field in dataclasses.fields(value))
        return _fields(names, tuple(getattr(value, n) for n in names), _attributes(value, names))
    if isinstance(value, types.SimpleNamespace):
        names = tuple(vars(value))
        return _fields(names, tuple(vars(value).values()), lambda children: type(value)(**dict(zip(names, children))))
    return None


def _fields(names, children, rebuild) -> Opened:
    return Opened(tuple(names), tuple(f".{n}" for n in names), children, True, rebuild)


def _mapping(value, keys):
    def rebuild(children):
        made = copy.copy(value) if isinstance(value, dict) else {}  # an OrderedDict or a defaultdict stays one
        made.update(zip(keys, children))
        return made

    return rebuild


def _attributes(value, names):
    def rebuild(children):
        made = copy.copy(value)
        for name, child in zip(names, children):
            object.__setattr__(made, name, child)  # of a frozen one too, and without its __post_init__
        return made

    return rebuild


def spread(value, name: str = "x", opener=opened, depth: int = 0) -> Spread:
    """All leaves of `value`, with their names, and the function that puts others in their places.

    >>> spread({"W": 1.0, "b": [2.0, 3.0]}, "params").names
    ("params['W']", "params['b'][0]", "params['b'][1]")
    """
    if depth > DEEPEST:
        raise LimitError(f"`{name[:40]}…` is nested more than {DEEPEST} levels deep", expected="arguments that end")
    node = opener(value)
    if node is None:
        return Spread((name,), (value,), lambda leaves: leaves[0])
    parts = [spread(c, name + s, opener, depth + 1) for s, c in zip(node.suffixes, node.children)]

    def rebuild(leaves):
        children, start = [], 0
        for part in parts:
            children.append(part.rebuild(leaves[start : start + len(part.leaves)]))
            start += len(part.leaves)
        return node.rebuild(children)

    return Spread(
        tuple(n for part in parts for n in part.names), tuple(leaf for part in parts for leaf in part.leaves), rebuild
    )


def beside(expected, given, name: str, leaf: Callable, opener=opened) -> list:
    """`leaf(name, expected, given)` for every leaf of `expected`, with what stands in its place in `given`.

    What is None in `given`, or a key that it lacks, is None for all leaves below: nothing is claimed of them.

    Raises
        Misshapen: `given` has keys that `expected` lacks, another number of parts, or is no container.
    """
    node = opener(expected)
    if node is None:
        return [leaf(name, expected, given)]
    if given is None:
        parts = [None] * len(node.children)
    elif node.by_key:
        parts = _by_key(node, given, name, opener)
    else:
        parts = _by_position(node, given, name, opener)
    return [
        found
        for suffix, child, part in zip(node.suffixes, node.children, parts)
        for found in beside(child, part, name + suffix, leaf, opener)
    ]


def _by_key(node: Opened, given, name: str, opener) -> list:
    other = opener(given)
    if other is None or not other.by_key:
        raise Misshapen(name, described(given), f"the keys {listed(node.keys)}", _array(given))
    found = renamed(dict(zip(other.keys, other.children)), node.keys)
    for key in found:
        if key not in node.keys:
            surplus = "an entry that the argument does not have"
            raise Misshapen(f"{name}[{key!r}]", surplus, f"the keys {listed(node.keys)}")
    if node.keys and not found:
        raise Misshapen(name, "an empty claim", f"the keys {listed(node.keys)}")
    return [found.get(key) for key in node.keys]


def renamed(given: Mapping, keys) -> dict:
    """`given`, its keys freed of what is written around all of them: {"dW": …, "db": …} beside the keys W and b."""
    keys = [k for k in keys if isinstance(k, str)]
    if not given or not all(isinstance(k, str) for k in given) or set(given) & set(keys):
        return dict(given)
    first = next(iter(given))
    for key in sorted(keys, key=len, reverse=True):
        before, found, after = first.partition(key)
        if found and all(k.startswith(before) and k.endswith(after) for k in given):
            bare = {k[len(before) : len(k) - len(after)]: value for k, value in given.items()}
            if set(bare) <= set(keys):
                return bare
    return dict(given)


def _by_position(node: Opened, given, name: str, opener) -> list:
    count = len(node.children)
    other = opener(given)
    if other is not None and not other.by_key:
        parts = list(other.children)
    elif other is None and len(getattr(given, "shape", ())) and len(given) == count:
        parts = [given[i] for i in range(count)]  # an array for a list of numbers or of equal arrays
    else:
        raise Misshapen(name, described(given), f"{count} parts", _array(given))
    if len(parts) != count:
        raise Misshapen(name, f"{len(parts)} parts", f"{count} parts", _array(given))
    return parts


def _array(given):
    return given if isinstance(given, np.ndarray) else None


def described(value) -> str:
    """What a value is, in words: `an array of shape (3, 2)`, `a tuple of 2`."""
    shape = getattr(value, "shape", None)
    if value is None:
        return "None"
    if isinstance(value, (bool, np.bool_)):
        return "a boolean"
    if isinstance(value, complex) or getattr(getattr(value, "dtype", None), "kind", "") == "c":
        return "a complex number" if not shape else f"a complex array of shape {tuple(shape)}"
    if isinstance(value, (int, float, np.number)) or shape == ():
        return "a number"
    if shape is not None and not callable(shape):
        return f"an array of shape {tuple(shape)}"
    if isinstance(value, Mapping):
        return f"a dict with the keys {listed(value)}" if value else "an empty dict"
    if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, str):
        return "text"
    if callable(value):
        return f"a function, `{getattr(value, '__name__', type(value).__name__)}`"
    return f"an object of type {type(value).__name__}"


def listed(words, most: int = 8) -> str:
    """`'a', 'b', 'c'`, cut where there are many."""
    words = list(words)
    return ", ".join(repr(w) for w in words[:most]) + (" …" if len(words) > most else "")
