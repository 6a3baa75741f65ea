"""How wide text is, and how it is cut into lines: a picture has to know before anybody draws it.

The widths are those of DejaVu Sans, the widest of the fonts that readers are likely to have, so that what fits here
fits everywhere.
"""

from __future__ import annotations

from re import split
from unicodedata import combining, east_asian_width

TEXT, SMALL, TITLE = 13, 12, 16  # px: labels, numbers at an axis, the title
BOLD = 1.1  # bold letters are wider by as much
USUAL = 0.65  # of a letter that is not listed, in widths of the font's size
WIDTHS = {
    0.28: "'ijl′",
    0.30: "IJ",
    0.33: " ,.·\u00a0\u2009",
    0.35: "/:;\\|f",
    0.37: "-ᵀ",
    0.40: "()[]t!⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉",
    0.42: "r",
    0.47: '"',
    0.50: "*_`‖–",
    0.53: "sz∂?⁻",
    0.56: "cLνεζ",
    0.59: "Fkvxyλγκ",
    0.62: "PπTYaoθδe",
    0.64: "$0123456789{}βμ√ESbdghnpquηρσΣ∘",
    0.67: "Kαφψ∇",
    0.70: "AVΔΛBRXZC",
    0.76: "UHNΩ",
    0.79: "DGOQ&",
    0.84: "w∞#+<=>^~×−→←↑↓≤≥≠≈ω⊙",
    0.90: "M∈",
    1.00: "%mW@…—",
}
OF = {letter: width for width, letters in WIDTHS.items() for letter in letters}


def text_width(text: str, size: float = TEXT, bold: bool = False) -> float:
    """About as wide as the text is at most, in pixels."""
    return sum([_letter(c) for c in text]) * size * (BOLD if bold else 1)


def _letter(c: str) -> float:
    if c in OF:
        return OF[c]
    if combining(c):
        return 0.0
    return 1.0 if east_asian_width(c) in "WF" else USUAL


def shortened(text: str, room: float, size: float = TEXT, bold: bool = False) -> str:
    """The text, or as much of it as fits, with an ellipsis."""
    if not text or text_width(text, size, bold) <= room:
        return text
    kept = list(text)
    while kept and text_width("".join(kept) + "…", size, bold) > room:
        kept.pop()
    return "".join(kept).rstrip() + "…"


def balanced(text: str, room: float, size: float = TEXT, bold: bool = False) -> list[str]:
    """The text in at most two lines of about the same width, so that no word is left alone; not broken within brackets, if it can be."""
    lines = wrapped(text, room, size, bold)
    words = _words(text)
    if len(lines) < 2 or " ".join(lines) != " ".join(words):
        return lines
    halves = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(1, len(words))]
    fitting = [both for both in halves if all(text_width(half, size, bold) <= room for half in both)]
    within = lambda first: sum([first.count(c) for c in "([{"]) > sum([first.count(c) for c in ")]}"])
    return list(min(fitting, key=lambda both: (within(both[0]), max(text_width(half, size, bold) for half in both)), default=lines))


def _words(text: str) -> list[str]:
    """What a line may be broken between: a no-break space holds words together."""
    return [word for word in split(r"[ \t\n]+", text) if word]


def wrapped(text: str, room: float, size: float = TEXT, bold: bool = False, most: int = 2) -> list[str]:
    """The text in at most `most` lines of this width, broken between words; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    words = _words(text)
    while words:
        if len(lines) == most - 1:
            return [*lines, shortened(" ".join(words), room, size, bold)]
        count = 1
        while count < len(words) and text_width(" ".join(words[: count + 1]), size, bold) <= room:
            count += 1
        line = " ".join(words[:count])
        if text_width(line, size, bold) > room:  # one long word
            cut = len(shortened(line, room, size, bold)) - 1
            words[0] = line[max(cut, 1) :]
            lines.append(line[: max(cut, 1)])
        else:
            lines.append(line)
            del words[:count]
    return lines
