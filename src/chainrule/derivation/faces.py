"""The faces of a derivation: rows of text, plain data, LaTeX. They show; they compute nothing."""

from __future__ import annotations

from .breaks import rows_of as break_rows
from .symbols import UNICODE, symbol_of

FORMAT = "chainrule.derivation/1"
FURTHER = ("kronecker", "slices", "outputs", "index")  # forms that get a row of their own, labelled "or"


def rows(d) -> list[tuple[str, str, str]]:
    """(label, text, aside): label "" continues the row above."""
    result, *definitions = d.problem.reading
    found = [("read as", result, variables_text(d.problem)), *[("", line, "") for line in definitions]]
    found.append((f"{d.symbol} =", d.text, shape_text(d)))
    label = "where"
    for name, definition in d.where.items():
        found.append((label, f"{name} = {definition}", ""))
        label = ""
    found.extend([("or", f"{symbol_of(d, UNICODE, a.form)} = {a.text()}", "") for a in alternatives(d)])
    found.extend(break_rows(d))
    if d.used:
        found.append(("using", "; ".join(map(str, d.used)), ""))
    found.extend([("note", note, "") for note in d.notes])
    return found + evidence_rows(d)


def evidence_rows(d) -> list[tuple[str, str, str]]:
    """How well the answer was verified."""
    if d.seal is None:
        return [("not verified", "the check was switched off", "")]
    found = [("verified" if d.seal.ok else "not verified", str(d.seal), "")]
    if d.seal.called:
        points = f"{d.seal.called} random point" + "s" * (d.seal.called != 1)
        found.append(("", f"{d.problem.name} itself, called at {points}, agrees with what was read", ""))
    return found


def shape_text(d) -> str:
    """The shape of the result, and the layout in which it is shown."""
    row = d.layout == "row"
    return shape_of(d.shape, turned=row and d.function.ndim == 0 and d.order == 1) + layout_text(d)


def layout_text(d) -> str:
    """`, column layout`; nothing for a number, which has none."""
    return f", {d.layout} layout" if d.shape else ""


def shape_of(dims, turned: bool = False) -> str:
    """`shape m×n`; where it is turned, a vector is a row and a matrix transposed."""
    shown = [str(x) for x in dims]
    if turned and shown:
        shown = ["1", *shown] if len(shown) == 1 else shown[::-1]
    return f"shape {'×'.join(shown)}" if shown else "scalar"


def variables_text(problem) -> str:
    """`A: m×n   x: n   S: n×n posdef`."""
    parts = []
    for v in problem.variables.values():
        size = "×".join(map(str, v.dims)) or "scalar"
        parts.append(" ".join([f"{v.name}: {size}", *sorted(v.facts)]))
    return "   ".join(parts)


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
    problem = d.problem
    return {
        "format": FORMAT,
        "input": problem.text,
        "read_as": problem.echo,
        "dialect": problem.dialect,
        "variables": {
            v.name: {"shape": [str(x) for x in v.dims], "facts": sorted(v.facts), "declared": v.declared}
            for v in problem.variables.values()
        },
        "wrt": d.wrt,
        "order": d.order,
        "layout": d.layout,
        "symbol": d.symbol,
        "form": d.form,
        "shape": [str(x) for x in d.shape],
        "text": d.text,
        "ascii": d.ascii,
        "latex": d.latex,
        "numpy": d.numpy,
        "where": d.where,
        "forms": [
            {"form": a.form, "symbol": symbol_of(d, UNICODE, a.form), "text": a.text(), "ascii": a.ascii(), "latex": a.latex()}
            for a in d.rendering.alternatives
        ],
        "used": [fact.to_dict() for fact in d.used],
        "breaks": [b.to_dict() for b in [*d.breaks, *d.overflows]],
        "notes": list(d.notes),
        "verified": d.verified,
        "seal": d.seal.to_dict() if d.seal is not None else None,
    }
