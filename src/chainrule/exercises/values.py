"""Questions whose answer is numbers: values, and derivatives at a point, from one side too.

A wrong answer is compared with what comes out where one thing is done otherwise: the sign turned, the function in place of
its derivative, the other side of a kink. Only what gives exactly the numbers of the answer is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..core.errors import ChainruleError
from ..core.lazy import lazy
from ..derivation import derive
from ..numeric.ladder import along
from .formulas import ORDINALS
from .judging import listing
from .lists import arranged, bare
from .numerals import array_text, matches, number_text, numeral
from .question import RIGHT, UNDECIDED, WRONG, Judgement, Question, Solution, values_of
from .score import with_slip

formulas = lazy(__package__, "..checking.formulas")

TOO_ROUGH = "right as far as it goes: round to three digits or more (do not cut them off), or give exact numbers"
FACTORS = (2.0, 0.5, 3.0, 1 / 3, 4.0, 0.25, -2.0, -0.5)  # that are named where all entries are off by one of them

STEPS = (0.1, 0.01, 0.001)  # of the quotients that show a slope from one side
LARGEST_ROOT = 1e5  # whole numbers below it are shown as roots


class Other(NamedTuple):
    """What comes out where one thing is done otherwise: a cause, a sentence on it, the numbers."""

    cause: str
    says: str
    value: np.ndarray


class Numbers(Question):
    """Numbers that the engine knows; `true` are they, `bound` how far they may be off."""

    bound = 0.0

    @cached_property
    def true(self) -> np.ndarray:
        raise NotImplementedError

    def others(self) -> Iterator[Other]:
        """What comes out where one thing is done otherwise."""
        yield Other("sign", "the sign is turned", -self.true)
        if self.true.size > 1:  # of one number it would tell the solution
            for factor in FACTORS:
                yield Other(
                    "factor", f"every entry is {number_text(factor)} times what it should be", factor * self.true
                )

    @property
    def expects(self) -> str:
        shape = self.true.shape
        if not shape:
            return "a number, such as 3/4, sqrt(2) or 0.667"
        return (
            f"{shape[0]} numbers, ({', '.join('…' for _ in range(min(shape[0], 4)))})"
            if len(shape) == 1
            else "numbers row by row, [1, 2; 3, 4]"
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Of the entries, where an answer may give them by name."""
        return self.wrt if self.scalars and self.true.shape == (len(self.wrt),) else ()

    @property
    def entries(self) -> list[str]:
        """What the entries are called in a judgement."""
        if self.names:
            return list(self.names)
        counted = [", ".join(str(k + 1) for k in index) for index in np.ndindex(self.true.shape)]
        return [f"entry ({each})" if "," in each else f"entry {each}" for each in counted]

    @property
    def at_words(self) -> str:
        return "at " + ", ".join(f"{name} = {array_text(value)}" for name, value in self.point.items())

    @cached_property
    def solution(self) -> Solution:
        text = said = shown_number(self.true)
        typed = typed_numbers(self.true)
        if self.part.answer is not None:
            typed = self.part.answer
            said = text if text == typed.replace("-", "−") else f"{typed}, which is {text}"
        return Solution((("value", said), *self.way), (), (typed,), "")

    @property
    def way(self) -> tuple[tuple[str, str], ...]:
        """(label, text) of how the numbers come about."""
        return ()

    def judge(self, answer: str) -> Judgement:
        given = self.numbers(answer)
        true, scale = self.true.reshape(-1), float(np.max(np.abs(self.true), initial=0.0))
        marks = [matches(n, float(t), self.bound, scale) for n, t in zip(given, true)]
        right = sum(mark == "same" for mark in marks)
        if right == len(marks):
            return Judgement(RIGHT, "right", (), 1.0)
        if "different" not in marks:
            return Judgement(
                UNDECIDED,
                TOO_ROUGH,
                (),
                right / len(marks),
            )
        if self.part.accept and any(self.is_other(given, values_of(text)) for text in self.part.accept):
            return Judgement(RIGHT, "right", (), 1.0)
        other = next((o for o in self.others() if self.is_other(given, o.value)), None)
        rows = [("likely slip", other.says)] if other else []
        if len(marks) == 1:
            return Judgement(
                WRONG, "not the right number", tuple(rows), with_slip(0.0, other and other.cause), other and other.cause
            )
        bad = [name for name, mark in zip(self.entries, marks) if mark == "different"]
        good = [name for name, mark in zip(self.entries, marks) if mark != "different"]
        if not good:
            said = "none of the entries is right"
        elif len(bad) <= 4:
            rest = "the others are" if len(good) > 1 else "the other is"
            said = f"{listing(bad)} {'is' if len(bad) == 1 else 'are'} not right, {rest}"
        else:
            said = f"{len(bad)} of {len(marks)} entries are not right"
        return Judgement(
            WRONG, said, tuple(rows), with_slip(right / len(marks), other and other.cause), other and other.cause
        )

    def same_answer(self, answer: str, other: str) -> bool:
        return self.is_other(self.numbers(answer), np.array([n.value for n in self.numbers(other)]))

    def numbers(self, answer: str) -> list:
        return [numeral(bare(entry)) for entry in arranged(answer, self.true.shape, self.names)]

    def is_other(self, given: list, value: np.ndarray) -> bool:
        """Whether an answer is exactly other numbers, which are not the right ones."""
        value = np.asarray(value, dtype=float)
        if value.size != len(given) or np.allclose(value.reshape(-1), self.true.reshape(-1), rtol=1e-9, atol=1e-12):
            return False
        scale = float(np.max(np.abs(value), initial=0.0))
        return all(matches(n, float(v), self.bound, scale) == "same" for n, v in zip(given, value.reshape(-1)))


