"""Values as people write them: `x=1, y=-2`, `w=(1, 2); X=[[1, 2], [3, 4]]`, `lam=1/2`, `x=pi`. Text that is read, never run."""

from __future__ import annotations

import math
import re

import numpy as np

from ..core.errors import ParseError
from ..core.greek import GREEK

TOKEN = re.compile(r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>\S))")
CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
OPEN, CLOSE = "([", ")]"


def values_in(text: str, only: str | None = None) -> dict[str, np.ndarray]:
    """The arrays in a text by name; one without a name, or several numbers, are the value of `only`.

    Raises
        ParseError: it is not such a text.
    """
    return _Reader(text, only).values()


def spelled(name: str) -> str:
    """A name as the variables of a function have it: λ is lam."""
    return name if name in CONSTANTS else {**GREEK, "lambda": "lam"}.get(name, name)


class _Reader:
    def __init__(self, text: str, only: str | None):
        self.text, self.only, self.at = text, only, 0
        self.tokens: list[tuple[str, str, int]] = []
        position = 0
        while position < len(text.rstrip()):
            found = TOKEN.match(text, position)
            kind = found.lastgroup
            word = found.group(kind).replace("−", "-")
            self.tokens.append((kind, spelled(word) if kind == "name" else word, found.start(kind)))
            position = found.end()

    def word(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead][1] if self.at + ahead < len(self.tokens) else ""

    def wrong(self, expected: str) -> ParseError:
        place = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        what = f"`{self.word()}` cannot be read here" if self.word() else "the values end too early"
        return ParseError(
            what, given=f"{self.text}\n{' ' * place}^ column {place + 1}", expected=expected, fix="x=1, w=(1, -2), X=[[1, 2], [3, 4]]"
        )

    def values(self) -> dict[str, np.ndarray]:
        found: dict = {}
        unnamed = []
        while self.at < len(self.tokens):
            kind, word, _ = self.tokens[self.at]
            if kind == "name" and self.word(1) == "=":
                self.at += 2
                found[word] = self._array()
            elif found or self.only is None:
                raise self.wrong("name=value, as in x=1, or w=(1, 2)")
            else:
                unnamed.append(self._array())
            if self.at < len(self.tokens):
                if self.word() not in (",", ";"):
                    raise self.wrong("a comma")
                self.at += 1
        if unnamed:
            found[self.only] = unnamed[0] if len(unnamed) == 1 else self._checked(unnamed)
        return found

    def _array(self) -> np.ndarray:
        return self._checked(self._item())

    def _checked(self, item) -> np.ndarray:
        try:
            return np.asarray(item, dtype=float)
        except ValueError:
            raise ParseError(
                "the rows of a matrix differ in length", given=self.text, expected="rows of one length", fix="X=[[1, 2], [3, 4]]"
            ) from None

    def _item(self):
        """A number, or a list of items; nested brackets are bounded by the depth of an array."""
        if self.word() and self.word() in OPEN:
            return self._list(1)
        return self._number()

    def _list(self, depth: int) -> list:
        if depth > 8:
            raise self.wrong("an array of at most 8 axes")
        self.at += 1
        items = []
        while not (self.word() and self.word() in CLOSE):
            items.append(self._list(depth + 1) if self.word() and self.word() in OPEN else self._number())
            if self.word() in (",", ";"):
                self.at += 1
            elif not self.word():
                raise self.wrong("a closing bracket")
        self.at += 1
        return items

    def _number(self) -> float:
        sign = 1.0
        while self.word() in ("-", "+", "−") and self.word():
            sign = -sign if self.word() != "+" else sign
            self.at += 1
        value = self._plain()
        while self.word() == "/":
            self.at += 1
            divisor = self._plain()
            if not divisor:
                raise self.wrong("a number other than 0")
            value /= divisor
        return sign * value

    def _plain(self) -> float:
        if self.at < len(self.tokens):
            kind, word, _ = self.tokens[self.at]
            if kind == "number" or word in CONSTANTS:
                self.at += 1
                value = float(word) if kind == "number" else CONSTANTS[word]
                if kind == "number" and self.word() in ("pi", "π"):  # 2pi
                    self.at += 1
                    value *= math.pi
                return value
        raise self.wrong("a number")
