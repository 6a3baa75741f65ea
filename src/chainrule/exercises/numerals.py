"""Numbers as people give them: 3/4, √2/2, 2/e, 0.368. What they mean, and whether they are those that were asked for.

A closed formula must be equal to rounding. A decimal number is right as far as it goes: it may be off by what its last
digit leaves open, but has to go as far as three digits.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ..core.errors import ChainruleError, ParseError
from ..syntax import read

EXACT = 1e-9  # relative: closed formulas are evaluated in float64, with room for cancellation
DIGITS = 3  # that a decimal number must have
DECIMAL = re.compile(r"(?<![\w.])(\d*)\.(\d+)(?:[eE]([+-]?\d+))?")
DENOMINATORS = 24  # of fractions that are shown as fractions


class Numeral(NamedTuple):
    """A number as given: its text, its value, how far it leaves itself open, and the digits of its shortest decimal."""

    text: str
    value: float
    slack: float
    digits: float


def numeral(text: str) -> Numeral:
    """The number that a text gives.

    Raises
        ParseError: it has variables, or is no formula at all.
    """
    try:
        problem = read(text)
    except ChainruleError as error:
        raise ParseError(
            f"`{text.strip()[:60]}` cannot be read: {error.problem}",
            given=error.given,
            expected="a number",
            fix=error.fix,
        ) from None
    if problem.variables or problem.dims:
        names = ", ".join(problem.variables)
        raise ParseError(
            f"`{text.strip()[:60]}` is no number", given=f"a formula with {names}" if names else problem.echo,
            expected="a number, such as 2/3, sqrt(2) or 0.667",
        )  # fmt: skip
    value = float(problem.evaluate({}))
    if not np.isfinite(value):
        raise ParseError(
            f"`{text.strip()[:60]}` is not finite", given=str(value), expected="a number, such as 2/3, sqrt(2) or 0.667"
        )
    slack, digits = 0.0, float("inf")
    for match in DECIMAL.finditer(text):
        unit = 10.0 ** (int(match[3] or 0) - len(match[2]))
        moved = text[: match.start()] + f"({match[0]} + {unit!r})" + text[match.end() :]
        slack += abs(float(read(moved).evaluate({})) - value)
        digits = min(digits, len((match[1] + match[2]).lstrip("0")))
    return Numeral(text, value, slack, digits)


def matches(given: Numeral, true: float, bound: float = 0.0, scale: float = 0.0) -> str:
    """ "same", "rough" (right, but with too few digits to tell) or "different".

    Parameters
        bound: how far the true value itself may be off.
        scale: of the values beside it, against which cancellation is measured.
    """
    off = abs(given.value - true)
    if off <= EXACT * max(abs(true), scale * 1e-3) + bound:
        return "same"
    rounded = off <= given.slack / 2 * (1 + EXACT) + bound
    cut = (
        DECIMAL.fullmatch(given.text.strip().lstrip("+-−"))
        and 0 < (true - given.value) * np.sign(true) < given.slack * (1 - EXACT) + bound
    )
    if not rounded and not cut:
        return "different"
    return "same" if given.digits >= DIGITS else "rough"


def number_text(value: float, bound: float = 0.0) -> str:
    """A number as people write it: a whole number, a fraction with a small denominator, or six digits."""
    near = Fraction(value).limit_denominator(DENOMINATORS)
    if abs(float(near) - value) <= 1e-12 * max(1.0, abs(value)) + bound:
        return str(near).replace("-", "−")
    return f"{value:.6g}".replace("-", "−")


def array_text(values: np.ndarray) -> str:
    """The numbers of an array: (1, 2, 3), or [1, 2; 3, 4]."""
    if values.ndim == 0:
        return number_text(float(values))
    if values.ndim == 1:
        return "(" + ", ".join(number_text(float(v)) for v in values) + ")"
    return (
        "["
        + "; ".join(", ".join(number_text(float(v)) for v in row) for row in values.reshape(values.shape[0], -1))
        + "]"
    )
