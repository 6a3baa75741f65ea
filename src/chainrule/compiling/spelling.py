"""Small pieces of NumPy text: numbers, axes, and how tightly a piece binds."""

from __future__ import annotations

from fractions import Fraction

from .values import Value

ADD, MATMUL, MUL, UNARY, POWER, ATOM = 5, 6, 7, 8, 9, 10


def transposed(order: tuple) -> str:
    """The suffix that reorders axes."""
    if order == tuple(range(len(order))):
        return ""
    if order == tuple(reversed(range(len(order)))):
        return ".T"
    return f".transpose({', '.join(map(str, order))})"


def letters(labels) -> str:
    return "".join(["ijklmnopqrstuvwxyzabcdefgh"[x] for x in labels])


def axis_text(v: Value) -> str:
    (axes,) = v.params
    if len(axes) == len(v.args[0].dims):
        return ""
    return f"axis={axes[0] if len(axes) == 1 else axes}"


def number_text(value) -> tuple[str, int]:
    """A number as Python text, with how tightly it binds."""
    if isinstance(value, str):
        return f"np.{value}", ATOM
    if isinstance(value, Fraction):
        if (
            value.denominator & (value.denominator - 1) == 0
            and value.denominator <= 1024
            and abs(value.numerator) < 2**40
        ):
            value = float(value)
        else:
            return f"{number_text(value.numerator)[0]}/{number_text(value.denominator)[0]}", MUL
    if isinstance(value, int) and abs(value) >= 2**53:
        value = float(value)
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        text = text.replace("inf", "np.inf").replace("nan", "np.nan")
    return text, UNARY if text.startswith("-") else ATOM


def exponent_text(e) -> str:
    text, level = number_text(e)
    return text if level == ATOM else f"({text})"


def template_level(template: str) -> int:
    """How tightly a filled template binds: a call or a parenthesis is an atom."""
    depth, level = 0, ATOM
    for position, ch in enumerate(template):
        depth += ch == "("
        depth -= ch == ")"
        if depth == 0 and ch in "<>=&|":
            return ADD - 1
        if depth == 0 and ch in "+-":
            level = min(level, ADD if position else UNARY)
        elif depth == 0 and ch in "*/@":
            level = min(level, MATMUL)
    return level
