"""The chain rule backwards: ∂f/∂r for each part, from the function back to the variable. This is back-propagation.

Reference: Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.5.
"""

from __future__ import annotations

from ..calculus import jacobian, pull_back
from ..core.algebra import as_number, is_zero
from ..core.node import Node
from ..core.sums import linear_sum
from . import rules
from .differentiate import tidied
from .lines import Line, adjoint_symbol
from .program import Part
from .teller import Teller
from .trial import Total

SHORT = 7.0  # the weight up to which an adjoint is written out wherever it is used
READABLE = 16.0  # and up to which its value is shown beside the rule


def by_adjoints(teller: Teller) -> list[Line]:
    """Backwards: ∂f/∂r for every part, by those of the parts that are made of it."""
    program, variable = teller.program, teller.program.variable
    found: list[Line] = []
    arriving: dict[Node, list[tuple[Node, Node, Part]]] = {}
    for s, generic, value, part in _contributions(teller, program.function, None, None):
        arriving.setdefault(s, []).append((generic, value, part))
    for part in reversed(program.parts[:-1]):
        left, value = _adjoint_line(teller, found, part.symbol, arriving.pop(part.symbol, []))
        if left is None:
            continue
        for s, generic, value, source in _contributions(teller, part, left, value):
            arriving.setdefault(s, []).append((generic, value, source))
    _adjoint_line(teller, found, variable, arriving.pop(variable, []))
    return found


def _contributions(teller: Teller, part: Part, generic: Node | None, value: Node | None):
    """(symbol, adjoint by the names above, adjoint by its value, part) for all that a part is made of."""
    uses = list(part.uses)
    if generic is None:
        bars = jacobian(part.node, uses)
        yield from ((s, bar, bar, part) for s, bar in zip(uses, bars) if not is_zero(bar))
        return
    named = pull_back(part.node, uses, generic)
    valued = pull_back(part.node, uses, value)
    yield from ((s, a, v, part) for s, a, v in zip(uses, named, valued) if not is_zero(v))


def _adjoint_line(teller: Teller, found: list[Line], s: Node, arriving: list) -> tuple[Node | None, Node | None]:
    """The line for ∂f/∂s; what stands for it above: its name, and its value if that is short."""
    if not arriving:
        return None, None
    function = teller.program.function
    left = adjoint_symbol(function.name, s, teller.row)
    if len(arriving) == 1:
        generic = teller.side(arriving[0][0], True)
    else:  # what each path brings stays apart
        generic = teller.verbatim(linear_sum([(1, tidied(teller.as_shown(g))) for g, _, _ in arriving], s.dims), True)
    teller.in_order(generic, None, spreads=len(arriving) > 1)
    value = linear_sum([(1, v) for _, v, _ in arriving], s.dims)
    sides = [generic]
    valued = teller.in_order(teller.side(value, True), None, spreads=False)
    if valued.weight <= max(READABLE, sides[0].weight) and valued.text() != sides[0].text():
        sides.append(valued)
    used: dict = {}
    for _, _, part in arriving:
        used.update(dict.fromkeys(teller.partial_rules(part, s)))
    if len(arriving) > 1:
        used = {rules.PATHS: None, **used}
    found.append(teller.line("adjoint", left, sides, list(used), True, Total(function.name, s.name)))
    constant = as_number(valued.node) is not None
    return left, value if valued.weight <= SHORT or constant else left
