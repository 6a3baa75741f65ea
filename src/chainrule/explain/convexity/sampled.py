"""A function at admissible points, by numbers alone: its second derivative along directions, its Hessian, midpoints of chords.

Values come from the typed tree and not from the graph that the proofs are about, so that the two can check each other.
Second derivatives are central differences of complex steps; directions keep a variable within what is declared of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod

import numpy as np

from ...core.errors import ChainruleError
from ...numeric.points import INTERVALS, sample
from ...ops.choices import where
from ...syntax.typed import order

MANNERS = ("ordinary", "ordinary", "positive", "small", "open01", "ordinary", "gt1", "posdef", "tiny")
SIZES = ((2, 3, 2, 3, 2), (3, 2, 3, 2, 4), (2, 2, 2, 2, 2), (4, 3, 2, 5, 3))
MOST_ENTRIES = 9  # of what moves, of which the whole Hessian is computed; beyond, directions are drawn
HEAVY, HEAVY_ENTRIES = 20_000, 3  # so many given numbers make an evaluation dear: fewer directions, points and chords
COMPLEX, DIFFERENCE = 1e-30, 1e-5  # steps: the complex one has no rounding error, the other error is of order 1e-10
KINK = 5e-3  # nearer to a kink than this no second derivative is taken
MOST_DRAWN, LARGEST_SIZE = 3000, 12  # entries of what is drawn; beyond, sizes that no value shows are taken as this, the largest first
FINITE = 1e8  # larger values have too few digits left


class Sampled:
    """The function of `problem` in the variables `names`; `given` are values of other variables that stay as they are."""

    def __init__(self, problem, names: list[str], given: dict, sizes: dict, seed: int):
        self.problem, self.names, self.given, self.sizes, self.seed = problem, names, given, {}, seed
        self.every = problem.every
        shown = self.sizes_of(given)
        self.sizes, self.reduced = self._small_enough({**shown, **sizes}, shown)
        self.evaluations = 0
        self.heavy = sum([np.size(x) for x in given.values()]) > HEAVY
        typed = order([problem.typed, *[t for _, t in problem.typed_lets]])
        self.rims = [(problem.machine.slots_of[id(t)], end) for t in typed if t.kind == "map" and id(t) in problem.machine.slots_of for end in _never(t.info)]
        self.finite = all([np.isfinite(x).all() for x in given.values()])
        self.chooses = any(t.kind == "map" and t.info is where for t in typed)  # what is not chosen may have no value

    def value(self, values: dict) -> float:
        """The function, as a number; NaN where it, or anything that it is made of, has no value."""
        self.evaluations += 1
        try:
            slots, _ = self.problem.machine.trace(values)
        except np.linalg.LinAlgError:  # a singular matrix
            return float("nan")
        missing = (lambda x: ~np.isfinite(x)) if self.finite else np.isnan
        if not self.chooses and any([missing(x).any() for x in slots if x is not None]):
            return float("nan")  # relu of what is no number is 0 to NumPy, and max(1/√x, 1) is 1 at −0
        if any([slots[k] is not None and (np.real(slots[k]) == end).any() for k, end in self.rims]):
            return float("nan")  # exp(−1000) is 0 to rounding, and 0 is no value of exp
        return float(np.real(slots[self.problem.machine.result]))

    def _small_enough(self, sizes: dict, fixed: dict) -> tuple[dict, bool]:
        """(sizes at which the function can be evaluated many times, whether these are not those that were asked for)."""
        sizes = dict(sizes)
        entries = lambda: sum([prod([d.at({x: sizes.get(x, SIZES[0][0]) for x in d.names}) for d in v.dims]) for n, v in self.every.items() if n not in self.given])
        wide = sorted([x for x in sizes if x not in fixed and sizes[x] > LARGEST_SIZE], key=lambda x: -sizes[x])
        reduced = bool(wide) and entries() > MOST_DRAWN
        while wide and entries() > MOST_DRAWN:
            sizes[wide.pop(0)] = LARGEST_SIZE
        return sizes, reduced

    def points(self, count: int) -> Iterator[dict]:
        """Admissible points: values of all variables, at which the function has a moderate value."""
        found = attempts = 0
        while found < count and attempts < 12 * count:
            values = self.drawn(attempts, sizes=self.sizes_at(found))
            attempts += 1
            if values is not None:
                found += 1
                yield values

    def sizes_at(self, index: int) -> dict[str, int]:
        """A size for every dimension: those that are known, the others small, in turn."""
        row = SIZES[index % len(SIZES)]
        known = dict(self.sizes)
        names = dict.fromkeys([x for v in self.every.values() for d in v.dims for x in d.names])
        for k, x in enumerate([x for x in names if x not in known]):
            known[x] = row[k % len(row)]
        return known

    def drawn(self, attempt: int, sizes: dict, keep: dict | None = None) -> dict | None:
        """A point, or None where the function has no moderate value there. `keep` are values taken over."""
        rng = np.random.default_rng([self.seed, 31, attempt])
        manner = MANNERS[attempt % len(MANNERS)]

        def draw(v, shape: tuple) -> np.ndarray | None:
            if any(s < 1 for s in shape) or prod(shape) > 100_000:
                return None
            how = manner if manner in INTERVALS or manner in ("ordinary", "small", "tiny", "posdef") else "ordinary"
            found = sample(rng, shape, v.facts, how)
            return self.stretched(found, v.facts, 2.5) if attempt % 4 == 3 and v.name in self.names else found

        values = self.filled(sizes, keep, draw)
        return values if values is not None and self.moderate(values) else None

    def filled(self, sizes: dict, keep: dict | None, draw: Callable) -> dict | None:
        """Values of all variables: those in `keep`, those that are given, for the others `draw(variable, shape)`; None where that is."""
        values = {}
        for name, v in self.every.items():
            if keep is not None and name in keep:
                values[name] = keep[name]
            elif name in self.given:
                values[name] = np.asarray(self.given[name], dtype=float)
            else:
                values[name] = draw(v, tuple([d.at(sizes) for d in v.dims]))
                if values[name] is None:
                    return None
        return values

    def stretched(self, x: np.ndarray, facts, factor: float) -> np.ndarray:
        """Farther out, where what is declared of the variable allows it."""
        return x if facts & {"unit", "open01", "prob", "sum1", "gt1"} else x * factor

    def moderate(self, values: dict) -> bool:
        try:
            return abs(self.value(values)) < FINITE
        except (ChainruleError, np.linalg.LinAlgError, FloatingPointError, ValueError):
            return False

    # ---------------------------------------------------------------- second derivatives

    def basis(self, values: dict) -> np.ndarray:
        """Orthonormal directions of all that moves, one a row, within the constraints of the variables."""
        rows = []
        widths = [values[n].size for n in self.names]
        for k, name in enumerate(self.names):
            for direction in directions_of(values[name].shape, self.every[name].facts):
                row = np.zeros(sum(widths))
                row[sum(widths[:k]) : sum(widths[: k + 1])] = direction.ravel()
                rows.append(row)
        q, _ = np.linalg.qr(np.array(rows).T)
        return q.T

    def directions(self, values: dict, count: int) -> np.ndarray:
        """Random orthonormal directions within the constraints of the variables, one a row."""
        rng = np.random.default_rng([self.seed, 7])
        rows = []
        for _ in range(count):
            parts = [within(rng.normal(size=values[n].shape), self.every[n].facts) for n in self.names]
            rows.append(np.concatenate([x.ravel() for x in parts]))
        q, r = np.linalg.qr(np.array(rows).T)
        return q.T[np.abs(np.diag(r)) > 1e-9]

    def moved(self, values: dict, direction: np.ndarray, step) -> dict:
        """The point moved along a direction, a vector over all that moves."""
        found, at = dict(values), 0
        for name in self.names:
            size = values[name].size
            found[name] = values[name] + step * direction[at : at + size].reshape(values[name].shape)
            at += size
        return found

    def apart(self, values: dict, direction: np.ndarray) -> dict:
        """A direction as an array of each variable that moves."""
        found, at = {}, 0
        for name in self.names:
            size = values[name].size
            found[name] = direction[at : at + size].reshape(values[name].shape)
            at += size
        return found

    def slope(self, values: dict, direction: np.ndarray) -> float:
        """The derivative along a direction, by a complex step; NaN where there is none."""
        self.evaluations += 1
        try:
            found = self.problem.evaluate(self.moved(values, direction, 1j * COMPLEX))
        except np.linalg.LinAlgError:
            return float("nan")
        return float(np.imag(found)) / COMPLEX

    def bend(self, values: dict, v: np.ndarray, u: np.ndarray | None = None) -> float:
        """uᵀ∇²f v, by u = v if none is given."""
        u = v if u is None else u
        ahead, back = (self.slope(self.moved(values, v, s * DIFFERENCE), u) for s in (1, -1))
        return (ahead - back) / (2 * DIFFERENCE)

    def hessian(self, values: dict) -> tuple[np.ndarray, np.ndarray]:
        """(∇²f in the basis, basis): entries between the directions. Of many variables, between a few random ones."""
        if sum([values[n].size for n in self.names]) > MOST_ENTRIES:
            basis = self.directions(values, HEAVY_ENTRIES if self.heavy else MOST_ENTRIES)
        else:
            basis = self.basis(values)
        n = len(basis)
        found = np.empty((n, n))
        for j in range(n):
            ahead, back = (self.moved(values, basis[j], s * DIFFERENCE) for s in (1, -1))
            for i in range(j + 1):
                found[i, j] = found[j, i] = (self.slope(ahead, basis[i]) - self.slope(back, basis[i])) / (2 * DIFFERENCE)
        return found, basis

    def smooth_at(self, values: dict) -> bool:
        """Whether no kink is near, so that second derivatives mean something."""
        try:
            return self.problem.margin(values) > KINK
        except (ChainruleError, np.linalg.LinAlgError):
            return False

    def sizes_of(self, values: dict) -> dict[str, int]:
        """The sizes that the arrays of a point have."""
        found = dict(self.sizes)
        for name, v in self.every.items():
            for d, length in zip(v.dims, np.shape(values[name]) if name in values else ()):
                if len(d.names) == 1 and d.text == d.names[0]:
                    found[d.text] = length
        return found

    # ---------------------------------------------------------------- chords

    def gap(self, one: dict, other: dict) -> tuple[float, float]:
        """(½f(x) + ½f(y) − f(½x + ½y), the size of its rounding error): < 0 contradicts convexity, > 0 concavity."""
        middle = dict(one)
        for name in self.names:
            middle[name] = (one[name] + other[name]) / 2
        a, b, m = self.value(one), self.value(other), self.value(middle)
        return (a + b) / 2 - m, 1e-13 * (abs(a) + abs(b) + abs(m) + 1e-3)


def _never(declaration) -> list[float]:
    """The finite ends of the range of an operation that are none of its values: only rounding makes these."""
    found = [0.0] if declaration.sign in ("+", "-") else []
    if declaration.range is not None:
        low, high, closed = declaration.range
        found += [end for end, bracket in ((low, closed[0]), (high, closed[1])) if bracket in "()" and np.isfinite(end) and end not in found]
    return found


def within(x: np.ndarray, facts: frozenset) -> np.ndarray:
    """A direction made one in which a variable can move."""
    if x.ndim == 2 and x.shape[0] == x.shape[1] and "diagonal" in facts:
        return np.diag(np.diag(x))
    if x.ndim == 2 and x.shape[0] == x.shape[1] and facts & {"symmetric", "posdef", "psd"}:
        return (x + x.T) / 2
    return x - x.mean(axis=-1, keepdims=True) if facts & {"prob", "sum1"} and x.ndim else x


def directions_of(shape: tuple, facts: frozenset) -> list[np.ndarray]:
    """Directions that span those in which a variable can move."""
    found = []
    square = len(shape) == 2 and shape[0] == shape[1]
    for index in np.ndindex(*shape):
        e = np.zeros(shape)
        e[index] = 1.0
        if square and "diagonal" in facts:
            if index[0] != index[1]:
                continue
        elif square and facts & {"symmetric", "posdef", "psd"}:
            if index[0] > index[1]:
                continue
            e[index[::-1]] = 1.0
        elif facts & {"prob", "sum1"} and shape:
            if index[-1] == shape[-1] - 1:
                continue
            e[(*index[:-1], shape[-1] - 1)] = -1.0
        found.append(e)
    return found
