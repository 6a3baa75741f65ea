"""∇f = 0 solved as a formula: what textbooks print, conditions, families, honest refusals."""

import numpy as np
import pytest

from chainrule import critical_points
from chainrule.core.errors import DeclarationError, ShapeError

FORMULAS = [  # function, variables, declaration, solution
    ("||X w - y||^2 + lam ||w||^2", "w", None, "w = (XᵀX + λI)⁻¹Xᵀy"),
    ("||X w - y||^2", "w", None, "w = (XᵀX)⁻¹Xᵀy"),
    ("(X w - y)^T S (X w - y)", "w", "S: m m posdef", "w = (XᵀSX)⁻¹XᵀSy"),
    ("||A x - b||^2 + ||L x||^2", "x", None, "x = (AᵀA + LᵀL)⁻¹Aᵀb"),
    ("1/2 x^T P x + q^T x", "x", "P: n n posdef", "x = −P⁻¹q"),
    ("1/2 x^T P x + q^T x", "x", None, "x = −2(P + Pᵀ)⁻¹q"),
    ("a x^2 + b x + c", "x", None, "x = −b/(2a)"),
    ("||X W - Y||_F^2 + lam ||W||_F^2", "W", None, "W = (XᵀX + λI)⁻¹XᵀY"),
    ("||A W B - C||_F^2", "W", "A: n n, B: k k", "W = A⁻¹CB⁻¹"),
    ("||A W B - C||_F^2", "W", None, "W = (AᵀA)⁻¹AᵀCBᵀ(BBᵀ)⁻¹"),
    ("||M - U V^T||_F^2", "U", None, "U = MV(VᵀV)⁻¹"),
    ("sum_i s_i (x_i - a_i)^2 + lam sum(x^2)", "x", None, "x = a ⊙ s ⊘ (s + λ)"),
    ("sum_i sum_j (X_ij - mu_j)^2", "mu", None, "μ = Xᵀ𝟏/m"),
    ("||X w + b - y||^2", "w, b", "X: m n, b: scalar, y: m", "w = (Xᵀ(I − 𝟏𝟏ᵀ/m)X)⁻¹Xᵀ(y − mean(y)), b = mean(y − Xw)"),
    ("sum_i (x_i - mu)^2/(2 v) + n/2 log(v)", "mu, v", "v: positive scalar, x: n, mu: scalar", "v = var(x), μ = mean(x)"),
    ("n log(s) + sum_i (x_i - mu)^2/(2 s^2)", "s", "s: positive scalar, x: n", "s = ‖x − μ‖/√n"),
    ("logdet(S) + tr(S^-1 C)", "S", "S: n n posdef, C: n n posdef", "S = C"),
    ("tr(P C) - logdet(P)", "P", "P: n n posdef, C: n n posdef", "P = C⁻¹"),
    ("||S - C||_F^2", "S", "S: n n symmetric, C: n n", "S = (C + Cᵀ)/2"),
    ("sum_i (exp(a_i) - y_i a_i)", "a", None, "a = log(y)"),
    ("n log(lam) - lam sum(x)", "lam", "x: n", "λ = n/(𝟏ᵀx)"),
    ("sum_i (y_i log(p) + (1 - y_i) log(1 - p))", "p", "y: n, p: scalar", "p = mean(y)"),
    ("n log(a) + n a log(m) - (a + 1) sum_i log(x_i)", "a", "m: positive scalar, x: n positive", "a = n/(sum(log(x)) − n log(m))"),
    ("log(1 + exp(x)) - y x", "x", "x: scalar, y: scalar", "x = log(y/(1 − y))"),
    ("sum_i p_i log(p_i) - c^T p", "p", None, "p = exp(c − 1)"),
    ("exp(-||x - a||^2)", "x", None, "x = a"),
    ("sqrt(1 + ||X w - y||^2)", "w", None, "w = (XᵀX)⁻¹Xᵀy"),
    ("a x + b/x", "x", "a: positive scalar, b: positive scalar, x: positive", "x = √b/√a"),
]  # fmt: skip


@pytest.mark.parametrize("function, wrt, declare, solution", FORMULAS, ids=lambda v: v if isinstance(v, str) else "")
def test_the_formula_of_the_textbook_comes_out_and_holds_at_random_data(function, wrt, declare, solution):
    found = critical_points(function, wrt, declare=declare)
    assert found.solution == solution and found.all
    assert found.solutions[0].tried.ok and found.solutions[0].tried.error < 1e-9


