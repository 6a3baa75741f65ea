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
from ..typed import Typed, add, chain, const, mapped, power, rational, times, total

HALF = Fraction(1, 2)


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


def solid(t: Tensor, dims: Sequence) -> Typed:
    """The node of `t` with an axis for each of `dims` that is not ONE, of length one where `t` has ONE."""
    labels = t.labels()
    out = tuple([p for p, d in enumerate(dims) if d is not ONE])
    return chain([(t.node, labels, 1)], out, dict(enumerate(dims)))


def returned(t: Tensor) -> Typed:
    """The node of a result, with an axis for each of its dims."""
    return solid(t, [length(d) for d in t.dims])
