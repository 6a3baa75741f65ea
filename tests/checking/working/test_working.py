"""The referee of derivations: what is right passes, a planted mistake is found at its line and only there."""

import json

import pytest

from chainrule.checking.working.working import check_working
from chainrule.core.errors import ChainruleError
from chainrule.derivation import derive

RIGHT = {
    "ridge": """f = ||X w - y||^2 + lam ||w||^2
  = (Xw - y)^T (Xw - y) + lam w^T w
df = 2 (Xw-y)^T X dw + 2 lam w^T dw
grad f = 2 X^T (X w - y) + 2 lam w""",
    "softmax ce aligned": r"""\begin{aligned}
L &= -\sum_i y_i \log p_i, \quad p = \operatorname{softmax}(z) \\
\frac{\partial L}{\partial z_k} &= -\sum_i \frac{y_i}{p_i} \frac{\partial p_i}{\partial z_k} && \text{(chain rule)} \\
\frac{\partial p_i}{\partial z_k} &= p_i (\delta_{ik} - p_k) \\
\frac{\partial L}{\partial z_k} &= -\sum_i y_i (\delta_{ik} - p_k) \\
&= p_k \sum_i y_i - y_k \\
&= p_k - y_k && \text{since } \sum_i y_i = 1
\end{aligned}""",
    "logistic regression": r"""\begin{align*}
L(w) &= -\sum_{i=1}^n \left[ y_i \log p_i + (1-y_i)\log(1-p_i) \right], \quad p = \sigma(Xw) \\
\frac{\partial L}{\partial p_i} &= -\frac{y_i}{p_i} + \frac{1-y_i}{1-p_i} \\
\nabla_w L &= X^\top (p - y)
\end{align*}""",
    "mlp backprop": r"""\begin{aligned}
z_1 &= W_1 x + b_1 \\
a_1 &= \sigma(z_1) \\
z_2 &= W_2 a_1 + b_2 \\
L &= \tfrac{1}{2}\|z_2 - y\|^2 \\
\delta_2 &= \frac{\partial L}{\partial z_2} = z_2 - y \\
\delta_1 &= \frac{\partial L}{\partial z_1} = W_2^\top \delta_2 \odot \sigma'(z_1) \\
\frac{\partial L}{\partial W_2} &= \delta_2 a_1^\top \\
\frac{\partial L}{\partial W_1} &= \delta_1 x^\top \\
\frac{\partial L}{\partial b_1} &= \delta_1
\end{aligned}""",
    "logdet": r"""\begin{aligned} f &= \log\det X \\ \mathrm{d}f &= \operatorname{tr}(X^{-1}\,\mathrm{d}X) \\ \nabla f &= X^{-\top} \end{aligned}""",
    "trace": """f = tr(A^T X B)
df = tr(A^T dX B) = tr(B A^T dX)
∂f/∂X = A Bᵀ""",
    "inverse": """Y = X^{-1}
f = tr(A Y)
dY = -Y dX Y
df = tr(A dY) = -tr(A X^-1 dX X^-1) = -tr(X^-1 A X^-1 dX)
∂f/∂X = −(X⁻¹AX⁻¹)ᵀ""",
    "quotient": """u = x^2
v = 1 + x^2
f = u/v
u' = 2x
v' = 2x
f' = (u' v - u v')/v^2
   = (2x(1 + x^2) - 2x^3)/(1+x^2)^2
   = 2x/(1 + x^2)^2""",
    "tanh chain": """f = tanh(sin(x^2))
df/dx = (1 - tanh(sin(x^2))^2) cos(x^2) 2x""",
    "tanh chain steps": r"""u = x^2
v = \sin u
f = \tanh v
\frac{df}{dv} = 1 - f^2
\frac{dv}{du} = \cos u
\frac{du}{dx} = 2x
\frac{df}{dx} = \frac{df}{dv}\frac{dv}{du}\frac{du}{dx} = 2x (1 - \tanh^2(\sin x^2)) \cos(x^2)""",
    "pca": r"""\begin{align}
f(w) &= \frac{w^\top S w}{w^\top w} \quad \text{with } S \text{ symmetric}\\
\nabla f &= \frac{2 S w}{w^\top w} - \frac{2 (w^\top S w) w}{(w^\top w)^2} \\
&= \frac{2}{w^\top w}\left(S w - f w\right)
\end{align}""",
    "gaussian": """ℓ = -1/2 (x - μ)ᵀ Σ⁻¹ (x - μ)
∂ℓ/∂μ = 1/2 (Σ⁻¹ + Σ⁻ᵀ)(x − μ)""",
    "gaussian symmetric": """L = log det(Σ) + (x - μ)ᵀ Σ⁻¹ (x - μ), Σ symmetric
∇_μ L = -2 Σ⁻¹ (x − μ)
∂L/∂Σ = Σ⁻¹ − Σ⁻¹ (x − μ)(x − μ)ᵀ Σ⁻¹""",
    "attention row": """s = K q / sqrt(d)
a = softmax(s)
o = V^T a
L = c^T o
∂L/∂a = V c
∂a/∂s = diag(a) − a aᵀ
∂L/∂s = (diag(a) − a aᵀ) V c
∂L/∂q = Kᵀ (diag(a) − a aᵀ) V c / sqrt(d)""",
    "first course product": """f(x) = x^3 e^{-x}
f'(x) = 3x^2 e^{-x} + x^3 (-e^{-x})
      = (3x^2 - x^3) e^{-x}
      = x^2 (3 - x) e^{-x}""",
    "softplus": r"""f(x) = \ln(1 + e^x) \\ f'(x) = \frac{e^x}{1+e^x} \\ = \frac{1}{1+e^{-x}} = \sigma(x) \\ f''(x) = \sigma(x)(1-\sigma(x))""",
    "neuron": """z = w^T x + b
a = σ(z)
f = (y - a)^2
df/da = -2 (y - a)
da/dz = a (1 - a)
∂f/∂w = (df/da)(da/dz) x = -2 (y - a) a (1 - a) x
∂f/∂b = -2 (y - a) a (1 - a)""",
    "several partials": """f = x^2 y + y z^2 + x z, x: scalar
∂f/∂x = 2xy + z
∂f/∂y = x^2 + z^2
∂f/∂z = 2yz + x""",
    "hessian": """f = 1/2 x^T A x - b^T x, A symmetric
∇f = A x - b
∇²f = A
H = A""",
    "index quadratic": """f = Σ_i Σ_j A_ij x_i x_j
∂f/∂x_k = Σ_j A_kj x_j + Σ_i A_ik x_i
∇f = A x + A^T x""",
    "ng": """Z = W X
A = σ(Z)
L = 1/2 ||A - Y||^2
dA = A - Y
dZ = dA .* A .* (1 - A)
dW = dZ X^T
dX = W^T dZ""",
    "norm": """f = ||x||
df = x^T dx / ||x||
∇f = x/||x||""",
    "layer Jacobian": """h = tanh(W x + b)
∂h/∂x = diag(1 - h^2) W
J = diag(1 - h .* h) W""",
    "denominator": """r = A x - b
f = r^T r
∂r/∂x = A^T
∂f/∂r = 2 r
∂f/∂x = (∂r/∂x)(∂f/∂r) = 2 A^T (A x - b)""",
    "operator": r"""\frac{d}{dx}\left(x^2 \sin x\right) = 2x \sin x + x^2 \cos x""",
    "frobenius": r"""\begin{aligned} f &= \|X - A B^\top\|_F^2 \\ df &= 2 \operatorname{tr}\left((X - AB^\top)^\top (-A\,dB^\top)\right) \\ \nabla_B f &= -2 (X - AB^\top)^\top A \end{aligned}""",
    "logsumexp": """f = log Σ_i exp(z_i)
∂f/∂z_k = exp(z_k)/Σ_i exp(z_i)
∂²f/∂z_j∂z_k = p_j (δ_jk − p_k), p = softmax(z)""",
    "rnn-like": """h = tanh(u)
u = w x + b
L = 1/2 (h - t)^2
∂L/∂w = (h - t)(1 - tanh(u)^2) x""",
    "tanh as quotient": r"""\begin{aligned} f(x) &= \frac{e^x - e^{-x}}{e^x + e^{-x}} \\ f'(x) &= \frac{(e^x+e^{-x})^2 - (e^x-e^{-x})^2}{(e^x+e^{-x})^2} \\ &= 1 - f(x)^2 \end{aligned}""",
    "normal equations": """f = ||X w - y||^2
∇f = 2 X^T(Xw - y)
∇f = 0
X^T X w = X^T y
w = (X^T X)^-1 X^T y""",
    "partial and total": """f = u x, u = x^2
df/dx = ∂f/∂x + ∂f/∂u du/dx
∂f/∂x = u""",
    "inner covariance": """f = log det(C Σ C^T)
df = tr((C Σ C^T)^-1 d(C Σ C^T))
 = tr((C Σ C^T)^-1 (dC Σ C^T + C Σ dC^T))
∂f/∂C = 2 (C Σ C^T)^-1 C Σ, Σ symmetric""",
    "rows": """y = x W + b
L = sum(y .* y)
∂L/∂y = 2y
∂L/∂b = 2y
∂L/∂W = x^T 2 y""",
    "mixed partials": """f(x, y) = x^2 y
∂f/∂x = 2 x y
∂f/∂y = x^2
∂²f/∂x∂y = 2x
∂²f/∂x² = 2y""",
    "back-propagation by index": """E = 1/2 Σ_k (o_k - t_k)^2
o_k = σ(a_k)
a_k = Σ_j w_kj h_j
∂E/∂w_kj = (o_k - t_k) o_k (1 - o_k) h_j""",
    "named afterwards": """f = ||A x - b||^2, r = A x - b
∂f/∂r = 2r
∂f/∂x = 2 A^T r""",
    "curly loss": r"""\begin{aligned} \mathcal{L}(\theta) &= \frac{1}{2m} \|X\theta - y\|^2 \\ \nabla_\theta \mathcal{L} &= \frac{1}{m} X^\top (X\theta - y) \end{aligned}""",
}

