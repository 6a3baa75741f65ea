"""Derivatives of functions that can only be called, each with a bound of its error: derivative, gradient, Jacobian, Hessian.

Each column is a ladder (`ladder`) along one entry of the point, in the widest type that the code runs in (`widening`). Where
it has to stay in float64 and takes complex arguments, the complex step is used, for entries where a ladder confirms it:
abs, conj and comparisons make it wrong without a sign.

Reference: Squire & Trapp, SIAM Review 40 (1998), for the complex step.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from ..core.errors import DeclarationError, DomainError, ShapeError, bounded
from ..core.memory import refuse_beyond
from .ladder import Along, along, second_along
from .result import Numeric
from .widening import widest

COMPLEX_STEP = 1e-30  # relative to the size of the point: far below rounding of the real part
SHARP = 1e-14  # a ladder with fewer digits than this leaves asks for the complex step
NEARBY = (3.0, -5.0)  # roundings of the point, by which its value there may be off


def derivative(f: Callable, x, order: int = 1) -> Numeric:
    """The derivative f′(x), or f″(x), of a function of a number; `f` may return an array.

    An array `x` is taken entry by entry: `f` must be a function like np.sin, whose every result depends on one entry only.

    Parameters
        f: takes a number or an array like x. Its own code is run, nothing is read.
        order: 1 or 2.

    Raises
        DeclarationError: f cannot be called, x is not made of real numbers, or f mixes the entries of x.
        DomainError: f fails at x, or is not finite there.
        ShapeError: f returns other shapes at other points.
    """
    if order not in (1, 2):
        raise DeclarationError(
            "a numeric derivative is of the first or second order",
            given=f"order={order!r}",
            expected="1 or 2",
            fix="differentiate a derivative you have: cr.numeric.derivative(df, x)",
        )
    asked = _Asked(f, x)
    v = np.ones(())
    if asked.x.ndim:
        v = np.where(asked.x == 0, 1.0, np.abs(asked.x))  # each entry moves by its own size
        asked.refuse_mixing()
    found = asked.column(v, order)
    unit = v.astype(asked.work) ** order
    return asked.result("derivative", [found], lambda columns: columns[0] / unit)


def gradient(f: Callable, x) -> Numeric:
    """The gradient of a scalar function, of the shape of `x`. Parameters and errors: `derivative`."""
    asked = _Asked(f, x)
    asked.refuse_unless_scalar("gradient", "cr.numeric.jacobian(f, x)")
    return asked.result("gradient", asked.columns(), lambda columns: np.array(columns).reshape(asked.x.shape))


def jacobian(f: Callable, x) -> Numeric:
    """The Jacobian, of the shape of f(x) followed by that of `x`. Parameters and errors: `derivative`."""
    asked = _Asked(f, x)
    shape = asked.value.shape + asked.x.shape
    refuse_beyond(8.0 * asked.value.size * asked.x.size, f"a Jacobian of {asked.value.size}×{asked.x.size} entries", "cr.jvp(f, x) of a formula multiplies by it")
    if not asked.x.size:
        return asked.result("Jacobian", [asked.column(asked.x)], lambda columns: np.zeros(shape))
    return asked.result("Jacobian", asked.columns(), lambda columns: np.stack(columns, axis=-1).reshape(shape))


def hessian(f: Callable, x) -> Numeric:
    """The Hessian of a scalar function, of the shape of `x` twice: second derivatives along pairs of entries.

    Parameters and errors: `derivative`. It takes n(n + 1)/2 ladders for n entries.
    """
    asked = _Asked(f, x)
    asked.refuse_unless_scalar("Hessian", "cr.numeric.jacobian of each entry's gradient")
    n, shape = asked.x.size, asked.x.shape + asked.x.shape
    refuse_beyond(16.0 * n * n, f"a Hessian of {n}×{n} entries, with a bound for each,", "cr.hvp(f, x) of a formula multiplies by it")
    sizes = np.where(asked.x == 0, 1.0, np.abs(asked.x)).ravel()
    basis = np.eye(n) * sizes
    single = [asked.column(e.reshape(asked.x.shape), 2) for e in basis]
    pairs = [(i, j) for i in range(n) for j in range(i)]
    double = [asked.column((basis[i] + basis[j]).reshape(asked.x.shape), 2) for i, j in pairs]
    work = asked.work.type
    table = {name: np.zeros((n, n), work) for name in ("value", "bound")}
    for i, one in enumerate(single):
        table["value"][i, i], table["bound"][i, i] = one.value, one.bound
    for (i, j), both in zip(pairs, double, strict=True):  # (u + v)ᵀH(u + v) = uᵀHu + vᵀHv + 2 uᵀHv
        table["value"][i, j] = table["value"][j, i] = (both.value - single[i].value - single[j].value) / 2
        table["bound"][i, j] = table["bound"][j, i] = (both.bound + single[i].bound + single[j].bound) / 2
    unit = np.outer(sizes, sizes).astype(work)
    value, bound = ((table[name] / unit).reshape(shape) for name in ("value", "bound"))
    return asked.numeric("Hessian", value, bound, value, value, np.zeros(shape, bool))


class _Asked:
    """A function and a point that were looked at: `x` in float64 or narrower, `value` f(x), `work` the type f is run in."""

    def __init__(self, f: Callable, x):
        if not callable(f):
            raise DeclarationError(
                "a numeric derivative is of a function that can be called",
                given=f"f = {bounded(repr(f))}, {type(f).__name__}",
                expected="a function of NumPy arrays, such as lambda x: np.sum(x**2)",
                fix=f"cr.derive({f!r}, …) derives a formula" if isinstance(f, str) else None,
            )
        self.f, self.x = f, _point(x)
        self.evaluations, self.method = 0, "ladder"
        self.is_number = np.ndim(x) == 0
        self.value = self._value_there()
        runs = widest(self.call, self.x, self.value)
        self.eps = float(np.finfo(runs).eps)
        self.work = runs if self.eps <= np.finfo(float).eps else np.dtype(float)  # differences need float64 at least
        self.name = runs.name
        self.start = self.x.astype(self.work)

    def call(self, x: np.ndarray):
        """f, as its writer would call it: numbers come as numbers."""
        self.evaluations += 1
        return self.f(x[()] if self.is_number else x)

    def _value_there(self) -> np.ndarray:
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(self.call(self.x))
        except Exception as error:
            raise DomainError(
                "the function fails at the point",
                given=f"{type(error).__name__}: {error}",
                expected=f"a value at {_shown(self.x)}, of type {self.x.dtype} and shape {self.x.shape}",
                fix="call it yourself with this point; what it raised stands above",
            ) from error
        if value.dtype.kind not in "fiub":
            raise DeclarationError(
                "a numeric derivative is of a function with real values",
                given=f"f(x) of type {value.dtype}",
                expected="real numbers",
                fix="take its real and imaginary part by themselves" if value.dtype.kind == "c" else None,
            )
        if not np.all(np.isfinite(value)):
            wrong = np.argwhere(~np.isfinite(value))
            place = f" in entry {tuple(int(i) for i in wrong[0])}" if value.ndim else ""
            raise DomainError(
                "the function is not finite at the point, so that it has no derivative there",
                given=f"f(x) = {value[tuple(wrong[0])]}{place}, at x = {_shown(self.x)}",
                expected="a point at which it is finite",
                fix=None,
            )
        return value

    def refuse_unless_scalar(self, what: str, instead: str) -> None:
        if self.value.size != 1:
            raise ShapeError(
                f"a {what} is of a function with one number as its value",
                given=f"f(x) of shape {self.value.shape}",
                expected="shape ()",
                fix=instead,
            )

    def refuse_mixing(self) -> None:
        """Refuse a function whose results depend on more than their own entry: some entries move, the others stay."""
        mixes = self.value.shape != self.x.shape
        at = np.arange(self.x.size).reshape(self.x.shape)
        for moves in (at % 2 == 0, at % 2 == 1, at < self.x.size // 2, at >= self.x.size // 2):
            if mixes or self.x.size < 2:
                break
            with np.errstate(all="ignore"):
                changed = np.asarray(self.call(np.where(moves, self.x * self.x.dtype.type(1 + 2**-8), self.x)))
            mixes = changed.shape != self.value.shape or not np.array_equal(changed[~moves], self.value[~moves])
        if mixes:
            raise DeclarationError(
                "the derivative of a function of an array is taken entry by entry, and this one mixes entries",
                given=f"x of shape {self.x.shape}, f(x) of shape {self.value.shape}",
                expected="a function whose every result depends on one entry, such as np.sin",
                fix="cr.numeric.gradient(f, x) for scalar values, cr.numeric.jacobian(f, x) for others",
            )

    def columns(self) -> list[Along]:
        """The ladders along each entry of x."""
        basis = np.eye(self.x.size).reshape(self.x.size, *self.x.shape) if self.x.size < 2**12 else None
        return [self.column(basis[i] if basis is not None else _unit(self.x, i)) for i in range(self.x.size)]

    def column(self, v: np.ndarray, order: int = 1) -> Along:
        find = along if order == 1 else second_along
        try:
            found = find(self.call, self.start, v, eps=self.eps)
        except ValueError as error:
            raise ShapeError(
                "the function returns another shape beside the point than at it",
                given=str(error),
                expected="the same shape for all arguments of one shape",
                fix=None,
            ) from error
        if order == 1 and self.work == np.float64 and self.x.dtype == np.float64:
            self._sharpen(found, v)
        return found

    def _sharpen(self, found: Along, v: np.ndarray) -> None:
        """The complex step in place of values to which a ladder has few digits, if it lies within the ladder's bounds."""
        poor = (found.bound > SHARP * np.abs(found.value)) & ~found.kink & np.isfinite(found.bound)
        if self.method == "refused" or not np.any(poor):
            return
        h = COMPLEX_STEP * max(float(np.max(np.abs(self.x), initial=0.0)), 1e-200)
        points = [self.start * (1 + k * np.finfo(float).eps) for k in (0.0, *NEARBY)]
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                there = [np.asarray(self.call(p + 1j * h * v)) for p in points]
        except Exception:  # code that does not take complex numbers may fail as it likes
            self.method = "refused" if self.method == "ladder" else self.method
            return
        if any(t.dtype.kind != "c" or t.shape != self.value.shape for t in there):
            return
        steps = np.array([t.imag for t in there]) / h
        scatter = np.max(np.abs(steps - steps[0]), axis=0)
        bound = 4 * scatter + 4 * np.finfo(float).eps * np.abs(steps[0])
        better = poor & (np.abs(steps[0] - found.value) <= found.bound) & (bound < found.bound)
        if np.any(better):
            for name in ("value", "left", "right"):
                setattr(found, name, np.where(better, steps[0], getattr(found, name)))
            found.bound = np.where(better, bound, found.bound)
            self.method = "complex step, confirmed by a ladder"

    def result(self, what: str, columns: list[Along], gather: Callable) -> Numeric:
        """The columns, gathered to one array, of each of their fields."""
        fields = {name: gather([getattr(c, name) for c in columns]) for name in ("value", "bound", "left", "right")}
        kink = np.asarray(gather([c.kink.astype(float) for c in columns]) != 0)
        return self.numeric(what, fields["value"], np.abs(fields["bound"]), fields["left"], fields["right"], kink)

    def numeric(self, what: str, value, bound, left, right, kink) -> Numeric:
        method = "ladder" if self.method == "refused" else self.method
        rounded = [np.asarray(a).astype(float)[()] for a in (value, left, right)]
        bound = np.asarray(bound, float) + np.finfo(float).eps / 2 * np.abs(rounded[0]) * (self.work == np.longdouble)
        name = "longdouble" if self.work == np.longdouble else self.name
        return Numeric(what, rounded[0], bound[()], *rounded[1:], np.asarray(kink)[()], method, name, self.evaluations)


def _point(x) -> np.ndarray:
    try:
        point = np.asarray(x)
    except ValueError:  # rows of different lengths
        point = np.asarray(None)
    if point.dtype.kind in "iub":
        point = point.astype(float)
    if point.dtype.kind != "f":
        raise DeclarationError(
            "the point is not made of real numbers",
            given=f"x = {bounded(repr(x))}, {type(x).__name__}",
            expected="a number, or an array of real numbers",
            fix=None,
        )
    if not np.all(np.isfinite(point)):
        raise DomainError(
            "the point is not finite", given=f"x = {_shown(point)}", expected="finite numbers", fix=None
        )
    return point


def _unit(x: np.ndarray, i: int) -> np.ndarray:
    v = np.zeros(x.size)
    v[i] = 1.0
    return v.reshape(x.shape)


def _shown(x: np.ndarray) -> str:
    return np.array2string(x, threshold=6, edgeitems=2).replace("\n", "")
