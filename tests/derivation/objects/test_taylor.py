"""Taylor polynomials: their remainder, for every elementwise operation; what textbooks print; refusals."""

import json
import sys
from math import factorial

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import derivative
from chainrule.core.errors import ChainruleError
from chainrule.core.node import symbol
from chainrule.ops.declare import elementwise_ops

ONE = [op for op in elementwise_ops() if op.arity == 1]


def point_of(op) -> str:
    """A rational point inside the domain, clear of breaks."""
    for text, value in (("1/3", 1 / 3), ("2/3", 2 / 3), ("3/2", 1.5), ("5/2", 2.5), ("-1/3", -1 / 3)):
        clear = op.margin is None or float(np.min(op.margin(np.array(value)))) > 0.05
        if op.domain.contains(value) and clear:
            return text
    raise AssertionError(f"no point for {op}")


@pytest.mark.parametrize("op", ONE, ids=str)
def test_the_remainder_of_every_elementwise_operation_shrinks_as_is_said(op):
    text = point_of(op)
    a = float(eval(text))
    order = next((k for k in (3, 2, 1) if has_derivative(op, k)), 0)
    if not order:
        with pytest.raises(cr.NoRuleError):
            cr.taylor(f"{op.name}(x)", "x", order=1, at=text)
        return
    found = cr.taylor(f"{op.name}(x)", "x", order=order, at=text)
    assert found.verified
    errors = []
    for h in (0.02, 0.01):
        exact = op.evaluate(np.array(a + h))
        errors.append(float(np.abs(found.evaluate({"x": np.array(a + h)}) - exact)))
        assert found.compile()(x=a + h) == pytest.approx(
            float(found.evaluate({"x": np.array(a + h)})), rel=1e-12, abs=1e-14
        )
    if errors[1] > 1e-13:
        assert np.log2(errors[0] / errors[1]) > order + 0.6
    else:
        assert errors[0] < 1e-11


def has_derivative(op, order: int) -> bool:
    try:
        derivative(op(symbol("x", ())), symbol("x", ()), order)
    except cr.NoRuleError:
        return False
    return True


TEXTBOOK = {
    ("exp(x)", 3, 0): "1 + x + x²/2 + x³/6 + O(x⁴)",
    ("sin(x)", 5, 0): "x − x³/6 + x⁵/120 + O(x⁷)",
    ("cos(x)", 4, 0): "1 − x²/2 + x⁴/24 + O(x⁶)",
    ("tan(x)", 5, 0): "x + x³/3 + 2x⁵/15 + O(x⁷)",
    ("log(1 + x)", 4, 0): "x − x²/2 + x³/3 − x⁴/4 + O(x⁵)",
    ("1/(1 - x)", 3, 0): "1 + x + x² + x³ + O(x⁴)",
    ("sqrt(1 + x)", 3, 0): "1 + x/2 − x²/8 + x³/16 + O(x⁴)",
    ("arctan(x)", 5, 0): "x − x³/3 + x⁵/5 + O(x⁷)",
    ("arcsinh(x)", 5, 0): "x − x³/6 + 3x⁵/40 + O(x⁷)",
    ("tanh(x)", 5, 0): "x − x³/3 + 2x⁵/15 + O(x⁷)",
    ("exp(x) sin(x)", 5, 0): "x + x² + x³/3 − x⁵/30 + O(x⁶)",
    ("log(1 + exp(x))", 4, 0): "log(2) + x/2 + x²/8 − x⁴/192 + O(x⁶)",
    ("log(x)", 3, 1): "(x − 1) − (x − 1)²/2 + (x − 1)³/3 + O((x − 1)⁴)",
    ("sqrt(x)", 2, 4): "2 + (x − 4)/4 − (x − 4)²/64 + O((x − 4)³)",
    ("x^3", 3, 1): "1 + 3(x − 1) + 3(x − 1)² + (x − 1)³",
    ("(1 + x)^a", 2, 0): "1 + ax + a(a − 1)x²/2 + O(x³)",
    ("exp(x)", 1, "a"): "exp(a) + exp(a)(x − a) + O((x − a)²)",
}


@pytest.mark.parametrize("asked", TEXTBOOK, ids=str)
def test_functions_of_one_number_as_textbooks_print_them(asked):
    f, order, at = asked
    found = cr.taylor(f, "x", order=order, at=at)
    assert " + ".join(filter(None, [found.text, found.big_o])) == TEXTBOOK[asked]
    assert found.verified and f"f(x) = {TEXTBOOK[asked]}" in str(found)


