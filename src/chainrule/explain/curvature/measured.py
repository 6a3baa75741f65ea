"""The curvature of a function at a place, measured: by the Hessian itself where it is small, else by products with it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...core.errors import ChainruleError, DomainError
from ...core.walk import order
from ..place import Place, shown
from .probing import Density, End, Trace, density, ends, trace
from ..spectrum import EPSILON, SAFETY, Spectrum, definiteness, nudged, spectrum_of

FORMED = 1000  # entries of the variables up to which the Hessian is formed and its spectrum taken
KINK = 1e-9  # a distance to a kink, relative, at which the place is on it
TRIALS = 3  # evaluations that are rounded at random
NUDGED = frozenset({"positive", "nonneg", "negative", "constant", "invertible"})  # facts that a change of the last digit keeps


class Whole(NamedTuple):
    """The Hessian at a place: the matrix, its spectrum, and how far another program's H v was from it, relative."""

    H: np.ndarray
    spectrum: Spectrum
    apart: float

    @property
    def definiteness(self) -> str:
        return self.spectrum.definiteness


class Probed(NamedTuple):
    """What is known of a Hessian that is not formed.

    Attributes
        operator: it with its structure, or None.
        values: all eigenvalues, where the structure gives them.
        low, high: the ends of the spectrum by Lanczos, where it does not.
        trace: with its standard error, 0 where it is exact.
        bound: how far a product H v is from exact, per unit of v.
    """

    operator: object
    values: np.ndarray | None
    low: End | None
    high: End | None
    trace: Trace
    density: Density | None
    bound: float

    @property
    def definiteness(self) -> str:
        """What is certain; of ends by Lanczos only what a vector witnesses, since a smaller eigenvalue may hide."""
        return definiteness(self.least, self.largest, self.bound)

    @property
    def least(self) -> float:
        return float(self.values[0] if self.values is not None else self.low.values[0])

    @property
    def largest(self) -> float:
        return float(self.values[-1] if self.values is not None else self.high.values[0])


class Slope(NamedTuple):
    """The value and the gradient at a place, and how far the gradient is from exact: by its norm."""

    value: float
    gradient: np.ndarray
    bound: float

    @property
    def norm(self) -> float:
        return _norm(self.gradient)

    @property
    def vanishes(self) -> bool:
        """Whether the gradient is zero, as far as can be told."""
        return self.norm <= self.bound


def slope(place: Place, seed: int = 0) -> Slope:
    """Value and gradient at a place.

    Raises
        DomainError: the function has no value or no gradient there.
    """
    with np.errstate(all="ignore"):
        value, gradient = place.objective.value_and_gradient(place.x)
    value = float(place.objective.seen[1])
    if not (np.isfinite(value) and np.all(np.isfinite(gradient))):
        raise _undefined("gradient" if np.isfinite(value) else "value", place)
    return Slope(value, gradient, _error(place, "value, grad", seed) + gradient.size * EPSILON * _norm(gradient))


def whole(place: Place, seed: int = 0) -> Whole:
    """The Hessian at a place, formed, with a bound for its error.

    Raises
        DomainError: the function has no second derivative there. LimitError: there is no memory for it.
    """
    with np.errstate(all="ignore"):
        H = place.objective.hessian(place.x)
    if not np.all(np.isfinite(H)):
        raise _undefined("second derivative", place)
    v = np.random.default_rng(seed).normal(size=len(H))
    product = _norm(place.objective.product(place.x, v) - H @ v) / _norm(v) * np.sqrt(len(H))
    found = spectrum_of(H, max(2 * _error(place, "hessian", seed), SAFETY * product))  # 2: blocks beside the diagonal count once
    return Whole(H, found, float(product / max(_norm(H), 1e-300)))


def kinked(place: Place) -> str:
    """"slope" where a kink of the function passes through the place, "curvature" where one of its gradient does, else "".

    Gradients, or curvatures, beside it differ, and go on to differ the nearer one looks.
    """
    x = place.x
    size = max(1.0, float(np.max(np.abs(x), initial=0.0)))
    if place.problem.margin(place.values) > KINK * size:
        return ""
    u = np.random.default_rng(0).choice((-1.0, 1.0), len(x))
    objective, jumps = place.objective, []
    for h in (1e-5 * size, 1e-7 * size):
        with np.errstate(all="ignore"):
            (_, after), (_, before) = objective.value_and_gradient(x + h * u), objective.value_and_gradient(x - h * u)
            curved, bent = objective.product(x + h * u, u), objective.product(x - h * u, u)
        jumps.append([_norm(np.asarray(a) - b) / (1 + _norm(a)) for a, b in ((after, before), (curved, bent))])
    found = [near > 1e-4 and near > 0.1 * far for far, near in zip(*jumps)]
    return "slope" if found[0] else "curvature" if found[1] else ""


