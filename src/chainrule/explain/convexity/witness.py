"""Counter-examples: a point and a direction of negative curvature, or a chord below the function, in small numbers.

Searched first at random admissible points, then in small whole numbers, which are kept where they show the same. What is shown
is checked once more by values of the function alone, and in fractions where it is rational.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError
from ..place import figure
from .bounds import OF_FACT
from .exact import exactly
from .sampled import MOST_ENTRIES, Sampled

CLEAR = 1e-5  # of the size of the Hessian: an eigenvalue beyond that is no rounding error
SINGULAR = 1e-9  # of the largest eigenvalue: a matrix with a smaller one is not shown as positive definite
POINTS, PAIRS, SMALL, HITS = 8, 40, 140, 6
FAR = (-0.5, 0.5, *[s * x for x in (2, 3, 4, 5, 7, 10, 20, 40, 100, 300, 1000) for s in (-1, 1)], 0.1, 0.9, -0.1, -0.9)  # of one number
FAR_POINTS, FACTORS = 3, (4.0, 12.0, 40.0)  # of a vector, times what was seen
MOST_EVALUATIONS = 1500  # of the function, in the search for small numbers
STEPS = (1.0, 0.5, 0.25, 0.1, 0.03, 0.01, 0.003)


class Witness(NamedTuple):
    """What contradicts convexity (`against` = "convex") or concavity.

    Attributes
        values: the point, an array of each variable by name; `end` is the other end of a chord, or None.
        direction: of each variable that moves, by name.
        curvature: vᵀ∇²f v there, None for a chord; `exact` is the same as a fraction, where it could be computed so.
        gap: ½f(x) + ½f(y) − f(½x + ½y), of the chord x ± step·v or from `values` to `end`; negative against convexity.
        step: half the length of the chord along the direction.
    """

    against: str
    values: dict
    direction: dict
    curvature: float | None
    exact: Fraction | None
    gap: float
    step: float
    end: dict | None = None

    def amount(self) -> str:
        """The curvature, or the gap of the chord, as a number."""
        if self.exact is not None:
            return str(self.exact).replace("-", "−")
        return figure(self.curvature if self.curvature is not None else self.gap)


class Search:
    """The search for counter-examples to convexity and concavity of one function."""

    def __init__(self, sampled: Sampled, proof):
        self.sampled, self.proof = sampled, proof
        self.letters = dict(zip(proof.names, [d.name for d in proof.curved.directions]))
        self.points = 0
        self._last: tuple | None = None

    def against(self, kinds: list[str], points: int = POINTS, pairs: int = PAIRS) -> dict[str, Witness]:
        """A witness against each of `kinds` that was refuted, as it was found."""
        found: dict[str, Witness] = {}
        seen = []
        for values in self.sampled.points(points):
            self.points += 1
            seen.append(values)
            for kind in kinds:
                if kind not in found:
                    witness = self._bent(values, kind)
                    if witness is not None:
                        found[kind] = witness
            if len(found) == len(kinds):
                break
        for values in self._far(seen) if len(found) < len(kinds) else ():
            for kind in kinds:
                if kind not in found:
                    witness = self._bent(values, kind)
                    if witness is not None:
                        found[kind] = witness
        for kind in kinds:
            if kind not in found:
                witness = self._chords(kind, seen, pairs)
                if witness is not None:
                    found[kind] = witness
        return {kind: found[kind] for kind in kinds if kind in found}

    def _far(self, seen: list[dict]) -> Iterator[dict]:
        """Points farther out, where what is declared allows it: of one number by a list, else those that were seen, drawn out."""
        s = self.sampled
        for values in seen[:FAR_POINTS]:
            size = sum([values[n].size for n in s.names])
            for far in FAR if size == 1 else FACTORS if size <= MOST_ENTRIES and not s.heavy else ():
                moved = {n: np.full_like(values[n], far) if size == 1 else s.stretched(values[n], s.every[n].facts, far) for n in s.names}
                point = {**values, **moved}
                if self._admissible(point) and s.moderate(point):
                    yield point

    def simplest(self, kind: str, found: Witness) -> Witness:
        """The counter-example in small numbers, where there is one."""
        return self._small(kind, found) or found

    # ---------------------------------------------------------------- by curvature

    def _bent(self, values: dict, kind: str, simple: bool = False) -> Witness | None:
        """A direction of the wrong curvature at a point."""
        s = self.sampled
        try:
            if not s.smooth_at(values):
                return None
            hessian, basis = self._hessian(values)
        except (ChainruleError, np.linalg.LinAlgError, ValueError):
            return None
        if not np.isfinite(hessian).all():
            return None
        sign = 1.0 if kind == "convex" else -1.0
        eigenvalues, vectors = np.linalg.eigh(sign * hessian)
        size = max(np.abs(eigenvalues).max(), 1e-9)
        if eigenvalues[0] > -CLEAR * size:
            return None
        direction = basis.T @ vectors[:, 0]
        if simple:
            direction = self._rounded(direction, hessian, basis, sign, size)
            if direction is None:
                return None
        return self.confirmed(values, direction, kind, simple)

    def _hessian(self, values: dict) -> tuple:
        """The Hessian at a point, computed once for both kinds."""
        if self._last is None or self._last[0] is not values:
            self._last = values, self.sampled.hessian(values)
        return self._last[1]

    def _rounded(self, direction: np.ndarray, hessian, basis, sign: float, size: float) -> np.ndarray | None:
        """The direction in whole numbers, if it still shows it clearly."""
        direction = direction / np.abs(direction).max()
        for scale in (1, 2, 3):
            rounded = np.round(direction * scale)
            first = next((x for x in rounded if x), 0.0)
            if not first:
                continue
            rounded = rounded * (1.0 if first > 0 else -1.0)
            inside = basis @ rounded
            if np.abs(basis.T @ inside - rounded).max() > 1e-9:
                continue
            if sign * inside @ hessian @ inside < -1e-3 * size * (inside @ inside) * 0.1:
                return rounded
        return None

    def confirmed(self, values: dict, direction: np.ndarray, kind: str, simple: bool = False) -> Witness | None:
        """The witness, if a chord along the direction shows it by values of the function alone."""
        s = self.sampled
        sign = 1.0 if kind == "convex" else -1.0
        curvature = s.bend(values, direction)
        for step in STEPS:
            ends = s.moved(values, direction, step), s.moved(values, direction, -step)
            if not all(self._admissible(e) for e in ends):
                continue
            gap, rounding = s.gap(*ends)
            if np.isfinite(gap) and sign * gap < -30 * rounding and sign * curvature < 0:
                exact = self._exact(values, direction) if simple else None
                if exact is not None and (exact >= 0) == (kind == "convex"):
                    return None
                return Witness(kind, values, self.sampled.apart(values, direction), curvature, exact, gap, step)
        return None

    def _admissible(self, values: dict) -> bool:
        """Whether a point keeps what is declared of the variables."""
        for name in self.sampled.names:
            facts, x = self.sampled.every[name].facts, values[name]
            if not all(OF_FACT[word].contains(x).all() for word in facts & OF_FACT.keys()):
                return False
            if facts & {"posdef", "psd"} and x.ndim == 2:
                eigenvalues = np.linalg.eigvalsh(x)
                if eigenvalues[0] < (SINGULAR * eigenvalues[-1] if "posdef" in facts else 0) or "posdef" in facts and eigenvalues[-1] <= 0:
                    return False
        return True

    def _exact(self, values: dict, direction: np.ndarray) -> Fraction | None:
        if self.proof.second is None:
            return None
        parts = self.sampled.apart(values, direction)
        every = {**values, **{self.letters[n]: parts[n] for n in parts}}
        if any(np.any(np.asarray(x) * 12 != np.round(np.asarray(x) * 12)) for x in every.values()):
            return None
        sizes = self.sampled.sizes_of(values)
        twelfths = {n: _twelfths(x) for n, x in every.items()}
        try:
            return exactly(self.proof.second, twelfths, sizes)
        except (KeyError, ChainruleError):
            return None

    # ---------------------------------------------------------------- by chords

    def _chords(self, kind: str, seen: list[dict], pairs: int) -> Witness | None:
        """A chord on the wrong side, for functions with kinks."""
        s = self.sampled
        sign = 1.0 if kind == "convex" else -1.0
        attempt = 1000
        for k in range(pairs):
            if not seen:
                return None
            one = seen[k % len(seen)]
            attempt += 1
            fixed = {n: x for n, x in one.items() if n not in s.names}
            sizes = s.sizes_of(one)
            other = s.drawn(attempt, sizes, fixed)
            if other is None:
                continue
            if k % 3 == 2:  # near by
                other = {**other, **{n: one[n] + 0.2 * (other[n] - one[n]) for n in s.names}}
            witness = self._chord(one, other, kind, sign)
            if witness is not None:
                return witness
        return None

    def _chord(self, one: dict, other: dict, kind: str, sign: float) -> Witness | None:
        gap, rounding = self.sampled.gap(one, other)
        if not np.isfinite(gap) or sign * gap >= -1e4 * rounding:
            return None
        half = {n: (other[n] - one[n]) / 2 for n in self.sampled.names}
        return Witness(kind, one, half, None, None, gap, 1.0, {n: other[n] for n in self.sampled.names})

    # ---------------------------------------------------------------- in small numbers

    def _small(self, kind: str, found: Witness) -> Witness | None:
        """A counter-example in small numbers, the simplest of those that are found."""
        best, least = None, np.inf
        s = self.sampled
        hits, limit = 0, s.evaluations + MOST_EVALUATIONS
        for trial in range(SMALL):
            values = self._small_values(trial)
            if s.evaluations > limit:
                break
            if values is None or not s.moderate(values) or not self._admissible(values):
                continue
            if found.curvature is not None:
                witness = self._bent(values, kind, simple=True)
            else:
                other = self._small_values(trial + 5003, {n: x for n, x in values.items() if n not in s.names})
                if other is None or not s.moderate(other) or not self._admissible(other):
                    continue
                witness = self._chord(values, other, kind, 1.0 if kind == "convex" else -1.0)
            if witness is None:
                continue
            amount = sum(np.abs(x).sum() + np.count_nonzero(x) for x in (*values.values(), *witness.direction.values()))
            if amount < least:
                best, least = witness, amount
            hits += 1
            if hits >= HITS:
                break
        return best

    def _small_values(self, trial: int, keep: dict | None = None) -> dict | None:
        """A point of small whole numbers and halves that respects what is declared."""
        s = self.sampled
        rng = np.random.default_rng([s.seed, 5, trial])
        return s.filled(s.sizes_at(2), keep, lambda v, shape: _small_array(rng, shape, v.facts, trial) + 0.0)  # no −0


def _small_array(rng, shape: tuple, facts: frozenset, trial: int) -> np.ndarray:
    reach = 1 if trial < 40 else 2 if trial < 90 else 3
    square = len(shape) == 2 and shape[0] == shape[1]
    if "labelspm1" in facts:
        return rng.choice((-1.0, 1.0), shape)
    if facts & {"labels01", "mask01"}:
        return rng.choice((0.0, 1.0), shape)
    if facts & {"onehot"} and shape:
        return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    if facts & {"prob", "sum1"} and shape:
        x = rng.integers(1, 3, shape).astype(float)
        return x / x.sum(axis=-1, keepdims=True)
    if square and "diagonal" in facts:
        return np.diag(rng.integers(1, reach + 1, shape[0]).astype(float))
    if square and facts & {"posdef", "psd"}:
        a = rng.integers(-1, 2, shape).astype(float)
        return np.eye(shape[0]) * reach + (a @ a.T if trial % 2 else 0)
    if facts & {"positive", "nonneg", "counts"}:
        return rng.integers(1, reach + 2, shape).astype(float)
    if "gt1" in facts:
        return rng.integers(2, reach + 3, shape).astype(float)
    if facts & {"open01"}:
        return rng.integers(1, 4, shape) / 4
    if "unit" in facts:
        return rng.integers(-3, 4, shape) / 4
    if "negative" in facts:
        return -rng.integers(1, reach + 2, shape).astype(float)
    x = rng.integers(-reach, reach + 1, shape).astype(float)
    if trial < 60:
        x = x * rng.integers(0, 2, shape)
    elif trial % 3 == 2:
        x = x / 2
    if square and facts & {"symmetric"}:
        x = np.triu(x) + np.triu(x, 1).T
    if "invertible" in facts and square:
        x = np.eye(shape[0]) + np.triu(x, 1)
    return x


def _twelfths(x) -> np.ndarray:
    """An array of multiples of a twelfth as fractions."""
    x = np.asarray(x)
    found = np.empty(x.shape, dtype=object)
    for index in np.ndindex(*x.shape):
        found[index] = Fraction(int(round(float(x[index]) * 12)), 12)
    return found
