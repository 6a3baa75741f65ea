"""Widths of text, and lines: nothing that is drawn is wider than was reckoned."""

from chainrule.show.letters import balanced, shortened, text_width, wrapped


def test_widths_are_those_of_letters():
    assert text_width("iii") < text_width("mmm") and text_width("") == 0
    assert text_width("x̄") == text_width("x") and text_width("漢", 10) == 10
    assert text_width("word", bold=True) > text_width("word") and text_width("word", 20) == 2 * text_width("word", 10)


def test_what_is_too_long_ends_in_an_ellipsis_and_fits():
    short = shortened("a rather long name", 60)
    assert short.endswith("…") and text_width(short) <= 60 and shortened("short", 60) == "short"


def test_lines_break_between_words_and_fit():
    lines = wrapped("one two three four five six", 70, most=9)
    assert all(text_width(line) <= 70 for line in lines) and " ".join(lines) == "one two three four five six"
    assert len(wrapped("one two three four five six", 70)) == 2 and wrapped("one two three four five six", 70)[1].endswith("…")
    assert wrapped("", 50) == [] and "".join(wrapped("x" * 30, 70, most=9)) == "x" * 30


def test_a_title_of_two_lines_is_balanced_and_not_broken_within_brackets():
    assert balanced("Error of the tangent against the step ε", 280, 16, bold=True) == ["Error of the tangent", "against the step ε"]
    assert balanced("Paths on (1 − x)² + 100(y − x²)²", 230, 16, bold=True) == ["Paths on (1 − x)²", "+ 100(y − x²)²"]
    assert balanced("short", 280) == ["short"]
    assert balanced("Curvature at x\u00a0=\u00a01, y\u00a0=\u00a01: positive definite", 300, 16, bold=True) == ["Curvature at x\u00a0=\u00a01,", "y\u00a0=\u00a01: positive definite"]
