"""Local Jacobians as a lecture writes their matrices."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.network.matrix import as_matrix

DENSE = cr.backprop(cr.network("dense 4, relu, dense 3, softmax cross-entropy", input=5, batch=2))
ONE = cr.backprop(cr.network("dense 3, sigmoid, dense 1, mse", input=2))


def local(found, step: str, name: str):
    return next(e.step.local(e.name) for e in found.edges if (e.step.name, e.name) == (step, name))


@pytest.mark.parametrize(
    "found, step, name, text, factors",
    [
        (DENSE, "Z1", "W1", "X ⊗ I", lambda v: (v["X"], np.eye(4))),
        (DENSE, "Z2", "A1", "I ⊗ W2ᵀ", lambda v: (np.eye(2), v["W2"].T)),
        (DENSE, "Z2", "b2", "𝟏 ⊗ I", lambda v: (np.ones((2, 1)), np.eye(3))),
        (DENSE, "A1", "Z1", "diag(vec([Z1 > 0]))", lambda v: (np.diag((v["Z1"] > 0).ravel()), np.eye(1))),
        (ONE, "z1", "W1", "I ⊗ xᵀ", lambda v: (np.eye(3), v["x"][None])),
        (ONE, "z2", "a1", "W2", lambda v: (v["W2"], np.eye(1))),
    ],
)  # fmt: skip
def test_the_formula_of_the_matrix_is_the_matrix_in_numbers(found, step, name, text, factors):
    j = local(found, step, name)
    assert as_matrix(j) == text
    np.testing.assert_allclose(np.kron(*factors(found.trace.values)), j.matrix())


def test_where_blocks_differ_entries_are_written_with_indices_below_the_line():
    found = cr.backprop(cr.network("dense 3, softmax, mse", input=2, batch=2))
    assert as_matrix(local(found, "P1", "Z1")) == "δᵢₖ δⱼₗ P1ᵢⱼ − δᵢₖ P1ᵢⱼ P1ᵢₗ"
