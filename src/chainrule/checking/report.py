"""What a check found: one object for formulas and for code, with the same words on every face."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..derivation.terminal import Row, Style, block
from ..derivation.terminal import plain as unstyled
from ..numeric.remainders import Remainders
from .display import mimebundle, plot

VERDICTS = {  # what a check can say, and the exit code of the command line for it
    "right": 0,
    "right at a kink": 0,
    "wrong": 1,
    "not checkable": 2,
    "undecided": 3,
}
LABEL = 12  # columns for "likely slip", "correct", "evidence", "note"
WIDTH = 110  # of `str()`: a report is prose, which is read in lines
SIGNS = {"right": "✓", "right at a kink": "✓", "wrong": "✗", "not checkable": "?", "undecided": "?"}


class Compared(NamedTuple):
    """One argument in the table of a report: where the claim is worst, both values there, and the digits that agree."""

    argument: str
    shape: tuple[int, ...]
    index: tuple[int, ...] | None
    claimed: float | None
    true: float | None
    bound: float | None
    digits: float | None
    verdict: str = "right"


class Report:
    """The verdict on a claimed derivative, and what it rests on.

    Attributes
        verdict: "right", "right at a kink", "undecided", "wrong" or "not checkable".
        headline: the verdict in one line, with argument and cause.
        cause: why it is wrong, a word of `chainrule.check.CAUSES`; None where it is right or no cause explains it exactly.
        argument, index: where the claim is worst: the name of the argument, and the entry there.
        claimed, true, bound: both values at that entry, and how far the true one may be off.
        digits: how many decimal digits the numeric derivative allows to be compared, and that agree where it is right.
        evaluations: how often the function was called.
        rows: (label, text) below the headline.
        remarks: what was noticed beside the verdict: kinks, randomness, seeds that were fixed.
        correct: the true derivative as a formula, where one is known.
        arguments: a `Compared` for each argument.
        remainders: the remainder of the linear model against the step, or None; computed when it is asked for, by some
            more calls of the function (`numeric.remainders`).
    """

    format = "chainrule.check/1"

    def __init__(
        self,
        verdict: str,
        headline: str,
        *,
        cause: str | None = None,
        argument: str | None = None,
        index: tuple[int, ...] | None = None,
        claimed: float | None = None,
        true: float | None = None,
        bound: float | None = None,
        digits: float | None = None,
        evaluations: int = 0,
        rows: list[tuple[str, str]] | None = None,
        remarks: list[str] | None = None,
        correct: str | None = None,
        arguments: list[Compared] | None = None,
        remainders: Remainders | Callable[[], Remainders | None] | None = None,
    ):
        if verdict not in VERDICTS:
            raise ValueError(verdict)
        self.verdict, self.headline, self.cause = verdict, headline, cause
        self.argument, self.index = argument, index
        self.claimed, self.true, self.bound, self.digits = claimed, true, bound, digits
        self.evaluations = evaluations
        self.rows, self.remarks = rows or [], remarks or []
        self.correct, self.arguments, self._remainders = correct, arguments or [], remainders

    @property
    def right(self) -> bool:
        return self.verdict in ("right", "right at a kink")

    @property
    def remainders(self) -> Remainders | None:
        if callable(self._remainders):
            self._remainders = self._remainders()
        return self._remainders

    @property
    def exit_code(self) -> int:
        """0 right, 1 wrong, 2 not checkable, 3 undecided."""
        return VERDICTS[self.verdict]

    def __bool__(self) -> bool:
        return self.right

    def entries(self) -> list[Row]:
        """The lines of the report: the verdict, then a row for each thing there is to say, aligned below it."""
        sign = SIGNS[self.verdict]
        role = {"✓": "good", "✗": "bad"}.get(sign, "note")
        said = [*self.rows, *(("note", remark) for remark in self.remarks)]
        return [Row(f"{sign} ", self.headline, role=role), *(Row(f"  {label:<{LABEL}}  ", text, role="note") for label, text in said)]

    def text(self, width: int | None = None, style: Style = unstyled) -> str:
        """The report as a block of lines, at most `width` columns wide where its words allow it."""
        return block(self.entries(), width, style)

    def __str__(self) -> str:
        return self.text(WIDTH)

    __repr__ = __str__  # what a person sees at the prompt

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return mimebundle(self)

    def plot(self):
        """The remainder of the linear model against the step, as an SVG picture (`str()` is a file); None without remainders."""
        return plot(self)

    def to_dict(self) -> dict:
        """The report as plain data, for `--json` and the web."""
        return {
            "format": self.format,
            "verdict": self.verdict,
            "headline": self.headline,
            "cause": self.cause,
            "argument": self.argument,
            "index": None if self.index is None else list(self.index),
            "claimed": plain(self.claimed),
            "true": plain(self.true),
            "bound": plain(self.bound),
            "digits": plain(self.digits),
            "evaluations": self.evaluations,
            "correct": self.correct,
            "rows": [{"label": label, "text": text} for label, text in self.rows],
            "remarks": list(self.remarks),
            "arguments": [
                {**c._asdict(), "shape": list(c.shape), "index": None if c.index is None else list(c.index)}
                | {name: plain(getattr(c, name)) for name in ("claimed", "true", "bound", "digits")}
                for c in self.arguments
            ],
            "remainders": None
            if self.remainders is None
            else {k: [plain(x) for x in v] if isinstance(v, tuple) else plain(v) for k, v in self.remainders._asdict().items()},
        }


def plain(number):
    """A number as JSON has them: None where there is none, words where it is not finite."""
    if number is None:
        return None
    number = float(number)
    return number if np.isfinite(number) else str(number)
