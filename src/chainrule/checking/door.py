"""One door to all checks: function and claim may each be a formula or code."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

import numpy as np

from ..core.errors import ChainruleError, DeclarationError
from ..core.lazy import lazy
from ..derivation.derive import checked_variable, understood
from ..numeric import draw
from ..syntax import Meaning
from .report import Report

bring = lazy(__package__, "..derivation.bring")
code = lazy(__package__, ".code")
formula = lazy(__package__, ".formulas")

OF_CODE = ("at", "kind", "sample", "framework", "seed")
OF_FORMULAS = ("declare", "layout", "dialect")
SIZES = 2  # points with sizes of their own at which code is compared with a formula


def check(function, mine=None, at=None, wrt=None, order: int = 1, **options) -> Report:
    """Whether `mine` is the derivative of `function`; `chainrule.check` says what the parameters are."""
    known = (*OF_CODE[1:], *OF_FORMULAS)
    for name in options:
        if name not in known:
            raise DeclarationError(f"there is no option `{name}`", given=f"{name}={options[name]!r}", expected=", ".join(known))
    options = {name: value for name, value in options.items() if value is not None}
    formulas, codes = isinstance(function, str | Meaning), isinstance(mine, str)
    if formulas and codes:
        refuse(options, OF_CODE, at, "code, and both are formulas")
        return formula.check_formula(function, mine, wrt, order=order, **options)
    if formulas:
        return against_formula(function, mine, at, wrt, order, options)
    if codes:
        return formula_of_code(function, mine, at, wrt, order, options)
    refuse(options, OF_FORMULAS, None, "formulas, and the function is code")
    return code.check_code(function, mine, at, order=order, wrt=wrt, **options)


def refuse(options: dict, names: tuple[str, ...], at, what: str) -> None:
    for name in ("at",) * (at is not None) + tuple(options):
        if name in names:
            raise DeclarationError(f"`{name}` is for {what}", given=f"{name}=…", expected="the options of what is checked")


def formula_of_code(function: Callable, mine: str, at, wrt, order: int, options: dict) -> Report:
    """A formula for the derivative of a NumPy function, which is traced; `at` or `declare` gives the shapes."""
    declare = options.pop("declare", None)
    if declare is None and at is not None:
        names = list(inspect.signature(function).parameters)
        values = at if isinstance(at, Mapping) else dict(zip(names, at if isinstance(at, tuple) else (at,)))
        shapes = {name: np.asarray(value) for name, value in values.items()}
    else:
        shapes = {}
    return formula.check_formula(bring.traced(function, declare, shapes), mine, wrt, order=order, **options)


def against_formula(function, mine, at, wrt, order: int, options: dict) -> Report:
    """Code for the derivative of a formula: called with the variables by the names of its parameters."""
    if not callable(mine):
        raise DeclarationError(
            "there is no derivative to check",
            given=repr(mine),
            expected="a formula as a text, or a function of the variables",
            fix='cr.check("||A x - b||^2", "2 A^T (A x - b)", wrt="x")',
        )
    problem = understood(function, options.get("declare"), options.get("dialect"))
    asked = wrt if wrt is not None else formula.only_variable(problem)
    name = checked_variable(problem, asked).name
    taken = [p.name for p in inspect.signature(mine).parameters.values() if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    strange = [p for p in taken if p not in problem.variables]
    if strange:
        raise DeclarationError(
            f"`{getattr(mine, '__name__', 'the derivative')}` has the parameter `{strange[0]}`, which is no variable of the function",
            given=problem.echo,
            expected=", ".join(f"`{v}`" for v in problem.variables),
            fix="name its parameters as the variables are named",
        )
    report = None
    for index in range(1 if at is not None else SIZES):
        values = point_of(problem, name, at, index)
        if at is not None:
            problem.evaluate(values)  # refuses a point that does not fit, in words of its own
        report = code.check_code(*pair(problem, mine, taken, name, values), {name: values[name]}, **kind_of(problem, order, options))
        if not report.right:
            break
    return report


def point_of(problem, name: str, at, index: int) -> dict:
    """The values of all variables: those that are given, others drawn within their facts."""
    variables = [v[:3] for v in problem.every.values()]
    _, values = draw(variables, index)
    if at is None:
        return values
    given = dict(at) if isinstance(at, Mapping) else {name: at}
    missing = [n for n in values if n not in given]
    if missing:
        raise DeclarationError(
            f"`at` has no value for {', '.join(missing)}",
            given=", ".join(given),
            expected="a dict of all variables, or no `at`: then points are drawn",
        )
    return {n: np.asarray(v, dtype=float) for n, v in given.items()}


def pair(problem, mine: Callable, taken: list[str], name: str, values: dict) -> tuple[Callable, Callable]:
    """(function, claim) of the one variable, all others held at `values`."""

    def function(**moved):
        return np.asarray(problem.evaluate({**values, **moved}))

    def claim(**moved):
        known = {**values, **moved}
        return mine(**{n: np.array(known[n]) for n in taken})

    for made, original in ((function, "f"), (claim, getattr(mine, "__name__", "claim"))):
        made.__name__ = original
        made.__signature__ = inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)])
    return function, claim


def kind_of(problem, order: int, options: dict) -> dict:
    """The options of the check of code."""
    if order > 1 and problem.dims or order > 2:
        raise ChainruleError("only gradients, Jacobians and Hessians are checked as code", given=f"order {order}", expected="order 1, or 2 for a scalar")
    kind = "hessian" if order == 2 else "jacobian" if problem.dims else "gradient"
    return {"kind": kind, **{k: v for k, v in options.items() if k in OF_CODE and k != "kind"}}
