"""Functions of practice, unchanged: their gradients against numeric differences of the functions themselves."""

import json
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.numeric import draw
from tests.syntax.practice import FUNCTIONS

CASES = json.loads((Path(__file__).parents[1] / "data" / "derivatives.json").read_text(encoding="utf-8"))
ASKED = [(f, shapes, wrt) for f, shapes, wanted in FUNCTIONS for wrt in wanted.split() or [next(iter(shapes))]]
STEP = 1e-5


def differences(call, values, wrt):
    """The derivative of a function of arrays by central differences, axes of the value first."""
    x = values[wrt]
    columns = []
    for place in np.ndindex(*x.shape):
        h = np.zeros_like(x)
        h[place] = STEP
        ahead, behind = (np.asarray(call({**values, wrt: x + s * h})) for s in (1, -1))
        columns.append((ahead - behind) / (2 * STEP))
    return np.moveaxis(np.array(columns), 0, -1).reshape(np.shape(columns[0]) + x.shape)


def agrees(function, shapes, wrt, order=1):
    found = cr.derive(function, wrt, order=order, **shapes)
    assert found.verified and found.seal.called == 3
    variables = [v[:3] for v in found.problem.every.values()]
    for index in (1, 2):
        _, values = draw(variables, index, seed=7)
        expected = differences(found.problem.call, values, wrt)  # the person's own function
        scale = max(1.0, np.max(np.abs(expected)))
        assert found.compile()(**values) == pytest.approx(expected, rel=1e-5, abs=1e-6 * scale)
        assert found.rendering.evaluate(values) == pytest.approx(expected, rel=1e-5, abs=1e-6 * scale)
    return found


@pytest.mark.parametrize("function, shapes, wrt", ASKED, ids=[f"{f.__name__}-{wrt}" for f, _, wrt in ASKED])
def test_functions_of_practice_have_their_gradients(function, shapes, wrt):
    agrees(function, shapes, wrt)


@pytest.mark.parametrize("case", [c for c in CASES if c["body"]], ids=lambda c: c["id"])
def test_bodies_of_the_cases_run_unchanged(case):
    body = "\n".join("    " + line for line in case["body"].splitlines())
    space = {"np": np}
    exec(f"def function({', '.join(case['vars'])}):\n{body}", space)  # the sample's own code, not input of ours
    shapes = {n: " ".join([*map(str, dims or ["scalar"]), *case["assume"].get(n, [])]) for n, dims in case["vars"].items()}
    agrees(space["function"], shapes, case["wrt"])


def test_the_derivative_of_a_deep_network_is_a_program_of_a_few_lines_a_layer():
    def network(x, Ws, y):
        h = x
        for W in Ws:
            h = np.tanh(W @ h)
        return np.sum((h - y) ** 2)

    found = cr.grad(network, "Ws_0", x="d", Ws=["d d"] * 32, y="d", seal=False)
    assert found.text and len(found.compile().source.splitlines()) < 32 * 4
