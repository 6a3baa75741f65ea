"""Verdicts on functions of which they are known: the forty of the comparison with CVXPY, and a corpus beside them."""

import numpy as np
import pytest

from bench.convex_functions import BEYOND, CONVEX, FUNCTIONS, NOT_CONVEX
from chainrule.explain.convexity import verdict_of
from chainrule.syntax import read
from tests.explain.convexity import corpus

REFUTED = ("neither", "not convex", "concave")


def asked(text, wrt, declare, **options):
    return verdict_of(read(text, declare), [n.strip() for n in wrt.split(",")], **options)


def confirmed(found, witness):
    """Whether a counter-example holds by values of the function alone: a chord on the wrong side."""
    values, f = witness.values, lambda at: float(found.problem.evaluate({**values, **at}))
    v = witness.direction
    if witness.end is None:
        ends = [{n: values[n] + s * witness.step * v[n] for n in v} for s in (-1, 1)]
        middle = {}
    else:
        ends = [{n: values[n] for n in v}, witness.end]
        middle = {n: (values[n] + witness.end[n]) / 2 for n in v}
    gap = (f(ends[0]) + f(ends[1])) / 2 - f(middle)
    return gap < 0 if witness.against == "convex" else gap > 0


@pytest.mark.parametrize("function", CONVEX, ids=lambda f: f.name)
def test_the_twenty_convex_functions_of_the_list_are_certified_in_every_spelling(function):
    for text in (function.text, *function.others):
        found = asked(text, function.wrt, function.declare)
        assert found.verdict == "convex" and found.proof and found.verified.chords > 3
        assert found.verified.lowest is None or found.verified.lowest > -1e-6


@pytest.mark.parametrize("function", NOT_CONVEX, ids=lambda f: f.name)
def test_the_twelve_that_are_not_are_refuted_by_a_counter_example_that_holds(function):
    found = asked(function.text, function.wrt, function.declare)
    assert found.verdict in REFUTED and found.proof == []
    witness = found.witnesses["convex"]
    assert confirmed(found, witness)
    assert witness.curvature is None or witness.curvature < 0
    assert witness.exact is None or witness.exact < 0
    every = np.concatenate([np.ravel(x) for x in (*witness.values.values(), *witness.direction.values())])
    assert (every * 6 == np.round(every * 6)).all() and np.abs(every).max() <= 4  # in small numbers


@pytest.mark.parametrize("function", BEYOND, ids=lambda f: f.name)
def test_of_what_is_beyond_the_rules_nothing_is_claimed_that_is_not_true(function):
    found = asked(function.text, function.wrt, function.declare)
    assert "convex" not in found.witnesses
    if found.proof:
        assert function.truth.startswith(found.verdict)
    else:
        assert found.verdict == "not decided" and found.reason.startswith("not decided: ")


def test_there_are_forty():
    assert [len(CONVEX), len(NOT_CONVEX), len(BEYOND), len(FUNCTIONS)] == [20, 12, 8, 40]


@pytest.mark.parametrize("text, wrt, declare", corpus.CONVEX, ids=lambda x: x if isinstance(x, str) else "")
def test_further_convex_functions_are_certified(text, wrt, declare):
    assert asked(text, wrt, declare, hints=False).verdict == "convex"


@pytest.mark.parametrize("text, wrt, declare", corpus.CONCAVE, ids=lambda x: x if isinstance(x, str) else "")
def test_concave_functions_are_certified(text, wrt, declare):
    assert asked(text, wrt, declare, hints=False).verdict == "concave"


@pytest.mark.parametrize("text, wrt, declare", corpus.AFFINE, ids=lambda x: x if isinstance(x, str) else "")
def test_affine_functions_are_called_so(text, wrt, declare):
    found = asked(text, wrt, declare)
    assert found.verdict == "affine" and not found.witnesses


@pytest.mark.parametrize("text, wrt, declare", corpus.REFUTED, ids=lambda x: x if isinstance(x, str) else "")
def test_functions_that_are_not_convex_are_refuted(text, wrt, declare):
    found = asked(text, wrt, declare, hints=False)
    assert found.verdict in ("neither", "not convex") and confirmed(found, found.witnesses["convex"])


@pytest.mark.parametrize("text, wrt, declare", corpus.CONVEX[::3], ids=lambda x: x if isinstance(x, str) else "")
def test_the_negative_of_a_convex_function_is_concave(text, wrt, declare):
    assert asked(f"-({text})", wrt, declare, hints=False).verdict == "concave"
