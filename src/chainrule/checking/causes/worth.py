"""Patterns of values: no numbers, the same ones everywhere, those of another call, or the right ones cut short."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .evidence import Block, Evidence, Reading, near
from .scope import Scope, ask
from ..subject import entry_name

NARROW = {"float32": 2e-5, "float16": 2e-2, "bfloat16": 1e-1}  # agreement that a computation in the type leaves


def not_finite(block: Block, scope: Scope) -> Iterator[Reading]:
    """nan or inf where the truth is a number."""
    for pair in block.pairs():
        bad = ~np.isfinite(pair.C) & np.isfinite(pair.T)
        if bad.any():
            column = int(np.flatnonzero(bad.any(axis=0))[0])
            value = pair.C[bad][0]
            index = tuple(int(i) for i in np.unravel_index(block.places[column], block.argument.shape))
            said = "nan" if np.isnan(value) else "inf" if value > 0 else "−inf"
            slip = (
                "0 · inf or 0/0 inside: compute both branches of a `where` from safe arguments"
                if np.isnan(value)
                else "a division by 0 or an overflow"
            )
            yield Reading("not-finite", f"yours is {said} in {entry_name(block.name, index)}", slip, index)
            return


def ignores(block: Block, scope: Scope) -> Iterator[Reading]:
    """The same claim at every point: 0, or the truth at an earlier point."""
    pairs, subject = block.pairs(), block.evidence.subject
    if not all(near(pair.C, pairs[0].C, 1e-14 * np.abs(pairs[0].C)).all() for pair in pairs[1:]):
        return
    if not pairs[0].C.any():
        others = [other for other in block.evidence.blocks if other is not block]
        if subject.claims_are == "autograd" and not subject.custom:
            slip = "detach, no_grad, .data, .item(), NumPy or stop_gradient on the way"
            yield Reading("detached", "yours is 0, {where}: differentiation does not reach it", slip)
        elif others and not all(other.is_wrong() for other in others):
            yield Reading(
                "missing-term",
                "yours is 0 at every point, {where}: that derivative is left out",
                "every argument contributes",
            )
        else:
            yield Reading(
                "constant", "yours is 0 at every point, {where}", "it was never filled in, or is multiplied by 0"
            )
        return
    if all(near(pair.T, pairs[0].T, pair.tol + pairs[0].tol).all() for pair in pairs[1:]):
        return  # the truth is constant as well: that says nothing
    elsewhere = not np.array_equal(block.evidence.points[0].x, subject.x)  # the check found it right at its own point
    if elsewhere or near(pairs[0].C, pairs[0].T, pairs[0].tol).all():
        yield Reading(
            "stale",
            "yours is right at the first point asked for and repeats that at all others, {where}",
            "a stored value is not computed anew",
        )


def constant(block: Block, scope: Scope) -> Iterator[Reading]:
    """The same claim at every point, whatever it is."""
    pairs = block.pairs()
    if all(near(pair.C, pairs[0].C, 1e-14 * np.abs(pairs[0].C)).all() for pair in pairs[1:]):
        yield Reading(
            "constant",
            "yours is the same at every point, {where}",
            "is it computed from the arguments, or from variables of the same name outside?",
        )


def left_over(evidence: Evidence, wrong: list[Block]) -> Reading | None:
    """The claim is that of the arguments of an earlier call: of the function, or of the claim itself."""
    subject, u = evidence.subject, evidence.cotangent()
    first, second = evidence.points[0], evidence.points[1]

    def after(x, then):
        subject.value(x.copy())
        return ask(subject, then, u)

    try:
        here, there, again = after(first.x, first.x), after(second.x, first.x), after(second.x, second.x)
        ask(subject, second.x, u)
        lagged = ask(subject, first.x, u)
        own = ask(subject, first.x, u)
    except Exception:  # the person's code, called in an order that it was not made for
        return None
    size = np.abs(here).max(initial=0) + np.abs(again).max(initial=0)
    if not np.isfinite(size):
        return None
    if np.abs(here - there).max(initial=0) > 1e-9 * size and np.abs(there - again).max(initial=0) <= 1e-12 * size:
        return Reading(
            "stale",
            "yours belongs to the arguments with which the function was last called, not to its own",
            "recompute what the forward pass stored, or store it anew",
        )
    if np.abs(lagged - own).max(initial=0) > 1e-9 * size:
        truth = next(iter(b for b in wrong))
        u_true = evidence.weights() @ second.true[:, truth.at]
        if near(lagged[truth.span][truth.places], u_true, 1e-6 * np.abs(u_true).max(initial=0)).all():
            return Reading(
                "stale",
                "yours is the derivative at the arguments of the call before",
                "it is stored before it is computed",
            )
    return None


def cut_short(block: Block, scope: Scope) -> Iterator[Reading]:
    """Right to the digits of a narrower type, rounded, cut to integers, or clipped."""
    pairs = block.pairs()
    if not all(np.isfinite(pair.C).all() for pair in pairs) or block.evidence.subject.kind == "jvp":
        return
    C, T = (np.concatenate([getattr(pair, k).ravel() for pair in pairs]) for k in "CT")
    tol = np.concatenate([pair.tol.ravel() for pair in pairs])
    size = np.concatenate([np.broadcast_to(np.abs(p.T).max(axis=1, keepdims=True), p.T.shape).ravel() for p in pairs])
    if block.argument.eps < 1e-12 and len(pairs) >= 2 and C.any():
        for name, reach in NARROW.items():
            if (np.abs(C - T) <= reach * size + tol).all() and (
                representable(C, name) or name == "float32" and narrow_in(scope)
            ):
                inside = narrow_in(scope)
                slip = (
                    f"`{inside}` is {scope.types[inside]}"
                    if inside
                    else "an astype, a default dtype or a narrow buffer on the way"
                )
                yield Reading(
                    "narrow",
                    f"yours is right to {digits(C, T, size)} digits only, {{where}}: it was computed in {name}",
                    slip,
                )
                return
        if (C == np.round(C)).all() and near(C, np.trunc(T), tol).all() and (np.abs(T) > 1).any():
            yield Reading(
                "narrow",
                "yours is cut to whole numbers, {where}",
                "an array of integers, as np.zeros_like of integers makes it",
            )
            return
    for places in range(0, 7):
        if near(C, np.round(T, places), tol + 1e-12).all() and not near(C, T, tol).all() and len(np.unique(C)) > 2:
            yield Reading(
                "rounded", f"yours is rounded to {places} decimal places, {{where}}", "round for printing only"
            )
            return
    if len(C) > 3:
        low, high = C.min(), C.max()
        inside = (T > low) & (T < high)
        if (
            near(C, np.clip(T, low, high), tol).all()
            and ((C == high).sum() > 1 or (C == low).sum() > 1)
            and inside.sum() > 1
        ):
            bounds = " and ".join(f"{b:g}" for b, n in ((low, (C == low).sum()), (high, (C == high).sum())) if n > 1)
            if not {low, high} & {0.0} or (low < 0 < high):
                yield Reading(
                    "clipped", f"yours is clipped at {bounds}, {{where}}", "clip after the check, in the optimizer"
                )
                return
        if near(C, np.sign(T), tol).all():
            yield Reading("normalized", "yours is the sign of it, {where}", "a direction of descent, not the gradient")
        elif near(C, np.abs(T), tol).all():
            yield Reading("sign", "yours is the absolute value of it, {where}", "take out the abs")


def representable(C: np.ndarray, name: str) -> bool:
    """Whether all numbers are such of a narrower type, and not just whole numbers or halves."""
    with np.errstate(over="ignore"):
        if name == "bfloat16":
            narrow = (C.astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
        else:
            narrow = C.astype(name)
    return bool((narrow.astype(np.float64) == C).all()) and not (C * 64 == np.round(C * 64)).all()


def narrow_in(scope: Scope) -> str | None:
    """A variable of the claim that is of a narrower type."""
    return next((name for name, type_name in scope.types.items() if any(n in type_name for n in NARROW)), None)


def digits(C: np.ndarray, T: np.ndarray, size: np.ndarray) -> int:
    worst = (np.abs(C - T) / np.maximum(size, 1e-300)).max()
    return max(0, int(-np.log10(worst))) if worst > 0 else 15


def other_quantity(block: Block, scope: Scope) -> Iterator[Reading]:
    """The claim is the argument, a step from it, or the value."""
    evidence, pairs = block.evidence, block.pairs()
    if evidence.subject.kind != "gradient":
        return
    if block.explained(lambda pair: pair.x):
        yield Reading("value", f"yours is `{block.name}` itself", "what does the function return?")
    pair = pairs[0]
    if pair.t.any() and np.isfinite(pair.c).all() and pair.t.size > 1:
        k = float(((pair.x - pair.c) * pair.t).sum() / (pair.t * pair.t).sum())
        if abs(k) > 1e-9 and block.explained(lambda pair: pair.x - k * pair.t):
            yield Reading(
                "updated",
                f"yours is `{block.name}` − {k:.4g} times the gradient: the point after a step",
                "return the gradient; let the caller take the step",
            )
    values = iter([evidence.subject.value(point.x.copy()) for point in evidence.points])
    if block.explained(lambda pair: np.broadcast_to(np.ravel(next(values))[0], pair.c.shape)):
        yield Reading("value", "yours is the value of the function", "what does the claim return?")


STEPS = tuple(10.0**-k for k in range(1, 10))
QUOTIENTS = {"forward": (1, 0), "backward": (0, -1), "central": (1, -1)}
LOOKED_AT = 6  # entries


def approximate(block: Block, scope: Scope) -> Iterator[Reading]:
    """The claim is a difference quotient of the function: its own error, and nothing else, explains it."""
    subject, points = block.evidence.subject, block.evidence.points
    if subject.kind != "gradient" or not all(np.isfinite(pair.c).all() for pair in block.pairs()):
        return
    if any((np.abs(pair.c - pair.t) > 0.1 * np.abs(pair.t).max(initial=0)).any() for pair in block.pairs()):
        return

    def quotient(x: np.ndarray, k: int, h: float, ends: tuple) -> float:
        e = np.zeros(x.size)
        e[block.span.start + block.places[k]] = h
        high, low = (float(np.ravel(subject.value(x + end * e))[0]) for end in ends)
        return (high - low) / (h * (ends[0] - ends[1]))

    def agrees(point, pair, k: int, h: float, ends: tuple) -> bool:
        gap = abs(pair.c.ravel()[k] - pair.t.ravel()[k])
        return abs(quotient(point.x, k, h, ends) - pair.c.ravel()[k]) <= 1e-3 * gap + 1e-13 * abs(pair.c.ravel()[k])

    pairs = block.pairs()
    worst = int(np.argmax(np.abs(pairs[0].c - pairs[0].t).ravel()))
    held = list(dict.fromkeys([worst, *range(min(LOOKED_AT, pairs[0].c.size))]))
    for word, ends in QUOTIENTS.items():
        for h in STEPS:
            if agrees(points[0], pairs[0], worst, h, ends) and all(
                agrees(point, pair, k, h, ends) for point, pair in zip(points, pairs) for k in held
            ):
                slip = "the error of the quotient is all that differs"
                yield Reading(
                    "approximate", f"yours is the {word} difference quotient with step {h:g}, {{where}}", slip
                )
                return