def probed(place: Place, seed: int = 0) -> Probed:
    """What products with the Hessian tell of it.

    Raises
        BackendError: SciPy is not installed. DomainError: the function has no second derivative there.
    """
    N = place.variables.length
    operator = structured(place)
    product = (lambda v: operator @ v) if operator is not None else (lambda v: place.objective.product(place.x, v))
    v = np.random.default_rng(seed).normal(size=N)
    v /= _norm(v)
    with np.errstate(all="ignore"):
        first = product(v)
    if not np.all(np.isfinite(first)):
        raise _undefined("second derivative", place)
    directions = dict(zip([d.name for d in place.objective.product_of.directions], place.variables.apart(v).values()))
    values = _exact(operator)
    low = high = spread = None
    if values is None:
        low, high = ends(product, N, seed)
        spread = density(product, N, seed)
    size = max(abs(values[0]), abs(values[-1])) if values is not None else max(abs(low.values[0]), abs(high.values[0]))
    bound = _error(place, "hvp", seed, directions) * np.sqrt(N) + 2 * np.sqrt(N) * EPSILON * size
    return Probed(operator, values, low, high, _trace(operator, product, N, seed), spread, float(bound))


def structured(place: Place):
    """The Hessian as an operator that keeps its structure; None in several variables, or where it cannot be had."""
    if len(place.names) > 1:
        return None
    try:
        derivation = place.objective.second
        program = derivation.compile(structured=True)
        values = {n: x for n, x in place.values.items() if n in program.parameters}
        known = {x: n for x, n in place.sizes.items() if x in program.sizes}
        with np.errstate(all="ignore"):
            return program(**values, **known)
    except ChainruleError:
        return None


def constant(place: Place) -> bool:
    """Whether the Hessian is the same at every point, kinks included."""
    if np.isfinite(place.problem.margin(place.values)):
        return False
    found = place.objective.second
    roots = found.outputs()
    nodes = order(*(roots.values() if isinstance(roots, dict) else [roots]))
    return not any(n.op == "symbol" and n.name in place.names for n in nodes)


def _exact(operator) -> np.ndarray | None:
    """All eigenvalues, where the structure gives them without forming what is large."""
    try:
        return None if operator is None else operator.eigenvalues(FORMED)
    except ChainruleError:
        return None


def _trace(operator, product, N: int, seed: int) -> Trace:
    if operator is not None:
        return Trace(operator.trace(), 0.0)
    return trace(product, N, seed)


def _error(place: Place, want: str, seed: int, more: dict | None = None) -> float:
    """A bound for the error of what is wanted: how far it scatters where all operations round at random, at arguments that
    are changed in their last digit.
    """
    rng = np.random.default_rng(seed + 1)
    every, values, scatter = place.problem.every, place.values | (more or {}), 0.0
    for _ in range(TRIALS):
        changed = {n: nudged(rng, x) if n not in every or every[n].facts <= NUDGED else x for n, x in values.items()}
        with np.errstate(all="ignore"):
            scatter = max(scatter, place.objective.scatter(want, values, changed))
    return SAFETY * scatter


def with_values(place: Place, values: dict) -> Place:
    """The function where it was looked at, with other values of the same shapes; nothing is derived again."""
    there = Place(place.problem, place.names, values, place.given, place.sizes, [])
    data = {name: x for name, x in values.items() if name not in place.names}
    there.__dict__["objective"] = place.objective.with_data(data)
    return there


def _undefined(what: str, place: Place) -> DomainError:
    return DomainError(
        f"the function has no {what} there",
        given=f"{place.problem.echo} at " + ", ".join([f"{n} = {shown(place.values[n])}" for n in place.names])[:200],
        expected=f"a point at which f {'and its derivatives are' if what != 'value' else 'is'} finite",
    )


def _norm(x) -> float:
    """The Euclidean norm, scaled: squares of entries beyond 1e154 would overflow."""
    size = float(np.max(np.abs(x), initial=0.0))
    return size * float(np.linalg.norm(np.asarray(x) / size)) if 0 < size < np.inf else size
