import random

import numpy as np

from chainrule.checking.subjects.chance import Chance, Watched, held, preserved

GENERATOR = np.random.default_rng(3)
TABLE = np.zeros(3)


def draws(x):
    return x * GENERATOR.normal() + np.random.rand() + random.random()


def helper(x):
    return draws(x)


def test_all_generators_start_from_one_state_even_those_behind_a_helper():
    with preserved(helper):
        chance = Chance(helper)
        chance.reseed()
        first = helper(2.0)
        assert helper(2.0) != first
        chance.reseed()
        assert helper(2.0) == first


def test_generators_are_left_as_they_were():
    before = (random.getstate(), np.random.get_state()[1].copy(), GENERATOR.bit_generator.state)
    with preserved(draws):
        Chance(draws).reseed()
        draws(1.0)
    assert random.getstate() == before[0] and np.array_equal(np.random.get_state()[1], before[1])
    assert GENERATOR.bit_generator.state == before[2]


def test_what_a_function_holds_is_found_in_closures_globals_and_self():
    class Layer:
        def __init__(self):
            self.weights = np.ones(2)

        def forward(self, x):
            return self.weights * x

    scale = np.full(2, 3.0)
    assert "self.weights" in dict(held(Layer().forward))
    assert "scale" in dict(held(lambda x: x * scale))
    assert "GENERATOR" in dict(held(helper))


def test_a_held_array_that_changes_is_named():
    def count(x):
        TABLE[0] += 1
        return x

    watched = Watched(count)
    assert watched.changed() == []
    count(1.0)
    assert watched.changed() == ["TABLE"]
