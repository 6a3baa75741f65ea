"""The points at which written backward passes are tested."""

import numpy as np
import pytest

from chainrule.checking.backward import FRAMEWORKS, split
from chainrule.checking.backward.trial import SIZES, chosen
from chainrule.core.errors import DomainError
from chainrule.derivation.derive import understood


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
