r"""LaTeX as people type it: what each spelling means, which choices are noted, and the errors, whole."""

import numpy as np
import pytest

from chainrule.core.errors import ChainruleError
from chainrule.syntax import called, read
from chainrule.syntax.declare import declarations

DECLARED = (
    "A: m n, B: m n, W: m n, X: m n, S: n n posdef, x: n, y: n, z: n, w: n, v: n, b: m, u: m, "
    "t: scalar, lam: scalar, alpha: scalar, beta: scalar, c: scalar, d_k: scalar"
)


def values():
    rng = np.random.default_rng(0)
    n, m = 4, 6
    found = {name: rng.normal(size=(m, n)) for name in "ABWX"} | {name: rng.normal(size=m) for name in "bu"}
    found |= {name: rng.uniform(0.2, 2, n) for name in "xyzwv"}
    root = rng.normal(size=(n, n))
    return found | {
        "S": root @ root.T + np.eye(n),
        "t": 0.7,
        "lam": 0.3,
        "alpha": 1.2,
        "beta": 0.4,
        "c": 1.7,
        "d_k": 3.0,
    }


MEANT = [
    (r"\lVert A x - b \rVert^2", r"||A x - b||^2"), (r"\|A x - b\|_2^2", r"||A x - b||^2"),
    (r"\left\| A x - b \right\|^2_2", r"||A x - b||^2"), (r"\left\lVert Ax - b\right\rVert_2^{2}", r"||A x - b||^2"),
    (r"\Vert A\mathbf{x}-\mathbf{b}\Vert_1", r"||A x - b||_1"), (r"\|W\|_F^2", r"||W||_F^2"),
    (r"\| x \| \| y \|", r"||x|| ||y||"), (r"\|x\|\,\|y\|", r"||x|| ||y||"), (r"\lvert t \rvert", r"|t|"),
    (r"\left| t - 1 \right|", r"|t - 1|"), (r"\big| t \big|", r"|t|"), (r"x^\top S y", r"x^T S y"),
    (r"x^{\top} S y", r"x^T S y"), (r"x^T S y", r"x^T S y"), (r"x^{T}S y", r"x^T S y"),
    (r"x^{\mathsf T} S y", r"x^T S y"), (r"x^{\mathrm{T}} S y", r"x^T S y"), (r"x^\intercal S y", r"x^T S y"),
    (r"\mathbf{x}^{\mathsf{T}}\mathbf{S}\mathbf{y}", r"x^T S y"), (r"{\boldsymbol{x}}^\top S \bm{y}", r"x^T S y"),
    (r"x' S y \alpha", r"alpha x^T S y"), (r"(x - y)' S (x - y) + 0\alpha", r"(x-y)^T S (x-y)"),
    (r"S^{-1} x", r"S^-1 x"), (r"S^{-\top} x", r"S^-T x"), (r"S^{-T} x", r"S^-T x"),
    (r"\operatorname{tr}(S)", r"tr(S)"), (r"\mathrm{tr}(S)", r"tr(S)"), (r"\mathrm{Tr}\left(S\right)", r"tr(S)"),
    (r"\operatorname{tr} S", r"tr(S)"), (r"\text{tr}(S)", r"tr(S)"), (r"\text{softmax}(\mathbf{x})", r"softmax(x)"),
    (r"\operatorname*{softmax}(x)", r"softmax(x)"),
    (r"\operatorname{softmax}\left(X X^\top/\sqrt{d_k}\right)", r"softmax(X X^T / sqrt(d_k))"),
    (r"\operatorname{diag}(v) x", r"diag(v) x"), (r"\operatorname{vec}(X)", r"vec(X)"),
    (r"\operatorname{Diag}(x)", r"diag(x)"), (r"\frac{t}{c}", r"t/c"), (r"\tfrac12 t", r"t/2"),
    (r"\frac1c t", r"t/c"), (r"\dfrac{x}{\|x\|}", r"x/||x||"), (r"\frac{\alpha}2 t", r"alpha t/2"),
    (r"\frac\alpha\beta", r"alpha/beta"), (r"\frac{1}{2}x^\top x", r"x^T x/2"), (r"2^{-1}t", r"t/2"),
    (r"t^{\frac12}", r"t^(1/2)"), (r"\sum_{i=1}^n x_i y_i", r"x^T y"), (r"\sum_{i} x_i y_i", r"x^T y"),
    (r"\sum\nolimits_i x_i", r"sum(x)"), (r"\sum\limits_{i=1}^{n} x_{i}", r"sum(x)"),
    (r"\sum^n_{i=1} x_i^2", r"x^T x"), (r"\sum_{i,j} A_{ij}B_{ij}", r"sum(A .* B)"),
    (r"\sum_{ij} A_{ij} B_{i,j}", r"sum(A .* B)"), (r"\sum_{i=1}^m\sum_{j=1}^n A_{ij}", r"sum(A)"),
    (r"\sum_{i < j} S_{ij}", r"sum(triu(S, 1))"), (r"\sum_{i \ne j} S_{ij}", r"sum(S) - tr(S)"),
    (r"\sum_{i=1}^n\sum_{j \neq i} S_{ij}", r"sum(S) - tr(S)"),
    (r"\sum_{i=1}^n \sum_{j=1, j\neq i}^n S_{ij}", r"sum(S) - tr(S)"),
    (r"\sum_{i=1}^n\sum_{j=i}^n S_{ij}", r"sum(triu(S))"), (r"\sum_{i=1}^n\sum_{j=i+1}^n S_{ij}", r"sum(triu(S, 1))"),
    (r"\sum_{i=1}^n\sum_{j=1}^i S_{ij}", r"sum(tril(S))"),
    (r"\sum_{i=1}^n\sum_{j=1}^{i-1} S_{ij}", r"sum(tril(S, -1))"),
    (r"\sum_{i=1}^{n}\sum_{j\le i} x_j", r"sum(cumsum(x))"),
    (r"\sum_{i=1}^{n-1} (x_{i+1}-x_i)^2", r"sum((x[1:] - x[:-1]).^2)"),
    (r"\sum_{i=2}^{n} x_{i-1} x_i", r"sum(x[1:] .* x[:-1])"), (r"x \odot y", r"x .* y"), (r"x \circ y", r"x .* y"),
    (r"x \oslash y", r"x ./ y"), (r"x \otimes y", r"kron(x, y)"), (r"\mathbf{x} \cdot \mathbf{y}", r"x^T y"),
    (r"t \times c", r"t c"), (r"x \odot S y", r"x .* (S y)"), (r"\log\det S", r"logdet(S)"),
    (r"\log \det(S)", r"logdet(S)"), (r"\log|S|", r"logdet(S)"), (r"\ln\left|S\right|", r"logdet(S)"),
    (r"\det S", r"det(S)"), (r"|S|^{-1/2}\,", r"det(S)^(-1/2)"), (r"\frac{1}{\sqrt{|S|}}", r"det(S)^(-1/2)"),
    (r"\log|\det(S)|", r"logdet(S)"), (r"\exp(-t)", r"exp(-t)"), (r"\exp\{-t\}", r"exp(-t)"),
    (r"\exp\left[-\tfrac{t}{2}\right]", r"exp(-t/2)"), (r"e^{-t^2/2}", r"exp(-t^2/2)"), (r"\ln t^2", r"log(t^2)"),
    (r"\log_2 t", r"log2(t)"), (r"\log_{10}(t)", r"log10(t)"), (r"\sigma(x)", r"sigmoid(x)"),
    (r"\sigma\left(x\right)", r"sigmoid(x)"), (r"\max(0, 1 - t)", r"max(0, 1 - t)"),
    (r"\max\{0, 1-t\}", r"max(0, 1 - t)"), (r"\left[1 - t\right]_+", r"relu(1-t)"), (r"(x)_+\,", r"relu(x)"),
    (r"\max_j x_j", r"max(x)"), (r"\sqrt{t}", r"sqrt(t)"), (r"\sqrt t c", r"sqrt(t) c"), (r"\sqrt2 t", r"sqrt(2) t"),
    (r"\sqrt[3]{t}", r"t^(1/3)"), (r"\sqrt{t}^2", r"t"), (r"\langle x, y \rangle", r"x^T y"),
    (r"\left\langle x, S y\right\rangle", r"x^T S y"), (r"\mathbb{1}^\top x", r"sum(x)"),
    (r"\mathbf{1}^\top x", r"sum(x)"), (r"\mathbf{1}_n^\top x", r"sum(x)"), (r"S + \lambda \mathbf{I}", r"S + lam I"),
    (r"S + \lambda I_n", r"S + lam I"), (r"\mathcal{L}(\theta) = x^\top x", r"x^T x"),
    (r"f(x) = x^\top x + \alpha", r"x^T x + alpha"), (r"f := x^\top x", r"x^T x"), (r"$x^\top x$", r"x^T x"),
    (r"$$ x^\top x. $$", r"x^T x"), (r"\[ x^\top x , \]", r"x^T x"), (r"\( x^\top x \)", r"x^T x"),
    (r"\begin{equation} x^\top x \label{eq:1} \end{equation}", r"x^T x"),
    (r"\begin{equation*}\begin{split} r &= A x - b \\ L &= \|r\|^2 \end{split}\end{equation*}", r"||A x - b||^2"),
    (r"\begin{align} \mathbf{r} &= A\mathbf{x} - \mathbf{b}, \nonumber \\ L &= \mathbf{r}^\top\mathbf{r} \end{align}", r"||A x - b||^2"),
    (r"\begin{aligned} L &= \|r\|^2 \\ r &= Ax - b \end{aligned}", r"||A x - b||^2"),
    (r"\begin{aligned} f &= x^\top x \\ &\quad + 2 y^\top x \\ &\quad - t \end{aligned}", r"x^T x + 2 y^T x - t"),
    ('x^\\top x % the square\n', r"x^T x"), (r"\|r\|^2 \quad \text{where } r = Ax - b", r"||A x - b||^2"),
    (r"\|r\|^2, \text{ with } r = Ax - b.", r"||A x - b||^2"), (r"\|r\|^2, \quad r = Ax - b", r"||A x - b||^2"),
    (r"x\,y^\top\;x\!\quad", r"x y^T x"), (r"x_{1} t", r"x[0] t"),
    (r"\begin{cases} t^2 & t > 0 \\ -t & \text{otherwise} \end{cases}", r"where(t > 0, t^2, -t)"),
    (r"\begin{cases} t^2, & \text{if } t > 0, \\ -t, & \text{if } t \le 0. \end{cases}", r"where(t > 0, t^2, -t)"),
    (r"c\,\begin{cases} 1 & t > 1 \\ t & 0 < t \le 1 \\ 0 & \text{else} \end{cases}", r"c where(t > 1, 1, where((0 < t) .* (t <= 1), t, 0))"),
    (r"\mathbb{1}[t > 0]\, c", r"c (t > 0)"), (r"\mathbf{1}\{t > 0\} c", r"c (t > 0)"),
    (r"\lambda (t + 1)", r"lam (t+1)"), (r"t(1-t)\alpha", r"alpha t (1 - t)"), (r"x^{\odot 2}", r"x.^2"),
    (r"t!\,\alpha", r"exp(lgamma(t+1)) alpha"), (r"\min_{x} \|A x - b\|^2", r"||A x - b||^2"),
    (r"\arg\min_{x \, } \|x\|^2", r"||x||^2"), (r"\sum_{i=1}^{n} x_i^{2} - \mathbf{1}^{\top}y", r"x^T x - sum(y)"),
    (r"\underbrace{x^\top x}_{\text{loss}} + t", r"x^T x + t"), (r"\sin^2 t + \cos^2 t", r"1"),
    (r"\operatorname{sign}(t) t", r"|t|"), (r"X^\top\!X", r"X^T X"),
    (r"\frac{x^{\top}Sx}{x^{\top}x}", r"x^T S x/(x^T x)"),
]  # fmt: skip


