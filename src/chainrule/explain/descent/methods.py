"""The methods that walk downhill, one step at a time: gradient descent, heavy ball, Nesterov, Newton; BFGS, CG, Newton-CG by SciPy.

References: Polyak, USSR Comp. Math. 4(5) (1964); Nesterov, Soviet Math. Doklady 27 (1983); Nocedal & Wright, Numerical Optimization
(2nd ed.), chapters 3, 5, 6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ...core.errors import BackendError, DeclarationError, did_you_mean
from ..options import listed
from ..place import figure

MOMENTUM = 0.9
ARMIJO, SHORTEST = 1e-4, 2.0**-40
FAR = 1e8  # times the distance that a start has from 0, and the value of f: what goes so far diverges
CONVERGED, DIVERGED, RUNNING, ENDED, LEFT = "converged", "diverges", "not yet", "no further step", "leaves the domain"
UNBOUNDED = "falls without bound"


class Walk(NamedTuple):
    """The course of a method: the points, the values and lengths of the gradient there, and how it ended."""

    name: str
    words: str
    points: np.ndarray
    values: np.ndarray
    slopes: np.ndarray
    ended: str

    @property
    def steps(self) -> int:
        return len(self.points) - 1

    @property
    def end(self) -> np.ndarray:
        return self.points[-1]


class Downhill:
    """f, ∇f, ∇²f as a method sees them, and where it stops."""

    def __init__(self, objective, start: np.ndarray, tolerance: float, most: int):
        self.objective, self.start, self.tolerance, self.most = objective, start, tolerance, most
        with np.errstate(all="ignore"):
            self.first, gradient = objective.value_and_gradient(start)
        self.least = tolerance * max(1.0, float(np.linalg.norm(gradient)))

    def at(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        with np.errstate(all="ignore"):
            return self.objective.at(x)

    def hessian(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return self.objective.hessian(x)

    def walked(self, name: str, words: str, step: Callable) -> Walk:
        """The walk by `step(x, f, g)` → the next point, or None where there is none."""
        x = self.start.copy()
        points, values, slopes, ended = [], [], [], RUNNING
        for count in range(self.most + 1):
            value, gradient = self.at(x)
            length = float(np.linalg.norm(gradient))
            away = float(np.linalg.norm(x)) / (1 + float(np.linalg.norm(self.start)))
            finite = np.isfinite(value) and np.isfinite(length)
            if not finite or away > FAR or abs(value) > FAR**1.5 * (1 + abs(self.first)):
                far = away > 1e3 or finite or growing(values)
                ended = LEFT if not far else UNBOUNDED if finite and value < self.first else DIVERGED
                break
            points.append(x)
            values.append(value)
            slopes.append(length)
            if length <= self.least:
                ended = CONVERGED
                break
            if count == self.most:
                break
            with np.errstate(all="ignore"):
                following = step(x, value, gradient)
            if following is None:
                ended = ENDED
                break
            x = following
        if ended == RUNNING and growing(values):
            ended = DIVERGED
        return Walk(name, words, np.array(points), np.array(values), np.array(slopes), ended)


def growing(values: list) -> bool:
    """Whether the last values are far above the lowest, and rise."""
    if len(values) < 4:
        return bool(values) and values[-1] > values[0]
    return values[-1] > values[0] and values[-1] >= max(values[-4:]) and values[-1] > 2 * abs(min(values)) + 1e-12


def gradient_descent(d: Downhill, rate: float) -> Walk:
    return d.walked("gradient", f"x = x − η ∇f, η = {figure(rate)}", lambda x, f, g: x - rate * g)


def momentum(d: Downhill, rate: float, beta: float = MOMENTUM) -> Walk:
    velocity = np.zeros_like(d.start)

    def step(x, f, g):
        nonlocal velocity
        velocity = beta * velocity - rate * g
        return x + velocity

    return d.walked("momentum", f"x = x + v, v = β v − η ∇f, β = {figure(beta)}, η = {figure(rate)}", step)


def nesterov(d: Downhill, rate: float, beta: float = MOMENTUM) -> Walk:
    velocity = np.zeros_like(d.start)

    def step(x, f, g):
        nonlocal velocity
        _, ahead = d.at(x + beta * velocity)
        velocity = beta * velocity - rate * ahead
        return x + velocity

    return d.walked("nesterov", f"x = x + v, v = β v − η ∇f(x + β v), β = {figure(beta)}, η = {figure(rate)}", step)


def newton(d: Downhill, rate: float) -> Walk:
    """Newton's method: H p = −g, with |λ| for negative curvature, and steps halved until f falls enough."""

    def step(x, f, g):
        p = newton_direction(d.hessian(x), g)
        return None if p is None else halved(d, x, f, g, p)

    return d.walked("newton", "x = x − |H|⁻¹ ∇f, the step halved until f falls", step)


