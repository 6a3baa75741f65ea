"""Values in exact fractions, points in small numbers, and constant factors in words: what comparing formulas rests on."""

from fractions import Fraction

import numpy as np
import pytest

from chainrule.checking.formulas.exact import Irrational, exact, exact_points, fractions
from chainrule.checking.formulas.ratio import named_ratio, number, ratio_of
from chainrule.checking.formulas.small import number_text, small_points
from chainrule.core.facts import FACTS
from chainrule.numeric.points import draw
from chainrule.syntax import read


@pytest.mark.parametrize(
    "text, declare",
    [
        ("2 A^T (A x - b)", None),
        ("tr(A X^-1 B)", None),
        ("det(X) X^-T", "X: n n"),
        ("x^T A x / (x^T x)", None),
        ("diag(x) - x x^T + I", "x: n"),
        ("kron(A, B) vec(C)", "A: 2 3, B: 3 2, C: 2 3"),
        ("r = A x; s = r .* r; sum(s)/n + r[0]", "A: m n"),
        ("cumsum(x) - x/3", "x: n"),
        ("tril(A) x", "A: n n"),
        ("0.1 x + 0.2 x", "x: n"),
    ],
)
def test_fractions_agree_with_floats(text, declare):
    problem = read(text, declare)
    variables = [v[:3] for v in problem.every.values()]
    for sizes, values in exact_points(variables):
        found = exact(problem, values, sizes)
        near = problem.evaluate({name: x.astype(float) for name, x in values.items()})
        assert all(isinstance(x, Fraction) for x in np.ravel(found)) and np.allclose(found.astype(float), near)


def test_a_tenth_is_a_tenth():
    found = exact(read("0.1 + 0.2 - 0.3 + 0 x", "x: scalar"), {"x": fractions(1.0)}, {})
    assert found[()] == 0


@pytest.mark.parametrize("text", ["exp(x)", "sqrt(x)", "||x||", "pi x", "x^a", "softmax(x)"])
def test_what_is_no_fraction_is_refused(text):
    problem = read(text, "x: n, a: scalar")
    sizes, values = next(exact_points([v[:3] for v in problem.every.values()]))
    with pytest.raises(Irrational):
        exact(problem, values, sizes)


def test_a_singular_matrix_is_refused():
    with pytest.raises(Irrational):
        exact(read("X^-1", "X: n n"), {"X": fractions(np.ones((2, 2)))}, {"n": 2})


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_small_points_respect_the_facts(fact):
    dims = read(
        "X",
        f"X: n n {fact}" if FACTS[fact].square or fact in ("orthogonal", "prob", "sum1", "onehot") else f"X: n {fact}",
    ).every["X"]
    for values in list(small_points([dims[:3]]))[:12]:
        x = values["X"]
        if x.size == 0:
            continue
        if FACTS[fact].symmetric:
            assert np.array_equal(x, x.T)
        if FACTS[fact].simplex:
            assert np.allclose(x.sum(-1), 1)
        if FACTS[fact].sign == "+":
            assert np.all(x > 0)
        if FACTS[fact].values == "01":
            assert set(np.ravel(x)) <= {0.0, 1.0}
        if fact == "orthogonal":
            assert np.allclose(x.T @ x, np.eye(len(x)))
        if fact in ("posdef", "psd"):
            assert np.all(np.linalg.eigvalsh(x) > 0)


def test_numbers_are_written_as_on_paper():
    assert number_text(np.array([1.0, -2.5])) == "(1, −2.5)" and number_text([[1, 2], [3, -4]]) == "[[1, 2], [3, −4]]"
    assert [number(c) for c in (Fraction(1, 2), -3, Fraction(5, 7), 0.1)] == ["½", "−3", "5/7", "0.1"]


@pytest.mark.parametrize(
    "ratio, text",
    [
        (lambda n, d, lam: 0.5, "½"),
        (lambda n, d, lam: -2, "−2"),
        (lambda n, d, lam: 1 / n, "1/n"),
        (lambda n, d, lam: 2 / n, "2/n"),
        (lambda n, d, lam: -n, "−n"),
        (lambda n, d, lam: n / d, "n/d"),
        (lambda n, d, lam: lam, "λ"),
        (lambda n, d, lam: 1 / (2 * lam), "½·1/λ"),
        (lambda n, d, lam: np.pi, "π"),
        (lambda n, d, lam: 1 / np.log(2), "1/(ln 2)"),
        (lambda n, d, lam: np.exp(n) + d, None),
        (lambda n, d, lam: 0.123456, None),
    ],
)
def test_a_constant_factor_is_named(ratio, text):
    places = [(3, 5, 0.7), (7, 2, -0.4), (4, 6, 1.1)]
    sizes, numbers = [{"n": n, "d": d} for n, d, _ in places], [{"λ": lam} for *_, lam in places]
    assert named_ratio([ratio(*p) for p in places], sizes, numbers) == text


def test_a_ratio_holds_in_every_entry():
    values = draw([v[:3] for v in read("x", "x: n").every.values()], 0)[1]["x"]
    assert ratio_of(values, 3 * values) == pytest.approx(3, rel=1e-14)
    assert ratio_of(values, values + 1e-6) is None and ratio_of(0 * values, values) is None
