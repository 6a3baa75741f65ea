"""Points are clear of kinks, finite and well conditioned, or there is a reason why not."""

from __future__ import annotations

import numpy as np

from chainrule.core.dims import dim
from chainrule.numeric.kinks import CLEAR, NoPoint, find_point, threshold

n = dim("n")
VARIABLES = [("x", (n,), frozenset())]


def find(f, margin=None, index=0, claim=lambda v: np.zeros(1)):
    with np.errstate(all="ignore"):
        return find_point(f, claim, margin, VARIABLES, "x", index)


def test_a_point_is_clear_of_kinks():
    for index in range(20):
        point = find(lambda v: np.sum(np.abs(v["x"] - 0.7)), lambda v: np.min(np.abs(v["x"] - 0.7)), index)
        assert point.margin >= 0.01 and np.min(np.abs(point.values["x"] - 0.7)) == point.margin


def test_the_threshold_falls():
    assert threshold(0) == CLEAR > threshold(10) > threshold(30) > 0


def test_the_domain_is_found():
    assert np.all(find(lambda v: np.log(v["x"])).values["x"] > 0)
    assert np.all(find(lambda v: np.log(1 - v["x"] ** 2)).values["x"] < 1)


def test_reasons():
    assert isinstance(find(lambda v: np.sqrt(-1 - v["x"] ** 2)), NoPoint)
    assert "kink" in find(lambda v: v["x"], lambda v: 0.0).reason
    assert "singular" in find(lambda v: np.linalg.slogdet(np.outer(v["x"], v["x"]))[1]).reason
    assert "claimed" in find(lambda v: v["x"], claim=lambda v: v["x"] * np.nan).reason
    assert "cannot be evaluated" in find(lambda v: np.linalg.inv(np.zeros((2, 2)))).reason
