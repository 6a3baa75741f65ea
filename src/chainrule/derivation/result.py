"""What every result has, a derivation and an answer alike: a program, its source, a block of text, a notebook's display.

A subclass says what it consists of: `outputs` and `parameters` for the program, `rows` for the text, `latex_lines`
for LaTeX.
"""

from __future__ import annotations

from ..compile import compile_nodes
from ..core.node import Node
from .faces import latex_with_names
from .terminal import block, row


class Result:
    """Something that was found of a function, and the evidence that it is right.

    Attributes
        kind: what it is: "derivative", "jvp", "taylor" …
        problem: the function as read: its text, echo, variables with shapes and facts, notes.
        layout: "column" or "row".
        names: the user's names of intermediates, by node.
        notes: what a reader should know: readings taken, why a result is zero.
        seal: the evidence that the result is right, or None if it was not checked.
    """

    def __init__(self, kind: str, problem, layout: str, names: dict[Node, str] | None = None):
        self.kind, self.problem, self.layout = kind, problem, layout
        self.names: dict[Node, str] = names or {}
        self.notes: list[str] = list(problem.notes)
        self.seal = None
        self._programs: dict = {}

    @property
    def verified(self) -> bool:
        return self.seal is not None and self.seal.ok

    def compile(self, backend: str = "numpy"):
        """A fast callable f(A=…, x=…, v=…), by the names of the variables.

        Returns
            An array of the shape of the result, for a derivative function + variable (+ variable …); where there are
            several results, a dict of arrays by name.

        Raises
            BackendError: no such backend.
        """
        if backend not in self._programs:
            name = self.kind if self.kind.isidentifier() else "result"
            self._programs[backend] = compile_nodes(self.outputs(), self.parameters, name=name, backend=backend)
        return self._programs[backend]

    def code(self, backend: str = "numpy") -> str:
        """The source of `compile(backend)`."""
        return self.compile(backend).source

    def __str__(self) -> str:
        return block([row(*entry) for entry in self.rows()])

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self), "text/latex": f"$$ {latex_with_names(self)} $$"}
