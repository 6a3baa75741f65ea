"""An answer names the facts without which it would have been another, and no more."""

from __future__ import annotations

import pytest

import chainrule as cr
from chainrule.derivation import derive
from chainrule.derivation.used import derived_again, result_with, source, strongest_first

CROSS_ENTROPY = "-sum(Y .* log(softmax(X W)))"
USED = [
    # function, variable, declarations, order, what is said
    ("x' A x", "x", "A: n n symmetric", 1, "A symmetric"),
    ("x' A x", "x", "A: n n posdef", 1, "A symmetric (posdef)"),
    ("x' A x", "x", "A: n n posdef symmetric", 1, "A symmetric"),
    ("logdet(S)", "S", "S: n n posdef", 1, "S symmetric (posdef)"),
    ("logdet(S)", "S", "S: n n diagonal", 1, "S symmetric (diagonal)"),
    ("logdet(S)", "S", "S: n n symmetric invertible", 1, "S symmetric"),
    ("tr(Q^-1 A)", "A", "Q: n n orthogonal", 1, "Q orthogonal"),
    ("||Q X||_F^2", "X", "Q: n n orthogonal, X: n k", 1, "Q orthogonal"),
    (CROSS_ENTROPY, "W", "Y: m k onehot", 1, "rows of Y sum to 1 (one-hot)"),
    (CROSS_ENTROPY, "W", "Y: m k prob", 1, "rows of Y sum to 1 (probabilities)"),
    (CROSS_ENTROPY, "W", "Y: m k sum1", 1, "rows of Y sum to 1"),
    ("-y' log(softmax(z))", "z", "y: k onehot", 1, "y sums to 1 (one-hot)"),
    (CROSS_ENTROPY + " + tr(W S W')", "W", "S: k k posdef, Y: m k onehot", 1, "rows of Y sum to 1 (one-hot); S symmetric (posdef)"),
    ("-sum(log(sigmoid(y .* (X w))))", "w", "y: m labelspm1", 2, "entries of y are ±1"),
    ("sum(M .* M .* X .* X)", "X", "M: m n mask01", 1, "entries of M are 0 or 1"),
    ("sum(M .* M .* X .* X)", "X", "M: m n onehot", 1, "entries of M are 0 or 1 (one-hot)"),
    ("t^2*x*c*c", "x", "c: labelspm1, x:, t:", 1, "c is ±1"),
    ("sqrt(x^2)", "x", "x: positive", 1, "x > 0"),
    ("sum(abs(x))", "x", "x: n open01", 1, "x > 0 (open01)"),
    # declared, and not needed
    ("sum(log(x))", "x", "x: n positive", 1, ""),
    ("sum(exp(X W)) - sum(Y .* (X W))", "W", "Y: m k onehot", 1, ""),
    ("x' A x + y' B y", "x", "A: n n symmetric, B: n n symmetric", 1, "A symmetric"),
    ("||x||^2", "x", "x: n, c: positive", 1, ""),
    ("||A x - b||^2", "x", None, 1, ""),
]  # fmt: skip


@pytest.mark.parametrize("function, wrt, declare, order, said", USED, ids=[f"{u[0]} {u[2]}" for u in USED])
def test_what_is_said(function, wrt, declare, order, said):
    found = derive(function, wrt, order, declare, seal=False)
    assert "; ".join(map(str, found.used)) == said


@pytest.mark.parametrize("function, wrt, declare, order, said", USED, ids=[f"{u[0]} {u[2]}" for u in USED])
def test_what_is_said_is_enough_and_nothing_of_it_can_be_spared(function, wrt, declare, order, said):
    found = derive(function, wrt, order, declare, seal=False)
    given = {name: frozenset() for name, v in found.problem.variables.items() if v.facts}
    needed = dict(given)
    for fact in found.used:
        needed[fact.variable] |= {fact.fact}
    shown = lambda facts: result_with(found.problem, facts, lambda problem: derived_again(found, problem))
    assert shown(needed) == (found.text, found.where)
    for fact in found.used:
        assert shown(needed | {fact.variable: needed[fact.variable] - {fact.fact}}) != (found.text, found.where)


def test_the_row_and_the_data():
    found = derive(CROSS_ENTROPY, "W", declare="Y: m k onehot")
    assert ("using", "rows of Y sum to 1 (one-hot)", "") in found.rows()
    assert "\nusing     rows of Y sum to 1 (one-hot)\n" in str(found)
    assert found.to_dict()["used"] == [
        {"variable": "Y", "fact": "sum1", "declared": "onehot", "text": "rows of Y sum to 1 (one-hot)"}
    ]


def test_no_row_where_no_fact_was_used():
    found = derive("sum(log(x))", "x", declare="x: n positive")
    assert "using" not in str(found) and found.to_dict()["used"] == []


def test_facts_are_ordered_by_what_they_imply():
    assert strongest_first(frozenset({"symmetric", "psd", "posdef"})) == ["posdef", "psd", "symmetric"]
    assert source("symmetric", frozenset({"positive", "posdef"})) == "posdef"


SYMMETRIC = {"declare": "A: n n posdef, x: n, y: n"}
ANSWERS = [
    # what makes the answer, and whether it used that A is symmetric
    (lambda: cr.derive("x' A x + y' y", "x, y", **SYMMETRIC), True),
    (lambda: cr.derive("x' A x + y' y", ["y"], **SYMMETRIC), False),
    (lambda: cr.value_and_grad("x' A x", "x", **SYMMETRIC), True),
    (lambda: cr.hessian("x' A x + y' y", "x, y", **SYMMETRIC), True),
    (lambda: cr.jvp("x' A x", "x", **SYMMETRIC), True),
    (lambda: cr.jvp("A x", "x", **SYMMETRIC), False),
    (lambda: cr.vjp("A x", "x", "u", **SYMMETRIC), True),
    (lambda: cr.hvp("x' A x", "x", **SYMMETRIC), True),
    (lambda: cr.directional("x' A x", "x", "y", **SYMMETRIC), True),
    (lambda: cr.steepest("x' A x", "x", **SYMMETRIC), True),
    (lambda: cr.differential("x' A x", "x", **SYMMETRIC), True),
    (lambda: cr.linearize("x' A x", "x", **SYMMETRIC), True),
    (lambda: cr.taylor("x' A x", "x", 2, **SYMMETRIC), True),
]


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_every_kind_of_answer_says_what_it_used(number):
    make, uses = ANSWERS[number]
    found = make()
    assert "; ".join(map(str, found.used)) == ("A symmetric (posdef)" if uses else "")
    assert (("using", "A symmetric (posdef)", "") in found.rows()) is uses
    assert [fact["fact"] for fact in found.to_dict()["used"]] == ["symmetric"] * uses
