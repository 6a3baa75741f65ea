"""The law of the check: on the corpus no wrong gradient passes, no right one is called wrong, and the causes are named.

The whole corpus takes minutes: here runs one wrong gradient for each cause, some more of PyTorch and JAX, and one right one in three.
CHAINRULE_CORPUS=all runs all of it; so does `bench/gradient_checkers.py`, beside other checkers. The labels are confirmed by
automatic differentiation in float64 (`corpus/confirm.py`), here a few of them, and all by `python -m tests.checking.corpus.confirm`.
"""

import os
import warnings

import pytest

import chainrule as cr
from chainrule.checking.causes.table import CAUSES

from tests.checking import corpus
from tests.checking.corpus.confirm import confirmed
from tests.checking.corpus.item import ANY

NAMED = 0.9  # of the causes
PLACED = 0.97  # of the arguments and entries
CALLS = 60  # of the function, for a right gradient of a smooth function
ROUGH = ("fixed point to a tolerance", "large constant beside a small function")  # no smooth functions, as they are computed
ALL = os.environ.get("CHAINRULE_CORPUS") == "all"
FIRST = {item.causes[0]: item for item in reversed(corpus.WRONG)}
OTHERS = [item for item in corpus.WRONG if item.framework != "numpy"][::9]
WRONG = corpus.WRONG if ALL else [item for item in corpus.WRONG if item in {*FIRST.values(), *OTHERS}]
RIGHT = corpus.RIGHT if ALL else corpus.RIGHT[::3]
CONFIRMED = [*WRONG, *RIGHT] if ALL else [*WRONG[::10], *RIGHT[::6]]
SEEN = {}  # the reports of this run, so that each item is checked once


def report(item):
    if item not in SEEN:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the items' own: overflow, lost precision
            SEEN[item] = cr.check(**item.make())
    return SEEN[item]


@pytest.mark.parametrize("item", WRONG, ids=str)
def test_no_wrong_gradient_passes(item):
    found = report(item)
    assert found.verdict == "wrong", found
    assert len(str(found).splitlines()) <= 24
    assert found.cause is None or found.cause in CAUSES


@pytest.mark.parametrize("item", RIGHT, ids=str)
def test_no_right_gradient_is_called_wrong(item):
    found = report(item)
    assert found.verdict in item.verdicts, found
    assert found.cause is None or found.verdict == "not checkable"


def share(holds):
    holds = list(holds)
    return sum(holds) / len(holds)


def test_the_cause_is_named():
    said = [(item, report(item).cause) for item in WRONG if item.causes != (ANY,)]
    missed = [f"{item}: {cause}, not {' or '.join(item.causes)}" for item, cause in said if cause not in item.causes]
    assert share(cause in item.causes for item, cause in said) >= NAMED, "\n".join(missed)


def test_the_argument_and_the_entry_are_named():
    arguments = [(item, report(item).argument) for item in WRONG if item.arguments]
    missed = [f"{item}: {name}, not {' or '.join(item.arguments)}" for item, name in arguments if name not in item.arguments]
    assert share(name in item.arguments for item, name in arguments) >= PLACED, "\n".join(missed)
    entries = [(str(item), report(item).index, item.index) for item in WRONG if item.index is not None]
    assert [name for name, index, expected in entries if index != expected] == []


def test_a_right_gradient_passes_in_60_calls():
    smooth = [item for item in RIGHT if not item.kink and report(item).right]
    over = [f"{item}: {report(item).evaluations}" for item in smooth if report(item).evaluations > CALLS and item.name not in ROUGH]
    assert not over, "\n".join(over)


def test_one_wrong_entry_of_a_million_is_named_in_200_calls():
    large = [item for item in corpus.WRONG if item.name.startswith("a million entries")][:: 1 if ALL else 2]
    assert len(large) == (3 if ALL else 2)
    assert [(str(item), report(item).evaluations) for item in large if report(item).evaluations > 200] == []


def test_the_corpus_is_as_large_as_its_bars():
    assert len(corpus.WRONG) >= 150 and len(corpus.RIGHT) >= 90
    assert {item.framework for item in WRONG} == {item.framework for item in RIGHT} == {"numpy", "torch", "jax"}
    assert len({str(item) for item in corpus.ITEMS}) == len(corpus.ITEMS)
    words = {word for item in corpus.WRONG for word in item.causes if word != ANY}
    assert words <= set(CAUSES)
    assert {"factor", "sign", "transposed", "missing-term", "doubled-term", "batch-sum", "mean", "axis", "chain-factor",
            "activation-point", "softmax-diagonal", "elementwise-product", "detached", "stale", "in-place", "narrow",
            "some-entries", "half-space", "second-order"} <= words  # fmt: skip


@pytest.mark.parametrize("item", CONFIRMED, ids=str)
def test_the_labels_are_confirmed_by_automatic_differentiation(item):
    assert confirmed(item) is None
