"""Which step sizes suit which curvatures: gradient descent, with and without momentum, on a quadratic.

With eigenvalues of the Hessian between μ and L, a step of size η multiplies the error along each eigenvector by 1 − ηλ: it
converges for η < 2/L, fastest for η = 2/(μ + L), where the worst factor is (κ − 1)/(κ + 1), κ = L/μ; with momentum β the
limit is 2(1 + β)/L, and the best worst factor (√κ − 1)/(√κ + 1).

Reference: Polyak, Some methods of speeding up the convergence of iteration methods (1964); Nesterov, Lectures on Convex
Optimization (2nd ed., 2018), 1.2.3.
"""

from __future__ import annotations

from math import inf, log, sqrt
from typing import NamedTuple

from .place import figure


class StepSizes(NamedTuple):
    """How gradient descent goes on a quadratic with these curvatures: steps, factors of the error, iterations for a digit.

    `momentum` is (step, momentum, factor) of the heavy ball at its best.
    """

    low: float
    high: float
    stable: float
    best: float
    factor: float
    digit: float
    momentum: tuple[float, float, float]
    momentum_digit: float


def step_sizes(low: float, high: float) -> StepSizes:
    """For curvatures between `low` and `high`, both positive."""
    kappa = high / low
    root = (sqrt(kappa) - 1) / (sqrt(kappa) + 1)
    step = 4 / (sqrt(high) + sqrt(low)) ** 2
    factor = (kappa - 1) / (kappa + 1)
    return StepSizes(low, high, stable(high), 2 / (low + high), factor, digit(factor), (step, root**2, root), digit(root))


def stable(high: float, momentum: float = 0.0) -> float:
    """The step size below which descent converges where the largest curvature is `high` > 0."""
    return 2 * (1 + momentum) / high


def digit(factor: float) -> float:
    """The iterations after which the error is a tenth."""
    return 1.0 if factor <= 0.1 else inf if factor >= 1 else log(10) / -log(factor)


def factor_text(factor: float, left: float) -> str:
    """A factor below one; near one by what is left to it."""
    return figure(factor, 3) if factor < 0.99 else f"(1 − {figure(left, 3)})"
