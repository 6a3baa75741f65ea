"""The steps of a derivation: short, with named intermediates, each line with its rule, each line verified.

>>> from chainrule.derivation import derive
>>> for line in derive("||A x - b||^2", "x").steps:
...     print(line.text())
f = ‖Ax − b‖²
r = Ax − b
f = ‖r‖²
∂f/∂r = 2r
∂r/∂x = A
∂f/∂x = (∂r/∂x)ᵀ(∂f/∂r) = 2Aᵀr
∇f = 2Aᵀ(Ax − b)

The first line is the function, the last its derivative as it is shown. A second derivative is told as the derivative of the first,
which is read as it was printed.
"""

from __future__ import annotations

from ..calculus import free_facts
from ..core.errors import check_choice
from ..core.latex_names import words
from ..core.node import symbol
from ..ops.linalg import det, inverse, logdet
from ..syntax import read
from . import rules
from .assumed import assumed
from .differentiate import differentiated
from .lines import Line, Quoted, result_side, shape_of, verify
from .program import Program, take_apart
from .symbols import LATEX, LAYOUTS, UNICODE, function_names, symbol_of
from .styles import STYLES, lines_in
from .teller import Teller
from .terminal import block, row
from .trial import TRIALS, Total

AUTO = "auto"
WIDEST = 60  # columns of a line beside which its rule still stands
STYLE_NAMES = (AUTO, *STYLES)
MATRIX_FUNCTIONS = (inverse, det, logdet)  # of these a differential is shorter to tell than a Jacobian


class Steps:
    """The lines of a derivation in one style and layout: a sequence of `Line`.

    Attributes
        style: "differential" (df = 2rᵀdr, read off) or "chain" (∂f/∂r, ∂r/∂x and their product).
        layout: "column" or "row".
        wrt: the variable.
    """

    kind = "steps"

    def __init__(self, lines: list[Line], style: str, layout: str, wrt: str):
        self.lines, self.style, self.layout, self.wrt = lines, style, layout, wrt
        self.points = TRIALS

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self):
        return iter(self.lines)

    def __getitem__(self, place):
        return self.lines[place]

    @property
    def verified(self) -> bool:
        """Whether every line was compared with numeric values, and agreed."""
        return all(line.verified for line in self.lines)

    @property
    def sources(self) -> list[str]:
        """Where the rules stand, in the order in which the lines use them."""
        return list(dict.fromkeys([source for line in self.lines for source in line.sources]))

    @property
    def title(self) -> str:
        manner = {"chain": "by the chain rule", "differential": "by differentials"}[self.style]
        return f"{manner}, {self.layout} layout"

    def rows(self) -> list[tuple[str, str, str]]:
        """(label, text, aside) rows: a title, the numbered lines with shapes and rules, and the sources of the rules."""
        sources = self.sources
        width = max(len(line.shape) for line in self.lines)
        found = [("steps", self.title, "")]
        for number, line in enumerate(self.lines, 1):
            marks = "".join(f"[{sources.index(s) + 1}]" for s in line.sources)
            said = "; ".join(part for part in (line.rule, *(f"using {a}" for a in line.assumes)) if part)
            aside = f"{line.shape:<{width}}   {said} {marks}" if width else f"{said} {marks}"
            found.append((str(number), line.text(), aside.rstrip()))
        found += [(f"[{k}]", source, "") for k, source in enumerate(sources, 1)]
        if self.verified:
            found.append(("verified", f"each line, at {self.points} random points", ""))
        return found

    def __str__(self) -> str:
        return block([row(*entry) for entry in self.rows()], farthest=WIDEST)

    def latex(self) -> str:
        """The lines as one `aligned` environment, each with its rule as text."""
        lines = []
        for line in self.lines:
            left, *sides = line.latex_sides()
            rule = f" && {words(line.name)}" if line.name else ""
            lines.append(f"{left} &= {' = '.join(sides)}{rule}")
        return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"

    def to_dict(self) -> dict:
        return {
            "style": self.style,
            "layout": self.layout,
            "verified": self.verified,
            "sources": self.sources,
            "lines": [line.to_dict() for line in self.lines],
        }

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self), "text/latex": f"$$ {self.latex()} $$"}


