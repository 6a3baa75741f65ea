"""Input that is too long, too deep, broken or malicious: a clear error, and nothing is run."""

import numpy as np
import pytest

from chainrule.core.errors import ChainruleError, LimitError, ParseError, UnknownNameError
from chainrule.syntax import read

HOSTILE = {
    "brackets": ("(" * 10_000 + "x" + ")" * 10_000, LimitError),
    "open brackets": ("(" * 10_000, LimitError),
    "a megabyte of a name": ("x" * 1_000_000, LimitError),
    "a megabyte of a sum": ("x + " * 250_000 + "x", LimitError),
    "bars": ("|" * 5000, LimitError),
    "open bars": ("|x " * 20_000, LimitError),
    "powers": ("x^" * 5000 + "x", LimitError),
    "powers within bars": ("x^|" * 150 + "x" + "|" * 150, LimitError),
    "functions": ("sin " * 5000 + "x", LimitError),
    "transposes": ("x" + "'" * 5000, LimitError),
    "digits": ("9" * 5000, LimitError),
    "a huge number": ("10**10**10", LimitError),
    "a number beyond floats": ("1e999", LimitError),
    "a high matrix power": ("tr(X^100000)", LimitError),
    "import": ("__import__('os').system('x')", ParseError),
    "dunder": ("x.__class__", ParseError),
    "a method": ("os.system('ls')", ParseError),
    "eval": ("eval('1')", UnknownNameError),
    "open": ("open('/etc/passwd')", UnknownNameError),
    "comprehension": ("[x for x in y]", ParseError),
    "lambda": ("lambda x: x", ParseError),
    "a zero byte": ("\x00", ParseError),
    "only operators": ("+-*/", ParseError),
    "surrogates": ("\ud800", ParseError),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused(name):
    text, kind = HOSTILE[name]
    with pytest.raises(kind):
        read(text)


def test_every_prefix_and_every_loss_of_a_character_is_read_or_refused():
    texts = (
        "1/2 ||A x - b||_2^2 + lambda sum_i |x_i| with b = A y",
        "np.sum((X @ w - y)**2, axis=0) / X.shape[0]",
        "s_i = sum_{j <= i} x_j .* e^{-x_j^2}",
        "‖Ax − b‖² + σ(wᵀx)",
        "r = A x - b\nr' * r",
    )
    for text in texts:
        for i in range(len(text)):
            for broken in (text[:i], text[i:], text[:i] + text[i + 1 :], text[:i] + "(" + text[i:], text[:i] + "|" + text[i:]):
                try:
                    read(broken)
                except ChainruleError as error:
                    assert str(error)


def test_five_thousand_let_lines():
    n = 5000
    lines = ["h0 = tanh(W x + b)", *(f"h{i} = tanh(W h{i - 1} + b)" for i in range(1, n)), f"sum(h{n - 1})"]
    problem = read("\n".join(lines), "W: n n, x: n, b: n")
    lowered = problem.lower()
    value = problem.evaluate({"W": np.eye(2) / 2, "x": np.ones(2), "b": np.ones(2)})
    assert np.tanh(value / 4 + 1) == pytest.approx(value / 2)  # the fixed point of h = tanh(h/2 + 1)
    assert len(lowered.lets) == n


@pytest.mark.parametrize("joint", [" + ", " "])
def test_five_thousand_terms_and_factors(joint):
    problem = read(joint.join(["a"] * 5000))
    problem.lower()
    assert problem.evaluate({"a": np.array(1.0)}) == pytest.approx(5000 if joint == " + " else 1)


@pytest.mark.parametrize("opening", ["sin(", "(", "-(", "2^(", "sqrt(1 + (", "max(x, "])
def test_ninety_nested_brackets(opening):
    count = opening.count("(")
    times = 90 // count
    read(opening * times + "x" + ")" * (times * count), "x: scalar").lower()