WRONG = {  # the derivation, and the line with the mistake
    "ridge factor": ("""f = ||X w - y||^2 + lam ||w||^2
df = 2 (Xw-y)^T X dw + lam w^T dw
grad f = 2 X^T (X w - y) + 2 lam w""", 2),
    "ridge gradient dropped transpose order": ("""f = ||X w - y||^2
df = 2 (Xw - y)^T X dw
grad f = X^T (X w - y)""", 3),
    "ridge follows": ("""f = ||X w - y||^2 + lam ||w||^2
df = 2 (Xw-y)^T X dw + lam w^T dw
   = (2 X^T (Xw - y) + lam w)^T dw
∇f = 2 X^T (X w - y) + 2 lam w""", 2),
    "softmax diagonal": ("""L = −Σ y_i log p_i, p = softmax(z)
∂L/∂z_k = −Σᵢ (yᵢ/pᵢ) ∂pᵢ/∂z_k
∂p_i/∂z_k = p_i(1 − p_k)
∂L/∂z_k = −Σᵢ yᵢ (1 − p_k)
∂L/∂z = p - y""", 3),
    "softmax sign": (r"""\begin{aligned}
L &= -\sum_i y_i \log p_i, \quad p = \operatorname{softmax}(z) \\
\frac{\partial L}{\partial z_k} &= -\sum_i \frac{y_i}{p_i} \frac{\partial p_i}{\partial z_k} \\
\frac{\partial p_i}{\partial z_k} &= p_i (\delta_{ik} - p_k) \\
\frac{\partial L}{\partial z_k} &= -\sum_i y_i (\delta_{ik} + p_k) \\
&= p_k \sum_i y_i - y_k \\
&= p_k - y_k
\end{aligned}""", 4),
    "logistic sign": (r"""\begin{align*}
L(w) &= -\sum_{i=1}^n \left[ y_i \log p_i + (1-y_i)\log(1-p_i) \right], \quad p = \sigma(Xw) \\
\frac{\partial L}{\partial p_i} &= -\frac{y_i}{p_i} - \frac{1-y_i}{1-p_i} \\
\nabla_w L &= X^\top (p - y)
\end{align*}""", 2),
    "mlp activation point": (r"""\begin{aligned}
z_1 &= W_1 x + b_1 \\
a_1 &= \sigma(z_1) \\
z_2 &= W_2 a_1 + b_2 \\
L &= \tfrac{1}{2}\|z_2 - y\|^2 \\
\delta_2 &= \frac{\partial L}{\partial z_2} = z_2 - y \\
\delta_1 &= \frac{\partial L}{\partial z_1} = W_2^\top \delta_2 \odot \sigma'(a_1) \\
\frac{\partial L}{\partial W_1} &= \delta_1 x^\top \\
\end{aligned}""", 6),
    "mlp transposed": (r"""\begin{aligned}
z_1 &= W_1 x + b_1 \\
a_1 &= \tanh(z_1) \\
z_2 &= W_2 a_1 + b_2 \\
L &= \tfrac{1}{2}\|z_2 - y\|^2 \\
\frac{\partial L}{\partial z_2} &= z_2 - y \\
\frac{\partial L}{\partial W_2} &= a_1 (z_2 - y)^\top \\
\frac{\partial L}{\partial b_2} &= z_2 - y \\
\frac{\partial L}{\partial W_1} &= (W_2^\top (z_2 - y) \odot (1 - a_1^2)) x^\top
\end{aligned}""", 6),
    "inverse sign": ("""f = tr(A X^-1)
df = tr(A X^-1 dX X^-1)
∂f/∂X = −(X⁻¹AX⁻¹)ᵀ""", 2),
    "quotient": ("""u = x^2
v = 1 + x^2
f = u/v
u' = 2x
v' = 2x
f' = (u' v + u v')/v^2""", 6),
    "quotient missing square": ("""f(x) = x/(1 + x^2)
f'(x) = (1 + x^2 - 2x^2)/(1+x^2)
f'(x) = (1 - x^2)/(1 + x^2)^2""", 2),
    "chain factor": ("""f = tanh(sin(x^2))
df/dx = (1 - tanh(sin(x^2))^2) cos(x^2)""", 2),
    "tanh at activation": ("""h = tanh(u)
u = w x + b
L = 1/2 (h - t)^2
∂L/∂h = h - t
∂L/∂w = (h - t)(1 - u^2) x""", 5),
    "quadratic form symmetric": ("""f = x^T A x
df = 2 x^T A dx
∇f = A x + A^T x""", 2),
    "product rule": ("""f(x) = x^3 e^{-x}
f'(x) = 3x^2 e^{-x} (-1)""", 2),
    "expansion": ("""f = ||X w - y||^2
  = w^T X^T X w - y^T X w + y^T y
∇f = 2 X^T X w - 2 X^T y""", 2),
    "least squares expansion follows": ("""f = ||X w - y||^2
f = w^T X^T X w - y^T X w + y^T y
∇f = 2 X^T X w - X^T y""", 2),
    "gaussian": ("""L = log det(Σ) + (x - μ)ᵀ Σ⁻¹ (x - μ), Σ symmetric
∂L/∂Σ = Σ⁻¹ + Σ⁻¹ (x − μ)(x − μ)ᵀ Σ⁻¹
∇_μ L = -2 Σ⁻¹ (x − μ)""", 2),
    "attention": ("""s = K q
a = softmax(s)
o = V^T a
L = c^T o
∂L/∂a = V c
∂L/∂s = diag(a) V c
∂L/∂q = Kᵀ (diag(a) − a aᵀ) V c""", 6),
    "ng missing": ("""Z = W X
A = σ(Z)
L = 1/2 ||A - Y||^2
dA = A - Y
dZ = dA .* A
dW = dZ X^T""", 5),
    "norm": ("""f = ||x||
∇f = x/||x||^2""", 2),
    "hessian": ("""f = 1/2 x^T A x - b^T x, A symmetric
∇f = A x - b
∇²f = 2 A""", 3),
    "softplus": (r"""f(x) = \ln(1 + e^x) \\ f'(x) = \frac{e^x}{1+e^x} \\ = \frac{1}{1+e^{x}} \\ f''(x) = \sigma(x)(1-\sigma(x))""", 3),
    "neuron chain": ("""z = w^T x + b
a = σ(z)
f = (y - a)^2
df/da = 2 (y - a)
da/dz = a (1 - a)
∂f/∂w = -2 (y - a) a (1 - a) x""", 4),
    "partials": ("""f = x^2 y + y z^2 + x z
∂f/∂x = 2xy + z
∂f/∂y = x^2 + 2 z
∂f/∂z = 2yz + x""", 3),
    "mean": ("""L = 1/n Σ_{i=1}^n (w^T x_i - y_i)^2
∇_w L = 2 Σ_{i=1}^n (w^T x_i - y_i) x_i""", 2),
    "frobenius": (r"""\begin{aligned} f &= \|X - A B^\top\|_F^2 \\ df &= -2 \operatorname{tr}\left((X - AB^\top)^\top A\,dB^\top\right) \\ \nabla_B f &= -2 (X - AB^\top) A \end{aligned}""", 3),
    "logsumexp hessian": ("""f = log Σ_i exp(z_i), p = softmax(z)
∂f/∂z_k = p_k
∂²f/∂z_j∂z_k = p_j δ_jk""", 3),
    "jacobian missing diag": ("""h = tanh(W x + b)
∂h/∂x = W diag(1 - h^2)""", 2),
    "logdet transposed": ("""f = log det X + tr(A^T X)
df = tr(X^-1 dX) + tr(A^T dX)
∂f/∂X = X^-1 + A""", 3),
    "second derivative sign": ("""f = log(x)
f' = 1/x
f'' = 1/x^2""", 3),
    "zero gradient": ("""f = ||Xᵀ − A||²
∂f/∂X = 0""", 2),
    "index sign": ("""E = 1/2 Σ_k (o_k - t_k)^2
o_k = σ(a_k)
a_k = Σ_j w_kj h_j
∂E/∂w_kj = (o_k - t_k) o_k (1 + o_k) h_j""", 4),
}

