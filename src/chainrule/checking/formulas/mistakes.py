"""Formulas that are wrong: why, in one line, and what there is to show for it.

A cause is named only if it explains the whole difference at fresh random points: a constant factor (`ratio.py`), a broken rule of
calculus (`slips.py`), one wrong term (`terms.py`), one part that should be another (`unlike.py`, `repair.py`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from ...core.dims import size_text
from ...core.errors import ChainruleError
from ...derivation import derived
from ...derivation.faces import variables_text
from ...derivation.symbols import UNICODE
from ...numeric.points import Variable
from ...syntax import Problem
from .checked import EXACT, Checked
from .equal import Comparison, Side, equal, read_beside, samples, ways
from .evidence_rows import evidence
from .ratio import named_ratio, ratio_of
from .repair import Repair, instead, repair, turnings
from ..report import Report
from .slips import slips, stops_early
from .sweep import Sweep, Tree
from .terms import compare_terms
from .unlike import unlike

LARGEST = 400  # entries of the variable, one sweep each
FRESH = 4  # points at which an explanation must hold
PIECEWISE = 16  # and where one of both has kinks, so that its pieces are met
FACT_WORDS = {
    "symmetric": "symmetric",
    "positive": "positive",
    "sum1": "entries that sum to one",
    "orthogonal": "orthogonal",
}
SIGNS_OF = (": the sign of the derivative of", ": the sign\0")  # of sentences that name no rule with a minus
VAGUE = ("function", "power")  # slips that fit by chance where a factor is missing in the text: 2λ for 2λw


class Why(NamedTuple):
    """An explanation: the word for it, the headline, the broken rule, the person's text with what is wrong underlined."""

    cause: str | None
    headline: str
    slip: str | None = None
    shown: str | None = None


def undecided(checked: Checked, compare: Comparison) -> Report:
    reason = compare.reason or "too few points can tell"
    if reason.startswith("yours has no value"):
        return Report(
            "wrong", f"not {checked.noun}: yours has no value where {checked.noun} has one", cause="not-finite", argument=checked.found.wrt,
            correct=checked.correct, rows=[("correct", checked.correct)],
        )  # fmt: skip
    return Report("undecided", f"undecided: {reason}", correct=checked.correct, rows=[("derived", checked.correct)])


def shapes(checked: Checked) -> Report:
    rows, cause = [("correct", checked.correct)], "shape"
    said = f"yours {shape_said(checked.mine)}, {checked.noun} {shape_said(checked.true)}"
    if is_zero(checked):
        return Report(
            "wrong",
            f"not {checked.noun}: yours is zero",
            cause="constant",
            argument=checked.found.wrt,
            correct=checked.correct,
            rows=rows,
        )
    for slip in partial_derivatives(checked):
        rows.insert(0, ("likely slip", slip))
        cause = "chain-factor"
        break
    rows.append(("sizes", variables_text(checked.problem)))
    return Report(
        "wrong", f"not {checked.noun}: {said}", cause=cause, argument=checked.found.wrt, correct=checked.correct, rows=rows,
    )  # fmt: skip


def is_zero(checked: Checked) -> bool:
    """Whether yours is the number 0, which stands for a zero of any shape."""
    return not checked.yours.dims and checked.mine.tree.kind == "number" and checked.mine.tree.value == 0


def misfit(checked: Checked, edits: list, more: str | None = None) -> Report:
    """Shapes that do not fit as the formula stands: what makes them fit, and what it is then."""
    said = " and ".join(
        f"with {edit.text.strip()} in place of {written}" if edit.text.strip() else f"without {written.lstrip('+-− ')}"
        for edit in edits
        for written in [checked.text[edit.start : edit.end].strip()]
    )
    turned = "" if checked.yours.dims == checked.true.dims else ", in the other layout"
    head = f"its shapes do not fit; {said} " + (f"they do, and then {more}" if more else f"it is right{turned}")
    return Report(
        "wrong", f"not {checked.noun}: {head}", cause=edits[0].cause, argument=checked.found.wrt, correct=checked.correct,
        rows=[("correct", checked.correct), ("sizes", variables_text(checked.problem))],
    )  # fmt: skip


def partial_derivatives(checked: Checked):
    """Parts of the function by which yours is the derivative: the chain rule was not gone through to the end."""
    if checked.found.order != 1 or checked.direction:
        return
    yield from stops_early(checked.problem, checked.found.wrt, checked.yours, checked.variables)


