"""Sums of outer products: factors that all terms share, terms that cancel once they are contracted."""

import numpy as np
import pytest

from chainrule.compiling import compile_nodes
from chainrule.core.dims import dim
from chainrule.core.node import symbol
from chainrule.core.product import product
from chainrule.core.sums import linear_sum
from tests.reference import evaluate

m, n, k = dim("m"), dim("n"), dim("k")
x, y, s, t, D = symbol("x", "n"), symbol("y", "m"), symbol("s"), symbol("t"), symbol("D", "mk")
AXES = {"i": n, "j": m, "l": n}


def outer(c, operands, out):
    return product(c, operands, out, AXES)


def total(terms, out):
    return linear_sum(terms, [AXES[label] for label in out])


FIRST, SECOND = [product(1, [(D, (t, 2), 1)], (0, 1, 2), {0: m, 1: m, 2: k}) for t in (0, 1)]
NOTHING = linear_sum([(1, FIRST), (-1, SECOND)], (m, m, k))  # on its diagonal
CASES = {
    "scalars apart": total([(1, outer(1, [(x, "i", 1), (y, "j", 1), (s, "", 1)], "ij")), (3, outer(1, [(x, "i", 1), (y, "j", 1), (t, "", 1)], "ij"))], "ij"),
    "repeated axes": total([(1, outer(1, [(x, "i", 1), (s, "", 1)], "iji")), (-1, outer(1, [(x, "i", 1), (t, "", 1)], "iji"))], "iji"),
    "constant axes": total([(1, outer(1, [(x, "i", 1)], "ijl")), (3, outer(1, [(x, "i", 1), (t, "", 1)], "ijl"))], "ijl"),
    "terms that cancel": product(1, [(NOTHING, (0, 0, 2), 1), (x, (3,), 1), (y, (1,), 1)], (3, 1)),
    "terms that cancel on a diagonal": product(-25, [(NOTHING, (0, 0, 2), 1), (x, (3,), 1), (y, (1,), 1)], (3, 1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("planned", [None, {"m": 40.0, "n": 1500.0, "k": 100_000.0}])
def test_a_sum_of_outer_products_is_what_its_terms_add_up_to(name, planned):
    node, sizes = CASES[name], {"m": 3, "n": 4, "k": 2}
    rng = np.random.default_rng(0)
    named = {z for s in node.dims for z in s.names} if planned else ()
    program = compile_nodes(node, sizes={z: planned[z] for z in named} or None)
    shapes = {"x": 4, "y": 3, "s": (), "t": (), "D": (3, 2)}
    values = {p: rng.normal(size=shape) for p, shape in shapes.items()}
    wanted = evaluate(node, values, sizes)
    found = program(**{p: values[p] for p in program.parameters}, **{z: sizes[z] for z in program.sizes_asked})
    assert found == pytest.approx(wanted, abs=1e-12)
