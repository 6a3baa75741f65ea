"""Patterns of terms: what the claim lacks, or has too much, is a number times a variable of the person's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .evidence import Block, Reading, near
from .multiples import in_shape
from .scope import Number, Scope

TERMS = (
    ("{}", lambda v: v), ("sign {}", np.sign), ("{}²", lambda v: v * v), ("{}³", lambda v: v**3), ("1/{}", lambda v: 1 / v),
    ("exp {}", np.exp), ("cos {}", np.cos), ("sin {}", np.sin), ("ln {}", lambda v: np.log(v)), ("1/{}²", lambda v: v**-2.0),
    ("tanh {}", np.tanh), ("(1 − {}²)", lambda v: 1 - v * v), ("{0}(1 − {0})", lambda v: v * (1 - v)),
    ("{}ᵀ", lambda v: v.T if v.ndim == 2 and v.shape[0] == v.shape[1] else None),
)  # fmt: skip


def difference(block: Block, scope: Scope) -> Iterator[Reading]:
    """T − C = k g, with one variable g in sight and a constant, or a named number, k."""
    if not block.whole:
        return
    pairs = block.pairs()
    with np.errstate(invalid="ignore"):
        gaps = [pair.t - pair.c for pair in pairs]
    if not all(np.isfinite(gap).all() for gap in gaps):
        return
    own = scale(block.evidence.weights())  # a vjp adds up its rows: only a gradient has terms in plain sight
    for name, series in in_shape(block, scope).items():
        for text, of in TERMS:
            with np.errstate(all="ignore"):
                gs = [of(v) for v in series]
            number = coefficient(block, gaps, gs, scope)
            if number is not None:
                yield told(number, text.format(f"`{name}`"))
    if own > 1:
        yield from constant_matrix(pairs)
    ones = [np.ones(block.shape)] * len(pairs)
    if block.argument.size > 1 and own == 1:
        number = coefficient(block, gaps, ones, scope)
        if number is not None:
            yield told(number, "(the same in every entry)")
        elif all(near(gap, gaps[0], pair.tl + pairs[0].tl).all() for gap, pair in zip(gaps, pairs)):
            yield Reading(
                "missing-term",
                "yours is off by the same amounts at every point, {where}",
                "a term that is linear in the variable has a constant derivative",
            )
        if len(block.shape) == 2 and block.shape[0] == block.shape[1]:
            number = coefficient(block, gaps, [np.eye(block.shape[0])] * len(pairs), scope)
            if number is not None:
                yield told(number, "I, the identity")


def constant_matrix(pairs: list) -> Iterator[Reading]:
    """A Jacobian or Hessian that is off by the same matrix at every point."""
    gaps = [pair.T - pair.C for pair in pairs]
    steady = all(near(gap, gaps[0], pair.tol + pairs[0].tol).all() for gap, pair in zip(gaps, pairs))
    moving = not all(near(pair.C, pairs[0].C, pair.tol + pairs[0].tol).all() for pair in pairs)
    if steady and moving and (np.abs(gaps[0]) > 30 * pairs[0].tol).any():
        entry = float(gaps[0].ravel()[np.argmax(np.abs(gaps[0]))])
        same = np.ptp(gaps[0]) <= 2 * float(np.min(pairs[0].tol))
        what = f"{entry:.6g} in every entry" if same else "a constant matrix"
        yield Reading(
            "missing-term",
            f"yours lacks the term that is {what}, {{where}}",
            "a part of the function whose derivative is constant: its part was left out, or is too large",
            firm=False,
        )


def scale(u: np.ndarray) -> int:
    return len(u)


def coefficient(block: Block, gaps: list, gs: list, scope: Scope) -> Number | None:
    """k with T − C = k g at each point, by its name; None where there is none."""
    ks = []
    for gap, g, pair in zip(gaps, gs, block.pairs()):
        if g is None or not np.isfinite(g).all() or not np.abs(g).max(initial=0) > 0:
            return None
        k = float((gap * g).sum() / (g * g).sum())
        if not near(gap, k * g, pair.tl).all() or not np.abs(gap).max() > 30 * np.min(pair.tl):
            return None
        ks.append(k)
    if all(abs(k - ks[0]) <= scope.rel * 10 * abs(ks[0]) for k in ks):
        number = scope.coefficient(ks[0])
        return number or (Number(f"{ks[0]:.6g}") if block.argument.size > 1 else None)
    return scope.varying(ks)


def told(number: Number, term: str) -> Reading:
    """A positive coefficient is missing in the claim, a negative one too many."""
    what = f" ({number.what})" if number.what else ""
    text = number.text
    if text.startswith(("−", "-")):
        text = text[1:]
        shown = term if text == "1" else f"{text} {term}"
        return Reading(
            "extra-term",
            f"yours has the term {shown}{what} too many, {{where}}",
            f"a term {shown} that is not in the derivative, or is there twice",
        )
    shown = term if text == "1" else f"{text} {term}"
    return Reading("missing-term", f"yours lacks the term {shown}{what}, {{where}}", f"add {shown}")