@pytest.mark.parametrize("latex, plain", MEANT, ids=[latex for latex, _ in MEANT])
def test_a_spelling_means_what_the_plain_text_means(latex, plain):
    expected = read(plain, DECLARED).evaluate(values())
    found = read(latex, DECLARED).evaluate(values())
    assert np.shape(found) == np.shape(expected)
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("latex, shapes", [
    (r"\mathbf{W}^{(2)} \tanh(\mathbf{W}^{(1)} \mathbf{x})", {"W_2": 2, "W_1": 2, "x": 1}),
    (r"\exp\left(-\frac{\|x - x'\|^2}{2\ell^2}\right)", {"x": 1, "xprime": 1, "l": 0}),
    (r"\hat{\mathbf{y}}^\top \bar{x}", {"yhat": 1, "xbar": 1}),
    (r"\sum_{i} y^{(i)} x^{(i)}_j", {"y": 1, "x": 2}),
    (r"h^{(l)} = \sigma(W^{(l)} h^{(l-1)} + b^{(l)})", {"W_l": 2, "h_lm1": 1, "b_l": 1}),
    (r"\sum_{i=1}^N \sum_{k=1}^K r_{ik} \|\mathbf{x}_i - \boldsymbol\mu_k\|^2", {"r": 2, "x": 2, "mu": 2}),
    (r"\boldsymbol\alpha^\top \mathbf{K} \boldsymbol\alpha", {"alpha": 1, "K": 2}),
    (r"W_f x + W_i x \cdot \alpha", {"W_f": 2, "x": 1, "W_i": 2, "alpha": 0}),
    (r"\mathcal{N} + N \alpha", {"Ncal": 2, "N": 2, "alpha": 0}),
    (r"\sum_k \pi_k \mu_k", {"pi": 1, "mu": 1}),
])  # fmt: skip
def test_names_and_their_axes(latex, shapes):
    assert {n: len(v.dims) for n, v in read(latex).variables.items()} == shapes


