"""What is declared of variables, and what follows for the values of expressions."""

from __future__ import annotations

import pytest

from chainrule.core.algebra import contract, matmul, outer, transpose
from chainrule.core.facts import FACTS, sign, symmetric, value_set
from chainrule.core.node import symbol
from chainrule.ops import lookup
from chainrule.syntax.declare import FACTS as READ

v = symbol("v", ["n"])


@pytest.mark.parametrize("word", FACTS)
def test_a_symbol_has_what_its_fact_implies(word):
    S, fact = symbol("S", ["n", "n"], {word}), FACTS[word]
    assert (sign(S), value_set(S), symmetric(S)) == (fact.sign, fact.values, fact.symmetric)


def test_the_strictest_of_several_signs_holds():
    assert sign(symbol("x", [], {"nonneg", "positive"})) == "+"
    assert sign(symbol("x", [], {"counts", "gt1"})) == "+"


def quadratic_form(matrix):
    return contract("", (v, "i"), (matrix, "ij"), (v, "j"))


@pytest.mark.parametrize("word", ["posdef", "psd"])
def test_a_quadratic_form_of_a_semidefinite_matrix_is_nowhere_negative(word):
    S = symbol("S", ["n", "n"], {word})
    assert sign(quadratic_form(S)) == sign(quadratic_form(lookup("inverse")(S))) == "0+"
    assert sign(quadratic_form(symbol("S", ["n", "n"], {"symmetric"}))) is None


def test_symmetry_is_seen_through_products_sums_and_maps():
    A, S = symbol("A", ["n", "n"]), symbol("S", ["n", "n"], {"psd"})
    for matrix in (S, matmul(transpose(A), A), A + transpose(A), outer(v, v), lookup("exp")(S), lookup("inverse")(S)):
        assert symmetric(matrix), matrix
    for matrix in (A, matmul(A, A), matmul(A, S), A - transpose(A)):
        assert not symmetric(matrix), matrix


def test_every_word_that_is_read_is_a_fact_and_every_fact_can_be_declared():
    assert set(READ.values()) <= FACTS.keys()
    for word, fact in FACTS.items():
        for spelling in (word, *fact.aliases):
            assert READ.get(spelling, word) == word, spelling
