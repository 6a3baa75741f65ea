"""`chainrule check` on the command line: formulas, code, derivations, forms of the answer, exit codes, errors."""

import io
import json
import sys

import numpy as np
import pytest

from chainrule import cli

RIDGE = ["check", "||X w - y||^2 + lam ||w||^2", "--wrt", "w", "--mine"]
CODE = """
import numpy as np

def loss(w, X, y):
    return np.sum((X @ w - y) ** 2)

def right(w, X, y):
    return 2 * X.T @ (X @ w - y)

def wrong(w, X, y):
    return X.T @ (X @ w - y)
"""


@pytest.fixture
def here(capsys, monkeypatch):
    def run(*arguments, stdin=None):
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = cli.run(list(arguments))
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("my_losses", "my_broken"):
        sys.modules.pop(name, None)
    (tmp_path / "my_losses.py").write_text(CODE)
    (tmp_path / "my_broken.py").write_text("import numpy\nraise RuntimeError('no data')\n")
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "point.npz", w=rng.normal(size=3), X=rng.normal(size=(5, 3)), y=rng.normal(size=5))
    (tmp_path / "point.json").write_text(
        json.dumps({"w": [0.3, -1.0], "X": [[1.0, 2.0], [0.5, -1.0]], "y": [1.0, 2.0]})
    )
    return tmp_path


def test_the_example_of_the_issue(here):
    code, out, err = here(*RIDGE, "X^T (X w - y) + lam w")
    assert (code, err) == (1, "")
    first, slip, correct, evidence = out.splitlines()
    assert first == "✗ not the gradient: yours is exactly ½ of it, in every component"
    assert slip == "  likely slip   d‖v‖² = 2vᵀdv, the 2 was dropped (or ½‖·‖² was meant)"
    assert correct == "  correct       2Xᵀ(Xw − y) + 2λw" and "remainder slope 1.00, should be 2" in evidence


def test_exit_codes_are_those_of_the_verdict(here):
    assert here(*RIDGE, "2 X^T (X w - y) + 2 lam w")[0] == 0
    assert here(*RIDGE, "2 X^T (X w - y)")[0] == 1
    assert here(*RIDGE, "2 X^T (X w - y) + 2 mu w")[0] == 2

    assert here("check", "x^2", "--mine", "2 x")[0] == 0


def test_json_has_all_that_is_known(here):
    code, out, err = here(*RIDGE, "X^T (X w - y) + lam w", "--json")
    found = json.loads(out)
    assert (code, err) == (1, "") and (found["format"], found["verdict"], found["cause"]) == (
        "chainrule.check/1",
        "wrong",
        "factor",
    )
    assert (
        found["correct"] == "2Xᵀ(Xw − y) + 2λw"
        and abs(found["claimed"] / found["true"] - 0.5) < 1e-9
        and found["remainders"]["slope"]
    )
    code, out, err = here(*RIDGE, "2 mu", "--json")
    assert code == 2 and json.loads(out)["error"] == "UnknownNameError" and err.startswith("UnknownNameError:")


def test_ascii_is_ascii(here):
    code, out, _ = here(*RIDGE, "X^T (X w - y) + lam w", "--ascii")
    assert code == 1 and out.isascii() and out.startswith("x not the gradient")
    assert here("check", "x^2", "--mine", "2 x", "--ascii")[1].startswith("+ right: df/dx = 2x")


def test_order_layout_and_shapes_are_those_of_derive(here):
    assert here("check", "x^T A x", "--wrt", "x", "--order", "2", "--mine", "A + A^T")[0] == 0
    assert here("check", "x^T A x", "--wrt", "x", "--mine", "2 A x", "--shape", "A: n n symmetric")[0] == 0
    assert "right: ∇f" in here("check", "||A x||^2", "--wrt", "x", "--layout", "row", "--mine", "2 x^T A^T A")[1]


def test_the_function_or_the_formula_may_come_from_stdin(here):
    assert here("check", "-", "--wrt", "x", "--mine", "2 A^T r", stdin="r = A x - b\nr^T r\n")[0] == 0
    assert here("check", "||A x - b||^2", "--wrt", "x", "--mine", "-", stdin="2 A^T (A x - b)\n")[0] == 0
    code, _, err = here("check", "-", "--mine", "-", stdin="x")
    assert code == 2 and "only one of FUNCTION and --mine can come from stdin" in err


def test_a_formula_that_starts_with_a_minus_sign_is_a_formula(here):
    assert here("check", "-x^2", "--mine", "-2 x")[0] == 0


