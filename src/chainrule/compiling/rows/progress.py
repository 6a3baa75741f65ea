"""A line on the terminal that says how many rows are done, how fast, and how long the rest will take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...core.progress import Line, bar


@contextmanager
def progress(rows: int, passes: int, shown: bool | None = None, stream=None) -> Iterator[Callable[[int, int], None]]:
    """Gives `tick(pass, rows done of it)`, which draws the line: on a terminal after a second, at once if `shown`."""
    with Line(shown, stays=True, stream=stream) as line:

        def tick(number: int, done: int) -> None:
            finished = number == passes - 1 and done == rows
            if not line.is_due(last=finished):
                return
            so_far = number * rows + done
            speed = so_far / max(line.seconds, 1e-9)
            text = f"{bar(done, rows)}  {done:,} of {rows:,} rows"
            text += f", pass {number + 1} of {passes}" if passes > 1 else ""
            text += f"  {speed:,.0f} rows/s"
            text += "" if finished else f"  {duration((passes * rows - so_far) / speed)} left"
            line.draw(text)

        yield tick


def duration(seconds: float) -> str:
    """7 s, 3:05 min, 2:10 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"
