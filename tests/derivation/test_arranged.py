"""Told lines keep the order of what was written, and the order of the rule that they use."""

import pytest

from chainrule.derivation import derive


def lines(text, wrt, declare="x: scalar", style="chain", layout="column", order=1):
    return [line.text() for line in derive(text, wrt, order=order, declare=declare).tell(style, layout)]


@pytest.mark.parametrize(
    "text, line",
    [
        ("x^2 sin(x)", "df/dx = (du/dx)v + u(dv/dx) = u cos(x) + 2vx"),
        ("x ln(x)", "df/dx = u + x(du/dx) = 1 + u"),
        ("x exp(x) sin(x)", "df/dx = uv + x(du/dx)v + xu(dv/dx) = u(v + x cos(x) + vx)"),
        ("(x^2 + 1)/(x - 1)", "df/dx = ((du/dx)v − u(dv/dx))/v² = (2vx − u)/v²"),
        ("cos(x)^2 + sin(x)^3", "df/dx = 2u(du/dx) + 3v²(dv/dx) = uv(3v − 2)"),
    ],
)
def test_a_rule_of_scalar_calculus_stands_as_in_a_first_course(text, line):
    assert line in lines(text, "x")


@pytest.mark.parametrize(
    "text, line",
    [
        ("log(x^2 + 3x + 1)", "u = x² + 3x + 1"),
        ("sin(x) x^2 + 4", "f = uv + 4"),
        ("-y log(sigmoid(x)) - (1 - y) log(1 - sigmoid(x))", "f = −y log(u) − (1 − y) log(v)"),
    ],
)
def test_a_part_is_written_as_the_person_wrote_it(text, line):
    assert line in lines(text, "x", "x: scalar, y: scalar")


def test_a_number_goes_to_the_terms_of_a_differential():
    found = lines("||X w - y||^2 + lam ||w||^2", "w", None, "differential")
    assert found[2:4] == ["f = ‖r‖² + λ‖w‖²", "df = 2rᵀ dr + 2λwᵀ dw"]


def test_what_comes_along_each_path_keeps_its_own_factor():
    found = lines("(x^T A x)/(x^T x)", "x", "A: n n symmetric")
    assert "∂f/∂x = 2(∂f/∂q)Ax + 2(∂f/∂c)x = 2(Ax − qx/c)/c" in found


def test_the_factors_of_a_matrix_product_move_one_after_the_other():
    assert lines("X^T A X", "X", None, "differential")[-1] == "df = dXᵀ AX + XᵀA dX"


def test_an_adjoint_stands_behind_what_it_is_multiplied_by():
    found = lines("p = sigmoid(w^T x)\n-y log(p) - (1 - y) log(1 - p)", "w", "x: n, y: scalar")
    assert "∂f/∂q = p(1 − p)(∂f/∂p)" in found


def test_an_exponent_keeps_its_order():
    assert "∂f/∂x = nu^(n − 1) (∂u/∂x) = anu^(n − 1)" in lines("(1 + a x)^n", "x", "x: positive, a: positive, n: scalar")


def test_a_square_keeps_the_difference_that_was_written():
    declare = "x: scalar, mu: scalar, s: positive"
    assert derive("(x - mu)^2/(2 s^2) + log(s)", "s", declare=declare).text == "1/s − (x − μ)²/s³"
    assert derive("exp(-(x - mu)^2/2)", "x", declare=declare).text == "−(x − μ) exp(−(x − μ)²/2)"
    assert derive("exp(-(mu - x)^2/2)", "x", declare=declare).text == "(μ − x) exp(−(μ − x)²/2)"
    assert derive("(x^2 + 1)/(x - 1)", "x", declare="x: scalar").text == "(x² − 2x − 1)/(x − 1)²"


def test_a_function_is_not_called_as_its_variable():
    d = derive("f^T g + f^T f", "f", declare="f: n, g: n")
    assert str(d).splitlines()[1].startswith("∇h = 2f + g")
    assert [line.text() for line in d.steps] == ["h = fᵀg + fᵀf", "dh = (2f + g)ᵀ df", "∇h = 2f + g"]


def test_the_differential_of_dx_has_brackets():
    assert lines("dx^T L dx", "dx", "L: n n", "differential")[1] == "df = d(dx)ᵀL dx + dxᵀ L d(dx) = dxᵀ(L + Lᵀ) d(dx)"


@pytest.mark.parametrize(
    "text, line",
    [
        ("x^T A x", "df = dxᵀ Ax + xᵀA dx = xᵀ(A + Aᵀ) dx"),
        ("1/2 x^T A x - b^T x", "df = dxᵀ Ax/2 + xᵀA dx/2 − bᵀ dx = (Aᵀx + Ax − 2b)ᵀ dx/2"),
        ("(a^T x)(b^T x)", "df = (aᵀ dx)(bᵀx) + (aᵀx)bᵀ dx"),
    ],
)
def test_the_factors_of_a_quadratic_form_move_in_turn(text, line):
    assert lines(text, "x", None, "differential")[1] == line


def test_of_a_symmetric_matrix_both_terms_are_told():
    found = lines("x^T A x", "x", "A: n n symmetric", "differential")
    assert found[1] == "df = dxᵀ Ax + xᵀA dx = 2xᵀA dx"