@pytest.mark.parametrize("latex, note", [
    (r"w'x \alpha", "w' read as a transpose"),
    (r"\log |S|", "|S| read as the determinant"),
    (r"\min_w \|A w - b\|^2", "\\min_w left out: the function alone is derived"),
    (r"\sum_{i=0}^{n-1} x_i y_i", "the entries with the index i are counted from 0"),
])  # fmt: skip
def test_readings_that_were_a_choice_are_noted(latex, note):
    assert note in read(latex).notes


@pytest.mark.parametrize("latex", [r"\sum_k \frac{\pi_k}{\sqrt{2\pi}}", r"\sqrt{2\pi} \sum_k \pi_k"])
def test_pi_is_a_number_or_a_vector_and_not_both(latex):
    with pytest.raises(ChainruleError, match="is a number in one place and a vector with an index in another"):
        read(latex)


ERRORS = {
    r"""\frac{1}{2} \lVert A x - b \rVert_2^2 + \frac{\lambda}{2 \lVert x \rVert^2""": r"""
ParseError: `{` at column 55 is never closed
  given:    …rac{1}{2} \lVert A x - b \rVert_2^2 + \frac{\lambda}{2 \lVert x \rVert^2
                                                                 ^ column 55
  expected: `}`
""",
    r"""\frac{1}{n} \lVrt A x - b \rVert^2""": r"""
ParseError: `\lVrt` is not known here
  given:    \frac{1}{n} \lVrt A x - b \rVert^2
                        ^ column 13
  expected: a command such as \frac, \lVert, \odot, \top or a Greek letter
  fix:      did you mean `\lVert`?
""",
    r"""\lVert x \rVert^2 + \frac{\lambda}""": r"""
ParseError: `\frac` lacks its denominator
  given:    \lVert x \rVert^2 + \frac{\lambda}
                                              ^ column 35
  expected: \frac{a}{b}
""",
    r"""\lambda + \frac""": r"""
ParseError: `\frac` lacks its two parts
  given:    \lambda + \frac
                           ^ column 16
  expected: \frac{a}{b}
""",
    r"""\begin{aligned} r &= A x - b \\ f &= r^\top r""": r"""
ParseError: `\begin{aligned}` has no `\end{aligned}`
  given:    \begin{aligned} r &= A x - b \\ f &= r^\top r
            ^ column 1
  expected: `\end{aligned}` behind its lines
""",
    r"""\begin{align} x \end{aligned}""": r"""
ParseError: `\begin{align}` is closed by `\end{aligned}`
  given:    \begin{align} x \end{aligned}
                            ^ column 17
  expected: `\end{align}`
""",
    r"""\begin{algined} f &= \|x\|^2 \end{algined}""": r"""
ParseError: the environment `algined` is not known here
  given:    \begin{algined} f &= \|x\|^2 \end{algined}
                   ^ column 8
  expected: aligned, align, split, gather, equation or cases
  fix:      did you mean `aligned`?
""",
    r"""\begin{tabular} x \end{tabular}""": r"""
ParseError: the environment `tabular` is not known here
  given:    \begin{tabular} x \end{tabular}
                   ^ column 8
  expected: aligned, align, split, gather, equation or cases
""",
    r"""\begin{pmatrix} a & b \\ c & d \end{pmatrix} x""": r"""
ParseError: matrices written out by their entries are not read
  given:    \begin{pmatrix} a & b \\ c & d \end{pmatrix} x
            ^ column 1
  expected: a letter for the matrix
  fix:      call it A, and declare what it is: A: n n
""",
    r"""\|x\|_2^2^3 + \lambda""": r"""
ParseError: two superscripts follow one another
  given:    \|x\|_2^2^3 + \lambda
                     ^ column 10
  expected: one superscript for each letter
  fix:      (x^2)^3, or x^{2^3}
""",
    r"""x_i_j \lambda""": r"""
ParseError: two subscripts follow one another
  given:    x_i_j \lambda
               ^ column 4
  expected: one subscript for each letter
  fix:      x_{ij} has two indices
""",
    r"""\alpha x & y""": r"""
ParseError: `&` stands outside of an environment
  given:    \alpha x & y
                     ^ column 10
  expected: \begin{aligned} … \end{aligned} around the lines
  fix:      remove it
""",
    r"""\lambda + \sum_{i=1}^n""": r"""
ParseError: `\sum_{i=1}^n` has nothing to sum
  given:    \lambda + \sum_{i=1}^n
                      ^ column 11
  expected: an expression behind it
""",
    r"""\sum x_i^2 \alpha""": r"""
ParseError: a sum sign needs an index
  given:    \sum x_i^2 \alpha
            ^ column 1
  expected: \sum_i … or \sum_{i=1}^n …
""",
    r"""\sum_{i=a+b}^n x_i \alpha""": r"""
ParseError: the start of the sum is no number
  given:    \sum_{i=a+b}^n x_i \alpha
                    ^ column 9
  expected: such as {i=1} or {j=i+1}
""",
    r"""\sum_{i=1}^n \alpha x_{i+1}""": r"""
ParseError: `x_{i+1}` would run beyond the last entry
  given:    \sum_{i=1}^n \alpha x_{i+1}
                                ^ column 21
  expected: a sum over `i` that ends 1 earlier
  fix:      sum_{i=1}^{n-1} for n entries
""",
    r"""\sum_{i=1}^n \alpha x_{i-1}""": r"""
ParseError: `x_{i-1}` would begin before the first entry
  given:    \sum_{i=1}^n \alpha x_{i-1}
                                ^ column 21
  expected: a sum over `i` from 2 on
  fix:      sum_{i=2}
""",
    r"""\sum_{j \in S} x_j""": r"""
ParseError: membership is not read
  given:    \sum_{j \in S} x_j
                    ^ column 9
  expected: the function alone
  fix:      say what a variable is by a declaration: x: n positive
""",
    r"""\prod_{i=1}^n x_i""": r"""
ParseError: explicit products are not available
  given:    \prod_{i=1}^n x_i
            ^ column 1
  expected: \sum_i …
  fix:      \exp\left(\sum_i \log(…)\right) where the factors are positive
""",
    r"""\int_0^1 f(x) dx""": r"""
ParseError: integrals are not available
  given:    \int_0^1 f(x) dx
            ^ column 1
  expected: a function of variables alone
  fix:      write the integrated function, or a sum over samples
""",
    r"""\mathbb{E}_{x \sim p}[f(x)]""": r"""
ParseError: expectations are not available
  given:    \mathbb{E}_{x \sim p}[f(x)]
            ^ column 1
  expected: a function of variables alone
  fix:      \frac{1}{n} \sum_{i=1}^n … is the mean over samples
""",
    r"""\frac{\partial L}{\partial w} + x""": r"""
ParseError: derivatives are not read
  given:    \frac{\partial L}{\partial w} + x
                  ^ column 7
  expected: the function alone; the variable is named apart
""",
    r"""\frac{d}{dx} x^\top x""": r"""
ParseError: derivatives are not read
  given:    \frac{d}{dx} x^\top x
            ^ column 1
  expected: the function alone; the variable is named apart
""",
    r"""\left( x^\top y""": r"""
ParseError: `(` at column 6 is never closed
  given:    \left( x^\top y
                 ^ column 6
  expected: `)`
""",
    r"""x^\top y \right)""": r"""
ParseError: `)` at column 16 closes nothing
  given:    x^\top y \right)
                           ^ column 16
  expected: an opening bracket before it
  fix:      remove it, or open the bracket it belongs to
""",
    r"""\alpha (x + y]""": r"""
ParseError: `(` at column 8 is closed by `]`
  given:    \alpha (x + y]
                         ^ column 14
  expected: `)`
""",
    r"""\sqrt{}\alpha""": r"""
ParseError: the braces are empty
  given:    \sqrt{}\alpha
            ^ column 1
  expected: an expression between them
""",
    r"""\alpha x^""": r"""
ParseError: `^` has nothing behind it
  given:    \alpha x^
                    ^ column 9
  expected: an exponent such as ^2
""",
    r"""\hat{x + y}^\top z""": r"""
ParseError: an accent over an expression is not read
  given:    \hat{x + y}^\top z
            ^ column 1
  expected: a letter
  fix:      write it as a product, a mean or a let-line
""",
    r"""\sum_{i=1}^m \|x_i - c_{y_i}\|^2""": r"""
ParseError: an index that has an index itself is not read
  given:    \sum_{i=1}^m \|x_i - c_{y_i}\|^2
                                    ^ column 25
  expected: an index alone
  fix:      a one-hot matrix selects: y_{ik} in place of y_i
""",
    r"""\|A x\|^2 \text{ subject to } x \ge 0""": r"""
ParseError: the words `subject to` are not read
  given:    \|A x\|^2 \text{ subject to } x \ge 0
                      ^ column 11
  expected: \text{where} or \text{with} before definitions
  fix:      leave the words out
""",
    r"""A x = \lambda x""": r"""
ParseError: an equation is no function
  given:    A x = \lambda x
                ^ column 5
  expected: a name on the left of `=`, such as f = … or f(x) = …
  fix:      write what is to be derived, without `=`
""",
    r"""f(x) = \alpha x = b""": r"""
ParseError: a line has two `=`
  given:    f(x) = \alpha x = b
                            ^ column 17
  expected: one definition on each line
  fix:      leave out one of the two sides, which should be equal
""",
    r"""\begin{cases} x^2 & x > 0 \\ -x & x < -1 \end{cases}""": r"""
ParseError: the last row of cases has a condition of its own
  given:    \begin{cases} x^2 & x > 0 \\ -x & x < -1 \end{cases}
                                              ^ column 35
  expected: \text{otherwise}, or the opposite of the condition before it
""",
    r"""\log p_\theta(x)""": r"""
UnknownNameError: no function is called `p_theta`
  given:    \log p_\theta(x)
                 ^ column 6
  expected: a function that is known here
  fix:      for a product write p_theta \cdot (…); for a function write out what it is
""",
    r"""\mathrm{KL}(p \| q)""": r"""
UnknownNameError: no function is called `KL`
  given:    \mathrm{KL}(p \| q)
            ^ column 1
  expected: a function that is known here
  fix:      for a function write out what it is
""",
    r"""1 + \ldots + n""": r"""
ParseError: dots do not say what they stand for
  given:    1 + \ldots + n
                ^ column 5
  expected: every entry, or a sum over an index
  fix:      \sum_{i=1}^n …
""",
    r"""$x^\top x""": r"""
ParseError: a `$` is never closed
  given:    $x^\top x
            ^ column 1
  expected: a `$` behind the formula
  fix:      leave the dollar signs out
""",
    r"""\alpha x^*""": r"""
ParseError: `^*` is not read
  given:    \alpha x^*
                    ^ column 9
  expected: an exponent, or ^\top for a transpose
  fix:      give a letter of its own to what is marked
""",
    r"""\lVert x \rvert""": r"""
ParseError: `‖` at column 1 is never closed
  given:    \lVert x \rvert
            ^ column 1
  expected: `‖` behind the expression
""",
    r"""W^{(1)}_{ij}\sum_i x_i""": r"""
ParseError: a label and an index on one letter are not read
  given:    W^{(1)}_{ij}\sum_i x_i
                ^ column 5
  expected: one of the two
  fix:      give the layers letters of their own: W_1 → V
""",
}  # fmt: skip


