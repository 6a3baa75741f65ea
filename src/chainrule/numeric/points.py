"""Random points that respect what is declared of the variables, at sizes that tell the dimensions apart.

Ordinary values lie in ±[0.2, 1.5]: of moderate size, of both signs, away from 0. The same seed, index and attempt
give the same point on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from math import prod

import numpy as np

from ..core.dims import Dim
from ..core.errors import LimitError

Variable = tuple[str, tuple[Dim, ...], frozenset[str]]  # name, dims, facts

# Sizes handed to the symbols of the dimensions, one row per point. Rows differ in the order of large and small, so
# that neither a transposed nor a wide matrix can hide; the third makes matrices square.
SIZES = ((3, 5, 2, 4, 6, 7), (7, 2, 5, 3, 4, 6), (4, 4, 3, 5, 2, 6))
LARGEST = 9
MOST_ENTRIES = 50_000_000  # of an array that a check computes: 400 MB of float64

INTERVALS = {  # of facts, and of manners of the same name
    "positive": (0.2, 1.7),
    "nonneg": (0.2, 1.7),
    "open01": (0.1, 0.9),
    "gt1": (1.1, 2.5),
    "negative": (-1.7, -0.2),
    "low": (0.05, 0.45),
}
# How undeclared variables are drawn when ordinary values leave the domain of the function.
MANNERS = ("ordinary", "positive", "open01", "small", "low", "gt1", "posdef", "tiny")
SIGNED = {"ordinary": (0.2, 1.5), "small": (0.05, 0.5), "tiny": (0.002, 0.02)}  # sizes of values of both signs
# Signs of the scalars at three points in turn: each takes both, and so does the product of any two neighbours. Left
# to chance, one scalar in four would have one sign at all three, and a rule that is wrong for the other would pass.
SCALAR_SIGNS = ((1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (-1.0, 1.0, -1.0))


def sizes_of(dims: Iterable[Dim], index: int, attempt: int = 0) -> dict[str, int]:
    """A size for every symbol in `dims`, such that all of them are at least 1.

    Attempts beyond the first deal the same sizes out differently, later ones draw others.
    """
    dims = tuple(dims)
    names = sorted({name for d in dims for name in d.names})
    fixed = {d.value for d in dims}
    row = [k for k in SIZES[index % len(SIZES)] if k not in fixed] or SIZES[index % len(SIZES)]
    pool = [row[k % len(row)] + k // len(row) for k in range(len(names))]
    for trial in range(attempt, attempt + 40):
        if trial % 2:
            dealt = dict(zip(names, reversed(pool)))
        elif trial == 0:
            dealt = dict(zip(names, pool))
        else:
            rng = np.random.default_rng([17, index, trial])
            dealt = dict(zip(names, (int(k) for k in rng.permutation(np.arange(2, LARGEST + 1).repeat(2))[: len(names)])))
        if len(dealt) == len(names) and all(d.at(dealt) >= 1 for d in dims):
            return dealt
    return {name: LARGEST - position for position, name in enumerate(names)}


def draw(
    variables: Sequence[Variable],
    index: int = 0,
    seed: int = 0,
    attempt: int = 0,
) -> tuple[dict[str, int], dict[str, np.ndarray]]:
    """(sizes, values): the point number `index` of the sequence that `seed` starts.

    Parameters
        variables: name, dims and declared facts of each.
        attempt: 0 for the point itself; larger numbers are its replacements, which try other sizes first, then
            positive values, in (0, 1), small, above 1, positive definite matrices, tiny, and a mixture of these.
    """
    sizes = sizes_of(chain(*(dims for _, dims, _ in variables)), index, attempt)
    rng = np.random.default_rng([seed, index, attempt])
    values: dict[str, np.ndarray] = {}
    scalars = 0
    for name, dims, facts in variables:
        shape = tuple([d.at(sizes) for d in dims])
        refuse_too_large(f"`{name}`", shape)
        manner = manner_of(rng, attempt)
        values[name] = sample(rng, shape, facts, manner)
        if not dims and not facts and manner in SIGNED:
            values[name] = np.abs(values[name]) * SCALAR_SIGNS[scalars % 3][index % 3] * (-1.0) ** attempt
            scalars += 1
    return sizes, values


def refuse_too_large(what: str, shape: Sequence[int]) -> None:
    """Refuses to compute an array of a declared size that no memory is meant for.

    Raises LimitError: it has more than `MOST_ENTRIES` entries.
    """
    if prod(shape) > MOST_ENTRIES:
        raise too_large(what, "×".join(map(str, shape)))


def too_large(what: str, given: str) -> LimitError:
    return LimitError(
        f"{what} is too large to be checked with numbers",
        given=given,
        expected=f"at most {MOST_ENTRIES:,} entries in each array that is computed",
        fix="sizes that are names, as in `x: n`: the check chooses small ones; or switch the check off",
    )


def manner_of(rng: np.random.Generator, attempt: int) -> str:
    """How a variable without facts is drawn at this attempt."""
    if attempt < 2:
        return "ordinary"
    if attempt < 2 * len(MANNERS):
        return MANNERS[attempt // 2]
    return MANNERS[rng.integers(len(MANNERS))]


def sample(rng: np.random.Generator, shape: tuple[int, ...], facts: Iterable[str] = (), manner: str = "ordinary") -> np.ndarray:
    """A float array of `shape` that respects `facts`; the words for matrices concern the last two axes.

    `manner` draws what no fact decides: "ordinary", "small" or "tiny" values of both signs, "posdef" matrices, or one
    of the words of `INTERVALS`.
    """
    facts = frozenset(facts)
    if facts & _DISCRETE.keys():
        return next(draw_it(rng, shape) for word, draw_it in _DISCRETE.items() if word in facts)
    if len(shape) >= 2:
        found = _matrix(rng, shape, facts)
        if found is not None:
            return found
        if manner == "posdef" and shape[-1] == shape[-2] and not facts:
            return _spectral(rng, shape, symmetric=True)
    x = _entries(rng, shape, facts, manner)
    if "symmetric" in facts and len(shape) >= 2:
        x = (x + np.swapaxes(x, -1, -2)) / 2
    return x


def _entries(rng, shape, facts: frozenset, manner: str) -> np.ndarray:
    for word, (low, high) in INTERVALS.items():
        if word in facts:
            return rng.uniform(low, high, shape)
    if "unit" in facts:
        return _signed(rng, shape, 0.1, 0.9)
    if manner in INTERVALS:
        return rng.uniform(*INTERVALS[manner], shape)
    return _signed(rng, shape, *SIGNED.get(manner, SIGNED["ordinary"]))


def _signed(rng, shape, low: float, high: float) -> np.ndarray:
    return rng.uniform(low, high, shape) * rng.choice((-1.0, 1.0), shape)


def _matrix(rng, shape, facts: frozenset) -> np.ndarray | None:
    """A matrix with a structure that is declared, or None."""
    square = shape[-1] == shape[-2]
    if "diagonal" in facts and square:
        positive = facts & {"posdef", "positive", "nonneg"}
        entries = rng.uniform(0.5, 2, shape[:-1]) if positive else _signed(rng, shape[:-1], 0.5, 2)
        return entries[..., None] * np.eye(shape[-1])
    if facts & {"posdef", "psd"} and square:
        return _spectral(rng, shape, symmetric=True)
    if "invertible" in facts and square:
        return _spectral(rng, shape, symmetric="symmetric" in facts)
    if "orthogonal" in facts:
        return _orthogonal(rng, shape)
    return None


def _orthogonal(rng, shape) -> np.ndarray:
    """Orthonormal columns, or orthonormal rows of a wide matrix."""
    wide = shape[-2] < shape[-1]
    q, _ = np.linalg.qr(rng.normal(size=(*shape[:-2], *shape[:-3:-1]) if wide else shape))
    return np.swapaxes(q, -1, -2) if wide else q


def _spectral(rng, shape, symmetric: bool) -> np.ndarray:
    """A square matrix with singular values in [0.5, 2]; if symmetric, positive definite."""
    left = _orthogonal(rng, shape)
    right = left if symmetric else _orthogonal(rng, shape)
    x = (left * rng.uniform(0.5, 2, (*shape[:-2], 1, shape[-1]))) @ np.swapaxes(right, -1, -2)
    return (x + np.swapaxes(x, -1, -2)) / 2 if symmetric else x


def _two_valued(low: float):
    def draw_it(rng, shape):
        x = rng.choice((low, 1.0), shape)
        if x.size > 1:  # both values occur
            x.flat[rng.integers(x.size)] = 1.0
            x.flat[int(np.argmax(x))] = 1.0
            if not np.any(x == low):
                x.flat[rng.integers(x.size)] = low
        return x

    return draw_it


def _onehot(rng, shape):
    x = np.zeros(shape)
    if not shape:
        return np.ones(())
    rows = x.reshape(-1, shape[-1])
    rows[np.arange(len(rows)), rng.integers(shape[-1], size=len(rows))] = 1.0
    return x


def _simplex(rng, shape):
    x = rng.uniform(0.3, 1.5, shape)
    return x / x.sum(axis=-1, keepdims=True) if shape else rng.uniform(0.1, 0.9, shape)


def _sum1(rng, shape):
    x = _signed(rng, shape, *SIGNED["ordinary"])
    return x + (1 - x.sum(axis=-1, keepdims=True)) / shape[-1] if shape else np.ones(())


_DISCRETE = {
    "onehot": _onehot,
    "labelspm1": _two_valued(-1.0),
    "labels01": _two_valued(0.0),
    "mask01": _two_valued(0.0),
    "counts": lambda rng, shape: rng.integers(0, 6, shape).astype(float),
    "prob": _simplex,
    "sum1": _sum1,
}
