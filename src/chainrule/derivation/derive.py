"""Text to derivative: read, lower, differentiate, simplify, seal. The one place where the machines meet."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.errors import DeclarationError, UnknownNameError, check_choice, did_you_mean
from ..core.lazy import lazy
from ..syntax import Brought, Meaning, called, read
from .derivation import Derivation
from .differentiate import differentiated
from .formula import written
from .seal import refuse_unless_sealed, sealed
from .symbols import LAYOUTS
from .zero import why_zero

objects = lazy(__package__, ".objects")

HIGHEST_ORDER = 8


def derive(
    function: str | Meaning,
    wrt: str,
    order: int = 1,
    declare: str | Mapping | None = None,
    layout: str = "column",
    dialect: str | None = None,
    seal: bool = True,
) -> Derivation:
    """The derivative of `function` in the variable `wrt`, verified.

    Parameters
        function: text in textbook, MATLAB-like or NumPy notation, with let-lines before the result if wanted; or a
            function that was brought as code (`bring.traced`).
        wrt: the name of the variable.
        order: 1 is the gradient or Jacobian, 2 the Hessian, and so on.
        declare: shapes and properties, `"X: m n, S: n n posdef, lam: positive"` or a mapping of names to them.
            What is not declared is inferred.
        layout: "column": a gradient has the shape of its variable. "row": it is laid out as the derivative, a row.
        dialect: "math" or "numpy"; by default what the text itself shows.
        seal: check the result numerically. Without it, the derivation says that it is not verified.

    Returns
        A Derivation. Its axes are those of the function, then those of the variable once for each order.

    Raises
        ParseError, ShapeError, UnknownNameError, DeclarationError: the input cannot be understood.
        NoRuleError: an operation has no derivative.
        DomainError: too few points were found at which the function can be evaluated and its derivative judged.
        UnverifiedError: the result contradicts its own check; it is not shown.
    """
    checked_order(order, HIGHEST_ORDER)
    checked_layout(layout)
    problem = understood(function, declare, dialect)
    variable = checked_variable(problem, wrt)
    name = variable.name
    made = differentiated(problem, name, order)
    found = Derivation(problem, name, order, layout, made.nodes, made.node)
    found.names = made.names
    note = why_zero(problem, made.nodes[0], made.free, made.nodes)
    if note:
        found.notes = [n for n in found.notes if f"`{name}` is declared, but" not in n] + [note]
    if seal:
        found.seal = sealed(found)
        refuse_unless_sealed(found, f"by {found.wrt}, order {found.order}", "derivative")
        if found.seal.zero_everywhere and not note:
            found.notes.append("zero, to rounding, at every point at which it was checked")
    return found


def derived(function: str | Meaning, wrt, order: int = 1, **options):
    """The derivative in one variable, or in several: `["w", "b"]` or "w, b"."""
    checked_order(order, HIGHEST_ORDER)
    if is_several(wrt):
        return objects.partials(function, wrt, order, kind="grad" if order == 1 else "hessian", **options)
    return derive(function, wrt, order=order, **options)


def is_several(wrt) -> bool:
    """Whether more than one variable may be meant: a list of names, or "x, y"."""
    return not isinstance(wrt, str) or "," in wrt


def understood(function: str | Meaning, declare: str | Mapping | None, dialect: str | None) -> Meaning:
    """The function as read from text, or as it was brought, with its formula written below it."""
    if not isinstance(function, Meaning):
        problem = read(function, declare, dialect)
        if "np" in problem.variables:
            raise DeclarationError(
                "a variable cannot be called `np`",
                given=problem.echo,
                expected="another name: `np` is NumPy in the code that is written",
            )
        return problem
    if declare is not None:
        raise DeclarationError(
            "this function was read already, with its shapes",
            given=f"declare={declare!r}",
            expected="the declaration where the function is read",
        )
    if isinstance(function, Brought) and function.written is None:
        function.written = written
    return function


def checked_order(order: int, highest: int) -> None:
    if not isinstance(order, int) or isinstance(order, bool) or not 1 <= order <= highest:
        raise DeclarationError(
            "the order of a derivative is a small whole number",
            given=repr(order),
            expected=f"1 to {highest}: 1 for gradient and Jacobian, 2 for the Hessian",
        )


def checked_layout(layout: str) -> None:
    check_choice("layout", layout, LAYOUTS)


def checked_variable(problem, wrt: str):
    """The variable called `wrt`, or the error that says which there are."""
    if not isinstance(wrt, str):
        raise UnknownNameError(
            "a variable is given by its name",
            given=repr(wrt),
            expected=" or ".join(f"`{v}`" for v in problem.variables) or "a function with variables",
        )
    name = called(wrt)
    if name in problem.every:
        return problem.every[name]
    near = did_you_mean(wrt, problem.variables)
    raise UnknownNameError(
        f"`{wrt}` is not a variable of the function",
        given=problem.echo,
        expected=" or ".join(f"`{v}`" for v in problem.variables) or "a function with variables",
        fix=f"differentiate by `{near}`" if near else None,
    )
