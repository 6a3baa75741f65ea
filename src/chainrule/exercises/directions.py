"""Questions about ways through the domain: slopes along a direction, the steepest one, a step of descent, critical points."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from ..core.errors import ParseError
from ..derivation import derive
from .lists import arranged, bare, by_name, tidy
from .numerals import DIGITS, EXACT, array_text, number_text, numeral
from .question import RIGHT, UNDECIDED, WRONG, Judgement, Solution, values_of
from .score import SLIP
from .values import TOO_ROUGH, DerivativeAt, Numbers, Other

SURELY = 0.95  # of the last digit: what is less far away may be cut off there


class Along(Numbers):
    """The derivative along a direction, not normalised."""

    @cached_property
    def v(self) -> np.ndarray:
        try:
            return values_of(self.asked.along)
        except ParseError as error:
            raise self.sheet.fault(
                self.part.line,
                error.problem,
                f"along {self.asked.along[:60]}",
                "a number for each variable",
                "along (3/5, 4/5)",
            ) from None

    @property
    def words(self) -> str:
        return f"Find the derivative of f along the vector {array_text(self.v)} {self.at_words}."

    @cached_property
    def gradient(self) -> np.ndarray:
        return DerivativeAt(self.sheet, self.part, self.asked._replace(kind="derivative", order=1)).true

    @cached_property
    def true(self) -> np.ndarray:
        if self.gradient.shape != self.v.shape:
            raise self.sheet.fault(
                self.part.line,
                "the direction has not the shape of the variables",
                f"along {self.asked.along[:60]}",
                f"{self.gradient.size} numbers",
            )
        return np.array(float(np.sum(self.gradient * self.v)))

    @property
    def way(self) -> tuple[tuple[str, str], ...]:
        return (("since", f"∇f = {array_text(self.gradient)}, and the derivative along v is ∇fᵀv"),)

    def others(self) -> Iterator[Other]:
        length = float(np.linalg.norm(self.v))
        yield Other(
            "factor",
            "this is for the direction made a unit vector; here it is taken as it is",
            np.array(float(self.true) / length),
        )
        yield Other(
            "steepest",
            "this is ‖∇f‖, the slope in the steepest direction",
            np.array(float(np.linalg.norm(self.gradient))),
        )
        yield from super().others()


class Rate(Numbers):
    """The slope in the direction of steepest increase or decrease."""

    @property
    def words(self) -> str:
        return f"How steep is f in the direction of steepest {self.asked.way}, {self.at_words}?"

    @cached_property
    def gradient(self) -> np.ndarray:
        return DerivativeAt(self.sheet, self.part, self.asked._replace(kind="derivative", order=1)).true

    @cached_property
    def true(self) -> np.ndarray:
        return np.array(float(np.linalg.norm(self.gradient)) * (1 if self.asked.way == "increase" else -1))

    @property
    def way(self) -> tuple[tuple[str, str], ...]:
        return (("since", f"it is the length of ∇f = {array_text(self.gradient)}"),)

    def others(self) -> Iterator[Other]:
        yield Other("missing-root", "this is ‖∇f‖²: the root is missing", np.array(float(np.sum(self.gradient**2))))
        yield Other(
            "sum",
            "this is the sum of the entries, not the length of the vector",
            np.array(float(np.sum(self.gradient))),
        )
        yield from super().others()


class Step(Numbers):
    """Where one step of gradient descent leads, in numbers."""

    @property
    def words(self) -> str:
        return f"Make one step of gradient descent with rate {self.asked.rate} {self.at_words}. Where does it lead?"

    @cached_property
    def before(self) -> np.ndarray:
        return (
            self.point[self.wrt[0]] if len(self.wrt) == 1 else np.array([float(self.point[name]) for name in self.wrt])
        )

    @cached_property
    def gradient(self) -> np.ndarray:
        return DerivativeAt(self.sheet, self.part, self.asked._replace(kind="derivative", order=1)).true

    @cached_property
    def rate(self) -> float:
        try:
            return numeral(self.asked.rate).value
        except ParseError as error:
            raise self.sheet.fault(self.part.line, error.problem, f"rate {self.asked.rate}", "a number") from None

    @cached_property
    def true(self) -> np.ndarray:
        return self.before - self.rate * self.gradient

    @property
    def way(self) -> tuple[tuple[str, str], ...]:
        return (("since", f"it is {array_text(self.before)} − {self.asked.rate} · {array_text(self.gradient)}"),)

    def others(self) -> Iterator[Other]:
        yield Other("sign", "this goes uphill: descent subtracts the gradient", self.before + self.rate * self.gradient)
        yield Other("rate", "the rate is missing", self.before - self.gradient)
        yield Other("missing-term", "this is the step alone; it starts at the point", -self.rate * self.gradient)
        yield from super().others()


class Direction(Numbers):
    """The direction in which the function grows or falls fastest: any positive multiple, or the unit vector."""

    @property
    def words(self) -> str:
        unit = " Give it as a unit vector." if self.asked.unit else " (Its length does not matter.)"
        return f"In which direction does f {self.asked.way} fastest {self.at_words}?{unit}"

    @cached_property
    def gradient(self) -> np.ndarray:
        found = DerivativeAt(self.sheet, self.part, self.asked._replace(kind="derivative", order=1)).true
        if not np.any(found) or not found.ndim:
            raise self.sheet.fault(
                self.part.line,
                "there is no steepest direction",
                f"find: {self.part.find}",
                "several variables, and a gradient that is not zero",
            )
        return found

    @cached_property
    def true(self) -> np.ndarray:
        way = self.gradient if self.asked.way == "increase" else -self.gradient
        return way / np.linalg.norm(way) if self.asked.unit else way

    @cached_property
    def solution(self) -> Solution:
        way = self.gradient if self.asked.way == "increase" else -self.gradient
        length = number_text(float(np.sum(way**2)))
        said = (
            f"{array_text(way)}/√{length}" if self.asked.unit else f"{array_text(way)}, or any positive multiple of it"
        )
        below = f"/sqrt({length})" if self.asked.unit else ""
        typed = f"({', '.join(number_text(float(v)) + below for v in way)})"
        reason = "the gradient points where f grows fastest" + (
            "" if self.asked.way == "increase" else "; where it falls fastest is opposite"
        )
        return Solution((("", said), ("since", reason)), (), (typed.replace("−", "-"),), "")

    def judge(self, answer: str) -> Judgement:
        given = self.numbers(answer)
        mine, true = np.array([n.value for n in given]), self.true.reshape(-1)
        if not np.any(mine):
            return Judgement(WRONG, "the zero vector points nowhere")
        slack = np.array([n.slack for n in given])
        factor = float(mine @ true / (true @ true))
        off, tiny = np.abs(mine - factor * true), EXACT * np.max(np.abs(mine))
        parallel = bool(np.all(off <= slack + tiny))
        sure = np.all(off <= slack / 2 + tiny) and min(n.digits for n in given) >= DIGITS
        if parallel and not sure and np.any(off > tiny):
            return Judgement(UNDECIDED, TOO_ROUGH)
        if parallel and factor > 0:
            length = float(np.linalg.norm(mine))
            if self.asked.unit and abs(length - 1) > 1e-9 + float(np.linalg.norm(slack)):
                return Judgement(
                    WRONG,
                    "the right direction, but not of length 1",
                    (("your length", number_text(length)),),
                    SLIP,
                    "factor",
                )
            return Judgement(RIGHT, "right", (), 1.0)
        if parallel:
            said = (
                "downhill: this is where f falls fastest"
                if self.asked.way == "increase"
                else "uphill: this is where f grows fastest"
            )
            return Judgement(WRONG, f"it points {said}", (("likely slip", "the sign is turned"),), SLIP, "sign")
        angle = np.degrees(np.arccos(np.clip(mine @ true / np.linalg.norm(mine) / np.linalg.norm(true), -1, 1)))
        return Judgement(WRONG, f"another direction: {angle:.3g}° away from the steepest one")


class Critical(Numbers):
    """A point where the gradient is zero. Any such point is right."""

    @property
    def words(self) -> str:
        return f"Find a point where the {'gradient' if len(self.wrt) > 1 else 'derivative'} of f is zero."

    @cached_property
    def true(self) -> np.ndarray:
        if self.part.answer is None:
            raise self.sheet.fault(
                self.part.line,
                "a critical point is not searched for",
                f"find: {self.part.find}",
                "`answer: …`, which is verified",
                "answer: (0, 0)",
            )
        if not self.scalars or set(self.wrt) != set(self.problem.variables):
            raise self.sheet.fault(
                self.part.line,
                "critical points are of functions of numbers, in all their variables",
                f"find: {self.part.find}",
            )
        return np.array([n.value for n in self.read(self.part.answer)])

    def read(self, text: str) -> list:
        text = tidy(text)
        entries = by_name(text, self.wrt) or arranged(text, (len(self.wrt),), self.wrt)
        return [numeral(bare(entry)) for entry in entries]

    @property
    def expects(self) -> str:
        return f"the values of {self.in_wrt}" if len(self.wrt) > 1 else f"the value of {self.in_wrt}"

    @property
    def way(self) -> tuple[tuple[str, str], ...]:
        return (
            (
                "since",
                "; ".join(f"{d.symbol} = {d.text}" for d in self.first)
                + f" vanish{'es' if len(self.wrt) == 1 else ''} there",
            ),
        )

    def judge(self, answer: str) -> Judgement:
        given = self.read(answer)
        here = {name: np.array(n.value) for name, n in zip(self.wrt, given)}
        with np.errstate(all="ignore"):
            slopes = np.array([float(d.compile()(**here)) for d in self.first])
            curves = np.array([float(d.compile()(**here)) for d in self.second]).reshape(len(slopes), len(slopes))
        if not np.all(np.isfinite(slopes)):
            return Judgement(WRONG, "the derivative does not exist there")
        right = np.abs(slopes) <= EXACT * np.maximum(1.0, np.abs(curves).sum(axis=1))
        if np.all(right):
            return Judgement(RIGHT, "right", (), 1.0)
        away = self.distance(slopes, curves)  # to where the gradient vanishes
        slack = np.array([n.slack for n in given])
        if np.all(away <= slack / 2) and min(n.digits for n in given) >= DIGITS:
            return Judgement(RIGHT, "right", (), 1.0)
        if np.all(away < SURELY * slack):
            return Judgement(UNDECIDED, TOO_ROUGH)
        rows = [
            (f"∂f/∂{name}" if len(self.wrt) > 1 else "f′", f"{number_text(slope)} there, and should be 0")
            for name, slope, fine in zip(self.wrt, slopes, right)
            if not fine
        ]
        return Judgement(WRONG, "no critical point", tuple(rows))

    @cached_property
    def first(self) -> list:
        return [self.derivation(name) for name in self.wrt]

    @cached_property
    def second(self) -> list:
        return [derive(d.ascii, name, declare=self.declare) for d in self.first for name in self.wrt]

    def distance(self, slopes: np.ndarray, curves: np.ndarray) -> np.ndarray:
        """How far each number is from that of a critical point nearby, by one step of Newton's method."""
        try:
            return np.abs(np.linalg.solve(curves, slopes))
        except np.linalg.LinAlgError:
            return np.full(len(slopes), np.inf)
