"""Options of explanations as people give them: positive numbers, and lists as text or as lists."""

from __future__ import annotations

import numpy as np

from ..core.errors import DeclarationError


def positive(x, word: str, expected: str = "a number above 0, such as 0.1") -> float | None:
    """`x` as a number above 0; None stays None.

    Raises
        DeclarationError: it is none.
    """
    if x is None:
        return None
    try:
        found = 0.0 if isinstance(x, bool) or np.ndim(x) else float(x)
    except (TypeError, ValueError, OverflowError):
        found = 0.0
    if not 0 < found < np.inf:
        raise DeclarationError(f"`{word}` is a number above 0", given=short(x), expected=expected)
    return found


def listed(x) -> list:
    """The items of a text, "a, b" or "a b", or of a list; anything else is one item."""
    if isinstance(x, str):
        return x.replace(",", " ").replace(";", " ").split()
    if isinstance(x, np.ndarray) and x.ndim:
        return x.tolist()
    return list(x) if isinstance(x, (list, tuple, set, frozenset, dict, range)) else [x]


def short(x) -> str:
    """What was given, on a line that can be read."""
    text = repr(x) if not isinstance(x, int) or abs(x) < 10**30 else f"{str(x)[:20]}…" if abs(x) < 10**400 else "a very large number"
    return text if len(text) <= 80 else text[:77] + "…"
