"""Questions whose answer is a formula: a derivative, several of them as a list, a formula that nothing derives."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple

from ..checking.report import Report
from ..core.lazy import lazy
from ..derivation import Derivation, derive
from ..syntax import Meaning
from .judging import checked, judged, plainly_right, same_as, together, with_sizes
from .lists import arranged, bare
from .question import RIGHT, WRONG, Judgement, Question, Solution

checker = lazy(__package__, "..checking.formulas")

SOURCES = re.compile(r"\s*(?:\[\d+\])+$")
ORDINALS = {2: "second", 3: "third", 4: "fourth"}


class Target(NamedTuple):
    """One formula that is to be found: the derivative of `function` in `wrt`, called `name`."""

    name: str
    function: str | Meaning
    wrt: str
    order: int
    derivation: Derivation


class Formula(Question):
    """A derivative of any order in one variable, or in several that are numbers, entry by entry."""

    takes_names = True

    @property
    def expects(self) -> str:
        if not self.shape:
            return "a formula"
        n = len(self.wrt)
        if self.asked.order == 1:
            return f"{n} formulas, ({', '.join(t.name for t in self.targets)})"
        return "2×2 formulas, [a, b; c, d]" if n == 2 else f"{n}×{n} formulas, row by row: [a, b, …; …]"

    @property
    def words(self) -> str:
        return f"Find the {self.called} of f in {self.in_wrt}."

    @property
    def called(self) -> str:
        """What is asked for: gradient, Jacobian, second derivative …"""
        order, what = self.asked.order, self.asked.what
        return f"{ORDINALS[order]} {what}" if what == "derivative" and order > 1 else what

    @cached_property
    def targets(self) -> list[Target]:
        """The formulas to be found, in the order in which they are answered."""
        if len(self.wrt) == 1:
            found = self.derivation(self.wrt[0], self.asked.order)
            return [Target(found.symbol, self.problem, self.wrt[0], self.asked.order, found)]
        self.refuse_unless_numbers()
        first = [self.derivation(name) for name in self.wrt]
        if self.asked.order == 1:
            return [Target(f"∂f/∂{d.wrt}", self.problem, d.wrt, 1, d) for d in first]
        return [
            Target(
                f"∂²f/∂{d.wrt}∂{name}" if name != d.wrt else f"∂²f/∂{name}²",
                d.ascii, name, 1, derive(d.ascii, name, declare=self.declare),
            )
            for d in first
            for name in self.wrt
        ]  # fmt: skip

    def refuse_unless_numbers(self) -> None:
        if not self.scalars or self.asked.order > 2 or self.problem.dims:
            raise self.sheet.fault(
                self.part.line, "several variables at once have to be numbers, and so has the function",
                f"find: {self.part.find}",
                "one part for each variable", f"find: {self.called} in {self.wrt[0]}",
            )  # fmt: skip

    @property
    def shape(self) -> tuple[int, ...]:
        """How the formulas are laid out in an answer."""
        return () if len(self.wrt) == 1 else (len(self.wrt),) * self.asked.order

    @cached_property
    def solution(self) -> Solution:
        found = [t.derivation for t in self.targets]
        if not self.shape:
            where = [
                ("" if k else "where", f"{name} = {text}") for k, (name, text) in enumerate(found[0].where.items())
            ]
            better = self.part.answer and checker.read_beside(self.part.answer, self.problem).echo
            lines = ((f"{found[0].symbol} =", better),) if better else ((f"{found[0].symbol} =", found[0].text), *where)
            return Solution(lines, tuple(found[0].tell().rows()), (found[0].ascii,), found[0].latex)
        lines = [(f"{t.name} =", t.derivation.text) for t in self.targets]
        n, entries = len(self.wrt), [t.derivation.ascii for t in self.targets]
        inner = (
            ", ".join(entries)
            if self.asked.order == 1
            else "; ".join(", ".join(entries[k : k + n]) for k in range(0, n * n, n))
        )
        steps = (
            [row for t in self.targets if t.derivation.order == 1 for row in steps_of(t)]
            if self.asked.order == 1
            else []
        )
        return Solution(tuple(lines), tuple(steps), (f"[{inner}]",), "")

    def split(self, answer: str) -> list[str]:
        """The entries of an answer, in the order of the targets."""
        if not self.shape:
            return [self.with_names(bare(answer, self.problem.every))]
        names = self.wrt if self.asked.order == 1 else ()
        return [self.with_names(bare(entry, self.problem.every)) for entry in arranged(answer, self.shape, names)]

    def judge(self, answer: str) -> Judgement:
        entries = self.split(answer)
        entries = [with_sizes(entry, self.problem, t.derivation.shape) for entry, t in zip(entries, self.targets)]
        reports = [checked(t.function, entry, t.wrt, t.order, self.declare) for t, entry in zip(self.targets, entries)]
        if not all(plainly_right(report) for report in reports):
            if any(self.is_same(answer, accepted) for accepted in self.part.accept):
                return Judgement(RIGHT, "right", (), 1.0, None, reports[0])
            if all(report.right for report in reports) and any(
                self.is_same(answer, wrong.text) for wrong in self.part.wrong
            ):
                found = judged(reports[0], (self.targets[0].derivation.text,))
                return found._replace(
                    verdict=WRONG,
                    headline=found.headline if found.verdict == WRONG else "not as it is asked for here",
                    share=found.share / 2,
                )
        found = [judged(report, (t.derivation.text,)) for report, t in zip(reports, self.targets)]
        return found[0] if not self.shape else together([t.name for t in self.targets], found)

    def same_answer(self, answer: str, other: str) -> bool:
        return all(plainly_right(same_as(b, a, self.problem)) for a, b in zip(self.split(answer), self.split(other)))


def steps_of(target: Target) -> list[tuple[str, str, str]]:
    """The steps to one of several formulas, without the sources that they share."""
    told = [row for row in target.derivation.tell().rows() if row[0].isdigit()]
    return [("" if k else "steps", text, SOURCES.sub("", why)) for k, (_, text, why) in enumerate(told[1:])]


class Written(Question):
    """A formula that nothing derives: it stands in the exercise, and any formula that is the same function is right."""

    def __init__(self, sheet, part, asked):
        super().__init__(sheet, part, asked)
        if part.answer is None:
            raise sheet.fault(
                part.line, "nothing derives this formula", f"find: {part.find}", "a line `answer: …`", "answer: 2 x"
            )

    words = "Find the formula."
    takes_names = True

    @cached_property
    def solution(self) -> Solution:
        return Solution((("", self.part.answer),), (), (self.part.answer,))

    def judge(self, answer: str) -> Judgement:
        reports = [self.compared(answer, right) for right in (self.part.answer, *self.part.accept)]
        return judged(min(reports, key=lambda each: each.exit_code), (self.part.answer,))

    def same_answer(self, answer: str, other: str) -> bool:
        return self.compared(answer, other).right

    def compared(self, answer: str, other: str) -> Report:
        return same_as(bare(other, self.problem.every), self.with_names(bare(answer, self.problem.every)), self.problem)
