"""An exercise as a conversation: what is said to each line that a person types. It reads and writes nothing itself."""

from __future__ import annotations

from ..derivation.terminal import Row, Style, block
from ..derivation.terminal import plain as unstyled
from .exercise import Exercise

WORDS = {  # what may be typed in place of an answer
    "hint": "one more hint; it costs a quarter of the points, all hints together never more than half",
    "show": "the solution, with its steps; then nothing more is earned here",
    "skip": "the next question; come back with `back`",
    "back": "the question before",
    "quit": "the end",
    "help": "these words",
}
ALIASES = {"exit": "quit", "q": "quit", "solution": "show", "next": "skip", "?": "help", "h": "hint"}
PROMPT = "> "
NO_HINT = "No further hint: `show` shows the solution, `skip` leaves it for later."


class Session:
    """A conversation about one exercise.

    Attributes
        exercise: with all that was earned.
        done: whether it is over.
    """

    def __init__(self, exercise: Exercise, width: int | None = None, style: Style = unstyled):
        self.exercise, self.width, self.style = exercise, width, style
        self.at = 1  # the part that is asked
        self.done = False
        self.lines: list[str] = []  # of an answer that takes several

    def open(self) -> str:
        """What is said first: the exercise and its first question."""
        words = "   ".join(word for word in WORDS if word != "back")
        return "\n\n".join(
            [self.laid(self.exercise.opening()), self.question(), self.laid([Row("  ", words, role="aside")])]
        )

    def question(self) -> str:
        return self.laid(self.exercise.question_rows(self.at))

    def laid(self, rows: list[Row]) -> str:
        return block(rows, self.width, self.style)

    @property
    def stage(self):
        return self.exercise.stages[self.at - 1]

    def hear(self, line: str) -> str:
        """What is said to a line that was typed."""
        word = line.strip().lower()
        if word not in self.stage.question.problem.every:  # h may be a variable
            word = ALIASES.get(word, word)
        if word in WORDS:
            return getattr(self, f"say_{word}")()
        if name := self.stage.question.definition(line):
            self.exercise.named[name] = line.strip()
            return self.laid([Row("  ", f"noted. Now the answer, in which {name} may stand.", role="aside")])
        if self.stage.question.several_lines:
            if line.strip():
                self.lines.append(line)
                return ""
            answer, self.lines = "\n".join(self.lines), []
        else:
            answer = line
        if not answer.strip():
            return ""
        found = self.exercise.answer(answer, self.at)
        said = found.text(self.width, self.style)
        if found.right:
            return "\n\n".join(filter(None, [said, self.onward()]))
        if found.verdict == "wrong" and not found.hint and self.stage.seen >= len(self.stage.hints):
            said += "\n" + self.laid([Row("  ", NO_HINT, role="note")])
        return said

    def onward(self) -> str:
        """The next question that is open; at the end the points."""
        stages = self.exercise.stages
        left = [k for k in range(1, len(stages) + 1) if not stages[k - 1].done]
        if not left:
            return self.say_quit()
        self.at = next((k for k in left if k > self.at), left[0])
        return self.question()

    def say_hint(self) -> str:
        hint = self.stage.next_hint()
        if hint is None:
            return self.laid([Row("  ", NO_HINT, role="note")])
        return self.laid([Row(f"  hint {self.stage.seen} of {len(self.stage.hints)}  ", hint, role="note")])

    def say_show(self) -> str:
        self.lines = []
        return f"{self.laid(solution_rows(self.exercise, self.at, self.width))}\n\n{self.onward()}"

    def say_skip(self) -> str:
        self.lines = []
        stages = self.exercise.stages
        left = [k for k in range(1, len(stages) + 1) if not stages[k - 1].done and k != self.at]
        if not left:
            return self.say_quit()
        self.at = next((k for k in left if k > self.at), left[0])
        return self.question()

    def say_back(self) -> str:
        self.lines = []
        self.at = max(1, self.at - 1)
        return self.question()

    def say_help(self) -> str:
        return self.laid([Row(f"  {word:<5} ", says, role="note") for word, says in WORDS.items()])

    def say_quit(self) -> str:
        self.done = True
        return self.laid([Row("", self.exercise.earned, role="result")])


def solution_rows(exercise: Exercise, part: int, width: int | None = None) -> list[Row]:
    """The solution of a part: the result, the way there, what is good to know."""
    return exercise.show(part).rows(width)
