"""What an operator would be at some sizes, told before there are values: its structure, the bytes it holds, the work."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError
from ..costs import REAL, Work
from .parts import kinds
from .pieces import Sum
from .program import OperatorProgram, Plan
from .specs import DiagonalSpec, SumSpec

MOST_DUMMY = 10**7  # rows of a matrix up to which pieces are made to tell of it


class Foretold(NamedTuple):
    """The structure in words, the bytes that the operator holds besides its arguments, and what making it takes."""

    structure: str
    bytes: float
    work: Work


def foretold(program: OperatorProgram, sizes: Mapping[str, int]) -> Foretold | None:
    """What `program` would return for arguments of these sizes; None where it has no structure, or a size is missing."""
    if not program.sizes <= sizes.keys():
        return None
    try:
        plan = Plan(program, {x: sizes[x] for x in program.sizes})
        structure = _structure(plan, sizes)
    except (ChainruleError, ValueError, MemoryError):
        return None
    if structure in (None, "dense"):
        return None
    nodes = plan.parts.roots if plan.parts is not None else {}
    held = sum([prod([x.at(sizes) for x in node.dims]) for node in nodes.values()]) * REAL
    work = plan.parts.planned(dict(sizes)).costs.work(sizes) if plan.parts is not None else Work(0.0, 0.0, 0.0)
    return Foretold(structure, held, work)


def _structure(plan: Plan, sizes: Mapping[str, int]) -> str | None:
    """The structure in words, of pieces made of arrays that have shapes and no memory."""
    said = []
    if plan.spec is not None:
        if plan.spec.size > MOST_DUMMY:
            return None
        nodes = plan.parts.roots if plan.parts is not None else {}
        shapes = {name: tuple([x.at(sizes) for x in node.dims]) for name, node in nodes.items()}
        shapes |= {part: tuple([x.at(sizes) for x in plan.owner.parameters[name] or ()]) for part, name in plan.given.items()}
        piece = plan.spec.piece({name: np.broadcast_to(1.0, shape) for name, shape in shapes.items()})
        text = " + ".join(dict.fromkeys(_kinds(plan.spec, piece)))
        if plan.over:
            equal = "" if isinstance(piece, Sum) or piece.batch > 1 else "equal "
            blocks = f"{prod([plan.variable[t] for t in plan.batch])} {equal}blocks of {piece.size}×{piece.size}"
            text = f"block-diagonal over {', '.join(plan.over)}, {blocks}" + ("" if text == "dense" else f" ({text})")
        said.append(text)
    if plan.networks is not None:
        said.append("a part that is multiplied without being formed")
    return " and ".join(said)


def _kinds(spec, piece) -> list[str]:
    """The kinds of the summands; of a diagonal its spec says whether it is constant, which arrays without memory all seem."""
    if isinstance(spec, SumSpec):
        return [kind for s, p in zip(spec.specs, piece.pieces) for kind in _kinds(s, p)]
    return ["diagonal" if isinstance(spec, DiagonalSpec) and not spec.constant else kinds(piece)]
