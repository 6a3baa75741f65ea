r"""Answers with several entries, however they are written: as a list, a tuple, a matrix of LaTeX or NumPy, or by name.

    (2xy + z, x^2 + z^2, 2yz + x)     [1 2 3]     [[2, 1], [1, 2]]     [2, 1; 1, 2]     np.array([1, 2])
    \begin{pmatrix} 2 & 1 \\ 1 & 2 \end{pmatrix}      df/dx = 2xy; df/dy = x^2      x = 1, y = 2

The entries stay text here. What they mean, `numerals` and the questions say.
"""

from __future__ import annotations

import re
from math import factorial

from ..core.errors import ParseError

OPENING, CLOSING = "([{", ")]}"
NUMERAL = r"[+\-−]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+\-]?\d+)?(?:/\d+)?"
FRAMES = re.compile(r"\\begin\{([pbv]?(?:small)?matrix|array)\}(?:\{[clr|]*\})?(.*?)\\end\{\1\}", re.DOTALL)
AROUND = re.compile(r"(?:(?:np|numpy|torch|jnp)\.)?(?:array|tensor|asarray|Matrix)\s*\((.*)\)", re.DOTALL)
CONDITION = re.compile(r"[<>=≤≥≠]|\\(?:le|ge|leq|geq|ne|neq|lt|gt)\b")  # `[x > 0]` is a formula, and no list
DECIMAL_COMMA = re.compile(r"([+\-−]?\d*),(\d+)")  # of people who write 0,25 for 0.25
TURNED = re.compile(r"(?:\.T|'|ᵀ|\^T|\^\{T\}|\^\\top|\^\{\\top\})$")
# What may stand left of the last `=` and only names the result: ∇f, df/dx, f′(x), \frac{\partial f}{\partial x}, J …
DERIVATIVE_NAMES = re.compile(
    r"\s*(?:.*(?:∇|∂|\\nabla|\\partial|\\mathrm\{d\}|\\frac\{d|′|').*|d\s*\^?[²³\d]?\s*\w*\s*/\s*d\s*\w+(?:\^?[²³\d])?(?:\(.*\))?"
    r"|(?:grad|jac|hess)\w*(?:[ _(].*)?|[JH](?:\(.*\))?|answer|result|[TpP]_?\d*\(\w+\)|f\(\w+(?:,\s*\w+)*\))\s*"
)


def tidy(text: str) -> str:
    """The text without the dollars and brackets that only surround formulas of LaTeX, and with 3! worked out."""
    text = text.strip().strip("$").strip()
    text = re.sub(r"^\\[\[(]|\\[\])]$", "", text).strip()
    text = re.sub(r"(?<![\w.])(\d{1,2})!(?!=)", lambda match: str(factorial(int(match[1]))), text)
    return re.sub(r"\\(?:left|right|big|Big)(?=[()\[\]|.\\])", "", text)


def bare(text: str, names=()) -> str:
    """The formula of an answer without the name of the result in front of it: `f'(x) = 2x` is `2x`.

    A let-line above the last, and what stands left of `=` but is one of `names`, are left as they are.
    """
    lines = tidy(text).split("\n")
    before, sign, last = divided(lines[-1])
    if sign and DERIVATIVE_NAMES.fullmatch(before) and before.strip() not in names:
        lines[-1] = last
    return "\n".join(lines).strip()


def divided(line: str) -> tuple[str, str, str]:
    """What stands before the last outermost `=` of a line, that sign, and what stands behind it."""
    depth, at = 0, None
    for place, letter in enumerate(line):
        depth += (letter in OPENING) - (letter in CLOSING)
        if (
            letter == "="
            and depth == 0
            and line[place - 1 : place] not in ("<", ">", "!", "=")
            and line[place + 1 : place + 2] != "="
        ):
            at = place
    return (line, "", "") if at is None else (line[:at], "=", line[at + 1 :].strip())


def pieces(text: str, separators: str) -> list[str]:
    """The text cut at outermost separators."""
    depth, found = 0, [""]
    for letter in text:
        depth += (letter in OPENING) - (letter in CLOSING)
        if letter in separators and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [piece.strip() for piece in found if piece.strip()]


