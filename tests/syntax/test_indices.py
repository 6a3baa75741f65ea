"""Explicit indices mean what the loops say."""

import numpy as np
import pytest

from chainrule.core.errors import ParseError, ShapeError
from chainrule.syntax import read
from tests.reference import evaluate as graph_value

SIZES = {"m": 3, "n": 4, "k": 2}
RNG = np.random.default_rng(5)
x, y, p = RNG.standard_normal(4), RNG.standard_normal(3), np.abs(RNG.standard_normal(4)) + 0.1
A, B, S = RNG.standard_normal((3, 4)), RNG.standard_normal((4, 2)), RNG.standard_normal((4, 4))
T = RNG.standard_normal((2, 3, 4))
VALUES = {"x": x, "y": y, "p": p, "A": A, "B": B, "S": S, "T": T}
DECLARED = "x: n, y: m, p: n, A: m n, B: n k, S: n n, T: k m n"
lower = np.tril(np.ones((4, 4)))

CASES = {
    "s_i = sum_{j <= i} x_j": lower @ x,
    "s_i = sum_{j < i} x_j": lower @ x - x,
    "s_i = sum_{j >= i} x_j": lower.T @ x,
    "s_i = sum_{j > i} x_j": lower.T @ x - x,
    "s_i = sum_{j != i} x_j": x.sum() - x,
    "sum_{j<=i} x_j": lower @ x,
    "sum(x_i p_i)": x @ p,
    "sum(exp(-||A_i - x||^2))": np.exp(-((A - x) ** 2).sum(1)).sum(),
    "mean((x_i - 1)^2)": ((x - 1) ** 2).mean(),
    "max(x_i)": x.max(),
    "sum_{i<j} (x_i - x_j)^2": sum((x[i] - x[j]) ** 2 for j in range(4) for i in range(j)),
    "sum_{i,j} S_ij x_i x_j": x @ S @ x,
    "sum_{ij} S_{ij} x_i x_j": x @ S @ x,
    "sum_ij S_ij x_i x_j": x @ S @ x,
    "Σ_ij S_ij x_i x_j": x @ S @ x,
    "C_ik = sum_j A_ij B_jk": A @ B,
    "C_ki = sum_j A_ij B_jk": (A @ B).T,
    "sum_j A_ij B_jk": A @ B,
    "A_ij x_j": A * x,
    "sum_i S_ii": np.trace(S),
    "D_ij = (x_i - x_j)^2": (x[:, None] - x) ** 2,
    "D_ij = ||S_i - S_j||^2": ((S[:, None] - S[None]) ** 2).sum(2),
    "sum_i ||A_i||_2": np.sqrt((A**2).sum(1)).sum(),
    "z_k = y^T T_k x": np.einsum("kij,i,j->k", T, y, x),
    "sum_k T_kij": T.sum(0),
    "sum_k tr(T_k T_k^T)": (T**2).sum(),
    "(A x)_i^2": (A @ x) ** 2,
    "sum_i (A x - y)_i^2": ((A @ x - y) ** 2).sum(),
    "max_i x_i": x.max(),
    "min_i x_i": x.min(),
    "mean_i x_i^2": (x**2).mean(),
    "max_j A_ij": A.max(1),
    "sum_i max(0, 1 - x_i p_i)": np.maximum(0, 1 - x * p).sum(),
    "sum_i x_i^2 + sum_j y_j": (x**2).sum() + y.sum(),
    "sum_i x_i p_i / (1 + p_i)": (x * p / (1 + p)).sum(),
    "-sum_i p_i log p_i": -(p * np.log(p)).sum(),
    "log sum_i exp(x_i)": np.log(np.exp(x).sum()),
    "sum_{i=1}^n x_i": x.sum(),
    "sum_{i=1}^{n-1} (x_{i+1} - x_i)^2": (np.diff(x) ** 2).sum(),
    "sum_{i=2}^n (x_i - x_{i-1})^2": (np.diff(x) ** 2).sum(),
    "sum_{i=2}^{n-1} x_{i+1} x_{i-1}": (x[2:] * x[:-2]).sum(),
    "1/n sum_{i=1}^n x_i": x.mean(),
    "sum_{i=1}^n 1 + 0 x_1": 4.0,
    "r_i = exp(x_i) / sum_j exp(x_j)\n-sum_i p_i log r_i": -(p * np.log(np.exp(x) / np.exp(x).sum())).sum(),
    "sum_i p_i log(r_i) with r_k = exp(x_k) / sum_j exp(x_j)": (p * np.log(np.exp(x) / np.exp(x).sum())).sum(),
    "x_3": x[2],
    "sum_i e^{x_i}": np.exp(x).sum(),
    "sum_i A_ij y_i": y @ A,
    "softmax(A)_ij": np.exp(A) / np.exp(A).sum(1, keepdims=True),
    "sum_j softmax(S_j)": (np.exp(S) / np.exp(S).sum(1, keepdims=True)).sum(0),
    "d_i = S_ii": np.diag(S),
    "D_ij = x_i p_j": np.outer(x, p),
    "sum_i (y_i - A_i x)^2": ((y - A @ x) ** 2).sum(),
    "sum_i (y_i - x^T A_i)^2": ((y - A @ x) ** 2).sum(),
    "A_i B": A @ B,
    "S_ij - S_i^T S_j": S - S @ S.T,
}


