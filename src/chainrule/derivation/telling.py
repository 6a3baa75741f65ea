"""Three ways to tell a derivation from the parts of a program, each a list of lines.

differential   dr = A dx for each part, from the function inwards; then df by dx alone, from which the derivative is read off.
               (Magnus & Neudecker, Matrix Differential Calculus, chapter 5.)
jacobians      the derivative of each part in what it is made of, and their product along the way from the variable to the
               function; forwards where a part is used more than once: ∂f/∂x = ∂f/∂x|ᵤ + ∂f/∂u ∂u/∂x.
adjoints       ∂f/∂r for each part, from the function back to the variable: back-propagation.
               (Goodfellow, Bengio & Courville, Deep Learning, section 6.5.)

The last two are the chain rule; `told` takes the one that can be written with matrices.
"""

from __future__ import annotations

from fractions import Fraction

from ..calculus import jacobian, pull_back
from ..calculus.forward import push_forward
from ..core.algebra import as_number, is_zero, substitute
from ..core.node import Node
from ..core.product import product
from ..core.sums import linear_sum
from ..core.walk import order
from ..matrix.tree import Tree, walk
from . import rules
from .arranged import Written, arranged, in_turn
from .differentiate import tidied
from .lines import Line, Side, adjoint_symbol, differential_symbol, jacobian_symbol, shape_of
from .program import Part, Program
from .rules import Rule
from .trial import Quantity, Total

