"""Readings that were refused or taken for something else: sizes that are equal after all, powers, words, groupings."""

import pytest

from chainrule.core.errors import ChainruleError, NoRuleError, ParseError, ShapeError
from chainrule.syntax import read


def ranks(text, declare=None):
    return {n: len(v.dims) for n, v in read(text, declare).variables.items()}


@pytest.mark.parametrize("text", ["x[1:] - x[:-1]", "sum((x[1:] - x[:-1])**2)", "x[2:] - 2 x[1:-1] + x[:-2]", "D @ x - (x[1:] - x[:-1])",
                                  "sum((X[1:, :] - X[:-1, :])**2)", "concatenate([x[1:], x[:1]]) - x"])  # fmt: skip
def test_sizes_are_compared_as_polynomials(text):
    assert read(text).variables


@pytest.mark.parametrize("text, sizes", [
    ("concatenate([x, y])^T w", {"x": "n", "y": "m", "w": "m+n"}), ("x[1:] - y", {"x": "n", "y": "n-1"}),
    ("vec(X) - y", {"X": "m·n", "y": "m·n"}), ("np.diff(x) - y", {"x": "n", "y": "n-1"}),
])  # fmt: skip
def test_the_simple_name_is_the_one_solved_for(text, sizes):
    variables = read(text).variables
    assert {n: "·".join(map(str, v.dims)) for n, v in variables.items()} == sizes


def test_unequal_sizes_stay_unequal():
    with pytest.raises(ShapeError):
        read("x[1:] - x")


@pytest.mark.parametrize("text, vectors", [
    ("sum(relu(W x + b)^2)", "xb"), ("sum(max(x, 0)^2)", "x"), ("sum(x^2)", "x"), ("sum((y - X w)^2) + lam sum(w^2)", "yw"), ("mean((x - y)^2)", "xy"),
])  # fmt: skip
def test_squares_of_compound_vectors_are_entry_by_entry(text, vectors):
    found = ranks(text)
    assert all(found[name] == 1 for name in vectors)
    assert any("entry by entry" in note for note in read(text).notes)


@pytest.mark.parametrize("text", ["x^2", "x^2 + 3 x", "exp(-x^2)", "(1 - x)^2 + 100 (y - x^2)^2", "a x^2 + b x + c", "sqrt(x^2 + y^2)"])
def test_a_bare_square_is_of_a_scalar(text):
    assert set(ranks(text).values()) == {0}


@pytest.mark.parametrize("text, fix", [("X kron A", "kron(X, A)"), ("A dot B", "dot(A, B)"), ("size x", "size: scalar"), ("3 diff", "diff(…)")])
def test_words_of_functions_are_no_variables(text, fix):
    with pytest.raises(ParseError) as error:
        read(text)
    assert fix in error.value.fix and "function" in error.value.problem


def test_words_of_functions_may_be_declared():
    assert ranks("size x", "size: scalar") == {"size": 0, "x": 1}


@pytest.mark.parametrize("text, declare, fix", [
    ("B x .* C x", "B: m n, C: m n, x: n", "(B x) .* (C x)"), ("B x .* C x", None, "(B x) .* (C x)"), ("sum(y .* X w)", None, "y .* (X w)"),
    ("A x ./ B x", None, "(A x) ./ (B x)"), ("np.sum(y * X @ w)", "y: m, X: m n, w: n", "y * (X @ w)"),
])  # fmt: skip
def test_the_grouping_that_fits_is_the_fix(text, declare, fix):
    with pytest.raises(ShapeError) as error:
        read(text, declare)
    assert error.value.fix == fix


def test_a_declared_name_that_does_not_occur_is_noted():
    assert any("`Y`" in n and "did you mean `y`" in n for n in read("x^T y", "Y: n").notes)
    assert not any("occur" in n for n in read("x^T y", "x: n, y: n").notes)


@pytest.mark.parametrize("text", ["np.take(x, 0)", "np.linalg.svd(X)", "np.sort(x)", "np.argmax(x)", "np.floor(x)"])
def test_functions_that_are_known_but_not_available(text):
    with pytest.raises(NoRuleError) as error:
        read(text)
    assert "available" in error.value.problem


def test_digits_are_those_of_ascii():
    assert read("𝟏ᵀ x").notes == []
    with pytest.raises(ChainruleError):
        read("x + ٣")


@pytest.mark.parametrize("text, same", [("(0 < x) & (x < 1)", "(0 < x) .* (x < 1)"), ("np.logical_or(x < 0, x > 1)", "1 - (x >= 0) .* (x <= 1)"),
                                        ("np.logical_not(x < 0)", "x >= 0"), ("np.fmax(x, 0)", "relu(x)")])  # fmt: skip
def test_conditions(text, same):
    values = {"x": [-0.5, 0.5, 1.5]}
    assert list(read(text, "x: n").evaluate(values)) == list(read(same, "x: n").evaluate(values))
