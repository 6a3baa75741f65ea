"""Where a function is expanded: at a number, at a point with a name, or around the variable itself.

At a point a the polynomial is one in x − a; around the variable, or a named point of a vector, in an increment h.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ...calculus import breaks_at
from ...core.algebra import is_zero, multiply, number, ones, subtract
from ...core.errors import ChainruleError, DeclarationError, DomainError
from ...core.node import Node, symbol
from ...core.walk import symbols
from ...matrix import render
from ...matrix.directions import displacement
from ...matrix.latex import latex
from ...matrix.reduce import tree_of
from ...matrix.text import text
from ...matrix.tree import Tree
from ...numeric import draw
from ...syntax import called, read
from ..symbols import UNICODE
from .asked import direction
from .products import program_of


class Centre(NamedTuple):
    """The point of an expansion.

    x      the variable, with all its facts
    point  where the function is expanded: a number, a symbol, or x itself
    h      the symbol in which the terms are made
    step   what h stands for in the answer: x − a, x, or h itself
    """

    variable: object
    x: Node
    point: Node
    h: Node
    step: Node

    @property
    def moving(self) -> bool:
        """Whether the polynomial is one in x: then x is where it is evaluated."""
        return self.step is not self.h

    @property
    def named(self) -> bool:
        """Whether the point is a symbol of its own."""
        return self.point.op == "symbol" and self.point is not self.x

    @property
    def written(self) -> Tree | None:
        """The step as it is printed in place of h."""
        if not self.moving:
            return None
        return tree_of(self.x) if is_zero(self.point) else displacement(tree_of(self.x), tree_of(self.point))

    def step_text(self, script) -> str:
        """x, (x − a) or h."""
        if not self.moving:
            return script.name_of(self.h.name)
        shown = text(self.written) if script is UNICODE else latex(self.written)
        return shown if is_zero(self.point) else f"({shown})"

    def point_text(self, script) -> str:
        shown = tree_of(self.point)
        return text(shown) if script is UNICODE else latex(shown)

    def place(self, shape: tuple[int, ...]) -> np.ndarray:
        """A point that is given by a number, as an array."""
        if not self.point.dims:
            return np.full(shape, program_of(self.point, [])({}))
        return np.full(shape, float(self.point.coef) if self.point.op == "product" and not self.point.args else 0.0)


def centre_of(problem, variable, at, what: str, displaced: bool = False) -> Centre:
    """The centre for a point given as number, text or nothing; with `displaced`, in x − a where there is a choice.

    Raises
        DeclarationError: it is neither a number nor a free name.
    """
    x = symbol(variable.name, variable.dims, variable.facts)
    h = direction(problem, None, variable.dims, "increment", what)
    at = 0 if at is None and not variable.dims else at
    if at is None:
        return Centre(variable, x, x, h, h)
    if is_number(at):
        value = read(at).lower().node if isinstance(at, str) else _number(at)
        if value.dims:
            raise _no_point(at)
        point = multiply(value, ones(variable.dims)) if variable.dims else value
        return Centre(variable, x, point, h, x if is_zero(point) else subtract(x, point))
    if not isinstance(at, str) or not is_read(at):
        raise _no_point(at)
    named = direction(problem, subscripted(at), variable.dims, "increment", f"the point of {what}")
    point = symbol(named.name, named.dims, variable.facts)
    return Centre(variable, x, point, h, subtract(x, point) if displaced or not variable.dims else h)


def is_number(at) -> bool:
    """Whether a point is given by its value: a number, or a text without variables."""
    if isinstance(at, str):
        return is_read(at) and not read(at).variables
    return at is not None


def is_read(text: str) -> bool:
    """Whether a text can be read at all; `inf`, for one, is no number to calculate with."""
    try:
        read(text)
    except ChainruleError:
        return False
    return True


def subscripted(name: str) -> str:
    """x0 as x_0, which is printed x₀."""
    plain = called(name)
    found = re.fullmatch(r"([^\W\d_]+)(\d+)", plain)
    return f"{found[1]}_{found[2]}" if found else plain


def _number(at) -> Node:
    try:
        value = at if isinstance(at, float) else Fraction(at)
        float(value)  # one that no float can hold could not be checked
        return number(value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value)
    except (TypeError, ValueError, OverflowError):
        raise _no_point(at) from None


def _no_point(at) -> DeclarationError:
    return DeclarationError("a point is a number or a name", given=repr(at), expected="such as 0, 1/2, pi or a")


# ------------------------------------------------------------------ where there is no expansion


SIDES, JUMPS = (1e-6, 1e-8), 1e-3  # how far beside the point; a difference that is none of rounding


def first_jump(problem, centre: Centre, derivatives: list[Node]) -> int | None:
    """The lowest order of which the derivatives on both sides of the point, by rules, have not one finite limit.

    None if all of them have. Where those of order 0 to k have one, the function has k continuous derivatives along a line
    through the point: |x|³ has two at 0, although |x| has none.
    """
    point = program_of(centre.point, []) if not centre.point.dims else None
    everything = [*[symbol(v.name, v.dims, v.facts) for v in problem.every.values()], centre.h]
    programs = [program_of(d, everything) for d in derivatives]
    lowest = None
    for attempt in range(3):
        _, values = draw([(s.name, s.dims, s.facts) for s in everything], attempt)
        h = np.sign(values[centre.h.name]) * (0.5 + np.abs(values[centre.h.name]))
        base = centre.place(np.shape(values[centre.x.name])) if point is None else point({})
        for k, program in enumerate(programs[:lowest]):
            with np.errstate(all="ignore"):
                seen = [
                    np.asarray(program({**values, centre.h.name: h, centre.x.name: base + side * step * h}))
                    for step in SIDES for side in (1, -1)
                ]  # fmt: skip
            near, limit = max(float(np.max(np.abs(x - seen[-1]))) for x in seen), float(np.max(np.abs(seen[-1])))
            if not near <= JUMPS * max(1.0, limit):
                lowest = k
                break
    return lowest


def breaks_beyond(
    kind: str, problem, centre: Centre, function: Node, order: int, jump: int | None | bool = False
) -> int | None:
    """The lowest order above `order` at which a derivative is declared to break at the point; None if there is none.

    `jump` is what `first_jump` found, where it was asked: it knows that |x|³ has derivatives where |x| has none.

    Raises
        DomainError: one breaks at `order` or below.
    """
    at = {x: centre.point for x in symbols(function) if x.name == centre.x.name}
    found = sorted(breaks_at(function, at), key=lambda item: item[1])
    if jump is None:
        return None
    if jump is not False and found:
        jump = max(jump, found[0][1])  # what is steep, as the cube root of 0, only looks like a jump
    if jump is not False and all(k != jump for _, k in found):
        found = [(function, jump)]
    if not found:
        return None
    node, k = found[0] if jump is False else next(item for item in found if item[1] == jump)
    if k > order:
        return k
    x, where = centre.x.name, centre.point_text(UNICODE)
    shown = render(node, node.ndim, "").text()
    said = {
        0: f"{kind}() refuses to expand there: the function may jump at {x} = {where}",
        1: f"{kind}() refuses to expand there: no derivative need exist at {x} = {where}",
    }
    missing = {0: "value", 1: "first derivative"}.get(k, f"derivative of order {k}")
    raise DomainError(
        said.get(k, f"{kind}() refuses to expand there past order {k - 1}"),
        given=f"{problem.echo} at {x} = {where}, where the {missing} of {shown} jumps",
        expected="a point at which the derivatives up to the order asked for exist",
        fix=f"order={k - 1}" if k > 1 else f"another point, such as at={'1' if where == '0' else '0'}",
    )


def refuse_outside(kind: str, problem, centre: Centre) -> None:
    """Refuses a point, given by numbers, at which the function has no finite value for any values of the others."""
    given = [v[:3] for v in problem.every.values()]
    with np.errstate(all="ignore"):
        for attempt in range(20):
            _, values = draw(given, 0, attempt=attempt)
            base = centre.place(np.shape(values[centre.x.name]))
            try:
                value = np.asarray(problem.evaluate({**values, centre.x.name: base}))
            except (ArithmeticError, ValueError, np.linalg.LinAlgError):
                continue
            if np.all(np.isfinite(value)):
                return
    raise undefined(kind, problem, centre, "the function has no finite value there")


def undefined(kind: str, problem, centre: Centre, why: str) -> DomainError:
    return DomainError(
        f"{kind}() refuses to expand at {centre.x.name} = {centre.point_text(UNICODE)}",
        given=f"{problem.echo}: {why}",
        expected="a point at which the function and the derivatives that are needed exist",
    )
