"""The seal: a derivative is checked against the numeric derivative of the function before it is shown.

What is checked is the form that is *printed*, evaluated by the matrix tree's own evaluator; what it is checked
against is the text as read, evaluated directly from its syntax tree. The two meet in nothing but the numbers: no
rule, no graph, no simplification is shared.
"""

from __future__ import annotations

from ..compiling import compile_nodes
from ..core.errors import DomainError, UnverifiedError
from ..core.node import Node
from ..core.walk import order
from ..numeric import Evidence, verify
from .called import called

Seal = Evidence


def sealed(d) -> Seal:
    """The evidence for a derivation, at random points that respect the facts and keep clear of kinks.

    From the second order on, each derivative is checked against the numeric derivative of the one below, which was
    itself checked: `lower` is that one, compiled.
    """
    problem = d.problem
    agreed = called(problem) if problem.call is not None else 0
    margin = (lambda values: problem.margin(values, d.wrt)) if piecewise(d.function) else None
    variables = [v[:3] for v in problem.every.values()]
    evidence = None
    for k in range(1, d.order + 1):
        last = k == d.order
        claimed = d.rendering.evaluate if last else program(d, k)
        evidence = verify(
            problem.evaluate,
            margin,
            claimed,
            variables,
            d.wrt,
            k,
            lower=program(d, k - 1) if k > 1 else None,
        )
        if not evidence.ok:
            break
    evidence.called = agreed
    return evidence


def refuse_unless_sealed(found, asked: str, what: str = "answer") -> None:
    """Refuses a result that its own check refutes, or could not check.

    Parameters
        found: has the `problem` and the `seal`.
        asked: what was asked of the function, such as "by x, order 1".
        what: what the result is called.

    Raises
        DomainError: too few points were found.
        UnverifiedError: the numeric derivative is another.
    """
    evidence = found.seal
    if evidence.ok:
        return
    given = f"{found.problem.echo}, {asked}"
    if not evidence.refuted:
        raise DomainError(
            f"too few points were found at which the {what} can be checked",
            given=given,
            expected=f"a function that can be evaluated, away from kinks ({evidence.reason})",
            fix='declare where it is defined, such as "x: positive", or switch the check off',
        )
    raise UnverifiedError(
        f"the {what} that was found fails its own check, so it is not shown",
        given=f"{given}\n{evidence}",
        expected="agreement with the numeric derivative of the function",
        fix="this is a bug of chainrule: please report the expression",
    )


def program(d, k: int):
    """The k-th derivative as a callable on a dict of values, by a free variable: no fact of it has been used."""
    compiled = compile_nodes(d.nodes[k], parameters=d.parameters, name=f"derivative_{k}")
    return lambda values: compiled(**values)


def piecewise(node: Node) -> bool:
    """Whether the function has kinks or jumps anywhere."""
    for each in order(node):
        declaration = each.attr if each.op == "map" else each.attr[0] if each.op == "struct" else None
        if declaration is not None and declaration.margin is not None:
            return True
    return False
