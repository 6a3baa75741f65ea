"""Patterns of places: the claim is right in some entries and wrong in others. Which ones, and what tells them apart?"""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import numpy as np

from .evidence import Block, Reading, near
from .multiples import in_shape
from .scope import Scope, plain
from ..subject import entry_name

SHOWN = 4  # entries named
MORE = 12  # further points drawn to see what tells right from wrong
CLOSE = 1e-3  # to 1: such a factor is told by its difference from 1
CHANCE = 1e-5  # that a threshold separates them by luck
THRESHOLDS = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, -6.0, 5.0, -5.0, 10.0, -10.0)


def masks(block: Block) -> list[np.ndarray]:
    """Where the claim is wrong, at each point, in the argument's own shape; where anything agrees counts as right."""
    return [~near(pair.c, pair.t, pair.tl) for pair in block.pairs()]


def same_entries(block: Block, scope: Scope) -> Iterator[Reading]:
    """Wrong in the same entries at every point, right in all others."""
    wrong = masks(block)
    always, never = np.logical_and.reduce(wrong), ~np.logical_or.reduce(wrong)
    if not block.shape or not always.any() or not never.any() or not (always | never).all():
        return
    pairs = block.pairs()
    real = np.logical_or.reduce([np.abs(pair.t) > 30 * pair.tl for pair in pairs])
    if not (never & real).any():
        return  # what is right there is 0 and says nothing
    what = what_stands_there(pairs, [always] * len(pairs))
    overwritten = lost_sum(block, scope, always)
    if overwritten:
        yield Reading("accumulation", f"yours is wrong in {places(block, always)}, whose indices occur more than once in `{overwritten}`",
                      "contributions to equal indices overwrite one another: np.add.at or +=")  # fmt: skip
    elif (always & real).sum() <= max(1, (never & real).sum()) or is_slice(always):
        yield Reading(
            "some-entries",
            f"yours is wrong in {places(block, always)}{what} and right in the {int(never.sum())} others" + " that were looked at" * (not block.whole),
            None,
            first(block, always),
        )


def first(block: Block, mask: np.ndarray) -> tuple[int, ...]:
    k = int(np.flatnonzero(mask.ravel())[0])
    return tuple(int(i) for i in np.unravel_index(block.places[k], block.argument.shape))


def places(block: Block, mask: np.ndarray) -> str:
    """The entries by name: a row, a column, or the first few."""
    name = f"`{block.name}`"
    if block.whole and mask.ndim == 2:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if mask.sum() == len(rows) * mask.shape[1] and len(rows) <= SHOWN < mask.sum() + 3:
            return f"row{'s' * (len(rows) > 1)} {', '.join(map(str, rows))} of {name}"
        if mask.sum() == len(columns) * mask.shape[0] and len(columns) <= SHOWN < mask.sum() + 3:
            return f"column{'s' * (len(columns) > 1)} {', '.join(map(str, columns))} of {name}"
        if mask.shape[0] == mask.shape[1] > 2 and (mask == np.eye(len(mask), dtype=bool)).all():
            return f"the diagonal of {name}"
    at = [np.unravel_index(block.places[k], block.argument.shape) for k in np.flatnonzero(mask.ravel())[:SHOWN]]
    named = ", ".join(entry_name(block.name, tuple(map(int, index))) for index in at)
    rest = int(mask.sum()) - len(at)
    return named + (f" and {rest} more" if rest else "")


def is_slice(mask: np.ndarray) -> bool:
    """Whether a mask is made of whole rows or columns, or of one stretch of a vector that leaves something out."""
    return (
        any(
            mask.sum() == mask.any(axis=tuple(a for a in range(mask.ndim) if a != axis)).sum() * mask.size / n
            for axis, n in enumerate(mask.shape)
        )
        and mask.ndim > 1
    )


def what_stands_there(pairs: list, wrong: list[np.ndarray]) -> str:
    """What the claim is where it is wrong: 0, or a multiple of the truth."""
    c = np.concatenate([pair.c[mask] for pair, mask in zip(pairs, wrong)])
    t = np.concatenate([pair.t[mask] for pair, mask in zip(pairs, wrong)])
    tl = np.concatenate([pair.tl[mask] for pair, mask in zip(pairs, wrong)])
    if not np.isfinite(c).all():
        return " (no finite number there)"
    if not c.any():
        return " (0 there)"
    with np.errstate(all="ignore"):
        r = float((c * t).sum() / (t * t).sum())
    if np.isfinite(r) and near(c, r * t, tl * max(1, abs(r))).all():
        number = plain(r)
        return f" ({number.text if number else times(r)} times it there)"
    if len(c) > 2 and np.ptp(c) <= tl.max():
        return f" (always {c[0]:.4g} there)"
    return ""


