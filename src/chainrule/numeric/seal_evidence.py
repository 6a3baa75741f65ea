"""The seal: a claimed derivative compared with numeric derivatives of the function itself, and the evidence for it.

The numeric derivative never sees our rules: it calls the evaluated input only. For order 2 and higher it
differentiates the claim of the order below, which was verified before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .differences import COMPLEX_STEP, FIRST_STEP, Numeric, along, largest
from .evidence import Evidence
from .kinks import INADMISSIBLE, NoPoint, Point, clear_point, find_point, is_sensitive
from .points import Variable
from .slope import STEPS, remainder_slope

ENTRIES = 16  # a variable of at most so many entries is differentiated entry by entry
DIRECTIONS = 8  # random directions for larger ones
PIECEWISE_DRAWS = 32  # further points for functions with kinks: two or three do not visit every piece
SCATTERS = 4  # nearby points at which rounding is measured before a derivative is called wrong
FAR = 1e-7  # how far, relative, they lie where a softmax near 1 keeps its last digit under a change by some ulps
TIGHT = 1e-8  # the relative tolerance wherever the complex step is believed, whatever the order
SATURATED = 1e-6  # relative to the value: 1 − tanh² near 1 has few digits left for a derivative this small,
LOST = 2e-12  # and errs by rounding of the 1 only: 10⁴ units in the last place leave room for inner factors
STEEP = 1e7  # relative to the value, or to 1: next to a pole a function is too steep for its numeric derivative
LOUDEST = 1e-3  # rounding beyond this part of a derivative leaves too few digits to judge it by
ZERO = 1e-11  # relative to the value, or to 1: a derivative this small beside its rounding is taken for zero
REDRAWS = (0, 6, 0, 14)  # from which attempt on a point that cannot tell is drawn again: the usual, small, tiny
FEWEST = 2  # points that must agree: one alone may be square, or lie where a wrong rule happens to hold
SLOPE = 1.5  # a right derivative tends to 2, a wrong one to 1; steps are finite, so that 1.9 is no objection


def verify(
    evaluate: Callable,
    margin: Callable | None,
    derivative_evaluate: Callable,
    variables: Sequence[Variable],
    wrt: str,
    order: int = 1,
    lower: Callable | None = None,
    points: int = 3,
    tol: float = 1e-8,
    tol2: float = 1e-6,
    seed: int = 0,
) -> Evidence:
    """Whether `derivative_evaluate` is the derivative of order `order` of `evaluate` in `wrt`.

    All callables take a dict of arrays by name. What is claimed has the shape out + wrt·order.

    Parameters
        margin: distance of a point to the nearest kink; None for smooth functions.
        variables: (name, dims, facts) of all symbols.
        lower: the verified derivative of one order less; needed for order ≥ 2.
        points: how many points, each with sizes of its own.
        tol, tol2: relative tolerance for order 1, and for higher ones where only differences can be had.

    Returns
        Evidence; `.ok` says whether every comparison agreed.
    """
    function = evaluate if order == 1 else lower
    if function is None:
        raise ValueError("verify: an order above 1 needs the derivative of the order below")
    evidence = Evidence(tol if order == 1 else tol2)
    reason = "the derivative is lost in rounding at the points drawn: the function is saturated or singular there"
    with np.errstate(all="ignore"):
        for index in range(points):
            for redraw, first in enumerate(REDRAWS):
                point = find_point(
                    function, derivative_evaluate, margin, variables, wrt, index, seed + 100 * redraw, first
                )
                if isinstance(point, NoPoint):
                    reason = point.reason
                    break
                agree = _compare(function, derivative_evaluate, point, wrt, evidence)
                if agree is False:
                    evidence.refuted = True
                    return evidence
                if agree:
                    break
            if isinstance(point, NoPoint) and not evidence.points:
                break
        if len(evidence.points) < min(FEWEST, points):
            evidence.reason = reason
            return evidence
        if margin is not None:
            _visit_pieces(function, derivative_evaluate, margin, variables, wrt, seed, evidence)
    evidence.ok = evidence.reason is None
    evidence.refuted = not evidence.ok
    return evidence


def _at(function: Callable, point: Point, wrt: str) -> Callable[[np.ndarray], np.ndarray]:
    values = dict(point.values)

    def f(x):
        values[wrt] = x
        return np.asarray(function(values))

    return f


def _compare(function, claim, point: Point, wrt: str, evidence: Evidence) -> bool | None:
    """Compare at one point and note the result. Says whether they agree; None where the point cannot tell."""
    x = point.values[wrt]
    expected = point.value.shape + x.shape
    if point.claim.shape != expected:
        evidence.points.append(point.sizes)
        evidence.reason = f"the claimed derivative has shape {point.claim.shape}, not {expected}"
        return False
    rng = np.random.default_rng([5, len(evidence.points) + 1])
    if x.size <= ENTRIES:
        directions = np.eye(x.size).reshape(x.size, *x.shape)
    else:
        directions = rng.uniform(0.3, 1.0, (DIRECTIONS, *x.shape)) * rng.choice((-1.0, 1.0), (DIRECTIONS, *x.shape))
    agree, by_rounding, numeric = _judged(function, claim, point, wrt, directions, evidence)
    if agree is None:
        return None
    steepness = _slope(function, point, wrt, directions) if agree else None
    # a remainder says something where the numeric derivative is good to few digits. Elsewhere it is shown only: steps
    # are finite, and in a deep net the remainder is no power law yet where the complex step agrees to 15 digits
    if by_rounding and steepness is not None and steepness < SLOPE:
        return None
    evidence.points.append(point.sizes)
    evidence.method = numeric.method if evidence.method in ("", numeric.method) else "mixed"
    if steepness is not None:
        evidence.affine = False
        evidence.slope = steepness if evidence.slope is None else min(evidence.slope, steepness)
    return agree


def _judged(function, claim, point: Point, wrt: str, directions, evidence: Evidence) -> tuple[bool | None, bool, Numeric]:
    """(whether claim and numeric derivative agree, whether they do so by allowance for rounding, the numeric one).

    They agree within the tolerance, or within the rounding that is measured where they do not. It is None, that the
    point cannot tell, where rounding leaves too few digits of the derivative; but a derivative that is all rounding, far
    below the value, is zero.
    """
    x = point.values[wrt]
    numeric = along(_at(function, point, wrt), x, directions, min(FIRST_STEP, point.margin / 10))
    claimed = _contracted(point.claim, directions)
    value, scale = largest(point.value), max(largest(claimed), largest(numeric.value))
    error, noise = largest(claimed - numeric.value), 0.0
    allowed = (min(evidence.tolerance, TIGHT) if numeric.method == "complex step" else evidence.tolerance) * scale
    if not error <= allowed:
        noise = _noise(function, claim, point, wrt, directions, numeric)
        nothing = scale <= noise <= ZERO * max(1.0, value)
        if not noise <= LOUDEST * scale and not nothing:
            return None, True, numeric
        if not error <= allowed + noise:
            saturated = scale < SATURATED * value and error < LOST * value
            if saturated or scale > STEEP * max(1.0, value):
                return None, True, numeric
            _note_worst(evidence, point, claimed, numeric.value, x)
            return False, False, numeric
    if scale > max(noise, 1e-13 * max(value, 1e-3)):
        evidence.zero_everywhere = False
        evidence.relative_error = max(evidence.relative_error, error / scale)
    return True, noise > allowed, numeric


def _contracted(claim: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """J v for each direction v, directions first."""
    count = len(directions)
    flat = directions.reshape(count, -1)
    return np.moveaxis(claim.reshape(*claim.shape[: claim.ndim - directions.ndim + 1], -1) @ flat.T, -1, 0)


def _noise(function, claim, point: Point, wrt: str, directions, numeric: Numeric) -> float:
    """The error that rounding makes: how both sides scatter when point and directions move by some ulps.

    Further away the sides themselves change; there it is their gap that scatters, which is steady where the claim is wrong.
    """
    x = point.values[wrt]
    rng = np.random.default_rng(23)
    widest = numeric.bound
    before = _contracted(point.claim, directions)
    for width in (1e-14,) * SCATTERS + (FAR,) * SCATTERS:
        near = {**point.values, wrt: x * (1 + width * rng.normal(size=x.shape))}
        turned = directions * (1 + width * rng.normal(size=directions.shape))
        try:
            moved = along(_at(function, point._replace(values=near), wrt), near[wrt], turned, min(FIRST_STEP, point.margin / 10))
            after = _contracted(np.asarray(claim(near)), turned)
        except INADMISSIBLE:
            continue
        if width == FAR:
            widest = max(widest, largest((after - moved.value) - (before - numeric.value)))
        else:
            widest = max(widest, moved.bound, largest(moved.value - numeric.value), largest(after - before))
    return 32 * widest


def _note_worst(evidence: Evidence, point: Point, claimed, numeric, x) -> None:
    gap = np.abs(claimed - numeric)
    gap = np.where(np.isfinite(gap), gap, np.inf)
    place = np.unravel_index(int(np.argmax(gap)), gap.shape)
    direction, *index = (int(i) for i in place)
    entry_by_entry = x.size <= ENTRIES
    if entry_by_entry and x.ndim:
        index += [int(i) for i in np.unravel_index(direction, x.shape)]
    evidence.worst = {
        "sizes": dict(point.sizes),
        "index": index,
        "along": "entry" if entry_by_entry else "random direction",
        "claimed": float(claimed[place]),
        "numeric": float(numeric[place]),
    }
    evidence.reason = (
        f"the claimed derivative is {claimed[place]:.6g} where the numeric one is {numeric[place]:.6g}"
    )


def _slope(function, point: Point, wrt: str, directions) -> float | None:
    x = point.values[wrt]
    v = np.tensordot(np.cos(1.0 + 2.0 * np.arange(len(directions))), directions, 1)
    v = v / max(1.0, largest(v))
    claimed = _contracted(point.claim, v[None])[0]
    return remainder_slope(_at(function, point, wrt), x, v, claimed, point.value, min(STEPS[0], point.margin / 4))


def _visit_pieces(function, claim, margin, variables, wrt, seed, evidence: Evidence) -> None:
    """One direction at each of many points, so that every piece of a piecewise function is likely to be visited.

    Where the complex step was confirmed at the main points, its agreement is enough; what does not agree is
    looked at again in full before it is called wrong.
    """
    quick = evidence.method == "complex step"
    for draw in range(PIECEWISE_DRAWS):
        found = clear_point(margin, variables, draw, seed + 1)
        if found is None:
            return
        sizes, values, distance = found
        x = values[wrt]
        rng = np.random.default_rng([11, draw])
        v = rng.choice((-1.0, 1.0), x.shape) * rng.uniform(0.3, 1.0, x.shape)
        try:
            claim_here = np.asarray(claim(values))
            claimed = _contracted(claim_here, v[None])
            if quick:
                along_v = np.asarray(function({**values, wrt: x + (1j * COMPLEX_STEP) * v})).imag / COMPLEX_STEP
                scale = max(largest(claimed), largest(along_v))
                if largest(claimed[0] - along_v) <= min(evidence.tolerance, TIGHT) * scale:
                    evidence.draws += 1
                    evidence.zero_everywhere &= scale == 0
                    continue
            point = Point(sizes, values, distance, np.asarray(function(values)), claim_here)
            if not (np.all(np.isfinite(point.value)) and np.all(np.isfinite(claim_here))):
                continue
            agree, _, _ = _judged(function, claim, point, wrt, v[None], evidence)
            if agree is False and not is_sensitive(function, claim, values, wrt, point.value, claim_here):
                evidence.worst["along"] = "random direction"
                return
            if agree is False:
                evidence.reason = evidence.worst = None
            evidence.draws += agree is True
        except INADMISSIBLE:
            continue
