"""`chainrule tangent`, `approximations`, `landscape`, `descent`, `gallery`: options, exit codes, pictures."""

import json
import shlex

import pytest

from chainrule import cli

COMMANDS = [
    "tangent 'x^2 sin(x)' --at 1", "approximations 'sin(x)' --orders 1,3 --tolerance 0.1 --wrt x", "landscape 'x^2 + x y' --at 'x=1, y=2' --steps '0.1, 0.5'",
    "descent 'x^2 + x y + 3 y^2' --at 'x=3, y=2' --methods gradient,newton --rate 0.1", "gallery", "gallery gelu",
]  # fmt: skip


@pytest.fixture
def here(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(line):
        code = cli.run(shlex.split(line))
        return (code, *capsys.readouterr())

    return run


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_answers_as_text_as_ascii_and_as_data(here, line):
    code, out, err = here(line)
    assert code == 0 and out.count("\n") > 5 and err == ""
    code, out, _ = here(line + " --ascii")
    assert code == 0 and out
    code, out, _ = here(line + " --json")
    kind = line.split()[0]
    assert code == 0 and json.loads(out)["format"] == f"chainrule.{kind}/1"


@pytest.mark.parametrize(("line", "names"), [
    (COMMANDS[0], ["secants", "quotients", "error"]), (COMMANDS[1], ["polynomials", "error"]), (COMMANDS[2], ["gradient", "angle"]),
    (COMMANDS[3], ["paths", "values", "steps"]), ("gallery gelu", ["curves"]), ("gallery softmax", ["matrix"]), ("tangent '|x|' --at 0", ["sides"]),
])  # fmt: skip
def test_its_pictures_are_drawn(here, line, names):
    for name in names:
        code, _, err = here(f"{line} --svg out.svg:{name} --width 400")
        assert code == 0 and err == "written to out.svg\n" and open("out.svg", encoding="utf-8").read().startswith("<svg")


@pytest.mark.parametrize(("line", "code", "message"), [
    ("tangent", 2, "FUNCTION is missing"), ("tangent 'log(x)' --at -1", 1, "outside of its domain"), ("tangent x^2 --at 1 --svg o.svg:nope", 2, "no picture"),
    ("approximations 'relu(x)' --at 0", 1, "refuses to expand"), ("approximations 'sin(x)' --orders a", 2, "orders"), ("gallery", 0, ""), ("gallery gelu mish", 2, "2 names"),
    ("gallery nosuch", 2, "not in the gallery"), ("descent 'x^2' --at 1 --methods foo", 2, "no method"), ("descent 'x^2' --at 1 --steps 0", 2, "--steps"),
    ("landscape 'x^2' --at 1", 2, "at least two numbers"), ("landscape 'x y' --at 'x=1, y=1' --plane x", 2, "two coordinates"), ("gallery --svg list.svg", 2, "nothing to draw"),
])  # fmt: skip
def test_what_is_wrong_is_told_with_its_exit_code(here, line, code, message):
    found, _, err = here(line)
    assert found == code and message in err and "Traceback" not in err