class Told:
    """A derivation together with its steps, or its paths: what a door shows that was asked for both. All else is the derivation's."""

    def __init__(self, derivation, telling):
        self.derivation, self.telling = derivation, telling

    def __getattr__(self, name):
        return getattr(self.derivation, name)

    def rows(self) -> list[tuple[str, str, str]]:
        return [*self.derivation.rows(), *self.telling.rows()]

    def latex_lines(self) -> list[tuple[str, str]]:
        return [(line.latex_sides()[0], " = ".join(line.latex_sides()[1:])) for line in self.telling.lines]

    def to_dict(self) -> dict:
        return {**self.derivation.to_dict(), self.telling.kind: self.telling.to_dict()}

    @property
    def verified(self) -> bool:
        return self.derivation.verified and self.telling.verified

    def __str__(self) -> str:
        return f"{self.derivation}\n{self.telling}"


class Each:
    """The steps, or the paths, of derivatives in several variables: one telling after the other, by variable."""

    def __init__(self, tellings: dict[str, object]):
        self.tellings = tellings
        self.kind = next(iter(tellings.values())).kind

    def __getitem__(self, name: str):
        return self.tellings[name]

    def __iter__(self):
        return iter(self.tellings.values())

    def __len__(self) -> int:
        return len(self.tellings)

    @property
    def lines(self) -> list[Line]:
        return [line for telling in self for line in telling.lines]

    @property
    def verified(self) -> bool:
        return all(telling.verified for telling in self)

    def rows(self) -> list[tuple[str, str, str]]:
        found = []
        for name, telling in self.tellings.items():
            (label, title, _), *rest = telling.rows()
            found += [(label, title if telling.kind == "paths" else f"for {UNICODE.name_of(name)}, {title}", ""), *rest]
        return found

    def latex(self) -> str:
        return r" \\ ".join([telling.latex() for telling in self]).join([r"\begin{gathered} ", r" \end{gathered}"])

    def to_dict(self) -> dict:
        return {name: telling.to_dict() for name, telling in self.tellings.items()}

    def __str__(self) -> str:
        return block([row(*entry) for entry in self.rows()], farthest=WIDEST)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self), "text/latex": f"$$ {self.latex()} $$"}


def told(d, style: str = AUTO, layout: str | None = None) -> Steps:
    """The steps of the derivation `d`.

    Parameters
        style: "differential", "chain", or "auto": differentials where matrices are inverted or have determinants and where
            one rule is enough, else the chain rule.
        layout: "column" or "row"; by default that of `d`.

    Raises
        DeclarationError: no such style or layout.
        DomainError: no point was found at which the steps can be checked.
        UnverifiedError: a line fails its check.
    """
    check_choice("style", style, STYLE_NAMES, " of steps")
    layout = d.layout if layout is None else layout
    check_choice("layout", layout, LAYOUTS)
    lines: list[Line] = []
    problem, found, names = d.problem, style, function_names(d)
    for order in range(1, d.order + 1):
        last = order == d.order
        stage = _relaid(d, layout) if last else _lower(d, order, layout)
        found, more = _stage(problem, stage, style, names[order - 1], None if last else names[order])
        lines += more
        if _is_zero(stage):
            break
        if not last:
            problem = _read_back(d, order)
    return Steps(lines, found, layout, d.wrt)


