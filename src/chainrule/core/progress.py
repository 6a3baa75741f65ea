"""A line on the terminal that tells how far something is while it takes long."""

from __future__ import annotations

import sys
import time

SILENT = 1.0  # seconds before the first sign
EVERY = 0.1  # seconds between two
WIDTH = 24  # columns of a bar


class Line:
    """A line that is written over itself, as a context; where it is asked for and there is no terminal, lines in a row.

    Parameters
        shown: True shows it from the start, False never; None on a terminal, once a second has passed.
        stays: whether its last text is left there at the end.
        stream: where it is written; `sys.stderr` if None.
    """

    def __init__(self, shown: bool | None = None, stays: bool = False, stream=None):
        self.stream = stream or sys.stderr
        self._on_terminal = hasattr(self.stream, "isatty") and self.stream.isatty()
        self._shown = self._on_terminal if shown is None else shown
        self._silent = SILENT if shown is None else 0.0
        self._stays, self._drawn = stays, False
        self._start = self._last = time.monotonic()
        self.seconds = 0.0  # from the start until it was last asked whether a text is due

    def is_due(self, last: bool = False) -> bool:
        """Whether the line is to say something now; what is `last` is said wherever something was."""
        now = time.monotonic()
        self.seconds = now - self._start
        if not self._shown or self.seconds < self._silent:
            return False
        due = now - self._last >= EVERY or last and (self._drawn or not self._silent)
        self._last = now if due else self._last
        return due

    def draw(self, text: str) -> None:
        self._drawn = True
        self._write(f"\r{text}\033[K" if self._on_terminal else f"{text}\n")

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *error) -> None:
        if self._drawn and self._on_terminal:  # a line that is interrupted ends, too
            self._write("\n" if self._stays else "\r\033[K")


def bar(done: int, of: int) -> str:
    full = WIDTH * min(done, of) // max(of, 1)
    return "━" * full + "·" * (WIDTH - full)
