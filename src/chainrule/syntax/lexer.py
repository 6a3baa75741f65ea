"""Text to tokens. Unicode spellings become plain ones here (LaTeX is read in `latex/`); brackets are matched here,
before any recursion.

A token is a tuple (kind, value, start, end); kinds: "num" "name" "op" "sup" (a raised ², ᵀ, ⁻¹) "str" "nl" "end".
"""

from __future__ import annotations

import re
from fractions import Fraction

from ..core.errors import LimitError, ParseError
from ..core.greek import GREEK
from .names import normal

LONGEST = 500_000  # characters
DEEPEST = 100  # brackets within brackets

SUPERSCRIPTS = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")),
    "⁻": "-",
    "⁺": "+",
    "ⁱ": "i",
    "ʲ": "j",
    "ᵗ": "t",
    "ᵀ": "T",
    "ⁿ": "n",
    "ᵏ": "k",
    "ᵐ": "m",
    "ᵖ": "p",
}
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₚᵣₛₜₕₓₐₑ", "0123456789ijklmnprsthxae"))
_GREEK_LETTERS = "".join(GREEK)
UNICODE = {
    "−": "-", "–": "-", "·": "*", "⋅": "*", "∙": "*", "×": "*", "⊙": ".*", "∘": ".*", "⊘": "./", "÷": "/",
    "⊗": "kron", "‖": "‖", "∥": "‖", "≤": "<=", "≥": ">=", "≠": "!=", "⩽": "<=", "⩾": ">=",
    "⊤": "⊤", "′": "'", "’": "'", "√": "√", "∑": "∑", "⟨": "⟨", "⟩": "⟩", "∣": "|", "→": ",", "…": "...", "∕": "/",
}  # fmt: skip
WORDS = {
    "ℓ": "l",
    "𝟏": "ones",
    "𝟙": "ones",
    "∞": "inf",
    "ℯ": "e",
    "𝐈": "I",
    "½": "½",
    "¼": "¼",
    "⅓": "⅓",
    "⅔": "⅔",
    "¾": "¾",
}
_FRACTIONS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3), "⅔": Fraction(2, 3)}

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\f\u00a0\u2009]+)"
    r"|(?P<nl>\n)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<num>(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+(?:\.(?![*/^.'\w]))?)(?:[eE][+-]?[0-9]+(?!\w))?)"
    rf"|(?P<name>[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*[{''.join(SUBSCRIPTS)}]*"
    rf"|[{_GREEK_LETTERS}](?:_[A-Za-z0-9]+|[{''.join(SUBSCRIPTS)}]+)?)"
    rf"|(?P<sup>[{''.join(SUPERSCRIPTS)}]+)"
    rf"|(?P<low>[{''.join(SUBSCRIPTS)}]+)"
    r"|(?P<op>&|\*\*|\.\*\*|\.\*|\./|\.\^|\.'|->|<=|>=|==|!=|\.\.\.|[-+*/^@=<>()\[\]{},;:|.'_])"
    r"|(?P<uni>[" + "".join(UNICODE) + "".join(WORDS) + "])"
    r'|(?P<quote>")'
)
_OPEN = {"(": ")", "[": "]", "{": "}"}
_CLOSE = {")": "(", "]": "[", "}": "{"}


def tokens(text: str) -> tuple[list[tuple], str | None]:
    """The tokens of `text`, an "end" last, and the dialect that a comment states (or None).

    Newlines within brackets are spaces. Raises ParseError for a character or bracket that cannot stand where it
    does, LimitError for text that is too long or too deeply nested.
    """
    if len(text) > LONGEST:
        raise LimitError(
            "the input is too long",
            given=f"{len(text):,} characters",
            expected=f"at most {LONGEST:,}",
            fix="split it into several functions",
        )
    found: list[tuple] = []
    stack: list[tuple[str, int]] = []
    stated = None
    at, match = 0, _TOKEN.match
    while at < len(text):
        m = match(text, at)
        if m is None:
            raise _stray(text, at)
        kind, start = m.lastgroup, at
        value, at = m.group(), m.end()
        if kind == "space":
            continue
        if kind == "op":
            if value in _OPEN:
                stack.append((value, start))
                if len(stack) > DEEPEST:
                    raise too_deep(start)
            elif value in _CLOSE:
                _check_closed(text, stack, value, start)
                stack.pop()
            elif value == "'" and not _transposes(found, start):
                at = _string(text, found, start, "'")
                continue
            elif value == "_" and text.startswith("__", start):
                raise ParseError(
                    "names do not begin with an underscore", text, start,
                    expected="an expression in the language of formulas; nothing is run as Python",
                )  # fmt: skip
            elif value == ".'":
                value = "'"
            elif value == "&":  # (0 < x) & (x < 1): both hold
                if not found or found[-1][1] != ")":
                    raise _stray(text, start)
                value = ".*"
        elif kind == "num":
            found.append(("num", number_read(value), start, at))
            continue
        elif kind == "name":
            value = normal(
                "".join(SUBSCRIPTS.get(c, c) for c in _subscript_mark(value)) if not value.isascii() else value
            )
        elif kind == "sup":
            value = "".join([SUPERSCRIPTS[c] for c in value])
        elif kind == "low":
            found.append(("op", "_", start, start))
            low = "".join([SUBSCRIPTS[c] for c in value])
            found.append(("num", int(low), start, at) if low.isdigit() else ("name", low, start, at))
            continue
        elif kind == "nl":
            if stack or (found and _continues(found[-1])):
                continue
        elif kind == "comment":
            word = value.lstrip("# ").lower()
            if word.startswith(("numpy", "math")):
                stated = "numpy" if word.startswith("numpy") else "math"
            continue
        elif kind == "uni":
            if value in _FRACTIONS:
                kind, value = "num", _FRACTIONS[value]
            elif value in WORDS:
                kind, value = "name", WORDS[value]
            else:
                kind, value = "op", UNICODE[value]
        elif kind == "quote":
            at = _string(text, found, start, '"')
            continue
        found.append((kind, value, start, at))
    if stack:
        bracket, where = stack[-1]
        raise ParseError(
            f"`{bracket}` at column {column(text, where)} is never closed",
            text, where, expected=f"`{_OPEN[bracket]}`", fix=_closing_fix(text, bracket),
        )  # fmt: skip
    found.append(("end", "", len(text), len(text)))
    return found, stated


