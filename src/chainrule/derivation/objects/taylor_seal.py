"""The seal of a Taylor polynomial: its derivatives, its terms as printed, and how fast what it leaves out shrinks.

Each derivative along h is compared with the numeric derivative of the one below, at random points. At the point of
expansion each printed term must have the value of its derivative, and the remainder must shrink as is stated.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np

from ...core.node import Node, symbol
from ...numeric import Evidence, draw
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
    return _at_the_point(found, problem, centre, programs, degree or found.order + 1, evidence)


def _at_the_point(found, problem, centre: Centre, programs: list, degree: int, evidence: Evidence) -> Evidence:
    """Adds to the evidence what is seen at the point of expansion."""
    name, points = centre.x.name, 0
    slopes: list[float] = []
    for index in range(POINTS):
        for attempt in range(ATTEMPTS):
            _, values = draw(variables_of(found), index, attempt=attempt)
            shape = np.shape(values[name])
            base = values[centre.point.name] if centre.point.op == "symbol" else centre.place(shape)
            rng = np.random.default_rng([29, index, attempt])
            v = rng.choice((-1.0, 1.0), shape) * rng.uniform(0.4, 1.0, shape)
            moved = lambda s: {**values, name: base + s * v}
            held = lambda s: moved(s) if centre.moving else {**values, name: base, centre.h.name: s * v}
            seen = remainders(lambda s: problem.evaluate(moved(s)), lambda s: found.evaluate(held(s)))
            if seen is not None:
                break
        else:
            continue
        points += 1
        put = lambda at, step: {**values, name: base + step if centre.moving else at, centre.h.name: step}
        wrong = _wrong_term(found, centre, programs, put, base, v)
        if wrong is not None:
            return refuted(evidence, f"the term of order {wrong} is not the derivative there")
        slopes += slope_of(seen)
    return judged(evidence, points, slopes, degree)


def _wrong_term(found, centre: Centre, programs: list, put, base, v) -> int | None:
    """The order of a term, or of the remainder, that is printed with another value than its derivative has."""
    name = centre.x.name
    printed = {k: found.renderings.get(f"term_{k}") for k in range(found.order + 1)}
    with np.errstate(all="ignore"):
        for k, rendering in printed.items():
            shown = 0.0 if rendering is None else rendering.evaluate(put(base, v))
            if not _agree(shown, programs[k], {**put(base, v), name: base}, k):
                return k
        if found.lagrange is not None and found.lagrange[2] < len(programs):
            letter, rendering, k = found.lagrange
            between = base + 0.3 * v
            if not _agree(
                rendering.evaluate({**put(base, v), letter: between}), programs[k], {**put(base, v), name: between}, k
            ):
                return k
    return None


def _agree(shown, program, values: dict, k: int) -> bool:
    try:
        derivative = np.asarray(program(values)) / factorial(k)
    except INADMISSIBLE:
        return True
    scale = max(1e-3, float(np.max(np.abs(derivative), initial=0.0)))
    return not np.all(np.isfinite(derivative)) or bool(np.all(np.abs(shown - derivative) <= CLOSE * scale))


def remainders(value: Callable, claim: Callable) -> list[tuple[float, float]] | None:
    """(step, remainder) from large to small, those that stand above rounding.

    Parameters
        value, claim: the function, and the polynomial, that part of the way along the increment.

    Returns
        None where the function is not finite at the point itself.
    """
    with np.errstate(all="ignore"):
        try:
            here = np.asarray(value(0.0))
        except INADMISSIBLE:
            return None
        if not np.all(np.isfinite(here)):
            return None
        seen = []
        for s in STEPS:
            try:
                there, claimed = np.asarray(value(s)), np.asarray(claim(s))
            except INADMISSIBLE:
                continue
            if np.all(np.isfinite(there)):
                rest = float(np.max(np.abs(there - claimed)))
                if not rest > DIGITS * max(1.0, float(np.max(np.abs(here)))):
                    break
                seen.append((float(s), rest))
        return seen


def judged(evidence: Evidence, points: int, slopes: list[float], degree: int) -> Evidence:
    """Adds to the evidence how fast the remainder shrinks, which at `points` points was to be like h^degree."""
    if slopes and min(slopes) < degree - SLACK:
        return refuted(evidence, f"the remainder shrinks like h^{min(slopes):.2f}, not like h^{degree}")
    if not points:
        evidence.ok, evidence.reason = False, "the function is not finite at the point of expansion"
    else:
        evidence.slope, evidence.affine = min(slopes, default=None), not slopes
    return evidence


def slope_of(seen: list[tuple[float, float]]) -> list[float]:
    """The power of the step like which the last two remainders shrink; none where there are no two."""
    if len(seen) < 2:
        return []
    (s, r), (t, q) = seen[-2:]
    return [float(np.log(r / q) / np.log(s / t))]


def refuted(evidence: Evidence, reason: str) -> Evidence:
    evidence.ok, evidence.refuted, evidence.reason = False, True, reason
    return evidence
