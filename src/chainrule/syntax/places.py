"""Where in a person's own code something happened: file, function, line, and the expression on it, for messages."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from types import FrameType, TracebackType
from typing import NamedTuple

HERE = str(Path(__file__).parents[1])
LIBRARIES = ("numpy", "scipy", "functools", "jax", "jaxlib", "torch", "contextlib")
LONGEST = 100  # characters of a line that are shown


class Place(NamedTuple):
    """A line of code and the stretch of it that ran, as columns."""

    function: str
    number: int
    line: str
    start: int
    end: int

    @property
    def expression(self) -> str:
        return self.line[self.start : self.end]

    def shown(self) -> str:
        """The line with its number, and carets below the expression."""
        head = f"line {self.number} of {self.function}: "
        if not self.line.strip():
            return head.rstrip(": ")
        margin = len(self.line) - len(self.line.lstrip())
        line = self.line.strip()
        if len(line) > LONGEST:
            return head + line[: LONGEST - 1] + "…"
        first, last = max(self.start - margin, 0), max(min(self.end - margin, len(line)), self.start - margin + 1)
        carets = f"\n{' ' * (len(head) + first)}{'^' * (last - first)}" if (first, last) != (0, len(line)) else ""
        return head + line + carets


def place_of(frame: FrameType, at: int | None = None, number: int | None = None) -> Place:
    """The place that a frame has come to; `at` and `number` are those of a traceback's entry."""
    code = frame.f_code
    number = frame.f_lineno if number is None else number
    at = frame.f_lasti if at is None else at
    line = linecache.getline(code.co_filename, number, frame.f_globals).rstrip("\n")
    spans = list(code.co_positions())
    first, last, start, end = spans[at // 2] if at // 2 < len(spans) else (None,) * 4
    if start is None or first != number:
        start, end = len(line) - len(line.lstrip()), len(line)
    elif last != first:
        end = len(line)
    else:  # columns count bytes
        start, end = (len(line.encode()[:column].decode(errors="ignore")) for column in (start, end))
    name = code.co_name if code.co_name.isidentifier() else "the function"
    return Place(name, number, line, start, end)


def is_own(frame: FrameType) -> bool:
    """Whether a frame runs the person's code, and neither ours nor a library's."""
    if frame.f_code.co_filename.startswith(HERE):
        return False
    return frame.f_globals.get("__name__", "").partition(".")[0] not in LIBRARIES


def here() -> Place | None:
    """The place in the person's code that is running."""
    frame = sys._getframe(1)
    while frame is not None and not is_own(frame):
        frame = frame.f_back
    return place_of(frame) if frame is not None else None


def place_in(trace: TracebackType | None) -> Place | None:
    """The innermost place in the person's code that a traceback goes through."""
    found = None
    while trace is not None:
        if is_own(trace.tb_frame):
            found = trace
        trace = trace.tb_next
    return place_of(found.tb_frame, found.tb_lasti, found.tb_lineno) if found is not None else None
