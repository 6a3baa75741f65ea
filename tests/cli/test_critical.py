"""`chainrule critical`."""

import json

import pytest

from chainrule import cli


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def running(*arguments):
        code = cli.run(["critical", *arguments])
        return (code, *capsys.readouterr())

    return running


def test_points_are_told_drawn_and_given_as_data(run):
    code, out, err = run("x^3 - 3x", "--svg", "p.svg")
    assert code == 0 and "x = −1   f = 2    maximum" in out and err == "written to p.svg\n"
    assert open("p.svg").read().startswith("<svg")
    code, out, _ = run("x^3 - 3x", "--json")
    assert code == 0 and [p["kind"] for p in json.loads(out)["points"]] == ["minimum", "maximum"]


def test_a_formula_is_told(run):
    code, out, _ = run("||X w - y||^2 + lam ||w||^2", "--wrt", "w")
    assert code == 0 and "w = (XᵀX + λI)⁻¹Xᵀy" in out and "certain for λ > 0" in out
    code, out, _ = run("||X w - y||^2", "--wrt", "w", "--set", "X=[[1, 0], [0, 2]]; y=(1, 2)")
    assert code == 0 and "w = (1, 1)" in out


@pytest.mark.parametrize("words, said", [
    (("x^2", "--wrt", "z"), "is not a variable"),
    (("A x", "--wrt", "x"), "only a function whose value is one number"),
    (("x^2", "--window", "-1"), "the window is no positive number"),
    (("x^2 +",), "has nothing on its right"),
])  # fmt: skip
def test_what_cannot_be_answered_is_refused(run, words, said):
    code, _, err = run(*words)
    assert code in (1, 2) and said in err and "Traceback" not in err