DECLARED = {  # where letters could be vectors as well
    "several partials": "x: scalar, y: scalar, z: scalar",
    "rnn-like": "w: scalar, x: scalar, b: scalar, t: scalar",
    "partials": "x: scalar, y: scalar, z: scalar",
}
TOLD = [
    ("||A x - b||^2", "x", None),
    ("||X w - y||^2 + lam ||w||^2", "w", None),
    ("-sum(y .* log(softmax(z)))", "z", None),
    ("tr(A X^-1 B)", "X", None),
    ("sin(x^2) cos(x)", "x", "x: scalar"),
    ("exp(-x)/(1+x^2)", "x", "x: scalar"),
    ("x^T A x / (x^T x)", "x", None),
    ("||W_2 tanh(W_1 x + b_1) - y||^2", "W_1", None),
    ("log det(S) + tr(S^-1 C)", "S", None),
    ("tr(A X B X^T)", "X", None),
    ("sigma(W x + b)", "x", None),
]


def verdicts(text, **options):
    return [line.verdict for line in check_working(text, **options)]


@pytest.mark.parametrize("name", RIGHT)
def test_a_textbook_derivation_is_right(name):
    found = check_working(RIGHT[name], declare=DECLARED.get(name))
    assert found.verdict == "right" and found.exit_code == 0, str(found)
    assert any(line.verdict == "right" for line in found)


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_found_at_its_line_and_only_there(name):
    text, line = WRONG[name]
    found = check_working(text, declare=DECLARED.get(name))
    assert [entry.number for entry in found.mistakes] == [line], str(found)
    assert found.exit_code == 1
    assert not any(entry.verdict in ("unread", "undecided") for entry in found), str(found)
    wrong = found.mistakes[0]
    assert wrong.counterexample or wrong.slip or wrong.notes


