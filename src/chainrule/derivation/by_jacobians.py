"""The chain rule forwards: the derivative of each part in what it is made of, and their product along the way.

Where each part is made of the one before it, the Jacobians are written one by one and multiplied; where a part is used more than
once, each part's derivative in the variable is found from those of the parts in it: ∂f/∂x = ∂f/∂x|ᵤ + ∂f/∂u ∂u/∂x.

Reference: Deisenroth, Faisal & Ong, Mathematics for Machine Learning (2020), section 5.2.2.
"""

from __future__ import annotations

from ..calculus import jacobian
from ..core.node import Node
from ..core.sums import linear_sum
from . import rules
from .lines import Line, adjoint_symbol, jacobian_symbol
from .program import Part
from .teller import Teller, chained, is_product
from .trial import Total


def by_jacobians(teller: Teller) -> list[Line]:
    """Forwards: the derivative of every part in the variable, by those of the parts that it is made of."""
    program, variable = teller.program, teller.program.variable
    partial = not program.scalar or bool(program.others)
    if is_path(teller) and len(program.parts) > 1 and not program.scalar:
        return _product_of_jacobians(teller)
    totals: dict[Node, Node] = {}
    values: dict[Node, Node] = {}
    found = []
    for part in program.parts:
        last = part is program.function
        left = jacobian_symbol(part.symbol, variable, partial)
        generic, value = _forwards(teller, part, totals), _forwards(teller, part, values)
        turned = last and not part.dims and bool(variable.dims)
        if turned:
            left = adjoint_symbol(part.name, variable, teller.row)
        chained = any(s is not variable for s in part.uses)
        sides = [teller.in_order(teller.form(part, generic, turned), part) if chained else teller.form(part, generic, turned)]
        if chained:
            sides.append(teller.form(part, value, turned))
        chain = rules.CHAIN if program.scalar else rules.JACOBIAN_CHAIN
        used = [*teller.spoken(part.rules, part, part.uses), *([chain] if chained and chain not in part.rules and not is_product(part) else [])]
        true = Total(part.name, variable.name)
        found.append(teller.line("derivative", left, sides, used, turned, true))
        totals[part.symbol], values[part.symbol] = left, sides[-1].node
    return found


def is_path(teller: Teller) -> bool:
    """Whether each part is made of the one before it, so that Jacobians follow on one another."""
    before = teller.program.variable
    for part in teller.program.parts:
        if part.uses != (before,):
            return False
        before = part.symbol
    return True


def _forwards(teller: Teller, part: Part, totals: dict[Node, Node]) -> Node:
    """Σ ∂part/∂s · ∂s/∂x over what the part is made of, the inner derivatives as given."""
    terms = []
    for s, node in zip(part.uses, jacobian(part.node, list(part.uses))):
        terms.append((1, node if s is teller.program.variable else chained(node, totals[s], s)))
    return linear_sum(terms, part.dims + teller.program.variable.dims)


def _product_of_jacobians(teller: Teller) -> list[Line]:
    """Of a path: ∂f/∂r, ∂r/∂x, and their product."""
    program, variable, row = teller.program, teller.program.variable, teller.row
    found, factors = [], []
    below = variable
    edges = []
    for part in program.parts:
        edges.append((part, below))
        below = part.symbol
    for part, by in reversed(edges):
        (node,) = jacobian(part.node, [by])
        turned = not part.dims
        left = adjoint_symbol(part.name, by, row) if turned else jacobian_symbol(part.symbol, by)
        true = lambda t, n=part.name, b=by.name: t.local(n, b)  # noqa: E731
        used = teller.spoken(part.rules_by.get(by.name, part.rules), part, [by])
        found.append(teller.line("jacobian", left, [teller.side(node, turned)], used, turned, true))
        factors.append((left, part.symbol, by))
    product_node = factors[0][0]
    for left, of, by in factors[1:]:
        product_node = chained(product_node, left, of)
    turned = not program.function.dims
    last = teller.gradient_line("chain", [teller.in_parts()], [rules.JACOBIAN_CHAIN])
    last.sides.insert(0, teller.verbatim(product_node, turned))
    return [*found, last]
