"""`chainrule backprop`."""

import io
import json

import numpy as np
import pytest

from chainrule import cli

NET = "dense 3, sigmoid, dense 1, mse"


@pytest.fixture
def here(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.txt").write_text("h = relu(W x + b)\nL = ||V h - y||^2\n", encoding="utf-8")
    values = {"W": np.ones((3, 2)), "x": [1, 2], "b": np.zeros(3), "V": np.ones((2, 3)), "y": [0, 1]}
    (tmp_path / "values.json").write_text(json.dumps({n: np.asarray(x).tolist() for n, x in values.items()}), encoding="utf-8")

    def run(*arguments):
        code = cli.run(["backprop", *arguments])
        return (code, *capsys.readouterr())

    return run


def test_layers_are_told_and_drawn(here):
    code, out, err = here(NET, "--input", "2", "--svg", "graph.svg", "--html", "pass.html")
    assert code == 0 and out.startswith("network   dense 3, sigmoid, dense 1, mse") and "δ₁xᵀ" in out
    assert set(err.splitlines()) == {"written to graph.svg", "written to pass.html"}
    assert open("graph.svg").read().startswith("<svg") and "<details" in open("pass.html", encoding="utf-8").read()
    assert here(NET, "--input", "2", "--svg", "bars.svg:gradients")[0] == 0


def test_a_formula_comes_from_a_file_or_stdin_with_its_values(here, monkeypatch):
    code, out, _ = here("net.txt", "--at", "values.json")
    assert code == 0 and "L = ‖r‖² = 145" in out and "drawn" not in out
    text = open("net.txt", "rb").read()
    monkeypatch.setattr("sys.stdin", type("In", (), {"isatty": lambda s: False, "buffer": io.BytesIO(text)})())
    assert here("-", "--at", "values.json")[1] == out


def test_one_step_numbers_layout_and_json(here):
    assert here(NET, "--input", "2", "--step", "5")[1].startswith("step      5 of 7: from a1 back to z1")
    assert "∂z2/∂a1 = W2" in here(NET, "--input", "2", "--jacobians")[1]
    assert "xδ₁" in here(NET, "--input", "2", "--layout", "row")[1]
    ascii = here("9 x (dense 3, layer norm, tanh), dense 1, mse", "--input", "2", "--batch", "3", "--ascii")[1]
    assert ascii.isascii() and "\\u" not in ascii.lower()
    data = json.loads(here(NET, "--input", "2", "--batch", "4", "--json")[1])
    assert data["steps"][0]["shape"] == [4, 3] and data["verified"]["ok"]
    assert json.loads(here("attention, mean pool, mse", "--input", "4x3", "--json")[1])["network"]["layers"][0]["kind"] == "attention"


@pytest.mark.parametrize("arguments, code, said", [
    ((NET,), 2, "how many numbers go into the network?"), (("dense 3, sigmid, mse", "--input", "2"), 2, "did you mean `sigmoid`?"),
    ((NET, "--input", "two"), 2, "--input takes N, or 5x4 for a sequence, not `two`"), ((NET, "--input", "2", "--html", "x.pdf"), 2, "--html writes an .html"),
    ((NET, "--input", "2", "--step", "9"), 2, "the backward pass has 7 steps"), (("||A x||^2", "--set", "q=1"), 2, "`q` is no variable"),
    (("A x - b",), 2, "gradients come back from one number"), ((), 2, "FUNCTION is missing"),
    ((NET, "--input", "2", "--svg", "x.svg:grph"), 2, "did you mean `graph`?"),
    (("dense 2, log, mse", "--input", "2", "--set", "W1=[[0, 0], [0, 0]], b1=(-1, -1)"), 1, ""),
])  # fmt: skip
def test_what_is_wrong_is_said_with_its_exit_code(here, arguments, code, said):
    found, _, err = here(*arguments)
    assert found == code and said in err
