"""The seal of what depends on a direction: the derivative along a curve is compared with the numeric one.

Along x + (t − 1) v every function is one of the number t, at t = 1, and its derivative there is J v. So the numeric
derivative sees only the text as read and the direction, and the claim that is evaluated is the one that is printed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...core.node import Node
from ...numeric import Evidence, verify
from ..called import called
from ..seal import piecewise, refuse_unless_sealed

ONE = frozenset(["sum1"])  # a number of sum one: the parameter of the curve is 1 at every point
PARAMETER = "t·"  # no name that a text can have


def variables_of(answer) -> list[tuple]:
    """(name, dims, facts) of the variables of the function and of the directions."""
    return [(p.name, p.dims, p.facts) for p in answer.parameters]


def margin_of(answer, function: Node, wrt: str | None = None) -> Callable | None:
    """The distance to the nearest kink in a variable, by default the only one; None for functions without kinks."""
    if not piecewise(function):
        return None
    wrt = wrt or answer.wrt[0]
    return lambda values: answer.problem.margin(values, wrt)


def along_curve(
    evaluate: Callable,
    claim: Callable,
    margin: Callable | None,
    variables: list[tuple],
    wrt: str | list[str],
    step: Callable,
    order: int = 1,
    lower: Callable | None = None,
) -> Evidence:
    """Whether `claim` is the derivative of `evaluate` along `step`, all of them callables on a dict of arrays.

    For several variables moving together `wrt` is a list, and `step` gives a dict of their steps.
    """
    steps = step if not isinstance(wrt, str) else lambda values: {wrt: step(values)}

    def moved(function):
        return None if function is None else lambda values: function(_moved(values, steps(values)))

    return verify(
        moved(evaluate), moved(margin), moved(claim), [*variables, (PARAMETER, (), ONE)], PARAMETER, order, moved(lower)
    )


def _moved(values: dict, steps: dict) -> dict:
    t = values[PARAMETER] - 1.0
    return {**values, **{name: values[name] + t * step for name, step in steps.items()}}


def paired(evaluate: Callable, cotangent: str) -> Callable:
    """⟨u, f(x)⟩ as a function of x, for a cotangent u of the shape of the function."""
    return lambda values: np.sum(np.asarray(values[cotangent]) * evaluate(values))


def worst_of(found: list[Evidence]) -> Evidence:
    """One record for several checks: the one that failed, or the last with the largest error of all."""
    for evidence in found:
        if not evidence.ok:
            return evidence
    last = found[-1]
    last.relative_error = max(e.relative_error for e in found)
    last.slope = min([e.slope for e in found if e.slope is not None], default=None)
    last.affine = all(e.affine for e in found)
    last.zero_everywhere = all(e.zero_everywhere for e in found)
    last.draws = sum(e.draws for e in found)
    return last


def refuse_unless_verified(answer, what: str) -> None:
    """Raises what an answer whose seal is not whole must raise; a function that was brought as code is called, too."""
    refuse_unless_sealed(answer, what)
    if answer.problem.call is not None:
        answer.seal.called = called(answer.problem)
