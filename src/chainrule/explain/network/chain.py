"""A chain of layers as people write it, "dense 3, sigmoid, 2 x (dense 8, relu), dense 1, mse", as a list of words with their numbers.

What each word means stands in `layers` and `losses`; here is only the grammar: layers between commas, each a name with numbers and
words behind it, a block in brackets for `residual(…)` and for repetition.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import NamedTuple

from ...core.errors import DeclarationError, LimitError, ParseError

TOKEN = re.compile(r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<word>[^\W\d]\w*)|(?P<sign>->|→|×|\S))")
COMMA, ARROWS = (",", ";", "→", "->"), ("→", "->")
TIMES = ("x", "X", "×", "*")
MOST = 2000  # layers, blocks written out
DEEPEST = 30  # blocks within blocks


class Item(NamedTuple):
    """A layer as written: its words, among them its name, its numbers in order, and the layers in its brackets."""

    words: tuple[str, ...]
    numbers: tuple[float, ...]
    block: tuple["Item", ...] | None
    text: str
    start: int


def chain_in(text: str) -> list[Item]:
    """The layers of a chain, repeated blocks written out.

    Raises
        ParseError: it is no chain of layers. LimitError: it is too long or nested too deeply.
    """
    if not isinstance(text, str):
        raise DeclarationError("a network is given as a text", given=type(text).__name__, expected="layers: dense 3, sigmoid, dense 1, mse")
    if not text.strip():
        raise ParseError("the network is empty", given=repr(text), expected="layers", fix="dense 3, sigmoid, dense 1, mse")
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str):
        self.text, self.at, self.count = text, 0, 0
        self.tokens: list[tuple[str, str, int, int]] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            found = TOKEN.match(text, position)
            self.tokens.append((found.lastgroup, found.group(found.lastgroup), found.start(found.lastgroup), found.end()))
            position = found.end()

    def whole(self) -> list[Item]:
        items = self._items(0)
        if self.at < len(self.tokens):
            raise self._wrong("a comma between layers")
        return items

    def _word(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _wrong(self, expected: str) -> ParseError:
        place = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        what = f"`{self._word()}` cannot be read here" if self._word() else "the network ends too early"
        return ParseError(what, self.text, place, expected=expected, fix="dense 3, sigmoid, dense 1, mse")

    def _items(self, depth: int) -> list[Item]:
        if depth > DEEPEST:
            raise LimitError("the blocks are nested too deeply", given=f"{depth} levels", expected=f"at most {DEEPEST}")
        found = self._item(depth)
        while self._word() in COMMA and self._word():
            self.at += 1
            if self.at == len(self.tokens) or self._word() == ")":
                break  # a comma at the end
            found += self._item(depth)
        return found

    def _item(self, depth: int) -> list[Item]:
        """One layer, or the layers of a repeated block."""
        words, numbers, block, first, times = [], [], None, self.at, 1
        while self.at < len(self.tokens):
            kind, word, _, _ = self.tokens[self.at]
            if kind == "number":
                if not isfinite(float(word)):
                    raise self._wrong("a number below 1e308")
                numbers.append(float(word))
            elif kind == "word":
                words.append(word)
            elif word == "(" and block is None:
                self.at += 1
                if words and self._is_numbers():  # dense(3)
                    continue
                block = tuple(self._items(depth + 1))
                if self._word() != ")":
                    raise self._wrong("a closing bracket")
            elif word == ")" and self._opened(first):
                pass
            elif word in ("×", "*"):
                words.append("x")
            elif word == "-" and self._between_words():
                pass  # cross-entropy
            else:
                break
            self.at += 1
        if not words and block is None:
            raise self._wrong("the name of a layer")
        text = self.text[self.tokens[first][2] : self.tokens[self.at - 1][3]].strip()
        if block is not None and all(w in TIMES for w in words):  # 3 x (…), (…) x 3
            if len(numbers) > 1 or any(n != int(n) or n < 1 for n in numbers):
                raise ParseError("a block is repeated a whole number of times", given=text, expected="3 x (dense 8, relu)")
            times = int(numbers[0]) if numbers else 1
            items = list(block) * min(times, MOST + 1)
        else:
            items = [Item(tuple(words), tuple(numbers), block, text, self.tokens[first][2])]
        self.count += len(items)
        if self.count > MOST:
            raise LimitError("the network has too many layers", given=f"more than {MOST}", expected=f"at most {MOST} layers")
        return items

    def _between_words(self) -> bool:
        around = self.tokens[self.at - 1 : self.at + 2 : 2] if self.at else []
        return [kind for kind, *_ in around] == ["word", "word"]

    def _is_numbers(self) -> bool:
        """Whether only numbers stand before the closing bracket."""
        at = self.at
        while at < len(self.tokens) and (self.tokens[at][0] == "number" or self.tokens[at][1] == ","):
            at += 1
        return at > self.at and at < len(self.tokens) and self.tokens[at][1] == ")"

    def _opened(self, first: int) -> bool:
        """Whether a bracket of numbers is open since the layer began."""
        signs = [word for _, word, _, _ in self.tokens[first : self.at]]
        return signs.count("(") > signs.count(")")
