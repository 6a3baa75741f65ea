"""The conversation: what is said to each line that a person types."""

import pytest

from chainrule.exercises.exercise import exercise
from chainrule.exercises.session import WORDS, Session


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
    assert softplus.hear("hint") == "  There is no further hint. `show` shows the solution."
    said = softplus.hear("exp(x)/(1 + exp(x))")
    assert said.startswith("✓ right                    1 of 2 points\n  note ") and said.endswith(
        "answer: a number, such as 3/4, sqrt(2) or 0.667"
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
    for _ in range(3):
        said = softplus.hear("x")
    assert " ".join(said.split()).endswith(
        "There is no further hint. `show` shows the solution, `skip` leaves it for later."
    )


def test_a_working_is_typed_line_by_line_until_an_empty_one():
    session = Session(exercise("least-squares-by-lines"), 100)
    for line in ("r = A x - b", "f = r^T r", "df = 2 r^T dr", "dr = A dx", "∇f = 2 A^T r"):
        assert session.hear(line) == ""
    said = session.hear("")
    assert said.startswith("✓ right, every line of ") and session.done
