"""A report as a notebook shows it: a badge, the lines below it, a table of the arguments, and the remainder plot, folded.

HTML with its styles on the elements, no scripts and nothing from elsewhere, so that it survives nbconvert; colours that
stand on light and on dark pages. Formulas are plain Unicode, as in the text.
"""

from __future__ import annotations

from html import escape

from ..show import folded, remainder_plot
from ..show.html import CELL, LABEL, MONO

BADGES = {  # verdict: (sign, colour of the badge, on which white is read)
    "right": ("✓", "#1a7f37"),
    "right at a kink": ("✓", "#1a7f37"),
    "wrong": ("✗", "#cf222e"),
    "undecided": ("?", "#8a5d00"),
    "not checkable": ("?", "#59636e"),
}
MOST = 12  # arguments in the table; the others are counted
RULE = "1px solid rgba(128, 128, 128, 0.35)"
NUMBER = "padding: 3px 14px 3px 0; text-align: right; font-variant-numeric: tabular-nums"
NAME = "padding: 3px 14px 3px 0; text-align: left"


def mimebundle(report) -> dict[str, str]:
    """The report for a notebook, as text and as HTML."""
    return {"text/plain": str(report), "text/html": html(report)}


def html(report) -> str:
    parts = [f'<div style="line-height: 1.5"><div>{badge(report.verdict)} &nbsp;<strong>{escape(report.headline)}</strong></div>']
    said = [*report.rows, *(("note", remark) for remark in report.remarks)]
    if said:
        rows = "".join([f'<tr><th scope="row" style="{LABEL}">{escape(k)}</th>{_told(t)}</tr>' for k, t in said])
        parts.append(f'<table style="border-collapse: collapse; margin: 6px 0"><tbody>{rows}</tbody></table>')
    if len(report.arguments) > 1:
        parts.append(folded("By argument", _table(report.arguments), report.verdict == "wrong"))
    picture = plot(report, page=True)
    if picture is not None:
        parts.append(folded("Remainder plot", str(picture)))
    return "".join([*parts, "</div>"])


def badge(verdict: str) -> str:
    """The verdict on a coloured ground."""
    sign, colour = BADGES[verdict]
    return (
        f'<span style="background: {colour}; color: #fff; border-radius: 10px; padding: 2px 10px; font-weight: 600; '
        f'white-space: nowrap">{sign} {escape(verdict)}</span>'
    )


def plot(report, page: bool = False):
    """The remainder plot of a report, as an `Svg`; None where there are no remainders."""
    found = report.remainders
    if found is None:
        return None
    where = f" in {report.argument}" if report.argument else ""
    title = f"Remainder of the linear model{where}: {report.verdict}"
    return remainder_plot(*found, title=title, page=page)


def _told(text: str) -> str:
    """A cell; what has lines under one another, such as a marked term, in letters of one width."""
    style = f"{CELL}; {MONO}" if "\n" in text else CELL
    return f'<td style="{style}">{escape(text)}</td>'


def _table(arguments) -> str:
    head = "".join(
        [f'<th scope="col" style="{NAME if k < 3 else NUMBER}; border-bottom: {RULE}; font-weight: 600">{title}</th>'
         for k, title in enumerate(("", "argument", "shape", "worst entry", "yours", "true", "digits that agree"))]
    )  # fmt: skip
    ranked = sorted(arguments, key=lambda c: (c.verdict == "right", c.digits is not None and c.digits))
    rows = []
    for c in ranked[:MOST]:
        sign, colour = BADGES.get(c.verdict, BADGES["undecided"])
        bound = "" if c.bound is None else f" ± {c.bound:.0e}"
        true = "" if c.true is None else f"{c.true:.6g}{bound}"
        entry = "" if not c.index else "[" + ", ".join(map(str, c.index)) + "]"
        cells = [(NAME, f'<span style="color: {colour}; font-weight: 700" title="{escape(c.verdict)}">{sign}</span>')]
        cells += [(NAME, escape(c.argument)), (NAME, " × ".join(map(str, c.shape)) or "scalar"), (NUMBER, entry)]
        cells += [(NUMBER, "" if c.claimed is None else f"{c.claimed:.6g}"), (NUMBER, true)]
        cells.append((NUMBER, "" if c.digits is None else f"{c.digits:.1f}"))
        rows.append("<tr>" + "".join([f'<td style="{style}">{text}</td>' for style, text in cells]) + "</tr>")
    more = len(ranked) - MOST
    after = f'<div style="opacity: 0.75">and {more} more, none worse</div>' if more > 0 else ""
    return f'<table style="border-collapse: collapse"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>{after}'
