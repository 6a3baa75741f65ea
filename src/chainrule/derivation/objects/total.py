"""The differential df, linear in dx; of several variables df = 2xy dx + x² dy, a term for each of them.

Reference: Magnus & Neudecker, Matrix Differential Calculus (2019), chapter 5.
"""

from __future__ import annotations

from ...matrix.beyond import differential_name
from ..answer import Piece
from ..derive import derive, is_several
from .asked import asked, direction, several_asked
from .curve import along_curve, margin_of, refuse_unless_verified, variables_of, worst_of
from .expansion import Terms
from .products import linear_in, why_nothing
from .start import started


def differential(function, wrt, declare=None, layout="column", dialect=None, seal=True) -> Terms:
    """df of `function` in the variable `wrt`, or in several; each term is verified along its variable.

    Raises
        DeclarationError: no variable, one twice, or the name of a differential is taken.
    """
    if is_several(wrt):
        problem, names = several_asked(function, wrt, declare, layout, dialect)
    else:
        problem, variable = asked(function, wrt, declare, layout, dialect)
        names = [variable.name]
    dims = {name: problem.every[name].dims for name in names}
    steps = {n: direction(problem, differential_name(n), dims[n], "tangent", "the differential") for n in names}
    start = started(problem, names)
    pieces = []
    for name in names:
        node = linear_in(start, name, steps[name])
        pieces.append(Piece(name, "", node, node.ndim))
    found = Terms("differential", problem, layout, pieces, list(steps.values()), start.names(), names)
    found.head = lambda script: f"{script.differential}f"
    for name in names:
        found.notes += why_nothing(found.pieces[name].node, name)
    found.derivations = lambda: [derive(problem, name, seal=False) for name in names]
    if seal:
        checks = []
        for name in names:
            step = lambda values, d=steps[name].name: values[d]
            margin, claim = margin_of(found, start.node, name), found.renderings[name].evaluate
            checks.append(along_curve(problem.evaluate, claim, margin, variables_of(found), name, step))
        found.seal = worst_of(checks)
        refuse_unless_verified(found, f"differential in {', '.join(names)}")
    return found