@pytest.mark.parametrize("layout", ["column", "row"])
@pytest.mark.parametrize("style", ["chain", "differential"])
@pytest.mark.parametrize(("function", "wrt", "declare"), TOLD)
def test_every_line_that_the_engine_tells_is_accepted(function, wrt, declare, style, layout):
    steps = derive(function, wrt, declare=declare).tell(style, layout)
    for text in ("\n".join(line.text() for line in steps), steps.latex()):
        found = check_working(text, declare=declare)
        assert found.verdict == "right", f"{text}\n{found}"


def test_the_exercise_of_the_softmax_reads_as_a_teacher_would_write_it():
    found = check_working(
        "L = −Σ y_i log p_i, p = softmax(z)\n"
        "∂L/∂z_k = −Σᵢ (yᵢ/pᵢ) ∂pᵢ/∂z_k\n"
        "∂p_i/∂z_k = p_i(1 − p_k)\n"
        "∂p_i/∂z_k = p_i(δ_ik − p_k)\n"
        "−Σᵢ yᵢ(δᵢₖ − p_k) = p_k Σᵢ yᵢ − y_k\n"
        "= p_k − y_k"
    )
    assert [line.verdict for line in found] == ["given", "right", "wrong", "right", "right", "right"]
    assert found[1].rule.startswith("chain rule")
    assert found[2].notes == ["true only for i = k"]
    assert found[2].counterexample == "at z = (1, 0): you get ∂p₁/∂z₂ = 0.534, true −0.197"
    assert found[2].true == "∂p/∂z = diag(p) − ppᵀ, p = softmax(z)"
    assert found[5].notes == ["uses Σy = 1 (you should say so)"]


