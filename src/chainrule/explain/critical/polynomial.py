"""Polynomials in one variable: all roots of f′, counted by Sturm's theorem in exact arithmetic.

The number of distinct real roots in an interval is the difference of the sign changes of Sturm's sequence at its ends.
Each root is enclosed by halving intervals with exact signs; no root can be missed.

Reference: Basu, Pollack & Roy, Algorithms in Real Algebraic Geometry (2nd ed., 2006), section 2.2.2.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ...core.node import Node
from .entries import Entries
from .exactly import is_exact
from .expanding import monomials

HIGHEST_DEGREE = 30
WIDTH = Fraction(1, 2**60)


class AllRoots(NamedTuple):
    """The roots as vectors of one entry, whether these are all real ones, and what shows it."""

    points: list[np.ndarray]
    all: bool
    said: str


def all_roots(of: Entries, low: np.ndarray, high: np.ndarray) -> AllRoots | None:
    """All real zeros of f′ where f is a polynomial in one variable with rational coefficients; else None."""
    coefficients = coefficients_of(of.gradient[0], of.x[0])
    if coefficients is None or len(coefficients) < 2 or len(coefficients) > HIGHEST_DEGREE:
        return None
    facts = of.x[0].facts
    sequence = sturm(coefficients)
    bound = 1 + max([abs(c / coefficients[-1]) for c in coefficients[:-1]])  # Cauchy's bound of all roots
    start = Fraction(0) if facts & {"positive", "nonneg", "gt1", "open01"} else -bound
    roots = _isolated(sequence, start, bound)
    if "positive" not in facts and "gt1" not in facts and "open01" not in facts and start == 0 and _value(coefficients, Fraction(0)) == 0:
        roots.append(0.0)
    kept = [r for r in roots if all([_within(r, fact) for fact in facts])]
    degree = len(coefficients) - 1
    said = f"f′ is a polynomial of degree {degree} with {len(kept) or 'no'} real root{'s' * (len(kept) != 1)}"
    where = " that " + ("are" if len(kept) != 1 else "is") + " admissible" if facts else ""
    return AllRoots([np.array([r]) for r in sorted(kept)], True, f"{said}{where} (Sturm): these are all" if kept else f"{said}{where} (Sturm)")


def _within(root: float, fact: str) -> bool:
    return {"positive": root > 0, "nonneg": root >= 0, "negative": root < 0, "gt1": root > 1, "open01": 0 < root < 1,
            "unit": -1 < root < 1}.get(fact, True)  # fmt: skip


def coefficients_of(node: Node, x: Node) -> list[Fraction] | None:
    """The coefficients of a polynomial in `x` with rational coefficients, the constant first; None for anything else."""
    terms = monomials(node, x)
    if terms is None or not is_exact(node):
        return None
    found: dict[int, Fraction] = {}
    for coef, operands, _ in terms:
        degree = 0
        for base, labels, exponent in operands:
            if base is not x or type(exponent) is not int or exponent < 0:
                return None
            degree += exponent
        found[degree] = found.get(degree, Fraction(0)) + Fraction(coef)
    found = {k: c for k, c in found.items() if c}
    if not found:
        return None
    return [found.get(k, Fraction(0)) for k in range(max(found) + 1)]


def sturm(p: list[Fraction]) -> list[list[Fraction]]:
    """Sturm's sequence p, p′, −rem(p, p′), … of `p` without its multiple factors: with them it says nothing at a root."""
    sequence = _sequence(p)
    return sequence if len(sequence[-1]) == 1 else _sequence(_quotient(p, sequence[-1]))


def _sequence(p: list[Fraction]) -> list[list[Fraction]]:
    sequence = [p, [k * c for k, c in enumerate(p)][1:]]
    while len(sequence[-1]) > 1:
        rest = _remainder(sequence[-2], sequence[-1])
        if not rest:
            break
        scale = abs(rest[-1])
        sequence.append([-c / scale for c in rest])
    return sequence


def _quotient(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
    a, found = list(a), []
    while len(a) >= len(b):
        q = a[-1] / b[-1]
        found.append(q)
        for k, c in enumerate(b):
            a[len(a) - len(b) + k] -= q * c
        a.pop()
    return found[::-1]


def _remainder(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
    a = list(a)
    while len(a) >= len(b) and a:
        q = a[-1] / b[-1]
        for k, c in enumerate(b):
            a[len(a) - len(b) + k] -= q * c
        a.pop()
        while a and a[-1] == 0:
            a.pop()
    return a


def _value(p: list[Fraction], x: Fraction) -> Fraction:
    found = Fraction(0)
    for c in reversed(p):
        found = found * x + c
    return found


def changes(sequence: list[list[Fraction]], x: Fraction) -> int:
    """How often the sign changes along the sequence at x, zeros left out."""
    signs = [v > 0 for v in (_value(p, x) for p in sequence) if v]
    return sum([a != b for a, b in zip(signs, signs[1:])])


def _isolated(sequence: list, low: Fraction, high: Fraction) -> list[float]:
    """The distinct roots in (low, high], each to the last digit of a float."""
    waiting, found = [(low, high, changes(sequence, low), changes(sequence, high))], []
    while waiting:
        a, b, at_a, at_b = waiting.pop()
        if at_a == at_b:
            continue
        middle = (a + b) / 2
        if at_a - at_b == 1 and (b - a) <= WIDTH * max(1, abs(middle)):
            found.append(_nicest(sequence[0], a, b))
            continue
        at = changes(sequence, middle)
        waiting += [(a, middle, at_a, at), (middle, b, at, at_b)]
    return found


def _nicest(p: list[Fraction], a: Fraction, b: Fraction) -> float:
    """The root in (a, b], exactly where it is a simple fraction."""
    simple = ((a + b) / 2).limit_denominator(1000)
    if a < simple <= b and _value(p, simple) == 0:
        return float(simple)
    return float((a + b) / 2)
