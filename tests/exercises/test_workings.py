"""Workings: every line is judged and counts, and the last one has to be the result."""

import pytest

from chainrule.exercises.exercise import exercise

RIGHT = """\
s = sigmoid(w^T x + b)
r = y - s
f = r^2
df = 2 r dr
dr = -ds
ds = s (1 - s) x^T dw
df = -2 r s (1 - s) x^T dw
∇f = -2 (y - s) s (1 - s) x"""


def working(text):
    return exercise("sigmoid-neuron").answer(text, part=3)


def test_a_right_working_earns_all_points():
    found = working(RIGHT)
    assert (found.verdict, found.points, found.headline) == ("right", 4, "right, every line of 5")


@pytest.mark.parametrize(
    "text",
    [
        "s = σ(wᵀx + b)\n∂f/∂s = -2(y - s)\n∂s/∂w = s(1 - s) x\n∂f/∂w = -2(y - s) s(1 - s) x",
        "f = (y - σ(wᵀx + b))²\nv = wᵀx + b\nr = y - σ(v)\nf = r²\n∂f/∂r = 2r\n∂r/∂v = -σ(v)(1 - σ(v))\n∂v/∂w = x\ngrad = -2 r σ(v)(1 - σ(v)) x",
    ],
)
def test_other_ways_to_the_same_result(text):
    assert working(text).right


def test_a_wrong_line_is_found_and_the_true_ones_count():
    found = working(
        RIGHT.replace("ds = s (1 - s) x^T dw", "ds = s x^T dw")
        .replace("df = -2 r s (1 - s)", "df = -2 r s")
        .replace("s (1 - s) x", "s x")
    )
    assert found.verdict == "wrong" and 0 < found.points < 4
    numbers = [text for label, text in found.rows if label == "6"]
    assert len(numbers) == 1 and "✗" in numbers[0]
    assert not any("true " in text and "1 - s" in text for _, text in found.rows)


def test_a_working_that_stops_early_is_no_result_yet():
    found = working("\n".join(RIGHT.split("\n")[:6]))
    assert (found.verdict, found.headline) == ("wrong", "every line is true, but the last one is not the result yet")
    assert found.points == 2


def test_the_result_alone_is_no_working():
    found = working("∇f = -2 (y - s) s (1 - s) x where s = sigmoid(w^T x + b)")
    assert (found.verdict, found.headline) == ("wrong", "the result is right; now write down the lines that lead to it")
    assert found.points == 2


def test_a_working_of_another_function_is_refused():
    found = working("s = sigmoid(w^T x + b)\nr = y - s\nf = 3 r^2\ndf = 6 r dr\n∇f = -6 (y - s) s (1 - s) x")
    assert found.verdict == "wrong"
    assert any(label == "3" and "✗" in text for label, text in found.rows)


@pytest.mark.parametrize("text", ["f = q^2", "df = 2 r dq", "hello", "= ="])
def test_lines_that_cannot_be_read_earn_nothing(text):
    found = working(text)
    assert found.verdict in ("undecided", "not understood", "wrong") and found.points == 0
