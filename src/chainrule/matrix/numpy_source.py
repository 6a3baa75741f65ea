"""Pieces of NumPy source with their precedence and size by the rule of the cases (operators, calls and leaves)."""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

CMP, SUM, MUL, NEG, POW, ATOM = range(6)


class Shown(NamedTuple):
    """NumPy text with its precedence and size. `axes`: which axes of the value the array really has."""

    text: str
    prec: int
    size: int
    axes: tuple[int, ...] = ()
    mask: bool = False  # an array of booleans

    def at(self, least: int) -> str:
        return self.text if self.prec >= least else f"({self.text})"


def binary(left: Shown, op: str, right: Shown, axes=()) -> Shown:
    """left op right; only + and @ associate."""
    prec = SUM if op in "+-" else MUL
    second = prec if op in "+@" and right.prec == prec and (op == "+" or "@" in right.text) else prec + 1
    if op == "@" and right.prec == MUL and not pure_chain(right.text):
        second = prec + 1
    if op == "*" and right.prec == MUL and not any(c in "/@" for c in outside(right.text)):
        second = prec
    text = f"{left.at(prec)}{op}{right.at(second)}"
    return Shown(text, prec, left.size + right.size + 1, axes)


def pure_chain(text: str) -> bool:
    """Whether text at product level uses nothing but @ outside brackets."""
    depth = 0
    for c in text:
        depth += (c in "([") - (c in ")]")
        if not depth and c in "*/":
            return False
    return True


def call(name: str, *args: Shown, extra: str = "", more: int = 0, axes=()) -> Shown:
    text = f"np.{name}({','.join([a.at(CMP) for a in args])}{extra})"
    return Shown(text, ATOM, 2 + name.count(".") + 1 + sum([a.size for a in args]) + more, axes)


def power(x: Shown, e, axes=()) -> Shown:
    """x to a positive exponent."""
    if e == 1:
        return x
    if e == Fraction(1, 2):
        return call("sqrt", x, axes=axes)
    if isinstance(e, Fraction):
        return Shown(f"{x.at(ATOM)}**({e.numerator}/{e.denominator})", POW, x.size + 4, axes)
    return Shown(f"{x.at(ATOM)}**{e!r}", POW, x.size + 2, axes)


def negated(x: Shown, axes=()) -> Shown:
    """−x, the sign in front of the first factor of a product."""
    text = f"-{x.text}" if x.prec >= MUL else f"-({x.text})"
    return Shown(text, MUL if x.prec == MUL else NEG, x.size + 1, axes)


def unmasked(shown: Shown) -> Shown:
    """A mask as numbers."""
    if not shown.mask:
        return shown
    return Shown(f"1.0*{shown.at(MUL)}", MUL, shown.size + 2, shown.axes)


def outside(text: str) -> str:
    """`text` without what stands in brackets."""
    kept, depth = [], 0
    for c in text:
        depth += c in "(["
        if not depth:
            kept.append(c)
        depth -= c in ")]"
    return "".join(kept)


def literal_size(value) -> int:
    if not isinstance(value, int):
        return 0
    return 0 if value == 0 else 1 if value > 0 else 2


def axis_text(value) -> str:
    return str(value[0]) if isinstance(value, tuple) and len(value) == 1 else str(value).replace(" ", "")


_COUNTED = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Attribute, ast.Subscript)


@lru_cache(maxsize=None)
def template_size(template: str) -> tuple[int, int]:
    """The size of a source template without its arguments, and its precedence."""
    filled = template
    for k in range(9):
        filled = filled.replace("{%d}" % k, "ARG")
    filled = re.sub(r"\{\w+\}", "1", filled)
    tree = ast.parse(filled, mode="eval")
    own = sum([isinstance(n, _COUNTED) and not (isinstance(n, ast.Name) and n.id == "ARG") for n in ast.walk(tree)])
    top = tree.body
    if isinstance(top, ast.BinOp):
        times = isinstance(top.op, (ast.Mult, ast.Div, ast.MatMult))
        prec = POW if isinstance(top.op, ast.Pow) else MUL if times else SUM
    else:
        prec = NEG if isinstance(top, ast.UnaryOp) else CMP if isinstance(top, ast.Compare) else ATOM
    if template.startswith("(") and template.endswith(")"):
        prec = ATOM
    return own, prec
