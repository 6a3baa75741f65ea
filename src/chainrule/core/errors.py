"""Errors that say what failed, what was given, what was expected, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable


LONGEST = 1000  # characters of a part of an error: what a person gave may be a megabyte


class ChainruleError(Exception):
    """Something that the user can mend. `str()` shows the problem and, where known, given, expected and fix."""

    def __init__(
        self,
        problem: str,
        given: str | None = None,
        expected: str | None = None,
        fix: str | None = None,
    ):
        super().__init__(problem)
        self.problem, self.given, self.expected, self.fix = map(bounded, (problem, given, expected, fix))

    def __str__(self) -> str:
        lines = [f"{type(self).__name__}: {self.problem}"]
        for label, text in (("given:", self.given), ("expected:", self.expected), ("fix:", self.fix)):
            if text:
                lines.append(f"  {label:<10}" + text.replace("\n", "\n" + " " * 12))
        return "\n".join(lines)

    def to_dict(self) -> dict:
        """The error as plain data, for `--json` and the web."""
        return {
            "error": type(self).__name__,
            "problem": self.problem,
            "given": self.given,
            "expected": self.expected,
            "fix": self.fix,
        }


class ParseError(ChainruleError):
    """Text that cannot be read. `position` is the offset of the character at fault in `text`."""

    SHOWN = 72  # characters of the line around the fault

    def __init__(
        self,
        problem: str,
        text: str = "",
        position: int | None = None,
        expected: str | None = None,
        fix: str | None = None,
        given: str | None = None,
    ):
        if given is None and position is not None:
            given = caret(text, position, self.SHOWN)
        super().__init__(problem, given, expected, fix)
        self.text, self.position = text, position


class ShapeError(ChainruleError):
    """Shapes that do not fit one another."""


class UnknownNameError(ChainruleError):
    """A function or variable that nobody declared."""


class DeclarationError(ChainruleError):
    """A declaration that cannot be understood, or that contradicts itself."""


class NoRuleError(ChainruleError):
    """An operation that cannot answer what it was asked: no derivative, no spelling."""


class DomainError(ChainruleError):
    """No admissible points: the function is not defined where it was asked."""


class BackendError(ChainruleError):
    """A backend that is not installed or cannot express an operation."""


class UnverifiedError(ChainruleError):
    """A derived result that its own check refutes: a bug of ours, never shown as a result."""


class TraceError(ChainruleError):
    """A Python function that cannot be followed: it needs values where there are only shapes, or it fails by itself."""


class LimitError(ChainruleError):
    """Input beyond what is accepted: too long, too deep, too large."""


def bounded(text: str | None) -> str | None:
    """The text, or its beginning where it is longer than anybody reads."""
    return text if text is None or len(text) <= LONGEST else text[:LONGEST] + " …"


def caret(text: str, position: int, shown: int) -> str:
    """The line of `text` around `position`, and below it a caret with its column (counted from 1)."""
    position = min(max(position, 0), len(text))
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else len(text)]
    column = position - start
    first = max(0, min(column - shown // 2, len(line) - shown))
    excerpt = ("…" if first else "") + line[first : first + shown]
    excerpt += "…" if first + shown < len(line) else ""
    return f"{excerpt}\n{' ' * (column - first + bool(first))}^ column {column + 1}"


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to a misspelt `word`, or None if nothing is near."""
    word, candidates = str(word), list(candidates)
    near = difflib.get_close_matches(word, candidates, n=1, cutoff=0.7)
    near = near or [c for c in candidates if c.lower() == word.lower() and c != word]  # W for w
    near = near or [c for c in candidates if len(word) > 2 and c.startswith(word)]  # grad for gradient
    return near[0] if near else None


def check_choice(word: str, value, choices, of: str = "") -> None:
    """Refuse a `value` that is none of the `choices` for the argument `word`, and name the nearest."""
    if not isinstance(value, Hashable) or value not in choices:
        near = did_you_mean(str(value), choices)
        raise DeclarationError(
            f"unknown {word} `{value}`{of}",
            given=repr(value),
            expected=" or ".join(f'"{x}"' for x in choices),
            fix=f'{word}="{near}"' if near else None,
        )
