"""Python's numbers and small arrays as operands: 0.1 is 1/10, 2.5066282746310002 is √(2π), an identity matrix is I.

A number in a person's function has lost how it was written: `np.sqrt(2 * np.pi)` arrives as 2.5066282746310002. What
agrees to the last digit with a multiple of a well-known constant is taken for that multiple.
"""

from __future__ import annotations

from fractions import Fraction
from math import copysign, isinf, isnan, log, pi, sqrt

import numpy as np

from ...core.dims import dim
from ...core.errors import TraceError
from ...core.numbers import INFINITY
from ..lexer import number_read
from ..tree import Tree
from ..typed import Typed, chain
from ..values import Value

LONGEST = 8  # digits of a decimal number that is taken as it is written
LARGE = 1e6  # whole floats from here on are shown with an exponent, as -1e9 in a mask
LARGEST = 12  # numerators and denominators of the multiples of constants
CLOSE = 4e-16  # relative: a product of two rounded numbers is off by two units in the last place at most
ENTRIES = 64  # of a constant array that is written out


def _call(name: str, inner: Tree) -> Tree:
    return Tree("call", name, [inner], 0, 0)


def _number(value) -> Tree:
    return Tree("number", value, (), 0, 0)


def _pi(coefficient: int = 1) -> Tree:
    name = Tree("name", "np.pi", (), 0, 0)
    return name if coefficient == 1 else _product([_number(coefficient), name])


def _product(factors: list[Tree], sign: str = "*") -> Tree:
    return Tree("product", ("", *[sign] * (len(factors) - 1)), factors, 0, 0)


def _quotient(above: Tree, below: Tree) -> Tree:
    return _product([above, below], "/")


KNOWN = (
    (pi, lambda: _pi()),
    (pi**2, lambda: Tree("power", "**", [_pi(), _number(2)], 0, 0)),
    (sqrt(pi), lambda: _call("sqrt", _pi())),
    (sqrt(2 * pi), lambda: _call("sqrt", _pi(2))),
    (sqrt(2), lambda: _call("sqrt", _number(2))),
    (sqrt(3), lambda: _call("sqrt", _number(3))),
    (sqrt(2 / pi), lambda: _call("sqrt", _quotient(_number(2), _pi()))),
    (log(2 * pi), lambda: _call("log", _pi(2))),
    (log(pi), lambda: _call("log", _pi())),
    (log(2), lambda: _call("log", _number(2))),
    (log(10), lambda: _call("log", _number(10))),
)


def number_tree(value) -> Tree:
    """A real number as a tree; ±∞ as the number that stands for it.

    Raises TraceError: it is complex, or no number.
    """
    if isinstance(value, (bool, np.bool_)):
        return _number(int(value))
    if isinstance(value, Fraction):
        return _number(value)
    if isinstance(value, (int, np.integer)):
        return _number(int(value))
    if isinstance(value, (complex, np.complexfloating)):
        raise TraceError("complex numbers are not available", given=str(value), expected="real numbers")
    value = float(value)
    if isnan(value):
        raise TraceError("nan is no number to calculate with", expected="a finite number")
    if isinf(value):
        value = copysign(INFINITY, value)
    if value < 0:
        return Tree("sum", "-", [number_tree(-value)], 0, 0)
    text = repr(value)
    if value == int(value) and value < LARGE:
        return _number(int(value))
    if len(text.replace(".", "").lstrip("0")) <= LONGEST:
        return _number(number_read(text))
    ratio = Fraction(value).limit_denominator(1000)
    if float(ratio) == value and ratio.numerator <= 1000:
        return _number(ratio)
    return known_constant(value) or _number(value)


def known_constant(value: float) -> Tree | None:
    """`value` as a small multiple of a well-known constant, or of one over it; None if it is none."""
    for constant, written in KNOWN:
        for ratio, inverse in ((value / constant, False), (value * constant, True)):
            near = Fraction(ratio).limit_denominator(LARGEST)
            if not 0 < near.numerator <= LARGEST:
                continue
            back = float(near) / constant if inverse else float(near) * constant
            if abs(back - value) > CLOSE * value:
                continue
            if inverse:
                return _quotient(_number(near), written())
            return written() if near == 1 else _product([_number(near), written()])
    return None


def array_tree(array: np.ndarray, name: str | None) -> Tree:
    """A constant array as a tree: of equal entries, an identity, a triangle of ones, or a few numbers.

    Raises TraceError: it is none of these; `name` is what the function calls it.
    """
    if array.dtype.kind not in "fiub":
        raise TraceError(
            "an array of the function does not hold real numbers",
            given=f"{name or 'an array'} of {array.dtype}",
            expected="an array of real numbers",
        )
    if array.ndim == 0:
        return number_tree(array.item())
    if array.size == 0:
        raise TraceError("an array of the function is empty", given=f"{name or 'an array'}: {array.shape}", expected="entries")
    dims = tuple([dim(n) for n in array.shape])
    first = array.flat[0].item()
    if np.all(array == first):
        return _spread(number_tree(first), array.shape)
    if array.ndim == 2 and array.shape[0] == array.shape[1] and np.array_equal(array, np.diag(np.full(len(array), first))):
        identity = Tree("known", Value(chain([], (0, 0), {0: dims[0]}), (), dims), (), 0, 0)
        return identity if first == 1 else _product([number_tree(first), identity])
    if array.ndim == 2:
        triangle = _triangle(array, dims)
        if triangle is not None:
            return triangle
    if array.size > ENTRIES:
        raise TraceError(
            f"the function uses {f'an array `{name}`' if name else 'an array'} that is no argument",
            given=f"{' × '.join(map(str, array.shape))} numbers",
            expected=f"arguments; of constant arrays those with equal entries, identities and triangles, "
            f"and up to {ENTRIES} entries of others",
            fix=f"pass it as an argument: def f(…, {name or 'C'})",
        )
    if array.ndim == 1:
        return Tree("call", "stack", [_listed([number_tree(x) for x in array])], 0, 0)
    return Tree("call", "stack", [_listed([array_tree(part, name) for part in array])], 0, 0)


def _triangle(array: np.ndarray, dims: tuple) -> Tree | None:
    """A matrix that is one number on and below (or above) a diagonal and 0 elsewhere; None for any other."""
    nonzero = array != 0
    number = array[nonzero][0].item()
    if not np.all(array[nonzero] == number):
        return None
    for k in range(1 - array.shape[0], array.shape[1]):
        below = np.tri(*array.shape, k, dtype=bool)
        if np.array_equal(nonzero, below):
            made = Typed("tril", (), k, dims)
        elif np.array_equal(nonzero, ~below):
            made = chain([(Typed("tril", (), -k - 1, dims[::-1]), ("j", "i"), 1)], ("i", "j"))
        else:
            continue
        found = Tree("known", Value(made, (), dims), (), 0, 0)
        return found if number == 1 else _product([number_tree(number), found])
    return None


def _listed(parts: list[Tree]) -> Tree:
    return Tree("list", "[", parts, 0, 0)


def _spread(number: Tree, shape: tuple[int, ...]) -> Tree:
    return Tree("call", "full", [_listed([_number(n) for n in shape]), number], 0, 0)
