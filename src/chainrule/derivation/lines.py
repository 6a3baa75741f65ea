"""The lines of a told derivation: an equation, the rule that it uses, what was assumed, and the check that it passed.

Both sides of a line are graph nodes, printed by the printers of results. A quantity that a line speaks of is a symbol: a part
r, its differential ·r, an adjoint ∂f/∂r, a Jacobian ∂r/∂x. In the row layout an adjoint lies; its symbol is then the transpose
of what the reader sees.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from ..core.errors import DomainError, UnverifiedError
from ..core.dims import size_text
from ..core.node import Node, symbol
from ..matrix import Rendering, render
from ..matrix.evaluate import evaluate, sizes_from
from ..matrix.latex import latex
from ..matrix.rows import laid
from ..matrix.styles import TURNED
from ..matrix.text import text
from ..matrix.tree import Tree
from ..numeric.kinks import INADMISSIBLE
from .program import Program
from .rules import Rule
from .trial import TRIALS, Quantity, Total, Trial, candidates, known, relative_error

TOLERANCE = 1e-8  # relative, against the complex step, which is exact to rounding
VISIBLE = 1e-5  # a relative change so large under a nudge of 1e-10: five digits are lost at least


class Side:
    """One side of an equation. `turned` says that it is shown as a transpose: a row, in the row layout."""

    def __init__(self, node: Node, turned: bool = False, sizes: tuple[Node, ...] = ()):
        self.node, self.turned, self.sizes = node, turned, sizes
        self.order: Callable[[Tree], Tree] | None = None  # of terms and factors, where it is not that of results

    @cached_property
    def rendering(self) -> Rendering:
        return render(self.node, self.node.ndim, ".", taken=self.sizes)

    @cached_property
    def tree(self) -> Tree:
        """What is printed, before it is turned."""
        rendering = self.rendering
        return rendering.tree if self.order is None or not self._plain else self.order(rendering.tree)

    @property
    def _plain(self) -> bool:
        return self.rendering.form == "matrix" and not self.rendering.where

    def _shown(self) -> tuple[Tree, bool]:
        return (laid(self.tree), self.tree.order == 1) if self.turned else (self.tree, False)

    def text(self) -> str:
        tree, row = self._shown()
        where = self.rendering.where_text()
        return text(tree, row=row) + "".join(f", {name} = {definition}" for name, definition in where.items())

    def latex(self) -> str:
        tree, row = self._shown()
        where = self.rendering.where_latex()
        return latex(tree, row) + "".join(rf", \; {name} = {definition}" for name, definition in where)

    def evaluate(self, values: dict):
        """The value of what is printed, turned back if it is shown as a transpose."""
        if not self._plain:
            return self.rendering.evaluate(values)
        value = evaluate(self._shown()[0], values, sizes_from(self.rendering.shapes, values))
        return np.transpose(value) if self.turned and np.ndim(value) == 2 else value

    @property
    def weight(self) -> float:
        return self.rendering.tree.weight + sum(tree.weight + 2 for _, tree in self.rendering.where)


class Quoted:
    """A side that is shown as it was printed before: the function as read, the result."""

    def __init__(self, text: str, latex: str, evaluate=None):
        self._text, self._latex, self.evaluate = text, latex, evaluate

    def text(self) -> str:
        return self._text

    def latex(self) -> str:
        return self._latex


def result_side(d, evaluate) -> Quoted:
    """The result of a derivation as it is shown, with the definitions of the names in it."""
    where = "".join(f", {name} = {definition}" for name, definition in d.where.items())
    where_latex = "".join(rf", \; {name} = {definition}" for name, definition in d.rendering.where_latex())
    return Quoted(d.text + where, d.latex + where_latex, evaluate)


class Line:
    """One line: `left` = `sides[0]` = … by a rule.

    Attributes
        kind: "input", "name", "differential", "jacobian", "derivative", "adjoint", "substitute", "read off", "chain" or
            "result".
        left: what the line is about; its value is `true`, a function of a trial.
        rules: the rules used, the most telling first.
        assumes: the declared facts without which the line would read otherwise.
        shape: the shape of both sides as they are shown, "m×n"; "" for a number.
        error: the largest relative error of any side at the points where it was checked; None before.
    """

    def __init__(self, kind, left: Side, sides: list[Side], rules=(), assumes=(), shape="", true: Quantity | Total | None = None):
        self.kind, self.left, self.sides = kind, left, sides
        self.rules: tuple[Rule, ...] = tuple(rules)
        self.assumes: tuple[str, ...] = tuple(assumes)
        self.shape, self.true, self.error = shape, true, None

    def text(self) -> str:
        """`df = 2rᵀdr`, in Unicode."""
        return " = ".join(dict.fromkeys([self.left.text(), *[side.text() for side in self.sides]]))

    def latex(self) -> str:
        return " = ".join(self.latex_sides())

    def latex_sides(self) -> list[str]:
        """The left side and the others, in LaTeX, each once."""
        return list(dict.fromkeys([self.left.latex(), *[side.latex() for side in self.sides]]))

    @property
    def name(self) -> str:
        """The rules by name alone."""
        return "; ".join(dict.fromkeys([rule.name for rule in self.rules if rule.name]))

    @property
    def rule(self) -> str:
        """The rules by name, with what they say."""
        return "; ".join(str(rule) for rule in self.rules if rule.name)

    @property
    def true_is_total(self) -> bool:
        """Whether the line is about the derivative in the variable itself, and no differential."""
        return self.kind in ("derivative", "adjoint", "read off", "chain")

    @property
    def sources(self) -> list[str]:
        return list(dict.fromkeys(rule.source for rule in self.rules if rule.source))

    @property
    def verified(self) -> bool:
        return self.error is not None and self.error <= TOLERANCE

    def error_at(self, trial: Trial, values: dict) -> float:
        """The largest relative error of any side at a point. `values` learns what the left side stands for."""
        sides = [side.evaluate(values) for side in self.sides]
        if not isinstance(self.true, Total):
            true = self.true(trial)
            return max([relative_error(side, true) for side in sides])
        if isinstance(self.left, Side):
            values[self.left.node.name] = sides[0]
        return max([self.true.error(side, trial) for side in sides])

    def to_dict(self) -> dict:
        return {
            "kind": self.kind,
            "text": self.text(),
            "latex": self.latex(),
            "rule": self.rule,
            "sources": self.sources,
            "assumes": list(self.assumes),
            "shape": self.shape,
            "verified": self.verified,
        }

    def __repr__(self) -> str:
        return f"<{self.text()}   [{self.rule}]>"


# ------------------------------------------------------------------ the check


def verify(lines: list[Line], program: Program, problem, quantities: dict[Node, Quantity]) -> None:
    """Compare every side of every line with its true value, at `TRIALS` random points.

    Points at which rounding alone moves the values (a matrix that is nearly singular) tell nothing and are left out.

    Raises
        UnverifiedError: a side differs.
        DomainError: too few points can be judged.
    """
    agreed = 0
    for line in lines:
        line.error = 0.0
    for trial in candidates(program, problem):
        try:
            values = known(trial, quantities)
            errors = [line.error_at(trial, values) for line in lines]
            if max(errors) > TOLERANCE and _loses_digits(lines, trial, quantities):
                continue
        except INADMISSIBLE:
            continue
        for line, error in zip(lines, errors):
            line.error = max(line.error, error)
        if max(errors) > TOLERANCE:
            raise _refuted(lines[errors.index(max(errors))], problem)
        agreed += 1
        if agreed == TRIALS:
            return
    raise DomainError(
        "no point was found at which the steps can be checked",
        given=problem.echo,
        expected="a function that can be evaluated, away from kinks and singular matrices",
        fix='declare where it is defined, such as "x: positive"',
    )


def _loses_digits(lines: list[Line], trial: Trial, quantities: dict[Node, Quantity]) -> bool:
    """Whether moving the point in its last digits changes a side visibly."""
    near = trial.nudged()
    values, moved = known(trial, quantities), known(near, quantities)
    for line in lines:
        before, after = [[side.evaluate(v) for side in line.sides] for v in (values, moved)]
        if any(relative_error(b, a) > VISIBLE for b, a in zip(after, before)):
            return True
        if isinstance(line.true, Total) and isinstance(line.left, Side):
            values[line.left.node.name], moved[line.left.node.name] = before[0], after[0]
    return False


def _refuted(line: Line, problem) -> UnverifiedError:
    return UnverifiedError(
        "a step of the derivation fails its own check, so the steps are not shown",
        given=f"{problem.echo}\n{line.text()}",
        expected=f"agreement with the numeric value; relative error {line.error:.1g}",
        fix="this is a bug of chainrule: please report the expression",
    )


# ------------------------------------------------------------------ the symbols of quantities


def differential_symbol(of: Node) -> Node:
    """dr, for a symbol r."""
    return symbol(f"·{of.name}", of.dims)


def adjoint_symbol(top: str, of: Node, row: bool) -> Node:
    """∂f/∂r in the shape of r; in the row layout the reader sees its transpose."""
    return symbol(f"∂{top}/∂{of.name}" + (TURNED if row and of.dims else ""), of.dims)


def jacobian_symbol(top: Node, by: Node, partial: bool = True) -> Node:
    """∂r/∂x, of the axes of r and then of x; dr/dx where only numbers move."""
    sign = "∂" if partial else "·"
    return symbol(f"{sign}{top.name}/{sign}{by.name}", top.dims + by.dims)


def shape_of(dims: tuple, turned: bool = False) -> str:
    """ "m×n" as shown, nothing for a number; a vector that lies is 1×n."""
    return size_text(dims, turned) if dims else ""
