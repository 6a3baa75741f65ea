"""What a Taylor polynomial leaves out: O(x⁵), and Lagrange's form of it.

Of one variable the derivative is written out at a ξ between the point and x, where it is short; of several it is said
what it is. A function with entries has a ξ for each of them, so that no such form is stated for it.

Reference: Apostol, Mathematical Analysis (2nd ed.), theorems 5.19 and 12.14.
"""

from __future__ import annotations

from ...calculus import terms
from ...core.algebra import is_zero
from ...core.errors import DomainError
from ...core.node import Node, symbol
from ...core.walk import symbols
from ...matrix import cost
from ...matrix.together import Wanted, render_together
from ..differentiate import tidied
from ..symbols import LATEX, UNICODE
from .centre import Centre
from .expansion import Expansion

LONGEST = 14.0  # a derivative longer than this, by the printer's measure, is named and not written
SCRIPTS = (UNICODE, LATEX)
ONE_PIECE = "the remainder is that of one piece: no kink may lie between"  # of a function with kinks
WHOLE = "no remainder: the polynomial is the function itself"


def head(kind: str, centre: Centre):
    """f(x), f(x + h), f(x₀ + h) or L(x): what the polynomial approximates."""

    def name(script):
        where = script.name_of(centre.x.name)
        if not centre.moving:
            where = f"{script.name_of(centre.point.name)} + {script.name_of(centre.h.name)}"
        return f"{'L' if kind == 'linearize' else 'f'}({where})"

    return name


def big_o(centre: Centre, degree: int) -> tuple[str, str]:
    """O(x⁴), O((x − a)⁴) or O(‖h‖³)."""
    found = []
    for script in SCRIPTS:
        inner = centre.step_text(script)
        if centre.x.dims:
            inner = script.norm(inner.removeprefix("(").removesuffix(")"))
        inner += script.power(degree)
        found.append(f"O({inner})" if script is UNICODE else rf"O\left({inner}\right)")
    return tuple(found)


def state(found: Expansion, centre: Centre, start, derivatives: list[Node], degree: int) -> None:
    """Notes Lagrange's form of the remainder in `found`."""
    if start.node.dims:
        return
    if centre.x.dims:
        found.remainder = tuple([_several(script, centre, degree) for script in SCRIPTS])
        return
    taken = {p.name for p in found.parameters} | set(start.lets)
    letter = next(n for n in ("xi", "eta", "zeta", "xi1") if n not in taken)
    xi = symbol(letter, (), centre.variable.facts)
    try:
        node = tidied(terms(derivatives, {start.free[centre.x.name]: xi})[degree])
    except DomainError:
        return
    found.remainder = tuple([_named(script, letter, centre, degree) for script in SCRIPTS])
    if cost(node) > LONGEST:
        return
    (shown,) = render_together([Wanted(node, 0)], {}, [*found.parameters, centre.h], [centre.h.name])
    if not shown.where:
        shown = found.in_place(shown)
        found.lagrange = (letter, shown, degree)
        between = [_between(script, letter, centre) if xi in symbols(node) else "" for script in SCRIPTS]
        found.remainder = (shown.text() + between[0], shown.latex() + between[1])


def _between(script, letter: str, centre: Centre) -> str:
    xi, a, x = script.name_of(letter), centre.point_text(script), script.name_of(centre.x.name)
    if script is UNICODE:
        return f" for a {xi} between {a} and {x}"
    return rf" \text{{ for a }} {xi} \text{{ between }} {a} \text{{ and }} {x}"


def _named(script, letter: str, centre: Centre, degree: int) -> str:
    """f⁽⁴⁾(ξ) x⁴/4! for a ξ between 0 and x."""
    power, xi = f"{centre.step_text(script)}{script.power(degree)}", script.name_of(letter)
    if script is LATEX:
        return rf"\frac{{f^{{({degree})}}({xi})}}{{{degree}!}} {power}" + _between(script, letter, centre)
    return f"f⁽{script.power(degree) or '¹'}⁾({xi}) {power}/{degree}!" + _between(script, letter, centre)


def _several(script, centre: Centre, degree: int) -> str:
    """D³f(x + θh)[h, h, h]/3! with 0 < θ < 1."""
    step = centre.step_text(script)
    plain = step.removeprefix("(").removesuffix(")")
    at = "" if is_zero(centre.point) else centre.point_text(script) + " + "
    theta, dots = (r"\theta ", r"\dots") if script is LATEX else ("θ", "…")
    several = ", ".join([plain] * degree) if degree <= 3 else f"{plain}, {dots}, {plain}"
    body = f"D{script.power(degree)}f({at}{theta}{step})[{several}]"
    if script is LATEX:
        return rf"\tfrac{{1}}{{{degree}!}} {body}, \; 0 < \theta < 1"
    return f"{body}/{degree}! with 0 < θ < 1"
