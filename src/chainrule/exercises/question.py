"""What every question is: words that ask, a solution that the engine finds, and a judgement of an answer."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..core.dims import size_text
from ..core.errors import ChainruleError, ParseError
from ..derivation import Derivation, derive
from ..derivation.derive import understood
from ..derivation.terminal import GAP, Row, block, columns
from ..syntax import Meaning, called
from ..syntax.declare import Declared
from .asked import Asked
from .lists import DERIVATIVE_NAMES, divided, listed, pieces
from .numerals import numeral
from .sheet import Part, Sheet

NEWLINE = "\n"
WIDTH = 100
WORD = re.compile(r"[^\W\d_]\w*")
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
    steps      (label, text, why) of the way there; empty where there is nothing to tell
    spellings  ways to type the result, each of which is accepted as an answer
    latex      the result in LaTeX, or ""
    note       what is good to know, or ""
    """

    lines: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str, str], ...] = ()
    spellings: tuple[str, ...] = ()
    latex: str = ""
    note: str = ""

    def rows(self, width: int | None = None) -> list[Row]:
        """The solution in columns; a reason that has no room beside its step stands below it."""
        told = [*[(*line, "") for line in self.lines], *self.steps, *([("note", self.note, "")] if self.note else [])]
        if not any(label for label, _, _ in told):
            return [Row("  ", text) for _, text, _ in told]
        wide = max(10, *[len(label) + 1 for label, _, _ in told])
        listed = []
        for label, text, why in told:
            number = label.isdigit() or label[:1] == "["  # those of steps and sources stand further right
            head = f"  {label:>3}{'':{wide - 3}}" if number else f"  {label:<{wide}}"
            row = Row(head, text, why.strip(), "note" if label in ("note", "since") else "step")
            if row.aside and width is not None and columns(head + text) + GAP + columns(row.aside) > width:
                reason = "; ".join(re.split(r"\s{3,}", row.aside))
                listed += [row._replace(aside=""), Row(" " * (columns(head) + 4), reason, role="note")]
            else:
                listed.append(row)
        return listed

    def __str__(self) -> str:
        return block(self.rows(WIDTH), WIDTH)

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self)}


class Question:
    """One part of an exercise. Subclasses know one kind of answer each.

    Attributes
        expects: how an answer is written, in a few words.
        answered_by: "text", or "program" for a file of Python.
        several_lines: whether an answer may take several lines; an empty line ends it.
        takes_names: whether parts of an answer may have names, `s = sigmoid(x)` on a line before it.
    """

    answered_by = "text"
    several_lines = False
    takes_names = False
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
        self.named: dict[str, str] = {}  # names that answers may use, and what they stand for

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

    def definition(self, line: str) -> str:
        """The name that a line such as `s = sigmoid(x)` gives to a part of an answer; "" where it is an answer itself."""
        name, sign, body = divided(line)
        name = name.strip()
        taken = name in self.problem.every or called(name) in self.problem.every or DERIVATIVE_NAMES.fullmatch(name)
        return name if self.takes_names and sign and body and name.isidentifier() and not taken and name != "f" else ""

    def with_names(self, formula: str) -> str:
        """A formula with what the names in it stand for on lines above; f, too, is one, as is f(x)."""
        known = self.named
        if "f" not in self.problem.every and not self.problem.dims:
            known = known | {"f": f"f = {self.sheet.function.rpartition(NEWLINE)[2].strip()}"}
            formula = re.sub(rf"(?<![A-Za-z_\\])f\s*\(\s*{re.escape(self.in_wrt)}\s*\)", "f", formula)
        lines = [formula]
        for name, line in reversed(known.items()):
            own = rf"(?<![A-Za-z_\\]){re.escape(name)}\s*=[^=]"
            letters = {each for each in (*known, *self.problem.every) if len(each) == 1}  # that may run together
            used = {word for each in lines for word in WORD.findall(each.partition("=")[2] or each)}
            used |= {letter for word in used if set(word) <= letters for letter in word}
            if name in used and not re.search(own, formula):
                lines.insert(0, line)
        return "\n".join(lines)

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