@pytest.mark.parametrize("text", CASES)
def test_explicit_indices(text):
    problem = read(text, DECLARED)
    found = problem.evaluate(VALUES)
    assert found.shape == np.shape(CASES[text])
    assert found == pytest.approx(CASES[text], rel=1e-9)
    assert graph_value(problem.lower().node, VALUES, SIZES) == pytest.approx(CASES[text], rel=1e-9)


@pytest.mark.parametrize("text", ["W_1 x + W_2 y", "mu_k + x", "W_hh h + W_xh x", "x_0 + x_1"])
def test_subscripts_that_are_no_indices_are_part_of_the_name(text):
    assert any("_" in name for name in read(text).variables)


@pytest.mark.parametrize("text", ["sum_i x_i + y_i", "sum_i p_i log(x_i) + (1 - p_i) log(1 - x_i)"])
def test_an_index_is_not_summed_here_and_free_there(text):
    with pytest.raises(ParseError, match="summed in one place and free in another"):
        read(text)


def test_rows_that_might_lie_or_stand_are_refused():
    with pytest.raises(ShapeError, match="could be a scalar or a matrix"):
        read("sum_ij (S_ij - S_i S_j^T)^2", DECLARED)


@pytest.mark.parametrize("text", ["sum_i i", "sum_i", "prod_i x_i", "x_{i+1}", "sum_i x_j"])
def test_what_indices_cannot_do(text):
    with pytest.raises(ParseError):
        read(text)


def test_a_label_is_no_index():
    with pytest.raises(ParseError) as raised:
        read("sum_{j != y} max(0, s_j - s_y + 1)")
    assert str(raised.value) == (
        "ParseError: `y` is the label of one entry here, which no index can say\n"
        "  given:    sum_{j != y} max(0, s_j - s_y + 1)\n"
        "                                      ^ column 27\n"
        "  expected: y as a one-hot vector, or as an index of the result\n"
        "  fix:      the entry is y^T s; all entries but that are a sum over all, less the term of y; "
        "f_y = … in front makes y an index"
    )
    assert len(read("f_y = sum_{j != y} max(0, s_j - s_y + 1)").dims) == 1


@pytest.mark.parametrize(
    "text, note",
    [
        ("sum_i (x_i - x_c)^2", "x_c is read as a variable of its own, not as an entry of x"),
        ("sum(xw) + ||x||^2 + ||w||^2", "xw is read as one name; x w is the product"),
    ],
)
def test_a_name_that_could_be_an_entry_or_a_product_is_noted(text, note):
    assert note in read(text).notes
    assert note not in read(text, note.split()[0] + ": n").notes  # what is declared is meant
