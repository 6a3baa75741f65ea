"""A function run in a wider floating-point type than its own, where its code lets it.

Most array code computes in the type that it is given. float32 code in float64, float64 code in the 80 bits of longdouble
(x86 only), loses nothing to rounding that shows in a derivative. It is done only if what comes back is of the wider type and
agrees with the function's own value to half the digits of the narrow type; else the function stays what it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

SLOWER = 20.0  # times its own run, and
SLOWEST = 0.05  # seconds, beyond which a wider type (no BLAS) is not worth its digits


def widest(f: Callable, x: np.ndarray, value: np.ndarray) -> np.dtype:
    """The widest type in which `f`, whose value at `x` is `value`, can be run; that of x where there is none."""
    for wide in (np.dtype(np.longdouble), np.dtype(np.float64)):
        if np.finfo(wide).eps < np.finfo(x.dtype).eps and _runs(f, x, value, wide):
            return wide
    return x.dtype


def _runs(f: Callable, x: np.ndarray, value: np.ndarray, wide: np.dtype) -> bool:
    start = time.perf_counter()
    try:
        with np.errstate(all="ignore"):
            own = np.asarray(f(x))
            between = time.perf_counter()
            found = np.asarray(f(x.astype(wide)))
    except Exception:  # code that does not know the type may fail as it likes
        return False
    taken = time.perf_counter() - between
    if taken > SLOWEST and taken > SLOWER * (between - start):
        return False
    if found.dtype != wide or found.shape != value.shape or not np.array_equal(own, value):
        return False
    narrow = np.finfo(x.dtype).eps
    largest = np.max(np.abs(value.astype(wide)), initial=0.0)
    return bool(np.all(np.abs(found - value) <= np.sqrt(narrow) * largest))
