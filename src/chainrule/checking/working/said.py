"""What is said of a line: the rules that a true one uses, what shows that a false one is false, and the slip behind it."""

from __future__ import annotations

import numpy as np

from ...core.errors import ChainruleError, ShapeError
from ...derivation import objects
from ...derivation.symbols import UNICODE
from ...numeric.kinks import INADMISSIBLE
from ..formulas.slips import slips
from ..formulas.small import number_text
from .between import LARGE, Function, functions_of
from .judge import Judged, Pair, fact_words, small_number
from .quantities import Quantity, shown
from .left import readable
from .values import At, direction_of, laid
from .world import LAYOUTS, Expr

TAKEN = ": taken as given"
SLIPS = 1500  # derivatives with one rule broken that are compared with a false line
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Said:
    """The part of the referee that writes what was found into the lines."""

    # ---------------------------------------------------------------- what is said

    def _write(self) -> None:
        for k, text in self.u.texts.items():
            self.lines[k].shown = text
        by_row: dict[int, list[Judged]] = {}
        for judged in self.judged:
            by_row.setdefault(judged.claim.row, []).append(judged)
        for k, line in enumerate(self.lines):
            for name, fact in self.u.assumed.get(k, ()):
                line.verdict = "fact" if not by_row.get(k) and k not in self.u.defines else line.verdict
                line.notes.append(f"{fact_words(name, fact)}{TAKEN}")
            if k in self.u.unread:
                line.verdict, line.error = "unread", self.u.unread[k]
            elif k in self.u.solves:
                line.verdict = "solved"
                line.notes.append(f"solves for {spoken(self.u.solves[k])}, which is not judged")
            elif k in by_row:
                self._line(line, k, by_row[k])
            elif k in self.u.defines and line.verdict == "given":
                line.rule = ""

    def _line(self, line, k: int, judged: list[Judged]) -> None:
        for verdict in ("wrong", "follows", "unread", "undecided", "right", "solved", "given"):
            chosen = [j for j in judged if j.verdict == verdict]
            if chosen:
                break
        first = chosen[0]
        line.verdict = verdict
        outcome = first.outcomes[self.layout]
        if verdict == "unread":
            line.error = outcome.error
            line.misfit = isinstance(outcome.error, ShapeError)
        elif verdict == "follows":
            line.follows = self.lines[first.follows].number
            line.counterexample = self._counterexample(first)
        elif verdict == "wrong":
            self._wrong(line, first)
        elif verdict == "right":
            self._right(line, k, judged)
        elif verdict == "solved":
            line.notes.append("an equation to be solved, which is not judged")

    # ---------------------------------------------------------------- a line that is true

    def _right(self, line, k: int, judged: list[Judged]) -> None:
        used: dict[str, None] = {}
        if self.turned in judged:
            correct = self._correct(self.turned, self.turned.outcomes[self.layout].pair)
            used[f"in the {self.layout} layout" + (f"; in the column layout {correct}" if correct else "")] = None
        for j in judged:
            pair = j.outcomes[self.layout].pair
            used |= {f"uses {fact_words(name, fact)}": None for name, fact in pair.needs()}
            if j.given is not None:
                used[f"uses {fact_words(*j.given)} (you should say so)"] = None
            if pair.reading.explicit and self._differs_explicit(j):
                line.notes.append("∂ holds the named parts fixed")
        rules, between = [], []
        for j in judged:
            more, lines = self._step(j, k)
            rules += more
            between = between or lines
        line.rule = "; ".join(dict.fromkeys(rules)) if not between else ""
        line.between = between
        if used:
            line.notes = [note for note in line.notes if not note.endswith(TAKEN)]
        line.notes = [*used, *line.notes]

    def _differs_explicit(self, judged: Judged) -> bool:
        pair = judged.outcomes[self.layout].pair
        plain = self._outcome(judged.claim, pair.reading._replace(explicit=False))
        return plain.verdict != "same"

    def _step(self, judged: Judged, row: int) -> tuple[list[str], list[str]]:
        """(the rules that the step uses, our lines between if it is large)."""
        claim, pair = judged.claim, judged.outcomes[self.layout].pair
        try:
            start = self.world.expression(list(claim.before), self.quantities, pair.reading)
        except ChainruleError:
            return [], []
        taken = functions_of(start, self.world, without=pair.mine)
        if not taken:
            return [], []
        inside = {(f.name, f.by) for _, f in self._inside(pair.mine)}
        told = inside | self._told(row)
        rules: list[str] = []
        for quantity, function in taken:
            key = (function.name, function.by)
            adjoint = quantity.kind == "derivative"
            read_off = adjoint and ("d", function.name) in told and not inside
            chain = bool(inside - {key})
            done = {name for name, _ in told} - {function.name}
            own = function.rules(done)
            depth = function.depth(done)
            if adjoint:  # of ∂L/∂W = δxᵀ only the way from W to z, where ∂L/∂z = δ is known
                known = [
                    u
                    for name, u in told
                    if name == function.name and u in self.world.definitions and function.by in self.world.depends(u)
                ]
                ways = [Function(self.world, u, function.by) for u in known]
                nearest = min(ways, key=lambda way: way.depth(set()), default=None)
                if nearest is not None and nearest.depth(set()) <= depth:
                    depth, own = nearest.depth(set()), nearest.rules()
                chain = chain or bool(known)
            tensor = (
                adjoint and bool(self.world.dims(function.by)) and not any(b.low for b in quantity.by) and not chain
            )
            if read_off:
                own = ["read off"]
            elif depth + tensor >= LARGE:
                lines = function.between("chain" if function.program.scalar else "differential", self.said)
                if lines:
                    return own, lines
            if chain and "product rule" not in own and "quotient rule" not in own:
                own = ["chain rule", *[r for r in own if r not in ("chain rule", "linear", "constant factor")]]
            rules += own
        return rules[:3], []

    def _inside(self, expr: Expr) -> list[tuple[Quantity, Function]]:
        """The derivatives in a formula, and in what its names are short for: δ = ∂L/∂z."""
        found = functions_of(expr, self.world)
        for name in expr.names:
            if name in self.world.definitions and name not in expr.places:
                found += functions_of(self.world.definitions[name], self.world)
        return found

    def _told(self, row: int) -> set[tuple[str, str]]:
        """(function, variable) of the derivatives that earlier lines give; ("d", function) of the differentials."""
        found: set[tuple[str, str]] = set()
        for j in self.judged:
            if (
                j.claim.row < row
                and j.verdict == "right"
                and len(j.claim.head) == 1
                and j.claim.head[0].kind == "quantity"
            ):
                pair = j.outcomes[self.layout].pair
                for quantity, function in functions_of(pair.true, self.world):
                    found.add((function.name, function.by) if quantity.kind == "derivative" else ("d", function.name))
                    if quantity.kind == "differential":
                        found.add((function.name, function.by))
        return found

    # ---------------------------------------------------------------- a line that is false

    def _wrong(self, line, judged: Judged) -> None:
        pair = judged.outcomes[self.layout].pair
        other = next((layout for layout in LAYOUTS if judged.outcomes[layout].verdict == "same"), None)
        line.counterexample = self._counterexample(judged)
        error = judged.outcomes[self.layout].error
        line.misfit = error is not None or not pair.fits
        if error is not None:
            line.notes.append(f"the sizes do not fit: {error.problem}")
            line.true = self._correct(judged, pair)
            return
        if other is not None:
            line.cause = "transposed"
            line.slip = (
                f"a transpose: it is true in the {other} layout, and the other lines are in the {self.layout} layout"
            )
        elif not pair.fits:
            line.notes.append(f"the sizes differ: {_sizes(pair.true)} on the left, {_sizes(pair.mine)} on the right")
            if pair.transposed():
                line.cause, line.slip = (
                    "transposed",
                    "a transpose is missing: the right side is the transpose of what it should be",
                )
        if line.slip is None:
            self._explain(line, judged, pair)
        line.true = self._correct(judged, pair)

    def _is_algebra(self, judged: Judged) -> bool:
        """Whether the side before is true and holds no derivative, so that only rearranging can have gone wrong."""
        claim = judged.claim
        before = [j for j in self.judged if j.claim.head == claim.head and j.claim.side == claim.before]
        return any(j.verdict == "right" for j in before) and not any(
            t.kind in ("quantity", "mark") for t in claim.before
        )

    def _explain(self, line, judged: Judged, pair: Pair) -> None:
        given = judged.given
        if given is not None:
            line.notes.append(f"true only if {fact_words(*given)}: say so, or declare {given[0]}: {given[1]}")
            return
        if not pair.fits:
            return
        where = pair.only_where()
        if where is not None:
            line.notes.append(f"true only for {where}")
        ratio = pair.ratio()
        found = None if self._is_algebra(judged) else self._slip(judged, pair)
        if self._is_algebra(judged):
            line.notes.append("the side before is true: the mistake is in rearranging it")
        if found is not None:
            line.cause, line.slip = found
        elif ratio is not None:
            line.cause = "sign" if abs(ratio + 1) < 1e-9 else "factor"
            line.slip = (
                "the sign is the wrong way round"
                if line.cause == "sign"
                else f"yours is exactly {_fraction(ratio)} of the true value, in every entry"
            )
        elif pair.transposed():
            line.cause, line.slip = "transposed", "yours is the transpose of the true value"
        else:
            line.slip = self._edited(judged, pair)

    def _edited(self, judged: Judged, pair: Pair) -> str | None:
        """The one sign without which the line would be true."""
        side = list(judged.claim.side)
        for k, t in enumerate(side):
            if (
                t.kind == "op"
                and t.value in ("+", "-")
                and not (k and side[k - 1].value in ("^", "_", "{") and side[k - 1].kind == "op")
            ):
                other = [*side[:k], t._replace(value="-" if t.value == "+" else "+"), *side[k + 1 :]]
                try:
                    mine = self.world.expression(other, self.quantities, pair.reading)
                    if Pair(self.world, pair.true, mine, pair.reading).decided() == "same":
                        after = readable([x for x in term_at(other, k + 1) if x.kind != "quantity"]).strip()
                        said = f" before {after}" if after else ""
                        return f"one sign: it is true with {'−' if t.value == '+' else '+'}{said}"
                except ChainruleError:
                    continue
        return None

    def _function(self, judged: Judged, pair: Pair) -> tuple[Quantity, Function] | None:
        """The one derivative that a false line is about, as a function of one name."""
        for tokens in (judged.claim.head, judged.claim.before):
            if len(tokens) == 1 and tokens[0].kind == "quantity":
                expr = self.world.expression(list(tokens), self.quantities, pair.reading)
                found = functions_of(expr, self.world)
                return found[0] if found else None
        return None

    def _slip(self, judged: Judged, pair: Pair) -> tuple[str, str] | None:
        """(cause, sentence) of the one rule of calculus whose breaking gives just what the line says."""
        found = self._function(judged, pair)
        if found is None or found[1].problem is None or len(judged.claim.head) != 1:
            return None
        quantity, function = found
        if (
            quantity.kind == "differential"
            and len([v for v in pair.reading.moving if v in self.world.depends(function.name)]) != 1
        ):
            return None
        if quantity.kind == "derivative" and len(self.world.by(quantity, pair.reading)) != 1:
            return None
        points = pair.points(4)
        if len(points) < 3:
            return None
        known = [self._point(p, function) for p in points]
        mine = [pair.values(p)[1] for p in points]
        try:
            for number, slip in enumerate(slips(function.problem, function.by)):
                if number >= SLIPS:
                    break
                if self._same_slip(slip, quantity, pair, known[:1], mine[:1], points[:1]) and self._same_slip(
                    slip, quantity, pair, known, mine, points
                ):
                    return slip.cause, slip.sentence
        except (ChainruleError, *_numeric()):
            return None
        return None

    def _point(self, values: dict, function: Function) -> dict:
        at = At(self.world, values)
        return {n: np.asarray(at.get(n), dtype=float) for n in function.problem.variables}

    def _same_slip(self, slip, quantity: Quantity, pair: Pair, known: list, mine: list, points: list) -> bool:
        for values, side, drawn in zip(known, mine, points):
            try:
                with np.errstate(all="ignore"):
                    full = np.asarray(slip.value(values))
            except (ChainruleError, *_numeric()):
                return False
            if quantity.kind == "differential":
                (moving,) = [v for v in pair.reading.moving if direction_of(v) in drawn][:1]
                dx = drawn[direction_of(moving)]
                value = np.tensordot(full, dx, dx.ndim)
            else:
                expr, by = self.world.of(quantity, self.quantities, pair.reading), self.world.by(quantity, pair.reading)
                if full.ndim != len(expr.dims) + len(self.world.dims(by[0].name)):
                    return False
                value = laid(full, expr, by, self.world)
            value = pair._spread(value, pair.true)
            if value.ndim != side.ndim or not np.all(np.isfinite(value)):
                return False
            try:
                a, b = np.broadcast_arrays(value, side)
            except ValueError:
                return False
            if not pair._near(a, b):
                return False
        return True

    def _correct(self, judged: Judged, pair: Pair) -> str | None:
        """What the line should say, where it is about one derivative."""
        found = self._function(judged, pair)
        if found is None:
            return None
        quantity, function = found
        order = len(self.world.by(quantity, pair.reading)) if quantity.kind == "derivative" else 1
        if order > 1 and len({b.name for b in self.world.by(quantity, pair.reading)}) > 1:
            return None
        derivation = function.derivation(order)
        if derivation is None:
            return None
        if quantity.kind == "differential":
            try:
                derivation = objects.differential(function.problem, function.by)
            except (ChainruleError, RecursionError):
                return None
            _, text, _ = next(row for row in derivation.rows() if row[0].endswith("="))
            where = "".join(f", {row[1]}" for row in derivation.rows() if row[0] == "where")
            return f"d{spoken(function.name)} = {text}{where}"
        where = "".join(f", {name} = {text}" for name, text in derivation.where.items())
        return (
            f"∂{spoken(function.name)}/∂{spoken(function.by)} = {derivation.text}{where}"
            if order == 1
            else f"{derivation.symbol} = {derivation.text}{where}"
        )

    def _counterexample(self, judged: Judged) -> str | None:
        pair = judged.outcomes[self.layout].pair
        found = pair.counter()
        if found is None:
            return None
        index = found.index
        letters = dict(zip(pair.letters, index))
        head = shown(list(judged.claim.head), self.quantities)
        lone = len(judged.claim.head) == 1
        for letter, at in letters.items():
            head = _put(head, letter, at + 1)
        rest = index[len(pair.letters) :]
        entry = f"[{', '.join(str(i + 1) for i in rest)}]" if rest else ""
        small = sum(np.size(v) for v in found.values.values()) <= 14
        at = (
            ", ".join(f"{spoken(name)} = {number_text(np.round(value, 3))}" for name, value in found.values.items())
            if small
            else "a random point"
        )
        if lone:
            return (
                f"at {at}: you get {_pretty(head)}{entry} = {small_number(found.mine)}, true {small_number(found.true)}"
            )
        return f"at {at}: the left side is {small_number(found.true)}, the right side {small_number(found.mine)}" + (
            f" in entry {entry}" if entry else ""
        )


