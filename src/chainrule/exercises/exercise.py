"""An exercise that is being solved: what was asked, which hints were seen, what has been earned so far."""

from __future__ import annotations

from functools import cached_property

from ..core.errors import ChainruleError, DeclarationError
from ..derivation.terminal import Row, Style, block
from ..derivation.terminal import plain as unstyled
from .course import sheet as find_sheet
from .feedback import Feedback, of_error, of_judgement
from .question import Question, Solution
from .numerals import number_text
from .questions import questions
from .score import of_points, worth
from .sheet import Sheet
from .values import Numbers

WIDTH = 100


class Stage:
    """One part of an exercise and how far it has come.

    Attributes
        question: what is asked.
        seen: how many hints were seen.
        shown: whether the solution was shown.
        points: what it has earned so far.
        solved: whether a right answer was given.
    """

    def __init__(self, question: Question):
        self.question = question
        self.seen, self.shown, self.points, self.solved = 0, False, 0.0, False
        self.refused: list = []  # the wrong answers so far

    @property
    def worth(self) -> int:
        return self.question.part.points

    @property
    def hints(self) -> tuple[str, ...]:
        return self.question.part.hints

    @property
    def done(self) -> bool:
        return self.solved or self.shown

    def next_hint(self) -> str | None:
        """The next hint, which is seen then; None where there are no more."""
        if self.seen >= len(self.hints):
            return None
        self.seen += 1
        return self.hints[self.seen - 1]


