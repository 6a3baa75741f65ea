"""The chain from the loss to a parameter: ∂L/∂W1 = ∂L/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂W1, the factors with their shapes.

Where the steps branch, the gradient is the sum over all ways from the parameter to the loss; the longest is told, the others counted.
"""

from __future__ import annotations

from typing import NamedTuple

from .sweep import Trace
from .taken import Taken

MOST_FACTORS = 8  # that are written out; of longer chains the ends


class Factor(NamedTuple):
    """∂y/∂x in a chain: the names of y and x, and the shapes of both."""

    of: str
    by: str
    of_shape: tuple[int, ...]
    by_shape: tuple[int, ...]


class Chain(NamedTuple):
    """The factors from the loss to a parameter along the longest way, and how many ways there are."""

    name: str
    factors: tuple[Factor, ...]
    ways: int


def chains(trace: Trace) -> dict[str, Chain]:
    """The chain of each variable that moves."""
    ways = {trace[-1].name: 1}
    longest: dict[str, tuple[int, str | None]] = {trace[-1].name: (0, None)}
    for step in reversed(trace):
        if step.name not in ways:
            continue
        for name in step.sent:
            ways[name] = ways.get(name, 0) + ways[step.name]
            found = longest[step.name][0] + 1
            if found > longest.get(name, (-1, None))[0]:
                longest[name] = (found, step.name)
    shapes = {name: gradient.shape for name, gradient in trace.arriving.items()}
    return {name: Chain(name, _factors(name, longest, shapes), ways.get(name, 0)) for name in trace.gradients}


def _factors(name: str, longest: dict, shapes: dict) -> tuple[Factor, ...]:
    found = []
    while name in longest and longest[name][1] is not None:
        above = longest[name][1]
        found.append(Factor(above, name, shapes[above], shapes[name]))
        name = above
    return tuple(found[::-1])


def chain_lines(chain: Chain, taken: Taken) -> tuple[str, str]:
    """The product of the factors, and their shapes below them."""
    names = [(_quotient(f, taken), _shapes(f)) for f in chain.factors]
    signs = [" · "] * (len(names) - 1)
    if len(names) > MOST_FACTORS:
        names, signs = [*names[:3], *names[-3:]], [" · ", " · ", " ⋯ ", " · ", " · "]
    top, below = names[0] if names else ("0", "")
    for sign, (name, shape) in zip(signs, names[1:]):
        wide = max(len(top), len(below))
        top, below = top.ljust(wide) + sign + name, below.ljust(wide + 3) + shape
    return top, below.rstrip()


def _quotient(f: Factor, taken: Taken) -> str:
    return f"∂{taken.shown(f.of)}/∂{taken.shown(f.by)}"


def _shapes(f: Factor) -> str:
    """3×2, or 3×(3×2) where the parameter is a matrix."""
    of, by = (_dims(f.of_shape), _dims(f.by_shape))
    return f"{of}×{by}"


def _dims(shape: tuple[int, ...]) -> str:
    text = "×".join(map(str, shape)) or "1"
    return f"({text})" if len(shape) > 1 else text
