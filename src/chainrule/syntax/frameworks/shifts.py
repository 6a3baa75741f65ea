"""What a program holds constant for its derivative (stop_gradient, detach), while its value is read.

exp(z − c) / Σ exp(z − c) is softmax(z) whatever the shift c is, and programs take the maximum of z, held constant, so
that nothing overflows. Here every such c is an unknown of its own at first. If the function's value does not depend
on any of them, 0 may stand for each, and the derivative that the program computes is that of the function. If it
does depend on one, the program's gradient is not the derivative of any function of its parameters, and is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np

from ...core.errors import NoRuleError
from . import tensors as T
from ..interpret import Machine
from ..meaning import Variable
from ..sizes import ONE
from .tensors import Tensor
from ..typed import Typed, const

POINTS = 3
CLOSE = 1e-9


class Shifts:
    """Hands out what stands for each constant: an unknown, or 0."""

    def __init__(self, unknown: bool):
        self.unknown, self.found = unknown, {}

    def next(self, dims: tuple) -> Tensor:
        """What stands for the next constant, of dims `dims`."""
        if not self.unknown:
            return T.filled(const(0), dims)
        axes = tuple([d for d in dims if d is not ONE])
        name = f"shift {len(self.found)}"
        self.found[name] = axes
        return Tensor(Typed("var", (), name, axes), dims)

    @staticmethod
    def settled(read: Callable, variables: dict[str, Variable], name: str, word: str) -> Tensor:
        """What `read` makes of the program with 0 for all constants.

        Raises NoRuleError: the value depends on what is held constant.
        """
        shifts = Shifts(True)
        first = read(shifts)
        if not shifts.found:
            return first
        if moves(first.node, variables, shifts.found):
            raise NoRuleError(
                f"`{name}` holds constant what its value depends on", given=word,
                expected="a constant that cancels, as the shift by the maximum does in softmax",
                fix=f"leave {word.rsplit('.', 1)[-1]} out, or make what it holds a parameter of the function",
            )  # fmt: skip
        return read(Shifts(False))


def moves(node: Typed, variables: dict[str, Variable], shifts: dict[str, tuple]) -> bool:
    """Whether the value changes with the shifts, at random points."""
    dims = {n: v.dims for n, v in variables.items()} | shifts
    machine = Machine(node, [], {n: d for n, d in dims.items()})
    names = sorted({n for d in dims.values() for size in d for n in size.names})
    compared = 0
    for index in count():
        rng = np.random.default_rng(index)
        sizes = {n: 3 + (k + index) % 4 for k, n in enumerate(names)}
        shapes = {n: tuple([size.at(sizes) for size in d]) for n, d in dims.items()}
        values = {n: positive(rng, shape) for n, shape in shapes.items()}
        still = values | {n: np.zeros(shapes[n]) for n in shifts}
        one, other = machine.run(values), machine.run(still)
        if np.all(np.isfinite(other)):
            compared += 1
            if not np.allclose(one, other, rtol=CLOSE, atol=CLOSE):
                return True
        if compared == POINTS or index == 10 * POINTS:
            return compared == 0


def positive(rng, shape: tuple) -> np.ndarray:
    """Values in (0.2, 0.9); a square matrix is made invertible."""
    x = rng.uniform(0.2, 0.9, shape)
    return x + len(x) * np.eye(len(x)) if x.ndim == 2 and len(x) == x.shape[1] else x
