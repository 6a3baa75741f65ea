"""One pass over a text in LaTeX, which leaves tokens: letters, numbers, signs, and what the commands stand for."""

from __future__ import annotations

import re

from ...core.errors import ParseError
from ...core.greek import GREEK
from ..lexer import SUBSCRIPTS, SUPERSCRIPTS, UNICODE, WORDS, column, number_read
from ..vocabulary import RESERVED, is_function
from .commands import COMMAND, Commands
from .environments import Environments
from .frames import DELIMITERS, Frame, Frames
from .scripts import Bold

_NUMBER = re.compile(r"(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+(?![\w{^]))?")
_OPERATOR = re.compile(r":=|<=|>=|==|!=|\.\*|\./|\.\^|[-+*/=<>,;:|.!^_@]")
_LETTERS = re.compile(r"[A-Za-z]+[0-9]*")


class Side(str):
    """A bar of which LaTeX says whether it opens ("left") or closes ("right")."""

    side = None


class Scanner(Commands, Environments, Frames):
    """One pass over the text. `out` holds tokens (kind, value, start, end); "amp", "row", "text" are resolved later."""

    def __init__(self, text: str, declared: frozenset):
        self.text, self.declared = text, declared
        self.at = 0
        self.out: list[tuple] = []
        self.stack: list[Frame] = []
        self.arguments: list[list] = []  # [depth, how many are missing, where the command stands]
        self.accents: list[str] = []  # accents that wait for their letter
        self.side: str | None = None  # \left or \right before a delimiter
        self.bold_next = self.curly_next = False
        self.differential: int | None = None  # where an upright d stands that belongs to the next name
        self.by_lines = not re.search(r"\\\\|\\begin|\$\$|\\\[", text)
        plain = re.sub(
            r"\\(?:mathcal|mathscr|mathfrak)\s*(\{[A-Za-z]\}|[A-Za-z])|\\[A-Za-z]+|\\text\{[^}]*\}", " ", text
        )
        self.letters_plain = set(re.findall(r"[A-Za-z]", plain))

    def error(self, problem: str, at: int, expected: str | None = None, fix: str | None = None) -> ParseError:
        return ParseError(problem, self.text, at, expected, fix)

    def scan(self) -> None:
        text = self.text
        dollars = [m.start() for m in re.finditer(r"(?<!\\)\$\$?", text)]
        if len(dollars) % 2:
            raise self.error(
                "a `$` is never closed", dollars[-1], "a `$` behind the formula", "leave the dollar signs out"
            )
        while self.at < len(text):
            c = text[self.at]
            if c.isspace() or c in "~$":
                if c == "\n" and self.by_lines and not self.stack:
                    self.out.append(("nl", c, self.at, self.at + 1))
                self.at += 1
            elif c == "%":
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif c == "\\":
                self.command()
            elif c == "&":
                self.ampersand()
            elif c in "([{":
                self.open(c, self.at, self.at + 1)
            elif c in ")]}":
                self.close(c, self.at, self.at + 1)
            elif c.isascii() and c.isalpha():
                self.letters()
            elif c.isdigit() and c.isascii() or c == "." and text[self.at + 1 : self.at + 2].isdigit():
                self.digits()
            else:
                self.sign(c)
        if self.stack:
            frame = self.stack[-1]
            if frame.kind in ("lines", "cases"):
                raise self.error(
                    rf"`\begin{{{frame.what}}}` has no `\end{{{frame.what}}}`",
                    frame.start,
                    rf"`\end{{{frame.what}}}` behind its lines",
                )
            shown = frame.what if frame.kind == "(" and frame.what else frame.kind if frame.kind in "([" else "{"
            where = frame.start if text[frame.start] != "\\" or frame.what == "\\{" else text.index("{", frame.start)
            raise self.error(
                f"`{shown}` at column {column(text, where)} is never closed", where, f"`{DELIMITERS[shown]}`"
            )
        self.missing()
        self.out.append(("end", "", len(text), len(text)))

    def emit(self, kind: str, value, start: int, end: int) -> None:
        """A token; a single one that is an argument of \\frac gets braces."""
        if kind == "name":
            if self.differential is not None:
                value, start, self.differential = "d" + value, self.differential, None
            while self.accents:
                value += self.accents.pop()
            if self.bold_next:
                value = Bold(value)
        elif self.accents or self.differential is not None:
            raise self.error(
                f"`{self.text[start:end]}` cannot carry an accent" if self.accents else "`d` has no variable behind it",
                start,
                "a letter",
            )
        if self.bold_next and kind == "num" and value == 1:
            kind, value = "name", "ones"
        self.bold_next = self.curly_next = False
        waiting = self.arguments and self.arguments[-1][0] == len(self.stack)
        if waiting and (kind in ("name", "num")):
            self.out += [("op", "{", start, start), (kind, value, start, end), ("op", "}", end, end)]
            self.given()
        elif waiting:
            raise self.unfinished(start)
        else:
            self.out.append((kind, value, start, end))

    def unfinished(self, at: int) -> ParseError:
        _, missing, start = self.arguments[-1]
        command = COMMAND.match(self.text, start).group()
        which = "its two parts" if missing == 2 else "its denominator"
        return self.error(f"`{command}` lacks {which}", at, rf"{command}{{a}}{{b}}")

    def missing(self) -> None:
        if self.arguments and self.arguments[-1][0] >= len(self.stack):
            raise self.unfinished(self.at)

    def given(self) -> None:
        """One argument more has been given to the innermost command that waits for some."""
        self.arguments[-1][1] -= 1
        if not self.arguments[-1][1]:
            self.arguments.pop()
            if self.arguments and self.arguments[-1][0] == len(self.stack):
                self.given()

    def letters(self) -> None:
        text, start = self.text, self.at
        run = _LETTERS.match(text, start).group()
        word = run.rstrip("0123456789")
        waiting = self.arguments and self.arguments[-1][0] == len(self.stack)
        before = self.out[-1] if self.out else ("", "", 0, 0)
        scripted = before[1] in ("_", "^") and before[0] == "op"
        if not waiting and not self.accents and not self.bold_next and self.differential is None:
            base = self.out[-2][1] if scripted and len(self.out) > 1 and self.out[-2][0] == "name" else None
            whole = run if not scripted else None
            if base and f"{base}_{run}" in self.declared:
                self.at += len(run)
                return self.emit("name", run, start, self.at)
            if whole in self.declared or len(word) == 1 < len(run) and not scripted:
                self.at += len(run)
                return self.emit("name", run, start, self.at)
            if not scripted and run == word and len(word) > 1:
                opens = re.match(
                    r"\s*(?:\\(?:left|[bB]igg?l?)\s*)?[(\[]", text[start + len(word) : start + len(word) + 20]
                )
                if (
                    word in RESERVED
                    or is_function(word)
                    and (len(word) > 2 or opens)
                    and word not in ("len", "dot", "size", "root")
                ):
                    self.at += len(word)
                    return self.emit("name", word, start, self.at)
        self.at += 1
        value = text[start]
        if self.curly_next and value in self.letters_plain:
            value += "cal"
        self.emit("name", value, start, self.at)

    def digits(self) -> None:
        start = self.at
        shown = _NUMBER.match(self.text, start).group()
        if self.arguments and self.arguments[-1][0] == len(self.stack):
            if shown[0] == ".":
                raise self.unfinished(start)
            shown = shown[0]
        self.at += len(shown)
        self.emit("num", number_read(shown), start, self.at)

    def sign(self, c: str) -> None:
        start = self.at
        if c == "'":
            self.at += 1
            return self.out.append(("op", "'", start, self.at))
        if c in GREEK:
            self.at += 1
            return self.emit("name", GREEK[c], start, self.at)
        if c in SUPERSCRIPTS or c in SUBSCRIPTS:
            table = SUPERSCRIPTS if c in SUPERSCRIPTS else SUBSCRIPTS
            end = start
            while end < len(self.text) and self.text[end] in table:
                end += 1
            self.at, value = end, "".join(table[x] for x in self.text[start:end])
            if table is SUPERSCRIPTS:
                return self.out.append(("sup", value, start, end))
            self.out.append(("op", "_", start, start))
            return self.emit("num" if value.isdigit() else "name", int(value) if value.isdigit() else value, start, end)
        if c in UNICODE or c in WORDS:
            self.at += 1
            kind = "op" if c in UNICODE else "name"
            return self.emit(kind, self.sided(UNICODE[c]) if kind == "op" else WORDS[c], start, self.at)
        m = _OPERATOR.match(self.text, start)
        if m is None:
            raise self.error(
                f"`{c if c.isprintable() else f'U+{ord(c):04X}'}` is no part of a formula",
                start,
                "names, numbers, brackets and operators",
            )
        self.at = m.end()
        value = {":=": "=", "==": "==", "@": "*"}.get(m.group(), m.group())
        if value == "." and self.side:
            self.side = None  # \left. draws nothing
            return None
        if value == "=" and self.out and self.out[-1][1] in ("<", ">", "=") and self.out[-1][3] == start:
            self.out.pop()
        return self.emit("op", self.sided(value), start, self.at)

    def sided(self, value: str):
        side, self.side = self.side, None
        if value not in ("|", "‖") or side is None:
            return value
        found = Side(value)
        found.side = side
        return found
