"""The faces of a derivation and of other answers: rows of text, plain data, LaTeX. They show; they compute nothing."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.dims import size_text
from .breaks import rows_of as break_rows
from .symbols import UNICODE, symbol_of

FORMAT = "chainrule.derivation/1"
FURTHER = ("kronecker", "slices", "outputs", "index")  # forms that get a row of their own, labelled "or"


def rows(d) -> list[tuple[str, str, str]]:
    """(label, text, aside) for a derivation: label "" continues the row above."""
    turned = d.layout == "row" and d.function.ndim == 0 and d.order == 1
    result = (f"{d.symbol} =", d.text, shape_text(d.shape, d.layout, turned))
    others = [("or", f"{symbol_of(d, UNICODE, a.form)} = {a.text()}", "") for a in alternatives(d)]
    return [*reading_rows(d.problem), result, *where_rows(d.where), *others, *break_rows(d), *remark_rows(d)]


def reading_rows(problem, directions: Iterable = ()) -> list[tuple[str, str, str]]:
    """How the function was read, and the sizes of its variables and of the directions beside them."""
    first, *definitions = problem.reading
    more = [f"{UNICODE.name_of(d.name)}: {size_text(d.dims)}" for d in directions if d.name not in problem.variables]
    known = "   ".join(filter(None, [variables_text(problem), *more]))
    return [("read as", first, known), *[("", line, "") for line in definitions]]


def where_rows(where: dict[str, str]) -> list[tuple[str, str, str]]:
    """The named intermediates."""
    lines = [f"{name} = {definition}" for name, definition in where.items()]
    return [("" if number else "where", line, "") for number, line in enumerate(lines)]


def remark_rows(found) -> list[tuple[str, str, str]]:
    """The facts that were used, the notes and the evidence."""
    using = [("using", "; ".join(map(str, found.used)), "")] if found.used else []
    return [*using, *[("note", note, "") for note in found.notes], *evidence_rows(found)]


def evidence_rows(d) -> list[tuple[str, str, str]]:
    """How well the answer was verified."""
    if d.seal is None:
        return [("not verified", "the check was switched off", "")]
    found = [("verified" if d.seal.ok else "not verified", str(d.seal), "")]
    if d.seal.called:
        points = f"{d.seal.called} random point" + "s" * (d.seal.called != 1)
        found.append(("", f"{d.problem.name} itself, called at {points}, agrees with what was read", ""))
    return found


def shape_text(dims, layout: str, turned: bool = False) -> str:
    """`shape m×n, column layout`; a number has neither. It is `turned` as in `size_text`."""
    return f"shape {size_text(dims, turned)}, {layout} layout" if dims else "scalar"


def variables_text(problem) -> str:
    """`A: m×n   x: n   S: n×n posdef`."""
    said = [" ".join([f"{v.name}: {size_text(v.dims)}", *sorted(v.facts)]) for v in problem.variables.values()]
    return "   ".join(said)


def latex_with_names(d) -> str:
    """The result and its intermediates as one LaTeX formula."""
    return aligned(d.latex_lines())


def aligned(lines: list[tuple[str, str]]) -> str:
    """Equations as one LaTeX formula."""
    if len(lines) == 1:
        return " = ".join(lines[0])
    return r"\begin{aligned} " + r" \\ ".join(f"{left} &= {right}" for left, right in lines) + r" \end{aligned}"


def alternatives(d) -> list:
    """Further forms of a result with more than two axes that use no names but those of the first."""
    known = d.where.items()
    return [a for a in d.rendering.alternatives if a.form in FURTHER and a.where_text().items() <= known]


def as_dict(d) -> dict:
    """A derivation as plain data."""
    return {
        "format": FORMAT,
        **question(d.problem),
        "wrt": d.wrt,
        "order": d.order,
        "layout": d.layout,
        "symbol": d.symbol,
        "form": d.form,
        "shape": [str(x) for x in d.shape],
        **forms(d),
        "forms": [
            {
                "form": a.form,
                "symbol": symbol_of(d, UNICODE, a.form),
                "text": a.text(),
                "ascii": a.ascii(),
                "latex": a.latex(),
            }
            for a in d.rendering.alternatives
        ],
        "breaks": [b.to_dict() for b in [*d.breaks, *d.overflows]],
        **evidence(d),
    }


def question(problem, directions: Iterable = ()) -> dict:
    """What was read: the function and its variables, with the directions beside them."""
    variables = [(v.name, v.dims, v.facts, v.declared) for v in problem.variables.values()]
    variables += [(d.name, d.dims, d.facts, False) for d in directions if d.name not in problem.variables]
    return {
        "input": problem.text,
        "read_as": problem.echo,
        "dialect": problem.dialect,
        "variables": {
            name: {"shape": [str(x) for x in dims], "facts": sorted(facts), "declared": declared}
            for name, dims, facts, declared in variables
        },
    }


def forms(found) -> dict:
    """The result in each of its spellings."""
    return {name: getattr(found, name) for name in ("text", "ascii", "latex", "numpy", "where")}


def evidence(found) -> dict:
    """What the result used, what is said of it, and how well it was verified."""
    return {
        "used": [fact.to_dict() for fact in found.used],
        "notes": list(found.notes),
        "verified": found.verified,
        "seal": found.seal.to_dict() if found.seal is not None else None,
    }
