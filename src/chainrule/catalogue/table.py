"""The table of identities: left-hand sides by group; each right-hand side is derived, and verified, when it is asked for.

>>> print(identities("traces")[1])
tr(AX) by X              ∇f = Aᵀ                     Petersen & Pedersen, The Matrix Cookbook (2012), (100)
"""

from __future__ import annotations

import re
from functools import cached_property

from ..core.errors import UnknownNameError, did_you_mean
from ..derivation import Derivation, derive
from ..derivation.terminal import columns
from ..syntax import Problem, read
from .entry import Entry
from .learning import LEARNING, REGRESSION
from .matrices import MATRICES
from .scalars import SCALARS, declared
from .signature import Signature
from .vectors import VECTORS

FORMULA, RESULT = 25, 28  # columns of the one-line form, where a part is no longer than that
SHORTEST = 3  # letters of a word that may be found inside another: "det" in "logdet"


class Identity:
    """A function and its derivative. The entry says the function; the derivative is derived and sealed once, when asked for."""

    def __init__(self, entry: Entry):
        self.entry = entry
        self.group, self.function, self.wrt, self.declare, self.order, self.source, self.name = entry

    @cached_property
    def problem(self) -> Problem:
        return read(self.function, self.declare)

    @cached_property
    def signature(self) -> Signature:
        return Signature(self.problem)

    @cached_property
    def primitive(self) -> Signature:
        """The signature without the number in front."""
        return Signature(self.problem, primitive=True)

    @cached_property
    def derivation(self) -> Derivation:
        """The derivation, with its seal, its steps, its LaTeX and its code."""
        return derive(self.function, self.wrt, order=self.order, declare=self.declare)

    @property
    def formula(self) -> str:
        """The left-hand side, as a book prints it."""
        return self.problem.echo

    @property
    def asked(self) -> str:
        """The left-hand side and, where there is a choice, the variable: "yᵀAx by x"."""
        return self.formula + (f" by {self.derivation.rendering.name_text(self.wrt)}" if len(self.problem.variables) > 1 else "")

    @property
    def text(self) -> str:
        """The right-hand side with its name, and the definitions it uses: "∇f = Aᵀ"."""
        d = self.derivation
        where = ", ".join(f"{name} = {definition}" for name, definition in d.where.items())
        return f"{d.symbol} = {d.text}" + (f", {where}" if where else "")

    @property
    def words(self) -> set[str]:
        """The words by which people look for it, in lower case."""
        return set(re.findall(r"[^\W\d_]+\d*", f"{self.group} {self.name} {self.function} {self.formula}".lower()))

    def mentions(self, word: str) -> bool:
        """Whether it is about `word`: a function, a name, a group, or a part of one."""
        word = word.lower().strip()
        return word in self.words or (len(word) >= SHORTEST and any(word in each for each in [*self.words, self.name.lower()]))

    def __str__(self) -> str:
        return f"{padded(self.asked, FORMULA)}{padded(self.text, RESULT)}{self.source}".rstrip()

    def __repr__(self) -> str:
        return f"<Identity {self.asked}: {self.text}>"

    def to_dict(self) -> dict:
        """The identity as plain data."""
        return {
            "group": self.group,
            "formula": self.formula,
            "wrt": self.wrt,
            "declare": self.declare,
            "order": self.order,
            "source": self.source,
            "derivation": self.derivation.to_dict(),
        }


class Identities(list):
    """Several identities, which print as a table, group by group."""

    def __str__(self) -> str:
        lines: list[str] = []
        for group in groups(self):
            lines += ["", group] if lines else [group]
            lines += [f"  {identity}" for identity in self if identity.group == group]
        return "\n".join(lines)

    def __getitem__(self, at):
        found = super().__getitem__(at)
        return Identities(found) if isinstance(at, slice) else found

    __repr__ = __str__


def padded(text: str, width: int) -> str:
    return text + " " * max(width - columns(text), 3)


ENTRIES = [
    *[entry for entry in declared() if entry.group != REGRESSION],
    *SCALARS,
    *VECTORS,
    *MATRICES,
    *declared(REGRESSION),
    *LEARNING,
]
ALL = Identities([Identity(entry) for entry in ENTRIES])


def groups(listed: list[Identity] = ALL) -> list[str]:
    """The groups, in order of appearance."""
    return list(dict.fromkeys(identity.group for identity in listed))


def identities(group: str | None = None, about: str | None = None) -> Identities:
    """The identities of one group, or those that mention a word; all of them where neither is given.

    Parameters
        group: "traces", "determinants" …; the beginning is enough.
        about: a function, an operation, a name: "det", "softmax", "least squares".

    Raises
        UnknownNameError: there is no such group, or nothing mentions the word.
    """
    for word in (group, about):
        if not isinstance(word, (str, type(None))):
            raise UnknownNameError(
                "identities are asked for by a word",
                given=repr(word),
                expected="the name of a group, or a word that they mention",
            )
    found = list(ALL)
    if group is not None:
        named = [g for g in groups() if g.lower() == group.lower()] or [g for g in groups() if g.lower().startswith(group.lower())]
        if not named:
            near = did_you_mean(group, groups())
            raise UnknownNameError(
                f"there is no group `{group}` of identities",
                given=group,
                expected=f"one of the {len(groups())} groups, such as traces, determinants, norms, Jacobians",
                fix=f"{near!r}" if near else None,
            )
        found = [identity for identity in found if identity.group in named]
    if about is not None:
        found = [identity for identity in found if identity.mentions(about)]
        if not found:
            near = did_you_mean(about, sorted({word for identity in ALL for word in identity.words}))
            raise UnknownNameError(
                f"no identity mentions `{about}`",
                given=about,
                expected="a function, an operation or a name, such as det, trace, softmax, ridge",
                fix=f"{near!r}" if near else None,
            )
    return Identities(found)
