"""Is an exercise fit to be given? The solution passes, what is accepted passes, what is wrong fails, there are hints."""

from __future__ import annotations

from typing import NamedTuple

from ..core.errors import ChainruleError
from .question import Question
from .questions import questions
from .sheet import Sheet


class Finding(NamedTuple):
    """One thing that was looked at: whether it is as it should be, the part, the line of the file, and what it is."""

    good: bool
    part: int
    line: int
    says: str


def validated(sheet: Sheet) -> list[Finding]:
    """What was looked at, in the order of the file.

    Raises
        ParseError: the exercise asks for nothing that can be asked, or its function cannot be read.
    """
    return [finding for number, question in enumerate(questions(sheet), 1) for finding in findings(question, number)]


def findings(question: Question, number: int):
    part = question.part
    say = lambda good, says, line=part.line: Finding(good, number, line, says)
    try:
        solution = question.solution
        yield say(True, f"the solution is {'; '.join(text for _, text in solution.lines[:1])}")
    except ChainruleError as error:
        yield say(
            False,
            f"there is no solution: {error.problem}" + (f" (expected {error.expected})" if error.expected else ""),
        )
        return
    for text in [*solution.spellings, *part.accept, *([part.answer] if part.answer else [])]:
        yield say(*passes(question, text))
    for wrong in part.wrong:
        yield say(*fails(question, wrong.text), wrong.line)
    yield say(
        bool(part.hints),
        f"{len(part.hints)} hint{'s' if len(part.hints) != 1 else ''}"
        if part.hints
        else "there is no hint: the first comes with a wrong answer",
    )
    for hint in part.hints:
        if any(told(solved, hint) for solved in solution.spellings):
            yield say(False, f"a hint tells the solution: {hint}")


def passes(question: Question, text: str) -> tuple[bool, str]:
    shown = " ".join(text.split())
    try:
        found = question.judge(text)
    except ChainruleError as error:
        return False, f"`{shown}` should be right, and cannot be read: {error.problem}"
    return (
        found.verdict == "right",
        f"`{shown}` is {'accepted' if found.verdict == 'right' else f'not accepted: {found.headline}'}",
    )


def fails(question: Question, text: str) -> tuple[bool, str]:
    shown = " ".join(text.split())
    try:
        found = question.judge(text)
    except ChainruleError as error:
        return False, f"`{shown}` cannot be read: {error.problem}"
    cause = f" ({found.cause})" if found.cause else ""
    return (
        found.verdict == "wrong",
        f"`{shown}` is {'refused' + cause if found.verdict == 'wrong' else f'{found.verdict}, and should be wrong'}",
    )


def told(solution: str, hint: str) -> bool:
    """Whether a hint says the whole solution; short ones, such as 0, are said in passing."""
    squeezed = lambda text: "".join(text.lower().split()).replace("*", "")
    return len(squeezed(solution)) > 3 and squeezed(solution) in squeezed(hint)
