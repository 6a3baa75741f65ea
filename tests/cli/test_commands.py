"""Every command: its help, its examples, the options that all of them share."""

import json
import re
import shlex
from xml.etree import ElementTree

import click
import pytest

from chainrule import cli
from chainrule.cli import COMMANDS, app


@pytest.fixture
def here(capsys):
    def run(*arguments):
        code = cli.run(list(arguments))
        return (code, *capsys.readouterr())

    return run


OBJECTS = ["jvp", "vjp", "hvp", "directional", "steepest", "differential", "linearize", "taylor"]


EXPLAINING = {  # a line of arguments that each understands, and a picture of its answer
    "tangent": ("'x^2 sin(x)' --at 1", "secants"), "approximations": ("'sin(x)' --orders 1,3", "polynomials"),
    "landscape": ("'x^2 + x y' --at 'x=1, y=2'", "gradient"), "descent": ("'x^2 + x y + 3 y^2' --at 'x=3, y=2'", "paths"),
    "curvature": ("'x^2 + x y' --at 'x=1, y=2'", "spectrum"), "critical": ("'x^3 - 3x'", "critical"), "convexity": ("'x^2 - y^2'", "chord"),
    "backprop": ("'dense 3, sigmoid, dense 1, mse' --input 2", "graph"), "diagnose": ("'dense 3, sigmoid, dense 1, mse' --input 2", None),
    "gallery": ("gelu", "curves"), "forecast": ("'sum(exp(X w))' --wrt w --size d=100 --shape 'X: n d'", None),
}  # fmt: skip


def examples(name):
    command = app.get_command(None, name)
    return [line.strip() for line in (command.help or "").splitlines() if line.startswith("  chainrule ")]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_opens_with_examples(here, name):
    code, out, err = here(name, "--help")
    assert (code, err) == (0, "") and out.index("Examples:") < out.index("Usage:") < out.index("Options:")
    assert COMMANDS[name] in here()[1] and max(map(len, out.splitlines())) <= 120


@pytest.mark.parametrize("line", [e for name in OBJECTS for e in examples(name)])
def test_every_example_runs(here, line):
    code, out, _ = here(*shlex.split(line)[1:])
    assert code == 0 and out


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", EXPLAINING)
def test_an_explanation_has_its_forms(here, name, monkeypatch):
    words = [name, *shlex.split(EXPLAINING[name][0])]
    code, out, err = here(*words)
    assert code == 0 and err == "" and out.count("\n") > 3
    heads = {line[:10] for line in out.splitlines() if line[:1].strip() and " = " not in line[:18]}
    assert all(head.endswith(" ") for head in heads)  # a label and a blank: the texts stand below one another
    code, out, err = here(*words, "--ascii")
    assert code == 0 and err == "" and out.isascii() and "\\u" not in out and "\\x" not in out
    code, out, err = here(*words, "--json")
    assert code == 0 and err == "" and json.loads(out)["format"].startswith("chainrule.") and json.loads(out)["kind"]
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = here(*words)
    assert code == 0 and max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", EXPLAINING)
def test_the_picture_of_an_explanation_is_written_or_refused(here, name, tmp_path):
    words, picture = [name, *shlex.split(EXPLAINING[name][0])], EXPLAINING[name][1]
    file = str(tmp_path / "out.svg")
    code, _, err = here(*words, "--svg", f"{file}:{picture}nosuch")
    assert code == 2 and "there is no picture" in err or picture is None and "nothing to draw" in err
    if picture is not None:
        code, _, err = here(*words, "--svg", f"{file}:{picture[:-1]}")
        assert code == 2 and f"did you mean `{picture}`?" in err
        code, _, err = here(*words, "--svg", f"{file}:{picture}")
        assert code == 0 and err == f"written to {file}\n"
        assert ElementTree.parse(file).getroot().tag.endswith("svg")
    code, _, err = here(*words, "--svg", str(tmp_path / "no" / "out.svg"))
    assert code == 2 and ("cannot be written" in err or "nothing to draw" in err)
    code, _, err = here(*words, "--svg", "out.png")
    assert code == 2 and "--svg draws an .svg" in err


