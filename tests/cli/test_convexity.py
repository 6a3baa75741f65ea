"""`chainrule convexity`."""

import json

import pytest

from chainrule import cli


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = cli.run(["convexity", *arguments])
        return (code, *capsys.readouterr())

    return run


def test_a_certificate_is_printed(run):
    code, out, err = run("||X w - y||^2 + lam ||w||^2", "--wrt", "w", "--declare", "lam: positive")
    assert code == 0 and err == ""
    assert "convex    ✓ strictly convex in w, for every w" in out and "strongly  with modulus 2λ" in out


def test_a_refuted_function_is_answered_too(run):
    code, out, _ = run("x y", "--wrt", "x,y", "--declare", "x: scalar, y: scalar")
    assert code == 0 and "✗ neither convex nor concave jointly in x, y" in out


def test_a_formula_may_start_with_a_minus_sign(run):
    code, out, _ = run("-sum(log(x))", "--wrt", "x")
    assert code == 0 and "✓ strictly convex in x, for x > 0" in out


def test_values_are_used(run):
    assert "✓ convex" in run("x^T A x", "--wrt", "x", "--set", "A=[[2, 1], [1, 2]]")[1]


def test_json_and_a_picture(run):
    code, out, err = run("x^4 - x^2", "--json", "--svg", "chord.svg")
    assert code == 0 and json.loads(out)["verdict"] == "neither" and "written to chord.svg" in err
    assert open("chord.svg").read().startswith("<svg")


def test_ascii_is_ascii(run):
    for formula in ("x^2", "x^3", "logsumexp(A x)"):
        code, out, _ = run(formula, "--wrt", "x", "--ascii")
        assert code == 0 and out.isascii() and "\\u" not in out


@pytest.mark.parametrize("arguments, code", [(["A x", "--wrt", "x"], 2), ([], 2), (["x^2", "--wrt", "z"], 2), (["sum(x)", "--declare", "x: n onehot"], 1)])
def test_what_is_no_question_is_refused(run, arguments, code):
    found, out, err = run(*arguments)
    assert found == code and out == "" and "Error" in err
