"""Answers with several entries, in the ways people write them."""

import pytest

from chainrule import ParseError
from chainrule.exercises.lists import arranged, bare

THREE = [
    "(1, 2, 3)", "[1, 2, 3]", "1, 2, 3", "[1 2 3]", "[1; 2; 3]", "[[1], [2], [3]]", "[1, 2, 3]^T", "[1,2,3].T", "np.array([1, 2, 3])",
    r"\begin{pmatrix} 1 \\ 2 \\ 3 \end{pmatrix}", r"$\begin{bmatrix} 1 & 2 & 3 \end{bmatrix}^\top$", "∇f = (1, 2, 3)", "x = 1, y = 2, z = 3",
    "z = 3; x = 1; y = 2", "df/dz = 3, df/dx = 1, df/dy = 2", "∂f/∂x = 1\n∂f/∂y = 2\n∂f/∂z = 3", "f_x = 1, f_y = 2, f_z = 3", r"\left( 1, 2, 3 \right)",
    r"\frac{\partial f}{\partial x} = 1, \frac{\partial f}{\partial y} = 2, \frac{\partial f}{\partial z} = 3",
]  # fmt: skip


@pytest.mark.parametrize("text", THREE)
def test_three_entries(text):
    assert arranged(text, (3,), ("x", "y", "z")) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "text",
    [
        "[[1, 2], [3, 4]]",
        "[1, 2; 3, 4]",
        "((1,2),(3,4))",
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
        "[1 2; 3 4]",
        "H = [1, 2; 3, 4]",
    ],
)
def test_a_matrix_is_read_row_by_row(text):
    assert arranged(text, (2, 2)) == ["1", "2", "3", "4"]


def test_entries_may_be_formulas_with_brackets_of_their_own():
    assert arranged("(2xy + z, max(x, y), [x > 0])", (3,)) == ["2xy + z", "max(x, y)", "[x > 0]"]
    assert arranged("(1 + x) exp(x)", ()) == ["(1 + x) exp(x)"]


@pytest.mark.parametrize(("text", "shape"), [("(1, 2)", (3,)), ("1", (3,)), ("(1, 2, 3)", ()), ("[1, 2; 3]", (2, 2))])
def test_a_wrong_number_of_entries_is_refused(text, shape):
    with pytest.raises(ParseError):
        arranged(text, shape)


def test_the_refusal_says_what_is_expected():
    with pytest.raises(ParseError) as caught:
        arranged("(1, 2)", (3,))
    assert str(caught.value) == (
        "ParseError: the answer has 2 entries\n  given:    (1, 2)\n  expected: an answer with 3 entries\n  fix:      (…, …, …)"
    )


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("f'(x) = 2x", "2x"), ("df/dx = 2x", "2x"), ("$\\frac{df}{dx} = 2x$", "2x"), ("∇f = 2x", "2x"), ("\\nabla f = 2x", "2x"),
        ("J = diag(x)", "diag(x)"), ("x > 0", "x > 0"), ("p = softmax(z)\nJ = diag(p) - p p^T", "p = softmax(z)\ndiag(p) - p p^T"),
        ("s = σ(x)\ns (1 - s)", "s = σ(x)\ns (1 - s)"), ("T_2(x) = 1 + x", "1 + x"), ("2x where p = 3", "2x where p = 3"),
    ],
)  # fmt: skip
def test_the_name_of_the_result_in_front_is_taken_off(text, formula):
    assert bare(text) == formula
