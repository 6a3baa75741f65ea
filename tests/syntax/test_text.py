"""The text language: many spellings of one thing, and what binds to what."""

import numpy as np
import pytest

from chainrule.syntax import read

SAME = [
    ["||A x - b||^2", "‖A x − b‖²", "‖Ax − b‖₂²", r"\lVert A x - b \rVert^2", "||A x - b||_2^2", "norm(A x - b)^2", "(A x - b)^T (A x - b)",
     "(A x - b)'*(A x - b)", "r^T r where r = A x - b", "r = A x - b\n||r||^2", "r = A x - b; r' r", "f(x) = ||Ax - b||^2",
     r"\left\|\mathbf{A}\mathbf{x} - \boldsymbol{b}\right\|_2^2", "⟨r, r⟩ with r = A x - b", "sum((A x - b).^2)", "np.sum((A @ x - b)**2)", "r.dot(r) where r = A @ x - b"],
    ["x^T A^T b", "xᵀ Aᵀ b", "x' A' b", "x^\\top A^{\\top} b", "(A x)^T b", "x.T @ A.T @ b", "⟨A x, b⟩", "dot(A x, b)"],
    ["S^-1 x", "S⁻¹ x", "S^{-1} x", "inv(S) x", "S^(-1) x", "solve(S, x)", "np.linalg.solve(S, x)"],
    ["x^T S^-T x", "xᵀ S⁻ᵀ x", "x^T S^{-T} x", "x^T inv(S)^T x", "x^T inv(S') x", r"x^{\mathsf T} S^{-\top} \mathbf{x}"],
    ["1/2 t", "½ t", "0.5 t", "t/2", ".5t", "1/2t", "t*0.5", r"\frac{1}{2} t", r"\frac{t}{2}"],
    ["exp(-t^2/2)", "e^(-t^2/2)", "e^{-t²/2}", "e^-(t^2/2)", "exp(-t²/2)"],
    ["x .* y .* 2", "x ⊙ y · 2", "2 x .* y", r"2 x \odot y"],
    ["log(1 + exp(t))", "ln(1 + e^t)", "log(1 + exp t)", "softplus(t)", r"\ln(1 + e^t)"],
    ["sigmoid(S x)", "σ(S x)", "σ(Sx)", "1 ./ (1 + exp(-S x))"],
    ["sin(t)^2", "sin^2 t", "(sin t)^2", "sin^2(t)"],
    ["lam ||x||^2", "lambda ||x||^2", "λ‖x‖²", r"\lambda ||x||^2"],
    ["tr(S^T S)", "tr S^T S", r"\operatorname{tr}(S^\top S)", r"\mathrm{tr}\left(S^T S\right)", "trace(S'S)", "||S||_F^2", "‖S‖_F²"],
    ["log |det(S)|", "logdet(S)", "ln |det S|", "log(abs(det(S)))", "logdet S", "np.linalg.slogdet(S)[1]"],
    ["sin(2 t) cos(t)", "sin 2t cos t", "sin(2t) * cos(t)"],
    ["|| ||x|| y - z||", "||norm(x) y - z||", "‖‖x‖ y − z‖"],
    ["||x|| ||y||", "norm(x)*norm(y)", "||x||*||y||"],
    ["| |t| - 1|", "||t| - 1|", "abs(abs(t) - 1)"],
    ["t^2^3", "t^8"],
    ["-t^2", "-(t^2)"],
    ["t/2/3", "t/6"],
    ["kron(S, S)", "S ⊗ S", r"S \otimes S"],
    ["sqrt(t^2 + 1)", "√(t² + 1)", "(t^2+1)^(1/2)", "(t^2+1)^0.5"],
    ["max(x, 0)", "relu(x)", "np.maximum(x, 0)"],
    ["f = 3\nf t", "3t", "3 t  # a remark"],
    ["ones^T S ones", "1^T S 1", "1ᵀ S 1", "sum(S)", "𝟏ᵀ S 𝟏"],
    ["(S x)^T (S x)", "r(x)^T r(x) where r(x) = S x", "r(x) = S x\nr(x)^T r(x)"],
    ["t + 1 +\n 2", "t + 3", "(t\n + 3)"],
]  # fmt: skip
RNG = np.random.default_rng(11)
VALUES = {
    "A": RNG.standard_normal((3, 4)), "S": RNG.standard_normal((4, 4)), "x": RNG.standard_normal(4), "y": RNG.standard_normal(4),
    "z": RNG.standard_normal(4), "b": RNG.standard_normal(3), "t": np.array(0.7), "lam": np.array(1.3),
}  # fmt: skip
DECLARED = "A: m n, S: n n, x: n, y: n, z: n, b: m, t: scalar, lam: scalar"


