"""LaTeX that is printed reads back: results with their definitions, further forms and echoes, with the shapes declared."""

import json
from pathlib import Path

import numpy as np
import pytest

from chainrule.core.node import symbol
from chainrule.derivation.derive import derive
from chainrule.matrix.context import indexed
from chainrule.matrix.evaluate import evaluate as tree_value
from chainrule.matrix.index import axes_letters
from chainrule.matrix.tree import walk
from chainrule.syntax import read
from tests import reference
from tests.syntax.test_latex_papers import PAPERS, known

CASES = json.loads((Path(__file__).parents[1] / "data" / "derivatives.json").read_text(encoding="utf-8"))
LENGTHS = (9, 6, 5, 4, 7, 3, 8)  # the first size the largest, so that a Gram matrix has an inverse
UNREAD = ("kronecker", "outputs")  # K and e_i have no spelling in the text language
# The subscripts of what is reshaped stand in no order that the reader could know.
NOT_READ = {("matrix_by_matrix/kron", "index")}


def declared(dims, facts):
    return (tuple(dims), " ".join(facts)) if facts else tuple(dims)


def stated(case):
    return {n: declared(dims, case["assume"].get(n)) for n, dims in case["vars"].items()}


PROBLEMS = [(c["id"], c["plain"], c["wrt"], c["order"], stated(c)) for c in CASES]
PROBLEMS += [(p.name, p.latex, known(p.wrt), 1, p.declare or None) for p in PAPERS]


def values_for(variables):
    """Random values between 0.2 and 0.9, which most domains allow; square matrices positive definite."""
    rng, sizes, values = np.random.default_rng(3), {}, {}
    for v in variables:
        for name in [name for d in v.dims for name in d.names]:
            sizes.setdefault(name, LENGTHS[len(sizes) % 7] + len(sizes) // 7)
    for v in variables:
        value = rng.uniform(0.2, 0.9, [d.at(sizes) for d in v.dims])
        if value.ndim == 2 and value.shape[0] == value.shape[1]:
            value = value @ value.T + np.eye(len(value))
        values[v.name] = value
    return values, sizes


def spelled_out(form):
    """The form with its definitions as one text in LaTeX, and the name of the result where it carries subscripts."""
    names = {t.name for t in walk(form.tree) if t.kind == "sym"} | {name for name, _ in form.where}
    name = next(n for n in "DGJQFL" if n not in names)
    lettered = form.form == "index" and form.tree.order > 0 and indexed(form.tree)
    left = f"{name}_{{{axes_letters(form.tree)}}}" if lettered else name
    lines = [*form.where_latex(), (left, form.latex())]
    text = r" \\ ".join(f"{a} &= {b}" for a, b in lines)
    return rf"\begin{{aligned}} {text} \end{{aligned}}", name if lettered else None


@pytest.mark.parametrize("name, function, wrt, order, declare", PROBLEMS, ids=[p[0] for p in PROBLEMS])
def test_results_read_back(name, function, wrt, order, declare):
    d = derive(function, wrt, order, declare, seal=False)
    variables = {s.name: s for s in d.parameters}
    variables["d" + wrt] = symbol("d" + wrt, variables[wrt].dims)
    shapes = {s.name: declared(s.dims, s.facts) for s in variables.values()}
    values, sizes = values_for(variables.values())
    for form in (d.rendering, *d.rendering.alternatives):
        if form.form in UNREAD or (name, form.form) in NOT_READ:
            continue
        text, result = spelled_out(form)
        every = dict(values)
        for defined, tree in form.where:
            every[defined] = tree_value(tree, every, sizes)
        expected = tree_value(form.tree, every, sizes)
        back = read(text, shapes | ({result: form.tree.shape} if result else {}))
        found = reference.evaluate(back.lower().node, values, sizes)
        assert np.shape(found) == np.shape(expected), text
        assert np.allclose(found, expected, rtol=1e-9), text


@pytest.mark.parametrize("name, function, wrt, order, declare", PROBLEMS, ids=[p[0] for p in PROBLEMS])
def test_echoes_read_back(name, function, wrt, order, declare):
    problem = read(function, declare)
    shapes = {v.name: declared(v.dims, v.facts) for v in problem.every.values()}
    values, _ = values_for(problem.every.values())
    if not np.isfinite(problem.evaluate(values)).all():  # a barrier, whose points are small
        values = {n: v / 100 for n, v in values.items()}
    back = read(problem.echo_latex, shapes)
    assert back.evaluate(values) == pytest.approx(problem.evaluate(values), rel=1e-9), problem.echo_latex
