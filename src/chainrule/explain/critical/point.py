"""One critical point: where it is, exactly if that can be shown, and of which kind.

The kind follows from the eigenvalues of ∇²f, with a bound for their error. Where one of them may be zero, the first
derivative that does not vanish along a line decides: of odd order, or of the other sign than an eigenvalue, it makes a
saddle; in one variable it decides everything. Else the kind stays undecided.
"""

from __future__ import annotations

import numpy as np

from ...core.algebra import is_zero
from ...core.node import Node
from ...core.sums import linear_sum
from ...matrix import render
from ..spectrum import INDEFINITE, NEGATIVE, POSITIVE, definiteness, spectrum_of
from .entries import Entries, directional
from .exactly import at_values, evaluated, is_exact, recognised, vanishes
from .searching import Field, hessian, is_singular, value_and_gradient

MINIMUM, MAXIMUM, SADDLE, UNDECIDED = "minimum", "maximum", "saddle", "degenerate: undecided by second order"
KINDS = {POSITIVE: MINIMUM, NEGATIVE: MAXIMUM, INDEFINITE: SADDLE}  # what ∇²f decides
HIGHEST = 6  # order of derivatives along a line
RADIUS, RADIUS_FLAT = 1e-9, 3e-3  # of the search for exact values, in parts of 1 + |x|
NEARNESS = 1e-4  # a step along a direction in which ∇²f is zero
MOST_CANDIDATES, MOST_TRIALS = 4, 64
OBLIQUE = 6  # directions between those in which ∇²f is zero
ROUNDING = 1e-9  # of ∇f at an exact value, before it is put in exactly


class Point:
    """A point with ∇f = 0.

    Attributes
        x: the vector of all entries; values: by the name of the variable.
        f: the value there.
        kind: "minimum", "maximum", "saddle" or "degenerate: undecided by second order".
        eigenvalues: of ∇²f, growing; error bounds their distance to the true ones. vectors: their directions.
        exact: the entries as texts, where ∇f was shown to be zero there in exact arithmetic, else None.
        reason: why it is of this kind, where the eigenvalues do not say it.
        isolated: False where there are others as near as one likes.
    """

    def __init__(self, place, x: np.ndarray):
        self.place, self.x = place, x
        self.exact_nodes: list[Node] | None = None
        self.reason, self.isolated, self.more = "", True, 1
        self.kind = UNDECIDED

    @property
    def values(self) -> dict[str, np.ndarray]:
        return {name: np.array(part) for name, part in self.place.variables.apart(self.x).items()}

    @property
    def exact(self) -> list[str] | None:
        return None if self.exact_nodes is None else [render(node, 0).text() for node in self.exact_nodes]

    def to_dict(self) -> dict:
        return {
            "values": {name: value.tolist() for name, value in self.values.items()},
            "f": self.f,
            "kind": self.kind,
            "eigenvalues": self.eigenvalues.tolist(),
            "error_of_eigenvalues": self.error,
            "exact": self.exact,
            "isolated": self.isolated,
            "reason": self.reason,
        }


def examined(place, x: np.ndarray, of: Entries | None, hints=()) -> Point:
    """The critical point near `x`, exactly where that can be shown, with its kind; `hints` are exact points to try first."""
    point = Point(place, x)
    flat = is_singular(hessian(place, x))
    point.exact_nodes = _exactly(x, of, RADIUS_FLAT if flat else RADIUS, hints)
    if point.exact_nodes is not None:
        point.x = evaluated(point.exact_nodes, [], [])
        point.x = np.array([float(v) for v in point.x]) + 0.0
    _by_second_order(point, of)
    if point.kind == UNDECIDED and of is not None and point.exact_nodes is not None:
        _by_lines(point, of)
    return point


