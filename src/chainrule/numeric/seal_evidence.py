"""The seal: a claimed derivative compared with numeric derivatives of the function itself, and the evidence for it.

The numeric derivative never sees our rules: it calls the evaluated input only. For order 2 and higher it
differentiates the claim of the order below, which was verified before.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np

from .differences import COMPLEX_STEP, FIRST_STEP, Numeric, along
from .kinks import INADMISSIBLE, NoPoint, Point, clear_point, find_point, is_sensitive
from .points import Variable
from .slope import STEPS, remainder_slope

ENTRIES = 16  # a variable of at most so many entries is differentiated entry by entry
DIRECTIONS = 8  # random directions for larger ones
PIECEWISE_DRAWS = 32  # further points for functions with kinks: two or three do not visit every piece
SCATTERS = 4  # nearby points at which rounding is measured before a derivative is called wrong
SATURATED = 1e-6  # relative to the value: 1 − tanh² near 1 has no digits left for a derivative this small
STEEP = 1e7  # and next to a pole a function is too steep for its numeric derivative
REDRAWS = 4
SLOPE = 1.5  # a right derivative tends to 2, a wrong one to 1; steps are finite, so that 1.9 is no objection


class Evidence:
    """What was compared, and how well it agreed."""

    __slots__ = (
        "ok", "points", "relative_error", "slope", "affine", "method", "zero_everywhere", "worst", "reason",
        "draws", "tolerance", "refuted",
    )  # fmt: skip

    def __init__(self, tolerance: float):
        self.ok = False
        self.refuted = False  # a comparison failed; when neither ok nor refuted, no admissible point was found
        self.points: list[dict[str, int]] = []  # the sizes at each point
        self.relative_error = 0.0
        self.slope: float | None = None  # the least of the remainder slopes
        self.affine = True  # the remainder was zero, to rounding, at every point
        self.method = ""
        self.zero_everywhere = True
        self.worst: dict | None = None  # where it failed: sizes, index, claimed, numeric
        self.reason: str | None = None  # why there is no seal
        self.draws = 0  # further draws of a piecewise function
        self.tolerance = tolerance

    def to_dict(self) -> dict:
        """The evidence as plain data."""
        return {
            "ok": self.ok,
            "refuted": self.refuted,
            "points": [dict(p) for p in self.points],
            "relative_error": self.relative_error,
            "tolerance": self.tolerance,
            "slope": self.slope,
            "affine": self.affine,
            "method": self.method,
            "draws": self.draws,
            "zero_everywhere": self.zero_everywhere,
            "worst": self.worst,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        if not self.points:
            return self.reason or "nothing was compared"
        text = _points_text(self.points)
        if self.draws:
            text += f", {self.draws} further draws"
        text += f", relative error {_power_of_ten(self.relative_error)}"
        if self.slope is not None:
            text += f", remainder slope {self.slope:.2f}"
        elif self.affine and self.ok:
            text += ", remainder zero"
        return text if self.ok else f"{self.reason}; {text}"

    def __repr__(self) -> str:
        return f"<Evidence {'ok' if self.ok else 'refuted' if self.refuted else 'undecided'}: {self}>"


def _points_text(points: list[dict[str, int]]) -> str:
    count = f"{len(points)} random point" + "s" * (len(points) != 1)
    names = sorted(points[0])
    if not names:
        return count
    if len(names) == 1:
        return f"{count}, sizes {names[0]} = " + ", ".join(str(p[names[0]]) for p in points)
    sizes = ", ".join("(" + ", ".join(str(p[name]) for name in names) + ")" for p in points)
    return f"{count}, sizes ({', '.join(names)}) = {sizes}"


def _power_of_ten(x: float) -> str:
    return "0" if x == 0 else f"{x:.0e}".replace("e-0", "e-").replace("e+0", "e+")


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
    more_dims: Sequence = (),
) -> Evidence:
    """Whether `derivative_evaluate` is the derivative of order `order` of `evaluate` in `wrt`.

    All callables take a dict of arrays by name. What is claimed has the shape out + wrt·order.

    Parameters
        margin: distance of a point to the nearest kink; None for smooth functions.
        variables: (name, dims, facts) of all symbols.
        lower: the verified derivative of one order less; needed for order ≥ 2.
        points: how many points, each with sizes of its own.
        tol, tol2: relative tolerance for order 1, and for higher ones.
        more_dims: dimensions beside those of the variables that must be at least 1.

    Returns
        Evidence; `.ok` says whether every comparison agreed.
    """
    function = evaluate if order == 1 else lower
    if function is None:
        raise ValueError("verify: an order above 1 needs the derivative of the order below")
    evidence = Evidence(tol if order == 1 else tol2)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for index in range(points):
            for redraw in range(REDRAWS):
                point = find_point(
                    function, derivative_evaluate, margin, variables, wrt, index, seed + 100 * redraw, more_dims
                )
                if isinstance(point, NoPoint):
                    break
                agree = _compare(function, derivative_evaluate, point, wrt, evidence)
                if agree is False:
                    evidence.refuted = True
                    return evidence
                if agree:
                    break
            if isinstance(point, NoPoint) and not evidence.points:
                evidence.reason = point.reason
                return evidence
        if not evidence.points:
            evidence.reason = "the derivative is lost in rounding at the points drawn: the function is saturated there"
            return evidence
        if margin is not None:
            _visit_pieces(function, derivative_evaluate, margin, variables, wrt, seed, more_dims, evidence)
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
    evidence.points.append(point.sizes)
    expected = point.value.shape + x.shape
    if point.claim.shape != expected:
        evidence.reason = f"the claimed derivative has shape {point.claim.shape}, not {expected}"
        return False
    rng = np.random.default_rng([5, len(evidence.points)])
    if x.size <= ENTRIES:
        directions = np.eye(x.size).reshape(x.size, *x.shape)
    else:
        directions = rng.uniform(0.3, 1.0, (DIRECTIONS, *x.shape)) * rng.choice((-1.0, 1.0), (DIRECTIONS, *x.shape))
    f = _at(function, point, wrt)
    first_step = min(FIRST_STEP, point.margin / 10)
    numeric = along(f, x, directions, first_step)
    claimed = _contracted(point.claim, directions)
    evidence.method = numeric.method if evidence.method in ("", numeric.method) else "mixed"
    scale = max(_largest(claimed), _largest(numeric.value))
    error = _largest(claimed - numeric.value)
    noise = 0.0
    if not error <= evidence.tolerance * scale:
        noise = _noise(function, claim, point, wrt, directions, numeric)
    if error > evidence.tolerance * scale + noise and not SATURATED * _largest(point.value) < scale < STEEP:
        evidence.points.pop()
        return None
    zero = 1e-13 * max(_largest(point.value), 1e-3)
    if scale > max(noise, zero):
        evidence.zero_everywhere = False
        evidence.relative_error = max(evidence.relative_error, error / scale)
    if not error <= evidence.tolerance * scale + noise:
        _note_worst(evidence, point, claimed, numeric.value, x)
        return False
    return _check_slope(f, point, wrt, directions, evidence, min(STEPS[0], point.margin / 4))


def _contracted(claim: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """J v for each direction v, directions first."""
    count = len(directions)
    flat = directions.reshape(count, -1)
    return np.moveaxis(claim.reshape(*claim.shape[: claim.ndim - directions.ndim + 1], -1) @ flat.T, -1, 0)


def _noise(function, claim, point: Point, wrt: str, directions, numeric: Numeric) -> float:
    """The error that rounding makes: how both sides scatter when point and directions move by some ulps."""
    x = point.values[wrt]
    rng = np.random.default_rng(23)
    widest = numeric.bound
    before = _contracted(point.claim, directions)
    for _ in range(SCATTERS):
        near = {**point.values, wrt: x * (1 + 1e-14 * rng.normal(size=x.shape))}
        turned = directions * (1 + 1e-14 * rng.normal(size=directions.shape))
        try:
            moved = along(_at(function, point._replace(values=near), wrt), near[wrt], turned, min(FIRST_STEP, point.margin / 10))
            after = _contracted(np.asarray(claim(near)), turned)
        except INADMISSIBLE:
            continue
        widest = max(widest, moved.bound, _largest(moved.value - numeric.value), _largest(after - before))
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


def _check_slope(f, point: Point, wrt: str, directions, evidence: Evidence, longest: float) -> bool:
    x = point.values[wrt]
    v = np.tensordot(np.cos(1.0 + 2.0 * np.arange(len(directions))), directions, 1)
    v = v / max(1.0, _largest(v))
    slope = remainder_slope(f, x, v, _contracted(point.claim, v[None])[0], point.value, longest)
    if slope is None:
        return True
    evidence.affine = False
    evidence.slope = slope if evidence.slope is None else min(evidence.slope, slope)
    # steps are finite: in a deep net the remainder is no power law yet, where the complex step agrees to 15 digits
    if slope < SLOPE and evidence.method != "complex step":
        evidence.reason = f"the Taylor remainder shrinks as h^{slope:.2f}, not as h²"
        return False
    return True


def _visit_pieces(function, claim, margin, variables, wrt, seed, more_dims, evidence: Evidence) -> None:
    """One direction at each of many points, so that every piece of a piecewise function is likely to be visited.

    Where the complex step was confirmed at the main points, its agreement is enough; what does not agree is
    looked at again in full before it is called wrong.
    """
    quick = evidence.method == "complex step"
    for draw in range(PIECEWISE_DRAWS):
        found = clear_point(margin, variables, draw, seed + 1, more_dims)
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
                scale = max(_largest(claimed), _largest(along_v))
                if _largest(claimed[0] - along_v) <= evidence.tolerance * scale:
                    evidence.draws += 1
                    evidence.zero_everywhere &= scale == 0
                    continue
            point = Point(sizes, values, distance, np.asarray(function(values)), claim_here)
            if not (np.all(np.isfinite(point.value)) and np.all(np.isfinite(claim_here))):
                continue
            if not _agrees_along(function, claim, point, wrt, v, claimed, evidence):
                return
        except INADMISSIBLE:
            continue


def _agrees_along(function, claim, point: Point, wrt: str, v, claimed, evidence: Evidence) -> bool:
    """Whether the claim agrees with the numeric derivative along `v`, rounding allowed for."""
    x = point.values[wrt]
    numeric = along(_at(function, point, wrt), x, v[None], min(FIRST_STEP, point.margin / 10))
    scale = max(_largest(claimed), _largest(numeric.value))
    error = _largest(claimed - numeric.value)
    allowed = 0.0
    if not error <= evidence.tolerance * scale:
        allowed = _noise(function, claim, point, wrt, v[None], numeric)
        if not error <= evidence.tolerance * scale + allowed:
            if is_sensitive(function, claim, point.values, wrt, point.value, point.claim):
                return True
            _note_worst(evidence, point, claimed, numeric.value, x)
            evidence.worst["along"] = "random direction"
            return False
    if scale > max(allowed, 1e-13 * max(_largest(point.value), 1e-3)):
        evidence.zero_everywhere = False
        evidence.relative_error = max(evidence.relative_error, error / scale)
    evidence.draws += 1
    return True


def _largest(a) -> float:
    a = np.abs(a)
    return float(a.max()) if a.size else 0.0
