"""ASCII spellings of the signs of mathematics, for terminals and files that know no others."""

import re

from ..core.greek import GREEK

WORDS = "".join(GREEK)  # letters that become words: they need blanks where they touch another word
TOUCHING = re.compile(rf"(?<=[^\W_])(?=[{WORDS}])|(?<=[{WORDS}ᵀ])(?=[^\W_])|(?<=ᵀ)(?=\()|(?<=\))(?=[{WORDS}])")

ASCII = str.maketrans(
    {
        "×": "x", "·": "*", "⊙": ".*", "−": "-", "…": "...", "‖": "||", "√": "sqrt", "∂": "d",
        "∑": "sum", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∞": "inf", "→": "->",
        "½": "1/2", "⊗": "(x)", "∈": "in", "⟨": "<", "⟩": ">", "₊": "_+", "₋": "_-",
        "⪰": ">=", "⪯": "<=", "′": "'", "″": "''", "✓": "[yes]", "✗": "[no]",
        "⋯": "...", "⋮": "...", "⊘": "./", "𝟏": "ones", "±": "+-", "°": " deg", "█": "#", "◀": "<-", "–": "-", "—": "-", "\u202f": " ", "∫": "int", "ä": "a", "é": "e", "ö": "o", "ü": "u",
        **GREEK,
        **{sign: f"_{digit}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    }
)  # fmt: skip


RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀˣ"
POWER = re.compile(f"[{RAISED}]+")
GRADIENT = re.compile(f"∇([{RAISED}]*)")


def to_ascii(text: str) -> str:
    """The text with ASCII spellings for the signs of mathematics; what has none becomes its code point."""
    text = POWER.sub(lambda m: "^" + m[0].translate(LOWERED), GRADIENT.sub(r"grad\1 ", TOUCHING.sub(" ", text)))
    return text.translate(ASCII).encode("ascii", "backslashreplace").decode("ascii")


LOWERED = str.maketrans(RAISED, "0123456789-Tx")
