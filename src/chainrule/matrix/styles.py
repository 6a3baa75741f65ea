"""How the parts of a formula are spelled: unicode for people, ASCII that parses back; and where spaces must stand."""

from __future__ import annotations

import re
from fractions import Fraction

from ..core.greek import LETTER_OF
from ..core.numbers import INFINITY

SUM, HAD, PROD, UNARY, POST, ATOM = range(1, 7)

_SUPER = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SUB = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LOW = str.maketrans("nirsjk", "ₙᵢᵣₛⱼₖ")
UNCLEAR = ("pi", "iota", "upsilon", "Pi", "Upsilon")  # a number, letters like Latin ones, a sign
GREEK = {word: letter for word, letter in LETTER_OF.items() if word not in UNCLEAR}
COMPARE = {"greater": ">", "greater_equal": "≥", "less": "<", "less_equal": "≤", "equal": "=", "not_equal": "≠"}
_ASCII_COMPARE = {"≥": ">=", "≤": "<=", "=": "==", "≠": "!="}


TURNED = "ᵀ"  # ends the name of a derivative that lies: its transpose is what the reader sees
MADE = ("·", "∂")  # begin the names of differentials and derivatives, and put them behind all others


class Apart(str):
    """A factor that letters beside it must not touch: a dimension, which is no variable."""


class Unicode:
    """How the parts are spelled in unicode."""

    parses = True  # whether the text language reads it
    subscripts = True  # whether a tensor of more than two axes carries them even where it stands alone

    minus, times, over, kron, quotient = "−", " ⊙ ", " ⊘ ", " ⊗ ", "/"
    ones, eye, tight, greatest, least = "𝟏", "I", True, "max", "min"

    def symbol(self, name: str) -> tuple[str, int]:
        """A name as a factor. Steps have names that are made of others: ·r for dr, ∂f/∂r, ·u/·x, ∂f/∂rᵀ."""
        if name.endswith(TURNED):
            shown, prec = self.symbol(name[: -len(TURNED)])
            return self.transposed(shown if prec >= ATOM else f"({shown})"), POST
        top, slash, bottom = name.partition("/")
        return self.name(name), self.fraction_prec if slash else ATOM

    fraction_prec = HAD

    def differential(self, name: str) -> str:
        """·r is dr, ∂r is ∂r."""
        return self.of_name("∂" if name[0] == "∂" else "d", self.name(name.removeprefix("·").removeprefix("∂")))

    @staticmethod
    def of_name(sign: str, name: str) -> str:
        """dr; d(dx) for a variable that is called dx."""
        return f"{sign}({name})" if name[0] in "d∂" and len(name) > 1 else sign + name

    def derivative(self, top: str, bottom: str) -> str:
        return f"{top}/{bottom}"

    def name(self, name: str, functions: bool = False) -> str:
        top, slash, bottom = name.partition("/")
        if slash:
            return self.derivative(self.differential(top), self.differential(bottom))
        if name.startswith(MADE):
            return self.differential(name)
        return self.plain_name(name)

    def plain_name(self, name: str) -> str:
        base, _, low = name.partition("_")
        base = GREEK.get(base, base)
        if base[:1] == "d" and base[1:] in GREEK:
            base = "d" + GREEK[base[1:]]
        return base + ("" if not low else low.translate(_SUB) if low.isdigit() else "_" + low)

    def transposed(self, text: str) -> str:
        return text + "ᵀ"

    def inverse(self, text: str, turned: bool) -> str:
        return text + ("⁻ᵀ" if turned else "⁻¹")

    def power(self, text: str, e, elementwise: bool) -> str:
        if elementwise and isinstance(e, int):
            return f"{text}.{str(e).translate(_SUPER)}"
        if elementwise:
            return f"{text}.^{_exponent(e)}"
        return text + str(e).translate(_SUPER) if isinstance(e, int) else f"{text}^{_exponent(e)}"

    def norm(self, text: str, matrix: bool) -> str:
        return f"‖{text}‖" + ("_F" if matrix else "")

    def root(self, text: str, prec: int) -> tuple[str, int]:
        return (f"√{text}", POST) if prec == ATOM and len(text) <= 2 else (f"√({text})", ATOM)

    def compare(self, sign: str, left: str, right: str) -> str:
        return f"[{left} {sign} {right}]"

    def number(self, value) -> str:
        if value == INFINITY:
            return "∞"
        return {"pi": "π", "e": "e"}[value] if isinstance(value, str) else number_text(value)

    def absolute(self, text: str) -> str:
        return f"|{text}|"

    def indexed(self, text: str, index: str) -> str:
        low = index.translate(_LOW)
        return text + low if low.isascii() is False else f"{text}_{index}"

    def sum_over(self, index: str) -> str:
        return self.indexed("Σ", index)

    def function(self, name: str, declared: str) -> str:
        return {"sigmoid": "σ"}.get(name, declared)


