r"""Environments: the lines of aligned and its kin, and \begin{cases} as where(condition, value, where(…))."""

from __future__ import annotations

import re

from ...core.errors import did_you_mean
from ..lexer import column
from . import words
from .frames import DELIMITERS, Frame

_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+\*?)\s*\}")


class Environments:
    """The part of the scanner that opens and closes environments."""

    def ampersand(self) -> None:
        if not any(f.kind in ("lines", "cases") for f in self.stack):
            raise self.error(
                "`&` stands outside of an environment",
                self.at,
                r"\begin{aligned} … \end{aligned} around the lines",
                "remove it",
            )
        kind = "amp" if self.stack[-1].kind == "cases" or self.stack[-1].kind == "lines" else None
        if kind:
            self.out.append((kind, "&", self.at, self.at + 1))
        self.at += 1

    def begin(self, start: int) -> None:
        m = _ENVIRONMENT.match(self.text, self.at)
        if m is None:
            raise self.error(r"`\begin` names no environment", self.at, r"\begin{aligned}")
        what, self.at = m.group(1), m.end()
        if what in words.MATRICES:
            raise self.error(
                "matrices written out by their entries are not read",
                start,
                "a letter for the matrix",
                "call it A, and declare what it is: A: n n",
            )
        if what not in words.LINES and what not in words.CASES:
            near = did_you_mean(what, (*words.LINES, *words.CASES))
            raise self.error(
                f"the environment `{what}` is not known here", m.start(1),
                "aligned, align, split, gather, equation or cases",
                f"did you mean `{near}`?" if near else None,
            )  # fmt: skip
        if what.startswith(("alignat", "array")):
            self.skipped(what, start)
        self.stack.append(Frame("cases" if what in words.CASES else "lines", start, len(self.out), what))

    def end(self, start: int) -> None:
        m = _ENVIRONMENT.match(self.text, self.at)
        if m is None:
            raise self.error(r"`\end` names no environment", self.at, r"\end{aligned}")
        self.at, what = m.end(), m.group(1)
        frame = self.stack[-1] if self.stack else None
        if frame is None or frame.kind not in ("lines", "cases"):
            if frame is None:
                raise self.error(rf"`\end{{{what}}}` closes nothing", start, rf"`\begin{{{what}}}` before it")
            shown = frame.what if frame.kind == "(" else frame.kind if frame.kind == "[" else "{"
            raise self.error(
                f"`{shown}` at column {column(self.text, frame.start)} is never closed",
                frame.start,
                f"`{DELIMITERS[shown]}`",
            )
        if frame.what != what:
            raise self.error(
                rf"`\begin{{{frame.what}}}` is closed by `\end{{{what}}}`", start, rf"`\end{{{frame.what}}}`"
            )
        self.missing()
        self.stack.pop()
        if frame.kind == "cases":
            self.out[frame.mark :] = chosen(self, frame, self.out[frame.mark :], start)


def chosen(scanner, frame: Frame, inner: list, end: int) -> list:
    """The rows of cases as where(condition, value, where(…)); the last is what remains."""
    rows, row = [], []
    for token in [*inner, ("row", "", end, end)]:
        if token[0] == "row":
            rows.append(row)
            row = []
        else:
            row.append(token)
    rows = [r for r in rows if r]
    parts = []
    for row in rows:
        cut = next((i for i, t in enumerate(row) if t[0] == "amp"), None)
        if cut is None:
            cut = next((i for i, t in enumerate(row) if t[0] == "text"), len(row))
        value = row[:cut]
        condition = [t for t in row[cut:] if t[0] not in ("amp", "text") and t[1] not in ("where", "with")]
        while condition and condition[-1][1] in (",", ".", ";"):
            condition.pop()
        while value and value[-1][1] in (",", ".", ";"):
            value.pop()
        stray = next((t for t in row[cut:] if t[0] == "text" and t[1] not in words.IGNORED_WORDS), None)
        if stray is not None:
            raise scanner.error(
                f"the condition `{stray[1]}` is not read",
                stray[2],
                r"a comparison such as x \ge 0, or \text{otherwise}",
            )
        if not value:
            raise scanner.error("this row of cases has no value", row[0][2], r"a value, then & and its condition")
        parts.append((value, condition))
    if len(parts) < 2:
        raise scanner.error("cases need two rows", frame.start, r"a \\ between them")
    last_value, last = parts[-1]
    if last and not _complementary(parts[-2][1], last, len(parts)):
        raise scanner.error(
            "the last row of cases has a condition of its own", last[0][2],
            r"\text{otherwise}, or the opposite of the condition before it",
        )  # fmt: skip
    found = list(last_value)
    for value, condition in reversed(parts[:-1]):
        if not condition:
            raise scanner.error(
                "this row of cases has no condition", value[0][2], r"& and a comparison, such as x \ge 0"
            )
        at, stop = value[0][2], found[-1][3]
        comma = ("op", ",", value[-1][3], value[-1][3])
        found = [
            ("name", "where", at, at),
            ("op", "(", at, at),
            *condition,
            comma,
            *value,
            comma,
            *found,
            ("op", ")", stop, stop),
        ]
    return found


def _complementary(one: list, other: list, rows: int) -> bool:
    """Whether two conditions are opposites, as x < 0 and x >= 0."""
    pairs = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "==", "=": "!="}
    if rows != 2 or [t[1] for t in one if t[1] in pairs][1:]:
        return False
    return [pairs.get(t[1], t[1]) for t in one] == [t[1] for t in other]