SEVERAL = {
    ("||A x - b||^2", "x", 2): "f(x + h) = ‖Ax − b‖² + 2(Ax − b)ᵀAh + ‖Ah‖²",
    ("logdet(X)", "X", 2): "f(X + H) = logdet(X) + tr(X⁻¹H) − tr(X⁻¹HX⁻¹H)/2 + O(‖H‖³)",
    ("logsumexp(x)", "x", 2): "f(x + h) = logsumexp(x) + pᵀh + hᵀ(p ⊙ (h − pᵀh))/2 + O(‖h‖³)",
    ("X^-1", "X", 2): "f(X + H) = Y − YHY + YHYHY + O(‖H‖³)",
    ("tanh(W x)", "x", 1): "f(x + h) = g + (1 − g²) ⊙ (Wh) + O(‖h‖²)",
}


@pytest.mark.parametrize("asked", SEVERAL, ids=str)
def test_functions_of_vectors_and_matrices_as_textbooks_print_them(asked):
    f, x, order = asked
    found = cr.taylor(f, x, order=order)
    assert str(found).splitlines()[1].startswith(SEVERAL[asked]) and found.verified


def test_the_remainder_of_lagrange_is_stated():
    assert "remainder exp(ξ) x⁴/24 for a ξ between 0 and x" in str(cr.taylor("exp(x)", "x", order=3))
    assert "remainder cos(ξ) x⁷/5040" in str(cr.taylor("sin(-x)", "x", order=5)).replace("−cos", "cos")
    assert "remainder f⁽⁷⁾(ξ) x⁷/7! for a ξ between 0 and x" in str(cr.taylor("tanh(x)", "x", order=5))
    assert "remainder D³f(x + θh)[h, h, h]/3! with 0 < θ < 1" in str(cr.taylor("logsumexp(x)", "x"))
    assert cr.taylor("tanh(W x)", "x").remainder is None  # Lagrange's form is that of one number


@pytest.mark.parametrize("n", range(1, 6))
def test_the_remainder_of_lagrange_bounds_the_error(n):
    """|eˣ − T| ≤ eˣ x^(n + 1)/(n + 1)! for x > 0."""
    found = cr.taylor("exp(x)", "x", order=n)
    for x in (0.1, 0.7, 2.0):
        error = np.exp(x) - found.compile()(x=x)
        assert 0 < error < np.exp(x) * x ** (n + 1) / factorial(n + 1)


def test_a_polynomial_has_no_remainder():
    found = cr.taylor("x^T A x", "x", order=2, at="x0")
    assert (found.text, found.big_o, found.remainder) == ("x₀ᵀAx₀ + x₀ᵀ(A + Aᵀ)h + hᵀ(A + Aᵀ)h/2", "", None)
    assert "no remainder: the polynomial is the function itself" in found.notes


LINEAR = {
    ("||A x - b||^2", "x", None): "L(x) = ‖Ax₀ − b‖² + 2(Ax₀ − b)ᵀA(x − x₀)",
    ("tanh(W x + b)", "x", None): "L(x) = g + (1 − g²) ⊙ (W(x − x₀))",
    ("logdet(X)", "X", None): "L(X) = logdet(X₀) + tr(X₀⁻¹(X − X₀))",
    ("sqrt(x)", "x", 4): "L(x) = 2 + (x − 4)/4",
    ("exp(x)", "x", "c"): "L(x) = exp(c) + exp(c)(x − c)",
}


@pytest.mark.parametrize("asked", LINEAR, ids=str)
def test_a_linearisation_as_a_textbook_prints_it(asked):
    f, x, at = asked
    found = cr.linearize(f, x, at=at)
    assert str(found).splitlines()[1].startswith(LINEAR[asked]) and found.verified


def test_a_linearisation_is_the_function_at_the_point_and_has_its_slope():
    found = cr.linearize("||A x - b||^2", "x")
    rng = np.random.default_rng(1)
    A, x, b, v = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=4), rng.normal(size=3)
    at = lambda x_now: found.compile()(A=A, b=b, x=x_now, x_0=x)
    r = A @ x - b
    assert at(x) == pytest.approx(r @ r) and at(x + v) - at(x) == pytest.approx(2 * r @ A @ v)


