"""Running text that was written here: the one place where a program becomes functions.

The text is our own: its names come from `Names`, its numbers from `repr`, and what a person wrote stands in comments.
"""

from __future__ import annotations


def defined(source: str, name: str, given: dict | None = None) -> dict:
    """The names that the program `source` defines, beside those that are given; tracebacks call it `name`.

    They are those of no module: torch.compile looks up the names of a module by importing it.
    """
    space = dict(given or {})
    exec(compile(source, f"<{name}>", "exec"), space)
    return space
