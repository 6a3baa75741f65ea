"""The numerically safe spelling of an operation, and an input at which the plain one fails: both are run, nothing is asserted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...compiling.running import defined

INPUTS = sorted([s * v for s in (1.0, -1.0) for v in (1e-20, 1e-12, 1e-8, 1.0, 10.0, 40.0, 100.0, 400.0, 710.0, 800.0, 1e4)], key=abs)
SUBNORMAL = 1e-300  # numbers that floating point all but cannot hold
WRONG = 1e-3  # relative error of a form that fails


class Failure(NamedTuple):
    """An input, what the plain and the safe form return there, and what the function is.

    overflows: whether the plain form is right all the same, after numbers on the way have overflowed, with a warning.
    """

    at: float
    plain: float
    safe: float
    exact: float
    overflows: bool = False


def spelled(template: str, variable: str, parameters: tuple = ()) -> str:
    """A template of the declaration with names in it, without brackets around the whole."""
    text = template.format(variable, *parameters)
    return text[1:-1] if text.startswith("(") and _closing(text) == len(text) - 1 else text


def _closing(text: str) -> int:
    depth = 0
    for k, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return k
    return len(text)


def failure(op, parameters: tuple = ()) -> Failure | None:
    """The smallest input at which the plain form is wrong and the safe one is right; None where none of INPUTS is one."""
    if op.safe == op.numpy:
        return None
    plain, safe = [_function(op, template, parameters) for template in (op.numpy, op.safe)]
    for x in INPUTS:
        at = np.asarray(x)
        with np.errstate(all="ignore"):
            exact, found, guarded = [float(np.asarray(f(at))) for f in (lambda t: op.evaluate(t, *parameters), plain, safe)]
        if np.isfinite(exact) and _wrong(found, exact) and not _wrong(guarded, exact):
            return Failure(x, found, guarded, exact)
    for x in INPUTS:
        at = np.asarray(x)
        hardly = 0 < abs(float(np.asarray(op.evaluate(at, *parameters)))) < SUBNORMAL
        if not hardly and _overflows(plain, at) and not _overflows(safe, at):
            return Failure(x, *[float(np.asarray(_hushed(f, at))) for f in (plain, safe)], float(np.asarray(op.evaluate(at, *parameters))), True)
    return None


def _hushed(f, at):
    with np.errstate(all="ignore"):
        return f(at)


def _overflows(f, at) -> bool:
    try:
        with np.errstate(over="raise", under="ignore"):
            f(at)
    except FloatingPointError:
        return True
    return False


def failure_along(op) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """(input, plain, safe) for an operation on a vector: the first multiple of (1, 2, 3) at which only the safe form has a value."""
    if op.safe == op.numpy:
        return None
    plain, safe = [_along(op, template) for template in (op.numpy, op.safe)]
    for size in (1.0, 10.0, 100.0, 1000.0):
        x = size * np.array([1.0, 2.0, 3.0])
        with np.errstate(all="ignore"):
            found, guarded = np.asarray(plain(x), float), np.asarray(safe(x), float)
        if not np.isfinite(found).all() and np.isfinite(guarded).all():
            return x, found, guarded
    return None


def _wrong(found: float, exact: float) -> bool:
    return not np.isfinite(found) or abs(found - exact) > WRONG * abs(exact) + SUBNORMAL


def _function(op, template: str, parameters: tuple):
    names = [f"p{k}" for k in range(len(parameters))]
    source = _program(op, f"def form({', '.join(['x', *names])}):\n    return {template.format('x', *names)}\n")
    form = defined(source, f"form of {op.name}")["form"]
    return lambda x: form(x, *parameters)


def _along(op, template: str):
    source = _program(op, f"def form(x):\n    return {template.format('x', axes='(0,)', axis=0)}\n")
    return defined(source, f"form of {op.name}")["form"]


def _program(op, text: str) -> str:
    return "\n".join(["import numpy as np", *([op.imports] if op.imports else []), text])
