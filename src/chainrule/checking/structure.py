"""What is looked at before any derivative: shapes, chance, memory, arguments that are changed, linearity in the cotangent.

Each of these makes a comparison of derivatives meaningless, or is the mistake itself; each costs a call or two.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .probe import Prober
from .subject import Failed, Misshapen

SEEDED = "the function draws random numbers: its seeds were set to the same state before each call"
EPS = float(np.finfo(np.float64).eps)
REORDERED = 64  # roundings of the largest entry: two runs of one program that differ by less differ by the order of their sums
LINEAR = 64.0  # roundings that a claim may be away from linear


class Looked(NamedTuple):
    """What was seen, and what stands in the way.

    value       f(x)
    claim       the claimed uᵀJ at x for the first cotangent `u`; None for a forward rule, or where there is none
    verdict     None where nothing stands in the way, else "wrong" or "not checkable", with its cause and sentence
    """

    value: np.ndarray | None
    u: np.ndarray | None
    claim: np.ndarray | None
    verdict: str | None = None
    cause: str | None = None
    sentence: str = ""
    argument: str | None = None
    error: Misshapen | None = None
    beside: tuple[np.ndarray, np.ndarray] | None = None  # another point, and the claim there for the same cotangent
    suspect: tuple[str, str] | None = None  # (cause, sentence) of what explains a wrong derivative, if it is wrong


def looked_at(prober: Prober) -> Looked:
    """Runs the function and the claim a few times at the given point, with seeds fixed where they draw random numbers."""
    if not prober.subject.draws:
        looked = _looked(prober)
        if looked.cause != "random" and not prober.subject.draws:
            return looked
    prober.subject.reseed()
    prober.forget()
    again = _looked(prober)
    if again.cause != "random":
        prober.subject.remarks.append(SEEDED)
    return again


def _looked(prober: Prober) -> Looked:
    subject, x, eps = prober.subject, prober.subject.x, _rounding(prober)
    try:
        value = prober.value(x, prober.own)
        again = [*subject.seen(x, prober.own), None, None][1]
        again = prober.f(x, prober.own) if again is None else again
    except Failed as failure:
        return Looked(None, None, None, "not checkable", None, failure.what)
    if not same(value, again, eps):
        return Looked(value, None, None, "not checkable", "random", _chance("the function", value, again))
    if subject.mutated:
        changed = subject.mutated[0]
        return Looked(
            value, None, None, "wrong", "in-place", f"the function changes its argument {changed} in place", changed
        )
    if not np.all(np.isfinite(value)):
        where, index = subject.output_place(int(np.argmin(np.isfinite(value))))
        return Looked(value, None, None, "not checkable", "not-finite", f"the function is {value[~np.isfinite(value)][0]} at this point")
    return _claim(prober, value)


def _claim(prober: Prober, value: np.ndarray) -> Looked:
    subject, x, eps = prober.subject, prober.subject.x, _rounding(prober)
    if subject.kind == "jvp":
        return Looked(value, None, None)
    u = _first_cotangent(prober, value.size)
    prober.plain = u if subject.kind != "hessian" else None
    try:
        claim = prober.pull(x, u, afresh=True)
        beside, later = _beside(prober, u)
        again, remembers = later, not same(claim, later, eps)
        if remembers:
            prober.f(x, prober.own)
            claim, again = prober.pull(x, u, afresh=True), subject.pull(x, u)
    except Misshapen as error:
        return Looked(value, u, None, "wrong", "shape", misshapen_text(error), error.argument, error)
    except Failed as failure:
        return Looked(value, u, None, "not checkable", None, failure.what)
    if subject.mutated:
        changed = subject.mutated[0]
        return Looked(value, u, claim, "wrong", "in-place", f"the gradient changes its argument {changed} in place", changed)
    if not same(claim, again, eps):
        if same(subject.pull(x, u) - again, again - claim, eps):
            sentence = "the gradient grows by the same amount in each call: it is added to what an earlier call left behind"
            return Looked(value, u, claim, "wrong", "stale", sentence, _largest(subject, again - claim))
        return Looked(value, u, claim, "not checkable", "random", _chance("the gradient", claim, again))
    if not same(prober.f(x, prober.own), value, eps):
        sentence = "the function gives another value after its gradient was computed: it remembers something"
        return Looked(value, u, claim, "wrong", "in-place", sentence)
    suspect = _memory(prober, u, claim) if remembers else None
    return Looked(value, u, claim, beside=None if remembers else beside, suspect=suspect)._replace(**_linear(prober, u))


def _beside(prober: Prober, u: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray] | None, np.ndarray]:
    """((another point, the claim there), the claim at x after that): chance and memory show in the latter."""
    subject = prober.subject
    elsewhere = subject.another(prober.rng)
    try:
        prober.value(elsewhere, prober.own)
        beside = elsewhere, prober.pull(elsewhere, u)
    except (Misshapen, Failed):
        beside = None
    return beside, subject.pull(subject.x, u)


def _largest(subject, claim: np.ndarray) -> str:
    """The argument with the largest entry."""
    return subject.place(int(np.argmax(np.abs(np.nan_to_num(claim)))))[0].name


def _first_cotangent(prober: Prober, m: int) -> np.ndarray:
    if m == 1 and prober.subject.kind != "hessian":
        return np.ones(1)
    if prober.subject.kind == "hessian":
        m = prober.subject.x.size
    return prober.rng.uniform(0.4, 1.0, m) * prober.rng.choice((-1.0, 1.0), m)


def _rounding(prober: Prober) -> float:
    """The rounding of the narrowest type among arguments and values."""
    return max(a.eps for a in (*prober.subject.arguments, *prober.subject.outputs))


def _linear(prober: Prober, u: np.ndarray) -> dict:
    """What stands in the way where a backward pass is not linear in its cotangent; signs are mixed."""
    subject, x, m = prober.subject, prober.subject.x, u.size
    if subject.kind != "vjp":
        return {}
    a, b = u, prober.rng.normal(size=m) if m > 1 else np.array([1.75])
    try:
        parts = prober.pull(x, a), subject.pull(x, b), subject.pull(x, a - 2 * b)
    except (Misshapen, Failed):
        return {}
    off = np.abs(parts[2] - (parts[0] - 2 * parts[1]))
    size = np.abs(parts[0]) + 2 * np.abs(parts[1]) + np.abs(parts[2])
    bad = off > LINEAR * prober.eps * np.maximum(size, size.max(initial=0.0) * 1e-2) * max(1.0, np.sqrt(m))
    if not np.any(bad):
        return {}
    argument, _ = subject.place(int(np.argmax(off)))
    if np.array_equal(parts[0], parts[1]) and np.array_equal(parts[0], parts[2]):
        sentence = "the backward pass gives the same whatever cotangent arrives: it does not use it"
        return {"verdict": "wrong", "cause": "cotangent", "sentence": sentence, "argument": argument.name}
    sentence = f"the backward pass is not linear in the cotangent: at u = a − 2b it does not give (at a) − 2 (at b), in {argument.name}"
    return {"verdict": "wrong", "cause": "nonlinear", "sentence": sentence, "argument": argument.name}


def _memory(prober: Prober, u: np.ndarray, claim: np.ndarray) -> tuple[str, str] | None:
    """Whether the claim at x is another one after the function or the claim was run elsewhere: stale values."""
    subject, x, eps = prober.subject, prober.subject.x, _rounding(prober)
    elsewhere = subject.another(prober.rng)
    try:
        prober.f(elsewhere, prober.own)
        after_f = subject.pull(x, u)
        subject.pull(elsewhere, u)
        after_claim = subject.pull(x, u)
    except (Misshapen, Failed):
        return None
    for seen, what in ((after_f, "the function"), (after_claim, "the gradient")):
        if not same(seen, claim, eps):
            return "stale", f"the gradient at one point changes after {what} ran at another: it uses values of an earlier call"
    return None


def same(a: np.ndarray, b: np.ndarray, eps: float = EPS) -> bool:
    """Whether two runs gave one result; sums of many threads may come in another order."""
    if a.shape != b.shape:
        return False
    size = float(np.max(np.abs(a[np.isfinite(a)]), initial=0.0))
    with np.errstate(invalid="ignore"):
        return bool(np.all((a == b) | (np.abs(a - b) <= REORDERED * eps * size) | (np.isnan(a) & np.isnan(b))))


def _chance(what: str, first: np.ndarray, second: np.ndarray) -> str:
    if first.shape != second.shape:
        return f"{what} returns {first.size} numbers, then {second.size}, at the same point"
    k = int(np.argmax(np.abs(first - second)))
    return f"{what} gives another value each time: {first[k]:.6g}, then {second[k]:.6g}, at the same point"


def misshapen_text(error: Misshapen) -> str:
    """That a claim does not have the shape of its argument, as a sentence."""
    given, expected = (shape_text(shape) for shape in (error.given, error.expected))
    return f"that of {error.argument} is {given}, and should be {expected}"


def shape_text(shape) -> str:
    """An array by its shape, as a sentence says it: 3 × 4, an array of 3, a number; or the words that stand for one."""
    if not isinstance(shape, tuple):
        return str(shape)
    if not shape:
        return "a number"
    return f"an array of {shape[0]}" if len(shape) == 1 else " × ".join(map(str, shape))
