"""A constant factor between two derivatives, in the words of a textbook: ½, −2, 1/n, λ, 2/m."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import e, pi, sqrt

import numpy as np

EXACT = 1e-9  # relative: what fits at random points of several sizes fits
DENOMINATOR = 60
CONSTANTS = {"π": pi, "√2": sqrt(2), "ln 2": np.log(2.0), "ln 10": np.log(10.0), "e": e, "√π": sqrt(pi)}
FRACTIONS = {Fraction(1, 2): "½", Fraction(1, 3): "⅓", Fraction(1, 4): "¼", Fraction(2, 3): "⅔", Fraction(3, 4): "¾"}


def ratio_of(true: np.ndarray, mine: np.ndarray) -> float | None:
    """c with mine = c · true in every entry, or None."""
    a, b = np.ravel(np.asarray(true, float)), np.ravel(np.asarray(mine, float))
    if a.shape != b.shape or not a.size or not np.any(a):
        return None
    c = float(a @ b / (a @ a))
    return c if np.max(np.abs(b - c * a)) <= EXACT * max(np.max(np.abs(b)), np.max(np.abs(c * a)), 1e-300) else None


def named_ratio(
    ratios: Sequence[float], sizes: Sequence[dict[str, int]], numbers: Sequence[dict[str, float]]
) -> str | None:
    """What the ratios at several points are: a number, or a number times a power of a size or of a scalar variable.

    Parameters
        sizes, numbers: at each point, the sizes and the values of scalar variables by name.
    """
    for text, values in unit_candidates(sizes, numbers):
        with np.errstate(all="ignore"):
            left = np.asarray(ratios) / np.asarray(values)
        if not np.all(np.isfinite(left)) or np.max(np.abs(left - left[0])) > EXACT * abs(left[0]):
            continue
        found = simple(float(left[0]))
        if found is not None:
            return joined(found, text)
        for name, value in CONSTANTS.items():
            for label, c in ((name, value), (f"1/({name})" if " " in name else f"1/{name}", 1 / value)):
                found = simple(float(left[0] / c))
                if found is not None and not text:
                    return joined(found, label)
    return None


def unit_candidates(sizes, numbers) -> Iterator[tuple[str, list[float]]]:
    """(what it is called, its value at each point): 1, then powers of one size or scalar, then a quotient of two sizes."""
    count = len(sizes)
    yield "", [1.0] * count
    names = [(n, [float(s[n]) for s in sizes]) for n in (sizes[0] if sizes else ())]
    names += [(n, [float(v[n]) for v in numbers]) for n in (numbers[0] if numbers else ())]
    for name, values in names:
        yield f"1/{name}", [1 / v for v in values]
        yield name, values
        yield f"1/{name}²", [v**-2 for v in values]
        yield f"{name}²", [v**2 for v in values]
    for (a, x), (b, y) in product(names[: len(sizes[0]) if sizes else 0], repeat=2):
        if a != b:
            yield f"{a}/{b}", [p / q for p, q in zip(x, y)]
            if a < b:
                yield f"1/({a}{b})", [1 / (p * q) for p, q in zip(x, y)]
                yield f"{a}{b}", [p * q for p, q in zip(x, y)]


def simple(c: float) -> Fraction | None:
    if not np.isfinite(c):
        return None
    found = Fraction(c).limit_denominator(DENOMINATOR)
    return found if found and abs(float(found) - c) <= EXACT * abs(c) else None


def number(c) -> str:
    """A number as textbooks print it: ½, −3, 0.1."""
    if isinstance(c, float):
        return f"{c:g}".replace("-", "−")
    c = Fraction(c)
    return ("−" if c < 0 else "") + (FRACTIONS.get(abs(c)) or str(abs(c)))


def joined(c: Fraction, text: str) -> str:
    """c times what `text` says: 2/n, −λ, ½λ."""
    if not text:
        return number(c)
    if c in (1, -1):
        return ("−" if c < 0 else "") + text
    if text.startswith("1/") and c.denominator == 1:
        return f"{number(c)}{text[1:]}"
    return f"{number(c)}·{text}" if "/" in text else f"{number(c)}{text}"
