"""A line on the terminal that says how many rows are done, how fast, and how long the rest will take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SILENT, EVERY = 1.0, 0.2  # seconds before the first line, and between two
WIDTH = 24  # columns of the bar


@contextmanager
def progress(rows: int, passes: int, shown: bool | None = None, stream=None) -> Iterator[Callable[[int, int], None]]:
    """Gives `tick(pass, rows done of it)`, which draws the line: on a terminal after a second, at once if `shown`."""
    stream = stream or sys.stderr
    if shown is None:
        shown, silent = hasattr(stream, "isatty") and stream.isatty(), SILENT
    else:
        silent = 0.0
    begin = last = time.monotonic()
    drawn = False

    def tick(number: int, done: int) -> None:
        nonlocal last, drawn
        now = time.monotonic()
        finished = number == passes - 1 and done == rows
        if not shown or now - begin < silent or now - last < EVERY and not (finished and (drawn or silent == 0)):
            return
        last, drawn = now, True
        so_far = number * rows + done
        speed = so_far / max(now - begin, 1e-9)
        line = f"{bar(done, rows)}  {done:,} of {rows:,} rows"
        line += f", pass {number + 1} of {passes}" if passes > 1 else ""
        line += f"  {speed:,.0f} rows/s" + ("" if finished else f"  {duration((passes * rows - so_far) / speed)} left")
        stream.write(f"\r{line}\033[K")
        stream.flush()

    try:
        yield tick
    finally:  # an interrupted line stays, and what follows begins on its own
        if drawn:
            stream.write("\n")
            stream.flush()


def bar(done: int, of: int) -> str:
    full = WIDTH * done // max(of, 1)
    return "━" * full + "·" * (WIDTH - full)


def duration(seconds: float) -> str:
    """7 s, 3:05 min, 2:10 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"
