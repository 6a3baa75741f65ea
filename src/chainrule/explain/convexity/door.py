"""The door: `convexity(function, wrt)`."""

from __future__ import annotations

from ...core.errors import ChainruleError, ShapeError
from ...core.dims import size_text
from ..place import asked, refuse_wrong
from .asking import verdict_of
from .verdict import Convexity


def convexity(function, wrt=None, at=None, data=None, *, declare=None, sizes=None, seed=0, **more) -> Convexity:
    """Whether a function is convex, with the reason: a proof, a counter-example, or "not decided".

    A proof is found by rules of composition and by the sign of vᵀ∇²f v as an expression; it holds for all values of the
    variables that are declared, and at all sizes. In several variables ("w, b") the question is whether it is so jointly.

    Parameters
        function, declare: as for `derive`.
        wrt: the variables, a name, "w, b" or a list; by default the only one, or those without data.
        at: values by name: of the variables that move they choose what moves, and decide nothing.
        data: values of the other variables. What they show, as signs or definiteness, is used: the answer is about them.
        sizes: sizes that no values show, for the search of counter-examples.
        seed: of the points that are drawn.

    Returns
        Convexity: `.verdict` ("convex", "concave", "affine", "neither", "not convex" or "not decided"), `.proof`, `.witnesses`,
            `.domain`, `.using`, `.strict`, `.strong`, `.provided`; it prints.

    Raises
        what `derive` raises for a function; ShapeError: its value is no number.
        DomainError: the values of a variable make no convex set, as labels or rotations do.

    >>> convexity("x^2 + exp(x)").verdict
    'convex'

    Reference: Boyd & Vandenberghe, Convex Optimization (2004), chapter 3.
    """
    problem, names, values = asked(function, wrt, at, data, declare, more)
    if problem.dims:
        raise ShapeError(
            "only a number is convex or not", given=f"{problem.echo}, of shape {size_text(problem.dims)}",
            expected="a function whose value is one number", fix="sum(…) adds up its entries",
        )  # fmt: skip
    refuse_wrong(problem, values, sizes, seed)
    fixed = {n: x for n, x in values.items() if n not in names}
    found = verdict_of(problem, names, fixed, sizes, seed)
    if 1 < len(names) <= 4 and found.verdict not in ("convex", "concave", "affine"):
        for name in names:
            try:
                found.each[name] = verdict_of(problem, [name], fixed, sizes, seed, hints=False).verdict
            except ChainruleError:
                continue
    return found
