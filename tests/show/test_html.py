"""Rows of an answer as a table."""

from xml.etree import ElementTree

from chainrule.show import table_of_rows


def cells(*rows):
    return [row.findall("td") for row in ElementTree.fromstring(table_of_rows(rows)).iter("tr")]


def test_columns_are_not_torn_and_the_page_scrolls_where_they_are_wide():
    (told,), (columns,) = cells(("note", "words that may be broken", ""), ("h", "h    error\n1    0.5", ""))
    assert "white-space: pre;" not in told.get("style") + ";" and "monospace" not in told.get("style")
    assert (columns.get("style") + ";").endswith("white-space: pre;") and "monospace" in columns.get("style")
    assert ElementTree.fromstring(table_of_rows([("a", "b", "")])).get("style") == "overflow-x: auto"


def test_rows_that_belong_to_columns_have_letters_of_one_width_too():
    (first,), (second,), (other,) = cells(("losses", "hinge          max(0, 1 − y z)", ""), ("", "binary-entropy softplus(z)", ""), ("source", "a book", ""))
    assert "monospace" in first.get("style") and "monospace" in second.get("style") and "monospace" not in other.get("style")


def test_a_text_without_an_aside_has_the_room_of_both():
    (alone,), (text, aside) = cells(("a", "text", ""), ("b", "text", "aside"))
    assert alone.get("colspan") == "2" and text.get("colspan") is None and aside.text == "aside"


def test_text_is_escaped():
    (cell,), = cells(("a", "x < 1 & <b>", ""))
    assert cell.text == "x < 1 & <b>"
