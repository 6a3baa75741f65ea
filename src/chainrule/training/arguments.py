"""What a minimisation is asked for, checked before anything is derived or computed: data, sizes, tolerance, iterations."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

import numpy as np

from ..compiling.binding import COMPLEX, array, sizes_of
from ..core.errors import DeclarationError, DomainError, ShapeError, UnknownNameError, did_you_mean


def checked_data(problem, data) -> dict:
    """The data by name: memmaps as they are, all else as arrays of float64.

    Raises
        DeclarationError: they are not by name. UnknownNameError: a name is none of the variables. ShapeError: no real numbers.
    """
    if data is not None and not isinstance(data, Mapping):
        raise DeclarationError(
            "data are given by name",
            given=f"data: {type(data).__name__}",
            expected="a dict with an array for each of " + ", ".join(f"`{v}`" for v in problem.variables),
            fix=f"data={{{next(iter(problem.variables), 'X')!r}: …}}",
        )
    data = dict(data or {})
    for name in data:
        if name not in problem.variables:
            near = did_you_mean(name, list(problem.variables))
            raise UnknownNameError(
                f"`{name}` is no variable of the function",
                given=f"data={{{name!r}: …}} for {problem.echo}",
                expected=", ".join(f"`{v}`" for v in problem.variables),
                fix=f"did you mean `{near}`?" if near else None,
            )
    return {name: x if isinstance(x, np.memmap) else real(name, x) for name, x in data.items()}


def real(name: str, value) -> np.ndarray:
    """An array of float64.

    Raises
        ShapeError: it holds no real numbers.
    """
    found = array(name, value)
    if found.dtype == COMPLEX:
        raise ShapeError(
            f"`{name}` is complex, and complex numbers have no order to minimise by",
            given=f"{name}: {found.dtype}",
            expected="real numbers",
            fix=f"{name}.real, or real and imaginary part as variables of their own",
        )
    return found


def left_over(problem, data: dict) -> list[str]:
    """The variables that are no data.

    Raises
        DeclarationError: there is none.
    """
    names = [name for name in problem.variables if name not in data]
    if not names:
        raise DeclarationError(
            "all variables are data, and none is left to minimise over",
            given=f"data: {', '.join(data) or 'none'}, for {problem.echo}",
            expected="a variable without data",
            fix=f"leave `{next(iter(data))}` out of the data; start= says where the search begins" if data else None,
        )
    return names


def refuse(problem, names: list[str], data: dict) -> None:
    """Raise what is wrong with the roles of the variables, or with the shape of the function."""
    both = [name for name in names if name in data]
    if both:
        raise DeclarationError(
            f"`{both[0]}` is among the data, and minimised over",
            given=f"wrt={', '.join(names)}; data: {', '.join(data)}",
            expected="a variable that is not among the data",
            fix=f"start={{{both[0]!r}: …}} says where the search starts",
        )
    missing = [name for name in problem.variables if name not in names and name not in data]
    if missing:
        raise UnknownNameError(
            f"there are no data for `{missing[0]}`",
            given=f"data: {', '.join(data) or 'none'}; minimised over {', '.join(names)}",
            expected="values for " + ", ".join(f"`{m}`" for m in missing),
            fix=f"data={{{missing[0]!r}: …}}",
        )
    if problem.dims:
        raise ShapeError(
            "only a number can be minimised",
            given=f"{problem.echo}, of shape {'×'.join(map(str, problem.dims))}",
            expected="a function whose value is one number",
        )


def sizes_known(problem, data: dict, start: Mapping, given) -> dict[str, int]:
    """The sizes that data and start show, and those that are given.

    Raises
        UnknownNameError, DeclarationError: a size that is given is none of the function's, or no whole number.
        ShapeError: data, start and sizes contradict one another.
    """
    if given is not None and not isinstance(given, Mapping):
        raise DeclarationError("sizes are given by name", given=f"sizes={given!r}"[:200], expected="a dict with whole numbers", fix="sizes={'n': 5}")
    given = dict(given or {})
    names = list(dict.fromkeys(x for v in problem.every.values() for d in v.dims for x in d.names))
    for name, size in given.items():
        if name not in names:
            raise UnknownNameError(
                f"`{name}` is no size of the function",
                given=f"sizes={{{name!r}: {size!r}}} for {problem.echo}",
                expected=", ".join(names) or "no sizes: all variables are numbers",
                fix="shapes can be declared with sizes of your own names, as in declare='U: m r'" if names else None,
            )
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
            raise DeclarationError(
                f"`{name}` is no size", given=f"sizes={{{name!r}: {size!r}}}", expected="a whole number, at least 1"
            )
    known = {**data, **{name: real(name, x) for name, x in start.items() if name in problem.variables}}
    return sizes_of({name: problem.every[name].dims for name in known}, known, given)


def checked_options(tolerance, iterations, seed) -> None:
    """Raises DeclarationError: tolerance, iterations or seed are none."""
    if tolerance is not None and not (isinstance(tolerance, float | int | np.number) and 0 < tolerance < inf):
        raise DeclarationError(
            "no search ends at this tolerance", given=f"tolerance={tolerance!r}", expected="a small positive number, such as 1e-6"
        )
    for word, number, least in (("iterations", iterations, 1), ("seed", seed, 0)):
        if not isinstance(number, int | np.integer) or number < least:
            raise DeclarationError(
                f"`{word}` is a whole number", given=f"{word}={number!r}", expected=f"a whole number, at least {least}"
            )


def refuse_start(objective, data: dict) -> None:
    """Raises DomainError: the function has no value or no gradient where the search would start."""
    x, value, gradient = objective.seen
    if np.isfinite(value) and np.all(np.isfinite(gradient)):
        return
    what = "no gradient" if np.isfinite(value) else "no value"
    wrong = [name for name, y in data.items() if not isinstance(y, np.memmap) and not np.all(np.isfinite(y))]
    odd = f"; `{wrong[0]}` has entries that are not finite" if wrong else ""
    raise DomainError(
        f"the function has {what} where the search starts",
        given=f"f = {value:.4g}{odd}",
        expected="a start and data for which f and its gradient are finite numbers",
        fix=f"look for NaN and inf in `{wrong[0]}`" if wrong else "start={" + repr(objective.names[0]) + ": …} at another point",
    )
