"""How names, powers, norms and the rest look: in Unicode for terminals, and in LaTeX."""

from __future__ import annotations

import re
from fractions import Fraction

from ..core.latex_names import spelled
from ..core.greek import LETTER_OF

_SUP = str.maketrans("0123456789-+Tnkmpijt", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀⁿᵏᵐᵖⁱʲᵗ")
_SUB = str.maketrans("0123456789ijklmnprsthxae", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₚᵣₛₜₕₓₐₑ")
_RAISABLE, _LOWERABLE = frozenset("0123456789-+Tnkmpijt"), frozenset("0123456789ijklmnprsthxae")
_SINGLE = re.compile(r"_\{(\w)\}")  # x_{i} is x_i
VULGAR = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}
_RELATIONS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "<": "<", ">": ">"}


class Unicode:
    """Text for terminals: ‖Ax − b‖²."""

    minus, odot, oslash, otimes, dot, space, ones = "−", " ⊙ ", " ⊘ ", " ⊗ ", "·", " ", "𝟏"

    def name(self, name: str) -> str:
        base, _, low = name.partition("_")
        base = LETTER_OF.get(base, base)
        return base + (self.low(low) if low else "")

    def low(self, text: str) -> str:
        if text and set(text) <= _LOWERABLE:
            return text.translate(_SUB)
        return "_" + (text if len(text) == 1 or text.isalpha() else f"{{{text}}}")

    def number(self, value) -> str:
        if isinstance(value, Fraction):
            value = float(value)
        text = f"{value:g}" if isinstance(value, float) and value == float(f"{value:g}") else str(value)
        digits, exponential, power = text.partition("e")
        if not exponential:
            return text
        return ("" if digits == "1" else digits + self.dot) + self.raised("10", str(int(power)))

    def quoted(self, text: str) -> str:
        return f"'{text}'"

    def word(self, word: str) -> str:
        return word

    def raised(self, base: str, exponent: str) -> str:
        if set(exponent) <= _RAISABLE and exponent.count("-") <= 1:
            return base + exponent.translate(_SUP)
        exponent = VULGAR.get(exponent, exponent.replace("-", self.minus))
        return f"{base}^{exponent}" if len(exponent) == 1 or exponent.isdigit() else f"{base}^({exponent})"

    def entrywise(self, base: str, exponent: str) -> str:
        return self.raised(base + ".", exponent)

    def bracket(self, text: str) -> str:
        return f"({text})"

    def norm(self, text: str, order: str | None) -> str:
        return f"‖{text}‖" + ("" if order is None else "_∞" if order == "inf" else self.low(order))

    def bars(self, text: str) -> str:
        return f"|{text}|"

    def angle(self, left: str, right: str) -> str:
        return f"⟨{left}, {right}⟩"

    def root(self, text: str, atomic: bool) -> str:
        return f"√{text}" if atomic else f"√({text})"

    def fraction(self, above: str, below: str) -> str | None:
        return next((sign for sign, text in VULGAR.items() if text == f"{above}/{below}"), None)

    def big_sum(self, what: str, letters: str, bound: str | None, bottom: str, top: str | None) -> str:
        sign = "Σ" if what == "sum" else what
        under = self.low(letters) if bound is None and top is None else f"_{{{bound or letters + '=' + bottom}}}"
        return sign + under + ("" if not top else f"^{top}" if len(top) == 1 else f"^{{{top}}}")

    def relation(self, sign: str) -> str:
        return f" {_RELATIONS[sign]} "


class Latex(Unicode):
    """LaTeX that both MathJax and KaTeX take."""

    minus, odot, oslash, otimes, dot, space = "-", r" \odot ", r" \oslash ", r" \otimes ", r" \cdot ", r" "
    ones = r"\mathbf{1}"

    def name(self, name: str) -> str:
        return _SINGLE.sub(r"_\1", spelled(name))

    def low(self, text: str) -> str:
        text = r"\infty" if text == "inf" else text if len(text) < 4 or not text.isalpha() else rf"\mathrm{{{text}}}"
        return "_" + (text if len(text) == 1 else f"{{{text}}}")

    def quoted(self, text: str) -> str:
        return rf"\text{{'{text}'}}"

    def word(self, word: str) -> str:
        if word == "σ":
            return r"\sigma"
        if word in (
            "sin",
            "cos",
            "tan",
            "sinh",
            "cosh",
            "tanh",
            "exp",
            "log",
            "ln",
            "det",
            "max",
            "min",
            "arcsin",
            "arccos",
            "arctan",
        ):
            return "\\" + word
        return rf"\operatorname{{{word.replace('_', ' ')}}}"

    def raised(self, base: str, exponent: str) -> str:
        exponent = exponent.replace("T", r"\top") if exponent in ("T", "-T") else exponent
        return f"{base}^{exponent}" if len(exponent) == 1 else f"{base}^{{{exponent}}}"

    def entrywise(self, base: str, exponent: str) -> str:
        return rf"{base}^{{\odot {exponent}}}"

    def bracket(self, text: str) -> str:
        return rf"\left({text}\right)"

    def norm(self, text: str, order: str | None) -> str:
        return rf"\lVert {text} \rVert" + ("" if order is None else self.low(order))

    def bars(self, text: str) -> str:
        return rf"\lvert {text} \rvert"

    def angle(self, left: str, right: str) -> str:
        return rf"\langle {left}, {right} \rangle"

    def root(self, text: str, atomic: bool) -> str:
        return rf"\sqrt{{{text}}}"

    def fraction(self, above: str, below: str) -> str | None:
        return rf"\frac{{{above}}}{{{below}}}"

    def big_sum(self, what: str, letters: str, bound: str | None, bottom: str, top: str | None) -> str:
        sign = r"\sum" if what == "sum" else "\\" + what if what in ("max", "min") else rf"\operatorname{{{what}}}"
        return (
            sign
            + f"_{{{bound or (letters if top is None else ','.join(letters) + '=' + bottom)}}}"
            + (f"^{{{top}}}" if top else "")
            + " "
        )

    def relation(self, sign: str) -> str:
        return {"<=": r" \le ", ">=": r" \ge ", "==": " = ", "!=": r" \ne "}.get(sign, f" {sign} ")
