"""`chainrule exercise`: listed, asked, answered, graded, validated; exit codes; driven through stdin."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

import chainrule as package
from chainrule import cli


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs `chainrule exercise` in this process, with a text on stdin: (exit code, stdout, stderr)."""

    def run(*arguments, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = cli.run(["exercise", *arguments])
        return (code, *capsys.readouterr())

    return run


def test_the_course_is_listed_by_topic(run):
    code, out, _ = run()
    assert (
        code == 0
        and out.startswith("derivatives in one variable\n  1  The slope as a limit")
        and max(map(len, out.split("\n"))) <= 80
        and "\nTaylor polynomials\n" in out
    )
    code, out, _ = run("--topic", "taylor")
    assert code == 0 and out.startswith("Taylor polynomials\n") and "softmax" not in out
    code, out, _ = run("--json")
    assert len(json.loads(out)["exercises"]) >= 50
    assert run("--topic", "cooking")[0] == 2


def test_a_conversation_through_stdin(run):
    code, out, err = run("softplus", stdin="exp(x)\nhint\nexp(x)/(1+exp(x))\n0.5\n")
    assert (code, err) == (0, "")
    said = [line for line in out.split("\n") if line.startswith(("> ", "✓", "✗", "  hint"))]
    assert [line[:11] for line in said] == [
        "  hint   sh",
        "> exp(x)",
        "✗ not the d",
        "  hint     ",
        "> hint",
        "  hint 2 of",
        "> exp(x)/(1",
        "✓ right    ",
        "> 0.5",
        "✓ right    ",
    ]
    assert out.endswith("2 of 3 points\n")


def test_a_conversation_that_ends_early_is_not_solved(run):
    code, out, _ = run("softplus", stdin="sigmoid(x)\n")
    assert code == 1 and out.endswith("2 of 3 points\n")
    assert run("softplus", stdin="sigmoid(x)\nquit\n0.5")[1].endswith("2 of 3 points\n")


def test_a_working_through_stdin(run):
    code, out, _ = run(
        "least-squares-by-lines",
        stdin="r = A x - b\nf = r^T r\ndf = 2 r^T dr\ndr = A dx\ndf = 2 r^T A dx\n∇f = 2A^T(Ax-b)\n",
    )
    assert code == 0 and "✓ right, every line of" in out


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (["σ(x)"], 0), (["σ(x)", "1/2"], 0), (["exp(x)"], 1), (["σ(x)", "1"], 1), (["sn(x)"], 2), (["exp(x)", "y"], 2), (["σ(x)", "0.51"], 1),
    ],
)  # fmt: skip
def test_answers_on_the_command_line_have_exit_codes(run, answers, code):
    assert run("softplus", *[word for answer in answers for word in ("--answer", answer)])[0] == code


def test_what_is_undecided_has_its_own(run):
    assert run("power-times-exponential", "--part", "2", "--answer", "0.74")[0] == 3


def test_an_answer_may_begin_with_a_minus_sign(run):
    code, out, _ = run("taylor-cosine", "--answer", "-x^2/2 + 1 + x^4/24")
    assert code == 0 and out == "✓ right                    2 of 2 points\n"


def test_feedback_as_json(run):
    code, out, _ = run("softplus", "--answer", "2 sigmoid(x)", "--json")
    data = json.loads(out)
    assert code == 1 and data["format"] == "chainrule.answers/1" and data["feedback"][0]["cause"] == "factor"
    code, out, _ = run("softplus", "--json")
    assert code == 0 and json.loads(out)["parts"][1]["ask"] == "How steep is f at x = 0?"


def test_hint_and_solution(run):
    code, out, _ = run("softplus", "--hint")
    assert code == 0 and out.startswith("An outer function, the logarithm")
    code, out, _ = run("softplus", "--show", "--part", "2")
    assert code == 0 and "value     1/2" in out and "df/dx = σ(x)" in out
    code, out, _ = run("softplus", "--show")
    assert "df/dx =   σ(x)" in out and "value     1/2" in out


def test_a_program_as_an_answer(run, tmp_path):
    path = tmp_path / "my.py"
    path.write_text(
        "import numpy as np\ndef grad(X, w, b, y):\n    r = X @ w + b - y\n    return 2/len(y) * X.T @ r, 2/len(y) * r.sum()\n"
    )
    code, out, _ = run("gradient-check-line", "--code", str(path))
    assert code == 0 and out.startswith("✓ right: the gradient of")
    assert run("gradient-check-line", f"--code={path}")[0] == 0
    assert run("gradient-check-line", "--code", str(tmp_path / "other.py"))[0] == 2


def test_an_exercise_of_ones_own_and_its_variants(run, tmp_path):
    path = tmp_path / "own.txt"
    path.write_text(
        "title: Mine\nfunction: x^<n>\nvary: n = 3, 5\nfind: derivative in x\nhint: Power.\nwrong: x^<n-1>\n"
    )
    assert run(str(path), "--answer", "3x^2")[0] == 0
    solved = {run(str(path), "--variant", str(v), "--answer", "5x^4")[0] for v in range(1, 9)}
    assert solved == {0, 1}
    code, out, _ = run("--validate", str(path))
    assert code == 0 and out.endswith("fit to be given: 4 things were looked at\n")
    path.write_text("title: Mine\nfunction: x^3\nfind: derivative in x\nwrong: 3 x x\n")
    code, out, _ = run("--validate", str(path))
    assert code == 1 and "✗ part 1, line 4: `3 x x` is right, and should be wrong" in out and "there is no hint" in out
    assert run("--validate", str(path), "--json")[0] == 1
    path.write_text("title: Mine\nfnction: x^3\n")
    code, _, err = run("--validate", str(path))
    assert (
        code == 2
        and "there is no `fnction` in an exercise (own.txt, line 2)" in err
        and "fix:      function: x^3" in err
    )


def test_grading_a_folder(run, tmp_path):
    (tmp_path / "anna.txt").write_text("1: sigmoid(x)\n2: 1/2\n")
    code, out, _ = run("grade", "softplus", str(tmp_path))
    assert code == 0 and out == "student   1  2   points of 3\nanna      ✓  ✓        3\n"
    code, out, _ = run("grade", "softplus", str(tmp_path), "--json")
    assert code == 0 and json.loads(out)["students"][0]["points"] == 3
    assert run("grade", "softplus", str(tmp_path / "nowhere"))[0] == 2 and run("grade", "softplus")[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("softpls",), ("99",), ("softplus", "tanh"), ("softplus", "--answer"), ("softplus", "--variant", "3"), ("softplus", "--part", "3", "--answer", "x"),
        ("softplus", "--answer", "x", "--answer", "y", "--answer", "z"), ("softplus", "--part", "1", "--answer", "x", "--answer", "y"), ("--answer", "x"),
        ("--validate",), ("softplus", "--wat"), ("nowhere.txt",),
    ],
)  # fmt: skip
def test_command_lines_that_are_not_understood(run, arguments):
    code, out, err = run(*arguments)
    assert code == 2 and out == "" and "Error: " in err


def test_where_stdout_knows_ascii_only_ascii_is_printed():
    home = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": os.path.dirname(os.path.dirname(package.__file__))}
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", "exercise", "softplus", "--answer", "exp(x)"], capture_output=True, env=home
    )
    assert done.returncode == 1 and done.stdout.decode("ascii") and b"\\u" not in done.stdout
