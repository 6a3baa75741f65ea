"""A person's formula beside the derivative that it should be: both as functions of the same variables, ready to be compared."""

from __future__ import annotations

import numpy as np

from ...core.errors import ChainruleError
from ...numeric.points import Variable
from ...syntax import Meaning, Problem
from ...syntax.text import parse
from ...syntax.tree import walk
from .equal import Side, largest, read_beside, samples, side

EXACT = 1e-9  # relative: what fits so well at fresh random points is the explanation
NOUNS = {
    "gradient": "the gradient",
    "jacobian": "the Jacobian",
    "hessian": "the Hessian",
    "derivative": "the derivative",
    "differential": "the differential",
}


class Checked:
    """One check: the function, its derivative, the person's formula, and what comparing them gives."""

    def __init__(self, problem: Meaning, found, mine: str, dialect: str | None, read: Problem | None = None):
        self.problem, self.found, self.text, self.dialect = problem, found, mine, dialect
        self.variables: list[Variable] = [v[:3] for v in problem.every.values()]
        self.direction = self.named_direction(mine, dialect)
        self.mine = read or self.read(mine, dialect)
        self.true = self.true_side()
        self.yours = side(self.mine, problem)

    def named_direction(self, text: str, dialect: str | None) -> str | None:
        """`dx`, where the formula is a differential: linear in a direction that is called so."""
        name = f"d{self.found.wrt}"
        if name in self.problem.every or self.found.order != 1:
            return None
        program = parse(text, dialect, self.problem.every)
        trees = [program.result.tree, *[s.tree for s in program.statements]]
        return name if any(n.kind == "name" and n.value == name for t in trees for n in walk(t)) else None

    def read(self, text: str, dialect: str | None) -> Problem:
        more = {self.direction: self.found.variable.dims} if self.direction else {}
        if dialect is None and parse(text, None, self.problem.every).neutral:
            dialect = self.problem.dialect if self.problem.dialect in ("numpy", "math") else None
        return read_beside(text, self.problem, dialect, more)

    def true_side(self) -> Side:
        found, compiled = self.found, self.found.compile()
        names = set(self.problem.every)
        kinks = self.problem.machine.kinks

        def evaluate(values):
            return np.asarray(compiled(**{name: values[name] for name in names}))

        def defined(values):
            with np.errstate(all="ignore"):
                value = np.asarray(self.problem.evaluate({name: values[name] for name in names}))
            return not np.iscomplexobj(value) and bool(np.all(np.isfinite(value)))

        margin = (lambda values: self.problem.margin(values, found.wrt)) if kinks else None
        if self.direction:
            self.variables = [*self.variables, (self.direction, found.variable.dims, frozenset())]
            rank = len(found.variable.dims)
            return Side(
                self.problem.dims, lambda values: np.tensordot(evaluate(values), values[self.direction], rank), self.problem.row, margin,
                defined=defined,
            )  # fmt: skip
        dims, out = found.shape, found.function.ndim
        lies = found.layout == "row" and not out and found.order == 1
        if lies and len(dims) == 2:
            return Side(dims[::-1], lambda values: evaluate(values).T, margin=margin, out=out, defined=defined)
        return Side(dims, evaluate, lies and len(dims) == 1, margin, out, self.printed(evaluate), defined=defined)

    def printed(self, evaluate) -> Problem | None:
        """The derivative as it is printed, read back, to be computed in fractions; None where it does not read back as the same."""
        if self.found.form != "matrix":
            return None
        try:
            text = self.found.ascii
            back = read_beside(text, self.problem, "math")
            if back.dims != tuple(self.found.shape):
                return None
            whole = Side(self.found.shape, evaluate)
            for values, a, b in samples(whole, side(back, self.problem), self.variables, 2):
                if not largest(a - b) <= EXACT * max(1.0, largest(a)):
                    return None
        except ChainruleError:
            return None
        return back

    @property
    def noun(self) -> str:
        """What the derivative is called."""
        found = self.found
        if self.direction:
            return NOUNS["differential"]
        if found.order == 2 and found.variable.dims:
            return NOUNS["hessian"]
        if found.order != 1 or not found.variable.dims:
            return NOUNS["derivative"]
        return NOUNS["jacobian" if found.function.ndim else "gradient"]

    @property
    def correct(self) -> str:
        where = "; ".join(f"{name} = {text}" for name, text in self.found.where.items())
        return self.found.text + (f"   where {where}" if where else "")

    @property
    def equation(self) -> str:
        return f"{self.found.symbol} = {self.correct}"

    def mine_notes(self) -> list[str]:
        return [note for note in self.mine.notes if "read as the product" not in note]

    def sizes(self) -> list[str]:
        return sorted({n for _, dims, _ in self.variables for d in dims for n in d.names})
