"""What the callable accepts and refuses, what it keeps, and how it is sealed."""

import tracemalloc

import numpy as np
import pytest

import chainrule as cr
from chainrule.compiling.structured import operator_program
from chainrule.compiling.structured.pieces import Diagonal
from chainrule.core.algebra import multiply, ones
from chainrule.core.errors import DeclarationError, ShapeError, UnknownNameError, UnverifiedError
from chainrule.core.node import symbol
from chainrule.core.product import product
from tests.compiling.structured.cases import COVARIANCE, FACTORS_U, LOGISTIC, RIDGE, SOFTMAX, derivation, point, program

SIZES = {"m": 6, "n": 4, "k": 3}


def test_arguments_are_checked_as_those_of_any_program():
    d = derivation(RIDGE)
    made, values = program(d), point(d, SIZES)
    with pytest.raises(UnknownNameError, match="`lam` is missing"):
        made(A=values["A"], x=values["x"])
    with pytest.raises(UnknownNameError, match="there is no argument `C`"):
        made(**values, C=1)
    with pytest.raises(ShapeError, match="`x` has not the shape that was declared"):
        made(**values | {"x": np.ones(5)})
    with pytest.raises(DeclarationError) as caught:
        made(**values | {"lam": 1j})
    assert str(caught.value) == (
        "DeclarationError: a Hessian operator is real\n"
        "  given:    `lam` is complex\n"
        "  expected: real numbers\n"
        "  fix:      `compile()` without `structured` takes complex numbers"
    )


def test_what_the_hessian_does_not_use_need_not_be_given():
    d = derivation(RIDGE)
    values = point(d, SIZES)
    operator = program(d)(A=values["A"], lam=values["lam"])
    np.testing.assert_allclose(operator.dense(), 2 * values["A"].T @ values["A"] + 2 * values["lam"] * np.eye(4))


def test_only_a_matrix_of_the_variable_is_an_operator():
    d = cr.grad("sum(x)^2", "x", declare="x: n", seal=False)
    with pytest.raises(DeclarationError) as caught:
        operator_program(d.node, 1, d.parameters, "x")
    assert str(caught.value) == (
        "DeclarationError: only the Hessian of a scalar function is an operator\n"
        "  given:    a derivative with axes n\n"
        "  expected: the axes of the variable, twice"
    )


def test_a_size_that_no_argument_shows_is_asked_for():
    node = product(2, [], (0, 0), {0: ones(["n"]).dims[0]})  # 2 1, n × n, of no argument
    made = operator_program(node, 1, [], "x")
    with pytest.raises(UnknownNameError, match="`n` is missing"):
        made()
    assert made(n=3).slogdet() == (1.0, pytest.approx(np.log(8)))


def test_one_program_serves_many_sizes():
    d = derivation(FACTORS_U)
    made = program(d)
    for sizes in (SIZES, {"m": 2, "n": 5, "k": 7}, SIZES):
        values = point(d, sizes)
        operator = made(**values)
        np.testing.assert_allclose(operator.dense(), d.compile()(**values).reshape(operator.shape), atol=1e-12)


def test_a_misread_structure_is_refused(monkeypatch):
    monkeypatch.setattr(Diagonal, "apply", lambda self, V: 2 * self.d[:, :, None] * V)
    d = derivation(("sum(exp(x))", "x", "x: n"))
    with pytest.raises(UnverifiedError) as caught:
        program(d)(x=np.zeros(3))
    assert str(caught.value).startswith(
        "UnverifiedError: the structure that was read off this Hessian contradicts the Hessian itself: a defect of chainrule\n"
        "  given:    diagonal: diag(exp(x))\n"
        "  expected: H v to 1e-07, off by "
    )
    assert str(caught.value).endswith(
        "fix:      `compile()` without `structured` gives the dense Hessian; please report this function"
    )


def test_a_matrix_that_is_not_symmetric_is_refused():
    A, c = symbol("A", "nn"), symbol("c", ())
    made = operator_program(multiply(A, c), 1, [A, c], "x")
    with pytest.raises(UnverifiedError) as caught:
        made(A=np.array([[1.0, 2.0], [3.0, 4.0]]), c=1.0)
    assert str(caught.value).splitlines()[0] == (
        "UnverifiedError: this is not symmetric, so that it is no Hessian of a smooth function"
    )


def test_an_argument_that_is_not_symmetric_as_declared_is_named():
    d = derivation(("x'*L*x + sum(exp(x))", "x", "L: n n psd, x: n"))
    with pytest.raises(DeclarationError) as caught:
        program(d)(L=np.array([[1.0, 2.0], [0.0, 3.0]]), x=np.zeros(2))
    assert str(caught.value) == (
        "DeclarationError: `L` is not symmetric\n"
        "  given:    L − Lᵀ has entries up to 2.0e+00\n"
        "  expected: a matrix as it was declared: psd"
    )


@pytest.mark.parametrize("case", [FACTORS_U, SOFTMAX, COVARIANCE, LOGISTIC], ids=lambda c: c[0])
def test_an_operator_takes_the_memory_of_its_parts(case):
    """Not that of the matrix, which is 10 to 10 000 times as large here."""
    d = derivation(case)
    values = point(d, {"m": 1000, "n": 60, "k": 12})
    made = program(d)
    for _ in range(2):  # classified and sealed; then the way into the parts is written
        made(**values)
    tracemalloc.start()
    operator = made(**values)
    v = np.ones(operator.shape[0])
    operator @ v
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 3 * operator.nbytes + 10 * v.nbytes + 50_000
    assert 20 * operator.nbytes <= 8 * operator.shape[0] ** 2 or case is LOGISTIC


def test_arguments_may_be_passed_in_order():
    d = derivation(RIDGE)
    made, values = program(d), point(d, SIZES)
    named = made(**values).dense()
    assert np.array_equal(made(*[values[name] for name in made.parameters]).dense(), named)
    with pytest.raises(UnknownNameError, match="is passed twice"):
        made(values["A"], **values)
