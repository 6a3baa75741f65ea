"""Polynomials in one variable: all roots of f′, counted by Sturm's theorem in exact arithmetic.

Each root is enclosed by halving intervals in which Sturm's sequence counts them (`explain/sturm.py`); none can be missed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ...core.facts import BOUNDING
from ...core.node import Node
from ..sturm import bound, changes, sturm, value
from ...ops.declare import Interval
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


def all_roots(of: Entries) -> AllRoots | None:
    """All real zeros of f′ where f is a polynomial in one variable with rational coefficients; else None."""
    coefficients = coefficients_of(of.gradient[0], of.x[0])
    if coefficients is None or len(coefficients) < 2 or len(coefficients) > HIGHEST_DEGREE:
        return None
    admissible = [Interval(*BOUNDING[word]) for word in of.x[0].facts if word in BOUNDING]
    sequence = sturm(coefficients)
    end = bound(coefficients)
    start = Fraction(0) if any(interval.low >= 0 for interval in admissible) else -end
    roots = _isolated(sequence, start, end)
    if start == 0 and value(coefficients, start) == 0:
        roots.append(0.0)
    kept = [r for r in roots if all([interval.contains(r) for interval in admissible])]
    degree = len(coefficients) - 1
    said = f"f′ is a polynomial of degree {degree} with {len(kept) or 'no'} real root{'s' * (len(kept) != 1)}"
    where = " that " + ("are" if len(kept) != 1 else "is") + " admissible" if admissible else ""
    return AllRoots([np.array([r]) for r in sorted(kept)], True, f"{said}{where} (Sturm): these are all" if kept else f"{said}{where} (Sturm)")


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
    if a < simple <= b and value(p, simple) == 0:
        return float(simple)
    return float((a + b) / 2)
