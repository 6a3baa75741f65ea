"""What a learner hears after an answer: the verdict, the slip, the next hint, the points. Never the solution."""

from __future__ import annotations

import os

from ..core.errors import ChainruleError
from ..derivation.terminal import Row, Style, block
from ..derivation.terminal import plain as unstyled
from .question import Judgement
from .score import of_points, points_text

EXITS = {"right": 0, "wrong": 1, "not understood": 2, "undecided": 3}
SIGNS = {"right": "✓", "wrong": "✗", "undecided": "?", "not understood": "?"}
ROLES = {"✓": "good", "✗": "bad", "?": "note"}
LABEL = 12  # columns, as in the reports of a check
WIDTH = 100


class Feedback:
    """The verdict on one answer to one part of an exercise.

    Attributes
        verdict: "right", "wrong", "undecided" or "not understood".
        headline: the verdict in one line.
        cause: the word for what went wrong, where one slip explains it exactly, else None.
        rows: (label, text) below the headline; they do not tell the solution.
        hint: the hint that comes with a wrong answer, or None.
        points, of: what the part has earned so far, and what it is worth.
        part: its number, from 1.
        report: the report of the check behind it, where there is one. It may tell the solution.
    """

    format = "chainrule.feedback/1"

    def __init__(
        self, verdict, headline, rows=(), *, cause=None, hint=None, points=0.0, of=1, part=1, report=None, answer=""
    ):
        self.verdict, self.headline, self.rows = verdict, headline, list(rows)
        self.cause, self.hint, self.points, self.of, self.part = cause, hint, points, of, part
        self.report, self.answer = report, answer

    @property
    def right(self) -> bool:
        return self.verdict == "right"

    @property
    def exit_code(self) -> int:
        """0 right, 1 wrong, 2 not understood, 3 undecided."""
        return EXITS[self.verdict]

    def __bool__(self) -> bool:
        return self.right

    def entries(self) -> list[Row]:
        """The lines of the feedback."""
        sign = SIGNS[self.verdict]
        earned = of_points(self.points, self.of) if self.right else ""
        listed = [Row(f"{sign} ", self.headline, earned, ROLES[sign])]
        said = [*self.rows, *([("hint", self.hint)] if self.hint else [])]
        lines = any(label.isdigit() for label, _ in said)  # of a working: their numbers stand further left
        for label, text in said:
            head = f"{label:>5}  " if lines and (label.isdigit() or not label) else f"  {label:<{LABEL}}  "
            listed.append(Row(head, text, role="step" if lines and label.isdigit() else "note"))
        return listed

    def text(self, width: int | None = None, style: Style = unstyled) -> str:
        return block(self.entries(), width, style)

    def __str__(self) -> str:
        return self.text(WIDTH)

    def __repr__(self) -> str:
        return f"<Feedback: {self.verdict}, {points_text(self.points)} of {points_text(self.of)}: {self.headline}>"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self)}

    def to_dict(self) -> dict:
        """The feedback as plain data. Of the report only the verdict is told: the rest may tell the solution."""
        return {
            "format": self.format,
            "part": self.part,
            "answer": os.fspath(self.answer) if isinstance(self.answer, (str, os.PathLike)) else repr(self.answer),
            "verdict": self.verdict,
            "headline": self.headline,
            "cause": self.cause,
            "rows": [{"label": label, "text": text} for label, text in self.rows],
            "hint": self.hint,
            "points": self.points,
            "of": self.of,
        }


def of_judgement(judgement: Judgement, **more) -> Feedback:
    return Feedback(
        judgement.verdict, judgement.headline, judgement.rows, cause=judgement.cause, report=judgement.report, **more
    )


def of_error(error: ChainruleError, **more) -> Feedback:
    """What to say to an answer that cannot be understood. It costs nothing."""
    rows = [
        (label, text)
        for label, text in (("given", error.given), ("expected", error.expected), ("fix", error.fix))
        if text
    ]
    return Feedback("not understood", f"this cannot be read: {error.problem}", rows, **more)
