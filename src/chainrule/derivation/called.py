"""A function that was brought as code, called with arrays: what was read of it must give the same values.

Tracing sees one run of the function, on stand-ins. Whatever that run did not show (a branch on values, randomness, a
reading of ours that is wrong) shows here, where the function runs by itself.
"""

from __future__ import annotations

import numpy as np

from ..core.errors import DomainError, UnverifiedError
from ..core.numbers import INFINITY
from ..numeric import draw

POINTS = 3
ATTEMPTS = 20  # draws for each point at which what was read has a finite value
CLOSE = 1e-8  # of the largest entry; a sum in another order differs by rounding only
SINGLE = 1e-4  # where the function itself computes in single precision


def called(problem) -> int:
    """At how many points the function was called and agreed with what was read of it.

    Raises
        UnverifiedError: it gives other values.
        DomainError: it could be called at no point, or is infinite at one.
    """
    failure: Exception | None = None
    variables = [v[:3] for v in problem.every.values()]
    agreed = 0
    for index in range(POINTS):
        for attempt in range(ATTEMPTS):
            _, values = draw(variables, index, attempt=attempt)
            with np.errstate(all="ignore"):
                try:
                    read = np.asarray(problem.evaluate(values))
                except (ArithmeticError, ValueError, IndexError, np.linalg.LinAlgError):
                    continue
                if not np.all(np.isfinite(read)):
                    continue
                if np.any(np.abs(read) > INFINITY / 1e10):
                    raise infinite(problem, values)
                try:
                    found = result_of(problem, values)
                except Exception as error:  # it is the person's own code: any error of it is to be shown, not raised
                    failure = error
                    continue
            if found.shape == read.shape and found.dtype.kind == "f" and np.any(np.isnan(found)):
                continue  # where the function itself has no value, as for a row that a mask hides whole
            if not agree(found, read):
                with np.errstate(all="ignore"):
                    again = result_of(problem, values)
                raise differing(problem, values, read, found, again)
            agreed += 1
            break
    if not agreed:
        raise DomainError(
            f"`{problem.name}` could not be called with arrays, so that it could not be compared with what was read of it",
            given=f"{type(failure).__name__}: {failure}" if failure is not None else "no finite value at the points drawn",
            expected="a function of arrays of the shapes that are declared",
        )
    return agreed


def infinite(problem, values: dict) -> DomainError:
    """The error for a function in whose values the infinity of a mask is left."""
    return DomainError(
        f"`{problem.name}` is infinite at some points",
        given=f"{problem.echo}",
        expected="a mask of ∞ within exp, max, min, softmax or logsumexp, where what is masked falls away",
        fix="np.where(mask, x, 0) leaves what is masked out of a sum",
    )


def result_of(problem, values: dict) -> np.ndarray:
    """The function itself at copies of `values`."""
    return np.asarray(problem.call({name: np.array(value) for name, value in values.items()}))


def agree(found: np.ndarray, read: np.ndarray) -> bool:
    if found.shape != read.shape or found.dtype.kind not in "fiub":
        return False
    close = SINGLE if found.dtype.kind == "f" and found.dtype.itemsize < 8 else CLOSE
    return bool(np.all(np.abs(found - read) <= close * max(1e-6, float(np.max(np.abs(read), initial=0.0)))))


def differing(problem, values: dict, read: np.ndarray, found: np.ndarray, again: np.ndarray) -> UnverifiedError:
    """The error for a function that gives other values than what was read of it."""
    sizes = ", ".join(f"{name}: {' × '.join(map(str, np.shape(x))) or 'scalar'}" for name, x in values.items())
    if not agree(again, found):
        return UnverifiedError(
            f"`{problem.name}` gives another value each time it is called",
            given=f"{_shown(found)}, then {_shown(again)}, at the same arrays",
            expected="a function of its arguments alone: without randomness, and without memory",
            fix="draw the random numbers outside, and pass them as an argument",
        )
    if found.shape != read.shape:
        return UnverifiedError(
            f"`{problem.name}` returns another shape than was read of it",
            given=f"{found.shape} at {sizes}",
            expected=f"{read.shape}",
            fix="declare the shapes that the function is meant for",
        )
    return UnverifiedError(
        f"`{problem.name}` gives other values than what was read of it",
        given=f"{_shown(found)} at {sizes}\n{problem.echo}",
        expected=f"{_shown(read)}, which is what was read",
        fix="a function that does the same for all values: np.where(x > 0, a, b) in place of what depends on values",
    )


def _shown(x: np.ndarray) -> str:
    return f"{float(x):.6g}" if x.ndim == 0 else "[" + ", ".join(f"{v:.6g}" for v in x.ravel()[:4]) + (", …]" if x.size > 4 else "]")
