"""Primitives of JAX that arrange entries anew, or take some of them."""

from __future__ import annotations

from ...core.dims import Dim, dim
from ..sizes import ONE
from . import shaping as S
from . import tensors as T
from ..framework import refused
from .positions import Positions
from .tensors import Tensor
from .jax_table import LONGEST_LOOP, labels, primitive


@primitive("broadcast_in_dim")
def broadcast_in_dim(reader, eqn, x, *_):
    dims = reader.sizes(eqn.outvars[0].aval.shape)
    at = [int(p) for p in eqn.params["broadcast_dimensions"]]
    if isinstance(x, Positions):
        return x.moved(dims, at)
    moved = Tensor(x.node, [x.dims[at.index(p)] if p in at else ONE for p in range(len(dims))])
    return moved if settled(moved.dims, dims) else T.broadcast(moved, dims)


def settled(now: tuple, dims: tuple) -> bool:
    """Whether an array has those dims already, but for an axis of length one."""
    return all(a is b or T.length(a) is T.length(b) for a, b in zip(now, dims))


@primitive("reshape")
def reshape(reader, eqn, x, *_):
    shape = [reader.size(v) for v in eqn.params["new_sizes"]]
    if isinstance(x, Positions):
        if x.number is None and len(x.slopes) and len([d for d in shape if d.value != 1]) != 1:
            return S.reshaped(x.tensor(), shape)
        at = next((p for p, d in enumerate(shape) if d.value != 1), 0)
        return x.moved([T.unit(d) for d in shape], [at] * len(x.dims))
    return S.reshaped(x, shape)


@primitive("transpose")
def transpose(reader, eqn, x):
    order = eqn.params["permutation"]
    if isinstance(x, Positions):
        return x.moved([x.dims[p] for p in order], [order.index(p) for p in range(len(order))])
    return S.transposed(x, order)


@primitive("squeeze")
def squeeze(reader, eqn, x):
    gone = eqn.params["dimensions"]
    if isinstance(x, Positions):
        kept = [p for p in range(len(x.dims)) if p not in gone]
        return x.moved([x.dims[p] for p in kept], [kept.index(p) if p in kept else 0 for p in range(len(x.dims))])
    return S.squeezed(x, gone)


@primitive("expand_dims")
def expand_dims(reader, eqn, x):
    x = reader.tensor(x)
    for p in sorted(eqn.params["dimensions"]):
        x = S.widened(x, p)
    return x


@primitive("slice")
def slice_(reader, eqn, x):
    x = reader.tensor(x)
    steps = eqn.params["strides"] or (1,) * x.rank
    for p, (start, stop, step) in enumerate(zip(eqn.params["start_indices"], eqn.params["limit_indices"], steps)):
        x = S.sliced(x, p, reader.size(start), reader.size(stop), int(step))
    return x


@primitive("split")
def split(reader, eqn, x):
    x, found, start = reader.tensor(x), [], dim(0)
    for size in eqn.params["sizes"]:
        stop = start + reader.size(size)
        found.append(S.sliced(x, eqn.params["axis"], start, stop))
        start = stop
    return found


@primitive("concatenate")
def concatenate(reader, eqn, *parts):
    if all(isinstance(x, Positions) and not x.slopes for x in parts):
        return Index([x.offset for x in parts])
    return S.joined([reader.tensor(x) for x in parts], eqn.params["dimension"])


@primitive("stack")
def stack(reader, eqn, *parts):
    return S.joined([S.widened(reader.tensor(x), eqn.params["axis"]) for x in parts], eqn.params["axis"])


@primitive("tile")
def tile(reader, eqn, x):
    x = reader.tensor(x)
    for p, times in enumerate(eqn.params["reps"]):
        count = reader.size(times).value
        if count is None or count > LONGEST_LOOP:
            raise refused("repeating by a symbolic number", "jnp.broadcast_to, which makes a new axis")
        x = S.joined([x] * count, p) if count != 1 else x
    return x


@primitive("pad")
def pad(reader, eqn, x, value):
    """Zeros before and behind: joined to the tensor."""
    x, value = reader.tensor(x), reader.tensor(value)
    for p, (before, behind, between) in enumerate(eqn.params["padding_config"]):
        before, behind = reader.size(before), reader.size(behind)
        if between or any(d.value is not None and d.value < 0 for d in (before, behind)):
            raise refused("padding between the entries", "jnp.concatenate puts zeros before and behind")
        for size, first in ((before, True), (behind, False)):
            if size.value != 0:
                dims = [size if q == p else d for q, d in enumerate(x.dims)]
                zeros = T.filled(value.node, dims)
                x = S.joined([zeros, x] if first else [x, zeros], p)
    return x


@primitive("iota")
def iota(reader, eqn, *_):
    return Positions({eqn.params["dimension"]: 1}, dim(0), reader.sizes(eqn.outvars[0].aval.shape))


@primitive("dim_as_value")
def dim_as_value(reader, eqn):
    return Positions({}, reader.size(eqn.params["dim"]), ())


class Index:
    """A few places, one for each axis that is indexed."""

    def __init__(self, places: list[Dim]):
        self.places = places


@primitive("gather")
def gather(reader, eqn, x, where):
    """x[2], x[:, -1], x[1:]: one part of an array, at places that are numbers."""
    numbers = eqn.params["dimension_numbers"]
    places = where.places if isinstance(where, Index) else None
    if isinstance(where, Positions) and not where.slopes and all(d is ONE for d in where.dims):
        places = [where.offset]
    if places is None or len(places) != len(numbers.start_index_map) or numbers.operand_batching_dims:
        raise labels(reader.name, "x[places]")
    starts = dict(zip(map(int, numbers.start_index_map), places))
    x = reader.tensor(x)
    for p in reversed(range(x.rank)):
        size, taken = T.length(x.dims[p]), reader.size(eqn.params["slice_sizes"][p])
        start = starts.get(p, dim(0))
        if p in numbers.collapsed_slice_dims:
            x = S.picked(x, p, entry(start, size))
        else:
            x = S.sliced(x, p, start, start + taken)
    return x


def entry(place: Dim, size: Dim) -> int:
    """A place as a whole number, negative from the end."""
    for candidate in (place, place - size):
        if candidate.value is not None:
            return candidate.value
    raise refused(f"the entry at {place}", "places that are numbers, such as x[0] and x[-1]")


@primitive("dynamic_slice")
def dynamic_slice(reader, eqn, x, *starts):
    x = reader.tensor(x)
    for p, (start, taken) in enumerate(zip(starts, eqn.params["slice_sizes"])):
        if not isinstance(start, Positions) or start.slopes:
            raise labels(reader.name, "a part of an array at a computed place")
        x = S.sliced(x, p, start.offset, start.offset + reader.size(taken))
    return x
