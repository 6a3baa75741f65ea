"""Whole error texts: what failed, what was given, what was expected, what to do."""

import pytest

from chainrule.core.errors import ChainruleError
from chainrule.syntax import read


def error(text, declare=None, dialect=None):
    with pytest.raises(ChainruleError) as caught:
        read(text, declare, dialect)
    return str(caught.value)


PARSING = {
    "": """\
ParseError: the input is empty
  expected: a function such as ||A x - b||^2""",
    "sofmax(x)": """\
UnknownNameError: no function is called `sofmax`
  given:    sofmax(x)
            ^ column 1
  expected: a function that is known here
  fix:      did you mean `softmax`?""",
    "norm(X @ w - )^2": """\
ParseError: `-` has nothing on its right
  given:    norm(X @ w - )^2
                       ^ column 12
  expected: a number, a name or `(`
  fix:      remove the `-`, or write what belongs there""",
    "(x + 1": """\
ParseError: `(` at column 1 is never closed
  given:    (x + 1
            ^ column 1
  expected: `)`
  fix:      (x + 1)""",
    "x + 1)": """\
ParseError: `)` at column 6 closes nothing
  given:    x + 1)
                 ^ column 6
  expected: a `(` before it
  fix:      remove it, or open the bracket it belongs to""",
    "f(x]": """\
ParseError: `(` at column 2 is closed by `]`
  given:    f(x]
               ^ column 4
  expected: `)`
  fix:      write `)` at column 4""",
    "||x": """\
ParseError: `||` at column 1 is never closed
  given:    ||x
            ^ column 1
  expected: `||` behind the expression""",
    "* x": """\
ParseError: `*` has nothing on its left
  given:    * x
            ^ column 1
  expected: a number, a name or `(`""",
    "f(x)": """\
UnknownNameError: no function is called `f`
  given:    f(x)
            ^ column 1
  expected: a function that is known here
  fix:      for a product write f*(…), for a variable declare it: f: scalar""",
    "sin + 1": """\
ParseError: `sin` has no argument
  given:    sin + 1
            ^ column 1
  expected: sin(…)
  fix:      write sin(x); a variable needs another name, or a declaration""",
    "x $ y": """\
ParseError: `$` is no part of the language of formulas
  given:    x $ y
              ^ column 3
  expected: names, numbers, brackets and operators
  fix:      leave the dollar signs out""",
    "A \\ b": """\
ParseError: `\\` is no part of the language of formulas
  given:    A \\ b
              ^ column 3
  expected: names, numbers, brackets and operators
  fix:      A^-1 b solves A x = b""",
    "1 2": """\
ParseError: there is no operator between `1` and `2`
  given:    1 2
              ^ column 3
  expected: an operator such as * or +""",
    "x\ny": """\
ParseError: only the last line is the result
  given:    x
            ^ column 1
  expected: name = expression, on every line before the last
  fix:      give it a name, or remove it""",
    "x if y else z": """\
ParseError: `if` cannot stand here
  given:    x if y else z
              ^ column 3
  expected: an operator, or the end of the line
  fix:      write where(condition, a, b)""",
    "sin(x, y)": """\
ParseError: `sin` takes 1 argument
  given:    sin(x, y)
            ^ column 1
  expected: 1 argument
  fix:      2 given here""",
    "sum_i x_j": """\
ParseError: the index `i` of the sum does not occur in it
  given:    sum_i x_j
            ^ column 1
  expected: `x_j` to depend on `i`
  fix:      give the range: sum_{i=1}^n""",
    "x.foo": """\
ParseError: `.foo` is no part of the language of formulas
  given:    x.foo
             ^ column 2
  expected: an operator; of attributes .T, .shape[0] and methods such as .sum(axis=0)
  fix:      nothing is run as Python""",
    "x ones^T": """\
ShapeError: nothing determines the size of `ones`
  given:    x ones^T
  expected: something that it fits to
  fix:      ones(n) and eye(n) name the size""",
    "||x||2": """\
ParseError: `2` touches the bar before it
  given:    ||x||2
                 ^ column 6
  expected: an operator, or `_` for the order of a norm
  fix:      ||x||_2""",
    "d/dx x^2": """\
ParseError: `d/dx` is no part of a function
  given:    d/dx x^2
            ^ column 1
  expected: the function alone; the variable is named apart""",
    "min_x ||x||": """\
ParseError: `min_x` is no part of a function
  given:    min_x ||x||
            ^ column 1
  expected: an index, as in min_i x_i
  fix:      give the function alone""",
    "r where r = s, s = r": """\
ParseError: `r` is defined by itself
  given:    r where r = s, s = r
                    ^ column 9
  expected: definitions that do not go round in circles""",
}

