"""From numbers to places on an axis: linear, logarithmic, and symmetric-logarithmic scales, with ticks that people read with ease.

Ticks stand at 1, 2 or 5 times a power of ten. Their labels have four digits at most; what is common to all of them, a
power of ten or a large number that they differ little from, is said once at the end of the axis.

Reference: Talbot, Lin & Hanrahan, An Extension of Wilkinson's Algorithm for Positioning Tick Labels on Axes (2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10
from typing import NamedTuple

import numpy as np

DIGITS = 4  # of a label at an axis
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LEAST_SPAN = 1e-11  # of the numbers' size: what differs by less is rounding, and drawn as constant


class Tick(NamedTuple):
    """A place on the axis; without a label it is a short line only."""

    value: float
    label: str = ""


class Linear:
    """Equal distances for equal differences."""

    logarithmic = False

    def __init__(self, low: float, high: float):
        low, high = widened(low, high)
        self.low, self.high = low, high
        largest = max(abs(low), abs(high))
        self.unit = 10.0 ** max(floor(log10(largest)), -300) if not 1e-280 < largest < 1e280 else 1.0
        self.start, self.span = low / self.unit, high / self.unit - low / self.unit

    def at(self, values):
        """Where values stand: 0 at the low end, 1 at the high one."""
        return (np.asarray(values, dtype=float) / self.unit - self.start) / self.span

    def ticks(self, count: int) -> tuple[list[Tick], str]:
        """About `count` ticks, and what all labels share ("×10⁻³", "+ 1000"), if anything."""
        step = nice(self.span / max(1.15 * count, 5.5))
        first, last = ceil(self.start / step - 1e-9), floor((self.start + self.span) / step + 1e-9)
        values = [k * step for k in range(first, last + 1)]
        labels, common = labelled(values, step, self.unit)
        return [Tick(v * self.unit, label) for v, label in zip(values, labels)], common


class Whole(Linear):
    """A linear axis of counts, which has ticks at whole numbers only."""

    def ticks(self, count: int) -> tuple[list[Tick], str]:
        found, common = super().ticks(count)
        if common or len(found) < 2 or found[1].value - found[0].value >= 1:
            return found, common
        return [Tick(float(k), fixed(k, 0)) for k in range(ceil(self.low), floor(self.high) + 1)], ""


class Chosen(Linear):
    """A linear axis with ticks at given places: angles, layers."""

    places: Sequence[float] = ()

    def ticks(self, count: int) -> tuple[list[Tick], str]:
        inside = [float(v) for v in self.places if self.low <= v <= self.high]
        kept = inside[:: max(1, ceil(len(inside) / max(1.6 * count, 3)))]
        return [Tick(v, figure(v, DIGITS)) for v in kept], ""


class Log:
    """Equal distances for equal factors. For positive numbers."""

    logarithmic = True

    def __init__(self, low: float, high: float):
        low, high = max(low, 5e-324), max(high, 5e-324)
        if not high > low * (1 + 1e-9):
            low, high = max(low / 10**0.5, 5e-324), min(high * 10**0.5, 1.7e308)
        self.low, self.high = low, high
        self.start, self.span = log10(low), log10(high) - log10(low)

    def at(self, values):
        values = np.asarray(values, dtype=float)
        positive = values > 0
        return (np.log10(np.where(positive, values, np.nan), where=positive, out=np.full(values.shape, np.nan)) - self.start) / self.span

    def ticks(self, count: int) -> tuple[list[Tick], str]:
        first, last = ceil(self.start - 1e-9), floor(self.start + self.span + 1e-9)
        if last - first >= 2 or self.span > 1.8:
            every = max(1, ceil((last - first + 1) / max(count, 2)))
            every = next((s * 10**p for p in range(4) for s in (1, 2, 5) if s * 10**p >= every), every)
            found = [Tick(10.0**k, power(k)) for k in range(first, last + 1) if k % every == 0 and k >= -323]
            between = [Tick(s * 10.0**k) for k in range(first - 1, last + 1) for s in range(2, 10) if k > -300] if self.span < 5 and every == 1 else []
            return found + [t for t in between if self.low <= t.value <= self.high], ""
        steps = [s * 10.0**k for k in range(first - 1, last + 1) for s in (1, 2, 5)]
        steps = [v for v in steps if self.low * (1 - 1e-9) <= v <= self.high * (1 + 1e-9)]
        if len(steps) >= 2 and self.high < 1e4 and self.low >= 1e-3:
            return [Tick(v, plain(v)) for v in steps], ""
        if len(steps) >= 2:
            return [Tick(v, scientific(v)) for v in steps], ""
        found, common = Linear(self.low, self.high).ticks(min(count, 4))
        return [t for t in found if t.value > 0], common


class Symlog:
    """Logarithmic on both sides of zero, and linear between −`least` and `least`: for numbers of both signs and of many sizes."""

    logarithmic = True

    def __init__(self, low: float, high: float, least: float):
        self.low, self.high = min(low, 0.0), max(high, 0.0)
        self.least = least
        self.start = float(self._grown(self.low))
        self.span = float(self._grown(self.high)) - self.start or 1.0

    def _grown(self, values):
        """A number of decades with the sign of the value; ±1 at ±least, 0 at 0."""
        values = np.asarray(values, dtype=float)
        size = np.abs(values) / self.least
        return np.sign(values) * np.where(size <= 1, size, 1 + np.log10(np.maximum(size, 1)))

    def at(self, values):
        return (self._grown(values) - self.start) / self.span

    def ticks(self, count: int) -> tuple[list[Tick], str]:
        found = [Tick(0.0, "0")]
        bottom = round(log10(self.least))
        every = max(1, ceil(self.span / (1.4 * max(count, 2))))
        for sign, mark, end in ((1, "", self.high), (-1, "−", -self.low)):
            if end >= self.least * (1 - 1e-9):  # the same powers on both sides, counted from the zero
                top = floor(log10(end) + 1e-9)
                found += [Tick(sign * 10.0**k, mark + power(k)) for k in range(bottom - 1 + every, top + 1, every)]
        return found, ""


# ------------------------------------------------------------------ numbers as people write them


def nice(step: float) -> float:
    """1, 2 or 5 times a power of ten: the least that is no less than `step`."""
    if not isfinite(step) or step <= 0:
        return 1.0
    exponent = floor(log10(step))
    size = 10.0**exponent
    return next((s * size for s in (1, 2, 5) if s * size >= step * (1 - 1e-9)), 10 * size)


def widened(low: float, high: float) -> tuple[float, float]:
    """A range that can be drawn: where both ends are the same, or nearly, some room on both sides."""
    size = max(abs(low), abs(high))
    if size == 0:
        return -1.0, 1.0
    if high / size - low / size < LEAST_SPAN:
        middle = low / 2 + high / 2
        room = max(abs(middle), 5e-323) * 0.5
        return max(middle - room, -1.7e308), min(middle + room, 1.7e308)
    return low, high


def labelled(values: list[float], step: float, unit: float = 1.0) -> tuple[list[str], str]:
    """Labels for ticks at multiples of `step`, each times `unit`; and what is common to them."""
    if not values:
        return [], ""
    largest = max([abs(v) for v in values] + [step])
    shift = round(log10(unit))
    decimals = max(0, -floor(log10(step) + 1e-9))
    exponent = floor(log10(largest) + 1e-9)
    if shift == 0 and max(exponent + 1, 1) + decimals <= DIGITS:
        return [fixed(v, decimals) for v in values], ""
    decimals = max(0, exponent - floor(log10(step) + 1e-9))
    if 1 + decimals <= DIGITS:
        size = 10.0**exponent
        return [fixed(v / size, decimals) for v in values], "×10" + str(exponent + shift).translate(SUPERSCRIPTS)
    base, large = min([(v, f"{v * unit:.12g}") for v in values], key=lambda found: len(found[1]))
    rest, common = labelled([round((v - base) / step) * step for v in values], step, unit)
    sign = "−" if base < 0 else "+"
    return rest, f"{common}{' ' if common else ''}{sign} {typeset(large.lstrip('-'))}"


def fixed(v: float, decimals: int) -> str:
    text = f"{v:.{decimals}f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def plain(v: float) -> str:
    return f"{v:.4g}".replace("-", "−")


def typeset(text: str) -> str:
    """A number of Python's as people write it: true minus, 3·10⁻⁵."""
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text.replace("-", "−")
    times = "10" + str(int(exponent)).translate(SUPERSCRIPTS)
    return (times if mantissa == "1" else "−" + times if mantissa == "-1" else f"{mantissa}·{times}").replace("-", "−")


def figure(v: float, digits: int = 3) -> str:
    """A number beside a bar or in a cell: 0.25, −3, 1.2·10⁻⁵, NaN, ∞."""
    if v != v:
        return "NaN"
    if not isfinite(v):
        return "∞" if v > 0 else "−∞"
    text = f"{v + 0.0:.{digits}g}"
    if "e" in text and 1 <= abs(v) < 10**DIGITS:
        text = f"{float(text):.0f}"
    return typeset(text)


def scientific(v: float) -> str:
    """2·10⁻⁵."""
    return typeset(f"{v:.0e}")


def power(k: int) -> str:
    """10⁻⁸; 1 for 10⁰."""
    return {0: "1", 1: "10"}.get(k) or "10" + str(k).translate(SUPERSCRIPTS)
