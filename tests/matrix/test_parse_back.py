"""What is printed parses back to the same values: ASCII of results of all kinds."""

import numpy as np
import pytest

from chainrule.derivation.derive import derive
from chainrule.matrix.evaluate import evaluate as tree_value
from chainrule.syntax import read
from tests.matrix.checks import values_for
from chainrule.core.node import symbol
from tests import reference
from tests.matrix.test_golden import GOLDEN


@pytest.mark.parametrize("function, wrt, order, declare", [g[:4] for g in GOLDEN], ids=[f"{g[0]} {g[1]} {g[2]}" for g in GOLDEN])
def test_ascii_parses_back(function, wrt, order, declare):
    d = derive(function, wrt, order, declare, seal=False)
    variables = {s.name: s for s in d.parameters}
    variables["d" + wrt] = symbol("d" + wrt, variables[wrt].dims)
    declared = {s.name: " ".join([*map(str, s.dims)] or ["scalar"]) + " " + " ".join(s.facts) for s in variables.values()}
    values, sizes = values_for(variables.values())
    for form in (d.rendering, *d.rendering.alternatives):
        if form.form == "kronecker":
            continue  # its K has no spelling in the text language
        known = dict(values)
        for name, t in form.where:
            known[name] = tree_value(t, known, sizes)
        expected = tree_value(form.tree, known, sizes)
        back = read(form.ascii(), ", ".join([f"{k}: {v}" for k, v in declared.items()])).lower().node
        assert np.allclose(reference.evaluate(back, values, sizes), expected, rtol=1e-9)
