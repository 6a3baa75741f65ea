"""`chainrule identity`: found, listed, searched, told, refused."""

from __future__ import annotations

import json

import pytest

from chainrule import cli


@pytest.fixture
def identity(capsys):
    """Runs `chainrule identity` in this process: (exit code, stdout, stderr)."""

    def run(*arguments):
        code = cli.run(["identity", *arguments])
        return (code, *capsys.readouterr())

    return run


def test_an_identity_under_other_names(identity):
    code, out, err = identity("tr(B Y)", "--wrt", "Y")
    assert (code, err) == (0, "")
    assert out.split("\nverified")[0] == (
        "read as   tr(BY)           B: m×n   Y: n×m\n"
        "∇f = Bᵀ                    shape n×m, column layout\n"
        "identity  traces: tr(AX) by X, ∇f = Aᵀ; here B for A, Y for X\n"
        "source    Petersen & Pedersen, The Matrix Cookbook (2012), (100)"
    )


def test_each_variable_of_the_table_where_none_is_named(identity):
    code, out, _ = identity("x^T A x")
    assert code == 0 and "∇f = (A + Aᵀ)x" in out and "∇f = xxᵀ" in out


def test_steps_follow_each(identity):
    code, out, _ = identity("||A x - b||^2", "--wrt", "x", "--steps", "chain")
    assert code == 0 and "\nsteps     by the chain rule" in out and "∂f/∂r = 2r" in out


def test_what_is_none_is_derived_afresh_after_the_nearest(identity):
    code, out, _ = identity("tr(A X B X C X)", "--wrt", "X")
    assert code == 0 and out.startswith("note      no identity is exactly tr(AXBXCX), nearest:\n")
    assert "∇f = (AXBXC + BXCXA + CXAXB)ᵀ" in out


def test_groups_are_counted_and_one_is_listed(identity):
    code, out, _ = identity("--list")
    assert code == 0 and "  traces\n" in out and out.endswith("identities in all\n")
    code, out, _ = identity("--list", "traces")
    assert code == 0 and out.startswith("traces\n  tr(X)  ") and "tr(AXB) by X" in out


@pytest.mark.parametrize("arguments", [("--search", "logdet"), ("logdet",)])
def test_a_word_lists_those_that_mention_it(identity, arguments):
    code, out, _ = identity(*arguments)
    assert code == 0 and "log |det S|" in out and "tr(AXB)" not in out


def test_json_holds_what_was_found_and_the_steps(identity):
    code, out, err = identity("tr(B Y)", "--wrt", "Y", "--json", "--steps")
    known = json.loads(out)
    assert (code, err, known["format"], known["verified"]) == (0, "", "chainrule.identity/1", True)
    assert known["matches"][0]["names"] == {"A": "B", "X": "Y"} and known["steps"][0]["lines"]
    listed = json.loads(identity("--search", "hinge", "--json")[1])
    assert [each["group"] for each in listed["identities"]] == ["classification"] * 2


def test_ascii(identity):
    for arguments in (("tr(B Y)",), ("--list", "norms"), ("--list",)):
        code, out, _ = identity(*arguments, "--ascii")
        assert code == 0 and out.isascii()


REFUSED = {
    "a group": (
        ("--list", "trases"),
        "UnknownNameError: there is no group `trases` of identities\n  given:    trases\n"
        "  expected: one of the 26 groups, such as traces, determinants, norms, Jacobians\n  fix:      'traces'\n",
    ),
    "a word": (
        ("sofmax",),
        "UnknownNameError: no identity mentions `sofmax`\n  given:    sofmax\n"
        "  expected: a function, an operation or a name, such as det, trace, softmax, ridge\n  fix:      'softmax'\n",
    ),
    "a variable": (
        ("tr(A X)", "--wrt", "Z"),
        "UnknownNameError: `Z` is not a variable of the function\n  given:    tr(AX)\n  expected: `A` or `X`\n",
    ),
    "nothing": (
        (),
        "UsageError: FUNCTION is missing\n  fix:      chainrule identity 'tr(A X)'\n  help:     chainrule identity --help\n",
    ),
    "two questions": (
        ("--search", "det", "tr(A X)"),
        "UsageError: a function is found, a group listed: not both at once\n  fix:      chainrule identity 'tr(A X)'\n"
        "  help:     chainrule identity --help\n",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_to_type(identity, name):
    arguments, text = REFUSED[name]
    assert identity(*arguments) == (2, "", text)
