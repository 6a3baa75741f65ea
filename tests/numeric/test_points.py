"""Points respect the declared facts, differ in their sizes, and are the same on every run."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.core.dims import dim
from chainrule.core.facts import BOUNDING, FACTS, implied
from chainrule.numeric.points import draw, sample, sizes_of

m, n, k = dim("m"), dim("n"), dim("k")

PROPERTIES = {
    "positive": lambda x: np.all(x > 0),
    "nonneg": lambda x: np.all(x >= 0),
    "negative": lambda x: np.all(x < 0),
    "unit": lambda x: np.all(np.abs(x) < 1),
    "open01": lambda x: np.all((0 < x) & (x < 1)),
    "gt1": lambda x: np.all(x > 1),
    "symmetric": lambda x: np.array_equal(x, x.T),
    "posdef": lambda x: np.array_equal(x, x.T) and np.linalg.eigvalsh(x).min() > 0.4 and np.linalg.cond(x) < 5,
    "psd": lambda x: np.array_equal(x, x.T) and np.linalg.eigvalsh(x).min() > -1e-12,
    "invertible": lambda x: np.linalg.cond(x) < 5,
    "labels01": lambda x: set(np.unique(x)) == {0, 1},
    "labelspm1": lambda x: set(np.unique(x)) == {-1, 1},
    "mask01": lambda x: set(np.unique(x)) == {0, 1},
    "onehot": lambda x: set(np.unique(x)) <= {0, 1} and np.all(x.sum(-1) == 1),
    "prob": lambda x: np.all(x > 0) and np.allclose(x.sum(-1), 1),
    "sum1": lambda x: np.allclose(x.sum(-1), 1),
    "counts": lambda x: np.all(x >= 0) and np.array_equal(x, np.round(x)),
    "diagonal": lambda x: np.array_equal(x, np.diag(np.diag(x))) and np.all(np.diag(x) != 0),
    "orthogonal": lambda x: np.allclose(x.T @ x, np.eye(4)),
    "constant": lambda x: np.all(np.isfinite(x)),
}
OF_MATRICES = {"symmetric", "posdef", "psd", "invertible", "diagonal", "orthogonal"}


def test_every_word_for_a_fact_is_known_here():
    assert PROPERTIES.keys() == FACTS.keys()
    assert OF_MATRICES == {word for word, fact in FACTS.items() if fact.square} | {"orthogonal"}


@pytest.mark.parametrize("word", FACTS)
@pytest.mark.parametrize("seed", range(4))
def test_samples_show_what_a_fact_is_said_to_imply(word, seed):
    x = sample(np.random.default_rng(seed), (4, 4), {word})
    fact = FACTS[word]
    if fact.sign:
        assert {"+": x > 0, "0+": x >= 0, "-": x < 0}[fact.sign].all()
    if fact.values:
        assert set(np.unique(x)) <= {"01": {0, 1}, "±1": {-1, 1}}[fact.values]
    if fact.symmetric:
        assert np.array_equal(x, x.T)
    if fact.simplex:
        assert np.allclose(x.sum(-1), 1)  # a quotient by a sum, added up again
    if word in ("posdef", "psd"):
        assert np.linalg.eigvalsh(x).min() > 0


@pytest.mark.parametrize("word", FACTS)
@pytest.mark.parametrize("seed", range(4))
def test_samples_have_the_properties_that_a_fact_implies(word, seed):
    x = sample(np.random.default_rng(seed), (4, 4), {word})
    for simpler in implied(word):
        assert PROPERTIES[simpler](x), simpler


@pytest.mark.parametrize("word", FACTS)
@pytest.mark.parametrize("seed", range(4))
def test_samples_have_the_declared_property(word, seed):
    for shape in [(4, 4)] + ([] if word in OF_MATRICES else [(5,), (3, 5)]):
        assert PROPERTIES[word](sample(np.random.default_rng(seed), shape, {word})), shape


@pytest.mark.parametrize("word", BOUNDING)
@pytest.mark.parametrize("seed", range(3))
def test_samples_lie_in_the_interval_that_a_fact_says(word, seed):
    low, high, ends = BOUNDING[word]
    x = sample(np.random.default_rng(seed), (4, 3), {word})
    assert ((low <= x) & (x <= high)).all() and ("[" in ends or (x > low).all()) and ("]" in ends or (x < high).all())


def test_properties_combine():
    rng = np.random.default_rng(0)
    x = sample(rng, (4, 4), {"symmetric", "positive"})
    assert np.array_equal(x, x.T) and np.all(x > 0)
    x = sample(rng, (4, 4), {"diagonal", "posdef"})
    assert np.all(np.diag(x) > 0) and np.count_nonzero(x) == 4
    x = sample(rng, (4, 4), {"symmetric", "invertible"})
    assert np.array_equal(x, x.T) and np.linalg.cond(x) < 5


def test_stacks_of_matrices_have_the_property_item_by_item():
    x = sample(np.random.default_rng(0), (3, 4, 4), {"posdef"})
    assert all(np.linalg.eigvalsh(item).min() > 0.4 for item in x)


def test_rectangular_orthogonal_matrices_have_orthonormal_rows_or_columns():
    rng = np.random.default_rng(0)
    tall, wide = sample(rng, (5, 3), {"orthogonal"}), sample(rng, (3, 5), {"orthogonal"})
    assert np.allclose(tall.T @ tall, np.eye(3)) and np.allclose(wide @ wide.T, np.eye(3))


def test_scalars_can_have_every_property_of_numbers():
    for word in set(PROPERTIES) - OF_MATRICES:
        assert sample(np.random.default_rng(0), (), {word}).shape == ()


def test_ordinary_values_are_of_moderate_size_and_of_both_signs():
    x = sample(np.random.default_rng(0), (200,))
    assert 0.2 <= np.abs(x).min() and np.abs(x).max() <= 1.5 and 50 < np.sum(x > 0) < 150


def test_scalars_take_both_signs_within_three_points_and_so_do_products_of_neighbours():
    scalars = [(name, (), frozenset()) for name in "abcd"]
    drawn = [draw(scalars, index)[1] for index in range(3)]
    for name in "abcd":
        assert {np.sign(values[name]).item() for values in drawn} == {-1, 1}
    for one, other in ("ab", "bc", "ac", "cd"):
        assert {np.sign(values[one] * values[other]).item() for values in drawn} == {-1, 1}


def test_sizes_tell_the_dimensions_apart():
    assert [tuple(sizes_of((m, n), index).values()) for index in range(3)] == [(3, 5), (7, 2), (4, 4)]
    assert sizes_of((m, n), 0, attempt=1) == {"m": 5, "n": 3}
    assert len(set(sizes_of((m, n, k), 0).values())) == 3


def test_fixed_sizes_are_respected_and_not_repeated():
    assert sizes_of((dim(3), m), 0) == {"m": 5}


def test_dimensions_that_are_computed_are_positive():
    for index in range(3):
        for attempt in range(6):
            sizes = sizes_of((n, k, n - k + 1, n - 2), index, attempt)
            assert sizes["n"] - sizes["k"] + 1 >= 1 and sizes["n"] >= 3


def test_a_point_is_the_same_every_time_and_attempts_differ():
    variables = [("A", (m, n), frozenset()), ("y", (m,), frozenset({"labelspm1"}))]
    (sizes, values), (_, again) = draw(variables), draw(variables)
    assert sizes == {"m": 3, "n": 5} and values["A"].shape == (3, 5)
    assert np.array_equal(values["A"], again["A"])
    assert not np.array_equal(values["y"], draw(variables, attempt=2)[1]["A"][0])
