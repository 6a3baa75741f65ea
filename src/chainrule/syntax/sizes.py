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
    if type(a) is Unknown and type(b) is not Compound:
        a.link = b
        return True
    if type(b) is Unknown and type(a) is not Compound:
        b.link = a
        return True
    if type(a) is Dim and type(b) is Dim:
        return False
    return _balance(a, b, pending)


def _balance(a, b, pending: list | None) -> bool:
    """Make sizes equal of which one is a Compound: as polynomials, solved for an unknown that stands alone."""
    rest = _without_common(polynomial(combine("-", a, b)))
    if not rest:
        return True
    loose = {x for monomial in rest for x in monomial if type(x) is Unknown}
    if not loose:
        return False
    for monomial, coef in sorted(rest.items(), key=lambda item: item[0] not in ((a,), (b,))):
        if len(monomial) == 1 and coef in (1, -1) and monomial[0] in loose:
            unknown = monomial[0]
            if sum(unknown in other for other in rest) == 1:
                unknown.link = _size_of({m: -c * coef for m, c in rest.items() if m != monomial})
                return True
    if type(a) is Compound and type(b) is Compound and a.sign == b.sign == "*":
        return unify(a.left, b.left, pending) and unify(a.right, b.right, pending)
    if pending is not None:
        pending.append((a, b))
        return True
    return False


def polynomial(size) -> dict:
    """Coefficients by monomial (a tuple of dimension names and unknowns), none zero."""
    size = find(size)
    if type(size) is Unknown:
        return {(size,): 1}
    if type(size) is Dim:
        return dict(size.terms)
    left, right = polynomial(size.left), polynomial(size.right)
    found: dict = {}
    if size.sign == "*":
        for m, c in left.items():
            for n, d in right.items():
                key = tuple(sorted(m + n, key=_place))
                found[key] = found.get(key, 0) + c * d
    else:
        found.update(left)
        sign = 1 if size.sign == "+" else -1
        for m, c in right.items():
            found[m] = found.get(m, 0) + sign * c
    return {m: c for m, c in found.items() if c}


def _place(atom):
    return (0, atom) if isinstance(atom, str) else (1, str(id(atom)))


def _without_common(rest: dict) -> dict:
    """The polynomial divided by the factors that all its monomials share: sizes are not zero."""
    if len(rest) < 2 or () in rest:
        return rest
    first, *others = rest
    for atom in first:
        if all(atom in m for m in others):
            divided = {}
            for m, c in rest.items():
                at = m.index(atom)
                divided[m[:at] + m[at + 1 :]] = c
            return _without_common(divided)
    return rest


def _size_of(rest: dict):
    """The size that a polynomial is."""
    total = dim(0)
    for monomial, coef in rest.items():
        term = dim(coef)
        for atom in monomial:
            term = combine("*", term, dim(atom) if isinstance(atom, str) else atom)
        total = combine("+", total, term)
    return total


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
