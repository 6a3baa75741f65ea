"""Differentials: of several variables a term for each, each of them verified."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError
from chainrule.derivation.objects import products
from chainrule.numeric import draw

SCALARS = "x: scalar, y: scalar"
WRITTEN = {
    ("x^2 y", "x, y", SCALARS): "df = 2xy dx + x² dy",
    ("x/y", "x, y", SCALARS): "df = dx/y − x dy/y²",
    ("x^T A y", "x, y", None): "df = yᵀAᵀ dx + xᵀA dy",
    ("A X B", "A, X, B", None): "df = dA XB + A dX B + AX dB",
    ("||A x - b||^2", "x, b", None): "df = 2(Ax − b)ᵀA dx + 2(b − Ax)ᵀ db",
}


@pytest.mark.parametrize("asked", WRITTEN, ids=lambda asked: asked[0])
def test_a_total_differential_is_written_term_by_term(asked):
    f, wrt, declare = asked
    found = cr.differential(f, wrt, declare=declare)
    assert found.verified and str(found).splitlines()[1].split("   ")[0].rstrip() == WRITTEN[asked]
    assert f"{found.symbol} = {found.text}" == WRITTEN[asked]


@pytest.mark.parametrize("asked", WRITTEN, ids=lambda asked: asked[0])
def test_it_is_the_sum_of_the_derivatives_applied(asked):
    f, wrt, declare = asked
    found = cr.differential(f, wrt, declare=declare)
    _, values = draw([(p.name, p.dims, p.facts) for p in found.parameters], 0, seed=3)
    expected = 0.0
    for name in found.wrt:
        alone = cr.derive(f, name, declare=declare)
        j = alone.compile()(**{p.name: values[p.name] for p in alone.parameters})
        expected = expected + np.tensordot(j, values["d" + name], values["d" + name].ndim)
    np.testing.assert_allclose(found.compile()(**values), expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.evaluate(values), expected, rtol=1e-10, atol=1e-12)


def test_a_variable_without_influence_has_no_term_but_a_note():
    found = cr.differential("x^2", "x, y", declare=SCALARS)
    assert found.text == "2x dx" and "zero because the function does not depend on y" in found.notes


def test_the_name_of_a_differential_must_be_free():
    with pytest.raises(ChainruleError) as error:
        cr.differential("x dx", "x", declare="x: scalar, dx: scalar")
    assert str(error.value) == (
        "DeclarationError: the name `dx` is taken\n  given:    x dx, where `dx` is in the function\n"
        "  expected: a name for the direction that is free, such as `v`"
    )


def test_one_wrong_term_refuses_all(monkeypatch):
    right = products.push_forward
    monkeypatch.setattr(products, "push_forward", lambda y, w, v: (1 + 1e-6 * (w.name == "B")) * right(y, w, v))
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        cr.differential("A X B", "X, B")
