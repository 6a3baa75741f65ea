"""The page with one picture of each kind."""

import re
from xml.etree import ElementTree

import pytest

from tests.explain.page import EXAMPLES, FOLDER, PAGE, answer, file_name, pictures_of, title_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(("heading", "words", "call", "names"), EXAMPLES, ids=[heading for heading, *_ in EXAMPLES])
def test_every_picture_of_the_page_is_what_its_call_draws_today(heading, words, call, names):
    page = PAGE.read_text(encoding="utf-8")
    assert f"## {heading}\n\n{words}\n\n```\n{call}\n```" in page, "make pictures"
    drawn = pictures_of(answer(call))
    assert drawn and set(names) <= set(drawn)
    for name in names or drawn:
        there = (FOLDER / file_name(heading, name)).read_text(encoding="utf-8")
        root = ElementTree.fromstring(there)
        assert root.find(SVG + "title").text and root.find(SVG + "desc").text
        assert title_of(there) == title_of(drawn[name]), "make pictures"
        assert f"(pictures/{file_name(heading, name)})" in page


def test_the_page_names_no_picture_that_is_missing():
    named = re.findall(r"\(pictures/([^)]+)\)", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 20 and all((FOLDER / file).exists() for file in named)
