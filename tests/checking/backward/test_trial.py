"""The points at which written backward passes are tested."""

import numpy as np
import pytest

from chainrule.checking.backward import FRAMEWORKS, split
from chainrule.checking.backward.trial import DRAWN, SIZES, chosen, drawing
from chainrule.core.errors import DomainError
from chainrule.core.facts import FACTS
from chainrule.derivation.derive import understood
from chainrule.numeric.points import INTERVALS


def drawn(shape, facts, manner="ordinary"):
    rng = np.random.default_rng(0)
    signed = lambda *shape: rng.uniform(0.2, 1.5, shape) * rng.choice([-1.0, 1.0], shape)
    return eval(drawing(shape, frozenset(facts), manner), {"np": np, "rng": rng, "signed": signed})


def test_every_fact_is_drawn_as_it_says():
    for word in FACTS:
        if word != "constant":
            assert word in DRAWN or word in INTERVALS, word
    assert drawn((4, 3), {"onehot"}).sum(axis=1).tolist() == [1] * 4
    assert np.allclose(drawn((4, 3), {"prob"}).sum(axis=-1), 1) and drawn((4, 3), {"prob"}).min() > 0
    assert np.allclose(drawn((3,), {"sum1"}).sum(), 1)
    S = drawn((4, 4), {"posdef"})
    assert np.allclose(S, S.T) and np.linalg.eigvalsh(S).min() > 0.5
    assert np.linalg.cond(drawn((5, 5), {"invertible"})) < 20
    Q = drawn((5, 3), {"orthogonal"})
    assert np.allclose(Q.T @ Q, np.eye(3))
    assert set(np.unique(drawn((9, 9), {"labelspm1"}))) == {-1, 1} and np.all(drawn((9,), {"positive"}) > 0)
    assert np.abs(drawn((9, 9), {"unit"})).max() < 1


def test_sizes_are_odd_and_differ():
    assert len(set(SIZES)) == len(SIZES) and all(n % 2 for n in SIZES)


def made(text, declare=None, kinks=False):
    problem = understood(text, declare, None)
    framework = FRAMEWORKS["numpy"](split(problem, list(problem.variables)), "function", problem.reading)
    return chosen(framework, problem, kinks)


def test_a_point_is_found_where_the_function_is_defined_and_away_from_kinks():
    _, values = made("sum(log(1 - x)) + sum(sqrt(x))", "x: n")
    assert np.all(values["x"] > 0) and np.all(values["x"] < 1)
    problem = understood("relu(W x)", None, None)
    _, values = made("relu(W x)", kinks=True)
    assert np.min(problem.margin(values, "W")) > 0.01


def test_where_no_point_is_found_it_says_what_to_declare():
    with pytest.raises(DomainError) as error:
        made("sum(log(-exp(x)))")
    assert str(error.value) == (
        "DomainError: no point was found at which the backward pass can be tested\n"
        "  given:    sum(log(−exp(x)))\n"
        "  expected: a function that is finite at some of the points tried, away from its kinks\n"
        '  fix:      declare where it is defined, such as "x: positive"'
    )


def test_of_a_large_variable_some_entries_are_moved():
    text, _ = made("tanh(W x)", "W: 40 30")
    assert "[::max(1, point[k].size // 60)]" in text
    assert "[::max" not in made("tanh(W x)")[0]
