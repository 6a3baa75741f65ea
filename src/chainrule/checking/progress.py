"""A bar on the terminal while a check takes longer than a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..core.progress import Line, bar


@contextmanager
def progress(what: str, stream=None) -> Iterator[Callable[[int, int], None]]:
    """Gives `tick(done, of)`, which draws a bar on a terminal once a second has passed; elsewhere it draws nothing."""
    with Line(stream=stream) as line:

        def tick(done: int, of: int) -> None:
            if line.is_due():
                line.draw(f"{what}  {bar(done, of)}  {done:,} of {of:,}")

        yield tick
