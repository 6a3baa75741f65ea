"""From the `find` lines of an exercise to its questions: the table of kinds."""

from __future__ import annotations

from .asked import asked
from .choices import Nature, Shape
from .directions import Along, Critical, Direction, Rate, Step
from .formulas import Formula, Written
from .programs import Program
from .question import Question
from .sheet import Sheet
from .taylor import Polynomial
from .values import DerivativeAt, OneSided, Value
from .workings import Derivation

KINDS: dict[str, type[Question]] = {
    "derivative": Formula,
    "one-sided": OneSided,
    "along": Along,
    "direction": Direction,
    "rate": Rate,
    "value": Value,
    "step": Step,
    "critical": Critical,
    "nature": Nature,
    "taylor": Polynomial,
    "shape": Shape,
    "formula": Written,
    "program": Program,
    "working": Derivation,
}


def questions(sheet: Sheet) -> list[Question]:
    """The questions of an exercise, in order.

    Raises
        ParseError: a part asks for nothing that can be asked, or the function cannot be read; file and line are named.
    """
    found = []
    for part in sheet.parts:
        wanted = asked(sheet, part)
        kind = DerivativeAt if wanted.kind == "derivative" and wanted.at is not None else KINDS[wanted.kind]
        found.append(kind(sheet, part, wanted))
    return found
