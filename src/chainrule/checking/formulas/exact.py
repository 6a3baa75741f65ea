"""The value of a typed tree in exact fractions, where it is a rational function: no rounding, so equal means equal.

Arrays hold Python's fractions. What is irrational (a root, exp, a facts' constraint that fractions rarely meet) is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from ...core.facts import SYMMETRIC
from ...numeric.points import Variable, draw
from ...syntax import Meaning
from ...syntax.lower import known
from ...syntax.typed import Typed, order

TRIALS = 3  # points; two rational functions that differ agree at a random one hardly ever
DENOMINATOR = 12  # of the fractions drawn: small, since they grow with every product
MOST = 400_000  # products that a chain may take: beyond it fractions are too slow
KEPT = SYMMETRIC | {
    "positive",
    "nonneg",
    "negative",
    "gt1",
    "open01",
    "unit",
    "invertible",
    "counts",
    "labels01",
    "mask01",
}
KEPT |= {"labelspm1", "onehot", "constant"}  # facts that hold when values are replaced by near fractions


class Irrational(Exception):
    """The value is no fraction, or would take too long."""


def exact_points(variables: Sequence[Variable]) -> Iterator[tuple[dict, dict]]:
    """(sizes, values) in fractions, at random points that respect the facts."""
    if any(facts - KEPT for _, _, facts in variables):
        raise Irrational
    for index in range(TRIALS):
        sizes, values = draw(variables, index, 43)
        yield sizes, {name: fractions(x) for name, x in values.items()}


def fractions(x) -> np.ndarray:
    """An array as near fractions; equal entries stay equal."""
    x = np.asarray(x)
    found = np.empty(x.shape, object)
    for at, value in np.ndenumerate(x):
        found[at] = Fraction(float(value)).limit_denominator(DENOMINATOR)
    return found


def exact(meaning: Meaning, values: dict, sizes: dict, held: Meaning | None = None) -> np.ndarray:
    """The value of a text in fractions.

    Parameters
        held: the function whose named intermediates it uses.

    Raises Irrational: it has none, or divides by zero here.
    """
    lets = dict(values)
    for each in (held, meaning):
        for name, typed in each.typed_lets if each is not None else ():
            if each is meaning or name not in lets:
                lets[name] = _value(typed, lets, sizes)
    found = _value(meaning.typed, lets, sizes)
    return np.broadcast_to(found, [known(d).at(sizes) for d in meaning.typed.axes])


def _value(typed: Typed, lets: dict, sizes: dict) -> np.ndarray:
    done: dict[int, np.ndarray] = {}
    try:
        for each in order([typed]):
            compute = COMPUTED.get(each.kind)
            if compute is None:
                raise Irrational
            done[id(each)] = compute(each, [done[id(a)] for a in each.args], lets, sizes)
    except (ZeroDivisionError, OverflowError):
        raise Irrational from None
    return done[id(typed)]


def _scalar(value) -> np.ndarray:
    found = np.empty((), object)
    found[()] = value
    return found


def _rational(number) -> Fraction:
    if isinstance(number, str):
        raise Irrational
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)


def _const(typed, args, lets, sizes):
    return _scalar(_rational(typed.info))


def _size(typed, args, lets, sizes):
    return _scalar(Fraction(known(typed.info).at(sizes)))


def _name(typed, args, lets, sizes):
    return lets[typed.info]


def _sum(typed, args, lets, sizes):
    total = _scalar(Fraction(0))
    for coefficient, value in zip(typed.info, args):
        total = total + _rational(coefficient) * value
    return np.asarray(total, object)


def _raised(value: np.ndarray, exponent) -> np.ndarray:
    exponent = _rational(exponent)
    if exponent.denominator != 1 or abs(exponent) > 40:
        raise Irrational
    return np.asarray(value ** int(exponent), object)


def _pow(typed, args, lets, sizes):
    base, exponent = args
    if typed.args[1].axes:
        raise Irrational
    return _raised(base, exponent[()])


def _chain(typed, args, lets, sizes):
    """Σ Π value^exponent, label by label: one product after another, summed over what nothing further needs."""
    labels, exponents, out, of = typed.info
    found, marks = _scalar(Fraction(1)), ()
    for at, (value, mine, exponent) in enumerate(zip(args, labels, exponents)):
        if value.ndim != len(mine):  # a scalar that was spread by nothing but its axes
            value = np.broadcast_to(value, [known(d).at(sizes) for d in typed.args[at].axes])
        value = _raised(value, exponent) if exponent != 1 else value
        later = set(out).union(*labels[at + 1 :])
        joined = tuple(dict.fromkeys(marks + tuple(mine)))
        kept = tuple([x for x in joined if x in later])
        found = _merged(found, marks, value, tuple(mine), joined, kept)
        marks = kept
    distinct = tuple(dict.fromkeys(out))
    shape = [known(of[x]).at(sizes) for x in distinct]
    present = [x for x in distinct if x in marks]
    found = np.transpose(found, [marks.index(x) for x in present]) if marks else found
    found = np.asarray(found[tuple([slice(None) if x in marks else None for x in distinct])], object)
    found = np.broadcast_to(found, shape)
    if len(distinct) == len(out):
        return found
    lengths = dict(zip(distinct, shape))
    full = np.full([lengths[x] for x in out], Fraction(0), object)
    grid = dict(zip(distinct, np.ogrid[tuple([slice(n) for n in shape])]))
    full[tuple([grid[x] for x in out])] = found
    return full


def _merged(a, marks, b, mine, joined, kept):
    """The product of two labelled arrays, summed over the labels that are not kept."""
    for x in set(mine):  # a label twice in one factor: its diagonal
        while mine.count(x) > 1:
            first = mine.index(x)
            second = mine.index(x, first + 1)
            b = np.diagonal(b, axis1=first, axis2=second)  # the diagonal becomes the last axis
            mine = tuple([y for at, y in enumerate(mine) if at not in (first, second)]) + (x,)
    joined = tuple(dict.fromkeys(marks + mine))

    def laid(value, own):
        value = np.transpose(value, [own.index(x) for x in joined if x in own]) if own else value
        return np.asarray(value[tuple([slice(None) if x in own else None for x in joined])], object)

    left, right = laid(a, marks), laid(b, mine)
    if np.prod([max(p, q) for p, q in zip(left.shape, right.shape)], dtype=float) > MOST:
        raise Irrational
    whole = np.asarray(left * right, object)
    gone = tuple([at for at, x in enumerate(joined) if x not in kept])
    return np.asarray(np.sum(whole, axis=gone), object) if gone else whole


def _struct(typed, args, lets, sizes):
    declaration, *params = typed.info
    compute = {"inverse": _inverse, "det": _determinant}.get(declaration.name)
    if compute is None or params or args[0].ndim != 2:
        raise Irrational
    return compute(args[0])


def _eliminated(x: np.ndarray, right: np.ndarray) -> tuple[Fraction, np.ndarray]:
    """(determinant of x, x⁻¹ right) by elimination. Raises ZeroDivisionError for a singular matrix."""
    n = len(x)
    table, found = np.concatenate([x, right], axis=1), Fraction(1)
    for k in range(n):
        pivot = next((r for r in range(k, n) if table[r, k] != 0), None)
        if pivot is None:
            raise ZeroDivisionError
        if pivot != k:
            table[[k, pivot]] = table[[pivot, k]]
            found = -found
        found *= table[k, k]
        table[k] = table[k] / table[k, k]
        for r in range(n):
            if r != k and table[r, k] != 0:
                table[r] = table[r] - table[r, k] * table[k]
    return found, table[:, n:]


def _identity(n: int) -> np.ndarray:
    return np.array([[Fraction(int(i == j)) for j in range(n)] for i in range(n)], object)


def _inverse(x):
    return _eliminated(x, _identity(len(x)))[1]


def _determinant(x):
    return _scalar(_eliminated(x, _identity(len(x)))[0])


def _tril(typed, args, lets, sizes):
    rows, columns = (known(d).at(sizes) for d in typed.axes)
    return fractions(np.tril(np.ones((rows, columns)), typed.info))


def _shift(typed, args, lets, sizes):
    out, whole = (known(d).at(sizes) for d in typed.axes)
    return fractions(np.eye(out, whole, typed.info))


def _kron(typed, args, lets, sizes):
    a, b = args
    if a.ndim == 1:
        return np.asarray(np.multiply.outer(a, b), object).reshape(-1)
    outer = np.asarray(np.multiply.outer(a, b), object)
    return outer.transpose(0, 2, 1, 3).reshape(a.shape[0] * b.shape[0], -1)


def _reshape(typed, args, lets, sizes):
    return np.reshape(args[0], [known(d).at(sizes) for d in typed.axes])


def _slice(typed, args, lets, sizes):
    axis, start, stop, step = typed.info
    return args[0][(slice(None),) * axis + (slice(known(start).at(sizes), known(stop).at(sizes), step),)]


def _pick(typed, args, lets, sizes):
    axis, position = typed.info
    return np.asarray(args[0][(slice(None),) * axis + (position,)], object)


def _concat(typed, args, lets, sizes):
    return np.concatenate(args, typed.info)


def _cumsum(typed, args, lets, sizes):
    return np.asarray(np.cumsum(args[0], typed.info), object)


COMPUTED = {
    "const": _const, "size": _size, "var": _name, "let": _name, "chain": _chain, "sum": _sum, "pow": _pow,
    "struct": _struct, "tril": _tril, "shift": _shift, "kron": _kron, "reshape": _reshape, "slice": _slice,
    "pick": _pick, "concat": _concat, "cumsum": _cumsum,
}  # fmt: skip
