"""Whole numbers that are affine in their own positions, as arange and iota give them, and sizes used as numbers.

Comparing two of them gives a triangle, an identity, all or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...core.dims import Dim
from ..sizes import ONE
from ..typed import chain, const
from .shaping import identity, running, triangle
from .tensors import Tensor, broadcast, filled, flipped, number, of_size, plus


class Positions:
    """Whole numbers: offset + Σ coefficient · position along dim `t`; of dims `dims`."""

    __slots__ = ("slopes", "offset", "dims")

    def __init__(self, slopes: dict[int, int], offset: Dim, dims: Sequence):
        self.slopes, self.offset, self.dims = {p: c for p, c in slopes.items() if c}, offset, tuple(dims)

    @property
    def number(self):
        """The number that this is, or None."""
        return self.offset.value if not self.slopes else None

    def moved(self, dims: Sequence, at: Sequence[int]) -> "Positions":
        """Dim `t` becomes dim at[t] among `dims`."""
        return Positions({at[p]: c for p, c in self.slopes.items()}, self.offset, dims)

    def tensor(self) -> Tensor:
        """The same numbers as a tensor: a position is a cumulative sum of ones, less one."""
        terms = [(1, of_size(self.offset))] if self.offset.value != 0 or not self.slopes else []
        for p, slope in self.slopes.items():
            ones = filled(const(1), [d if t == p else ONE for t, d in enumerate(self.dims)])
            terms.append((slope, plus((1, running(ones, p)), (-1, number(1)))))
        return broadcast(plus(*terms), self.dims)


def combined(a: Positions, b: Positions, sign: int) -> Positions | None:
    """a + sign · b."""
    rank = max(len(a.dims), len(b.dims))
    a, b = (x.moved((ONE,) * (rank - len(x.dims)) + x.dims, range(rank - len(x.dims), rank)) for x in (a, b))
    dims = [y if x is ONE else x for x, y in zip(a.dims, b.dims)]
    slopes = {p: a.slopes.get(p, 0) + sign * b.slopes.get(p, 0) for p in range(rank)}
    return Positions(slopes, a.offset + b.offset * sign, dims)


def compared(name: str, a: Positions, b: Positions) -> Tensor | None:
    """a < b and the like as a 0/1 tensor: a triangle, an identity, all or nothing; None where it is none of these."""
    if name in ("greater", "greater_equal"):
        return compared({"greater": "less", "greater_equal": "less_equal"}[name], b, a)
    if name == "not_equal":
        found = compared("equal", a, b)
        return None if found is None else flipped(found)
    gap = combined(b, a, -1)  # the comparison holds where gap > 0, >= 0 or == 0
    if gap.offset.value is None:
        return None
    if not gap.slopes:
        k = gap.offset.value
        return broadcast(number(int({"less": k > 0, "less_equal": k >= 0, "equal": k == 0}[name])), gap.dims)
    rows = [p for p, c in gap.slopes.items() if c == 1]
    columns = [p for p, c in gap.slopes.items() if c == -1]
    if len(gap.slopes) == 2 and len(rows) == len(columns) == 1:  # row - column + k
        (i,), (j,), k = rows, columns, gap.offset.value
        if name == "equal":
            if k or gap.dims[i] is not gap.dims[j]:
                return None
            node, order = identity(gap.dims[i]), (i, j)
        else:
            node, order = triangle(gap.dims[i], gap.dims[j], k - (name == "less")), (i, j)
        out = tuple([p for p, d in enumerate(gap.dims) if d is not ONE])
        return Tensor(chain([(node, order, 1)], out, dict(enumerate(gap.dims))), gap.dims)
    return None
