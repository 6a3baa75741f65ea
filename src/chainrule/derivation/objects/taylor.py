"""Taylor polynomials with their remainder, and linearisation, as a textbook writes them.

Of one variable: sin x = x − x³/6 + O(x⁵), in powers of x − a at a point a. Of many: f(x + h) = f(x) + ∇f(x)ᵀh + … with
an increment h of the variable's shape. Terms are written in their order, each simplified by itself. What is checked
stands in `taylor_seal`.

Reference: Apostol, Mathematical Analysis (2nd ed.), theorems 5.19 and 12.14; Magnus & Neudecker (2019), section 6.8.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...calculus import along, terms
from ...core.algebra import is_zero, substitute
from ...core.errors import ChainruleError, DeclarationError, DomainError, NoRuleError
from ...core.node import Node
from ..answer import Piece
from ..derive import derive, is_several
from ..differentiate import tidied
from ..seal import piecewise
from .asked import asked
from .centre import Centre, breaks_beyond, centre_of, first_jump, is_number, refuse_outside, undefined
from .curve import refuse_unless_verified
from .expansion import Expansion
from .remainder import ONE_PIECE, WHOLE, big_o, head, state
from .several import SeveralTerms, taylor_in_several
from .start import started
from .taylor_seal import sealed

HIGHEST = 10


def taylor(
    function, wrt, order=2, at=None, declare=None, layout="column", dialect=None, seal=True
) -> Expansion | SeveralTerms:
    """The Taylor polynomial of degree `order` in `wrt` (one variable, or several) with its remainder.

    Parameters
        at: a number (of a function of one number, 0 if nothing is said), the name of a point, or None: a function of a
            vector or matrix is expanded around the variable itself.

    Raises
        DomainError: the function, or a derivative that is needed, does not exist at the point.
        DeclarationError: the order is none, or the point is called as something else.
    """
    if not isinstance(order, int) or isinstance(order, bool) or not 1 <= order <= HIGHEST:
        raise DeclarationError(
            "the order of a Taylor polynomial is a small whole number", given=repr(order), expected=f"1 to {HIGHEST}"
        )
    if is_several(wrt):
        return taylor_in_several(function, wrt, order, at, declare, layout, dialect, seal)
    problem, variable = _asked(function, wrt, at, declare, layout, dialect)
    return _expanded("taylor", problem, centre_of(problem, variable, at, "taylor"), order, layout, seal)


def linearize(function, wrt, at=None, declare=None, layout="column", dialect=None, seal=True) -> Expansion:
    """L(x) = f(x₀) + ∇f(x₀)ᵀ(x − x₀): the function to first order around a point, by default called x₀."""
    problem, variable = _asked(function, wrt, at, declare, layout, dialect)
    at = f"{variable.name}_0" if at is None else at
    return _expanded(
        "linearize", problem, centre_of(problem, variable, at, "linearize", displaced=True), 1, layout, seal
    )


def _asked(function, wrt, at, declare, layout, dialect):
    """(problem, variable); an undeclared x of exp(x), or one expanded at a number, is a number if it may be one."""
    problem, variable = asked(function, wrt, declare, layout, dialect)
    entrywise = problem.dims == variable.dims or is_number(at)
    if len(variable.dims) == 1 and not variable.declared and isinstance(function, str) and entrywise:
        scalar = {variable.name: "scalar"}
        more = (
            declare | scalar
            if isinstance(declare, Mapping)
            else ", ".join(filter(None, [declare, f"{variable.name}: scalar"]))
        )
        try:
            found, as_number = asked(function, wrt, more, layout, dialect)
        except ChainruleError:
            return problem, variable
        if not is_number(at) and not _entrywise(problem, found, variable.name):
            return problem, variable  # x/‖x‖ has the shape of x, and is no function of its entries
        found.notes[:] = dict.fromkeys([*found.notes, f"{variable.name} taken as a scalar"])
        return found, as_number
    return problem, variable


def _entrywise(problem, of_number, name: str) -> bool:
    """Whether the function of a vector is that of a number at each of its entries; True where that cannot be said."""
    if any(v.dims for n, v in problem.variables.items() if n != name):
        return True
    others = {n: np.asarray(0.7) for n in problem.variables if n != name}
    x = np.array([0.3, 0.8])
    with np.errstate(all="ignore"):
        whole = problem.evaluate({**others, name: x})
        each = [of_number.evaluate({**others, name: np.asarray(entry)}) for entry in x]
    return bool(np.allclose(whole, each, equal_nan=True))


def _expanded(kind: str, problem, centre: Centre, order: int, layout: str, seal: bool) -> Expansion:
    name, h = centre.x.name, centre.h
    start = started(problem, [name])
    free = start.free[name]
    if centre.point.op != "symbol":
        refuse_outside(kind, problem, centre)
    derivatives = along(start.node, free, h, order, tidied)
    further = _beyond(derivatives[-1], free, h)
    jump = False  # not asked
    if centre.point.op != "symbol" and piecewise(start.node):
        jump = first_jump(problem, centre, [start.bound(d) for d in [*derivatives, *further]])
    broken = breaks_beyond(kind, problem, centre, start.node, order, jump)
    if kind == "taylor":
        derivatives += further
    try:
        shown = [tidied(t) for t in terms(derivatives, {free: centre.point})]
        nodes = [substitute(t, {h: centre.step}) for t in shown] if centre.moving else shown
    except DomainError as error:
        raise undefined(kind, problem, centre, error.problem) from None
    kept = [k for k in range(order + 1) if not is_zero(nodes[k])] or [0]
    pieces = [Piece(f"term_{k}", "", nodes[k], nodes[k].ndim) for k in kept]
    directions = [] if centre.moving else [h]
    directions += [centre.point] if centre.named else []
    found = Expansion(kind, problem, layout, pieces, directions, start.names({free: centre.point}), [name])
    found.order, found.increments, found.head = order, [(h, centre.written)], head(kind, centre)
    found.shown = [shown[k] for k in kept]
    if centre.point is centre.x:
        found.derivations = lambda: [derive(problem, name, order=min(order, 2), seal=False)]
    degree = _remaining(found, centre, start, derivatives, nodes, broken) if kind == "taylor" else None
    if seal:
        found.seal = sealed(found, problem, centre, start.node, derivatives, degree)
        refuse_unless_verified(found, f"{kind} in {name}, order {order}")
    return found


def _beyond(last: Node, free: Node, h: Node) -> list[Node]:
    """The next two derivatives along h, for the remainder, as far as there are rules for them."""
    found = [last]
    try:
        for _ in range(2):
            found += along(found[-1], free, h, 1, tidied)[1:]
    except NoRuleError:
        pass
    return found[1:]


def _remaining(found: Expansion, centre: Centre, start, derivatives, nodes, broken: int | None) -> int | None:
    """The order of the remainder, which is noted in `found`; None where the polynomial is the function itself.

    It is one more than that of the polynomial, or two more where the next term vanishes; a derivative that breaks at
    the point (`broken`) bounds the remainder still, but is not written.
    """
    degree = found.order + 1
    smooth = broken is None or broken > degree + 1
    if len(nodes) > degree and is_zero(derivatives[degree]):
        if not piecewise(start.node):
            found.notes.append(WHOLE)
            return None
        if smooth:
            found.remainder = ("0", "0")
            found.notes.append(ONE_PIECE)
            return None
    if smooth and len(nodes) > degree + 1 and is_zero(nodes[degree]):
        degree += 1
    found.rest = big_o(centre, degree)
    if smooth and len(nodes) > degree:
        state(found, centre, start, derivatives, degree)
        if piecewise(start.node) and found.remainder is not None:
            found.notes.append(ONE_PIECE)
    return degree
