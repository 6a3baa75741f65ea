"""Grading a folder of answers."""

import json

import pytest

import chainrule as cr
from chainrule.exercises.grading import graded

ANSWERS = {
    "anna.txt": "1: exp(x)/(1+exp(x))\n2: 1/2\n",
    "bo.txt": "2 sigmoid(x)\n0.5\n",
    "cy.txt": "2: 1/4",
    "di.txt": "1: p = exp(x)\n   p/(1 + p)\n2: one half",
    "eve.txt": "",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in ANSWERS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_table_for_the_teacher(folder):
    assert str(graded("softplus", str(folder))) == (
        "student   1  2   points of 3\n"
        "anna      ✓  ✓        3\n"
        "bo        ✗  ✓        2\n"
        "cy        ·  ✗        0\n"
        "di        ✓  ?        2\n"
        "eve       ·  ·        0\n"
        "\n"
        "wrong answers, the most frequent first:\n"
        "  part 1, 1 ×  factor\n"
        "  part 2, 1 ×  not the right number"
    )


def test_plain_data_has_the_feedback_of_every_part(folder):
    data = json.loads(json.dumps(graded("softplus", str(folder)).to_dict()))
    assert data["format"] == "chainrule.grades/1" and data["of"] == 3 and data["scheme"].startswith("All points")
    anna, bo, cy, *_ = data["students"]
    assert (
        (anna["name"], anna["points"]) == ("anna", 3) and bo["parts"][0]["cause"] == "factor" and cy["parts"][0] is None
    )


def test_the_grade_of_one_does_not_depend_on_another(folder):
    first = graded("softplus", str(folder)).students
    (folder / "anna.txt").unlink()
    assert [s.points for s in graded("softplus", str(folder)).students] == [s.points for s in first[1:]]


def test_programs_are_run_only_when_that_is_asked_for(tmp_path):
    source = "import numpy as np\ndef grad(X, w, b, y):\n    r = X @ w + b - y\n    return 2/len(y) * X.T @ r, 2/len(y) * r.sum()\n"
    (tmp_path / "anna.py").write_text(source, encoding="utf-8")
    found = graded("gradient-check-line", str(tmp_path))
    assert found.students[0].points == 0 and found.notes == ["Python files were not run: --run runs them, as you"]
    assert graded("gradient-check-line", str(tmp_path), run=True).students[0].points == 4


def test_a_program_named_in_a_text_file_is_not_run(tmp_path):
    (tmp_path / "x.py").write_text("raise SystemExit", encoding="utf-8")
    (tmp_path / "anna.txt").write_text(str(tmp_path / "x.py"), encoding="utf-8")
    assert all(student.points == 0 for student in graded("gradient-check-line", str(tmp_path)).students)


def test_files_that_cannot_be_read_are_noted(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\xfa")
    (tmp_path / "b.txt").write_text("x\ny\nz", encoding="utf-8")
    assert graded("softplus", str(tmp_path)).notes == [
        "a.txt: not UTF-8, so that it is not read", "b.txt: 3 lines for 2 parts, and none begins with `1:`",
    ]  # fmt: skip


@pytest.mark.parametrize("folder", ["nowhere", "", "\0", "/dev/null"])
def test_what_is_no_folder_is_refused(folder):
    with pytest.raises(cr.ChainruleError):
        graded("softplus", folder if folder else "no folder at all")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(cr.DeclarationError, match="there are no answers to grade"):
        graded("softplus", str(tmp_path))
