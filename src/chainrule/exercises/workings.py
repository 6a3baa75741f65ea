"""Questions whose answer is a working: the way to a derivative, line by line. Every line is judged, and counts.

A learner may begin with names of their own (r = y − s), and say what f is made of them. A line that only repeats an earlier
mistake is not counted as another one.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from ..core.lazy import lazy
from .formulas import ORDINALS
from .lists import divided, tidy
from .question import RIGHT, UNDECIDED, WRONG, Judgement, Question, Solution

if TYPE_CHECKING:
    from ..checking.working import Working

working = lazy(__package__, "..checking.working")

RESTATED = re.compile(r"\s*f\s*=(?!=)")
GRADIENT = re.compile(r"^grad(?:ient)?(?:\s*f)?\s*=")
LEFT_OVER = re.compile(
    r"∂|∇|\\partial|\\nabla|[′']|(?<![A-Za-z])d[A-Za-z]\w*(?!\w*\()"
)  # derivatives that are not worked out yet
CLAIMS = ("right", "wrong", "follows", "undecided", "unread")  # verdicts of lines that claim something
GOOD = ("right", "follows")
FEWEST = 2  # lines that claim something, of a working
UNFINISHED = 0.5  # of the points, where the result is not reached, or nothing leads to it


class Derivation(Question):
    """The way to a derivative, told in lines."""

    several_lines = True
    expects = "lines, `r = …` or `df = …`, one for each step, and an empty line at the end"

    @property
    def words(self) -> str:
        order, what = self.asked.order, self.asked.what
        called = f"{ORDINALS[order]} {what}" if what == "derivative" and order > 1 else what
        return f"Derive the {called} of f in {self.in_wrt}, line by line."

    @cached_property
    def solution(self) -> Solution:
        found = self.derivation(self.wrt[0], self.asked.order)
        steps = [row for row in found.tell().rows() if row[0].isdigit()]
        where = [("" if k else "where", f"{name} = {text}") for k, (name, text) in enumerate(found.where.items())]
        lines = "\n".join(text.partition("  ")[0] for _, text, _ in steps)
        return Solution(((f"{found.symbol} =", found.text), *where), tuple(steps), (lines,), found.latex)

    def judge(self, answer: str) -> Judgement:
        found = self.refereed(answer)
        claims = [line for line in found.lines if line.verdict in CLAIMS and not repeats(line)]
        good = [line for line in claims if line.verdict in GOOD]
        reached = self.reached(found, lines_of(answer))
        share = len(good) / len(claims) if claims else 0.0
        rows = tuple(told(found))
        causes = {line.cause for line in found.mistakes}
        cause = causes.pop() if len(causes) == 1 else None
        if found.mistakes:
            at = ", ".join(str(line.number) for line in found.mistakes)
            said = f"line {at} is not true" if len(found.mistakes) == 1 else f"lines {at} are not true"
            return Judgement(
                WRONG,
                f"{said}; {len(good)} of {len(claims)} lines count",
                rows,
                share * (1 if reached else UNFINISHED),
                cause,
                found,
            )
        if any(line.verdict in ("unread", "undecided") for line in claims):
            return Judgement(
                UNDECIDED, "not every line could be judged", rows, share * (1 if reached else UNFINISHED), None, found
            )
        if not reached:
            said = (
                "every line is true, but the last one is not the result yet"
                if claims
                else "nothing is claimed yet: go on to the result"
            )
            return Judgement(WRONG, said, rows, UNFINISHED * share, None, found)
        if len(claims) < FEWEST:
            return Judgement(
                WRONG, "the result is right; now write down the lines that lead to it", rows, UNFINISHED, None, found
            )
        return Judgement(RIGHT, f"right, every line of {len(claims)}", rows, 1.0, None, found)

    def refereed(self, answer: str) -> Working:
        """The lines of the answer, judged by the referee of derivations below the function of the exercise."""
        lines = lines_of(answer)
        *lets, last = [line.strip() for line in self.sheet.function.split("\n")]
        above = [*lets, f"f = {last}", *self.named_before(lines)]
        found = working.check_working("\n".join([*above, *lines]), wrt=self.wrt[0], declare=self.declare)
        found.lines = [line for line in found.lines if line.number > len(above)]
        for line in found.lines:
            line.number -= len(above)
            line.follows = line.follows and line.follows - len(above)
        return found

    def named_before(self, lines: list[str]) -> list[str]:
        """What the learner gave a name in an earlier part of the exercise, and uses here without saying it again."""
        own = {divided(line)[0].strip() for line in lines}
        uses = lambda name: any(re.search(rf"(?<![A-Za-z_]){re.escape(name)}(?!\w)", line) for line in lines)
        return [line for name, line in self.named.items() if name not in own and uses(name)]

    def reached(self, found: Working, lines: list[str]) -> bool:
        """Whether the last line states, and truly, the derivative that was asked for, with nothing left to differentiate."""
        if not found.lines or found.lines[-1].verdict not in GOOD:
            return False
        chains = [statement for row in working.rows_of("\n".join(lines)) for statement in row.statements[:1]]
        left = next((c.sides[0] for c in reversed(chains) if not c.goes_on), "")
        name = re.escape(self.asked.wrt[0])
        whole = (
            rf"(?:\\nabla|∇)[_²^{{}}\w]*\s*f|(?:d|∂|\\partial)[²^2{{}}]*\s*f\s*/\s*(?:d|∂|\\partial)\s*{name}.*"
            rf"|\\frac\{{.*f\}}\{{.*{name}.*\}}|d[²^2]?\s*f|f[′']+(?:\(.*\))?|[JH]"
        )
        rest = (
            re.sub(rf"(?<![A-Za-z])d\s*{name}(?!\w)", "", chains[-1].sides[-1])
            if re.fullmatch(r"d[²^2]?\s*f", left.strip())
            else chains[-1].sides[-1]
        )
        return bool(re.fullmatch(whole, left.strip())) and not LEFT_OVER.search(rest)


def lines_of(answer: str) -> list[str]:
    """The lines of an answer that say something; `grad = …` is ∇f."""
    return [GRADIENT.sub("∇f =", line.strip()) for line in tidy(answer).split("\n") if line.strip()]


def repeats(line) -> bool:
    """Whether a line only says, and truly, what f is: that is no step."""
    return line.verdict in GOOD and bool(RESTATED.match(line.text))


def told(found: Working):
    """(label, text) of each line: its verdict beside it, and below it what there is to say, but not what should stand there."""
    width = max((len(line.text) for line in found.lines), default=0)
    for line in found.lines:
        yield str(line.number), f"{line.text:<{min(width, 60)}}   {line.aside}"
        if line.verdict in ("wrong", "undecided"):
            for text in (line.counterexample, line.slip and f"likely slip  {line.slip}"):
                if text:
                    yield "", text
        elif line.verdict == "unread" and line.error is not None and line.error.fix:
            yield "", f"fix: {line.error.fix}"
