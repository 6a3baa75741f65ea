"""Stretches: what is quoted of a text has whole braces."""

import pytest

from chainrule.checking.formulas.stretches import made_whole
from chainrule.syntax.text import parse
from chainrule.syntax.tree import walk


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A S^{-1}", ["A S^{-1}", "A", "S^{-1}", "S"]),
        (r"\mathbf{x}^{2}", [r"\mathbf{x}^{2}", "x", "2"]),
        (r"\left(x\right)^{\top}", [r"\left(x\right)^{\top}", r"\left(x\right)"]),
        (r"\frac{x}{y}", [r"\frac{x}{y}", "x", "y"]),
        (r"2\left\|\mathbf{x}\right\|", [r"2\left\|\mathbf{x}\right\|", "2", r"\left\|\mathbf{x}\right\|", "x"]),
    ],
)
def test_a_part_has_whole_braces_and_none_around_it(text, parts):
    tree = parse(text).result.tree
    made_whole(text, [tree])
    assert [text[n.start : n.end] for n in walk(tree)][: len(parts)] == parts


def test_a_text_without_braces_stays():
    text = "2 (x + y)"
    tree = parse(text).result.tree
    before = [(n.start, n.end) for n in walk(tree)]
    made_whole(text, [tree])
    assert [(n.start, n.end) for n in walk(tree)] == before
