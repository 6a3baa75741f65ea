"""Numbers as people and programs want them: in columns, for rows of text, and as plain data, for JSON."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def columns(head: Sequence[str], lines: Sequence[Sequence[str]], left: int = 1) -> str:
    """A table as text: the first `left` columns are set to the left, the others to the right."""
    rows = [list(head), *[list(line) for line in lines]]
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    set_in = lambda text, k: text.ljust(widths[k]) if k < left else text.rjust(widths[k])
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
