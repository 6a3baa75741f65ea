"""What a report on code says: the first line with the place and the cause, and the evidence below it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.errors import ChainruleError
from ..core.lazy import lazy
from ..numeric.remainders import Remainders, remainders
from .locate import MOST_WRONG, Entries
from .probe import DIFFERS, KINK, Probe, digits
from .report import Compared, Report
from .structure import Looked
from .subject import Failed, Subject, entry_name
from .subjects import preserved
from .subjects.calling import arranged, called
from .subjects.nested import described

causes = lazy(__package__, ".causes")

CALLED = {"gradient": "gradient", "jacobian": "Jacobian", "hessian": "Hessian", "vjp": "backward pass", "jvp": "forward rule"}
VISIBLE = 1e-3  # relative: a mistake that bends the remainder at steps above rounding
CLEARLY_LESS = 1.5  # a remainder slope that shows a mistake; of a tiny mistake the steps show nothing
UNASKED = ("not-finite", "random")  # causes of what cannot be checked, of which the first line says all
NAMED = 5  # wrong entries that are listed


def what(subject: Subject) -> str:
    """What the claim is said to be: gradient, Jacobian, Hessian."""
    if subject.order == 2:
        return "second derivative"
    if subject.claims_are == "autograd" and subject.kind in ("vjp", "jvp"):
        return "gradient" if sum(o.size for o in subject.outputs) == 1 else "derivative"
    return CALLED[subject.kind]


def passed(exam, looked: Looked, remarks: list[str] | None = None) -> Report:
    """The claim is right."""
    subject, prober = exam.subject, exam.prober
    found = min((p.digits for p in exam.probes if p.digits >= exam.needed), default=None)
    listed = list_of(subject)
    headline = f"right: the {what(subject)} of {subject.name} in {listed}"
    if exam.kinks:
        headline = f"right at a kink: the {what(subject)} of {subject.name} in {listed} is one of those that exist there"
    elif found is not None:
        headline += f", to {found:.0f} digits"
    return Report(
        "right at a kink" if exam.kinks else "right",
        headline,
        digits=found,
        evaluations=prober.evaluations,
        rows=[("checked", how(exam))],
        remarks=[*subject.remarks, *(remarks or [])],
        arguments=[Compared(a.name, a.shape, None, None, None, None, found) for a in subject.arguments],
        remainders=seen_later(exam),
    )


def list_of(subject: Subject) -> str:
    """The names of the arguments: the first few where there are many."""
    names = [a.name for a in subject.arguments]
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def how(exam) -> str:
    """How much was looked at: points, directions, type, calls."""
    subject, prober = exam.subject, exam.prober
    n = subject.x.size
    width = f", run in {prober.width}" if prober.width != prober.own else ""
    points = f"{exam.points} point" + "s" * (exam.points != 1)
    entries = f"all {n:,} entries at once" if n > 1 else "one entry"
    return f"{entries}, along random directions at {points}{width}; {prober.evaluations} calls of {subject.name}"


def undecided(exam, probe: Probe) -> Report:
    """The function's own noise hides the answer."""
    subject, prober = exam.subject, exam.prober
    known = probe.digits
    if np.isfinite(probe.unknown):
        said = f"the numeric derivative is known to {known:.0f} digit{'s' * (f'{known:.0f}' != '1')} only, and the claim agrees that far"
        if probe.gap > probe.unknown:
            said = f"the claim differs by {number(probe.gap)} along a direction, and {number(probe.unknown)} of it may be noise"
    else:
        said = "the function has no finite values around the point"
    rows = [("why", said), ("checked", how(exam))]
    if np.isfinite(probe.true):
        rows.insert(1, ("along v", f"yours {apart(probe.claimed, probe.true)}, true {apart(probe.true, probe.claimed)} ± {number(probe.unknown, 1)}"))
    return Report(
        "undecided",
        f"undecided: the noise of {subject.name} hides whether this is its {what(subject)}",
        claimed=probe.claimed,
        true=probe.true,
        bound=probe.bound,
        digits=known,
        evaluations=prober.evaluations,
        rows=rows,
        remarks=subject.remarks,
    )


def stopped(exam, looked: Looked, found=None) -> Report:
    """Something stood in the way before derivatives were compared."""
    subject = exam.subject
    rows, cause = [], looked.cause
    headline = f"not the {what(subject)}: {looked.sentence}" if looked.verdict == "wrong" else f"cannot be checked: {looked.sentence}"
    if looked.error is not None and found is not None and found.cause != "shape":
        cause = found.cause
    rows += slip_rows(found, cause)
    return Report(
        looked.verdict,
        headline,
        cause=cause,
        argument=looked.argument,
        evaluations=exam.prober.evaluations,
        rows=rows,
        remarks=subject.remarks,
    )


def call(function, at) -> str:
    """How a function that failed was called."""
    try:
        made = arranged(function, at)
    except (ChainruleError, TypeError, ValueError):
        return f"{called(function)} with at = {described(at)}"
    said = [f"{name} = {described(value)}" for name, value in zip(made.names, made.values)]
    return f"{called(function)}({', '.join(made.names)}) with {'; '.join(said)}"


