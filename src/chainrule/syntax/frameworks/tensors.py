"""Tensors while a program of a framework is read: what its array operations mean as typed nodes.

A `Tensor` is a typed node together with its dims as the framework has them. A dim that is `ONE` stands for an axis of
length one that only lines up with others, as `keepdims` and `x[:, None]` leave it; it is no axis of the node. Axes of
length one that a variable has by its declaration are axes of the node until they are broadcast or squeezed away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from ...core.dims import Dim, dim
from ...core.errors import NoRuleError, ShapeError
from ...ops.declare import Elementwise, lookup
from ..tracing.constants import number_tree
from ..sizes import ONE, spelled
from ..tree import Tree
from ..typed import Typed, add, chain, const, mapped, permuted, power, rational, times, total

HALF = Fraction(1, 2)
LARGE = 1e4  # what is added to mask a logit is meant as minus infinity from here on


class Tensor:
    """A typed node with the dims that the framework sees; its axes are those dims that are not ONE."""

    __slots__ = ("node", "dims")

    def __init__(self, node: Typed, dims: Sequence):
        self.node, self.dims = node, tuple(dims)

    @property
    def rank(self) -> int:
        return len(self.dims)

    def axis(self, position: int) -> int:
        """The axis of the node that dim `position` is."""
        return sum(1 for d in self.dims[:position] if d is not ONE)

    def labels(self) -> tuple[int, ...]:
        """The positions of the dims that are axes of the node."""
        return tuple([t for t, d in enumerate(self.dims) if d is not ONE])

    @property
    def number(self):
        """The number that this is, or None."""
        return rational(self.node)


def tensor(node: Typed) -> Tensor:
    return Tensor(node, node.axes)


def length(size) -> Dim:
    return dim(1) if size is ONE else size


def unit(size: Dim):
    """A size as a dim of something that is made: an axis of length one is ONE."""
    return ONE if size.value == 1 else size


# ------------------------------------------------------------------ numbers


def number(value) -> Tensor:
    """A number of a program. A float that is the nearest one to ½, 0.1, √(2/π) or log 2π stands for it (`constants`)."""
    return Tensor(exact(value), ())


def exact(value) -> Typed:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return Typed("const", (), value, ())  # minus infinity masks; `finite` refuses it anywhere else
    return constant(number_tree(value))


def constant(tree: Tree) -> Typed:
    """The meaning of a tree without variables that `constants` makes of a number."""
    args = [constant(arg) for arg in tree.args]
    if tree.kind == "number":
        return const(tree.value)
    if tree.kind == "name":
        return const(tree.value.removeprefix("np."))
    if tree.kind == "sum":
        return times(const(-1), *args)
    if tree.kind == "power":
        return power(*args)
    if tree.kind == "call":
        return power(args[0], HALF) if tree.value == "sqrt" else mapped(lookup(tree.value), args)
    return times(*[(arg, -1 if "/" in sign else 1) for arg, sign in zip(args, tree.value)])


def finite(node: Typed, source: str) -> Typed:
    """`node`, of which no part is an infinity. Raises NoRuleError otherwise."""
    stack, seen = [node], set()
    while stack:
        each = stack.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each.kind == "const" and isinstance(each.info, float) and not math.isfinite(each.info):
            raise NoRuleError(
                "an infinity is part of the function", given=source, expected="finite numbers",
                fix="where(mask, z, -inf) is read below a softmax or logsumexp only",
            )  # fmt: skip
        stack.extend(each.args)
    return node


def of_size(size: Dim) -> Tensor:
    """A size used as a number."""
    return Tensor(const(size.value) if size.value is not None else Typed("size", (), size, ()), ())


def filled(value: Typed, dims: Sequence) -> Tensor:
    """A number along all `dims`."""
    dims = tuple(dims)
    axes = [d for d in dims if d is not ONE]
    labels = tuple(range(len(axes)))
    return Tensor(chain([(value, (), 1)], labels, dict(enumerate(axes))) if axes else value, dims)


# ------------------------------------------------------------------ broadcasting


def without_units(t: Tensor, positions=None) -> Tensor:
    """Axes of length one, at `positions` or all, as ONE: they are summed over, which leaves their only entry."""
    chosen = range(t.rank) if positions is None else positions
    gone = [p for p in chosen if t.dims[p] is not ONE and t.dims[p].value == 1]
    if not gone:
        return t
    return Tensor(total(t.node, [t.axis(p) for p in gone]), [ONE if p in gone else d for p, d in enumerate(t.dims)])


def common(tensors: Sequence[Tensor], source: str) -> tuple:
    """The dims that `tensors` are broadcast to.

    Raises ShapeError: two sizes at one place are different, and neither is 1.
    """
    rank = max(t.rank for t in tensors)
    found: list = [ONE] * rank
    for t in tensors:
        for p, d in enumerate(t.dims, rank - t.rank):
            if d is ONE or d is found[p]:
                continue
            if found[p] is ONE or found[p].value == 1:
                found[p] = d
            elif d.value != 1:
                raise ShapeError(
                    f"sizes do not agree in `{source}`",
                    given=" and ".join(spelled([length(d) for d in t.dims]) for t in tensors),
                    expected="equal sizes at each place, or 1",
                )
    return tuple(found)


def placed(t: Tensor, dims: tuple) -> tuple[Tensor, tuple]:
    """`t` without the axes of length one that are stretched, and its labels as positions among `dims`."""
    shift = len(dims) - t.rank
    t = without_units(t, [p for p, d in enumerate(t.dims) if d is not dims[p + shift]])
    return t, tuple([p + shift for p in t.labels()])


def laid_out(t: Tensor, dims: tuple) -> Typed:
    """The node of `t` with the axes of `dims`."""
    t, labels = placed(t, dims)
    out = tuple([p for p, d in enumerate(dims) if d is not ONE])
    return chain([(t.node, labels, 1)], out, dict(enumerate(dims)))


def broadcast(t: Tensor, dims: Sequence) -> Tensor:
    dims = tuple(dims)
    value = everywhere(t.node)
    if value is not None:
        return filled(Typed("const", (), value, ()), dims)
    return Tensor(laid_out(t, dims), dims)


def elementwise(declaration: Elementwise | str, *tensors: Tensor, source: str = "") -> Tensor:
    """An operation entry by entry, with broadcasting."""
    declaration = lookup(declaration) if isinstance(declaration, str) else declaration
    dims = common(tensors, source or declaration.name)
    args = [t.node if not t.node.axes else laid_out(t, dims) for t in tensors]
    return shaped(mapped(declaration, args), dims)


def shaped(node: Typed, dims: tuple) -> Tensor:
    """`node` as a tensor of `dims`; a scalar is spread."""
    return broadcast(Tensor(node, ()), dims) if not node.axes and dims else Tensor(node, dims)


def plus(*terms: tuple, source: str = "+") -> Tensor:
    """Σ coefficient · tensor, with broadcasting."""
    dims = common([t for _, t in terms], source)
    kept = [(c, t) for c, t in terms if everywhere(t.node) != 0]
    if not kept:
        return filled(const(0), dims)
    args = [(c, t.node if not t.node.axes else laid_out(t, dims)) for c, t in kept]
    if len(args) > 1 or args[0][0] != 1:
        return shaped(add(args), dims)
    return shaped(args[0][1], dims)


def product(*factors: tuple, source: str = "*") -> Tensor:
    """Π tensor^exponent, entry by entry, with broadcasting; factors are (tensor, exponent)."""
    dims = common([t for t, _ in factors], source)
    factors = [(t, e) for t, e in factors if everywhere(t.node) != 1] or [(number(1), 1)]
    if not any(t.node.axes for t, _ in factors):
        return shaped(times(*[(t.node, e) for t, e in factors]), dims)
    operands = []
    for t, exponent in factors:
        t, labels = placed(t, dims)
        operands.append((t.node, labels, exponent))
    out = tuple([p for p, d in enumerate(dims) if d is not ONE])
    return Tensor(chain(operands, out, dict(enumerate(dims))), dims)


def raised(t: Tensor, exponent) -> Tensor:
    if exponent == 0:
        return filled(const(1), t.dims)
    return Tensor(power(t.node, exponent), t.dims)


def negated(t: Tensor) -> Tensor:
    return scaled(-1, t)


def scaled(coefficient, t: Tensor) -> Tensor:
    return plus((coefficient, t)) if coefficient != 1 else t


def flipped(condition: Tensor) -> Tensor:
    """1 − condition."""
    return plus((1, number(1)), (-1, condition))


# ------------------------------------------------------------------ contractions and reductions


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


# ------------------------------------------------------------------ shaping


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


def solid(t: Tensor, dims: Sequence) -> Typed:
    """The node of `t` with an axis for each of `dims` that is not ONE, of length one where `t` has ONE."""
    labels = t.labels()
    out = tuple([p for p, d in enumerate(dims) if d is not ONE])
    return chain([(t.node, labels, 1)], out, dict(enumerate(dims)))


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


# ------------------------------------------------------------------ choices


def everywhere(node: Typed):
    """The number that all entries of a constant are, or None."""
    while node.kind == "chain" and len(node.args) == 1 and node.info[1] == (1,) and not node.info[0][0]:
        node = node.args[0]
    return rational(node)


def logarithm(t: Tensor) -> Tensor:
    return elementwise("log", t)


def to_power(t: Tensor, exponent: Tensor) -> Tensor:
    """t^exponent, entry by entry, with broadcasting."""
    if exponent.number is not None:
        return raised(t, exponent.number)
    dims = common([t, exponent], "power")
    args = [x.node if not x.node.axes else laid_out(x, dims) for x in (t, exponent)]
    return shaped(power(*args), dims)


# ------------------------------------------------------------------ positions


def returned(t: Tensor) -> Typed:
    """The node of a result, with an axis for each of its dims."""
    return solid(t, [length(d) for d in t.dims])
