"""The typed tree: what the text means, in tensors with plain positional axes.

Inference turns the syntax tree into these nodes; `lower` spells them in the tensor graph and `interpret` computes
them with NumPy, each on its own. A node has `kind`, `args`, `info` and `axes` (its sizes), and `written`: the word by
which the text spells what this node and those below it say ("norm", "std", "hypot", "logaddexp"), else None; by kind:

    const    info: int, Fraction, float, "pi" or "e"
    size     info: a size used as a number
    var let  info: the name
    chain    coefficient × Σ Π argument^exponent over labels: info: (labels of each argument, exponents, labels of the
             result, sizes of labels). Products, transposes, traces, diagonals, broadcasts, sums over axes are chains.
    sum      info: coefficients of the terms; every term has the axes of the sum, or none (a scalar)
    pow      args: base, exponent (equal axes, or one is a scalar)
    map      info: an elementwise declaration of ops; args of equal axes, or scalars
    struct   info: (declaration, parameters); axes are positions
    tril     info: offset k; a constant: 1 where j <= i + k
    shift    info: start; a constant: 1 where in = start + out
    kron     args: two vectors or two matrices
    reshape  to the axes of the node
    slice    info: (axis, start, stop, step)
    pick     info: (axis, position): one entry of an axis, which vanishes
    concat   info: axis
    cumsum   info: axis
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite

from ..core.errors import LimitError


class Typed:
    """A node of the typed tree."""

    __slots__ = ("kind", "args", "info", "axes", "written")

    def __init__(self, kind, args, info, axes, written=None):
        self.kind, self.args, self.info, self.axes, self.written = kind, args, info, axes, written

    def __repr__(self) -> str:
        return f"{self.kind}({self.info!r}, {list(self.args)!r})"


def order(roots, done=()) -> list[Typed]:
    """Every node below `roots` once, arguments first; those whose id is in `done`, and what only they need, are left out."""
    found: list[Typed] = []
    seen: set[int] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if ready:
            found.append(node)
        elif id(node) not in seen and id(node) not in done:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend([(arg, False) for arg in reversed(node.args)])
    return found


def const(value) -> Typed:
    """A number. Raises LimitError for one too large to be written down."""
    if isinstance(value, float) and not isfinite(value) or isinstance(value, (int, Fraction)) and too_long(value):
        raise LimitError("a number in this text is too large", expected="numbers below 1e308, of at most 300 digits")
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    return Typed("const", (), value, ())


def too_long(value) -> bool:
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > 1024


def spelled_as(word: str, node: Typed) -> Typed:
    """`node`, with the word that the text has for it; numbers and variables are what they are."""
    if node.args:
        node.written = word
    return node


def rational(node: Typed):
    """The number that a node is, or None."""
    return node.info if node.kind == "const" and not isinstance(node.info, str) else None


def chain(operands: list, out: tuple, sizes: dict | None = None) -> Typed:
    """Σ Π node^exponent: `operands` are (node, labels, exponent); `sizes` those of labels that only `out` has."""
    known = dict(sizes) if sizes else {}
    for node, labels, _ in operands:
        for label, size in zip(labels, node.axes):
            known.setdefault(label, size)
    if len(operands) == 1:
        node, labels, exponent = operands[0]
        if exponent == 1 and labels == out and len(set(out)) == len(out):
            return node
    args = [node for node, _, _ in operands]
    info = (tuple([labels for _, labels, _ in operands]), tuple([e for _, _, e in operands]), out, known)
    return Typed("chain", args, info, tuple([known[x] for x in out]))


def add(terms: list) -> Typed:
    """Σ coefficient · term; terms have equal axes or are scalars. Sums of numbers are numbers."""
    numbers = [(c, rational(t)) for c, t in terms]
    if all(value is not None for _, value in numbers):
        return const(sum(c * value for c, value in numbers))
    axes = max([t.axes for _, t in terms], key=len)
    return Typed("sum", [t for _, t in terms], tuple([c for c, _ in terms]), axes)


def power(base: Typed, exponent: Typed | int | Fraction) -> Typed:
    """base^exponent, entry by entry."""
    if not isinstance(exponent, Typed):
        exponent = const(exponent)
    if rational(exponent) == 1:
        return base
    value, raised = rational(base), rational(exponent)
    if value is not None and raised is not None and abs(raised) > 64 and abs(value) not in (0, 1):
        try:
            return const(float(value) ** float(raised))
        except (OverflowError, ZeroDivisionError):
            return const(float("inf"))
    if value is not None and isinstance(raised, int) and abs(raised) <= 64 and not (value == 0 and raised < 0):
        return const(
            value**raised if raised >= 0 or isinstance(value, float) else Fraction(1) / Fraction(value) ** -raised
        )
    return Typed("pow", [base, exponent], None, base.axes or exponent.axes)


def mapped(declaration, args: list) -> Typed:
    """An elementwise operation on arguments of equal axes, or scalars."""
    return Typed("map", args, declaration, max([a.axes for a in args], key=len))


def zero_or_one(node: Typed) -> bool:
    """Whether a node is a constant mask by its form: a triangle, an identity, ones, and products of these entry by entry."""
    if node.kind == "tril":
        return True
    if node.kind == "const":
        return node.info in (0, 1)
    if node.kind != "chain":
        return False
    labels, _, out, _ = node.info
    return all([set(mine) <= set(out) and zero_or_one(arg) for mine, arg in zip(labels, node.args)])


def decided(comparison, mask: Typed, number) -> Typed:
    """`mask` compared with a number, where every entry of `mask` is 0 or 1: itself, 1 − itself, or a constant."""
    at_zero, at_one = (int(bool(comparison.evaluate(x, number))) for x in (0.0, 1.0))
    if at_zero == at_one:
        return spread(const(at_one), (), mask.axes)
    return mask if at_one else add([(1, spread(const(1), (), mask.axes)), (-1, mask)])


def permuted(node: Typed, order: tuple) -> Typed:
    """Axis t of the result is axis order[t] of `node`."""
    return chain([(node, tuple(range(len(node.axes))), 1)], tuple(order))


def total(node: Typed, axes) -> Typed:
    """The sum over positions `axes`, which vanish."""
    labels = tuple(range(len(node.axes)))
    gone = set(axes)
    return chain([(node, labels, 1)], tuple([x for x in labels if x not in gone])) if gone else node


def times(*factors) -> Typed:
    """The product of a tensor and scalars, in any order; (node, exponent) pairs give powers."""
    pairs = [f if isinstance(f, tuple) else (f, 1) for f in factors]
    values = [(rational(n), e) for n, e in pairs]
    if all(v is not None for v, _ in values) and not any(v == 0 and e < 0 for v, e in values):
        found = 1
        for value, exponent in values:
            found = found * (
                value**exponent
                if exponent > 0 or isinstance(value, float)
                else Fraction(1) / Fraction(value) ** -exponent
            )
        return const(found)
    axes = max([n.axes for n, _ in pairs], key=len)
    labels = tuple(range(len(axes)))
    return chain([(n, labels if n.axes else (), e) for n, e in pairs], labels)


def spread(node: Typed, at: tuple, axes: tuple) -> Typed:
    """`node` as a tensor with `axes`, its own axis t being axis at[t]; constant along the others."""
    return chain([(node, tuple(at), 1)], tuple(range(len(axes))), dict(enumerate(axes)))


def mean(node: Typed, axes) -> Typed:
    """The mean over positions `axes`, which vanish."""
    axes = tuple(axes)
    if not axes:
        return node
    return times(total(node, axes), *[(Typed("size", (), node.axes[t], ()), -1) for t in axes])


def centred(node: Typed, axes) -> Typed:
    """`node` minus its mean over positions `axes`."""
    axes = tuple(axes)
    kept = tuple([t for t in range(len(node.axes)) if t not in axes])
    return add([(1, node), (-1, spread(mean(node, axes), kept, node.axes))])


def variance(node: Typed, axes, less: int = 0) -> Typed:
    """The mean square distance from the mean; the divisor is n − `less`."""
    axes = tuple(axes)
    square = power(centred(node, axes), 2)
    if not less:
        return mean(square, axes)
    count = times(*[Typed("size", (), node.axes[t], ()) for t in axes])
    return times(total(square, axes), (add([(1, count), (-less, const(1))]), -1))
