"""`chainrule diagnose`: layers, formulas, and code named as module:name."""

import json

import numpy as np
import pytest

from chainrule import cli

CODE = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.fc1, self.fc2 = nn.Linear(10, 32), nn.Linear(32, 3)
        with torch.no_grad():
            self.fc1.bias.fill_(-40.0)

    def forward(self, x):
        print("hello")
        return self.fc2(torch.relu(self.fc1(x)))

def healthy():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 3))

def jax_loss(params, x, y):
    import jax.numpy as jnp
    return jnp.mean((jnp.tanh(x @ params["W"]) - y[:, None]) ** 2)
"""


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(CODE, encoding="utf-8")
    rng = np.random.default_rng(0)
    np.savez("batch.npz", x=rng.normal(size=(32, 10)), y=rng.integers(3, size=32))
    np.savez("params.npz", W=rng.normal(size=(10, 4)) / 3)

    def run(*words):
        code = cli.run(["diagnose", *words])
        return (code, *capsys.readouterr())

    return run


def test_a_module_with_dead_units_is_an_alarm(run):
    code, out, err = run("nets.py:Net", "--batch", "batch.npz", "--loss", "cross_entropy")
    assert code == 1 and "hello" not in out
    assert out.startswith("culprit   relu: dead units\ncause     relu′ = 0: all 32 units have slope 0 in every sample")
    assert "what if   fc1.bias = 0 → ‖∂fc1.weight‖ 0 → " in out and "◀ dead units" in out


def test_a_module_that_a_function_makes_is_healthy(run):
    code, out, _ = run("nets.py:healthy", "--batch", "batch.npz", "--loss", "cross_entropy")
    assert code == 0 and out.startswith("healthy   no alarm: 4 parameters with gradients from ")


def test_a_jax_function_with_its_parameters(run):
    code, out, _ = run("nets.py:jax_loss", "--batch", "batch.npz", "--params", "params.npz", "--json")
    found = json.loads(out)
    assert code == 0 and found["kind"] == "diagnosis" and found["framework"] == "jax" and found["healthy"] is True


def test_layers_with_saturated_units(run):
    code, out, _ = run("dense 3, sigmoid, dense 1, mse", "--input", "2", "--batch", "16", "--set", "b1=(20, -20, 20)", "--json")
    found = json.loads(out)
    assert code == 1 and (found["cause"], found["layer"]) == ("saturated", "A1")
    assert found["what_if"] and all(w["after"] is None or w["after"] >= 0 for w in found["what_if"])


def test_the_picture_is_written(run, tmp_path):
    run("nets.py:Net", "--batch", "batch.npz", "--loss", "cross_entropy", "--svg", "bars.svg:gradients", "--only-look")
    assert (tmp_path / "bars.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    "words, code, says",
    [
        (("nets.py:Nett", "--batch", "batch.npz"), 2, "did you mean `nets.py:Net`?"),
        (("nets.py:Net", "--batch", "batch.npz", "--loss", "cros_entropy"), 2, "did you mean `cross_entropy`?"),
        (("nets.py:Net", "--batch", "batch.npz"), 2, "loss='mse'"),
        (("nets.py:Net",), 2, "the batch is missing"),
        (("nets.py:Net", "--batch", "none.npz"), 2, "No such file"),
        (("nets.py:Net", "--batch", "batch.npz", "--set", "a=1"), 2, "--set is for formulas"),
        (("dense 3, sigmoid, dense 1, mse",), 2, "--input 2"),
        (("dense 3, sigmod, dense 1, mse", "--input", "2"), 2, "did you mean `sigmoid`?"),
        (("A x",), 2, "gradients come back from one number"),
        (("dense 1, mse", "--input", "2", "--loss", "mse"), 2, "are for code"),
        ((), 2, "FUNCTION is missing"),
    ],
)
def test_what_cannot_be_asked_is_refused(run, words, code, says):
    found, out, err = run(*words)
    assert out == "" and says in err and found == code
