"""A curvature as rows of text and as plain data."""

from __future__ import annotations

from math import inf

import numpy as np

from ...core.memory import in_bytes
from ...derivation.faces import question, reading_rows, shape_text, where_rows
from ..step_sizes import factor_text, StepSizes, step_sizes
from .conditioning import GOOD, TARGET, WORTH, damping
from .measured import Probed
from ..place import figure
from ..spectrum import INDEFINITE, NEGATIVE, POSITIVE, SEMI_POSITIVE, Spectrum

MOST_SHOWN = 8  # eigenvalues on a line
PARTS = 3  # coordinates by which a direction is named


def rows(c) -> list[tuple[str, str, str]]:
    """(label, text, aside) of all there is to say."""
    found = [*reading_rows(c.problem), *_formulas(c), *_convex(c), *_point(c)]
    found += _formed(c) if c.spectrum is not None else _probed(c)
    found += [*_slope(c), *_steps(c), *_advice(c), *[("note", note, "") for note in c.notes], *_evidence(c)]
    return found


def _formulas(c) -> list[tuple[str, str, str]]:
    d, N = c.hessian, c.size
    found = [("forecast", f"{N}×{N}, {in_bytes(8 * N * N)}{_larger(c)}", "")]
    if len(c.names) == 1:
        found.append((f"{d.symbol} =", d.text, shape_text(d.shape, d.layout)))
    else:
        found += [(f"{d.named(key)} =", d.written(key), d.aside(key)) for key in d.pieces]
    found += where_rows(d.where)
    if c.operator is not None and N > 1 and {p.kind for p in c.operator.parts} - {"dense"}:
        found.append(("form", c.operator.text, f"{in_bytes(c.operator.nbytes)} besides the arguments"))
    return found


def _larger(c) -> str:
    """What the Hessian of a large problem of this kind would take."""
    names = [x for n in c.names for d in c.problem.every[n].dims for x in d.names]
    if len(set(names)) != 1 or c.size > 10**5:
        return ""
    sizes = dict(c.place.sizes) | {names[0]: 10**6}
    entries = sum([int(np.prod([d.at(sizes) for d in c.problem.every[n].dims])) for n in c.names])
    return f"; with {names[0]} = 10⁶ it would take {in_bytes(8.0 * entries**2)}"


def _convex(c) -> list[tuple[str, str, str]]:
    return [("globally", c.convexity.reason, "for the data that are given" if c.for_data else "")]


def _point(c) -> list[tuple[str, str, str]]:
    if c.constant:
        return [("at", "every point: the Hessian is constant", "")]
    return [("at", c.place.written(), "" if c.place.located else "drawn")]


def _formed(c) -> list[tuple[str, str, str]]:
    s = c.spectrum
    found = [("λ", values_text(s.values), f"±{figure(s.bound, 2)}"), ("verdict", _verdict(c), "")]
    found += _measures(c, float(np.sum(s.values)))
    found += [("" if k else "blocks", *block) for k, block in enumerate(_blocks(c))]
    return found + _directions(c, s)


def _probed(c) -> list[tuple[str, str, str]]:
    m: Probed = c.measured
    if m.values is not None:
        found = [("λ", values_text(m.values), f"±{figure(m.bound, 2)}, by the structure")]
    else:
        low, high = [", ".join([figure(v) for v in end.values]) for end in (m.low, m.high)]
        errors = [figure(float(np.max(end.residuals)), 2) for end in (m.low, m.high)]
        found = [("λ largest", high, f"Lanczos; an eigenvalue within {errors[1]} of each")]
        found.append(("smallest", low, f"Lanczos; within {errors[0]}" + ("" if m.low.converged else "; not converged: the least is at most this")))
    found.append(("verdict", _verdict(c), ""))
    return found + _measures(c, m.trace.value, m.trace.error)


def _verdict(c) -> str:
    """The verdict with what it rests on."""
    s, verdict = c.spectrum, c.definiteness
    if s is None:
        certain = c.measured.values is not None or verdict == INDEFINITE
        return verdict if certain else f"{verdict}, as far as Lanczos sees: estimated"
    if verdict == INDEFINITE:
        return f"indefinite: {s.negative} of {len(s.values)} eigenvalues below zero"
    if not s.values.any() and not s.bound:
        return "zero: to second order the function does not curve here"
    if verdict == SEMI_POSITIVE and c.convexity.verdict == "convex":
        return f"positive semidefinite: {s.zeros} of {len(s.values)} eigenvalues within {figure(s.bound, 2)} of zero, none below, since the function is convex"
    if s.zeros and verdict not in (POSITIVE, NEGATIVE):
        return f"{verdict}: {s.zeros} of {len(s.values)} eigenvalues within {figure(s.bound, 2)} of zero"
    return verdict


