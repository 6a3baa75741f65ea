"""Finding an identity by its function, whatever the variables are called and however it is spelled.

A text and an entry say the same if their graphs are one node once the variables of the text bear the names, sizes and
facts of the entry's. The graph is canonical, so tr(A X), tr(X A) and tr(Y.T @ B.T) are found alike. A signature that
knows no names decides first which entries are worth the comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import permutations

from ..core.algebra import scale, substitute
from ..core.errors import ChainruleError
from ..core.facts import implied
from ..core.node import Node, Number, symbol
from ..derivation import Derivation, derive
from ..derivation.derive import checked_order, checked_variable
from ..derivation.terminal import block, row
from ..simplify import consolidate
from ..syntax import Problem, read
from .signature import Signature, content, graph
from .table import ALL, Identity

NEAREST = 3  # identities that are named where none is the same
LIKE = 0.3  # of the parts in common, below which nothing is called near
HIGHEST_ORDER = 2
MOST = 500  # renamings that are tried


class Match:
    """An identity that a text is, up to the names of its variables and a number in front.

    Attributes
        identity: the entry of the table.
        names: the person's variable for each of the identity's.
        multiple: the number that the identity's function is multiplied by.
        derivation: the derivative in the person's own names, with its seal.
    """

    def __init__(
        self, identity: Identity, names: dict[str, str], problem: Problem, declare: dict[str, str], as_read: bool, multiple: Number = 1
    ):
        self.identity, self.names, self.as_read, self.multiple = identity, names, as_read, multiple
        order = list(problem.variables)
        self.places = [order.index(name) for name in names.values()]  # of the person's variables, in the identity's order
        self._text, self._declare, self._dialect = problem.text, declare, problem.dialect

    @cached_property
    def derivation(self) -> Derivation:
        if all(old == new for old, new in self.names.items()) and self._text == self.identity.function:
            return self.identity.derivation
        wrt = self.names[self.identity.wrt]
        return derive(self._text, wrt, order=self.identity.order, declare=self._declare, dialect=self._dialect)

    def rows(self) -> list[tuple[str, str, str]]:
        """The derivation's rows, with the identity and its source before the evidence."""
        found = self.derivation.rows()
        at = next(k for k, (label, _, _) in enumerate(found) if label in ("verified", "not verified"))
        renamed = [f"{new} for {old}" for old, new in self.names.items() if old != new]
        said = self.identity.group
        if self.multiple != 1:
            said = f"{self.multiple} × {said}".replace("-", "−", self.multiple < 0)
        if renamed or self.multiple != 1:
            said += f": {self.identity.asked}, {self.identity.text}"
        if renamed:
            said += f"; here {', '.join(renamed)}"
        mine = [("identity", said, "")]
        if self.identity.source:
            mine.append(("source", self.identity.source, ""))
        return found[:at] + mine + found[at:]

    def __str__(self) -> str:
        return block([row(*entry) for entry in self.rows()])

    def to_dict(self) -> dict:
        said = {"identity": self.identity.to_dict(), "names": self.names, "multiple": str(self.multiple)}
        return said | {"derivation": self.derivation.to_dict()}


