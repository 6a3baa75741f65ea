"""Scalars as Python floats: the same numbers as with NumPy's, in `math`."""

import numpy as np
import pytest

from chainrule.compiling import compile_nodes
from chainrule.compiling.scalar_text import in_math
from chainrule.core.algebra import dot, power, total
from chainrule.core.node import symbol
from chainrule.ops.declare import elementwise_ops, lookup
from tests.laws.test_elementwise import draws

a, b, x = symbol("a"), symbol("b"), symbol("x", "n")
exp, sin, step, relu, log = [lookup(n) for n in ("exp", "sin", "step", "relu", "log")]


@pytest.mark.parametrize("op", elementwise_ops(), ids=str)
def test_a_scalar_has_the_value_that_an_array_has(op):
    points = [np.asarray(p, float) for p in draws(op, count=12)]
    names = "abc"[: op.arity]
    scalar = compile_nodes(op(*[symbol(n) for n in names]) * 2)
    vector = compile_nodes(op(*[symbol(n, "n") for n in names]) * 2)
    together = vector(**dict(zip(names, points)))
    for i, wanted in enumerate(together):
        for kind in (float, np.float64):
            found = scalar(**{n: kind(p[i]) for n, p in zip(names, points)})
            assert type(found) is np.float64
            assert found == pytest.approx(wanted, rel=1e-14, abs=1e-15)


def test_the_text_of_scalars_is_in_math():
    assert compile_nodes(sin(a) * exp(b)).source == (
        "import numpy as np\n"
        "import math\n"
        "\n"
        "\n"
        "def derivative(a, b):\n"
        '    """Returns scalar.\n'
        "\n"
        "    a: scalar\n"
        "    b: scalar\n"
        '    """\n'
        "    return np.float64(math.exp(b) * math.sin(a))  # scalar\n"
    )
    assert "math.log(x @ x)" in compile_nodes(log(dot(x, x))).source


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("np.exp({0})", "math.exp({0})"),
        ("np.maximum({0}, 0)", "max({0}, 0.0)"),
        ("np.maximum({0}, {1})", None),  # of NaN and a number it is NaN; Python's max depends on their order
        ("np.where({0} > 0, {0}, {1}*{0})", "({0} if {0} > 0 else {1}*{0})"),
        ("np.sign({0})", None),
        ("{0}**{1}", None),  # complex in Python where {0} is negative
        ("erf({0})", "math.erf({0})"),
        ("lgamma({0})", None),
    ],
)
def test_a_template_is_spelled_in_math_only_where_it_means_the_same(template, wanted):
    assert in_math(template) == wanted


@pytest.mark.parametrize(
    ("node", "value", "wanted"),
    [
        (relu(a), np.nan, np.nan), (relu(a), -3.0, 0.0), ((1 - step(a)) * 3, 2.0, 0.0), ((1 - step(a)) * 3, -2.0, 3.0),
        (power(a, 3), -2.0, -8.0), (power(a, -2), 1e-200, np.inf), (power(a, 0.3), -1.0, np.nan),
        (lookup("silu")(a), -1000.0, 0.0), (lookup("sigmoid")(a), -1e4, 0.0), (lookup("softplus")(a), 1e4, 1e4),
    ],
)  # fmt: skip
def test_what_python_refuses_is_what_numpy_has(node, value, wanted):
    with np.errstate(all="ignore"):
        assert compile_nodes(node)(a=value) == pytest.approx(wanted, nan_ok=True)


def test_a_parameter_may_be_called_math():
    assert compile_nodes(exp(symbol("math")))(math=1.0) == np.exp(1.0)


def test_a_scalar_among_arrays_is_a_float_too():
    program = compile_nodes(exp(a) * x * total(x))
    assert "math.exp(a)" in program.source
    assert program(a=1.0, x=[1.0, 2.0]).tolist() == pytest.approx([3 * np.e, 6 * np.e])
    with np.errstate(all="ignore"):
        assert program(a=1e4, x=[1.0, -2.0]).tolist() == [-np.inf, np.inf]


def test_complex_scalars_are_spelled_by_the_operations():
    assert compile_nodes(exp(a) * sin(a))(a=1 + 1e-20j).imag / 1e-20 == pytest.approx(np.e * (np.sin(1) + np.cos(1)))
