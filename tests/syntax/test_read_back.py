"""What is echoed, and what derivatives print, reads back: signs of the echo, grouping, indicators, broadcasts."""

import json
from pathlib import Path

import numpy as np
import pytest

from chainrule.syntax import read

CASES = json.loads((Path(__file__).parents[1] / "data" / "derivatives.json").read_text(encoding="utf-8"))
DECLARED = "A: m n, B: m n, X: m n, S: n n, x: n, y: n, z: n, w: n, b: m, u: m, t: scalar, lam: scalar, x_2: n, W1: m n"


def values_for(problem, seed=3):
    rng, sizes, values = np.random.default_rng(seed), {}, {}
    for v in (*problem.variables.values(), *problem.unused.values()):
        for d in v.dims:
            for name in d.names:
                sizes.setdefault(name, max(2, 6 - len(sizes)))
        value = rng.uniform(0.2, 0.9, [d.at(sizes) for d in v.dims])
        if value.ndim > 1 and value.shape[-1] == value.shape[-2]:
            value = value @ np.swapaxes(value, -1, -2) + np.eye(value.shape[-1])
        values[v.name] = value
    return values


def reads_back(problem, text):
    every = (*problem.variables.values(), *problem.unused.values())
    back = read(text, {v.name: (v.dims, " ".join(v.facts)) if v.facts else v.dims for v in every})
    values = values_for(problem)
    assert back.evaluate(values) == pytest.approx(problem.evaluate(values), rel=1e-9), text


@pytest.mark.parametrize("spelling", ["plain", "expr"])
def test_the_echo_of_every_case_reads_back(spelling):
    for case in CASES:
        declared = {n: (tuple(s), " ".join(case["assume"].get(n, ()))) if case["assume"].get(n) else tuple(s) for n, s in case["vars"].items()}
        problem = read(case[spelling], declared)
        reads_back(problem, problem.echo)


@pytest.mark.parametrize("text, echo", [
    ("y .* (S x)", "y ⊙ (Sx)"), ("(y .* x)^T z", "(y ⊙ x)ᵀz"), ("x.^2 + y.^3", "x.² + y.³"), ("X + b 1^T", "X + b𝟏ᵀ"),
    ("np.sum(X + x, axis=1)", "sum(X + 𝟏xᵀ, axis=1)"), ("X / np.sum(X, axis=1, keepdims=True)", "X ⊘ (sum(X, axis=1)𝟏ᵀ)"),
    ("x[:, None] - y[None, :]", "x𝟏ᵀ − 𝟏yᵀ"), ("np.einsum('ij,j->i', X, x)", "einsum('ij,j->i', X, x)"),
    ("t e^t", "t eᵗ"), ("np.sqrt(x.dot(S).dot(x))", "√(xᵀSx)"), ("x @ S / t + y", "(xᵀS)ᵀ / t + y"), ("x @ S @ y", "xᵀSy"), ("(x @ S) @ y", "xᵀSy"),
    ("q = X @ w\nq = q - np.mean(q)\nnp.sum(q)", "sum(q₂)   where q = Xw, q₂ = q − mean(q)"),
    ("W1 x", "W1 x"), ("0 < x < 1", "(0 < x) ⊙ (x < 1)"), ("kron(S, x)", "S ⊗ x"),
    ("sum_{i=1}^{n-1} (x_{i+1} - x_i)^2", "Σ_{i=1}^{n − 1} (x_{i+1} − xᵢ)²"),
])  # fmt: skip
def test_the_echo_shows_what_was_read(text, echo):
    problem = read(text, DECLARED)
    assert problem.echo == echo
    reads_back(problem, echo)


@pytest.mark.parametrize("text, same", [
    ("x.² + y.³", "x.^2 + y.^3"), ("x.⁻¹", "1 ./ x"), ("sum([0 < x < 1] .* x)", "sum((x > 0) .* (x < 1) .* x)"),
    ("sum_ij δ_ij S_ij", "tr(S)"), ("sum_i δ_ij x_i", "x"), ("t[t > 0]", "t (t > 0)"),     ("[x = max(x)]", "x == max(x)"), ("argmax(x)", "x == max(x)"), ("Xᵀu where u = Xw, b = u", "X^T (X w)"),
    ("Xᵀu\nwhere u = Xw", "X^T (X w)"), ("S + tI", "S + t I"), ("Sx₂", "S x_2"), ("tr > 1 where r = t", "t t > 1"),
    ("D_ijklp = S_ij S_kl x_p", "T = S_ij S_kl x_p"), ("2 x^T ones(n)", "2 sum(x)"), ("x[:1]^T ones(1)", "sum(x[:1])"),
    ("kron(x^T, y)", "y x^T"), ("X 𝟏", "rowsum(X)"), ("𝟏(2 x)ᵀ x", "ones (2 x^T x)"),
])  # fmt: skip
def test_signs_of_printed_results_are_read(text, same):
    values = {"S": np.array([[2.0, 0.3], [0.1, 1.5]]), "x": np.array([0.4, -1.2]), "y": np.array([1.1, 0.7]), "w": np.array([0.3, 0.9]),
              "X": np.array([[0.5, 1.0], [0.2, -0.4], [1.3, 0.6]]), "t": np.array(0.8), "x_2": np.array([0.2, 0.6])}  # fmt: skip
    declared = "S: n n, x: n, y: n, w: n, X: m n, t: scalar, x_2: n"
    if "𝟏(" in text:
        values["m_"], declared = np.zeros(3), declared
        assert read("X 𝟏 + 𝟏(2 x)ᵀ x", declared).evaluate(values) == pytest.approx(read("rowsum(X) + ones (2 x^T x)", declared).evaluate(values))
        return
    found = read(text, declared).evaluate(values)
    assert found == pytest.approx(read(same.replace("T = ", "D_ijklp = ") if "T =" in same else same, declared).evaluate(values))


def test_a_size_may_come_from_a_variable_that_does_not_occur():
    declared = "X: m n, x: n"
    values = {"X": np.ones((3, 2)), "x": np.ones(2)}
    assert read("zeros(m, n)", declared).evaluate(values).shape == (3, 2)
    assert read("eye(m)", declared).evaluate(values).shape == (3, 3)
    assert read("x x^T", declared).evaluate({"x": np.ones(2)}).shape == (2, 2)


def test_intermediates_keep_axes_of_length_one():
    text = "mu = X.mean(axis=-1, keepdims=True)\nv = ((X - mu)**2).mean(axis=-1, keepdims=True)\n(X - mu) / np.sqrt(v + 1e-5)"
    values = {"X": np.random.default_rng(0).normal(size=(3, 4))}
    assert read(text, "X: m n").evaluate(values) == pytest.approx(read("layernorm(X)", "X: m n").evaluate(values))


def test_only_kinks_that_move_with_the_variable_count():
    problem = read("sum(relu(h.^3)) + sum(|w - x|)", "h: n, w: n, x: n")
    values = {"h": np.array([0.0, 1.0]), "w": np.array([2.0, 3.0]), "x": np.array([1.0, 1.5])}
    assert problem.margin(values) == 0.0
    assert problem.margin(values, "w") == pytest.approx(1.0)
    assert problem.margin(values, "h") == 0.0
