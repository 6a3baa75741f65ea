"""The derivative of a function that can only be called, with a bound on its error.

Complex step where the function lets it pass: one call a direction, accurate to rounding, and believed only if a
real difference along a random direction agrees. Otherwise a ladder of differences (`ladder`).

Reference: Squire & Trapp, SIAM Review 40 (1998), for the complex step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .ladder import along as climbed

EPS = np.finfo(float).eps
COMPLEX_STEP = 1e-30  # far below rounding of the real part; no subtraction, so no lower limit but underflow
FIRST_STEP = 0.02  # of the ladder, relative to the point
CHECK_STEP = 1e-3  # of the real difference that confirms the complex step
CALLS = 21  # of the function, for a direction
AGREES = 1e-5  # between complex step and real difference: the latter's h⁴ error is near 1e-12 for smooth functions

Function = Callable[[np.ndarray], np.ndarray]


class Numeric(NamedTuple):
    """Numeric derivatives, a bound on their largest error, and how they were found."""

    value: np.ndarray
    bound: float
    method: str


def jacobian(f: Function, x: np.ndarray, first_step: float = FIRST_STEP) -> Numeric:
    """df/dx, of shape out.shape + x.shape, entry by entry of `x`."""
    x = np.asarray(x, dtype=float)
    basis = np.eye(x.size).reshape(x.size, *x.shape)
    found = along(f, x, basis, first_step)
    value = np.moveaxis(found.value, 0, -1)
    return found._replace(value=value.reshape(value.shape[:-1] + x.shape))


def along(f: Function, x: np.ndarray, directions: np.ndarray, first_step: float = FIRST_STEP) -> Numeric:
    """The derivatives of `f` at `x` along each of `directions` (first axis), as one array with that axis first."""
    x = np.asarray(x, dtype=float)
    complex_step = _complex_steps(f, x, directions)
    if complex_step is not None and _confirmed(f, x, directions, complex_step, first_step):
        return Numeric(complex_step, 64 * EPS * largest(complex_step), "complex step")
    columns = [_climbed(f, x, v, first_step) for v in directions]
    return Numeric(np.stack([c.value for c in columns]), max(c.bound for c in columns), "differences")


def _complex_steps(f: Function, x: np.ndarray, directions: np.ndarray) -> np.ndarray | None:
    try:
        steps = [np.asarray(f(x + (1j * COMPLEX_STEP) * v)) for v in directions]
    except (TypeError, ValueError, np.linalg.LinAlgError):
        return None  # an operation that refuses complex numbers
    value = np.stack([s.imag for s in steps]) / COMPLEX_STEP
    return value if np.all(np.isfinite(value)) else None


def _confirmed(f: Function, x, directions, steps: np.ndarray, first_step: float) -> bool:
    """Whether a real difference along a mixture of the directions agrees with the complex steps."""
    weights = np.cos(1.0 + 2.0 * np.arange(len(directions)))  # fixed, of both signs, none near zero
    v = np.tensordot(weights, directions, 1)
    h = min(CHECK_STEP, first_step / 4) / max(1.0, largest(v))
    coarse = (np.asarray(f(x + h * v)) - np.asarray(f(x - h * v))) / (2 * h)
    fine = (np.asarray(f(x + h / 2 * v)) - np.asarray(f(x - h / 2 * v))) / h
    real = (4 * fine - coarse) / 3
    mixed = np.tensordot(weights, steps, 1)
    noise = 16 * EPS * largest(f(x)) / h
    scale = max(largest(np.abs(real)), largest(np.abs(mixed)))
    return bool(np.all(np.abs(real - mixed) <= AGREES * scale + noise))


def _climbed(f: Function, x: np.ndarray, v: np.ndarray, first_step: float) -> Numeric:
    """The derivative along one direction by a ladder of differences."""
    longest = first_step * max(largest(x), 1e-3) / max(largest(v), 1e-300) if x.size else first_step
    found = climbed(f, x, v, first_step=longest, budget=CALLS)
    return Numeric(found.value, largest(found.bound), "differences")


def largest(a) -> float:
    """The largest absolute value of an array; 0 if it is empty."""
    a = np.abs(a)
    return float(a.max()) if a.size else 0.0