def test_the_latex_and_the_program_say_the_same():
    found = cr.taylor("log(x)", "x", order=2, at=1)
    assert found.latex == r"(x - 1) - \frac{(x - 1)^{2}}{2}"
    assert found.ascii == "(x - 1) - (x - 1)^2 / 2"
    data = json.loads(json.dumps(found.to_dict()))
    assert (data["order"], data["big_o"]) == (2, "O((x − 1)³)") and len(data["results"]) == 2


REFUSED = {
    "a kink": (
        lambda: cr.taylor("|x|", "x", order=1, at=0),
        "DomainError: taylor() refuses to expand there: no derivative need exist at x = 0\n"
        "  given:    |x| at x = 0, where the first derivative of |x| jumps\n"
        "  expected: a point at which the derivatives up to the order asked for exist\n"
        "  fix:      another point, such as at=1",
    ),
    "a jump of the second derivative": (
        lambda: cr.taylor("softsign(x)", "x", order=2, at=0),
        "DomainError: taylor() refuses to expand there past order 1\n"
        "  given:    softsign(x) at x = 0, where the derivative of order 2 of softsign(x) jumps\n"
        "  expected: a point at which the derivatives up to the order asked for exist\n  fix:      order=1",
    ),
    "a jump": (
        lambda: cr.taylor("exp(x) + sign(x)", "x"),
        "DomainError: taylor() refuses to expand there: the function may jump at x = 0\n"
        "  given:    exp(x) + sign(x) at x = 0, where the value of sign(x) jumps\n"
        "  expected: a point at which the derivatives up to the order asked for exist\n"
        "  fix:      another point, such as at=1",
    ),
    "a pole": (
        lambda: cr.taylor("1/x", "x"),
        "DomainError: taylor() refuses to expand at x = 0\n  given:    1/x: the function has no finite value there\n"
        "  expected: a point at which the function and the derivatives that are needed exist",
    ),
    "outside the domain": (
        lambda: cr.taylor("log(x)", "x", at=-1),
        "DomainError: taylor() refuses to expand at x = −1\n  given:    log(x): the function has no finite value there\n"
        "  expected: a point at which the function and the derivatives that are needed exist",
    ),
    "a vertical tangent": (
        lambda: cr.taylor("sqrt(x)", "x", order=1, at=0),
        "DomainError: taylor() refuses to expand at x = 0\n  given:    √x: a division by zero\n"
        "  expected: a point at which the function and the derivatives that are needed exist",
    ),
    "order 0": (
        lambda: cr.taylor("exp(x)", "x", order=0),
        "DeclarationError: the order of a Taylor polynomial is a small whole number\n  given:    0\n  expected: 1 to 10",
    ),
    "a point that is called as a variable": (
        lambda: cr.taylor("exp(a x)", "x", at="a"),
        "DeclarationError: the name `a` is taken\n  given:    exp(ax), where `a` is in the function\n"
        "  expected: a name for the direction that is free, such as `h`",
    ),
    "a point that is neither": (
        lambda: cr.taylor("exp(x)", "x", at=[1, 2]),
        "DeclarationError: a point is a number or a name\n  given:    [1, 2]\n  expected: such as 0, 1/2, pi or a",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_why(name):
    ask, text = REFUSED[name]
    with pytest.raises(ChainruleError) as error:
        ask()
    assert str(error.value) == text


def test_up_to_the_order_that_exists_it_expands():
    assert cr.taylor("softsign(x)", "x", order=1, at=0).text == "x"


@pytest.mark.parametrize("f", ["exp(x)", "||A x - b||^2", "logdet(X)"])
@pytest.mark.parametrize("k", [1, 2])
def test_a_wrong_term_is_refused(monkeypatch, f, k):
    module = sys.modules["chainrule.derivation.objects.taylor"]
    right = module.terms

    def planted(derivatives, replaced):
        return [(1 + 1e-4) * t if n == k else t for n, t in enumerate(right(derivatives, replaced))]

    monkeypatch.setattr(module, "terms", planted)
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        cr.taylor(f, "X" if "X" in f else "x", order=2)


@pytest.mark.parametrize("f", ["exp(x)", "logsumexp(x)"])
def test_a_wrong_derivative_is_refused(monkeypatch, f):
    module = sys.modules["chainrule.derivation.objects.taylor"]
    right = module.along
    monkeypatch.setattr(
        module, "along", lambda *given: [n if k != 1 else 1.001 * n for k, n in enumerate(right(*given))]
    )
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        cr.taylor(f, "x", order=1) if f == "exp(x)" else cr.linearize(f, "x")


@pytest.mark.parametrize("f", ["exp(x)", "sin(x)"])
def test_a_wrong_remainder_is_refused(monkeypatch, f):
    module = sys.modules["chainrule.derivation.objects.remainder"]
    right = module.terms
    monkeypatch.setattr(module, "terms", lambda *given: [1.001 * t for t in right(*given)])
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        cr.taylor(f, "x", order=2)


@pytest.mark.parametrize("function, order", [("|x|^3", 2), ("x |x|", 1), ("relu(x)^3", 2), ("elu(x)", 1)])
def test_a_kink_that_is_flattened_is_expanded_as_far_as_derivatives_exist(function, order):
    found = cr.taylor(function, "x", order=order, at=0, declare="x: scalar")
    assert found.seal.ok and found.big_o == f"O(x{'²³'[order - 1]})"
    with pytest.raises(cr.DomainError) as raised:
        cr.taylor(function, "x", order=order + 1, at=0, declare="x: scalar")
    assert raised.value.problem == f"taylor() refuses to expand there past order {order}"
    assert raised.value.fix == f"order={order}"


@pytest.mark.parametrize("function, missing", [("|x|", "first derivative of |x|"), ("max(x, x^2)", "first derivative of max(x, x²)"), ("cbrt(x)", "first derivative of cbrt(x)")])
def test_a_kink_at_the_point_is_refused_and_named(function, missing):
    with pytest.raises(cr.DomainError) as raised:
        cr.taylor(function, "x", order=1, at=0, declare="x: scalar")
    assert missing in raised.value.given


def test_a_function_of_all_entries_is_not_read_as_one_of_a_number():
    assert cr.taylor("x/||x||", "x", order=1).head is not None
    assert [d.name for d in cr.taylor("x/||x||", "x", order=1).directions] == ["h"]
    assert cr.taylor("x .* exp(x)", "x", order=2).text.startswith("x + x²")


def softmaxed(X, W, V):
    H = np.exp(X @ W @ X.T)
    Z = np.maximum(X + H / H.sum(axis=1, keepdims=True) @ X, 0) @ V
    Z = Z - Z.max(axis=1, keepdims=True)
    return -np.mean(Z - np.log(np.exp(Z).sum(1, keepdims=True)))


def test_a_softmax_that_is_saturated_leaves_rounding_that_refutes_nothing():
    assert cr.taylor(cr.trace(softmaxed, X="n d", W="d d", V="d k"), "W", order=1).seal.ok


AFFINE = ["sum(relu(W x + b))", "relu(||x - p||^2 - ||x - n||^2 + 1)", "max(0, 1 - y w^T x)"]


@pytest.mark.parametrize("f", AFFINE)
def test_a_step_beyond_a_kink_refutes_nothing_and_no_remainder_is_printed_where_there_is_none(f):
    found = cr.taylor(f, "x", order=1)
    assert found.seal.ok and found.seal.slope is None
    assert (found.big_o, found.remainder) == ("", ("0", "0"))


def test_of_a_function_with_kinks_in_several_variables_too():
    found = cr.taylor("relu(x) + x^2 + y", ["x", "y"], order=3, at=(1, 1))
    assert found.big_o == "" and "no remainder as long as no kink lies between" in found.notes


@pytest.mark.parametrize("f", ["sum(relu(W x + b) .* x)", "sum(exp(W x) .* |x|)"])
@pytest.mark.parametrize("k", [0, 1, 2])
def test_a_small_error_in_a_term_of_a_function_with_kinks_is_refused(monkeypatch, f, k):
    module = sys.modules["chainrule.derivation.objects.taylor"]
    right, declare = module.terms, "W: n n, x: n"
    assert cr.taylor(f, "x", order=2, declare=declare).seal.ok
    planted = lambda *given: [(1 + 1e-6) * t if n == k else t for n, t in enumerate(right(*given))]
    monkeypatch.setattr(module, "terms", planted)
    with pytest.raises(cr.UnverifiedError, match="fails its own check"):
        cr.taylor(f, "x", order=2, declare=declare)
