"""Functions with a backward pass: what they are made of, and what they refuse."""

import pytest

from chainrule.compiling import compile_nodes
from chainrule.compiling.differentiable import DIFFERENTIABLE
from chainrule.compiling.passes import Passes
from chainrule.core.algebra import multiply, scale, total
from chainrule.core.errors import DeclarationError
from chainrule.core.node import size, symbol
from chainrule.core.dims import dim

x, c = symbol("x", "n"), symbol("c")


def made(value, bars, backend="torch"):
    passes = Passes(value, bars, c, [x], {})
    return DIFFERENTIABLE[backend](passes, compile_nodes(value, [x], backend=backend), lambda: None)


def test_what_the_backward_pass_needs_and_is_the_value_is_kept_once():
    value = total(x**2)
    f = made(value, {"x": scale(2, multiply(c, multiply(value, x)))})
    assert f.keeps_value and f.kept == ["value"] and "return (value,)" in f.source
    f = made(value, {"x": scale(2, multiply(c, x))})
    assert not f.keeps_value and f.kept == [] and f.wrt == ["x"] and list(f.parameters) == ["x"]


def test_the_source_is_there_without_the_framework(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jax", None)
    assert made(total(x**2), {"x": scale(2, multiply(c, x))}, "jax").source.startswith("import jax\nimport jax.numpy as jnp\n")


def test_a_size_of_no_argument_is_refused():
    with pytest.raises(DeclarationError) as error:
        made(multiply(size(dim("k")), total(x**2)), {"x": scale(2, multiply(c, x))})
    assert str(error.value) == (
        "DeclarationError: the size k is that of no argument\n"
        "  given:    a differentiable function for PyTorch\n"
        "  expected: a function whose sizes are those of its arguments\n"
        "  fix:      sizes that are numbers: `ones(5)`"
    )