@pytest.mark.parametrize("latex", ERRORS)
def test_what_cannot_be_read_is_shown_where_it_stands(latex):
    with pytest.raises(ChainruleError) as raised:
        read(latex)
    assert str(raised.value) == ERRORS[latex].strip("\n")


UNFINISHED = [
    r"\frac{", r"\left", r"\hat", r"\alpha_", r"\alpha^", r"\sqrt", r"\begin", r"\begin{aligned}\end{aligned}", r"\{\}", r"\alpha[",
    r"\mathbf", r"\mathbf{}", r"\text", r"\operatorname", r"\sum_", r"\sum_{}", r"\sum_{i}^", r"\frac\frac12 3", r"\not x", r"\left\{ x \right.",
    r"|\alpha", r"_x\alpha", r"^2\alpha", r"$", r"$$", r"$$ $$", r"\\", r"\hat{}", r"\end{aligned}", r"\frac{1}{2}}", r"\sqrt[", r"\sqrt[]{x}",
    r"\begin{cases}\end{cases}", r"\begin{cases} x \\ y \end{cases}", r"\begin{aligned} &= x \end{aligned}", r"\mathbb", r"\mathrm{d}", r"\underbrace{x}_{",
    "\\", r"\label{", r"\hspace{1cm}", r"x^{\mathrm{ref}", r"\max\{", r"\langle x, y", r"\alpha!!", r"^\top", r"\top", r"\sum_i^{n}", r"\left.\right.",
]  # fmt: skip


