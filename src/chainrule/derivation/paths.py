"""The chain rule spelled out: the derivative as a sum over all paths from the variable to the function.

The graph is that of the person's own function: its parts are the nodes, and there is an edge from everything that a part is made of
to the part, with the local Jacobian on it. Along a path the Jacobians are multiplied, left to right from the function to the
variable; what the paths give is added up. A function with one path is a composition f∘g∘…, whose Jacobian is J_f · J_g · … .
Back-propagation gives the same without listing the paths, of which there may be very many.

Reference: Goodfellow, Bengio & Courville (2016), Deep Learning, section 6.5; Bauer, Computational Graphs and Rounding Error, SIAM
Journal on Numerical Analysis 11 (1974), for the sum over paths.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..calculus import free_facts, jacobian, pull_back
from ..core.errors import DeclarationError
from ..core.node import Node, symbol
from ..matrix.latex import LATEX
from ..matrix.styles import UNICODE
from . import rules
from . import symbols as scripts
from .differentiate import tidied
from .lines import Line, Quoted, adjoint_symbol, differential_symbol, jacobian_symbol, result_side, shape_of, verify
from .program import Part, take_apart
from .symbols import function_names, symbol_of
from .teller import Teller, chained, push_along
from .terminal import block, row
from .trial import Total, Trial

MOST_PATHS = 32  # are listed
FEW = 4  # are written as a sum


class Paths:
    """The chain rule of a derivation of order one, path by path.

    Attributes
        edges: a line for each local Jacobian, `∂r/∂x = A`; a differential, `dZ = X dW`, where a Jacobian has more than two axes.
        routes: for each path the names that it passes, from the variable to the function.
        products: for each path a line: the product of its Jacobians and what it comes to.
        total: the sum of the products, which is the derivative.
        count: how many paths there are; `products` is empty where there are more than are worth listing.
    """

    kind = "paths"

    def __init__(self, wrt: str, edges, routes, products, total, count: int):
        self.wrt, self.edges, self.routes, self.products, self.total, self.count = wrt, edges, routes, products, total, count

    @property
    def lines(self) -> list[Line]:
        return [*self.edges, *self.products, self.total]

    @property
    def verified(self) -> bool:
        return all(line.verified for line in self.lines)

    def rows(self) -> list[tuple[str, str, str]]:
        title = "one path" if self.count == 1 else f"{self.count} paths"
        found = [("paths", f"{title} from {self.wrt} to the function", "")]
        width = max(len(line.shape) for line in self.lines)
        number = iter(range(1, 1 + len(self.lines)))
        for line in self.edges:
            found.append((str(next(number)), line.text(), f"{line.shape:<{width}}   {line.rule}".rstrip()))
        for route, line in zip(self.routes, self.products):
            found.append((str(next(number)), line.text(), f"{line.shape:<{width}}   {' → '.join(route)}".rstrip()))
        found.append((str(next(number)), self.total.text(), f"{self.total.shape:<{width}}   {self.total.rule}".rstrip()))
        return found

    def latex(self) -> str:
        lines = [" &= ".join([line.latex_sides()[0], " = ".join(line.latex_sides()[1:])]) for line in self.lines]
        return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"

    def to_dict(self) -> dict:
        return {
            "count": self.count,
            "edges": [line.to_dict() for line in self.edges],
            "paths": [{"route": list(r), **line.to_dict()} for r, line in zip(self.routes, self.products)],
            "total": self.total.to_dict(),
        }

    def __len__(self) -> int:
        return self.count

    def __str__(self) -> str:
        return block([row(*entry) for entry in self.rows()], farthest=60)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self), "text/latex": f"$$ {self.latex()} $$"}


def spelled_out(d) -> Paths:
    """The derivation `d` of order one as a sum over paths.

    Raises
        DeclarationError: `d` is of a higher order, or its function does not depend on the variable.
        UnverifiedError: a line fails its check.
    """
    variable = d.problem.variables.get(d.wrt)
    if d.order != 1 or variable is None:
        raise DeclarationError(
            "the chain rule is spelled out for a first derivative",
            given=f"{d.problem.echo}, by {d.wrt}, order {d.order}",
            expected="order=1 and a variable that occurs in the function",
        )
    free = symbol(variable.name, variable.dims, free_facts(variable.facts))
    program = take_apart(d.problem, free, symbol(variable.name, variable.dims, variable.facts), function_names(d)[0])
    return _Speller(program, Teller(program, d.layout), d).paths()


class _Speller:
    """Makes the lines: first every edge, then every path by what the edges are called."""

    def __init__(self, program, teller: Teller, d):
        self.program, self.teller, self.d = program, teller, d
        self.wide = len(program.function.dims) + len(program.variable.dims) > 2
        self.jacobians: dict[tuple[str, str], Node] = {}  # (part, what it is made of) → the local Jacobian
        self.signs: dict[tuple[str, str], Node] = {}  # and the symbol that stands for it, where it is a matrix

    def paths(self) -> Paths:
        edges = [self._edge(part, s) for part in self.program.parts for s in part.uses]
        count = self._count()
        routes = [tuple(route) for route in self._routes()] if count <= MOST_PATHS else []
        products = [self._product(route) for route in routes]
        lines = [*edges, *products, self._total(products)]
        verify(lines, self.program, self.d.problem, self.teller.quantities)
        return Paths(self.d.wrt, edges, routes, products, lines[-1], count)

    # ---------------------------------------------------------------- edges

    def _edge(self, part: Part, s: Node) -> Line:
        """The local Jacobian; a differential where it has more than two axes."""
        (node,) = jacobian(part.node, [s])
        self.jacobians[part.name, s.name] = node
        teller, used = self.teller, self.teller.partial_rules(part, s)
        if len(part.dims) + len(s.dims) > 2:
            ds = differential_symbol(s)
            teller.quantities[ds] = lambda t: _moved(t, s.name)
            true = lambda t: _pushed(t, t.local(part.name, s.name), s.name)  # noqa: E731
            side = teller.side(push_along(node, ds, len(part.dims)))
            return teller.line("edge", differential_symbol(part.symbol), [side], used, False, true)
        turned = not part.dims and bool(s.dims)
        left = adjoint_symbol(part.name, s, teller.row) if turned else jacobian_symbol(part.symbol, s)
        self.signs[part.name, s.name] = left
        true = lambda t: t.local(part.name, s.name)  # noqa: E731
        return teller.line("edge", left, [teller.side(node, turned)], used, turned, true)

    # ---------------------------------------------------------------- paths

    def _count(self) -> int:
        """How many paths lead from the variable to the function."""
        ways = {self.program.variable.name: 1}
        for part in self.program.parts:
            ways[part.name] = sum(ways.get(s.name, 0) for s in part.uses)
        return ways[self.program.function.name]

    def _routes(self) -> Iterator[list[str]]:
        """Every path, as the names that it passes from the variable to the function."""
        by_name = {part.name: part for part in self.program.parts}
        stack = [[self.program.function.name]]
        while stack:
            route = stack.pop()
            if route[0] == self.program.variable.name:
                yield route
            else:
                stack.extend([[s.name, *route] for s in reversed(by_name[route[0]].uses)])

    def _product(self, route: tuple[str, ...]) -> Line:
        """The product of the Jacobians along a path, by what they are called and as it comes out."""
        edges = list(zip(route[1:], route))[::-1]  # (part, what it is made of), from the function inwards
        parts = {part.name: part for part in self.program.parts}
        value, signs = self.jacobians[edges[0]], self.signs.get(edges[0])
        for part, by in edges[1:]:
            middle, sign = parts[part], self.signs.get((part, by))
            (value,) = pull_back(middle.node, [s for s in middle.uses if s.name == by], tidied(value))
            signs = chained(signs, sign, middle.symbol) if signs is not None and sign is not None else None
        turned = not self.program.function.dims
        if signs is not None and not self.program.scalar:
            left = self.teller.verbatim(signs, turned)
        else:
            names = [f"∂{part}/∂{by}" for part, by in edges]
            shown = list(map(UNICODE.name, names))
            left = Quoted(shown[0] if len(names) == 1 else "".join(f"({n})" for n in shown), " ".join(map(LATEX.name, names)))
        true = lambda t: _along(t, edges)  # noqa: E731
        wrt = self.program.variable.name
        if self.wide:
            left = Quoted(f"{left.text()} d{wrt}", rf"{left.latex()} \, \mathrm{{d}}{wrt}")
            value = push_along(value, differential_symbol(self.program.variable), self.program.function.symbol.ndim)
            self.teller.quantities[differential_symbol(self.program.variable)] = lambda t: _moved(t, wrt)
            true = lambda t: _pushed(t, _along(t, edges), wrt)  # noqa: E731
        shape = shape_of(value.dims, turned and self.teller.row)
        return Line("path", Quoted(left.text(), left.latex()), [self.teller.side(value, turned)], [], shape=shape, true=true)

    def _total(self, products: list[Line]) -> Line:
        """df/dx, the sum of the products, and the result as it is shown."""
        d, function, wrt = self.d, self.program.function.name, self.program.variable.name
        sides = [result_side(d, d.rendering.evaluate)]
        if 1 < len(products) <= FEW and not self.wide:
            lefts = [line.left for line in products]
            sides.insert(0, Quoted(" + ".join(x.text() for x in lefts), " + ".join(x.latex() for x in lefts), sides[0].evaluate))
        name = f"·{function}/·{wrt}"
        left = Quoted(UNICODE.name(name), LATEX.name(name)) if not self.wide else Quoted(d.symbol, symbol_of(d, scripts.LATEX))
        true = Total(function, wrt)
        turned = not self.program.function.dims and self.teller.row
        rule = rules.PATHS if len(products) != 1 else rules.RESULT
        return Line("total", left, sides, [rule], shape=shape_of(d.shape, turned), true=true)


def _moved(trial: Trial, name: str) -> np.ndarray:
    """A direction for a part or variable, the same in all lines."""
    value = trial.values[name] if name in trial.values else trial.parts[name]
    return np.cos(1.0 + np.arange(value.size)).reshape(value.shape)


def _pushed(trial: Trial, derivative: np.ndarray, name: str) -> np.ndarray:
    """The derivative along that direction."""
    direction = _moved(trial, name)
    return np.tensordot(derivative, direction, axes=direction.ndim)


def _along(trial: Trial, steps: list[tuple[str, str]]) -> np.ndarray:
    """The product of the local Jacobians along a path, in numbers."""
    found = trial.local(*steps[0])
    for part, by in steps[1:]:
        found = np.tensordot(found, trial.local(part, by), axes=trial.parts[part].ndim)
    return found
