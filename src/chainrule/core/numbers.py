"""Powers and roots of numbers, exact where they can be."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from .node import Number, exact

# Stands for ∞ where a mask sets logits to −∞: its exponential is 0 exactly, and so is the share of a softmax that falls
# to it; adding what a function computes does not change it. Where ∞ itself would give something else (∞ − ∞), the
# function's own value is no number, and what was read of it is refused.
INFINITY = 1e300


def power_of(value: Number, exponent: int) -> Number:
    """value^exponent, an int or Fraction where `value` is one."""
    if exponent >= 0 or type(value) is float:
        return exact(value**exponent)
    return exact(Fraction(value) ** exponent)


def exact_root(value: Number, degree: int) -> Number | None:
    """The `degree`-th root of a positive rational, if it is rational."""
    if type(value) is Fraction:
        top, bottom = exact_root(value.numerator, degree), exact_root(value.denominator, degree)
        return None if top is None or bottom is None else Fraction(top, bottom)
    root = isqrt(value) if degree == 2 else round(value ** (1 / degree))
    return root if root**degree == value else None
