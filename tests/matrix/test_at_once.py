import numpy as np
import pytest

import chainrule as cr
from chainrule.matrix.at_once import AtOnce

CASES = {
    "two layers": ("||tanh(tanh(X A) B) - Y||^2", "A, B, X", {"X": "n d", "Y": "n k", "A": "d m", "B": "m k"}),
    "a Jacobian": ("softmax(A x + b)", "x, b, A", {"A": "m n", "x": "n", "b": "m"}),
    "numbers": ("a b^2 exp(a b)", "a, b", {"a": "scalar", "b": "scalar"}),
    "index form": ("A exp(B) c", "A, B, c", {"A": "m n", "B": "n k", "c": "k"}),
}


@pytest.mark.parametrize("case", CASES)
def test_the_values_are_those_of_each_rendering(case):
    text, wrt, declare = CASES[case]
    found = cr.grad(text, wrt, declare=declare) if "softmax" not in text and "exp(B)" not in text else cr.jacobian(text, wrt, declare=declare)
    rng = np.random.default_rng(1)
    sizes = {"n": 3, "d": 2, "m": 4, "k": 5}
    values = {p.name: rng.normal(size=[d.at(sizes) for d in p.dims]) for p in found.parameters}
    together = AtOnce(found.renderings)(values)
    assert set(together) == set(found.renderings)
    for key, rendering in found.renderings.items():
        np.testing.assert_allclose(together[key], rendering.evaluate(values), rtol=1e-13)


def test_what_is_shared_is_one_definition():
    text, wrt, declare = CASES["two layers"]
    found = cr.grad(text, wrt, declare=declare)
    listed = [entry for r in found.renderings.values() for entry in r.full.where]
    assert len(AtOnce(found.renderings).definitions) == len(set(listed)) < len(listed)
