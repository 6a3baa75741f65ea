"""A teacher's check of an exercise."""

from pathlib import Path

import pytest

from chainrule.exercises.sheet import read_sheet
from chainrule.exercises.validate import validated

HEAD = "title: T\nfunction: x^2\ndeclare: x: scalar\nfind: derivative in x\n"


def faults(text):
    return [(f.line, f.says) for f in validated(read_sheet(HEAD + text, "t.txt")) if not f.good]


def test_an_exercise_that_is_fit():
    found = validated(read_sheet(HEAD + "hint: Power.\nwrong: x", "t.txt"))
    assert [f.good for f in found] == [True] * 4
    assert [f.says for f in found] == ["the solution is 2x", "`2 x` is accepted", "`x` is refused (factor)", "1 hint"]


def test_what_is_wrong_must_be_wrong():
    assert faults("hint: Power.\nwrong: x + x") == [(6, "`x + x` is right, and should be wrong")]
    assert faults("hint: Power.\nwrong: x +") == [(6, "`x +` cannot be read: `+` has nothing on its right")]


def test_what_is_accepted_must_be_right():
    assert faults("hint: Power.\naccept: sn(x)") == [
        (4, "`sn(x)` should be right, and cannot be read: no function is called `sn`")
    ]
    assert faults("hint: Power.\nanswer: 3 x")[0][1].startswith("`3 x` is not accepted: not the derivative")


def test_every_part_has_a_hint_that_does_not_tell_all():
    assert faults("wrong: x") == [(4, "there is no hint: the first comes with a wrong answer")]
    text = "title: T\nfunction: sin(x)\ndeclare: x: scalar\nfind: derivative in x\nhint: It is cos(x)."
    assert [f.says for f in validated(read_sheet(text, "t.txt")) if not f.good] == [
        "a hint tells the solution: It is cos(x)."
    ]


def test_a_part_without_a_solution_is_said():
    text = "title: T\nfunction: x^2 + y^2\nfind: critical point in x, y"
    assert [f.good for f in validated(read_sheet(text, "t.txt"))] == [False]


@pytest.mark.parametrize("variant", range(3))
def test_the_example_of_the_page_on_exercises_is_fit_to_be_given(variant):
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "exercises.md").read_text(encoding="utf-8")
    example = page.split("```text\n")[1].split("```")[0]
    assert [each.says for each in validated(read_sheet(example, "growth.txt", variant)) if not each.good] == []
