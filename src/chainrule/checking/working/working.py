"""The referee of a derivation: every line is true, or false with numbers that show it, or true but a large step.

>>> from chainrule.checking.working import check_working
>>> print(check_working('''
... f = ||X w - y||^2 + lam ||w||^2
... df = 2 (X w - y)^T X dw + lam w^T dw
... '''))  # doctest: +SKIP

Each line is judged by the definitions, and never by the lines above it: after a mistake the others are still right or wrong by
themselves, and what only repeats the mistake says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...core.errors import ChainruleError, UnknownNameError, bounded
from ...derivation.terminal import Row, Style, block, columns
from ...derivation.terminal import plain as unstyled
from ...syntax import called
from ...syntax.names import split_subscript
from .claims import Understood, understood
from .notebook import html
from .referee import Referee

VERDICTS = {"right": 0, "wrong": 1, "not checkable": 2, "undecided": 3}
SIGNS = {
    "given": "·",
    "right": "✓",
    "wrong": "✗",
    "follows": "↳",
    "unread": "?",
    "undecided": "?",
    "fact": "·",
    "solved": "·",
}
ROLES = {"right": "good", "wrong": "bad", "follows": "bad", "unread": "note", "undecided": "note"}
MOST = 8  # letters that are tried as numbers one by one
WIDTH = 110
LABEL = 14  # columns for "likely slip", "correct", "between"
WIDEST = 64  # columns of a formula beside which its verdict still stands


class Line:
    """One line and what was found of it.

    Attributes
        number, text, reason: its place, what it says, and the words that stood beside it.
        verdict: "given" (a definition), "fact" (it states one), "right", "wrong", "follows" (false, but it follows from a line above that
            is), "undecided", "unread", or "solved" (it sets a variable, which is no claim about the function).
        rule: the rules of calculus that it uses, where they were found.
        counterexample: numbers that show that it is false.
        slip: the mistake, where one explains the difference exactly; `cause` is its word.
        true: what it should say.
        between: the lines of our own that stand between it and what comes before, where the step is large.
        follows: the number of the false line that it follows from.
        notes: facts that it uses, how it was read, and other remarks.
        error: why it could not be read.
    """

    def __init__(self, number: int, text: str, reason: str = ""):
        self.number, self.text, self.reason = number, text, reason
        self.verdict = "given"
        self.rule = ""
        self.counterexample: str | None = None
        self.slip: str | None = None
        self.cause: str | None = None
        self.true: str | None = None
        self.between: list[str] = []
        self.follows: int | None = None
        self.notes: list[str] = []
        self.error: ChainruleError | None = None
        self.misfit = False  # it is false, or cannot be read, because of sizes
        self.shown = text  # as it stands in a terminal

    @property
    def aside(self) -> str:
        """The verdict in a few words, as it stands beside the line."""
        sign = SIGNS[self.verdict]
        if self.verdict == "follows":
            return f"{sign} follows from line {self.follows}, which is wrong"
        if self.verdict == "unread":
            return f"{sign} {self.error.problem if self.error is not None else 'not read'}"
        if self.verdict == "right" and self.between:
            return "; ".join([f"{sign} true, but a large step", *self.notes])
        said = "not decided" if self.verdict == "undecided" else "; ".join(filter(None, [self.rule, *self.notes]))
        return f"{sign} {said}".rstrip()

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(label, text) of what is said below the line."""
        found = [("between" if not k else "", text) for k, text in enumerate(self.between)]
        if self.verdict in ("wrong", "undecided"):
            at, _, said = (self.counterexample or "").partition(": ")
            found += [("shown by", f"{said}   {at}")] if said else []
            found += [("likely slip", self.slip)] if self.slip else []
            found += [("correct", self.true)] if self.true else []
        if self.verdict == "unread" and self.error is not None:
            found += [
                (label, text.replace("\n", " "))
                for label, text in (("expected", self.error.expected), ("fix", self.error.fix))
                if text
            ]
        return found

    def to_dict(self) -> dict:
        return {
            "number": self.number,
            "text": self.text,
            "reason": self.reason,
            "verdict": self.verdict,
            "rule": self.rule,
            "counterexample": self.counterexample,
            "slip": self.slip,
            "cause": self.cause,
            "true": self.true,
            "between": list(self.between),
            "follows": self.follows,
            "notes": list(self.notes),
            "error": None if self.error is None else self.error.to_dict(),
        }

    def __repr__(self) -> str:
        return f"<{self.number}  {self.text}   {self.aside}>"


