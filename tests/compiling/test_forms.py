"""Factors are put where the arrays are smallest, and are put there once."""

import numpy as np

from chainrule.compiling import compile_nodes
from chainrule.core.node import symbol


def test_a_product_of_a_matrix_with_itself_is_scaled_once():
    Z, c = symbol("Z", "nd"), symbol("c")
    z = np.linspace(-1, 1, 40).reshape(20, 2)
    for sizes in (None, {"n": 1000, "d": 3}):
        program = compile_nodes(Z @ Z.T * c, sizes=sizes)
        np.testing.assert_allclose(program(Z=z, c=3.0), 3 * z @ z.T, rtol=1e-12)