def newton_direction(hessian: np.ndarray, g: np.ndarray) -> np.ndarray | None:
    """−|H|⁻¹g: Newton's step, which runs away from saddles; None where there is none.

    Reference: Dauphin et al., NIPS 2014, on |H|.
    """
    if not np.isfinite(hessian).all():
        return None
    try:
        values, vectors = np.linalg.eigh(hessian)
    except np.linalg.LinAlgError:
        return None
    sizes = np.abs(values)
    if not sizes.max(initial=0.0):
        return -g
    sizes = np.maximum(sizes, 1e-12 * sizes.max())
    return -vectors @ ((vectors.T @ g) / sizes)


def halved(d: Downhill, x: np.ndarray, f: float, g: np.ndarray, p: np.ndarray) -> np.ndarray | None:
    """x + t p with the first t of 1, ½, ¼ … that lowers f enough (Armijo); at the end of convergence f cannot tell, and the gradient decides."""
    t, slope = 1.0, float(g @ p)
    while t > SHORTEST:
        value, gradient = d.at(x + t * p)
        if value <= f + ARMIJO * t * slope:
            return x + t * p
        if np.isfinite(value) and value <= f + 1e-14 * (1 + abs(f)) and np.linalg.norm(gradient) < np.linalg.norm(g):
            return x + t * p
        t /= 2
    return None


def by_scipy(method: str) -> Callable[[Downhill, float], Walk]:
    """A method of SciPy, its iterates recorded."""

    def walk(d: Downhill, rate: float) -> Walk:
        try:
            from scipy import optimize
        except ImportError:
            raise BackendError(
                f"the method {method} needs SciPy", given=method, expected="scipy", fix='pip install scipy, or methods="gradient, momentum, newton"'
            ) from None
        points = [d.start.copy()]
        second = {"hess": d.hessian} if method == "Newton-CG" else {}
        with np.errstate(all="ignore"):
            optimize.minimize(
                lambda x: d.at(x)[0], d.start, jac=lambda x: d.at(x)[1], method=method, callback=lambda x: points.append(np.array(x)),
                options={"maxiter": d.most}, tol=d.least * 1e-3, **second,
            )  # fmt: skip
        remaining = iter(points[1:])
        return d.walked(method.lower(), f"{method}, by SciPy", lambda x, f, g: next(remaining, None))

    return walk


BY_SCIPY = {method.lower(): by_scipy(method) for method in ("BFGS", "CG", "Newton-CG")}
METHODS: dict[str, Callable[[Downhill, float], Walk]] = {
    "gradient": gradient_descent,
    "momentum": momentum,
    "nesterov": nesterov,
    "newton": newton,
    **BY_SCIPY,
}
USUAL = ("gradient", "momentum", "newton", "bfgs")


def methods_of(asked) -> list[str]:
    """The methods that are asked for.

    Raises
        DeclarationError: one of them is not known.
    """
    words = listed(asked)
    found = []
    for word in words:
        name = str(word).strip().lower()
        if name not in METHODS:
            near = did_you_mean(name, METHODS)
            raise DeclarationError(
                f"there is no method `{word}`" if name else "no method is asked for", given=str(asked), expected=", ".join(METHODS),
                fix=f"did you mean `{near}`?" if near else None,
            )  # fmt: skip
        found.append(name)
    if not found:
        raise DeclarationError("no method is asked for", given=repr(asked), expected=", ".join(METHODS))
    return list(dict.fromkeys(found))
