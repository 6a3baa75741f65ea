"""The forward and the backward pass at given values: for each step its value, the gradient that arrives, and what it sends back.

>>> import numpy as np
>>> from chainrule.explain.network import traced_values
>>> from chainrule.syntax import read
>>> steps = traced_values(read("a = tanh(w x)\\nL = (a - y)^2"), {"w": 0.5, "x": 2.0, "y": 0.0})
>>> [step.name for step in steps], steps.gradients["w"].round(4)
(['z', 'a', 'L'], array(1.2794))
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...core.dims import size_text
from ...core.errors import UnknownNameError, did_you_mean
from ...derivation.objects import several_asked
from .local import Local
from .taken import UPSTREAM, Taken


class Step:
    """One step: what it computes from what, and what came of it.

    Attributes
        name, formula: a1 and σ(z1).
        kind: the declaration of the operation that the step is (`ops.declare`), where it is one; else "linear", where it is linear in
            each of its inputs, or "function".
        functions: the declarations of the operations in it, the outermost first.
        layer: the layer of a network that it belongs to, or None.
        inputs: the names of the steps and variables that move and that it is made of.
        others: the names of the data in it.
        shape, value: of the result.
        incoming: ∂L/∂(this step), of the shape of `value`; zeros where L does not depend on it.
        sent: by input, what the step adds to the gradient there.
    """

    def __init__(self, taken: Taken, name: str, value: np.ndarray, known: dict, sizes: dict):
        part = taken.parts[name]
        self.taken, self.part, self.name, self.value, self.shape = taken, part, name, value, value.shape
        self.known, self.sizes = known, sizes
        self.inputs = [s.name for s in part.uses]
        machine = taken.machines[name]
        self.others = [v for v in machine.variables if v not in self.inputs]
        self.functions = part.functions
        self.incoming = np.zeros(value.shape)
        self.sent: dict[str, np.ndarray] = {}
        self._locals: dict[str, Local] = {}

    @property
    def formula(self) -> str:
        return self.taken.formulas[self.name]

    @property
    def layer(self):
        return self.taken.layer_of.get(self.name)

    @property
    def kind(self):
        node = self.part.node
        if node.op == "map" and all(not a.args for a in node.args):
            return node.attr
        if node.op == "struct" and not node.args[0].args:
            return node.attr[0]
        return "linear" if all(self.local(i).constant for i in self.inputs) else "function"

    @property
    def norm(self) -> float:
        """‖∂L/∂(this step)‖, over all entries."""
        return float(np.linalg.norm(self.incoming))

    def factor(self, name: str) -> float:
        """‖sent‖/‖incoming‖: by how much the step shrinks or grows the gradient on its way to an input; NaN where none arrived."""
        with np.errstate(all="ignore"):
            return float(np.divide(np.linalg.norm(self.sent[name]), np.float64(self.norm))) if name in self.sent else 0.0

    @property
    def factors(self) -> dict[str, float]:
        return {name: self.factor(name) for name in self.inputs}

    def local(self, name: str) -> Local:
        """∂(this step)/∂(one of its inputs), the other inputs held.

        Raises
            UnknownNameError: it is no input of this step that moves.
        """
        if name not in self.inputs:
            raise UnknownNameError(f"`{name}` does not move in this step", given=repr(self), expected=", ".join(self.inputs) or "a step with inputs")
        if name not in self._locals:
            self._locals[name] = Local(self, name)
        return self._locals[name]

    def __repr__(self) -> str:
        return f"<{self.name} = {self.formula}  {'×'.join(map(str, self.shape)) or 'scalar'}  ‖∂L/∂{self.name}‖ = {self.norm:.3g}>"


class Trace(list):
    """The steps in the order in which they are computed, the loss last.

    Attributes
        taken: the function as steps.
        values: of all variables and steps, by name.
        gradients: ∂L/∂ of each variable that moves, by name; `arriving` of the steps as well.
    """

    def __init__(self, taken: Taken, values: Mapping):
        """Both passes at `values`, arrays of all variables by name.

        Raises
            ShapeError, UnknownNameError: values are missing, or do not fit together.
        """
        super().__init__()
        problem = taken.problem
        missing = [v for v in problem.variables if v not in values]
        if missing:
            raise UnknownNameError(
                f"`{missing[0]}` has no value", given=", ".join(values) or "no values", expected=f"values of {', '.join(problem.variables)}"
            )
        given = {n: np.asarray(values[n], dtype=float) for n in values if n in problem.every}
        slots: list = [None] * problem.machine.count
        self.sizes = dict(problem.machine.bind(given, slots))
        self.taken, self.values = taken, dict(given)
        with np.errstate(all="ignore"):
            for part in taken.program.parts:
                self._hold()
                self.values[part.name] = taken.value(part.name, self.values)
                self.append(Step(taken, part.name, self.values[part.name], self.values, self.sizes))
            self._backward()

    def _hold(self) -> None:
        """Compute the intermediates that do not move and whose parts have values; sign(softplus(x)) is 1, and made of what moves."""
        for held in self.taken.program.held:
            if held.name not in self.values and self.values.keys() >= self.taken.machines[held.name].variables.keys():
                self.values[held.name] = self.taken.value(held.name, self.values)

    def _backward(self) -> None:
        self.arriving = {name: np.zeros(np.shape(self.values[name])) for name in (*self.taken.moving, *self.taken.parts)}
        self.arriving[self[-1].name] = np.ones(())
        for step in reversed(self):
            step.incoming = self.arriving[step.name]
            names, program = self.taken.backward[step.name]
            if program is None:
                continue
            pool = {**self.sizes, **self.values, UPSTREAM: step.incoming}
            found = program(**{n: pool[n] for n in {*[p for p, d in program.parameters.items() if d is not None], *program.sizes_asked}})
            for name in names:
                step.sent[name] = np.asarray(found[name], dtype=float)
                self.arriving[name] = self.arriving[name] + step.sent[name]

    @property
    def loss(self) -> float:
        return float(self[-1].value)

    @property
    def gradients(self) -> dict[str, np.ndarray]:
        return {name: self.arriving[name] for name in self.taken.moving}

    def step(self, name: str) -> Step:
        """The step of that name.

        Raises
            UnknownNameError: there is none.
        """
        for step in self:
            if step.name == name:
                return step
        near = did_you_mean(str(name), [s.name for s in self])
        raise UnknownNameError(
            f"there is no step `{name}`", given=repr(name), expected=", ".join([s.name for s in self][:20]), fix=f"did you mean `{near}`?" if near else None
        )


def traced_values(problem, values: Mapping, wrt=None) -> Trace:
    """Both passes of the function `problem` at `values`: a list of `Step`.

    Parameters
        problem: a function as read, whose value is a number; a `Network`.
        values: arrays of all variables by name.
        wrt: names of the variables that move; by default the parameters of a network, else all variables.

    Raises
        ShapeError, UnknownNameError: the function is no number, values are missing or do not fit.
    """
    return Trace(Taken(problem, moving_of(problem, wrt)), values)


def moving_of(problem, wrt=None) -> list[str]:
    """The names that move: those asked for, the parameters of a network, or all variables."""
    if wrt is None:
        return list(getattr(problem, "weights", None) or problem.variables)
    return several_asked(problem, wrt, None, "column", None)[1]


def shape_text(shape) -> str:
    return size_text(shape) if shape else "scalar"