def shown_number(values: np.ndarray) -> str:
    """Numbers as they are shown: a single root of a whole number as what it is."""
    values = values.reshape(()) if values.size == 1 else values
    text = array_text(values)
    square = float(values) ** 2 if values.ndim == 0 else 0.5  # of no whole number
    if "." in text and square < LARGEST_ROOT and abs(square - round(square)) <= 1e-12 * square:
        return f"{'−' if values < 0 else ''}√{round(square)}, which is {text}"
    return text


def typed_numbers(values: np.ndarray) -> str:
    """Numbers as they may be typed."""
    if values.ndim == 0:
        return repr(float(values))
    return "[" + (", " if values.ndim == 1 else "; ").join(typed_numbers(v).strip("[]") for v in values) + "]"


class Value(Numbers):
    """The function itself at a point."""

    @property
    def words(self) -> str:
        return f"Find the value of f {self.at_words}."

    @cached_property
    def true(self) -> np.ndarray:
        return np.asarray(self.problem.evaluate(self.point), dtype=float)


class DerivativeAt(Numbers):
    """A gradient, Jacobian, Hessian or derivative at a point."""

    @property
    def words(self) -> str:
        order, what = self.asked.order, self.asked.what
        called = f"{ORDINALS[order]} {what}" if what == "derivative" and order > 1 else what
        return f"Find the {called} of f in {self.in_wrt} {self.at_words}."

    @cached_property
    def derivations(self) -> list:
        if len(self.wrt) == 1:
            return [self.derivation(self.wrt[0], self.asked.order)]
        first = [self.derivation(name) for name in self.wrt]
        if self.asked.order == 1:
            return first
        return [derive(d.ascii, name, declare=self.declare) for d in first for name in self.wrt]

    @cached_property
    def true(self) -> np.ndarray:
        found = [np.asarray(d.compile()(**self.point), dtype=float) for d in self.derivations]
        return found[0] if len(self.wrt) == 1 else np.array(found).reshape((len(self.wrt),) * self.asked.order)

    @property
    def way(self) -> tuple[tuple[str, str], ...]:
        if len(self.wrt) == 1:
            found = self.derivations[0]
            where = [("" if k else "where", f"{name} = {text}") for k, (name, text) in enumerate(found.where.items())]
            return (("since", f"{found.symbol} = {found.text}"), *where)
        texts = [d.text for d in self.derivations]
        if self.asked.order == 1:
            return (("since", f"∇f = ({', '.join(texts)})"),)
        n = len(self.wrt)
        return (("since", f"∇²f = [{'; '.join(', '.join(texts[k : k + n]) for k in range(0, n * n, n))}]"),)

    def others(self) -> Iterator[Other]:
        yield from super().others()
        if self.asked.order == 1:
            yield from self.slips()
        with np.errstate(all="ignore"):
            if np.shape(value := self.problem.evaluate(self.point)) == self.true.shape:
                yield Other("value", "this is f itself there, not its derivative", np.asarray(value, dtype=float))
            if self.asked.order == 2 and len(self.wrt) == 1:
                yield Other(
                    "second-order",
                    "this is the first derivative there",
                    np.asarray(self.derivation(self.wrt[0]).compile()(**self.point)),
                )
        if self.true.ndim == 1:
            yield Other("transposed", "the entries stand in the opposite order", self.true[::-1])
        if self.true.ndim == 2:
            yield Other("transposed", "rows and columns are exchanged", self.true.T)

    def slips(self) -> Iterator[Other]:
        """What comes out where one rule of calculus is broken, in one of the variables."""
        for k, name in enumerate(self.wrt):
            for slip in formulas.slips(self.problem, name):
                try:
                    with np.errstate(all="ignore"):
                        value = np.asarray(slip.value(self.point), dtype=float)
                except (ChainruleError, ValueError, np.linalg.LinAlgError):
                    continue
                if len(self.wrt) > 1:
                    entries = self.true.copy()
                    entries[k] = value
                    value = entries
                if value.shape != self.true.shape or not np.all(np.isfinite(value)):
                    continue
                if value.ndim or "." in number_text(float(value)):  # a number such as 1/4 comes about in many ways
                    yield Other(slip.cause, slip.sentence, value)