class Ascii(Unicode):
    """How the parts are spelled in ASCII."""

    subscripts = False
    minus, times, over, kron, quotient = "-", " .* ", " ./ ", " kron ", " / "
    ones, tight = "ones", False

    def plain_name(self, name: str) -> str:
        return name

    def transposed(self, text: str) -> str:
        return text + "^T"

    def inverse(self, text: str, turned: bool) -> str:
        return text + ("^-T" if turned else "^-1")

    def power(self, text: str, e, elementwise: bool) -> str:
        return f"{text}{'.^' if elementwise else '^'}{e if isinstance(e, int) else _exponent(e)}"

    def norm(self, text: str, matrix: bool) -> str:
        return f"||{text}||_" + ("F" if matrix else "2")

    def root(self, text: str, prec: int) -> tuple[str, int]:
        return f"sqrt({text})", ATOM

    def compare(self, sign: str, left: str, right: str) -> str:
        return f"({left} {_ASCII_COMPARE.get(sign, sign)} {right})"

    def number(self, value) -> str:
        return value if isinstance(value, str) else number_text(value)

    def absolute(self, text: str) -> str:
        return f"abs({text})"

    def indexed(self, text: str, index: str) -> str:
        return f"{text}_{index}"

    def sum_over(self, index: str) -> str:
        return f"sum_{index}"

    def sized(self, name: str, dims: tuple) -> str:
        return f"{name}({', '.join([d.python() for d in dims])})"

    def function(self, name: str, declared: str) -> str:
        return name if not declared.isascii() else declared


UNICODE, ASCII = Unicode(), Ascii()


def number_text(value) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return digits(value).replace("e-0", "e-")


def digits(value) -> str:
    """A number in digits; a large round one with an exponent, as 1e9."""
    if isinstance(value, int) and abs(value) >= 10**6:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        if float(f"{mantissa}e{exponent}") == value:
            return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    return repr(value)


def _exponent(e) -> str:
    if isinstance(e, Fraction) or (not isinstance(e, str) and e < 0):
        return f"({number_text(e)})"
    return number_text(e)


_EXPONENT = re.compile(r"\^(\w+|\([^()]*\))$")

_ROOT = re.compile(r"√[^()\s]+$")


def may_touch(left: str, right: str) -> bool:
    """Whether two factors may stand side by side without a space."""
    if (isinstance(left, Apart) and (right[0].isalpha() or right[0] == "(")) or (isinstance(right, Apart) and left[-1].isalpha()):
        return False
    if right.startswith("d("):  # the differential of dx
        return False
    if _ROOT.search(left):  # √a X, where √aX would read as the root of both
        return False
    if _EXPONENT.search(left):  # a^p X, where pX would read as the exponent
        return False
    if right[0] in "([√":
        return "_" not in left or left[-1] in ")]"
    if right[0] in "‖|":
        return left[-1] not in "‖|"
    if right[0] == "𝟏":
        return len(last_word(left)) <= 1
    word = first_word(right)
    if "_" in left and left[-1].isalnum() and word:  # x_i y_j
        return False
    number = not left.strip("0123456789.")
    if left[-1] in "0123456789" and not number and word:  # W1 x
        return False
    if number:
        return not right[0].isdigit() and len(word) <= 1
    return len(last_word(left)) <= 1 and len(word) <= 1 and not right[0].isdigit() and not left.endswith("_F")


_RAISED = "ᵀ⁻¹²³⁴⁵⁶⁷⁸⁹⁰₀₁₂₃₄₅₆₇₈₉"


def last_word(text: str) -> str:
    """The name at the end of `text`; that of a function if `text` ends in its argument."""
    text = text.rstrip(_RAISED)
    k = len(text)
    if text.endswith(")"):
        depth = 0
        while k:
            k -= 1
            depth += {")": 1, "(": -1}.get(text[k], 0)
            if depth == 0:
                break
    end = k
    while k and text[k - 1].isalpha():
        k -= 1
    return text[k:end]


def first_word(text: str) -> str:
    k = 0
    while k < len(text) and text[k].isalpha() and text[k] not in _RAISED:
        k += 1
    return text[:k]