def whole(text: str) -> bool:
    """Whether the first bracket of the text closes at its end."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter in OPENING) - (letter in CLOSING)
        if depth == 0:
            return place == len(text) - 1
    return False


def listed(text: str):
    """The entries of a text as nested lists of texts; a text that is no list comes back as it is."""
    text = tidy(text)
    frame = FRAMES.search(text)
    if frame and not text[: frame.start()].strip() and not TURNED.sub("", text[frame.end() :].strip()):
        rows = [row.split("&") for row in frame[2].split("\\\\") if row.strip()]
        return one_column([[entry.strip() for entry in row] for row in rows])
    around = AROUND.fullmatch(text)
    if around:
        return listed(around[1])
    straight = TURNED.sub("", text)
    if straight[:1] in OPENING and whole(straight):
        inner = straight[1:-1].strip()
        several = len(pieces(inner, ",;\n")) > 1
        plain = not several and (straight[0] == "(" or CONDITION.search(inner))
        return text if plain and not words_of(inner) else entries_of(inner)
    return entries_of(text) if len(pieces(text, ",;")) > 1 or words_of(text) else text


def entries_of(text: str) -> list:
    """The entries between two brackets: rows at `;` or line ends, entries at `,`, or at blanks between plain numbers."""
    rows = pieces(text, ";\n")
    if len(rows) > 1:
        return one_column([entries_of(row) for row in rows])
    return words_of(text) or [listed(entry) for entry in pieces(text, ",&")]


def words_of(text: str) -> list[str]:
    """The numbers of `1 2 3`; nothing where the text is anything else."""
    words = text.split()
    return words if len(words) > 1 and all(re.fullmatch(NUMERAL, word) for word in words) else []


def one_column(rows: list[list]) -> list:
    """Rows of one entry each are one column."""
    return [row[0] for row in rows] if all(len(row) == 1 for row in rows) else rows


def size_of(entries) -> tuple[int, ...]:
    """The shape of nested lists.

    Raises
        ParseError: its rows are not of one length.
    """
    if not isinstance(entries, list):
        return ()
    inner = {size_of(entry) for entry in entries}
    if len(inner) > 1:
        raise ParseError(
            "the rows of the answer are not of one length",
            given=str(entries)[:100].replace("'", ""),
            expected="rows with as many entries each",
        )
    return (len(entries), *(inner.pop() if inner else ()))


def arranged(text: str, shape: tuple[int, ...], names: tuple[str, ...] = ()) -> list[str]:
    """The entries of an answer of a given shape, row by row, as texts.

    Parameters
        names: of the entries of a list, where they may be given by name: `y = 2, x = 1`, `df/dx = …; df/dy = …`.

    Raises
        ParseError: there are more entries, or fewer, or none.
    """
    if names:
        named = by_name(text, names)
        if named:
            return named
    entries = listed(bare(text))
    found = size_of(entries)
    size = tuple(n for n in shape if n != 1)
    while len(found) > 1 and 1 in found and tuple(n for n in found if n != 1) == size and found != shape:
        entries = [entry[0] for entry in entries] if found[-1] == 1 else entries[0]
        found = size_of(entries)
    if tuple(n for n in found if n != 1) != size:
        raise ParseError(
            f"the answer has {counted(found)}",
            given=text.strip()[:100],
            expected=counted(shape, "an answer with "),
            fix=sample(shape)
            if shape
            else DECIMAL_COMMA.sub(r"\1.\2", text.strip())
            if DECIMAL_COMMA.fullmatch(text.strip())
            else None,
        )
    while isinstance(entries, list) and entries and isinstance(entries[0], list):
        entries = [entry for row in entries for entry in row]
    return [entry for entry in entries] if isinstance(entries, list) else [entries]


def by_name(text: str, names: tuple[str, ...]) -> list[str] | None:
    """The entries of `x = 1, y = 2` or `df/dx = 2x; df/dy = 1` in the order of `names`; None where it is no such text."""
    found = {}
    inside = tidy(text)
    inside = inside[1:-1] if inside[:1] in OPENING and whole(inside) else inside
    for piece in pieces(inside, ",;\n"):
        before, sign, entry = divided(piece)
        ends = [
            name
            for name in names
            if re.fullmatch(rf"(?:.*(?:_\{{?|d\s?|∂\s?|\\partial\s*)|[a-z])?{re.escape(name)}[^\w]*", before.strip())
        ]
        if not sign or len(ends) != 1:
            return None
        found[ends[0]] = entry
    return [found[name] for name in names] if set(found) == set(names) else None


def counted(shape: tuple[int, ...], before: str = "") -> str:
    """What a shape is called: one entry, 3 entries, 2×2 entries."""
    if not shape:
        return f"{before}one entry"
    return f"{before}{'×'.join(map(str, shape))} entr{'y' if shape == (1,) else 'ies'}"


def sample(shape: tuple[int, ...]) -> str:
    """How an answer of such a shape is written."""
    if not shape:
        return "2/3"
    if len(shape) == 1:
        return f"({', '.join('…' for _ in range(shape[0]))})"
    return "[" + "; ".join(", ".join("…" for _ in range(shape[-1])) for _ in range(shape[0])) + "]"
