"""`chainrule curvature` and `chainrule forecast`."""

import json
import shlex

import numpy as np
import pytest

from chainrule import cli
from chainrule.cli import forecast


@pytest.fixture
def here(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("data.npz", X=np.random.default_rng(0).normal(size=(20, 3)), t=np.ones(20))

    def run(*arguments):
        code = cli.run(list(arguments))
        return (code, *capsys.readouterr())

    return run


def test_a_curvature_is_told_and_drawn(here):
    code, out, err = here("curvature", "(1-x)^2 + 100 (y-x^2)^2", "--at", "x=1, y=1", "--svg", "a.svg:axes", "--width", "360")
    assert code == 0 and "gradient  zero to rounding: a strict local minimum" in out and err == "written to a.svg\n"
    assert open("a.svg").read().startswith("<svg")
    code, out, _ = here("curvature", "mean(log(1+exp(-t .* (X w))))", "--wrt", "w", "--data", "data.npz", "--at", "w=(0,0,0)", "--json")
    assert code == 0 and json.loads(out)["definiteness"] == "positive definite"


@pytest.mark.parametrize("example", [forecast.EXAMPLE, *[line.strip() for line in forecast.HELP.split("\n") if line.startswith("  chainrule")]])
def test_the_examples_of_the_help_work(here, example):
    code, out, err = here(*shlex.split(example)[1:])
    assert code == 0 and "it does not fit" in out and not err


def test_a_forecast_is_told_without_computing(here):
    code, out, _ = here("forecast", "sum(log(1 + exp(-y .* (X w))))", "--wrt", "w", "--size", "d=1e6", "--shape", "X: n d, w: d, y: n", "--memory", "16GB")
    assert code == 0 and "8 TB, 4 TB in float32" in out and "it does not fit" in out and "cr.hvp(f, 'w')" in out
    code, out, _ = here("forecast", "softmax(A x)", "--wrt", "x", "--order", "1", "--size", "n=100", "--json")
    assert code == 0 and json.loads(out)["order"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["curvature", "x^2 +"], 2, "ParseError"),
        (["curvature"], 2, "FUNCTION is missing"),
        (["curvature", "||A x||^2"], 2, "which variables move?"),
        (["curvature", "x^2", "--svg", "a.png"], 2, "--svg draws an .svg"),
        (["curvature", "x^2", "--at", "x=1", "--svg", "a.svg:axis"], 2, "there is no picture"),
        (["forecast", "||A x||^2", "--wrt", "x", "--size", "n=many"], 2, "NAME=N"),
        (["forecast", "||A x||^2", "--wrt", "x", "--size", "n=1e400"], 2, "NAME=N"),
        (["forecast", "||A x||^2", "--wrt", "x", "--memory", "much"], 2, "no number of bytes"),
        (["forcast", "x"], 2, "forecast"),
    ],
)
def test_a_wrong_command_line_is_told_what_is_wrong(here, arguments, code, word):
    found, out, err = here(*arguments)
    assert (found, word in err) == (code, True), err
    assert "Traceback" not in err
