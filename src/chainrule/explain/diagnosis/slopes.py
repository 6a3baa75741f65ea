"""How steep an activation can be: read from its declaration, once for each, by evaluating its derivative.

The slope of f at x is the imaginary part of f(x + i h)/h for a tiny h, exact to rounding (complex step; the declarations'
`evaluate` lets it pass).

Reference: Squire & Trapp, SIAM Review 40(1), 1998.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from ...ops.declare import REAL, Elementwise, lookup
from .record import SATURATED

TINY = 1e-30
STEEP = 50.0  # a slope beyond this is one without a bound: log, √, x², exp
GRID = np.concatenate([np.linspace(-12, 12, 4801) + 1e-4, [-1e3, 1e3]])  # off the kinks at whole numbers
NORMAL = np.linspace(-5, 5, 2001) + 1e-4


class Shape(NamedTuple):
    """An activation's shape.

    top         sup |f′|; inf where it is not bounded
    expected    share of standard normal inputs at which |f′| is below SATURATED · top
    bounded     whether it levels off on both sides
    """

    top: float
    expected: float
    bounded: bool


@cache
def shape_of(name: str) -> Shape | None:
    """The shape of the elementwise operation called `name`; None if there is none, or it is no function of one moving number."""
    op = lookup(name)
    if not isinstance(op, Elementwise) or op.arity - len(op.defaults) != 1:
        return None
    with np.errstate(all="ignore"):
        steep = np.abs(slope_at(op, GRID))
        whole = (op.domain if op.arity == 1 else op.domain[0]) == REAL
        if not whole or not np.isfinite(steep).all() or steep.max() > STEEP or steep[-2:].max() > 1.5 * steep[:-2].max():
            return Shape(float("inf"), 0.0, False)
        top = float(steep.max())
        weights = np.exp(-(NORMAL**2) / 2)
        small = np.abs(slope_at(op, NORMAL)) < SATURATED * top
    levels = op.range if op.arity == 1 else None
    bounded = levels is not None and bool(np.isfinite([levels.low, levels.high]).all())
    return Shape(top, float((small * weights).sum() / weights.sum()), bounded)


def slope_at(op: Elementwise, x, *parameters) -> np.ndarray:
    """f′ at each entry of `x`, with the operation's other arguments at their defaults where they are not given."""
    more = parameters or tuple(float(d) for d in op.defaults)
    return np.imag(op.evaluate(np.asarray(x, dtype=float) + TINY * 1j, *more)) / TINY
