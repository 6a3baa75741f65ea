"""The seal of a Taylor polynomial: its derivatives, its terms as printed, and how fast what it leaves out shrinks.

Each derivative along h is compared with the numeric derivative of the one below, at random points. At the point of
expansion each printed term must have the value of its derivative, up to the rounding that is measured there, and the
remainder must shrink as is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import factorial
from typing import NamedTuple

import numpy as np

from ...core.node import Node, symbol
from ...numeric import Evidence, draw
from ...numeric.differences import largest
from ...numeric.kinks import threshold
from ...numeric.seal_evidence import FAR, LOUDEST, SCATTERS
from .centre import Centre
from .curve import along_curve, margin_of, variables_of
from .expansion import Expansion
from .products import program_of

STEPS = 0.8 * 0.6 ** np.arange(24)  # of the increment, for the slope of the remainder
SLACK = 0.4  # a slope this far below the stated order is still that order: steps are finite
DIGITS = 1e-12  # of the value: a remainder below is rounding
CLOSE = 1e-8  # of a derivative, to which the printed term must agree with it
POINTS = 3
ATTEMPTS = 20
DOUBTS = 5  # points of one size at which the remainder shrinks too slowly, before that refutes
WIDTHS = (1e-14,) * SCATTERS + (FAR,) * SCATTERS  # of the moves by which rounding is measured
TINY = 1e-9 * np.arange(1, 5)  # steps so small that the remainder there is rounding
INADMISSIBLE = (ArithmeticError, ValueError, np.linalg.LinAlgError)


def sealed(
    found: Expansion, problem, centre: Centre, function: Node, derivatives: list[Node], degree: int | None
) -> Evidence:
    """The evidence for an expansion whose remainder is stated to be of order `degree`; None for no remainder."""
    h, name = centre.h, centre.x.name
    everything = [*[symbol(v.name, v.dims, v.facts) for v in problem.every.values()], h]
    listed = [(p.name, p.dims, p.facts) for p in everything]
    margin = margin_of(found, function)
    highest = min(degree or found.order, len(derivatives) - 1)  # the derivative in the remainder is shown too
    programs = [problem.evaluate, *[program_of(d, everything) for d in derivatives[1 : highest + 1]]]
    for k in range(1, highest + 1):
        evidence = along_curve(
            problem.evaluate, programs[k], margin, listed, name, lambda values: values[h.name], k, programs[k - 1]
        )
        if not evidence.ok:
            return evidence
    return _at_the_point(found, problem, centre, programs, degree or found.order + 1, evidence, margin)


class Place(NamedTuple):
    """A point of expansion with an increment, of which the part `s` is gone.

    `value` and `claim` are function and polynomial there, `distance` that to the nearest kink (None for smooth ones);
    `terms(nudged)` are (what, as printed, by its derivative), where `nudged` moves what is free by some rounding.
    """

    value: Callable
    claim: Callable
    distance: Callable | None
    terms: Callable


def _at_the_point(found, problem, centre: Centre, programs: list, degree: int, evidence: Evidence, margin) -> Evidence:
    """Adds to the evidence what is seen at the point of expansion."""
    name, variables = centre.x.name, variables_of(found)
    drawn = centre.point.op == "symbol"
    facts = {n for n, _, facts in variables if facts}

    def place(index: int, attempt: int) -> Place | None:
        _, values = draw(variables, index, attempt=attempt)
        shape = np.shape(values[name])
        base_of = lambda values: values[centre.point.name] if drawn else centre.place(shape)
        base = base_of(values)
        rng = np.random.default_rng([29, index, attempt])
        v = rng.choice((-1.0, 1.0), shape) * rng.uniform(0.4, 1.0, shape)
        moved = lambda s: {**values, name: base + s * v}
        held = lambda s: moved(s) if centre.moving else {**values, name: base, centre.h.name: s * v}
        distance = None if margin is None else lambda s: float(np.min(margin(moved(s))))
        if drawn and is_near_kink(distance, attempt):
            return None

        def terms(nudged):
            near = {n: x if n in facts else nudged(x) for n, x in values.items()}
            return _terms(found, centre, programs, near, base_of(near), nudged(v))

        value, claim = (lambda s: problem.evaluate(moved(s))), (lambda s: found.evaluate(held(s)))
        return Place(value, claim, distance, terms)

    return judged(evidence, place, degree)


def _terms(found, centre: Centre, programs: list, values: dict, base, v) -> Iterator[tuple]:
    """(what, as printed, by its derivative) of each term, and of the derivative in the remainder."""
    name = centre.x.name
    put = {**values, name: base + v if centre.moving else base, centre.h.name: v}
    for k in range(found.order + 1):
        rendering = found.renderings.get(f"term_{k}")
        shown = 0.0 if rendering is None else rendering.evaluate(put)
        yield f"order {k}", shown, valued(programs[k], {**put, name: base}, factorial(k))
    if found.lagrange is not None and found.lagrange[2] < len(programs):
        letter, rendering, k = found.lagrange
        between = base + 0.3 * v
        shown = rendering.evaluate({**put, letter: between})
        yield f"order {k}", shown, valued(programs[k], {**put, name: between}, factorial(k))


def valued(program: Callable, values: dict, divided: int) -> np.ndarray | None:
    """The value of a derivative over a factorial; None where it has none."""
    try:
        return np.asarray(program(values)) / divided
    except INADMISSIBLE:
        return None


def is_near_kink(distance: Callable | None, attempt: int) -> bool:
    """Whether a point that was drawn is too near to a kink, which is asked less strictly with every attempt."""
    if distance is None:
        return False
    try:
        return not distance(0.0) >= threshold(attempt)
    except INADMISSIBLE:
        return True


def judged(evidence: Evidence, place: Callable, degree: int) -> Evidence:
    """Adds to the evidence what is seen at the points `place(index, attempt)`: terms, and a remainder like h^degree.

    A point at which rounding hides a term is drawn again; so is one at which the remainder shrinks too slowly, which
    is no power law yet far from the point: that it does so wherever one looks refutes.
    """
    reason = "the function is not finite at the point of expansion"
    slopes, points = [], 0
    with np.errstate(all="ignore"):
        for index in range(POINTS):
            slow: list[float] = []
            for attempt in range(ATTEMPTS):
                here = place(index, attempt)
                seen = None if here is None else remainders(here)
                if seen is None:
                    continue
                wrong, clear = _wrong_term(here)
                if wrong is not None:
                    return refuted(evidence, f"the term of {wrong} is not the derivative there")
                if not clear:
                    reason = "the derivatives are lost in rounding at the points drawn"
                    continue
                slope = slope_of(*seen)
                if slope is None or slope >= degree - SLACK:
                    slopes += [] if slope is None else [slope]
                    points += 1
                    break
                slow.append(slope)
                if len(slow) == DOUBTS:
                    return refuted(evidence, f"the remainder shrinks like h^{min(slow):.2f}, not like h^{degree}")
    if not points:
        evidence.ok, evidence.reason = False, reason
    else:
        evidence.slope, evidence.affine = min(slopes, default=None), not slopes
    return evidence


def _wrong_term(here: Place) -> tuple[str | None, bool]:
    """(a term, or a remainder, that is printed with another value than its derivative has; whether all can be judged)."""
    gaps = _gaps(here, lambda x: x)
    doubtful = [k for k, (_, gap, scale) in enumerate(gaps) if gap is not None and not np.all(np.abs(gap) <= CLOSE * scale)]
    if not doubtful:
        return None, True
    rng = np.random.default_rng(37)
    scattered = [_gaps(here, lambda x, w=w: x * (1 + w * rng.normal(size=np.shape(x)))) for w in WIDTHS]
    clear = True
    for k in doubtful:
        what, gap, scale = gaps[k]
        noise = 32 * max([largest(other[k][1] - gap) for other in scattered if other[k][1] is not None], default=0.0)
        if not noise <= LOUDEST * scale:
            clear = False
        elif not largest(gap) <= CLOSE * scale + noise:
            return what, True
    return None, clear


def _gaps(here: Place, nudged: Callable) -> list[tuple]:
    """(what, printed less derived, size of it) of each term; None for the gap where there is no derivative to compare with."""
    found = []
    for what, shown, derivative in here.terms(nudged):
        finite = derivative is not None and bool(np.all(np.isfinite(derivative)))
        found.append((what, shown - derivative if finite else None, max(1e-3, largest(derivative)) if finite else 1.0))
    return found


def remainders(here: Place) -> tuple[list[tuple[float, float]], tuple[float, float] | None] | None:
    """(the (step, remainder) from large to small that stand above rounding, the (step, rounding) below them or None).

    Steps go no nearer to a kink than half the way. None where the function is not finite at the point itself.
    """
    try:
        value = np.asarray(here.value(0.0))
        gaps = [np.asarray(here.value(s) - here.claim(s)) for s in (0.0, *TINY)]
    except INADMISSIBLE:
        return None
    if not np.all(np.isfinite(value)):
        return None
    rounding = max([largest(g - gaps[0]) for g in gaps[1:] if np.all(np.isfinite(g))], default=0.0)
    floor = max(DIGITS * max(1.0, largest(value)), 32 * rounding)
    seen: list[tuple[float, float]] = []
    for s in _clear_steps(here.distance):
        try:
            there, claimed = np.asarray(here.value(s)), np.asarray(here.claim(s))
        except INADMISSIBLE:
            continue
        if np.all(np.isfinite(there)):
            rest = largest(there - claimed)
            if not rest > floor:
                return seen, (float(s), floor)
            seen.append((float(s), rest))
    return seen, None


def _clear_steps(distance: Callable | None) -> np.ndarray:
    """The steps that go no nearer to a kink than half the way; all of them where the point is on one that is flattened."""
    half = 0.0 if distance is None else distance(0.0) / 2
    if not 0 < half < np.inf:
        return STEPS
    for count, s in enumerate(STEPS[::-1]):
        try:
            if not distance(s) >= half:
                return STEPS[len(STEPS) - count :]
        except INADMISSIBLE:
            return STEPS[len(STEPS) - count :]
    return STEPS


def slope_of(seen: list[tuple[float, float]], lost: tuple[float, float] | None) -> float | None:
    """The power of the step like which the last two remainders shrink; None where there are no two.

    None too where the remainder then falls to rounding faster than that: it was one beyond a kink, and is zero here.
    """
    if len(seen) < 2:
        return None
    power = lambda before, after: float(np.log(before[1] / after[1]) / np.log(before[0] / after[0]))
    slope = power(*seen[-2:])
    return None if lost is not None and power(seen[-1], lost) > slope + SLACK else slope


def refuted(evidence: Evidence, reason: str) -> Evidence:
    evidence.ok, evidence.refuted, evidence.reason = False, True, reason
    return evidence
