"""Declarations, as texts and as mappings."""

import pytest

from chainrule.core.errors import DeclarationError
from chainrule.syntax import read
from chainrule.syntax.declare import declarations


def declared(given):
    return {
        d.name: (None if d.dims is None else tuple(map(str, d.dims)), d.rank, sorted(d.facts)) for d in declarations(given).values()
    }


@pytest.mark.parametrize(
    "text, expected",
    [
        ("X: m n", {"X": (("m", "n"), None, [])}),
        ("S: n n posdef, lam: positive", {"S": (("n", "n"), None, ["posdef"]), "lam": (None, None, ["positive"])}),
        ("y: m labelspm1", {"y": (("m",), None, ["labelspm1"])}),
        ("x:", {"x": ((), None, [])}),
        ("x: scalar", {"x": ((), None, [])}),
        ("lam: scalar > 0", {"lam": ((), None, ["positive"])}),
        ("lambda: > 0", {"lam": (None, None, ["positive"])}),
        ("S: n n sym pd", {"S": (("n", "n"), None, ["posdef", "symmetric"])}),
        ("D: n n diag, Q: n n orth, p: k simplex", {"D": (("n", "n"), None, ["diagonal"]), "Q": (("n", "n"), None, ["orthogonal"]), "p": (("k",), None, ["prob"])}),
        ("A, B: n n", {"A": (("n", "n"), None, []), "B": (("n", "n"), None, [])}),
        ("X: 3 4; y: 3", {"X": (("3", "4"), None, []), "y": (("3",), None, [])}),
        ("S: posdef", {"S": (None, 2, ["posdef"])}),
        ("x: vector, A: matrix", {"x": (None, 1, []), "A": (None, 2, [])}),
        ("p: n in (0, 1)", {"p": (("n",), None, ["open01"])}),
        ("x: n >= 0", {"x": (("n",), None, ["nonneg"])}),
        ("Q: batch head seq dk", {"Q": (("batch", "head", "seq", "dk"), None, [])}),
        ("μ_k: n", {"mu_k": (("n",), None, [])}),
        ("v: m*n", {"v": (("m·n",), None, [])}),
    ],
)
def test_texts(text, expected):
    assert declared(text) == expected


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"X": "m n"}, {"X": (("m", "n"), None, [])}),
        ({"X": ("m", "n")}, {"X": (("m", "n"), None, [])}),
        ({"X": ["m", 3]}, {"X": (("m", "3"), None, [])}),
        ({"S": ("n n", ["posdef"])}, {"S": (("n", "n"), None, ["posdef"])}),
        ({"S": (["n", "n"], "posdef")}, {"S": (("n", "n"), None, ["posdef"])}),
        ({"x": (), "t": ""}, {"x": ((), None, []), "t": ((), None, [])}),
        ({"x": ([], ["positive"])}, {"x": ((), None, ["positive"])}),
        ({"x": 5}, {"x": (("5",), None, [])}),
    ],
)
def test_mappings(given, expected):
    assert declared(given) == expected


@pytest.mark.parametrize("given", ["X", "X: m n posdef", "1: n", "x: n, x: n", "x: -3", "x: ???", 5, {"x": object()}, {5: "n"}])
def test_what_cannot_be_a_declaration(given):
    with pytest.raises(DeclarationError):
        declarations(given)


def test_a_name_is_declared_or_defined_not_both():
    with pytest.raises(DeclarationError):
        read("r = A x\nr^T r", "r: n")


def test_facts_reach_the_graph():
    problem = read("x^T S x", "S: n n posdef, x: n positive")
    assert problem.variables["S"].facts == {"posdef"}
    assert problem.lower().symbols["x"].facts == {"positive"}


def test_facts_alone_leave_the_shape_to_inference():
    problem = read("lam ||x||^2 + tr(S)", "lam: positive, S: posdef")
    assert {n: len(v.dims) for n, v in problem.variables.items()} == {"lam": 0, "x": 1, "S": 2}
    assert not problem.variables["S"].declared


def test_what_is_declared_but_not_used_is_kept_apart():
    problem = read("x^T x", "x: n, y: m")
    assert list(problem.variables) == ["x"]
    assert list(problem.unused) == ["y"]


@pytest.mark.parametrize(
    "said, dims", [("n-2", "n-2"), ("n - 2", "n-2"), ("2*n-1", "2·n-1"), ("m+n-1", "m+n-1"), ("4*k", "4·k")]
)
def test_a_size_may_be_a_difference(said, dims):
    assert str(declarations(f"x: {said}")["x"].dims[0]) == dims


def test_a_difference_of_sizes_below_one_is_refused():
    with pytest.raises(DeclarationError) as caught:
        declarations("x: 2-3")
    assert str(caught.value) == """\
DeclarationError: `x` has a size below 1
  given:    x: 2-3
  expected: sizes of 1 or more"""


def test_01_says_what_the_values_are_and_is_no_size():
    found = declarations("M: m n 01")["M"]
    assert ([str(d) for d in found.dims], found.facts) == (["m", "n"], {"labels01"})


def test_a_property_that_is_not_available_is_no_size():
    with pytest.raises(DeclarationError) as raised:
        declarations("L: n n lower")
    assert str(raised.value) == (
        "DeclarationError: the property `lower` is not available\n  given:    L: n n lower\n"
        "  expected: a size, or a property such as symmetric, posdef, psd, diagonal, orthogonal, invertible\n"
        "  fix:      leave `lower` out: what holds for every matrix holds for those too"
    )