def _measures(c, trace: float, error: float = 0.0) -> list[tuple[str, str, str]]:
    about = f"{figure(trace)} ± {figure(error, 2)} (Hutch++, standard error)" if error else figure(trace)
    if c.size == 1:
        return []
    if c.spectrum is not None:
        low, high = c.spectrum.condition
        text = figure(c.condition) if high < 2 * low else f"at least {figure(low)}: the smallest |λ| cannot be told from zero"
        if vanishing(c.spectrum):
            text = "none: the Hessian is zero" + ("" if not c.spectrum.bound else " to rounding")
        values = np.sort(np.abs(c.spectrum.values))[::-1]
        gap = values[1] / values[0] if values[0] else 0.0
        about += f"; second largest |λ| over the largest {figure(gap, 3)}"
    elif c.measured.values is None:
        text = f"about {figure(c.condition)} (estimated)"
    else:
        text = figure(c.condition)
        if float(np.min(np.abs(c.measured.values))) <= c.bound:
            text = f"at least {text}: the smallest |λ| cannot be told from zero"
    return [("κ", text, "condition number"), ("trace", about, "")]


def vanishing(s: Spectrum) -> bool:
    """Whether no eigenvalue can be told from zero."""
    return s.zeros == len(s.values)


def _blocks(c) -> list[tuple[str, str]]:
    """The variables side by side."""
    found = []
    for name, s in c.blocks().items():
        low, high = s.condition
        kappa = figure(low) if high < 2 * low else f"≥ {figure(low)}"
        text = f"{name}: λ {figure(s.low)} … {figure(s.high)}" if len(s.values) > 1 else f"{name}: λ {figure(s.low)}"
        found.append((text + (f", κ {kappa}" if len(s.values) > 1 else "") + f", trace {figure(float(np.sum(s.values)))}", ""))
    return found


def _directions(c, s: Spectrum) -> list[tuple[str, str, str]]:
    if c.size == 1:
        return []
    if s.high - s.low <= 2 * s.bound:
        return [("steepest", "no direction: it curves alike in all", "")]
    names = c.place.coordinates()
    found = [("steepest", f"along {direction(names, s.vectors[:, -1])}", f"λ = {figure(s.high)}")]
    word = "down" if s.definiteness == INDEFINITE else "flattest"
    found.append((word, f"along {direction(names, s.vectors[:, 0])}", f"λ = {figure(s.low) if abs(s.low) > s.bound else '0 to rounding'}"))
    return found


def direction(names: list[str], v: np.ndarray) -> str:
    """A direction by its coordinates, the largest first: 0.98 w[2] − 0.12 w[0] + …."""
    order = np.argsort(-np.abs(v), kind="stable")[: PARTS if len(v) > PARTS + 1 else len(v)]
    order = [k for k in order if abs(v[k]) > 5e-4]
    sign = -1.0 if v[order[0]] < 0 else 1.0
    text = ""
    for n, k in enumerate(order):
        below = sign * v[k] < 0
        size = f"{abs(v[k]):.3g} "
        text += ("−" if below else "") * (n == 0) or (" − " if below else " + ") * (n > 0)
        text += ("" if size == "1 " else size) + names[k]
    left = 1.0 - float(np.sum(v[order] ** 2))
    return text + (" + …" if left > 1e-3 else "")


def _slope(c) -> list[tuple[str, str, str]]:
    s = c.slope
    if c.constant and not c.place.located:
        return []
    if c.kink == "slope":
        return [("gradient", "none: a kink of the function passes through this point, with other slopes on its sides", "")]
    if s.vanishes:
        return [("gradient", f"zero to rounding: {c.kind_of_point}", f"norm {figure(s.norm, 2)}")]
    return [("gradient", f"norm {figure(s.norm)}: no critical point", "")]


def _steps(c) -> list[tuple[str, str, str]]:
    r: StepSizes | None = c.rates
    if r is None:
        if c.definiteness == INDEFINITE:
            return [("descent", "gradient descent is not stable here: where the function curves down it moves away, which is how it leaves a saddle", "")]
        return []
    where = "" if c.definiteness == POSITIVE else " (in the directions that curve)"
    stable = f"stable for steps below 2/λmax = {figure(r.stable)}"
    if r.high == r.low:
        return [("descent", f"{stable}; a step of {figure(r.best)} reaches the minimum of the quadratic at once", "")]
    best = f"best 2/(λmin + λmax) = {figure(r.best)}: error × {factor_text(r.factor, 2 / (r.high / r.low + 1))} each, {iterations(r.digit)} for a digit{where}"
    step, beta, factor = r.momentum
    ball = f"step {figure(step)}, momentum {figure(beta, 3) if beta < 0.99 else '1 − ' + figure(1 - beta, 3)}: error × {factor_text(factor, 1 - factor)} each, {iterations(r.momentum_digit)} for a digit"
    return [("descent", stable, "" if c.eigenvalues is not None else "estimated"), ("", best, ""), ("momentum", ball, "")]