def test_what_only_repeats_a_mistake_follows_from_it():
    found = check_working("f = ||X w - y||^2\ndf = (X w - y)^T X dw\n= (X^T (X w - y))^T dw\n∇f = 2 X^T (X w - y)")
    assert [line.verdict for line in found] == ["given", "wrong", "follows", "right"]
    assert found[2].follows == 2 and "follows from line 2, which is wrong" in str(found)


def test_a_line_follows_from_a_wrong_one_that_it_uses():
    found = check_working("L = -Σ y_i log p_i, p = softmax(z)\n∂L/∂z_k = -Σ_i (y_i/p_i) ∂p_i/∂z_k\n∂p_i/∂z_k = p_i (1 - p_k)\n∂L/∂z_k = -Σ_i y_i (1 - p_k)")
    assert [line.verdict for line in found] == ["given", "right", "wrong", "follows"] and found[3].follows == 3


def test_a_wrong_expansion_makes_its_gradient_follow():
    found = check_working("f = ||X w - y||^2\nf = w^T X^T X w - y^T X w + y^T y\n∇f = 2 X^T X w - X^T y")
    assert [line.verdict for line in found] == ["given", "wrong", "follows"]


def test_a_fact_that_is_needed_and_not_stated_is_named():
    text = "f = x^T A x\n∇f = 2 A x"
    wrong = check_working(text)[1]
    assert wrong.verdict == "wrong" and wrong.notes == ["true only if A symmetric: say so, or declare A: symmetric"]
    assert check_working(text, declare="A: n n symmetric")[1].notes == ["uses A symmetric"]
    assert check_working("f = x^T A x, A symmetric\n∇f = 2 A x").right
    assert check_working("f = x^T A x\nA = A^T\n∇f = 2 A x").right


