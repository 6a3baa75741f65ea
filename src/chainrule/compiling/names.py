"""Names for a program's text: valid ASCII identifiers that meet no keyword and nothing that the program itself uses.

What people call their variables and sizes may be any text; in comments and strings of a program it stands `plain`.
"""

from __future__ import annotations

import keyword
import unicodedata

RESERVED = frozenset(
    {"_", "np", "math", "jnp", "jax", "torch", "float", "complex", "int", "abs", "max", "min", "sum", "range", "slice", "print", "axis", "out"}
)


class Names:
    """Gives each thing one name, as near to the wished one as can be."""

    def __init__(self):
        self.taken: set[str] = set(RESERVED)

    def fresh(self, wished: str) -> str:
        """A name not yet given, from what was wished."""
        base = identifier(wished)
        if keyword.iskeyword(base) or base in self.taken:
            base += "_"
        name, n = base, 1
        while name in self.taken or keyword.iskeyword(name):
            n += 1
            name = f"{base}{n}"
        self.taken.add(name)
        return name


def identifier(text: str) -> str:
    """`text` as an ASCII identifier: λ is lamda, x₁ is x1; what has no letters is called `value`."""
    if text.isascii() and text.isidentifier() and not text.startswith("__"):
        return text
    letters = []
    for ch in unicodedata.normalize("NFKD", text):
        if ch.isascii():
            letters.append(ch if ch.isalnum() or ch == "_" else "_")
        elif ch.isalpha():
            word = unicodedata.name(ch, "").rsplit(" ", 1)[-1].lower()
            letters.append(word if word.isascii() and word.isalnum() else "_")
        elif not unicodedata.combining(ch):
            letters.append("_")
    found = "".join(letters).strip("_")
    if not found:
        return "value"
    return found if not found[0].isdigit() else "v" + found


def plain(text: str) -> str:
    """Text that can stand in a comment, a docstring or a string literal of Python or C as it is."""
    return "".join([ch if ch.isprintable() and ch not in "\"\\'" else "_" for ch in text]).replace("*/", "* /")


def shape_text(dims) -> str:
    """`n × d`, or `scalar`."""
    return " × ".join([plain(str(d)) for d in dims]) or "scalar"