DECLARED = "X: 128 10, W: 5 10, A: m n, B: n n, C: m n, z: n, w: m, c: scalar"
SHAPES = {
    "X W": """\
ShapeError: cannot multiply `X` by `W`
  given:    X: 128 × 10, W: 5 × 10
  expected: as many rows on the right as columns on the left (10)
  fix:      X W^T has shape 128 × 5""",
    "X @ W": """\
ShapeError: cannot multiply `X` by `W`
  given:    X: 128 × 10, W: 5 × 10
  expected: as many rows on the right as columns on the left (10)
  fix:      X @ W.T has shape 128 × 5""",
    "z z": """\
ShapeError: cannot multiply `z` by `z`: both are columns
  given:    z: n
  expected: a row and a column, or a scalar
  fix:      z^T z is a scalar, z .* z a vector, z z^T a matrix""",
    "(A z)(A z)": """\
ShapeError: cannot multiply `(A z)` by `(A z)`: both are columns
  given:    (A z): m
  expected: a row and a column, or a scalar
  fix:      (A z)^T (A z) is a scalar, (A z) .* (A z) a vector, (A z) (A z)^T a matrix""",
    "z B": """\
ShapeError: cannot multiply `z` by `B`
  given:    z: n, B: n × n
  expected: a row on the left of a matrix; `z` is a column
  fix:      z^T B has shape n
            B z has shape n""",
    "A + z": """\
ShapeError: cannot add `A` and `z`
  given:    A: m × n, z: n
  expected: equal shapes, or a scalar
  fix:      A + ones z^T takes z to every row""",
    "A @ B - z": """\
ShapeError: cannot add `A @ B` and `z`
  given:    A @ B: m × n, z: n
  expected: equal shapes, or a scalar
  fix:      A @ B - z[None, :] takes z to every row""",
    "A @ B * z": """\
ShapeError: `*` would scale a matrix by a vector: `A @ B * z`
  given:    A @ B: m × n, z: n
  expected: one reading: a product, or the scaling of rows or columns
  fix:      (A @ B) @ z is the product
            (A @ B) * z[None, :] scales the columns""",
    "A / B": """\
ShapeError: cannot divide by `B`, which is no scalar
  given:    A: m × n, B: n × n
  expected: a scalar below the line
  fix:      A B^-1 multiplies by the inverse""",
    "A^2": """\
ShapeError: `A^2` needs a square matrix
  given:    A: m × n
  expected: as many rows as columns
  fix:      A .^ 2 is taken entry by entry; A^T A is square""",
    "tr(A)": """\
ShapeError: `tr` takes a square matrix
  given:    A: m × n
  expected: as many rows as columns
  fix:      tr(A^T A) is defined""",
    "||A||_2": """\
NoRuleError: the spectral norm of a matrix is not available
  given:    A: m × n
  expected: the Frobenius norm, or an entrywise one
  fix:      ||A||_F is the Frobenius norm""",
    "expm(B)": """\
NoRuleError: the matrix exponential is not available
  given:    expm(B)
  expected: a function that has a derivative here
  fix:      exp(X) is taken entry by entry""",
    "sum_j A_ij w_j": """\
ShapeError: the index `j` stands for two sizes
  given:    w_j: m
  expected: one size for `j`: n or m""",
    "sum(A, axis=2)": """\
ShapeError: there is no axis 2 in `sum(A, axis=2)`
  given:    A: m × n
  expected: an axis from 0 to 1""",
    "reshape(X, (3, 4))": """\
ShapeError: `reshape(X, (3, 4))` changes the number of entries
  given:    X: 128 × 10
  expected: 1280 entries in all, not 12""",
    "X[:, 12]": """\
ShapeError: there is no entry 12 in `X`
  given:    X: 128 × 10
  expected: an entry from 0 to 9""",
    "max(z, w)": """\
ShapeError: `max` cannot take `z` and `w` together
  given:    z: n, w: m
  expected: equal shapes, or a scalar""",
}

DECLARATIONS = {
    "x n": """\
DeclarationError: `x n` says nothing of its shape
  given:    x n
  expected: X: m n, with a colon
  fix:      x: n is a vector, x: scalar a scalar""",
    "S: n n posdeff": """\
DeclarationError: `posdeff` is neither a size nor a property
  given:    S: n n posdeff
  expected: sizes, then properties such as positive, symmetric, posdef
  fix:      did you mean `posdef`?""",
    "S: m n posdef": """\
DeclarationError: `S` is declared posdef, which only a square matrix can be
  given:    S: m n posdef
  expected: as many rows as columns
  fix:      S: n n posdef""",
    "x: n, x: m": """\
DeclarationError: `x` is declared twice
  given:    x:  m
  expected: one declaration for each name""",
    "x: 0": """\
DeclarationError: `x` has a size below 1
  given:    x: 0
  expected: sizes of 1 or more""",
}


@pytest.mark.parametrize("text", PARSING)
def test_parse_errors(text):
    assert error(text) == PARSING[text]


@pytest.mark.parametrize("text", SHAPES)
def test_shape_errors(text):
    assert error(text, DECLARED) == SHAPES[text]


@pytest.mark.parametrize("text", DECLARATIONS)
def test_declaration_errors(text):
    assert error("x", text) == DECLARATIONS[text]


def test_values_that_do_not_agree_are_named():
    problem = read("A x - b")
    with pytest.raises(ChainruleError) as caught:
        problem.evaluate({"A": [[1.0, 2.0]], "x": [1.0, 2.0, 3.0], "b": [1.0]})
    assert str(caught.value) == """\
ShapeError: `A` and `x` do not agree in the size n
  given:    A: 1 × 2, x: 3
  expected: A: m × n, x: n"""


REPAIRED = [t for t in SHAPES if " has shape " in SHAPES[t] or " is the product" in SHAPES[t] or " takes " in SHAPES[t].split("fix:")[-1]]


@pytest.mark.parametrize("text", REPAIRED)
def test_repairs_work(text):
    fixes = SHAPES[text].split("fix:")[1].strip().split("\n")
    for fix in fixes:
        for word in (" has shape ", " is the product", " scales the", " takes "):
            repaired = fix.strip().partition(word)[0] if word in fix else None
            if repaired:
                problem = read(repaired, DECLARED)
                if word == " has shape ":
                    assert " × ".join(map(str, problem.dims)) == fix.strip().partition(word)[2]


@pytest.mark.parametrize("text", ["z^T z", "z .* z", "z z^T", "B z", "A B^-1", "A .^ 2", "A^T A", "tr(A^T A)", "||A||_F"])
def test_other_repairs_are_read(text):
    read(text, DECLARED)