def test_labels_that_do_not_sum_to_one_are_not_assumed_of_other_vectors():
    found = check_working("f = (Σ_i x_i)^2 ||y||^2\n∂f/∂y = 2 y")
    assert found[1].verdict == "wrong"


def test_a_large_step_is_true_and_shows_what_stands_between():
    found = check_working("f = ||X w - y||^2 + lam ||w||^2\ngrad f = 2 X^T (X w - y) + 2 lam w")
    assert found.right and found[1].between == ["r = Xw − y", "df = 2rᵀ dr + 2λwᵀ dw", "dr = X dw"]
    assert "true, but a large step" in str(found)
    assert not check_working("f = ||X w - y||^2\ndf = 2 (X w - y)^T X dw\n∇f = 2 X^T (X w - y)")[2].between


def test_a_line_with_transposes_of_another_layout_is_told_so():
    found = check_working("r = A x - b\nf = r^T r\n∂r/∂x = A^T\n∂f/∂r = 2 r\n∂f/∂x = (∂r/∂x)(∂f/∂r)")
    assert found.right and found.layout == "denominator"
    mixed = check_working("r = A x - b\nf = r^T r\n∂r/∂x = A^T\n∂f/∂x = (∂r/∂x)^T (∂f/∂r)\ns = B x\n∂s/∂x = B")
    assert mixed[2].verdict == "wrong" and mixed[2].cause == "transposed"