class OneSided(Numbers):
    """The slope from the left or from the right, where there may be a kink."""

    @property
    def words(self) -> str:
        return f"Find the slope of f from the {self.asked.side}, {self.at_words}."

    @cached_property
    def slopes(self):
        """What the values of the function tell on both sides."""
        name = self.wrt[0]
        fixed = {k: v for k, v in self.point.items() if k != name}
        f = lambda x: np.atleast_1d(np.asarray(self.problem.evaluate({**fixed, name: x.reshape(())}), dtype=float))
        return along(f, self.point[name].reshape(1), np.ones(1))

    def sided(self, side: str) -> tuple[float, float]:
        s = self.slopes
        if not s.kink.any():
            return float(s.value[0]), float(s.bound[0])
        return (
            (float(s.left[0]), float(s.left_bound[0]))
            if side == "left"
            else (float(s.right[0]), float(s.right_bound[0]))
        )

    @cached_property
    def true(self) -> np.ndarray:
        value, bound = self.sided(self.asked.side)
        near = round(value * 24) / 24
        return np.array(near if abs(near - value) <= max(bound, 1e-9) else value)

    @property
    def bound(self) -> float:
        return self.sided(self.asked.side)[1]

    @property
    def way(self) -> tuple[tuple[str, str], ...]:
        name, sign = self.wrt[0], 1 if self.asked.side == "right" else -1
        here = dict(self.point)
        value = lambda h: float(self.problem.evaluate({**here, name: here[name] + sign * h}))
        slopes = ", ".join(f"{sign * (value(h) - value(0.0)) / h + 0.0:.4g}".replace("-", "−") for h in STEPS)
        quotient = f"(f({name} + h) − f({name}))/h" if sign > 0 else f"(f({name}) − f({name} − h))/h"
        return (("since", f"{quotient} is {slopes} for h = {', '.join(map(str, STEPS))}"),)

    def others(self) -> Iterator[Other]:
        left, right = self.sided("left")[0], self.sided("right")[0]
        here, there = ("left", right) if self.asked.side == "left" else ("right", left)
        yield Other(
            "side",
            f"this is the slope from the other side; from the {here} only values of that side count",
            np.array(there),
        )
        yield Other(
            "side",
            "this is the mean of both slopes, what a symmetric difference quotient gives at a kink",
            np.array((left + right) / 2),
        )
        yield from super().others()
