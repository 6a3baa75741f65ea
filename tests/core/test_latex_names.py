"""Names and words in LaTeX, as KaTeX and MathJax take them (tests/rendering renders them)."""

import pytest

from chainrule.core.latex_names import spelled, words


@pytest.mark.parametrize("name, latex", [
    ("x", "x"), ("lam", r"\lambda"), ("Sigma", r"\Sigma"), ("W_1", "W_{1}"), ("W1", "W_{1}"), ("yhat", r"\hat{y}"), ("muhat_k", r"\hat{\mu}_{k}"),
    ("h_tm1", "h_{t-1}"), ("x_tp1", "x_{t+1}"), ("xprime", "x'"), ("pi_theta", r"\pi_{\theta}"), ("W_train", r"W_{\mathrm{train}}"), ("Ncal", r"\mathcal{N}"),
    ("dX", r"\mathrm{d}X"), ("dlam", r"\mathrm{d}\lambda"), ("loss", r"\mathrm{loss}"), ("hat", r"\mathrm{hat}"), ("Sigma_xy", r"\Sigma_{xy}"),
])  # fmt: skip
def test_names_are_spelled_as_papers_set_them(name, latex):
    assert spelled(name) == latex


@pytest.mark.parametrize("text, latex", [
    ("chain rule", r"\text{chain rule}"), ("derivative of log₂", r"\text{derivative of log$_{2}$}"), ("derivative of log σ", r"\text{derivative of log $\sigma$}"),
    ("derivative of 2ˣ", r"\text{derivative of 2$^{x}$}"), ("50 % of x_i", r"\text{50 \% of x\_i}"), ("for x ≠ 0", r"\text{for x $\ne$ 0}"),
    ("d(X⁻¹)", r"\text{d(X$^{-1}$)}"),
])  # fmt: skip
def test_words_with_signs_among_them_are_text(text, latex):
    assert words(text) == latex
