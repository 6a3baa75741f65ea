"""Programs as files that check themselves: they run by themselves, find them right, and notice when they are wrong."""

import os
import re
import runpy
import subprocess
import sys

import jax
import numpy as np
import pytest

import chainrule as cr

CASES = [
    (cr.grad, "||X w - y||^2", "w", None),
    (cr.grad, "-sum(Y * log(softmax(X W, axis=1)))", "W", "Y: m k onehot, X: m d, W: d k"),
    (cr.derive, "logdet(S) + x' inv(S) x", "S", "S: posdef, x: n"),
    (cr.grad, "sum(log(1-x)) + sum(sqrt(x))", "x", "x: n"),  # in (0, 1) alone
    (cr.jacobian, "softmax(W x + b)", "W", None),
    (cr.jacobian, "relu(diag(x) A x)", "x", None),
    (cr.hessian, "sum(log(1+exp(-y*(X w))))", "w", "y: m labelspm1"),
    (cr.hessian, "||U V' - Y||^2", "U", "U: m k, V: n k, Y: m n"),
    (cr.hessian, "||U V' - Y||^2", "U, V", "U: m k, V: n k, Y: m n"),
    (cr.jvp, "softmax(W x)", "x", None),
    (cr.vjp, "softmax(W x)", "W", None),
    (cr.hvp, "sum(exp(X w))", "w", None),
    (cr.directional, "sum(exp(X w))", "w", None),
    (cr.value_and_grad, "sum(tanh(W x + b))", "W, b", None),
    (cr.grad, "λ k h + sin(s) t", "k", "λ: scalar, k: scalar, h: scalar, s: scalar, t: scalar"),  # the names that a check would use
    (cr.grad, "sum(erf(x)) + sum(lgamma(x))", "x", "x: n positive"),
    (cr.grad, "tr(Q' A Q)", "Q", "Q: n k orthogonal, A: n n"),
    (cr.grad, "||C tanh(B tanh(A x + a) + b) + c + M u + N v - y||^2", "x, a, b, c, y, A, B, C, M, N", None),  # all at once
]
NAMES = [f"{c[0].__name__} {c[1]} {c[2]}" for c in CASES]
LINE = re.compile(r"(ok  |FAIL) (sizes( \w+=\d+)+|point \d)  relative error \d(\.\d+)?e[-+]\d+")


def run(source, folder):
    """(exit code, lines) of a file run as a script."""
    file = folder / "program.py"
    file.write_text(source, encoding="utf-8")
    before, out = jax.config.jax_enable_x64, []
    space = {"print": lambda *words: out.append(" ".join(map(str, words)))}
    try:
        runpy.run_path(str(file), space, run_name="__main__")
    except SystemExit as end:
        return int(end.code), out
    finally:
        jax.config.update("jax_enable_x64", before)
    return None, out


def with_mistake(source):
    """The file, with a program whose results are off by a thousandth."""
    program = re.search(r"^def (\w+)\(", source, re.MULTILINE)[1]
    off = "{key: 1.001 * x for key, x in right(*given).items()}" if "return {" in source else "1.001 * right(*given)"
    return source.replace("def value(", f"right = {program}\n{program} = lambda *given: {off}\n\n\ndef value(", 1)


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("door, function, wrt, declare", CASES, ids=NAMES)
def test_a_file_finds_itself_right(door, function, wrt, declare, backend, tmp_path):
    found = door(function, wrt, declare=declare)
    source = found.code(backend)
    code, lines = run(source, tmp_path)
    assert code == 0 and len(lines) == 3 and all(LINE.fullmatch(line) and line.startswith("ok") for line in lines), (lines, source)
    assert len(source.partition("if __name__")[2].splitlines()) <= 27
    assert source.startswith('"""') and str(found.problem.reading[0]).replace("\\", "\\\\") in source
    assert "chainrule" not in source


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("door, function, wrt, declare", CASES, ids=NAMES)
def test_a_file_notices_a_mistake(door, function, wrt, declare, backend, tmp_path):
    wrong = with_mistake(door(function, wrt, declare=declare).code(backend))
    code, lines = run(wrong, tmp_path)
    assert code == 1 and all(line.startswith("FAIL") for line in lines), (lines, wrong)


def test_a_wrong_sign_of_one_term_a_transpose_and_a_nan_are_noticed(tmp_path):
    source = cr.grad("||X w - y||^2 + c ||w||^2", "w").code()
    for right, wrong in [("+ c * w", "- c * w"), ("@ X +", "@ abs(X) +"), ("return 2 *", "return np.nan *")]:
        assert right in source
        code, lines = run(source.replace(right, wrong, 1), tmp_path)
        assert code == 1 and len(lines) == 3


MANY = "x, a, b, c, y, A, B, C, M, N".split(", ")


@pytest.mark.parametrize("off", ["1.001 * x", "0 * x", "-x", "np.nan * x", "x[::-1]"])
def test_a_mistake_in_any_of_many_results_is_noticed(off, tmp_path):
    source = cr.grad(CASES[-1][1], MANY).code()
    for name in MANY:
        wrong = source.replace("found = grad(*point)", f'found = {{key: {off} if key == "{name}" else x for key, x in grad(*point).items()}}')
        assert wrong != source
        code, lines = run(wrong, tmp_path)
        assert code == 1 and all(line.startswith("FAIL") for line in lines), (name, lines)


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
def test_a_nan_in_one_of_several_results_is_noticed(backend, tmp_path):
    source = cr.value_and_grad("sum(tanh(W x + b))", "W, b").code(backend)
    wrong = source.replace("errors.append(", 'errors.append(np.nan if key == "b" else ')
    assert run(wrong, tmp_path)[0] == 1


def test_a_file_runs_as_a_script_by_itself(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(cr.hessian("sum(exp(X w))", "w").code(), encoding="utf-8")
    bare = {"PATH": os.environ["PATH"], "OPENBLAS_NUM_THREADS": "1"}  # nothing of this package is on the path
    done = subprocess.run([sys.executable, "-I", str(file)], capture_output=True, text=True, env=bare)
    assert done.returncode == 0 and done.stdout.count("ok   sizes m=") == 3 and not done.stderr


def test_the_first_function_is_the_program_and_reading_the_file_runs_nothing():
    found = cr.grad("||X w - y||^2", "w")
    source = found.code()
    assert found.compile().source.split("\n\n\n")[1].strip() in source
    assert source.index("def derivative(") < source.index("def value(") < source.index("if __name__")
    space = {}
    exec(source, space)
    assert space["value"](np.array([[2.0]]), np.array([3.0]), np.array([1.0])) == 25.0


def test_what_is_no_derivative_along_directions_is_a_file_without_a_check():
    for found in (cr.taylor("exp(x)", "x"), cr.steepest("||x||^2", "x"), cr.derive("x^7", "x", order=4, declare="x: scalar")):
        source = found.code()
        assert "def value(" not in source and "__main__" not in source and "def " in source
    unit = cr.directional("sum(exp(x))", "x", unit=True)
    assert "__main__" not in unit.code()


def test_where_no_point_is_found_there_is_no_check_that_could_only_fail():
    source = cr.derive("sum(log(-exp(x)))", "x", seal=False).code()
    assert "def value(" in source and "__main__" not in source
