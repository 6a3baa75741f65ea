"""The seal of a Taylor polynomial: its derivatives, its terms as printed, and how fast what it leaves out shrinks.

Each derivative along h is compared with the numeric derivative of the one below, at random points. At the point of
expansion each printed term must have the value of its derivative, and the remainder must shrink as is stated.
"""

from __future__ import annotations

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
    name, slopes, points = centre.x.name, [], 0
    for index in range(POINTS):
        for attempt in range(ATTEMPTS):
            _, values = draw(variables_of(found), index, attempt=attempt)
            shape = np.shape(values[name])
            base = values[centre.point.name] if centre.point.op == "symbol" else centre.place(shape)
            rng = np.random.default_rng([29, index, attempt])
            v = rng.choice((-1.0, 1.0), shape) * rng.uniform(0.4, 1.0, shape)
            seen = _remainders(found, problem, centre, base, v, values)
            if seen is not None:
                break
        else:
            continue
        points += 1
        put = lambda at, step: {**values, name: base + step if centre.moving else at, centre.h.name: step}
        wrong = _wrong_term(found, centre, programs, put, base, v)
        if wrong is not None:
            return _refuted(evidence, f"the term of order {wrong} is not the derivative there")
        if len(seen) > 1:
            (s, r), (t, q) = seen[-2:]
            slopes.append(float(np.log(r / q) / np.log(s / t)))
            if slopes[-1] < degree - SLACK:
                return _refuted(evidence, f"the remainder shrinks like h^{slopes[-1]:.2f}, not like h^{degree}")
    if not points:
        evidence.ok = False
        evidence.reason = "the function is not finite at the point of expansion"
        return evidence
    evidence.slope = min(slopes, default=None)
    evidence.affine = not slopes
    return evidence


def _refuted(evidence: Evidence, reason: str) -> Evidence:
    evidence.ok, evidence.refuted, evidence.reason = False, True, reason
    return evidence


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


def _remainders(found, problem, centre: Centre, base, v, values) -> list[tuple[float, float]] | None:
    """(step, remainder) from large to small, those that stand above rounding; None where the function is not finite."""
    name = centre.x.name
    with np.errstate(all="ignore"):
        try:
            here = np.asarray(problem.evaluate({**values, name: base}))
        except INADMISSIBLE:
            return None
        if not np.all(np.isfinite(here)):
            return None
        seen = []
        for s in STEPS:
            moved = base + s * v
            put = {**values, name: moved} if centre.moving else {**values, name: base, centre.h.name: s * v}
            try:
                value = np.asarray(problem.evaluate({**values, name: moved}))
                claim = np.asarray(found.evaluate(put))
            except INADMISSIBLE:
                continue
            if not np.all(np.isfinite(value)):
                continue
            rest = float(np.max(np.abs(value - claim)))
            if not rest > DIGITS * max(1.0, float(np.max(np.abs(here)))):
                break
            seen.append((float(s), rest))
        return seen
