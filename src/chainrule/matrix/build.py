"""Constructors of matrix trees that do the cosmetics of a textbook, under one roof (ALGORITHMS, section (d)).

Each takes and returns trees and uses only identities that hold always: `products` has what multiplies matrices,
`scaling` elementwise products and factors in front, `sums` the rest.
"""

from __future__ import annotations

from .products import (
    diag, diagof, dot, inverse, is_symmetric, kron, mul, mv, norm, outer, total, trace, transpose,
)  # fmt: skip
from .scaling import gather, had, scalars_of, scale, split
from .sums import add, negated
from .tree import size

__all__ = [
    "add", "diag", "diagof", "dot", "gather", "had", "inverse", "is_symmetric", "kron", "mul", "mv", "negated", "norm",
    "outer", "scalars_of", "scale", "size", "split", "total", "trace", "transpose",
]  # fmt: skip
