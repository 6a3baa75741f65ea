"""What `critical_points` answers: solutions of ∇f = 0 as formulas, the points themselves, how they were found, and pictures."""

from __future__ import annotations

import numpy as np

from ...core.algebra import substitute
from ...core.walk import symbols
from ...derivation.breaks import rows_of
from ...derivation.derivation import Derivation
from ...derivation.faces import reading_rows, where_rows
from ...derivation.used import SAID
from ...matrix import render
from ...matrix.render import Form
from ..explanation import Explanation
from ..place import figure, shown
from .conditions import conditions
from .point import MAXIMUM, MINIMUM
from .pictures import contours, curve
from .searching import value_and_gradient

MOST_SHOWN = 24  # points in the table
LEVELLING = 0.05  # ‖∇f‖ below which it is asked whether f levels off towards infinity
GLOBAL = {"convex": (MINIMUM, "a global minimum: f is convex"), "concave": (MAXIMUM, "a global maximum: f is concave")}


class Solution:
    """One solution of ∇f = 0 as a formula.

    Attributes
        values: {variable: text}; a variable may be written by those that come before it.
        where: named intermediates and their definitions. free: variables that may have any value.
        conditions: what must hold for it to exist.
        tried: how it did in numbers.
        at_data: its values at the data, or None.
    """

    def __init__(self, problem, of, branch, tried, needed=()):
        self.problem, self.of, self.branch, self.tried = problem, of, branch, tried
        self.at_data: dict | None = None
        self.values, self.ascii, self.latex, self.where = {}, {}, {}, {}
        taken = [*of.unknown, *symbols(*of.parts)]
        for x, node in branch.values:
            shown_as = render(node, 0, wrt_name=x, taken=[*taken, *symbols(node)])
            self.values[x.name], self.ascii[x.name], self.latex[x.name] = shown_as.text(), shown_as.ascii(), shown_as.latex()
            self.where |= shown_as.where_text()
        self.free = [x.name for x in branch.free]
        self.conditions = conditions([node for _, node in branch.values], needed)

    @property
    def text(self) -> str:
        return ", ".join([f"{render(x, 0).text()} = {self.values[x.name]}" for x, _ in self.branch.values])

    def lines(self) -> list[str]:
        return [f"{render(x, 0).text()} = {self.values[x.name]}" for x, _ in self.branch.values]

    def exact_entries(self) -> list | None:
        """The entries of the solution as numbers, where all variables are numbers and nothing else stands in it; else None."""
        done: dict = {}
        for x, node in self.branch.values:
            done[x] = substitute(node, dict(done))
        if self.branch.free or any([x.dims or symbols(done[x]) for x in self.of.unknown]):
            return None
        return [done[x] for x in self.of.unknown]

    def kind(self, convexity, all: bool) -> str:
        """Of which kind it is, and why."""
        verdict = convexity.verdict if convexity is not None else None
        if verdict in GLOBAL:
            strict = getattr(convexity, "strict", False)
            only = ", the only one" if strict or all and not self.free and "degenerate" not in self.tried.kinds else ""
            return GLOBAL[verdict][1] + only
        kinds = list(dict.fromkeys(self.tried.kinds))
        provided = getattr(convexity, "provided", None)
        if provided is not None and provided.kind in GLOBAL and len(kinds) != 1:
            facts = ", ".join([f"{Form.name_text(n)} {SAID.get(word, word)}" for n, word in provided.facts.items()])
            return f"for {facts} f is {provided.kind}: then {GLOBAL[provided.kind][1].partition(':')[0]}; else it depends on the data"
        if len(kinds) == 1:
            named = {"degenerate": "degenerate"}.get(kinds[0], f"a {kinds[0]}")
            return f"{named} at all {len(self.tried.kinds)} random data that were tried; in general not decided"
        return f"depends on the data: at random data {' and '.join(kinds)}"

    def to_dict(self, convexity, all: bool) -> dict:
        return {
            "values": self.values, "ascii": self.ascii, "latex": self.latex, "where": self.where, "free": self.free,
            "conditions": self.conditions, "kind": self.kind(convexity, all), "verified": str(self.tried),
            "at_data": None if self.at_data is None else {n: np.asarray(v).tolist() for n, v in self.at_data.items()},
        }  # fmt: skip


