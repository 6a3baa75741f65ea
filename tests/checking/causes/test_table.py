"""The list of causes."""

from chainrule.checking.causes.table import CAUSES, page


def test_each_word_stands_for_one_cause_and_is_a_word():
    assert all(word == cause.word and word == word.lower() and " " not in word for word, cause in CAUSES.items())
    assert len({cause.says for cause in CAUSES.values()}) == len(CAUSES)


def test_each_cause_says_what_is_the_matter_and_where_to_look_in_sentences():
    for cause in CAUSES.values():
        assert cause.says.endswith((".", "?")) and cause.hint.endswith((".", "?")), cause.word


def test_the_page_lists_them_all():
    lines = page().splitlines()
    assert len(lines) == len(CAUSES) + 2
    assert lines[2].startswith("| `factor` |")
