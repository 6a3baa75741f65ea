"""A derivation as a block of text for a terminal: columns aligned, formulas wrapped between their terms.

    read as   ‖Ax − b‖²        A: m×n   x: n   b: m
    ∇f = 2Aᵀ(Ax − b)           shape n
    verified  3 random points, sizes (m, n) = (3, 5), (7, 2), (4, 4), relative error 1e-15, remainder slope 2.00

A row has a label, a body and an aside. Bodies start in column 10, a formula's next lines stand below its first;
asides share a column where there is room for it, else they follow on a line of their own. Nothing is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .ascii import to_ascii

LABEL = 10  # columns for "read as", "where", "note", "verified"
ASIDE, FARTHEST = 27, 48  # the columns between which asides are aligned
GAP = 3
ROLES = {"read as": "reading", "using": "reading", "for": "note", "autodiff": "note", "where": "where", "note": "note", "verified": "good", "not verified": "bad"}

Style = Callable[[str, str], str]  # (text, role) → text; the roles are label, result, aside, good, bad, note
PROSE = ("note", "good", "bad")


class Row(NamedTuple):
    """One entry of the block. `head` is printed before the body: a padded label, or "∇f = "."""

    head: str
    body: str
    aside: str = ""
    role: str = "plain"


def rows(found, ascii: bool = False) -> list[Row]:
    """What there is to say of a derivation: how it was read, the result, its definitions, notes, evidence."""
    listed: list[Row] = []
    for entry in found.rows():
        made = row(*entry)
        listed.append(made if entry[0] else made._replace(role=listed[-1].role))  # "" continues the row above
    return [*in_ascii(listed, *found.spelled)] if ascii else listed


def remarks(found) -> list[Row]:
    """What there is to say of a derivation besides its result."""
    return [entry for entry in rows(found) if entry.role in ("reading", "note", "good", "bad")]


def row(label: str, text: str, aside: str) -> Row:
    """A row of the block for an entry of `rows()`."""
    if label.endswith("="):
        return Row(label + " ", text, aside, "result")
    if label.isdigit() or label.startswith("["):  # a step, a source
        return Row(f"{label:>3}  ", text, aside, "step")
    return Row(f"{label:<{LABEL - 1}} " if len(label) < LABEL else label + "  ", text, aside, ROLES.get(label, "plain"))


def plainly(listed: list[Row]) -> list[Row]:
    """The rows in ASCII, for reading: labels are as wide as before, formulas need not parse back."""
    made = []
    for entry in listed:
        word = to_ascii(entry.head.rstrip())
        head = word.ljust(len(entry.head)) if len(word) < len(entry.head) else word + " "
        made.append(Row(head, to_ascii(entry.body), to_ascii(entry.aside), entry.role))
    return made


def in_ascii(listed: list[Row], definitions: list[str], results: list[str]) -> Iterator[Row]:
    """The rows in ASCII. `definitions` and `results` are spelled so that they parse back."""
    waiting = iter(results)
    last = max(k for k, entry in enumerate(listed) if entry.role == "result")
    for k, entry in enumerate(listed):
        if entry.role == "result":
            yield Row(to_ascii(entry.head), next(waiting), to_ascii(entry.aside), entry.role)
            for number, definition in enumerate(definitions if k == last else ()):
                yield row("" if number else "where", definition, "")
        elif entry.role != "where":
            yield Row(entry.head, to_ascii(entry.body), to_ascii(entry.aside), entry.role)


def plain(text: str, role: str) -> str:
    """The text as it is: the style of files and pipes."""
    return text


def block(rows: list[Row], width: int | None = None, style: Style = plain, farthest: int = FARTHEST) -> str:
    """The rows as text, at most `width` columns wide where the words allow it; None for any width."""
    column = aside_column(rows, width, farthest)
    return "\n".join(line for row in rows for line in lines_of(row, width, column, style))


def aside_column(rows: list[Row], width: int | None, farthest: int = FARTHEST) -> int:
    """Where asides start: right of every body that is not long and leaves room for its aside."""
    column = ASIDE
    for row in rows:
        needed = columns(row.head + row.body) + GAP
        if row.aside and needed <= farthest and (width is None or needed + columns(row.aside) <= width):
            column = max(column, needed)
    return column


def lines_of(row: Row, width: int | None, column: int, style: Style) -> list[str]:
    """The lines of one row."""
    indent = columns(row.head)
    room = width and max(width - indent, 20)
    body = [part for line in fitted(row.body.split("\n"), room) for part in wrapped(line, room, prose=row.role in PROSE)]
    lines = [style(part, row.role) for part in body]
    lines = [(" " * indent if number else styled_head(row, style)) + line for number, line in enumerate(lines)]
    if row.aside:
        used = indent + columns(body[-1])
        start = column if used + GAP <= column else used + GAP
        if width is None or start + columns(row.aside) <= width:
            lines[-1] += " " * (start - used) + style(row.aside, "aside")
        else:
            for part in packed(row.aside.split("   "), width - LABEL):
                lines.append(" " * LABEL + style(part, "aside"))
    return lines


def fitted(lines: list[str], width: int | None) -> list[str]:
    """The lines of a table, the blanks between its columns made fewer, down to one, until it fits; of a single line itself."""
    longest = max(map(len, lines))
    if width is None or len(lines) == 1 or longest <= width:
        return lines
    padded = [line.ljust(longest) for line in lines]
    kept = list(range(longest))
    while len(kept) > width:
        gaps, run = [], []
        for k, at in enumerate(kept):
            if all([line[at] == " " for line in padded]):
                run.append(k)
            else:
                gaps, run = [*gaps, run] if run and run[0] else gaps, []
        widest = max(gaps, key=len, default=[])
        if len(widest) < 2:
            break
        del kept[widest[0]]
    return ["".join([line[at] for at in kept]).rstrip() for line in padded]


def styled_head(row: Row, style: Style) -> str:
    word = row.head.rstrip()
    return style(word, "label" if row.role != "result" else "result") + row.head[len(word) :]


def wrapped(text: str, width: int | None, prose: bool = False) -> list[str]:
    """The text in lines of `width`: a formula broken before an outermost sign, prose after a comma, if there is one."""
    lines = []
    while width is not None and columns(text) > width:
        at = break_of(text, width, prose)
        if at is None:
            break
        lines.append(text[:at].rstrip())
        text = ("" if prose else "  ") + text[at:].lstrip()
    return [*lines, text]


def break_of(text: str, width: int, prose: bool = False) -> int | None:
    """The space at which to break `text`: least deep in brackets, before a sign (after a comma), far to the right."""
    depth, best, first_beyond = 0, None, None
    for at, letter in enumerate(text):
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == " " and at > 2:
            if at > width:
                first_beyond = at
                break
            if at > width // 3:
                good = text[at - 1] in ",;:." if prose else text[at + 1 : at + 2] in ("+", "−", "-")
                rank = (-depth, good, at)
                best = max(best, rank) if best else rank
    return best[2] if best else first_beyond


def packed(items: list[str], width: int) -> list[str]:
    """The items, three blanks apart, as many to a line as fit."""
    lines = [items[0]]
    for item in items[1:]:
        if columns(lines[-1]) + GAP + columns(item) <= width:
            lines[-1] += "   " + item
        else:
            lines.append(item)
    return lines


def columns(text: str) -> int:
    """How many columns a terminal gives to `text`: accents that stand above a letter (x̂) take none."""
    return len(text) if text.isascii() else sum(not 0x300 <= ord(letter) <= 0x36F for letter in text)
