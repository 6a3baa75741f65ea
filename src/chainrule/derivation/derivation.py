"""The derivation: input as read, result, its forms and its seal. Every face shows this object.

Forms are made when they are first asked for. `text` and its kin print the matrix tree; `code` and `compile` start from
the graph, so that they share what is shared and materialise no structure.
"""

from __future__ import annotations

from functools import cached_property

from ..compile import compile_nodes
from ..core.dims import Dim
from ..core.node import Node, symbol
from ..matrix import Rendering, render
from .faces import as_dict, latex_with_names, rows
from .symbols import UNICODE, symbol_of
from .terminal import block, row

LAYOUTS = ("column", "row")


class Derivation:
    """The derivative of one function in one variable.

    Attributes
        problem: the function as read: its text, echo, variables with shapes and facts, notes.
        wrt, order, layout: what was asked.
        nodes: the function and its derivatives up to `order` as simplified graph nodes, by a variable that is free.
        node: the derivative asked for, with all facts of the variable used: axes of the function, then of the
            variable once per order.
        names: the user's names of intermediates, by node.
        notes: what a reader should know: readings taken, why a result is zero.
        seal: the evidence that the result is right, or None if it was not checked.
    """

    def __init__(self, problem, wrt: str, order: int, layout: str, nodes: list[Node], node: Node):
        self.problem, self.wrt, self.order, self.layout = problem, wrt, order, layout
        self.nodes, self.node = nodes, node
        self.names: dict[Node, str] = {}
        self.notes: list[str] = list(problem.notes)
        self.seal = None
        self._programs: dict = {}

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

    @property
    def numpy(self) -> str:
        """The read form spelled in NumPy: definitions, one per line, then the expression."""
        return self.rendering.numpy()

    @property
    def symbol(self) -> str:
        """What the result is called: ∇f, J, ∇²f, df/dx, ∂f/∂X; and df or d∇f where it is written as a differential."""
        return symbol_of(self, UNICODE)

    # ------------------------------------------------------------------ code

    @property
    def parameters(self) -> list[Node]:
        """The variables of the function as symbols, in order of appearance: the keywords of the compiled callable."""
        return [symbol(v.name, v.dims, v.facts) for v in self.problem.every.values()]

    @property
    def variable(self):
        """The variable of differentiation: name, dims, facts."""
        return self.problem.every[self.wrt]

    def compile(self, backend: str = "numpy"):
        """A callable f(A=…, x=…) → array of shape function + variable (+ variable …), fast.

        Raises
            BackendError: no such backend.
        """
        program = self._programs.get(backend)
        if program is None:
            program = compile_nodes(self.node, parameters=self.parameters, name="derivative", backend=backend)
            self._programs[backend] = program
        return program

    def code(self, backend: str = "numpy") -> str:
        """The source of `compile(backend)`."""
        return self.compile(backend).source

    # ------------------------------------------------------------------ faces

    @property
    def verified(self) -> bool:
        return self.seal is not None and self.seal.ok

    def rows(self) -> list[tuple[str, str, str]]:
        """The answer as (label, text, aside) rows: what was read, the result, intermediates, notes, the seal."""
        return rows(self)

    def __str__(self) -> str:
        return block([row(*entry) for entry in self.rows()])

    def __repr__(self) -> str:
        return f"<Derivation {self.symbol} = {self.text}>"

    def to_dict(self) -> dict:
        """The derivation as plain data: what `--json` and the web answer."""
        return as_dict(self)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self), "text/latex": f"$$ {latex_with_names(self)} $$"}
