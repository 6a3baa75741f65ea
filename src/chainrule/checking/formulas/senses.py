"""Formulas that are right, and those that are right in some sense: in the other layout, for a symmetric matrix, as a vector."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from ...core.dims import size_text
from ...core.errors import ChainruleError
from ...derivation import derived
from ...derivation.faces import variables_text
from ...derivation.symbols import UNICODE
from ...syntax import Problem
from ...syntax.tree import walk
from ...syntax.typed import order as typed_order
from .checked import NOUNS, Checked
from .equal import Comparison, Side, compared, condition, samples, value_of
from .evidence_rows import counted, slopes
from ..report import Report


def right(checked: Checked, headline: str, compare: Comparison, rows=(), remarks=()) -> Report:
    told = f"{headline}: {checked.equation}"
    if checked.direction:
        told = f"{headline}: the differential that belongs to {checked.equation}"
    how = (
        "equal in exact fractions"
        if compare.exact
        else f"equal to rounding ({compare.error:.0e})".replace("e-0", "e-")
        if compare.error
        else "equal"
    )
    evidence_ = (
        f"{how} at {compare.points} random points of several sizes"
        if checked.sizes()
        else f"{how} at {compare.points} random points"
    )
    return Report(
        "right", told, remainders=lambda: picture(checked), rows=[*rows, ("evidence", f"{evidence_}; the true one is verified by numeric derivatives")],
        remarks=[*remarks, *checked.mine_notes()], correct=checked.correct, digits=16.0 if not compare.error else -np.log10(compare.error),
    )  # fmt: skip


def other_form(checked: Checked, compare: Comparison) -> Report:
    found, how = checked.found, compare.how
    mine = size_text(checked.mine.dims, checked.mine.row)
    true = size_text(checked.true.dims, checked.true.row)
    if how in ("row", "transposed"):
        square = how == "transposed" and checked.true.dims == checked.mine.dims
        other = "row" if found.layout == "column" else "column"
        if checked.noun == NOUNS["jacobian"]:
            text = (
                "yours is the transpose, inputs × outputs (denominator layout); in column layout it is outputs × inputs"
            )
        elif square:
            text = f"yours is the transpose, as it stands in {other} layout; with the shape of its variable it is {checked.correct}"
        else:
            text = f"yours is {mine}, as in {other} layout; in {found.layout} layout it is {true}"
        remarks = []
        symmetric = symmetric_too(checked) if square else None
        if symmetric:
            remarks.append(f"for symmetric {symmetric} both are the same")
        return right(checked, "right, in the other layout", compare, [("layout", text)], remarks)
    if how == "kronecker":
        return right(
            checked,
            "right, as the matrix of vec f by vec X",
            compare,
            [("form", "vec stacks columns, ∂vec f/∂(vec X)ᵀ")],
        )
    if how == "kronecker transposed":
        return right(
            checked, "right, in the other layout", compare, [("form", "yours is the transpose of ∂vec f/∂(vec X)ᵀ")]
        )
    if how == "number" and is_zero(checked):
        return right(checked, "right", compare)
    told = {
        "vec": f"the right entries, stacked by columns into one vector: {checked.noun} has shape {true}, yours {mine}",
        "rows": f"the right entries, stacked by rows into one vector: {checked.noun} has shape {true}, yours {mine}",
        "shape": f"the right entries in another shape: {checked.noun} has shape {true}, yours {mine}",
        "number": f"the right number, but {checked.noun} has shape {true}: this number in every entry",
    }[how]
    if how == "shape":
        return right(checked, "right up to its shape", compare, [("shape", f"yours is {mine}, {checked.noun} {true}")])
    return Report(
        "wrong",
        f"not {checked.noun}: {told}",
        cause="shape",
        argument=found.wrt,
        correct=checked.correct,
        rows=[("correct", checked.correct)],
    )


def is_zero(checked: Checked) -> bool:
    return all(
        not np.any(a)
        for _, a, _ in samples(checked.true, Side(checked.true.dims, checked.true.evaluate), checked.variables, 2)
    )


def symmetric_too(checked: Checked) -> str | None:
    """The variable for whose symmetric values yours is the derivative as it stands."""
    return next(
        (
            name
            for name, fact in [condition(checked.true, checked.yours, checked.variables) or ("", "")]
            if fact == "symmetric"
        ),
        None,
    )


def assumed(checked: Checked, compare: Comparison) -> Report:
    name, fact = compare.given
    shown = UNICODE.name_of(name)
    if fact == "symmetric":
        head = f"right for symmetric {shown}"
        fix = f"declare it ({name}: {' '.join(map(str, checked.problem.every[name].dims))} symmetric) if it is; otherwise yours is wrong"
    else:
        head = f"right for {shown} whose entries sum to one"
        fix = f"it uses Σ{shown} = 1, which is not declared ({name}: {' '.join(map(str, checked.problem.every[name].dims))} prob, or onehot); you should say so"
    report = right(checked, head, compare._replace(exact=False))
    report.headline = f"{head}; for any {shown} it is {checked.correct}"
    report.cause = "symmetric" if fact == "symmetric" else None
    report.rows = [("assumes", fix)]
    if compare.counter:
        report.rows.append(("else", str(compare.counter)))
    return report


def constrained_match(checked: Checked) -> Report | None:
    """Right as the derivative of a constrained variable, as handbooks print it: 2S⁻¹ − S⁻¹ ⊙ I for log |S|."""
    found = checked.found
    if found.order != 1 or found.function.ndim or checked.direction or not found.variable.facts:
        return None
    try:
        answer = found.constrained
    except ChainruleError:
        return None
    for key, piece in answer.pieces.items():
        rendering = answer.renderings[key]
        if key == "unconstrained" or piece.node.dims != checked.yours.dims:
            continue
        each = Side(piece.node.dims, lambda values, piece=piece: value_of(piece.node, checked.problem, values))
        compare = compared(each, checked.yours, checked.variables, conditions=False)
        if compare.same:
            name = UNICODE.name_of(found.wrt)
            kind = answer.constraint
            report = right(checked, f"right for {kind} {name}", compare)
            report.headline = f"right for {kind} {name} ({key}): {rendering.text()}"
            report.rows.insert(0, ("means", answer.said[key]))
            report.rows.insert(
                1, ("otherwise", f"where the entries of {name} move by themselves it is {checked.correct}")
            )
            return report
    return None


def with_sizes_renamed(checked: Checked) -> Report | None:
    """Right, if the letters by which the person calls the sizes are others than those chosen here: 2/n for 2/m."""
    sizes = checked.sizes()
    if checked.direction or len(sizes) > 3 or any(v.declared for v in checked.problem.every.values()):
        return None
    places = [
        n
        for n in walk(checked.mine.tree)
        if n.kind == "name" and n.value in sizes and n.value not in checked.problem.every
    ]
    for order in permutations(sizes) if places else ():
        names = dict(zip(sizes, order))
        if all(names[n.value] == n.value for n in places):
            continue
        text = checked.text
        for node in sorted(places, key=lambda n: -n.start):
            text = text[: node.start] + names[node.value] + text[node.end :]
        try:
            again = Checked(checked.problem, checked.found, text, None)
            compare = compared(again.true, again.yours, again.variables, conditions=False)
        except ChainruleError:
            continue
        if compare.same:
            said = " and ".join(
                f"{n} is what is called {names[n]} here"
                for n in dict.fromkeys(p.value for p in places)
                if names[n] != n
            )
            fix = "sizes that are not declared get names: " + variables_text(checked.problem)
            return right(checked, f"right, if {said}", compare, [("sizes", fix)])
    return None


def handbook(checked: Checked) -> Report | None:
    """The same where nothing is declared of a square matrix, and yours is what handbooks print for a symmetric one."""
    variable, found = checked.found.variable, checked.found
    square = len(variable.dims) == 2 and variable.dims[0] is variable.dims[1]
    if (
        not square
        or variable.facts
        or found.order != 1
        or found.function.ndim
        or not isinstance(checked.problem, Problem)
    ):
        return None
    words = {n: (v.dims, v.facts) for n, v in checked.problem.every.items()} | {
        variable.name: (variable.dims, ("symmetric",))
    }
    try:
        again = derived(checked.problem.text, found.wrt, declare=words, dialect=checked.problem.dialect, seal=False)
        return constrained_match(Checked(again.problem, again, checked.text, None))
    except ChainruleError:
        return None


def only_diagonal(checked: Checked) -> Report | None:
    """Yours is the diagonal of the Jacobian, as a vector: right where there is nothing beside it."""
    dims = checked.true.dims
    if len(dims) != 2 or dims[0] is not dims[1] or checked.yours.dims != dims[:1]:
        return None
    true = checked.true

    def embedded(values):
        return np.diag(np.asarray(checked.yours.evaluate(values)))

    def diagonal(values):
        return np.diagonal(np.asarray(true.evaluate(values)))

    whole = compared(true, Side(dims, embedded, margin=checked.yours.margin), checked.variables, conditions=False)
    if whole.same:
        return right(
            checked,
            "right, written as a vector",
            whole,
            [("shape", f"{checked.noun} is {size_text(dims)}: diag of yours")],
        )
    part = compared(Side(dims[:1], diagonal, margin=true.margin), checked.yours, checked.variables, conditions=False)
    if not part.same:
        return None
    rows = [("correct", checked.correct)]
    softmax = any(t.kind == "struct" and "softmax" in t.info[0].name for t in typed_order([checked.problem.typed]))
    if softmax:
        rows.insert(0, ("likely slip", "∂pᵢ/∂zᵢ = pᵢ(1 − pᵢ) is the diagonal; pᵢ depends on every z: ∂pᵢ/∂zⱼ = −pᵢpⱼ"))
    return Report(
        "wrong", f"not {checked.noun}: yours is its diagonal only, as a vector", cause="softmax-diagonal" if softmax else "diagonal",
        argument=checked.found.wrt, correct=checked.correct, rows=rows,
    )  # fmt: skip


def picture(checked: Checked):
    """The remainders of the linear model with the derivative that was found right."""
    for values, a, _ in samples(
        checked.true, Side(checked.true.dims, checked.true.evaluate, margin=checked.true.margin), checked.variables, 1
    ):
        f, _ = counted(checked, values)
        return slopes(checked, f, values, a, a)
    return None
