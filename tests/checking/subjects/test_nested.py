import collections
import dataclasses
import types

import numpy as np
import pytest

from chainrule.checking.subject import Misshapen
from chainrule.checking.subjects.nested import beside, described, renamed, spread
from chainrule.core.errors import LimitError


@dataclasses.dataclass(frozen=True)
class Config:
    scale: object
    shift: object


Pair = collections.namedtuple("Pair", "left right")


def test_names_are_what_a_person_would_write():
    value = {"W1": 1.0, "layers": [Pair(2.0, 3.0), Config(4.0, (5.0,))], "n": types.SimpleNamespace(a=6.0)}
    assert spread(value, "params").names == (
        "params['W1']",
        "params['layers'][0].left",
        "params['layers'][0].right",
        "params['layers'][1].scale",
        "params['layers'][1].shift[0]",
        "params['n'].a",
    )


@pytest.mark.parametrize(
    "value",
    [
        3.0,
        (1.0, [2.0, 3.0]),
        {"b": 1.0, "a": {"c": 2.0}},
        Pair(1.0, {"x": 2.0}),
        Config(1.0, (2.0, None)),
        collections.OrderedDict(z=1.0, a=2.0),
        types.SimpleNamespace(a=1.0, b=2.0),
        [],
    ],
    ids=repr,
)
def test_a_nested_value_comes_back_as_it_was(value):
    parts = spread(value, "x")
    again = parts.rebuild(list(parts.leaves))
    assert again == value and type(again) is type(value)


def test_other_leaves_leave_the_first_container_alone():
    value = {"w": 1.0, "deep": [2.0]}
    made = spread(value).rebuild([10.0, 20.0])
    assert made == {"w": 10.0, "deep": [20.0]} and value == {"w": 1.0, "deep": [2.0]}


def test_what_contains_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(LimitError) as refused:
        spread(endless)
    assert "nested more than 60 levels deep" in str(refused.value) and "arguments that end" in str(refused.value)


def pairs(expected, given):
    return beside(expected, given, "p", lambda name, want, part: (name, part))


def test_dicts_and_dataclasses_are_laid_side_by_side_by_key_in_any_order():
    assert pairs({"a": 0, "b": 0}, {"b": 2, "a": 1}) == [("p['a']", 1), ("p['b']", 2)]
    assert pairs(Config(0, 0), {"shift": 2, "scale": 1}) == [("p.scale", 1), ("p.shift", 2)]
    assert pairs({"scale": 0, "shift": 0}, Config(1, 2)) == [("p['scale']", 1), ("p['shift']", 2)]


def test_what_is_missing_is_not_claimed():
    assert pairs({"a": 0, "b": [0, 0]}, {"a": 1}) == [("p['a']", 1), ("p['b'][0]", None), ("p['b'][1]", None)]
    assert pairs([0, (0, 0)], [1, None]) == [("p[0]", 1), ("p[1][0]", None), ("p[1][1]", None)]


def test_an_array_stands_for_a_list_of_numbers():
    assert pairs([0.0, 0.0], np.array([1.0, 2.0])) == [("p[0]", 1.0), ("p[1]", 2.0)]


@pytest.mark.parametrize(
    "expected, given, argument, said",
    [
        ({"a": 0}, {"a": 1, "c": 2}, "p['c']", "an entry that the argument does not have"),
        ({"a": 0}, (1,), "p", "a tuple of 1"),
        ([0, 0], [1], "p", "1 parts"),
        ([0, 0], np.ones(3), "p", "an array of shape (3,)"),
        ({"a": 0}, {}, "p", "an empty claim"),
        ({"a": {"b": 0}}, {"a": {"x": 1}}, "p['a']['x']", "an entry that the argument does not have"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named(expected, given, argument, said):
    with pytest.raises(Misshapen) as refused:
        pairs(expected, given)
    assert (refused.value.argument, refused.value.given) == (argument, said)


def test_keys_may_be_written_with_a_d_before_or_a_word_after():
    assert renamed({"dW1": 1, "db1": 2}, ["W1", "b1", "b2"]) == {"W1": 1, "b1": 2}
    assert renamed({"W_grad": 1}, ["W", "b"]) == {"W": 1}
    assert renamed({"d": 1, "W": 2}, ["W", "b"]) == {"d": 1, "W": 2}
    assert renamed({"dW": 1, "xb": 2}, ["W", "b"]) == {"dW": 1, "xb": 2}


@pytest.mark.parametrize(
    "value, words",
    [
        (None, "None"),
        (3, "a number"),
        (True, "a boolean"),
        (np.ones((2, 1)), "an array of shape (2, 1)"),
        ([1], "a list of 1"),
        ({"a": 1}, "a dict with the keys 'a'"),
        ("two", "text"),
        (len, "a function, `len`"),
    ],
    ids=str,
)
def test_values_are_described_in_words(value, words):
    assert described(value) == words
