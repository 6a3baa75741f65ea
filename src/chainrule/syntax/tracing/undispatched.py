"""Functions that ask no protocol before they make numbers: np.ones(n), np.array([a, b]), math.sqrt(d), len(X).

While a function is traced, those it can reach by name are replaced by ones that look first whether a stand-in is among
their arguments. All others get what they always got, so that other code that runs meanwhile sees no difference. The
names are put back in any case, and one trace runs at a time.

What a function can reach: the modules `numpy`, `math` and `scipy.special`, its own module, and those of the functions
that it names.
"""

from __future__ import annotations

import builtins
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from .numpy_calls import function, universal
from .operands import has_stand_in, operand, operation
from .recorder import StandIn

_ONE_AT_A_TIME = RLock()
MOST_FUNCTIONS = 200  # that are followed for the modules they live in

CONSTRUCTORS = ("ones", "zeros", "full", "eye", "identity", "tri", "arange", "linspace")
OF_LISTS = ("sum", "mean", "max", "min", "prod")  # np.sum([a, b]): NumPy makes an array of the list at once
OF_MATH = (
    "sqrt", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "pow", "fabs", "hypot", "lgamma",
)  # fmt: skip
OF_MATH_IN_NUMPY = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "pow": "power", "lgamma": "gammaln",
}  # fmt: skip
OF_SCIPY = ("logsumexp", "softmax", "log_softmax")


def first_stand_in(given: Any) -> StandIn | None:
    """A stand-in among arguments, or in a list among them."""
    for part in given:
        if isinstance(part, StandIn):
            return part
        if isinstance(part, (list, tuple)):
            found = first_stand_in(part)
            if found is not None:
                return found
    return None


def looking_first(original: Callable, instead: Callable) -> Callable:
    """`original`, or `instead` where a stand-in is among the arguments."""

    def looking(*args: Any, **kwargs: Any) -> Any:
        found = first_stand_in((*args, *kwargs.values()))
        return original(*args, **kwargs) if found is None else instead(found.book, *args, **kwargs)

    return looking


def _by_name(name: str) -> Callable:
    return lambda book, *args, **kwargs: function(book, name, args, kwargs)


def _of_list(name: str) -> Callable:
    return lambda book, a, *args, **kwargs: function(book, name, (joined(book, a), *args), kwargs)


def joined(book, given: Any) -> Any:
    """A list with stand-ins in it as one."""
    if isinstance(given, (list, tuple)) and has_stand_in(given):
        return operation(book, operand(book, given))
    return given


def _array(book, given: Any, *args: Any, **kwargs: Any) -> Any:
    """np.array([a, b]) of stand-ins, np.asarray(x, dtype=float) of one."""
    found = joined(book, given)
    dtype = kwargs.get("dtype", args[0] if args else None)
    if dtype is not None and isinstance(found, StandIn):
        return found.astype(dtype)
    return book.stand_in(book, found.value, found.mask)


def _of_math(name: str) -> Callable:
    def of(book, *args: Any):
        for x in args:
            if isinstance(x, StandIn) and x.dims:
                float(x)  # as Python would, which is refused
        return universal(book, OF_MATH_IN_NUMPY.get(name, name), "__call__", args, {})

    return of


def _length(book, x: Any) -> Any:
    return x.shape[0] if isinstance(x, StandIn) and x.dims else builtins.len(x)


def replacements() -> dict[int, Callable]:
    """What stands in for which function while tracing, by the id of the original."""
    found: dict[int, Callable] = {}
    for name in CONSTRUCTORS:
        original = getattr(np, name)
        found[id(original)] = looking_first(original, _by_name(name))
    for name in ("array", "asarray", "asanyarray", "ascontiguousarray"):
        original = getattr(np, name)
        found[id(original)] = looking_first(original, _array)
    for name in OF_LISTS:
        original = getattr(np, name)
        found[id(original)] = looking_first(original, _of_list(name))
    for name in OF_MATH:
        original = getattr(math, name)
        found[id(original)] = looking_first(original, _of_math(name))
    special = sys.modules.get("scipy.special")
    for name in OF_SCIPY if special is not None else ():
        original = getattr(special, name)
        found[id(original)] = looking_first(original, _by_name(name))
    return found


def namespaces(code: CodeType | None, own: dict | None) -> list[dict]:
    """The namespaces in which a function looks names up, directly or in functions that it names."""
    spaces = {id(vars(module)): vars(module) for module in (np, math, sys.modules.get("scipy.special")) if module is not None}
    waiting = [(code, own)] if code is not None and own is not None else []
    seen: set[int] = set()
    while waiting and len(seen) < MOST_FUNCTIONS:
        code, own = waiting.pop()
        if id(code) in seen:
            continue
        seen.add(id(code))
        if own.get("__name__", "").partition(".")[0] not in ("numpy", "scipy", "math", "builtins", "chainrule"):
            spaces[id(own)] = own
        for name in code.co_names:
            held = getattr(own.get(name), "__wrapped__", own.get(name))
            if isinstance(held, FunctionType):
                waiting.append((held.__code__, held.__globals__))
        waiting.extend([(each, own) for each in code.co_consts if isinstance(each, CodeType)])
    return list(spaces.values())


@contextmanager
def asked_first(code: CodeType | None, own: dict | None) -> Iterator[None]:
    """Within it, functions that ask no protocol look for stand-ins."""
    with _ONE_AT_A_TIME:
        table = replacements()
        changed: list[tuple[dict, str, Any]] = []
        try:
            for space in namespaces(code, own):
                for name, held in list(space.items()):
                    instead = table.get(id(held))
                    if instead is not None:
                        changed.append((space, name, held))
                        space[name] = instead
                if "__name__" in space and space["__name__"] not in ("numpy", "math", "scipy.special") and "len" not in space:
                    changed.append((space, "len", _ABSENT))
                    space["len"] = looking_first(builtins.len, _length)
            yield
        finally:
            for space, name, held in reversed(changed):
                if held is _ABSENT:
                    del space[name]
                else:
                    space[name] = held


_ABSENT = object()
