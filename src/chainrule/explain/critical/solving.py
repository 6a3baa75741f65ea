"""∇f = 0 solved for all variables at once: one variable after the other is expressed by those that are left.

The variable whose own equation has the simplest solution goes first, and is put into the equations of the others. An
equation that then holds by itself leaves its variable free: a whole family of critical points.
"""

from __future__ import annotations

from typing import NamedTuple

from ...core.algebra import is_zero, substitute
from ...core.dims import size_text
from ...core.errors import ChainruleError, ShapeError
from ...core.facts import FACTS, OPEN, sign, symmetric
from ...core.node import Node, symbol
from ...core.product import product
from ...core.sums import linear_sum
from ...core.walk import symbols
from ...derivation.derive import derived
from ...derivation.differentiate import tidied
from ...matrix import cost, render
from .inverting import Trail, roots

KEPT = OPEN | {"constant"}  # facts under which ∇f = 0 is what holds at a minimum inside
MOST_BRANCHES = 8


class Branch(NamedTuple):
    """One solution.

    values   (variable, expression) in an order in which each uses only those before it and what is given
    free     variables that may have any value
    """

    values: list[tuple[Node, Node]]
    free: list[Node]


class Gradient(NamedTuple):
    """The sealed gradient: the variables as symbols, ∇f by variable, and what is set to zero: its symmetric part where
    the variable is symmetric."""

    unknown: list[Node]
    parts: list[Node]
    equations: list[Node]
    derivation: object

    @property
    def function(self) -> Node:
        return self.derivation.problem.lower().node


class Solved(NamedTuple):
    """The solutions of ∇f = 0; `all` says whether there are no others where f is differentiable. `reason` says why there are none;
    what was divided by, or inverted, is `needed`."""

    branches: list[Branch]
    all: bool
    reason: str = ""
    needed: tuple[Node, ...] = ()


def gradient(problem, names: list[str]) -> Gradient:
    """∇f, derived and sealed.

    Raises
        ShapeError: the function has no number as value. What `derive` raises.
    """
    if problem.dims:
        raise ShapeError(
            "only a function whose value is one number has critical points",
            given=f"{problem.echo}, of shape {size_text(problem.dims)}",
            expected="a scalar function",
            fix=f"sum({problem.text.strip()})" if "\n" not in problem.text.strip() else None,
        )
    found = derived(problem, names[0] if len(names) == 1 else names)
    parts = [found.node] if len(names) == 1 else [piece.node for piece in found.pieces.values()]
    unknown = [symbol(problem.every[n].name, problem.every[n].dims, problem.every[n].facts) for n in names]
    equations = [_symmetric_part(g, x) for g, x in zip(parts, unknown)]
    return Gradient(unknown, parts, equations, found)


def _symmetric_part(part: Node, x: Node) -> Node:
    if not any([FACTS[fact].symmetric for fact in x.facts if fact in FACTS]) or symmetric(part):
        return part
    turned = product(1, [(part, (0, 1), 1)], (1, 0))
    return tidied(linear_sum([(1, part), (1, turned)], part.dims))


def constrained(x: Node) -> str | None:
    """The fact that ties the entries of `x` to one another, so that ∇f need not vanish where f is smallest; None without one."""
    bound = [fact for fact in sorted(x.facts) if fact not in KEPT and not FACTS[fact].symmetric]
    return next(iter(bound), None) or ("diagonal" if "diagonal" in x.facts else None)


def solved(of: Gradient) -> Solved:
    """The solutions of ∇f = 0, as far as they can be written."""
    for x in of.unknown:
        fact = constrained(x)
        if fact:
            return Solved([], False, f"{x.name} is {fact}: within that constraint a minimum need not have ∇f = 0")
    if all([is_zero(e) for e in of.equations]):
        return Solved([], False, "∇f is zero everywhere: f does not depend on " + ", ".join([x.name for x in of.unknown]))
    alone = [x for x, e in zip(of.unknown, of.equations) if not set(of.unknown) & set(symbols(e)) and not is_zero(e)]
    if alone:
        return Solved([], False, f"∇f does not change with {alone[0].name}: it is zero nowhere, unless the data make it so")
    signed = [(x, sign(e)) for x, e in zip(of.unknown, of.equations) if sign(e) in ("+", "-")]
    if signed:
        x, known = signed[0]
        word = "positive" if known == "+" else "negative"
        return Solved([], True, f"the derivative in {render(x, 0).text()} is {word} everywhere: it is zero nowhere")
    needed: list[Node] = []
    found = _systems(dict(zip(of.unknown, of.equations)), of.unknown, needed)
    if found is None:
        return Solved([], False, "no way was found to write the solution of ∇f = 0 as a formula")
    branches, complete = found
    return Solved([Branch(list(reversed(values)), free) for values, free in branches[:MOST_BRANCHES]],
                  complete and len(branches) <= MOST_BRANCHES, "", tuple(dict.fromkeys(needed)))  # fmt: skip


def _systems(equations: dict[Node, Node], unknown: list[Node], needed: list[Node]):
    """([(assignments, free)], all) for the equations by the variable they belong to; None where they resist.

    An assignment may use the variables that are assigned after it.
    """
    equations = {x: e for x, e in equations.items() if not is_zero(e)}
    if not unknown:
        return ([([], [])], True) if not equations else None
    if not equations:
        return [([], list(unknown))], True
    options = []
    for x, equation in equations.items():
        if x not in unknown:
            x = next((u for u in unknown if u in symbols(equation) and u.dims == equation.dims), None)
            if x is None:
                continue
        trail = Trail([u for u in unknown if u is not x])
        found = roots(equation, x, trail)
        if found is None:
            continue
        others = sum([u in symbols(equation) for u in unknown if u is not x])
        key = (not found.all, others > 0, len(found.values), sum([cost(v) for v in found.values]))
        options.append((key, equation, x, found, trail))
    if not options:
        return None
    for _, equation, x, found, trail in sorted(options, key=lambda option: option[0]):
        more = [n for n in trail.needed if not set(unknown) & set(symbols(n))]
        answer = _with(equations, unknown, equation, x, found, more)
        if answer is not None:
            needed += more
            return answer
    return None


def _with(equations: dict, unknown: list[Node], equation: Node, x: Node, found, needed: list[Node]):
    """What is left once `x` is one of `found`."""
    branches, complete = [], found.all
    left = [u for u in unknown if u is not x]
    for value in found.values:
        try:
            rest = {u: tidied(substitute(e, {x: value})) for u, e in equations.items() if e is not equation}
        except (ChainruleError, ZeroDivisionError):
            complete = False
            continue
        more = _systems(rest, left, needed)
        if more is None:
            complete = False
            continue
        branches += [([(x, value), *assigned], free) for assigned, free in more[0]]
        complete = complete and more[1]
    return (branches, complete) if branches else None
