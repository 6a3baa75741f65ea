"""A report in a notebook."""

import re
from html.parser import HTMLParser

import pytest

from chainrule.checking.display import BADGES, html
from chainrule.checking.report import VERDICTS, Compared, Report
from chainrule.numeric.remainders import Remainders

STEPS = tuple(10.0**-k for k in range(1, 9))
VOID = {"rect", "line", "circle", "br"}


class Balanced(HTMLParser):
    """Fails where an element is not closed; collects the tags and the text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.said = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.said.append(text)


def wrong(**more):
    return Report(
        "wrong", "W1: yours is <exactly> ½ of it", cause="factor", argument="W1", index=(2, 1), claimed=4.1, true=8.2, bound=1e-12,
        rows=[("likely slip", "the 2 was dropped"), ("yours", "a + b\n    ~")], remarks=["seeds were fixed"],
        arguments=[
            Compared("b1", (5,), None, None, 1.0, 1e-13, 12.1, "right"),
            Compared("W1", (3, 5), (2, 1), 4.1, 8.2, 1e-12, 0.3, "wrong"),
        ],
        remainders=Remainders(STEPS, tuple(3 * h for h in STEPS), tuple(h * h for h in STEPS), 1.0, 2.0, 1e-16),
        **more,
    )  # fmt: skip


def test_a_notebook_gets_text_and_html():
    report = wrong()
    shown = report._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html"} and shown["text/plain"] == str(report)


def test_the_html_says_all_that_the_text_says():
    said = " ".join(Balanced(html(wrong())).said)
    for part in ("✗ wrong", "W1: yours is <exactly> ½ of it", "likely slip", "the 2 was dropped", "seeds were fixed", "[2, 1]"):
        assert part in said
    assert "3 × 5" in said and "4.1" in said and "8.2 ± 1e-12" in said and "yours: slope 1.00" in said


def test_it_needs_nothing_from_elsewhere():
    text = html(wrong())
    tags = Balanced(text).tags
    assert not {"script", "link", "img", "iframe", "style"} & set(tags) and "details" in tags and "svg" in tags
    assert re.findall(r"https?://[^\"' ]+", text) == ["http://www.w3.org/2000/svg"] and "onclick" not in text


def test_the_wrong_argument_stands_first_and_many_are_counted():
    text = html(wrong())
    assert text.index(">W1<") < text.index(">b1<") and "<details open" in text
    many = Report("right", "right", arguments=[Compared(f"w{k}", (3,), None, None, None, None, 12.0) for k in range(40)])
    assert "and 28 more, none worse" in html(many) and "<details open" not in html(many)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_a_badge(verdict):
    assert verdict in BADGES and verdict in Balanced(html(Report(verdict, "said"))).said[0]


def test_without_remainders_there_is_no_plot():
    assert Report("right", "right").plot() is None and "svg" not in html(Report("right", "right"))


def test_the_plot_is_a_file_of_its_own():
    text = str(wrong().plot())
    assert text.startswith("<svg ") and "in W1: wrong" in text and "prefers-color-scheme" in text
