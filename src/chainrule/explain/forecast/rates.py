"""How fast this machine is, measured once, in about a tenth of a second: what an estimate of time rests on."""

from __future__ import annotations

from functools import cache
from time import perf_counter
from typing import NamedTuple

import numpy as np

from ...compiling.costs import Work

SIDE = 256  # rows of a matrix product that is timed
LONG = 1 << 21  # entries of an array that is timed: 16 MiB, which no cache holds beside its result
TRIES = 2


class Machine(NamedTuple):
    """Multiplications of a matrix product, bytes read or written, and calls of exp, each in one second."""

    multiplications: float
    bytes: float
    calls: float

    def seconds(self, work: Work) -> float:
        """About how long a program takes that does this work; right to a small factor."""
        return work.multiplications / self.multiplications + work.traffic / self.bytes + work.calls / self.calls


@cache
def machine() -> Machine:
    """What was measured on this machine, in this process."""
    A, long = np.ones((SIDE, SIDE)), np.ones(LONG)
    product = _best(lambda: A @ A)
    copied = _best(lambda: long + 1.0)  # into new memory, as programs write
    called = _best(lambda: np.exp(long))
    return Machine(SIDE**3 / product, 16 * LONG / copied, LONG / max(called - copied, 0.1 * called))


def _best(run) -> float:
    run()
    times = []
    for _ in range(TRIES):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return max(min(times), 1e-7)


def time_text(seconds: float) -> str:
    """A duration as people say it: 3 ms, 2 min, 4 h, 12 days."""
    for most, unit, text in ((1e-6, 1e-9, "ns"), (1e-3, 1e-6, "µs"), (1.0, 1e-3, "ms"), (120, 1.0, "s"), (7200, 60, "min"), (172_800, 3600, "h"), (6.3e7, 86_400, "days")):
        if seconds < most:
            return f"{float(f'{seconds / unit:.2g}'):g} {text}"
    return f"{float(f'{seconds / 3.156e7:.2g}'):g} years".replace("e+", "e")
