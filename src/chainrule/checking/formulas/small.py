"""Points in small numbers, as a person would choose them for a counter-example: x = (1, 2), A = [[1, 2], [3, 4]]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from ...numeric.points import Variable

LARGEST = 3  # of the sizes tried
COUNT = 40  # points that are offered
ENTRIES = {  # of vectors and matrices by fact, as they are filled in
    "positive": (1, 2, 3, 4),
    "nonneg": (1, 2, 0, 3),
    "gt1": (2, 3, 4, 5),
    "negative": (-1, -2, -3, -4),
    "open01": (0.5, 0.25, 0.75, 0.125),
    "unit": (0.5, -0.5, 0.25, -0.25),
    "counts": (1, 2, 0, 3),
    "labels01": (1, 0, 1, 0),
    "mask01": (1, 0, 1, 0),
    "labelspm1": (1, -1, 1, -1),
}
PATTERNS = (
    (1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, -1, 2, 0, 1, 3, -2, 1, 2),
    (2, 1, -1, 3, 0, 2, 1, -2, 4),
    (1, 0, 0, 1, 1, 0, 2, 1, 0),
)


def small_points(variables: Sequence[Variable]) -> Iterator[dict[str, np.ndarray]]:
    """Values of all variables in small whole numbers that respect their facts, the smallest sizes first."""
    names = sorted({name for _, dims, _ in variables for d in dims for name in d.names})
    made = 0
    for sizes in sorted(
        product(range(1, LARGEST + 1), repeat=min(len(names), 4)), key=lambda s: (sum(s), max(s, default=0))
    ):
        given = dict(zip(names, sizes)) | {name: 2 for name in names[4:]}
        if any(d.at(given) < 1 for _, dims, _ in variables for d in dims):
            continue
        for turn in range(len(PATTERNS)):
            if made >= COUNT:
                return
            made += 1
            yield {
                name: filled(tuple([d.at(given) for d in dims]), facts, turn, at)
                for at, (name, dims, facts) in enumerate(variables)
            }


def filled(shape: tuple[int, ...], facts: frozenset, turn: int, at: int) -> np.ndarray:
    """An array of small numbers: `turn` chooses the pattern, `at` is the place of the variable among others."""
    pattern = PATTERNS[(turn + at) % len(PATTERNS)] if turn else PATTERNS[0]
    word = next((w for w in ENTRIES if w in facts), None)
    pattern = ENTRIES[word] if word else pattern
    size = int(np.prod(shape, dtype=int))
    if not shape:
        return np.float64(
            pattern[(at + turn) % len(pattern)] if word is None and (at or turn) else pattern[turn % len(pattern)]
        )
    x = np.resize(np.array(pattern, float), size).reshape(shape)
    if len(shape) >= 2 and shape[-1] == shape[-2]:
        return np.array(square(x, facts, turn))
    if facts & {"onehot"}:
        x = np.zeros(shape)
        rows = x.reshape(-1, shape[-1])
        rows[np.arange(len(rows)), (np.arange(len(rows)) + turn) % shape[-1]] = 1.0
    elif facts & {"prob"}:
        x = np.abs(x) + 1
        x = x / x.sum(axis=-1, keepdims=True)
    elif facts & {"sum1"}:
        x = x + (1 - x.sum(axis=-1, keepdims=True)) / shape[-1]
    elif facts & {"orthogonal"}:
        x = np.eye(*shape)
    return x


def square(x: np.ndarray, facts: frozenset, turn: int) -> np.ndarray:
    """The same for square matrices, of which more can be declared."""
    n = x.shape[-1]
    eye = np.broadcast_to(np.eye(n), x.shape)
    if "orthogonal" in facts:
        found = np.roll(eye, turn % n, axis=-1)
        return found * np.resize([1.0, -1.0], n) if turn % 2 else found
    if "diagonal" in facts:
        return x * eye if not facts & {"posdef", "positive"} else (np.abs(x) + 1) * eye
    if facts & {"posdef", "psd"}:
        low = np.tril(x)
        return low @ np.swapaxes(low, -1, -2) + eye
    if "symmetric" in facts:
        return np.tril(x) + np.swapaxes(np.tril(x, -1), -1, -2)
    if "invertible" in facts:
        return x + 2 * n * eye
    if facts & {"onehot", "prob", "sum1"}:
        return eye if "onehot" in facts else (np.abs(x) + 1) / (np.abs(x) + 1).sum(axis=-1, keepdims=True)
    return x


def number_text(value) -> str:
    """A number, (1, 2) for a vector, [[1, 2], [3, 4]] for a matrix, in as many digits as tell."""
    value = np.asarray(value)
    if value.ndim == 0:
        return f"{float(value):.6g}".replace("-", "−").replace("e−0", "e−")
    if value.ndim == 1:
        return "(" + ", ".join(number_text(x) for x in value) + ("," if len(value) == 1 else "") + ")"
    return "[" + ", ".join(number_text(x).replace("(", "[").replace(")", "]").replace(",]", "]") for x in value) + "]"