def test_the_plot_is_written(here, tmp_path):
    file = tmp_path / "remainder.svg"
    code, _, err = here(*RIDGE, "X^T (X w - y) + lam w", "--plot", str(file))
    assert code == 1 and f"written to {file}" in err and file.read_text().startswith("<svg")


def test_a_derivation_is_checked_line_by_line(here, tmp_path):
    file = tmp_path / "working.txt"
    file.write_text("r = A x - b\ndf = 2 r^T dr\n= 2 r^T A dx\n∇f = A^T r\n")
    code, out, _ = here("check", "||A x - b||^2", "--wrt", "x", "--working", str(file))
    assert code == 1 and "✗ the mistake is in line 5" in out
    assert here("check", "||A x - b||^2", "--wrt", "x", "--working", "-", stdin="∇f = 2 A^T (A x - b)\n")[0] == 0


# ---------------------------------------------------------------- code


def test_code_is_imported_from_here_and_called(here, folder):
    code, out, _ = here("check", "my_losses:loss", "--grad", "my_losses:right", "--at", "point.npz")
    assert code == 0 and out.startswith("✓ right")
    code, out, _ = here("check", "my_losses:loss", "--grad", "my_losses:wrong", "--at", "point.npz")
    assert code == 1 and out.startswith("✗ ") and "½" in out
    assert here("check", "my_losses.py:loss", "--grad", "my_losses:wrong", "--at", "point.json")[0] == 1


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["my_losses:lss", "--at", "point.npz"],
         "UnknownNameError: `my_losses` has no `lss`\n  given:    my_losses:lss\n  expected: loss, right, wrong\n  fix:      did you mean `my_losses:loss`?\n"),
        (["my_loses:loss", "--at", "point.npz"],
         "DeclarationError: there is no module `my_loses`\n  given:    my_loses:loss\n  expected: a module that can be imported from {here}\n"
         "  fix:      did you mean `my_losses:loss`?\n"),
        (["my_broken:loss", "--at", "point.npz"],
         "TraceError: `my_broken` fails when it is imported\n  given:    RuntimeError: no data\n  expected: a module that can be imported\n"
         "  fix:      python -c 'import my_broken' shows where\n"),
        (["my_losses:loss", "--grad", "my_losses:right", "--at", "pont.npz"],
         "DeclarationError: `pont.npz` cannot be read: No such file or directory\n  given:    pont.npz\n  expected: a file that exists\n"
         "  fix:      did you mean `point.npz`?\n"),
        (["my_losses:loss", "--grad", "right", "--at", "point.npz"],
         "DeclarationError: code is named by its module and its name\n  given:    right\n  expected: module:function, as in losses:loss_grad\n"),
        (["my_losses:loss", "--mine", "2 x"],
         "UsageError: --mine is a formula, and the function is code\n  fix:      --grad module:function\n  help:     chainrule check --help\n"),
        (["x^2"],
         "UsageError: your derivative is missing: --mine FORMULA, or --working FILE\n"
         "  fix:      chainrule check '||X w - y||^2' --wrt w --mine \"2 X^T (X w - y)\"\n  help:     chainrule check --help\n"),
        (["x^2", "--mine", "2 x", "--working", "w.txt"],
         "UsageError: --mine and --working cannot be combined\n  fix:      check them one after the other\n  help:     chainrule check --help\n"),
        (["x^2", "--mine", "2 x", "--at", "point.npz"],
         "UsageError: --at is of code, and the function is a formula\n"
         "  fix:      chainrule check '||X w - y||^2' --wrt w --mine \"2 X^T (X w - y)\"\n  help:     chainrule check --help\n"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said_with_a_fix(here, folder, arguments, says):
    code, out, err = here("check", *arguments)
    assert (code, out, err) == (2, "", says.replace("{here}", str(folder)))


def test_a_file_without_arrays_is_an_error(here, folder):
    (folder / "bad.json").write_text('{"w": "three"}')
    (folder / "bad.npz").write_text("no arrays")
    for name in ("bad.json", "bad.npz"):
        code, _, err = here("check", "my_losses:loss", "--grad", "my_losses:right", "--at", name)
        assert code == 2 and err.startswith("DeclarationError: ") and "expected:" in err


def test_a_function_of_torch_gets_tensors(here, folder):
    (folder / "my_layer.py").write_text("import torch\n\ndef loss(x):\n    return torch.sum(torch.tanh(x) ** 2)\n")
    np.save(folder / "x.npy", np.array([0.3, -0.7]))
    sys.modules.pop("my_layer", None)
    code, out, _ = here("check", "my_layer:loss", "--at", "x.npy")
    assert code == 0 and out.startswith("✓ ")
