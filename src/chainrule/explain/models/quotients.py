"""Difference quotients: how they come to the derivative, with which order, and where rounding takes over.

The forward quotient (f(x+h) − f(x))/h is off by h f″/2, the central one (f(x+h) − f(x−h))/2h by h² f‴/6. Rounding adds about
ε|f|/h to both, so that the best step is near √(ε|f/f″|)·2 and (3ε|f/f‴|)^⅓.

Reference: Nocedal & Wright, Numerical Optimization (2nd ed.), section 8.1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..along import slope_of
from .number import OneNumber

EPS = float(np.finfo(float).eps)
SHOWN = 10.0 ** -np.array([0, 1, 2, 3, 4, 6, 8, 10, 12])  # steps of the table, in units of the point
FINE = np.geomspace(1.0, 1e-14, 85)  # of the picture and of the orders
EPSILONS = 10.0 ** -np.arange(0, 6)


class Quotients(NamedTuple):
    """At the steps h: both quotients and their errors; the orders measured (None: rounding is all there is)."""

    h: np.ndarray
    forward: np.ndarray
    central: np.ndarray
    forward_error: np.ndarray
    central_error: np.ndarray
    forward_order: float | None
    central_order: float | None

    def best(self, which: str) -> tuple[float, float]:
        """(step, error) where the error is least; from there on rounding takes over."""
        errors = self.forward_error if which == "forward" else self.central_error
        k = int(np.nanargmin(np.where(errors > 0, errors, np.nan))) if np.any(errors > 0) else len(self.h) - 1
        return float(self.h[k]), float(errors[k])


class FirstOrder(NamedTuple):
    """At the steps ε: f(x+ε), f(x) + εf′(x), and the error; the order measured."""

    eps: np.ndarray
    value: np.ndarray
    model: np.ndarray
    error: np.ndarray
    order: float | None


def unit_of(f: OneNumber) -> float:
    """The longest step that is tried: of the size of the point, as long as f has values on both sides."""
    unit = 10.0 ** np.floor(np.log10(max(abs(f.x), 1.0)))
    for _ in range(14):
        if np.isfinite([f.f(f.x + unit), f.f(f.x - unit)]).all():
            return float(unit)
        unit /= 10
    return float(unit)


def quotients(f: OneNumber, slope: float, h: np.ndarray) -> Quotients:
    """Both difference quotients at the steps `h`, against the derivative."""
    here = f.f(f.x)
    after, before = np.array([f.f(f.x + t) for t in h]), np.array([f.f(f.x - t) for t in h])
    ahead, back = f.x + h - f.x, f.x - (f.x - h)  # the steps as they are in floating point
    forward, central = (after - here) / ahead, (after - before) / (ahead + back)
    errors = np.abs(forward - slope), np.abs(central - slope)
    floor = EPS * np.nanmax(np.abs([here, *after[np.isfinite(after)]])) / h + EPS * abs(slope)
    short = h <= h[0] / 5  # the longest steps are not yet in the limit
    orders = [slope_of(h[short], e[short], floor[short]) for e in errors]
    return Quotients(h, forward, central, *errors, *orders)


def first_order(f: OneNumber, slope: float, eps: np.ndarray) -> FirstOrder:
    """The linear model at the steps `eps`, against f."""
    here = f.f(f.x)
    value, model = np.array([f.f(f.x + t) for t in eps]), here + slope * eps
    error = value - model
    floor = EPS * (np.abs(value) + np.abs(model))
    short = eps <= eps[0] / 5
    return FirstOrder(eps, value, model, error, slope_of(eps[short], np.abs(error[short]), floor[short]))
