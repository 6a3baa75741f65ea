"""The ways to tell a derivation: by differentials, or by the chain rule, forwards or backwards."""

from __future__ import annotations

from .by_adjoints import by_adjoints
from .by_differentials import by_differentials
from .by_jacobians import by_jacobians, is_path
from .lines import Line
from .teller import Teller

STYLES = ("differential", "chain")


def lines_in(teller: Teller, style: str) -> tuple[str, list[Line]]:
    """The lines in one of the STYLES, and the style that was possible: a matrix by a matrix is told by differentials in either.

    The chain rule goes forwards with Jacobians where all parts are numbers or vectors, and backwards where some are matrices.
    """
    if style == "differential":
        return style, by_differentials(teller)
    program = teller.program
    narrow = all(len(s.dims) <= 1 for s in (program.variable, *teller.part_of))
    if narrow and (is_path(teller) or program.function.dims or program.scalar):
        return style, by_jacobians(teller)
    if not program.function.dims:
        return style, by_adjoints(teller)
    return "differential", by_differentials(teller)