def test_a_lone_gradient_in_the_row_layout_is_right_and_says_so():
    found = check_working("f = log det X\n∇f = X^-1")
    assert found.right and "in the column layout ∂f/∂X = X⁻ᵀ" in found[1].notes[0]


def test_sizes_that_do_not_fit_are_a_mistake_only_if_the_line_is_false_for_square_matrices_too():
    assert check_working("h = tanh(W x + b)\n∂h/∂x = W diag(1 - h^2)")[1].verdict == "wrong"
    assert "sizes differ" in str(check_working("f = x^T x\n∇f = 2 x x^T"))


def test_words_beside_a_formula_are_kept_and_ignored():
    found = check_working("f = x^T x   # the square\ndf = 2 x^T dx   (product rule)\n∇f = 2x since df = g^T dx")
    assert found.right and [line.reason for line in found] == ["the square", "product rule", "since df = g^T dx"]


def test_a_line_that_cannot_be_read_is_marked_and_the_rest_goes_on():
    found = check_working("f = x^T x\n∇f = 2 x +* x\n∇f = 2 x")
    assert [line.verdict for line in found] == ["given", "unread", "right"]
    assert found.verdict == "not checkable" and found.exit_code == 2 and found[1].error.problem in str(found)


def test_an_unknown_name_is_an_error_of_its_line():
    found = check_working("f = x^T A x\n∇f = (A + A^T) z")
    assert found[1].verdict == "unread" and str(found[1].error) == (
        "UnknownNameError: `z` is not defined\n  given:    names so far: f, x, A\n  expected: a line z = … before, or a variable of one"
    )
    assert "`L` is not defined" in str(check_working("∂L/∂z = p - y"))


def test_definitions_that_go_round_in_circles_are_told():
    found = check_working("a = b^2\nb = 1 + a\nda/db = 2 b")
    assert "is defined by itself" in str(found)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "DeclarationError: a derivation is given as a text\n  given:    int\n  expected: one line for each step: f = …, df = …, ∇f = …"),
        ("", "ParseError: the derivation holds no line\n  expected: one line for each step: f = …, df = …, ∇f = …"),
    ],
)
def test_what_is_no_derivation_is_refused(given, message):
    with pytest.raises(ChainruleError) as error:
        check_working(given)
    assert str(error.value) == message


