"""A function with its backward pass, from a derivation: for PyTorch and JAX as a differentiable function of theirs.

`split` makes the two passes, which `checking/backward` writes as a file, and which `differentiable` runs.
"""

from __future__ import annotations

from typing import NamedTuple

from ..calculus import pull_back
from ..compiling import compile_nodes
from ..compiling.differentiable import DIFFERENTIABLE, Differentiable
from ..compiling.passes import Passes
from ..core.algebra import add, multiply, ones, total
from ..core.errors import BackendError
from ..core.node import Node, symbol
from .differentiate import tidied
from .objects.start import Start, started


class Pulled(NamedTuple):
    """A function, the cotangent of its value, and the cotangents of its variables, by name; the parameters in order."""

    start: Start
    cotangent: Node
    bars: dict[str, Node]
    parameters: list[Node]


def pulled(problem, names: list[str]) -> Pulled:
    """The cotangents of the variables `names`: a program of any S, symmetric or not, whose entries may move by themselves."""
    start = started(problem, names)
    taken = {*problem.every, *start.lets} | {x for v in problem.every.values() for d in v.dims for x in d.names}
    letter = next(n for n in ("value_bar", "out_bar", *[f"value_bar{k}" for k in range(2, 1000)]) if n not in taken)
    cotangent = symbol(letter, problem.dims)
    free = [start.free[x] for x in names]
    bars = {x: tidied(bar) for x, bar in zip(names, pull_back(start.node, free, cotangent))}
    parameters = [symbol(v.name, v.dims, v.facts) for v in problem.variables.values()]
    parameters += [symbol(x, problem.every[x].dims) for x in names if x not in problem.variables]
    return Pulled(start, cotangent, bars, parameters)


def split(problem, names: list[str]) -> Passes:
    """The two passes of a function, lowered together."""
    return _passes(pulled(problem, names))


def _passes(p: Pulled) -> Passes:
    passes = Passes(p.start.node, p.bars, p.cotangent, p.parameters, intermediates(p.start, p.cotangent))
    passes.function = p.start.node
    return passes


def intermediates(start: Start, cotangent: Node) -> dict[Node, str]:
    """The person's own names: of their intermediates r, and r_bar of the cotangents of these."""
    found: dict[Node, str] = {}
    for name, node in start.became.items():
        if node.args and node is not start.node:
            found.setdefault(node, name)
            (bar,) = pull_back(start.node, [node], cotangent)
            found.setdefault(tidied(bar), f"{name}_bar")
    return found


def differentiable(problem, names: list[str], backend: str) -> Differentiable:
    """The function of `problem` for a framework that differentiates, with the derived backward pass in the variables `names`.

    Raises
        BackendError: the backend does not differentiate.
        DeclarationError: a size is that of no argument.
    """
    made = DIFFERENTIABLE.get(backend)
    if made is None:
        raise BackendError(
            f"`{backend}` does not differentiate functions",
            given=f"differentiable({backend!r})",
            expected=", ".join(DIFFERENTIABLE),
            fix='compile() gives the derivative itself, backward(…, to="numpy") the two passes' if backend == "numpy" else None,
        )
    p = pulled(problem, names)
    value = compile_nodes(p.start.node, p.parameters, name="value", backend=backend)
    return made(_passes(p), value, lambda: _twice(p, names, backend))


def _twice(p: Pulled, names: list[str], backend: str):
    """(the cotangents, and the cotangents of what these are made of) as programs of the arguments alone."""
    taken = {x.name for x in [*p.parameters, p.cotangent]}
    bar_bars = {}
    for x in names:
        wished = (f"{x}_bar_bar", *[f"{x}_bar_bar{k}" for k in range(2, 1000)])
        bar_bars[x] = symbol(next(n for n in wished if n not in taken), p.bars[x].dims)
        taken.add(bar_bars[x].name)
    paired = add(*[total(multiply(bar_bars[x], p.bars[x])) for x in names])
    inputs = [*[p.start.free[x] for x in names], p.cotangent]
    second = [tidied(node) for node in pull_back(paired, inputs, ones(()))]
    arguments = [*p.parameters, p.cotangent]
    return (
        compile_nodes(p.bars, arguments, name="cotangents", backend=backend),
        compile_nodes(
            dict(zip([*names, p.cotangent.name], second)), [*arguments, *bar_bars.values()], name="second", backend=backend
        ),
    )