class Exercise:
    """An exercise: `ask` is its text, `answer("…")` judges an answer, `hint()` and `show()` help.

    >>> ex = exercise("power-times-exponential")
    >>> ex.answer("3 x^2 exp(-x)").verdict
    'wrong'
    """

    def __init__(self, sheet: Sheet):
        self.sheet = sheet
        self.stages = [Stage(question) for question in questions(sheet)]
        self.named: dict[str, str] = {}  # parts of answers that the learner gave a name, and their lines
        for stage in self.stages:
            stage.question.named = self.named

    # ------------------------------------------------------------------ what it is

    @property
    def name(self) -> str:
        return self.sheet.name

    @property
    def title(self) -> str:
        return self.sheet.title

    @property
    def topic(self) -> str:
        return self.sheet.topic

    @property
    def level(self) -> int:
        return self.sheet.level

    @property
    def worth(self) -> int:
        """The points of all parts together."""
        return sum(stage.worth for stage in self.stages)

    @property
    def points(self) -> float:
        """What has been earned so far."""
        return round(sum(stage.points for stage in self.stages), 2)

    @property
    def earned(self) -> str:
        """1.5 of 4 points."""
        return of_points(self.points, self.worth)

    @property
    def done(self) -> bool:
        return all(stage.done for stage in self.stages)

    @cached_property
    def heading(self) -> str:
        varied = f", variant {self.sheet.variant}" if self.sheet.variant else ""
        return f"{self.title}   ({self.topic}, level {self.level}{varied})"

    def opening(self) -> list[Row]:
        """The exercise without its questions: title, function, text."""
        listed = [Row("", self.heading, role="result"), Row("", "")]
        listed += [Row(f"  {label:<3} ", text) for label, text in self.stages[0].question.reading]
        if self.sheet.text:
            listed += [Row("", ""), Row("  ", self.sheet.text, role="note")]
        return listed

    def question_rows(self, number: int) -> list[Row]:
        """The question of one part, and how an answer is written."""
        stage = self.stages[number - 1]
        mark = f"{number}. " if len(self.stages) > 1 else ""
        points = f"{stage.worth} point{'s' if stage.worth != 1 else ''}"
        return [
            Row(f"  {mark}", stage.question.ask, role="note"),
            Row("  " + " " * len(mark), f"{points}; answer with {stage.question.expects}", role="note"),
        ]

    @property
    def ask(self) -> str:
        """The whole exercise as text."""
        return self.text(WIDTH)

    def text(self, width: int | None = None, style: Style = unstyled) -> str:
        blocks = [self.opening(), *[self.question_rows(k + 1) for k in range(len(self.stages))]]
        return "\n\n".join(block(rows, width, style) for rows in blocks)

    def __str__(self) -> str:
        return self.ask

    def __repr__(self) -> str:
        return f"<Exercise {self.name}: {self.earned} in {len(self.stages)} part{'s' if len(self.stages) != 1 else ''}>"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self)}

    # ------------------------------------------------------------------ answering

    def answer(self, answer, part: int | None = None) -> Feedback:
        """The feedback on an answer to a part, by default to the first that is not done.

        Parameters
            answer: text: a formula, numbers, a word, lines of a working. For a program the path of a Python file, or a
                function, or a dict of functions.
            part: its number, from 1.

        Raises
            DeclarationError: there is no such part. An answer that is not understood is no error: the feedback says so.
        """
        number = self.number(part)
        stage = self.stages[number - 1]
        more = {"of": stage.worth, "part": number, "answer": answer}
        try:
            if stage.question.answered_by == "text":
                answer = checked_text(answer)
            judgement = stage.question.judge(answer)
        except ChainruleError as error:
            return of_error(error, points=stage.points, **more)
        if not stage.shown:
            stage.points = max(stage.points, worth(stage.worth, judgement.share, stage.seen))
        found = of_judgement(judgement, points=stage.points, **more)
        if found.right:
            stage.solved = True
            if stage.question.part.note:
                found.rows.append(("note", stage.question.part.note))
        elif found.verdict == "wrong":
            found.rows = [row for row in found.rows if row[0] != "for example" or not self.tells_another(row[1], stage)]
            said = stage.question.known_mistake(answer)
            if said:
                found.rows = [
                    ("likely slip", said),
                    *[row for row in found.rows if row[0] not in ("likely slip", "for example", "evidence")],
                ]
            if any(stage.question.is_same(answer, before) for before in stage.refused if isinstance(before, str)):
                found.rows.append(("note", "the same answer as before"))
            else:
                found.hint = stage.next_hint()
            stage.refused.append(answer)
        return found

    def tells_another(self, text: str, stage: Stage) -> bool:
        """Whether a counterexample names the number that another open part asks for."""
        others = [each.question for each in self.stages if each is not stage and not each.done]
        asked = [number_text(float(q.true)) for q in others if isinstance(q, Numbers) and not q.true.ndim]
        return any("." in number and number in text for number in asked)

    def hint(self, part: int | None = None) -> str:
        """The next hint for a part, by default for the first that is not done. It costs a quarter of the points."""
        return self.stages[self.number(part) - 1].next_hint() or "There is no further hint. show() shows the solution."

    def show(self, part: int | None = None) -> Solution:
        """The solution of a part with its steps. What is answered afterwards earns nothing."""
        stage = self.stages[self.number(part) - 1]
        stage.shown = stage.shown or not stage.solved
        return stage.question.solution._replace(note=stage.question.part.note)

    def number(self, part: int | None) -> int:
        if part is None:
            return next((k for k, stage in enumerate(self.stages, 1) if not stage.done), len(self.stages))
        if not isinstance(part, int) or isinstance(part, bool) or not 1 <= part <= len(self.stages):
            raise DeclarationError("there is no such part", given=repr(part), expected=f"1 to {len(self.stages)}")
        return part

    def to_dict(self) -> dict:
        """The exercise as plain data, without its solutions."""
        return {
            "format": "chainrule.exercise/1",
            "name": self.name,
            "title": self.title,
            "topic": self.topic,
            "level": self.level,
            "variant": self.sheet.variant,
            "function": self.stages[0].question.problem.echo,
            "text": self.sheet.text,
            "points": self.points,
            "of": self.worth,
            "parts": [
                {
                    "ask": stage.question.ask, "expects": stage.question.expects,
                    "points": stage.points, "of": stage.worth,
                    "hints": len(stage.hints), "hints_seen": stage.seen, "solved": stage.solved, "shown": stage.shown,
                }
                for stage in self.stages
            ],
        }  # fmt: skip


def exercise(which: str | int, variant: int = 0) -> Exercise:
    """The exercise with a number or a name in the course, or in a file; `variant` draws other numbers."""
    return Exercise(find_sheet(which, variant))


def checked_text(answer) -> str:
    """An answer that is given as text; numbers stand for themselves."""
    if (
        isinstance(answer, bool)
        or not isinstance(answer, (str, int, float, tuple, list))
        and not hasattr(answer, "tolist")
    ):
        raise DeclarationError(
            "an answer is a text", given=repr(answer)[:100], expected='a formula or numbers, such as "2x" or "(1, 2)"'
        )
    text = answer if isinstance(answer, str) else str(answer.tolist() if hasattr(answer, "tolist") else answer)
    if not text.strip():
        raise DeclarationError(
            "the answer is empty", given=repr(text[:20]), expected='a formula or numbers, such as "2x" or "(1, 2)"'
        )
    return text