class Working:
    """A derivation that was checked line by line: a sequence of `Line`.

    Attributes
        verdict: "wrong" if a line is; else "not checkable" if a line could not be read or nothing was claimed, "undecided" if the
            truth of a line could not be decided; else "right".
        lines: the lines.
        notes: how the derivation was read.
    """

    format = "chainrule.working/1"

    def __init__(self, lines: list[Line], notes: list[str], layout: str, understood: Understood):
        self.lines, self.notes, self.layout, self.understood = lines, notes, layout, understood

    def score(self) -> tuple[int, int]:
        """How much sense the lines make as they were read: the fewer that are false or cannot be read, the more."""
        return -sum(line.verdict in ("wrong", "follows", "unread") for line in self.lines), sum(
            line.verdict == "right" for line in self.lines
        )

    @property
    def verdict(self) -> str:
        found = {line.verdict for line in self.lines}
        if found & {"wrong", "follows"}:
            return "wrong"
        if "unread" in found or "right" not in found and "undecided" not in found:
            return "not checkable"
        return "undecided" if "undecided" in found else "right"

    @property
    def loose(self) -> int:
        """How many of the things that nothing else is made of are no numbers, as a loss should be."""
        world = self.understood.world
        used = {m for n in world.definitions for m in world.depends(n)}
        return sum(bool(e.dims) for n, e in world.definitions.items() if n not in used)

    @property
    def right(self) -> bool:
        return self.verdict == "right"

    @property
    def exit_code(self) -> int:
        """0 right, 1 wrong, 2 not checkable, 3 undecided."""
        return VERDICTS[self.verdict]

    @property
    def mistakes(self) -> list[Line]:
        """The lines at which a mistake is made: false, and following from no false line."""
        return [line for line in self.lines if line.verdict == "wrong"]

    @property
    def headline(self) -> str:
        wrong, total = (
            self.mistakes,
            sum(line.verdict in ("right", "wrong", "follows", "undecided") for line in self.lines),
        )
        right = sum(line.verdict == "right" for line in self.lines)
        unread = sum(line.verdict == "unread" for line in self.lines)
        if wrong:
            at = ", ".join(str(line.number) for line in wrong)
            said = f"✗ the mistake is in line {at}" if len(wrong) == 1 else f"✗ there are mistakes in lines {at}"
        elif self.verdict == "right":
            return f"✓ every line is true ({right} checked)" if right > 1 else "✓ the line is true"
        else:
            said = "? not every line could be judged" if right else "? no line could be judged"
        rest = [f"{right} of {total} true" if total else "", f"{unread} not read" if unread else ""]
        rest = [r for r in rest if r]
        return said + (f" ({', '.join(rest)})" if rest else "")

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self):
        return iter(self.lines)

    def __getitem__(self, place):
        return self.lines[place]

    def __bool__(self) -> bool:
        return self.right

    def entries(self) -> list[Row]:
        """The rows of the report: the verdict, then each line with what there is to say of it."""
        role = {"✓": "good", "✗": "bad"}.get(self.headline[0], "note")
        rows = [Row("", self.headline, role=role)]
        column = max([columns(line.shown) for line in self.lines if columns(line.shown) <= WIDEST], default=0)
        for line in self.lines:
            width, own = columns(line.shown), ROLES.get(line.verdict, "note")
            if width <= WIDEST:
                rows.append(
                    Row(f"{line.number:>3}  ", line.shown + " " * (column - width + 3) + line.aside, role="step")
                )
            else:
                rows += [Row(f"{line.number:>3}  ", line.shown, role="step"), Row(" " * 7, line.aside, role=own)]
            rows += [Row(f"       {label:<{LABEL}}", text, role=own) for label, text in line.rows]
        return rows + [Row("note  ", note, role="note") for note in self.notes]

    def text(self, width: int | None = None, style: Style = unstyled) -> str:
        """The report as a block of lines, at most `width` columns wide where its words allow it."""
        return block(self.entries(), width, style)

    def __str__(self) -> str:
        return self.text(WIDTH)

    __repr__ = __str__

    def to_dict(self) -> dict:
        """The report as plain data, for `--json` and the web."""
        return {
            "format": self.format,
            "verdict": self.verdict,
            "headline": self.headline,
            "layout": self.layout,
            "mistakes": [line.number for line in self.mistakes],
            "lines": [line.to_dict() for line in self.lines],
            "notes": list(self.notes),
        }

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self), "text/html": html(self)}


