"""`chainrule backward`."""

import json
import subprocess
import sys

import pytest

from chainrule import cli


@pytest.fixture
def here(capsys):
    def run(*arguments):
        code = cli.run(list(arguments))
        return (code, *capsys.readouterr())

    return run


def test_the_code_goes_to_stdout_and_what_is_said_of_it_to_stderr(here):
    code, out, err = here("backward", "tanh(W x)", "--wrt", "W")
    assert code == 0 and "def forward(W, x):" in out and out.endswith('agrees with central differences")\n')
    assert err == "verified  run in NumPy, against the numeric derivative and by its own test\n"


def test_a_file_is_written_that_tests_itself(here, tmp_path):
    file = tmp_path / "layer.py"
    code, out, err = here("backward", "tanh(W x)", "--to", "torch", "--name", "layer", "-o", str(file))
    assert code == 0 and out == "" and f"written to {file}" in err
    done = subprocess.run([sys.executable, "-I", str(file)], capture_output=True, text=True)
    assert done.returncode == 0 and "agrees" in done.stdout


def test_json_has_the_code_and_what_is_saved(here):
    code, out, _ = here("backward", "tanh(W x)", "--json")
    found = json.loads(out)
    assert code == 0 and found["verified"] and [s["name"] for s in found["saved"]] == ["W", "x", "value"]


def test_a_formula_that_begins_with_a_minus_is_none_of_the_options(here):
    code, out, _ = here("backward", "-o^T log(p)", "--wrt", "p")
    assert code == 0 and "p_bar" in out


def test_errors_have_four_parts_and_exit_codes(here, tmp_path):
    code, out, err = here("backward", "tanh(W x)", "--to", "tensorflow")
    assert code == 2 and out == "" and "unknown framework `tensorflow`" in err and '"numpy" or "torch" or "jax"' in err
    code, out, err = here("backward", "tanh(W x) +", "--json")
    assert code == 2 and json.loads(out)["error"] == "ParseError"
    code, out, err = here("backward")
    assert code == 2 and "FUNCTION is missing" in err
    code, out, err = here("backward", "tanh(W x)", "-o", str(tmp_path / "no" / "file.py"))
    assert code == 2 and "cannot be written" in err


def test_without_a_check_it_is_said(here):
    code, _, err = here("backward", "tanh(W x)", "--no-check")
    assert code == 0 and err == "not verified\n"
