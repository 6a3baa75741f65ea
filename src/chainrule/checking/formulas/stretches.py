"""The stretch of a text that a part of a formula is: whole pairs of braces, with the command that they belong to.

The reader of LaTeX drops typefaces, `\\left` and the like, so that a node may begin or end between `\\mathbf{` and `}`. What is
quoted, underlined or replaced has to be whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...syntax.tree import Tree, walk

SIGNS = re.compile(r"\\(?:left|right)(?![A-Za-z])|\\.|[{}]", re.DOTALL)  # `\{` is no brace
COMMAND = re.compile(r"\\[A-Za-z]+\s*$")
DELIMITER = re.compile(r"\s*(?:\\[A-Za-z]+|\\.|.)", re.DOTALL)
LONGEST = 40  # characters of a command
OPENING = {"{": "}", r"\left": r"\right"}


def made_whole(text: str, trees: Iterable[Tree]) -> None:
    """Move the ends of every node so that braces and `\\left … \\right` are whole in it, and none stand around it."""
    pairs = paired(text)
    if not pairs:
        return
    for tree in trees:
        for node in walk(tree):
            node.start, node.end = whole(text, node.start, node.end, pairs)


def paired(text: str) -> list[tuple[int, int, int]]:
    """(where its command begins, start, end) of each pair, inner ones first."""
    found, opened = [], []
    for sign in SIGNS.finditer(text):
        if sign.group() in OPENING:
            opened.append(sign)
        elif opened and OPENING[opened[-1].group()] == sign.group():
            start, end = opened.pop().start(), sign.end()
            if sign.group() == "}":
                command = COMMAND.search(text, max(0, start - LONGEST), start)
                found.append((command.start() if command else start, start, end))
            else:
                found.append((start, start, DELIMITER.match(text + " ", end).end()))
    return found


def whole(text: str, start: int, end: int, pairs: list[tuple[int, int, int]]) -> tuple[int, int]:
    """The least stretch around [start, end) that cuts no pair, without braces around all of it."""
    for command, left, right in pairs:
        if (left, right) == (start, end) and text[start] == "{":
            start, end = start + 1, end - 1
        elif (left < start < right) != (left < end < right):
            start, end = min(start, command), max(end, right)
    return start, end
