"""Polynomials with rational coefficients, as lists of these with the constant first: real roots, counted and signed exactly.

The number of distinct real roots in (a, b] is the difference of the sign changes of Sturm's sequence at its ends. A
polynomial changes its sign at roots of odd multiplicity alone, which Yun's decomposition tells apart.

Reference: Basu, Pollack & Roy, Algorithms in Real Algebraic Geometry (2nd ed., 2006), section 2.2.2; Yun, SYMSAC 1976.
"""

from __future__ import annotations

from fractions import Fraction
from math import inf

Polynomial = list[Fraction]


def value(p: Polynomial, x: Fraction) -> Fraction:
    found = Fraction(0)
    for c in reversed(p):
        found = found * x + c
    return found


def bound(p: Polynomial) -> Fraction:
    """Cauchy's bound: all roots lie strictly between −bound and bound."""
    return 1 + max([abs(c / p[-1]) for c in p[:-1]], default=Fraction(0))


def sturm(p: Polynomial) -> list[Polynomial]:
    """Sturm's sequence p, p′, −rem(p, p′), … of `p` without its multiple factors: with them it says nothing at a root."""
    sequence = _sequence(p)
    return sequence if len(sequence[-1]) == 1 else _sequence(_quotient(p, sequence[-1]))


def changes(sequence: list[Polynomial], x: Fraction) -> int:
    """How often the sign changes along the sequence at x, zeros left out."""
    signs = [v > 0 for v in (value(p, x) for p in sequence) if v]
    return sum([a != b for a, b in zip(signs, signs[1:])])


def nonnegative(p: Polynomial, low: float = -inf, high: float = inf) -> bool:
    """Whether p(x) ≥ 0 for every x between `low` and `high`."""
    p = _trimmed(p)
    if len(p) < 2:
        return not p or p[0] > 0
    ends = bound(p)
    a = max(-ends, Fraction(low)) if low > -inf else -ends
    b = min(ends, Fraction(high)) if high < inf else ends
    if a >= b:  # all roots lie on one side
        return value(p, Fraction(low) if low > -inf else Fraction(high)) > 0
    odd = _odd_part(p)
    if len(odd) > 1:
        sequence = sturm(odd)
        if changes(sequence, a) - changes(sequence, b) - (value(odd, b) == 0):
            return False
    inside = [a + (b - a) * Fraction(k, len(p) + 1) for k in range(1, len(p) + 1)]  # one more than there are roots
    return next(v for v in (value(p, x) for x in inside) if v) > 0


def _odd_part(p: Polynomial) -> Polynomial:
    """The product of the factors of `p` of odd multiplicity, each once."""
    common = _gcd(p, _derivative(p))
    b, c = _quotient(p, common), _quotient(_derivative(p), common)
    found, k = [Fraction(1)], 1
    while len(b) > 1:
        d = _minus(c, _derivative(b))
        factor = _gcd(b, d) if d else b
        if k % 2:
            found = _times(found, factor)
        b, c = _quotient(b, factor), _quotient(d, factor) if d else []
        k += 1
    return found


def _trimmed(p: Polynomial) -> Polynomial:
    p = list(p)
    while p and p[-1] == 0:
        p.pop()
    return p


def _derivative(p: Polynomial) -> Polynomial:
    return [k * c for k, c in enumerate(p)][1:]


def _minus(a: Polynomial, b: Polynomial) -> Polynomial:
    length = max(len(a), len(b))
    wide = lambda p: [*p, *[Fraction(0)] * (length - len(p))]
    return _trimmed([x - y for x, y in zip(wide(a), wide(b))])


def _times(a: Polynomial, b: Polynomial) -> Polynomial:
    found = [Fraction(0)] * (len(a) + len(b) - 1)
    for j, x in enumerate(a):
        for k, y in enumerate(b):
            found[j + k] += x * y
    return found


def _gcd(a: Polynomial, b: Polynomial) -> Polynomial:
    while b:
        a, b = b, _remainder(a, b)
    return [c / a[-1] for c in a]


def _sequence(p: Polynomial) -> list[Polynomial]:
    sequence = [p, _derivative(p)]
    while len(sequence[-1]) > 1:
        rest = _remainder(sequence[-2], sequence[-1])
        if not rest:
            break
        scale = abs(rest[-1])
        sequence.append([-c / scale for c in rest])
    return sequence


def _quotient(a: Polynomial, b: Polynomial) -> Polynomial:
    a, found = list(a), []
    while len(a) >= len(b):
        q = a[-1] / b[-1]
        found.append(q)
        for k, c in enumerate(b):
            a[len(a) - len(b) + k] -= q * c
        a.pop()
    return found[::-1]


def _remainder(a: Polynomial, b: Polynomial) -> Polynomial:
    a = list(a)
    while len(a) >= len(b) and a:
        q = a[-1] / b[-1]
        for k, c in enumerate(b):
            a[len(a) - len(b) + k] -= q * c
        a.pop()
        while a and a[-1] == 0:
            a.pop()
    return a
