"""Tables on a terminal: words to the left, numbers to the right; narrower where the terminal is, and never torn."""

from chainrule.derivation.terminal import block, fitted, plainly, row
from chainrule.explain.columns import columns

TABLE = columns(["step", "first", ""], [["1", "0.25", "converges"], ["100", "−0.5", "diverges"]], left=(2,))


def test_words_stand_to_the_left_and_numbers_to_the_right():
    assert TABLE == "step   first\n   1    0.25   converges\n 100    −0.5   diverges"


def test_a_table_that_is_too_wide_loses_blanks_between_its_columns():
    assert fitted(TABLE.split("\n"), None) == TABLE.split("\n")
    assert fitted(TABLE.split("\n"), 22) == ["step  first", "   1   0.25  converges", " 100   −0.5  diverges"]
    assert fitted(["a   b"], 3) == ["a   b"]  # a single line is a formula or prose


def test_the_text_of_a_label_of_nine_letters_begins_where_all_texts_do():
    lines = block([row("saturated", "x", ""), row("at", "x", ""), row("converges", "x", "")]).split("\n")
    assert {line.index("x") for line in [li[9:] for li in lines]} == {1}


def test_labels_in_ascii_are_as_wide_as_the_signs_were():
    lines = block(plainly([row("∇f", "(1, 2)", "‖∇f‖ = 2"), row("λ", "±1", ""), row("at", "x", "")])).split("\n")
    assert lines == ["grad f    (1, 2)           ||grad f|| = 2", "lam       +-1", "at        x"]
