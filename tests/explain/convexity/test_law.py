"""The law of all proofs: whatever the function, a certificate never contradicts numbers.

Run by hand over thousands: `for seed in range(100, 10_000): holds(seed)`.
"""

import numpy as np
import pytest

from chainrule.core.errors import ChainruleError, UnverifiedError
from chainrule.explain.convexity import asking, verdict_of
from chainrule.syntax import read
from tests.explain.convexity.random_functions import random_function


def holds(seed):
    """(verdict) of a random function; fails where a proof contradicts numbers, or a counter-example does not hold."""
    text, wrt, declare = random_function(seed)
    try:
        problem = read(text, declare)
        names = [n for n in wrt if n in problem.variables]
        if problem.dims or not names:
            return None
        found = verdict_of(problem, names, seed=seed, hints=False)
    except UnverifiedError:
        raise
    except ChainruleError:
        return None
    for witness in found.witnesses.values():
        assert (witness.gap < 0) == (witness.against == "convex")
    assert bool(found.proof) == (found.verdict in ("convex", "concave", "affine"))
    return found.verdict


@pytest.mark.parametrize("block", range(8))
def test_a_certificate_never_contradicts_numbers(block, monkeypatch):
    monkeypatch.setattr(asking, "CHECKED", 6)
    monkeypatch.setattr(asking, "CHORDS", 30)
    verdicts = [holds(seed) for seed in range(9000 + 12 * block, 9012 + 12 * block)]
    assert len([v for v in verdicts if v]) > 6


def test_a_proof_that_numbers_contradict_is_not_shown(monkeypatch):
    monkeypatch.setattr(asking.Sampled, "gap", lambda self, one, other: (-1.0, 1e-12))
    with pytest.raises(UnverifiedError) as error:
        verdict_of(read("x^2 + 1"), ["x"])
    assert "a proof that the function is convex contradicts numbers, so it is not shown" in str(error.value)


def test_a_printed_second_derivative_that_is_wrong_is_not_shown(monkeypatch):
    monkeypatch.setattr(asking.Sampled, "bend", lambda self, values, v, u=None: 17.0 + np.sum(v))
    with pytest.raises(UnverifiedError) as error:
        verdict_of(read("x^2 + exp(x)"), ["x"])
    assert "the second derivative is printed as" in str(error.value)
