"""Texts pinned: the results table of ALGORITHMS and what goes with it, as people read them."""

import pytest

from chainrule.derivation.derive import derive

GOLDEN = [
    # function, variable, order, declarations, text, intermediates
    ("||A x - b||^2", "x", 1, None, "2Aᵀ(Ax − b)", {}),
    ("||A x - b||^2", "x", 2, None, "2AᵀA", {}),
    ("||A x - b||^2 + lam ||x||^2", "x", 1, None, "2Aᵀ(Ax − b) + 2λx", {}),
    ("x^T A x", "x", 1, None, "(A + Aᵀ)x", {}),
    ("x^T A x", "x", 1, "A: n n symmetric", "2Ax", {}),
    ("||A x - b||", "x", 1, None, "Aᵀ(Ax − b)/‖Ax − b‖", {}),
    ("||x||", "x", 2, None, "(I − xxᵀ/‖x‖²)/‖x‖", {}),
    ("x / ||x||", "x", 1, "x: n", "(I − xxᵀ/‖x‖²)/‖x‖", {}),
    ("sum(log(1 + exp(X w)) - y .* (X w))", "w", 1, None, "Xᵀ(σ(Xw) − y)", {}),
    ("sum(log(1 + exp(X w)) - y .* (X w))", "w", 2, None, "Xᵀ diag(s ⊙ (1 − s)) X", {"s": "σ(Xw)"}),
    ("-sum(log(sigmoid(y .* (X w))))", "w", 2, None, "Xᵀ diag(s ⊙ y² ⊙ (1 − s)) X", {"s": "σ(y ⊙ (Xw))"}),
    ("sum(exp(X w) - y .* (X w))", "w", 1, None, "Xᵀ(exp(Xw) − y)", {}),
    ("sum(logsumexp(X W)) - sum(Y .* (X W))", "W", 1, None, "Xᵀ(softmax(XW) − Y)", {}),
    ("exp(x) / sum(exp(x))", "x", 1, "x: n", "diag(p) − ppᵀ", {"p": "softmax(x)"}),
    ("logsumexp(A x)", "x", 2, None, "Aᵀ(diag(p) − ppᵀ)A", {"p": "softmax(Ax)"}),
    ("||U W^T - M||_F^2", "U", 1, None, "2(UWᵀ − M)W", {}),
    ("tr(A X B)", "X", 1, None, "AᵀBᵀ", {}),
    ("tr(X^T A X)", "X", 1, None, "(A + Aᵀ)X", {}),
    ("tr(X^-1 A)", "X", 1, None, "−X⁻ᵀAᵀX⁻ᵀ", {}),
    ("tr(X X^T X X^T)", "X", 1, None, "4XXᵀX", {}),
    ("tr(X)", "X", 1, "X: n n", "I", {}),
    ("det(X)", "X", 1, None, "det(X) X⁻ᵀ", {}),
    ("logdet(I + X^T X)", "X", 1, None, "2X(I + XᵀX)⁻¹", {}),
    ("b^T A^-1 b", "A", 1, "b: n", "−A⁻ᵀbbᵀA⁻ᵀ", {}),
    ("1/2 (x - mu)^T S^-1 (x - mu)", "mu", 1, "S: n n posdef, mu: n, x: n", "S⁻¹(μ − x)", {}),
    ("tanh(W x + b)", "x", 1, "b: m", "diag(1 − tanh(Wx + b)²) W", {}),
    ("sum(relu(A x))", "x", 1, None, "Aᵀ[Ax > 0]", {}),
    ("H = tanh(X U)\n1/2 ||H W - Y||_F^2", "U", 1, None, "Xᵀ((1 − H.²) ⊙ ((HW − Y)Wᵀ))", {"H": "tanh(XU)"}),
    ("||cumsum(x) - y||^2", "x", 1, "x: n, y: n", "2Lᵀ(Lx − y)", {"L": "tril(𝟏𝟏ᵀ)"}),
    ("kron(x, y)", "x", 1, "x: n, y: m", "I ⊗ y", {}),
    # beyond two axes: differentials
    ("A X B", "X", 1, None, "A dX B", {}),
    ("X^-1", "X", 1, None, "−X⁻¹ dX X⁻¹", {}),
    ("X^T X", "X", 1, None, "dXᵀ X + Xᵀ dX", {}),
    ("X .* X", "X", 1, None, "2X ⊙ dX", {}),
    ("softmax(X)", "X", 1, "X: m n", "P ⊙ dX − diag((P ⊙ dX)𝟏) P", {"P": "softmax(X)"}),
    ("logdet(X)", "X", 2, None, "−X⁻ᵀ dXᵀ X⁻ᵀ", {}),
    ("1/2 ||U W^T - M||_F^2", "U", 2, None, "dU WᵀW", {}),
    ("||A X B - C||_F^2", "X", 2, None, "2AᵀA dX BBᵀ", {}),
    ("sum(x^4)", "x", 3, "x: n", "24 diag(x ⊙ dx)", {}),
]


@pytest.mark.parametrize("function, wrt, order, declare, text, where", GOLDEN, ids=[f"{g[0]} {g[1]} {g[2]}" for g in GOLDEN])
def test_text_is_the_textbooks(function, wrt, order, declare, text, where):
    r = derive(function, wrt, order, declare).rendering
    assert (r.text(), r.where_text()) == (text, where)