def wrong(checked: Checked, compare: Comparison) -> Report:
    how, yours = next(iter(ways(checked.true, checked.yours)))
    points = samples(checked.true, yours, checked.variables, fresh(checked.true, yours))
    why = explained(checked, points, how, yours)
    said, rows = why.headline, [("likely slip", why.slip)] if why.slip else []
    if why.shown:
        rows.append(("yours", why.shown))
    if how:
        rows.append(("layout", "yours is in the other layout; it was turned to be compared"))
    rows.append(("correct", checked.correct))
    worst = evidence(checked, points, yours)
    if worst.text:
        rows.append(("evidence", worst.text))
    cause = why.cause
    remarks = checked.mine_notes()
    if compare.given is not None and compare.given[1] == "symmetric":
        if cause != "transposed" or turnings(checked.mine, checked.problem, points, laid_out(checked, how)) != 1:
            return for_symmetric(checked, compare, worst, why)
        remarks = [f"for symmetric {UNICODE.name_of(compare.given[0])} it is right", *remarks]
    pieces = compare.given is not None and compare.given[1] == "positive" and checked.true.margin is not None
    if pieces or compare.given is not None and why.cause is None:
        name, fact = compare.given
        said = f"it is right for {FACT_WORDS[fact]} {UNICODE.name_of(name)} only"
        cause = "half-space" if fact == "positive" else None
    if cause is None and compare.counter is not None:
        rows.append(("example", str(compare.counter)))
    return Report(
        "wrong", f"not {checked.noun}: {said}", cause=cause, argument=checked.found.wrt, index=worst.index, claimed=worst.claimed,
        true=worst.true, bound=worst.bound, rows=rows, remarks=remarks, correct=checked.correct, remainders=worst.remainders,
        evaluations=worst.evaluations,
    )  # fmt: skip


def fresh(true: Side, mine: Side) -> int:
    """How many points an explanation is tested at."""
    return FRESH if true.margin is None and mine.margin is None else PIECEWISE


def for_symmetric(checked: Checked, compare: Comparison, worst, why: Why) -> Report:
    """Right where one matrix is symmetric, which nobody declared."""
    name = compare.given[0]
    sizes = " ".join(map(str, checked.problem.every[name].dims))
    shown = UNICODE.name_of(name)
    rows = [
        ("correct", checked.correct),
        ("declare", f"--shape '{name}: {sizes} symmetric', if it is: then yours is right"),
    ]
    if why.cause == "transposed" and why.shown:
        rows.insert(0, ("yours", why.shown))
    rows += [("example", str(compare.counter))] if compare.counter else []
    return Report(
        "wrong", f"not {checked.noun} for every {shown}: right for symmetric {shown} only", cause="symmetric", argument=checked.found.wrt,
        index=worst.index, claimed=worst.claimed, true=worst.true, bound=worst.bound, rows=rows, correct=checked.correct,
        remainders=worst.remainders, evaluations=worst.evaluations,
    )  # fmt: skip


def explained(checked: Checked, points, how: str, yours: Side) -> "Why":
    """Why yours is wrong: a factor of the whole, else one wrong term, a broken rule, an edit that mends it."""
    if all(equal(true, mine, EXACT) for _, true, mine in points):
        apart = max([np.max(np.abs(a - b)) / np.max(np.abs(a)) for _, a, b in points if np.any(a)], default=0.0)
        return Why(None, f"it is nearly it, but not equal to it: they differ by {apart:.0e} of the largest entry".replace("e-0", "e-"))
    ratio, slip = constant_ratio(checked, points), broken_rule(checked, points)
    if ratio is not None:
        cause, headline = ratio
        slip = None if cause == "constant" else slip
        more = slip.cause if slip is not None and cause == "factor" and slip.cause != "missing-term" else cause
        return Why(more, headline, slip.sentence if slip else None)
    other = of_another_variable(checked, points, how)
    if other is not None:
        return Why(
            "variable",
            f"yours is {checked.noun} in {UNICODE.name_of(other)}, not in {UNICODE.name_of(checked.found.wrt)}",
        )
    if slip is None and is_integral(checked, points):
        return Why("function", "yours is an integral of the function: differentiated, it gives the function itself")
    terms = (
        compare_terms(checked.found, checked.mine, checked.problem, points, bool(how))
        if not checked.direction
        else None
    )
    if terms is not None and terms.cause is not None:
        told = slip is not None and terms.cause == "factor" and slip.cause != "missing-term"
        cause = slip.cause if told else terms.cause
        return Why(cause, terms.sentence, slip.sentence if slip else None, terms.shown)
    edit = mended(checked, points, how)
    shown = edit.shown if edit else terms.shown if terms else None
    if slip is not None and (edit is None or edit.tried or edit.cause == slip.cause or slip.cause not in VAGUE):
        headline = (
            terms.sentence
            if terms is not None and terms.kind == "replaced"
            else slip.clause
        )
        return Why(slip.cause, headline, slip.sentence, shown)
    if edit is not None:
        return Why(edit.cause, edit.sentence, None, shown)
    cause = "missing-term" if terms and terms.kind == "lacking" else None
    return Why(cause, terms.sentence if terms else "it is another function", None, shown)


def of_another_variable(checked: Checked, points, how: str) -> str | None:
    """The variable of the same shape in which yours is the derivative."""
    if how or checked.direction or checked.found.order != 1:
        return None
    for name, variable in checked.problem.variables.items():
        if name != checked.found.wrt and variable.dims == checked.found.variable.dims:
            tree = Tree(checked.problem, name)
            try:
                if all(equal(Sweep(tree, values).true, mine) for values, _, mine in points) and any(
                    np.any(m) for _, _, m in points
                ):
                    return name
            except (ChainruleError, np.linalg.LinAlgError, ValueError):
                continue
    return None


