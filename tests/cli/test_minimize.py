"""`chainrule minimize`."""

import json
import shlex

import numpy as np
import pytest

from chainrule import cli
from chainrule.cli import minimize
from chainrule.training.methods import METHODS
from chainrule.training.minimize import MOST_ITERATIONS

RIDGE = "||X w - y||^2 + lam ||w||^2"


@pytest.fixture
def here(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 3))
    np.savez("data.npz", X=X, y=X @ [1.0, 2.0, 3.0])
    np.save("alone.npy", X)
    np.savez("objects.npz", X=np.array([{}, 1], dtype=object))
    np.savez("holes.npz", X=np.full((20, 3), np.nan), y=np.ones(20))

    def run(*arguments):
        code = cli.run(["minimize", *arguments])
        return (code, *capsys.readouterr())

    return run


def test_a_minimum_is_told_drawn_and_saved(here):
    code, out, err = here(RIDGE, "--wrt", "w", "--data", "data.npz", "--set", "lam=0", "--plot", "p.svg", "--save", "w.npz")
    assert code == 0 and "w         [1. 2. 3.]" in out and "verified  no entry of ∇f" in out
    assert err == "written to p.svg\nwritten to w.npz\n"
    assert open("p.svg").read().startswith("<svg") and np.allclose(np.load("w.npz")["w"], [1, 2, 3])
    again, out, _ = here(RIDGE, "--data", "data.npz", "--set", "lam=0", "--start", "w.npz", "--wrt", "w")
    assert again == 0 and "0 iterations" in out


def test_json_holds_the_course_and_ascii_no_other_letters(here):
    code, out, _ = here(RIDGE, "--data", "data.npz", "--set", "lam=1", "--json")
    assert code == 0 and json.loads(out)["history"][0]["value"] > 0
    code, out, _ = here(RIDGE, "--data", "data.npz", "--set", "lam=1", "--ascii")
    assert code == 0 and out.isascii()


def test_the_exit_code_says_when_it_is_no_minimum(here):
    code, out, _ = here(RIDGE, "--data", "data.npz", "--set", "lam=1", "--method", "lbfgs", "--iterations", "1")
    assert code == 1 and "not verified  stopped after 1 iteration;" in out


def test_what_does_not_fit_is_refused(here):
    for arguments, said in [
        ((RIDGE, "--data", "dat.npz", "--set", "lam=1"), "did you mean `data.npz`?"),
        ((RIDGE, "--data", "alone.npy", "--set", "lam=1"), "the array in `alone.npy` has no name"),
        ((RIDGE, "--data", "data.npz", "--set", "lam"), "--set takes NAME=NUMBER, not `lam`"),
        ((RIDGE, "--data", "data.npz", "--set", "lam=1", "--size", "n=x"), "--size takes NAME=N, not `n=x`"),
        ((RIDGE, "--data", "data.npz", "--set", "lam=1", "--save", "no/w.npz"), "`no/w.npz` cannot be written"),
        ((RIDGE, "--data", "data.npz", "--set", "mu=1"), "`mu` is no variable of the function"),
        ((RIDGE, "--data", "objects.npz", "--set", "lam=1"), "`objects.npz` holds no arrays"),
        ((RIDGE, "--data", "data.npz", "--set", "lam=1", "--plot", "p.png"), "--plot draws an .svg, not `p.png`"),
        ((RIDGE, "--data", "data.npz", "--set", "lam=1", "--tolerance", "-1"), "no search ends at this tolerance"),
        ((), "FUNCTION is missing"),
    ]:
        code, _, err = here(*arguments)
        assert code == 2 and said in err, (arguments, err)


def test_data_with_holes_are_named(here):
    code, out, err = here(RIDGE, "--data", "holes.npz", "--set", "lam=1")
    assert code in (1, 2) and not out and "look for NaN and inf in `X`" in err


def test_the_examples_of_the_help_run(here):
    np.savez("M.npz", M=np.random.default_rng(0).normal(size=(8, 7)))
    examples = [line for line in minimize.HELP.splitlines() if line.strip().startswith("chainrule minimize")]
    assert len(examples) == 2
    for line in examples:
        code, out, err = here(*shlex.split(line)[2:])
        assert code == 0 and "verified" in out, err


def test_the_methods_and_limits_are_those_of_minimize():
    options = {option.name: option for option in minimize.command.params}
    assert set(options["method"].type.choices) == set(METHODS)
    assert options["iterations"].default == MOST_ITERATIONS
