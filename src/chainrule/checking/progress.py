"""A line on the terminal while something takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SILENT = 1.0  # seconds before the first sign, and EVERY between two
EVERY = 0.1
WIDTH = 24  # columns of the bar


@contextmanager
def progress(what: str, stream=None) -> Iterator[Callable[[int, int], None]]:
    """Gives `tick(done, of)`, which draws a bar on a terminal once a second has passed; elsewhere it draws nothing."""
    stream = stream or sys.stderr
    start = last = time.monotonic()
    drawn = False
    visible = hasattr(stream, "isatty") and stream.isatty()

    def tick(done: int, of: int) -> None:
        nonlocal last, drawn
        now = time.monotonic()
        if not visible or now - start < SILENT or now - last < EVERY:
            return
        last, drawn = now, True
        full = WIDTH * min(done, of) // max(of, 1)
        stream.write(f"\r{what}  {'━' * full}{'·' * (WIDTH - full)}  {done:,} of {of:,}")
        stream.flush()

    try:
        yield tick
    finally:
        if drawn:
            stream.write("\r\033[K")
            stream.flush()
