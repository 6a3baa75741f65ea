"""Why a derivative is wrong: patterns of numbers first, then a search for the one change of the source that mends it.

A cause is named only if it explains the claim exactly, to rounding and the bound of the true derivative, at fresh random points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from . import arrangement, entries, multiples, terms, worth
from .evidence import LEAST, Block, Evidence, Found, Point, Reading
from .calculus import Calculus
from .repair import leaving, repaired
from .scope import Scope
from .table import CAUSES, Cause, page

__all__ = ["CAUSES", "Cause", "Evidence", "Found", "Point", "named", "page"]

PATTERNS: tuple[Callable, ...] = (  # the simplest explanation first
    worth.not_finite, worth.ignores, multiples.multiple, arrangement.transposed, worth.cut_short, arrangement.cotangent,
    arrangement.parts, arrangement.moved, arrangement.summed, terms.difference, entries.same_entries, entries.one_side,
    multiples.entrywise_factor,
    worth.approximate, worth.constant, worth.other_quantity,
)  # fmt: skip
# What says no more than how the numbers differ: a rule of calculus or a change of the source says more.
LOOSE = {
    "missing-term", "extra-term", "some-entries", "constant", "diagonal", "axis", "approximate", "shifted", "triangle", "value",
}  # fmt: skip
# Mistakes of programs, which no rule of calculus tells.
OF_PROGRAMS = {
    "accumulation",
    "detached",
    "in-place",
    "axis",
    "batch-sum",
    "order",
    "elementwise-product",
    "activation-point",
    "shifted",
    "narrow",
}
# Edits of which the numbers or the rule know better what they undo.
TOO_MUCH = {"extra-term", "doubled-term"}
BARE = {"variable", "function", "factor", "comparison"}


def named(evidence: Evidence) -> Found | None:
    """Why the claim is wrong, or None where nothing explains it exactly.

    The first point of the evidence is joined by fresh ones; there must be at least three.
    """
    while len(evidence.points) < LEAST:
        if evidence.fresh() is None:
            return None
    scope = Scope(evidence)
    if evidence.misshapen is not None:
        return of_shape(evidence, scope)
    blocks = evidence.blocks
    wrong = [block for block in blocks if block.is_wrong()]
    if not wrong:
        return None
    found = by_numbers(evidence, scope, blocks, wrong)
    if found is not None and found.cause in ("not-finite", "stale"):
        return found
    slip = (
        by_calculus(evidence, wrong) if found is None or not found.firm or found.cause in ("factor", "sign") else None
    )
    mended = repaired(evidence, scope, (slip or found).cause if slip or found else None, not (found and found.firm))
    return together(found, slip, mended) or cut_off(evidence, scope, wrong)


def of_second_order(found: Found | None) -> Found:
    """The cause of a wrong second derivative where the first one was checked and is right."""
    if found is None:
        return Found("second-order", "the first derivative is right, and the derivative of it is not")
    return replace(found, sentence=f"the first derivative is right, the derivative of it is not: {found.sentence}")


def cut_off(evidence: Evidence, scope: Scope, wrong: list[Block]) -> Found | None:
    """A framework's own differentiation is right but for what was hidden from it: there is no rule of the person's on the way."""
    subject = evidence.subject
    if subject.claims_are != "autograd" or subject.custom or subject.order == 2:
        return None
    lines = leaving(scope)
    if lines is None:
        return None
    number, place, text = lines
    return Found("detached", f"a part of the function is cut off from differentiation: `{text}`", "what leaves the framework comes back as a constant",
                 number, place, argument=wrong[0].name if len(wrong) == 1 else None)  # fmt: skip


def by_calculus(evidence: Evidence, wrong: list[Block]) -> Found | None:
    """The rule of calculus that is broken, if it is one in all wrong arguments or they share its cause."""
    calculus = Calculus(evidence)
    said = [(block, slip) for block in wrong if (slip := calculus.slip(block)) is not None]
    if not said:
        return None
    block, slip = said[0]
    clause = slip.what if len(said) == len(wrong) else f"{slip.what} (in `{block.name}`)"
    return Found(slip.cause, clause, slip.sentence, argument=block.name)


def by_numbers(evidence: Evidence, scope: Scope, blocks: list[Block], wrong: list[Block]) -> Found | None:
    """What the patterns say of the wrong arguments: of all of them if they agree, else of the first that is explained."""
    exchanged = arrangement.swapped(wrong)
    if exchanged:
        return Found(exchanged[2].cause, exchanged[2].clause, exchanged[2].slip, argument=exchanged[0].name)
    unused = arrangement.ignored(evidence, wrong)
    if unused:
        return Found(unused.cause, unused.clause, unused.slip, argument=wrong[0].name)
    stale = worth.left_over(evidence, wrong)
    if stale:
        return Found(stale.cause, stale.clause, stale.slip)
    readings = [(block, reading) for block in wrong if (reading := reading_of(block, scope)) is not None]
    if not readings:
        return None
    first = readings[0][1]
    same = [block for block, reading in readings if reading == first]
    clause = first.clause.format(where=where(same, wrong, blocks)) if "{where}" in first.clause else first.clause
    if len(same) < len(wrong):
        rest = [f"`{block.name}`" for block in wrong if block not in same]
        clause += f"; {', '.join(rest)} {'differ' if len(rest) > 1 else 'differs'} in another way"
    return Found(
        first.cause,
        clause,
        first.slip,
        argument=same[0].name,
        index=first.index,
        firm=first.firm and first.cause not in LOOSE and len(same) == len(wrong),
    )


def reading_of(block: Block, scope: Scope) -> Reading | None:
    for pattern in PATTERNS:
        for reading in pattern(block, scope):
            return reading
    return None


def where(same: list[Block], wrong: list[Block], blocks: list[Block]) -> str:
    if len(same) == len(wrong) and all(
        block in wrong or not any(pair.T.any() for pair in block.pairs()) for block in blocks
    ):
        return "in every component" if all(block.whole for block in blocks) else "in every component that was looked at"
    names = [f"`{block.name}`" for block in same]
    return "in " + (names[0] if len(names) == 1 else ", ".join(names[:-1][:4]) + " and " + names[-1])


def together(found: Found | None, slip: Found | None, mended: Found | None) -> Found | None:
    """One answer of what the numbers, the rules of calculus and the source say."""
    best = found
    if found is not None and slip is not None and found.cause == "some-entries" and slip.cause == "missing-term":
        slip = None if "(0 there)" in found.sentence else slip  # nothing is there at all
    if slip is not None and (found is None or not found.firm):
        best = slip = replace(slip, slip=rule_of(slip))
    elif slip is not None:
        best = replace(found, slip=slip.slip)
    if mended is not None and mended.cause in TOO_MUCH and (found is None or found.cause in TOO_MUCH):
        best = replace(mended, cause="doubled-term") if slip is not None else mended
    if mended is None:
        return best
    source = {"line": mended.line, "place": mended.place, "replacement": mended.replacement}
    if best is None:
        return mended
    if mended.cause == "mean" and best.cause == "factor":
        best = replace(best, cause="mean", slip=mended.sentence)  # the number is a size
    if (
        mended.cause in ("detached", "narrow", "cotangent", "rounded") or not best.firm and mended.cause in ("in-place", "clipped")
    ):  # what the line does, whatever comes of it
        return replace(mended, slip=best.sentence if best is found and mended.cause != found.cause else None)
    if (
        found is not None
        and found.cause == "some-entries"
        and mended.cause in ("shifted", "extra-term", "missing-term", "comparison")
    ):
        return replace(found, slip=mended.sentence, **source)  # which entries says more than which loop
    exchanged = mended.cause == "function" and best.cause in ("extra-term", "missing-term")
    loose = best is found and not found.firm and (mended.cause not in BARE or exchanged)
    if loose or best is slip and mended.cause in OF_PROGRAMS and mended.cause != best.cause:
        return mended if mended.cause != best.cause else replace(best, slip=best.slip or mended.sentence, **source)
    return replace(best, slip=best.slip or (mended.sentence if mended.sentence != best.sentence else None), **source)


def rule_of(slip: Found) -> str:
    """What is left to say of a slip below the headline: the rule, and what else may have been meant."""
    before, _, after = slip.slip.partition(slip.sentence)
    return before.rstrip(" :;,") + after or slip.slip


def of_shape(evidence: Evidence, scope: Scope) -> Found | None:
    reading = arrangement.misshapen(evidence, scope)
    if reading is None:
        return repaired(evidence, scope, "axis")
    mended = repaired(evidence, scope, reading.cause)
    found = Found(reading.cause, reading.clause, reading.slip, argument=evidence.misshapen.argument)
    if mended is None:
        return found
    return replace(found, line=mended.line, place=mended.place, replacement=mended.replacement)
