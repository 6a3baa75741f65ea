"""Pieces of HTML for a notebook or a page: rows of an answer as a table, and what is folded away.

Styles stand on the elements, there are no scripts and nothing from elsewhere, so that it survives nbconvert; the colours
stand on light and on dark pages. Formulas are plain Unicode, as in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

MONO = "font-family: ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre-wrap"
WHOLE = 24  # letters of an aside that stands in one line
COLUMNS = re.compile(r"\S {3}|\n")  # of a text whose letters stand below one another
LABEL = "padding: 2px 16px 2px 0; vertical-align: top; text-align: left; opacity: 0.75; white-space: nowrap; font-weight: 400"
CELL = "padding: 2px 16px 2px 0; vertical-align: top; text-align: left"
ASIDE = f"{CELL}; opacity: 0.75"


def table_of_rows(rows: Iterable[tuple[str, str, str]]) -> str:
    """(label, text, aside) as a table; columns of numbers or words in letters of one width, in lines that are not torn.

    What is wider than the page scrolls.
    """
    lines = []
    for group in _groups(rows):
        columns = any(COLUMNS.search(text) for _, text, _ in group)
        for label, text, aside in group:
            style = CELL
            if columns or text.startswith("   "):
                style = f"{CELL}; {MONO}" + ("; white-space: pre" if COLUMNS.search(text) else "")
            short = "; white-space: nowrap" if len(aside) <= WHOLE else ""
            told = f'<td style="{style}"' + (f'>{escape(text)}</td><td style="{ASIDE}{short}">{escape(aside)}</td>' if aside else f' colspan="2">{escape(text)}</td>')
            lines.append(f'<tr><th scope="row" style="{LABEL}">{escape(label)}</th>{told}</tr>')
    table = f'<table style="border-collapse: collapse; margin: 6px 0"><tbody>{"".join(lines)}</tbody></table>'
    return f'<div style="overflow-x: auto">{table}</div>'


def _groups(rows: Iterable[tuple[str, str, str]]) -> list[list[tuple[str, str, str]]]:
    """Rows that belong together: one with a label, and those without that follow."""
    found: list[list[tuple[str, str, str]]] = []
    for row in rows:
        if row[0] or not found:
            found.append([])
        found[-1].append(row)
    return found


def folded(title: str, inside: str, unfolded: bool = False) -> str:
    """`inside`, below a title that opens and closes it."""
    opened = " open" if unfolded else ""
    return f'<details{opened} style="margin: 4px 0"><summary style="cursor: pointer">{escape(title)}</summary>{inside}</details>'
