"""Questions whose answer is a working: the way to a derivative, line by line. Every line is judged, and counts.

A learner may begin with names of their own (r = y − s); what they say that f is, is compared with the function. A line that
only repeats an earlier mistake is not counted as another one.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from ..core.errors import ChainruleError
from ..core.lazy import lazy
from .formulas import ORDINALS
from .judging import same_as
from .lists import divided, tidy
from .question import RIGHT, UNDECIDED, WRONG, Judgement, Question, Solution

if TYPE_CHECKING:
    from ..checking.working import Working

working = lazy(__package__, "..checking.working")

FUNCTION = re.compile(r"f\s*=(?!=)[^=]*$")
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
    expects = "lines such as `df = 2 r dr`, one for each step; an empty line ends them"

    @property
    def words(self) -> str:
        order, what = self.asked.order, self.asked.what
        called = f"{ORDINALS[order]} {what}" if what == "derivative" and order > 1 else what
        return f"Derive the {called} of f in {self.in_wrt}, line by line."

    @cached_property
    def solution(self) -> Solution:
        found = self.derivation(self.wrt[0], self.asked.order)
        steps = [(label, text) for label, text, _ in found.tell().rows() if label.isdigit()]
        where = [("" if k else "where", f"{name} = {text}") for k, (name, text) in enumerate(found.where.items())]
        lines = "\n".join(text.partition("  ")[0] for _, text in steps)
        return Solution(((f"{found.symbol} =", found.text), *where), tuple(steps), (lines,), found.latex)

    def judge(self, answer: str) -> Judgement:
        found = self.refereed(answer)
        claims = [line for line in found.lines if line.verdict in CLAIMS]
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
        """The lines of the answer, judged by the referee of derivations.

        The last line that says `f = …` in the learner's own parts, and is the function of the exercise, is its definition
        there, so that ∂f/∂r has a meaning; without one, the function of the exercise stands above.
        """
        lines = lines_of(answer)
        functions = {k: self.is_function(lines, k) for k, line in enumerate(lines) if FUNCTION.match(line)}
        own = max((k for k, fine in functions.items() if fine), default=None)
        kept = [k for k in range(len(lines)) if k == own or not functions.get(k)]
        *lets, last = [line.strip() for line in self.sheet.function.split("\n")]
        above = [*lets, f"f = {last}"] if own is None else lets if any(self.uses(line, lets) for line in lines) else []
        found = working.check_working("\n".join([*above, *[lines[k] for k in kept]]), wrt=self.wrt[0], declare=self.declare)
        places = {len(above) + n: k + 1 for n, k in enumerate(kept, 1)}
        judged = {}
        for line in found.lines:
            if line.number in places:
                line.follows = places.get(line.follows)
                line.number = places[line.number]
                judged[line.number] = line
        for k in functions:
            if k + 1 not in judged or k == own:
                judged[k + 1] = line = working.Line(k + 1, lines[k])
                line.verdict = "given"
        found.lines = [judged[k] for k in sorted(judged)]
        return found

    def uses(self, line: str, lets: list[str]) -> bool:
        """Whether a line has a name that the exercise defines above its function."""
        return any(re.search(rf"(?<!\w){re.escape(divided(let)[0].strip())}(?!\w)", line) for let in lets)

    def is_function(self, lines: list[str], k: int) -> bool:
        """Whether the line `f = …` is the function of the exercise, in parts that lines above define."""
        try:
            return same_as(
                self.problem.text, "\n".join([*self.parts(lines[:k]), divided(lines[k])[2]]), self.problem
            ).right
        except ChainruleError:
            return False

    def parts(self, lines: list[str]) -> list[str]:
        """The definitions among the lines, such as r = y − s."""
        taken = {*self.problem.every, "f", *[f"d{name}" for name in self.problem.every]}
        split = [(name.strip(), body) for name, sign, body in map(divided, lines) if sign]
        return [
            f"{name} = {body}"
            for name, body in split
            if name.isidentifier() and name not in taken and not name.startswith("d")
        ]

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