class CriticalPoints(Explanation):
    """Where ∇f = 0, and what is there.

    Attributes
        nowhere: whether it was shown that ∇f vanishes nowhere.
        kinks: points without derivative at which f may still be smallest or largest (`Kink`).
        solutions: formulas (`Solution`); `solution` is the text of the first, or None. reason: why there is none.
        points: the points in numbers (`Point`), the lowest first.
        all: whether the solutions are all there are, where f is differentiable. proven: whether the points are.
        convexity: the verdict on f as a whole, or None.
        search: what was searched (`Found`), or None.
    """

    kind = "critical"

    def __init__(self, problem, names: list[str], of):
        self.problem, self.names, self.of = problem, names, of
        self.notes = list(problem.notes)
        self.solutions: list[Solution] = []
        self.points: list = []
        self.reason, self.theorem = "", ""
        self.all = self.proven = False
        self.nowhere = self.whole_window = self.started = False
        self.nearness: float | None = None
        self.refused: list = []
        self.kinks: list = []
        self.convexity = self.search = self.place = None

    @property
    def solution(self) -> str | None:
        return self.solutions[0].text if self.solutions else None

    # ------------------------------------------------------------------ rows

    def rows(self) -> list[tuple[str, str, str]]:
        derivation = self.of.derivation
        found = [*reading_rows(self.problem), *self._gradient_rows()]
        found += self._solution_rows() if not self._plain else []
        found += self._point_rows()
        found += [("kink" if not k else "", text, "") for k, text in enumerate(self._kink_lines())]
        if isinstance(derivation, Derivation):
            found += rows_of(derivation)
        found += [("note", note, "") for note in dict.fromkeys(self.notes)]
        return [*found, *self._verified_rows()]

    @property
    def _plain(self) -> bool:
        """Whether the solutions are numbers, which the points say as well."""
        inside = {s for solution in self.solutions for _, node in solution.branch.values for s in symbols(node)}
        free = any([solution.branch.free for solution in self.solutions])
        return bool(self.points) and not free and inside <= set(self.of.unknown)

    def _gradient_rows(self) -> list[tuple[str, str, str]]:
        found = self.of.derivation
        if isinstance(found, Derivation):
            return [(f"{found.symbol} =", found.text, ""), *where_rows(found.where)]
        rows = found.rows()
        return [row for row in rows if row[0].startswith("∂")]

    def _solution_rows(self) -> list[tuple[str, str, str]]:
        if not self.solutions:
            return [("∇f = 0", self.reason, "")] if self.reason else []
        found = []
        for k, s in enumerate(self.solutions):
            lines = s.lines()
            many = len(self.solutions) > 1
            aside = "" if many else "all solutions" if self.all else "there may be others"
            found.append(("∇f = 0" if not k else "or", lines[0], aside))
            found += [("", line, "") for line in lines[1:]]
            if s.free:
                found.append(("", f"for every {', '.join(s.free)}", ""))
            found += where_rows(s.where)
            if s.conditions:
                found.append(("for", "; ".join(s.conditions), ""))
            if not s.free or self.convexity is not None and self.convexity.verdict in GLOBAL:
                found.append(("kind", s.kind(self.convexity, self.all), ""))
            if s.at_data is not None:
                found += [("at data", f"{n} = {shown(v)}", "") for n, v in s.at_data.items()]
        if len(self.solutions) > 1:
            found.append(("", "these are all solutions" if self.all else "there may be others", ""))
        return found

    def _point_rows(self) -> list[tuple[str, str, str]]:
        if self.place is None:
            return []
        if not self.points:
            return self._nothing_rows()
        lines = [self._cells(p) for p in self.points[:MOST_SHOWN]]
        widths = [max([len(cells[k]) for cells in lines]) for k in range(len(lines[0]))]
        found = []
        for k, cells in enumerate(lines):
            text = "   ".join([cell.ljust(width) for cell, width in zip(cells, widths)]).rstrip()
            found.append(("points" if not k and len(lines) > 1 else "point" if not k else "", text, ""))
        if len(self.points) > MOST_SHOWN:
            found.append(("", f"… and {len(self.points) - MOST_SHOWN} more", ""))
        found += [("why", f"{self._where(p)}: {p.reason}", "") for p in self.points[:MOST_SHOWN] if p.reason]
        return [*found, *self._search_rows(), *self._global_rows()]

    def _kink_lines(self) -> list[str]:
        return [
            f"{self._vector(k.x)}, f = {figure(k.f, 6)}: {k.side}"
            for k in self.kinks[:MOST_SHOWN]
        ]

    def _cells(self, p) -> list[str]:
        of = p.eigenvalues
        said = ("f″ = " + figure(float(of[0]))) if len(of) == 1 else "λ = " + shown(np.where(np.abs(of) <= p.error, 0.0, of))
        kind = p.kind if p.isolated else f"{p.kind}, one of a curve"
        return [self._where(p), f"f = {figure(p.f, 6)}", kind, said if len(of) <= 8 else f"λ = {figure(of[0])} … {figure(of[-1])}"]

    def _where(self, p) -> str:
        if p.exact is None:
            many = sum([np.size(v) for v in p.values.values()]) > 1
            number = lambda v: figure(float(v), 6)
            return ", ".join([f"{Form.name_text(n)} = {number(v) if not np.ndim(v) else shown(v)}" for n, v in p.values.items()]) if many else (
                ", ".join([f"{Form.name_text(n)} = {figure(float(np.ravel(v)[0]), 15)}" for n, v in p.values.items()])
            )
        texts, found = iter(p.exact), []
        for name, value in p.values.items():
            parts = [next(texts) for _ in range(np.size(value))]
            if np.ndim(value) == 2:
                wide = np.shape(value)[1]
                lines = [" ".join(parts[k : k + wide]) for k in range(0, len(parts), wide)]
                found.append(f"{Form.name_text(name)} = [{'; '.join(lines)}]")
            else:
                found.append(f"{Form.name_text(name)} = {parts[0]}" if not np.ndim(value) else f"{Form.name_text(name)} = ({', '.join(parts)})")
        return ", ".join(found)

    def _search_rows(self) -> list[tuple[str, str, str]]:
        if self.theorem:
            return [("search", self.theorem, "")]
        if self.search is None:
            return []
        if self.all and self.solutions and not self.started:
            return [("search", f"∇f = 0 has no other solutions; a search from {self.search.starts} starts found no others", "")]
        if self.started:
            return [("search", f"from {self.place.written()}; there may be others", "")]
        rows = [("search", f"from {self.search.starts} starts in {self._box()}; {self._others()}", "")]
        if self.search.flat is not None:
            rows.append(("", f"∇f is zero on a whole region, too, as around {self._vector(self.search.flat)}: not listed", ""))
        return rows

    def _others(self) -> str:
        """Whether there may be more points in the box."""
        if self.proven:
            return "these are all there: interval arithmetic excludes others"
        if self.nearness:
            return f"interval arithmetic excludes others there, but within {figure(self.nearness, 2)} of a degenerate one"
        return "there may be others"

    def _nothing_rows(self) -> list[tuple[str, str, str]]:
        if self.search is None:
            if self.solutions or self.place is None:
                return []
            return [("search", "not made: it is for functions of up to 6 numbers", "")]
        if self.theorem or self.nowhere:
            return [("points", "none", ""), *([("search", self.theorem, "")] if self.theorem else [])]
        if self.started:
            rows = [("points", f"none found from {self.place.written()}", "")]
            return rows
        shown = self.proven and self.whole_window
        rows = [("points", f"none in {self._box()}: interval arithmetic excludes them", "")] if shown else [
            ("points", f"none found from {self.search.starts} starts in {self._box()}", "")
        ]
        if self.search.flat is not None:
            rows.append(("", f"∇f is zero on a whole region, to rounding, as around {self._vector(self.search.flat)}", ""))
        if self.search.nearest is not None:
            x, size = self.search.nearest
            rows.append(("", f"the smallest ‖∇f‖ there is {figure(size)}, at {self._vector(x)}", ""))
        away = self.falling() if self.search.nearest is not None and self.search.nearest[1] < LEVELLING else ""
        return rows + ([("", away, "")] if away else [])

    def falling(self) -> str:
        """Whether f falls, or grows, for as long as one goes along a line: a sentence, or ""."""
        if self.search.nearest is None:
            return ""
        x, _ = self.search.nearest
        if not np.abs(x).max():
            return ""
        with np.errstate(all="ignore"):
            values = np.array([value_and_gradient(self.place, s * x)[0] for s in (0.5, 1, 2, 4, 8, 16)])
        if not np.isfinite(values).all():
            return ""
        steps = np.diff(values)
        word = "falls" if (steps < 0).all() else "grows" if (steps > 0).all() else ""
        last = f"to {figure(values[-1])}" if word else ""
        return f"f {word} all along the ray through that point, at 16 times its distance {last}" if word else ""

    def _global_rows(self) -> list[tuple[str, str, str]]:
        verdict = self.convexity.verdict if self.convexity is not None else None
        if verdict in GLOBAL and (self._plain or not self.solutions):
            return [("kind", GLOBAL[verdict][1], "")]
        return []

    def _box(self) -> str:
        low, high = self.low, self.high
        if (low == low[0]).all() and (high == high[0]).all():
            return f"[{figure(low[0])}, {figure(high[0])}]" + " ²³⁴⁵⁶"[len(low) - 1].strip()
        return " × ".join([f"[{figure(a)}, {figure(b)}]" for a, b in zip(low, high)])

    def _vector(self, x: np.ndarray) -> str:
        return ", ".join([f"{Form.name_text(n)} = {shown(v)}" for n, v in self.place.variables.apart(x).items()])

    def _verified_rows(self) -> list[tuple[str, str, str]]:
        found = []
        tried = [] if self._plain else [str(s.tried) for s in self.solutions]
        if tried:
            found.append(tried[0])
        if self.points:
            exact = sum([p.exact is not None for p in self.points])
            done = f"{exact} of {len(self.points)} exactly" if 0 < exact < len(self.points) else "exactly" if exact else "to rounding"
            found.append(f"∇f = 0 at the points, {done}; ∇f and ∇²f derived and sealed")
        return [("verified" if not k else "", text, "") for k, text in enumerate(found)]

    # ------------------------------------------------------------------ pictures, data

    def pictures(self):
        if self.place is None or self.search is None:
            return {}
        length = self.place.variables.length
        if length == 1:
            return {"critical": lambda page, width: curve(self, page, width)}
        if length == 2:
            return {"critical": lambda page, width: contours(self, page, width)}
        return {}

    def to_dict(self) -> dict:
        return {
            **self.described(),
            "input": self.problem.text,
            "read_as": self.problem.echo,
            "wrt": list(self.names),
            "solutions": [s.to_dict(self.convexity, self.all) for s in self.solutions],
            "all_solutions": self.all,
            "reason": self.reason,
            "convexity": self.convexity.verdict if self.convexity is not None else None,
            "points": [p.to_dict() for p in self.points],
            "all_points": self.proven or bool(self.all and self.solutions and self.points),
            "search": None if self.search is None else {
                "starts": self.search.starts, "low": self.low.tolist(), "high": self.high.tolist(), "theorem": self.theorem,
            },
            "notes": list(self.notes),
        }  # fmt: skip

