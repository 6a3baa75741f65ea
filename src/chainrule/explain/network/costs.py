"""What the backward pass costs in multiplications, and what the other order would: why gradients come back and are not carried on.

The chain ∂L/∂θ = ∂L/∂f_K · ∂f_K/∂f_{K−1} ⋯ ∂f_i/∂θ is a product of Jacobians. Begun at the loss, every product has one row; begun at the
parameters, as many columns as there are parameters. Both count every entry, as dense matrices have it: (a×b)(b×c) takes abc
multiplications. The third count takes each Jacobian by its blocks, so that a diagonal is ⊙ and an identity is free.

Reference: Griewank & Walther, Evaluating Derivatives (2nd ed.), sections 3.1 and 3.2.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from .sweep import Trace


class Costs(NamedTuple):
    """Multiplications: from the loss back, from the parameters on, and back by blocks; and the numbers in all parameters."""

    backward: int
    forward: int
    structured: int
    parameters: int

    def to_dict(self) -> dict:
        return self._asdict()


def costs(trace: Trace) -> Costs:
    """The three counts for all gradients of a trace together, at its sizes."""
    size = {name: prod(gradient.shape) for name, gradient in trace.arriving.items()}
    moving = list(trace.gradients)
    columns = {name: {name} for name in moving}  # by step: the parameters that it depends on
    backward = forward = structured = 0
    for step in trace:
        out = prod(step.shape)
        columns[step.name] = set().union(*[columns[i] for i in step.inputs])
        for name in step.sent:
            backward += out * size[name] if step is not trace[-1] else 0
            structured += step.local(name).multiplications if step is not trace[-1] else 0
            if name not in size or name in moving:
                continue  # ∂f/∂θ itself is where the product begins
            forward += out * size[name] * sum([size[p] for p in columns[name]])
    return Costs(backward, forward, structured, sum([size[p] for p in moving]))
