"""An answer of calculus that is not the derivative itself: J v, a differential, a Taylor polynomial, several gradients.

It has the faces of a `Derivation`: text, LaTeX, NumPy, a compiled program, rows, plain data. It consists of pieces,
each with a name of its own; most answers have one. Pieces are written together, so that what they share has one name.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import NamedTuple

from ..core.node import Node, symbol
from ..matrix.render import Rendering, where_text
from ..matrix.together import Wanted, negative, render_together
from ..syntax.typed import order as places
from .breaks import rows_of as break_rows
from .faces import aligned, evidence, forms, question, reading_rows, remark_rows, shape_text, where_rows
from .result import Result
from .symbols import LATEX, UNICODE
from .used import Used, used_by

FORMAT = "chainrule.answer/1"
MOST_PLACES = 1000  # operations of the function × variables of which it is looked where the derivative breaks


class Piece(NamedTuple):
    """One result of an answer.

    key     its name in programs and plain data
    name    callable (script) → what it is called, in Unicode or LaTeX
    node    the result; out_ndim of its axes are the function's, the others those of the variable `wrt`
    aside   what is said beside it, after its shape
    negates the key of a result whose negative this is, and written as that
    """

    key: str
    name: object
    node: Node
    out_ndim: int
    wrt: str | None = None
    aside: str = ""
    negates: str = ""


class Answer(Result):
    """What was asked of a function, verified. What it has besides, `Result` says.

    Attributes
        pieces: the results, by key in the order in which they are shown.
        directions: the symbols that are no variables of the function, such as v in J v.
        wrt: the names of the variables.
    """

    def __init__(self, kind: str, problem, layout: str, pieces: list[Piece], directions=(), names=None, wrt=()):
        super().__init__(kind, problem, layout, names)
        self.pieces = {piece.key: piece for piece in pieces}
        self.directions: list[Node] = list(directions)
        self.wrt: list[str] = list(wrt)
        self.last: list[str] = [d.name for d in self.directions]  # written last in products
        self.notes = [n for n in self.notes if not self._names_a_direction(n)]
        self.unit = False  # whether a direction is divided by its length
        self.again = None  # makes the same answer of another problem; see `used.repeatable`
        self.derivations = lambda: []  # the derivations of the same function that say where these results break

    def _names_a_direction(self, note: str) -> bool:
        return any(f"`{name}` is declared, but" in note for name in [*[d.name for d in self.directions], *self.wrt])

    # ------------------------------------------------------------------ the results

    @property
    def parameters(self) -> list[Node]:
        """The variables of the function as symbols, in order of appearance, then the directions."""
        known = {d.name for d in self.directions}
        variables = [symbol(v.name, v.dims, v.facts) for v in self.problem.every.values() if v.name not in known]
        return [*variables, *self.directions]

    @cached_property
    def renderings(self) -> dict[str, Rendering]:
        parameters = self.parameters
        by_name = {p.name: p for p in parameters}
        own = [p for p in self.pieces.values() if not p.negates]
        wanted = [Wanted(p.node, p.out_ndim, by_name.get(p.wrt), self.layout) for p in own]
        found = dict(zip([p.key for p in own], render_together(wanted, self.names, parameters, self.last)))
        return {key: negative(found[p.negates]) if p.negates else found[key] for key, p in self.pieces.items()}

    @property
    def node(self) -> Node:
        """The first result."""
        return next(iter(self.pieces.values())).node

    @property
    def rendering(self) -> Rendering:
        return next(iter(self.renderings.values()))

    @property
    def shape(self) -> tuple:
        """The axes of the first result, as dimensions."""
        return self.node.dims

    def named(self, key: str, script=UNICODE) -> str:
        """What a result is called."""
        piece = self.pieces[key]
        return piece.name(script) if callable(piece.name) else piece.name

    def written(self, key: str) -> str:
        return self.renderings[key].text()

    @property
    def symbol(self) -> str:
        return self.named(next(iter(self.pieces)))

    @property
    def form(self) -> str:
        return self.rendering.form

    @property
    def text(self) -> str:
        """The result in Unicode; several results one a line, each with its name."""
        if len(self.pieces) == 1:
            return self.written(next(iter(self.pieces)))
        return "\n".join(f"{self.named(key)} = {self.written(key)}" for key in self.pieces)

    @cached_property
    def where(self) -> dict[str, str]:
        """The named intermediates and their definitions, each after those it uses."""
        return where_text(self.renderings.values())

    @property
    def spelled(self) -> tuple[list[str], list[str]]:
        """(definitions, results) in ASCII, as they read back."""
        definitions, results = {}, []
        for rendering in self.renderings.values():
            *lines, result = rendering.ascii().split("\n")
            definitions.update(dict.fromkeys(lines))
            results.append(result)
        return list(definitions), results

    @property
    def ascii(self) -> str:
        definitions, results = self.spelled
        return "\n".join([*definitions, *results])

    @property
    def latex(self) -> str:
        """The result in LaTeX; several are aligned, each with its name."""
        if len(self.pieces) == 1:
            return self.rendering.latex()
        return aligned([(self.named(key, LATEX), r.latex()) for key, r in self.renderings.items()])

    def latex_lines(self) -> list[tuple[str, str]]:
        """(left side, right side) of the results and of their intermediates."""
        lines = [(self.named(key, LATEX), r.latex()) for key, r in self.renderings.items()]
        return lines + list(dict.fromkeys([line for r in self.renderings.values() for line in r.where_latex()]))

    @property
    def numpy(self) -> str:
        """The read form spelled in NumPy; several results as assignments."""
        if len(self.pieces) == 1:
            return self.rendering.numpy()
        lines: list[str] = []
        current: dict[str, str] = {}  # the definition that a name has so far
        for key, rendering in self.renderings.items():
            *definitions, result = rendering.numpy().split("\n")
            for line in definitions:
                name = line.partition("=")[0]
                if current.get(name) != line:
                    current[name] = line
                    lines.append(line)
            lines.append(f"{self.assigned(key)} = {result}")
        return "\n".join(lines)

    def assigned(self, key: str) -> str:
        """The name that a result has in NumPy text."""
        return key

    @cached_property
    def used(self) -> list[Used]:
        """The declared facts that the results used: without any of these they would have been others."""
        if self.again is None:
            return []
        shown = lambda answer: (answer.text, answer.where)
        return used_by(self.problem, shown(self), lambda problem: shown(self.again(problem)))

    # ------------------------------------------------------------------ code

    def outputs(self) -> Node | dict[str, Node]:
        """What the program computes: one node, or several by name."""
        if len(self.pieces) == 1:
            return self.node
        return {key: piece.node for key, piece in self.pieces.items()}

    # ------------------------------------------------------------------ faces

    def rows(self) -> list[tuple[str, str, str]]:
        """(label, text, aside): what was read, the results, intermediates, notes, the seal."""
        results = [(f"{self.named(key)} =", self.written(key), self.aside(key)) for key in self.pieces]
        reading = reading_rows(self.problem, self.directions)
        return [*reading, *results, *where_rows(self.where), *self.condition_rows(), *remark_rows(self)]

    def condition_rows(self) -> list[tuple[str, str, str]]:
        """Where the results do not exist, each condition once; of many variables of a long function, for some."""
        rows: dict[tuple[str, str], str] = {}
        most = max(1, MOST_PLACES // len(places([typed for _, typed in self.problem.typed_lets] + [self.problem.typed])))
        for d in islice(self.derivations(), most):
            label = ""
            for mark, condition, aside in break_rows(d):
                label = mark or label
                rows.setdefault((label, condition), aside)
        found, before = [], ""
        for (label, condition), aside in rows.items():
            found.append(("" if label == before else label, condition, aside))
            before = label
        if most < len(self.wrt):
            found.append(("breaks", f"looked for in {most} of {len(self.wrt)} variables", ""))
        return found

    def aside(self, key: str) -> str:
        """The shape of a result in the layout that is shown, and what else is said of it."""
        piece = self.pieces[key]
        turns = self.layout == "row" and piece.wrt is not None and not piece.out_ndim
        turns = turns and piece.node.dims == self.problem.every[piece.wrt].dims
        return shape_text(piece.node.dims, self.layout, turns) + (f", {piece.aside}" if piece.aside else "")

    def __repr__(self) -> str:
        named = f"{self.symbol} = " if "\n" not in self.text else ""
        return f"<{self.kind} {named}{'; '.join(self.text.splitlines())}>"

    def to_dict(self) -> dict:
        """The answer as plain data: what `--json` answers."""
        return {
            "format": FORMAT,
            "kind": self.kind,
            **question(self.problem, self.directions),
            "wrt": self.wrt,
            "layout": self.layout,
            "results": [self._piece_dict(key) for key in self.pieces],
            **forms(self),
            **evidence(self),
        }

    def _piece_dict(self, key: str) -> dict:
        rendering = self.renderings[key]
        return {
            "key": key,
            "symbol": self.named(key),
            "shape": [str(x) for x in self.pieces[key].node.dims],
            "form": rendering.form,
            "text": rendering.text(),
            "ascii": rendering.ascii(),
            "latex": rendering.latex(),
        }
