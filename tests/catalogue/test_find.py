"""An identity is found whatever its variables are called and however it is spelled; what is none is said to be none."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

import chainrule as cr
from chainrule.catalogue import identity
from chainrule.catalogue.find import matches
from chainrule.catalogue.table import ALL
from chainrule.core.errors import ChainruleError
from chainrule.syntax import read


def renamed(entry):
    """(function, declarations, new names) of an entry whose variables all have other names."""
    names = {name: f"{name}q" for name in entry.problem.variables}
    other = lambda text: re.sub(r"[A-Za-z_]+", lambda word: names.get(word[0], word[0]), text)
    declare = {names[v.name]: " ".join([*map(str, v.dims)] or ["scalar"]) + " " + " ".join(v.facts) for v in entry.problem.variables.values()}
    return other(entry.function), declare, names


@pytest.mark.parametrize("group", dict.fromkeys(entry.group for entry in ALL))
def test_each_is_found_under_other_names(group):
    for entry in [entry for entry in ALL if entry.group == group]:
        text, declare, names = renamed(entry)
        found = matches(read(text, declare), names[entry.wrt], entry.order)
        assert [match.identity for match in found] == [entry], text
        assert found[0].names == names or found[0].derivation.text  # one of several renamings, where the function has symmetries


@pytest.mark.parametrize("factor", ["-3", "2/5", "0.001"])
def test_a_multiple_of_each_is_found_as_such(factor):
    for entry in ALL:
        declare = {v.name: " ".join([*map(str, v.dims)] or ["scalar"]) + " " + " ".join(v.facts) for v in entry.problem.variables.values()}
        lets, newline, last = entry.function.rpartition("\n")
        found = matches(read(f"{lets}{newline}{factor} ({last})", declare), entry.wrt, entry.order, multiples=True)
        (match,) = [match for match in found if match.identity is entry]
        assert float(match.multiple) == float(Fraction(factor)), entry.function


FOUND = [
    # a spelling, its declarations, the identity's function, what its derivative is in the person's names
    ("tr(A X)", None, "tr(A X)", "Aᵀ"),
    ("tr(B Y)", None, "tr(A X)", "Bᵀ"),
    ("tr(X A)", None, "tr(A X)", "Aᵀ"),
    ("tr(X^T A^T)", None, "tr(A X)", "Aᵀ"),
    ("np.trace(P @ Z)", None, "tr(A X)", "Pᵀ"),
    ("sum(A .* X)", None, "tr(X^T A)", "A"),
    ("np.sum((A @ x - b)**2)", None, "||A x - b||^2", "2Aᵀ(Ax − b)"),
    ("(A x - b)^T (A x - b)", None, "||A x - b||^2", "2Aᵀ(Ax − b)"),
    ("||c - Z u||^2", None, "||A x - b||^2", "2Zᵀ(Zu − c)"),
    ("1/(1 + exp(-t))", None, "sigmoid(x)", "s(1 − s)"),
    ("log(1 + exp(t))", None, "softplus(x)", "σ(t)"),
    ("w^T S w", "S: n n posdef", "x^T A x", "2Sw"),
    ("w^T S w", "S: n n, w: n", "x^T A x", "(S + Sᵀ)w"),
    ("sqrt(v^T v)", "v: n", "||x||", "v/‖v‖"),
    ("b^T inv(C) a", "C: n n", "a^T X^-1 b", "−C⁻ᵀbaᵀC⁻ᵀ"),
    ("log(det(K))", None, "logdet(X)", "K⁻ᵀ"),
    ("exp(z) / sum(exp(z))", "z: n", "softmax(x)", "diag(p) − ppᵀ"),
]  # fmt: skip


@pytest.mark.parametrize("text, declare, function, derivative", FOUND, ids=[f"{f[0]} {f[1] or ''}" for f in FOUND])
def test_spellings(text, declare, function, derivative):
    found = identity(text, declare=declare)
    match = next(match for match in found.matches if match.identity.function == function)
    assert (match.derivation.text, match.derivation.verified) == (derivative, True)


def test_a_free_choice_of_the_variable_shows_each_and_wrt_decides():
    assert [match.derivation.wrt for match in identity("x^T A x").matches] == ["x", "A"]
    assert [match.derivation.wrt for match in identity("x^T A x", wrt="A").matches] == ["A"]
    (match,) = identity("tr(P Q R)", wrt="P").matches
    assert (match.names["X"], match.derivation.text) == ("P", "RᵀQᵀ")


def test_facts_must_be_declared():
    assert [match.identity.declare for match in identity("w^T S w", "w", "S: n n posdef").matches] == ["A: n n symmetric, x: n"]
    assert [match.identity.declare for match in identity("w^T S w", "w").matches] == ["A: n n, x: n"]


def test_a_square_identity_is_not_one_of_other_sizes():
    square, wide = "A: n n, X: n n, B: n n", "A: n m, X: m k, B: k n"
    assert [match.identity.function for match in identity("det(A X B)", "X", square).matches] == ["det(A X B)"]
    assert not identity("det(A X B)", "X", wide).matches
    assert [match.identity.function for match in identity("||X||_F^2", "X", "X: n n").matches] == ["||X||_F^2"]  # but of these


def test_the_orders_are_apart():
    assert [match.identity.order for match in identity("logdet(X)", order=2).matches] == [2]


def test_what_the_block_says():
    assert str(identity("tr(B Y)", "Y")).split("\nverified")[0] == (
        "read as   tr(BY)           B: m×n   Y: n×m\n"
        "∇f = Bᵀ                    shape n×m, column layout\n"
        "identity  traces: tr(AX) by X, ∇f = Aᵀ; here B for A, Y for X\n"
        "source    Petersen & Pedersen, The Matrix Cookbook (2012), (100)"
    )


@pytest.mark.parametrize(
    "function, derivative, said",
    [
        ("2 tr(A X)", "2Aᵀ", "2 × traces: tr(AX) by X, ∇f = Aᵀ"),
        ("-logdet(K)", "−K⁻ᵀ", "−1 × determinants: log |det X|, ∇f = X⁻ᵀ; here K for X"),
        ("1/2 ||A x - b||^2", "Aᵀ(Ax − b)", "1/2 × norms: ‖Ax − b‖² by x, ∇f = 2Aᵀ(Ax − b)"),
    ],
)
def test_a_multiple_of_an_identity_shows_the_derivative_of_what_was_asked(function, derivative, said):
    match = identity(function).matches[0]
    assert (match.derivation.text, match.derivation.verified) == (derivative, True)
    assert ("identity", said, "") in match.rows()


def test_a_sum_with_an_identity_is_no_multiple_of_it():
    assert not identity("2 tr(A X) + tr(X)", "X").matches and not identity("2 tr(A X) + 3", "X").matches


def test_what_is_no_identity_is_derived_afresh_beside_the_nearest():
    found = identity("tr(A X B X C X)", "X")
    assert not found.matches and found.derivation.text == "(AXBXC + BXCXA + CXAXB)ᵀ" and found.verified
    assert str(found).splitlines()[0] == "note      no identity is exactly tr(AXBXCX), nearest:"
    assert "tr(AXBXᵀC)" in str(found)
    several = identity("tr(A X B X C X)")
    assert several.derivation is None and "say which variable to derive by, A or X or B or C" in str(several)
    assert several.to_dict()["derivation"] is None and len(several.to_dict()["nearest"]) == 3


def test_plain_data():
    data = cr.identity("tr(B Y)", "Y").to_dict()
    (match,) = data["matches"]
    assert (data["format"], data["verified"], match["names"]) == ("chainrule.identity/1", True, {"A": "B", "X": "Y"})
    assert match["identity"]["derivation"]["text"] == "Aᵀ" and match["derivation"]["text"] == "Bᵀ"


def test_the_door_is_the_same():
    assert cr.identities("traces")[1].function == "tr(A X)"


REFUSED = {
    "a variable": (
        ("tr(A X)", "Z"),
        "UnknownNameError: `Z` is not a variable of the function\n  given:    tr(AX)\n  expected: `A` or `X`",
    ),
    "a text": (
        ("tr(A X", None),
        "ParseError: `(` at column 3 is never closed\n  given:    tr(A X\n              ^ column 3\n  expected: `)`\n"
        "  fix:      tr(A X)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_that_of_derive(name):
    arguments, text = REFUSED[name]
    with pytest.raises(ChainruleError) as error:
        identity(*arguments)
    assert str(error.value) == text


@pytest.mark.parametrize("function", ["sqrt(x)", "exp(a x)", "1/sqrt(t)"])
def test_a_function_of_numbers_is_found_though_undeclared_letters_are_vectors(function):
    assert identity(function).matches


def test_what_is_declared_a_vector_is_not_taken_as_a_number():
    assert not identity("sqrt(x)", declare="x: n").matches
