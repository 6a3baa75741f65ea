"""Going there: a point at which a condition fails, and what the function does on all sides of it.

The point is found by Gauss-Newton on the residual of the condition, over the variable of differentiation first and
over all free variables where that is not enough. Whether the derivative exists there is read off difference quotients
from both sides, on three scales and in several directions: values that stay apart are a jump, quotients that stay
apart a kink, quotients that grow a vertical tangent or a pole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from ...core.errors import ChainruleError
from ...numeric.kinks import INADMISSIBLE
from ...numeric.points import sample
from .residuals import Residual

ITERATIONS, REACHED, CLOSE = 12, 1e-13, 1e-10
PATIENCE, HOPELESS = 5, 0.1  # after so many iterations a residual still so large will not vanish
ROUNDED = 1e-6  # a coordinate that is so near to a whole number is tried as that
STEP = 1e-6  # of the central differences
COORDINATES, SOME = 512, 48  # a weight matrix of fixed size has too many coordinates to move each by itself
FARTHEST = 20.0  # a residual that vanishes only further out is one that tends to zero
TRIED = 2  # starts from which a point is searched
DRAWN, FURTHER = 24, 6  # points drawn, and starts among them, where what was reached is a place at which nothing moves
MANNERS = ("ordinary", "positive", "open01", "small", "gt1", "posdef")  # how starts are drawn until the function has a value
SCALES = (1e-2, 1e-4, 1e-6)
FAINT = 1e-3  # a condition that changes less than so times the variable has a kink that is hardly to be seen
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


def starts(function: Callable, margin: Callable, variables, count: int = TRIED) -> list[dict[str, np.ndarray]]:
    """At most `count` points to set out from: the function has a value there, and its parameters are such as it is meant for.

    `margin` is 0 where they are not, as where a clip has its lower end above its upper one.
    """
    found: list[dict[str, np.ndarray]] = []
    with np.errstate(all="ignore"):
        for seed in range(len(MANNERS)):
            values = start_values(variables, seed)
            if np.all(np.isfinite(_value(function, values))) and np.min(_value(margin, values)) > 0:
                found.append(values)
                if len(found) == count:
                    break
    return found


def further_starts(function: Callable, margin: Callable, variables, residual: Residual, wrt: str) -> Iterator[dict]:
    """At most FURTHER other points to set out from, at which the residual moves with `wrt`: no relu that it needs is dead."""
    found = 0
    for seed in range(len(MANNERS), len(MANNERS) + DRAWN):
        values = start_values(variables, seed)
        if not moves_at(residual, values, wrt) or not np.all(np.isfinite(_value(function, values))):
            continue
        if np.min(_value(margin, values)) > 0:
            yield values
            found += 1
            if found == FURTHER:
                return


def moves_at(residual: Residual, values: dict, wrt: str) -> bool:
    """Whether a residual changes visibly with the variable `wrt` around a point."""
    if wrt not in residual.names:
        return False
    try:
        with np.errstate(all="ignore"):
            rows = residual.rows(values, [wrt])(np.stack([np.ravel(x) for x in around(values[wrt])]))
    except (*INADMISSIBLE, ChainruleError):
        return True  # it cannot be said
    return not bool(np.all(np.abs(rows - rows[0]) < FAINT * SCALES[0]))


def is_constant(function: Callable, x: np.ndarray) -> bool:
    """Whether a function of one array is exactly constant around a point, as beyond a relu that is dead."""
    here, *others = [_value(function, at) for at in around(x)]
    return all([np.array_equal(here, other) for other in others])


def around(x: np.ndarray) -> list[np.ndarray]:
    """A point and others around it."""
    return [x, *[x + sign * SCALES[0] * v for v in directions(np.shape(x)) for sign in (1, -1)]]


def points_where(residual: Residual, begin: list[dict], variables, wrt: str) -> Iterator[dict[str, np.ndarray]]:
    """Values at which `residual` is zero, one for each start that leads there."""
    depends = residual.names
    free = [v.name for v in variables if v.name in depends and not v.facts & FIXED]
    moving = [name for name in free if name == wrt]
    for start in begin:
        for chosen in (moving, free):
            found = newton(residual.rows, start, chosen) if chosen else None
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


def newton(rows_of: Callable, start: dict, names: list[str], longest: float = 2.0) -> dict | None:
    """Gauss-Newton over the variables `names`, in steps of least norm and at most `longest`.

    `rows_of(start, names)` is the residual as a function of many points at once: points × coordinates → points × residuals.
    """
    x = np.concatenate([np.ravel(start[n]) for n in names])
    along = moves(x.size)

    def values(at) -> dict:
        found, done = dict(start), 0
        for n in names:
            size = start[n].size
            found[n] = at[done : done + size].reshape(start[n].shape)
            done += size
        return found

    try:
        rows = rows_of(start, names)
        (r,) = rows(x[None])
        best = (_largest(r), x)
        for number in range(ITERATIONS):
            if not np.all(np.isfinite(r)) or best[0] < REACHED:
                break
            after, before = np.split(rows(np.concatenate([x + STEP * along, x - STEP * along])), 2)
            step = np.linalg.lstsq((after - before).T / (2 * STEP), -r, rcond=1e-9)[0] @ along
            step = step * min(1.0, longest / max(_largest(step), 1e-300))
            # a full step ends at a simple zero, twice that at a double one, such as that of x² + y²
            tried = np.stack([x + step, x + 2 * step])
            x, r = min(zip(tried, rows(tried)), key=lambda pair: _largest(pair[1]))
            if number >= PATIENCE and _largest(r) > HOPELESS:
                break
            if best[0] < CLOSE and not _largest(r) < best[0]:
                break  # a residual with a kink at its zero, such as the gap of two largest entries, gets no nearer
            best = min(best, (_largest(r), x), key=lambda pair: pair[0])
        near = np.where(np.abs(best[1] - np.round(best[1])) < ROUNDED, np.round(best[1]), best[1])
        if best[0] < CLOSE and _largest(rows(near[None])[0]) <= best[0]:
            best = (best[0], near)  # exactly 0, and not so near to it that the other side is not seen
    except (*INADMISSIBLE, ChainruleError):
        return None
    return values(best[1]) if best[0] < CLOSE else None


def moves(count: int) -> np.ndarray:
    """The directions in which a point is moved: each coordinate by itself or, where there are very many, some at random."""
    if count <= COORDINATES:
        return np.eye(count)
    return np.random.default_rng(7).standard_normal((SOME, count)) / np.sqrt(count)


# ------------------------------------------------------------------ what the function does there


def behaviour(function: Callable, x: np.ndarray) -> tuple[str, np.ndarray | None]:
    """(what a function of one array does around `x`, its slopes along the directions tried).

    SMOOTH where it has a derivative as far as difference quotients tell; its value at the point itself is not asked.
    """
    worst, slopes = SMOOTH, []
    ranks = (SMOOTH, KINK, TANGENT, JUMP, POLE, END)
    tried = directions(np.shape(x))
    with np.errstate(all="ignore"):
        for number, direction in enumerate(tried):
            if worst == END or number == DIRECTIONS - 1 and worst != SMOOTH:
                break  # the last direction is for what looks smooth along the others
            what, slope = _along(function, x, direction)
            worst = max(worst, what, key=ranks.index)
            slopes.append(slope)
    if worst == SMOOTH and len(tried) == DIRECTIONS:
        # the last direction is the sum of the others: a derivative is linear
        apart = np.max(np.abs(slopes[0] + slopes[1] - slopes[2]), initial=0)
        if apart > 1e-3 * (1 + np.max(np.abs(slopes), initial=0)):
            worst = KINK
    return worst, np.asarray(slopes) if worst == SMOOTH else None


@lru_cache(64)
def directions(shape: tuple) -> list[np.ndarray]:
    """Directions in which something of a shape is moved: one, or two and their sum."""
    if not shape or int(np.prod(shape)) == 1:
        return [np.ones(shape)]
    rng = np.random.default_rng(5)
    first, second = (rng.choice((-1.0, 1.0), shape) * rng.uniform(0.4, 1.0, shape) for _ in range(2))
    return [first, second, first + second]


def _along(function: Callable, x: np.ndarray, direction) -> tuple[str, np.ndarray]:
    """What the function does on both sides along one direction, and its slope."""
    found = []
    for h in SCALES:
        for k in (1, 2, -1, -2):
            value = _value(function, x + k * h * direction)
            if not np.isfinite(value).all():
                return END, np.zeros(())
            found.append(value)
    shape = found[0].shape
    after, later, before, earlier = np.stack(found).reshape(len(SCALES), 4, -1).transpose(1, 0, 2)
    h = np.array(SCALES)[:, None]
    right, left, slopes = (later - after) / h, (before - earlier) / h, (after - before) / (2 * h)
    jumps, bends = _rows(after - before), _rows(right - left)
    steep, sizes = np.maximum(_rows(right), _rows(left)), np.maximum(_rows(after), _rows(before))
    slope = slopes[-1].reshape(shape)
    scale = 1 + sizes[0]
    if sizes[2] > 5 * sizes[1] > 25 * sizes[0] or (sizes[2] > 1.15 * sizes[1] and steep[2] > 10 * steep[1] + 1):
        return POLE, slope
    if jumps[2] > LASTING * jumps[1] and jumps[2] > 1e-6 * scale:
        return JUMP, slope
    drifts = _rows(slopes[1:] - slopes[:-1])
    if steep[2] > 3 * steep[1] + 1e-3 * scale or (drifts[1] > 0.5 * drifts[0] and drifts[1] > 1e-2 * scale):
        return TANGENT, slope
    if bends[2] > LASTING * bends[1] and bends[2] > 1e-4 * (scale + steep[2]):
        return KINK, slope
    return SMOOTH, slope


def _value(function: Callable, at) -> np.ndarray:
    try:
        return np.asarray(function(at), dtype=float)
    except INADMISSIBLE:
        return np.asarray(np.nan)


def _largest(x) -> float:
    return float(np.abs(x).max()) if x.size else 0.0


def _rows(x: np.ndarray) -> np.ndarray:
    """The largest size in each row."""
    return np.abs(x).max(axis=1, initial=0.0)