def _exactly(x: np.ndarray, of: Entries | None, radius: float, hints=()) -> list[Node] | None:
    """Exact entries at which the gradient is exactly zero, or None."""
    if of is None or not all([is_exact(g) for g in of.gradient]):
        return None
    options = [recognised(float(v), radius * (1 + abs(v)))[:MOST_CANDIDATES] for v in x]
    trials = [[]] if all(options) else []
    for some in options:
        trials = [[*trial, one] for trial in trials for one in some][:MOST_TRIALS]
    near = [hint for hint in hints if (np.abs(evaluated(hint, [], []) - x) <= radius * (1 + np.abs(x))).all()]
    trials = near + trials
    for trial in trials:
        numbers = evaluated(trial, [], [])
        slopes, scale = evaluated(of.gradient, of.x, numbers), evaluated(of.gradient, of.x, numbers + 0.1 * (1 + np.abs(numbers)))
        if not (np.abs(slopes) <= ROUNDING * (1 + np.abs(scale))).all():
            continue
        at = dict(zip(of.x, trial))
        if all([vanishes(g, at) for g in of.gradient]):
            return trial
    return None


def _by_second_order(point: Point, of: Entries | None) -> None:
    with np.errstate(all="ignore"):
        point.f = _value(point, of)
        h = hessian(point.place, point.x)
        point.eigenvalues, _, point.vectors = spectrum_of(h)
        point.error = _error(point, h)
    point.kind = KINDS.get(definiteness(point.eigenvalues[0], point.eigenvalues[-1], point.error), UNDECIDED)


def _value(point: Point, of: Entries | None) -> float:
    """f at the point: exactly where the point is exact; what rounding leaves of 0 is 0."""
    if point.exact_nodes is not None:
        value = at_values(of.f, dict(zip(of.x, point.exact_nodes)))
        if value is not None:
            return float(evaluated([value], [], [])[0])
    f = lambda x: float(value_and_gradient(point.place, x)[0])
    value = f(point.x)
    beside = [abs(f(point.x + s * 0.3 * (1 + np.abs(point.x)) * e)) for e in np.eye(len(point.x)) for s in (1, -1)]
    return 0.0 if abs(value) <= 1e-14 * max([b for b in beside if np.isfinite(b)], default=0.0) else value


def _error(point: Point, h: np.ndarray) -> float:
    """How far the eigenvalues may be from those at the true point: rounding, and how ∇²f changes over its uncertainty.

    Eigenvalues move by no more than the norm of the change of the matrix (Weyl).
    """
    largest = max(float(np.abs(h).max()), 1e-300)
    rounding = 1e-12 * largest * len(h)
    if point.exact_nodes is not None:
        return max(rounding, 1e-13)
    _, gradient = value_and_gradient(point.place, point.x)
    values = np.abs(spectrum_of(h).values)
    regular = values.min() > 1e-9 * largest
    away = (np.linalg.norm(gradient) + 1e-15 * largest * (1 + np.abs(point.x).max())) / values.min() if regular else NEARNESS
    moved = 0.0
    for k in range(len(h)):
        for s in (1, -1):
            x = point.x.copy()
            x[k] += s * max(away, 1e-9)
            beside = hessian(point.place, x)
            moved = max(moved, float(np.abs(beside - h).max())) if np.isfinite(beside).all() else moved
    return rounding + 2 * len(h) * moved


def _by_lines(point: Point, of: Entries) -> None:
    """Along lines through the point: the first derivative that is not zero."""
    n = len(point.x)
    at = dict(zip(of.x, point.exact_nodes))
    flat = n == 1 or all([is_zero(v) for v in (at_values(h, at) for line in of.hessian for h in line) if v is not None])
    signs = {np.sign(v) for v in point.eigenvalues if abs(v) > point.error}
    for direction in _directions(n) if flat else _null_directions(point, of, at):
        derivatives = directional(of, point.exact_nodes, direction, HIGHEST)
        order = next((k + 1 for k, d in enumerate(derivatives) if not is_zero(_plain(d))), None)
        if order is None or not is_exact(derivatives[order - 1]):
            continue
        value = float(evaluated([derivatives[order - 1]], [], [])[0])
        along = "" if n == 1 else f" along ({', '.join(map(str, direction))})"
        name = f"derivative of order {order}{along} is {value:.4g}, the lower ones are 0".replace("-", "−")
        if order % 2:
            point.kind, point.reason = SADDLE, f"an inflection: the {name}" if n == 1 else f"the {name}"
            return
        if n == 1:
            point.kind, point.reason = MINIMUM if value > 0 else MAXIMUM, f"the {name}"
            return
        if signs and np.sign(value) not in signs or flat and signs and np.sign(value) not in signs:
            point.kind, point.reason = SADDLE, f"the {name}; an eigenvalue has the other sign"
            return
        if flat:
            signs.add(np.sign(value))
    if flat and len(signs) == 2:
        point.kind, point.reason = SADDLE, "f grows along one line through the point and falls along another"


