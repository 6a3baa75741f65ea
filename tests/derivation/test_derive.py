"""What `derive` refuses, and with which words."""

from __future__ import annotations

import pytest

from chainrule.core.errors import ChainruleError
from chainrule.derivation import derive

REFUSED = {
    "an unknown variable": (
        dict(function="||A x||^2", wrt="X"),
        "UnknownNameError: `X` is not a variable of the function\n  given:    ‖Ax‖²\n  expected: `A` or `x`\n"
        "  fix:      differentiate by `x`",
    ),
    "a variable that is misspelt": (
        dict(function="||A theta||^2", wrt="tehta"),
        "UnknownNameError: `tehta` is not a variable of the function\n  given:    ‖Aθ‖²\n  expected: `A` or `theta`\n"
        "  fix:      differentiate by `theta`",
    ),
    "no variable at all": (
        dict(function="3", wrt="x"),
        "UnknownNameError: `x` is not a variable of the function\n  given:    3\n  expected: a function with variables",
    ),
    "an order": (
        dict(function="x' x", wrt="x", order=9),
        "DeclarationError: the order of a derivative is a small whole number\n  given:    9\n"
        "  expected: 1 to 8: 1 for gradient and Jacobian, 2 for the Hessian",
    ),
    "a layout": (
        dict(function="x' x", wrt="x", layout="colum"),
        'DeclarationError: unknown layout `colum`\n  given:    \'colum\'\n  expected: "column" or "row"\n'
        '  fix:      layout="column"',
    ),
    "a name that the written code needs": (
        dict(function="np' np", wrt="np"),
        "DeclarationError: a variable cannot be called `np`\n  given:    npᵀ np\n"
        "  expected: another name: `np` is NumPy in the code that is written",
    ),
    "a function without values": (
        dict(function="log(-exp(x))", wrt="x"),
        "DomainError: too few points were found at which the derivative can be checked\n"
        "  given:    log(−exp(x)), by x, order 1\n"
        "  expected: a function that can be evaluated, away from kinks (the function is not finite and real at the points "
        "drawn)\n"
        '  fix:      declare where it is defined, such as "x: positive", or switch the check off',
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_why(name):
    options, text = REFUSED[name]
    with pytest.raises(ChainruleError) as error:
        derive(**options)
    assert str(error.value) == text


def test_without_the_check_a_derivation_says_that_it_was_not_checked():
    found = derive("log(-exp(x))", "x", seal=False)
    assert not found.verified and found.seal is None
    assert "not verified  the check was switched off" in str(found)
    assert found.to_dict()["verified"] is False and found.to_dict()["seal"] is None


def test_what_the_user_named_keeps_its_name():
    found = derive("r = A x - b\nr' r + sum(exp(r))", "x")
    assert found.where == {"r": "Ax − b"} and "r" in found.text
