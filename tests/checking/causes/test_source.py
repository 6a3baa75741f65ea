"""The source of a running function: found, changed, put in place, and as it was afterwards."""

import ast

import numpy as np

from chainrule.checking.causes.edits import edits
from chainrule.checking.causes.source import Source
from chainrule.checking.causes.watch import watch

OUTSIDE = np.arange(3.0)


def plain(X, r):
    return X.T @ r / len(r)  # a comment


def made(scale):
    def inner(v):
        return scale * v + OUTSIDE

    return inner


square = lambda v: v * v  # noqa: E731


def change_of(function, values, wanted):
    source = Source.of(function)
    found = [e for e in edits(source.node, values, function.__globals__) if wanted in ast.unparse(e.new)]
    return source, found[0]


def test_a_changed_function_runs_changed_and_afterwards_as_before():
    X, r = np.ones((4, 2)), np.arange(4.0)
    source, edit = change_of(plain, {"X": X, "r": r}, "X.T @ r")
    with edit.made():
        code = source.compiled()
    with source.in_place(code):
        assert np.allclose(plain(X, r), 6)
    assert np.allclose(plain(X, r), 1.5)


def test_a_change_is_shown_as_the_person_spelled_the_line():
    source, edit = change_of(plain, {}, "X.T @ r")
    assert source.change(edit.old, edit.new, edit.statement) == "`return X.T @ r / len(r)` → `return X.T @ r`"


def test_a_closure_keeps_its_variables_even_where_the_change_no_longer_reads_them():
    function = made(3.0)
    source = Source.of(function)
    edit = next(e for e in edits(source.node, {}, function.__globals__) if ast.unparse(e.new) == "v")
    with edit.made():
        code = source.compiled()
    with source.in_place(code):
        assert np.allclose(function(np.ones(3)), 1 + OUTSIDE)
    assert np.allclose(function(np.ones(3)), 3 + OUTSIDE)


def test_a_lambda_is_found():
    assert ast.unparse(Source.of(square).node.body[0]) == "return v * v"


def test_a_function_without_a_file_has_no_source():
    scope = {}
    exec("def f(x):\n    return x", scope)
    assert Source.of(scope["f"]) is None


def test_watching_sees_functions_and_variables_of_the_person_and_of_no_library():
    def call():
        z = np.linalg.norm(OUTSIDE)
        return plain(np.ones((3, 2)), OUTSIDE) * z

    watched = watch(call)
    assert {f.__name__ for f in watched.functions} == {"plain", "call"}
    assert watched.values["z"] == np.linalg.norm(OUTSIDE)
    assert watched.values["X"].shape == (3, 2)


def test_watching_ends_with_an_error_of_the_person_and_lets_none_out():
    def fails():
        early = 2.0
        raise ValueError(early)

    assert watch(fails).values["early"] == 2.0
