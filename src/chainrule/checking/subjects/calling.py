"""How `at` is handed to a function, and the names of its arguments: decided by the function's signature.

One array is one argument; a tuple is all arguments in order; a dict is all arguments by name where its keys are
parameters of the function, else one argument that is a dict. A tuple or list for a function of one parameter is that
parameter; of plain numbers it becomes an array.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from numbers import Real
from typing import NamedTuple

import numpy as np

from ...core.errors import DeclarationError

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Call(NamedTuple):
    """The arguments of one call, each with its name; by keyword or by position."""

    names: tuple[str, ...]
    values: tuple
    keywords: bool

    def of(self, function, values, *more, **named):
        """`function` of other values in the places of these; `more` and `named` come on top."""
        if self.keywords:
            return function(*more, **dict(zip(self.names, values)), **named)
        return function(*values, *more, **named)


def arranged(function, at) -> Call:
    """How `function` is called with `at`.

    Raises
        DeclarationError: no way to call it with them fits its signature.
    """
    signature = signature_of(function)
    if isinstance(at, Mapping):
        keys = [k for k in at if isinstance(k, str)]
        if len(keys) == len(at) and at and binds(signature, (), dict(at), known=True):
            return Call(tuple(at), tuple(at.values()), True)
        values = (at,)
    elif isinstance(at, tuple) and not hasattr(at, "_fields"):
        values = at if binds(signature, at) or not binds(signature, (at,)) else (at,)
    elif isinstance(at, list) and at and not numbers(at):
        values = (at,) if binds(signature, (at,)) else tuple(at)
    else:
        values = (at,)
    if len(values) == 1 and numbers(values[0]):
        values = (np.asarray(values[0], dtype=float),)
    if not binds(signature, values):
        raise _cannot_be_called(function, signature, at, values)
    return Call(_names(signature, len(values)), tuple(values), False)


def numbers(value) -> bool:
    """Whether this is a regular (nested) list of plain numbers, at least one of them: an array written out."""
    if not isinstance(value, (list, tuple)) or not value or hasattr(value, "_fields"):
        return False
    if all(isinstance(v, (Real, np.number)) and not isinstance(v, bool) for v in value):
        return True
    return all(numbers(v) for v in value) and len({np.shape(v) for v in value}) == 1


def signature_of(function) -> inspect.Signature | None:
    """The signature, or None of what has none (some built-in functions)."""
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return None


def binds(signature, values=(), named=None, known: bool = False) -> bool:
    """Whether a call with these arguments fits; of an unknown signature, yes unless `known` is asked for."""
    if signature is None:
        return not known
    try:
        signature.bind(*values, **(named or {}))
    except TypeError:
        return False
    return True


def _names(signature, count: int) -> tuple[str, ...]:
    names = []
    for parameter in signature.parameters.values() if signature else ():
        if parameter.kind in POSITIONAL:
            names.append(parameter.name)
        elif parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            stem = parameter.name if parameter.name != "args" else "x"
            rest = count - len(names)
            names += [stem] if rest == 1 and not names else [f"{stem}[{i}]" for i in range(rest)]
    if len(names) < count:
        names = ["x"] if count == 1 else [f"x[{i}]" for i in range(count)]
    return tuple(names[:count])


def required(signature) -> list[str]:
    """The names of the parameters without which it cannot be called."""
    kinds = (*POSITIONAL, inspect.Parameter.KEYWORD_ONLY)
    parameters = signature.parameters.values() if signature else ()
    return [p.name for p in parameters if p.kind in kinds and p.default is inspect.Parameter.empty]


def called(function) -> str:
    """The name of a function as a person would say it."""
    name = getattr(function, "__name__", None) or type(function).__name__
    return "your function" if name == "<lambda>" else name


def _cannot_be_called(function, signature, at, values):
    wants = list(signature.parameters)
    if isinstance(at, Mapping):
        lacking = [n for n in required(signature) if n not in at]
        surplus = [k for k in at if k not in wants]
        given = f"`at` with the keys {', '.join(map(str, at)) or 'none'}"
        fix = "; ".join(
            part
            for part in (
                f"add {', '.join(lacking)}" if lacking else "",
                f"leave out {', '.join(map(str, surplus))}" if surplus else "",
            )
            if part
        )
    else:
        given = f"{len(values)} argument{'s' * (len(values) != 1)} in `at`"
        fix = f"at=({', '.join(required(signature) or wants)}{',' * (len(required(signature) or wants) == 1)})"
    return DeclarationError(
        f"`{called(function)}` cannot be called with `at`",
        given=given,
        expected=f"{called(function)}{signature}",
        fix=fix or None,
    )