REFUSED = [
    ("x^T A x/(x^T x)", "x", "A: n n symmetric", "no way was found"),
    ("||A X + X B - C||_F^2", "X", "A: n n, B: n n", "no way was found"),
    ("||U V^T - M||_F^2", "U, V", None, "no way was found"),
    ("sum(log(1 + exp(-t .* (X w))))", "w", None, "no way was found"),
    ("c^T x", "x", None, "does not change with x"),
    ("sum_i exp(x_i)", "x", None, "is positive everywhere"),
    ("sum_i p_i log(p_i)", "p", "p: prob n", "p is prob"),
    ("||x||", "x", "x: n", "there f is not differentiable"),
    ("0 * sum(x)", "x", "x: n", "∇f is zero everywhere"),
]


@pytest.mark.parametrize("function, wrt, declare, reason", REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_what_has_no_formula_is_refused_with_the_reason(function, wrt, declare, reason):
    found = critical_points(function, wrt, declare=declare, sizes={})
    assert found.solution is None and reason in found.reason


def test_a_kink_does_not_make_a_piecewise_gradient_affine():
    """The slope of x − sign(x) is 1 everywhere; 0 solves the linear equation, and the critical points are ±1."""
    found = critical_points("x^2/2 - |x|", declare="x: scalar")
    assert [float(p.x[0]) for p in found.points] == [-1.0, 1.0] and not found.solutions
    assert [(float(k.x[0]), k.side) for k in found.kinks] == [(0.0, "no derivative; f is smaller on both sides")]


def test_a_family_of_solutions_is_told_as_one():
    found = critical_points("||X w + b - y||^2", "w, b", declare="X: m n, b: m, y: m")
    (solution,) = found.solutions
    assert solution.values == {"b": "y − Xw"} and solution.free == ["w"]
    assert "for every w" in str(found)


def test_conditions_are_stated_and_what_makes_them_certain():
    conditions = lambda *asked, **more: critical_points(*asked, **more).solutions[0].conditions
    assert conditions("||X w - y||^2 + lam ||w||^2", "w") == ["XᵀX + λI invertible (certain for λ > 0)"]
    assert conditions("||X w - y||^2 + lam ||w||^2", "w", declare="lam: positive scalar") == []
    assert conditions("||X w - y||^2", "w") == ["linearly independent columns of X"]
    assert conditions("||M - U V^T||_F^2", "U") == ["linearly independent columns of V"]
    assert conditions("||A W B - C||_F^2", "W") == ["linearly independent rows of B", "linearly independent columns of A"]
    assert conditions("a x^2 + b x + c", "x") == ["a ≠ 0"]
    assert conditions("1/2 x^T P x + q^T x", "x", declare="P: n n posdef") == []


def test_a_convex_function_makes_the_solution_a_global_minimum():
    found = critical_points("||X w - y||^2 + lam ||w||^2", "w", declare="lam: positive scalar")
    assert "a global minimum: f is convex, the only one" in str(found)
    assert "depends on the data" in str(critical_points("a x^2 + b x + c", "x"))


def test_with_data_the_numbers_of_the_formula_are_given():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), rng.normal(size=30)
    found = critical_points("||X w - y||^2 + lam ||w||^2", "w", data={"X": X, "y": y, "lam": 0.5})
    (point,) = found.points
    assert np.allclose(point.values["w"], np.linalg.solve(X.T @ X + 0.5 * np.eye(3), X.T @ y), atol=1e-12)
    assert point.kind == "minimum"
    many = critical_points("||X w - y||^2", "w", data={"X": rng.normal(size=(40, 20)), "y": rng.normal(size=40)})
    assert many.points[0].x.size == 20 and many.search is None


def test_a_matrix_keeps_to_its_constraint():
    C = np.array([[2.0, 1], [1, 2]])
    found = critical_points("logdet(S) + tr(S^-1 C)", "S", declare="S: n n posdef, C: n n posdef", data={"C": C})
    assert np.allclose(found.solutions[0].at_data["S"], C)


def test_functions_without_a_number_as_value_are_refused():
    with pytest.raises(ShapeError) as error:
        critical_points("A x", "x")
    assert "only a function whose value is one number" in str(error.value) and "m" in str(error.value)


@pytest.mark.parametrize("window", [0, -1, float("nan"), float("inf"), True, "ten"])
def test_a_window_is_a_positive_number(window):
    with pytest.raises(DeclarationError, match="window"):
        critical_points("x^2", window=window)
