"""Questions whose answer is a word or a size: what kind of critical point it is, and the shape of a derivative."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import product

import numpy as np

from ..core.dims import size_text
from ..core.errors import ParseError, did_you_mean
from .numerals import array_text, number_text
from .question import RIGHT, WRONG, Judgement, Question, Solution
from .score import SLIP
from .values import DerivativeAt

KINDS = ("minimum", "maximum", "saddle")
NATURES = {"minimum": ("minimum", "min"), "maximum": ("maximum", "max"), "saddle point": ("saddle", "neither")}
FLAT = 1e-9  # relative: an eigenvalue that is this small tells nothing


class Nature(Question):
    """Whether a critical point is a minimum, a maximum or a saddle point, by the eigenvalues of the Hessian."""

    expects = "minimum, maximum or saddle point"

    @cached_property
    def at(self) -> DerivativeAt:
        return DerivativeAt(self.sheet, self.part, self.asked._replace(kind="derivative", order=2, what="Hessian"))

    @property
    def words(self) -> str:
        return f"Is the critical point {self.at.at_words} a minimum, a maximum or a saddle point?"

    @cached_property
    def eigenvalues(self) -> np.ndarray:
        slopes = DerivativeAt(
            self.sheet, self.part, self.asked._replace(kind="derivative", order=1, what="gradient")
        ).true
        if np.max(np.abs(slopes)) > 1e-9:
            raise self.sheet.fault(
                self.part.line,
                "it is no critical point",
                f"∇f = {array_text(slopes)} {self.at.at_words}",
                "a point where the gradient is zero",
            )
        return np.linalg.eigvalsh(np.atleast_2d(self.at.true))

    @cached_property
    def true(self) -> str:
        values = self.eigenvalues
        size = np.max(np.abs(values))
        if np.any(np.abs(values) <= FLAT * size) and not (
            np.any(values > FLAT * size) and np.any(values < -FLAT * size)
        ):
            raise self.sheet.fault(
                self.part.line,
                "the Hessian does not decide it",
                f"eigenvalues {array_text(values)}",
                "eigenvalues that are not zero",
            )
        return "minimum" if np.all(values > 0) else "maximum" if np.all(values < 0) else "saddle point"

    @cached_property
    def solution(self) -> Solution:
        hessian = array_text(np.atleast_2d(self.at.true))
        said = f"the Hessian there is {hessian}, with eigenvalues {array_text(self.eigenvalues)}"
        return Solution((("", self.true), ("since", said)), (), (self.true,), "")

    def judge(self, answer: str) -> Judgement:
        words = re.findall(r"[a-z]+", answer.lower())
        given = [
            kind for kind, spelled in NATURES.items() if any(word.startswith(s) for word in words for s in spelled[:2])
        ]
        if len(given) != 1 or "not" in words or "no" in words:
            near = next(filter(None, (did_you_mean(word, KINDS) for word in words)), None)
            raise ParseError(
                "the answer is none of the words", given=answer.strip()[:60], expected=self.expects, fix=near
            )
        if given[0] == self.true:
            return Judgement(RIGHT, "right", (), 1.0)
        if given[0] == "saddle point":
            way = "up" if self.true == "minimum" else "down"
            return Judgement(WRONG, f"no saddle point: near it, f goes {way} whichever way one walks")
        down = given[0] == "minimum"
        v, curve = self.steepest(-1.0 if down else 1.0)
        says = f"along {array_text(v)} the curvature is {number_text(curve)}"
        return Judgement(
            WRONG, f"no {given[0]}: there is a way {'down' if down else 'up'} from here", (("for example", says),)
        )

    def steepest(self, sign: float) -> tuple[np.ndarray, float]:
        """A simple direction in which the curvature has a sign, and that curvature."""
        hessian = np.atleast_2d(self.at.true)
        n = len(hessian)
        simple = [np.array(v) for v in product((1.0, 0.0, -1.0), repeat=n) if any(v)] if n <= 4 else []
        vectors = [*sorted(simple, key=lambda v: float(np.sum(np.abs(v)))), *np.linalg.eigh(hessian)[1].T]
        return next((v, float(v @ hessian @ v)) for v in vectors if sign * (v @ hessian @ v) > 0)


class Shape(Question):
    """The sizes of a derivative: the axes of the function, then those of the variable."""

    expects = "sizes, such as m×n; or scalar"

    @property
    def words(self) -> str:
        return f"What shape has the {self.asked.what} of f in {self.in_wrt}?"

    @cached_property
    def dims(self) -> list[str]:
        return [str(d) for d in self.derivation(self.wrt[0], self.asked.order).shape]

    @cached_property
    def solution(self) -> Solution:
        found = self.derivation(self.wrt[0], self.asked.order)
        return Solution(
            (("", size_text(found.shape)), ("since", f"{found.symbol} = {found.text}")),
            (),
            ("×".join(self.dims) or "scalar",),
            "",
        )

    def judge(self, answer: str) -> Judgement:
        text = answer.strip().strip("()[]").strip()
        known = {n for v in self.problem.every.values() for d in v.dims for n in d.names} | {"1"}
        if "x" not in known:  # m x n, mxn
            text = re.sub(r"(?<=\w)x(?=\w)", " ", text)
        given = (
            []
            if text.lower() in ("scalar", "number", "a number", "a scalar", "1")
            else re.split(r"\s*(?:×|\*|,|\bx\b|\bby\b|\\times)\s*|\s+", text)
        )
        given = [g.lower() if g not in known and g.lower() in known else g for g in given if g]
        wanted = [d for d in self.dims]
        if [g for g in given if g != "1"] == [d for d in wanted if d != "1"]:
            return Judgement(RIGHT, "right", (), 1.0)
        strange = next((g for g in given if g not in known and not g.isdigit()), None)
        if strange:
            raise ParseError(
                f"`{strange}` is no size here",
                given=answer.strip()[:60],
                expected=f"sizes, of {', '.join(sorted(known))}",
                fix="m×n",
            )
        if sorted(given) == sorted(wanted):
            return Judgement(
                WRONG,
                "the right sizes in another order",
                (("note", "rows are what comes out, columns what goes in"),),
                SLIP,
                "transposed",
            )
        return Judgement(
            WRONG,
            f"it is {with_axes(len(wanted))}, and yours {with_axes(len(given))}"
            if len(given) != len(wanted)
            else "other sizes",
        )


def with_axes(n: int) -> str:
    """What something with n axes is called."""
    return ("a number", "a vector", "a matrix")[n] if n < 3 else f"a tensor with {n} axes"
