"""What undeclared names are taken for, and the names that sizes get."""

import pytest

from chainrule.syntax import read


def shapes(text, declare=None):
    return "  ".join(f"{v.name}: {'×'.join(map(str, v.dims)) or '.'}" for v in read(text, declare).variables.values())


@pytest.mark.parametrize(
    "text, expected",
    [
        ("||A x - b||^2", "A: m×n  x: n  b: m"),
        ("x + t v", "x: n  t: .  v: n"),
        ("x^3 e^(-x)", "x: ."),
        ("sin(x)", "x: n"),
        ("X w + b", "X: m×n  w: n  b: m"),
        ("x^T A x + b^T x + c", "x: n  A: n×n  b: n  c: ."),
        ("a^T X b", "a: m  X: m×n  b: n"),
        ("logdet(S) + tr(S^-1 C)", "S: n×n  C: n×n"),
        ("||A - U V^T||_F^2", "A: m×n  U: m×k  V: n×k"),
        ("1/(1 + e^(-x))", "x: ."),
        ("x/y", "x: n  y: ."),
        ("g .* x", "g: n  x: n"),
        ("a x^2 + b x + c", "a: .  x: .  b: .  c: ."),
        ("W_2 relu(W_1 x + b_1) + b_2", "W_2: m×n  W_1: n×k  x: k  b_1: n  b_2: m"),
        ("h_t = tanh(W_hh h + W_xh x)", "W_hh: m×n  h: n  W_xh: m×k  x: k"),
        ("tr(A X B)", "A: m×n  X: n×k  B: k×m"),
        ("kron(A, B)", "A: m×n  B: k×p"),
        ("(X'X + lam I)^-1 X' y", "X: m×n  lam: .  y: m"),
        ("sum_i (y_i - w^T x_i)^2", "y: m  w: n  x: m×n"),
        ("z_k = x^T T_k y", "x: m  T: n×m×k  y: k"),
        ("sum_k (x-μ_k)^T Σ_k^-1 (x-μ_k)", "x: m  mu: n×m  Sigma: n×m×m"),
        ("sum_ijk T_ijk a_i b_j c_k", "T: m×n×k  a: m  b: n  c: k"),
        ("1/n sum_{i=1}^n log(1 + exp(-y_i w^T x_i))", "y: n  w: m  x: n×m"),
        ("sum_{i=1}^{n-1} (x_{i+1} - x_i)^2", "x: n"),
        ("Ax - b", "A: m×n  x: n  b: m"),
        ("x^TAx", "x: n  A: n×n"),
        ("r = A x - b\n||r||^2", "A: m×n  x: n  b: m"),
        ("⟨a, x⟩", "a: n  x: n"),
        ("lam ||w||^2 + mu", "lam: .  w: n  mu: ."),
        ("sigma^2 I + X X^T", "sigma: .  X: m×n"),
        ("n x + m", "n: .  x: k  m: k"),
    ],
)
def test_undeclared_names(text, expected):
    assert shapes(text) == expected


def test_declared_sizes_are_kept_and_new_ones_avoid_their_names():
    assert shapes("||A X B - C||_F^2", "A: n p, m: scalar") == "A: n×p  X: p×k  B: k×q  C: n×q"


def test_a_declared_size_is_a_number():
    problem = read("1/m ||X w - y||^2", "X: m n")
    assert list(problem.variables) == ["X", "w", "y"]
    assert problem.evaluate({"X": [[1.0], [2.0]], "w": [1.0], "y": [0.0, 0.0]}) == pytest.approx(2.5)


def test_departures_from_the_defaults_are_noted():
    assert read("x + t v").notes == ["t taken as a scalar"]
    assert read("||A x - b||^2").notes == []


def test_rows_become_plain_vectors():
    problem = read("x^T A")
    assert [str(d) for d in problem.dims] == ["n"]
    assert problem.row


@pytest.mark.parametrize(
    "text, note",
    [
        ("A * A + B^2", "* in A * A read as the matrix product; .* is the product entry by entry"),
        ("||X||_1", "||X||_1 is the entrywise sum"),
        ("||X||^2", "||X|| of a matrix is the Frobenius norm"),
        ("softmax(X)", "softmax acts on each row"),
        ("sin^-1 x", "sin^-1 read as the inverse function arcsin"),
    ],
)
def test_readings_are_noted(text, note):
    assert note in read(text, "A: n n, B: n n").notes


def test_broadcasting_is_noted():
    problem = read("np.tanh(X @ W + b)", "X: m n, W: n k, b: k")
    assert problem.notes == ["b: k added to every row of X @ W"]
    assert problem.dialect == "numpy"


def test_an_unclear_star_between_equal_oblong_matrices_is_taken_entry_by_entry():
    problem = read("A*X", "A: m n, X: m n")
    assert problem.notes == ["* in A*X read as the product entry by entry; .* says so"]


def test_many_undeclared_names_are_settled_quickly():
    text = "x"
    for i in range(1, 30):
        text = f"relu(W_{i} {text} + b_{i})"
    problem = read(text)
    assert all(len(v.dims) == 1 for name, v in problem.variables.items() if name.startswith("b_"))