def times(r: float) -> str:
    """A factor; one that is nearly 1 by what it has more."""
    if abs(r - 1) >= CLOSE:
        return f"{r:.4g}"
    return f"1 {'−' if r < 1 else '+'} {abs(r - 1):.2g}".replace("e-0", "e−").replace("e-", "e−")


def lost_sum(block: Block, scope: Scope, wrong: np.ndarray) -> str | None:
    """A variable of indices in which exactly the wrong rows occur more than once."""
    if not block.whole:
        return None
    for axis, n in enumerate(block.shape):
        others = tuple(a for a in range(wrong.ndim) if a != axis)
        rows = wrong.any(axis=others)
        for name, series in scope.arrays.items():
            index = series[0].ravel()
            if 2 <= index.size and all((v.ravel() == index).all() for v in series) and (index == np.round(index)).all():
                if index.min() >= -n and index.max() < n:
                    counts = np.bincount(index.astype(int) % n, minlength=n)
                    if counts.max() > 1 and ((counts > 1) == rows).all():
                        return name
    return None


# ---------------------------------------------------------------- one side of a threshold


def one_side(block: Block, scope: Scope) -> Iterator[Reading]:
    """Wrong exactly where a variable is on one side of a threshold."""
    wrong = masks(block)
    if all(mask.all() for mask in wrong) or not block.whole:
        return
    evidence = block.evidence
    for _ in range(MORE):
        if sure_of(np.concatenate([mask.ravel() for mask in wrong])):
            break
        if evidence.fresh() is None:
            break
        wrong = masks(block)
    scope.again()
    pairs = block.pairs()
    truth = [np.abs(pair.t - pair.c) * 0 + 1 for pair in pairs]
    weighed = [
        np.isfinite(pair.tl)
        & ((np.abs(pair.t) > 30 * pair.tl) | (np.abs(pair.c) > 30 * pair.tl) | ~np.isfinite(pair.c))
        for pair in pairs
    ]
    candidates = {name: series for name, series in in_shape(block, scope).items()}
    for name, series in candidates.items():
        side = separates(series, wrong, weighed)
        if side is not None and truth:
            stands = what_stands_there(pairs, wrong)
            yield Reading(
                "half-space",
                f"yours is wrong only where `{name}` {side}, {{where}}{stands}",
                "the derivative on that side, or which side a comparison takes",
            )
            return
    whole = [np.array([mask.any()]) for mask in wrong]
    ever = [np.array([True])] * len(whole)
    for name, series in {**scalars(evidence, scope)}.items():
        side = separates([np.array([v]) for v in series], whole, ever)
        if side is not None and all(mask.all() or not mask.any() for mask in [m[w] for m, w in zip(wrong, weighed)]):
            yield Reading(
                "half-space",
                f"yours is wrong only at points where {name} {side}, {{where}}{what_stands_there(pairs, wrong)}",
                "which branch does the function take there?",
            )
            return


def scalars(evidence, scope: Scope) -> dict[str, list[float]]:
    found = {f"`{name}`": series for name, series in scope.scalars.items()}
    for argument, span in evidence.subject.spans():
        if argument.size > 1:
            found[f"sum({argument.name})"] = [float(point.x[span].sum()) for point in evidence.points]
            found[f"‖{argument.name}‖"] = [float(np.linalg.norm(point.x[span])) for point in evidence.points]
            for k in range(min(argument.size, 6)):
                index = tuple(int(i) for i in np.unravel_index(k, argument.shape))
                found[f"`{entry_name(argument.name, index)}`"] = [float(point.x[span][k]) for point in evidence.points]
    return found


def sure_of(wrong: np.ndarray) -> bool:
    n, k = len(wrong), int(wrong.sum())
    return 0 < k < n and 1 / comb(n, k) < CHANCE


def separates(series: list[np.ndarray], wrong: list[np.ndarray], weighed: list[np.ndarray]) -> str | None:
    """The side on which all wrong entries lie and no right one, if that is no luck: "< 0", "> 1"."""
    mask = np.concatenate([w[h] for w, h in zip(wrong, weighed)])
    v = np.concatenate([s[h] for s, h in zip(series, weighed)])
    if not sure_of(mask) or not np.isfinite(v).all():
        return None
    for text, w in ((" ", v), ("| |", np.abs(v))):
        bad, good = w[mask], w[~mask]
        for sign, low, high in (("<", bad.max(), good.min()), (">", good.max(), bad.min())):
            if low <= high:
                round_ones = [t for t in THRESHOLDS if low <= t <= high]
                threshold = f"{round_ones[0]:g}".replace("-", "−") if round_ones else f"about {(low + high) / 2:.3g}"
                return (
                    f"{sign} {threshold}"
                    if text == " "
                    else f"is {'below' if sign == '<' else 'above'} {threshold} in size"
                )
    return None
