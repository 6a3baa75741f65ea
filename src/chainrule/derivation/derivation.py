"""The derivation: input as read, result, its forms and its seal. Every face shows this object.

Forms are made when they are first asked for. `text` and its kin print the matrix tree; `code` and `compile` start from
the graph, so that they share what is shared and materialise no structure.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..core.dims import Dim
from ..core.lazy import lazy
from ..core.node import Node, symbol
from ..matrix import Rendering, render
from .arranged import differences
from .breaks import breaks_of, broken, overflows_of
from .faces import as_dict, rows
from .result import Result
from .symbols import LATEX, UNICODE, symbol_of

if TYPE_CHECKING:
    from .breaks.finding import Break
    from .breaks.report import Broken
    from .constrained import Constrained
    from .paths import Paths
    from .steps import Steps, Told
    from .used import Used

constrained = lazy(__package__, ".constrained")
paths = lazy(__package__, ".paths")
structured_hessians = lazy(__package__, "..compiling.structured")
steps = lazy(__package__, ".steps")
used = lazy(__package__, ".used")


class Derivation(Result):
    """The derivative of one function in one variable. What it has besides, `Result` says.

    Attributes
        wrt, order, layout: what was asked.
        nodes: the function and its derivatives up to `order` as simplified graph nodes, by a variable that is free.
        node: the derivative asked for, with all facts of the variable used: axes of the function, then of the
            variable once per order.
    """

    def __init__(self, problem, wrt: str, order: int, layout: str, nodes: list[Node], node: Node):
        super().__init__("derivative", problem, layout)
        self.wrt, self.order, self.nodes, self.node = wrt, order, nodes, node

    # ------------------------------------------------------------------ the result

    @property
    def function(self) -> Node:
        return self.nodes[0]

    @property
    def shape(self) -> tuple[Dim, ...]:
        """Axes of the function, then of the variable once per order, as dimensions."""
        return self.node.dims

    @cached_property
    def rendering(self) -> Rendering:
        return render(
            self.node,
            self.function.ndim,
            wrt_name=next(v for v in self.parameters if v.name == self.wrt),
            names=self.names,
            taken=self.parameters,
            layout=self.layout,
            written=differences(self.problem, self.parameters),
        )

    @property
    def form(self) -> str:
        """What `text` is written in: "matrix", "kronecker", "differential", "slices" or "index"."""
        return self.rendering.form

    @property
    def text(self) -> str:
        """The result in textbook notation, in Unicode."""
        return self.rendering.text()

    @property
    def ascii(self) -> str:
        """The result in ASCII; definitions of intermediates come first. It parses back to the same expression."""
        return self.rendering.ascii()

    @property
    def latex(self) -> str:
        """The result in LaTeX, within what KaTeX and MathJax both know."""
        return self.rendering.latex()

    @property
    def where(self) -> dict[str, str]:
        """The named intermediates and their definitions, each after those it uses."""
        return self.rendering.where_text()

    @cached_property
    def used(self) -> list[Used]:
        """The declared facts that the result used: without any of these it would have been another."""
        return used.used(self) if any(v.facts for v in self.problem.variables.values()) else []

    @cached_property
    def constrained(self) -> Constrained:
        """Beside this gradient those for a variable that keeps to its constraint: symmetric, diagonal, simplex, orthogonal.

        Raises
            DeclarationError: nothing that is declared of the variable constrains it.
            ShapeError: the function is not a scalar, or the order is not one.
            DomainError, UnverifiedError: one of them could not be verified.
        """
        return constrained.constrained(self)

    @cached_property
    def steps(self) -> Steps:
        """How the result comes about, line by line: in the style that is shortest, in the layout of the derivation."""
        return steps.told(self)

    def tell(self, style: str = "auto", layout: str | None = None) -> Steps:
        """The steps in a style ("differential", "chain") and layout of choice. `steps.told` says which errors there are."""
        return steps.told(self, style, layout)

    @cached_property
    def paths(self) -> Paths:
        """The chain rule spelled out: a product of Jacobians for each path from the variable to the function, and their sum."""
        return paths.spelled_out(self)

    def told(self, style: str = "auto") -> Told:
        """The derivation together with its steps, for the doors that show both."""
        return steps.Told(self, self.tell(style))

    def spelled_out(self) -> Told:
        """The derivation together with its paths."""
        return steps.Told(self, self.paths)

    @cached_property
    def breaks(self) -> list[Break]:
        """Where the derivative does not exist, and where it does but automatic differentiation gives NaN."""
        return breaks_of(self)

    @cached_property
    def overflows(self) -> list[Break]:
        """Where the derivative is a number, but the function as it is written overflows on the way to it."""
        return overflows_of(self)

    def broken(self) -> Broken:
        """The derivation together with all that is known of its breaks, for the doors that show both."""
        return broken(self)

    @property
    def numpy(self) -> str:
        """The read form spelled in NumPy: definitions, one per line, then the expression."""
        return self.rendering.numpy()

    @property
    def symbol(self) -> str:
        """What the result is called: ∇f, J, ∇²f, df/dx, ∂f/∂X; and df or d∇f where it is written as a differential."""
        return symbol_of(self, UNICODE)

    def latex_lines(self) -> list[tuple[str, str]]:
        """(left side, right side) of the result and of its intermediates, in LaTeX."""
        return [(symbol_of(self, LATEX), self.latex), *self.rendering.where_latex()]

    @property
    def spelled(self) -> tuple[list[str], list[str]]:
        """(definitions, results) in ASCII, as they read back."""
        *definitions, result = self.ascii.split("\n")
        return definitions, [result]

    # ------------------------------------------------------------------ code

    @property
    def parameters(self) -> list[Node]:
        """The variables of the function as symbols, in order of appearance: the keywords of the compiled callable."""
        return [symbol(v.name, v.dims, v.facts) for v in self.problem.every.values()]

    @property
    def variable(self):
        """The variable of differentiation: name, dims, facts."""
        return self.problem.every[self.wrt]

    def outputs(self) -> Node:
        """What the program computes."""
        return self.node

    def compile(self, backend: str = "numpy", sizes: dict[str, int] | None = None, structured: bool = False):
        """The derivative as a program (`Result.compile`), or a Hessian that keeps its structure, if `structured`.

        The structured program gives an operator in place of an array: diagonal plus low rank, Kronecker product, block-diagonal,
        BᵀDB. It has `@`, `.diagonal()`, `.dense()`, `.solve()`, `.logdet()`, `.eigenvalues()`, and is what SciPy's iterative solvers
        take; nothing of the size of the Hessian is made unless it is asked for.

        Raises
            BackendError: no such backend, or a structured program of another than NumPy.
            DeclarationError: only Hessians can be had structured.
        """
        if not structured or backend != "numpy" or self.order != 2 or self.function.ndim:
            return super().compile(backend, sizes, structured)
        return self._structured

    @cached_property
    def _structured(self):
        ndim = len(self.variable.dims)
        return structured_hessians.operator_program(self.node, ndim, self.parameters, self.wrt, self._part_text)

    def _part_text(self, node: Node) -> str:
        """How a part of a structured Hessian is written."""
        wrt = next(v for v in self.parameters if v.name == self.wrt)
        shown = render(node, 0, wrt_name=wrt, names=self.names, taken=self.parameters)
        where = ", ".join([f"{name} = {value}" for name, value in shown.where_text().items()])
        return f"{shown.text()} with {where}" if where else shown.text()

    # ------------------------------------------------------------------ faces

    def rows(self) -> list[tuple[str, str, str]]:
        """The answer as (label, text, aside) rows: what was read, the result, intermediates, notes, the seal."""
        return rows(self)

    def __repr__(self) -> str:
        return f"<Derivation {self.symbol} = {self.text}>"

    def to_dict(self) -> dict:
        """The derivation as plain data: what `--json` and the web answer."""
        return as_dict(self)
