"""The command line, as a person and as a program meet it."""

import json
import os
import re
import subprocess
import sys

import pytest

import chainrule as package
from chainrule import cli

SOURCE = os.path.dirname(os.path.dirname(package.__file__))
LEAST_SQUARES = ["derive", "||A x - b||^2", "--wrt", "x"]


def chainrule(*arguments, stdin="", **environment):
    """What a fresh process answers: its exit code, stdout and stderr."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "CHAINRULE_DEBUG")}
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", *arguments],
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        capture_output=True,
        env={**kept, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": SOURCE, **environment},
        timeout=60,
        check=False,
    )
    done.out, done.err = done.stdout.decode(), done.stderr.decode()
    return done


@pytest.fixture
def here(capsys):
    """Runs the command line in this process: (exit code, stdout, stderr)."""

    def run(*arguments):
        code = cli.run(list(arguments))
        return (code, *capsys.readouterr())

    return run


# ---------------------------------------------------------------- what people see


def test_the_answer_is_three_lines_on_stdout():
    done = chainrule(*LEAST_SQUARES)
    assert (done.returncode, done.err) == (0, "")
    read, result, seal = done.out.splitlines()
    assert read == "read as   ‖Ax − b‖²        A: m×n   x: n   b: m"
    assert result == "∇f = 2Aᵀ(Ax − b)           shape n, column layout"
    assert seal.startswith("verified  ") and "relative error" in seal


def loaded(*arguments):
    """The modules that a fresh process has loaded once it has answered."""
    ask = "import sys; from chainrule import cli; code = cli.run(sys.argv[1:]); print(code, *sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", ask, *arguments], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SOURCE}
    )
    code, *modules = done.stderr.splitlines()[-1].split()
    assert code == "0", done.stderr
    return set(modules)


COMMANDS = list(cli.COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_needs_no_engine(command):
    modules = loaded(command, "--help")
    assert "click" in modules and not {"numpy", "chainrule.core.node", "chainrule.derivation"} & modules


def test_an_answer_loads_nothing_that_it_does_not_need():
    """It starts in a third of a second for this: `make speed` measures it."""
    modules = loaded(*LEAST_SQUARES)
    assert "chainrule.derivation.derive" in modules
    assert not {"jax", "torch", "scipy", "matplotlib", "chainrule.syntax.jax_in", "chainrule.syntax.torch_in"} & modules
    assert not {name for name in modules if name.startswith(("chainrule.catalogue", "chainrule.syntax.frameworks"))}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_opens_with_examples(here, command):
    code, out, err = here(command, "--help")
    assert (code, err) == (0, "")
    assert out.index("Examples:") < out.index("Usage:") < out.index("Options:") < out.index("Exit codes:")


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_without_a_command_it_says_what_it_can_do(here, arguments):
    code, out, err = here(*arguments)
    assert (code, err) == (0, "") and out.startswith("chainrule derives functions") and "chainrule derive '" in out


def test_version(here):
    assert here("--version")[:2] == (0, f"chainrule {package.__version__}\n")


def test_no_colours_in_a_pipe_and_none_if_nobody_wants_them(monkeypatch):
    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert cli.styled("∇f", "result", Terminal()) == "\x1b[1m∇f\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli.styled("∇f", "result", Terminal()) == "∇f"
    assert "\x1b" not in chainrule(*LEAST_SQUARES).out


def test_stdout_without_unicode_gets_ascii():
    done = chainrule(*LEAST_SQUARES, PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and done.stdout.isascii()
    assert "2*A^T" in done.out.replace(" ", "").replace("2A", "2*A") and "\\u" not in done.out


def test_ascii_output_reads_back(here):
    code, out, _ = here("derive", "a^T softmax(W x + b)", "--wrt", "x", "--ascii")
    assert code == 0 and out.isascii()


def test_long_results_are_wrapped_and_not_cut(here, monkeypatch):
    arguments = ["derive", "sum(tanh(A x + b)) + ||C x - d||^2 + x^T D x", "--wrt", "x"]
    _, whole, _ = here(*arguments)
    monkeypatch.setenv("COLUMNS", "50")
    _, narrow, _ = here(*arguments)
    assert max(map(len, narrow.splitlines())) <= 50 < max(map(len, whole.splitlines()))
    assert narrow.split() == whole.split()


# ---------------------------------------------------------------- what programs see


def test_json_is_all_of_stdout_and_holds_the_derivation():
    done = chainrule("derive", "softmax(z)", "--wrt", "z", "--json")
    known = json.loads(done.out)
    assert (done.returncode, done.err) == (0, "")
    assert known["verified"] is True and known["wrt"] == "z" and known["shape"] == ["n", "n"]
    assert {"text", "ascii", "latex", "numpy", "where", "notes", "variables", "seal"} <= set(known)


def test_latex_and_code_are_alone_on_stdout(here):
    code, out, err = here(*LEAST_SQUARES, "--latex")
    assert (code, out.count("\n")) == (0, 1) and r"\top" in out
    assert "read as" in err and "verified" in err
    code, out, err = here(*LEAST_SQUARES, "--code")
    compile(out, "<code>", "exec")
    assert code == 0 and "verified" in err and "import numpy" in out


def test_code_does_not_swallow_the_function(here):
    one = here("derive", "--code", "||A x - b||^2", "--wrt", "x")
    two = here("derive", "||A x - b||^2", "--wrt", "x", "--code", "numpy")
    assert one[0] == 0 and one[1] == two[1]


def test_the_printed_program_computes_the_gradient(here):
    import numpy as np

    _, out, _ = here(*LEAST_SQUARES, "--code")
    names = {}
    exec(out, names)
    A, x, b = np.arange(6.0).reshape(2, 3), np.arange(3.0), np.ones(2)
    assert np.allclose(names["derivative"](A=A, x=x, b=b), 2 * A.T @ (A @ x - b))


def test_errors_as_json(here):
    code, out, err = here("derive", "||A x - b||^2", "--wrt", "z", "--json")
    assert code == 2 and json.loads(out)["error"] == "UnknownNameError" and err.startswith("UnknownNameError: ")


def test_without_check_it_says_so_and_succeeds(here):
    code, out, _ = here(*LEAST_SQUARES, "--no-check")
    assert code == 0 and "not verified" in out and "relative error" not in out


def test_a_reader_that_leaves_early_meets_no_complaint():
    source = SOURCE
    command = f"{sys.executable} -m chainrule derive '||A x - b||^2' --wrt x | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": source})
    assert done.stderr == ""


# ---------------------------------------------------------------- what people type


def test_stdin_takes_lines_that_name_intermediates():
    done = chainrule("derive", "-", "--wrt", "x", stdin="r = A x - b\nr^T r\n")
    assert done.returncode == 0 and "shape n, column layout" in done.out


def test_shapes_may_be_given_together_or_apart(here):
    formula = ["derive", "x^T A x", "--wrt", "x"]
    together = here(*formula, "--shape", "A: n n symmetric, x: n")
    apart = here(*formula, "--shape", "A: n n symmetric", "--declare", "x: n")
    assert together == apart and together[0] == 0 and "2Ax" in together[1]


def test_a_formula_may_begin_with_a_minus_sign(here):
    code, out, err = here("derive", "-y^T log_softmax(z)", "--wrt", "z", "--shape", "y: n onehot")
    assert (code, err) == (0, "") and "softmax" in out


def test_the_only_variable_need_not_be_named(here):
    code, out, err = here("derive", "tanh(x)")
    assert code == 0 and err == "note      differentiating in x, the only variable\n"


def test_of_several_variables_one_must_be_named(here):
    code, out, err = here("derive", "||A x - b||^2")
    assert (code, out) == (2, "")
    assert err.splitlines()[:2] == ["UnknownNameError: `--wrt` is missing", "  given:    a function of A, x, b"]


@pytest.mark.parametrize(
    ("arguments", "problem", "fix"),
    [
        (["derivee", "x^2"], "there is no command `derivee`", "chainrule derive 'x^2'"),
        (["x^2", "--wrt", "x"], "there is no command `x^2`", "chainrule derive 'x^2' --wrt x"),
        (["derive", "x^2", "--ordr", "2"], "there is no option --ordr", "did you mean --order?"),
        (["derive", "--wrt", "x"], "FUNCTION is missing", "chainrule derive '||A x - b||^2' --wrt x"),
        (["derive", "x^T", "A", "x"], "there are 3 functions", "chainrule derive 'x^T A x'"),
        (["derive", "x^2", "--order", "0"], "0 is not in the range", None),
        (["derive", "x^2", "--layout", "rows"], "'rows' is not one of", None),
        (["derive", "x^2", "--latex", "--json"], "--latex and --json cannot be combined", None),
        (["derive", "x^2", "--wrt", "x", "--steps", "--paths"], "--steps and --paths cannot be combined", "ask for one of them"),
    ],
)
def test_a_wrong_command_line_is_explained(here, arguments, problem, fix):
    code, out, err = here(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("UsageError: ") and problem in err and (fix or "") in err


NESTED = "(" * 10_000 + "x" + ")" * 10_000
HOSTILE = {
    "misspelt function": ("sotfmax(x)", "x", "softmax"),
    "unbalanced bracket": ("||A x - b||^2 + (x", "x", "column"),
    "too many brackets": ("(x))", "x", "column"),
    "unknown variable": ("||A x - b||^2", "q", "`x`"),
    "nothing": ("", "x", None),
    "blanks": ("  \n ", "x", None),
    "nothing but an operator": ("+", "x", "column"),
    "code": ("__import__('os').system('touch pwned')", "x", None),
    "attributes": ("x.__class__.__bases__", "x", None),
    "a lambda": ("(lambda: 0)()", "x", None),
    "brackets without end": (NESTED, "x", None),
    "a megabyte of one name": ("x" * 1_000_000, "x", None),
    "a megabyte of sums": ("x + " * 250_000 + "x", "x", None),
    "a megabyte of brackets": ("(" * 1_000_000, "x", None),
    "a tower of powers": ("x" + "^2" * 20_000, "x", None),
    "minus signs": ("-" * 50_000 + "x", "x", None),
    "a huge number": ("9" * 100_000 + " x", "x", None),
    "a huge exponent": ("x^99999999999999999999", "x", None),
    "control characters": ("x\x00\x1b[31m + 1", "x", None),
    "no letters": ("日本 🙂", "x", None),
}
UNDERSTOOD = ("a huge exponent", "minus signs")  # strange, but an answer is as good as a refusal


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_clearly(name, tmp_path, monkeypatch):
    text, wrt, word = HOSTILE[name]
    monkeypatch.chdir(tmp_path)
    done = chainrule("derive", "-", "--wrt", wrt, stdin=text)
    assert "bug" not in done.err and "Traceback" not in done.err, done.err[:500]
    if name not in UNDERSTOOD or done.returncode:
        assert (done.returncode, done.out) in [(2, ""), (1, "")], done.out[:500]
        assert re.match(r"[A-Z]\w+Error: .", done.err), done.err[:500]
        assert (word or "") in done.err
        assert len(done.err) < 2000
    assert not (tmp_path / "pwned").exists()


def test_shapes_that_do_not_fit_are_named_as_the_user_wrote_them(here):
    code, out, err = here("derive", "||A x - b||^2", "--wrt", "x", "--shape", "A: 3 4, b: 5")
    assert (code, out) == (2, "") and err.startswith("ShapeError: ") and "3" in err and "5" in err


def test_breaks_are_told_at_length(here):
    code, out, err = here("derive", "||x||", "--wrt", "x", "--breaks")
    assert (code, err) == (0, "")
    assert out.splitlines()[2] == "for       x ≠ 0            kink: JAX gives NaN there, PyTorch 0"
    assert out.splitlines()[4:7] == [
        "breaks    where x = 0: kink; the first derivative is missing",
        "JAX       NaN",
        "PyTorch   0",
    ]
    code, out, err = here("derive", "||X w + b||", "--wrt", "w,b", "--breaks")
    assert (code, out) == (2, "") and "--breaks are of one variable" in err


def test_stdin_that_is_no_text_is_refused():
    done = chainrule("derive", "-", "--wrt", "x", stdin=b"x^2 + \xff\xfe")
    assert done.returncode == 2 and done.err.startswith("ParseError: byte 7 of stdin is not UTF-8")


def test_a_mistake_of_ours_is_called_one(here, monkeypatch):
    def broken(*_, **__):
        raise KeyError("lost")

    monkeypatch.setattr("chainrule.derivation.derived", broken)
    monkeypatch.delenv("CHAINRULE_DEBUG", raising=False)
    code, out, err = here(*LEAST_SQUARES)
    assert (code, out) == (1, "")
    assert err.startswith("This is a bug in chainrule, not in your input: KeyError in test_cli.py, line ")
    monkeypatch.setenv("CHAINRULE_DEBUG", "1")
    with pytest.raises(KeyError):
        here(*LEAST_SQUARES)
