"""Arrays drawn by text have the facts that were declared."""

import numpy as np

from chainrule.core.facts import FACTS
from chainrule.derivation.drawn import DRAWN, SIGNED, drawing
from chainrule.numeric.points import INTERVALS


def drawn(shape, facts, manner="ordinary"):
    space = {"np": np, "rng": np.random.default_rng(0)}
    exec(SIGNED, space)
    return eval(drawing(shape, frozenset(facts), manner), space)


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
    assert np.allclose(drawn((3, 5), {"orthogonal"}) @ drawn((3, 5), {"orthogonal"}).T, np.eye(3))
    assert set(np.unique(drawn((9, 9), {"labelspm1"}))) == {-1, 1} and np.all(drawn((9,), {"positive"}) > 0)
    assert np.abs(drawn((9, 9), {"unit"})).max() < 1


def test_sizes_may_be_names():
    assert drawing(("n", "2*m"), {"onehot"}, "ordinary") == "np.eye((2*m))[rng.integers((2*m), size=(n,))]"
    assert drawing(("n",), {"positive"}, "ordinary") == "rng.uniform(0.2, 1.7, (n,))"
    assert drawing((), (), "small") == "0.3 * signed()"