class Found:
    """What was found for a text: the identities that it is, or those nearest to it and its own derivation.

    Attributes
        problem: the text as read.
        matches: the identities that say the same, up to names; those as the text was read first.
        nearest: where there is none, the identities that share most with it.
        derivation: where there is none, the derivative as derived afresh; None where the variable is not said.
    """

    def __init__(self, problem: Problem, matches: list[Match], nearest: list[Identity], derivation: Derivation | None):
        self.problem, self.matches, self.nearest, self.derivation = problem, matches, nearest, derivation

    @property
    def verified(self) -> bool:
        shown = [match.derivation for match in self.matches] + ([self.derivation] if self.derivation else [])
        return all(d.verified for d in shown)

    @property
    def derivations(self) -> list[Derivation]:
        """What is shown: one for each match, or the one that was derived afresh."""
        return [match.derivation for match in self.matches] or ([self.derivation] if self.derivation else [])

    def blocks(self) -> list[list[tuple[str, str, str]]]:
        """The rows that are shown, identity by identity."""
        if self.matches:
            return [match.rows() for match in self.matches]
        said = f"no identity is exactly {self.problem.echo}" + (", nearest:" if self.nearest else "")
        found: list[tuple[str, str, str]] = [("note", said, "")]
        found += [("", f"{identity.asked}, {identity.text}", "") for identity in self.nearest]
        if self.derivation:
            return [[*found, ("", "it was derived afresh:", "")], self.derivation.rows()]
        variables = " or ".join(self.problem.variables)
        return [[*found, ("", f"say which variable to derive by, {variables}, and it is derived afresh", "")]]

    def __str__(self) -> str:
        return "\n\n".join(block([row(*entry) for entry in rows]) for rows in self.blocks())

    def __repr__(self) -> str:
        return f"<Found {[match.identity for match in self.matches] or 'nothing'}>"

    def to_dict(self) -> dict:
        """What was found as plain data."""
        return {
            "format": "chainrule.identity/1",
            "read_as": self.problem.echo,
            "verified": self.verified,
            "matches": [match.to_dict() for match in self.matches],
            "nearest": [identity.to_dict() for identity in self.nearest],
            "derivation": self.derivation.to_dict() if self.derivation else None,
        }


def identity(function: str, wrt: str | None = None, declare=None, order: int = 1, dialect: str | None = None) -> Found:
    """The identity that a function is, up to the names of its variables, with its derivative and source.

    Parameters
        function, declare, dialect: as for `derive`.
        wrt: the variable to derive by; any that an identity of the table derives by, where it is not given.
        order: 1 for gradients and Jacobians, 2 for Hessians.

    Returns
        Found; its `matches` are empty where the table has no such identity, nor one that a number in front makes
        this function, and then it was derived afresh.

    Raises
        ParseError, ShapeError, DeclarationError, UnknownNameError: as `derive`.
    """
    checked_order(order, HIGHEST_ORDER)
    problem = read(function, declare, dialect)
    if wrt is not None:
        wrt = checked_variable(problem, wrt).name
    found = matches(problem, wrt, order)
    if not found and (numbers := of_numbers(problem, declare)):
        found = matches(numbers, wrt, order)
        problem = numbers if found else problem
    if not found:
        found = matches(problem, wrt, order, multiples=True)
    if found:
        return Found(problem, found, [], None)
    only = wrt or (next(iter(problem.variables)) if len(problem.variables) == 1 else None)
    afresh = derive(function, only, order=order, declare=declare, dialect=dialect) if only else None
    return Found(problem, [], nearest(problem, order), afresh)


# ------------------------------------------------------------------ matching


def of_numbers(problem: Problem, declare) -> Problem | None:
    """√x or exp(a x) of an undeclared vector x, read again as of a number; None where it is no such text."""
    loose = [v for v in problem.variables.values() if not v.declared]
    entrywise = len(problem.dims) == 1 and all(len(v.dims) < 2 for v in problem.variables.values())
    if not entrywise or not loose or isinstance(declare, Mapping):
        return None
    try:
        return read(problem.text, ", ".join(filter(None, [declare, *[f"{v.name}: scalar" for v in loose]])), problem.dialect)
    except ChainruleError:
        return None


def matches(problem: Problem, wrt: str | None, order: int, multiples: bool = False) -> list[Match]:
    """The identities that the problem is, best first: as it was read, with most facts, with its own names.

    With `multiples` those as well that it is a number times.
    """
    mine = Signature(problem, multiples)
    found = []
    for entry in ALL:
        if entry.order != order or entry.declare.count(":") != len(problem.variables):
            continue
        if (entry.primitive if multiples else entry.signature).whole == mine.whole:
            found += [m for m in [best(renamings(mine, entry, wrt, multiples))] if m]
    found.sort(key=lambda m: (not m.as_read, -facts_of(m.identity), _renamed(m)))
    first = {}  # of several by one variable, that with most facts: S⁻¹ and not X⁻ᵀ for a symmetric S
    for match in found:
        first.setdefault(match.names[match.identity.wrt], match)
    return list(first.values())


