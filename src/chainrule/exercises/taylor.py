"""Questions whose answer is a Taylor polynomial of one variable around a number, judged coefficient by coefficient."""

from __future__ import annotations

import re
from functools import cached_property
from math import factorial

import numpy as np

from ..core.errors import ChainruleError
from ..derivation import derive
from ..derivation.objects import taylor
from .judging import same_as
from .lists import bare
from .numerals import DECIMAL, DIGITS, number_text, numeral
from .question import RIGHT, UNDECIDED, WRONG, Judgement, Question, Solution
from .score import with_slip
from .values import TOO_ROUGH

PRIMES = ("", "′", "″", "‴")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LANDAU = re.compile(
    r"\s*\+\s*(?:\\mathcal\{?)?[Oo]\}?\s*\([^()]*(?:\([^()]*\))?[^()]*\)\s*$|\s*\+\s*(?:…|\.\.\.|\\[lc]?dots)\s*$"
)  # + O(x⁴), + …
BEYOND = 3  # degrees above the one that was asked for that are looked at


class Polynomial(Question):
    """The Taylor polynomial of degree `asked.degree`."""

    expects = "a polynomial"

    @property
    def words(self) -> str:
        return f"Find the Taylor polynomial of f of degree {self.asked.degree} around {self.in_wrt} = {self.asked.at}."

    @cached_property
    def centre(self) -> float:
        text = (self.asked.at or "0").rpartition("=")[2]
        try:
            return numeral(text).value
        except ChainruleError as error:
            raise self.sheet.fault(self.part.line, error.problem, f"around {text}", "a number", "around 0") from None

    @cached_property
    def polynomial(self):
        text = (self.asked.at or "0").rpartition("=")[2].strip()
        return taylor(
            self.sheet.function,
            self.wrt[0],
            self.asked.degree,
            at=float(text) if "." in text else text,
            declare=self.declare,
        )

    @cached_property
    def solution(self) -> Solution:
        found = self.polynomial
        lines = [("T =", found.text), *[("where", f"{n} = {t}") for n, t in found.where.items()]]
        return Solution(tuple(lines), tuple(self.way()), (found.ascii,), found.latex)

    def way(self):
        """The derivatives at the centre, from which the coefficients come."""
        at = number_text(self.centre)
        for k, value in enumerate(self.slopes):
            mark = "f" + (PRIMES[k] if k < len(PRIMES) else f"⁽{str(k).translate(RAISED)}⁾")
            below = f"/{k}!" if k > 1 else ""
            yield f"{mark}({at}) =", number_text(value), f"the coefficient of degree {k} is {mark}({at}){below}"

    @cached_property
    def slopes(self) -> list[float]:
        """f and its derivatives at the centre, up to the degree."""
        here = {self.wrt[0]: np.array(self.centre)}
        values = [float(self.problem.evaluate(here))]
        return values + [
            float(self.derivation(self.wrt[0], k).compile()(**here)) for k in range(1, self.asked.degree + 1)
        ]

    def judge(self, answer: str) -> Judgement:
        mine = LANDAU.sub("", bare(answer, self.problem.every))
        true = self.polynomial.ascii
        found = same_as(true, mine, self.problem)
        if found.right:
            return Judgement(RIGHT, "right", (), 1.0, None, found)
        if found.verdict != "wrong":
            return Judgement(UNDECIDED, found.headline, (), 0.0, None, found)
        degree = self.asked.degree
        given = self.coefficients(mine)
        wanted = [slope / factorial(k) for k, slope in enumerate(self.slopes)]
        if given is None:
            return Judgement(WRONG, "not a polynomial of the degree that was asked for", (), 0.0, "degree", found)
        bad = [k for k in range(degree + 1) if not np.isclose(given[k], wanted[k], rtol=1e-9, atol=1e-12)]
        slack, digits = self.slack(mine, given) if bad else (given, DIGITS)
        rough = [k for k in bad if abs(given[k] - wanted[k]) <= slack[k] / (2 if digits >= DIGITS else 1)]
        bad = [k for k in bad if k not in rough]
        if not bad and all(abs(each) <= 1e-9 for each in given[degree + 1 :]):
            if digits >= DIGITS:
                return Judgement(RIGHT, "right", (), 1.0, None, found)
            return Judgement(UNDECIDED, TOO_ROUGH, (), 0.0, None, found)
        share = 1 - len(bad) / (degree + 1)
        if not bad:
            return Judgement(
                WRONG, f"right up to degree {degree}, but it goes on beyond it", (), share / 2, "degree", found
            )
        first = bad[0]
        power = self.coefficient(first)
        rows = []
        if all(np.isclose(given[k], self.slopes[k], rtol=1e-9, atol=1e-12) for k in bad) and first > 1:
            rows = [("likely slip", "the factorials are missing: the coefficient of degree k is f⁽ᵏ⁾/k!")]
            return Judgement(
                WRONG, f"{power} is not right", tuple(rows), with_slip(share, "factorial"), "factorial", found
            )
        if all(np.isclose(given[k], -wanted[k], rtol=1e-9, atol=1e-12) for k in bad):
            rows = [("likely slip", "its sign is turned" if len(bad) == 1 else "the signs of several terms are turned")]
            return Judgement(WRONG, f"{power} is not right", tuple(rows), with_slip(share, "sign"), "sign", found)
        if all(abs(given[k]) < 1e-12 for k in bad):
            said = "is missing" if len(bad) == 1 else "is missing, and so are further ones"
            return Judgement(WRONG, f"{self.term(first)} {said}", (), share, "missing-term", found)
        rows = [("yours there", number_text(given[first]))]
        return Judgement(WRONG, f"{power} is not right", tuple(rows), share, None, found)

    def slack(self, mine: str, given: list[float]) -> tuple[np.ndarray, int]:
        """(how far each coefficient is left open by the last digits of decimal numbers, the digits of the shortest that is not exact)."""
        found, digits = np.zeros(len(given)), DIGITS
        wanted = [slope / factorial(k) for k, slope in enumerate(self.slopes)]
        for match in DECIMAL.finditer(mine):
            unit = 10.0 ** (int(match[3] or 0) - len(match[2]))
            moved = self.coefficients(f"{mine[: match.start()]}({match[0]} + {unit:.12f}){mine[match.end() :]}")
            opened = np.abs(np.subtract(moved, given)) if moved else np.zeros(len(given))
            found += opened
            if any(opened[k] and not np.isclose(given[k], each, rtol=1e-9) for k, each in enumerate(wanted)):
                digits = min(digits, len((match[1] + match[2]).lstrip("0")))
        return found, digits

    def same_answer(self, answer: str, other: str) -> bool:
        return same_as(bare(other), bare(answer), self.problem).right

    def coefficient(self, k: int) -> str:
        return f"the coefficient of {self.power(k)}" if k else "the constant term"

    def term(self, k: int) -> str:
        return f"the term in {self.power(k)}" if k else "the constant term"

    def power(self, k: int) -> str:
        inner = (
            self.in_wrt
            if not self.centre
            else f"({self.in_wrt} {'−' if self.centre > 0 else '+'} {number_text(abs(self.centre))})"
        )
        return inner if k == 1 else inner + str(k).translate(RAISED)

    def coefficients(self, mine: str) -> list[float] | None:
        """The coefficients of the powers of (x − centre) in a formula; None where it has no derivatives there."""
        here = {self.wrt[0]: np.array(self.centre)}
        found = []
        try:
            for k in range(self.asked.degree + BEYOND + 1):
                if k == 0:
                    found.append(
                        float(derive(mine, self.wrt[0], declare=self.declare, seal=False).problem.evaluate(here))
                    )
                else:
                    found.append(
                        float(derive(mine, self.wrt[0], order=k, declare=self.declare, seal=False).compile()(**here))
                        / factorial(k)
                    )
        except ChainruleError:
            return None
        return found if all(np.isfinite(found)) else None
