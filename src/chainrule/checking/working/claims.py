"""From rows to a world and the claims that are made in it: which statements define a name, and which say that two things are equal.

A statement defines a name if the name stands alone on its left, as f, f(x) or p_i, and nothing was known by it. What a name is
may be said after it was used (L = −Σ y_i log p_i, p = softmax(z)), as long as nothing was differentiated yet.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ...core.errors import ChainruleError, DeclarationError, LimitError, ParseError
from ...core.facts import FACTS
from ...syntax import called
from ...syntax.declare import declarations
from ...syntax.names import split_subscript
from ...syntax.vocabulary import is_function
from .left import (
    entries,
    in_order,
    index_letters,
    is_primed_head,
    left_side,
    letters_in,
    ordinary,
    readable,
    summed,
)
from .lines import Row, declared_in, fact_of, rows_of
from .quantities import By, Finder, Quantity
from .tokens import Names, Token, group, spelled, tokens_of
from .world import World

LONGEST = 20_000  # characters of a derivation
MOST = 200  # lines
_SUM_TO_ONE = re.compile(
    r"(?:[Σ∑]|\\sum)\s*(?:_?\{?[a-zᵢⱼₖ](?:=1)?\}?(?:\^\{?\w\}?)?)?\s*(\w)(?:_\{?\w\}?|[ᵢⱼₖ])?\s*=\s*1\b"
)
_FACT_WORDS = {
    "sym": "symmetric", "one-hot": "onehot", "one hot": "onehot", "onehot": "onehot", "positive definite": "posdef", "a distribution": "prob",
    "a probability vector": "prob", "probabilities": "prob", "prob": "prob",
}  # fmt: skip


class Claim(NamedTuple):
    """`head` = `side`, as a line says it.

    row      the place of its line
    head     tokens of what the chain is about: the first side
    before   tokens of the side right before this one
    side     tokens of this side
    """

    row: int
    head: tuple[Token, ...]
    before: tuple[Token, ...]
    side: tuple[Token, ...]


class Understood(NamedTuple):
    """What a derivation says.

    world, quantities    the definitions, and the derivatives in all lines
    rows                 the lines
    claims               what they say is equal
    defines              place of a row → the names that it defines
    unread               place of a row → why it cannot be read
    assumed              place of a row → the facts that it states
    solves               places of rows that set a variable, which is no claim about the function
    texts                place of a row in LaTeX → the same to be read in a terminal
    """

    world: World
    quantities: list[Quantity]
    rows: list[Row]
    claims: list[Claim]
    defines: dict[int, list[str]]
    unread: dict[int, ChainruleError]
    assumed: dict[int, list[tuple[str, str]]]
    solves: dict[int, str]
    texts: dict[int, str]


class Definition(NamedTuple):
    row: int
    name: str
    low: str
    tokens: tuple[Token, ...]


def understood(text: str, declare=None, ranks: str = "") -> Understood:
    """The derivation that a text is.

    `ranks` says how undeclared letters are taken: "" as the text language does, "numbers" all as numbers, "letters" small ones as vectors and
    capitals as matrices, "rows" all as matrices, of which some may have one row, "number y" y as a number.

    Raises
        DeclarationError: it is no text, or `declare` cannot be read.
        ParseError: there is no line in it that says anything.
        LimitError: it is too long.
    """
    if not isinstance(text, str):
        raise DeclarationError(
            "a derivation is given as a text",
            given=type(text).__name__,
            expected="one line for each step: f = …, df = …, ∇f = …",
        )
    if len(text) > LONGEST:
        raise LimitError(
            "the derivation is too long",
            given=f"{len(text):,} characters",
            expected=f"at most {LONGEST:,}",
            fix="check it in parts",
        )
    rows = rows_of(text)
    if not rows:
        raise ParseError(
            "the derivation holds no line", text, None, expected="one line for each step: f = …, df = …, ∇f = …"
        )
    if len(rows) > MOST:
        raise LimitError(
            "the derivation has too many lines",
            given=f"{len(rows)} lines",
            expected=f"at most {MOST}",
            fix="check it in parts",
        )
    return _Reader(rows, World(declare), ranks).read()


class _Reader:
    def __init__(self, rows: list[Row], world: World, ranks: str = ""):
        self.rows, self.world, self.ranks = rows, world, ranks
        self.unread: dict[int, ChainruleError] = {}
        self.assumed: dict[int, list[tuple[str, str]]] = {}
        self.defines: dict[int, list[str]] = {}
        self.solves: dict[int, str] = {}
        self.hints: dict[str, int] = {}
        self.stated: set[int] = set()
        self.chains: list[tuple[int, bool, list[list[Token]]]] = []  # (row, goes on, sides)

    def read(self) -> Understood:
        for k, row in enumerate(self.rows):
            self._facts(k, row)
            for statement in row.statements:
                fact = fact_of(statement.sides[0]) if len(statement.sides) == 1 else None
                if fact is not None:
                    self._state(k, *fact)
                    continue
                declared = declared_in(statement.sides[0]) if len(statement.sides) == 1 else None
                if declared is not None:
                    try:
                        self.world.declared |= declarations(declared)
                        self.stated.add(k)
                    except ChainruleError as error:
                        self.unread[k] = error
                    continue
                try:
                    sides = []
                    for side in statement.sides:
                        tokens, hints = tokens_of(side, row.latex, tuple(self.world.declared))
                        sides.append(tokens)
                        self.hints |= hints
                except ChainruleError as error:
                    self.unread[k] = error
                    continue
                self.chains.append((k, statement.goes_on, sides))
        self._split_names()
        definitions, claims = self._sorted()
        return self._built(definitions, claims)

    # ---------------------------------------------------------------- facts in words

    def _facts(self, k: int, row: Row) -> None:
        m = _SUM_TO_ONE.search(row.reason)
        if m:
            self._state(k, m.group(1), "sum1")
        for piece in re.split(r"[,;]|\band\b|\bsince\b|\bbecause\b|\bas\b", row.reason):
            found = fact_of(piece)
            if found is not None:
                self._state(k, *found)

    def _state(self, k: int, name: str, word: str) -> None:
        word = "sum1" if word.startswith("sum") else _FACT_WORDS.get(word, word)
        if word in FACTS:
            self.assumed.setdefault(k, []).append((called(name), word))

    # ---------------------------------------------------------------- names

    def _split_names(self) -> None:
        lefts = {
            left[0]
            for _, goes_on, sides in self.chains
            if not goes_on and len(sides) > 1
            for left in [left_side(sides[0], sides[1:])]
            if left
        }
        for left in list(lefts):  # df, dX on a left side are differentials of what is there
            if left[0] == "d" and len(left) > 1 and left not in self.world.declared:
                lefts.discard(left)
        every = [side for _, _, sides in self.chains for side in sides]
        defined = {n for n in lefts if not (n[:4] == "grad")}
        self.names = Names(every, defined, set(self.world.declared))
        for k, (row, goes_on, sides) in enumerate(self.chains):
            sides = [self.names.apart(side) for side in sides]
            free = letters_in(sides[0]) if len(sides) > 1 or goes_on else set()
            self.chains[k] = (row, goes_on, [summed(side, free) for side in sides])

    # ---------------------------------------------------------------- definitions and claims

    def _sorted(self) -> tuple[list[Definition], list[tuple[int, bool, list[list[Token]]]]]:
        known: set[str] = set()
        used: set[str] = set()
        before: set[str] = set()  # what was used before anything was differentiated
        started = False
        definitions: list[Definition] = []
        claims = []
        for row, goes_on, sides in self.chains:
            left = None if goes_on or len(sides) < 2 else left_side(sides[0], sides[1:])
            marked = any(t.kind == "mark" or t.value == "'" and t.kind == "op" for side in sides for t in side)
            if left is not None:
                name, low, arguments = left
                right = {
                    n
                    for side in sides[1:]
                    for t in side
                    if t.kind == "name"
                    for n in (t.value, split_subscript(t.value)[0])
                }
                new = name not in known and name not in self.world.declared and name not in right
                if (
                    new
                    and name in ("J", "H")
                    and known
                    and (started or name == "J")
                    and not arguments
                    and self._stands_once(name)
                ):
                    started = True
                    claims.append((row, goes_on, sides, False))
                    continue
                if new and started and name in before and not any(self._is_new(n, used) for n in right):
                    self.solves[row] = (
                        name  # w = (XᵀX)⁻¹Xᵀy: where the derivative is zero, and nothing that was not there
                    )
                    continue
                if new:
                    known.add(name)
                    definitions.append(Definition(row, name, low, tuple(sides[1])))
                    self.defines.setdefault(row, []).append(name)
                    if arguments:
                        self.world.signatures[name] = arguments
                    claims.append((row, False, sides, True))
                    used |= right | {name}
                    started = started or marked
                    before = before if started else set(used)
                    continue
            started = started or marked
            used |= {
                n for side in sides for t in side if t.kind == "name" for n in (t.value, split_subscript(t.value)[0])
            }
            before = before if started else set(used)
            claims.append((row, goes_on, sides, False))
        return definitions, claims

    def _stands_once(self, name: str) -> bool:
        """Whether a name stands on one left side and nowhere else, so that it may be the Jacobian or the Hessian of what is above."""
        return sum(t.value == name for _, _, sides in self.chains for side in sides for t in side) == 1

    def _is_new(self, name: str, used: set[str]) -> bool:
        """Whether a name on the right of a late definition was in no line before: then it is a definition."""
        return name not in used and not is_function(name) and not (len(name) > 1 and split_subscript(name)[0] in used)

    # ---------------------------------------------------------------- the world

    def _built(self, definitions: list[Definition], claims: list) -> Understood:
        world = self.world
        names = {d.name for d in definitions}
        self.names.defined = names
        primed = {sides[0][0].value for _, _, sides in self.chains if is_primed_head(sides[0])} & names
        finder = Finder(self.names, world.signatures, {*world.signatures, *primed})
        self._refuse_circles(definitions)
        definitions = [d for d in definitions if d.row not in self.unread]
        used = {t.value for _, _, sides in self.chains for side in sides for t in side if t.kind == "name"}
        finder.letters = frozenset(
            {"J", "H"} & {split_subscript(str(n))[0] for n in used} - names - self._in_bodies(definitions)
        )
        found: list[tuple[Definition, list[Token]]] = []
        for d in definitions:
            try:
                found.append((d, finder.side(list(d.tokens))))
            except ChainruleError as error:
                self.unread[d.row] = error
        found = in_order(found, finder.found)
        plain = [(d, tokens) for d, tokens in found if not any(t.kind == "quantity" for t in tokens)]
        for facts in self.assumed.values():
            for name, fact in facts:
                world.given[name] = world.given.get(name, frozenset()) | {fact}
        self._infer(plain, claims, finder, primed)
        for d, tokens in found:
            if d.row in self.unread:
                continue
            try:
                world.define(d.name, tokens, finder.found, d.low)
            except ChainruleError as error:
                self.unread[d.row] = error
        for row, facts in self.assumed.items():
            for name, fact in facts:
                if name in world.variables:
                    dims, old = world.variables[name]
                    if FACTS[fact].square and not (len(dims) == 2 and dims[0] is dims[1]):
                        self.unread.setdefault(row, DeclarationError(
                            f"`{name}` cannot be {fact}", given=f"{name}: {' × '.join(map(str, dims)) or 'a number'}", expected="a square matrix",
                        ))  # fmt: skip
                    else:
                        world.variables[name] = (dims, old | {fact})
        finder.variables = frozenset(world.variables)
        world._exprs.clear()
        finder.functions |= {n for n, e in world.definitions.items() if not e.dims} & self._numbers()
        finder.functions |= {n for n in world.signatures if n in world.definitions}
        return Understood(
            world,
            finder.found,
            self.rows,
            self._claims(claims, finder),
            self.defines,
            self.unread,
            self.assumed,
            self.solves,
            self._texts(),
        )

    def _texts(self) -> dict[int, str]:
        """What the lines in LaTeX say, as it is read in a terminal."""
        found: dict[int, list[str]] = {}
        for k, goes_on, sides in self.chains:
            if self.rows[k].latex:
                found.setdefault(k, []).append(("= " if goes_on else "") + " = ".join(readable(side) for side in sides))
        return {k: ", ".join(parts) for k, parts in found.items() if k not in self.unread}

    def _in_bodies(self, definitions: list[Definition]) -> set[str]:
        """Names that the definitions use: J and H among them are variables."""
        return {split_subscript(str(t.value))[0] for d in definitions for t in d.tokens if t.kind == "name"}

    def _numbers(self) -> set[str]:
        """The definitions in which nothing but numbers occurs, so that a prime is a derivative."""
        return {n for n in self.world.definitions if not any(self.world.dims(m) for m in {n, *self.world.depends(n)})}

    def _refuse_circles(self, definitions: list[Definition]) -> None:
        """Mark the rows of definitions that lead back to themselves."""
        uses = {
            d.name: {n for t in d.tokens if t.kind == "name" for n in (t.value, split_subscript(t.value)[0])}
            for d in definitions
        }
        for d in definitions:
            seen, waiting = set(), list(uses[d.name])
            while waiting:
                name = waiting.pop()
                if name in uses and name not in seen:
                    seen.add(name)
                    waiting += uses[name]
            if d.name in seen:
                self.unread[d.row] = ParseError(
                    f"`{d.name}` is defined by itself", given=self.rows[d.row].text, expected="definitions that do not go round in circles",
                )  # fmt: skip

    def _infer(self, plain: list, claims: list, finder: Finder, primed: set[str]) -> None:
        world = self.world
        scalars = {n for n in ordinary(self.chains) if n not in {d.name for d, _ in plain}}
        for d, _ in plain:
            if d.name in primed:  # f′ = … is of numbers
                scalars |= {
                    t.value
                    for t in d.tokens
                    if t.kind == "name"
                    and not is_function(split_subscript(t.value)[0])
                    and t.value not in {p.name for p, _ in plain}
                    and t.value not in ("e", "pi")
                }
        free = (
            {t.value for _, tokens in plain for t in tokens if t.kind == "name" and not is_function(split_subscript(t.value)[0])}
            - {d.name for d, _ in plain}
            - {"e", "pi"}
        )
        if self.ranks == "numbers":
            scalars |= free
        elif self.ranks.startswith("number "):  # one letter alone
            scalars = {self.ranks.partition(" ")[2]}
        elif self.ranks == "rows":  # y = x W + b, where x lies
            self.hints = {n: 2 for n in free if len(n) == 1 and n.isascii() and n not in scalars}
        elif self.ranks == "letters":
            scalars.clear()
            self.hints |= {
                n: 2 if n[0].isupper() else 1
                for n in free
                if len(n) == 1 and n.isascii() and n not in scalars and n not in self.hints
            }
        lines = [(d, (d.name, d.low, spelled(tokens))) for d, tokens in plain]
        if not lines:
            lines = [
                (None, (f"anon{k + 1}", low, body)) for k, (low, body) in enumerate(self._anonymous(finder, claims))
            ]
        if not lines:
            for name, declared in world.declared.items():
                if declared.dims is not None:
                    world.variables[name] = (declared.dims, declared.facts)
            return
        while lines:
            try:
                world.infer([line for _, line in lines], scalars, self.hints)
                return
            except ChainruleError as error:
                at = self._at_fault([line for _, line in lines], scalars)
                d = lines.pop(at)[0]
                if d is not None:
                    self.unread[d.row] = self._own(lines, error, at)

    def _own(self, lines, error: ChainruleError, at: int) -> ChainruleError:
        return error

    def _at_fault(self, lines: list, scalars: set[str]) -> int:
        """The first line without which those before it, and it, cannot be read."""
        for k in range(1, len(lines) + 1):
            trial = World()
            trial.declared = self.world.declared
            try:
                trial.infer(lines[:k], scalars, self.hints)
            except ChainruleError:
                return k - 1
        return len(lines) - 1

    def _anonymous(self, finder: Finder, claims: list) -> list[tuple[str, str]]:
        """What operators d/dx act on, where nothing is defined."""
        found = []
        for _, _, sides, _ in claims:
            for side in sides:
                try:
                    probe = Finder(finder.names, finder.signatures, finder.functions)
                    probe.side(side)
                except ChainruleError:
                    continue
                for q in probe.found:
                    if (
                        q.kind == "derivative"
                        and len(q.of) > 1
                        and not any(t.kind in ("mark", "quantity") for t in q.of)
                    ):
                        low = "".join(
                            dict.fromkeys(c for t in q.of if t.kind == "name" for c in index_letters(t.value))
                        )
                        found.append((low, spelled(list(q.of))))
        return found

    def _claims(self, chains: list, finder: Finder) -> list[Claim]:
        found: list[Claim] = []
        head: tuple[Token, ...] | None = None
        last: tuple[Token, ...] | None = None
        for row, goes_on, sides, defines in chains:
            if row in self.unread and not goes_on:
                head = last = None
                continue
            try:
                made = [tuple(finder.side(side)) for side in sides]
            except ChainruleError as error:
                self.unread[row] = error
                head = last = None
                continue
            if goes_on and head is None:
                self.unread.setdefault(row, ParseError(
                    "`=` goes on with nothing: the line above cannot be read", given=self.rows[row].text, expected="a left side: ∇f = …",
                ))  # fmt: skip
                continue
            if not goes_on:
                head, last = made[0], made[1] if defines else made[0]
                made = made[2:] if defines else made[1:]
                if not made and not defines:
                    self.unread.setdefault(row, ParseError(
                        "this line states no equation", given=self.rows[row].text, expected="name = …, or ∇f = …",
                    ))  # fmt: skip
            for side in made:
                found += self._components(row, head, side, finder) or [Claim(row, head, last, side)]
                last = side
        return found

    def _components(self, row: int, head: tuple[Token, ...], side: tuple[Token, ...], finder: Finder) -> list[Claim]:
        """∇f = (a, b, c) of a function of three numbers: ∂f/∂x = a, and so on."""
        quantity = finder.found[head[0].value] if len(head) == 1 and head[0].kind == "quantity" else None
        if quantity is None or quantity.sign != "∇" or quantity.order != 1 or not quantity.is_named or len(side) < 5:
            return []
        inner, stop = group(list(side), 0)
        if side[0].value not in ("(", "[") or stop != len(side):
            return []
        parts = entries(inner)
        below = self.world.depends(quantity.is_named)
        numbers = [v for v, (dims, _) in self.world.variables.items() if v in below and not dims]
        by = [b.name for b in quantity.by] or list(self.world.signatures.get(quantity.is_named, ())) or numbers
        if len(parts) < 2 or len(parts) != len(by) or not set(by) <= set(numbers):
            return []
        heads = [Token("quantity", finder.place(quantity._replace(by=(By(v),), sign="∂"))) for v in by]
        return [Claim(row, (h,), (h,), tuple(part)) for h, part in zip(heads, parts)]
