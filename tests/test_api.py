"""The library's door: what `import chainrule` offers, and what it costs."""

import os
import subprocess
import sys

import pytest

import chainrule as cr


def test_importing_the_package_loads_no_engine():
    source = "import sys, chainrule; print([name for name in sys.modules if 'numpy' in name or 'chainrule.' in name])"
    home = {**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(cr.__file__))}
    assert subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, env=home).stdout == "[]\n"


@pytest.mark.parametrize("name", cr.ERRORS)
def test_errors_are_at_the_door(name):
    assert issubclass(getattr(cr, name), cr.ChainruleError) and name in dir(cr)


def test_a_name_that_does_not_exist():
    with pytest.raises(AttributeError, match="module 'chainrule' has no attribute 'gard'"):
        cr.gard  # noqa: B018


def test_spellings_of_derive():
    assert cr.grad("||A x - b||^2", "x").text == cr.derive("||A x - b||^2", "x").text == "2Aᵀ(Ax − b)"
    assert cr.jacobian("A x", "x").text == "A"
    assert cr.hessian("x^T A x", "x", declare={"A": "n n symmetric"}).text == "2A"
    assert cr.hessian("x^T A x", "x").order == 2
    assert isinstance(cr.grad("x^T x", "x"), cr.Derivation)


def test_only_scalars_have_gradients():
    with pytest.raises(cr.ShapeError) as caught:
        cr.grad("A x", "x")
    assert str(caught.value) == (
        "ShapeError: only a scalar has a gradient, and `A x` is none\n"
        "  given:    its derivative has shape m×n\n"
        "  expected: a function whose value is one number\n"
        "  fix:      jacobian('A x', 'x')"
    )


def test_what_is_declared_and_does_not_occur_has_gradient_zero():
    found = cr.grad("x'x", "y", declare="y: n")
    assert found.text == "0" and found.verified and "zero because y does not occur in the function" in found.notes
    assert cr.grad("x'x", "lambda", declare="lambda: positive").text == "0"


def test_greek_names_are_one_name_however_they_are_spelled():
    assert cr.grad("lambda ||x||^2", "λ").text == cr.grad("λ‖x‖²", "lam").text == "‖x‖²"
