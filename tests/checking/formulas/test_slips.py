"""Broken rules of calculus: the sweep they are made from, that none is the true derivative, and that each is what it says."""

import numpy as np
import pytest

from chainrule.checking.formulas.slips import slips
from chainrule.checking.formulas.sweep import Sweep, Tree
from chainrule.core.errors import ChainruleError
from chainrule.derivation import derived
from chainrule.numeric.points import draw
from chainrule.syntax import read

FUNCTIONS = [
    ("||X w - y||^2 + lam ||w||^2", "w", None),
    ("tr(A X^-1 B)", "X", None),
    ("sum(tanh(W x + b))", "W", None),
    ("softmax(W x)", "x", None),
    ("x^T A x / (x^T x)", "x", None),
    ("mean((X w - y)^2)", "w", None),
    ("tr(kron(X, X))", "X", None),
    ("r = A x - b; s = tanh(r); s^T s + r^T s", "x", None),
    ("logsumexp(x .* x)", "x", None),
    ("a^x + x^a", "x", "a: positive, x: positive"),
    ("cumsum(x)^T exp(x)", "x", "x: n"),
    ("det(X^T X)", "X", "X: 4 2"),
    ("sum(sqrt(1 + x.^2)) / n", "x", "x: n"),
]


def made(function, wrt, declare=None):
    problem = read(function, declare)
    return problem, list(slips(problem, wrt)), draw([v[:3] for v in problem.every.values()], 0, 3)[1]


@pytest.mark.parametrize("function, wrt, declare", FUNCTIONS)
def test_the_sweep_without_a_mistake_is_the_derivative(function, wrt, declare):
    problem = read(function, declare)
    found = derived(problem, wrt)
    for index in range(2):
        values = draw([v[:3] for v in problem.every.values()], index, 3)[1]
        sweep = Sweep(Tree(problem, wrt), values)
        true = np.asarray(found.compile()(**values))
        assert np.allclose(sweep.true, true, rtol=1e-9) and np.allclose(sweep.with_all({}), true, rtol=1e-9)


@pytest.mark.parametrize("function, wrt, declare", FUNCTIONS)
def test_slips_are_finite_wrong_and_told_in_one_line(function, wrt, declare):
    problem, found, values = made(function, wrt, declare)
    true = np.asarray(derived(problem, wrt).compile()(**values))
    assert found
    for slip in found:
        assert slip.sentence and "\n" not in slip.sentence and len(slip.sentence) < 200
        value = slip.value(values)
        assert value.shape == true.shape or value.shape == ()
    wrong = [s for s in found if s.value(values).shape == true.shape and not np.allclose(s.value(values), true)]
    assert len(wrong) >= 0.6 * len(found)


def named(function, wrt, wrong, declare=None):
    """The (cause, sentence) of the slips that give the wrong derivative, a formula in NumPy of the values."""
    _, found, values = made(function, wrt, declare)
    claimed = np.asarray(wrong(**values))
    return [
        (s.cause, s.sentence)
        for s in found
        if s.value(values).shape == claimed.shape and np.allclose(s.value(values), claimed, rtol=1e-10)
    ]


