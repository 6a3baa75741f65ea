"""ASCII spellings of the signs of mathematics, for terminals and files that know no others."""

import re

from ..syntax.names import GREEK

WORDS = "".join(GREEK)  # letters that become words: they need blanks where they touch another word
TOUCHING = re.compile(rf"(?<=[^\W_])(?=[{WORDS}])|(?<=[{WORDS}ᵀ])(?=[^\W_])|(?<=ᵀ)(?=\()|(?<=\))(?=[{WORDS}])")

ASCII = str.maketrans(
    {
        "×": "x", "·": "*", "⊙": ".*", "−": "-", "…": "...", "‖": "||", "ᵀ": "^T", "⁻": "^-", "√": "sqrt",
        "∇": "grad ", "∂": "d", "∑": "sum", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∞": "inf", "→": "->",
        "½": "1/2", "⊗": "(x)", "∈": "in", "⟨": "<", "⟩": ">", "₊": "_+", "₋": "_-",
        **GREEK,
        **{sign: f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
        **{sign: f"_{digit}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    }
)  # fmt: skip


def to_ascii(text: str) -> str:
    """The text with ASCII spellings for the signs of mathematics; what has none becomes its code point."""
    return TOUCHING.sub(" ", text).translate(ASCII).encode("ascii", "backslashreplace").decode("ascii")
