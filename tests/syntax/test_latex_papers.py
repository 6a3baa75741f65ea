"""LaTeX as papers write it: each formula evaluates to what an independent NumPy function of the same arrays gives."""

import random
import re

import numpy as np
import pytest

from chainrule.core.errors import ChainruleError
from chainrule.derivation.derive import derive
from chainrule.syntax import read
from tests.data.paper_latex import PAPERS

LEAST_READ = 65  # of 67: what is measured (67), less two


def _one_hot(rng, shape):
    return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]


def _posdef(rng, shape):
    a = rng.normal(size=shape)
    return a @ a.T + shape[0] * np.eye(shape[0])


KINDS = {
    "positive": lambda rng, shape: rng.uniform(0.3, 1.8, shape),
    "open01": lambda rng, shape: rng.uniform(0.1, 0.9, shape),
    "pm1": lambda rng, shape: rng.choice([-1.0, 1.0], shape),
    "binary": lambda rng, shape: rng.integers(0, 2, shape).astype(float),
    "simplex": lambda rng, shape: rng.dirichlet(np.ones(shape[-1]), shape[:-1] or None),
    "onehot": _one_hot,
    "posdef": _posdef,
    "small": lambda rng, shape: rng.uniform(-0.2, 0.2, shape),
    "large": lambda rng, shape: rng.uniform(5.0, 6.0, shape),
}


def values_of(paper, seed):
    """Name → array, as `shapes` says; sizes differ from letter to letter and from seed to seed."""
    rng, sizes, values = np.random.default_rng(seed), {}, {}
    lengths = list(rng.permutation([3, 4, 5, 6, 7]))
    for item in paper.shapes.split(", "):
        name, _, words = item.partition(": ")
        kind = next((w for w in words.split() if w in KINDS), None)
        letters = [w for w in words.split() if w not in KINDS and w not in ("scalar", "size")]
        for letter in letters:
            if letter not in sizes:
                sizes[letter] = int(lengths.pop())
        shape = tuple(sizes[c] for c in letters)
        draw = KINDS.get(kind) or (lambda rng, shape: rng.normal(size=shape))
        values[name] = float(sizes[name]) if words == "size" else draw(rng, shape)
    return values, {name: float(size) for name, size in sizes.items() if name not in values}


def known(name):
    return "lam" + name[6:] if name.startswith("lambda") else name


def agrees(paper, problem, seeds=(1, 2, 3)):
    """The largest relative difference of what was read and what is meant."""
    worst = 0.0
    for seed in seeds:
        values, sizes = values_of(paper, seed)
        expected = np.asarray(paper.meaning(*values.values()))
        every = {known(n): v for n, v in {**sizes, **values}.items()}  # 1/n may be written without a sum over n
        given = {n: every[n] for n in problem.variables}
        found = np.asarray(problem.evaluate(given))
        assert found.shape == expected.shape, f"shape {found.shape}, meant {expected.shape}"
        worst = max(worst, float(abs(found - expected).max() / max(1.0, abs(expected).max())))
    return worst


@pytest.fixture(scope="module")
def outcomes():
    """What became of each formula: "right", or the error that refused it. A wrong reading is an error of this file."""
    found = {}
    for paper in PAPERS:
        try:
            problem = read(paper.latex, paper.declare or None)
        except ChainruleError as error:
            found[paper.name] = error
            continue
        assert agrees(paper, problem) < 1e-9, f"{paper.name} is read as {problem.echo}"
        found[paper.name] = "right"
    return found


def test_every_formula_is_read_right_or_refused_at_a_place_in_it(outcomes):
    for name, outcome in outcomes.items():
        assert outcome == "right" or ("^ column" in str(outcome) and outcome.expected), name


def test_nearly_every_formula_is_read_right(outcomes):
    refused = [name for name, outcome in outcomes.items() if outcome != "right"]
    assert len(PAPERS) >= 60 and len(PAPERS) - len(refused) >= LEAST_READ, refused


@pytest.mark.parametrize("paper", PAPERS, ids=[p.name for p in PAPERS])
def test_what_is_read_has_a_verified_derivative(paper, outcomes):
    if outcomes[paper.name] == "right":
        d = derive(paper.latex, known(paper.wrt), declare=paper.declare or None)
        assert d.seal.ok and len(d.text) > 0


@pytest.mark.parametrize("paper", PAPERS, ids=[p.name for p in PAPERS])
def test_a_formula_that_is_cut_off_is_never_a_crash(paper):
    for stop in range(0, len(paper.latex), 3):
        try:
            read(paper.latex[:stop], paper.declare or None)
        except ChainruleError as error:
            assert error.problem


def test_a_formula_with_a_slip_is_never_a_crash():
    """Commands and signs dropped, doubled and exchanged, some two thousand times."""
    rng = random.Random(7)
    signs = {paper: re.findall(r"\\[A-Za-z]+|\\.|.", paper.latex, re.S) for paper in PAPERS}
    for paper in PAPERS * 30:
        slipped = list(signs[paper])
        at = rng.randrange(len(slipped))
        slipped[at : at + 1] = rng.choice([[], slipped[at : at + 1] * 2, [rng.choice(signs[rng.choice(PAPERS)])]])
        try:
            read("".join(slipped), paper.declare or None)
        except ChainruleError as error:
            assert error.problem