HALF = Fraction(1, 2)
SHORT = 7.0  # the weight up to which an adjoint is written out wherever it is used
READABLE = 16.0  # and up to which its value is shown beside the rule


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
        product_of = part is not None and (not derivative or _product(part))

        def order(tree: Tree) -> Tree:
            return arranged(tree, None if part is None else self._written(part), derivative, product_of, spreads)

        side.order = order
        return side

    def _written(self, part: Part) -> Written:
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

    # ---------------------------------------------------------------- differentials

    def differential(self) -> list[Line]:
        program, variable = self.program, self.program.variable
        dx = differential_symbol(variable)
        self.quantities[dx] = lambda t: t.direction
        found = []
        for part in reversed(program.parts):
            terms = [(1, push_forward(part.node, s, differential_symbol(s))) for s in part.uses]
            node = linear_sum(terms, part.dims)
            sides = [*self._in_turn(part), self.in_order(self._form(part, node), part)]
            found.append(self._differential_line("differential", part, sides, self.spoken(part.rules, part, part.uses)))
        function = program.function
        gradient = self._in_parts()
        if not function.dims:
            total = _inner(self.side(gradient).node, dx)
            if len(program.parts) > 1 and program.function.uses != (variable,):
                found.append(self._differential_line("substitute", function, [self.verbatim(total)], [rules.SUBSTITUTED]))
            found.append(self.gradient_line("read off", [gradient], [rules.READ_OFF[min(variable.ndim, 3)]]))
        else:
            total = push_along(gradient, dx, function.symbol.ndim)
            if len(program.parts) > 1:
                found.append(self._differential_line("substitute", function, [self.side(total)], [rules.SUBSTITUTED]))
            if len(gradient.dims) <= 2:
                found.append(self.gradient_line("read off", [gradient], [rules.READ_OFF_JACOBIAN]))
        return found

    def _differential_line(self, kind: str, part: Part, sides: list[Side], found_rules) -> Line:
        left = differential_symbol(part.symbol)
        return self.line(kind, left, sides, found_rules, False, lambda t, n=part.name: t.differential(n))

    def _in_turn(self, part: Part) -> list[Side]:
        """dxᵀAx + xᵀA dx, as the product rule has it, for a number in which a vector is multiplied by itself; else nothing."""
        node = part.node
        terms: list[tuple[int, object, Node]] = []
        twice, written = False, self._written(part)
        for c, term in node.terms if node.op == "sum" else [(1, node)]:
            at = written.of(self.verbatim(term).tree) if node.op == "sum" else 0
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
        renderings = [self.verbatim(term).rendering for _, _, term in terms]
        if any(r.where or r.form != "matrix" for r in renderings):
            return []
        side = self.verbatim(linear_sum([(c, term) for _, c, term in terms], ()))
        side.order = lambda tree: in_turn([(at, c, r.tree) for (at, c, _), r in zip(terms, renderings)])
        return [side]

    def _in_parts(self) -> Node:
        """The derivative of the function in the variable, written with the names of the parts."""
        return self._swept({})[self.program.variable]

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

    # ---------------------------------------------------------------- the chain rule

    def told(self, style: str) -> tuple[str, list[Line]]:
        """The lines in a style of `STYLES`; a matrix by a matrix is told by differentials in either."""
        if style == "differential":
            return style, self.differential()
        program = self.program
        narrow = all(len(s.dims) <= 1 for s in (program.variable, *self.part_of))
        if narrow and (self._is_path() or program.function.dims or program.scalar):
            return style, self.jacobians()
        if not program.function.dims:
            return style, self.adjoints()
        return "differential", self.differential()

    def _is_path(self) -> bool:
        """Whether each part is made of the one before it, so that Jacobians follow on one another."""
        before = self.program.variable
        for part in self.program.parts:
            if part.uses != (before,):
                return False
            before = part.symbol
        return True

    def jacobians(self) -> list[Line]:
        """Forwards: the derivative of every part in the variable, by those of the parts that it is made of."""
        program, variable = self.program, self.program.variable
        partial = not program.scalar or bool(program.others)
        if self._is_path() and len(program.parts) > 1 and not program.scalar:
            return self._product_of_jacobians()
        totals: dict[Node, Node] = {}
        values: dict[Node, Node] = {}
        found = []
        for part in program.parts:
            last = part is program.function
            left = jacobian_symbol(part.symbol, variable, partial)
            generic, value = self._forwards(part, totals), self._forwards(part, values)
            turned = last and not part.dims and bool(variable.dims)
            if turned:
                left = adjoint_symbol(part.name, variable, self.row)
            chained = any(s is not variable for s in part.uses)
            sides = [self.in_order(self._form(part, generic, turned), part) if chained else self._form(part, generic, turned)]
            if chained:
                sides.append(self._form(part, value, turned))
            chain = rules.CHAIN if program.scalar else rules.JACOBIAN_CHAIN
            used = [*self.spoken(part.rules, part, part.uses), *([chain] if chained and chain not in part.rules and not _product(part) else [])]
            true = Total(part.name, variable.name)
            found.append(self.line("derivative", left, sides, used, turned, true))
            totals[part.symbol], values[part.symbol] = left, sides[-1].node
        return found

    def _forwards(self, part: Part, totals: dict[Node, Node]) -> Node:
        """Σ ∂part/∂s · ∂s/∂x over what the part is made of, the inner derivatives as given."""
        terms = []
        for s, node in zip(part.uses, jacobian(part.node, list(part.uses))):
            terms.append((1, node if s is self.program.variable else chained(node, totals[s], s)))
        return linear_sum(terms, part.dims + self.program.variable.dims)

    def _form(self, part: Part, node: Node, turned: bool = False) -> Side:
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

    def _product_of_jacobians(self) -> list[Line]:
        """Of a path: ∂f/∂r, ∂r/∂x, and their product."""
        program, variable, row = self.program, self.program.variable, self.row
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
            used = self.spoken(part.rules_by.get(by.name, part.rules), part, [by])
            found.append(self.line("jacobian", left, [self.side(node, turned)], used, turned, true))
            factors.append((left, part.symbol, by))
        product_node = factors[0][0]
        for left, of, by in factors[1:]:
            product_node = chained(product_node, left, of)
        turned = not program.function.dims
        last = self.gradient_line("chain", [self._in_parts()], [rules.JACOBIAN_CHAIN])
        last.sides.insert(0, self.verbatim(product_node, turned))
        return [*found, last]

    # ---------------------------------------------------------------- back-propagation

    def adjoints(self) -> list[Line]:
        """Backwards: ∂f/∂r for every part, by those of the parts that are made of it."""
        program, variable = self.program, self.program.variable
        found: list[Line] = []
        arriving: dict[Node, list[tuple[Node, Node, Part]]] = {}
        for s, generic, value, part in self._contributions(program.function, None, None):
            arriving.setdefault(s, []).append((generic, value, part))
        for part in reversed(program.parts[:-1]):
            left, value = self._adjoint_line(found, part.symbol, arriving.pop(part.symbol, []))
            if left is None:
                continue
            for s, generic, value, source in self._contributions(part, left, value):
                arriving.setdefault(s, []).append((generic, value, source))
        self._adjoint_line(found, variable, arriving.pop(variable, []))
        return found

    def _contributions(self, part: Part, generic: Node | None, value: Node | None):
        """(symbol, adjoint by the names above, adjoint by its value, part) for all that a part is made of."""
        uses = list(part.uses)
        if generic is None:
            bars = jacobian(part.node, uses)
            yield from ((s, bar, bar, part) for s, bar in zip(uses, bars) if not is_zero(bar))
            return
        named = pull_back(part.node, uses, generic)
        valued = pull_back(part.node, uses, value)
        yield from ((s, a, v, part) for s, a, v in zip(uses, named, valued) if not is_zero(v))

    def _adjoint_line(self, found: list[Line], s: Node, arriving: list) -> tuple[Node | None, Node | None]:
        """The line for ∂f/∂s; what stands for it above: its name, and its value if that is short."""
        if not arriving:
            return None, None
        function = self.program.function
        left = adjoint_symbol(function.name, s, self.row)
        if len(arriving) == 1:
            generic = self.side(arriving[0][0], True)
        else:  # what each path brings stays apart
            generic = self.verbatim(linear_sum([(1, tidied(self.as_shown(g))) for g, _, _ in arriving], s.dims), True)
        self.in_order(generic, None, spreads=len(arriving) > 1)
        value = linear_sum([(1, v) for _, v, _ in arriving], s.dims)
        sides = [generic]
        valued = self.in_order(self.side(value, True), None, spreads=False)
        if valued.weight <= max(READABLE, sides[0].weight) and valued.text() != sides[0].text():
            sides.append(valued)
        used: dict = {}
        for _, _, part in arriving:
            used.update(dict.fromkeys(self.partial_rules(part, s)))
        if len(arriving) > 1:
            used = {rules.PATHS: None, **used}
        found.append(self.line("adjoint", left, sides, list(used), True, Total(function.name, s.name)))
        constant = as_number(valued.node) is not None
        return left, value if valued.weight <= SHORT or constant else left

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

    def _swept(self, stop: dict) -> dict[Node, Node]:
        """The derivative of the function in each symbol, by the names of the parts, axes of the function first."""
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
        variable = program.variable
        return {variable: tidied(linear_sum([(1, b) for b in bars[variable]], lead + variable.dims))}


def by_name(part: Part) -> tuple[Node, Node]:
    """What a part's symbol stands for in other expressions: the part, or for a root, the square under it."""
    node = part.node
    if node.op == "product" and len(node.args) == 1 and not node.dims:
        ((base, labels, exponent),) = node.operands
        if not labels and exponent == HALF and node.coef == 1 and base.op != "symbol":
            return base, product(1, [(part.symbol, (), 2)], ())
    return node, part.symbol


LINEAR_IN_EACH = {rules.PRODUCT, rules.SCALAR_PRODUCT, rules.QUOTIENT, rules.LINEAR, rules.CONSTANT_FACTOR}


def _product(part: Part) -> bool:
    return bool({rules.PRODUCT, rules.SCALAR_PRODUCT, rules.QUOTIENT} & set(part.rules))


def _divides(part: Part, s: Node) -> bool:
    """Whether `s` stands in the denominator and nowhere else."""
    node = part.node
    return node.op == "product" and [e < 0 for b, _, e in node.operands if b is s] == [True]


def _inner(a: Node, b: Node) -> Node:
    axes = tuple(range(a.ndim))
    return product(1, [(a, axes, 1), (b, axes, 1)], ())


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


STYLES = ("differential", "chain")
