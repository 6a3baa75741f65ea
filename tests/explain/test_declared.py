"""Values that contradict what was declared of them are refused; all that the engine draws for a fact has it."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.facts import FACTS
from chainrule.explain.declared import holds
from chainrule.explain.options import listed, positive
from chainrule.numeric.points import sample


@pytest.mark.parametrize("word", FACTS)
def test_what_is_drawn_for_a_fact_has_it(word):
    for seed in range(5):
        assert holds(word, sample(np.random.default_rng(seed), (4, 4), frozenset({word})))


@pytest.mark.parametrize(("word", "value", "told"), [
    ("positive", 0.0, "it holds 0"), ("unit", -1.0, "it holds -1"), ("counts", -2.0, "it holds -2"), ("labels01", 0.5, "it holds 0.5"),
    ("labelspm1", 0.0, "it holds 0"),
])  # fmt: skip
def test_a_number_that_contradicts_its_fact_is_refused(word, value, told):
    with pytest.raises(cr.DomainError, match="not what was declared") as caught:
        cr.tangent("x^2 y", "y", at=1, data={"x": value}, declare=f"x: {word} scalar, y: scalar")
    assert told in str(caught.value)


@pytest.mark.parametrize(("fact", "A", "told"), [
    ("psd", [[-1, 0], [0, -1]], "its smallest eigenvalue is -1"), ("posdef", [[1, 2], [2, 1]], "its smallest eigenvalue is -1"),
    ("symmetric", [[1, 2], [3, 4]], "an entry and its mirror image differ by 1"),
])  # fmt: skip
def test_no_proof_rests_on_a_fact_that_the_values_contradict(fact, A, told):
    for door in (cr.convexity, cr.curvature, cr.critical_points, cr.landscape, cr.descent):
        with pytest.raises(cr.DomainError) as caught:
            door("x^T A x", "x", data={"A": A}, declare=f"A: n n {fact}")
        assert told in str(caught.value)
    with pytest.raises(cr.DomainError, match="a row sums to 2|it holds 0.5"):
        cr.convexity("-sum(y .* log(softmax(W x)))", "W", data={"y": [0.5, 0.5]}, declare="y: n onehot")


def test_options_are_numbers_above_zero_or_lists():
    assert positive("0.5", "rate") == 0.5 and positive(None, "rate") is None
    assert listed("a, b c") == ["a", "b", "c"] and listed(np.array([1.0, 2.0])) == [1.0, 2.0] and listed(3) == [3]
    for wrong in (10**400, True, "x", -1, float("inf"), np.ones(1), 1j):
        with pytest.raises(cr.DeclarationError, match="`rate` is a number above 0"):
            positive(wrong, "rate")
