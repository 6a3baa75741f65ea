"""Equal expressions are one node, and the node has the value of both."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from chainrule.core.algebra import broadcast, divide, multiply, negate, number, power, total
from chainrule.core.node import symbol
from chainrule.core.walk import order
from chainrule.ops import lookup
from chainrule.ops.activations import relu, sigmoid, softplus
from chainrule.ops.choices import clip, greater, less, maximum, minimum, where
from chainrule.ops.elementary import abs, arctan, cos, cosh, exp, log, pow, sign, step, tanh
from chainrule.ops.losses import huber
from chainrule.ops.special import erf
from chainrule.ops.structured import logsumexp, softmax
from tests.reference import evaluate

x, y, p, q = symbol("x", ("n",)), symbol("y", ("n",)), symbol("p", ("n",), {"positive"}), symbol("q", ("n",), {"positive"})
s, t, d = symbol("s"), symbol("t", (), {"positive"}), symbol("d", (), {"positive"})
X = symbol("X", ("m", "n"))
VALUES = {
    "x": np.array([0.3, -0.7, 1.1]), "y": np.array([-0.4, 0.9, 0.2]), "p": np.array([0.5, 1.5, 0.7]),
    "q": np.array([1.2, 0.4, 2.5]), "s": np.array(-0.6), "t": np.array(1.3), "d": np.array(0.5),
    "X": np.random.default_rng(0).normal(size=(2, 3)),
}  # fmt: skip


def value(node):
    return evaluate(node, VALUES, {"n": 3, "m": 2})


EQUAL = [
    ("exp(-2x) is exp(x)^-2", exp(-2 * x), power(exp(x), -2)),
    ("exp(0) is 1", exp(x - x), power(x, 0)),
    ("exp(2x/3) is exp(x/3)^2", exp(Fraction(2, 3) * x), power(exp(x / 3), 2)),
    ("exp(y - x) is 1/exp(x - y)", exp(y - x), power(exp(x - y), -1)),
    ("exp(log p) is p", exp(log(p)), p),
    ("exp(3 log p) is p^3", exp(3 * log(p)), p**3),
    ("log(exp x) is x", log(exp(x)), x),
    ("log(exp(x)^-2) is -2x", log(power(exp(x), -2)), -2 * x),
    ("log(1/x) is -log x", log(1 / p), -log(p)),
    ("log(sqrt p) is half the log", log(power(p, Fraction(1, 2))), log(p) / 2),
    ("log(p^2) is 2 log p", log(p**2), 2 * log(p)),
    ("log(p exp x) is log p + x", log(p * exp(x)), log(p) + x),
    ("log(1 + exp x) is softplus", log(1 + exp(x)), softplus(x)),
    ("log(1 + exp(-x)) is softplus(-x)", log(1 + exp(-x)), softplus(-x)),
    ("log sigmoid", log(sigmoid(x)), -softplus(-x)),
    ("log(1 - sigmoid)", log(1 - sigmoid(x)), -softplus(x)),
    ("log sum exp", log(total(exp(x))), logsumexp(x)),
    ("log mean exp", log(total(exp(t * x)) / 3), logsumexp(t * x) - log(number(3))),
    ("log softmax", log(softmax(x)), x - broadcast(logsumexp(x), ("n",), ())),
    ("exp(x - logsumexp x)", exp(x - broadcast(logsumexp(x), ("n",), ())), softmax(x)),
    ("softmax does not feel a shift", softmax(x + s), softmax(x)),
    ("logsumexp feels a shift", logsumexp(x + s), logsumexp(x) + s),
    ("tanh is odd", tanh(-3 * x), -tanh(3 * x)),
    ("tanh of a difference", tanh(y - x), -tanh(x - y)),
    ("cos is even", cos(y - x), cos(x - y)),
    ("cosh is even", cosh(-x), cosh(x)),
    ("erf and arctan are odd", erf(-x) + arctan(-x), -erf(x) - arctan(x)),
    ("sigmoid(-x)", sigmoid(-x), 1 - sigmoid(x)),
    ("|-2x|", abs(-2 * x), 2 * abs(x)),
    ("|p|", abs(p), p),
    ("|x^2|", abs(x**2), x**2),
    ("|p x|", abs(p * x), p * abs(x)),
    ("sign(-2x)", sign(-2 * x), -sign(x)),
    ("step(3x)", step(3 * x), step(x)),
    ("step(p)", step(p), power(p, 0)),
    ("step(-p)", step(-p), p - p),
    ("relu(2x)", relu(2 * x), 2 * relu(x)),
    ("relu(p)", relu(p), p),
    ("max(x, 0)", maximum(x, 0), relu(x)),
    ("max(0, x)", maximum(0, x), relu(x)),
    ("min(x, 0)", minimum(x, 0), -relu(-x)),
    ("max(x, -x)", maximum(x, -x), abs(x)),
    ("max is symmetric", maximum(x, y), maximum(y, x)),
    ("clip", minimum(maximum(x, -1), 1), clip(x, -1, 1)),
    ("clip the other way round", maximum(minimum(x, 1), -1), clip(x, -1, 1)),
    ("clip by a positive symbol", minimum(maximum(x, -d), d), clip(x, -d, d)),
    ("clip above relu", minimum(relu(x), 6), clip(x, 0, 6)),
    ("a < b is b > a", less(x, y), greater(y, x)),
    ("x > 0 is step", greater(x, 0), step(x)),
    ("where(x > 0, x, 0)", where(greater(x, 0), x, 0), relu(x)),
    ("where(x > 0, x, -x)", where(greater(x, 0), x, -x), abs(x)),
    ("where(x > y, x, y)", where(greater(x, y), x, y), maximum(x, y)),
    ("where(mask, 1, 0)", where(greater(x, y), 1, 0), greater(x, y)),
    ("where(mask, 0, 1)", where(greater(x, y), 0, 1), 1 - greater(x, y)),
    (
        "where spells the Huber loss",
        where(lookup("less_equal")(abs(x), d), x**2 / 2, d * (abs(x) - d / 2)),
        huber(x, d),
    ),
    ("x^e with e = 2", pow(x, number(2)), x**2),
    ("e^x", pow(number("e"), x), exp(x)),
    ("(exp x)^y", pow(exp(x), y), exp(x * y)),
    ("(p^x)^y", pow(pow(p, x), y), pow(p, x * y)),
    ("log(p^x)", log(pow(p, x)), x * log(p)),
]


@pytest.mark.parametrize(("left", "right"), [c[1:] for c in EQUAL], ids=[c[0] for c in EQUAL])
def test_both_sides_are_one_node(left, right):
    assert value(left) == pytest.approx(value(right), rel=1e-12)
    assert left is right


DIFFERENT = [
    ("sqrt(x^2) is not x", power(x**2, Fraction(1, 2)), x),
    ("exp(log x) may not be defined", exp(log(x)), x),
    ("log(x^2) is not 2 log x", log(x**2), 2 * log(x)),
    ("|x| is not x", abs(x), x),
    ("step(-x) is not 1 - step(x) at 0", step(-x), 1 - step(x)),
    ("max(x, s) needs no order", maximum(minimum(x, 1), s), clip(x, s, number(1))),
]


@pytest.mark.parametrize(("left", "right"), [c[1:] for c in DIFFERENT], ids=[c[0] for c in DIFFERENT])
def test_what_does_not_always_hold_is_not_used(left, right):
    assert left is not right


@pytest.mark.parametrize("name", ["exp", "log", "sin", "tanh", "abs", "relu", "sigmoid", "softplus", "step"])
@pytest.mark.parametrize("seed", range(5))
def test_canonical_forms_keep_the_value(name, seed):
    rng = np.random.default_rng(seed)
    op = lookup(name)
    pieces = [x, y, p, exp(x), abs(y), sigmoid(y), x * y, p / q, power(p, Fraction(-3, 2)), number(2), s * x, d * p]
    for _ in range(12):
        a, b = rng.choice(len(pieces), 2)
        c = int(rng.integers(-3, 4)) or Fraction(-1, 2)
        inner = [pieces[a] * c, pieces[a] * c + pieces[b], multiply(pieces[a], pieces[b])][rng.integers(3)]
        if name == "log":
            inner = power(exp(inner), 1) if rng.integers(2) else 1 + exp(inner)
        expected = op.evaluate(value(inner))
        assert value(op(inner)) == pytest.approx(np.broadcast_to(expected, value(op(inner)).shape), rel=1e-10, abs=1e-12)


def test_an_error_names_the_shapes():
    with pytest.raises(Exception) as caught:
        maximum(x, X)
    assert str(caught.value) == (
        "ShapeError: the arguments of `maximum` differ in shape\n"
        "  given:    n, m×n\n"
        "  expected: equal shapes, or scalars"
    )


def test_missing_arguments_take_their_defaults():
    elu = lookup("elu")
    assert elu(x) is elu(x, 1)
    assert lookup("leaky_relu")(x) is lookup("prelu")(x, Fraction(1, 100))


def test_a_scalar_argument_that_was_spread_is_a_scalar_again():
    assert maximum(x, broadcast(s, ("n",), ())) is maximum(x, s)
    assert divide(negate(x), 1).dims == x.dims


@pytest.mark.parametrize("op, true", [("sin", np.sin), ("cos", np.cos)])
def test_sines_and_cosines_of_sixths_and_quarters_of_pi_are_numbers_with_roots(op, true):
    for turns in [Fraction(k, 12) for k in range(-30, 31)]:
        node = lookup(op)(multiply(number("pi"), number(turns)))
        assert np.abs(float(evaluate(node, {}, {})) - true(float(turns) * np.pi)) < 1e-14
        if turns.denominator in (1, 2, 3, 4, 6):
            assert all(n.op in ("number", "product", "sum") for n in order(node))
