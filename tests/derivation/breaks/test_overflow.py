"""Where the numbers end before the derivative does."""

import jax
import jax.numpy as jnp
import pytest

import chainrule as cr
from chainrule.derivation import derive

OVERFLOWS = [
    ("log(1 + exp(x))", "x: scalar", ["x > 709"], "softplus(x)"),
    ("1/(1 + exp(-x))", "x: scalar", ["x < −709"], "sigmoid(x)"),
    ("log(sum(exp(A x)))", None, ["Ax > 709 in an entry", "Ax < −745 in every entry"], "logsumexp(A x)"),
    ("exp(x)/sum(exp(x))", "x: n", ["x > 709 in an entry", "x < −745 in every entry"], "softmax(x)"),
    ("sum(log(softmax(x)))", "x: n", ["the entries of x more than 745 apart"], "sum(x - logsumexp(x))"),
    ("log(sigma(x))", "x: scalar", ["x < −745"], "-softplus(-x)"),
    ("log(1 - sigma(x))", "x: scalar", ["x > 37"], "-softplus(x)"),
    ("log(cosh(x))", "x: scalar", ["x > 710", "x < −710"], "softplus(2 x) - log(2) - x"),
]


@pytest.mark.parametrize("formula, declare, where, safe", OVERFLOWS, ids=[o[0] for o in OVERFLOWS])
def test_an_overflow_is_named_with_what_is_safe(formula, declare, where, safe):
    found = derive(formula, "x", declare=declare).overflows
    assert [b.where for b in found] == where
    assert {(b.what, b.exists, b.jax, b.torch) for b in found} == {("overflow", True, "NaN", "NaN")}
    assert {b.rewrite.text for b in found} == {safe}


@pytest.mark.parametrize("formula", ["softplus(x)", "logsumexp(x)", "tanh(x)", "sigma(x)", "exp(-x^2)", "exp(x)", "logaddexp(x, 0)"])
def test_what_is_safe_already_is_left_alone(formula):
    assert derive(formula, "x").overflows == []


def test_each_library_is_told_by_its_own_name():
    (found,) = derive("log(1 + exp(x))", "x", declare="x: scalar").overflows
    assert found.rewrite.code == {
        "numpy": "softplus(z) is np.logaddexp(0.0, z)",
        "jax": "softplus(z) is jax.nn.softplus(z)",
        "torch": "softplus(z) is torch.nn.functional.softplus(z)",
    }


def test_an_operation_of_several_arguments_is_told_with_all_of_them():
    (found,) = derive("elu(-t, 2) + log(1 + exp(t))", "t", declare="t: scalar").overflows
    assert found.rewrite.code["jax"] == "elu(z, a) is jax.nn.elu(z, a); softplus(z) is jax.nn.softplus(z)"


def test_of_the_arithmetic_of_a_recorded_program_nothing_is_said():
    """JAX's softmax takes the largest entry off first, which the formula that is read does not show."""
    d = cr.grad(cr.from_jax(lambda z, y: -y @ jnp.log(jax.nn.softmax(z)), z="n", y="n onehot"), "z")
    assert d.overflows == [] and [entry[0] for entry in d.rows() if entry[0] in ("for", "autodiff")] == []
