"""The SVG writer: well-formed, escaped, told to those who do not see it, readable on light and dark."""

from xml.etree import ElementTree

import pytest

from chainrule.show import Svg
from chainrule.show.svg import COLOURS, FULLEST, number

SPACE = "{http://www.w3.org/2000/svg}"


def parsed(svg):
    return ElementTree.fromstring(str(svg))


def test_what_is_drawn_is_well_formed_and_escaped():
    svg = Svg(100, 50, 'a < "b" & c', "it's\x00 told")
    svg.text(1, 2.5, "<script>alert(1)</script>", text_anchor="end")
    with svg.group(opacity=0.5):
        svg.line(0, 0, 10, 1 / 3, **svg.paint(stroke="yours"))
    root = parsed(svg)
    assert root.find(f"{SPACE}text").text == "<script>alert(1)</script>" and root.find(f"{SPACE}script") is None
    assert root.find(f"{SPACE}g/{SPACE}line").get("y2") == "0.33" and root.find(f"{SPACE}text").get("text-anchor") == "end"
    assert svg._repr_svg_() == str(svg)


def test_it_has_a_title_and_a_description_that_it_is_labelled_by():
    root = parsed(Svg(100, 50, 'a < "b" & c', "it's\x00 told"))
    title, description = root.find(f"{SPACE}title"), root.find(f"{SPACE}desc")
    assert (title.text, description.text) == ('a < "b" & c', "it's told")
    assert root.get("role") == "img" and root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_two_pictures_in_one_page_keep_apart():
    one, two = Svg(10, 10, "one", ""), Svg(10, 10, "two", "")
    assert one.key != two.key and parsed(one).get("id") == one.key
    assert f"#{one.key} .f-ink" in str(one) and str(one) == str(Svg(10, 10, "one", ""))


def test_a_file_has_paper_and_colours_for_dark_readers_and_a_page_its_own():
    file, page = Svg(10, 10, "t", "d"), Svg(10, 10, "t", "d", page=True)
    assert "prefers-color-scheme: dark" in str(file) and 'fill="#ffffff"' in str(file)
    assert "<style" not in str(page) and "<rect" not in str(page)
    assert page.paint("ink") == {"fill": "currentColor"} and file.paint("ink")["class_"] == "f-ink"


def luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(one, two):
    dark, light = sorted([luminance(one), luminance(two)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["ink", "yours", "true", "third", "fourth", "fifth"])
def test_every_colour_stands_out_on_its_paper(name):
    light, dark, either = COLOURS[name]
    paper, night, _ = COLOURS["paper"]
    assert contrast(light, paper) > 4.5 and contrast(dark, night) > 4.5  # WCAG 2, level AA for text
    assert either == "currentColor" or min(contrast(either, paper), contrast(either, night)) > 3  # and for large text


def test_lengths_are_short():
    assert [number(x) for x in (3, 3.0, 0.125, 1 / 3, -0.5)] == ["3", "3", "0.12", "0.33", "-0.5"]


def test_spaces_that_hold_words_together_are_kept():
    svg = Svg(100, 50, "t", "d")
    svg.text(1, 1, "x\u00a0=\u00a01\u200b")
    assert parsed(svg).find(f"{SPACE}text").text == "x\u00a0=\u00a01"


def over(colour, paper, opacity):
    pairs = [(int(colour[k : k + 2], 16), int(paper[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join([f"{round(opacity * a + (1 - opacity) * b):02x}" for a, b in pairs])


@pytest.mark.parametrize("mode", (0, 1), ids=("light", "dark"))
@pytest.mark.parametrize("name", ["scale", "true", "yours"])
def test_letters_can_be_read_on_the_densest_areas(name, mode):
    ink, paper, colour = (COLOURS[which][mode] for which in ("ink", "paper", name))
    assert contrast(ink, over(colour, paper, FULLEST)) > 4.5
