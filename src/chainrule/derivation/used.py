"""Which declared facts a result used: those without which it would have been another.

Found by leaving facts out and deriving again, so that no part of the engine need keep a record. Of facts that imply
one another the weakest is named that gives the same result: for a positive definite S whose symmetry was used, "S
symmetric (posdef)". What the seal needs to draw points at which the function is defined is not used in this sense.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from functools import wraps
from typing import NamedTuple

from ..core.errors import ChainruleError
from ..core.facts import implied
from ..core.node import symbol
from ..matrix import render
from .differentiate import differentiated

SAID = {  # of facts whose word does not say it by itself, as read after "S"
    "positive": "> 0",
    "nonneg": "≥ 0",
    "negative": "< 0",
    "labels01": "0 or 1",
    "mask01": "0 or 1",
    "labelspm1": "±1",
    "psd": "positive semidefinite",
    "posdef": "positive definite",
}
SAID_OF_ROWS = {"onehot": "one-hot", "prob": "probabilities"}


class Used(NamedTuple):
    """A fact that a result used. `declared` is the word that was declared, `fact` the weakest one that is enough."""

    variable: str
    fact: str
    declared: str
    ndim: int

    def __str__(self) -> str:
        if self.fact == "sum1":
            said = f"rows of {self.variable} sum to 1" if self.ndim > 1 else f"{self.variable} sums to 1"
        elif self.fact in ("labels01", "mask01", "labelspm1"):
            said = f"{'entries of ' if self.ndim else ''}{self.variable} {'are' if self.ndim else 'is'} {SAID[self.fact]}"
        else:
            said = f"{self.variable} {SAID.get(self.fact, self.fact)}"
        plain = self.declared in (self.fact, SAID.get(self.fact)) or SAID.get(self.declared) == SAID.get(self.fact, "")
        return said if plain else f"{said} ({SAID_OF_ROWS.get(self.declared, self.declared)})"

    def to_dict(self) -> dict:
        return {"variable": self.variable, "fact": self.fact, "declared": self.declared, "text": str(self)}


def used(d) -> list[Used]:
    """The facts that the result of the derivation `d` used, in the order of its variables."""
    return used_by(d.problem, (d.text, d.where), lambda problem: derived_again(d, problem))


def used_by(problem, shown: tuple, again: Callable) -> list[Used]:
    """The facts of a problem that what is `shown` of it used: (text, definitions).

    No smaller set of these facts gives the same result; where several such sets exist, it is one of them.

    Parameters
        again: from a problem to what would be shown of it; called with facts left out.
    """
    given = {name: v.facts for name, v in problem.variables.items() if v.facts}
    if not given:
        return []
    known: dict[frozenset, bool] = {frozenset(given.items()): True}  # derived once for each choice of facts

    def same(facts: dict[str, frozenset[str]]) -> bool:
        key = frozenset(facts.items())
        if key not in known:
            known[key] = result_with(problem, facts, again) == shown
        return known[key]

    if same(dict.fromkeys(given, frozenset())):
        return []
    kept = {name: facts.union(*map(implied, facts)) for name, facts in given.items()}
    if not same(kept):  # two spellings of a fact at once may be sorted differently in the printed sum
        kept = dict(given)
    for name in given:
        for dropped in [kept[name], *[{word} for word in strongest_first(kept[name])]]:
            fewer = kept | {name: kept[name] - dropped}
            if fewer != kept and same(fewer):
                kept = fewer
    return [
        Used(name, word, word if word in given[name] else source(word, given[name]), len(problem.variables[name].dims))
        for name in given
        for word in strongest_first(kept[name])
    ]


def result_with(problem, facts: dict[str, frozenset[str]], again: Callable) -> tuple | None:
    """What would be shown had the variables only these facts; None if nothing could be derived."""
    other = copy.copy(problem)
    other.variables = {n: v._replace(facts=facts[n]) if n in facts else v for n, v in problem.variables.items()}
    try:
        return again(other)
    except ChainruleError:
        return None


def derived_again(d, problem) -> tuple:
    """(text, definitions) of the derivation `d` for a problem that differs from its own in facts."""
    symbols = [symbol(v.name, v.dims, v.facts) for v in problem.every.values()]
    made = differentiated(problem, d.wrt, d.order)
    wrt = next(s for s in symbols if s.name == d.wrt)
    shown = render(made.node, made.nodes[0].ndim, wrt_name=wrt, names=made.names, taken=symbols, layout=d.layout)
    return shown.text(), shown.where_text()


def repeatable(make: Callable) -> Callable:
    """Lets the answer that `make(function, wrt, …)` returns be made again of another problem, unchecked: its `again`."""
    signature = inspect.signature(make)

    @wraps(make)
    def made(function, *arguments, **options):
        found = make(function, *arguments, **options)
        if hasattr(found, "again"):
            asked = dict(signature.bind(function, *arguments, **options).arguments)
            for parameter in signature.parameters.values():
                if parameter.kind is parameter.VAR_KEYWORD:
                    asked |= asked.pop(parameter.name, {})
            del asked["function"]
            asked |= {"declare": None, "dialect": None, "seal": False}
            found.again = lambda problem: make(problem, **asked)
        return found

    return made


def strongest_first(facts: frozenset[str]) -> list[str]:
    """The words, each before those that it implies."""
    return sorted(facts, key=lambda word: (-len(implied(word)), word))


def source(word: str, declared: frozenset[str]) -> str:
    """The declared fact that implies `word`."""
    return next(fact for fact in strongest_first(declared) if word in implied(fact))
