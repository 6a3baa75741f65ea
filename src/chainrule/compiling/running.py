"""Running text that was written here: the one place where a program becomes functions.

The text is our own: its names come from `Names`, its numbers from `repr`, and what a person wrote stands in comments.
"""

from __future__ import annotations

from ..core.errors import DomainError


def defined(source: str, name: str, given: dict | None = None) -> dict:
    """The names that the program `source` defines, beside those that are given; tracebacks call it `name`.

    They are those of no module: torch.compile looks up the names of a module by importing it.
    """
    space = dict(given or {})
    exec(compile(source, f"<{name}>", "exec"), space)
    return space


def without_entries(function, sizes: dict[str, int]):
    """`function`, for arrays without entries; the maximum and the mean of nothing are an error that says so."""

    def careful(*arguments):
        try:
            return function(*arguments)
        except (ArithmeticError, ValueError, IndexError, RuntimeError) as error:
            raise DomainError(
                "the function has no value for arrays without entries",
                given=", ".join([f"{x} = 0" for x, n in sizes.items() if n == 0]),
                expected="at least one entry where a maximum or a mean is taken",
            ) from error

    return careful
