"""The formula of a function that was brought as code: what it says, since there is no text to echo.

It is rendered from the function's own graph, before anything is differentiated, with the names that the code gives
its intermediates.
"""

from __future__ import annotations

from ..core.node import symbol
from ..matrix import render
from ..syntax import Brought
from ..syntax.lower import Lowering


def written(problem: Brought) -> tuple[list[str], list[str]]:
    """`loss(X, w, y) = ‖r‖²/m` and the definitions below it, each as a line, in Unicode and in LaTeX.

    Each definition is rendered by itself, with the names of the others as symbols: as the code says it, so that it can
    be compared with the code.
    """
    parameters = [symbol(v.name, v.dims, v.facts) for v in problem.every.values()]
    lowering = Lowering({v.name: v for v in parameters})
    taken = [*parameters, *[name for name, _ in problem.typed_lets]]
    shown = []
    for name, typed in [*problem.typed_lets, (None, problem.typed)]:
        node = lowering.node(typed)
        shown.append((name, render(node, node.ndim, wrt_name="", taken=taken)))
        taken += [further.partition("_")[0] for further in shown[-1][1].where_ascii()]
        if name is not None:
            lowering.name(name, typed)
    *definitions, (_, result) = shown
    inner = ", ".join([result.name_text(v.name) for v in parameters])
    lines = [result.definition(f"{problem.name}({inner})"), *further(result.where_text())]
    inner = ", ".join([result.name_latex(v.name) for v in parameters])
    latex = [result.definition_latex(rf"\operatorname{{{problem.name}}}({inner})"), *further(dict(result.where_latex()))]
    for name, form in definitions:
        lines += [form.definition(form.name_text(name)), *further(form.where_text())]
        latex += [form.definition_latex(form.name_latex(name)), *further(dict(form.where_latex()))]
    return list(dict.fromkeys(lines)), list(dict.fromkeys(latex))


def further(definitions: dict[str, str]) -> list[str]:
    """The definitions that a form itself needs."""
    return [f"{name} = {text}" for name, text in definitions.items()]
