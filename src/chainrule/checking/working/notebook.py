"""A derivation with its verdicts as a notebook shows it: a badge, each line beside its sign, and below it what there is to say."""

from __future__ import annotations

from html import escape

from ...show.html import CELL, MONO
from ..display import BADGES, badge

OF_LINES = {"right": "right", "wrong": "wrong", "follows": "wrong"}  # by which badge a line has its colour
NUMBER = "padding: 2px 12px 2px 0; text-align: right; vertical-align: top; opacity: 0.6"
NAME = "display: inline-block; min-width: 7em; opacity: 0.75"
SIGN = "font-weight: 700; padding-right: 4px"


def html(working) -> str:
    sign_and_words = working.headline.split(" ", 1)
    rows = "".join([_line(line) for line in working.lines])
    notes = "".join([f'<div style="opacity: 0.75">{escape(note)}</div>' for note in working.notes])
    return (
        f'<div style="line-height: 1.5"><div>{badge(working.verdict)} &nbsp;<strong>{escape(sign_and_words[-1])}</strong></div>'
        f'<table style="border-collapse: collapse; margin: 6px 0"><tbody>{rows}</tbody></table>{notes}</div>'
    )


def _line(line) -> str:
    """The row of a line: its number, its text, its verdict; and a row below it for each thing to say."""
    sign, _, words = line.aside.partition(" ")
    shade = f"{SIGN}; color: {BADGES[OF_LINES[line.verdict]][1]}" if line.verdict in OF_LINES else SIGN
    found = [
        f'<tr><td style="{NUMBER}">{line.number}</td><td style="{CELL}; {MONO}">{escape(line.shown)}</td>'
        f'<td style="{CELL}"><span style="{shade}">{sign}</span>{escape(words)}</td></tr>'
    ]
    for label, text in line.rows:
        found.append(
            f'<tr><td></td><td style="{CELL}; padding-left: 16px" colspan="2"><span style="{NAME}">{escape(label)}</span>'
            f"{escape(text)}</td></tr>"
        )
    return "".join(found)
