"""Dimensions: symbols, integers, and polynomials of them with integer coefficients.

Every dimension is one object, so `is` is equality: `dim("m") * dim("n")` is the same object each time.
Products come from flattened axes (a Kronecker product has m·p rows), sums from concatenation and slices.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from weakref import WeakValueDictionary


class Dim:
    """The size of an axis. Make one with `dim("n")`, `dim(3)`, or arithmetic on others."""

    __slots__ = ("terms", "names", "value", "text", "_hash", "__weakref__")

    def __init__(self, terms: tuple[tuple[tuple[str, ...], int], ...]):
        self.terms = terms
        self.names = tuple(sorted({name for names, _ in terms for name in names}))
        self.value = terms[0][1] if len(terms) == 1 and not terms[0][0] else (0 if not terms else None)
        self.text = self._spelled("·")
        self._hash = hash(self.text if self.value is None else self.value)

    def __eq__(self, other: object) -> bool:
        """A dimension equals itself, its text and its number: `d.shape == ("m", 3)`."""
        if isinstance(other, str):
            return self.text == other
        return self is other or (isinstance(other, int) and self.value == other)

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: "Dim | int") -> "Dim":
        terms = dict(self.terms)
        for names, coefficient in as_dim(other).terms:
            terms[names] = terms.get(names, 0) + coefficient
        return _interned(terms)

    def __mul__(self, other: "Dim | int") -> "Dim":
        terms: dict[tuple[str, ...], int] = {}
        for names, coefficient in self.terms:
            for more, factor in as_dim(other).terms:
                key = tuple(sorted(names + more))
                terms[key] = terms.get(key, 0) + coefficient * factor
        return _interned(terms)

    def __sub__(self, other: "Dim | int") -> "Dim":
        return self + as_dim(other) * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def at(self, sizes: dict[str, int]) -> int:
        """The number that this dimension is when its symbols have `sizes`."""
        total = 0
        for names, coefficient in self.terms:
            for name in names:
                coefficient *= sizes[name]
            total += coefficient
        return total

    def python(self) -> str:
        """The dimension as a Python expression in its symbols."""
        return self._spelled("*")

    def _spelled(self, times: str) -> str:
        parts = []
        for names, coefficient in self.terms:
            size = abs(coefficient)
            factors = ([str(size)] if size != 1 or not names else []) + list(names)
            parts.append(("-" if coefficient < 0 else "+") + times.join(factors))
        return "".join(parts).lstrip("+") or "0"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"dim({self.text!r})"

    def __reduce__(self):
        return _interned, (dict(self.terms),)


def dim(size: "str | int | Dim") -> Dim:
    """The dimension called `size`, or of that many entries."""
    if isinstance(size, Dim):
        return size
    return _interned({(size,): 1} if isinstance(size, str) else {(): int(size)})


as_dim = dim


def size_text(dims: Iterable, turned: bool = False) -> str:
    """`m×n`, or `scalar`; where it is turned, a vector is a row and a matrix transposed."""
    shown = [str(d) for d in dims]
    if turned and shown:
        shown = ["1", *shown] if len(shown) == 1 else shown[::-1]
    return "×".join(shown) or "scalar"


_DIMS: WeakValueDictionary[tuple, Dim] = WeakValueDictionary()
_MAKING = Lock()  # two threads that ask for one new dimension at once must get one object


def _interned(terms: dict[tuple[str, ...], int]) -> Dim:
    key = tuple(sorted(((n, c) for n, c in terms.items() if c), key=lambda t: (-len(t[0]), t[0])))
    found = _DIMS.get(key)
    if found is None:
        with _MAKING:
            found = _DIMS.get(key)
            if found is None:
                found = _DIMS[key] = Dim(key)
    return found