@pytest.mark.parametrize("name", [name for name in EXPLAINING if name not in ("gallery", "forecast")])
def test_an_explanation_says_what_of_its_place_is_wrong(here, name):
    function = "x^2" if name == "approximations" else "x^2 + x y"
    for more, message in (
        (["--at", "missing.npz"], "cannot be read"), (["--data", "missing.json"], "cannot be read"), (["--at", "z=1"], "`z` is no variable"),
        (["--at", "x=(1"], "closing bracket"), (["--size", "n"], "--size takes NAME=N"), (["--set", "x=1", "--at", "x=2"], "x"),
        (["--at", "x=-1", "--shape", "x: positive"], "not what was declared"), (["--nosuch"], "no option --nosuch"),
    ):  # fmt: skip
        code, out, err = here(name, function, *more)
        assert code in (1, 2) and out == "" and message in err and "bug in chainrule" not in err, (more, err)


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_has_the_options_of_a_derivation(here, name):
    given = [name, "x^T A x", "--wrt", "x"]
    code, out, err = here(*given, "--json")
    assert code == 0 and err == "" and json.loads(out)["kind"] == name and json.loads(out)["verified"]
    code, out, err = here(*given, "--latex")
    assert code == 0 and "\\" in out + "\\" * (name == "linearize") and "verified" in err
    code, out, err = here(*given, "--ascii")
    assert code == 0 and out.isascii() and "verified" in out
    code, out, err = here(*given, "--code")
    compile(out, "<code>", "exec")
    assert code == 0 and "import numpy" in out
    code, out, err = here(*given, "--no-check")
    assert code == 0 and "not verified" in out
    code, out, err = here(*given, "--layout", "row", "--shape", "A: n n symmetric")
    assert code == 0 and "symmetric" in out
    code, out, err = here(name)
    assert code == 2 and err.startswith("UsageError: FUNCTION is missing\n  fix:      chainrule " + name)


def test_several_variables_are_named_with_a_comma(here):
    code, out, _ = here("derive", "||X w + b - y||^2", "--wrt", "w,b")
    assert code == 0 and "∂f/∂w = 2Xᵀ(Xw + b − y)" in out and "∂f/∂b = 2(Xw + b − y)" in out


def test_directions_and_points_are_named_by_options(here):
    assert "Df[K] = AKB" in here("jvp", "A X B", "--wrt", "X", "--along", "K")[1]
    assert "∂⟨G, f⟩/∂X = AᵀGBᵀ" in here("vjp", "A X B", "--wrt", "X", "--cotangent", "G")[1]
    assert "D_v f = xᵀ(A + Aᵀ)v/‖v‖" in here("directional", "x^T A x", "--wrt", "x", "--unit")[1]
    assert "f(x) = −(x + 1)" in here("taylor", "1 - x - 2", "--at", "-1", "--order", "1")[1]


def test_a_refusal_ends_with_code_one_and_a_mistake_with_two(here):
    assert here("taylor", "log(x)", "--at", "-1")[0] == 1
    assert here("jvp", "||A x - b||^2", "--wrt", "x", "--along", "b")[0] == 2


def test_commands_are_loaded_when_they_are_asked_for():
    assert list(app.list_commands(None)) == list(COMMANDS) and app.get_command(None, "no such command") is None
    for name in COMMANDS:
        assert isinstance(app.get_command(None, name), click.Command) and re.fullmatch("[a-z]+", name)


def test_every_backend_can_be_named_after_code(capsys):
    from chainrule.cli.command import OPTIONAL
    from chainrule.compiling import BACKENDS

    assert set(OPTIONAL["--code"]) == set(BACKENDS)
    for backend in BACKENDS:
        assert cli.run(["derive", "||A x - b||^2", "--wrt", "x", "--code", backend]) == 0
        assert "derivative(" in capsys.readouterr().out
