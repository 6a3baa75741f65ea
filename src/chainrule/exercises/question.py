"""What every question is: words that ask, a solution that the engine finds, and a judgement of an answer."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..core.dims import size_text
from ..core.errors import ChainruleError, ParseError
from ..derivation import Derivation, derive
from ..derivation.derive import understood
from ..syntax import Meaning, called
from ..syntax.declare import Declared
from .asked import Asked
from .lists import divided, listed, pieces
from .numerals import numeral
from .sheet import Part, Sheet

RIGHT, WRONG, UNDECIDED = "right", "wrong", "undecided"


class Judgement(NamedTuple):
    """What there is to say of one answer.

    verdict   "right", "wrong" or "undecided"
    headline  the verdict in one line; it tells no solution
    rows      (label, text) below it
    share     of the points that the answer earns by itself, 0 to 1
    cause     the word for what went wrong, where one cause explains it; see `chainrule.check`
    report    what the check found, where there is one; it may tell the solution
    """

    verdict: str
    headline: str
    rows: tuple[tuple[str, str], ...] = ()
    share: float = 0.0
    cause: str | None = None
    report: object = None


class Solution(NamedTuple):
    """What is shown when the learner asks for it.

    lines      (label, text) of the result
    steps      the same of the way there; empty where there is nothing to tell
    spellings  ways to type the result, each of which is accepted as an answer
    latex      the result in LaTeX, or ""
    """

    lines: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...] = ()
    spellings: tuple[str, ...] = ()
    latex: str = ""


class Question:
    """One part of an exercise. Subclasses know one kind of answer each.

    Attributes
        expects: how an answer is written, in a few words.
        answered_by: "text", or "program" for a file of Python.
        several_lines: whether an answer may take several lines; an empty line ends it.
    """

    answered_by = "text"
    several_lines = False
    expects = "a formula"

    def __init__(self, sheet: Sheet, part: Part, asked: Asked):
        self.sheet, self.part, self.asked = sheet, part, asked
        try:
            self.problem: Meaning = understood(sheet.function, sheet.declare, None)
        except ChainruleError as error:
            line = sheet.lines["declare" if "declar" in error.problem and sheet.declare else "function"]
            raise self.fault("the function cannot be read", error, line) from None
        for name in asked.wrt:
            if called(name) not in self.problem.every:
                names = ", ".join(self.problem.variables)
                raise sheet.fault(
                    part.line, f"`{name}` is not a variable of the function", f"find: {part.find[:80]}", names
                )
        self.wrt = tuple([called(name) for name in asked.wrt])

    # ------------------------------------------------------------------ what subclasses say

    @property
    def words(self) -> str:
        """The question in words, where the exercise has none of its own."""
        raise NotImplementedError

    @cached_property
    def solution(self) -> Solution:
        raise NotImplementedError

    def judge(self, answer) -> Judgement:
        """What is to be said of an answer.

        Raises
            ChainruleError: it is not understood.
        """
        raise NotImplementedError

    def same_answer(self, answer: str, other: str) -> bool:
        """Whether two answers say the same."""
        return " ".join(answer.lower().split()) == " ".join(other.lower().split())

    # ------------------------------------------------------------------ what they share

    def is_same(self, answer, other: str) -> bool:
        """Whether two answers say the same, letter by letter or in what they mean; not where one cannot be read."""
        squeezed = lambda text: "".join(str(text).split())
        try:
            return squeezed(answer) == squeezed(other) or self.same_answer(answer, other)
        except ChainruleError:
            return False

    def known_mistake(self, answer) -> str:
        """What the exercise says to a wrong answer that people often give; "" where it is none of them."""
        return next((wrong.says for wrong in self.part.wrong if wrong.says and self.is_same(answer, wrong.text)), "")

    @property
    def ask(self) -> str:
        return self.part.ask or self.words

    @property
    def in_wrt(self) -> str:
        return ", ".join(self.asked.wrt)

    @property
    def scalars(self) -> bool:
        """Whether all variables of the question are numbers, so that their derivatives are entries of a list."""
        return all(not self.problem.every[name].dims for name in self.wrt)

    @property
    def declare(self) -> dict[str, Declared]:
        """What is known of the variables of the function: what else is read means the same by them."""
        return {name: Declared(name, v.dims, None, v.facts) for name, v in self.problem.every.items()}

    def fault(self, problem: str, error: ChainruleError, line: int) -> ParseError:
        return self.sheet.fault(
            line, f"{problem}: {error.problem}", error.given or self.sheet.function[:80], error.expected, error.fix
        )

    def derivation(self, name: str, order: int = 1) -> Derivation:
        return derive(self.sheet.function, name, order=order, declare=self.declare)

    @property
    def reading(self) -> list[tuple[str, str]]:
        """(label, text) of the function that is asked about."""
        first, *definitions = self.problem.reading
        sizes = [f"{v.name}: {size_text(v.dims)}" for v in self.problem.variables.values() if v.dims]
        return [("f =", first), *[("", line) for line in definitions], *([("", "   ".join(sizes))] if sizes else [])]

    # ------------------------------------------------------------------ the point

    @cached_property
    def point(self) -> dict[str, np.ndarray]:
        """The value of each variable at the point of the question."""
        text = self.asked.at or ""
        fault = lambda problem, expected=None: self.sheet.fault(
            self.part.line, problem, f"at {text[:80]}", expected, self._point_sample
        )
        found = {}
        for piece in pieces(text, ",;"):
            name, sign, value = divided(piece)
            if not sign and len(self.wrt) == 1:
                name, value = self.wrt[0], piece
            elif not sign:
                raise fault("a point gives each variable its value", "`x = 1, y = 2`")
            try:
                name = called(name.strip())
                if name not in self.problem.every:
                    raise fault(f"`{name}` is not a variable of the function", ", ".join(self.problem.variables))
                found[name] = values_of(value)
            except ParseError as error:
                raise error if "line" in error.problem else fault(error.problem, error.expected) from None
        missing = [name for name in self.problem.every if name not in found]
        if missing:
            raise fault(f"the point has no value for `{missing[0]}`", "a value for each variable")
        wrong = next((name for name, value in found.items() if value.ndim != len(self.problem.every[name].dims)), None)
        if wrong:
            raise fault(f"the value of `{wrong}` has not its shape", size_text(self.problem.every[wrong].dims))
        return found

    @property
    def _point_sample(self) -> str:
        return "at " + ", ".join(f"{v.name} = {('(1, 2)' if v.dims else '1')}" for v in self.problem.every.values())


def values_of(text: str) -> np.ndarray:
    """The array that a text such as 1/2, (1, 2) or [[1, 2], [3, 4]] gives.

    Raises
        ParseError: an entry is no number.
    """
    from_lists = listed_values(text)
    return np.array(from_lists, dtype=float)


def listed_values(text):
    entries = listed(text) if isinstance(text, str) else text
    return [listed_values(entry) for entry in entries] if isinstance(entries, list) else numeral(entries).value
