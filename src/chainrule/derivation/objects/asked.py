"""What is asked of a function besides its text: the variable, the direction, the layout; and the errors for these."""

from __future__ import annotations

import re

from ...core.dims import Dim, size_text
from ...core.errors import DeclarationError, ShapeError
from ...core.node import Node, symbol
from ...syntax import called
from ..derive import checked_layout, checked_variable, understood

LETTERS = {"tangent": ("vuwdsh", "VUHDWS"), "cotangent": ("uwvsg", "UGVWS"), "increment": ("hsvd", "HVSD")}
NAME = re.compile(r"[^\W\d]\w*")


def asked(function, wrt: str, declare, layout: str, dialect: str | None):
    """(problem, variable) for a function and the name of a variable of it.

    Raises what `derive` raises for them.
    """
    checked_layout(layout)
    problem = understood(function, declare, dialect)
    return problem, checked_variable(problem, wrt)


def several_asked(function, wrt, declare, layout: str, dialect: str | None):
    """(problem, names of the variables) for a list of names, or "x, y".

    Raises what `derive` raises for each of them, and DeclarationError for none or for one twice.
    """
    checked_layout(layout)
    problem = understood(function, declare, dialect)
    names = [checked_variable(problem, name).name for name in _listed(wrt, problem)]
    _refuse_twice(names, problem)
    return problem, names


def _listed(wrt, problem) -> list[str]:
    if isinstance(wrt, str):
        wrt = [name for name in wrt.replace(",", " ").split()]
    try:
        wrt = list(wrt)
    except TypeError:  # one that is no name and holds none: it is refused with the others
        wrt = [wrt]
    if not wrt or not all(isinstance(name, str) for name in wrt):
        raise DeclarationError(
            "variables are given by their names",
            given=repr(wrt),
            expected="at least one of " + ", ".join(f"`{v}`" for v in problem.variables),
        )
    return wrt


def _refuse_twice(names: list[str], problem) -> None:
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(
                f"the variable `{name}` is asked for twice",
                given=f"{', '.join(names)} in {problem.echo}",
                expected="each variable once",
            )


def direction(problem, name: str | None, dims: tuple[Dim, ...], role: str, expression: str) -> Node:
    """The symbol for a direction of the shape `dims`: the one that is named, or the customary one that is free.

    Parameters
        role: "tangent" (v, in the space of the variable), "cotangent" (u, in that of the function) or "increment" (h).
        expression: what the direction is for, as the person would say it: "jvp in x".

    Raises
        DeclarationError: the name is that of something else, or no name.
        ShapeError: it is declared with another shape.
    """
    taken = {*problem.variables, *[n for n, _ in problem.typed_lets]}
    sizes = {x for v in problem.every.values() for d in v.dims for x in d.names} | {x for d in dims for x in d.names}
    if name is None:
        few = LETTERS[role][len(dims) > 1]
        free = (*few, *[f"{few[0]}{k}" for k in range(1, 1000)])
        return symbol(next(n for n in free if n not in taken | sizes | set(problem.unused)), dims)
    plain = called(name) if isinstance(name, str) else ""
    if not NAME.fullmatch(plain):
        raise DeclarationError(
            "a direction is given by a name",
            given=f"{name!r} for {expression} of {problem.echo}",
            expected=f"a letter such as `{LETTERS[role][len(dims) > 1][0]}`; its values are passed to the compiled result",
        )
    if plain in taken | sizes or plain == "np":
        what = (
            "a size" if plain in sizes else "NumPy in the code that is written" if plain == "np" else "in the function"
        )
        raise DeclarationError(
            f"the name `{plain}` is taken",
            given=f"{problem.echo}, where `{plain}` is {what}",
            expected=f"a name for the direction that is free, such as `{direction(problem, None, dims, role, '').name}`",
        )
    declared = problem.unused.get(plain)
    if declared is not None and declared.declared and declared.dims != dims:
        raise ShapeError(
            f"`{plain}` has not the shape of {'the function' if role == 'cotangent' else 'the variable'}",
            given=f"{plain}: {size_text(declared.dims)}, for {expression} of {problem.echo}",
            expected=f"{plain}: {size_text(dims)}",
        )
    return symbol(plain, dims, declared.facts if declared is not None else ())
