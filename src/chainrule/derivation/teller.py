"""What the ways to tell a derivation share: how a side of a line is made, what it is called, which rules it names.

The ways are `by_differentials`, `by_jacobians` and `by_adjoints`; `styles` chooses.
"""

from __future__ import annotations

from fractions import Fraction

from ..calculus import jacobian, pull_back
from ..core.algebra import substitute
from ..core.node import Node
from ..core.product import product
from ..core.sums import linear_sum
from ..core.walk import order
from ..matrix.tree import Tree, walk
from . import rules
from .arranged import Written, arranged
from .differentiate import tidied
from .lines import Line, Side, adjoint_symbol, jacobian_symbol, shape_of
from .program import Part, Program
from .rules import Rule
from .trial import Quantity, Total

HALF = Fraction(1, 2)


class Teller:
    """What the three ways share: the program, the layout, and the quantities that the lines speak of."""

    def __init__(self, program: Program, layout: str):
        self.program, self.layout = program, layout
        self.row = layout == "row"
        self.quantities: dict[Node, Quantity] = {}
        self.written: dict[str, Written] = {}
        self.shown = {part.symbol: part.shown for part in program.parts if part.symbol is not part.shown}
        if program.variable is not program.whole:
            self.shown[program.variable] = program.whole
        self.part_of = {part.symbol: part for part in program.parts}
        self.named = dict([by_name(part) for part in program.parts[:-1] if part.node.args])
        self.sizes = tuple([program.whole, *program.others, *[part.symbol for part in program.parts]])

    # ---------------------------------------------------------------- making sides

    def side(self, node: Node, turned: bool = False) -> Side:
        """A side of a line: the node in its shortest form."""
        return self.verbatim(tidied(self.as_shown(node)), turned)

    def verbatim(self, node: Node, turned: bool = False) -> Side:
        """A side that keeps its form."""
        return Side(node, turned and self.row, self.sizes)

    def in_order(self, side: Side, part: Part | None, derivative: bool = True, spreads: bool = True) -> Side:
        """The side with its terms and factors in the order in which the part was written; what moves last without a part."""
        product_of = part is not None and (not derivative or is_product(part))

        def order(tree: Tree) -> Tree:
            return arranged(tree, None if part is None else self.written_as(part), derivative, product_of, spreads)

        side.order = order
        return side

    def written_as(self, part: Part) -> Written:
        found = self.written.get(part.name)
        if found is None:
            known = {s.name: s for s in (self.program.variable, *self.program.others, *self.part_of)}
            found = self.written[part.name] = Written(part.typed, known, self.program.variable.name)
        return found

    def as_shown(self, node: Node) -> Node:
        """The node by the names of the parts, and with all that is known of what it mentions."""
        node = substitute(node, dict(self.named)) if self.named else node
        return substitute(node, dict(self.shown)) if self.shown else node

    def line(self, kind: str, left: Node, sides: list[Side], found_rules, turned: bool, true: Quantity | Total) -> Line:
        if not isinstance(true, Total):
            self.quantities[left] = true
        symbol_side = self.verbatim(left, turned)
        kept = [s for k, s in enumerate(sides) if k == 0 or s.text() != sides[k - 1].text()]
        return Line(kind, symbol_side, kept, found_rules, (), shape_of(left.dims, turned and self.row), true)

    # ---------------------------------------------------------------- the parts

    def definitions(self) -> list[Line]:
        """`r = Ax − b` for each part, from the variable outwards, and the function last.

        None where the person named them all: the first line has them.
        """
        if all(part.given for part in self.program.parts[:-1]):
            return []
        found = []
        for part in self.program.parts:
            rule = rules.GIVEN if part.given else rules.NAMED
            name = part.name
            side = self.in_order(self.verbatim(tidied(part.node)), part, derivative=False)
            found.append(self.line("name", part.symbol, [side], [rule], False, lambda t, n=name: t.part(n)))
        return found

    def in_parts(self) -> Node:
        """The derivative of the function in the variable, by the names of the parts: axes of the function first."""
        program = self.program
        lead = program.function.dims
        identity = product(1, (), tuple(range(len(lead))) * 2, dict(enumerate(lead)))
        bars: dict[Node, list[Node]] = {program.function.symbol: [identity]}
        for part in reversed(program.parts):
            arrived = bars.get(part.symbol)
            if arrived is None:
                continue
            bar = tidied(linear_sum([(1, b) for b in arrived], lead + part.dims))
            for s, found in zip(part.uses, pull_back(part.node, list(part.uses), bar)):
                bars.setdefault(s, []).append(found)
        return tidied(linear_sum([(1, b) for b in bars[program.variable]], lead + program.variable.dims))

    def gradient_line(self, kind: str, nodes: list[Node], found_rules) -> Line:
        """∂f/∂x = …, by the names of the parts."""
        function, variable = self.program.function, self.program.variable
        turned = not function.dims
        if turned and variable.dims:
            left = adjoint_symbol(function.name, variable, self.row)
        else:
            left = jacobian_symbol(function.symbol, variable, not self.program.scalar or bool(self.program.others))
        true = Total(function.name, variable.name)
        return self.line(kind, left, [self.side(n, turned) for n in nodes], found_rules, turned, true)

    def form(self, part: Part, node: Node, turned: bool = False) -> Side:
        """The side for a derivative of a part: by the quotient rule as (u′v − uv′)/v², else in its shortest form."""
        if rules.QUOTIENT in part.rules and part.node.op == "product":
            below = [base for base, _, e in part.node.operands if e == -1]
            if below and all(base.op == "symbol" and not base.dims for base in below):
                node = self.as_shown(node)
                axes, over = tuple(range(node.ndim)), [(base, (), 2) for base in below]
                terms = node.terms if node.op == "sum" else [(1, node)]
                above = tidied(linear_sum([(c, product(1, [(t, axes, 1), *over], axes)) for c, t in terms], node.dims))
                if not any(e < 0 for n in order(above) if n.op == "product" for b, _, e in n.operands if b in below):
                    whole = product(1, [(above, axes, 1), *[(b, (), -2) for b in below]], axes)
                    return self.verbatim(whole, turned)
        return self.side(node, turned)

    def partial_rules(self, part: Part, s: Node) -> list[Rule]:
        """The rules for the derivative of a part in one thing that it is made of; the rest is constant."""
        (slope,) = jacobian(part.node, [s])
        known = part.rules_by.get(s.name, part.rules if s in order(slope) else ())  # a part may come in by an identity
        found = [r for r in known if r not in rules.SUMS]
        if found and set(found) <= LINEAR_IN_EACH and s not in order(slope):
            found = []
        found = [rules.RECIPROCAL if r is rules.QUOTIENT and _divides(part, s) else r for r in found]
        return self.spoken(found or [rules.LINEAR], part, [s])

    def spoken(self, found, part: Part, uses) -> list[Rule]:
        """The rules, with linearity as it reads for what the part is made of."""
        if rules.LINEAR not in found:
            return list(found)
        node = part.node
        turned = node.op == "product" and len(node.operands) == 1 and node.ndim == 2 and node.coef == 1
        if turned and node.operands[0][1] == node.out[::-1] and node.operands[0][2] == 1:
            said = rules.TRANSPOSE
        else:
            kinds = {t.kind for t in walk(self.verbatim(node).tree)}
            form = next((kind for kind in ("tr", "dot") if kind in kinds), "")
            said = rules.linear(len(part.dims), max([len(s.dims) for s in uses], default=0), form)
        return [said if r is rules.LINEAR else r for r in found]