def column(text: str, position: int) -> int:
    """The column of `position` in its line, counted from 1."""
    return position - text.rfind("\n", 0, position)


def too_deep(position: int) -> LimitError:
    return LimitError(
        "the brackets are nested too deeply",
        given=f"more than {DEEPEST} levels at character {position + 1}",
        expected=f"at most {DEEPEST} levels",
        fix="name an inner part on a line of its own: r = A x - b",
    )


def _check_closed(text: str, stack: list, value: str, start: int) -> None:
    if not stack:
        raise ParseError(
            f"`{value}` at column {column(text, start)} closes nothing", text, start,
            expected=f"a `{_CLOSE[value]}` before it", fix="remove it, or open the bracket it belongs to",
        )  # fmt: skip
    bracket, where = stack[-1]
    if _OPEN[bracket] != value:
        raise ParseError(
            f"`{bracket}` at column {column(text, where)} is closed by `{value}`", text, start,
            expected=f"`{_OPEN[bracket]}`", fix=f"write `{_OPEN[bracket]}` at column {column(text, start)}",
        )  # fmt: skip


def _closing_fix(text: str, bracket: str) -> str | None:
    line = text.strip()
    return f"{line}{_OPEN[bracket]}" if len(line) <= 60 and "\n" not in line else None


def number_read(value: str):
    if value.isdigit():
        if len(value) > 300:
            raise LimitError("the number is too long", given=f"{len(value)} digits", expected="at most 300 digits")
        return int(value)
    if float(value) == float("inf"):
        raise LimitError("the number is too large", given=value[:60], expected="at most 1e308")
    exact = Fraction(value) if len(value) < 12 and "e" not in value.lower() else None
    return exact if exact is not None and exact.denominator <= 1000 else float(value)


def _subscript_mark(value: str) -> str:
    for i, c in enumerate(value):
        if c in SUBSCRIPTS:
            return value[:i] + ("" if value[i - 1] == "_" else "_") + value[i:]
    return value


def _transposes(found: list, start: int) -> bool:
    """Whether a quote at `start` transposes what stands right before it."""
    if not found:
        return False
    kind, value, _, end = found[-1]
    return end == start and (kind in ("name", "num", "sup") or value in (")", "]", "}", "'", "|", "‖"))


def _string(text: str, found: list, start: int, quote: str) -> int:
    end = text.find(quote, start + 1)
    if end < 0 or "\n" in text[start:end]:
        raise ParseError(
            f"the text that opens with {quote} at column {column(text, start)} never ends", text, start,
            expected=f"a closing {quote}", fix="for a transpose write X' without a space, or X^T",
        )  # fmt: skip
    found.append(("str", text[start + 1 : end], start, end + 1))
    return end + 1


def _continues(token: tuple) -> bool:
    """Whether a line that ends in `token` goes on in the next one."""
    return token[0] == "op" and token[1] in ("+", "-", "*", "/", "@", ".*", "./", "**", "^", "=", ",", "kron")


def _stray(text: str, at: int) -> ParseError:
    character = text[at]
    hints = {
        "&": "elementwise products are `.*`", "%": "comments begin with #", "$": "leave the dollar signs out",
        "!": "lgamma(x + 1) is the logarithm of the factorial of x", "?": "remove it",
        "~": "remove it",
        "∂": "give the function alone; the variable is named apart",
        "∇": "give the function alone; the variable is named apart",
        "∏": "exp(sum_i log(…)) where the factors are positive",
        "∫": "integrals are not available", "`": "transposes are written X' or X^T", "\\": "A^-1 b solves A x = b",
    }  # fmt: skip
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return ParseError(
        f"`{shown}` is no part of the language of formulas", text, at,
        expected="names, numbers, brackets and operators", fix=hints.get(character),
    )  # fmt: skip
