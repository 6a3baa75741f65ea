"""Going there: a point at which a condition fails, and what the function does on all sides of it.

The point is found by Gauss-Newton on the residual of the condition, over the variable of differentiation first and
over all free variables where that is not enough. Whether the derivative exists there is read off difference quotients
from both sides, on three scales and in several directions: values that stay apart are a jump, quotients that stay
apart a kink, quotients that grow a vertical tangent or a pole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...core.errors import ChainruleError
from ...numeric.kinks import INADMISSIBLE
from ...numeric.points import sample

ITERATIONS, REACHED, CLOSE = 12, 1e-13, 1e-10
PATIENCE, HOPELESS = 5, 0.1  # after so many iterations a residual still so large will not vanish
FARTHEST = 20.0  # a residual that vanishes only further out is one that tends to zero
TRIED = 2  # starts from which a point is searched
MANNERS = ("ordinary", "positive", "open01", "small", "gt1", "posdef")  # how starts are drawn until the function has a value
SCALES = (1e-2, 1e-4, 1e-6)
DIRECTIONS = 3
LASTING = 0.85  # what shrinks less from one scale to the next does not vanish: h^0.15 falls to 0.5
FIXED = frozenset(
    "counts labels01 mask01 labelspm1 onehot prob symmetric posdef psd diagonal orthogonal".split()
)  # what is declared so is not moved freely
SIGNS = {"positive": (0, np.inf), "nonneg": (0, np.inf), "negative": (-np.inf, 0), "unit": (-1, 1), "open01": (0, 1), "gt1": (1, np.inf)}

SMOOTH, KINK, JUMP, POLE, TANGENT, END = "smooth", "kink", "jump", "pole", "vertical tangent", "end of the domain"


def sizes_for(variables) -> dict[str, int]:
    """The same small size for every dimension, so that square and wide are no matter."""
    names = sorted({n for v in variables for d in v.dims for n in d.names})
    for size in (2, 3, 4):
        found = dict.fromkeys(names, size)
        if all(d.at(found) >= 1 for v in variables for d in v.dims):
            return found
    return {name: size + k for k, name in enumerate(names)}


def start_values(variables, seed: int) -> dict[str, np.ndarray]:
    """A point that respects the facts, of small sizes."""
    sizes = sizes_for(variables)
    rng = np.random.default_rng([23, seed])
    manner = MANNERS[seed % len(MANNERS)]
    return {v.name: np.asarray(sample(rng, tuple([d.at(sizes) for d in v.dims]), v.facts, manner), float) for v in variables}


def starts(function: Callable, margin: Callable, variables) -> list[dict[str, np.ndarray]]:
    """Points to set out from: the function has a value there, and its parameters are such as it is meant for.

    `margin` is 0 where they are not, as where a clip has its lower end above its upper one.
    """
    found = [start_values(variables, seed) for seed in range(len(MANNERS))]
    with np.errstate(all="ignore"):
        return [v for v in found if np.all(np.isfinite(_value(function, v))) and np.min(_value(margin, v)) > 0]


def points_where(residual: Callable, begin: list[dict], variables, wrt: str) -> Iterator[dict[str, np.ndarray]]:
    """Values at which `residual` (a callable on values, giving a vector) is zero, one for each start that leads there."""
    free = [v for v in variables if not v.facts & FIXED]
    moving = [v for v in free if v.name == wrt]
    for start in begin[:TRIED]:
        for chosen in (moving, free):
            found = newton(residual, start, [v.name for v in chosen]) if chosen else None
            if found is not None and allowed(found, variables):
                yield found
                break
            if len(free) == len(moving):
                break


def allowed(values: dict, variables) -> bool:
    """Whether the values are moderate and have the signs that were declared."""
    for v in variables:
        x = values[v.name]
        if not np.all(np.abs(x) <= FARTHEST):
            return False
        for word, (low, high) in SIGNS.items():
            if word in v.facts and not np.all((x > low) & (x < high) if word != "nonneg" else x >= -1e-9):
                return False
    return True


def newton(residual: Callable, start: dict, names: list[str], longest: float = 2.0) -> dict | None:
    """Gauss-Newton over the variables `names`, in steps of least norm and at most `longest`."""
    x = np.concatenate([np.ravel(start[n]) for n in names])

    def values(at) -> dict:
        found, done = dict(start), 0
        for n in names:
            size = start[n].size
            found[n] = at[done : done + size].reshape(start[n].shape)
            done += size
        return found

    try:
        r = residual(values(x))
        best = (_largest(r), x)
        for number in range(ITERATIONS):
            if not np.all(np.isfinite(r)) or best[0] < REACHED:
                break
            h = 1e-6
            columns = [(residual(values(x + h * e)) - residual(values(x - h * e))) / (2 * h) for e in np.eye(len(x))]
            step = np.linalg.lstsq(np.stack(columns, -1), -r, rcond=1e-9)[0]
            step = step * min(1.0, longest / max(_largest(step), 1e-300))
            # a full step ends at a simple zero, twice that at a double one, such as that of x² + y²
            tried = [(x + t * step, residual(values(x + t * step))) for t in (1.0, 2.0)]
            x, r = min(tried, key=lambda pair: _largest(pair[1]))
            if number >= PATIENCE and _largest(r) > HOPELESS:
                break
            if best[0] < CLOSE and not _largest(r) < best[0]:
                break  # a residual with a kink at its zero, such as the gap of two largest entries, gets no nearer
            best = min(best, (_largest(r), x), key=lambda pair: pair[0])
    except (*INADMISSIBLE, ChainruleError):
        return None
    return values(best[1]) if best[0] < CLOSE else None


# ------------------------------------------------------------------ what the function does there


def behaviour(function: Callable, values: dict, wrt: str) -> tuple[str, np.ndarray | None]:
    """(what the function does at `values` as `wrt` moves, its slopes along the directions tried).

    SMOOTH where it has a derivative as far as difference quotients tell; its value at the point itself is not asked.
    """
    worst, slopes = SMOOTH, []
    ranks = (SMOOTH, KINK, TANGENT, JUMP, POLE, END)
    tried = directions(np.shape(values[wrt]))
    with np.errstate(all="ignore"):
        for direction in tried:
            what, slope = _along(function, values, wrt, direction)
            worst = max(worst, what, key=ranks.index)
            slopes.append(slope)
    if worst == SMOOTH and len(tried) == DIRECTIONS:
        # the last direction is the sum of the others: a derivative is linear
        apart = np.max(np.abs(slopes[0] + slopes[1] - slopes[2]), initial=0)
        if apart > 1e-3 * (1 + np.max(np.abs(slopes), initial=0)):
            worst = KINK
    return worst, np.asarray(slopes) if worst == SMOOTH else None


def directions(shape: tuple) -> list[np.ndarray]:
    if not shape or int(np.prod(shape)) == 1:
        return [np.ones(shape)]
    rng = np.random.default_rng(5)
    first, second = (rng.choice((-1.0, 1.0), shape) * rng.uniform(0.4, 1.0, shape) for _ in range(2))
    return [first, second, first + second]


def _along(function: Callable, values: dict, wrt: str, direction) -> tuple[str, np.ndarray]:
    """What the function does on both sides along one direction, and its slope."""
    x = values[wrt]
    jumps, bends, steep, sizes, slopes = [], [], [], [], []
    for h in SCALES:
        after, later, before, earlier = [_value(function, {**values, wrt: x + k * h * direction}) for k in (1, 2, -1, -2)]
        if not all(np.all(np.isfinite(v)) for v in (after, later, before, earlier)):
            return END, np.zeros(())
        right, left = (later - after) / h, (before - earlier) / h
        jumps.append(_largest(after - before))
        bends.append(_largest(right - left))
        steep.append(max(_largest(right), _largest(left)))
        sizes.append(max(_largest(after), _largest(before)))
        slopes.append((after - before) / (2 * h))
    scale = 1 + sizes[0]
    if sizes[2] > 5 * sizes[1] > 25 * sizes[0] or (sizes[2] > 1.15 * sizes[1] and steep[2] > 10 * steep[1] + 1):
        return POLE, slopes[-1]
    if jumps[2] > LASTING * jumps[1] and jumps[2] > 1e-6 * scale:
        return JUMP, slopes[-1]
    drifts = (_largest(slopes[1] - slopes[0]), _largest(slopes[2] - slopes[1]))
    if steep[2] > 3 * steep[1] + 1e-3 * scale or (drifts[1] > 0.5 * drifts[0] and drifts[1] > 1e-2 * scale):
        return TANGENT, slopes[-1]
    if bends[2] > LASTING * bends[1] and bends[2] > 1e-4 * (scale + steep[2]):
        return KINK, slopes[-1]
    return SMOOTH, slopes[-1]


def _value(function: Callable, values: dict) -> np.ndarray:
    try:
        return np.asarray(function(values), dtype=float)
    except INADMISSIBLE:
        return np.asarray(np.nan)


def _largest(x) -> float:
    return float(np.max(np.abs(x), initial=0.0))
