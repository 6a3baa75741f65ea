r"""A text in LaTeX to tokens: what people write in papers, from \begin{aligned} to \lVert.

One scan over the text (`scan`) resolves commands, typefaces, accents and brackets, and keeps for each token the place
it came from; `scripts` then reads sub- and superscripts, and `lines` the lines of an environment and what stands left of
`=`. A run of letters is a product, as LaTeX sets it, unless it is a function or a declared name.

Reference: Lamport, LaTeX: A Document Preparation System (1994), chapter 3; amsmath's user's guide (2020).
"""

from __future__ import annotations

import re

from ...core.errors import LimitError, ParseError
from ...core.greek import GREEK_WORDS
from ...core.lazy import lazy
from ..lexer import LONGEST
from ..names import normal, split_subscript
from ..vocabulary import PARAMETRIC, is_function

lines = lazy(__package__, ".lines")  # most functions are no LaTeX
scan = lazy(__package__, ".scan")
scripts = lazy(__package__, ".scripts")

_LATEX = re.compile(r"\\[A-Za-z|{\\,;:!\[(]|\A\s*\$")


def is_latex(text: str) -> bool:
    """Whether a text is LaTeX rather than the plain language: it has a command or a dollar sign."""
    return _LATEX.search(text) is not None


class Latex:
    """What was read: the tokens, and what typefaces and subscripts say about names.

    `hints` gives the axes of names that are set bold, or transposed with an index; `whole` are the names whose
    subscript is a label.
    """

    def __init__(self, tokens: list, hints: dict, whole: frozenset, notes: list):
        self.tokens, self.hints, self.whole, self.notes = tokens, hints, whole, notes


def latex_tokens(text: str, declared=()) -> Latex:
    """The tokens of a text in LaTeX.

    Raises
        ParseError: an unknown or unfinished command, an unbalanced bracket or environment, with its place.
        LimitError: too long, or too deeply nested.
    """
    if len(text) > LONGEST:
        raise LimitError(
            "the input is too long", given=f"{len(text):,} characters", expected=f"at most {LONGEST:,}",
            fix="split it into several functions",
        )  # fmt: skip
    scanner = scan.Scanner(text, frozenset(declared))
    scanner.scan()
    scripted = scripts.Scripts(text, scanner.out, frozenset(declared))
    tokens = lines.statements(text, applied(text, scripted.read()), scripted.notes)
    return Latex(tokens, scripted.hints, frozenset(scripted.whole), scripted.notes)


def applied(text: str, tokens: list) -> list:
    """The tokens with every function brought to its bracket: LaTeX says nothing by a space, or by \\left.

    σ and Γ may be variables as well: before a space they are where they also stand alone.
    """
    alone = {a[1] for a, b in zip(tokens, tokens[1:]) if a[0] == "name" and b[1] != "("}
    found = list(tokens)
    for i, (token, after) in enumerate(zip(tokens, tokens[1:])):
        kind, value, start, end = token
        if kind != "name" or after[1] != "(" or after[2] <= end:
            continue
        if not is_function(value) and split_subscript(value)[0] not in PARAMETRIC:
            continue
        gap = text[end : after[2]]
        if len(value) > 1 and value not in GREEK_WORDS or value not in alone or gap.strip():
            found[i] = (kind, value, start, after[2])
    return found


def called(name: str) -> str:
    r"""The name by which a variable is known, from how a person writes it: \mathbf{w}, \hat{y}, W^{(1)}, λ, lambda."""
    name = name.strip()
    if name.isidentifier() or not any(c in name for c in "\\{^"):
        return normal(name)
    try:
        scanner = scan.Scanner(name, frozenset())
        scanner.scan()
        tokens = scripts.Scripts(name, scanner.out, frozenset()).read()
    except ParseError:
        return normal(name)
    return tokens[0][1] if len(tokens) == 2 and tokens[0][0] == "name" else normal(name)
