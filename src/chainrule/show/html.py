"""Pieces of HTML for a notebook or a page: rows of an answer as a table, and what is folded away.

Styles stand on the elements, there are no scripts and nothing from elsewhere, so that it survives nbconvert; the colours
stand on light and on dark pages. Formulas are plain Unicode, as in the text.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

MONO = "font-family: ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre-wrap"
LABEL = "padding: 2px 16px 2px 0; vertical-align: top; text-align: left; opacity: 0.75; white-space: nowrap; font-weight: 400"
CELL = "padding: 2px 16px 2px 0; vertical-align: top; text-align: left"
ASIDE = f"{CELL}; opacity: 0.75"


def table_of_rows(rows: Iterable[tuple[str, str, str]]) -> str:
    """(label, text, aside) as a table; a text of several lines, such as a column of numbers, in letters of one width."""
    lines = []
    for label, text, aside in rows:
        style = f"{CELL}; {MONO}" if "\n" in text or "   " in text else CELL
        lines.append(
            f'<tr><th scope="row" style="{LABEL}">{escape(label)}</th><td style="{style}">{escape(text)}</td>'
            f'<td style="{ASIDE}">{escape(aside)}</td></tr>'
        )
    return f'<table style="border-collapse: collapse; margin: 6px 0"><tbody>{"".join(lines)}</tbody></table>'


def folded(title: str, inside: str, unfolded: bool = False) -> str:
    """`inside`, below a title that opens and closes it."""
    opened = " open" if unfolded else ""
    return f'<details{opened} style="margin: 4px 0"><summary style="cursor: pointer">{escape(title)}</summary>{inside}</details>'
