"""Functions in C have NumPy's values at the ends of the line, and are accurate to 4 units in the last place."""

import itertools
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from chainrule.compiling import compile_nodes
from chainrule.compiling.c.entries import number_text
from chainrule.compiling.c.headers import VECTOR_FUNCTIONS
from chainrule.core.algebra import power
from chainrule.core.node import symbol
from chainrule.ops.declare import elementwise_ops

EXTREME = [
    0.0,
    -0.0,
    1,
    -1,
    0.5,
    -0.5,
    2,
    -3,
    np.inf,
    -np.inf,
    np.nan,
    1e-320,
    1e-10,
    -1e-10,
    30,
    -30,
    710,
    -710,
    745,
    -745,
    1e308,
    -1e308,
]
OUTSIDE = {  # arguments for which the operation is not declared, and NumPy's spelling is something else
    "clip": lambda x, a, b: ~(a <= b),
    "softshrink": lambda x, a: ~(a >= 0) | np.isinf(a),
    "lgamma": lambda x: ~(x > 0) | (x > 1e300),
}


@pytest.mark.parametrize("op", elementwise_ops(), ids=str)
def test_zeros_infinities_and_nan_have_the_values_of_numpy(op):
    names = "xyz"[: op.arity]
    nodes = [symbol(name, ("n",)) for name in names]
    points = np.array(list(itertools.product(EXTREME, repeat=op.arity))[:: 7 if op.arity == 3 else 1], float).T
    if op.name in OUTSIDE:
        points = points[:, ~OUTSIDE[op.name](*points)]
    values = {name: np.ascontiguousarray(row) for name, row in zip(names, points)}
    with np.errstate(all="ignore"):
        wanted = compile_nodes(op(*nodes), nodes)(**values)
    found = compile_nodes(op(*nodes), nodes, backend="c")(**values)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14 if op.name == "lgamma" else 1e-300)


@pytest.mark.parametrize(
    "op", [op for op in elementwise_ops() if op.arity == 1 and op.c.rpartition("(")[0] in VECTOR_FUNCTIONS], ids=str
)
def test_a_function_of_the_vector_units_is_accurate_to_four_units_in_the_last_place(op):
    x = symbol("x", ("n",))
    low, high = max(op.domain.low, -30.0), min(op.domain.high, 30.0)
    at = np.random.default_rng(0).uniform(low, high, 400)
    found = compile_nodes(op(x), backend="c")(x=at)
    exact = {
        "arcsin": "asin",
        "arccos": "acos",
        "arctan": "atan",
        "arcsinh": "asinh",
        "arccosh": "acosh",
        "arctanh": "atanh",
        "abs": "fabs",
    }
    function = {"exp2": lambda t: mpmath.mpf(2) ** t, "log2": lambda t: mpmath.log(t, 2)}.get(op.name)
    function = function or getattr(mpmath, exact.get(op.name, op.name))
    with mpmath.workdps(40):
        for t, y in zip(at.tolist(), found.tolist()):
            wanted = mpmath.re(function(mpmath.mpf(t))) if op.name != "cbrt" else mpmath.sign(t) * mpmath.cbrt(abs(t))
            assert abs(y - wanted) <= 4 * np.spacing(abs(float(wanted))), t


@pytest.mark.parametrize(
    "exponent",
    [1, 2, 3, 4, 5, 6, 7, 11, 31, Fraction(1, 2), Fraction(3, 2), Fraction(7, 2), Fraction(1, 3), -1, -2, -5, 100],
    ids=str,
)
def test_powers_are_those_of_numpy(exponent):
    x = symbol("x", ("n",))
    at = np.array([0.3, 1.0, 2.5, 1e3, 1e-3] + ([-0.5, -2.0] if isinstance(exponent, int) else []))
    found = compile_nodes(power(x, exponent), backend="c")(x=at)
    np.testing.assert_allclose(found, at ** float(exponent), rtol=4e-15)


def test_numbers_are_doubles():
    texts = {
        3: "3.0",
        -2: "-2.0",
        Fraction(1, 3): "0.3333333333333333",
        1e300: "1e+300",
        "pi": "3.141592653589793",
        2**60: "1.152921504606847e+18",
    }
    assert {value: number_text(value)[0] for value in texts} == texts
    assert number_text(float("inf"))[0] == "INFINITY" and number_text(-float("inf"))[0] == "-INFINITY"