def iterations(count: float) -> str:
    """A number of iterations as people say it."""
    if count == inf:
        return "no end of iterations"
    whole = max(1, int(np.ceil(count - 1e-9)))
    return f"{whole} iteration{'s' if whole != 1 else ''}" if whole < 10**6 else f"{figure(float(whole), 2)} iterations"


def _advice(c) -> list[tuple[str, str, str]]:
    if c.spectrum is None or c.rates is None or c.size == 1:
        return []
    kappa, found = c.condition if c.definiteness == POSITIVE else inf, []
    if kappa <= GOOD:
        return [("advice", "well conditioned: nothing to scale", "")]
    for way in sorted(c.tried, key=lambda w: w.condition):
        if way.condition * WORTH < kappa:
            found.append(("" if found else "advice", f"{way.what}: condition {figure(way.condition, 3)}", way.aside))
    if kappa > TARGET:
        found.append(("" if found else "advice", f"damping, ½μ‖·‖² with μ = {figure(damping(c.spectrum), 3)}: condition {figure(TARGET)}", ""))
    return found


def rates_probed(m: Probed) -> StepSizes | None:
    """The rates from what is known of the ends of a spectrum."""
    if m.definiteness == POSITIVE:
        return step_sizes(m.least, m.largest)
    if m.definiteness == SEMI_POSITIVE and m.values is not None:
        return step_sizes(float(np.min(m.values[m.values > m.bound])), m.largest)
    return None


def values_text(values: np.ndarray) -> str:
    """Eigenvalues on one line, ascending; of many the ends."""
    shown = [figure(float(v)) for v in (values if len(values) <= MOST_SHOWN else [*values[:3], *values[-3:]])]
    if len(values) > MOST_SHOWN:
        shown.insert(3, f"… {len(values) - 6} more …")
    return "  ".join(shown)


def _evidence(c) -> list[tuple[str, str, str]]:
    d = c.hessian
    if d.seal is None:
        return []
    found = [("verified" if d.seal.ok else "not verified", f"∇²f: {d.seal}", "")]
    if c.spectrum is not None and c.size > 1:
        found.append(("", f"∇²f formed and the product ∇²f v, programs of their own, agree to {figure(c.measured.apart, 1)}", ""))
    return found


def as_dict(c) -> dict:
    """All that was found, as plain data."""
    s, m = c.spectrum, c.measured
    found = question(c.problem) | {
        "wrt": list(c.names), "entries": c.size, "bytes": 8 * c.size**2, "constant": c.constant,
        "hessian": {"text": c.hessian.text, "latex": c.hessian.latex, "where": c.hessian.where, "verified": c.hessian.verified},
        "structure": None if c.operator is None else c.operator.text,
        "convexity": {"verdict": c.convexity.verdict, "strict": c.convexity.strict, "reason": c.convexity.reason},
        "at": {n: np.asarray(c.place.values[n]).tolist() for n in c.names} if c.size <= 1000 else None,
        "value": c.slope.value, "gradient_norm": c.slope.norm, "gradient_bound": c.slope.bound,
        "kind_of_point": c.kind_of_point, "definiteness": c.definiteness, "condition": c.condition, "bound": c.bound,
        "eigenvalues": None if c.eigenvalues is None else np.asarray(c.eigenvalues).tolist(),
        "blocks": {n: {"eigenvalues": b.values.tolist()} for n, b in c.blocks().items()},
    }  # fmt: skip
    if s is None:
        ends = {} if m.low is None else {w: {"values": e.values.tolist(), "residuals": e.residuals.tolist(), "converged": e.converged}
                                         for w, e in (("smallest", m.low), ("largest", m.high))}  # fmt: skip
        found |= {"estimated": ends, "trace": m.trace.value, "trace_error": m.trace.error}
        if m.density is not None:
            found["density"] = {"nodes": m.density.nodes.tolist(), "weights": m.density.weights.tolist()}
    else:
        found |= {"trace": float(np.sum(s.values)), "directions": {"steepest": s.vectors[:, -1].tolist(), "flattest": s.vectors[:, 0].tolist()}}
    r = c.rates
    found["descent"] = None if r is None else {
        "stable_below": r.stable, "best_step": r.best, "factor": r.factor, "iterations_for_a_digit": r.digit,
        "momentum": {"step": r.momentum[0], "momentum": r.momentum[1], "factor": r.momentum[2], "iterations_for_a_digit": r.momentum_digit},
    }  # fmt: skip
    found["tried"] = [{"what": w.what, "condition": w.condition, "aside": w.aside} for w in c.tried]
    return found | {"notes": list(c.notes)}
