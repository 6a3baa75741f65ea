r"""How the name of a variable is spelled in LaTeX: lam is \lambda, W_1 is W_{1}, yhat is \hat{y}, h_tm1 is h_{t-1}."""

from __future__ import annotations

import re

from .greek import GREEK, GREEK_WORDS

_ACCENTED = re.compile("(.+?)(hat|tilde|bar|dot)$")
_STEP = re.compile("([a-z])([mp])([0-9])$")


def spelled(name: str) -> str:
    """A variable's name in LaTeX."""
    base, _, low = name.partition("_")
    digits = base[len(base.rstrip("0123456789")) :]
    letters = base[: len(base) - len(digits)]
    low = low or digits
    if letters[:1] == "d" and len(letters) > 1 and (len(letters) == 2 or letters[1:] in GREEK_WORDS):
        return r"\mathrm{d}" + spelled(letters[1:] + digits + ("_" + low if low and low != digits else ""))
    shown = _letters(letters)
    return f"{shown}_{{{_subscript(low)}}}" if low else shown


def _letters(letters: str) -> str:
    accented = _ACCENTED.match(letters)
    if letters in GREEK_WORDS:
        return "\\" + ("lambda" if letters == "lam" else letters)
    if letters.endswith("prime") and _is_letter(letters[:-5]):
        return _letters(letters[:-5]) + "'"
    if accented and _is_letter(accented.group(1)):
        return rf"\{accented.group(2)}{{{_letters(accented.group(1))}}}"
    if letters.endswith("cal") and len(letters) == 4:
        return rf"\mathcal{{{letters[0]}}}"
    return letters if len(letters) <= 1 else rf"\mathrm{{{letters}}}"


def _is_letter(letters: str) -> bool:
    return len(letters) == 1 or letters in GREEK_WORDS


def _subscript(low: str) -> str:
    step = _STEP.match(low)
    if step:
        return f"{step.group(1)}{'-' if step.group(2) == 'm' else '+'}{step.group(3)}"
    if low in GREEK_WORDS:
        return _letters(low)
    return rf"\mathrm{{{low}}}" if len(low) > 3 and low.isalpha() else low


_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ˣᵀᵉⁿᵏ", "0123456789-+xTenk"))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖ", "0123456789ijk"))
_SIGNS = {
    "−": "-", "·": r"\cdot", "⊙": r"\odot", "⊘": r"\oslash", "⊗": r"\otimes", "√": r"\surd", "∂": r"\partial", "∇": r"\nabla",
    "≠": r"\ne", "≤": r"\le", "≥": r"\ge", "′": "'", "″": "''", "∞": r"\infty", "‖": r"\Vert", "Σ": r"\Sigma", "∑": r"\sum",
    "½": r"\tfrac{1}{2}", "𝟏": r"\mathbf{1}", "→": r"\to", "ℓ": r"\ell", "×": r"\times",
}  # fmt: skip
_ESCAPED = {c: "\\" + c for c in "%&#_{}$"}
_MATHEMATICS = re.compile(f"[{''.join([*_RAISED, *_LOWERED, *GREEK, *_SIGNS])}]+")


def words(text: str) -> str:
    r"""Words with Unicode signs among them as LaTeX text: `derivative of log₂` is \text{derivative of log$_{2}$}."""
    escaped = "".join([_ESCAPED.get(c, c) for c in text])
    return rf"\text{{{_MATHEMATICS.sub(lambda m: f'${_typeset(m.group())}$', escaped)}}}"


def _typeset(signs: str) -> str:
    found = re.sub(f"[{''.join(_RAISED)}]+", lambda m: f"^{{{''.join([_RAISED[c] for c in m.group()])}}}", signs)
    found = re.sub(f"[{''.join(_LOWERED)}]+", lambda m: f"_{{{''.join([_LOWERED[c] for c in m.group()])}}}", found)
    spelled_out = [_letters(GREEK[c]) + " " if c in GREEK else _SIGNS.get(c, c) + (" " if c in _SIGNS else "") for c in found]
    return "".join(spelled_out).strip()
