"""A formula checked: right and right in some sense, wrong with its cause, in the words that a person reads."""

import json

import pytest

from bench.cases import cases, declaration
from chainrule.checking.formulas.formula import check_formula, report_of, without_left_side
from chainrule.checking.formulas.checked import Checked
from chainrule.core.errors import ChainruleError, DeclarationError, UnknownNameError
from chainrule.derivation import derived
from chainrule.syntax import read

from .planted_formulas import planted

RIDGE = "||X w - y||^2 + lam ||w||^2"


def rows(report):
    return dict(report.rows)


# ------------------------------------------------------------------ wrong


def test_the_factor_of_the_squared_norm_is_named():
    report = check_formula(RIDGE, "X^T (X w - y) + lam w", "w")
    assert str(report).startswith(
        "✗ not the gradient: yours is exactly ½ of it, in every component\n"
        "  likely slip   d‖v‖² = 2vᵀdv, the 2 was dropped (or ½‖·‖² was meant)\n"
        "  correct       2Xᵀ(Xw − y) + 2λw\n"
        "  evidence      largest difference "
    )
    assert (report.verdict, report.cause, report.argument, report.exit_code) == ("wrong", "factor", "w", 1)
    assert abs(report.claimed - report.true / 2) < 1e-9 and report.bound < 1e-10 and len(report.index) == 1
    assert "remainder slope 1.00, should be 2" in str(report) and report.remainders.true_slope == pytest.approx(
        2, abs=0.05
    )
    assert json.loads(json.dumps(report.to_dict()))["cause"] == "factor"


def test_the_wrong_term_is_underlined_in_the_persons_own_text():
    report = check_formula(RIDGE, "2*X'*(X*w-y) + lam*w", "w")
    assert report.headline == "not the gradient: the first term is right; the difference is exactly λw"
    assert rows(report)["yours"] == "2*X'*(X*w-y) + lam*w\n               ~~~~~  should be 2λw"


