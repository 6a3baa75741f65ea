"""What a program holds constant: read where it cancels, refused where the value depends on it."""

import jax
import jax.numpy as jnp
import pytest
import torch

import chainrule as cr


def shifted(z):
    """The logarithm of a sum of exponentials, as people write it."""
    c = jax.lax.stop_gradient(jnp.max(z, axis=1, keepdims=True))
    return jnp.sum(jnp.log(jnp.sum(jnp.exp(z - c), axis=1, keepdims=True)) + c)


def test_a_shift_that_cancels_leaves_no_trace():
    d = cr.grad(cr.from_jax(shifted, z="n k"), "z")
    assert d.text == "softmax(z)" and d.problem.reading == ["shifted(z) = sum(logsumexp(z))"] and d.verified


def test_a_shift_held_by_detach_or_no_grad_is_read_as_well():
    def detached(z):
        e = torch.exp(z - z.max().detach())
        return (e / e.sum()).pow(2).sum()

    def without_grad(z):
        with torch.no_grad():
            c = z.max()
        return torch.log(torch.exp(z - c).sum()) + c

    assert cr.from_torch(detached, z="n").typed.kind == "chain"
    assert cr.grad(cr.from_torch(without_grad, z="n"), "z").text == "softmax(z)"


def test_the_maximum_itself_may_stand_where_it_cancels():
    def plain(z):
        e = jnp.exp(z - jnp.max(z))
        return jnp.sum((e / jnp.sum(e)) ** 2)

    assert cr.from_jax(plain, z="n").evaluate({"z": [0.0, 0.0]}) == pytest.approx(0.5)
    assert cr.grad(cr.from_jax(plain, z="n"), "z").verified


def straight_through(x):
    return jnp.sum(x + jax.lax.stop_gradient(jnp.sign(x) - x))


def test_what_the_value_depends_on_is_refused():
    with pytest.raises(cr.NoRuleError) as caught:
        cr.from_jax(straight_through, x="n")
    assert str(caught.value) == (
        "NoRuleError: `straight_through` holds constant what its value depends on\n"
        "  given:    jax.lax.stop_gradient\n"
        "  expected: a constant that cancels, as the shift by the maximum does in softmax\n"
        "  fix:      leave stop_gradient out, or make what it holds a parameter of the function"
    )
    with pytest.raises(cr.NoRuleError, match="holds constant what its value depends on"):
        cr.from_torch(lambda x: (x * x.detach()).sum(), x="n")
