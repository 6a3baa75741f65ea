"""What is open while LaTeX is scanned: brackets, and the braces of commands, typefaces and accents."""

from __future__ import annotations

import re

from ...core.greek import GREEK_WORDS
from ..lexer import DEEPEST, column, too_deep
from . import words
from .scripts import Bold

DELIMITERS = {"(": ")", "[": "]", "{": "}", "\\{": "\\}"}


class Frame:
    """An open bracket or environment: where it stands, what closes it, and where its tokens begin."""

    __slots__ = ("kind", "start", "mark", "what")

    def __init__(self, kind: str, start: int, mark: int, what=None):
        self.kind, self.start, self.mark, self.what = kind, start, mark, what


class Frames:
    """The part of the scanner that opens and closes brackets."""

    def open(self, bracket: str, start: int, end: int) -> None:
        self.at, self.side = end, None
        if bracket != "{" and self.arguments and self.arguments[-1][0] == len(self.stack):
            raise self.unfinished(start)
        if len(self.stack) > DEEPEST:
            raise too_deep(start)
        kind = "(" if bracket == "\\{" else bracket
        self.stack.append(Frame(kind, start, len(self.out), bracket))
        self.out.append(("op", kind, start, end))

    def hidden(self, what, kind: str, start: int) -> None:
        """Step into braces that are no part of the formula: those of the typeface or accent at `start`."""
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        self.stack.append(Frame(kind, start, len(self.out), what))
        self.at += 1

    def braced(self) -> bool:
        return re.match(r"\s*\{", self.text[self.at : self.at + 20]) is not None

    def close(self, bracket: str, start: int, end: int) -> None:
        text = self.text
        frame = self.stack[-1] if self.stack else None
        if frame is None:
            raise self.error(
                f"`{bracket}` at column {column(text, start)} closes nothing", start, "an opening bracket before it",
                "remove it, or open the bracket it belongs to",
            )  # fmt: skip
        if frame.kind in ("lines", "cases"):
            raise self.error(
                f"`{bracket}` at column {column(text, start)} closes nothing", start, rf"`\end{{{frame.what}}}` first"
            )
        shown = frame.what if frame.kind == "(" else frame.kind if frame.kind == "[" else "{"
        if DELIMITERS[shown] != bracket:
            raise self.error(
                f"`{shown}` at column {column(text, frame.start)} is closed by `{bracket}`",
                start,
                f"`{DELIMITERS[shown]}`",
            )
        if self.arguments and self.arguments[-1][0] == len(self.stack):
            raise self.unfinished(start)
        if self.accents:
            raise self.error("the accent has no letter to stand over", start, r"\hat{x}")
        self.stack.pop()
        self.at, self.side = end, None
        inner = self.out[frame.mark :]
        if frame.kind in ("{", "(", "["):
            kind = {"{": "}", "(": ")", "[": "]"}[frame.kind]
            if frame.kind == "[" and not _listed(inner[1:]):  # brackets of another shape
                self.out[frame.mark] = ("op", "(", frame.start, frame.start + 1)
                kind = ")"
            self.out.append(("op", kind, start, end))
            if kind == ")" and frame.mark and self.out[frame.mark - 1][:2] == ("name", "ones") and _compares(inner[1:]):
                del self.out[frame.mark - 1]  # 1[x > 0] is 1 where it holds, as is [x > 0]
        else:
            self.closed(frame, inner, start, end)
        if (
            frame.kind in ("{", "hidden", "accent", "sqrt", "face")
            and self.arguments
            and self.arguments[-1][0] == len(self.stack)
        ):
            if frame.kind != "{":
                self.out[frame.mark : frame.mark] = [("op", "{", frame.start, frame.start)]
                self.out.append(("op", "}", end, end))
            self.given()

    def closed(self, frame: Frame, inner: list, start: int, end: int) -> None:
        """What the braces of a command do when they close."""
        if not inner or frame.kind == "sqrt" and inner[-1][1] == "(" and inner[-1][0] == "op":
            raise self.error("the braces are empty", frame.start, "an expression between them")
        names = [t for t in inner if t[0] == "name"]
        if frame.kind == "accent":
            if inner[0][0] != "name" or len(inner) > 1 and inner[1][1] not in ("_", "'"):
                raise self.error(
                    "an accent over an expression is not read",
                    frame.start,
                    "a letter",
                    "write it as a product, a mean or a let-line",
                )
            kind, value, s, e = inner[0]
            self.out[frame.mark] = (kind, type(value)(value + frame.what), frame.start, end if len(inner) == 1 else e)
        elif frame.kind == "face":
            if frame.what in words.BOLD:
                self.out[frame.mark :] = [
                    (k, Bold(v) if k == "name" and len(v) == 1 or v in GREEK_WORDS else v, s, e) for k, v, s, e in inner
                ]
            if frame.what in words.BOLD and len(inner) == 1 and inner[0][:2] == ("num", 1):
                self.out[frame.mark] = ("name", "ones", frame.start, end)
            if frame.what in words.CURLY and len(inner) == 1 and names and names[0][1] in self.letters_plain:
                self.out[frame.mark] = ("name", names[0][1] + "cal", *names[0][2:])
            if frame.what in ("underbrace", "overbrace"):
                self.skip_script()
        elif frame.kind == "sqrt":
            self.out.append(("op", ")", start, end))
            if frame.what is not None:
                self.out += [
                    ("op", "^", end, end),
                    ("op", "{", end, end),
                    ("num", 1, end, end),
                    ("op", "/", end, end),
                    *frame.what,
                    ("op", "}", end, end),
                ]

    def skip_script(self) -> None:
        """Step over the words below a brace."""
        m = re.compile(r"\s*[_^]\s*\{").match(self.text, self.at)
        if m:
            self.at = self.behind_braces(m.end() - 1)

    def behind_braces(self, at: int) -> int:
        depth = 0
        for i in range(at, len(self.text)):
            depth += {"{": 1, "}": -1}.get(self.text[i], 0) if self.text[i - 1] != "\\" else 0
            if not depth:
                return i + 1
        raise self.error(f"`{{` at column {column(self.text, at)} is never closed", at, "`}`")


def _listed(inner: list) -> bool:
    """Whether [ … ] holds several entries, or says that two things are equal."""
    depth = 0
    for kind, value, _, _ in inner:
        if kind == "op":
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(value, 0)
            if depth == 0 and value in (",", ";", "="):
                return True
    return False


def _compares(inner: list) -> bool:
    return any(t[0] == "op" and t[1] in ("<", "<=", ">", ">=", "==", "!=") for t in inner)