def term_at(tokens: list, start: int) -> list:
    """The tokens of the term that begins at a place."""
    depth, stop = 0, start
    while stop < len(tokens):
        value = tokens[stop].value if tokens[stop].kind == "op" else ""
        depth += (value in ("(", "[", "{")) - (value in (")", "]", "}"))
        if depth < 0 or not depth and value in ("+", "-") and stop > start:
            break
        stop += 1
    return tokens[start:stop]


def spoken(name: str) -> str:
    """A name in the signs of print: σ for sigma, dw for dw."""
    return UNICODE.name_of(name)


def _numeric() -> tuple:
    return INADMISSIBLE if isinstance(INADMISSIBLE, tuple) else (INADMISSIBLE,)


def _sizes(expr: Expr) -> str:
    dims = expr.dims[len(expr.letters) :]
    return " × ".join(str(d) for d in dims) or "a number"


def _put(text: str, letter: str, number: int) -> str:
    """p_i with a number in place of its index: p_1."""
    found, inside = [], False
    for c in text:
        if inside and not (c.isalnum()):
            inside = False
        found.append(str(number) if inside and c == letter else c)
        if c == "_":
            inside = True
    return "".join(found)


def _pretty(text: str) -> str:
    """p_12 as p₁₂."""
    found, inside = [], False
    for c in text:
        if inside and not c.isdigit():
            inside = False
        if c == "_":
            inside = True
            continue
        found.append(c.translate(SUBSCRIPT) if inside else c)
    return "".join(found) if not any(a == "_" and not b.isdigit() for a, b in zip(text, text[1:])) else text


def _fraction(x: float) -> str:
    from_table = {0.5: "½", 0.25: "¼", 2.0: "twice", -0.5: "−½", -2.0: "−2 times", 4.0: "4 times", 3.0: "3 times"}
    near = next((text for value, text in from_table.items() if abs(x - value) < 1e-9), None)
    return near or f"{small_number(x)} times"
