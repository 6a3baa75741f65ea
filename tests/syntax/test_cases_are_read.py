"""Every case of the sample, in all its spellings: the value of the text, and of its graph, is that of the case's expression."""

import json
from pathlib import Path

import numpy as np
import pytest

from chainrule.syntax import read
from tests.reference import evaluate as graph_value

CASES = json.loads((Path(__file__).parents[1] / "data" / "derivatives.json").read_text(encoding="utf-8"))
SIZES = {"m": 4, "n": 5, "p": 3, "k": 2, "d": 6}
SPELLED = [(case, spelling) for case in CASES for spelling in ("plain", "expr", "body") if case[spelling]]

# Undeclared, these may be taken otherwise than the case means them: x of sin(x) is a vector by default, and a name
# that the case uses as a size is a variable.
OTHERWISE = {
    "scalar_elem/exp", "scalar_elem/log2", "scalar_elem/sin", "scalar_elem/cos", "scalar_elem/tan", "scalar_elem/arcsin",
    "scalar_elem/arctan", "scalar_elem/sinh", "scalar_elem/cosh", "scalar_elem/tanh", "scalar_elem/abs",
    "scalar_elem/softplus", "scalar_multi/angle-x", "hessian/scalar-tanh", "ml_loss/mse", "ml_loss/mse-bias",
    "ml_loss/bce-single-b", "ml_loss/kl-gauss-S", "ml_loss/kl-gauss-T", "ml_loss/ica", "neural_net/attention-K",
    "neural_net/attention-V", "neural_net/attention-jac-V", "neural_net/attention-jac-Q",
}  # fmt: skip


def declared(case):
    return {name: (dims, case["assume"].get(name, [])) for name, dims in case["vars"].items()}


def sample(case, rng):
    """Values of the case's variables that obey its assumptions."""
    values = {}
    for name, dims in case["vars"].items():
        shape = [d if isinstance(d, int) else SIZES[d] for d in dims]
        x = rng.standard_normal(shape)
        for fact in case["assume"].get(name, []):
            x = np.asarray(OBEYING[fact](x))
        values[name] = np.asarray(x)
    return values


def rows_of_identity(x):
    return np.eye(x.shape[-1])[np.arange(x.shape[0]) % x.shape[-1]] if x.ndim == 2 else np.eye(len(x))[1]


OBEYING = {
    "positive": lambda x: np.abs(x) + 0.3,
    "unit": lambda x: 0.9 * np.tanh(x),
    "open01": lambda x: 1 / (1 + np.exp(-x)),
    "gt1": lambda x: 1.2 + np.abs(x),
    "symmetric": lambda x: x + x.T,
    "posdef": lambda x: x @ x.T + np.eye(len(x)),
    "invertible": lambda x: x,
    "labels01": lambda x: (x > 0) * 1.0,
    "mask01": lambda x: (x > 0) * 1.0,
    "labelspm1": lambda x: np.where(x > 0, 1.0, -1.0),
    "onehot": rows_of_identity,
    "prob": lambda x: (np.abs(x) + 0.1) / np.sum(np.abs(x) + 0.1, axis=-1, keepdims=True),
    "counts": lambda x: np.floor(2 * np.abs(x)),
}


@pytest.mark.parametrize("case, spelling", SPELLED, ids=lambda v: v["id"] if isinstance(v, dict) else v)
def test_text_and_graph_have_the_value_of_the_expression(case, spelling):
    values = sample(case, np.random.default_rng(7))
    expected = np.asarray(eval(case["expr"], {"np": np, **values}))  # a trusted file
    problem = read(case[spelling], declared(case))
    assert problem.evaluate(values) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    lowered = problem.lower()
    assert [str(d) for d in lowered.node.dims] == [str(d) for d in problem.dims]
    assert graph_value(lowered.node, values, SIZES) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert set(lowered.symbols) == set(problem.variables)
    assert problem.echo and problem.echo_latex
    assert problem.margin(values) >= 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_undeclared_names_are_found_to_be_what_the_case_means(case):
    found = {name: len(v.dims) for name, v in read(case["plain"]).variables.items()}
    meant = {name: len(dims) for name, dims in case["vars"].items()}
    assert (found != meant) == (case["id"] in OTHERWISE)
