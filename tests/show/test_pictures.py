"""Laws of all pictures: well-formed, told in words, readable in light and dark, nothing cut off, no text over text."""

import re
from math import cos, radians, sin
from xml.etree import ElementTree

import pytest

from chainrule.show.labels import ASCENT, DESCENT
from chainrule.show.letters import text_width
from tests.show.examples import EXAMPLES, HARD, SURFACES

ALL = {**EXAMPLES, **{f"hard: {name}": draw for name, draw in HARD.items()}}
SPACE = "{http://www.w3.org/2000/svg}"
WIDTHS = (300, 360, 660, 1000, 2000)
SLACK = 1.0  # px by which estimated boxes may meet: letters have room of their own around them


def words_of(svg):
    """(text, corners) of every text that is seen."""
    found = []

    def walk(element, inherited):
        here = {**inherited, **{k: element.get(k) for k in ("font-size", "text-anchor", "font-weight") if element.get(k)}}
        if element.tag == f"{SPACE}text" and element.get("aria-hidden") != "true":
            found.append((element.text, corners(element, here)))
        for child in element:
            walk(child, here)

    walk(ElementTree.fromstring(str(svg)), {"font-size": "13"})
    return found


def corners(element, style):
    size = float(style["font-size"])
    wide = text_width(element.text, size, style.get("font-weight") == "600")
    x, y = float(element.get("x")), float(element.get("y"))
    left = x - {"start": 0, "middle": 0.5, "end": 1}[style.get("text-anchor", "start")] * wide
    box = [(left, y - ASCENT * size), (left + wide, y - ASCENT * size), (left + wide, y + DESCENT * size), (left, y + DESCENT * size)]
    turned = re.fullmatch(r"rotate\((\S+) (\S+) (\S+)\)", element.get("transform") or "")
    if turned is None:
        assert element.get("transform") is None
        return box
    angle, cx, cy = map(float, turned.groups())
    c, s = cos(radians(angle)), sin(radians(angle))
    return [(cx + c * (px - cx) - s * (py - cy), cy + s * (px - cx) + c * (py - cy)) for px, py in box]


def apart(one, other):
    """Whether two rectangles have a line between them (the separating axis theorem)."""
    for shape in (one, other):
        for (ax, ay), (bx, by) in ((shape[0], shape[1]), (shape[1], shape[2])):
            length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 or 1.0
            across = [[(-(by - ay) * x + (bx - ax) * y) / length for x, y in corner] for corner in (one, other)]
            if max(across[0]) <= min(across[1]) + SLACK or max(across[1]) <= min(across[0]) + SLACK:
                return True
    return False


@pytest.mark.parametrize("name", ALL)
def test_text_lies_within_the_picture_and_not_on_other_text(name):
    for width in WIDTHS:
        svg = ALL[name](width=width)
        found = words_of(svg)
        for text, box in found:
            for x, y in box:
                assert -SLACK <= x <= svg.width + SLACK and -SLACK <= y <= svg.height + SLACK, (width, text, box)
        for k, (text, box) in enumerate(found):
            for other, taken in found[:k]:
                assert apart(box, taken), (width, text, other)


@pytest.mark.parametrize("name", ALL)
def test_a_picture_is_well_formed_told_in_words_and_needs_nothing_from_elsewhere(name):
    for page in (False, True):
        svg = ALL[name](page=page)
        text = str(svg)
        root = ElementTree.fromstring(text)
        assert root.find(f"{SPACE}title").text and len(root.find(f"{SPACE}desc").text) > 15
        assert root.find(f".//{SPACE}script") is None and root.find(f".//{SPACE}image") is None
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "") and "@@" not in text
        for element in root.iter():
            for key, value in element.attrib.items():
                assert not re.search(r"\b(nan|inf)\b", value.lower()) or key in ("aria-label",), (element.tag, key, value)
        identifiers = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(set(identifiers)) == len(identifiers) and all(i.startswith(svg.key) for i in identifiers)
        assert set(re.findall(r"url\(#([^)]*)\)", text)) <= set(identifiers)


@pytest.mark.parametrize("name", ALL)
def test_every_colour_of_a_file_is_changed_for_dark_readers_and_a_page_keeps_its_own(name):
    root = ElementTree.fromstring(str(ALL[name]()))
    style = root.find(f"{SPACE}style").text
    for element in root.iter():
        classes = (element.get("class") or "").split()
        for what, letter in (("fill", "f"), ("stroke", "s")):
            if (element.get(what) or "").startswith("#"):
                (chosen,) = [c for c in classes if c.startswith(f"{letter}-")]
                assert f".{chosen} {{ {what}:" in style
    page = ElementTree.fromstring(str(ALL[name](page=True)))
    assert page.find(f"{SPACE}style") is None
    colours = {element.get(what) for element in page.iter() for what in ("fill", "stroke")}
    assert "#ffffff" not in colours and "currentColor" in colours


@pytest.mark.parametrize("name", ALL)
def test_the_same_data_are_the_same_bytes_and_few(name):
    assert str(ALL[name]()) == str(ALL[name]())
    assert len(str(ALL[name](width=1000))) < 120_000


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_width_that_cannot_be_drawn_is_the_nearest_that_can(name):
    assert EXAMPLES[name](width=10).width == 300 and EXAMPLES[name](width=1e9).width == 2000


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_is_well_formed_themed_and_the_same_each_time(name):
    for page in (False, True):
        text = SURFACES[name](page=page)
        root = ElementTree.fromstring(text)
        assert root.find(f"{SPACE}title").text and root.find(f"{SPACE}desc").text
        assert text == SURFACES[name](page=page) and "<script" not in text and "matplotlib.org" not in text
        identifiers = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(set(identifiers)) == len(identifiers)
        assert ("prefers-color-scheme" in text) == (not page)
        assert len(text) < 400_000