@pytest.mark.parametrize("latex", UNFINISHED)
def test_what_is_unfinished_is_refused_and_never_crashes(latex):
    try:
        read(latex)
    except ChainruleError as error:
        assert error.expected


@pytest.mark.parametrize("written, name", [
    (r"\mathbf{w}", "w"), (r"\theta", "theta"), (r"\boldsymbol\mu", "mu"), (r"\hat{y}", "yhat"), (r"W^{(1)}", "W_1"), (r"\lambda", "lam"),
    (r"h_{t-1}", "h_tm1"), (r"\pi_\theta", "pi_theta"), ("x_1", "x_1"), ("λ", "lam"), ("W_{out}", "W_out"), (r"\Sigma_{xy}", "Sigma_xy"),
])  # fmt: skip
def test_variables_may_be_named_as_in_the_formula(written, name):
    assert called(written) == name
    assert list(declarations(f"{written}: n")) == [name]


@pytest.mark.parametrize("latex, meant, declared", [
    (r"\operatorname{softmax}(\mathbf{Q}\mathbf{W}^Q(\mathbf{K}\mathbf{W}^K)^\top)\mathbf{V}\mathbf{W}^V", "softmax(Q W_Q (K W_K)^T) V W_V", None),
    (r"\sum_{i<j}(x_i-x_j)^\top M(x_i-x_j)", r"\sum_{i<j}(x_i-x_j)^\top M(x_i-x_j)", "x: n d, M: d d"),
    (r"\max(0, xW_1 + b_1)W_2 + b_2", "W_2^T relu(W_1^T x + b_1) + b_2", None),
    (r"\tilde A\tilde D c", "Atilde Dtilde c", None),
    (r"\log\Gamma(\alpha) - \ln\Gamma\left(\sum_k \beta_k\right)", "lgamma(alpha) - lgamma(sum(beta))", "beta: n positive, alpha: positive"),
    (r"W_0x+\frac{\alpha}{r}BAx", "W_0 x + alpha/r B A x", "r: scalar"),
])  # fmt: skip
def test_what_papers_leave_to_the_reader_is_taken_as_they_mean_it(latex, meant, declared):
    """Without declarations: labels that look like powers, vectors that lie, Γ behind a logarithm."""
    found = read(latex)
    expected = read(meant, ", ".join([declared or "", *[f"{n}: {' '.join(map(str, v.dims)) or 'scalar'}" for n, v in found.variables.items() if not declared or f"{n}:" not in declared]]).strip(", "))
    sizes, rng = {}, np.random.default_rng(1)
    drawn = {n: rng.uniform(0.5, 1.5, [sizes.setdefault(d, 2 + len(sizes)) for d in v.dims]) for n, v in found.variables.items()}
    assert found.variables.keys() == expected.variables.keys()
    assert {n: len(v.dims) for n, v in found.variables.items()} == {n: len(v.dims) for n, v in expected.variables.items()}
    assert np.allclose(found.evaluate(drawn), expected.evaluate(drawn))


