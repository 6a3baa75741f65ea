"""The verdict on every line: one layout for all of them, each claim under the readings that its notation allows.

What a line leaves open (which variables move, whether ∂f/∂x holds the parts of f, by what ∇f is taken) is read in its favour;
the layout is that in which the most lines are true, and a line that is true in another one alone is told so.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from ...core.errors import ChainruleError, ParseError, ShapeError
from .claims import Claim, Understood
from .judge import Judged, Outcome, Pair
from .quantities import By, Quantity
from .said import Said
from .values import At, direction_of, key_of, unlaid
from .world import LAYOUTS, Expr, Reading, World

MEANT = (
    "sum1",
)  # of labels: what is true under such a fact is true, and says that it uses it; other facts must be stated


class Referee(Said):
    """Judges the claims of a derivation and writes what it finds into its lines."""

    def __init__(self, understood: Understood, wrt: str | None, lines: list):
        self.u, self.world, self.quantities, self.wrt, self.lines = (
            understood,
            understood.world,
            understood.quantities,
            wrt,
            lines,
        )
        self.notes: list[str] = []
        self.layout = "column"
        self.turned: Judged | None = None  # the only line that makes the layout another one
        self.moving = self._moving()
        self.judged: list[Judged] = []
        self.said: set[str] = {"".join(row.text.split()) for row in understood.rows}

    def judge(self) -> None:
        self._assumptions()
        self._adjoints()
        self._rewritings()
        for claim in self.u.claims:
            self.judged.append(self._in_every_layout(claim))
        self._choose_layout()
        for k, judged in enumerate(self.judged):
            self._settle(judged, self.judged[:k])
        self._write()

    # ---------------------------------------------------------------- what the notation leaves open

    def _moving(self) -> frozenset[str]:
        """The variables that move: those with a differential, or all of them where none has."""
        named = {q.is_named for q in self.quantities if q.kind == "differential"}
        found = {n for n in named if n in self.world.variables}
        return frozenset(found or (self.world.variables if named else ()))

    def _readings(self, claim: Claim, layout: str) -> list[Reading]:
        inside = [
            self.quantities[t.value] for tokens in (claim.head, claim.side) for t in tokens if t.kind == "quantity"
        ]
        moving = [self.moving]
        own = frozenset({q.is_named for q in inside if q.kind == "differential"} & set(self.world.variables))
        if own and own != self.moving and not self._together():
            moving.append(own)
        explicit = [False, True] if any(q.kind == "derivative" and q.sign == "∂" for q in inside) else [False]
        wrt = [self.wrt]
        if any(q.kind == "derivative" and not q.by for q in inside) and self.wrt is None:
            wrt = self._candidates(inside)
        return [Reading(layout, e, m, w) for m, e, w in product(moving, explicit, wrt)]

    def _together(self) -> bool:
        """Whether the differentials of two variables stand in one line, so that both move at once."""
        for claim in self.u.claims:
            inside = {
                self.quantities[t.value].is_named
                for tokens in (claim.head, claim.side)
                for t in tokens
                if t.kind == "quantity" and self.quantities[t.value].kind == "differential"
            }
            if len(inside & set(self.world.variables)) > 1:
                return True
        return False

    def _candidates(self, inside: list[Quantity]) -> list[str | None]:
        """What a derivative may be taken by where it does not say: what other lines say, else what the function rests on."""
        functions = {q.is_named for q in inside if q.kind == "derivative" and not q.by} - {None}
        below: list[str] = []
        for f in functions or list(self.world.definitions):
            arguments = [a for a in self.world.signatures.get(f, ()) if a in self.world.variables]
            if len(arguments) == 1:
                return arguments
            below += [v for v in self.world.variables if v in self.world.depends(f) and v not in below]
        moving = (
            [v for v in self.moving if v in below] if any(q.kind == "differential" for q in self.quantities) else []
        )
        if len(moving) == 1:
            return list(moving)
        said = list(dict.fromkeys([b.name for q in self.quantities for b in q.by if b.name in below]))
        if len(said) == 1:
            return list(said)
        return list(said or moving or below) or [None]

    def _adjoints(self) -> None:
        """dW = δ aᵀ, as programs call it, is ∂L/∂W: where a differential stands alone against a side that has none."""
        world = self.world
        named = [
            n
            for n, e in world.definitions.items()
            if not e.dims and not any(n in world.depends(m) for m in world.definitions)
        ]
        if len(named) != 1:
            return
        for claim in self.u.claims:
            if len(claim.head) == 1 and claim.head[0].kind == "quantity":
                head = self.quantities[claim.head[0].value]
                inside = [self.quantities[t.value].kind for t in claim.side if t.kind == "quantity"]
                if (
                    head.kind == "differential"
                    and head.is_named
                    and head.is_named != named[0]
                    and "differential" not in inside
                    and not _is_zero(claim.side)
                ):
                    break
        else:
            return
        if any(q.kind == "differential" and q.is_named == named[0] for q in self.quantities):
            return
        for k, q in enumerate(self.quantities):
            if q.kind == "differential" and q.is_named:
                of = q.of[0]._replace(value=named[0])
                self.quantities[k] = Quantity("derivative", (of,), (By(q.is_named),), "d")
        world._exprs.clear()
        self.moving = self._moving()
        self.notes.append(f"dX is read as ∂{named[0]}/∂X, as programs write it")

    def _assumptions(self) -> None:
        """Lines that state a fact of a variable, such as Σy = 1 and A = Aᵀ, hold from there on, and before."""
        for claim in list(self.u.claims):
            if any(t.kind == "quantity" for t in (*claim.head, *claim.side)):
                continue
            names = {
                str(t.value).partition("_")[0]
                for tokens in (claim.head, claim.side)
                for t in tokens
                if t.kind == "name"
            }
            if names & set(self.world.definitions) or len(names & set(self.world.variables)) != 1:
                continue
            if len(claim.side) > 1 and len(claim.head) > 1:
                continue
            outcome = self._outcome(claim, Reading())
            if outcome.verdict != "different" or outcome.pair is None:
                continue
            given = outcome.pair.condition()
            if given is None or given[1] == "positive":
                continue
            name, fact = given
            dims, facts = self.world.variables[name]
            self.world.variables[name] = (dims, facts | {fact})
            self.world._exprs.clear()
            self.u.assumed.setdefault(claim.row, []).append(given)
            self.u.claims.remove(claim)

    def _rewritings(self) -> None:
        """f = ‖r‖², where f was ‖Ax − b‖² and r is Ax − b: from then on f is made of r, since that is true."""
        world = self.world
        for claim in self.u.claims:
            if len(claim.head) != 1 or claim.head[0].kind != "name" or any(t.kind == "quantity" for t in claim.side):
                continue
            name = claim.head[0].value
            if name not in world.definitions or not any(
                t.kind == "name" and t.value in world.definitions for t in claim.side
            ):
                continue
            outcome = self._outcome(claim, Reading())
            if outcome.verdict == "same":
                world.rewrite(name, outcome.pair.mine)
        for q in list(self.quantities):  # ∂f/∂r, where r = Ax − b stands in f and is not called r there
            for b in q.by if q.is_named in world.definitions else ():
                if b.name in world.definitions and b.name != q.is_named and b.name not in world.depends(q.is_named):
                    found = world.by_name(q.is_named, b.name)
                    if (
                        found is not None
                        and Pair(world, world.definitions[q.is_named], found, Reading()).decided() == "same"
                    ):
                        world.rewrite(q.is_named, found)

    # ---------------------------------------------------------------- one claim

    def _outcome(self, claim: Claim, reading: Reading, world: World | None = None) -> Outcome:
        world = world or self.world
        try:
            true = world.expression(list(claim.head), self.quantities, reading)
            mine = self._like(world, claim.side, true, reading)
            pair = Pair(world, true, mine, reading)
            if (
                not pair.fits
                and len(claim.head) == 1
                and claim.head[0].kind == "quantity"
                and self.quantities[claim.head[0].value].sign in "JH"
            ):
                return Outcome("given", pair)  # J = … of another size is a name, and no Jacobian
            return Outcome(pair.decided(), pair)
        except ShapeError as error:
            if world is self.world and (squared := self._squared()) is not None:
                found = self._outcome(claim, reading, squared)  # it is false even where all sizes are equal
                if found.verdict == "different":
                    return found._replace(error=error)
            return Outcome("unread", None, error)
        except ChainruleError as error:
            return Outcome("unread", None, error)

    def _like(self, world: World, side, true: Expr, reading: Reading) -> Expr:
        """A side as read, of the sizes of the other one where it does not say its own, as I and 𝟏."""
        try:
            return world.expression(list(side), self.quantities, reading)
        except (ShapeError, ParseError) as error:
            if "nothing determines" in error.problem and true.dims and not true.letters:
                return world.expression(list(side), self.quantities, reading, None, true.dims)
            raise

    def _squared(self) -> World | None:
        try:
            return self.world.square()
        except ChainruleError:
            return None

    def _in_every_layout(self, claim: Claim) -> Judged:
        found = Judged(claim)
        for layout in LAYOUTS:
            best: Outcome | None = None
            for reading in self._readings(claim, layout):
                outcome = self._outcome(claim, reading)
                if best is None or _rank(outcome) > _rank(best):
                    best = outcome
                if outcome.verdict == "same":
                    break
            found.outcomes[layout] = best
            if layout == "column" and best.verdict == "same" and not self._can_turn(claim):
                break
        for layout in LAYOUTS:
            found.outcomes.setdefault(layout, found.outcomes["column"])
        return found

    def _can_turn(self, claim: Claim) -> bool:
        return any(
            self.quantities[t.value].kind == "derivative"
            for tokens in (claim.head, claim.side)
            for t in tokens
            if t.kind == "quantity"
        )

    def _choose_layout(self) -> None:
        def score(layout: str) -> int:
            return sum(j.outcomes[layout].verdict == "same" for j in self.judged)

        self.layout = max(LAYOUTS, key=score)  # the first of equals
        turned = [
            j
            for j in self.judged
            if j.outcomes[self.layout].verdict == "same" and j.outcomes["column"].verdict != "same"
        ]
        if len(turned) == 1:  # nothing else speaks for that layout
            self.turned = turned[0]
        if self.layout != "column":
            self.notes.append({
                "row": "row layout: derivatives of numbers lie as rows", "denominator": "denominator layout: Jacobians are transposed, ∂(Ax)/∂x = Aᵀ",
            }[self.layout])  # fmt: skip

    # ---------------------------------------------------------------- wrong, or following from what is wrong

    def _settle(self, judged: Judged, above: list[Judged]) -> None:
        outcome = judged.outcomes[self.layout]
        judged.verdict = {
            "same": "right",
            "different": "wrong",
            "undecided": "undecided",
            "unread": "unread",
            "given": "given",
        }[outcome.verdict]
        if judged.verdict != "wrong" or outcome.error is not None:
            return
        if self._is_equation(judged, above):
            judged.verdict = "solved"
            return
        judged.given = outcome.pair.condition()
        if judged.given is not None and self._is_meant(*judged.given, outcome.pair):
            judged.verdict = "right"
            return
        source = self._chained(judged, above) or self._repeated(judged, above)
        if source is not None:
            judged.verdict, judged.follows = "follows", source

    def _is_equation(self, judged: Judged, above: list[Judged]) -> bool:
        """Whether a line sets a derivative that was found before to zero, or solves what was set: an equation, and no claim."""
        claim = judged.claim
        zero = _is_zero(claim.side) or _is_zero(claim.head)
        about = claim.head if _is_zero(claim.side) else claim.side
        if zero and any(
            j.verdict in ("right", "wrong") and j.claim.head == claim.head and j.claim.side != claim.side for j in above
        ):
            return True
        if zero and any(j.verdict == "right" and j.claim.side == about for j in above):
            return True
        solving = any(j.verdict == "solved" for j in above) or any(row < claim.row for row in self.u.solves)
        return solving and not any(t.kind == "quantity" for t in (*claim.head, *claim.side))

    def _is_meant(self, name: str, fact: str, pair: Pair) -> bool:
        """Whether a fact goes without saying, and is only said to be used: that labels, which nothing is differentiated by, sum to one."""
        moved = {b.name for q in self.quantities for b in q.by} | {
            q.is_named for q in self.quantities if q.kind == "differential"
        }
        return fact in MEANT and name not in moved and pair.is_weight(name)

    def _chained(self, judged: Judged, above: list[Judged]) -> int | None:
        """The row of the side before in the same chain, if that is false and this one equal to it."""
        for other in reversed(above):
            if other.claim.side == judged.claim.before and other.claim.head == judged.claim.head and other.false:
                outcome = self._outcome(
                    judged.claim._replace(head=judged.claim.before), judged.outcomes[self.layout].pair.reading
                )
                if outcome.verdict == "same":
                    return other.follows if other.follows is not None else other.claim.row
        return None

    def _repeated(self, judged: Judged, above: list[Judged]) -> int | None:
        """The row of a false line that makes this one true if it is believed."""
        wrong = [other for other in reversed(above) if other.false and other.claim.row != judged.claim.row]
        believed: dict = {}
        pair = judged.outcomes[self.layout].pair
        if pair is None or not pair.fits:
            return None
        own = self._key(judged.claim, pair)
        for other in wrong:
            key, said = self._belief(other)
            if key is None or key == own:
                continue
            for instead in ({key: said}, {**believed, key: said}):
                trial = Pair(self.world, pair.true, pair.mine, pair.reading)
                trial.instead = instead
                try:
                    if trial.decided() == "same":
                        return other.follows if other.follows is not None else other.claim.row
                except ChainruleError:
                    pass
            for earlier in above:  # what was rightly said of the same thing, with what was wrongly said put in
                said_of = earlier.outcomes[self.layout].pair
                if (
                    earlier.verdict == "right"
                    and earlier.claim.head == judged.claim.head
                    and said_of.mine.places
                    and said_of.reading == pair.reading
                ):
                    trial = Pair(self.world, said_of.mine, pair.mine, pair.reading)
                    trial.instead = {key: said}
                    if trial.decided() == "same":
                        return other.follows if other.follows is not None else other.claim.row
            implied = self._implied(own, key, said, pair)
            if implied is not None:
                trial = Pair(self.world, pair.true, pair.mine, pair.reading)
                trial.instead = {own: implied}
                try:
                    if trial.decided() == "same":
                        return other.follows if other.follows is not None else other.claim.row
                except ChainruleError:
                    pass
            believed.setdefault(key, said)
        return None

    def _implied(self, own, key, said, pair: Pair):
        """What a false line about dz or ∂f/∂z makes of df or ∂f/∂x by the chain rule: at → array; None where it says nothing of it."""
        world = self.world
        if not isinstance(own, tuple) or not isinstance(key, tuple) or own[1] not in world.definitions:
            return None
        if own[0] == key[0] == "differential" and key[1] in world.depends(own[1]) & world.definitions.keys():
            return self._through_differential(own[1], key[1], said, pair.reading)
        if own[0] != "derivative" or own[1] != key[1] or len(own[2]) != 1:
            return None
        (x,), f = own[2], world.definitions[own[1]]
        if key[0] == "differential" and x in world.variables:

            def read_off(at: At) -> np.ndarray:
                here = {direction_of(n): np.zeros(np.shape(at.get(n))) for n in world.variables}
                columns = []
                for k in range(np.size(at.get(x))):
                    here[direction_of(x)] = np.zeros(np.shape(at.get(x)))
                    here[direction_of(x)].flat[k] = 1.0
                    columns.append(said(At(world, at.values | here)))
                return np.stack(columns, axis=-1).reshape(np.shape(columns[0]) + np.shape(at.get(x)))

            return read_off
        if key[0] == "derivative" and len(key[2]) == 1 and x in world.depends(key[2][0]):
            z = key[2][0]

            def carried_on(at: At) -> np.ndarray:
                at_point = At(world, at.values)
                by_x, by_z = (at_point._derivative(f, (By(name),), {}) for name in (x, z))
                inner = at_point._derivative(world.definitions[z], (By(x),), {})
                return by_x + np.tensordot(said(at) - by_z, inner, np.ndim(at.get(z)))

            return carried_on
        return None

    def _through_differential(self, f: str, z: str, said, reading: Reading):
        """What df is if dz is what a line says."""
        world = self.world

        def at_point(at: At) -> np.ndarray:
            true = At(world, at.values)
            along = {v: at.values[direction_of(v)] for v in reading.moving if direction_of(v) in at.values}
            gap = said(at) - true._along(world.definitions[z], along)
            return true._along(world.definitions[f], along) + true._along(world.definitions[f], {z: gap})

        return at_point

    def _key(self, claim: Claim, pair: Pair) -> object:
        """What a claim is about, if that is one derivative or one name."""
        if len(claim.head) != 1:
            return None
        (token,) = claim.head
        if token.kind == "quantity":
            return key_of(self.quantities[token.value], self.quantities, pair.reading, self.world)
        return token.value if token.kind == "name" and token.value in self.world.definitions else None

    def _belief(self, other: Judged) -> tuple[object, object]:
        """(what a false line is about, what it says of it)."""
        pair = other.outcomes[self.layout].pair
        key = None if pair is None else self._key(other.claim, pair)
        if key is None or not pair.fits:
            return None, None
        if isinstance(key, str):
            return (key, pair.mine) if pair.mine.dims == pair.world.definitions[key].dims else (None, None)
        quantity = self.quantities[other.claim.head[0].value]

        def said(at: At) -> np.ndarray:
            value = at.expr(pair.mine)
            shape = self._shape_of(quantity, pair, at)
            laid_out = np.broadcast_to(_at_letters(value, pair.mine, pair.true), shape)
            if quantity.kind != "derivative":
                return laid_out
            expr, by = self.world.of(quantity, self.quantities, pair.reading), self.world.by(quantity, pair.reading)
            return unlaid(laid_out, expr, by, self.world)

        if quantity.kind == "derivative" and any(b.low.isdigit() for b in self.world.by(quantity, pair.reading)):
            return None, None
        return key, said

    def _shape_of(self, quantity: Quantity, pair: Pair, at: At) -> tuple[int, ...]:
        _, dims = self.world.axes(quantity, self.quantities, pair.reading)
        sizes = at.sizes()
        return tuple([d.at(sizes) for d in dims])


def _is_zero(tokens) -> bool:
    return [(t.kind, t.value) for t in tokens] == [("num", 0)]


def _rank(outcome: Outcome) -> int:
    if outcome.verdict == "different" and (outcome.error is not None or not outcome.pair.fits):
        return 1
    return {"same": 4, "given": 3, "different": 3, "undecided": 2, "unread": 0}[outcome.verdict]


def _at_letters(value: np.ndarray, expr: Expr, like: Expr) -> np.ndarray:
    """A value with the axes of its letters in the order of another formula's; axes of length one for letters that it has not."""
    own = list(expr.letters)
    value = np.transpose(value, [*[own.index(c) for c in like.letters if c in own], *range(len(own), value.ndim)])
    axes = iter(value.shape)
    return value.reshape([*[next(axes) if c in own else 1 for c in like.letters], *axes])
