"""The faces of a derivation: rows of text, plain data, LaTeX. They show; they compute nothing."""

from __future__ import annotations

from .symbols import LATEX, UNICODE, symbol_of

FORMAT = "chainrule.derivation/1"
FURTHER = ("kronecker", "slices", "index")  # forms that get a row of their own, labelled "or"


def rows(d) -> list[tuple[str, str, str]]:
    """(label, text, aside): label "" continues the row above."""
    found = [("read as", d.problem.echo, variables_text(d.problem))]
    found.append((f"{d.symbol} =", d.text, shape_text(d)))
    label = "where"
    for name, definition in d.where.items():
        found.append((label, f"{name} = {definition}", ""))
        label = ""
    found.extend([("or", f"{symbol_of(d, UNICODE, a.form)} = {a.text()}", "") for a in alternatives(d)])
    found.extend([("note", note, "") for note in d.notes])
    if d.seal is None:
        found.append(("not verified", "the check was switched off", ""))
    else:
        found.append(("verified" if d.seal.ok else "not verified", str(d.seal), ""))
    return found


def shape_text(d) -> str:
    """The shape of the result, in the layout that is shown."""
    dims = [str(x) for x in d.shape]
    out = d.function.ndim
    if d.layout == "row":
        if out == 0 and d.order == 1:
            dims = ["1", *dims] if len(dims) == 1 else dims[::-1]
        return f"shape {'×'.join(dims)}, row layout" if dims else "scalar"
    return f"shape {'×'.join(dims)}" if dims else "scalar"


def variables_text(problem) -> str:
    """`A: m×n   x: n   S: n×n posdef`."""
    parts = []
    for v in problem.variables.values():
        size = "×".join(map(str, v.dims)) or "scalar"
        parts.append(" ".join([f"{v.name}: {size}", *sorted(v.facts)]))
    return "   ".join(parts)


def latex_with_names(d) -> str:
    """The result and its intermediates as one LaTeX formula."""
    lines = [rf"{symbol_of(d, LATEX)} &= {d.latex}"]
    for name, definition in d.rendering.where_latex():
        lines.append(rf"{name} &= {definition}")
    if len(lines) == 1:
        return lines[0].replace("&", "")
    return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"


def alternatives(d) -> list:
    """Further forms of a result with more than two axes that use no names but those of the first."""
    known = set(d.where)
    return [a for a in d.rendering.alternatives if a.form in FURTHER and set(a.where_text()) <= known]


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
        "notes": list(d.notes),
        "verified": d.verified,
        "seal": d.seal.to_dict() if d.seal is not None else None,
    }