def test_a_root_of_a_matrix_does_not_make_it_a_number():
    with pytest.raises(ChainruleError) as raised:
        read(r"\operatorname{tr}(\Sigma^{1/2} B)")
    assert str(raised.value) == (
        "ShapeError: `\\Sigma^{1/2}`: only whole powers of a matrix are available\n  given:    \\Sigma: m × n\n  expected: a whole number\n"
        "  fix:      \\Sigma^{\\odot …} is taken entry by entry; for a number declare it: Sigma: scalar"
    )


def test_an_entry_counted_from_zero_is_no_other_variable():
    with pytest.raises(ChainruleError) as raised:
        read(r"-\log\frac{e^{s_0}}{\sum_{k=0}^{K-1}e^{s_k}}")
    assert "`s_0` could be an entry of `s`, or another variable" in str(raised.value)
    assert not read(r"w_0 + \sum_{i=1}^n w_i x_i").variables["w_0"].dims


def test_what_is_bold_is_a_vector_that_may_lie():
    problem = read(r"\operatorname{softmax}(\mathbf{q}K^\top/\sqrt{d})V")
    assert {name: len(v.dims) for name, v in problem.variables.items()} == {"q": 1, "K": 2, "d": 0, "V": 2}


@pytest.mark.parametrize("latex, noted", [
    (r"\log\pi + x", True), (r"\pi_\theta \pi x", True), (r"\log\pi(a) + \pi", True), (r"\log(2\pi x)", False),
])  # fmt: skip
def test_pi_the_number_is_noted_where_it_may_be_a_policy(latex, noted):
    assert ("π is read as the number 3.14…" in read(latex).notes) == noted


def test_a_number_has_no_transpose():
    with pytest.raises(ChainruleError) as raised:
        read(r"\pi^\top x")
    assert str(raised.value) == (
        "ParseError: `\\pi` is the number 3.14…, which has no transpose\n  given:    \\pi^\\top x\n            ^ column 1\n"
        "  expected: a vector or a matrix\n  fix:      a vector of that name is declared: pi: n"
    )
    assert read(r"\pi^\top x", "pi: n").dims == ()