def by_name(part: Part) -> tuple[Node, Node]:
    """What a part's symbol stands for in other expressions: the part, or for a root, the square under it."""
    node = part.node
    if node.op == "product" and len(node.args) == 1 and not node.dims:
        ((base, labels, exponent),) = node.operands
        if not labels and exponent == HALF and node.coef == 1 and base.op != "symbol":
            return base, product(1, [(part.symbol, (), 2)], ())
    return node, part.symbol


LINEAR_IN_EACH = {rules.PRODUCT, rules.SCALAR_PRODUCT, rules.QUOTIENT, rules.LINEAR, rules.CONSTANT_FACTOR}


def is_product(part: Part) -> bool:
    """Whether a part is told by the product or the quotient rule."""
    return bool({rules.PRODUCT, rules.SCALAR_PRODUCT, rules.QUOTIENT} & set(part.rules))


def _divides(part: Part, s: Node) -> bool:
    """Whether `s` stands in the denominator and nowhere else."""
    node = part.node
    return node.op == "product" and [e < 0 for b, _, e in node.operands if b is s] == [True]


def push_along(derivative: Node, dx: Node, lead: int) -> Node:
    """The derivative contracted with dx over the axes of the variable."""
    axes = tuple(range(derivative.ndim))
    return product(1, [(derivative, axes, 1), (dx, axes[lead:], 1)], axes[:lead])


def chained(outer: Node, inner: Node, middle: Node) -> Node:
    """∂y/∂u · ∂u/∂x: contracted over the axes of u."""
    lead, mid = outer.ndim - middle.ndim, middle.ndim
    a = tuple(range(lead + mid))
    b = a[lead:] + tuple(range(lead + mid, lead + inner.ndim))
    return product(1, [(outer, a, 1), (inner, b, 1)], a[:lead] + b[mid:])
