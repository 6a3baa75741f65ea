"""What a step assumed: the declared facts without which its line would read otherwise.

Found as for results (`used`): the derivation is told once more with the facts of one variable left out.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core.errors import ChainruleError
from .lines import Line
from .used import Used

RESULTS = ("input", "result")  # quoted; the result has its own row


def assumed(lines: list[Line], problem, stage, retold: Callable[[str], list[Line]]) -> None:
    """Enter the declared facts that were used, each into the first line that would read otherwise without it.

    Parameters
        stage: the derivation of which these are the lines; it knows by what words its facts were used.
        retold: the name of a variable → the lines as they are where nothing is declared of it.
    """
    declared = {v.name: v.facts for v in problem.variables.values() if v.facts}
    if not declared:
        return
    said: dict[str, list[str]] = {}
    for fact in stage.used:
        said.setdefault(fact.variable, []).append(str(fact))
    for name, facts in declared.items():
        try:
            without = {line.text() for line in retold(name)}
        except ChainruleError:  # it cannot even be told without: no line can be said to need the fact more than another
            continue
        words = said.get(name) or [str(Used(name, word, word, len(problem.variables[name].dims))) for word in sorted(facts)]
        first = next((line for line in lines if line.kind not in RESULTS and line.text() not in without), None)
        if first is not None:
            first.assumes = (*first.assumes, *words)