# users' questions: shared/USERS.md, 1.2 A
@pytest.mark.parametrize(
    "function, wrt, mine, declare, cause, says",
    [
        ("(y - X w)^T (y - X w)", "w", "2 X (y - X w)", None, "transposed", "with X^T in place of X they do, and then yours has the opposite sign"),
        ("1/2 (x-y)^T M (x-y) + 1/2 x^T x", "x", "M (y-x)/2 + x", "M: n n symmetric", "factor", "the difference is exactly 3M(x − y)/2"),
        ("(w tanh(v x))^2", "x", "2 w tanh(v x) w v (1 - (v x)^2)", "w v x: scalar", "activation-point", "should be tanh(v x)"),
        ("(w x + b)^2/2", "w", "x w", "w x b: scalar", None, "with (w x + b) in place of w it is right"),
        ("||A x + b||^2", "x", "2 A (A x + b)", "A: n n, x: n, b: n", "transposed", "should be A^T"),
        ("||A x + b||^2", "x", "2 A (A x + b)", None, "transposed", "its shapes do not fit; with A^T in place of A it is right"),
        ("||X^T - A||^2", "X", "0", None, "constant", "yours is zero"),
        ("mean((X w - y)^2)", "w", "2 X^T (X w - y)", "X: n d", "mean", "yours is exactly n times it"),
        ("sum((X w - y)^2)", "w", "2/n X^T (X w - y)", "X: n d", "mean", "yours is exactly 1/n of it"),
        ("sigmoid(w^T x)", "w", "sigmoid(w^T x) (1 - sigmoid(w^T x))", None, "chain-factor", "the factor for wᵀx by w is missing"),
        ("sigmoid(w^T x)", "w", "x", None, "chain-factor", "the factor σ′(wᵀx) is missing"),
        ("softmax(z)", "z", "p .* (1 - p) with p = softmax(z)", None, "softmax-diagonal", "its diagonal only"),
        ("softmax(z)", "z", "diag(p .* (1 - p)) with p = softmax(z)", None, "softmax-diagonal", "only the diagonal of softmax's Jacobian"),
        ("-sum(y .* log(softmax(z)))", "z", "-y ./ softmax(z)", None, "chain-factor", "the derivative of softmax(z) is missing"),
        ("x^2 y + y z^2 + x z", "y", "2 x y + z", "x y z: scalar", "variable", "yours is the derivative in x, not in y"),
        ("x exp(x)", "x", "exp(x)", "x: scalar", "missing-term", "product rule: (uv)′ = u′v + uv′"),
        ("ln(x)/x", "x", "(1 + ln(x))/x^2", "x: positive", "sign", "quotient rule: (u/v)′ = (u′v − uv′)/v²"),
        ("sin(x) exp(x)", "x", "cos(x) exp(x)", "x: scalar", "missing-term", "the term with the derivative of exp(x) is missing"),
        ("x sin(x)", "x", "cos(x)", "x: scalar", "function", "and not u′v′"),
        ("sin(x^2)", "x", "cos(x^2)", "x: scalar", "chain-factor", "this is the derivative by x²"),
        ("a^x", "x", "x a^(x-1)", "x: scalar, a: positive", "variable", "yours is the derivative in a, not in x"),
        ("2^x", "x", "x 2^(x-1)", "x: scalar", "function", "the exponent moves"),
        ("x^3", "x", "x^4/4", "x: scalar", "function", "integrated"),
        ("1/x", "x", "1/x^2", "x: scalar", "sign", "the opposite sign"),
        ("|x|", "x", "1", "x: scalar", "half-space", "it is right for positive x only"),
        ("x^T A x", "x", "A", None, "shape", "yours has shape n×n, the gradient has shape n"),
        ("logdet(X)", "X", "det(X) X^-T", "X: n n", "chain-factor", "without det(X) it is right"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(function, wrt, mine, declare, cause, says):
    report = check_formula(function, mine, wrt, declare)
    assert (report.verdict, report.cause) == ("wrong", cause) and says in " ".join(str(report).split())
    assert len(str(report).splitlines()) <= 12 and report.correct


def test_planted_mistakes_are_never_missed_and_nine_in_ten_causes_are_right():
    asked, missed, other = 0, [], []
    for function, wrt, declare, order, text, change, causes in planted():
        report = check_formula(function, text, wrt, declare, order)
        asked += 1
        if report.verdict != "wrong":
            missed.append((function, text, change, report.headline))
        elif report.cause not in causes:
            other.append((function, text, change, report.cause))
    assert asked >= 250 and not missed
    assert len(other) <= asked * 0.05, other


def test_a_cause_is_named_only_where_it_explains_all_of_the_difference():
    report = check_formula("||A x - b||^2", "A^T (A x - 3 b)", "x")
    assert report.verdict == "wrong" and report.cause is None
    assert "the true one less yours is exactly Aᵀ(Ax + b)" in report.headline and "example" in rows(report)


# ------------------------------------------------------------------ right


def test_no_textbook_formula_is_called_wrong():
    asked, unread = 0, []
    for case in cases():
        text, dialect = (case["plain"], "math") if case["plain"] else (case["expr"], "numpy")
        where = case["where"]
        lines = where.splitlines() if isinstance(where, str) else [f"{n} = {v}" for n, v in (where or {}).items()]
        problem = read(text, declaration(case), dialect)
        found = derived(problem, case["wrt"], order=case["order"])
        try:
            report = report_of(Checked(problem, found, "\n".join([*lines, case["expected"]]), "numpy"))
        except ChainruleError:  # a spelling of NumPy that the text language does not have
            unread.append(case["id"])
            continue
        asked += 1
        assert report.verdict == "right" and report.headline.startswith("right: "), (case["id"], str(report))
    assert asked >= 255 and len(unread) <= 2


@pytest.mark.parametrize(
    "mine",
    ["2 X^T (X w - y)", "∇f = 2Xᵀ(Xw − y)", "grad f = 2 X' (X w - y)", r"\nabla f = 2X^\top(Xw-y)", r"\frac{\partial f}{\partial w} = 2X^{T}(Xw-y)",
     "df/dw = 2*X.T@(X@w-y)", "df = 2 (X w - y)^T X dw", "r = X w - y; g = 2 X^T r"],
)  # fmt: skip
def test_a_right_formula_is_right_in_every_notation(mine):
    report = check_formula("||X w - y||^2", mine, "w")
    assert report.right and report.cause is None and report.exit_code == 0


@pytest.mark.parametrize(
    "function, wrt, mine, declare, order, headline",
    [
        ("||X w - y||^2", "w", "2 (X w - y)^T X", None, 1, "right, in the other layout: ∇f = 2Xᵀ(Xw − y)"),
        ("tr(A X)", "X", "A", None, 1, "right, in the other layout: ∇f = Aᵀ"),
        ("A x", "x", "A^T", None, 1, "right, in the other layout: J = A"),
        ("logdet(S)", "S", "S^-1", None, 1, "right, in the other layout: ∇f = S⁻ᵀ"),
        ("logdet(S)", "S", "S^-1", "S: n n symmetric", 1, "right: ∇f = S⁻¹"),
        ("logdet(S)", "S", "2 S^-1 - S^-1 .* I", "S: n n symmetric", 1, "right for symmetric S (per parameter): 2S⁻¹ − S⁻¹ ⊙ I"),
        ("logdet(S)", "S", "2 S^-1 - S^-1 .* I", None, 1, "right for symmetric S (per parameter): 2S⁻¹ − S⁻¹ ⊙ I"),
        ("-y^T log(softmax(z))", "z", "softmax(z) - y", None, 1, "right for y whose entries sum to one; for any y it is (𝟏ᵀy) softmax(z) − y"),
        ("-y^T log(softmax(z))", "z", "softmax(z) - y", "y: k onehot", 1, "right: ∇f = softmax(z) − y"),
        ("mean((X w - y)^2)", "w", "2/n X^T (X w - y)", None, 1, "right, if n is what is called m here: ∇f = 2Xᵀ(Xw − y)/m"),
        ("A X B", "X", "kron(B^T, A)", None, 1, "right, as the matrix of vec f by vec X: df = A dX B"),
        ("tanh(x)", "x", "1 - tanh(x).^2", "x: n", 1, "right, written as a vector: J = diag(1 − tanh(x)²)"),
        ("x^T A x", "x", "A + A^T", None, 2, "right: ∇²f = A + Aᵀ"),
        ("b^T c", "x", "0", "x: n, b: k, c: k", 1, "right: ∇f = 0"),
    ],
)  # fmt: skip
def test_what_is_right_in_some_sense_is_said_to_be(function, wrt, mine, declare, order, headline):
    report = check_formula(function, mine, wrt, declare, order)
    assert (report.verdict, report.headline) == ("right", headline)


def test_what_is_right_for_a_symmetric_matrix_only_says_so():
    report = check_formula("x^T A x", "2 A x", "x")
    assert (report.verdict, report.cause) == ("wrong", "symmetric")
    assert report.headline == "not the gradient for every A: right for symmetric A only"
    assert rows(report)["correct"] == "(A + Aᵀ)x" and "A: n n symmetric" in rows(report)["declare"]
    assert check_formula("x^T A x", "2 A x", "x", "A: n n symmetric").headline == "right: ∇f = 2Ax"


def test_in_the_row_layout_the_row_is_what_is_asked_for():
    report = check_formula("||X w - y||^2", "2 (X w - y)^T X", "w", layout="row")
    assert report.headline == "right: ∇f = 2(Xw − y)ᵀX"
    report = check_formula("||X w - y||^2", "2 X^T (X w - y)", "w", layout="row")
    assert report.headline == "right, in the other layout: ∇f = 2(Xw − y)ᵀX"
    assert check_formula("tr(A X)", "A", "X", layout="row").headline == "right: ∇f = A"


# ------------------------------------------------------------------ not understood


def test_a_name_that_the_function_does_not_have_is_an_error():
    with pytest.raises(UnknownNameError) as caught:
        check_formula("mean((X w - y)^2)", "2/N X^T (X w - y)", "w")
    assert str(caught.value) == (
        "UnknownNameError: `N` is not a name of the function\n"
        "  given:    2/N X^T (X w - y)\n"
        "              ^ column 3\n"
        "  expected: X, w, y, or a size: m, n\n"
        "  fix:      did you mean `n`?"
    )


def test_a_missing_variable_is_an_error_and_the_only_one_need_not_be_named():
    assert check_formula("x^2", "2 x").right
    with pytest.raises(DeclarationError) as caught:
        check_formula("x y", "y")
    assert str(caught.value) == (
        "DeclarationError: the variable of differentiation is not given\n"
        "  given:    xy, a function of x, y\n"
        "  expected: wrt: the name of one variable\n"
        '  fix:      wrt="x"'
    )
    with pytest.raises(DeclarationError) as caught:
        check_formula("x^2", 2)
    assert (
        str(caught.value)
        == 'DeclarationError: a formula is given as a text\n  given:    int\n  expected: a text such as "2 X^T (X w - y)"'
    )


@pytest.mark.parametrize(
    "given", ["∇f = x", "df/dx = x", "f'(x) = x", "grad f(x) = x", r"\frac{df}{dx} = x", "∂f/∂x = x", "J = x"]
)
def test_a_left_side_is_blanked_out_so_that_places_stay(given):
    assert without_left_side(given) == " " * (len(given) - 1) + "x"


@pytest.mark.parametrize(
    "given",
    ["f = 0", "x == 0", "x", "x > 0", "a = 2; a x", "x == y", "p + q where p = x", "x =", "diag(p) with p = x", "d p with p = x"]
)
def test_what_is_no_left_side_stays(given):
    assert without_left_side(given) == given


def test_what_is_set_to_zero_is_the_derivative():
    assert check_formula("||X w - y||^2", "∇f = 2 X^T (X w - y) = 0", "w").right
    assert check_formula("||X w - y||^2", "∇f = 0", "w").headline == "not the gradient: yours is zero"


def test_a_solution_for_the_variable_is_no_derivative():
    with pytest.raises(DeclarationError) as caught:
        check_formula("||X w - y||^2", "w = (X^T X)^{-1} X^T y", "w")
    assert str(caught.value) == (
        "DeclarationError: `w = …` says what a variable of the function is, and no derivative\n"
        "  given:    w = (X^T X)^{-1} X^T y\n"
        "            ^ column 1\n"
        "  expected: a derivative, such as ∇f = …"
    )


@pytest.mark.parametrize(
    ("function", "mine", "wrt", "declare", "says"),
    [
        ("relu(x)", "1", "x", "x: scalar", "it is right for positive x only"),
        ("1/2 ||relu(W x) - y||^2", "(relu(W x) - y) x^T", "W", None, "a factor of the chain rule is missing"),
        ("log(det(S)) + x^T S^{-1} x", "S^{-1} + S^{-1} x x^T S^{-1}", "S", "S: n n symmetric", "the sign of S^{-1} x x^T S^{-1} is wrong"),
        ("1/2 ||A x - b||^2", "A^T (A x + b)", "x", None, "the sign of b is wrong"),
        ("||x||", "x", "x", None, "the division by ||x||_2 is missing"),
        ("sin(x)^2", "2 cos(x)", "x", "x: scalar", "the factor sin(x) is missing"),
        ("sin(x^2)", "2x cos(2x)", "x", "x: scalar", "a derivative is taken at the wrong place"),
        ("x sin(x)", "cos(x)", "x", "x: scalar", "the derivative of a product is not the product of the derivatives"),
        ("1/x", "log(x)", "x", "x: scalar", "yours is an integral of the function: differentiated, it gives the function itself"),
        ("x^T A x", "A x", "x", None, "a term is missing"),
        ("x^T A x", "A x + A x", "x", None, "for every A: right for symmetric A only"),
        ("x^2", "2x + 1e-14", "x", "x: scalar", "it is nearly it, but not equal to it: they differ by 1e-14 of the largest entry"),
        ("1/2 ||A x - b||^2", "A^T A x - b", "x", None, "its shapes do not fit; with A^T b in place of b it is right"),
        ("x^T x / (y^T y)", "2x/(y^T y) - 2y x^T x/(y^T y)^2", "y", None, "its shapes do not fit; without 2x/(y^T y) it is right"),
        ("x^T A x + b^T x", "(A + A^T) x + b^T", "x", None, "its shapes do not fit; with b in place of b^T it is right"),
        ("1/2 ||tanh(W x) - y||^2", "W^T (tanh(W x) - y) .* (1 - tanh(W x).^2)", "x", None, "with ((tanh(W x) - y) .* (1 - tanh(W x).^2)) in place of"),
        ("-sum_i y_i log p_i", "-1/p_i", "p", None, "a factor of the chain rule is missing"),
        ("||A x - b||^2", "2 A^T A x", "x", None, "the term −2Aᵀb is missing; all else is right"),
        ("1/2 sum((z - y)^2) + 0 sum(sigma(z))", "(z - y) .* sigma(z) .* (1 - sigma(z))", "z", "z: n", "a factor of the chain rule is too many"),
    ],
)  # fmt: skip
def test_a_headline_is_true_and_says_what_is_wrong(function, mine, wrt, declare, says):
    assert says in check_formula(function, mine, wrt, declare).headline


def test_only_points_at_which_the_function_has_a_value_count():
    assert check_formula("log(x)", "1/|x|", "x", "x: scalar").right


def test_a_constant_term_of_the_derivative_has_the_sizes_of_the_point():
    report = check_formula("||x||^2", "2 x x^T", "x", order=2)
    assert (report.verdict, report.correct) == ("wrong", "2I")


def test_the_index_of_a_sum_is_no_left_side():
    mine = r"\frac{2}{n}\sum_{i=1}^n (w^\top x_i - y_i) x_i"
    assert without_left_side(mine) == mine
    assert check_formula(r"\frac{1}{n}\sum_{i=1}^n (w^\top x_i - y_i)^2", mine, "w").right


def test_the_derivative_by_an_inner_part_is_found_where_some_points_have_none():
    report = check_formula("log(det(X^T X))", "(X^T X)^{-1}", "X", "X: m n")
    assert report.cause == "chain-factor" and "yours is the derivative by XᵀX" in str(report)