def clause_of(report: Report) -> str:
    """What the first line of a report says after the colon."""
    return report.headline.partition(": ")[2]


def slip_rows(found, cause: str | None) -> list[tuple[str, str]]:
    """The likely slip, and the line of the person's own source that would mend it."""
    if found is None:
        hint = causes.CAUSES[cause].hint if cause in causes.CAUSES and cause not in UNASKED else None
        return [("look at", hint)] if hint else []
    rows = [("likely slip", found.slip)] if found.slip else []
    if found.replacement:
        place = f"{found.place}, line {found.line}: " if found.place and found.line else ""
        rows.append(("repair", place + found.replacement))
    if not rows:
        rows.append(("look at", causes.CAUSES[found.cause].hint))
    return rows


def wrong(exam, looked: Looked, objection: Probe, entries: Entries | None, alone: bool, found) -> Report:
    """The claim is wrong: where, by how much, and why."""
    subject, prober = exam.subject, exam.prober
    if not np.any(entries.verdict == DIFFERS):
        return somewhere(exam, objection)
    row, column = entries.worst()
    place, index = subject.place(int(entries.columns[column]))
    claimed, true = float(entries.claimed[row, column]), float(entries.true[row, column])
    bound = float(entries.bound[row, column])
    several = prober.values > 1
    name = entry_name(place.name, index)
    if several:
        name = f"{row_name(subject, int(entries.rows[row]))} by {name}"
    cause = found.cause if found else None
    where = f" of {place.name}" if len(subject.arguments) > 1 else ""
    if found:
        headline = f"not the {what(subject)}: {found.sentence}"
    else:
        headline = f"not the {what(subject)}{where}: it differs in {name}; what explains it was not found"
    known = f"true {apart(true, claimed)} ± {number(bound, 1)}"
    if entries.high[row, column] - entries.low[row, column] > 2 * bound:
        known = f"from the left {number(entries.low[row, column])}, from the right {number(entries.high[row, column])}"
    evidence = f"largest difference {number(abs(claimed - true))} in {name} (yours {apart(claimed, true)}, {known})"
    visible = abs(claimed - true) > VISIBLE * max(abs(claimed), abs(true))
    rest = remainders_of(prober, objection) if visible else None
    if rest is not None and rest.slope is not None and rest.slope < CLEARLY_LESS:
        evidence += f"; remainder slope {rest.slope:.2f}, should be 2"
    rows = [*slip_rows(found, cause), ("evidence", evidence)]
    listed = wrong_text(subject, entries, alone)
    if listed:
        rows.append(("wrong in", listed))
    if not np.array_equal(objection.x, subject.x):
        rows.append(("at", "another point than the given one, at which it is right: " + point_text(subject, objection.x)))
    rows.append(("checked", how(exam)))
    return Report(
        "wrong",
        headline,
        cause=cause,
        argument=(found and found.argument) or place.name,
        index=index,
        claimed=claimed,
        true=true,
        bound=bound,
        digits=digits(abs(claimed - true), max(abs(true), abs(claimed))),
        evaluations=prober.evaluations,
        rows=rows,
        remarks=subject.remarks,
        arguments=table(subject, entries),
        remainders=rest,
    )


def alone(exam, entries: Entries) -> str:
    """Few wrong entries of many."""
    wrong = names_of(exam.subject, entries)
    listed = ", ".join(wrong[:NAMED]) + (f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else "")
    return f"{listed} {'is' if len(wrong) == 1 else 'are'} wrong, all other {exam.subject.x.size - len(wrong):,} entries are right"


def kinked(exam, entries: Entries) -> str:
    """Wrong at a kink."""
    row, column = entries.worst()
    place, index = exam.subject.place(int(entries.columns[column]))
    low, high = float(entries.low[row, column]), float(entries.high[row, column])
    return f"there is a kink in {entry_name(place.name, index)}, where anything from {number(low)} to {number(high)} is right"


def names_of(subject: Subject, entries: Entries) -> list[str]:
    """The entries of x in which something is wrong."""
    wrong = np.flatnonzero(np.any(entries.verdict == DIFFERS, axis=0))
    return [entry_name(place.name, index) for place, index in (subject.place(int(entries.columns[k])) for k in wrong)]


def somewhere(exam, objection: Probe) -> Report:
    """The claim is wrong along a direction, and no entry stands out of the noise by itself."""
    subject, prober = exam.subject, exam.prober
    known = f"yours {apart(objection.claimed, objection.true)}, true {apart(objection.true, objection.claimed)} ± {number(objection.unknown, 1)}"
    return Report(
        "wrong",
        f"not the {what(subject)}: it differs along a random direction; which entries are wrong was not found",
        claimed=objection.claimed,
        true=objection.true,
        bound=objection.bound,
        digits=objection.digits,
        evaluations=prober.evaluations,
        rows=[("along v", known), ("checked", how(exam))],
        remarks=subject.remarks,
    )


