"""The person's variables at the points of an evidence, and the sizes and constants by which a number can be named."""

from __future__ import annotations

from functools import cached_property
from math import isclose, log, pi, sqrt
from typing import NamedTuple

import numpy as np

from .evidence import Evidence
from .watch import Watched, watch

AXES = {1: ("the length of {}",), 2: ("the number of rows of {}", "the number of columns of {}")}


class Number(NamedTuple):
    """A number as a person would write it, and what it is: "1/n", "n = 5, the number of rows of `X`"."""

    text: str
    what: str | None = None


class Scope:
    """What was in sight when the function and the claim ran, at each point of the evidence."""

    def __init__(self, evidence: Evidence):
        self.evidence = evidence
        self.rel = max(1e-7, max(a.eps for a in (*evidence.subject.arguments, *evidence.subject.outputs)) ** 0.55)
        self._claims: list[Watched] = []
        self._values: list[Watched] = []
        self.look()

    def look(self) -> None:
        """Watches at the points that were not seen yet."""
        subject, u = self.evidence.subject, self.evidence.cotangent()
        for point in self.evidence.points[len(self._claims) :]:
            self._values.append(watch(lambda x=point.x: subject.value(x.copy())))
            self._claims.append(watch(lambda x=point.x: ask(subject, x, u)))

    def functions(self) -> tuple[list, list]:
        """The person's functions that the claim ran through, and those that the function ran through."""
        return self._claims[0].functions, self._values[0].functions

    def locals_of(self, function) -> dict[str, np.ndarray]:
        """The variables that one function can read, at the first point and as its calls left them."""
        code, outside = function.__code__, {}
        for name, value in {**self._values[0].values, **self._claims[0].values}.items():
            if name in function.__globals__:
                outside[name] = value
        return outside | (self._claims[0].of_code.get(code) or self._values[0].of_code.get(code, {}))

    def again(self) -> None:
        """Looks again after more points were drawn."""
        self.look()
        for name in ("arrays", "scalars", "sizes"):
            self.__dict__.pop(name, None)

    @property
    def types(self) -> dict[str, str]:
        """The types of the variables of the claim."""
        return self._claims[0].types if self._claims else {}

    @cached_property
    def arrays(self) -> dict[str, list[np.ndarray]]:
        """Variables by name, one value for each point; those of the claim before those of the function."""
        found: dict[str, list[np.ndarray]] = {}
        for watched in (self._claims, self._values):
            if watched:
                for name in watched[0].values:
                    series = [seen.values.get(name) for seen in watched]
                    if name not in found and all(v is not None and v.shape == series[0].shape for v in series):
                        found[name] = series
        return found

    @cached_property
    def scalars(self) -> dict[str, list[float]]:
        """Numbers by name, one for each point: arguments, f itself, and the person's variables."""
        subject = self.evidence.subject
        found: dict[str, list[float]] = {}
        for argument, span in subject.spans():
            if argument.size == 1:
                found[argument.name] = [float(point.x[span][0]) for point in self.evidence.points]
        for name, series in self.arrays.items():
            if series[0].size == 1 and name not in found:
                found[name] = [float(v.reshape(())) for v in series]
        if sum(output.size for output in subject.outputs) == 1 and subject.kind != "hessian":
            found.setdefault(
                f"{subject.name}(…)", [float(np.ravel(subject.value(p.x.copy()))[0]) for p in self.evidence.points]
            )
        return found

    @cached_property
    def sizes(self) -> list[tuple[int, str]]:
        """Sizes in play and what they are of: arguments first, then data in sight, then values."""
        found: list[tuple[int, str]] = []

        def add(name, shape):
            for axis, n in enumerate(shape):
                words = AXES.get(len(shape), (f"the size of {{}} along axis {axis}",) * len(shape))
                if n > 1 and n not in [size for size, _ in found]:
                    found.append((n, words[axis].format(f"`{name}`")))

        subject = self.evidence.subject
        steady = {name: all((v == series[0]).all() for v in series) for name, series in self.arrays.items()}
        arrays = {
            name: self.arrays[name][0].shape for name in sorted(steady, key=lambda name: not steady[name])
        }  # data first
        matrices = {name: shape for name, shape in arrays.items() if len(shape) >= 2}
        for argument in subject.arguments:
            add(argument.name, argument.shape)
        for name, shape in {**matrices, **arrays}.items():
            add(name, shape)
        for output in subject.outputs:
            add(output.name, output.shape)
        for argument in subject.arguments:
            if len(argument.shape) > 1:
                found.append((argument.size, f"the number of entries of `{argument.name}`"))
        return found

    # ---------------------------------------------------------------- numbers by name

    def constant(self, r: float) -> Number | None:
        """A constant by the simplest name that it has, or None where it has none."""
        scalar = self._of_scalars([r] * len(self.evidence.points))
        return (
            plain(r, self.rel)
            or self._of_sizes(r, SIZED[:4])
            or scalar
            or self._of_sizes(r)
            or self._of_two_sizes(r)
            or known(r, self.rel)
        )

    def coefficient(self, r: float) -> Number | None:
        """The same, of a coefficient, which is rather a variable than a size."""
        return plain(r, self.rel) or self._of_scalars([r] * len(self.evidence.points)) or self.constant(r)

    def also_a_size(self, r: float) -> Number | None:
        """The size that a plain number happens to be as well: ½ of two rows."""
        return self._of_sizes(r, SIZED[:2]) if abs(r) != 1 else None

    def varying(self, rs: list[float]) -> Number | None:
        """Numbers that change with the point, by the variable that they follow."""
        return self._of_scalars(rs) or self._of_norms(rs)

    def _of_sizes(self, r: float, forms: tuple = ()) -> Number | None:
        for sign in ("", "−"):
            value = abs(r) if sign else r
            for make in forms or SIZED:
                for n, what in self.sizes:
                    if same(value, make.of(n), self.rel):
                        return Number(sign + make.text, f"n = {n}, {what}")
        return None

    def _of_two_sizes(self, r: float) -> Number | None:
        for n, what in self.sizes[:8]:
            for m, other in self.sizes[:8]:
                for text, expected in (
                    ("n/m", n / m),
                    ("n·m", n * m),
                    ("1/(n·m)", 1 / (n * m)),
                    ("2/(n·m)", 2 / (n * m)),
                ):
                    if n != m and same(abs(r), expected, self.rel):
                        return Number(text if r > 0 else f"−{text}", f"n = {n}, {what}, and m = {m}, {other}")
        return None

    @np.errstate(all="ignore")
    def _of_scalars(self, rs: list[float]) -> Number | None:
        for name, series in self.scalars.items():
            if not np.isfinite(series).all() or any(v == 0 or abs(v) == 1 and len(set(rs)) == 1 for v in series):
                continue
            for form in FORMS:
                with np.errstate(all="ignore"):
                    values = [form.of(np.float64(v)) for v in series]
                if all(same(r, v, self.rel) for r, v in zip(rs, values)):
                    return Number(form.text.format(name), None)
        return None

    @np.errstate(all="ignore")
    def _of_norms(self, rs: list[float]) -> Number | None:
        """Norms and sums of what is in sight."""
        subject = self.evidence.subject
        arrays = {a.name: [p.x[span].reshape(a.shape) for p in self.evidence.points] for a, span in subject.spans()}
        for name, series in {**self.arrays, **arrays}.items():
            if series[0].size < 2 or not all(np.isfinite(v).all() for v in series):
                continue
            for text, take in (("‖{}‖", np.linalg.norm), ("sum({})", np.sum)):
                values = [float(take(v)) for v in series]
                for form in FORMS:
                    if all(v and same(r, form.of(np.float64(v)), self.rel) for r, v in zip(rs, values)):
                        return Number(form.text.format(text.format(name)), None)
        return None


