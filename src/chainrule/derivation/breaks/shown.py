"""Breaks as rows beside a result.

    for       x ≠ 0            kink: JAX gives NaN there, PyTorch 0
    autodiff  NaN in JAX where x = 0, though the derivative there is 0; safe: sum(x.^2)
"""

from __future__ import annotations

from ...ops.frameworks import JAX, PRINTED, TORCH
from .finding import AUTODIFF, EVENLY, FINITE, FORMULA, NAN, OVERFLOW, Break

QUIET = ("pole", "end of the domain", "singular", "not defined", "undetermined")  # what a reader expects there needs no word
NTH = {2: "second", 3: "third"}


def rows_of(d) -> list[tuple[str, str, str]]:
    """(label, text, aside) for the breaks of a derivation that may have such."""
    code = d.problem.dialect != "math"
    found: list[tuple[str, str, str]] = []
    named = [b for b in d.breaks if b.what != AUTODIFF]
    label = "for"
    for condition, aside in joined(named):
        found.append((label, condition, aside))
        label = ""
    warnings: dict[tuple[str, str], list[str]] = {}
    for b in [*d.breaks, *(d.overflows if code else ())]:
        if b.what == OVERFLOW or b.what == AUTODIFF and (code or b.wide):
            warnings.setdefault(warned(b), []).append(b.at)
    label = "autodiff"
    for (before, after), places in warnings.items():
        found.append((label, f"{before} where {' or '.join(places)}, {after}", ""))
        label = ""
    return found


def joined(found: list[Break]) -> list[tuple[str, str]]:
    """(condition, what is said of it): 0 < p and p < 1 become one, and so do those of which nothing is said."""
    told = [(b.where, aside(b)) for b in found]
    quiet = [where for where, said in told if not said]
    told = [(where, said) for where, said in told if said]
    bounds = [(w, *w.split(" > ")) for w in quiet if w.count(" > ") == 1]
    for where, left, low in bounds:  # x > 1 says more than x > 0
        if any(left == other and low == "0" and high.isdigit() and high != "0" for _, other, high in bounds):
            quiet.remove(where)
    for left in [w.removesuffix(" > 0") for w in quiet if w.endswith(" > 0")]:  # x > 0 says more than x ≠ 0 and 𝟏ᵀx > 0
        less = (f"{left} ≠ 0", f"{left} ≠ 0 in every entry", f"𝟏ᵀ{left} > 0")
        quiet = [w for w in quiet if w not in less]
    for low in [w for w in quiet if " > " in w]:
        left, number = low.split(" > ", 1)
        high = next((w for w in quiet if w.startswith(left + " < ")), None)
        if high is not None:
            quiet.remove(high)
            quiet[quiet.index(low)] = f"{number} < {left} < {high.removeprefix(left + ' < ')}"
    return ([(" and ".join(quiet), "")] if quiet else []) + told


def aside(b: Break) -> str:
    """What the frameworks return there, where it is not what one expects."""
    if b.what == FORMULA:
        return "the formula; the derivative exists beyond"
    if b.what in QUIET:
        return ""
    if b.order is not None and b.order > 1:
        return f"the {NTH.get(b.order, f'{b.order}th')} derivative jumps there"
    return b.what + (f": {said}" if (said := returned(b)) else "")


def returned(b: Break) -> str:
    """`JAX gives NaN there, PyTorch 0`."""
    both = [(PRINTED[f], r) for f, r in ((JAX, b.jax), (TORCH, b.torch)) if r not in (None, FINITE)]
    if not both:
        return ""
    verb = "takes" if both[0][1].startswith("slope") else "gives"
    if len(both) == 2 and b.jax == b.torch:
        plural = "split the gradient evenly" if b.jax == EVENLY else f"give {b.jax}" if verb == "gives" else f"take the {b.jax}"
        return f"JAX and PyTorch {plural} there"
    if len(both) == 1 and FINITE in (b.jax, b.torch) and verb == "gives":
        other = PRINTED[TORCH if both[0][0] == PRINTED[JAX] else JAX]
        return f"{both[0][0]} gives {both[0][1]} there, {other} does not"
    first, *rest = [f"{who} {verb} {what}".replace("takes slope", "takes the slope") for who, what in both[:1]]
    others = [f"{who} {what.removeprefix('slope ')}" for who, what in both[1:]]
    return ", ".join([f"{first} there", *rest, *others])


def warned(b: Break) -> tuple[str, str]:
    """(`NaN in JAX and PyTorch`, `though the derivative there is 0; safe: sum(x.^2)`), what stands around the place."""
    bad = [(PRINTED[f], r) for f, r in ((JAX, b.jax), (TORCH, b.torch)) if r in (NAN, "±inf")]
    exists = f"the derivative there is {b.value}" if b.value else "the derivative exists there"
    safe = f"; safe: {b.rewrite.text}" if b.rewrite is not None else ""
    return f"{bad[0][1]} in {' and '.join([name for name, _ in bad])}", f"though {exists}{safe}"
