"""Products, contractions and reductions of tensors, and the functions of whole rows and matrices."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.errors import NoRuleError, ShapeError
from ...ops.declare import lookup
from ..sizes import ONE, spelled
from ..typed import Typed, chain, const, times, total
from .tensors import (
    Tensor, broadcast, laid_out, length, negated, number, of_size, plus, product, raised, shaped, without_units,
)  # fmt: skip


def contract(operands: Sequence[tuple[Tensor, Sequence]], out: Sequence) -> Tensor:
    """Σ Π tensor over all labels that `out` lacks. A label that is ONE in one operand and long in another is stretched."""
    sizes: dict = {}
    for t, labels in operands:
        for label, d in zip(labels, t.dims):
            if sizes.get(label, ONE) is ONE or sizes[label].value == 1:
                sizes[label] = d
    found = []
    for t, labels in operands:
        t = without_units(t, [p for p, x in enumerate(labels) if t.dims[p] is not sizes[x]])
        found.append((t.node, tuple([x for x, d in zip(labels, t.dims) if d is not ONE]), 1))
    dims = tuple([sizes[x] for x in out])
    kept = tuple([x for x in out if sizes[x] is not ONE])
    if not any(labels for _, labels, _ in found):
        return shaped(times(*[node for node, _, _ in found]), dims)
    return Tensor(chain(found, kept), dims)


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """a @ b, as NumPy has it: vectors lose their axis, leading axes are broadcast."""
    if a.rank == 0 or b.rank == 0:
        raise ShapeError("a matrix product takes no scalars", given="a scalar", expected="vectors or matrices")
    rank = max(a.rank, b.rank, 2)
    lead = [("lead", t) for t in range(rank - 2)]
    left = ["k"] if a.rank == 1 else [*lead[len(lead) - (a.rank - 2) :], "i", "k"]
    right = ["k"] if b.rank == 1 else [*lead[len(lead) - (b.rank - 2) :], "k", "j"]
    return contract([(a, left), (b, right)], [*lead, *(["i"] if a.rank > 1 else []), *(["j"] if b.rank > 1 else [])])


def einsum(spec: str, operands: Sequence[Tensor]) -> Tensor:
    """Σ over letters, as NumPy spells it; `...` stands for leading axes."""
    spec = spec.replace(" ", "")
    inputs, arrow, out = spec.partition("->")
    groups = []
    widest = 0
    for group, t in zip(inputs.split(","), operands):
        extra = t.rank - len(group.replace("...", ""))
        widest = max(widest, extra)
        dots = [("dots", k) for k in range(extra)][::-1]
        head, dotted, tail = group.partition("...")
        groups.append([*head, *(dots if dotted else ()), *tail])
    if not arrow:
        letters = [x for g in groups for x in g if isinstance(x, str)]
        result = [("dots", k) for k in range(widest)][::-1] + sorted(x for x in set(letters) if letters.count(x) == 1)
    else:
        head, dotted, tail = out.partition("...")
        result = [*head, *([("dots", k) for k in range(widest)][::-1] if dotted else ()), *tail]
    return contract(list(zip(operands, groups)), result)


def reduced(t: Tensor, positions, keep: bool, how) -> Tensor:
    """`how(node, axes)` over the dims at `positions`; axes of length one vanish by themselves."""
    positions = sorted({p % max(t.rank, 1) for p in positions})
    axes = tuple([t.axis(p) for p in positions if t.dims[p] is not ONE])
    node = how(t.node, axes) if axes else t.node
    return Tensor(node, [ONE if p in positions else d for p, d in enumerate(t.dims) if keep or p not in positions])


def summed(t: Tensor, positions, keep: bool = False) -> Tensor:
    return reduced(t, positions, keep, total)


def count(t: Tensor, positions) -> Tensor:
    """How many entries lie along `positions`."""
    sizes = [of_size(length(t.dims[p])).node for p in positions]
    return Tensor(times(*sizes) if sizes else const(1), ())


def averaged(t: Tensor, positions, keep: bool = False) -> Tensor:
    return product((summed(t, positions, keep), 1), (count(t, positions), -1))


def spread_of(t: Tensor, positions, less=0, keep: bool = False) -> Tensor:
    """The variance along `positions`, with divisor n − `less`."""
    centre = plus((1, t), (-1, averaged(t, positions, True)))
    square = summed(raised(centre, 2), positions, keep)
    divisor = count(t, positions)
    return product((square, 1), (plus((1, divisor), (-less, number(1))) if less else divisor, -1))


def structured(name: str, t: Tensor, positions, keep: bool = False) -> Tensor:
    """logsumexp or the largest entry along `positions`."""

    def how(node, axes):
        kept = tuple([d for p, d in enumerate(node.axes) if p not in axes])
        return Typed("struct", [node], (lookup(name), axes), kept)

    return reduced(t, positions, keep, how)


def least(t: Tensor, positions, keep: bool = False) -> Tensor:
    return negated(structured("amax", negated(t), positions, keep))


def same_shape(name: str, t: Tensor, positions) -> Tensor:
    """softmax and the like along `positions`."""
    axes = tuple([t.axis(p % t.rank) for p in positions if t.dims[p] is not ONE])
    if not axes:
        return broadcast(number(1), t.dims)
    return Tensor(Typed("struct", [t.node], (lookup(name), axes), t.node.axes), t.dims)


def log_softmax(t: Tensor, positions) -> Tensor:
    return plus((1, t), (-1, structured("logsumexp", t, positions, True)))


def square_function(name: str, t: Tensor) -> Tensor:
    """det, logdet of a matrix; its inverse."""
    t = Tensor(laid_out(t, t.dims), t.dims)
    if t.rank != 2 or ONE in t.dims:
        raise NoRuleError(
            f"`{name}` is available for one matrix", given=spelled([length(d) for d in t.dims]), expected="a square matrix"
        )
    axes = t.dims if name == "inverse" else ()
    return Tensor(Typed("struct", [t.node], (lookup(name),), axes), axes)
