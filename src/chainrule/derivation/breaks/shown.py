"""Breaks as rows beside a result.

    for       x ≠ 0            kink: JAX gives NaN there, PyTorch 0
    autodiff  NaN in JAX where x = 0, though the derivative there is 0; safe: sum(x.^2)
"""

from __future__ import annotations

from ...core.walk import order
from ...ops.declare import REAL
from ...ops.frameworks import JAX, PRINTED, TORCH
from .candidates import JUMPING, MATRICES, POLE, Graph, candidates, suspects
from .conditions import POSITIVE, invertible, nonzero, positive
from .finding import AUTODIFF, EVENLY, FINITE, FORMULA, NAN, OVERFLOW, Break

QUIET = ("pole", "end of the domain", "singular", "not defined", "undetermined")  # what a reader expects there needs no word
NTH = {2: "second", 3: "third"}


def rows_of(d) -> list[tuple[str, str, str]]:
    """(label, text, aside) for the breaks of a derivation.

    A point at which only a framework's arithmetic breaks concerns those who brought code; beside a formula it is not
    shown, but `breaks` has it.
    """
    code = d.problem.dialect != "math"
    if not code and smooth(d) and not narrow(d):
        return []
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


def smooth(d) -> bool:
    """Whether neither the function as it became nor its derivative has an operation that jumps or ends anywhere.

    A function that is continuous and whose derivative is given by a continuous formula off a set without interior has
    that derivative on the set too.
    """
    return not any(discontinuous(node) for node in order(d.function, d.node))


def narrow(d) -> bool:
    """Whether the function as it is written is not defined everywhere: x²/x, though x is."""
    nodes = suspects(d.problem, d.wrt)
    found = candidates(nodes, d.problem, d.wrt, Graph(d.problem)) if nodes else []
    return any(c.kind == POLE or c.condition.relation == POSITIVE for c in found)


def discontinuous(node) -> bool:
    """Whether an operation jumps, has a pole or ends its domain where its argument can get."""
    if node.op == "map":
        op = node.attr
        ended = op.arity == 1 and op.domain != REAL
        return ended or 0 in op.breaks.values() or op.name in (*JUMPING, "where", "pow")
    if node.op == "struct":
        return node.attr[0].name == "argmax_mask" or node.attr[0].name in MATRICES[:2] and bool(invertible(node.args[0]))
    if node.op == "product":
        powers = [(b, e) for b, _, e in node.operands if e < 0 or e != int(e)]
        return any(nonzero(b) if e == int(e) else positive(b) for b, e in powers)
    return False


def joined(found: list[Break]) -> list[tuple[str, str]]:
    """(condition, what is said of it): 0 < p and p < 1 become one, and so do those of which nothing is said."""
    told = [(b.where, aside(b)) for b in found]
    quiet = [where for where, said in told if not said]
    told = [(where, said) for where, said in told if said]
    bounds = [(w, *w.split(" > ")) for w in quiet if w.count(" > ") == 1]
    for where, left, low in bounds:  # x > 1 says more than x > 0
        if any(left == other and low == "0" and high.isdigit() and high != "0" for _, other, high in bounds):
            quiet.remove(where)
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
