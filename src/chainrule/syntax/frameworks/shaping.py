"""The entries of tensors in other places: transposed, reshaped, sliced, joined, on diagonals, summed so far."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.dims import Dim, dim
from ...core.errors import NoRuleError, ShapeError
from ..sizes import ONE
from ..typed import Typed, chain, permuted
from .tensors import Tensor, length, solid, unit, without_units


def transposed(t: Tensor, order: Sequence[int]) -> Tensor:
    order = [p % t.rank for p in order]
    node = permuted(t.node, tuple([t.axis(p) for p in order if t.dims[p] is not ONE])) if t.node.axes else t.node
    return Tensor(node, [t.dims[p] for p in order])


def reshaped(t: Tensor, dims: Sequence[Dim]) -> Tensor:
    """The entries row by row in other dims; axes of length one are ONE, unless they stay at the front or at the back."""
    dims = [d if d is ONE else unit(d) for d in dims]
    if [length(d) for d in dims] == [length(d) for d in t.dims]:
        return t
    t = without_units(t)
    kept = tuple([d for d in dims if d is not ONE])
    if tuple(t.node.axes) == kept:
        return Tensor(t.node, dims)
    return Tensor(Typed("reshape", [t.node], None, kept), dims)


def widened(t: Tensor, position: int) -> Tensor:
    position %= t.rank + 1
    return Tensor(t.node, t.dims[:position] + (ONE,) + t.dims[position:])


def squeezed(t: Tensor, positions) -> Tensor:
    positions = {p % t.rank for p in positions}
    t = without_units(t, positions)
    return Tensor(t.node, [d for p, d in enumerate(t.dims) if p not in positions])


def sliced(t: Tensor, position: int, start: Dim, stop: Dim, step: int = 1) -> Tensor:
    """Entries start, start + step, … before stop; all of them is the tensor itself."""
    size = t.dims[position]
    if length(size) is stop and start.value == 0 and step == 1:
        return t
    if size is ONE:
        raise ShapeError("an axis of length one has no part", given=f"{start} to {stop}", expected="0 to 1")
    taken = stop - start
    if step != 1:
        if taken.value is None:
            raise NoRuleError("a slice with a step needs a known length", given=f"{taken} entries", expected="a number")
        taken = dim(-(-taken.value // step))
    axis = t.axis(position)
    dims = t.dims[:position] + (taken,) + t.dims[position + 1 :]
    axes = t.node.axes[:axis] + (taken,) + t.node.axes[axis + 1 :]
    return Tensor(Typed("slice", [t.node], (axis, start, stop, step), axes), dims)


def picked(t: Tensor, position: int, entry: int) -> Tensor:
    """One entry of an axis, which vanishes."""
    axis = t.axis(position)
    dims = t.dims[:position] + t.dims[position + 1 :]
    if t.dims[position] is ONE:
        return Tensor(t.node, dims)
    axes = t.node.axes[:axis] + t.node.axes[axis + 1 :]
    return Tensor(Typed("pick", [t.node], (axis, entry), axes), dims)


def joined(tensors: Sequence[Tensor], position: int) -> Tensor:
    """Tensors one behind the other along an axis."""
    position %= tensors[0].rank
    whole = dim(0)
    for t in tensors:
        whole = whole + length(t.dims[position])
    wanted = [next((t.dims[p] for t in tensors if t.dims[p] is not ONE), ONE) for p in range(tensors[0].rank)]
    nodes = []
    for t in tensors:
        dims = tuple([length(d) if p == position else wanted[p] for p, d in enumerate(t.dims)])
        nodes.append(solid(t, dims))
    dims = tuple([whole if p == position else d for p, d in enumerate(wanted)])
    axis = sum(1 for d in dims[:position] if d is not ONE)
    return Tensor(Typed("concat", nodes, axis, tuple([d for d in dims if d is not ONE])), dims)


def running(t: Tensor, position: int) -> Tensor:
    """The sums of the entries so far along an axis."""
    position %= t.rank
    if t.dims[position] is ONE:
        return t
    return Tensor(Typed("cumsum", [t.node], t.axis(position), t.node.axes), t.dims)


def diagonal(t: Tensor) -> Tensor:
    """The diagonal of a square matrix."""
    return Tensor(chain([(t.node, ("i", "i"), 1)], ("i",)), t.dims[:1])


def on_diagonal(t: Tensor) -> Tensor:
    """A vector as a diagonal matrix."""
    return Tensor(chain([(t.node, ("i",), 1)], ("i", "i")), (t.dims[0], t.dims[0]))


def identity(size: Dim) -> Typed:
    return chain([], (0, 0), {0: size})


def triangle(rows: Dim, columns: Dim, k: int) -> Typed:
    """1 where column <= row + k."""
    return Typed("tril", (), k, (rows, columns))
