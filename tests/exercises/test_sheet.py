"""The text of an exercise: what is read, and what is refused with file and line."""

import pytest

from chainrule import ParseError
from chainrule.exercises.sheet import read_sheet

GOOD = """\
# a remark
title: A power
  and an exponential
topic: one variable
level: 2
function: u = x^2
  u exp(-x)
declare: x: scalar

find: derivative in x
ask: Differentiate.
points: 3
hint: First.
hint: Second.
wrong: x
says: No.
wrong: 2 x
note: Good to know.

find: derivative in x at x = 1
accept: 1/e
"""


def test_a_sheet_is_read_word_by_word():
    sheet = read_sheet(GOOD, "03-power.txt")
    assert (sheet.name, sheet.title, sheet.topic, sheet.level) == (
        "power",
        "A power and an exponential",
        "one variable",
        2,
    )
    assert sheet.function == "u = x^2\nu exp(-x)" and sheet.declare == "x: scalar" and sheet.points == 4
    first, second = sheet.parts
    assert (first.find, first.ask, first.points, first.hints) == (
        "derivative in x",
        "Differentiate.",
        3,
        ("First.", "Second."),
    )
    assert [(w.text, w.says, w.line) for w in first.wrong] == [("x", "No.", 15), ("2 x", "", 17)]
    assert first.note == "Good to know." and second.accept == ("1/e",) and second.points == 1 and second.line == 20


def test_what_is_not_said_has_a_default():
    sheet = read_sheet("title: T\nfunction: x^2\nfind: derivative in x", "t.txt")
    assert (sheet.level, sheet.topic, sheet.text, sheet.parts[0].hints) == (1, "further exercises", "", ())


def refused(text):
    with pytest.raises(ParseError) as caught:
        read_sheet(text, "t.txt")
    return str(caught.value)


def test_a_misspelt_word_is_named_with_its_line():
    assert refused("title: T\nfunction: x\nfind: derivative in x\nhnt: Think.") == (
        "ParseError: there is no `hnt` in an exercise (t.txt, line 4)\n"
        "  given:    'hnt: Think.'\n"
        "  expected: title, topic, level, function, declare, text, vary, find, ask, points, answer, accept, hint, wrong, says, note\n"
        "  fix:      hint: Think."
    )


def test_a_line_without_a_word_is_refused():
    assert refused("title: T\nfunction: x\nfind: derivative in x\nThink hard.") == (
        "ParseError: a line has no word before a colon (t.txt, line 4)\n"
        "  given:    'Think hard.'\n"
        "  expected: `word: what it says`, or blanks in front where it goes on\n"
        "  fix:      hint: Think hard."
    )


def test_a_part_needs_its_find_first():
    assert refused("title: T\nfunction: x\nhint: Think.\nfind: derivative in x") == (
        "ParseError: `hint` stands before the first `find` (t.txt, line 3)\n"
        "  given:    hint: Think.\n"
        "  expected: a part to which it belongs\n"
        "  fix:      find: derivative in x"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the exercise has no `title` (t.txt, line 1)"),
        ("function: x\nfind: derivative in x", "the exercise has no `title` (t.txt, line 2)"),
        ("title: T\nfind: derivative in x", "the exercise has no `function` (t.txt, line 2)"),
        ("title: T\nfunction: x", "nothing is asked (t.txt, line 2)"),
        ("title: T\nfunction: x\nlevel: 4\nfind: derivative in x", "a level is one of three (t.txt, line 3)"),
        ("title: T\nfunction: x\nfind: derivative in x\npoints: many", "points are a whole number (t.txt, line 4)"),
        ("title: T\nfunction: x\nfind: derivative in x\npoints: 0", "points are a whole number (t.txt, line 4)"),
        (
            "title: T\nfunction: x\nfind: derivative in x\nsays: No.",
            "`says` has no `wrong` line above it (t.txt, line 4)",
        ),
        ("title: T\ntitle: U\nfunction: x\nfind: derivative in x", "`title` is said twice (t.txt, line 2)"),
        (
            "title: T\nfunction: x\nfind: derivative in x\ntopic: t",
            "`topic` is about the whole exercise (t.txt, line 4)",
        ),
        ("title:\nfunction: x\nfind: derivative in x", "`title` says nothing (t.txt, line 1)"),
        ("  title: T", "an indented line goes on with the line above, and there is none (t.txt, line 1)"),
        ("title: T\nfunction: x\nvary: n\nfind: derivative in x", "`vary` gives a name its numbers (t.txt, line 3)"),
        (
            "title: T\nfunction: x\nvary: n = 1\nfind: derivative in x\nhint: <n*>",
            "`<n*>` is no number (t.txt, line 5)",
        ),
        ("x" * 100_001, "the exercise is too long (t.txt, line 1)"),
    ],
)
def test_what_is_no_exercise_is_refused_with_its_line(text, problem):
    assert refused(text).startswith(f"ParseError: {problem}\n  given:")


VARIED = "title: T\nfunction: x^<n> + <a>\nvary: n = 3, 2, 4, 5\nvary: a = 1, 7, 9\nfind: derivative in x at x = 0.5\nhint: <n> x^<n-1>, not <b>, <n-2*1> and x^<n-3>."


def test_the_first_numbers_are_those_of_the_exercise_itself():
    sheet = read_sheet(VARIED, "t.txt")
    assert sheet.function == "x^3 + 1" and sheet.varies and sheet.variant == 0
    assert sheet.parts[0].hints == ("3 x², not <b>, 1 and 1.",)


def test_variants_have_other_numbers_and_always_the_same():
    functions = [read_sheet(VARIED, "t.txt", variant).function for variant in range(24)]
    assert functions[:12] == functions[12:] and len(set(functions)) == 12
