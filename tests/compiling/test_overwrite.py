"""Arrays that nobody needs any more are written over, those of the caller never."""

from fractions import Fraction

import numpy as np
import pytest

from chainrule.compiling import compile_nodes, overwrite, tiles
from chainrule.core.algebra import power, total
from chainrule.core.node import symbol
from chainrule.ops.declare import lookup

x, A, Z = symbol("x", "n"), symbol("A", "mn"), symbol("Z", "mk")
exp, tanh, sigmoid = [lookup(n) for n in ("exp", "tanh", "sigmoid")]
POINTS = np.array([-800.0, -30.0, -1.0, 0.0, 1e-9, 0.7, 30.0, 800.0])


@pytest.fixture
def long(monkeypatch):
    """Every array counts as one beyond the cache; nothing is cut into blocks."""
    monkeypatch.setattr(overwrite, "BEYOND", 1.0)
    monkeypatch.setattr(tiles, "TRIES", 0)


@pytest.mark.parametrize("name", list(overwrite.STEPWISE))
@pytest.mark.parametrize("inner", [lambda v: v, lambda v: v * 1 + exp(-(v**2))], ids=["argument", "intermediate"])
def test_a_map_done_step_by_step_is_the_map(name, inner, long, monkeypatch):
    node = lookup(name)(inner(x)) * x
    values = POINTS.copy()
    with np.errstate(all="ignore"):
        stepwise = compile_nodes(node)
        found = stepwise(x=values)
        monkeypatch.setattr(overwrite, "BEYOND", np.inf)
        plain = compile_nodes(node)
        assert stepwise.source != plain.source
        assert found == pytest.approx(plain(x=POINTS), rel=1e-15, abs=0)
    assert np.array_equal(values, POINTS)


def test_long_vectors_are_written_over_and_short_ones_are_not():
    node = tanh(exp(-x) * x + 1)
    assert "out=" not in compile_nodes(node).source
    source = compile_nodes(node, sizes={"n": 3e5}).source
    assert "np.tanh(" in source and "out=" in source


@pytest.mark.parametrize("exponent", [2, 3, 4, 5, 6, 7, 8, 1.5, 2.5])
def test_powers_are_products(exponent):
    program = compile_nodes(power(x, Fraction(exponent)))
    assert "**" not in program.source
    values = np.array([0.0, 0.3, 1.0, 2.0, 1e3])
    assert program(x=values) == pytest.approx(values**exponent, rel=1e-14)


def test_a_quotient_by_an_exponential_is_a_product():
    for node in (x / exp(x**2), x * exp(-(x**2)), exp(-(x**2) / 2) * tanh(x)):
        source = compile_nodes(node).source
        assert "/ np.exp" not in source and "1 / " not in source
    assert compile_nodes(1 / exp(x))(x=[0.0, 800.0]).tolist() == [1.0, 0.0]


def test_the_largest_of_short_rows_is_found_along_columns():
    node = lookup("softmax")(Z, axes=(1,))
    thin, wide = compile_nodes(node, sizes={"m": 2000, "k": 10}), compile_nodes(node, sizes={"m": 2000, "k": 100})
    assert ".T.copy().max(axis=0)" in thin.source and ".max(axis=1)" in wide.source
    value = np.random.default_rng(0).normal(size=(7, 3))
    assert np.array_equal(thin(Z=value), wide(Z=value))


def test_what_is_subtracted_from_something_is_written_over(long):
    program = compile_nodes((total(exp(A)) - exp(A)) * tanh(A))
    value = np.random.default_rng(0).normal(size=(3, 4))
    copy = value.copy()
    assert program(A=value) == pytest.approx((np.exp(value).sum() - np.exp(value)) * np.tanh(value))
    assert np.array_equal(copy, value)