def row_name(subject: Subject, row: int) -> str:
    """The value, or for a Hessian the entry, that a row of the derivative belongs to."""
    array, index = subject.place(row) if subject.kind == "hessian" else subject.output_place(row)
    return entry_name(array.name, index)


def remainders_of(prober, probe: Probe) -> Remainders | None:
    """The remainders of the linear model along a direction, with the claimed slope and with the true one.

    None where there is no such model: of a Hessian, at a kink, where the function has no values.
    """
    if prober.subject.kind == "hessian" or probe.is_kink or not np.all(np.isfinite([probe.claimed, probe.true])):
        return None

    def f(x):
        return np.asarray([probe.u @ prober.f(x)], dtype=float)

    claimed, true = np.array([probe.claimed]), np.array([probe.true])
    try:
        found = remainders(f, probe.x, probe.v, claimed, true, eps=prober.eps_of(prober.width))
    except Failed:  # the person's own code, at a point that is far away
        return None
    return found if np.any(np.isfinite(found.yours)) else None


def seen_later(exam) -> Callable[[], Remainders | None] | None:
    """The remainders of what was found right, for whoever asks for them: more calls of the function than it takes to pass."""
    probe = next((p for p in exam.probes if p.x is exam.subject.x and not p.is_kink), None)
    if probe is None:
        return None

    def look() -> Remainders | None:
        with preserved(exam.subject.call_f, exam.subject.call_claim):
            return remainders_of(exam.prober, probe)

    return look


def wrong_text(subject: Subject, entries: Entries, alone: bool) -> str | None:
    """Which entries are wrong, where they are few or many of several arguments."""
    names, total = names_of(subject, entries), subject.x.size
    found = counts(subject, entries)
    whole = entries.complete and all(wrong in (0, looked) for _, wrong, looked in found)
    most = NAMED if entries.complete and len(found) > 1 else MOST_WRONG
    if alone and len(names) <= most and len(names) < total and not whole:
        return ", ".join(names) + f" only, of {total:,} entries" if names else None
    parts = []
    for name, wrong, looked in found:
        said = "none" if not wrong else f"all {looked}" if wrong == looked else f"{wrong} of {looked}"
        parts.append(f"{name}: {said}" if looked > 1 else f"{name}: {'yes' if wrong else 'no'}")
    sampled = "" if entries.complete else " looked at"
    return "   ".join(parts[:NAMED]) + (" …" if len(parts) > NAMED else "") + sampled


def counts(subject: Subject, entries: Entries) -> list[tuple[str, int, int]]:
    """(name, wrong entries, entries looked at) of each argument of which some were looked at."""
    found = []
    for argument, span in subject.spans():
        inside = (entries.columns >= span.start) & (entries.columns < span.stop)
        if inside.any():
            found.append((argument.name, int(np.sum(np.any(entries.verdict[:, inside] == DIFFERS, axis=0))), int(inside.sum())))
    return found


def table(subject: Subject, entries: Entries) -> list[Compared]:
    """For each argument the entry in which its claim is worst."""
    found = []
    for argument, span in subject.spans():
        inside = np.flatnonzero((entries.columns >= span.start) & (entries.columns < span.stop))
        if not inside.size:
            found.append(Compared(argument.name, argument.shape, None, None, None, None, None, "not looked at"))
            continue
        gap = np.abs(entries.claimed[:, inside] - entries.true[:, inside])
        off = np.where(np.isnan(gap), np.inf, gap)
        row, at = np.unravel_index(int(np.argmax(np.maximum(off, entries.off[:, inside] * 2))), off.shape)
        k = inside[at]
        claimed, true, bound = (float(array[row, k]) for array in (entries.claimed, entries.true, entries.bound))
        differs = np.any(entries.verdict[:, inside] == DIFFERS)
        kinked = np.any(entries.verdict[:, inside] == KINK)
        _, index = subject.place(int(entries.columns[k]))
        verdict = "wrong" if differs else "right at a kink" if kinked else "right"
        agree = digits(max(abs(claimed - true), bound), max(abs(true), abs(claimed)))
        found.append(Compared(argument.name, argument.shape, index, claimed, true, bound, agree, verdict))
    return found


def point_text(subject: Subject, x: np.ndarray) -> str:
    """A point in a few numbers."""
    parts = []
    for argument, span in subject.spans():
        values = ", ".join(number(v) for v in x[span][:3])
        parts.append(f"{argument.name} = " + (values if not argument.shape else f"({values}{', …' if argument.size > 3 else ''})"))
    return "; ".join(parts[:3]) + ("; …" if len(parts) > 3 else "")


def apart(value: float, other: float) -> str:
    """A number in as many digits as it takes to tell it from another, four at least."""
    for shown in range(4, 17):
        if number(value, shown) != number(other, shown):
            return number(value, shown)
    return number(value)


def number(value: float, digits: int = 4) -> str:
    """A number in a few digits, as a person would write it."""
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else str(value)
    text = f"{value:.{digits}g}"
    mantissa, _, power = text.partition("e")
    return (mantissa + f"e{int(power)}" if power else text).replace("-", "−")