@pytest.mark.parametrize("texts", SAME, ids=lambda t: t[0])
def test_spellings_of_one_thing(texts):
    expected = read(texts[0], DECLARED).evaluate(VALUES)
    for text in texts[1:]:
        assert read(text, DECLARED).evaluate(VALUES) == pytest.approx(expected, rel=1e-12), text


@pytest.mark.parametrize("texts", SAME, ids=lambda t: t[0])
def test_the_echo_is_complete(texts):
    for text in texts:
        problem = read(text, DECLARED)
        for name in problem.variables:
            assert {"lam": "λ"}.get(name, name) in problem.echo.replace("ᵗ", "t"), text


ECHOES = {
    "||A x - b||_2^2": ("‖Ax − b‖²", r"\lVert A x - b \rVert^2"),
    "x @ A @ y": ("xᵀAy", r"x^{\top} A y"),
    "lambda ||w||^2 + 1/2 x^T S^-1 x": ("λ‖w‖² + ½xᵀS⁻¹x", r"\lambda \lVert w \rVert^2 + \frac{1}{2} x^{\top} S^{-1} x"),
    "sum(X .* A)": ("sum(X ⊙ A)", r"\operatorname{sum}\left(X \odot A\right)"),
    "sigmoid(X w)": ("σ(Xw)", r"\sigma\left(X w\right)"),
    "0.5*x@S@x": ("0.5xᵀSx", r"0.5 x^{\top} S x"),
    "np.linalg.slogdet(S)[1]": ("log |det S|", r"\log \lvert \det S \rvert"),
    "s_i = sum_{j <= i} x_j": ("Σ_{j≤i} xⱼ", r"\sum_{j \le i} x_j"),
    "tr((X .* A)(X .* A)^T)": ("tr((X ⊙ A)(X ⊙ A)ᵀ)", r"\operatorname{tr}\left(\left(X \odot A\right) \left(X \odot A\right)^{\top}\right)"),
    "e^(x y) sin(x)": ("e^(xy) sin(x)", r"e^{x y} \sin\left(x\right)"),
    "r = A x - b\nr^T r": ("rᵀr   where r = Ax − b", r"r^{\top} r \quad\text{where}\quad r = A x - b"),
    "sum_{i=1}^n x_i^2": ("Σ_{i=1}^n xᵢ²", r"\sum_{i=1}^{n} x_i^2"),
}


@pytest.mark.parametrize("text", ECHOES)
def test_echo(text):
    problem = read(text)
    assert (problem.echo, problem.echo_latex) == ECHOES[text]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("1/2 t", 0.35), ("1/t t", 1.0), ("2^-1 t", 0.35), ("t - -t", 1.4), ("2 - 3 t", -0.1), ("t^-2", 0.7**-2),
        ("sin t + 1", np.sin(0.7) + 1), ("sin t / 2", np.sin(0.7) / 2), ("ln t t", np.log(0.49)), ("e^t t", np.exp(0.7) * 0.7),
        ("log_2(t)", np.log2(0.7)), ("log_10 t", np.log10(0.7)), ("log_3(t)", np.log(0.7) / np.log(3)), ("pi t", np.pi * 0.7),
        ("max(t, 1, 0.5)", 1.0), ("|t - 1|", 0.3), ("elu(-t; 2)", 2 * (np.exp(-0.7) - 1)), ("huber_t(3)", 0.7 * (3 - 0.35)),
        ("huber(t)", 0.245), ("leaky_relu(-t; 0.1)", -0.07), ("min(max(t, -1), 0.5)", 0.5), ("sin^-1(t)", np.arcsin(0.7)),
    ],
)  # fmt: skip
def test_binding(text, expected):
    assert read(text, DECLARED).evaluate(VALUES) == pytest.approx(expected)
