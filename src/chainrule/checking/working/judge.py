"""Is a line of a derivation true? Both sides are evaluated at random points, and a line that differs is looked into.

A side is true or false by the definitions alone (`working_world`), whatever the lines above it say. Where it is false, it may still follow
from a line above that is false; it may be true under a fact that nobody stated (Σy = 1, A symmetric), or for some indices only; or one rule of
calculus was broken (`slips`), which is said only if that explains the difference exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError
from ...derivation.symbols import UNICODE
from ...numeric.kinks import ATTEMPTS, INADMISSIBLE, threshold
from ...numeric.points import draw
from ..formulas import equal
from ..formulas.equal import Side
from ..formulas.small import small_points
from .claims import Claim
from .values import At, direction_of
from .world import Expr, Reading, World

LOOSE = 1e-8  # relative: of what a stencil computes
SEED = 53


class Pair:
    """Two sides that a line says are equal, under one reading."""

    def __init__(self, world: World, true: Expr, mine: Expr, reading: Reading):
        self.world, self.true, self.mine, self.reading = world, true, mine, reading
        self.letters = tuple(dict.fromkeys([*true.letters, *mine.letters]))
        self.loose = world.second_order(true) or world.second_order(mine)
        self.resting = sorted({n for e in (true, mine) for n in world.depends_of(e)})
        self.instead: dict = {}  # what earlier lines say, right or wrong
        self._last: tuple = (None, None)
        a, b = true.dims[len(true.letters) :], mine.dims[len(mine.letters) :]
        self.number = not b or not a  # a number beside an array stands for all of its entries, if it is zero
        self.fits = a == b or not a or not b
        self.turned = len(a) == 2 and b == a[::-1]

    @property
    def variables(self) -> list:
        """(name, dims, facts) of all that is drawn."""
        found = [(n, dims, facts) for n, (dims, facts) in self.world.variables.items()]
        return found + [
            (direction_of(n), self.world.variables[n][0], frozenset())
            for n in self.world.variables
            if n in self.reading.moving
        ]

    def relevant(self) -> list[str]:
        """The variables that either side depends on, and the differentials that occur."""
        found: set[str] = set()
        for expr in (self.true, self.mine):
            named = self.world.mentions(expr)
            found |= named.union(*[self.world.depends(n) for n in named])
        differs = any(q.kind == "differential" for e in (self.true, self.mine) for q, _, _ in e.places.values())
        return [
            n
            for n, _, _ in self.variables
            if n in found
            or differs
            and n[1:] in self.reading.moving
            and n.startswith("d")
            and n not in self.world.variables
        ]

    def values(self, values: dict) -> tuple[np.ndarray, np.ndarray]:
        """Both sides at a point, with one axis for each letter, then the rest."""
        if self._last[0] is not values:
            at = At(self.world, values, None, self.instead)
            with np.errstate(all="ignore"):
                found = [self._spread(at.expr(e), e) for e in (self.true, self.mine)]
                if not all(np.all(np.isfinite(x)) and not np.iscomplexobj(x) for x in map(at.get, self.resting)):
                    found = [np.full(x.shape, np.nan) for x in found]  # a complex step would not notice
            if found[0].ndim != found[1].ndim:  # 0 stands for an array of zeros
                deep = max(f.ndim for f in found)
                found = [f.reshape(f.shape + (1,) * (deep - f.ndim)) for f in found]
            self._last = (values, tuple(np.broadcast_arrays(*found)))
        return self._last[1]

    def _spread(self, value: np.ndarray, expr: Expr) -> np.ndarray:
        own = list(expr.letters)
        order = [own.index(c) for c in self.letters if c in own]
        value = np.transpose(value, [*order, *range(len(own), value.ndim)])
        shape, axes = [], iter(value.shape)
        for c in self.letters:
            shape.append(next(axes) if c in own else 1)
        return value.reshape([*shape, *axes])

    def margin(self, values: dict) -> float:
        at = At(self.world, values, None, self.instead)
        return min(at.margin(self.true), at.margin(self.mine))

    def sides(self) -> tuple[Side, Side]:
        kinks = any(
            e.problem.machine.kinks
            for expr in (self.true, self.mine)
            for e in [expr, *[self.world.definitions[n] for n in self.world.depends_of(expr)]]
        )
        margin = self.margin if kinks else None
        return Side((), lambda v: self.values(v)[0], margin=margin), Side((), lambda v: self.values(v)[1])

    def decided(self, variables: list | None = None) -> str:
        """ "same", "different" or "undecided"."""
        if not self.fits:
            return "different"
        variables = self.variables if variables is None else variables
        if self.loose:
            return self._loosely(variables)
        self._last = (None, None)
        return equal.decided(*self.sides(), variables).verdict

    def _loosely(self, variables: list) -> str:
        seen = 0
        for index in range(4):
            for attempt in range(ATTEMPTS):
                try:
                    values = draw(variables, index, SEED, attempt)[1]
                    if self.margin(values) < max(threshold(attempt), 0.1):
                        continue
                    a, b = self.values(values)
                except INADMISSIBLE:
                    continue
                if (
                    np.all(np.isfinite(a))
                    and np.all(np.isfinite(b))
                    and not np.iscomplexobj(a)
                    and not np.iscomplexobj(b)
                ):
                    scale = max(equal.largest(a), equal.largest(b))
                    if equal.largest(a - b) > LOOSE * scale and scale > 1e-10:
                        return "different"
                    seen += 1
                    break
        return "same" if seen >= 2 else "undecided"

    # ---------------------------------------------------------------- what a difference is like

    def points(self, count: int) -> list[dict]:
        """Points at which both sides have values."""
        found = []
        for index in range(count):
            for attempt in range(8):
                try:
                    values = draw(self.variables, index, SEED, attempt)[1]
                    a, b = self.values(values)
                except INADMISSIBLE:
                    continue
                if np.all(np.isfinite(a)) and np.all(np.isfinite(b)):
                    found.append(values)
                    break
        return found

    def only_where(self) -> str | None:
        """ "i = k" where the sides agree on the diagonal alone, "i ≠ k" where they agree off it."""
        axes = range(len(self.letters))
        for i in axes:
            for k in axes:
                if i < k and self._sizes_agree(i, k):
                    on = self._agree_where(lambda a, i=i, k=k: np.diagonal(a, axis1=i, axis2=k))
                    off = self._agree_where(lambda a, i=i, k=k: a[_off_diagonal(a, i, k)])
                    if on != off:
                        return f"{self.letters[i]} {'=' if on else '≠'} {self.letters[k]}"
        return None

    def _sizes_agree(self, i: int, k: int) -> bool:
        return all(a.shape[i] == a.shape[k] > 1 for v in self.points(2) for a in self.values(v))

    def _agree_where(self, part) -> bool:
        points = self.points(3)
        return bool(points) and all(self._near(*[part(x) for x in self.values(v)]) for v in points)

    def _near(self, a: np.ndarray, b: np.ndarray) -> bool:
        scale = max(equal.largest(a), equal.largest(b))
        return equal.largest(a - b) <= (LOOSE if self.loose else 1e-9) * scale

    def ratio(self) -> float | None:
        """What the true side must be multiplied by to give the other, if it is one number everywhere."""
        found: list[float] = []
        for values in self.points(4):
            a, b = self.values(values)
            size = float(np.sum(a * a))
            if not size:
                return None
            c = float(np.sum(a * b)) / size
            if not c or not self._near(c * a, b):
                return None
            found.append(c)
        return found[0] if len(found) > 1 and max(found) - min(found) <= 1e-7 * abs(found[0]) else None

    def transposed(self) -> bool:
        """Whether one side is the transpose of the other."""
        if self.letters or not (self.fits or self.turned) or len(self.true.dims) != 2 or len(self.mine.dims) != 2:
            return False
        try:
            points = [draw(self.variables, k, SEED, 0)[1] for k in range(3)]
            pairs = [[At(self.world, v).expr(e) for e in (self.true, self.mine)] for v in points]
        except INADMISSIBLE:
            return False
        return all(a.shape == b.T.shape and self._near(a, b.T) for a, b in pairs)

    def needs(self) -> list[tuple[str, str]]:
        """The facts of variables without which the sides would differ."""
        found = []
        for at, (name, dims, facts) in enumerate(variables := self.variables):
            for fact in facts:
                if fact in ("constant",):
                    continue
                without = [*variables[:at], (name, dims, facts - {fact}), *variables[at + 1 :]]
                if self.decided(without) == "different":
                    found.append((name, fact))
        return found

    def condition(self) -> tuple[str, str] | None:
        """A fact of one variable that nobody stated, under which the sides are equal."""
        if not self.fits or self.loose:
            return None
        self._last = (None, None)
        return equal.condition(*self.sides(), self.variables)

    def is_weight(self, name: str) -> bool:
        """Whether a variable is what others are weighted by, as labels and probabilities are: every number that rests on it doubles with it."""
        world = self.world
        resting = [n for n, e in world.definitions.items() if not e.dims and name in world.depends(n)]
        values = self.points(1)
        if not resting or not values:
            return False
        doubled = {**values[0], name: 2 * values[0][name]}
        return all(
            abs(float(At(world, doubled).get(n)) - 2 * float(At(world, values[0]).get(n)))
            <= 1e-9 * abs(float(At(world, doubled).get(n)))
            for n in resting
        )

    def counter(self) -> equal.Counter | None:
        """Small numbers at which the sides differ: whole ones if they show it, of sizes that are no special case."""
        if not self.fits:
            return None
        best, weight = None, float("inf")
        relevant = self.relevant()
        sizes = {n for name, dims, _ in self.variables for d in dims for n in d.names}
        for values in [*small_points(self.variables), *self.points(2)]:
            shapes = [np.shape(values[name]) for name, dims, _ in self.variables if name in relevant]
            try:
                a, b = self.values(values)
            except INADMISSIBLE:
                continue
            if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))) or np.iscomplexobj(a) or np.iscomplexobj(b):
                continue
            gap = np.abs(a - b)
            if not gap.size or not np.max(gap) > equal.VISIBLE * max(1e-3, equal.largest(a), equal.largest(b)):
                continue
            index = tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))
            mass = sum(np.size(values[n]) + 0.1 * float(np.sum(np.abs(values[n]))) for n in relevant)
            mass += 20 * sum(1 in shape for shape in shapes if sizes) + 4 * sum(
                bool(np.any(values[n] != np.round(values[n]))) for n in relevant
            )
            if mass < weight:
                best, weight = (
                    equal.Counter({n: values[n] for n in relevant}, index, float(a[index]), float(b[index])),
                    mass,
                )
        return best


def _off_diagonal(a: np.ndarray, i: int, k: int) -> np.ndarray:
    places = np.indices(a.shape)
    return places[i] != places[k]


def fact_words(name: str, fact: str) -> str:
    """Σy = 1, A symmetric: a fact as it is said."""
    name = UNICODE.name_of(name)
    if fact in ("sum1", "prob", "onehot", "simplex"):
        return f"Σ{name} = 1"
    return {
        "symmetric": f"{name} symmetric",
        "posdef": f"{name} positive definite",
        "positive": f"{name} > 0",
        "orthogonal": f"{name} orthogonal",
    }.get(fact, f"{name} {fact}")


class Outcome(NamedTuple):
    """What was found of one pair under one reading; `error` where it could not be read or evaluated."""

    verdict: str  # "same", "different", "undecided", "unread"
    pair: Pair | None = None
    error: ChainruleError | None = None


class Judged:
    """A claim with what was found of it."""

    def __init__(self, claim: Claim):
        self.claim = claim
        self.outcomes: dict[str, Outcome] = {}
        self.verdict = "unread"
        self.follows: int | None = None
        self.given: tuple[str, str] | None = None  # a fact under which it is true, and which nobody stated

    @property
    def false(self) -> bool:
        return self.verdict in ("wrong", "follows")


def small_number(x: float) -> str:
    """A number in few digits, with a minus sign: +0.246 is 0.246."""
    text = f"{x:.3g}"
    return ("0" if float(text) == 0 else text).replace("-", "−")