def ask(subject, x: np.ndarray, u: np.ndarray) -> np.ndarray:
    """The claim at x for one cotangent, or for one direction where it goes forwards."""
    if subject.kind == "jvp":
        return np.asarray(subject.push(x.copy(), direction(subject.x.size)), float)
    return np.asarray(subject.pull(x.copy(), u.copy()), float)


def direction(n: int) -> np.ndarray:
    return np.random.default_rng(11).uniform(0.5, 1.5, n) * np.resize([1, -1, 1], n)


class Form(NamedTuple):
    text: str
    of: object


SIZED = (
    Form("1/n", lambda n: 1 / n), Form("n", lambda n: n), Form("2/n", lambda n: 2 / n), Form("n/2", lambda n: n / 2),
    Form("1/(2n)", lambda n: 0.5 / n), Form("2n", lambda n: 2 * n), Form("1/n²", lambda n: n**-2), Form("n²", lambda n: n**2),
    Form("1/√n", lambda n: n**-0.5), Form("√n", lambda n: n**0.5), Form("(n − 1)/n", lambda n: (n - 1) / n),
    Form("n/(n − 1)", lambda n: n / (n - 1) if n > 1 else np.nan), Form("n − 1", lambda n: n - 1.0),
    Form("1/(n − 1)", lambda n: 1 / (n - 1) if n > 1 else np.nan),
)  # fmt: skip
FORMS = (
    Form("`{}`", lambda v: v), Form("1/`{}`", lambda v: 1 / v), Form("2`{}`", lambda v: 2 * v), Form("1/(2`{}`)", lambda v: 0.5 / v),
    Form("½`{}`", lambda v: v / 2), Form("2/`{}`", lambda v: 2 / v), Form("−`{}`", lambda v: -v), Form("−1/`{}`", lambda v: -1 / v),
    Form("`{}`²", lambda v: v**2), Form("1/`{}`²", lambda v: v**-2.0), Form("√`{}`", lambda v: v**0.5), Form("1/√`{}`", lambda v: v**-0.5),
    Form("`{}`³", lambda v: v**3), Form("(1 − `{}`)", lambda v: 1 - v), Form("1/(1 − `{}`)", lambda v: 1 / (1 - v)),
    Form("`{0}`(1 − `{0}`)", lambda v: v * (1 - v)), Form("1/(`{0}`(1 − `{0}`))", lambda v: 1 / (v * (1 - v))),
    Form("(1 − `{}`²)", lambda v: 1 - v * v), Form("1/(1 − `{}`²)", lambda v: 1 / (1 - v * v)), Form("exp `{}`", np.exp), Form("exp(−`{}`)", lambda v: np.exp(-v)),
    Form("−2`{}`", lambda v: -2 * v), Form("−½`{}`", lambda v: -v / 2),
    Form("cos `{}`", np.cos), Form("1/cos `{}`", lambda v: 1 / np.cos(v)), Form("sin `{}`", np.sin), Form("1/sin `{}`", lambda v: 1 / np.sin(v)),
)  # fmt: skip
FRACTIONS = {0.5: "½", 1 / 3: "⅓", 2 / 3: "⅔", 0.25: "¼", 0.75: "¾", 0.125: "⅛", 1.5: "3/2"}
KNOWN = {
    "π": pi, "2π": 2 * pi, "1/π": 1 / pi, "1/(2π)": 0.5 / pi, "√(2π)": sqrt(2 * pi), "1/√(2π)": 1 / sqrt(2 * pi), "√2": sqrt(2), "1/√2": sqrt(0.5),
    "√π": sqrt(pi), "2/√π": 2 / sqrt(pi), "√π/2": sqrt(pi) / 2,
    "ln 2": log(2), "1/ln 2": 1 / log(2), "ln 10": log(10), "1/ln 10": 1 / log(10), "180/π": 180 / pi, "π/180": pi / 180,
}  # fmt: skip


def plain(r: float, rel: float = 1e-7) -> Number | None:
    """½, 2, −3: whole numbers up to four and simple fractions, with their sign."""
    sign, value = ("−", -r) if r < 0 else ("", r)
    for fraction, text in FRACTIONS.items():
        if same(value, fraction, rel):
            return Number(sign + text)
    if any(same(value, k, rel) for k in (1, 2, 3, 4)):
        return Number(f"{sign}{round(value)}")
    return None


def known(r: float, rel: float = 1e-7) -> Number | None:
    """Whole numbers, small fractions, π and the logarithms of 2 and 10."""
    sign, value = ("−", -r) if r < 0 else ("", r)
    for text, number in KNOWN.items():
        if same(value, number, rel):
            return Number(sign + text)
    for below in (*range(1, 13), 100, 1000, 10000):
        if same(value * below, round(value * below), rel) and 0 < round(value * below) <= 1000:
            above = round(value * below)
            return Number(f"{sign}{above}" if below == 1 else f"{sign}{above}/{below}")
    return None


def same(a: float, b: float, rel: float = 1e-7) -> bool:
    return isinstance(b, (int, float)) and isclose(a, b, rel_tol=rel)  # roots of negative numbers are complex
