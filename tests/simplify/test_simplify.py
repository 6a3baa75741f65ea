"""The simplifier keeps values and finds the textbook's form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.core.algebra import broadcast, contract, diag, dot, matmul, mean_axes, outer, power, total
from chainrule.core.node import symbol
from chainrule.matrix import cost
from chainrule.ops.activations import sigmoid
from chainrule.ops.elementary import exp, log
from chainrule.ops.structured import softmax
from chainrule.simplify import consolidate, simplify
from chainrule.simplify.expand import collected
from tests.reference import evaluate

SIZES = {"m": 2, "n": 3}
A, B, X = symbol("A", "mn"), symbol("B", "mn"), symbol("X", "nn")
x, y, v = symbol("x", "n"), symbol("y", "n"), symbol("v", "m")
p, s = softmax(x, axes=(0,)), sigmoid(x)


def tidy(node):
    return simplify(node, cost)


def values(seed):
    rng = np.random.default_rng(seed)
    return {n.name: rng.uniform(0.3, 1.5, [d.at(SIZES) for d in n.dims]) for n in (A, B, X, x, y, v)}


@pytest.mark.parametrize(
    ("node", "shorter"),
    [
        (A @ x - A @ y, matmul(A, x - y)),
        (x * y - x * s, x * (y - s)),
        (p * y - p * broadcast(dot(p, y), p.dims, ()), p * (y - broadcast(dot(p, y), p.dims, ()))),
        (y * s - (1 - y) * s + s * (1 - 2 * y), 0 * s),
        (-y * (1 - s) + (1 - y) * s, s - y),
        (total(x - broadcast(mean_axes(x, (0,)), x.dims, ())), total(0 * x)),
        (1 / (1 + x) - x / (1 + x) ** 2, (1 + x) ** -2),
        (x**-2 / (1 + y**2 / x**2), (x**2 + y**2) ** -1),
    ],
)
def test_a_sum_takes_its_textbook_form(node, shorter):
    assert tidy(node) is shorter


def test_a_diagonal_and_an_outer_product_share_their_matrix():
    kernel = diag(p) - outer(p, p)
    spread = contract("ij", (X, "ki"), (p, "k"), (X, "kj")) - outer(X.T @ p, X.T @ p)
    assert tidy(spread) is contract("ij", (X, "ki"), (kernel, "kl"), (X, "lj"))


@pytest.mark.parametrize(
    ("function", "order", "derivative"),
    [
        ("sin(x)/x", 1, "(x cos(x) − sin(x))/x²"),
        ("exp(x)/x", 1, "(x − 1) exp(x)/x²"),
        ("log(x)/x^2", 1, "(1 − 2 log(x))/x³"),
        ("sqrt(x)/(1 + x)", 1, "(1 − x)/(2√x (1 + x)²)"),
        ("log(x + sqrt(x^2 + 1))", 1, "1/√(1 + x²)"),
        ("coth(x)", 1, "1 − 1/tanh(x)²"),
        ("tanh(x)", 2, "−2(1 − tanh(x)²) tanh(x)"),
        ("x^3 exp(-x)", 2, "x(x² − 6x + 6) exp(−x)"),
        ("x^2 + 3x + 2", 1, "2x + 3"),
        ("(3x^2 + 2x + 1)^5", 1, "10(1 + 3x)(3x² + 2x + 1)⁴"),
        ("x^2/2 + x^3/6", 1, "x + x²/2"),
    ],
)
def test_derivatives_of_a_first_course_are_as_its_books_have_them(function, order, derivative):
    assert cr.derive(function, "x", order=order, declare="x: scalar positive").text == derivative


def test_collecting_keeps_whole_numbers_exact_beyond_the_digits_of_a_float():
    merged = collected([(10**17, A @ x), (1, A @ x), (1, v)], v.dims)
    assert (10**17 + 1, A @ x) in merged.terms


ATOMS = [x, y, s, p, A.T @ v, X @ x, power(x, 2), exp(y), broadcast(dot(x, y), x.dims, ()), log(1 + x)]


@st.composite
def sums(draw):
    """Sums of products of vectors, some of which share factors."""

    def term():
        factors = draw(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=3))
        node = factors[0]
        for f in factors[1:]:
            node = node * f if draw(st.booleans()) else node / f
        return draw(st.sampled_from([1, -1, 2])) * node

    node = term()
    for _ in range(draw(st.integers(1, 4))):
        node = node + term()
        if draw(st.integers(0, 5)) == 0:
            node = X @ node
    return node


@settings(max_examples=150, deadline=None)
@given(sums(), st.integers(0, 3))
def test_simplifying_keeps_the_value(node, seed):
    before, after = (evaluate(n, values(seed), SIZES) for n in (node, tidy(node)))
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9 * max(1, np.abs(before).max()))


@settings(max_examples=60, deadline=None)
@given(sums())
def test_simplifying_shortens_or_nearly_keeps_and_settles(node):
    once = tidy(node)
    # the slack that a factor of every entry is given; and what is shared with the context is counted twice inside
    assert cost(once) <= 1.2 * cost(consolidate(node)) + 0.36
    assert cost(tidy(once)) <= cost(once) + 0.36


def test_an_entry_of_what_was_joined_is_derived():
    """Flattening leaves one operand alone there, which is no product any more."""
    found = cr.grad("np.stack([x, A @ x])[1, -1]", "x", declare="A: n n, x: n")
    values = {"A": np.arange(9.0).reshape(3, 3), "x": np.ones(3)}
    assert found.verified and np.array_equal(found.compile()(**values), values["A"][-1])
