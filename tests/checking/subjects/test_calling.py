import numpy as np
import pytest

from chainrule.checking.subjects.calling import arranged
from chainrule.core.errors import DeclarationError

A, B = np.ones(2), np.zeros(3)


def one(w):
    return w


def two(w, b):
    return w


def more(w, b=0.0, *, c=1.0):
    return w


def any_number(*params):
    return params


@pytest.mark.parametrize(
    "function, at, names, keywords",
    [
        (one, A, ("w",), False),
        (two, (A, B), ("w", "b"), False),
        (two, {"b": B, "w": A}, ("b", "w"), True),
        (more, {"w": A, "c": 2.0}, ("w", "c"), True),
        (one, {"W1": A, "b1": B}, ("w",), False),
        (one, (A, B), ("w",), False),
        (one, [A, B], ("w",), False),
        (two, [A, B], ("w", "b"), False),
        (more, A, ("w",), False),
        (any_number, (A, B), ("params[0]", "params[1]"), False),
        (np.sin, A, ("x",), False),
        (min, (A, A), ("x[0]", "x[1]"), False),
    ],
)
def test_the_signature_decides_how_a_function_is_called(function, at, names, keywords):
    call = arranged(function, at)
    assert (call.names, call.keywords) == (names, keywords)


def test_plain_numbers_for_one_parameter_become_an_array():
    call = arranged(one, (1, 2.5))
    assert isinstance(call.values[0], np.ndarray) and call.values[0].tolist() == [1.0, 2.5]
    assert arranged(one, [[1, 2], [3, 4]]).values[0].shape == (2, 2)


def test_the_function_is_called_as_it_was_arranged():
    assert arranged(two, (1.0, 2.0)).of(lambda w, b: (w, b), (3, 4)) == (3, 4)
    assert arranged(two, {"b": 1.0, "w": 2.0}).of(lambda w, b: (w, b), (3, 4)) == (4, 3)


def test_too_few_arguments_are_said_with_the_call_that_would_work():
    with pytest.raises(DeclarationError) as refused:
        arranged(lambda w, b, c: w, (A, B))
    assert str(refused.value) == (
        "DeclarationError: `your function` cannot be called with `at`\n"
        "  given:    2 arguments in `at`\n"
        "  expected: your function(w, b, c)\n"
        "  fix:      at=(w, b, c)"
    )


def test_a_dict_with_wrong_keys_is_said_key_by_key():
    with pytest.raises(DeclarationError) as refused:
        arranged(two, {"w": A, "bias": B})
    assert str(refused.value) == (
        "DeclarationError: `two` cannot be called with `at`\n"
        "  given:    `at` with the keys w, bias\n"
        "  expected: two(w, b)\n"
        "  fix:      add b; leave out bias"
    )
