"""Where exercises meet the checker: is this formula the derivative, or the same function as that one?

A report of the checker tells the solution. What a learner hears of it, a judgement, tells all but that.
"""

from __future__ import annotations

import re

from ..checking.report import Report
from ..core.errors import ChainruleError, ShapeError
from ..core.lazy import lazy
from ..syntax import Meaning
from .question import RIGHT, UNDECIDED, WRONG, Judgement
from .score import SLIP, with_slip

formulas = lazy(__package__, "..checking.formulas")

HIDDEN = (
    "correct",
    "derived",
    "otherwise",
    "else",
    "sizes",
    "declare",
)  # rows that tell the solution, or what stands in the exercise
IDENTITY = re.compile(r"(?<![A-Za-z_\\])I(?![\w_(])(?:_\{?\w+\}?)?")
TELLING = (  # what a report says of the formula that should stand there, and what a learner hears of it
    (re.compile(r"(?:: |; )?the true one less yours is exactly .*", re.S), ""),
    (re.compile(r"(?:: |; )?the difference is exactly .*", re.S), ""),
    (re.compile(r"the term \S.* is missing"), "a term is missing"),
    (re.compile(r"(in place of .+ there should be) .*", re.S), r"\1 another one"),
    (re.compile(r"(~+  )should be .*"), r"\1not right"),
    (re.compile(r"(?<=do not fit); with .+ in place of .+ it is right.*", re.S), ""),
    (re.compile(r"(?<=: )with .+ in place of .+ it is right.*", re.S), "one place in it is not right"),
    (re.compile(r"(?<=: )without .+ it is right.*", re.S), "something in it is too much"),
    (re.compile(r": it is another function$"), ""),
)
VERDICTS = {"right": RIGHT, "right at a kink": RIGHT, "wrong": WRONG}


def checked(function: str | Meaning, mine: str, wrt: str, order: int, declare: dict) -> Report:
    """The report on a claimed derivative of `function`.

    Raises
        ChainruleError: `mine` is not understood.
    """
    given = {} if isinstance(function, Meaning) else {"declare": declare}
    try:
        return formulas.check_formula(function, mine, wrt, order=order, **given)
    except ShapeError as error:
        return misfit(error)


def with_sizes(mine: str, beside: Meaning, dims) -> str:
    """A formula whose identity I has no size of its own, as in 2I, with that of a square result; others as they are."""
    if len(dims) != 2 or dims[0] is not dims[1] or "I" in beside.every or not IDENTITY.search(mine):
        return mine
    try:
        formulas.read_beside(mine, beside)
    except ShapeError:
        size = str(dims[0])
        return IDENTITY.sub(f"I_{size}" if size.isalpha() else f"eye({size})", mine)
    except ChainruleError:
        pass
    return mine


def same_as(true: str, mine: str, beside: Meaning, more: dict | None = None) -> Report:
    """The report on a formula that ought to be the same function as `true`; both use the names of `beside`.

    Raises
        ChainruleError: one of them is not understood.
    """
    a = formulas.read_beside(true, beside, None, more)
    try:
        b = formulas.read_beside(mine, beside, None, more)
    except ShapeError as error:
        return misfit(error)
    variables = [(v.name, v.dims, v.facts) for v in {**a.variables, **b.variables, **beside.every}.values()]
    found = formulas.compared(formulas.side(a, beside), formulas.side(b, beside), variables)
    if found.verdict == "same":
        return Report("right", "right" if not found.how else "right, in the other layout")
    if found.verdict == "undecided":
        return Report("undecided", found.reason or "the two cannot be told apart")
    if found.shapes:
        return Report("wrong", "it has another shape", cause="shape")
    return Report("wrong", "it is another function")


def misfit(error: ShapeError) -> Report:
    """A formula whose shapes do not fit one another is a wrong answer, and this says where."""
    rows = [(label, text) for label, text in (("sizes", error.given), ("needed", error.expected)) if text]
    return Report("wrong", f"the shapes do not fit: {error.problem}", cause="shape", rows=rows)


def plainly_right(report: Report) -> bool:
    """Whether an answer is right as it stands, and not in another layout or under a condition."""
    return report.right and not report.headline.startswith(("right,", "right for", "right up"))


def judged(report: Report, solutions: tuple[str, ...] = ()) -> Judgement:
    """What a learner is told of a report: the verdict and the slip, not what should stand there.

    Parameters
        solutions: texts of the solution; what contains one of them is left out.
    """
    squeezed = ["".join(text.split()) for text in (*solutions, report.correct or "") if text]
    tells = lambda text: any(len(each) > 2 and each in "".join(text.split()) for each in squeezed)
    headline = report.headline.partition(":")[0] if tells(report.headline) else untold(report.headline)
    if report.right:
        if any(label == "assumes" for label, _ in report.rows):
            return Judgement(WRONG, f"{headline.partition(';')[0]} only", (), SLIP, report.cause, report)
        layout = [
            (label, text.partition(";")[0])
            for label, text in report.rows
            if label in ("layout", "shape", "form", "means")
        ]
        return Judgement(RIGHT, "right" if plainly_right(report) else headline, tuple(layout), 1.0, None, report)
    told = [(label, untold(text)) for label, text in report.rows if label not in HIDDEN and not tells(text)]
    if any(label in ("likely slip", "example", "yours") for label, _ in told):
        told = [row for row in told if row[0] != "evidence"]
    told = [
        ("for example" if label in ("example", "evidence") else label, counted(text.partition("; remainder slope")[0]))
        for label, text in told
    ]
    verdict = VERDICTS.get(report.verdict, UNDECIDED)
    return Judgement(
        verdict, headline, tuple(told), with_slip(0.0, report.cause) if verdict == WRONG else 0.0, report.cause, report
    )


def counted(text: str) -> str:
    """A text of a report with entries as mathematics counts them, from 1, and without the rounding of numbers."""
    place = lambda match: f"{match[1]}entry {', '.join(str(int(k) + 1) for k in match[2].split(','))}{match[3]}"
    text = re.sub(r"(\()entry (\d+(?:, \d+)*)(\))", place, text)
    text = re.sub(r"(in )entry \[(\d+(?:, \d+)*)\]()", place, text)
    return re.sub(r" ± [\d.e+\-]+", "", text).replace(",)", ")")


def untold(text: str) -> str:
    """A text of a report without the formula that should stand there."""
    for pattern, said in TELLING:
        text = pattern.sub(said, text)
    return text


def together(names: list[str], judgements: list[Judgement]) -> Judgement:
    """One judgement of an answer with several entries."""
    bad = [(name, each) for name, each in zip(names, judgements) if each.verdict != RIGHT]
    share = sum(each.share for each in judgements) / len(judgements)
    if not bad:
        return judgements[0]._replace(headline="right", rows=(), share=1.0)
    verdict = WRONG if any(each.verdict == WRONG for _, each in bad) else UNDECIDED
    good = [name for name in names if name not in [n for n, _ in bad]]
    causes = {each.cause for _, each in bad}
    rows = [(name, each.headline.partition(": ")[2] or each.headline) for name, each in bad[:3]]
    if len(bad) == 1:
        rows += bad[0][1].rows
    if good:
        be = ["is" if len(names) == 1 else "are" for names in (good, bad)]
        said = f"{listing(good)} {be[0]} right, {listing([n for n, _ in bad])} {be[1]} not"
    else:
        said = "none of the entries is right"
    return Judgement(verdict, said, tuple(rows), share, causes.pop() if len(causes) == 1 else None, bad[0][1].report)


def listing(words: list[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
