"""What the causes are found from: the claimed derivative beside the true one, at several points.

Both are matrices with a row for each value and a column for each variable; of large ones some rows and columns are held.
Where an argument is held whole, it is also seen in its own shape: as uᵀJ for a random u, which of a gradient is the
gradient. A cause has to explain the claim at all points, up to the bound of the true derivative and the rounding of the
claim's own type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..subject import Argument, Subject
from .table import CAUSES

LEAST = 3  # points: the one of the check and two fresh ones
SHARP = 0.6  # a claim agrees if it does to eps**0.6 of the largest entry: nine digits in float64, four in float32


@dataclass(frozen=True)
class Found:
    """Why a claim is wrong.

    cause        a word of `table.CAUSES`
    sentence     a clause for the first line: "yours is exactly ½ of it, in every component"
    slip         the likely slip, a clause, or None
    line         the line of the person's own source, and `place` the file and function in which it stands
    replacement  that line as it is and as it should be: "`dW = X.T @ r` → `dW = X.T @ r / n`"
    argument, index   where the cause speaks of one argument or entry
    """

    cause: str
    sentence: str
    slip: str | None = None
    line: int | None = None
    place: str | None = None
    replacement: str | None = None
    argument: str | None = None
    index: tuple[int, ...] | None = None
    firm: bool = True  # for those who put several together

    def __post_init__(self):
        assert self.cause in CAUSES, self.cause


@dataclass
class Point:
    """Claim and truth at one point, for the rows and columns that the evidence holds.

    x                  (n,), the point
    claimed, true      (rows, columns)
    bound              the same: the true derivative is within `bound` of `true`
    kink               the same, bool: where there is no derivative; such entries agree with anything
    """

    x: np.ndarray
    claimed: np.ndarray
    true: np.ndarray
    bound: np.ndarray
    kink: np.ndarray | None = None


@dataclass
class Evidence:
    """A wrong claim and what is known of it.

    subject   the function and the claim
    points    at least one, the first is that of the check
    draw      gives another random point with both derivatives, or None where there is no other
    rows, columns   the flat indices that the points hold, None for all
    misshapen the error of shapes, if that is what is wrong; then `points` hold the true derivative, and claims of nan
    facts     what the structure already showed: "random", "changed", "nonlinear" → what to say
    along     where not all columns are held: (x, u) → (v, uᵀJv, its bound) for a random direction of all entries
    """

    subject: Subject
    points: list[Point]
    draw: Callable[[], Point | None] = lambda: None
    rows: np.ndarray | None = None
    columns: np.ndarray | None = None
    misshapen: Exception | None = None
    facts: dict[str, object] = field(default_factory=dict)
    along: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, float, float]] | None = None

    def fresh(self) -> Point | None:
        """One more point, kept with the others."""
        point = self.draw()
        if point is not None:
            self.points.append(point)
        return point

    def is_right_beyond(self, k: int, claimed: np.ndarray) -> bool:
        """Whether a claim at point k, as uᵀJ for `cotangent()`, is right in the columns that are not held as well."""
        if self.along is None:
            return True
        held = self.__dict__.setdefault("_along", {})
        if k not in held:
            held[k] = self.along(self.points[k].x, self.cotangent())
        v, true, bound = held[k]
        eps = max(argument.eps for argument in self.subject.arguments)
        parts = claimed * v
        return bool(abs(parts.sum() - true) <= 8 * bound + eps**SHARP * np.linalg.norm(parts))

    def weights(self) -> np.ndarray:
        """u, the same at all points: what the rows are added up with, to see an argument in its own shape."""
        rows = self.points[0].true.shape[0]
        return (
            np.ones(1) if rows == 1 else np.random.default_rng(7).uniform(0.5, 1.5, rows) * np.resize([1, -1, 1], rows)
        )

    def cotangent(self) -> np.ndarray:
        """The same u with a place for every value of the function, zero where the row is not held."""
        if self.rows is None:
            return self.weights()
        u = np.zeros(sum(output.size for output in self.subject.outputs))
        u[self.rows] = self.weights()
        return u

    @cached_property
    def blocks(self) -> list[Block]:
        """One for each argument of which entries are held."""
        found = []
        held = np.arange(self.subject.x.size) if self.columns is None else np.asarray(self.columns)
        for argument, span in self.subject.spans():
            inside = (held >= span.start) & (held < span.stop)
            if inside.any():
                found.append(Block(self, argument, span, np.flatnonzero(inside), held[inside] - span.start))
        return found


@dataclass
class Pair:
    """One argument at one point. `C`, `T`, `tol` are (rows, columns); `c`, `t`, `tl` are uᵀ of them, in the argument's own
    shape where it is held whole; `x` is the argument."""

    x: np.ndarray
    C: np.ndarray
    T: np.ndarray
    tol: np.ndarray
    c: np.ndarray
    t: np.ndarray
    tl: np.ndarray

    def wrong(self) -> np.ndarray:
        return ~near(self.C, self.T, self.tol)


@dataclass
class Block:
    """One argument at all points. `places` are the flat places in the argument that are held."""

    evidence: Evidence
    argument: Argument
    span: slice
    at: np.ndarray
    places: np.ndarray

    @property
    def name(self) -> str:
        return self.argument.name

    @property
    def whole(self) -> bool:
        return len(self.places) == self.argument.size

    @property
    def shape(self) -> tuple[int, ...]:
        """The argument's shape where it is held whole."""
        return self.argument.shape if self.whole else (len(self.places),)

    def pairs(self) -> list[Pair]:
        return [self.pair(point) for point in self.evidence.points]

    def pair(self, point: Point) -> Pair:
        C, T = point.claimed[:, self.at], point.true[:, self.at]
        eps = max([self.argument.eps, *(output.eps for output in self.evidence.subject.outputs)])
        finite = np.where(np.isfinite(C), C, 0)
        scale = np.maximum(np.abs(finite), np.abs(T)).max(axis=1, keepdims=True)
        tol = 8 * point.bound[:, self.at] + eps**SHARP * scale + 1e-300
        if point.kink is not None:
            tol = np.where(point.kink[:, self.at], np.inf, tol)
        u = self.evidence.weights()
        with np.errstate(invalid="ignore", over="ignore"):
            c, t, tl = ((w @ M).reshape(self.shape) for w, M in ((u, C), (u, T), (np.abs(u), tol)))
        x = point.x[self.span][self.places].reshape(self.shape)
        return Pair(x, C, T, tol, c, t, tl)

    def is_wrong(self) -> bool:
        return any(pair.wrong().any() for pair in self.pairs())

    def explained(self, of: Callable[[Pair], np.ndarray | None]) -> bool:
        """Whether `of(pair)` is uᵀC at every point, and is sharp enough to tell it from the truth."""
        return self._explained(of, lambda pair: (pair.c, pair.t, pair.tl))

    def explained_in_full(self, of: Callable[[Pair], np.ndarray | None]) -> bool:
        """The same for the matrices: `of(pair)` is C."""
        return self._explained(of, lambda pair: (pair.C, pair.T, pair.tol))

    def _explained(self, of, compared) -> bool:
        told = False
        for pair in self.pairs():
            claimed, true, tolerance = compared(pair)
            with np.errstate(all="ignore"):
                expected = of(pair)
            if expected is None or np.shape(expected) != claimed.shape or not near(claimed, expected, tolerance).all():
                return False
            told = told or differs(claimed, true, tolerance)
        return told


def near(a: np.ndarray, b: np.ndarray, tol: np.ndarray) -> np.ndarray:
    """Where two arrays agree to the tolerance; no number agrees with nan, and anything with a tolerance of inf."""
    with np.errstate(invalid="ignore"):
        return (np.abs(a - b) <= tol) | np.isinf(tol)


def differs(a: np.ndarray, b: np.ndarray, tol: np.ndarray) -> bool:
    """Whether two arrays differ by far more than the tolerance somewhere: only then can an explanation be told from none."""
    with np.errstate(invalid="ignore"):
        return bool((~(np.abs(a - b) <= 30 * tol) & np.isfinite(tol)).any())


@dataclass(frozen=True)
class Reading:
    """What explains one argument: a cause and a clause, in which {where} becomes "in every component", "in `W1`". What is not
    firm gives way to a rule of calculus or a change of the source that explains the same."""

    cause: str
    clause: str
    slip: str | None = None
    index: tuple[int, ...] | None = None
    firm: bool = True
