"""Functions timed in turns: CPU time of this process, in rounds of changing order, so that what disturbs the machine, and
what one leaves in the cache for the next, falls on all alike.

The time of the process and not of the thread, because some libraries compute in threads of their own.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

SHORTEST = 2e-4  # seconds that a sample takes at least; faster functions are called several times in it
WARMED = 0.03  # seconds; what is faster is called once, untimed, before each sample
clock = time.process_time


class Timed(NamedTuple):
    """Seconds a call takes, by the name of each function, in each round."""

    rounds: dict[str, list[float]]

    def seconds(self, name: str) -> float:
        return statistics.median(self.rounds[name])

    def ratio(self, name: str, other: str) -> float:
        """The median over the rounds of the ratio of two that stood side by side in each."""
        return statistics.median([a / b for a, b in zip(self.rounds[name], self.rounds[other])])


def once(call: Callable[[], object]) -> float:
    """The time of a call."""
    started = clock()
    call()
    return clock() - started


def repeated(call: Callable[[], object], times: int) -> float:
    """The time of one call of several."""
    loop = range(times)
    started = clock()
    for _ in loop:
        call()
    return (clock() - started) / times


def interleaved(calls: Mapping[str, Callable[[], object]], seconds: float = 1.0, least: int = 5, most: int = 60) -> Timed:
    """Time all in turns, for about `seconds` together, in `least` to `most` rounds; each has been called before."""
    inner, fast = {}, {}
    for name, call in calls.items():
        taken = min(once(call), once(call))
        inner[name] = max(1, round(SHORTEST / max(taken, 1e-8)))
        fast[name] = taken < WARMED
    rounds: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls.items())
    shuffle = random.Random(0).shuffle
    end = time.perf_counter() + seconds
    for k in range(most):
        if k >= least and time.perf_counter() > end:
            break
        shuffle(order)
        for name, call in order:
            if fast[name]:
                call()  # so that each finds its own data and code in the cache, and not what another left there
            rounds[name].append(repeated(call, inner[name]))
    return Timed(rounds)