def _stage(problem, stage, style: str, name: str, further: str | None) -> tuple[str, list[Line]]:
    """The lines from a function, which may be the derivative below, to its derivative, `stage`, called `further` if it goes on."""
    first = [_input(problem, name)] if stage.order == 1 else []
    last = further is None
    variable = problem.variables.get(stage.wrt)
    if variable is None or _is_zero(stage):  # there is nothing to tell but why
        zero = _zero(stage)
        for line in (*first, zero):
            line.error = 0.0 if stage.seal is None or stage.seal.ok else None  # there is no part to evaluate; the seal did
        return style if style != AUTO else "chain", [*first, zero]

    def tell(style: str, unknown: str = ""):
        facts = frozenset() if unknown == variable.name else variable.facts
        free = symbol(variable.name, variable.dims, free_facts(facts))
        whole = symbol(variable.name, variable.dims, facts) if last else free
        program = take_apart(problem, free, whole, name, unknown)
        teller = Teller(program, stage.layout)
        style, body = lines_in(teller, chosen(program) if style == AUTO else style)
        return program, teller, style, [*first, *teller.definitions(), *body]

    program, teller, style, lines = tell(style)
    assumed(lines, problem, stage, lambda unknown: tell(style, unknown)[3])
    lines = _ended(lines, stage, program, further)
    verify(lines, program, problem, teller.quantities)
    return style, lines


def chosen(program: Program) -> str:
    """The style in which a derivation is shortest to tell."""
    declared = [function for part in program.parts for function in part.functions]
    if declared:
        return "differential" if all(function in MATRIX_FUNCTIONS for function in declared) else "chain"
    return "differential" if len(program.parts) == 1 and program.variable.dims else "chain"


# ------------------------------------------------------------------ the first line and the last


def _input(problem, name: str) -> Line:
    """The function as it was read."""
    side = Quoted(problem.echo, problem.echo_latex, problem.evaluate)
    return Line("input", Quoted(name, name), [side], [rules.INPUT], shape=shape_of(problem.dims), true=lambda t: t.part(name))


def _ended(lines: list[Line], stage, program: Program, further: str | None) -> list[Line]:
    """The lines with the result, in the form in which it is shown, as the last; `further` names it for what follows."""
    function, wrt = program.function.name, program.variable.name
    side = result_side(stage, stage.rendering.evaluate)
    named = f"{further} = " if further else ""
    left = Quoted(named + symbol_of(stage, UNICODE), named + symbol_of(stage, LATEX))
    true = Total(function, wrt)
    turned = stage.layout == "row" and not stage.function.dims and stage.order == 1
    result = Line("result", left, [side], [rules.RESULT], shape=shape_of(stage.shape, turned), true=true)
    above = lines[-1]
    if above.kind not in ("input", "name") and above.sides[-1].text() == side.text():
        lines = lines[:-1]  # the names need not be put back: one line says both
        result.rules, result.assumes = above.rules, above.assumes
        if above.true_is_total:
            result.sides = [*above.sides[:-1], side]
    return [*lines, result]


# ------------------------------------------------------------------ derivatives that are zero


def _is_zero(stage) -> bool:
    return stage.node.op == "sum" and not stage.node.args


def _zero(stage) -> Line:
    """The derivative is zero; the notes of the derivation say why."""
    left = Quoted(symbol_of(stage, UNICODE), symbol_of(stage, LATEX))
    rule = rules.CONSTANT if stage.order == 1 else rules.ZERO
    return Line("result", left, [result_side(stage, stage.rendering.evaluate)], [rule], shape=shape_of(stage.shape))


# ------------------------------------------------------------------ further derivatives


def _lower(d, order: int, layout: str):
    """The derivation of a lower order that `d` went through; the variable is free, since it will move once more."""
    found = differentiated(d.problem, d.wrt, order)
    lower = type(d)(d.problem, d.wrt, order, layout, found.nodes[: order + 1], found.nodes[order])
    lower.names = found.names
    return lower


def _relaid(d, layout: str):
    """The same derivation in another layout."""
    if layout == d.layout:
        return d
    other = type(d)(d.problem, d.wrt, d.order, layout, d.nodes, d.node)
    other.names, other.notes, other.seal = d.names, d.notes, d.seal
    return other


def _read_back(d, order: int):
    """The function that the derivative of that order is, read from its printed form."""
    declared = {}
    for v in d.problem.every.values():
        size = " ".join(x.python().replace(" ", "") for x in v.dims)
        facts = free_facts(v.facts) if v.name == d.wrt and order < d.order - 1 else v.facts
        declared[v.name] = f"{size or 'scalar'} {' '.join(sorted(facts))}".strip()
    return read(_lower(d, order, "column").ascii, declared, "math")
