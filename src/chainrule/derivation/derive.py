"""Text to derivative: read, lower, differentiate, simplify, seal. The one place where the machines meet."""

from __future__ import annotations

from collections.abc import Mapping

from ..calculus import bound, derivative, free_facts, jacobian
from ..core.errors import DeclarationError, DomainError, UnknownNameError, UnverifiedError, did_you_mean
from ..core.node import Node, symbol
from ..matrix import cost
from ..simplify import consolidate, simplified, simplify
from ..syntax import normal, read
from .derivation import LAYOUTS, Derivation
from .seal import sealed
from .zero import why_zero

HIGHEST_ORDER = 8


def derive(
    function: str,
    wrt: str,
    order: int = 1,
    declare: str | Mapping | None = None,
    layout: str = "column",
    dialect: str | None = None,
    seal: bool = True,
) -> Derivation:
    """The derivative of `function` in the variable `wrt`, verified.

    Parameters
        function: text in textbook, MATLAB-like or NumPy notation, with let-lines before the result if wanted.
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
    _check_options(order, layout)
    problem = read(function, declare, dialect)
    if "np" in problem.variables:
        raise DeclarationError(
            "a variable cannot be called `np`",
            given=problem.echo,
            expected="another name: `np` is NumPy in the code that is written",
        )
    variable = _variable(problem, wrt)
    name = variable.name
    free = symbol(name, variable.dims, free_facts(variable.facts))
    lowered = problem.lower(facts={name: free.facts})
    became = dict(lowered.lets)
    start = consolidate(lowered.node, became=became)
    whole = symbol(name, variable.dims, variable.facts)
    nodes = derivative(start, free, order - 1, _tidied)
    (last,) = jacobian(nodes[-1], [free])
    # simplified once only, with all facts: S⁻¹ − S⁻¹xxᵀS⁻¹ shows its symmetry where S⁻ᵀ(I − xxᵀS⁻ᵀ) has none
    node = _tidied(bound(last, free, whole))
    nodes.append(_tidied(last) if free is not whole else node)
    found = Derivation(problem, name, order, layout, nodes, node)
    found.names = _names(lowered.lets, became, start, free, whole)
    note = why_zero(problem, start, free, nodes)
    if note:
        found.notes = [n for n in found.notes if f"`{name}` is declared, but" not in n] + [note]
    if seal:
        found.seal = sealed(found)
        _refuse_unless_verified(found)
        if found.seal.zero_everywhere and not note:
            found.notes.append("zero, to rounding, at every point at which it was checked")
    return found


def _refuse_unless_verified(found: Derivation) -> None:
    evidence = found.seal
    if evidence.ok:
        return
    given = f"{found.problem.echo}, by {found.wrt}, order {found.order}"
    if not evidence.refuted:
        raise DomainError(
            "too few points were found at which the derivative can be checked",
            given=given,
            expected=f"a function that can be evaluated, away from kinks ({evidence.reason})",
            fix='declare where it is defined, such as "x: positive", or switch the check off',
        )
    raise UnverifiedError(
        "the derivative that was found fails its own check, so it is not shown",
        given=f"{given}\n{evidence}",
        expected="agreement with the numeric derivative of the function",
        fix="this is a bug of chainrule: please report the expression",
    )


def _tidied(node: Node) -> Node:
    return simplify(node, cost)


def _check_options(order: int, layout: str) -> None:
    if not isinstance(order, int) or isinstance(order, bool) or not 1 <= order <= HIGHEST_ORDER:
        raise DeclarationError(
            "the order of a derivative is a small whole number",
            given=repr(order),
            expected=f"1 to {HIGHEST_ORDER}: 1 for gradient and Jacobian, 2 for the Hessian",
        )
    if layout not in LAYOUTS:
        near = did_you_mean(str(layout), LAYOUTS)
        raise DeclarationError(
            f"unknown layout `{layout}`",
            given=repr(layout),
            expected=" or ".join(f'"{x}"' for x in LAYOUTS),
            fix=f'layout="{near}"' if near else None,
        )


def _variable(problem, wrt: str):
    name = normal(wrt.strip().lstrip("\\"))
    if name in problem.every:
        return problem.every[name]
    near = did_you_mean(wrt, problem.variables)
    raise UnknownNameError(
        f"`{wrt}` is not a variable of the function",
        given=problem.echo,
        expected=" or ".join(f"`{v}`" for v in problem.variables) or "a function with variables",
        fix=f"differentiate by `{near}`" if near else None,
    )


def _names(lets: dict[str, Node], became: dict[str, Node], start: Node, free: Node, whole: Node) -> dict[Node, str]:
    """The user's names of intermediates, for the nodes that they were and have become."""
    names: dict[Node, str] = {}
    restored: dict[Node, Node] = {free: whole}
    for name, node in lets.items():
        for form in (became[name], node, simplified(became[name])):
            form = bound(form, free, whole, restored)
            if form.args and form is not start:
                names.setdefault(form, name)
    return names
