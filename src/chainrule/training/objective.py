"""An objective as optimizers want it: functions of one vector, from one compiled program, its data given once.

Value and gradient come from one call, and are kept for the point at which they were computed last, since optimizers
ask for them one by one. The Hessian and the product ∇²f v are programs of their own with the same data, made when they
are first asked for.
"""

from __future__ import annotations

from functools import cached_property
from math import inf

import numpy as np

from ..derivation.compiled import compiled
from .variables import Variables


class Objective:
    """f, ∇f, ∇²f and ∇²f v as functions of the vector of all variables.

    Attributes
        evaluations, products: how often value and gradient, and second derivatives, were computed.
        seen: (x, f, ∇f) of the last evaluation.
        derivations: what was derived, by kind: "grad", "hessian", "hvp".
    """

    def __init__(self, problem, names: list[str], variables: Variables, data: dict, run):
        """`run(program, data)` makes a program a function of the variables, and of directions."""
        self.problem, self.names, self.variables = problem, names, variables
        self._run = lambda program: run(program, data)
        self.derivations: dict = {}
        self._first = self._run(self._compiled("value, grad"))
        self.evaluations = self.products = 0
        self.seen: tuple | None = None

    def _compiled(self, want: str):
        asked = self.names[0] if len(self.names) == 1 else self.names
        program = compiled(self.problem, asked, want)
        self.derivations |= program.results
        return program

    @cached_property
    def _hessian(self):
        return self._run(self._compiled("hessian"))

    @cached_property
    def _hvp(self):
        return self._run(self._compiled("hvp"))

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """f and ∇f at the vector x; where f is no number it counts as infinite, and line searches step back."""
        found = self._first(**self.variables.apart(x))
        self.evaluations += 1
        value, gradient = float(found["value"]), self._vector(found, "grad")
        self.seen = x.copy(), value, gradient
        return (value if value == value else inf), gradient

    def at(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """As `value_and_gradient`; nothing is computed where that was done last."""
        if self.seen is None or not np.array_equal(self.seen[0], x):
            return self.value_and_gradient(x)
        _, value, gradient = self.seen
        return (value if value == value else inf), gradient

    def product(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        """∇²f v."""
        self.products += 1
        program, parts = self._hvp, self.variables.apart(np.asarray(v, dtype=float))
        directions = [d.name for d in self.derivations["hvp"].directions]
        found = program(**self.variables.apart(x), **{d: parts[name] for d, name in zip(directions, self.names)})
        return self._vector({"hvp": found} if len(self.names) == 1 else found, "hvp")

    def hessian(self, x: np.ndarray) -> np.ndarray:
        """∇²f as a matrix; zeros where f has no value: trust regions ask before they turn such a point down."""
        if self.seen is not None and not np.isfinite(self.seen[1]) and np.array_equal(self.seen[0], x):
            return np.zeros((x.size, x.size))
        self.products += 1
        found = self._hessian(**self.variables.apart(x))
        if len(self.names) == 1:
            found = {f"hessian_{self.names[0]}_{self.names[0]}": found}
        whole = np.empty((self.variables.length, self.variables.length))
        places = self.variables.places
        for k, row in enumerate(places):
            for column in places[k:]:
                block = np.asarray(found[f"hessian_{row.name}_{column.name}"])
                block = block.reshape(row.length, column.length)
                whole[row.entries, column.entries] = block
                whole[column.entries, row.entries] = block.T
        return whole

    def _vector(self, found: dict, word: str) -> np.ndarray:
        several = len(self.names) > 1
        return self.variables.together({n: found[f"{word}_{n}" if several else word] for n in self.names})