@pytest.mark.parametrize(
    "function, wrt, declare, wrong, cause, says",
    [
        ("||A x - b||^2", "x", None, lambda A, x, b: A.T @ (A @ x - b), "factor", "d‖v‖² = 2vᵀdv, the 2 was dropped"),
        ("||A x - b||^2", "x", None, lambda A, x, b: A.T @ (A @ x - b) / np.linalg.norm(A @ x - b), "power", "without the square"),
        ("x^5", "x", "x: scalar", lambda x: x**4, "factor", "power rule: (uⁿ)′ = n uⁿ⁻¹ u′, the factor n = 5 was dropped"),
        ("x^5", "x", "x: scalar", lambda x: 5 * x**5, "power", "the exponent 5 was not lowered"),
        ("x^5", "x", "x: scalar", lambda x: 4 * x**4, "factor", "the factor is n = 5, and not n − 1"),
        ("x^5", "x", "x: scalar", lambda x: x**6 / 6, "function", "integrated"),
        ("tanh(x)", "x", "x: scalar", lambda x: 1 - x**2, "activation-point", "written in a = tanh(z)"),
        ("sum(tanh(x))", "x", "x: n", lambda x: 1 - np.tanh(np.tanh(x)) ** 2, "activation-point", "taken at the activation"),
        ("sum(exp(2 x))", "x", "x: n", lambda x: np.exp(2 * x), "factor", "the factor 2 was dropped"),
        ("sum(exp(-x))", "x", "x: n", lambda x: np.exp(-x), "sign", "the minus sign was dropped"),
        ("sum(log(x))", "x", "x: n positive", lambda x: x, "function", "its reciprocal"),
        ("softmax(z)", "z", None, lambda z: np.diag(p(z) * (1 - p(z))), "softmax-diagonal", "only the diagonal of its Jacobian"),
        ("tr(A X^-1)", "X", None, lambda A, X: -np.linalg.inv(X) @ A.T @ np.linalg.inv(X), "transposed", "X⁻¹ becomes X⁻ᵀ"),
        ("tr(A X^-1)", "X", None, lambda A, X: (np.linalg.inv(X) @ A @ np.linalg.inv(X)).T, "sign", "differential of the inverse: −X⁻¹ dX X⁻¹: the sign"),
        ("det(X)", "X", "X: n n", lambda X: np.linalg.inv(X).T, "chain-factor", "the factor det was dropped"),
        ("mean(x.^2)", "x", "x: n", lambda x: 2 * x, "mean", "the factor 1/n was dropped"),
        ("sum(x.^2)", "x", "x: n", lambda x: 2 * x / x.size, "mean", "a factor 1/n is too many"),
        ("x sin(x)", "x", "x: scalar", lambda x: np.sin(x), "missing-term", "product rule"),
        ("sin(x)/x", "x", "x: scalar", lambda x: (x * np.cos(x) + np.sin(x)) / x**2, "sign", "quotient rule: (u/v)′ = (u′v − uv′)/v²"),
        ("sin(x)/x", "x", "x: scalar", lambda x: (np.sin(x) - x * np.cos(x)) / x**2, "sign", "exchanged"),
        ("sin(x)/x", "x", "x: scalar", lambda x: np.cos(x), "function", "and not u′/v′"),
        ("1/x", "x", "x: scalar", lambda x: -1 / x, "power", "the denominator is not squared"),
        ("sum(sin(x .* x))", "x", "x: n", lambda x: x * np.cos(x * x), "factor", "both factors move"),
        ("x^2 + 3", "x", "x: scalar", lambda x: 2 * x + 3, "extra-term", "here 3 stays"),
        ("u^T sigmoid(x)", "x", None, lambda u, x: sigma(x) * (1 - sigma(x)), "chain-factor", "the factor u was dropped"),
    ],
)  # fmt: skip
def test_a_mistake_of_calculus_is_among_the_slips_by_its_rule(function, wrt, declare, wrong, cause, says):
    found = named(function, wrt, wrong, declare)
    assert any(c == cause and says in sentence for c, sentence in found), found


def p(z):
    return np.exp(z) / np.exp(z).sum()


def sigma(x):
    return 1 / (1 + np.exp(-x))


def test_a_rule_may_be_broken_everywhere_it_is_used():
    _, found, values = made("||X w - y||^2 + lam ||w||^2", "w")
    X, w, y, lam = (values[n] for n in ("X", "w", "y", "lam"))
    wrong = X.T @ (X @ w - y) + lam * w
    hits = [s for s in found if np.allclose(s.value(values), wrong, rtol=1e-12)]
    assert [s.cause for s in hits] == ["factor"] and hits[0].everywhere


def test_slips_are_found_of_functions_brought_as_code():
    import chainrule as cr

    problem = cr.trace(lambda W, x: np.sum(np.tanh(W @ x)), W="m n", x="n")
    values = draw([v[:3] for v in problem.every.values()], 0, 3)[1]
    W = values["W"]
    hits = [s.cause for s in slips(problem, "x") if np.allclose(s.value(values), W.T @ np.ones(len(W)), rtol=1e-12)]
    assert hits == ["chain-factor"]


def test_a_variable_that_does_not_occur_has_no_slips():
    problem = read("x^T x", "x: n, y: n")
    assert list(slips(problem, "y")) == []
    with pytest.raises(ChainruleError):
        list(slips(read("x^T x"), "x"))[0].value({})
