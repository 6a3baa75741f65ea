"""What a declaration that gives facts and no sizes says of the shape."""

import pytest

from chainrule.syntax import read


def ranks(text, declare):
    return {name: len(v.dims) for name, v in read(text, declare).variables.items()}


@pytest.mark.parametrize(
    ("text", "declare", "expected"),
    [
        ("x ln x - x", "x: positive", {"x": 0}),  # it names every variable: no sizes, a scalar
        ("x/(x + y)", "x: positive, y: positive", {"x": 0, "y": 0}),
        ("softmax(x / t)", "x: n, t: positive", {"x": 1, "t": 0}),
        ("(sum(|x|.^p))^(1/p)", "x: n, p: gt1", {"x": 1, "p": 0}),
        ("sum(log(x))", "x: positive", {"x": 1}),  # below a sum it may be a vector
        ("x^T x", "x: positive", {"x": 1}),  # and here it must be
        ("A x", "x: positive", {"A": 2, "x": 1}),  # A is not declared: all is inferred
        ("x^T diag(s) x", "x: n, s: positive", {"x": 1, "s": 1}),
    ],
)
def test_facts_without_sizes(text, declare, expected):
    assert ranks(text, declare) == expected


@pytest.mark.parametrize(
    "declare",
    [
        "S: n n posdef",
        {"S": "n n posdef"},
        {"S": ["n", "n", "posdef"]},
        {"S": ("n n", ["posdef"])},
        {"S": {"dims": ["n", "n"], "facts": ["posdef"]}},
        {"S": {"shape": "n n", "assume": "posdef"}},
    ],
)
def test_every_spelling_of_a_declaration_says_the_same(declare):
    (variable,) = read("logdet(S)", declare).variables.values()
    assert (variable.dims, variable.facts, variable.declared) == (("n", "n"), {"posdef"}, True)
