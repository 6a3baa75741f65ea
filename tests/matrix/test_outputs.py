"""The second derivative of a function with entries, one matrix for each: its value, and how it is written."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.numeric import draw

WRITTEN = {
    "softmax(x)": "eᵢ Rᵢᵀ − p Rᵢᵀ − pᵢ R",
    "tanh(W x)": "−2 hᵢ(1 − hᵢ²) Wᵢ Wᵢᵀ",
    "x .* x": "2 eᵢ eᵢᵀ",
    "exp(A x)": "exp(xᵀ Aᵢ) Aᵢ Aᵢᵀ",
    "sin(x) .* y": "−yᵢ sin(xᵢ) eᵢ eᵢᵀ",
    "x^T x x": "2(eᵢ xᵀ + x eᵢᵀ + xᵢ I)",
    "A tanh(W x)": "2Wᵀ diag(h ⊙ Aᵢ ⊙ (h² − 1)) W",
}
MORE = ["softmax(W x + b)", "A x / ||x||", "sigmoid(W x) .* (A x)", "(A x)^3 + x^T x b", "log(1 + exp(W x))", "x x^T c"]


def outputs_of(f):
    found = cr.hessian(f, "x")
    return found, next(a for a in found.rendering.alternatives if a.form == "outputs")


@pytest.mark.parametrize("f", [*WRITTEN, *MORE])
def test_each_slice_is_that_of_the_whole(f):
    found, form = outputs_of(f)
    _, values = draw([(p.name, p.dims, p.facts) for p in found.parameters], 1, seed=2)
    whole = found.compile()(**values)
    np.testing.assert_allclose(found.rendering.evaluate(values, form), whole, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", WRITTEN)
def test_it_is_written_with_rows_and_entries(f):
    found, form = outputs_of(f)
    assert form.text() == WRITTEN[f]
    assert f"or        ∇²f_i = {WRITTEN[f]}" in str(found)


def test_the_index_is_no_name_that_is_taken():
    found = cr.hessian("tanh(i x)", "x", declare="i: m n, x: n")
    assert "∇²f_j = " in str(found)
