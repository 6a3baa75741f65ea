"""A derivation by differentials: dr = A dx for each part, then df by dx alone, from which the derivative is read off.

Reference: Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019), chapter 5.
"""

from __future__ import annotations

from ..calculus.forward import push_forward
from ..core.node import Node
from ..core.product import product
from ..core.sums import linear_sum
from ..core.walk import order
from . import rules
from .arranged import in_turn
from .lines import Line, Side, differential_symbol
from .program import Part
from .teller import Teller, push_along


def by_differentials(teller: Teller) -> list[Line]:
    """dr = A dx for each part, from the function inwards; df by dx alone; the derivative read off."""
    program, variable = teller.program, teller.program.variable
    dx = differential_symbol(variable)
    teller.quantities[dx] = lambda t: t.direction
    found = []
    for part in reversed(program.parts):
        terms = [(1, push_forward(part.node, s, differential_symbol(s))) for s in part.uses]
        node = linear_sum(terms, part.dims)
        sides = [*_in_turn(teller, part), teller.in_order(teller.form(part, node), part)]
        found.append(_differential_line(teller, "differential", part, sides, teller.spoken(part.rules, part, part.uses)))
    function = program.function
    gradient = teller.in_parts()
    if not function.dims:
        total = _inner(teller.side(gradient).node, dx)
        if len(program.parts) > 1 and program.function.uses != (variable,):
            found.append(_differential_line(teller, "substitute", function, [teller.verbatim(total)], [rules.SUBSTITUTED]))
        found.append(teller.gradient_line("read off", [gradient], [rules.READ_OFF[min(variable.ndim, 3)]]))
    else:
        total = push_along(gradient, dx, function.symbol.ndim)
        if len(program.parts) > 1:
            found.append(_differential_line(teller, "substitute", function, [teller.side(total)], [rules.SUBSTITUTED]))
        if len(gradient.dims) <= 2:
            found.append(teller.gradient_line("read off", [gradient], [rules.READ_OFF_JACOBIAN]))
    return found


def _differential_line(teller: Teller, kind: str, part: Part, sides: list[Side], found_rules) -> Line:
    left = differential_symbol(part.symbol)
    return teller.line(kind, left, sides, found_rules, False, lambda t, n=part.name: t.differential(n))


def _in_turn(teller: Teller, part: Part) -> list[Side]:
    """dxᵀAx + xᵀA dx, as the product rule has it, for a number in which a vector is multiplied by itself; else nothing."""
    node = part.node
    terms: list[tuple[int, object, Node]] = []
    twice, written = False, teller.written_as(part)
    for c, term in node.terms if node.op == "sum" else [(1, node)]:
        at = written.of(teller.verbatim(term).tree) if node.op == "sum" else 0
        for s in part.uses:
            moving = differential_symbol(s)
            places = [k for k, (b, _, e) in enumerate(term.operands) if b is s and e == 1] if term.op == "product" else []
            if len(places) == 2 and all(b is s or s not in order(b) for b in term.args):
                twice = True
                for k in places:
                    operands = [(moving, x, e) if j == k else (b, x, e) for j, (b, x, e) in enumerate(term.operands)]
                    terms.append((at, c, product(term.coef, operands, term.out)))
            elif s in order(term):
                terms.append((at, c, push_forward(term, s, moving)))
    if not twice or node.ndim:
        return []
    renderings = [teller.verbatim(term).rendering for _, _, term in terms]
    if any(r.where or r.form != "matrix" for r in renderings):
        return []
    side = teller.verbatim(linear_sum([(c, term) for _, c, term in terms], ()))
    side.order = lambda tree: in_turn([(at, c, r.tree) for (at, c, _), r in zip(terms, renderings)])
    return [side]


def _inner(a: Node, b: Node) -> Node:
    axes = tuple(range(a.ndim))
    return product(1, [(a, axes, 1), (b, axes, 1)], ())
