"""An objective as optimizers want it: functions of one vector, from one compiled program, its data given once.

Value and gradient come from one call, and are kept for the point at which they were computed last, since optimizers
ask for them one by one. The Hessian and the product ∇²f v are programs of their own with the same data, made when they
are first asked for.
"""

from __future__ import annotations

from functools import cached_property
from math import inf

import numpy as np

from ..compiling.noise import noisy
from ..core.memory import refuse_beyond
from ..derivation.compiled import compiled
from .variables import Variables


class Objective:
    """f, ∇f, ∇²f and ∇²f v as functions of the vector of all variables.

    Attributes
        evaluations, products: how often value and gradient, and second derivatives, were computed.
        seen: (x, f, ∇f) of the last evaluation.
        derivations: what was derived, by kind: "grad", "hessian", "hvp".
    """

    def __init__(self, problem, names: list[str], variables: Variables, data: dict, run, programs: dict | None = None):
        """`run(program, data)` makes a program a function of the variables, and of directions; `programs` are made already."""
        self.problem, self.names, self.variables = problem, names, variables
        self._run, self._runs = lambda program: run(program, data), run
        self._programs = {} if programs is None else programs
        self.derivations: dict = {}
        self._first = self._run(self._compiled("value, grad"))
        self.evaluations = self.products = 0
        self.seen: tuple | None = None

    def _compiled(self, want: str):
        asked = self.names[0] if len(self.names) == 1 else self.names
        program = self._programs.get(want)
        if program is None:
            program = self._programs[want] = compiled(self.problem, asked, want)
        self.derivations |= program.results
        return program

    def with_data(self, data: dict) -> Objective:
        """The same functions with other data, of the same shapes; nothing is derived again."""
        return Objective(self.problem, self.names, self.variables, data, self._runs, self._programs)

    def scatter(self, want: str, values: dict, changed: dict) -> float:
        """How far rounding reaches: the norm of the difference of what is wanted ("value, grad", "hessian" or "hvp"; the value
        not counted) at `values`, and at `changed` by a program whose operations round at random.

        Parameters
            values, changed: arrays of all variables by name, and of the direction of a product.
        """
        key = f"noisy {want}"
        if key not in self._programs:
            self._programs[key] = noisy(self._compiled(want))
        found = []
        for program, arguments in ((self._compiled(want), values), (self._programs[key], changed)):
            result = program(**{n: x for n, x in arguments.items() if n in program.parameters})
            parts = [x for n, x in result.items() if n != "value"] if isinstance(result, dict) else [result]
            found.append(np.concatenate([np.ravel(x) for x in parts]))
        return float(np.max(np.abs(found[1] - found[0]), initial=0.0) * np.sqrt(found[0].size))  # as large as the norm, at least

    @property
    def product_of(self):
        """∇²f v as it was derived."""
        self._compiled("hvp")
        return self.derivations["hvp"]

    @property
    def second(self):
        """∇²f as it was derived."""
        self._compiled("hessian")
        return self.derivations["hessian"]

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
        """∇²f as a matrix; zeros where f has no value: trust regions ask before they turn such a point down.

        Raises
            LimitError: there is no memory for it. Nothing was computed.
        """
        refuse_beyond(8 * x.size**2, f"the Hessian in {', '.join(self.names)}, {x.size}×{x.size},", "the product ∇²f v needs no matrix")
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
