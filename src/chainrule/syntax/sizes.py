"""Dimensions while they are being inferred: known ones are core `Dim`s, unknown ones are unified by union-find.

A size is a `Dim`, an `Unknown`, or a `Compound` (a product, sum or difference of sizes not all known yet). The
marker `ONE` stands for an axis of length one that only lines up with others, as `keepdims` leaves it; it is no
axis of any tensor.
"""

from __future__ import annotations

from ..core.dims import Dim, dim


class Unknown:
    """A size to be found: `link` leads to the one it was unified with."""

    __slots__ = ("link",)

    def __init__(self):
        self.link = None


class Compound:
    """left · right, left + right or left − right, while one of them is unknown."""

    __slots__ = ("sign", "left", "right")

    def __init__(self, sign: str, left, right):
        self.sign, self.left, self.right = sign, left, right


class _One:
    def __repr__(self):
        return "ONE"

    def __str__(self):
        return "1"


ONE = _One()


def find(size):
    """What is known of `size`: a Dim, the Unknown it is unified with, or a Compound."""
    while type(size) is Unknown and size.link is not None:
        size = size.link
    if type(size) is Compound:
        left, right = find(size.left), find(size.right)
        if type(left) is Dim and type(right) is Dim:
            return arithmetic(size.sign, left, right)
    return size


def arithmetic(sign: str, left, right):
    """The size left `sign` right."""
    if type(left) is Dim and type(right) is Dim:
        return left * right if sign == "*" else left + right if sign == "+" else left - right
    return Compound(sign, left, right)


def combine(sign: str, left, right):
    """left `sign` right, for sizes or ints."""
    left = dim(left) if isinstance(left, int) else find(left)
    right = dim(right) if isinstance(right, int) else find(right)
    return arithmetic(sign, left, right)


def unify(a, b, pending: list | None = None) -> bool:
    """Make two sizes equal; False if they cannot be. What cannot be decided yet is put into `pending`."""
    if a is b:
        return True
    a, b = find(a), find(b)
    if a is b:
        return True
    if type(a) is Unknown:
        if type(b) is Compound and _within(a, b):
            return False
        a.link = b
        return True
    if type(b) is Unknown:
        return unify(b, a, pending)
    if type(a) is Compound and type(b) is Compound and a.sign == b.sign:
        return unify(a.left, b.left, pending) and unify(a.right, b.right, pending)
    if type(a) is Compound or type(b) is Compound:
        solved = _solve(a, b) or _solve(b, a)
        if solved is not None:
            return unify(*solved, pending)
        if pending is not None:
            pending.append((a, b))
            return True
    return False


def _solve(compound, value):
    """(unknown, size) if `compound` = `value` leaves one unknown of a sum or difference."""
    if type(compound) is not Compound or type(value) is not Dim or compound.sign == "*":
        return None
    left, right = find(compound.left), find(compound.right)
    if type(left) is Unknown and type(right) is Dim:
        return left, (value - right if compound.sign == "+" else value + right)
    if type(right) is Unknown and type(left) is Dim:
        return right, (value - left if compound.sign == "+" else left - value)
    return None


def _within(unknown, size) -> bool:
    size = find(size)
    return size is unknown or (type(size) is Compound and (_within(unknown, size.left) or _within(unknown, size.right)))


def unknowns(size) -> list[Unknown]:
    """The unknowns in `size`, in order."""
    size = find(size)
    if type(size) is Compound:
        return unknowns(size.left) + unknowns(size.right)
    return [size] if type(size) is Unknown else []


def spelled(sizes) -> str:
    """A shape for messages: "m × n", "scalar"; unknown sizes are named in order."""
    names: dict = {}
    words = []
    for size in sizes:
        size = find(size)
        if type(size) is Unknown:
            words.append(names.setdefault(size, "?"))
        elif type(size) is Compound:
            words.append("?")
        else:
            words.append(str(size))
    return " × ".join(words) or "scalar"