def renamings(mine: Signature, entry: Identity, wrt: str | None, multiples: bool = False) -> Iterator[Match]:
    """Every way to read the variables of the problem as those of the entry, so that both are one function."""
    problem, target = mine.problem, graph(entry.problem)
    theirs = entry.primitive if multiples else entry.signature
    own = list(entry.problem.variables.values())
    for number, chosen in enumerate(permutations(problem.variables.values())):
        if number == MOST:
            return
        if any(mine.roles.get(v.name) != theirs.roles.get(e.name) for v, e in zip(chosen, own)):
            continue
        names = {e.name: v.name for e, v in zip(own, chosen)}
        if (wrt is not None and names[entry.wrt] != wrt) or not all(has_facts(v, e) for v, e in zip(chosen, own)):
            continue
        same_ranks = all(len(v.dims) == len(e.dims) for v, e in zip(chosen, own))
        if same_ranks and not is_instance([(d, c) for v, e in zip(chosen, own) for d, c in zip(e.dims, v.dims)]):
            continue
        if not same_ranks and any(v.declared and len(v.dims) != len(e.dims) for v, e in zip(chosen, own)):
            continue
        declare = {v.name: words_for(e) for v, e in zip(chosen, own)}
        try:
            again = graph(read(problem.text, declare, problem.dialect))
        except ChainruleError:
            continue
        mapping = {symbol(v.name, e.dims, e.facts): symbol(e.name, e.dims, e.facts) for v, e in zip(chosen, own)}
        multiple = ratio(consolidate(substitute(again, mapping)), target, multiples)
        if multiple is not None:
            given = {v.name: words_for(v) for v in chosen}
            yield Match(entry, names, problem, given if same_ranks else declare, same_ranks, multiple)


def ratio(mine: Node, theirs: Node, multiples: bool) -> Number | None:
    """The number by which one function is another, which is 1 unless `multiples` are sought; None if there is none."""
    if mine is theirs:
        return 1
    size = content(mine) / content(theirs)
    return next((c for c in (size, -size) if multiples and consolidate(scale(c, theirs)) is mine), None)


def words_for(variable) -> str:
    """The sizes and facts of a variable, as they are declared."""
    return " ".join([*(map(str, variable.dims) if variable.dims else ["scalar"]), *sorted(variable.facts)])


def has_facts(variable, entry) -> bool:
    """Whether what is declared of a variable implies what the entry declares of its own."""
    return entry.facts <= variable.facts.union(*map(implied, variable.facts))


def is_instance(pairs: list) -> bool:
    """Whether each size of the entry has one size of the problem."""
    return len({*pairs}) == len({theirs for theirs, _ in pairs})


def best(found: Iterator[Match]) -> Match | None:
    """The renaming that keeps most names, and else the order of the variables."""
    return min(found, key=_renamed, default=None)


def _renamed(match: Match) -> tuple:
    """How far the names are from the identity's: how many differ, then how many are out of order."""
    places = match.places
    return sum(a != b for a, b in match.names.items()), sum(a > b for a, b in zip(places, places[1:]))


def facts_of(identity: Identity) -> int:
    return sum(len(v.facts) for v in identity.problem.variables.values())


# ------------------------------------------------------------------ what is near


def nearest(problem: Problem, order: int) -> list[Identity]:
    """The identities that have most parts in common with the problem, best first."""
    mine = Signature(problem)
    scored = [(mine.alike(each.signature), -number, each) for number, each in enumerate(ALL) if each.order == order]
    return [each for score, _, each in sorted(scored, reverse=True, key=lambda s: s[:2])[:NEAREST] if score >= LIKE]
