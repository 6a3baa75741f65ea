"""How a textbook writes it: constants, powers, comparisons, ones, names, subscripts; and that all of it parses back."""

import numpy as np
import pytest

from chainrule.derivation.derive import derive
from chainrule.matrix.evaluate import evaluate as tree_value
from chainrule.syntax import read
from tests import reference
from tests.matrix.checks import values_for

WRITTEN = [
    # function, variable, declarations, text, intermediates
    ("exp(-x^2/2)/sqrt(2 pi)", "x", "x:", "−x exp(−x²/2)/√(2π)", {}),
    ("sum(gelu(A x))", "x", None, "Aᵀ(1 + erf(Ax/√2) + √(2/π)(Ax) ⊙ exp(−(Ax)²/2))/2", {}),
    ("sum(sqrt(X))", "X", "X: m n positive", "1 ⊘ (2√X)", {}),
    ("sqrt(a) x", "x", "x: n, a: positive", "√a I", {}),
    ("sum(2 * a ./ x)", "a", "x: n, a: n", "2 ⊘ x", {}),
    ("(x - mean(x)) / std(x)", "x", "x: n", "√n (I − rrᵀ/‖r‖² − 𝟏𝟏ᵀ/n)/‖r‖", {"r": "x − mean(x)"}),
    ("sum(c a ./ (2*x .* y))", "a", "x: n, a: n, y: n, c:", "c ⊘ (2x ⊙ y)", {}),
    # a number beside a matrix only where everything is entry by entry
    ("sum((X + 1).^2)", "X", "X: m n", "2𝟏𝟏ᵀ + 2X", {}),
    ("sum(A .* tanh(X))", "X", "A: m n, X: m n", "A ⊙ (1 − tanh(X).²)", {}),
    ("sum(X .* X .* X)", "X", "X: m n", "3X.²", {}),
    # powers of inverses and transposes
    ("tr(X^-2)", "X", None, "−2(X⁻³)ᵀ", {}),
    ("tr((X^T X)^-1)", "X", "X: n m", "−2X(XᵀX)⁻²", {}),
    ("tr(X^4)", "X", None, "4(X³)ᵀ", {}),
    ("tr(X^2 B)", "X", "X: n n, B: n n", "(BX + XB)ᵀ", {}),
    ("logdet(X) + tr(X^-1 S)", "X", "X: n n posdef, S: n n sym", "X⁻¹ − X⁻¹SX⁻¹", {}),
    # comparisons
    ("sum(max(0, 1 - y .* (X w)))", "w", "y: m labelspm1", "−Xᵀ(y ⊙ [y ⊙ (Xw) < 1])", {}),
    ("sum(relu(x - 2))", "x", "x: n", "[x > 2]", {}),
    ("max(X)", "X", "X: m n", "[X = max(X)]", {}),
    ("det(X)^p", "X", "X: n n, p:", "p det(X)^p X⁻ᵀ", {}),
    # QᵀQ = I where Q has orthonormal columns: it is square, or its sizes are numbers and say so
    ("||Q X||_F^2", "X", "Q: n n orthogonal, X: n k", "2X", {}),
    ("||Q^T X||_F^2", "X", "Q: n n orthogonal, X: n k", "2X", {}),
    ("||Q x||^2", "x", "Q: 5 3 orthogonal", "2x", {}),
    ("||Q x||^2", "x", "Q: 3 5 orthogonal", "2QᵀQx", {}),
    ("||Q^T x||^2", "x", "Q: 3 5 orthogonal", "2x", {}),
    ("||Q x||^2", "x", "Q: m n orthogonal", "2QᵀQx", {}),
    ("tr(Q^T A Q)", "A", "Q: n n orthogonal, A: n n", "I", {}),
    ("sum(Q .* Q .* X)", "X", "Q: n n orthogonal, X: n n", "Q.²", {}),
    ("min(x)", "x", "x: n", "[x = min(x)]", {}),
    ("sum(min(X, axis=1))", "X", "X: m n", "[X = min(X, axis=1) 𝟏ᵀ]", {}),
    ("sum(softshrink(x, a))", "x", "x: n, a: positive", "[|x| > a]", {}),
    ("tr(A (S .* I))", "S", "A: n n, S: n n", "A ⊙ I", {}),
    # slices
    ("x[0]", "x", "x: n", "I[0]", {}),
    ("||x[1:] - x[:-1]||^2", "x", "x: n", "2RᵀRx", {"R": "I[:-1] − I[1:]"}),
    # names
    ("||x - a|| + a^T x", "x", "x: n, a: n", "a + (x − a)/‖x − a‖", {}),
    ("(x - a) / ||x - a||", "x", "x: n, a: n", "(I − rrᵀ/‖r‖²)/‖r‖", {"r": "x − a"}),
    ("layernorm(x)", "x", "x: n", "(I − rrᵀ/(n v) − 𝟏𝟏ᵀ/n)/√v", {"r": "x − mean(x)", "v": "var(x) + 1e-5"}),
    # subscripts
    ("T x", "x", "T: m n k, x: k", "T_ijk", {}),
    ("c sum(T)", "c", "T: m n k", "Σ_ijk T_ijk", {}),
    ("sum_ijk c T_ijk x_i y_j z_k", "c", "T: m n k, x: m, y: n, z: k", "Σ_ijk T_ijk x_i y_j z_k", {}),
    ("sum(kron(A, B) .* C)", "A", "A: m n, B: p q, C: m*p n*q", "Σ_kl reshape(C, (m, p, n, q))_ikjl B_kl", {}),
    ("kron(A, x)", "A", "A: m n, x: p", "dA ⊗ x", {}),
]


