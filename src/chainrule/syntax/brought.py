"""A function that was brought as code: traced from Python, or read from a program of JAX or PyTorch.

It is to the engine what a text is (`Meaning`): typed tree, variables, named intermediates. There is no syntax tree to
echo; the echo is the function's own formula, which the floor above renders from the graph (`written`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .lower import known
from .meaning import Meaning, Variable
from .typed import Typed, order


class Brought(Meaning):
    """A function that was brought as code.

    Parameters
        typed: the typed tree of the result.
        typed_lets: [(name, typed)] of named intermediates, each after those it uses.
        variables: the parameters by name, in order.
        text: what the person gave, source code or repr, for errors and JSON.
        name: the function's name, such as "loss".
        dialect: "numpy function", "jax" or "torch".
        notes: what a reader should know of how it was read.
        call: the person's own function, values by name → array. The seal compares it with the typed tree.

    `written` makes the formula for `echo`, as (lines in Unicode, lines in LaTeX); it is handed in by the floor above.
    """

    def __init__(
        self,
        typed: Typed,
        typed_lets: Sequence[tuple[str, Typed]],
        variables: dict[str, Variable],
        *,
        text: str,
        name: str,
        dialect: str,
        notes: Sequence[str] = (),
        call: Callable | None = None,
    ):
        occurring = {node.info for node in order([typed, *[let for _, let in typed_lets]]) if node.kind == "var"}
        self.text, self.name, self.dialect, self.notes = text, name, dialect, list(notes)
        self.typed, self.typed_lets = typed, list(typed_lets)
        self.parameters = dict(variables)
        self.variables = {n: v for n, v in variables.items() if n in occurring}
        self.unused = {n: v for n, v in variables.items() if n not in occurring}
        self.dims = tuple([known(d) for d in typed.axes])
        self.row, self.lets = False, []
        self.call = call
        self.written: Callable | None = None
        self._formula: tuple[list[str], list[str]] | None = None

    @property
    def signature(self) -> str:
        """loss(X, w, y)"""
        return f"{self.name}({', '.join(self.parameters)})"

    @property
    def formula(self) -> tuple[list[str], list[str]]:
        """The function's own formula and its definitions, one a line, in Unicode and in LaTeX."""
        if self._formula is None:
            self._formula = self.written(self) if self.written else ([self.signature], [self.signature])
        return self._formula

    @property
    def every(self) -> dict[str, Variable]:
        return self.parameters

    @property
    def reading(self) -> list[str]:
        return self.formula[0]

    @property
    def echo(self) -> str:
        """The function as it was understood, in Unicode: `loss(X, w, y) = ‖r‖²   where r = Xw − y`."""
        return _joined(self.formula[0], "   where ")

    @property
    def echo_latex(self) -> str:
        """The same in LaTeX."""
        return _joined(self.formula[1], r"\quad\text{where } ")

    def __repr__(self) -> str:
        return f"<{self.echo}  {self.shapes_text()}>"


def _joined(lines: list[str], where: str) -> str:
    result, *definitions = lines
    return result + (where + ", ".join(definitions) if definitions else "")