def check_working(text: str, wrt: str | None = None, declare: str | Mapping | None = None) -> Working:
    """A derivation checked line by line.

    Parameters
        text: a line for each step, in textbook notation, or LaTeX's `aligned` and its kin: definitions (f = …, p = softmax(z)),
            differentials (df = …), derivatives (∇f, ∂L/∂z_k, df/dx, f′(x), J, H), with free indices and δ_ik if wanted. A line that begins
            with `=` goes on. Words in brackets or behind # are kept and not judged.
        wrt: what ∇f and f′ are taken by, where the derivation does not say.
        declare: shapes and facts, "X: m n, y: n onehot", as for `derive`.

    Returns
        A Working: the verdict, and for each line whether it is true, with a counter-example and the slip where it is not.

    Raises
        DeclarationError, ParseError, LimitError: the text is none, is empty or too long, or `declare` cannot be read.
        UnknownNameError: `wrt` is no name of the derivation.
    """
    best = _checked(text, wrt, declare, "")
    if best.verdict == "right":
        return best
    # what letters stand for was not said: perhaps they are all numbers, or all vectors and matrices
    for ranks in ("letters", "rows") if _has_matrices(best.understood) else ("numbers",):
        other = _checked(text, wrt, declare, ranks)
        if other.right or ranks != "rows":
            best = max(best, other, key=Working.score)  # the first of equals
    if any(line.misfit for line in best) and best.loose:  # or a letter that was taken as a vector is a number
        vectors = [n for n, (dims, _) in best.understood.world.variables.items() if len(dims) == 1]
        for name in vectors[:MOST]:
            other = _checked(text, wrt, declare, f"number {name}")
            if other.loose < best.loose:
                best = max(best, other, key=Working.score)
    return best


def _checked(text: str, wrt: str | None, declare, ranks: str) -> Working:
    found = understood(text, declare, ranks)
    if wrt is not None:
        name = called(wrt) if isinstance(wrt, str) else wrt
        names = [*found.world.variables, *found.world.definitions]
        if names and name not in names:
            raise UnknownNameError(
                f"`{wrt}` is not a name of the derivation", given=bounded(repr(wrt)), expected=" or ".join(f"`{n}`" for n in names),
            )  # fmt: skip
        wrt = name
    lines = [Line(row.number, row.text, row.reason) for row in found.rows]
    referee = Referee(found, wrt, lines)
    referee.judge()
    return Working(lines, referee.notes, referee.layout, found)


def _has_matrices(found: Understood) -> bool:
    """Whether anything in a derivation speaks for vectors or matrices: a transpose, a norm, a capital, an index, a function of them."""
    names = [n for n in (*found.world.variables, *found.world.definitions) if n not in ("L", "J", "E", "C")]
    if any(split_subscript(n)[0][:1].isupper() and len(split_subscript(n)[0]) == 1 for n in names):
        return True
    written = "".join(row.text for row in found.rows)
    return (
        re.search(
            r"\^\{?\\?(?:T|top|intercal)|[ᵀ⊤⊙‖∥∇Σ∑]|\|\||\\(?:sum|nabla|odot|lVert|\|)|grad |softmax|tr\(|det|diag|norm|sum|mean|_[ijk]",
            written,
        )
        is not None
    )
