"""The parameters of a function of a framework, and what is declared of them."""

import pytest

from chainrule.core.errors import DeclarationError
from chainrule.syntax.parameters import parameters_of


def loss(params, X, y, lam=0.1, *, scale=1.0):
    """A function with a dict, arrays, a default and a keyword."""


def test_variables_are_the_leaves_in_order_and_defaults_may_be_left_out():
    found = parameters_of(loss, "loss", {"params": {"W": "d k", "b": "k"}, "X": "n d", "y": "n k onehot"})
    assert list(found.variables) == ["W", "b", "X", "y"]
    assert found.variables["y"].facts == {"onehot"} and [str(d) for d in found.variables["W"].dims] == ["d", "k"]
    args, keywords = found.arguments({"W": 1, "b": 2, "X": 3, "y": 4})
    assert args == [] and keywords == {"params": {"W": 1, "b": 2}, "X": 3, "y": 4}


def test_lists_and_tuples_of_dicts_are_kept_and_equal_keys_take_their_path():
    found = parameters_of(loss, "loss", {"params": [{"W": "d h"}, {"W": "h k"}], "X": "n d", "y": "n", "scale": "positive"})
    assert list(found.variables) == ["W_0", "W_1", "X", "y", "scale"]
    assert found.arguments(dict.fromkeys(found.variables, 0))[1]["params"] == [{"W": 0}, {"W": 0}]
    assert found.variables["scale"].dims == () and found.variables["scale"].facts == {"positive"}


def test_a_declaration_of_one_variable_may_be_a_mapping_or_a_tuple():
    found = parameters_of(loss, "loss", {"params": {"dims": ["n", "n"], "facts": ["posdef"]}, "X": ("n", 3), "y": ()})
    assert [len(v.dims) for v in found.variables.values()] == [2, 2, 0] and found.variables["params"].facts == {"posdef"}


@pytest.mark.parametrize(
    "shapes, message",
    [
        (
            {"params": "n", "X": "n d"},
            "DeclarationError: the shape of `y` is not given\n"
            "  given:    loss(params, X, y, lam, scale) with params, X\n"
            "  expected: the sizes of every parameter that has no default\n"
            '  fix:      y="n d" is a matrix, y="n" a vector, y="scalar" a number',
        ),
        (
            {"params": "n", "X": "n d", "y": "n", "scales": "positive"},
            "DeclarationError: `loss` has no parameter `scales`\n"
            "  given:    scales='positive'\n"
            "  expected: `params` or `X` or `y` or `lam` or `scale`\n"
            "  fix:      did you mean `scale`?",
        ),
        (
            {"params": "n", "X": "matrix", "y": "n"},
            "DeclarationError: the sizes of `X` are not given\n"
            '  given:    X="matrix"\n'
            "  expected: 2 sizes\n"
            '  fix:      X="n d"',
        ),
    ],
)
def test_what_cannot_be_understood_is_said(shapes, message):
    with pytest.raises(DeclarationError) as caught:
        parameters_of(loss, "loss", shapes)
    assert str(caught.value) == message


def test_what_is_no_function_and_what_has_no_variable_is_said():
    with pytest.raises(DeclarationError) as caught:
        parameters_of("||Ax||", "f", {})
    assert str(caught.value) == (
        "DeclarationError: this is no function\n"
        "  given:    '||Ax||'\n"
        "  expected: a function of arrays that returns one array\n"
        "  fix:      derive reads text"
    )
    with pytest.raises(DeclarationError) as caught:
        parameters_of(lambda: 3.0, "f", {})
    assert str(caught.value) == (
        "DeclarationError: `f` has no variable\n  given:    f()\n  expected: a shape for at least one parameter"
    )
