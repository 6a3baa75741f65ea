"""Is a formula the derivative of a function, and if not, what went wrong?

The true derivative is derived and sealed; the person's formula is read with the names of the function (`checked.py`) and compared
with it as a function (`equal.py`). What is right in some sense, `senses.py` says; what is not, `mistakes.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...core.errors import DeclarationError, ShapeError
from ...derivation import derived
from ...derivation.derive import understood
from ...syntax import Meaning
from . import mistakes, senses
from .checked import Checked
from .equal import compared, samples, ways
from .repair import fitting
from ..report import Report

ASSUMED = ("sum1",)  # what books take for granted of labels y: it is said, and right
ZERO = re.compile(r"(?<![=<>!])=\s*0\s*$")
NAME = re.compile(r"\s*[^\W\d]\w*\s*")
CLAUSE = re.compile(r"\b(with|where)\b")
LEFT = re.compile(  # what people write left of `=` before a derivative
    r"\s*(?:(?:\\?nabla|∇|\\partial|∂|\\frac\s*\{|d\^?\d?\w*\s*/\s*d)[^=<>!;\n]*"
    r"|(?:grad|hess|jac)\w*(?:\s+\w+)?(?:\(\w*\))?\s*|(?:d\w*|[JHgD]|\w+\s*[′']+)(?:\(\w*\))?\s*)=(?!=)"
)


def check_formula(
    function: str | Meaning,
    mine: str,
    wrt: str | None = None,
    declare: str | Mapping | None = None,
    order: int = 1,
    layout: str = "column",
    dialect: str | None = None,
) -> Report:
    """Whether `mine` is the derivative of `function` in the variable `wrt`, with the likely mistake where it is not.

    Parameters
        function: as for `derive`: text in textbook, LaTeX or NumPy notation, or a function that was brought as code.
        mine: the person's derivative, in any of these notations; "∇f = …" and "df = … dx" are understood.
        wrt: the variable; it may be left out where there is only one.
        declare, order, layout, dialect: as for `derive`.

    Returns
        A Report: `.verdict`, `.headline`, `.cause`, `.correct`, and `str()`.

    Raises
        ParseError, ShapeError, UnknownNameError, DeclarationError: function or formula cannot be understood.
        NoRuleError, DomainError: the function cannot be derived.
    """
    if not isinstance(mine, str):
        raise DeclarationError(
            "a formula is given as a text", given=type(mine).__name__, expected='a text such as "2 X^T (X w - y)"'
        )
    problem = understood(function, declare, dialect)
    if wrt is None:
        wrt = only_variable(problem)
    found = derived(problem, wrt, order=order, layout=layout)
    text = without_left_side(mine)
    try:
        return report_of(Checked(problem, found, text, dialect))
    except ShapeError:
        mended = misshapen(problem, found, text, dialect)
        if mended is None:
            raise
        return mended


def only_variable(problem: Meaning) -> str:
    """The variable of a function of one variable.

    Raises DeclarationError: it has several, or none.
    """
    names = list(problem.variables)
    if len(names) == 1:
        return names[0]
    raise DeclarationError(
        "the variable of differentiation is not given",
        given=f"{problem.echo}, a function of {', '.join(names) or 'no variable'}",
        expected="wrt: the name of one variable",
        fix=f'wrt="{names[0]}"' if names else None,
    )


def misshapen(problem: Meaning, found, text: str, dialect: str | None) -> Report | None:
    """The report on a formula whose shapes do not fit, where transposing one or two of its matrices makes it right, or nearly."""
    nearly = None
    for edits, read in fitting(text, problem, dialect):
        checked = Checked(problem, found, text, dialect, read)
        compare = compared(checked.true, checked.yours, checked.variables, conditions=False)
        if compare.verdict == "same" and compare.how in ("", "row", "transposed"):
            return mistakes.misfit(checked, edits)
        if compare.verdict == "different" and not compare.shapes and nearly is None:
            how, yours = next(iter(ways(checked.true, checked.yours)))
            ratio = (
                mistakes.constant_ratio(checked, samples(checked.true, yours, checked.variables, mistakes.fresh(checked.true, yours)))
                if how != "number"
                else None
            )
            if ratio is not None and ratio[0] in ("factor", "sign", "mean"):
                nearly = checked, edits, ratio[1]
    return mistakes.misfit(*nearly) if nearly else None


def report_of(checked: Checked) -> Report:
    """What comparing the two says."""
    compare = compared(checked.true, checked.yours, checked.variables)
    if compare.verdict == "undecided":
        return mistakes.undecided(checked, compare)
    if compare.shapes:
        diagonal = senses.only_diagonal(checked)
        return mistakes.shapes(checked) if diagonal is None else diagonal
    if compare.same:
        return senses.right(checked, "right", compare)
    if compare.verdict == "same":
        return senses.other_form(checked, compare)
    if compare.given is not None and compare.given[1] in ASSUMED:
        return senses.assumed(checked, compare)
    renamed = senses.with_sizes_renamed(checked)
    if renamed is not None:
        return renamed
    constrained = senses.constrained_match(checked)
    constrained = senses.handbook(checked) if constrained is None else constrained
    if constrained is not None:
        return constrained
    return mistakes.wrong(checked, compare)


def without_left_side(text: str) -> str:
    """`text` with "∇f =" or "df/dx =" before its last formula, and "= 0" behind it, blanked out, so that all places stay."""
    start = max(text.rfind("\n"), text.rfind(";")) + 1
    found = LEFT.match(text, start)
    if found is not None and text[found.end() :].strip() and is_left(found.group()):
        text = text[:start] + " " * (found.end() - start) + text[found.end() :]
        start = found.end()
    zero = ZERO.search(text, start)  # the condition for a minimum
    if zero is not None and text[start : zero.start()].strip() and not NAME.fullmatch(text, start, zero.start()):
        text = text[: zero.start()] + " " * (len(text) - zero.start())
    return text


def is_left(text: str) -> bool:
    """Whether a left side ends there: no clause goes on, and no bracket is open, as in \\sum_{i=1}."""
    return not CLAUSE.search(text) and all(text.count(a) == text.count(b) for a, b in ("{}", "()", "[]"))
