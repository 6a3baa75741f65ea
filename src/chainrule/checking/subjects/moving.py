"""Further points near a given one, so that branches not taken there are seen.

Entries are moved by half the size of their argument, in both directions, and half of them change sign. A second kind of
point keeps to the range of each argument: what is positive stays so, what lies in (0, 1) stays there.
"""

from __future__ import annotations

import numpy as np

MOVE = 0.5  # of an argument's root mean square: far enough to cross a branch, near enough for a function to be tame


def crossed(x: np.ndarray, rng: np.random.Generator, move: float = MOVE) -> np.ndarray:
    """An array moved without regard to its range: noise of its own size, and the sign of half the entries changed."""
    rank = np.argsort(rng.random(x.size)).reshape(x.shape)  # exactly half of them: of few, chance might change none
    signs = np.where(rank < (x.size + 1) // 2, -1.0, 1.0)
    return signs * x + move * size_of(x) * rng.standard_normal(x.shape)


def within(x: np.ndarray, rng: np.random.Generator, move: float = MOVE) -> np.ndarray:
    """An array moved inside its range, as far as its entries show one."""
    noise = move * rng.standard_normal(x.shape)
    if x.size and np.all(x > 0):
        if np.all(x < 1):
            odds = np.log(x) - np.log1p(-x) + noise
            return 1 / (1 + np.exp(-odds))
        return x * np.exp(noise)
    if x.size and np.all(x < 0):
        return x * np.exp(noise)
    return x + size_of(x) * noise


def size_of(x: np.ndarray) -> float:
    """The root mean square of the entries, 1 where all are zero."""
    largest = float(np.max(np.abs(x), initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return 1.0
    return largest * float(np.sqrt(np.mean((x / largest) ** 2)))