@pytest.mark.parametrize("function, wrt, declare, text, where", WRITTEN, ids=[w[0] for w in WRITTEN])
def test_text(function, wrt, declare, text, where):
    r = derive(function, wrt, 1, declare).rendering
    assert (r.text(), r.where_text()) == (text, where)
    assert list(r.where_text()) == list(where)


@pytest.mark.parametrize("function, wrt, declare", [w[:3] for w in WRITTEN], ids=[w[0] for w in WRITTEN])
def test_parses_back(function, wrt, declare):
    d = derive(function, wrt, 1, declare, seal=False)
    if d.form == "differential":
        d = derive(f"sum({function})", wrt, 1, declare, seal=False)
    declared = ", ".join([f"{s.name}: {' '.join([*map(str, s.dims)] or ['scalar'])} {' '.join(s.facts)}" for s in d.parameters])
    values, sizes = values_for(d.parameters)
    known = dict(values)
    for name, t in d.rendering.where:
        known[name] = tree_value(t, known, sizes)
    expected = tree_value(d.rendering.tree, known, sizes)
    found = reference.evaluate(read(d.ascii, declared).lower().node, values, sizes)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


SECOND = [
    ("||A x - b||", "x", None, "Aᵀ(I − rrᵀ/‖r‖²)A/‖r‖", {"r": "Ax − b"}),
    ("||X w - y||^4", "w", None, "4Xᵀ(2rrᵀ + ‖r‖²I)X", {"r": "Xw − y"}),
    ("y' (X + lam I)^-1 y", "lam", "X: n n sym, lam: scalar, y: n", "2yᵀ(X + λI)⁻³y", {}),
]


@pytest.mark.parametrize("function, wrt, declare, text, where", SECOND, ids=[w[0] for w in SECOND])
def test_second_derivatives(function, wrt, declare, text, where):
    r = derive(function, wrt, 2, declare).rendering
    assert (r.text(), r.where_text()) == (text, where)


@pytest.mark.parametrize("function, latex", [
    ("sum(max(X, axis=1))", r"[X = \max_{\text{axis } 1}(X) \mathbf{1}^{\top}]"),
    ("sum(sqrt(X))", r"1 \oslash (2 \sqrt{X})"),
    ("sum(reshape(X, (n m)) .* y)", r"\operatorname{reshape}_{m \times n}(y)"),
])  # fmt: skip
def test_latex(function, latex):
    assert derive(function, "X", 1, "X: m n positive, y: n*m").latex == latex
