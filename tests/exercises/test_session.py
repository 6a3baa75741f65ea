"""The conversation: what is said to each line that a person types."""

import pytest

from chainrule.exercises.course import files
from chainrule.exercises.exercise import exercise
from chainrule.exercises.session import NO_HINT, WORDS, Session


@pytest.fixture
def softplus():
    session = Session(exercise("softplus"), 80)
    session.open()
    return session


def test_it_opens_with_the_first_question_alone():
    said = Session(exercise("softplus"), 80).open()
    assert "1. Differentiate f." in said and "How steep" not in said and "hint   show   skip   quit   help" in said


def test_a_whole_conversation(softplus):
    said = softplus.hear("exp(x)")
    assert said.startswith("✗ not the derivative") and "\n  hint          An outer function" in said
    assert softplus.hear("hint") == "  hint 2 of 2  The derivative of log(u) is u′/u."
    assert softplus.hear("hint") == f"  {NO_HINT}"
    said = softplus.hear("exp(x)/(1 + exp(x))")
    assert said.startswith("✓ right                    1 of 2 points\n  note ") and said.endswith(
        "answer with a number, such as 3/4, sqrt(2) or 0.667"
    )
    assert softplus.hear("1/2").endswith("\n\n2 of 3 points")
    assert softplus.done


def test_the_solution_is_shown_when_it_is_asked_for(softplus):
    said = softplus.hear("show")
    assert said.startswith("  df/dx =   σ(x)\n") and "chain rule" in said and "2. How steep is f at x = 0?" in said
    assert softplus.exercise.points == 0


def test_skipped_questions_come_again(softplus):
    assert "2. How steep" in softplus.hear("skip")
    assert "1. Differentiate" in softplus.hear("back")
    softplus.hear("skip")
    assert "1. Differentiate" in softplus.hear("0.5")
    assert softplus.hear("skip") == "1 of 3 points" and softplus.done


def test_words_are_explained_and_an_empty_line_says_nothing(softplus):
    said = softplus.hear("help")
    assert all(word in said for word in WORDS) and softplus.hear("  ") == ""
    assert softplus.hear("QUIT") == "0 of 3 points" and softplus.done


def test_what_cannot_be_read_is_asked_again(softplus):
    assert softplus.hear("exp(x").startswith("? this cannot be read: ")
    assert softplus.hear("sigmoid(x)").startswith("✓ right                    2 of 2 points")


def test_without_hints_left_the_way_out_is_named(softplus):
    for answer in ("x", "x^2", "x^3"):
        said = softplus.hear(answer)
    assert said.endswith(NO_HINT)


def test_the_same_wrong_answer_costs_one_hint_only(softplus):
    assert "\n  hint " in softplus.hear("1/2 x")
    said = softplus.hear("x/2")
    assert said.endswith("the same answer as before") and softplus.stage.seen == 1


def test_a_part_of_an_answer_may_have_a_name_which_costs_nothing():
    session = Session(exercise("sigmoid-neuron"), 80)
    assert session.hear("s = sigmoid(w^T x + b)") == "  noted. Now the answer, in which s may stand."
    assert session.hear("-2(y-s)s(1-s)x").startswith("✓ right") and session.hear("-2(y-s)s(1-s)").startswith("✓ right")
    assert session.exercise.points == 5


def test_f_is_the_function_itself():
    session = Session(exercise("sigmoid"), 80)
    for answer in ("f(1 - f)", "1/4", "f(x)(1-f(x))(1-2f(x))"):
        assert session.hear(answer).startswith("✓ right")


def test_a_hint_within_a_working_keeps_its_lines():
    session = Session(exercise("least-squares-by-lines"), 100)
    for line in ("r = A x - b", "f = r^T r", "hint", "df = 2 r^T dr", "dr = A dx", "∇f = 2 A^T r"):
        session.hear(line)
    assert session.hear("").startswith("✓ right, every line of ") and session.exercise.points == 3


def test_a_letter_of_the_function_is_no_command():
    session = Session(exercise("attention-query"), 80)
    assert session.hear("q").startswith("✗ not the gradient") and not session.done


@pytest.mark.parametrize("name", sorted(files()))
def test_a_terminal_of_80_columns_is_enough(name):
    session = Session(exercise(name), 80)
    said = [session.open(), session.hear("help")]
    while not session.done:
        said += [session.hear("hint"), session.hear("show")]
    assert max(len(line) for text in said for line in text.split("\n") if "program" not in text) <= 80


def test_a_working_is_typed_line_by_line_until_an_empty_one():
    session = Session(exercise("least-squares-by-lines"), 100)
    for line in ("r = A x - b", "f = r^T r", "df = 2 r^T dr", "dr = A dx", "∇f = 2 A^T r"):
        assert session.hear(line) == ""
    said = session.hear("")
    assert said.startswith("✓ right, every line of ") and session.done