def _plain(node: Node) -> Node:
    found = at_values(node, {})
    return node if found is None else found


def _directions(n: int) -> list[list[int]]:
    """Lines to look along: the axes, and between any two of them."""
    if n == 1:
        return [[1]]
    found = [[int(k == j) for k in range(n)] for j in range(n)]
    for j in range(n):
        for i in range(j):
            for s in (1, -1):
                found.append([1 if k == i else s if k == j else 0 for k in range(n)])
    return found


def _null_directions(point: Point, of: Entries, at: dict) -> list[list[int]]:
    """Directions in small whole numbers in which ∇²f is exactly zero."""
    found = []
    for d in _directions(len(point.x)):
        rows = [linear_sum([(c, h) for c, h in zip(d, line) if c], ()) for line in of.hessian]
        if all([vanishes(row, at) for row in rows]):
            found.append(d)
    return found


def led_on(field: Field, x: np.ndarray) -> tuple[int, int]:
    """(in how many directions ∇f stays zero around the point, in how many ∇²f is zero): the point is one of a curve."""
    place = field.place
    h = hessian(place, x)
    eigenvalues, _, vectors = spectrum_of(h)
    scale = max(float(np.abs(eigenvalues).max()), 1e-300)
    flat = vectors.T[(np.abs(eigenvalues) <= 1e-6 * scale) | (np.abs(eigenvalues) <= 1e-9)]
    found = 0
    for direction in flat:
        if all([_leads_on(place, x, s * far * direction) for s in (1, -1) for far in (0.05, 0.1)]):
            found += 1
    if found == len(flat) > 1:  # where curves cross, as the axes do, each leads on, and what lies between them does not
        oblique = np.random.default_rng(0).normal(size=(OBLIQUE, len(flat))) @ flat
        found -= not all([_leads_on(place, x, far * v / np.linalg.norm(v)) for v in oblique for far in (0.1, -0.1)])
    return found, len(flat)


def along_curve(point: Point) -> None:
    """The kind of a point of a curve of critical points, of as many dimensions as ∇²f has zeros: the other eigenvalues decide.

    Reference: the Morse–Bott lemma; Banyaga & Hurtubise, Expositiones Mathematicae 22 (2004).
    """
    signs = set(np.sign(point.eigenvalues[np.abs(point.eigenvalues) > max(point.error, 1e-6 * np.abs(point.eigenvalues).max())]))
    if len(signs) == 1 and point.kind == UNDECIDED:
        point.kind = MINIMUM if signs == {1.0} else MAXIMUM
        point.reason = "not strict: f stays the same along the curve, which was followed in numbers, and ∇²f decides across it"


def _leads_on(place, x: np.ndarray, step: np.ndarray) -> bool:
    """Whether there is a point with ∇f = 0 close to x + step, found within the plane across the step."""
    at = x + step
    unit = step / np.linalg.norm(step)
    first = None
    with np.errstate(all="ignore"):
        for _ in range(8):
            _, g = value_and_gradient(place, at)
            if not np.isfinite(g).all():
                return False
            first = np.linalg.norm(g) if first is None else first
            h = hessian(place, at)
            move = -np.linalg.lstsq(np.vstack([h, unit * max(np.abs(h).max(), 1.0)]), np.append(g, 0.0), rcond=1e-9)[0]
            if not np.isfinite(move).all():
                return False
            at = at + move
        _, g = value_and_gradient(place, at)
        size = np.abs(hessian(place, at)).max()
    return bool(np.linalg.norm(g) <= 1e-11 * max(size, 1e-3)) and np.linalg.norm(at - x - step) < 0.3 * np.linalg.norm(step)
