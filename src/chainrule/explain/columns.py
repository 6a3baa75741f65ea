"""Numbers as people and programs want them: in columns, for rows of text, and as plain data, for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

import numpy as np

from .place import figure


def columns(head: Sequence[str], lines: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    """A table as text: the columns whose numbers are in `left` are set to the left, as words are, the others to the right."""
    rows = [list(head), *[list(line) for line in lines]]
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    set_in = lambda text, k: text.ljust(widths[k]) if k in left else text.rjust(widths[k])
    return "\n".join(["   ".join([set_in(text, k) for k, text in enumerate(row)]).rstrip() for row in rows])


def plain(x):
    """Plain data: arrays as lists, numbers that JSON has not as null."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, np.ndarray) and not x.ndim:
        x = x.item()
    if isinstance(x, (list, tuple, np.ndarray)):
        return [plain(value) for value in x]
    if isinstance(x, (float, np.floating)):
        return float(x) if np.isfinite(x) else None
    return x.item() if isinstance(x, np.generic) else x


def count(n: float) -> str:
    """A number of things: 12 000, 3.2e9."""
    return grouped(int(n)) if n < 10**6 else figure(float(n), 3) if log10(n) < 300 else "more than 1e300"


def grouped(n: int) -> str:
    """A whole number with thin spaces: 44 721."""
    return f"{n:,}".replace(",", "\u202f") if isinstance(n, int) or float(n).is_integer() else figure(n)
