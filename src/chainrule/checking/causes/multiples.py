"""Patterns of multiples: the claim is the true derivative times a number, or times a variable of the person's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .evidence import Block, Reading, near
from .scope import Scope

SIZE_SLIPS = {
    "1/n": "a mean where a sum belongs", "n": "a sum where a mean belongs", "n/m": "the mean over the wrong number",
    "2/n": "a mean where a sum belongs, and a 2", "1/(n·m)": "a mean over all entries where a sum belongs",
}  # fmt: skip


def multiple(block: Block, scope: Scope) -> Iterator[Reading]:
    """C = r T with one number r, the same at all points or following a variable."""
    rs = ratios(block)
    if rs is None:
        return
    constant = all(abs(r - rs[0]) <= scope.rel * abs(rs[0]) for r in rs)
    if constant:
        yield constant_multiple(rs[0], scope)
        return
    yield from of_length(block, rs, scope)
    number = scope.varying(rs)
    if number is not None:
        yield too_many(number.text)
        return
    number = scope.varying([1 / r for r in rs])
    if number is not None:
        yield missing(number.text)
        return
    if block.pairs()[0].c.size > 1:
        shown = ", ".join(f"{r:.4g}" for r in rs[:3])
        yield Reading("chain-factor", f"yours has the right direction and the wrong length: it is {shown} times it at the points tried, {{where}}",
                      "a scalar factor that depends on the point is missing")  # fmt: skip


def of_length(block: Block, rs: list[float], scope: Scope) -> Iterator[Reading]:
    """Of the right direction and of one length, at all points or where the true one is longer."""
    if block.pairs()[0].c.size < 2:
        return
    lengths = [float(np.linalg.norm(pair.c)) for pair in block.pairs()]
    scaled = [(r, length) for r, length in zip(rs, lengths) if abs(r - 1) > scope.rel]
    if len(scaled) < 2 or np.ptp([length for _, length in scaled]) > scope.rel * scaled[0][1]:
        return
    length = f"{scaled[0][1]:.4g}"
    if len(scaled) < len(rs) or all(0 < r < 1 for r in rs) and abs(scaled[0][1] - 1) > scope.rel:
        yield Reading("clipped", f"yours is cut to the length {length}", "clipping by norm belongs after the check")
    else:
        yield Reading(
            "normalized", f"yours is scaled to the length {length}", "a direction of descent, not the gradient"
        )


def ratios(block: Block) -> list[float] | None:
    """r of C = r T at each point, or None where C is no multiple of T."""
    found = []
    for pair in block.pairs():
        sure = np.isfinite(pair.tol) & np.isfinite(pair.C)
        if not np.isfinite(pair.C).all() or not sure.any():
            return None
        k = np.argmax(np.where(sure, np.abs(pair.T) / pair.tol, 0))
        top = pair.T.ravel()[k]
        if abs(top) <= 30 * pair.tol.ravel()[k]:
            return None
        weight = np.where(sure, pair.T, 0)
        r = float((weight * pair.C).sum() / (weight * pair.T).sum())
        if r == 0 or not near(pair.C, r * pair.T, pair.tol * max(1, abs(r))).all() or not abs(r) > 1e-9:
            return None
        found.append(r)
    return found


def constant_multiple(r: float, scope: Scope) -> Reading:
    number = scope.constant(r)
    if number is None:
        number = scope.constant(1 / r)
        if number is not None and not number.what:
            return Reading(
                "factor",
                f"yours is exactly 1/({number.text}) of it, {{where}}",
                f"the factor {number.text} was dropped",
            )
        return Reading("factor", f"yours is {r:.6g} times it, {{where}}", "a constant factor is off")
    if number.text == "−1":
        return Reading(
            "sign",
            "yours has the opposite sign, {where}",
            "the minus of an inner derivative was dropped, or one is too many",
        )
    what = f" ({number.what})" if number.what else ""
    also = scope.also_a_size(r) if not number.what else None
    slip = SIZE_SLIPS.get(number.text.lstrip("−")) if number.what else factor_slip(r, number.text)
    if also and also.text.lstrip("−") in SIZE_SLIPS:
        of_size = f"{SIZE_SLIPS[also.text.lstrip('−')]}: {also.what}"
        slip = f"{slip}; or {of_size}" if slip else of_size
    said = f"{number.text} of it" if abs(r) < 1 else f"{number.text} times it"
    return Reading("factor", f"yours is exactly {said}{what}, {{where}}", slip or factor_slip(r, number.text))


def factor_slip(r: float, text: str) -> str | None:
    if r == 0.5:
        return "a 2 was dropped, as of d(v²) = 2v dv (or ½(…)² was meant)"
    if r == 2:
        return "a 2 too many, or a ½ in the function that was not seen"
    if "`" in text:
        return f"the factor {text} is there once too often"
    return "one minus too many, and a factor" if r < 0 else None


def missing(text: str) -> Reading:
    return Reading(
        "chain-factor",
        f"yours lacks the factor {text}, {{where}}",
        f"multiply by {text}: one derivative of the chain rule is missing",
    )


def too_many(text: str) -> Reading:
    return Reading("chain-factor", f"yours has the factor {text} too many, {{where}}", f"take out the factor {text}")


# ---------------------------------------------------------------- entry by entry

FACTORS = (
    ("{}", lambda v: v), ("(1 − {}²)", lambda v: 1 - v * v), ("{0}(1 − {0})", lambda v: v * (1 - v)), ("[{} > 0]", lambda v: (v > 0) * 1.0),
    ("(1 − {})", lambda v: 1 - v), ("2{}", lambda v: 2 * v), ("1/{}", lambda v: 1 / v), ("{}²", lambda v: v * v), ("−{}", lambda v: -v),
    ("cos {}", np.cos), ("sin {}", np.sin), ("exp {}", np.exp), ("sign {}", np.sign), ("1/{}²", lambda v: 1 / (v * v)),
    ("1/(2{})", lambda v: 0.5 / v), ("(1 + {})", lambda v: 1 + v), ("1/(1 + {}²)", lambda v: 1 / (1 + v * v)), ("3{}²", lambda v: 3 * v * v),
    ("1/√{}", lambda v: v**-0.5), ("(1 − tanh² {})", lambda v: 1 - np.tanh(v) ** 2), ("σ({0})(1 − σ({0}))", lambda v: 0.25 / np.cosh(v / 2) ** 2),
)  # fmt: skip


def entrywise_factor(block: Block, scope: Scope) -> Iterator[Reading]:
    """T = C ∘ g or C = T ∘ g where g is made of one variable of the shape of the argument."""
    for name, series in in_shape(block, scope).items():
        for text, of in FACTORS:
            with np.errstate(all="ignore"):
                gs = [of(v) for v in series]
            if any(np.ptp(g) == 0 for g in gs if g.size) or not all(np.isfinite(g).all() for g in gs):
                continue
            written = text.format(f"`{name}`")
            if matches(block, gs, lambda pair, g: pair.t * g):
                yield replace(too_many(written), firm=False)
            elif all((np.abs(g) > 1e-6).all() for g in gs) and matches(block, gs, lambda pair, g: pair.t / g):
                yield replace(missing(written), firm=False)
            elif all(
                near(p.c * g, p.t, p.tl * (1 + np.abs(g))).all() and np.isfinite(p.c).all()
                for p, g in zip(block.pairs(), gs)
            ):
                yield replace(missing(written), firm=False)


def matches(block: Block, gs: list, of) -> bool:
    """Whether of(pair, g) is the claim at each point, with the g of that point."""
    each = iter(gs)
    return block.explained(lambda pair: of(pair, next(each)))


def in_shape(block: Block, scope: Scope) -> dict[str, list[np.ndarray]]:
    """Variables and arguments of the shape of this one, its own values first."""
    if not block.whole or not block.shape:
        return {}
    found = {block.name: [pair.x for pair in block.pairs()]}
    for argument, span in block.evidence.subject.spans():
        if argument.shape == block.shape and argument.name != block.name:
            found[argument.name] = [point.x[span].reshape(argument.shape) for point in block.evidence.points]
    for name, series in scope.arrays.items():
        if series[0].shape == block.shape and name not in found:
            found[name] = series
    return found