def is_integral(checked: Checked, points) -> bool:
    """Whether the derivative of yours is the function: it was integrated."""
    found = checked.found
    if checked.direction or found.order != 1 or found.variable.dims or found.wrt not in checked.mine.variables:
        return False
    try:
        tree = Tree(checked.mine, found.wrt)
        return all(equal(Sweep(tree, v).true, np.asarray(checked.problem.evaluate(v), float)) for v, _, _ in points)
    except (ChainruleError, np.linalg.LinAlgError, ValueError, KeyError):
        return False


def mended(checked: Checked, points, how: str) -> Repair | None:
    """What in the person's text should be something else: where it is written as the true one but for one part, else by trying."""
    if checked.direction:
        return None
    if checked.true.meaning is not None and not how:
        place = unlike(checked.mine, checked.true.meaning)
        if place is not None:
            return instead(checked.mine, place)
    return repair(checked.mine, checked.problem, points, laid_out(checked, how))


def laid_out(checked: Checked, how: str):
    """What lays an array of the shape of yours out as the true one is."""
    out = checked.true.out
    rank = len(checked.true.dims)
    if how == "transposed":
        return (lambda x: x.T) if rank == 2 else (lambda x: np.moveaxis(x, range(rank - out), range(out, rank)))
    return lambda x: x


def constant_ratio(checked: Checked, points) -> tuple[str, str] | None:
    """(cause, what to say) where yours is a constant times the true one."""
    if any(np.any(b) for _, a, b in points if not np.any(a)):
        return None
    ratios = [ratio_of(a, b) for _, a, b in points if np.any(a)]
    if len(ratios) < 2 or None in ratios:
        return None
    kept = [values for values, a, _ in points if np.any(a)]
    if not any(ratios):
        return "constant", "yours is zero"
    sizes = [sizes_at(checked.variables, values) for values in kept]
    numbers = [
        {
            UNICODE.name_of(n): float(values[n])
            for n, dims, _ in checked.variables
            if not dims and n not in (checked.direction, checked.found.wrt)
        }
        for values in kept
    ]
    text = named_ratio(ratios, sizes, numbers)
    if text is None:
        return None
    where = ", in every component" if checked.true.dims else ""
    if text == "−1":
        return "sign", f"yours has the opposite sign{where}"
    cause = "mean" if set(checked.sizes()) & set(re.findall(r"[^\W\d_]\w*", text)) else "factor"
    return (
        cause,
        f"yours is exactly {text if text[0] != '−' or len(text) > 2 else text} {'of' if is_part(text) else 'times'} it{where}",
    )


def broken_rule(checked: Checked, points):
    """The broken rule of calculus that gives yours, at all points."""
    if checked.direction or checked.found.order > 2 or points and np.size(points[0][0][checked.found.wrt]) > LARGEST:
        return None
    problem = checked.problem
    if checked.found.order == 2:
        problem = gradient(checked)
        if problem is None:
            return None
    telling = [not equal(true, mine, EXACT) for _, true, mine in points]
    if not any(telling):
        return None
    first, *others = [p for _, p in sorted(zip(telling, points), key=lambda pair: not pair[0])]
    try:
        with np.errstate(all="ignore"):
            every = list(slips(problem, checked.found.wrt))
            likely = [s for s in every if fits(s, first)]
            found = [s for s in likely if all(fits(s, p) for p in others)]
            return min(
                found, key=lambda s: any(words in f"{s.sentence}\0" for words in SIGNS_OF), default=None
            )  # a sign that was dropped, and that of a rule with a minus, tell more
    except (ChainruleError, np.linalg.LinAlgError, ValueError):
        return None


def gradient(checked: Checked) -> Problem | None:
    """The first derivative, read back as a function: its derivative is the second."""
    try:
        lower = derived(checked.problem, checked.found.wrt, seal=False)
        return read_beside(lower.ascii, checked.problem, "math") if lower.form == "matrix" else None
    except ChainruleError:
        return None


def shape_said(side_) -> str:
    """`has shape m×n`, `is a number`."""
    return f"has shape {size_text(side_.dims, side_.row)}" if side_.dims else "is a number"


def is_part(text: str) -> bool:
    """Whether "½ of it" reads better than "½ times it"."""
    return text[0] in "½⅓¼⅔¾" and len(text) == 1 or "/" in text and not text.startswith("−")


def fits(slip, point) -> bool:
    """Whether a broken rule gives exactly what the person has."""
    values, _, mine = point
    return equal(np.asarray(slip.value(values)), mine, EXACT)


def sizes_at(variables: list[Variable], values: dict) -> dict[str, int]:
    """The sizes that values of the variables have, by name."""
    found: dict[str, int] = {}
    for name, dims, _ in variables:
        for d, length in zip(dims, np.shape(values[name])):
            if len(d.names) == 1 and d.text == d.names[0]:
                found.setdefault(d.text, length)
    return found
