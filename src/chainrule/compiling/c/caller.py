"""Calling a compiled function: by a C module that serves all programs, or by ctypes where that cannot be had.

`caller.c` needs Python's header to be compiled. A call through it costs half a microsecond, one through ctypes five.
"""

from __future__ import annotations

import ctypes
import struct
import sysconfig
from collections.abc import Iterable
from functools import cache
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...core.dims import Dim
from ...core.errors import BackendError
from .build import library

MOST = 64  # arguments, results or sizes that caller.c takes
ENTRY = "_call"  # what a function with uniform arguments is called after


class Layout(NamedTuple):
    """What a function takes, in order, and makes: shapes by name, the sizes it is told, results, memory, limits.

    `arguments` are names with their dims, or with a size where it is a number that says one. `limits` are (n, dims): a
    call by name whose dims have more than n entries is left to another program. `zeroed` are the places of the results
    that are zeros when the function is called.
    """

    arguments: tuple[tuple[str, tuple[Dim, ...] | str], ...]
    sizes: tuple[str, ...]
    results: tuple[tuple[Dim, ...], ...]
    memory: tuple[tuple[Dim, ...], ...]
    limits: tuple[tuple[int, tuple[Dim, ...]], ...] = ()
    zeroed: frozenset[int] = frozenset()


def loaded(path: Path) -> ctypes.CDLL:
    return ctypes.CDLL(str(path))


def caller(found: ctypes.CDLL, name: str, layout: Layout, keys):
    """What calls the function `name` of a library: `by_name(dict)` and `by_place(tuple)`.

    `keys` is None where it returns one result, the tuple of their names for a dict, a list of them for a tuple.
    Arguments that do not fit are answered with NotImplemented.
    """
    function = getattr(found, name + ENTRY)
    module = extension()
    if module is None or max(len(layout.arguments), len(layout.results), len(layout.sizes)) > MOST:
        return SlowCaller(function, layout, keys)
    address = ctypes.cast(function, ctypes.c_void_p).value
    return module.caller(address, tuple([name for name, _ in layout.arguments]), keys, len(layout.sizes), _plan(layout))


def _plan(layout: Layout) -> bytes:
    place = {x: k for k, x in enumerate(layout.sizes)}
    numbers: list[int] = []

    def shape(dims: Iterable[Dim]) -> None:
        dims = tuple(dims)
        numbers.append(len(dims))
        for d in dims:
            numbers.append(len(d.terms))
            for names, c in d.terms:
                numbers.extend([c, len(names), *[place[x] for x in names]])

    for _, dims in layout.arguments:
        if isinstance(dims, str):
            numbers.extend([-1, place[dims]])
        else:
            shape(dims)
    for k, dims in enumerate(layout.results):
        numbers.append(k in layout.zeroed)
        shape(dims)
    numbers.append(len(layout.memory))
    for dims in layout.memory:
        shape(dims)
    numbers.append(len(layout.limits))
    for limit, dims in layout.limits:
        numbers.append(limit)
        shape(dims)
    return struct.pack(f"{len(numbers)}l", *numbers)


@cache
def extension():
    """The module of caller.c, or None where it cannot be compiled or does not read NumPy's arrays rightly."""
    header = sysconfig.get_paths()["include"]
    if not Path(header, "Python.h").exists():
        return None
    try:
        text = Path(__file__).with_name("caller.c").read_text(encoding="utf-8")
        path = library(text, sysconfig.get_config_var("EXT_SUFFIX"), (f"-I{header}",))
        spec = spec_from_file_location(
            "chainrule_caller", path, loader=ExtensionFileLoader("chainrule_caller", str(path))
        )
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    except (BackendError, ImportError, OSError):
        return None
    module.use(np.ndarray, np.dtype(float), np.float64, np.empty, np.zeros)
    return module if _reads_arrays(module) else None


def _reads_arrays(module) -> bool:
    """Whether the struct in caller.c is that of this NumPy."""
    for sample in (
        np.zeros((2, 3)),
        np.zeros((4, 5), order="F"),
        np.zeros((1, 7), dtype=np.float32),
        np.zeros((6, 4))[::2],
    ):
        flags = sample.flags
        expected = (sample.ctypes.data, 2, *sample.shape, sample.dtype)
        found = module.reads(sample)
        if found is None or found[:5] != expected or found[4] is not sample.dtype:
            return False
        if bool(found[5] & 1) != flags.c_contiguous or bool(found[5] & 256) != flags.aligned:
            return False
    return True


class SlowCaller:
    """A caller by ctypes, with the same answers."""

    def __init__(self, function, layout: Layout, keys):
        self.function, self.layout, self.keys = function, layout, keys
        function.restype = None

    def by_name(self, values: dict):
        names = [name for name, _ in self.layout.arguments]
        if len(values) != len(names) or any(x not in values for x in names):
            return NotImplemented
        return self._run([values[x] for x in names], True)

    def by_place(self, values: tuple):
        return self._run(values, False) if len(values) == len(self.layout.arguments) else NotImplemented

    def _run(self, values, limited: bool):
        layout, sizes, arrays = self.layout, {}, []
        for value, (_, dims) in zip(values, layout.arguments):
            if isinstance(dims, str):
                if not isinstance(value, int) or value < 0 or sizes.setdefault(dims, value) != value:
                    return NotImplemented
                continue
            if not dims and isinstance(value, (float, int)):
                try:
                    value = np.array(float(value))
                except OverflowError:
                    return NotImplemented
            fits = type(value) is np.ndarray and value.dtype == float and value.ndim == len(dims)
            if not fits or not (value.flags.c_contiguous and value.flags.aligned):
                return NotImplemented
            for d, n in zip(dims, value.shape):
                if d.names == (d.text,) and sizes.setdefault(d.text, n) != n:
                    return NotImplemented
            arrays.append((value, dims))
        if any(x not in sizes for x in layout.sizes):
            return NotImplemented
        if any(tuple([d.at(sizes) for d in dims]) != value.shape for value, dims in arrays):
            return NotImplemented
        if limited and any(prod([d.at(sizes) for d in dims]) > limit for limit, dims in layout.limits):
            return NotImplemented
        return self._compute([value for value, _ in arrays], sizes)

    def _compute(self, arrays: list, sizes: dict[str, int]):
        layout = self.layout
        made = [
            (np.zeros if k in layout.zeroed else np.empty)([d.at(sizes) for d in dims])
            for k, dims in enumerate(layout.results)
        ]
        work = np.empty(sum([prod([d.at(sizes) for d in dims]) for dims in layout.memory]))
        pointers = iter([a.ctypes.data for a in arrays])
        row = [0 if isinstance(dims, str) else next(pointers) for _, dims in layout.arguments]
        row += [a.ctypes.data for a in made]
        counts = [sizes[x] for x in layout.sizes]
        self.function(
            (ctypes.c_void_p * len(row))(*row),
            ctypes.c_void_p(work.ctypes.data),
            (ctypes.c_long * max(1, len(counts)))(*counts),
        )
        made = [a if a.ndim else a[()] for a in made]
        if self.keys is None:
            return made[0]
        return tuple(made) if isinstance(self.keys, list) else dict(zip(self.keys, made))