def test_the_variable_of_a_gradient_can_be_given():
    text = "f = a^T B c\n∇f = B^T a"
    assert check_working(text, wrt="c").right
    assert not check_working(text, wrt="a").right
    with pytest.raises(ChainruleError, match="`q` is not a name of the derivation"):
        check_working(text, wrt="q")


def test_only_definitions_are_nothing_to_judge():
    found = check_working("f = ||x||^2")
    assert found.verdict == "not checkable" and found.exit_code == 2


def test_the_same_is_said_in_text_in_html_and_as_data():
    found = check_working(WRONG["ridge factor"][0])
    data = json.loads(json.dumps(found.to_dict()))
    assert data["verdict"] == "wrong" and data["mistakes"] == [2] and len(data["lines"]) == 3
    assert data["lines"][1]["slip"] == found[1].slip and "the 2 was dropped" in found[1].slip
    page = found._repr_mimebundle_()
    assert page["text/plain"] == str(found) and "the 2 was dropped" in page["text/html"]
    assert "<script" not in check_working("f = x^T x\n∇f = 2 x # <script>")._repr_mimebundle_()["text/html"]


def test_the_report_stands_in_columns():
    assert str(check_working("f = ||x||^2 + a^T x\ndf = 2 x^T dx + a^T dx\n∇f = x + a")) == """\
✗ the mistake is in line 3 (1 of 2 true)
  1  f = ||x||^2 + a^T x      ·
  2  df = 2 x^T dx + a^T dx   ✓ square of a norm
  3  ∇f = x + a               ✗
       shown by      you get ∇f[1] = 3, true 5   at x = (2, 1), a = (1, 0)
       likely slip   d‖v‖² = 2vᵀdv, the 2 was dropped (or ½‖·‖² was meant)
       correct       ∂f/∂x = a + 2x"""


def test_what_a_false_differential_or_derivative_makes_of_the_lines_below_follows_from_it():
    found = check_working("f = ||x||\ndf = 2 x^T dx\n∇f = 2 x")
    assert [(line.verdict, line.follows) for line in found] == [("given", None), ("wrong", None), ("follows", 2)]
    found = check_working(
        "z = W x + b\na = tanh(z)\nL = 1/2 ||a - y||^2\n∂L/∂z = (a - y) .* (1 - z.^2)\n∂L/∂W = ((a - y) .* (1 - z.^2)) x^T"
    )
    assert (found[3].verdict, found[4].verdict, found[4].follows) == ("wrong", "follows", 4)
    found = check_working("s = sigma(w^T x)\nr = y - s\nf = r^2\ndf = 2 r dr\nds = s x^T dw\ndf = -2 r s x^T dw")
    assert (found[4].verdict, found[5].verdict, found[5].follows) == ("wrong", "follows", 5)


def test_a_function_that_is_said_again_in_parts_is_made_of_them():
    found = check_working("f = (y - sigma(w^T x))^2\ns = sigma(w^T x)\nr = y - s\nf = r^2\ndf = 2 r dr\n∂f/∂r = 2 r", wrt="w")
    assert found.right and found[4].rule == "chain rule; power rule"


def test_a_differential_that_does_not_fit_is_called_as_it_is_written():
    line = check_working("f = ||X w - y||^2\nr = X w - y\ndr = dw X")[2]
    assert line.error.problem == "cannot multiply `dw` by `X`"


def test_an_explicit_sum_is_no_variable():
    found = check_working("f(w) = (1/n) sum_i (x_i w - y_i)^2\nf'(w) = (2/n) sum_i (x_i w - y_i)")
    assert found.verdict == "wrong" and "sum_i =" not in found[1].counterexample


def test_one_wrong_sign_is_told_with_the_term_behind_it():
    found = check_working("y = x^2/(1+x)\ndy/dx = (2x (1+x) - x^2)/(1+x)^2\n= (x^2 - 2x)/(1+x)^2")
    assert found[2].slip == "one sign: it is true with + before 2 x"
